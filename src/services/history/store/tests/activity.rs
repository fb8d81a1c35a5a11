use super::*;
use crate::domain::activity::{
    ActivityRecord, ENDPOINTS_MAX, FURTHER_ENDPOINTS, HourlyCalls, PAGE_LENGTH, ScannedUsage, SummarySpan,
    UsageAnomaly, UsageCall, UsagePage, UsagePager, UsageTotal, hour,
};

fn call(at: Timestamp, endpoint: &str, milliseconds: i64) -> UsageCall {
    UsageCall {
        at,
        endpoint: endpoint.to_owned(),
        status_code: Some(if milliseconds % 10 == 9 { 500 } else { 200 }),
        credits: 1.0,
        response_time: Some(SignedDuration::from_millis(milliseconds)),
    }
}

fn reading(calls: &[UsageCall], exhausted: bool) -> ScannedUsage {
    ScannedUsage { calls: calls.to_vec(), exhausted, skew: SignedDuration::ZERO }
}

fn now() -> Timestamp {
    at("21T12:00:00")
}

fn add(store: &mut HistoryStore, calls: &[UsageCall]) -> ActivityRecord {
    store.add_usage(key(), &reading(calls, true), now()).unwrap().record
}

/// The calls by others and by us in 24 hours.
fn counts(record: &ActivityRecord) -> (u64, u64) {
    let summary = record.summary(SummarySpan::Day);
    (summary.by_others().calls, summary.own.iter().map(|of| of.total.calls).sum())
}

#[test]
fn calls_are_summed_up_by_endpoint() {
    let mut store = store();
    let calls = [
        call(at("21T11:59:00"), "/search", 100),
        call(at("21T09:00:00"), "/search", 309),
        call(at("21T08:00:00"), "/download-track", 50),
        call(at("15T08:00:00"), "/search", 200),
    ];
    let record = add(&mut store, &calls);
    let milliseconds = SignedDuration::from_millis;
    let total = UsageTotal {
        calls: 2,
        errors: 1,
        credits: 2.0,
        timed: 2,
        response_time: milliseconds(409),
        slowest: milliseconds(309),
    };
    let day = record.summary(SummarySpan::Day);
    assert_eq!((day.others[0].endpoint.as_str(), day.others[0].total), ("/search", total));
    assert_eq!((day.others.len(), day.own.len()), (2, 0));
    assert_eq!(record.summary(SummarySpan::Week).others[0].total.calls, 3);
    assert_eq!((record.last_other, record.read_at), (Some(calls[0].at), Some(now())));
    assert_eq!(store.activity(key(), now()).unwrap(), record, "it is kept");
    assert_eq!(store.activity(other_key(), now()).unwrap(), ActivityRecord::default());
}

#[test]
fn what_was_read_before_is_known_again_and_its_like_is_not() {
    let mut store = store();
    let [first, second] = [call(at("21T11:59:58"), "/search", 100), call(at("21T11:59:58"), "/search", 120)];
    assert_eq!(counts(&add(&mut store, std::slice::from_ref(&first))), (1, 0));
    assert_eq!(counts(&add(&mut store, std::slice::from_ref(&first))), (1, 0));
    assert_eq!(counts(&add(&mut store, &[second.clone(), first.clone()])), (2, 0), "in the same second");
    assert_eq!(counts(&add(&mut store, &[second.clone(), second.clone(), first])), (3, 0), "and just the same");
    assert_eq!(counts(&add(&mut store, &[second])), (3, 0), "a part of it");
}

