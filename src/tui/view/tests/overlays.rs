//! Web pages, as text.

use insta::assert_snapshot;

use super::picture;
use crate::testing::*;

#[test]
fn web_pages() {
    assert_snapshot!("web_pages_80x24", picture(&OwnedViewContext::new(usual()), 80, 24, &["b"]));
}
