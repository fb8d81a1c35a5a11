//! Contrast, lightness and colour blindness, of every built-in theme.

use ratatui::style::{Color, Modifier};
use strum::VariantArray as _;

use super::*;

const GROUNDS: [Ground; 2] = [Ground::Dark, Ground::Light];
const DEPTHS: [ColourDepth; 3] = [ColourDepth::Sixteen, ColourDepth::TwoHundredFiftySix, ColourDepth::TrueColour];
const WORDS: [Role; 8] =
    [Role::Text, Role::Muted, Role::Label, Role::Accent, Role::Ok, Role::Warning, Role::Critical, Role::Unknown];
const BARS: [Role; 3] = [Role::Bar, Role::BarOwn, Role::Track];
const TELLING: [Role; 5] = [Role::Ok, Role::Accent, Role::Warning, Role::Critical, Role::Unknown];

/// The 16 colours of the text mode of VGA, which the console of Linux has as well.
const VGA: [(Color, Rgb); 16] = [
    (Color::Black, Rgb(0, 0, 0)),
    (Color::Red, Rgb(170, 0, 0)),
    (Color::Green, Rgb(0, 170, 0)),
    (Color::Yellow, Rgb(170, 85, 0)),
    (Color::Blue, Rgb(0, 0, 170)),
    (Color::Magenta, Rgb(170, 0, 170)),
    (Color::Cyan, Rgb(0, 170, 170)),
    (Color::Gray, Rgb(170, 170, 170)),
    (Color::DarkGray, Rgb(85, 85, 85)),
    (Color::LightRed, Rgb(255, 85, 85)),
    (Color::LightGreen, Rgb(85, 255, 85)),
    (Color::LightYellow, Rgb(255, 255, 85)),
    (Color::LightBlue, Rgb(85, 85, 255)),
    (Color::LightMagenta, Rgb(255, 85, 255)),
    (Color::LightCyan, Rgb(85, 255, 255)),
    (Color::White, Rgb(255, 255, 255)),
];

/// Palettes that a terminal may have.
#[derive(Clone, Copy, Debug)]
enum Reference {
    Xterm,
    Vga,
}

impl Reference {
    fn rgb(self, colour: Color) -> Option<Rgb> {
        match self {
            Self::Vga => VGA.iter().find(|(named, _)| *named == colour).map(|(_, rgb)| *rgb).or(Rgb::of(colour)),
            Self::Xterm => Rgb::of(colour),
        }
    }
}

/// A built-in theme as one terminal shows it, with all its colours.
struct Shown {
    title: String,
    depth: ColourDepth,
    theme: Theme,
    palette: Reference,
    ground: Rgb,
    text: Rgb,
}

impl Shown {
    /// Colour of a role; `None` where it is dimmed, which every terminal does in its own way.
    fn rgb(&self, role: Role) -> Option<Rgb> {
        let style = self.theme.style(role);
        assert_eq!(style.bg, None, "{}: {role:?} has a ground of its own", self.title);
        if style.add_modifier.contains(Modifier::DIM) {
            return None;
        }
        Some(style.fg.map_or(self.text, |colour| self.palette.rgb(colour).unwrap()))
    }

    /// Contrast of a role with the ground, as WCAG 2 defines it.
    fn contrast(&self, role: Role) -> Option<f64> {
        let (one, other) = (self.rgb(role)?.luminance(), self.ground.luminance());
        Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
    }
}

fn shown() -> Vec<Shown> {
    let (black, white) = (Rgb(0, 0, 0), Rgb(255, 255, 255));
    let mut all = Vec::new();
    for &name in BuiltInTheme::VARIANTS {
        for depth in DEPTHS {
            for terminal in GROUNDS {
                for palette in [Reference::Xterm, Reference::Vga] {
                    let theme = name.theme(depth, terminal);
                    let title = format!("{name} at {depth:?} on {terminal:?}, {palette:?}");
                    let own = if terminal == Ground::Dark { (black, white) } else { (white, black) };
                    let (ground, text) = theme.ground().map_or(own, |ground| {
                        let text = theme.style(Role::Text).fg.unwrap();
                        (palette.rgb(ground).unwrap(), palette.rgb(text).unwrap())
                    });
                    all.push(Shown { title, depth, theme, palette, ground, text });
                }
            }
        }
    }
    all
}

#[test]
fn every_role_stands_out_from_the_ground() {
    for shown in shown() {
        for (roles, least) in [(&WORDS[..], 4.5), (&BARS, 3.0)] {
            for &role in roles {
                if let Some(contrast) = shown.contrast(role) {
                    assert!(contrast >= least, "{}: {role:?} has {contrast:.2}", shown.title);
                }
            }
        }
    }
}

#[test]
fn what_is_critical_is_at_least_as_legible_as_a_warning() {
    for shown in shown() {
        let [critical, warning] = [Role::Critical, Role::Warning];
        let bold = |role| shown.theme.style(role).add_modifier.contains(Modifier::BOLD);
        // Of 16 colours none is a red that is lighter than the yellow.
        if shown.depth == ColourDepth::Sixteen {
            assert!(bold(critical), "{}", shown.title);
        } else {
            let (red, amber) = (shown.contrast(critical).unwrap(), shown.contrast(warning).unwrap());
            assert!(red >= amber && bold(critical) >= bold(warning), "{}: {red:.2}, {amber:.2}", shown.title);
        }
    }
}

