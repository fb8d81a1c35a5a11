//! Find: while a query is typed, the environments that it finds are shown, and the rest hides.

use super::text_input::TextInput;
use crate::domain::environment::EnvironmentName;

/// The longest query, in characters.
const QUERY_MAX: usize = 40;

/// A query that is being typed.
#[derive(Debug)]
pub(super) struct Find {
    /// The query as far as it was typed.
    pub query: TextInput,
    /// The environment that was chosen before.
    pub before: Option<EnvironmentName>,
}

impl Find {
    pub(super) fn new(before: Option<EnvironmentName>) -> Self {
        Self { query: TextInput::new(QUERY_MAX), before }
    }
}
