//! Figures of an environment, as cards and tables show them: a text, and how full its gauge is.

use crate::domain::account::Account;
use crate::domain::key_age::RotationPhase;
use crate::domain::limit::Limit;
use crate::domain::quota::QuotaWindow;
use crate::domain::status::Flag;
use crate::monitor::snapshot::EnvironmentSnapshot;
use crate::tui::known_values::{is_current, limits_are_known};
use crate::tui::theme::Role;
use crate::tui::view_context::ViewContext;
use crate::tui::widgets::text::columns;
use crate::wording::{format, sentences, times};

/// A value that isn't known.
pub(in crate::tui) const UNKNOWN: &str = "–";

/// A figure with its gauge.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) struct Figure {
    /// The value, such as `97 of 1,000`.
    pub text: String,
    /// What else there is to say, such as `own calls 12`, where there is no gauge.
    pub note: Option<String>,
    /// False where there is nothing to draw a gauge of.
    pub has_gauge: bool,
    /// Fill of the gauge; `None` for a value that is not known.
    pub ratio: Option<f64>,
    /// The part of the gauge that this monitor filled.
    pub own: f64,
    /// Role of the gauge.
    pub role: Role,
    /// True for a value that is not of now.
    pub dimmed: bool,
}

impl Figure {
    fn unknown() -> Self {
        Self {
            text: UNKNOWN.to_owned(),
            note: None,
            has_gauge: true,
            ratio: None,
            own: 0.0,
            role: Role::Bar,
            dimmed: true,
        }
    }

    fn text(text: String) -> Self {
        Self { text, has_gauge: false, ..Self::unknown() }
    }
}

/// Balance, allowance and the part that is left.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) struct CreditsFigure {
    /// `34,736`, as wide as the allowance at least
    pub left: String,
    /// ` of 50,000`, or nothing where no allowance was told.
    pub of: String,
    /// `69 %`
    pub percent: String,
    /// Fill of the gauge.
    pub ratio: Option<f64>,
    /// Role of the gauge.
    pub role: Role,
    /// True for a value that is not of now.
    pub dimmed: bool,
}

/// The credits of an environment, shortened where they would not fit so many columns.
pub(in crate::tui) fn credits(environment: &EnvironmentSnapshot, width: u16) -> CreditsFigure {
    let critical = [Flag::CreditsOut, Flag::CreditsCritical];
    let role = worst(environment, &critical, &[Flag::CreditsLow, Flag::RunsOutBeforeReset]);
    let ratio = environment.account.as_ref().and_then(Account::credits_ratio);
    let (left, of) = match &environment.account {
        Some(account) => part_of(account.credits_remaining, account.monthly_allowance, width),
        None => (UNKNOWN.to_owned(), String::new()),
    };
    let percent = match &environment.account {
        Some(_) => ratio.map_or_else(|| UNKNOWN.to_owned(), format::percent),
        None => String::new(),
    };
    // The whole stands still while the part loses digits.
    let left = format!("{left:<room$}", room = of.strip_prefix(" of ").map_or(0, str::len));
    CreditsFigure { left, of, percent, ratio, role, dimmed: !is_current(environment) }
}

/// Requests of this minute.
pub(in crate::tui) fn minute(environment: &EnvironmentSnapshot, context: &ViewContext<'_>, width: u16) -> Figure {
    window(environment, context, environment.minute, Role::Bar, width)
}

/// Requests of this day.
pub(in crate::tui) fn day(environment: &EnvironmentSnapshot, context: &ViewContext<'_>, width: u16) -> Figure {
    let role = worst(environment, &[Flag::DailyLimitReached], &[Flag::DailyLimitNear]);
    window(environment, context, environment.day, role, width)
}

