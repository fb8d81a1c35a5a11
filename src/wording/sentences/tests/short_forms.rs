//! Forms of a sentence for where there is little room.

use super::*;

#[test]
fn a_sentence_that_does_not_fit_loses_clauses_then_becomes_brief() {
    let mut near = decided(flagged(staging(), &[Flag::DailyLimitNear]), 20, PollReason::Reserve);
    near.day.remaining = Some(81);
    let sentence = sentences(&near, now(), &TimeZone::UTC).remove(0);
    let fitting = |length: usize| sentence.fitting(|form| form.len() <= length);
    assert_eq!(fitting(97), sentence.text);
    assert_eq!(fitting(96), "81 of 1,000 requests left today: polling is paused until 14:52");
    assert_eq!(fitting(40), "81 of 1,000 requests left today");
    assert_eq!(fitting(0), "81 of 1,000 requests left today");
    let budget = sentences(&decided(calm_staging(), 20, PollReason::Budget), now(), &TimeZone::UTC).remove(0);
    assert_eq!(budget.fitting(|form| form.len() <= 40), "own share of today is used up");
}

#[test]
fn what_is_said_before_a_but_never_stands_alone() {
    let forbidden = &sentences(&forbidden(staging()), now(), &TimeZone::UTC)[0];
    assert_eq!(
        forbidden.gist(),
        "the key is valid, but this call is forbidden (403): this key may not read the account"
    );
    assert_eq!(forbidden.fitting(|form| form.len() < 20), "forbidden");
}

#[test]
fn the_gist_is_the_first_clause() {
    let gist = |environment: &EnvironmentSnapshot| sentences(environment, now(), &TimeZone::UTC)[0].gist().to_owned();
    assert_eq!(gist(&prod()), "rotate overdue by 5 days");
    assert_eq!(gist(&rate_limited(dev())), "429: paused until 14:40");
    let refused = sentences(&forbidden(dev()), now(), &TimeZone::UTC).remove(0);
    assert_eq!(refused.gist(), refused.text, "that the key is valid is not the whole truth");
    assert_eq!(refused.fitting(|form| form.len() <= 40), "forbidden");
    assert_eq!(gist(&decided(calm_staging(), 20, PollReason::Budget)), "own share of today is used up");
    let mut near = decided(flagged(staging(), &[Flag::DailyLimitNear]), 20, PollReason::Reserve);
    near.day.remaining = Some(81);
    assert_eq!(gist(&near), "81 of 1,000 requests left today");
}

#[test]
fn no_short_form_says_what_the_whole_sentence_takes_back() {
    let of = |environment: EnvironmentSnapshot| sentences(&environment, now(), &TimeZone::UTC).remove(0);
    let mut misread = unreachable(staging());
    *misread.poll_failure.as_mut().unwrap().cause = RequestError::Body { status: 200, fault: BodyError::NotJson };
    for environment in [forbidden(staging()), misread] {
        let sentence = of(environment);
        for width in 0..sentence.text.len() {
            let short = sentence.fitting(|form| form.len() <= width);
            let is_cut_short = short.ends_with("the key is valid") || short.ends_with("the service answered 200");
            assert!(!is_cut_short, "{short}");
        }
    }
}

#[test]
fn no_clause_is_told_without_the_one_that_turns_it_round() {
    let text = "the key is valid, but this call is forbidden (403), checked again at 15:24";
    let ends: Vec<_> = clause_ends(text).map(|end| &text[..end]).collect();
    assert_eq!(ends, ["the key is valid, but this call is forbidden (403)"]);
}
