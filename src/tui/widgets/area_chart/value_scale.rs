//! Scale of values: from 0 at the axis to a round number at the top, in eighths of a row.

/// Most steps of the axis, whatever its height.
const STEPS_MAX: u16 = 5;
/// Eighths of a row, as there are of a block character.
const EIGHTHS: u16 = 8;

/// Values from the axis upwards: 0 fills nothing, the top fills every row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::tui) struct ValueScale {
    top: f64,
    rows: u16,
}

impl ValueScale {
    /// The scale of so many rows whose top is the least round number that covers `most`.
    pub(in crate::tui) fn new(most: f64, rows: u16) -> Self {
        let most = most.max(1.0);
        let powers = most.log10().floor();
        let tops = [powers - 1.0, powers].into_iter().flat_map(steps).flat_map(|(step, count_max)| {
            (1..=count_max).map(move |count| step * f64::from(count)).filter(move |top| *top >= most)
        });
        let top = tops.filter(|top| top.is_finite()).fold(f64::INFINITY, f64::min);
        Self { top: if top.is_finite() { top } else { most }, rows }
    }

    /// The value that fills every row.
    pub(in crate::tui) fn top(&self) -> f64 {
        self.top
    }

    /// Eighths of a row that a value fills: none for 0 and below, at least one for more.
    pub(in crate::tui) fn eighths(&self, value: f64) -> u16 {
        self.filled(value, EIGHTHS)
    }

    /// Row in which a value ends, counted from the axis, which is 0.
    pub(in crate::tui) fn row(&self, value: f64) -> u16 {
        self.eighths(value).div_ceil(EIGHTHS)
    }

    /// Rows that a value fills by more than half, one at least for what is above 0.
    pub(in crate::tui) fn whole_rows(&self, value: f64) -> u16 {
        self.filled(value, 1)
    }

    /// Parts of a row that a value fills, of so many to a row.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and all parts")]
    fn filled(&self, value: f64, parts: u16) -> u16 {
        let filled = (value / self.top).clamp(0.0, 1.0) * f64::from(self.rows) * f64::from(parts);
        if value > 0.0 { (filled.round() as u16).max(1) } else { 0 }
    }

    /// Values of the marks of the axis, from 0 to the top, as many as the height has room for.
    pub(in crate::tui) fn ticks(&self) -> Vec<f64> {
        let most = match self.rows {
            0..4 => 1,
            4..9 => 2,
            9..16 => 4,
            _ => STEPS_MAX,
        };
        let count = (2..=most).rev().find(|count| is_round(self.top / f64::from(*count))).unwrap_or(1);
        (0..=count).map(|step| self.top * f64::from(step) / f64::from(count)).collect()
    }
}

/// The round steps of a power of ten, each with how many of them still make numbers of few digits.
fn steps(power: f64) -> Vec<(f64, u16)> {
    let unit = 10_f64.powf(power);
    let mut steps = vec![(unit, STEPS_MAX), (2.0 * unit, STEPS_MAX), (5.0 * unit, STEPS_MAX)];
    // 2.5 credits would be told as 2.
    if power >= 1.0 {
        steps.push((2.5 * unit, STEPS_MAX - 1));
    }
    steps
}

/// True for one of the steps.
fn is_round(step: f64) -> bool {
    // A third of a top is no exact number.
    let is_near = |round: f64| round.is_finite() && (step - round).abs() <= round * 1e-9;
    steps(step.log10().round()).into_iter().chain(steps(step.log10().floor())).any(|(round, _)| is_near(round))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::format::short;
    use proptest::prelude::*;

    fn labels(most: f64, rows: u16) -> Vec<String> {
        ValueScale::new(most, rows).ticks().into_iter().map(short).collect()
    }

    #[test]
    fn ticks_are_round_and_as_many_as_there_is_room_for() {
        assert_eq!(labels(50_000.0, 3), ["0", "50k"]);
        assert_eq!(labels(50_000.0, 8), ["0", "25k", "50k"]);
        assert_eq!(labels(50_000.0, 20), ["0", "10k", "20k", "30k", "40k", "50k"]);
        assert_eq!(labels(300.0, 10), ["0", "100", "200", "300"]);
        assert_eq!(labels(34_736.0, 10), ["0", "10k", "20k", "30k", "40k"]);
        assert_eq!(labels(1_249.0, 10), ["0", "500", "1k", "1.5k"]);
        assert_eq!(labels(0.0, 16), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(f64::MAX, 16).len(), 2);
    }

    #[test]
    fn more_than_nothing_is_seen_and_nothing_is_not() {
        let scale = ValueScale::new(50_000.0, 4);
        assert_eq!(
            [-3.0, 0.0, 0.1, 25_000.0, 50_000.0, 90_000.0].map(|value| scale.eighths(value)),
            [0, 0, 1, 16, 32, 32]
        );
        assert_eq!([0.0, 0.1, 12_500.0, 13_000.0, 50_000.0].map(|value| scale.row(value)), [0, 1, 1, 1, 4]);
        assert_eq!([0.0, 0.1, 18_000.0, 19_000.0].map(|value| scale.whole_rows(value)), [0, 1, 1, 2]);
    }

    proptest! {
        #[test]
        fn a_value_is_drawn_within_half_an_eighth_of_its_height(
            most in 1f64..1e15, part in 0f64..=1.0, rows in 1u16..=40,
        ) {
            let scale = ValueScale::new(most, rows);
            prop_assert!(scale.top() >= most && scale.top() <= most * 2.0, "{} for {}", scale.top(), most);
            let drawn = f64::from(scale.eighths(part * most));
            let true_height = part * most / scale.top() * f64::from(rows) * 8.0;
            prop_assert!((drawn - true_height).abs() <= 0.5 || (drawn - 1.0).abs() < f64::EPSILON && true_height < 1.0);
            prop_assert_eq!((scale.row(scale.top()), scale.row(0.0)), (rows, 0));
        }

        #[test]
        fn labels_of_ticks_tell_their_value_and_each_stands_in_a_row_of_its_own(most in 0f64..1e17, rows in 2u16..=40) {
            let scale = ValueScale::new(most, rows);
            let ticks = scale.ticks();
            prop_assert!((2..=6).contains(&ticks.len()));
            prop_assert!(ticks.windows(2).all(|pair| scale.row(pair[0]) < scale.row(pair[1])));
            for tick in ticks {
                let label = short(tick);
                let unit = label.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
                let power = " kMGTPE".find(unit).unwrap_or(0) * 3;
                let told = label.trim_end_matches(unit).parse::<f64>().unwrap() * 10_f64.powi(i32::try_from(power).unwrap());
                prop_assert!((told - tick).abs() <= tick * 1e-9, "{} of {}", label, tick);
            }
        }
    }
}
