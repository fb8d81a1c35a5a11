//! States of the world, each in a file of its own in `tests/states/`: the facts as they come over the wire and from the
//! key stores, and what the screen, `status` and its JSON must say of them. `tests/states/README.md` tells how to read
//! and write such a file.

mod checks;
mod file;
mod pictures;
mod service;
mod sources;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use file::State;

/// One test for each file.
macro_rules! states {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { judge(stringify!($name)); })*
    };
}

states! {
    after_a_sleep
    alert_acknowledged
    allowance_not_told
    allowance_zero
    back_online
    balance_beyond_exact_numbers
    body_against_headers
    clock_put_forward
    clock_skew
    clocks_go_back
    compressed_answer
    connection_refused
    credits_above_the_allowance
    credits_critical
    credits_low
    credits_out
    daily_limit_near
    daily_limit_reached
    daily_limit_zero
    day_over
    every_key_refused
    every_key_refused_for_long
    few_credits_a_week
    first_start
    forbidden
    forbidden_by_a_gateway
    forecast_after_a_restart
    free_well
    huge_balance
    invalid
    key_command_fails
    key_file_of_mode_0644
    key_of_80_days
    key_of_89_days
    key_of_90_days
    key_of_95_days
    key_of_a_variable_refused
    key_replaced_elsewhere
    keyring_locked
    keyring_locked_later
    last_use_in_the_future
    lasts_to_the_refill
    limits_not_told
    minute_over
    month_old_numbers
    negative_balance
    no_answer_for_long
    no_daily_limit
    no_use
    not_enough_history
    offline
    one_key_missing
    outage_over
    paused
    payment_required
    plan_downgraded
    plan_upgraded
    pro_well
    proxy_wants_a_password
    rate_limited
    rate_limited_before_a_restart
    refill_due_today
    refill_due_today_learnt
    refill_just_seen
    refused_by_a_gateway
    revoked
    revoked_before_a_restart
    revoked_then_no_answer
    rotation_new_key_refused
    rotation_old_key_unknown
    rotation_old_key_unused
    rotation_old_key_used
    rotation_snoozed
    runs_out_before_the_refill
    service_unavailable
    service_unavailable_until_a_date
    shared_key
    sign_in_page
    starter_well
    tier_with_escapes
    top_up_that_stays
    waiting
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states")
}

/// Brings about the state of a file, and compares what is said of it with what must be said.
fn judge(name: &str) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap();
    let state = State::parse(&text);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seen = runtime.block_on(world::bring_about(&state));
    if std::env::var_os("SHOW").is_some() {
        println!("=== {}\n{}", state.title, seen.whole());
    }
    let faults = checks::faults(&state, &seen);
    assert!(faults.is_empty(), "{}\n\n{}\n\n{}", state.title, faults.join("\n"), seen.whole());
}

#[test]
fn every_file_is_a_test() {
    let found = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let found = found.filter(|path| path.extension().is_some_and(|ending| ending == "txt"));
    let found: BTreeSet<_> = found.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(found, NAMES.iter().map(|name| (*name).to_owned()).collect());
}
