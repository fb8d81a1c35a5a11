//! Numbers and times as people read them, the same on the screen and on the command line.

use jiff::SignedDuration;

use crate::domain::exact::is_exact;

/// A whole number with thousands separators: `38,765`.
#[must_use]
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// A whole number with its sign: `-3`.
#[must_use]
pub fn whole(number: i64) -> String {
    format!("{}{}", if number < 0 { "-" } else { "" }, count(number.unsigned_abs()))
}

/// Most decimals that are shown as they were sent.
const DECIMALS_MAX: usize = 4;
/// Least amount that is shown by its power of ten.
const GROUPED_MAX: f64 = 1e21;

/// An amount of credits with thousands separators: `38,765`, and decimals as they were sent: `-1,234.5`. More than four
/// of those are rounded to two. No digit is invented: what is not held exactly says `about`.
#[must_use]
pub fn credits(amount: f64) -> String {
    let (size, sign) = (amount.abs(), if amount < 0.0 { "-" } else { "" });
    if !size.is_finite() {
        return "?".to_owned();
    }
    let sent = size.to_string();
    let decimals = sent.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if size >= GROUPED_MAX {
        format!("about {amount:.2e}")
    } else if decimals > DECIMALS_MAX {
        match format!("{size:.2}") {
            none if none == "0.00" => format!("{sign}<0.01"),
            rounded => format!("{sign}{}", grouped(&rounded)),
        }
    } else if is_exact(amount) {
        format!("{sign}{}", grouped(&sent))
    } else {
        format!("about {sign}{}", grouped(&format!("{size:.0}")))
    }
}

/// Digits with thousands separators before the point.
fn grouped(digits: &str) -> String {
    let (whole, decimals) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::with_capacity(digits.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + decimals
}

/// An amount in at most five characters and a sign, for where there is no room for all its digits: `999`,
/// `1.2k`, `38.7k`, `300k`, `1.5M`. Digits are cut, not rounded, so that it never promises more than there is.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and the range is checked first"
)]
pub fn short(amount: f64) -> String {
    const UNITS: [(u128, &str); 6] = [
        (1_000_000_000_000_000_000, "E"),
        (1_000_000_000_000_000, "P"),
        (1_000_000_000_000, "T"),
        (1_000_000_000, "G"),
        (1_000_000, "M"),
        (1_000, "k"),
    ];
    let (size, sign) = (amount.abs(), if amount < 0.0 { "-" } else { "" });
    if !size.is_finite() {
        return "?".to_owned();
    } else if size >= GROUPED_MAX {
        let digits = format!("{size:e}");
        let power = digits.split_once('e').map_or("", |(_, power)| power);
        return format!("{sign}{}e{power}", &digits[..1]);
    } else if size > 0.0 && size < 1.0 {
        let tenths = (size * 10.0) as u128;
        return if tenths == 0 { format!("{sign}<0.1") } else { format!("{sign}0.{tenths}") };
    }
    let whole = size as u128;
    let Some((unit, letter)) = UNITS.iter().find(|(unit, _)| whole >= *unit) else {
        return format!("{sign}{whole}");
    };
    let (units, tenths) = (whole / unit, whole % unit / (unit / 10));
    if units >= 100 || tenths == 0 {
        format!("{sign}{units}{letter}")
    } else {
        format!("{sign}{units}.{tenths}{letter}")
    }
}

/// A ratio as a whole percentage of at most three digits: `78 %`, `250 %`, `>999 %`. Only what is whole says 100 %,
/// only what is nothing says 0 %: what would be rounded to it is told from it, `<1 %`, `>99 %`.
#[must_use]
pub fn percent(ratio: f64) -> String {
    // -0 is nothing less than 0.
    let rounded = (ratio * 100.0).round() + 0.0;
    if ratio > 0.0 && rounded < 1.0 {
        "<1 %".to_owned()
    } else if ratio < 0.0 && rounded > -1.0 {
        "<0 %".to_owned()
    } else if ratio < 1.0 && rounded > 99.0 {
        ">99 %".to_owned()
    } else if ratio > 1.0 && rounded < 101.0 {
        ">100 %".to_owned()
    } else if rounded > 999.0 {
        ">999 %".to_owned()
    } else if rounded < -99.0 {
        "<-99 %".to_owned()
    } else {
        format!("{rounded:.0} %")
    }
}

