//! Help, events and activity, as text.

use insta::assert_snapshot;

use super::{picture, picture_of};
use crate::domain::log_entry::{EventFact, LogEntry};
use crate::domain::sink::{SinkError, SinkKind};
use crate::domain::status::Severity;
use crate::testing::*;
use crate::tui::charset::Charset;
use crate::tui::screen::Screen;

#[test]
fn overlays() {
    let owned = OwnedViewContext::new(usual());
    assert_snapshot!("help_80x24", picture(&owned, 80, 24, &["?"]));
    assert_snapshot!("help_120x40", picture(&owned, 120, 40, &["?"]));
    assert_snapshot!("events_80x24", picture(&owned, 80, 24, &["e"]));
    assert_snapshot!("events_of_staging_as_ages_50x12", picture(&owned, 50, 12, &["e", "f", "f", "s", "t"]));
    let sink = SinkError::Answered {
        host: "hooks.example.com".to_owned(),
        status: 403,
        said: Some("invalid_token: this hook was withdrawn by its owner on 20 November".to_owned()),
    };
    let fact = EventFact::Sink(SinkKind::Webhook, Some(sink));
    let mut failing = OwnedViewContext::new(usual());
    failing.events.push(LogEntry { at: failing.events[4].at, environment: None, severity: Severity::Warning, fact });
    for (columns, rows) in [(120, 40), (80, 24), (40, 24)] {
        let picture = picture(&failing, columns, rows, &["e"]);
        let words: Vec<_> = picture.split_whitespace().collect();
        assert!(words.join(" ").contains("withdrawn by its owner on 20 November\""), "{picture}");
    }
    assert_snapshot!("events_40x24", picture(&failing, 40, 24, &["e"]));
}

#[test]
fn activity() {
    let owned = OwnedViewContext::new(snapshot(vec![partly_known(dev()), without_usage(staging()), busy(calm_prod())]));
    for (columns, rows) in [(200, 60), (120, 40), (80, 24), (40, 12)] {
        assert_snapshot!(format!("activity_{columns}x{rows}"), picture(&owned, columns, rows, &["3", "u"]));
    }
    assert_eq!(
        changed(&picture(&owned, 80, 24, &["3", "u"]), &picture(&owned, 80, 24, &["3", "u", "["])),
        [
            " PROD  activity, 24 hours   [ ] for other ranges",
            " /search              402   98 %       2      400   145 ms    1.3 s  ██████████",
            " /download-track        9    2 %       1        8    1.2 s   11.1 s  █░░░░░░░░░",
            " all                  412              3      408   168 ms   11.1 s",
            " /me                  170              0        0    88 ms   792 ms",
            " /usage                30              0        0   103 ms   927 ms"
        ]
    );
    assert_snapshot!("activity_scrolled_40x12", picture(&owned, 40, 12, &["3", "u", "pagedown"]));
    assert_snapshot!("activity_in_part_80x24", picture(&owned, 80, 24, &["u"]));
    assert_snapshot!("activity_fact_120x40", picture(&owned, 120, 40, &["3"]));
    let unread = OwnedViewContext::new(snapshot(vec![dev(), no_key("staging"), waiting(prod())]));
    let not_read = picture(&unread, 80, 24, &["u"]);
    assert_snapshot!("activity_not_read_80x24", not_read);
    assert_eq!(
        changed(&not_read, &picture(&unread, 80, 24, &["u", "2"])),
        [" staging  activity, 7 days   [ ] for other ranges", " ○ there is no key", ""]
    );
    assert_eq!(
        changed(&not_read, &picture(&owned, 80, 24, &["u", "2"])),
        [
            " trackyard   ▲ staging: rotate by 1 Dec, in 10 days        Sat 21 Nov 14:32 UTC",
            " staging  activity, 7 days   [ ] for other ranges",
            "   last call by others 4 min ago",
            " ▲ /usage is not available with this key, so last use is estimated: the service",
            "   answered 404: There is no such endpoint"
        ]
    );
    let mut settings = settings();
    settings.charset = Charset::Ascii;
    let ascii = picture_of(Screen::new(settings), &owned, 120, 40, &["3", "u"]);
    assert_eq!(
        changed(&picture(&owned, 120, 40, &["3", "u"]), &ascii),
        [
            " trackyard   ! staging: rotate by 1 Dec, in 10 days                                                Sat 21 Nov 14:32 UTC",
            " /search            2,814   98 %       2    2,800   145 ms    1.3 s  ########################################",
            " /download-track       63    2 %       1       56    1.2 s   11.1 s  #.......................................",
            " not told               1   <1 %       0        0        -        -  #.......................................",
            " 1-3 environment  e events  u activity  v scroll  PgDn page  Esc close  ? help  q quit"
        ]
    );
}
