//! The text inside the encrypted key file: a head line, then one line for each key.
//!
//! It is built and parsed in buffers of their full size from the start, which are wiped.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::domain::api_key::ApiKey;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::VaultFileError;
use crate::domain::key_entry::KeyEntry;

/// Beginning of the head line; the version follows.
const HEAD: &str = "trackyard-tui keys ";
/// The version of the text that is read and written.
const VERSION: u32 = 1;

/// All keys of the file by the names of their entries, in the order in which they came.
#[derive(Default)]
pub(super) struct VaultContent(Vec<(String, ApiKey)>);

impl VaultContent {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, VaultFileError> {
        let text = str::from_utf8(bytes).ok().ok_or(VaultFileError::StrangeContent)?;
        let text = text.strip_suffix('\n').ok_or(VaultFileError::StrangeContent)?;
        let mut lines = text.split('\n');
        let version = lines.next().and_then(|head| head.strip_prefix(HEAD)).and_then(|version| version.parse().ok());
        match version {
            Some(VERSION) => {}
            Some(version) if version > VERSION => return Err(VaultFileError::NewerVersion(version)),
            _ => return Err(VaultFileError::StrangeContent),
        }
        let mut content = Self::default();
        for line in lines {
            let (name, key) = line.split_once(' ').ok_or(VaultFileError::StrangeContent)?;
            let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
            let parsed = ApiKey::parse_characters(key).ok();
            let key = parsed.filter(|_| is_name && content.position(name).is_none());
            content.0.push((name.to_owned(), key.ok_or(VaultFileError::StrangeContent)?));
        }
        Ok(content)
    }

    pub(super) fn text(&self) -> Zeroizing<Vec<u8>> {
        let head = format!("{HEAD}{VERSION}\n");
        let length = self.0.iter().map(|(name, key)| name.len() + key.expose().len() + 2).sum::<usize>();
        let mut text = Zeroizing::new(Vec::with_capacity(head.len() + length));
        text.extend_from_slice(head.as_bytes());
        for (name, key) in &self.0 {
            for part in [name, " ", key.expose(), "\n"] {
                text.extend_from_slice(part.as_bytes());
            }
        }
        text
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The environments that there are keys for, each once.
    pub(super) fn environments(&self) -> Vec<EnvironmentName> {
        let names = self.0.iter().filter_map(|(name, _)| name.split('.').next()?.parse().ok());
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(super) fn get(&self, entry: &KeyEntry) -> Option<&ApiKey> {
        self.position(&entry.to_string()).map(|index| &self.0[index].1)
    }

    pub(super) fn set(&mut self, entry: &KeyEntry, key: ApiKey) {
        let name = entry.to_string();
        match self.position(&name) {
            Some(index) => self.0[index].1 = key,
            None => self.0.push((name, key)),
        }
    }

    /// Tells whether there was such an entry.
    pub(super) fn remove(&mut self, entry: &KeyEntry) -> bool {
        let position = self.position(&entry.to_string());
        position.map(|index| self.0.remove(index)).is_some()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(known, _)| known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key_entry::KeyRole;

    const TEXT: &[u8] = b"trackyard-tui keys 1\nprod first\nprod.previous second\nelsewhere third\n";

    #[test]
    fn what_is_not_touched_stays_as_it_is() {
        let mut content = VaultContent::parse(TEXT).unwrap();
        assert_eq!(content.text().as_slice(), TEXT);
        let entry = |role| KeyEntry::new("prod".parse().unwrap(), role);
        content.set(&entry(KeyRole::Current), ApiKey::parse("new").unwrap());
        assert!(content.remove(&entry(KeyRole::Previous)) && !content.remove(&entry(KeyRole::Previous)));
        content.set(&entry(KeyRole::Candidate), ApiKey::parse("last").unwrap());
        let expected = "trackyard-tui keys 1\nprod new\nelsewhere third\nprod.candidate last\n";
        let text = content.text();
        assert_eq!(text.as_slice(), expected.as_bytes());
        assert_eq!(text.capacity(), text.len(), "it was never moved");
        assert_eq!(VaultContent::parse(&VaultContent::default().text()).unwrap().len(), 0);
    }

    #[test]
    fn other_texts_are_refused_and_a_newer_version_is_told_apart() {
        let newer = VaultContent::parse(b"trackyard-tui keys 2\nall is new here\n").err();
        assert!(matches!(newer, Some(VaultFileError::NewerVersion(2))), "{newer:?}");
        for text in [
            &b""[..],
            b"\n",
            b"trackyard-tui keys 1",
            b"trackyard-tui keys 0\n",
            b"trackyard-tui keys x\n",
            b"keys 1\nprod first\n",
            b"trackyard-tui keys 1\nprod first",
            b"trackyard-tui keys 1\nprod\n",
            b"trackyard-tui keys 1\n first\n",
            b"trackyard-tui keys 1\nprod  first\n",
            b"trackyard-tui keys 1\nprod first second\n",
            b"trackyard-tui keys 1\nprod first\n\n",
            b"trackyard-tui keys 1\nprod first\nprod second\n",
            b"trackyard-tui keys 1\nprod fir\xffst\n",
        ] {
            let outcome = VaultContent::parse(text).err();
            assert!(matches!(outcome, Some(VaultFileError::StrangeContent)), "{}: {outcome:?}", text.escape_ascii());
        }
    }
}