/// A length of time in the largest unit that matters: `now`, `3 min`, `2 h`, `9 d`.
#[must_use]
pub fn age(duration: SignedDuration) -> String {
    let minutes = duration.as_mins();
    match minutes {
        ..1 => "now".to_owned(),
        1..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1_440),
    }
}

/// Age, in the past: `now`, `3 min ago`.
#[must_use]
pub fn ago(duration: SignedDuration) -> String {
    if duration.as_mins() < 1 { age(duration) } else { format!("{} ago", age(duration)) }
}

/// An interval in its two largest units: `45 s`, `7 min 12 s`, `2 h 24 min`.
#[must_use]
pub fn interval(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (large, small) = match seconds {
        ..60 => return format!("{seconds} s"),
        60..3_600 => ((seconds / 60, "min"), (seconds % 60, "s")),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h")),
    };
    if small.0 == 0 {
        format!("{} {}", large.0, large.1)
    } else {
        format!("{} {} {} {}", large.0, large.1, small.0, small.1)
    }
}

/// Time that an answer took, no finer than matters to people: `< 100 ms`, `187 ms`, `2.0 s`.
#[must_use]
pub fn latency(duration: SignedDuration) -> String {
    if duration.as_millis() < 100 { "< 100 ms".to_owned() } else { exact_latency(duration) }
}

