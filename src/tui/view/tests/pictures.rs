//! Dashboard in each state, as text. Colours are tested beside, in `styles`.
use std::sync::Arc;

use insta::assert_snapshot;
use jiff::SignedDuration;
use unicode_width::UnicodeWidthStr;

use super::{of, picture, picture_of};
use crate::domain::account::Account;
use crate::domain::alert::Condition;
use crate::domain::environment::Environment;
use crate::domain::error::KeyringError;
use crate::domain::last_use::ExternalUse;
use crate::domain::limit::{Contradiction, Limit};
use crate::domain::quota::QuotaWindow;
use crate::domain::rotation::RotationStage;
use crate::domain::status::{Flag, Severity, Status};
use crate::monitor::snapshot::{EnvironmentSnapshot, PollReason, Snapshot};
use crate::testing::*;
use crate::tui::charset::Charset;
use crate::tui::notice::ScreenNotice;
use crate::tui::screen::Screen;

#[test]
fn usual_at_each_size() {
    let owned = OwnedViewContext::new(usual());
    assert_snapshot!("usual_120x40", picture(&owned, 120, 40, &["3"]));
    assert_snapshot!("usual_80x24", picture(&owned, 80, 24, &["2"]));
    assert_snapshot!("usual_200x60", picture(&owned, 200, 60, &["3"]));
    assert_snapshot!("usual_60x30", picture(&owned, 60, 30, &[]));
    assert_snapshot!("usual_40x12", picture(&owned, 40, 12, &["3"]));
    assert_snapshot!("usual_20x5", picture(&owned, 20, 5, &[]));
}

#[test]
fn all_is_well() {
    let mut owned = of(vec![dev(), calm_staging(), calm_prod()]);
    owned.events.clear();
    assert_snapshot!("calm_120x40", picture(&owned, 120, 40, &[]));
}

#[test]
fn keys_that_are_missing_locked_or_waiting() {
    let mut owned = of(vec![no_key("dev"), key_unavailable(&staging()), waiting(prod())]);
    owned.credits.clear();
    assert_snapshot!("keys_80x24", picture(&owned, 80, 24, &["2"]));
    assert_snapshot!("keys_120x40", picture(&owned, 120, 40, &["3"]));
}

#[test]
fn a_keyring_that_fails_all_environments_alike_is_told_once() {
    let failing = |environment: &EnvironmentSnapshot| {
        let mut environment = key_unavailable(environment);
        environment.key_failure = Some(keyring_failure(&environment.environment.name, KeyringError::NoSession));
        environment
    };
    let mut owned = of(vec![failing(&dev()), failing(&staging()), failing(&prod())]);
    owned.credits.clear();
    let (small, large) = (picture(&owned, 80, 24, &["2"]), picture(&owned, 120, 40, &[]));
    assert!(small.contains("TRACKYARD_API_KEY_STAGING"), "{small}");
    assert_snapshot!("keyless_80x24", small);
    assert_snapshot!("keyless_120x40", large);
    assert_snapshot!("keyless_40x12", picture(&owned, 40, 12, &[]));
}

#[test]
fn long_sentences_are_wrapped_before_they_are_cut() {
    let mut forbidden = forbidden(staging());
    *forbidden.poll_failure.as_mut().unwrap().cause = answered(403, "it may not be used for this, nor for that");
    let mut endless = invalid(dev());
    endless.status = Status::Forbidden;
    *endless.poll_failure.as_mut().unwrap().cause = answered(403, "word ".repeat(40).trim_end());
    let mut shared = flagged(calm_prod(), &[Flag::SharedKey, Flag::ClockSkew]);
    shared.key.as_mut().unwrap().shared_with = vec!["staging".to_owned()];
    shared.clock_skew = Some(SignedDuration::from_secs(190));
    let owned = of(vec![endless, forbidden, shared]);
    assert_snapshot!("long_120x40", picture(&owned, 120, 40, &[]));
    assert_snapshot!("long_80x24", picture(&owned, 80, 24, &[]));
}

