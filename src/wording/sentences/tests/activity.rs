//! Calls by others, in a line.

use super::*;

#[test]
fn calls_of_a_day_are_of_now_or_tell_when_they_were_read() {
    let told = |read: i64, used: i64| {
        let mut environment = busy(staging());
        environment.activity.record.as_mut().unwrap().read_at = Some(minutes_ago(read));
        environment.others_use = Some(ExternalUse { at: minutes_ago(used), exact: true });
        activity(&environment, now(), &TimeZone::UTC).unwrap()
    };
    let rest = "98 % /search, 3 errors";
    assert_eq!(told(3, 4), format!("412 calls by your apps in 24 h, {rest}"));
    assert_eq!(told(300, 301), format!("412 calls by your apps in 24 h, {rest}"), "nobody called since");
    assert_eq!(told(300, 4), format!("at least 412 calls by your apps in 24 h, as of 09:32, {rest}"));
    assert_eq!(told(26 * 60, 4), "not known: the list of calls was read Fri 12:32");
}