/// Time that one answer of the past took: `< 10 ms`, `84 ms`, `2.0 s`.
#[must_use]
pub fn exact_latency(duration: SignedDuration) -> String {
    let milliseconds = duration.as_millis();
    let tenths = (milliseconds + 50) / 100;
    match milliseconds {
        ..10 => "< 10 ms".to_owned(),
        10..1_000 => format!("{milliseconds} ms"),
        _ => format!("{}.{} s", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Account;
    use crate::domain::exact::{EXACT_DIGITS, EXACT_MAX};
    use proptest::prelude::*;

    #[test]
    fn numbers_are_grouped_in_thousands() {
        assert_eq!(
            [count(0), count(999), count(1_000), count(38_765), count(1_234_567)],
            ["0", "999", "1,000", "38,765", "1,234,567"]
        );
    }

    #[test]
    fn credits_show_decimals_as_they_were_sent() {
        let cases = [
            (487.0, "487"),
            (0.5, "0.5"),
            (-1_234.5, "-1,234.5"),
            (-0.001, "-0.001"),
            (-0.0, "0"),
            (1.999, "1.999"),
            (345.955, "345.955"),
            (3.0 / 7.0, "0.43"),
            (0.000_001, "<0.01"),
            (-0.000_001, "-<0.01"),
            (0.1 + 0.2, "0.30"),
        ];
        for (amount, shown) in cases {
            assert_eq!(credits(amount), shown);
        }
    }

    #[test]
    fn no_digit_is_invented() {
        let cases = [
            (987_654_321_012_345.0, "987,654,321,012,345"),
            (9_007_199_254_740_991.0, "9,007,199,254,740,991"),
            (EXACT_MAX, "9,007,199,254,740,992"),
            (EXACT_MAX.next_up(), "about 9,007,199,254,740,994"),
            (-EXACT_MAX.next_up(), "about -9,007,199,254,740,994"),
            (2_251_799_813_685_249.5, "about 2,251,799,813,685,250"),
            (f64::MAX, "about 1.80e308"),
            (f64::MIN, "about -1.80e308"),
            (f64::INFINITY, "?"),
            (f64::NAN, "?"),
        ];
        for (amount, shown) in cases {
            assert_eq!(credits(amount), shown);
        }
    }

    /// True for a text that is what was sent, rounded to the digits that it has.
    fn is_rounding_of(shown: &str, sent: &str) -> bool {
        let parts = |text: &str| {
            let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
            (whole.trim_start_matches('0').to_owned(), decimals.to_owned())
        };
        let ((shown_whole, shown_decimals), (whole, decimals)) = (parts(shown), parts(sent));
        let digits = |whole: &str, decimals: &str, length: usize| -> u128 {
            format!("0{whole}{decimals:0<length$}").parse().unwrap()
        };
        let length = decimals.len().max(shown_decimals.len());
        let (shown, sent) = (digits(&shown_whole, &shown_decimals, length), digits(&whole, &decimals, length));
        let step = 10_u128.pow(u32::try_from(length - shown_decimals.len()).unwrap());
        shown.abs_diff(sent) * 2 <= step
    }

    proptest! {
        #[test]
        fn digits_are_a_rounding_of_what_was_sent_or_say_that_they_are_about_it(
            sent in "[0-9]{1,18}(\\.[0-9]{1,16})?", sign in "-?",
        ) {
            let body = format!(r#"{{"credits_remaining":"{sign}{sent}"}}"#);
            let amount = Account::parse(body.as_bytes()).unwrap().credits_remaining;
            let shown = credits(amount);
            let is_marked = shown.starts_with("about ") || shown.contains('<');
            let digits = shown.trim_start_matches('-').replace(',', "");
            prop_assert!(is_marked || is_rounding_of(&digits, &sent), "{} of {}", shown, sent);
            let is_short = sent.replace('.', "").len() <= EXACT_DIGITS && amount.abs() >= 0.01;
            prop_assert!(!is_marked || !is_short, "{} of {}", shown, sent);
            prop_assert!(shown.contains('-') == (amount < 0.0));
            let cut = short(amount);
            prop_assert!(cut.trim_start_matches('-').len() <= 5, "{}", cut);
        }

        #[test]
        fn whole_numbers_up_to_2_to_the_53_are_exact(number in -9_007_199_254_740_992_i64..=9_007_199_254_740_992) {
            let body = format!(r#"{{"credits_remaining":{number}}}"#);
            let amount = Account::parse(body.as_bytes()).unwrap().credits_remaining;
            prop_assert_eq!(credits(amount), whole(number));
        }
    }

    #[test]
    fn short_numbers_are_cut_to_a_few_digits_and_a_unit() {
        assert_eq!(
            [short(0.0), short(999.9), short(1_000.0), short(1_249.0), short(38_765.0), short(300_000.0)],
            ["0", "999", "1k", "1.2k", "38.7k", "300k"]
        );
        assert_eq!(
            [short(-0.4), short(0.05), short(-1_500_000.0), short(999_999.0)],
            ["-0.4", "<0.1", "-1.5M", "999k"]
        );
        assert_eq!(
            [short(9.9e20), short(f64::MAX), short(f64::MIN), short(f64::NAN)],
            ["990E", "1e308", "-1e308", "?"]
        );
    }

    #[test]
    fn percentages_never_round_to_nothing_or_to_all() {
        assert_eq!(
            [percent(-0.0), percent(0.001), percent(0.776), percent(0.999), percent(1.0), percent(1.001)],
            ["0 %", "<1 %", "78 %", ">99 %", "100 %", ">100 %"]
        );
        assert_eq!([percent(0.99), percent(1.01), percent(-0.004)], ["99 %", "101 %", "<0 %"]);
        assert_eq!(
            [percent(2.5), percent(9.99), percent(1e9), percent(-0.006), percent(-1e9)],
            ["250 %", "999 %", ">999 %", "-1 %", "<-99 %"]
        );
    }

    #[test]
    fn ages_use_the_largest_unit() {
        let age_of = |minutes| age(SignedDuration::from_mins(minutes));
        assert_eq!(
            [age_of(0), age_of(59), age_of(60), age_of(47 * 60), age_of(48 * 60)],
            ["now", "59 min", "1 h", "47 h", "2 d"]
        );
        assert_eq!(ago(SignedDuration::from_secs(30)), "now");
        assert_eq!(ago(SignedDuration::from_mins(3)), "3 min ago");
    }

    #[test]
    fn latencies_are_told_no_finer_than_matters() {
        let latency_of = |milliseconds| latency(SignedDuration::from_millis(milliseconds));
        assert_eq!(
            [latency_of(0), latency_of(99), latency_of(100), latency_of(187), latency_of(1_960)],
            ["< 100 ms", "< 100 ms", "100 ms", "187 ms", "2.0 s"]
        );
    }

    #[test]
    fn intervals_use_two_units() {
        let interval_of = |seconds| interval(SignedDuration::from_secs(seconds));
        assert_eq!(
            [interval_of(45), interval_of(60), interval_of(432), interval_of(8_640), interval_of(90_000)],
            ["45 s", "1 min", "7 min 12 s", "2 h 24 min", "1 d 1 h"]
        );
    }
}