#[test]
fn keys_that_are_refused() {
    let owned = of(vec![invalid(dev()), forbidden(staging()), revoked(prod())]);
    assert_snapshot!("refused_80x24", picture(&owned, 80, 24, &["3"]));
    assert_snapshot!("refused_120x40", picture(&owned, 120, 40, &["1"]));
}

#[test]
fn a_service_that_does_not_answer() {
    let owned =
        of(vec![rate_limited(dev()), unreachable(staging()), decided(calm_prod(), 1, PollReason::Confirmation)]);
    assert_snapshot!("trouble_80x24", picture(&owned, 80, 24, &["2"]));
    assert_snapshot!("trouble_120x40", picture(&owned, 120, 40, &["3"]));
}

#[test]
fn a_machine_that_is_offline() {
    let mut owned = of(vec![unreachable(dev()), unreachable(staging()), unreachable(prod())]);
    owned
        .snapshot
        .environments
        .iter_mut()
        .for_each(|environment| *Arc::make_mut(environment).poll_failure.as_mut().unwrap().cause = offline().cause);
    owned.snapshot.outage = Some(offline());
    assert_snapshot!("offline_80x24", picture(&owned, 80, 24, &[]));
    assert_snapshot!("offline_120x40", picture(&owned, 120, 40, &["2"]));
}

#[test]
fn polls_that_are_paused_or_held_back() {
    let mut reserve = flagged(decided(staging(), 568, PollReason::Reserve), &[Flag::DailyLimitNear]);
    reserve.day = QuotaWindow::told(1_000, 81, 120);
    let mut owned = of(vec![
        decided(dev(), 100, PollReason::Budget),
        reserve,
        EnvironmentSnapshot { polling: true, ..decided(calm_prod(), 0, PollReason::Refresh) },
    ]);
    assert_snapshot!("held_back_120x40", picture(&owned, 120, 40, &["2"]));
    owned.snapshot = snapshot(
        usual()
            .environments
            .into_iter()
            .map(|environment| decided(Arc::unwrap_or_clone(environment), 3, PollReason::Paused))
            .collect(),
    );
    owned.snapshot.paused = true;
    assert_snapshot!("paused_80x24", picture(&owned, 80, 24, &[]));
}

#[test]
fn credits_that_end_and_clocks_that_differ() {
    let low = |credits, flag| {
        let account = Account { credits_remaining: credits, ..account("starter", 0.0, 300.0, 10, Some(1_000)) };
        flagged(EnvironmentSnapshot { account: Some(account), ..staging() }, &[flag])
    };
    let mut shared = flagged(low(41.0, Flag::CreditsLow), &[Flag::CreditsLow, Flag::SharedKey, Flag::ClockSkew]);
    shared.key.as_mut().unwrap().shared_with = vec!["prod".to_owned()];
    shared.clock_skew = Some(SignedDuration::from_secs(190));
    let critical = EnvironmentSnapshot { environment: environment("qa"), ..low(9.0, Flag::CreditsCritical) };
    let out = EnvironmentSnapshot { environment: environment("prod"), ..low(0.0, Flag::CreditsOut) };
    let owned = of(vec![shared, critical, out]);
    assert_snapshot!("credits_80x24", picture(&owned, 80, 24, &["1"]));
    assert_snapshot!("credits_120x40", picture(&owned, 120, 40, &["1"]));
}

#[test]
fn what_the_service_does_not_tell_is_drawn_as_unknown() {
    let mut bare = dev();
    let silent = Account { tier: None, monthly_allowance: None, ..account("", 41.5, 1.0, 1, None) };
    bare.account = Some(silent);
    bare.minute = QuotaWindow { own: 1, ..QuotaWindow::default() };
    bare.day = QuotaWindow { own: 12, ..QuotaWindow::default() };
    bare.key.as_mut().unwrap().age = None;
    bare.others_use = None;
    let mut counted = calm_staging();
    counted.minute.remaining = None;
    counted.day = QuotaWindow { remaining: None, own: 12, ..counted.day };
    counted.others_use = Some(ExternalUse { at: minutes_ago(64), exact: false });
    let mut owned = of(vec![bare, counted, calm_prod()]);
    owned.credits.clear();
    assert_snapshot!("unknown_120x40", picture(&owned, 120, 40, &[]));
    assert_snapshot!("unknown_80x24", picture(&owned, 80, 24, &[]));
}

