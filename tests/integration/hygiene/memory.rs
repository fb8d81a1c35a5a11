//! How often a secret stands in the memory of another process.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;

use rustix::process::{Pid, Signal};

use crate::support::needs;
use crate::support::terminal::process_state;

/// What of a secret is looked for at a time, in bytes.
const PART: usize = 8;
/// So many parts make a copy.
const PARTS_MIN: usize = 3;

/// Copies of a secret, or what is left of them: the address of each, with the mapping and the text around it.
pub type Copies = BTreeMap<u64, String>;

/// A process whose memory may be read.
pub struct Memory {
    process: Pid,
    memory: File,
}

impl Memory {
    /// Nothing where this user may not read the memory of the process. Says so, and fails on a build server.
    pub fn of(process: Pid) -> Option<Self> {
        match File::open(format!("/proc/{process}/mem")) {
            Ok(memory) => Some(Self { process, memory }),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
                needs::lacks("only root may read the memory of the program");
                None
            }
        }
    }

    /// Looks for a secret in all that the process can write to. The process is stopped meanwhile.
    pub fn copies(&self, secret: &str) -> Copies {
        let signal = |signal| rustix::process::kill_process(self.process, signal).unwrap();
        signal(Signal::STOP);
        while process_state(self.process) != Some('T') {
            std::thread::yield_now();
        }
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", self.process)).unwrap();
        let mut copies = BTreeMap::new();
        for (start, end, place) in maps.lines().filter_map(writable) {
            let bytes = self.read(start, end);
            for (offset, text) in found(&bytes, secret.as_bytes()) {
                copies.insert(start.wrapping_add_signed(offset), format!("{place} {text}"));
            }
        }
        signal(Signal::CONT);
        copies
    }

    /// A mapping, or nothing of one that can't be read, such as that of a device.
    fn read(&self, start: u64, end: u64) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        match self.memory.read_exact_at(&mut bytes, start) {
            Ok(()) => bytes,
            Err(_) => Vec::new(),
        }
    }
}

/// Start, end and name of a mapping that the process can write to.
fn writable(line: &str) -> Option<(u64, u64, &str)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let is_writable = fields.next()?.contains('w');
    let address = |text| u64::from_str_radix(text, 16).ok();
    let place = fields.nth(3).unwrap_or("without a name");
    is_writable.then_some((address(start)?, address(end)?, place))
}

/// Where copies begin, and the text there. Only aligned parts are looked at, which is quick. Where fewer than three stand
/// in a row, it is no copy: registers that were saved leave as much on the stack.
fn found(bytes: &[u8], secret: &[u8]) -> BTreeMap<i64, String> {
    let parts: HashMap<&[u8], usize> = secret.windows(PART).zip(0..).collect();
    let mut found: BTreeMap<i64, usize> = BTreeMap::new();
    for (index, part) in bytes.chunks_exact(PART).enumerate() {
        if !part[0].is_ascii_alphanumeric() {
            continue;
        }
        if let Some(offset) = parts.get(part) {
            *found.entry(i64::try_from(index * PART).unwrap() - i64::try_from(*offset).unwrap()).or_default() += 1;
        }
    }
    found.retain(|_, parts| *parts >= PARTS_MIN);
    found.into_keys().map(|start| (start, around(bytes, start, secret.len()))).collect()
}

/// The text around a copy, with a dot for whatever is no character.
fn around(bytes: &[u8], start: i64, length: usize) -> String {
    let start = usize::try_from(start.max(0)).unwrap();
    let text = &bytes[start.saturating_sub(32)..bytes.len().min(start + length + 16)];
    text.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect()
}
