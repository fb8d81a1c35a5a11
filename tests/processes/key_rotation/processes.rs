//! Two processes at one rotation.

use crate::key_rotation::machine::{Machine, assert_no_key, finish};
use crate::runner::{Test, tests};

pub const TESTS: &[Test] = tests![
    of_two_offers_at_once_one_is_taken_and_the_other_told_so,
    two_offers_of_one_key_at_once_come_to_one_end,
    a_roll_back_and_a_promotion_at_once_lose_no_key,
];

fn of_two_offers_at_once_one_is_taken_and_the_other_told_so() {
    let Some(machine) = Machine::start() else { return };
    let third = machine.control("keys/prod");
    for _ in 0..6 {
        machine.lose_history();
        machine.place(["old", "-", "-"]);
        let offers = [&machine.new, &third].map(|key| machine.begin(&[], key));
        let done = offers.map(finish);
        for done in &done {
            assert_no_key("the output", format!("{done:?}").as_bytes(), &[&machine.old, &machine.new, &third]);
            if done.status == 0 {
                assert!(done.out.contains("Revoke the old key"), "{done:?}");
            } else {
                assert_eq!(done.status, 1, "{done:?}");
                assert!(done.err.contains("this rotation has its new key already"), "{done:?}");
            }
        }
        let in_use = machine.stored("prod");
        let taken: Vec<_> = [&machine.new, &third]
            .into_iter()
            .zip(&done)
            .filter_map(|(key, done)| done.out.contains("accepted and in use").then_some(key))
            .collect();
        assert_eq!(taken, [&in_use], "one is taken, and only of that one it is said");
        assert_eq!(machine.places()[1..], ["old", "-"], "nothing is left behind");
        assert_eq!(machine.stage(), "watching");
    }
}

fn two_offers_of_one_key_at_once_come_to_one_end() {
    let Some(machine) = Machine::start() else { return };
    for _ in 0..4 {
        machine.lose_history();
        machine.place(["old", "-", "-"]);
        let offers = [(); 2].map(|()| machine.begin(&[], &machine.new));
        let done = offers.map(finish);
        assert!(done.iter().any(|done| done.status == 0), "{done:?}");
        assert_eq!((machine.places(), &*machine.stage()), (["new", "old", "-"], "watching"), "{done:?}");
    }
}

fn a_roll_back_and_a_promotion_at_once_lose_no_key() {
    let Some(machine) = Machine::start() else { return };
    for _ in 0..6 {
        machine.lose_history();
        machine.place(["old", "-", "-"]);
        let both = [machine.begin(&[], &machine.new), machine.begin(&["--roll-back"], "")];
        let done = both.map(finish);
        let places = machine.places();
        assert!([["new", "old", "-"], ["old", "-", "new"]].contains(&places), "{places:?}: {done:?}");
    }
}