#[test]
fn amber_and_red_differ_in_lightness() {
    for shown in shown().iter().filter(|shown| has_rich_colours(shown)) {
        let [critical, warning] =
            [Role::Critical, Role::Warning].map(|role| shown.rgb(role).unwrap().luminance() + 0.05);
        let ratio = critical.max(warning) / critical.min(warning);
        assert!(ratio >= 1.2, "{}: {ratio:.2}", shown.title);
    }
}

/// True where the theme is drawn in colours that are the same on every terminal.
fn has_rich_colours(shown: &Shown) -> bool {
    matches!(shown.theme.style(Role::Critical).fg, Some(Color::Indexed(_)))
}

fn dot(weights: [f64; 3], values: [f64; 3]) -> f64 {
    weights.iter().zip(values).map(|(weight, value)| weight * value).sum()
}

/// Lightness and the two opponent colours of CIELAB, of linear red, green and blue.
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

/// Colours as seen with weak eyes (Machado, Oliveira and Fernandes, 2009).
type Deficiency = [[f64; 3]; 3];
const WITHOUT_RED: Deficiency =
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
const WITHOUT_GREEN: Deficiency =
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];
const WITHOUT_BLUE: Deficiency =
    [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]];

/// Least distance between two roles that tell something, in CIELAB, as such eyes see the theme.
fn nearest(shown: &Shown, deficiency: Deficiency) -> (f64, Role, Role) {
    let seen = TELLING.map(|role| {
        let Rgb(red, green, blue) = shown.rgb(role).unwrap();
        let linear = [Rgb(red, red, red), Rgb(green, green, green), Rgb(blue, blue, blue)].map(Rgb::luminance);
        lab(deficiency.map(|weights| dot(weights, linear)))
    });
    let mut nearest = (f64::MAX, Role::Text, Role::Text);
    for (index, one) in seen.iter().enumerate() {
        for (other, two) in seen.iter().enumerate().skip(index + 1) {
            let distance = one.iter().zip(two).map(|(one, two)| (one - two).powi(2)).sum::<f64>().sqrt();
            if distance < nearest.0 {
                nearest = (distance, TELLING[index], TELLING[other]);
            }
        }
    }
    nearest
}

#[test]
fn roles_that_tell_something_differ_for_the_colour_blind_too() {
    for shown in shown().iter().filter(|shown| has_rich_colours(shown)) {
        let eyes: &[(Deficiency, f64)] = match shown.title.split(' ').next() {
            Some("deuteranopia") => &[(WITHOUT_RED, 25.0), (WITHOUT_GREEN, 25.0)],
            Some("tritanopia") => &[(WITHOUT_BLUE, 25.0)],
            _ => &[(WITHOUT_RED, 10.0), (WITHOUT_GREEN, 10.0), (WITHOUT_BLUE, 10.0)],
        };
        for (deficiency, least) in eyes {
            let (distance, one, other) = nearest(shown, *deficiency);
            assert!(distance >= *least, "{}: {one:?} and {other:?}: {distance:.1}", shown.title);
        }
    }
}

#[test]
fn without_colour_there_is_none_and_what_needs_someone_still_differs() {
    for theme in [Theme::new(ColourDepth::None), BuiltInTheme::Mono.theme(ColourDepth::TrueColour, Ground::Light)] {
        assert_eq!(theme.ground(), None);
        assert!(Role::VARIANTS.iter().all(|&role| theme.style(role).fg.is_none()));
        let telling =
            [Role::Text, Role::Muted, Role::Warning, Role::Critical, Role::Unknown].map(|role| theme.style(role));
        for (index, style) in telling.iter().enumerate() {
            assert!(!telling[index + 1..].contains(style), "{style:?}");
        }
    }
}

#[test]
fn nothing_is_reversed_so_that_a_full_bar_is_no_blank() {
    for depth in DEPTHS.into_iter().chain([ColourDepth::None]) {
        for &name in BuiltInTheme::VARIANTS {
            let theme = name.theme(depth, Ground::Dark);
            let reversed = |&role: &Role| theme.style(role).add_modifier.contains(Modifier::REVERSED);
            assert!(!Role::VARIANTS.iter().any(reversed), "{name} at {depth:?}");
        }
    }
}

#[test]
fn a_terminal_of_sixteen_colours_gets_no_other() {
    for &name in BuiltInTheme::VARIANTS {
        for ground in GROUNDS {
            let theme = name.theme(ColourDepth::Sixteen, ground);
            let colours = Role::VARIANTS.iter().filter_map(|&role| theme.style(role).fg).chain(theme.ground());
            let others = colours.filter(|colour| matches!(colour, Color::Indexed(_) | Color::Rgb(..)));
            assert_eq!(others.collect::<Vec<_>>(), [], "{name}");
        }
    }
}

#[test]
fn the_built_in_themes_have_the_names_that_users_write() {
    let names: Vec<_> = BuiltInTheme::VARIANTS.iter().map(ToString::to_string).collect();
    let known = ["terminal", "dark", "light", "high-contrast", "deuteranopia", "tritanopia", "mono"];
    assert_eq!(names, known);
    assert!(known.iter().all(|name| name.parse::<BuiltInTheme>().is_ok()));
}
