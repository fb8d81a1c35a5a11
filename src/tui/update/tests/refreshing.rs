//! A refresh is always answered, with what came of it.

use jiff::SignedDuration;

use super::*;
use crate::domain::time::Elapsed;
use crate::monitor::snapshot::{EnvironmentSnapshot, PollReason};

impl ScreenFixture {
    /// The line at the foot.
    fn told(&self) -> String {
        self.screen.told(&self.owned.context()).map(|notice| notice.text).unwrap_or_default()
    }

    fn come_to(&mut self, environments: Vec<EnvironmentSnapshot>) {
        self.owned.snapshot = snapshot(environments);
    }
}

fn polling(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    EnvironmentSnapshot { polling: true, ..environment }
}

fn read(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    EnvironmentSnapshot { polled_at: Some(now() - SignedDuration::from_secs(1)), polling: false, ..environment }
}

fn failed(environment: EnvironmentSnapshot) -> EnvironmentSnapshot {
    let failed_at = Some(Elapsed::ZERO + SignedDuration::from_secs(9));
    EnvironmentSnapshot { failed_at, failure_seen_at: Some(now()), ..environment }
}

#[test]
fn a_refresh_without_a_key_looks_for_one_and_says_so() {
    let locked = key_unavailable(&dev());
    for (one, answer) in [(no_key("dev"), "dev: still no key"), (locked, "dev: still no key, keyring locked")] {
        let mut desk = ScreenFixture::of(snapshot(vec![one]), false);
        assert_eq!(desk.press(&["r"]), [Action::Refresh(name("dev"))]);
        assert_eq!(desk.told(), "looking for dev's key…");
        let looked_for =
            |environment: &str, is_found| Message::KeyLookupFinished { environment: name(environment), is_found };
        desk.send(looked_for("prod", false));
        assert_eq!(desk.told(), "looking for dev's key…");
        desk.send(looked_for("dev", false));
        assert_eq!(desk.told(), answer);
        desk.press(&["esc"]);
        desk.send(looked_for("dev", false));
        assert_eq!(desk.told(), "", "it is told once");
        desk.press(&["r"]);
        desk.come_to(vec![waiting(dev())]);
        desk.send(looked_for("dev", true));
        assert_eq!(desk.told(), "dev: not now; next read at 14:33");
        desk.come_to(vec![polling(waiting(dev()))]);
        assert_eq!(desk.told(), "reading dev…");
        desk.come_to(vec![read(dev())]);
        assert_eq!(desk.told(), "dev: 41 credits, read now");
    }
}

#[test]
fn what_came_of_a_refresh_is_told_for_a_minute_or_until_the_next_key() {
    let mut desk = ScreenFixture::of(snapshot(vec![calm_prod()]), false);
    desk.press(&["r"]);
    desk.come_to(vec![polling(calm_prod())]);
    assert_eq!(desk.told(), "reading PROD…");
    desk.come_to(vec![read(calm_prod())]);
    assert_eq!(desk.told(), "PROD: 38,765 credits, read now");
    desk.come_to(vec![polling(read(calm_prod()))]);
    assert_eq!(desk.told(), "PROD: 38,765 credits, read now", "a later poll takes no answer back");
    let mut context = desk.owned.context();
    context.now = now() + SignedDuration::from_secs(59);
    assert_eq!(desk.screen.told(&context), None);
    desk.press(&["1"]);
    assert_eq!(desk.told(), "");
}

#[test]
fn a_refresh_that_fails_or_has_to_wait_says_why_and_when_it_goes_on() {
    let unconfirmed = decided(failed(invalid(dev())), 1, PollReason::Confirmation);
    let cases = [
        (failed(rate_limited(dev())), "dev: 429, paused until 14:40"),
        (rate_limited(dev()), "dev: 429, paused until 14:40"),
        (unconfirmed, "dev: refused once (401); asked again at 14:33"),
        (failed(unreachable(dev())), "dev: no answer from api.trackyard.com within 10 s; retrying at 14:33"),
        (decided(dev(), 5, PollReason::Refresh), "dev: per-minute limit reached; refreshing at 14:37"),
        (decided(dev(), 0, PollReason::Refresh), "reading dev…"),
        (decided(dev(), 600, PollReason::Budget), "dev: own share of today is used up; next poll at Sun 00:32"),
    ];
    for (after, told) in cases {
        let mut desk = ScreenFixture::of(snapshot(vec![dev()]), false);
        desk.press(&["r"]);
        desk.come_to(vec![after]);
        assert_eq!(desk.told(), told);
    }
}

#[test]
fn a_failure_of_before_is_no_answer() {
    let before = failed(unreachable(dev()));
    let mut desk = ScreenFixture::of(snapshot(vec![before.clone()]), false);
    desk.press(&["r"]);
    desk.come_to(vec![polling(before)]);
    assert_eq!(desk.told(), "reading dev…");
    desk.come_to(vec![read(dev())]);
    assert_eq!(desk.told(), "dev: 41 credits, read now");
}

#[test]
fn a_refresh_of_all_counts_what_came_of_it() {
    let mut desk = ScreenFixture::new();
    assert_eq!(desk.press(&["R"]), [Action::RefreshAll]);
    desk.come_to(vec![read(dev()), polling(staging()), polling(prod())]);
    assert_eq!(desk.told(), "reading 3 environments…");
    desk.come_to(vec![read(dev()), read(staging()), read(prod())]);
    assert_eq!(desk.told(), "3 read");
    desk.come_to(vec![read(dev()), failed(rate_limited(staging())), read(prod())]);
    assert_eq!(desk.told(), "2 read, 1 failed: staging: 429, paused until 14:40");
    assert_eq!(desk.screen.told(&desk.owned.context()).unwrap().severity, Severity::Warning);
    desk.come_to(vec![
        failed(unreachable(dev())),
        decided(staging(), 5, PollReason::Refresh),
        failed(forbidden(prod())),
    ]);
    let waits = "1 not now: staging: per-minute limit reached; refreshing at 14:37";
    assert_eq!(desk.told(), format!("2 failed: dev, PROD, {waits}"));
    desk.come_to(vec![no_key("dev"), read(staging()), read(prod())]);
    assert_eq!(desk.told(), "2 read", "a key that is gone is not awaited");
    let mut keyless = ScreenFixture::of(snapshot(vec![no_key("dev"), no_key("prod")]), false);
    keyless.press(&["R"]);
    assert_eq!(keyless.told(), "no environment has a key yet");
}
