use super::*;

#[test]
fn an_alert_begins_and_ends_after_the_minimum_duration() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.set(1, 55.0);
    watch.run(seconds(100));
    assert_eq!(watch.news(), [""; 0]);
    watch.run(seconds(30));
    assert_eq!(watch.texts(), ["credits low: 55 left"]);
    watch.run(hours(2));
    watch.set(1, 200.0);
    watch.run(seconds(100));
    assert_eq!(watch.news(), [""; 0]);
    watch.run(seconds(30));
    let [over] = &watch.notifications[..] else { panic!("{:?}", watch.notifications) };
    assert_eq!((over.news.kind(), over.severity), (NotificationKind::Resolved, Severity::Ok));
    assert_eq!(alerts::notification(over, &TimeZone::UTC), "credits no longer low, after 2 h");
    watch.run(hours(2));
    assert_eq!(watch.notifications.len(), 1);
}

#[test]
fn without_a_minimum_duration_all_is_told_at_once() {
    let mut settings = settings(&["dev"]);
    settings.alerts.minimum_duration = SignedDuration::ZERO;
    let mut watch = AlertHarness::with(settings, AlertStoreStub::default(), "2026-11-21T12:00:00Z");
    watch.set(1, 55.0);
    watch.set(1, 200.0);
    assert_eq!(watch.news(), ["dev raised credits-low", "dev resolved credits-low"]);
}

#[test]
fn a_worse_condition_takes_the_place_of_the_milder() {
    let mut watch = AlertHarness::of(&["dev"]);
    for credits in [55.0, 12.0, 0.0] {
        watch.set(1, credits);
        watch.run(minutes(3));
    }
    assert_eq!(watch.news(), ["dev raised credits-low", "dev raised credits-critical", "dev raised credits-out"]);
    watch.set(1, 300.0);
    watch.run(minutes(3));
    assert_eq!(watch.news(), ["dev resolved credits-out"]);
    assert!(watch.world.environment("dev").alerts.is_empty());
}

#[test]
fn a_daily_limit_that_a_429_tells_is_reached_until_the_day_is_over() {
    let limits = RequestLimits { is_day_used_up: true, ..RequestLimits::default() };
    let mut watch = AlertHarness::of(&["dev"]);
    watch.answers.insert(1, ScriptedAnswer::FailsWith(PollError { limits, ..failure(PollErrorKind::RateLimited) }));
    watch.run(minutes(30));
    assert_eq!(watch.news(), ["dev raised daily-limit-reached", "dev raised rate-limited"]);
    watch.run(hours(11) + minutes(25));
    assert_eq!(watch.news(), [""; 0]);
    watch.answers.insert(1, ScriptedAnswer::Answers(holding(300.0)));
    watch.run(hours(2));
    assert_eq!(watch.news(), ["dev resolved daily-limit-reached", "dev resolved rate-limited"]);
}

#[test]
fn a_fall_through_all_thresholds_is_told_once() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.set(1, 3.0);
    watch.run(minutes(30));
    assert_eq!(watch.news(), ["dev raised credits-critical"]);
}

#[test]
fn on_the_way_back_the_milder_is_told_as_what_is_left() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.set(1, 55.0);
    watch.run(minutes(30));
    watch.set(1, 3.0);
    watch.run(minutes(60));
    watch.news();
    watch.set(1, 40.0);
    watch.run(minutes(30));
    assert_eq!(watch.texts(), ["credits no longer critical, after 1 h; credits low: 40 left"]);
    let alerts = watch.world.environment("dev").alerts;
    assert_eq!(alerts.iter().map(|alert| alert.condition).collect::<Vec<_>>(), [Condition::Flag(Flag::CreditsLow)]);
    watch.set(1, 3.0);
    watch.run(minutes(30));
    watch.set(1, 300.0);
    watch.run(minutes(30));
    assert_eq!(watch.news(), ["dev raised credits-critical", "dev resolved credits-critical"]);
}

#[test]
fn a_balance_about_the_threshold_is_told_once() {
    let mut watch = AlertHarness::of(&["dev"]);
    for credits in [60.0, 62.0, 59.0, 65.0, 58.0, 66.0] {
        watch.set(1, credits);
        watch.run(minutes(5));
    }
    assert_eq!(watch.news(), ["dev raised credits-low"]);
    watch.set(1, 67.0);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev resolved credits-low"]);
}

#[test]
fn nothing_begins_or_ends_on_a_stale_sample() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.set(1, 55.0);
    watch.run(seconds(30));
    watch.break_off(1, PollErrorKind::ServerError);
    watch.run(hours(3));
    assert_eq!(watch.news(), ["dev raised unreachable", "dev reminder unreachable"], "worse without a fresh sample");
    watch.set(1, 55.0);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev raised credits-low", "dev resolved unreachable"]);
    watch.break_off(1, PollErrorKind::ServerError);
    watch.run(hours(30));
    assert_eq!(watch.news(), ["dev raised unreachable", "dev reminder unreachable"]);
}

