//! The dialog that acknowledges alerts, and the addresses of the web pages.

use insta::assert_snapshot;

use super::*;
use crate::domain::alert::Condition;
use crate::domain::status::Flag;

fn alert(seen_by: Option<&str>) -> EnvironmentSnapshot {
    alerted(staging(), Condition::Flag(Flag::RotateSoon), seen_by)
}

#[test]
fn alerts_are_acknowledged_with_a_note_and_that_is_taken_back() {
    let open = || Press(&["y"]);
    let empty = small(alert(None), vec![open()]);
    assert_snapshot!("acknowledge", empty);
    let typed = small(
        alert(None),
        vec![open(), Paste("a new key on Monday, by Ada, once the batch of the weekend is through")],
    );
    assert_eq!(new_lines(&empty, &typed), [" note …onday, by Ada, once the batch of the weekend is through"]);
    assert_snapshot!("take_back", small(alert(Some("ada")), vec![open()]));
    assert_eq!(
        new_lines(&empty, &small(alert(None), vec![open(), Become(Box::new(alert(Some("ada"))))])),
        [" nothing is left to acknowledge"]
    );
}

#[test]
fn the_addresses_of_the_web_pages() {
    let unopened = Tell(Message::WebPageOpened(false));
    assert_snapshot!("web_pages", small(staging(), vec![Press(&["b"]), unopened]));
}
