//! Numbers and times as people read them, the same on the screen and on the command line.

use jiff::SignedDuration;

/// A whole number with thousands separators: `38,765`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// An amount of credits with thousands separators, and two decimals only where there are any: `-1,234.50`.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded and not negative; a balance beyond u64 is cut to its greatest"
)]
pub fn credits(amount: f64) -> String {
    let hundredths = (amount.abs() * 100.0).round();
    let (whole, part) = ((hundredths / 100.0).floor(), hundredths % 100.0);
    let sign = if amount < 0.0 && hundredths > 0.0 { "-" } else { "" };
    let whole = count(whole as u64);
    if part > 0.0 { format!("{sign}{whole}.{part:02}") } else { format!("{sign}{whole}") }
}

/// An amount in at most five characters and a sign, for where there is no room for all its digits: `999`,
/// `1.2k`, `38.7k`, `300k`, `1.5M`. Digits are cut, not rounded, so that it never promises more than there is.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; an amount beyond u64 is cut to its greatest"
)]
pub fn short(amount: f64) -> String {
    const UNITS: [(u64, &str); 6] = [
        (1_000_000_000_000_000_000, "E"),
        (1_000_000_000_000_000, "P"),
        (1_000_000_000_000, "T"),
        (1_000_000_000, "G"),
        (1_000_000, "M"),
        (1_000, "k"),
    ];
    let whole = amount.abs() as u64;
    let sign = if amount < 0.0 && whole > 0 { "-" } else { "" };
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

/// A ratio as a whole percentage. Only what is whole says 100 %, only what is nothing says 0 %.
#[must_use]
pub fn percent(ratio: f64) -> String {
    let rounded = (ratio * 100.0).round();
    let shown = if ratio > 0.0 && rounded < 1.0 {
        1.0
    } else if ratio < 1.0 && rounded > 99.0 {
        99.0
    } else {
        rounded
    };
    format!("{shown:.0} %")
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

/// How long ago: `now`, `3 min ago`.
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

/// How long an answer took, no finer than matters to people: `under 0.1 s`, `0.3 s`, `2.0 s`.
#[must_use]
pub fn latency(duration: SignedDuration) -> String {
    let tenths = (duration.as_millis() + 50) / 100;
    if duration.as_millis() < 100 { "under 0.1 s".to_owned() } else { format!("{}.{} s", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_in_thousands() {
        assert_eq!(
            [count(0), count(999), count(1_000), count(38_765), count(1_234_567)],
            ["0", "999", "1,000", "38,765", "1,234,567"]
        );
    }

    #[test]
    fn credits_show_decimals_only_where_there_are_any() {
        assert_eq!(
            [credits(487.0), credits(0.5), credits(-1_234.5), credits(-0.001), credits(1.999)],
            ["487", "0.50", "-1,234.50", "0", "2"]
        );
        assert_eq!(credits(f64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn short_numbers_are_cut_to_a_few_digits_and_a_unit() {
        assert_eq!(
            [short(0.0), short(999.9), short(1_000.0), short(1_249.0), short(38_765.0), short(300_000.0)],
            ["0", "999", "1k", "1.2k", "38.7k", "300k"]
        );
        assert_eq!([short(-0.4), short(-1_500_000.0), short(999_999.0)], ["0", "-1.5M", "999k"]);
        assert_eq!([short(f64::MAX), short(f64::NAN)], ["18.4E", "0"]);
    }

    #[test]
    fn percentages_never_round_to_nothing_or_to_all() {
        assert_eq!(
            [percent(0.0), percent(0.001), percent(0.776), percent(0.999), percent(1.0)],
            ["0 %", "1 %", "78 %", "99 %", "100 %"]
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
    fn latencies_are_told_in_tenths_of_a_second() {
        let latency_of = |milliseconds| latency(SignedDuration::from_millis(milliseconds));
        assert_eq!(
            [latency_of(0), latency_of(99), latency_of(100), latency_of(187), latency_of(1_960)],
            ["under 0.1 s", "under 0.1 s", "0.1 s", "0.2 s", "2.0 s"]
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
