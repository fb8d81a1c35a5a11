//! Keys that must turn up nowhere.

use std::fmt::Write as _;

/// A key made for this run, and the forms in which it could leak.
pub struct Canary {
    /// The whole.
    pub key: String,
    /// Its random part.
    pub secret: String,
    forms: Vec<Vec<u8>>,
}

impl Canary {
    pub fn new() -> Self {
        // The map's own random state is the nearest source of chance.
        let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        let secret = format!("{random:016x}{:016x}", random.rotate_left(17) ^ 0x5bd1_e995_9e37_79b9);
        let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        // Whatever stands before it shifts the groups of three bytes that base64 encodes.
        let encoded = (0..3).map(|shift| {
            let text = base64(format!("{}{secret}", &"   "[..shift]).as_bytes());
            text[4..text.len() - 4].to_owned()
        });
        let forms = [secret.clone(), hex.to_uppercase(), hex].into_iter().chain(encoded).map(String::into_bytes);
        Self { forms: forms.collect(), key: format!("trackyard_live_{secret}"), secret }
    }

    /// Whether the secret is there in any form.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
    }

    pub fn assert_not_in(&self, bytes: &[u8], place: &str) {
        assert!(!self.is_in(bytes), "the key is in {place}");
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).flat_map(|group| {
        let number = group.iter().chain([&0; 2]).take(3).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[number >> shift & 63]))
    });
    groups.collect()
}