#[test]
fn the_calls_of_the_request_log_are_set_apart() {
    let mut store = store();
    enter_call(&mut store, key(), at("21T11:00:00"));
    enter_call(&mut store, key(), at("21T11:30:00"));
    let skewed = |time: &str, endpoint: &str| call(at(time), endpoint, 10);
    let calls = [
        skewed("21T11:35:01", "/usage"),
        skewed("21T11:35:01", "/search"),
        skewed("21T11:35:02", "/me"),
        skewed("21T11:20:00", "/me"),
        skewed("21T11:05:00", "/me"),
    ];
    let reading = ScannedUsage { skew: SignedDuration::from_mins(5), ..reading(&calls, true) };
    let record = store.add_usage(key(), &reading, now()).unwrap().record;
    assert_eq!(counts(&record), (3, 2));
    assert_eq!(record.last_other, Some(at("21T11:35:02")), "one call explains one row");
    let of_hour = HourlyCalls { hour: hour(at("21T11:00:00")), others: 3, own: 2 };
    assert_eq!(record.hours, [of_hour], "they are of one hour");
}

#[test]
fn an_estimate_gives_way_to_what_is_listed() {
    let mut store = store();
    let used = |at, exact| Some(ExternalUse { at, exact });
    let listed = at("21T11:40:00");
    store.store_sample(key(), &sample(at("21T11:50:00"), 1.0), used(at("21T11:50:00"), false)).unwrap();
    add(&mut store, &[call(listed, "/search", 10)]);
    assert_eq!(store.recall(key(), now()).unwrap().others_use, used(listed, true));
    store.store_sample(key(), &sample(at("21T11:59:00"), 1.0), used(at("21T11:58:00"), true)).unwrap();
    add(&mut store, &[call(listed, "/search", 10)]);
    assert_eq!(store.recall(key(), now()).unwrap().others_use, used(at("21T11:58:00"), true), "a later one stays");
}

#[test]
fn calls_that_could_not_all_be_read_are_told() {
    let mut store = store();
    let rows = |from: &str, to: &str| [call(at(to), "/search", 1), call(at(from), "/search", 2)];
    let mut known_from = |from: &str, to: &str, exhausted| {
        let reading = reading(&rows(from, to), exhausted);
        store.add_usage(key(), &reading, now()).unwrap().record.known_from
    };
    assert_eq!(known_from("20T10:00:00", "20T12:00:00", false), Some(at("20T10:00:00")));
    assert_eq!(known_from("20T11:00:00", "20T13:00:00", false), Some(at("20T10:00:00")), "it goes on");
    assert_eq!(known_from("20T18:00:00", "20T19:00:00", false), Some(at("20T18:00:00")), "something lies between");
    let mut fresh = HistoryStore::new(database_file::open_in_memory().unwrap());
    let reading = reading(&[], true);
    assert_eq!(fresh.add_usage(key(), &reading, now()).unwrap().record.known_from, Some(Timestamp::UNIX_EPOCH));
}

#[test]
fn calls_of_the_future_are_left_out() {
    let mut store = store();
    let record = add(&mut store, &[call(Timestamp::MAX, "/search", 1), call(at("21T13:00:00"), "/search", 1)]);
    assert_eq!((counts(&record), record.last_other, record.read_until), ((0, 0), None, None));
    assert_eq!(counts(&add(&mut store, &[call(at("21T11:00:00"), "/search", 1)])), (1, 0));
}

#[test]
fn endpoints_without_end_are_summed_up() {
    let mut store = store();
    let calls: Vec<_> = (0..100).map(|number| call(at("21T11:00:00"), &format!("/tracks/{number}"), 1)).collect();
    let record = add(&mut store, &calls);
    let others = &record.summary(SummarySpan::Day).others;
    assert_eq!((others.len(), record.summary(SummarySpan::Day).by_others().calls), (ENDPOINTS_MAX + 1, 100));
    assert_eq!(others[0].endpoint, FURTHER_ENDPOINTS);
    assert_eq!(counts(&add(&mut store, &calls)).0, 100, "they are known again");
}

#[test]
fn what_is_unusual_is_told_once() {
    let mut store = store();
    let days: Vec<_> =
        ["20", "19", "18"].map(|day| call(at(&format!("{day}T09:00:00")), "/search", 1)).into_iter().collect();
    assert_eq!(store.add_usage(key(), &reading(&days, true), at("20T10:00:00")).unwrap().anomalies, []);
    let news = [call(at("21T09:00:00"), "/download-track", 1)];
    let told = [(); 2].map(|()| store.add_usage(key(), &reading(&news, true), now()).unwrap().anomalies);
    assert_eq!(told, [vec![UsageAnomaly::FirstCall { endpoint: "/download-track".to_owned() }], Vec::new()]);
}

