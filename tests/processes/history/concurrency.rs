//! Real processes at one history: this very program, playing parts.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use strum::VariantArray as _;

use trackyard_tui::domain::api_key::Fingerprint;
use trackyard_tui::domain::rotation::{Rotation, RotationStage};
use trackyard_tui::monitor::polling::key_verdict::KeyVerdict;
use trackyard_tui::services::history::{History, HistoryErrorKind};

use crate::playing;
use crate::runner::{Test, tests};
use crate::support::history::{at, balances, environment, is_granted, key, other_key, place, sample};

pub const TESTS: &[Test] = tests![
    what_was_kept_survives_the_death_of_the_process,
    processes_that_enter_calls_at_once_never_exceed_the_budget,
    processes_that_make_the_file_at_once_all_succeed,
    when_the_disk_takes_no_more_nothing_kept_is_lost,
    a_stage_that_was_entered_survives_the_death_of_the_process,
    of_processes_that_start_a_rotation_at_once_one_does_and_one_brings_it_on,
];

const PART: &str = "HISTORY_TEST_PART";
const FILE: &str = "HISTORY_TEST_FILE";
const NUMBER: &str = "HISTORY_TEST_NUMBER";
/// Half of the requests of a minute that a sample tells of.
const BUDGET: usize = 5;

/// Does one of several things with a history.
#[tokio::main(flavor = "current_thread")]
pub async fn play() {
    let part = std::env::var(PART).unwrap();
    let history = History::open(std::env::var_os(FILE).unwrap().into());
    let number: i64 = std::env::var(NUMBER).unwrap().parse().unwrap();
    match part.as_str() {
        "write" => write(&history, number, u32::MAX).await,
        "write-once" => write(&history, number, 1).await,
        "call" => call(&history).await,
        "rotate" => rotate(&history, number).await,
        "advance" => advance(&history).await,
        #[cfg(unix)]
        "live" => super::survival::live(&history).await,
        part => panic!("no part {part}"),
    }
}

/// Keeps so many samples, or until it is stopped, and tells each that is kept; the first thing that fails ends it.
async fn write(history: &History, number: i64, samples: u32) {
    for count in 0..samples {
        let moment = at(number * 1_000_000 + i64::from(count));
        match history.run(move |store| store.store_sample(key(), &sample(moment, f64::from(count)), None)).await {
            Ok(()) => println!("kept {count}"),
            Err(error) => {
                println!("failed {:?}", error.kind());
                return;
            }
        }
    }
}

/// Enters calls, more than are allowed, and tells each that was.
async fn call(history: &History) {
    for _ in 0..40 {
        if is_granted(history, at(0)).await {
            println!("entered");
            history.store_verdict(key(), KeyVerdict::default(), at(0)).await.unwrap();
        }
    }
}

/// Starts a rotation of its own key, then tries to bring the one that is under way on, and tells both outcomes.
async fn rotate(history: &History, number: i64) {
    let own: Fingerprint = format!("{number:08x}").parse().unwrap();
    let rotation = history
        .run(move |store| store.start_rotation(environment(), own, RotationStage::Started, None, at(number)))
        .await
        .unwrap();
    println!("rotation {} of {} from {}", rotation.number, rotation.old, rotation.started_at);
    let known = Rotation { stage: RotationStage::Started, new: None, ..rotation };
    if let Some(entered) = history
        .run(move |store| store.enter_stage(&known, RotationStage::Promoting, Some(own), at(number)))
        .await
        .unwrap()
    {
        println!("entered {}", entered.new.unwrap());
    }
}

/// Goes through rotations until it is stopped, and tells each stage that the journal knows of.
async fn advance(history: &History) {
    for count in 0.. {
        let mut rotation = history
            .run(move |store| store.start_rotation(environment(), key(), RotationStage::Started, None, at(count)))
            .await
            .unwrap();
        for stage in
            [RotationStage::Promoting, RotationStage::Watching, RotationStage::Erasing, RotationStage::Completed]
        {
            rotation = history
                .run(move |store| store.enter_stage(&rotation, stage, Some(other_key()), at(count)))
                .await
                .unwrap()
                .unwrap();
            println!("kept {} {}", rotation.number, stage.as_str());
        }
    }
}

fn spawn(mut command: Command, part: &str, path: &Path, number: u32) -> Child {
    command.env(PART, part).env(FILE, path).env(NUMBER, number.to_string()).stdout(Stdio::piped()).spawn().unwrap()
}

pub fn start(part: &str, path: &Path, number: u32) -> Child {
    spawn(playing("history"), part, path, number)
}

/// What a process says.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap)
}

