//! Colours: the two themes, the 256 indexed colours, mixing.

/// Red, green and blue.
pub type Colour = [u8; 3];

/// The colours that a terminal is set up with.
#[derive(Debug)]
pub struct Theme {
    /// Behind everything that has no colour of its own.
    pub background: Colour,
    /// Text that has no colour of its own.
    pub foreground: Colour,
    /// What the variable `COLORFGBG` tells of these two.
    pub colorfgbg: &'static str,
    /// Black, red, green, yellow, blue, magenta, cyan, white; then the same, bright.
    pub ansi: [Colour; 16],
}

/// Light text on a dark ground.
pub const DARK: Theme = Theme {
    background: [0x16, 0x18, 0x1d],
    foreground: [0xd6, 0xda, 0xe1],
    colorfgbg: "15;0",
    ansi: [
        [0x23, 0x27, 0x2f],
        [0xef, 0x62, 0x6c],
        [0x7f, 0xc0, 0x7a],
        [0xe6, 0xb4, 0x50],
        [0x6b, 0xa8, 0xee],
        [0xc1, 0x8a, 0xe0],
        [0x5c, 0xbd, 0xc4],
        [0xb9, 0xc0, 0xcb],
        [0x6f, 0x78, 0x87],
        [0xff, 0x85, 0x8c],
        [0x9c, 0xd6, 0x94],
        [0xf6, 0xcd, 0x7a],
        [0x91, 0xc1, 0xf8],
        [0xd6, 0xaa, 0xef],
        [0x83, 0xd6, 0xdb],
        [0xf4, 0xf6, 0xf9],
    ],
};

/// Dark text on a light ground.
pub const LIGHT: Theme = Theme {
    background: [0xfb, 0xfb, 0xfa],
    foreground: [0x25, 0x2a, 0x33],
    colorfgbg: "0;15",
    ansi: [
        [0x25, 0x2a, 0x33],
        [0xc2, 0x2d, 0x3d],
        [0x2b, 0x7d, 0x3c],
        [0x9a, 0x64, 0x00],
        [0x25, 0x63, 0xc4],
        [0x85, 0x42, 0xb0],
        [0x0b, 0x78, 0x84],
        [0xc9, 0xcd, 0xd4],
        [0x6b, 0x73, 0x80],
        [0xd8, 0x3f, 0x4e],
        [0x3a, 0x92, 0x4b],
        [0xb2, 0x78, 0x0a],
        [0x3c, 0x7b, 0xdd],
        [0x9d, 0x5a, 0xc8],
        [0x1c, 0x90, 0x9c],
        [0xff, 0xff, 0xff],
    ],
};

/// Shares of red, green or blue in the colour cube of the indices 16 to 231.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Theme {
    /// What a program's colour looks like here, `default` where it has chosen none.
    pub fn resolve(&self, colour: vt100::Color, default: Colour) -> Colour {
        match colour {
            vt100::Color::Default => default,
            vt100::Color::Rgb(red, green, blue) => [red, green, blue],
            vt100::Color::Idx(index @ 0..=15) => self.ansi[usize::from(index)],
            vt100::Color::Idx(index @ 16..=231) => {
                let place = usize::from(index - 16);
                [CUBE[place / 36], CUBE[place / 6 % 6], CUBE[place % 6]]
            }
            vt100::Color::Idx(index @ 232..) => [8 + 10 * (index - 232); 3],
        }
    }
}

/// The colour `over` laid on `under`, as opaque as `share` of 255 says.
pub fn blend(under: Colour, over: Colour, share: u8) -> Colour {
    let share = u16::from(share);
    std::array::from_fn(|channel| {
        let mixed = u16::from(under[channel]) * (255 - share) + u16::from(over[channel]) * share;
        u8::try_from((mixed + 127) / 255).unwrap()
    })
}
