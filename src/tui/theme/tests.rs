use strum::VariantArray as _;

use super::*;

const DEPTHS: [ColourDepth; 3] = [ColourDepth::None, ColourDepth::Sixteen, ColourDepth::TwoHundredFiftySix];

/// Red, green and blue (0 to 1, linear) of a colour of the fixed part of the palette.
fn linear(index: u8) -> [f64; 3] {
    let channels = if index >= 232 {
        [f64::from(8 + 10 * (index - 232)); 3]
    } else {
        let level = |step: u8| if step == 0 { 0.0 } else { f64::from(55 + 40 * step) };
        let index = index - 16;
        [level(index / 36), level(index / 6 % 6), level(index % 6)]
    };
    channels.map(|channel| {
        let channel = channel / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    })
}

fn dot(weights: [f64; 3], values: [f64; 3]) -> f64 {
    weights.iter().zip(values).map(|(weight, value)| weight * value).sum()
}

/// The relative luminance, as WCAG defines it.
fn luminance(index: u8) -> f64 {
    dot([0.2126, 0.7152, 0.0722], linear(index))
}

/// Lightness and the two opponent colours of CIELAB.
fn lab(rgb: [f64; 3]) -> [f64; 3] {
    let rgb = rgb.map(|channel| channel.clamp(0.0, 1.0));
    let bent = |weights, white: f64| {
        let part = dot(weights, rgb) / white;
        if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 }
    };
    let x = bent([0.4124, 0.3576, 0.1805], 0.950_47);
    let y = bent([0.2126, 0.7152, 0.0722], 1.0);
    let z = bent([0.0193, 0.1192, 0.9505], 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Colours as seen without the long, the middle or the short cones (Machado, Oliveira and Fernandes, 2009).
const DEFICIENCIES: [[[f64; 3]; 3]; 3] = [
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
];

fn index_of(role: Role) -> Option<u8> {
    match Theme::new(ColourDepth::TwoHundredFiftySix).style(role).fg {
        Some(Color::Indexed(index)) => Some(index),
        _ => None,
    }
}

fn luminance_of(role: Role) -> Option<f64> {
    index_of(role).map(luminance)
}

#[test]
fn colours_that_tell_something_differ_for_the_colour_blind_too() {
    let telling = [Role::Warning, Role::Critical, Role::Unknown, Role::Accent];
    for deficiency in DEFICIENCIES {
        let seen = telling.map(|role| lab(deficiency.map(|weights| dot(weights, linear(index_of(role).unwrap())))));
        for (index, one) in seen.iter().enumerate() {
            for (other, two) in seen.iter().enumerate().skip(index + 1) {
                let distance = one.iter().zip(two).map(|(one, two)| (one - two).powi(2)).sum::<f64>().sqrt();
                assert!(distance >= 20.0, "{:?} and {:?}: {distance:.0}", telling[index], telling[other]);
            }
        }
    }
}

#[test]
fn the_depth_is_what_the_variables_tell() {
    use ColourDepth::{None as NoColour, Sixteen, TwoHundredFiftySix};
    let cases = [
        (Some("1"), Some("xterm-256color"), Some("truecolor"), NoColour),
        (Some(""), Some("xterm-256color"), None, TwoHundredFiftySix),
        (None, Some("dumb"), Some("truecolor"), NoColour),
        (None, Some("xterm"), Some("truecolor"), TwoHundredFiftySix),
        (None, Some("xterm-kitty"), None, TwoHundredFiftySix),
        (None, Some("xterm"), None, Sixteen),
        (None, Some("linux"), None, Sixteen),
        (None, Some("vt220"), None, NoColour),
        (None, None, None, Sixteen),
    ];
    for (no_color, term, colorterm, depth) in cases {
        assert_eq!(ColourDepth::detect(no_color, term, colorterm), depth, "{no_color:?} {term:?} {colorterm:?}");
    }
}

#[test]
fn no_role_sets_a_background_and_none_needs_rgb() {
    for depth in DEPTHS {
        for &role in Role::VARIANTS {
            let style = Theme::new(depth).style(role);
            assert_eq!(style.bg, None, "{depth:?} {role:?}");
            assert!(!matches!(style.fg, Some(Color::Rgb(..))), "{depth:?} {role:?}");
        }
    }
}

#[test]
fn without_colour_there_is_none_and_what_needs_someone_still_differs() {
    let theme = Theme::new(ColourDepth::None);
    assert!(Role::VARIANTS.iter().all(|&role| theme.style(role).fg.is_none()));
    let telling = [Role::Text, Role::Muted, Role::Warning, Role::Critical, Role::Unknown].map(|role| theme.style(role));
    for (index, style) in telling.iter().enumerate() {
        assert!(!telling[index + 1..].contains(style), "{style:?}");
    }
}

#[test]
fn every_colour_stands_out_from_black_and_from_white() {
    for &role in Role::VARIANTS {
        if let Some(luminance) = luminance_of(role) {
            let (on_white, on_black) = (1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05);
            assert!(on_white >= 3.0 && on_black >= 3.0, "{role:?}: {on_white:.1}, {on_black:.1}");
        }
    }
}

#[test]
fn amber_is_clearly_lighter_than_red() {
    let (amber, red) = (luminance_of(Role::Warning).unwrap(), luminance_of(Role::Critical).unwrap());
    assert!((amber + 0.05) / (red + 0.05) >= 1.5);
}