#[tokio::main(flavor = "current_thread")]
async fn what_was_kept_survives_the_death_of_the_process() {
    let (_folder, path) = place();
    let mut kept_in_all = 0;
    for round in 0..10 {
        let mut child = start("write", &path, round);
        let mut said = lines(&mut child);
        let before_death = 1 + 7 * usize::try_from(round).unwrap();
        let mut kept = said.by_ref().take(before_death).count();
        assert_eq!(kept, before_death);
        child.kill().unwrap();
        kept += said.count();
        child.wait().unwrap();

        let history = History::open(path.clone());
        let (from, to) = (at(i64::from(round) * 1_000_000), at(i64::from(round) * 1_000_000 + 999_999));
        let found = history.run(move |store| store.credits(key(), from, to, usize::MAX)).await.unwrap();
        assert!(found.len() >= kept, "round {round}: {} of {kept}", found.len());
        let in_order =
            found.iter().zip(0_u32..).all(|(point, count)| point.credits.to_bits() == f64::from(count).to_bits());
        assert!(in_order, "round {round}");
        kept_in_all += found.len();
        let samples = history.check().await.unwrap().contents.samples;
        assert_eq!(samples, u64::try_from(kept_in_all).unwrap(), "round {round}");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn processes_that_enter_calls_at_once_never_exceed_the_budget() {
    let (_folder, path) = place();
    History::open(path.clone()).run(move |store| store.store_sample(key(), &sample(at(0), 1.0), None)).await.unwrap();
    let mut children: Vec<Child> = (0..4).map(|number| start("call", &path, number)).collect();
    let entered: usize = children.iter_mut().map(|child| lines(child).count()).sum();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(entered, BUDGET);
}

fn processes_that_make_the_file_at_once_all_succeed() {
    for _ in 0..5 {
        let (_folder, path) = place();
        let mut children: Vec<Child> = (0..4).map(|number| start("write-once", &path, number)).collect();
        for child in &mut children {
            assert_eq!(lines(child).collect::<Vec<_>>(), ["kept 0"]);
            assert!(child.wait().unwrap().success());
        }
    }
}

/// A limit on the size of its files stands for a disk that takes no more.
#[cfg(target_os = "linux")]
#[tokio::main(flavor = "current_thread")]
async fn when_the_disk_takes_no_more_nothing_kept_is_lost() {
    let (_folder, path) = place();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\""]);
    let program = playing("history");
    shell.arg(program.get_program()).args(program.get_args());
    let mut child = spawn(shell, "write", &path, 0);
    let said: Vec<String> = lines(&mut child).collect();
    child.wait().unwrap();
    let (last, kept) = said.split_last().unwrap();
    assert_eq!(last, &format!("failed {:?}", HistoryErrorKind::Io));
    assert!(kept.len() > 10, "{}", kept.len());

    let found = balances(&path).await;
    assert!(found.len() >= kept.len(), "{} of {}", found.len(), kept.len());
    History::open(path.clone()).run(move |store| store.store_sample(key(), &sample(at(-1), 7.0), None)).await.unwrap();
    assert_eq!(balances(&path).await[0].to_bits(), 7.0_f64.to_bits());
}

/// How far a journal came: the number of the newest rotation, and its stage.
fn progress(number: i64, stage: RotationStage) -> (i64, usize) {
    (number, RotationStage::VARIANTS.iter().position(|other| *other == stage).unwrap())
}

#[tokio::main(flavor = "current_thread")]
async fn a_stage_that_was_entered_survives_the_death_of_the_process() {
    for round in 0..10 {
        let (_folder, path) = place();
        let mut child = start("advance", &path, round);
        let mut said = lines(&mut child);
        let mut kept: Vec<String> = said.by_ref().take(1 + 7 * usize::try_from(round).unwrap()).collect();
        child.kill().unwrap();
        kept.extend(said);
        child.wait().unwrap();

        let mut words = kept.last().unwrap().split(' ').skip(1);
        let number = words.next().unwrap().parse().unwrap();
        let told = progress(number, words.next().unwrap().parse().unwrap());
        let newest =
            History::open(path).run(move |store| store.rotations(&environment())).await.unwrap().swap_remove(0);
        let found = progress(newest.number, newest.stage);
        assert!(found >= told, "round {round}: {found:?} after {told:?}");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn of_processes_that_start_a_rotation_at_once_one_does_and_one_brings_it_on() {
    for _ in 0..5 {
        let (_folder, path) = place();
        let mut children: Vec<Child> = (1..=4).map(|number| start("rotate", &path, number)).collect();
        let said: Vec<String> = children.iter_mut().flat_map(|child| lines(child).collect::<Vec<_>>()).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let (entered, mut seen): (Vec<_>, Vec<_>) = said.into_iter().partition(|line| line.starts_with("entered"));
        assert_eq!(seen.len(), 4);
        seen.dedup();
        let [rotation] =
            History::open(path).run(move |store| store.rotations(&environment())).await.unwrap().try_into().unwrap();
        assert_eq!(seen, [format!("rotation 1 of {} from {}", rotation.old, rotation.started_at)]);
        assert_eq!(entered, [format!("entered {}", rotation.new.unwrap())]);
        assert_eq!(rotation.stage, RotationStage::Promoting);
    }
}