/// Requests used of a rate limit, or this monitor's own where only those are known.
fn window(
    environment: &EnvironmentSnapshot,
    context: &ViewContext<'_>,
    window: QuotaWindow,
    role: Role,
    width: u16,
) -> Figure {
    let dimmed = !is_current(environment);
    if window.limit == Limit::Unknown && !limits_are_known(environment) {
        return Figure::unknown();
    }
    if let Some(uncounted) = sentences::uncounted(&window) {
        let own = Some(format!("own calls {}", format::count(window.own)));
        return Figure { note: own, dimmed, ..Figure::text(uncounted) };
    }
    if window.is_over {
        let read = environment.polled_at.map(|at| times::short_ago(at, context.now)).unwrap_or_default();
        return Figure { note: Some(format!("read {read}")), ..Figure::text(UNKNOWN.to_owned()) };
    }
    let limit = window.limit.cap().unwrap_or_default();
    let Some(used) = window.used() else {
        let whole = format!("? of {}", format::count(limit));
        let text = if columns(&whole) > width { format!("? of {}", format::short(float(limit))) } else { whole };
        return Figure { text, ..Figure::unknown() };
    };
    let (used, of) = part_of(float(used), Some(float(limit)), width);
    Figure {
        text: used + &of,
        note: None,
        has_gauge: true,
        ratio: window.used_ratio(),
        own: window.own_ratio().unwrap_or(0.0),
        role,
        dimmed,
    }
}

/// Days that the key has lived, of those it may.
pub(in crate::tui) fn key_age(environment: &EnvironmentSnapshot, context: &ViewContext<'_>, width: u16) -> Figure {
    let Some(age) = environment.key.as_ref().and_then(|key| key.age) else { return Figure::unknown() };
    let role = match age.phase {
        RotationPhase::Young => Role::Bar,
        RotationPhase::Soon => Role::Warning,
        RotationPhase::Overdue => Role::Critical,
    };
    let (Some(days), Some(ratio)) = (age.days, age.ratio()) else {
        return Figure { text: times::short_ago(age.created_at, context.now), ..Figure::unknown() };
    };
    let (days, of) = part_of(f64::from(days), Some(f64::from(age.days_max)), width.saturating_sub(2));
    let text = format!("{days}{of} d");
    Figure { text, ratio: Some(ratio), role, dimmed: false, ..Figure::unknown() }
}

/// Last use by others, in the form that fits.
pub(in crate::tui) fn last_use(environment: &EnvironmentSnapshot, context: &ViewContext<'_>, width: u16) -> String {
    let Some(used) = environment.others_use else { return UNKNOWN.to_owned() };
    let whole = sentences::used_ago(used, context.now);
    if columns(&whole) <= width { whole } else { sentences::used_ago_short(used, context.now) }
}

/// Last use by this monitor: `monitor 2 min ago`.
pub(in crate::tui) fn own_use(environment: &EnvironmentSnapshot, context: &ViewContext<'_>) -> Option<String> {
    environment.own_use.map(|used| format!("monitor {}", times::short_ago(used, context.now)))
}

/// Age of the sample.
pub(in crate::tui) fn read(environment: &EnvironmentSnapshot, context: &ViewContext<'_>, width: u16) -> String {
    let Some(at) = environment.polled_at else { return UNKNOWN.to_owned() };
    let whole = times::ago(at, context.now);
    if columns(&whole) <= width { whole } else { times::short_ago(at, context.now) }
}

/// `38,765` and ` of 50,000`; shortened where `width` would not hold the whole twice.
fn part_of(part: f64, whole: Option<f64>, width: u16) -> (String, String) {
    let written = |write: fn(f64) -> String| {
        (write(part), whole.map(|whole| format!(" of {}", write(whole))).unwrap_or_default())
    };
    // As many columns as the whole of the whole takes, so that it is not the part's digits that decide.
    let (left, of) = written(format::credits);
    let needed = columns(&left).max(columns(&of).saturating_sub(4)) + columns(&of);
    if needed <= width { (left, of) } else { written(format::short) }
}

/// The role of a gauge that some flags concern.
fn worst(environment: &EnvironmentSnapshot, critical: &[Flag], warning: &[Flag]) -> Role {
    let raised = |flags: &[Flag]| flags.iter().any(|flag| environment.flags.contains(flag));
    if raised(critical) {
        Role::Critical
    } else if raised(warning) {
        Role::Warning
    } else {
        Role::Bar
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_where_there_is_room() {
        let both = |width| {
            let (part, whole) = part_of(38_765.0, Some(50_000.0), width);
            part + &whole
        };
        assert_eq!((both(16).as_str(), both(15).as_str()), ("38,765 of 50,000", "38.7k of 50k"));
    }
}