/// Numbers of which each is told, and is odd.
#[test]
fn zero_none_above_and_contradicted_are_drawn_as_what_they_are() {
    let with = |environment: EnvironmentSnapshot, credits: f64, allowance: f64| {
        let account =
            Account { credits_remaining: credits, monthly_allowance: Some(allowance), ..environment.account.unwrap() };
        EnvironmentSnapshot { account: Some(account), ..environment }
    };
    let mut above = with(dev(), 1_250.0, 500.0);
    above.minute.contradiction = Contradiction::between(Limit::Of(10), Limit::Of(5));
    above.day = QuotaWindow { limit: Limit::Of(0), ..QuotaWindow::default() };
    let mut reached = with(flagged(calm_staging(), &[Flag::DailyLimitReached]), 5.0, 0.0);
    reached.day = QuotaWindow::told(1_000, 0, 62);
    reached.minute = QuotaWindow { limit: Limit::Unknown, ..QuotaWindow::told(0, 7, 1) };
    let huge = with(calm_prod(), 987_654_321_012_345.0, 9e20);
    let mut owned = of(vec![above, reached, huge]);
    owned.credits.clear();
    assert_snapshot!("odd_120x40", picture(&owned, 120, 40, &[]));
    assert_snapshot!("odd_80x24", picture(&owned, 80, 24, &["2"]));
}

