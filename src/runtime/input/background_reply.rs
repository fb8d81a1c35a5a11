//! Answer of a terminal to the question for its background.

use crate::tui::theme::Rgb;

/// Background that the text of an operating system command tells: `11;rgb:RRRR/GGGG/BBBB`, or `rgba:` with a fourth
/// number, each of one to four hexadecimal digits. `None` for any other text.
pub(super) fn parse(text: &[u8]) -> Option<Rgb> {
    let colour = std::str::from_utf8(text).ok()?.strip_prefix("11;rgb")?;
    let (numbers, count) = match colour.strip_prefix(':') {
        Some(numbers) => (numbers, 3),
        None => (colour.strip_prefix("a:")?, 4),
    };
    let levels: Vec<_> = numbers.split('/').map(level).collect::<Option<_>>()?;
    match levels[..] {
        [red, green, blue, ..] if levels.len() == count => Some(Rgb(red, green, blue)),
        _ => None,
    }
}

/// Level of a channel, 0 to 255, of a number whose greatest value has as many digits.
fn level(digits: &str) -> Option<u8> {
    if !(1..=4).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let greatest = 16_u32.pow(u32::try_from(digits.len()).ok()?) - 1;
    u8::try_from((value * 255 + greatest / 2) / greatest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_of_the_numbers_is_read() {
        let white = Some(Rgb(255, 255, 255));
        for text in ["11;rgb:f/f/f", "11;rgb:ff/ff/ff", "11;rgb:fff/FFF/fff", "11;rgb:ffff/ffff/ffff"] {
            assert_eq!(parse(text.as_bytes()), white, "{text}");
        }
        assert_eq!(parse(b"11;rgb:1e1e/1e1e/2e2e"), Some(Rgb(0x1e, 0x1e, 0x2e)));
        assert_eq!(parse(b"11;rgb:8/80/8000"), Some(Rgb(0x88, 0x80, 0x80)));
        assert_eq!(parse(b"11;rgba:0000/2b2b/3636/ffff"), Some(Rgb(0, 0x2b, 0x36)));
    }

    #[test]
    fn nothing_else_is_a_background() {
        for text in [
            "",
            "11",
            "11;?",
            "11;rgb",
            "11;rgb:",
            "11;rgb:1/2",
            "11;rgb:1/2/3/4",
            "11;rgba:1/2/3",
            "11;rgb:1/2/",
            "11;rgb:1/2/10000",
            "11;rgb:+1/2/3",
            "11;rgb:g/0/0",
            "10;rgb:0/0/0",
            "111;rgb:0/0/0",
            "11;#ffffff",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse(b"11;rgb:\xff/\xff/\xff"), None);
    }
}
