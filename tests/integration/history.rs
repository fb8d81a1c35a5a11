//! The history as its users see it: commands, files, and handles that share one.

#[cfg(target_os = "linux")]
mod commands;
mod files;
#[cfg(target_os = "linux")]
mod read_only;

use trackyard_tui::domain::last_use::ExternalUse;
use trackyard_tui::domain::rotation::RotationStage;
use trackyard_tui::monitor::input::KeyHistory;
use trackyard_tui::monitor::polling::key_verdict::KeyVerdict;
use trackyard_tui::services::history::{History, HistoryCounts};

use crate::support::history::{at, environment, is_granted, key, other_key, place, sample};

#[tokio::test]
async fn what_one_handle_keeps_another_recalls() {
    let (_folder, path) = place();
    let others_use = Some(ExternalUse { at: at(-500), exact: true });
    let (first, second) = (History::open(path.clone()), History::open(path.clone()));
    assert_eq!(second.recall(key(), at(0)).await.unwrap(), KeyHistory::default());
    assert!(is_granted(&first, at(0)).await);
    assert!(!is_granted(&second, at(0)).await, "one request at a time");
    first.store_answer(key(), sample(at(1), 487.0), others_use, None, at(1)).await.unwrap();
    let known = second.recall(key(), at(2)).await.unwrap();
    assert_eq!((known.sample, known.others_use), (Some(sample(at(1), 487.0)), others_use));
    assert_eq!((known.calls, known.outcome_number), (vec![at(0)], 1));
    assert!(is_granted(&second, at(3)).await);

    let summary = second.check().await.unwrap();
    assert_eq!(summary.contents, HistoryCounts { keys: 1, samples: 1, calls: 2 });
    assert_eq!(summary.path, Some(path));
    assert!(summary.size_bytes > 4_096, "{}", summary.size_bytes);
}

#[tokio::test]
async fn a_history_in_memory_does_the_same_without_a_file() {
    let history = History::in_memory();
    history.run(move |store| store.store_sample(key(), &sample(at(1), 487.0), None)).await.unwrap();
    assert_eq!(history.recall(key(), at(2)).await.unwrap().sample, Some(sample(at(1), 487.0)));
    let summary = history.check().await.unwrap();
    assert_eq!((summary.path, summary.size_bytes, summary.contents.samples), (None, 0, 1));
}

#[tokio::test]
async fn handles_that_enter_calls_at_once_share_one_budget() {
    let (_folder, path) = place();
    let handles = [History::open(path.clone()), History::open(path.clone()), History::open(path)];
    handles[0].run(move |store| store.store_sample(key(), &sample(at(0), 487.0), None)).await.unwrap();
    let mut granted = 0;
    for round in 0..20 {
        let enter = async |history: &History| {
            let is_granted = is_granted(history, at(round)).await;
            if is_granted {
                history.store_verdict(key(), KeyVerdict::default(), at(round)).await.unwrap();
            }
            is_granted
        };
        let [one, two, three] = &handles;
        let (one, two, three) = tokio::join!(enter(one), enter(two), enter(three));
        granted += u32::from(one) + u32::from(two) + u32::from(three);
    }
    assert_eq!(granted, 5, "half of ten a minute");
    assert_eq!(handles[0].recall(key(), at(1_000)).await.unwrap().calls.len(), 5);
}

#[tokio::test]
async fn pruning_goes_on_until_nothing_old_is_left() {
    let history = History::in_memory();
    for number in 0..20 {
        history.run(move |store| store.store_sample(key(), &sample(at(number), 1.0), None)).await.unwrap();
    }
    assert_eq!(history.prune(at(15)).await.unwrap(), 15);
    assert_eq!(history.prune(at(15)).await.unwrap(), 0);
    let left = history.run(move |store| store.credits(key(), at(0), at(99), 99)).await.unwrap();
    assert_eq!(left.iter().map(|point| point.at).collect::<Vec<_>>(), (15..20).map(at).collect::<Vec<_>>());
}

#[tokio::test]
async fn pruning_forgets_samples_of_replaced_keys_and_no_rotation() {
    let history = History::in_memory();
    history.run(move |store| store.store_sample(key(), &sample(at(0), 2.0), None)).await.unwrap();
    let started = history
        .run(move |store| store.start_rotation(environment(), key(), RotationStage::Started, None, at(1)))
        .await
        .unwrap();
    let known = started.clone();
    let watching = history
        .run(move |store| store.enter_stage(&known, RotationStage::Watching, Some(other_key()), at(2)))
        .await
        .unwrap();
    history.run(move |store| store.store_sample(other_key(), &sample(at(3), 1.0), None)).await.unwrap();
    let line = async || {
        let points = history.run(move |store| store.credits(other_key(), at(-99), at(99), 99)).await.unwrap();
        points.iter().map(|point| point.at).collect::<Vec<_>>()
    };
    assert_eq!(line().await, [at(0), at(3)]);
    assert_eq!(history.prune(at(3)).await, Ok(1));
    assert_eq!(history.check().await.unwrap().contents.keys, 2, "the days of the other are still known");
    assert_eq!(line().await, [at(3)]);
    assert_eq!(history.run(move |store| store.rotation(&environment())).await.unwrap(), watching);
    assert_eq!(
        history.run(move |store| store.enter_stage(&started, RotationStage::Abandoning, None, at(4))).await,
        Ok(None)
    );
    assert_eq!(
        history.run(move |store| store.rotations(&environment())).await.unwrap(),
        watching.into_iter().collect::<Vec<_>>()
    );
}