#[test]
fn old_numbers_are_told_where_nothing_else_explains_them() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.send(Input::PauseToggled);
    watch.run(minutes(30));
    watch.pass(minutes(1));
    watch.pass(minutes(4));
    assert_eq!(watch.news(), [""; 0], "nobody looked for a while");
    watch.pass(minutes(2));
    assert_eq!(watch.news(), ["dev raised stale"]);
    watch.send(Input::PauseToggled);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev resolved stale"]);
}

#[test]
fn a_revoked_key_is_one_alert_until_the_service_says_otherwise() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.break_off(1, PollErrorKind::Unauthorized);
    watch.run(hours(1));
    assert_eq!(watch.texts(), ["the key was revoked or has expired, since 12:00"]);
    watch.break_off(1, PollErrorKind::Timeout);
    watch.run(minutes(30));
    assert_eq!(watch.news(), [""; 0], "the refusal stands");
    watch.set(1, 300.0);
    watch.run(minutes(5));
    assert_eq!(watch.texts(), ["the key is no longer refused (401), after 1 h"]);
}

#[test]
fn a_network_that_is_lost_is_told_once_for_all() {
    let mut watch = AlertHarness::of(&["dev", "staging", "prod"]);
    for number in 1..=3 {
        watch.answers.insert(number, ScriptedAnswer::Fails(PollErrorKind::Dns));
    }
    watch.refresh();
    watch.run(minutes(3));
    assert_eq!(watch.severities(), [Severity::Warning], "as long as samples are fresh");
    watch.run(hours(2));
    assert_eq!(watch.severities(), [], "told once, however long it lasts");
    for number in 1..=3 {
        watch.answers.insert(number, ScriptedAnswer::Answers(holding(300.0)));
    }
    watch.run(hours(1));
    assert_eq!(watch.news(), ["all resolved offline"]);
}

#[test]
fn an_alert_of_the_age_of_a_key_is_over_with_that_key() {
    let made = |watch: &AlertHarness, days: i64| {
        let created_at = Some(ago(&watch.world.now, hours(days * 24)));
        ScriptedAnswer::Answers(Account { created_at, ..holding(300.0) })
    };
    let mut watch = AlertHarness::of(&["dev"]);
    watch.answers.insert(1, made(&watch, 80));
    watch.answers.insert(2, made(&watch, 0));
    watch.refresh();
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev raised rotate-soon"]);
    watch.hold("dev", 2);
    watch.run(seconds(10));
    assert_eq!(watch.world.environment("dev").alerts, []);
    assert_eq!(watch.news(), ["dev resolved rotate-soon"]);
}

#[test]
fn one_of_several_that_can_t_be_reached_is_told_by_itself() {
    let mut watch = AlertHarness::of(&["dev", "prod"]);
    watch.break_off(2, PollErrorKind::Timeout);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["prod raised unreachable"]);
}

#[test]
fn no_credits_left_ends_the_forecast_that_they_will_not_last() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.set(1, 0.0);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev raised credits-out"]);
}

#[test]
fn what_is_muted_is_not_told_and_leaves_the_rest_alone() {
    let mut settings = settings(&["dev", "prod"]);
    settings.alerts.muted = vec![Condition::Offline, Condition::Flag(Flag::CreditsCritical)];
    settings.environments[0].muted = vec![Condition::Flag(Flag::CreditsLow)];
    let mut watch = AlertHarness::with(settings, AlertStoreStub::default(), "2026-11-21T12:00:00Z");
    watch.set(1, 3.0);
    watch.set(2, 3.0);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["prod raised credits-low"]);
    watch.set(1, 0.0);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev raised credits-out"]);
    for number in 1..=2 {
        watch.answers.insert(number, ScriptedAnswer::Fails(PollErrorKind::Dns));
    }
    watch.run(hours(1));
    assert_eq!(watch.news(), [""; 0]);
}

fn at_night(start: &str) -> AlertHarness {
    let mut settings = settings(&["dev", "prod"]);
    let time = |hour| jiff::civil::time(hour, 0, 0, 0);
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    settings.alerts.quiet_hours = Some(QuietHours { from: time(22), until: time(7), zone });
    AlertHarness::with(settings, AlertStoreStub::default(), start)
}

#[test]
fn in_quiet_hours_only_what_is_critical_is_told() {
    let mut watch = at_night("2026-11-21T22:00:00Z");
    watch.set(1, 55.0);
    watch.break_off(2, PollErrorKind::Unauthorized);
    watch.run(hours(1));
    assert_eq!(watch.news(), ["prod raised revoked"]);
    watch.set(2, 300.0);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["prod resolved revoked"], "whoever was woken may sleep again");
    let until_seven = "2026-11-22T06:00:00Z".parse::<Timestamp>().unwrap().duration_since(watch.world.now.wall);
    watch.run(until_seven - seconds(1));
    assert_eq!(watch.news(), [""; 0]);
    watch.run(seconds(2));
    assert_eq!(watch.news(), ["dev raised credits-low"]);
}