#[test]
fn old_activity_is_forgotten_with_the_samples() {
    let mut store = store();
    add(&mut store, &[call(at("21T11:00:00"), "/search", 1), call(at("19T11:00:00"), "/search", 1)]);
    store.prune(at("20T00:00:00")).unwrap();
    assert_eq!(store.activity(key(), now()).unwrap().summary(SummarySpan::Month).by_others().calls, 1);
    store.prune_unused(at("22T00:00:00")).unwrap();
    assert_eq!((rows(&store, "keys"), rows(&store, "activity"), rows(&store, "recent_activity")), (0, 0, 0));
}

/// Calls of 20 minutes, newest first, some of them in the same second and just the same.
fn listed() -> impl Strategy<Value = Vec<UsageCall>> {
    let endpoint = proptest::sample::select(&["/search", "/me", "/usage", "/download-track"][..]);
    proptest::collection::vec((0i64..1_200, endpoint, 0i64..4), 0..120).prop_map(|rows| {
        let start = at("21T11:30:00");
        let at = |second| start + SignedDuration::from_secs(second);
        let mut calls: Vec<_> = rows.into_iter().map(|(second, path, took)| call(at(second), path, took)).collect();
        calls.sort_by_key(|call| std::cmp::Reverse(call.at));
        calls
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_overlap_of_readings_counts_each_call_once(
        calls in listed(),
        own in proptest::collection::vec(0i64..1_200, 0..20),
        steps in proptest::collection::vec((1usize..40, 0usize..200, any::<bool>()), 1..8),
    ) {
        let (mut whole, mut parts) = (store(), store());
        for store in [&mut whole, &mut parts] {
            for second in &own {
                enter_call(store, key(), at("21T11:30:00") + SignedDuration::from_secs(*second));
            }
        }
        let expected = add(&mut whole, &calls);
        let mut seen = 0;
        for (more, reach, reversed) in steps {
            seen = (seen + more).min(calls.len());
            // The newest rows at that time, back to some row before the mark.
            let start = calls.len() - seen;
            let until = parts.activity(key(), now()).unwrap().read_until;
            let needed = calls[start..].iter().take_while(|call| until.is_none_or(|until| call.at > until)).count();
            let end = (start + needed + reach).min(calls.len());
            let mut part = calls[start..end].to_vec();
            if reversed {
                part.reverse();
            }
            parts.add_usage(key(), &reading(&part, end == calls.len()), now()).unwrap();
        }
        let found = add(&mut parts, &calls);
        let sums = |record: &ActivityRecord| record.summary(SummarySpan::Day).by_others().calls
            + record.summary(SummarySpan::Day).own.iter().map(|of| of.total.calls).sum::<u64>();
        prop_assert_eq!(sums(&expected), calls.len() as u64, "own and others are all");
        prop_assert_eq!(sums(&found), calls.len() as u64);
        prop_assert_eq!(found.read_until, expected.read_until);
    }

    #[test]
    fn pages_and_the_store_count_each_call_once(calls in listed(), split in 0usize..120) {
        let mut store = store();
        for shown in [&calls[calls.len().min(split)..], &calls[..]] {
            let mut pages = UsagePager::new(store.activity(key(), now()).unwrap().read_until);
            loop {
                let offset = usize::try_from(pages.offset()).unwrap();
                let rows = shown.iter().skip(offset).take(30).cloned().map(Some).collect();
                let page = UsagePage { rows, total_count: None, limit: Some(30.min(PAGE_LENGTH)) };
                if !pages.add_page(&page) {
                    break;
                }
            }
            store.add_usage(key(), &pages.finish(SignedDuration::ZERO), now()).unwrap();
        }
        let (others, own) = counts(&store.activity(key(), now()).unwrap());
        prop_assert_eq!(others + own, calls.len() as u64);
    }
}
