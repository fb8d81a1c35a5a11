#![no_main]

#[expect(dead_code, reason = "a target runs one property alone")]
#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::input(data));