#[test]
fn what_no_answer_told_yet_is_not_said_to_be_none() {
    let mut recalled = dev();
    let account = recalled.account.unwrap();
    recalled.account = Some(Account { tier: None, ..account });
    recalled.minute = QuotaWindow { own: 1, ..QuotaWindow::default() };
    recalled.day = recalled.minute;
    recalled.latency = Some(SignedDuration::ZERO);
    let silent = EnvironmentSnapshot { latency: Some(SignedDuration::from_millis(40)), ..recalled.clone() };
    let mut told = silent.clone();
    told.minute.limit = Limit::Unlimited;
    told.day.limit = Limit::Unlimited;
    let row = |picture: &str, label: &str| {
        let row = picture.lines().find(|line| line.contains(label)).unwrap_or_default();
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let picture_of = |environment| picture(&of(vec![environment]), 120, 40, &[]);
    let (unknown, silent, known) = (picture_of(recalled), picture_of(silent), picture_of(told));
    assert!(row(&unknown, " day ").contains("– ╌"), "{unknown}");
    assert!(row(&unknown, " minute ").contains("– ╌"), "{unknown}");
    assert!(row(&unknown, " tier ").contains("tier –"), "{unknown}");
    assert!(!unknown.contains("no limit") && !unknown.contains(" latency "), "{unknown}");
    assert!(row(&silent, " day ").contains("day not told"), "{silent}");
    let tier = "tier not told, limit per minute not told";
    assert!(row(&silent, " tier ").contains(tier), "{silent}");
    assert!(row(&known, " day ").contains("day no limit"), "{known}");
    assert!(row(&known, " tier ").contains("tier not told, no limit per minute, no daily limit"), "{known}");
    assert!(row(&known, " latency ").contains("latency < 100 ms"), "{known}");
}

#[test]
fn numbers_of_a_daily_limit_stand_whole() {
    let mut environment = calm_staging();
    environment.day = QuotaWindow::told(10_000, 599, 62);
    let owned = of(vec![dev(), environment, calm_prod()]);
    for (columns, rows) in [(80, 24), (120, 40)] {
        let picture = picture(&owned, columns, rows, &[]);
        assert!(picture.contains("9,401 of 10,000"), "{picture}");
    }
}

#[test]
fn ascii() {
    let mut settings = settings();
    settings.charset = Charset::Ascii;
    let owned = of(vec![invalid(dev()), staging(), prod()]);
    let picture = picture_of(Screen::new(settings), &owned, 120, 40, &["3"]);
    assert!(picture.is_ascii());
    assert_snapshot!("ascii_120x40", picture);
}

fn many(count: usize) -> Snapshot {
    let kinds = [dev(), staging(), prod()];
    let renamed = |number: usize| {
        let environment = Environment { name: format!("team-{}", number + 1).parse().unwrap(), label: None };
        EnvironmentSnapshot { environment, ..kinds[number % 3].clone() }
    };
    snapshot((0..count).map(renamed).collect())
}

#[test]
fn more_environments() {
    assert_snapshot!("twelve_120x40", picture(&OwnedViewContext::new(many(12)), 120, 40, &["9"]));
    assert_snapshot!("five_80x24", picture(&OwnedViewContext::new(many(5)), 80, 24, &["4"]));
    assert_snapshot!("forty_80x24", picture(&OwnedViewContext::new(many(40)), 80, 24, &["9", "tab"]));
    assert_snapshot!("one_80x24", picture(&of(vec![calm_prod()]), 80, 24, &[]));
    assert_snapshot!("two_80x24", picture(&of(vec![dev(), prod()]), 80, 24, &[]));
    assert_snapshot!("none_80x24", picture(&of(Vec::new()), 80, 24, &[]));
}

#[test]
fn wide_characters_stay_in_the_grid() {
    let mut environments = vec![dev(), staging(), prod()];
    environments[1].environment.label = Some("検証環境・東京リージョン 検証環境・東京リージョン 検証環境".to_owned());
    for (columns, rows) in [(120, 40), (80, 24)] {
        let usual = picture(&OwnedViewContext::new(usual()), columns, rows, &["2"]);
        let wide = picture(&of(environments.clone()), columns, rows, &["2"]);
        let widths = |picture: &str| picture.lines().map(UnicodeWidthStr::width).collect::<Vec<_>>();
        assert!(columns == 80 || wide.contains("検証環境・"), "{wide}");
        assert_eq!(widths(&usual), widths(&wide), "{wide}");
    }
}

#[test]
fn rotations_under_way() {
    let watching = |environment| rotating(environment, RotationStage::Watching);
    let owned = of(vec![rotating(dev(), RotationStage::Started), watching(staging()), used(watching(prod()), 185)]);
    assert_snapshot!("rotations_80x24", picture(&owned, 80, 24, &["2"]));
    assert_snapshot!("rotations_120x40", picture(&owned, 120, 40, &["3"]));
    let held_up = held_up(rotating(prod(), RotationStage::RolledBack));
    let owned = of(vec![put_off(staging()), held_up, rotating(calm_prod(), RotationStage::Promoting)]);
    assert_snapshot!("reminders_80x24", picture(&owned, 80, 24, &["2"]));
    assert_snapshot!("reminders_120x40", picture(&owned, 120, 40, &["1"]));
}

#[test]
fn notices_stand_at_the_foot_and_at_the_top() {
    let mut owned = OwnedViewContext::new(usual());
    owned.notices = vec![ScreenNotice { severity: Severity::Warning, text: "the history can't be written".to_owned() }];
    owned.wait_hint = Some("the keyring waits for its password".to_owned());
    assert_snapshot!("notices_120x40", picture(&owned, 120, 40, &[]).lines().next().unwrap());
    assert_snapshot!("wait_hint_120x40", picture(&owned, 120, 40, &[]).lines().last().unwrap());
}

#[test]
fn alerts_tell_who_took_note_of_them() {
    let overdue = Condition::Flag(Flag::RotateOverdue);
    let low = flagged(staging(), &[Flag::CreditsLow, Flag::RotateSoon]);
    let low = alerted(low, Condition::Flag(Flag::CreditsLow), Some("ada"));
    let low = alerted(low, Condition::Flag(Flag::RotateSoon), None);
    let owned = of(vec![dev(), low, alerted(prod(), overdue, Some("ada"))]);
    assert_snapshot!("alerts_120x40", picture(&owned, 120, 40, &["2"]));
    let told_above = picture(&owned, 120, 40, &["3"]);
    for told in [
        " ✖ PROD     rotate overdue by 5 days, since 16 Nov, acknowledged by ada 14:20",
        " ▲ staging  credits low: 222 of 300 left, acknowledged by ada 14:20",
    ] {
        assert!(told_above.contains(told), "{told_above}");
    }
}
