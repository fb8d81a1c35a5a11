//! `kill -9` at any moment of a promotion and a roll back: no key is lost, and the next run comes to the right end.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::Duration;

use crate::key_rotation::machine::{Machine, kill_after, time};
use crate::runner::{Test, tests};

pub const TESTS: &[Test] = tests![
    a_promotion_killed_at_any_moment_loses_no_key_and_is_gone_on_with,
    a_promotion_killed_at_any_moment_loses_no_key_though_the_journal_is_lost_too,
    a_roll_back_killed_at_any_moment_loses_no_key_and_is_gone_on_with,
    a_roll_back_killed_at_any_moment_loses_no_key_though_the_journal_is_lost_too,
];

/// The moments of the kills: spread from the start of a program to a little after its end, most of them over the second
/// half, in which keys are moved. How long it takes is learnt on the way, as the machine is more or less busy.
pub struct Sweep {
    whole: Duration,
    pub kills: u32,
}

impl Sweep {
    /// For a program that has just taken so long.
    pub fn over(whole: Duration) -> Self {
        Self { whole, kills: 0 }
    }

    /// Lets a program run until the next moment, and kills it there; tells whether it had ended by itself.
    pub fn kill(&mut self, child: Child) -> bool {
        // Multiples of the golden section fill the span evenly, however many there are.
        let part = (f64::from(self.kills) * 0.618_034).fract();
        self.kills += 1;
        let part = if self.kills.is_multiple_of(5) { part * 0.5 } else { 0.45 + part * 0.65 };
        let ended = kill_after(child, self.whole.mul_f64(part));
        if ended && part < 1.0 {
            self.whole = self.whole.mul_f64(0.88);
        } else if !ended && part > 0.95 {
            self.whole = self.whole.mul_f64(1.1);
        }
        ended
    }
}

/// Where the keys were after each kill, and at which stage the journal stood.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<String, u32>);

impl Tally {
    pub fn add(&mut self, machine: &Machine, places: [&str; 3], ended: bool) {
        let how = if ended { "ended before" } else { "killed" };
        *self.0.entry(format!("{how}, {places:?}, journal {}", machine.stage())).or_default() += 1;
    }

    /// True before the usual number of kills, and beyond it, within reason, as long as they hit no more states than these:
    /// on a busy machine the moments are learnt later.
    pub fn wants_more(&self, kills: u32, usual: u32, states: usize) -> bool {
        kills < usual || (self.states() <= states && kills < 4 * usual)
    }

    /// In how many different states the program was killed.
    pub fn states(&self) -> usize {
        self.0.keys().filter(|place| place.starts_with("killed")).count()
    }
}

/// Both keys are held from the moment that the new one is, and a working one is in use.
fn assert_nothing_lost(places: [&str; 3]) {
    let whole =
        [["old", "-", "-"], ["old", "-", "new"], ["old", "old", "new"], ["new", "old", "new"], ["new", "old", "-"]];
    assert!(whole.contains(&places), "{places:?}");
}

/// Kills a promotion at many moments, goes on with it, and starts anew. Loses the journal after each kill, if asked to.
fn kill_promotions(number: u32, loses_journal: bool) {
    let Some(machine) = Machine::start() else { return };
    let (done, whole) = time(|| machine.rotate(&[], &machine.new));
    done.expect(0, &["accepted and in use"]);
    let mut tally = Tally::default();
    let mut sweep = Sweep::over(whole);
    while tally.wants_more(sweep.kills, number, 2) {
        machine.lose_history();
        machine.place(["old", "-", "-"]);
        let ended = sweep.kill(machine.begin(&[], &machine.new));
        let places = machine.places();
        tally.add(&machine, places, ended);
        assert_nothing_lost(places);
        if loses_journal {
            machine.lose_history();
        }
        machine.rotate(&[], &machine.new).expect(0, &["Revoke the old key"]);
        assert_eq!(machine.places(), ["new", "old", "-"], "after {places:?}");
        assert_eq!(machine.stage(), "watching");
    }
    assert!(tally.states() > 2, "the kills miss: {tally:?}");
}

fn a_promotion_killed_at_any_moment_loses_no_key_and_is_gone_on_with() {
    kill_promotions(44, false);
}

fn a_promotion_killed_at_any_moment_loses_no_key_though_the_journal_is_lost_too() {
    kill_promotions(20, true);
}

fn a_roll_back_killed_at_any_moment_loses_no_key_and_is_gone_on_with() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    let (rolled_back, roll_back) = time(|| machine.rotate(&["--roll-back"], ""));
    rolled_back.expect(0, &["is in use again"]);
    let (promoted, promotion) = time(|| machine.rotate(&[], ""));
    promoted.expect(0, &["Revoke the old key"]);
    let mut tally = Tally::default();
    let (mut roll_back, mut promotion) = (Sweep::over(roll_back), Sweep::over(promotion));
    while tally.wants_more(roll_back.kills, 14, 3) {
        let number = roll_back.kills;
        let ended = roll_back.kill(machine.begin(&["--roll-back"], ""));
        let (places, stage) = (machine.places(), machine.stage());
        tally.add(&machine, places, ended);
        assert_nothing_lost(places);
        if number % 2 == 0 || stage != "rolling-back" {
            machine.rotate(&["--roll-back"], "").expect(0, &["is in use again"]);
        } else {
            // Going on with it does not undo it.
            machine.rotate(&[], "").expect(0, &["is in use again"]);
        }
        assert_eq!((machine.places(), &*machine.stage()), (["old", "-", "new"], "rolled-back"), "after {places:?}");

        let ended = promotion.kill(machine.begin(&[], ""));
        let places = machine.places();
        tally.add(&machine, places, ended);
        assert_nothing_lost(places);
        machine.rotate(&[], "").expect(0, &["Revoke the old key"]);
        assert_eq!((machine.places(), &*machine.stage()), (["new", "old", "-"], "watching"), "after {places:?}");
    }
    assert!(tally.states() > 3, "the kills miss: {tally:?}");
}

fn a_roll_back_killed_at_any_moment_loses_no_key_though_the_journal_is_lost_too() {
    let Some(machine) = Machine::start() else { return };
    machine.rotate(&[], &machine.new).expect(0, &[]);
    let (done, whole) = time(|| machine.rotate(&["--roll-back"], ""));
    done.expect(0, &[]);
    let mut tally = Tally::default();
    let mut sweep = Sweep::over(whole);
    for _ in 0..8 {
        machine.rotate(&[], "").expect(0, &["Revoke the old key"]);
        assert_eq!(machine.places(), ["new", "old", "-"]);
        let ended = sweep.kill(machine.begin(&["--roll-back"], ""));
        let places = machine.places();
        tally.add(&machine, places, ended);
        assert_nothing_lost(places);
        machine.lose_history();
    }
}
