//! One rate limit as it was told: nothing, that there is none, or a number.
//!
//! The service's pages don't say how a limit that there is not is written, so all ways are read. What 0 means is not
//! known either. It can't be meant of a key that was just answered, so it is shown as what it is, and not planned by.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Numbers from here on stand for "no limit"; the largest published one is 300 a minute.
pub const HUGE: u64 = 1_000_000_000;
/// Words for "no limit", in lower case.
const NO_LIMIT: [&str; 6] = ["unlimited", "no limit", "none", "infinite", "infinity", "null"];

/// One rate limit, as it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Nothing, or nothing that makes sense.
    #[default]
    Unknown,
    /// That there is none: null, a negative number, one of [`HUGE`] or more, or a word for it.
    Unlimited,
    /// That many requests, below [`HUGE`].
    Of(u64),
}

impl Limit {
    /// The limit that a header or a column tells.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let text = text.trim();
        if NO_LIMIT.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Self::Unlimited;
        }
        text.parse().map_or(Self::Unknown, Self::from_number)
    }

    /// The limit that a member of a body tells; `None` is one that is absent.
    #[must_use]
    pub fn from_json(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Null) => Self::Unlimited,
            Some(Value::Number(number)) => number.as_f64().map_or(Self::Unknown, Self::from_number),
            Some(Value::String(text)) => Self::from_text(text),
            _ => Self::Unknown,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and the range is checked first"
    )]
    #[expect(clippy::cast_precision_loss, reason = "below 2^52")]
    fn from_number(number: f64) -> Self {
        if number < 0.0 || number >= HUGE as f64 {
            Self::Unlimited
        } else if number.fract() == 0.0 {
            Self::Of(number as u64)
        } else {
            Self::Unknown
        }
    }

    /// The number of requests that calls are planned by, above 0.
    #[must_use]
    pub fn cap(self) -> Option<u64> {
        match self {
            Self::Of(limit) => Some(limit).filter(|limit| *limit > 0),
            Self::Unknown | Self::Unlimited => None,
        }
    }

    /// The word of two that promises less: the smaller number, then 0, for it is not meant, then none.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        let rank = |limit: Self| match limit {
            Self::Of(0) => (1, 0),
            Self::Of(number) => (0, number),
            Self::Unlimited => (2, 0),
            Self::Unknown => (3, 0),
        };
        if rank(other) < rank(self) { other } else { self }
    }
}

/// Two words of the service on one limit that can't both be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Contradiction {
    /// Limit by the body of `/me`.
    pub me: Limit,
    /// Limit by the headers.
    pub headers: Limit,
}

impl Contradiction {
    /// The contradiction between two words; where one of them tells nothing, there is none.
    #[must_use]
    pub fn between(me: Limit, headers: Limit) -> Option<Self> {
        let both_tell = me != Limit::Unknown && headers != Limit::Unknown;
        (both_tell && me != headers).then_some(Self { me, headers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn not_told_no_limit_and_zero_are_three_things() {
        let json = |text: &str| Limit::from_json(Some(&serde_json::from_str(text).unwrap()));
        assert_eq!(Limit::from_json(None), Limit::Unknown);
        for none in ["null", "-1", "-0.5", "1000000000", "9007199254740993", "1e300", "\"unlimited\"", "\" -1 \""] {
            assert_eq!(json(none), Limit::Unlimited, "{none}");
        }
        assert_eq!([json("0"), json("-0.0"), json("\"0\"")], [Limit::Of(0); 3]);
        assert_eq!(
            [json("1"), json("10.0"), json("\"999999999\"")],
            [Limit::Of(1), Limit::Of(10), Limit::Of(HUGE - 1)]
        );
        for nonsense in ["[]", "{}", "true", "1.5", "\"\"", "\"ten\"", "\"10, 20\"", "\"NaN\""] {
            assert_eq!(json(nonsense), Limit::Unknown, "{nonsense}");
        }
    }

    #[test]
    fn of_two_words_the_one_that_promises_less_is_taken_and_zero_is_not_planned_by() {
        let words = [Limit::Of(5), Limit::Of(10), Limit::Of(0), Limit::Unlimited, Limit::Unknown];
        for (index, stricter) in words.into_iter().enumerate() {
            for looser in &words[index..] {
                assert_eq!(stricter.stricter(*looser), stricter);
                assert_eq!(looser.stricter(stricter), stricter);
            }
        }
        assert_eq!(words.map(Limit::cap), [Some(5), Some(10), None, None, None]);
    }

    #[test]
    fn only_two_words_can_contradict_each_other() {
        let (five, ten) = (Limit::Of(5), Limit::Of(10));
        assert_eq!(Contradiction::between(ten, five), Some(Contradiction { me: ten, headers: five }));
        assert!(Contradiction::between(Limit::Unlimited, five).is_some());
        assert!(Contradiction::between(Limit::Of(0), five).is_some());
        assert_eq!(Contradiction::between(five, five), None);
        assert_eq!(Contradiction::between(five, Limit::Unknown), None);
        assert_eq!(Contradiction::between(Limit::Unknown, five), None);
    }

    proptest! {
        #[test]
        fn no_number_is_another_than_the_one_that_was_told(text in "-?[0-9]{1,20}(\\.[0-9]{1,3})?|.{0,8}") {
            match Limit::from_text(&text) {
                Limit::Of(number) => {
                    prop_assert!(number < HUGE, "{}", text);
                    prop_assert_eq!(text.trim().parse(), Ok(f64::from(u32::try_from(number).unwrap())), "{}", text);
                }
                Limit::Unlimited | Limit::Unknown => {}
            }
        }
    }
}
