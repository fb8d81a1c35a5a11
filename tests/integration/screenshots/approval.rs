//! Files that a person has looked at and approved, and that the tests hold the product to.

use std::path::{Path, PathBuf};

/// Approved files, and the place for those that differ.
pub struct Approval {
    /// Folder of the approved files.
    pub approved: PathBuf,
    /// Folder for what was made instead.
    pub rejected: PathBuf,
    /// Whether to approve what is made now rather than to compare.
    pub update: bool,
}

impl Approval {
    /// The approved file, if there is one.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.approved.join(name)).ok()
    }

    /// Compares byte for byte.
    ///
    /// # Errors
    ///
    /// If the approved file is missing or differs: which one, and where the one made now is.
    ///
    /// # Panics
    ///
    /// If a file or folder can't be written.
    pub fn check(&self, name: &str, made: &[u8]) -> Result<(), String> {
        let approved = self.approved.join(name);
        let problem = match std::fs::read(&approved) {
            Ok(bytes) if bytes == made => return Ok(()),
            Ok(_) => "differs",
            Err(_) => "is missing",
        };
        if self.update {
            write(&approved, made);
            return Ok(());
        }
        let rejected = self.rejected.join(name);
        write(&rejected, made);
        Err(format!("{} {problem}; made now: {}", approved.display(), rejected.display()))
    }

    /// Files in the approved folder that are none of these.
    ///
    /// # Panics
    ///
    /// If the folder can't be read.
    pub fn strays(&self, names: &[String]) -> Vec<String> {
        let entries = std::fs::read_dir(&self.approved).unwrap();
        let found = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        found.filter(|name| !names.contains(name)).collect()
    }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[cfg(test)]
mod tests {
    use super::Approval;

    #[test]
    fn a_file_is_approved_only_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let approval = |update| Approval {
            approved: folder.path().join("approved"),
            rejected: folder.path().join("rejected"),
            update,
        };
        let missing = approval(false).check("one.png", b"first").unwrap_err();
        assert!(missing.contains("approved/one.png is missing; made now: "), "{missing}");
        assert_eq!(approval(true).check("one.png", b"first"), Ok(()));
        assert_eq!(approval(false).check("one.png", b"first"), Ok(()));
        let differs = approval(false).check("one.png", b"second").unwrap_err();
        assert!(differs.contains("approved/one.png differs; made now: "), "{differs}");
        assert_eq!(std::fs::read(folder.path().join("rejected/one.png")).unwrap(), b"second");
        assert_eq!(std::fs::read(folder.path().join("approved/one.png")).unwrap(), b"first");
        assert_eq!(approval(true).check("one.png", b"second"), Ok(()));
        assert_eq!(approval(false).check("one.png", b"second"), Ok(()));
    }

    #[test]
    fn files_that_nothing_makes_any_more_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let approval =
            Approval { approved: folder.path().to_owned(), rejected: folder.path().join("rejected"), update: true };
        approval.check("one.png", b"").unwrap();
        approval.check("two.png", b"").unwrap();
        assert_eq!(approval.strays(&["one.png".to_owned()]), ["two.png"]);
    }
}
