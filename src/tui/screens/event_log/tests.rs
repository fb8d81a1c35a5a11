use insta::assert_snapshot;

use super::*;
use crate::domain::log_entry::EventFact;
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::Severity;
use crate::testing::*;

fn drawn(list: &EventList, owned: &OwnedViewContext, width: u16, height: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let context = owned.context();
    EventScreen { list, context: &context, appearance: screen().appearance }.render(buffer.area, &mut buffer);
    buffer
}

#[test]
fn events_stand_in_columns_the_newest_first() {
    let owned = OwnedViewContext::new(usual());
    assert_snapshot!("events_80x9", text(&drawn(&EventList::default(), &owned, 80, 9)));
    let staging = Some("staging".parse().unwrap());
    let list = EventList { environment: staging, relative_times: true, ..EventList::default() };
    assert_snapshot!("events_of_staging_as_ages_50x9", text(&drawn(&list, &owned, 50, 9)));
}

#[test]
fn a_long_text_goes_on_in_rows_below() {
    let sink = SinkError::Answered {
        host: "hooks.example.com".to_owned(),
        status: 403,
        said: Some("invalid_token: this hook was withdrawn by its owner on 20 November".to_owned()),
    };
    let fact = EventFact::Sink(SinkKind::Webhook, Some(sink));
    let mut owned = OwnedViewContext::new(usual());
    owned.events.push(LogEntry { at: owned.events[4].at, environment: None, severity: Severity::Warning, fact });
    for (width, height) in [(120, 20), (80, 20), (40, 20)] {
        let picture = text(&drawn(&EventList::default(), &owned, width, height));
        let words: Vec<_> = picture.split_whitespace().filter(|word| *word != "│").collect();
        assert!(words.join(" ").contains("withdrawn by its owner on 20 November\""), "{picture}");
    }
}

#[test]
fn a_symbol_has_the_colour_of_its_severity_and_the_text_has_none() {
    let owned = OwnedViewContext::new(usual());
    let (buffer, appearance) = (drawn(&EventList::default(), &owned, 80, 9), screen().appearance);
    let critical = appearance.symbols.mark(Severity::Critical.into());
    let cell = buffer.content.iter().find(|cell| cell.symbol() == critical).unwrap();
    assert_eq!(Some(cell.fg), appearance.style(Role::Critical).fg);
}

#[test]
fn a_log_without_events_says_so_and_so_does_one_whose_filter_shows_none() {
    let mut owned = OwnedViewContext::new(usual());
    let critical = EventList { severity_min: Severity::Critical, ..EventList::default() };
    owned.events.retain(|entry| entry.severity < Severity::Critical);
    assert!(text(&drawn(&critical, &owned, 40, 5)).contains("no such events"));
    owned.events.clear();
    assert!(text(&drawn(&critical, &owned, 40, 5)).contains("no events yet"));
}

#[test]
fn what_is_scrolled_past_the_end_shows_the_end() {
    let owned = OwnedViewContext::new(usual());
    let list = EventList { scrolled: 99, ..EventList::default() };
    let picture = text(&drawn(&list, &owned, 80, 5));
    assert!(picture.ends_with("╯") && picture.contains(" rows 3–5 of 5 "), "{picture}");
}
