//! Anything that the history can keep whole: to the millisecond, with counts that SQLite can hold.

use jiff::{SignedDuration, Timestamp};
use proptest::option;
use proptest::prelude::*;
use strum::VariantArray as _;

use super::values;
use crate::domain::account::Account;
use crate::domain::api_key::Fingerprint;
use crate::domain::last_use::ExternalUse;
use crate::domain::limit::{HUGE, Limit};
use crate::domain::quota::Quota;
use crate::domain::rotation::{Rotation, RotationStage};
use crate::domain::sample::Sample;

pub(super) fn moment() -> impl Strategy<Value = Timestamp> {
    let (first, last) = (Timestamp::MIN.as_millisecond() + 1, Timestamp::MAX.as_millisecond());
    prop_oneof![4_000_000_000..4_100_000_000_i64, 0..4_000_000_000_000_i64, first..=last]
        .prop_map(|milliseconds| values::moment(milliseconds).unwrap())
}

fn second() -> impl Strategy<Value = Timestamp> {
    moment().prop_map(|moment| Timestamp::from_second(moment.as_millisecond().div_euclid(1_000)).unwrap())
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![(-100_000_i32..100_000).prop_map(f64::from), any::<f64>()]
        .prop_filter("credits are finite", |number| number.is_finite())
}

fn remaining() -> impl Strategy<Value = Option<i64>> {
    option::of(prop_oneof![-10..2_000_i64, any::<i64>()])
}

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![Just(Limit::Unknown), Just(Limit::Unlimited), Just(Limit::Of(0)), (1..HUGE).prop_map(Limit::Of)]
}

pub(super) fn others_use() -> impl Strategy<Value = Option<ExternalUse>> {
    option::of((moment(), any::<bool>()).prop_map(|(at, exact)| ExternalUse { at, exact }))
}

fn account() -> impl Strategy<Value = Account> {
    let times = (option::of(moment()), option::of(moment()));
    (option::of("[a-z]{1,24}"), number(), option::of(number()), limit(), limit(), times).prop_map(
        |(tier, credits_remaining, monthly_allowance, requests_per_minute, requests_per_day, times)| Account {
            tier,
            credits_remaining,
            monthly_allowance,
            requests_per_minute,
            requests_per_day,
            created_at: times.0,
            last_used_at: times.1,
        },
    )
}

pub(crate) fn sample() -> impl Strategy<Value = Sample> {
    let quota = (limit(), remaining(), limit(), remaining()).prop_map(|counts| Quota {
        minute_limit: counts.0,
        minute_remaining: counts.1,
        day_limit: counts.2,
        day_remaining: counts.3,
    });
    let latency = (0..100_000_i64).prop_map(SignedDuration::from_millis);
    (moment(), latency, option::of(second()), account(), quota)
        .prop_map(|(at, latency, server_clock, account, quota)| Sample { at, latency, server_clock, account, quota })
}

pub(crate) fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    any::<u32>().prop_map(|number| format!("{number:08x}").parse().unwrap())
}

pub(super) fn stage() -> impl Strategy<Value = RotationStage> {
    proptest::sample::select(RotationStage::VARIANTS)
}

pub(super) fn rotation() -> impl Strategy<Value = Rotation> {
    let keys = (fingerprint(), option::of(fingerprint()));
    let times = (moment(), option::of(moment()), moment());
    (any::<i64>(), "[a-z0-9][a-z0-9-]{0,31}", keys, stage(), times).prop_map(
        |(number, environment, (old, new), stage, (started_at, promoted_at, ended_at))| Rotation {
            number,
            environment: environment.parse().unwrap(),
            old,
            new,
            stage,
            started_at,
            promoted_at,
            ended_at: stage.is_ended().then_some(ended_at),
        },
    )
}