#[test]
fn what_is_over_by_the_end_of_the_quiet_hours_is_not_told() {
    let mut watch = at_night("2026-11-21T22:00:00Z");
    watch.set(1, 55.0);
    watch.run(hours(2));
    watch.set(1, 300.0);
    watch.run(hours(12));
    assert_eq!(watch.news(), [""; 0]);
}

#[test]
fn what_gets_critical_in_quiet_hours_is_told() {
    let mut watch = at_night("2026-11-21T20:30:00Z");
    watch.set(1, 55.0);
    watch.run(minutes(40));
    assert_eq!(watch.news(), ["dev raised credits-low"]);
    watch.set(1, 3.0);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev raised credits-critical"]);
    watch.set(1, 300.0);
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev resolved credits-critical"]);
}

#[test]
fn the_end_of_a_warning_waits_for_the_end_of_the_quiet_hours() {
    let mut watch = at_night("2026-11-21T20:30:00Z");
    watch.set(1, 55.0);
    watch.run(minutes(40));
    watch.set(1, 300.0);
    watch.run(hours(2));
    assert_eq!(watch.news(), ["dev raised credits-low"]);
    watch.run(hours(8));
    assert_eq!(watch.news(), ["dev resolved credits-low"]);
}

#[test]
fn a_reminder_that_is_put_off_ends_the_alert_without_a_word() {
    let mut watch = AlertHarness::of(&["dev"]);
    let made = ago(&watch.world.now, hours(80 * 24));
    watch.answers.insert(1, ScriptedAnswer::Answers(Account { created_at: Some(made), ..holding(300.0) }));
    watch.refresh();
    watch.run(minutes(5));
    assert_eq!(watch.news(), ["dev raised rotate-soon"]);
    watch.send(Input::RotationSnoozed(name("dev")));
    watch.run(hours(24));
    assert_eq!(watch.news(), [""; 0]);
    assert!(watch.world.environment("dev").alerts.is_empty());
    watch.run(hours(24 * 10));
    assert_eq!(watch.news(), ["dev raised rotate-soon", "dev raised rotate-overdue"]);
}

#[test]
fn a_key_that_is_removed_ends_its_alerts() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.set(1, 55.0);
    watch.run(minutes(5));
    watch.news();
    watch.world.lose("dev", KeyErrorKind::Missing);
    watch.run(minutes(5));
    assert_eq!(watch.texts(), ["credits low: ended after 5 min, the key was removed"]);
}

#[test]
fn what_had_held_before_a_sleep_has_to_hold_anew() {
    let mut watch = AlertHarness::of(&["dev"]);
    watch.set(1, 55.0);
    watch.run(seconds(30));
    watch.answers.insert(1, ScriptedAnswer::Answers(holding(300.0)));
    watch.pass(hours(8));
    watch.run(hours(1));
    assert_eq!(watch.news(), [""; 0]);
}

#[test]
fn an_alert_tells_since_when_it_is_so_and_where_only_the_seeing_is_known_when_it_was_seen() {
    let mut watch = AlertHarness::of(&["dev"]);
    let made = ago(&watch.world.now, hours(95 * 24));
    watch.answers.insert(1, ScriptedAnswer::Answers(Account { created_at: Some(made), ..holding(55.0) }));
    watch.refresh();
    let seen = watch.world.environment("dev").polled_at.unwrap();
    watch.run(minutes(10));
    let since: BTreeMap<_, _> =
        watch.world.environment("dev").alerts.iter().map(|alert| (alert.condition.as_str(), alert.since)).collect();
    let due = Since::Fact(made.checked_add(hours(90 * 24)).unwrap());
    assert_eq!(since, BTreeMap::from([("credits-low", Since::Seen(seen)), ("rotate-overdue", due)]));
    let since: Vec<_> = watch.notifications.iter().map(|notification| notification.news.since()).collect();
    assert_eq!(since, [Since::Seen(seen), due]);
    assert_eq!(watch.texts(), ["credits low: 55 left", "rotation overdue since 16 Nov"]);
}

#[test]
fn a_fault_is_told_since_its_first_failure() {
    let mut watch = AlertHarness::of(&["dev", "prod"]);
    let begun = watch.world.now.wall;
    watch.answers.insert(2, ScriptedAnswer::Fails(PollErrorKind::ServerError));
    watch.refresh();
    let failed = watch.world.environment("prod").failure_seen_at.unwrap();
    watch.run(minutes(30));
    let since = watch.world.environment("prod").alerts[0].since;
    assert!(matches!(since, Since::Fact(at) if at >= begun && at <= failed), "{since:?}");
}
