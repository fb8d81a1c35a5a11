//! A process that is killed at any moment, hundreds of times: what it said it kept is there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use jiff::Timestamp;
use trackyard_tui::domain::api_key::Fingerprint;
use trackyard_tui::domain::daily_rollup::DailyRollup;
use trackyard_tui::services::history::History;

use super::concurrency::start;
use crate::runner::{Test, tests};
use crate::support::history::{at, key, place, sample};
use trackyard_tui::domain::time::day_of;

pub const TESTS: &[Test] = tests![whenever_a_process_is_killed_nothing_that_it_kept_is_lost,];

/// How often a process is killed, on each of the files.
const KILLS: u32 = 75;
/// Files, each with a thread of its own that kills.
const FILES: u64 = 4;
/// Between two samples: some days have several, and now and then one is passed over.
const STEP: i64 = 7 * 3_600_000;

/// The part of the process: keeps samples, sums days up, forgets old samples, and tells what is done.
pub async fn live(history: &History) {
    let kept =
        history.run(move |store| store.samples(key(), Timestamp::MIN, Timestamp::MAX, u32::MAX)).await.unwrap().items;
    let next = kept.last().map_or(0, |sample| number_of(sample.at) + 1);
    println!("kept open");
    for number in next.. {
        history
            .run(move |store| store.store_sample(key(), &sample(moment(number), credits(number)), None))
            .await
            .unwrap();
        println!("kept {number}");
        if number % 5 == 4 {
            history.roll_up(moment(number)).await.unwrap();
            println!("kept days-before {number}");
        }
        if number % 15 == 14 {
            history.prune(moment(number - 30)).await.unwrap();
        }
    }
}

fn moment(number: i64) -> Timestamp {
    at(number * STEP)
}

fn number_of(moment: Timestamp) -> i64 {
    moment.duration_since(at(0)).as_hours() / 7
}

/// Falls, and rises at times.
fn credits(number: i64) -> f64 {
    f64::from(i32::try_from(1_000 - number % 13 * 7 + number % 4).unwrap())
}

/// What the samples up to a number, not included, make of the days before its own.
fn folded(numbers: i64) -> Vec<DailyRollup> {
    let mut days: Vec<DailyRollup> = Vec::new();
    for number in 0..numbers {
        let day = day_of(moment(number));
        match days.last_mut().filter(|daily| daily.day == day) {
            Some(daily) => daily.add(credits(number)),
            None => days.push(DailyRollup::new(day, (number > 0).then(|| credits(number - 1)), credits(number))),
        }
    }
    days.retain(|daily| daily.day < day_of(moment(numbers - 1)));
    days
}

/// Kills a process at some moment: at once, while it opens the file, or after it said a number of things. Answers what
/// it said it kept: the last sample, and before which sample the days are summed up.
fn kill_at_some_moment(mut child: Child, random: &mut fastrand::Rng) -> (Option<i64>, Option<i64>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut said: Vec<String> = Vec::new();
    if random.u8(..8) > 0 {
        let count = random.usize(1..25);
        said.extend(lines.by_ref().take(count));
    }
    (0..random.u32(..2_000)).for_each(|_| std::hint::spin_loop());
    child.kill().unwrap();
    said.extend(lines);
    child.wait().unwrap();
    let last = |start: &str| said.iter().rev().find_map(|line| line.strip_prefix(start)?.parse().ok());
    (last("kept "), last("kept days-before "))
}

async fn days(history: &History, fingerprint: Fingerprint) -> Vec<DailyRollup> {
    history.run(move |store| store.days(fingerprint, Timestamp::MIN, Timestamp::MAX, u32::MAX)).await.unwrap().items
}

/// Opens the file as the next process would, and looks whether all is there.
async fn inspect(path: &Path, kept: Option<i64>, days_before: Option<i64>) -> i64 {
    let history = History::open(path.to_owned());
    history.check().await.unwrap();
    let samples =
        history.run(move |store| store.samples(key(), Timestamp::MIN, Timestamp::MAX, u32::MAX)).await.unwrap().items;
    let numbers: Vec<_> = samples.iter().map(|sample| number_of(sample.at)).collect();
    let next = numbers.last().map_or(0, |last| last + 1);
    assert!(kept.is_none_or(|kept| kept < next), "{kept:?} was kept, and {next} would be next");
    let first = numbers.first().copied().unwrap_or(0);
    assert_eq!(numbers, (first..next).collect::<Vec<_>>());
    let balances: Vec<_> = samples.iter().map(|sample| sample.account.credits_remaining.to_bits()).collect();
    assert_eq!(balances, (first..next).map(|number| credits(number).to_bits()).collect::<Vec<_>>());

    let found = days(&history, key()).await;
    assert_eq!(found, folded(next)[..found.len()], "none is half summed up");
    let summed = days_before.map_or(0, |number| folded(number + 1).len());
    assert!(found.len() >= summed, "{} of {summed}", found.len());
    assert!(history.close(Duration::from_mins(1)).await);
    next
}

/// Kills again and again on one file; tells how many samples came together.
fn kill_again_and_again(seed: u64) -> i64 {
    let (_folder, path) = place();
    let mut random = fastrand::Rng::with_seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut next = 0;
    for round in 0..KILLS {
        let (kept, days_before) = kill_at_some_moment(start("live", &path, round), &mut random);
        let reached = runtime.block_on(inspect(&path, kept, days_before));
        assert!(reached >= next, "round {round}: from {next} to {reached}");
        next = reached;
    }
    runtime.block_on(async {
        let history = History::open(path.clone());
        history.roll_up(moment(next - 1)).await.unwrap();
        assert_eq!(days(&history, key()).await, folded(next));
    });
    next
}

fn whenever_a_process_is_killed_nothing_that_it_kept_is_lost() {
    let killers: Vec<_> = (0..FILES).map(|seed| std::thread::spawn(move || kill_again_and_again(seed))).collect();
    for killer in killers {
        assert!(killer.join().unwrap() > i64::from(KILLS));
    }
}
