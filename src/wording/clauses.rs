//! Clauses and sentences: one made of the other, and the places where a text can end.

/// A sentence as a clause.
pub(super) fn clause(sentence: &str) -> String {
    let text = sentence.trim_end_matches('.');
    let mut characters = text.chars();
    let first = characters.next();
    // `PATH`, `TRACKYARD_…` and the like stay as they are.
    let is_name = characters.clone().next().is_some_and(|second| !second.is_lowercase() && second != ' ');
    match first {
        Some(first) if !is_name => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

/// A clause as a sentence.
#[must_use]
pub fn sentence(clause: &str) -> String {
    capital(clause.trim_end_matches('.')) + "."
}

/// A text that begins with a capital, unless with a name such as `key_command`.
#[must_use]
pub fn capital(text: &str) -> String {
    if text.split(' ').next().is_some_and(|word| word.contains('_')) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_becomes_a_clause_and_names_stay_as_they_are() {
        assert_eq!(clause("Run `chmod 600 x`."), "run `chmod 600 x`");
        assert_eq!(clause("A key."), "a key");
        assert_eq!(clause("PATH is wrong."), "PATH is wrong");
    }
}
