use std::num::NonZeroU16;

use super::palette::{Colour, DARK, LIGHT, Theme, blend};
use super::{CELL_HEIGHT, CELL_WIDTH, MARGIN, Picture, render};

pub fn screen_of(columns: u16, rows: u16, output: &str) -> vt100::Parser {
    let length = |cells| NonZeroU16::new(cells).unwrap();
    let mut parser = vt100::Parser::new(length(rows), length(columns), 0);
    parser.process(b"\x1b[?25l");
    parser.process(output.as_bytes());
    parser
}

fn draw(columns: u16, output: &str) -> Picture {
    render(screen_of(columns, 1, output).screen(), &DARK)
}

/// The pixel at this place of the cell in this column of the first row.
fn in_cell(picture: &Picture, column: usize, x: usize, y: usize) -> Colour {
    picture.pixel(MARGIN + column * CELL_WIDTH + x, MARGIN + y)
}

/// The places within the first cell that aren't the background.
fn inked(output: &str) -> Vec<(usize, usize)> {
    let picture = draw(1, output);
    let places = (0..CELL_HEIGHT).flat_map(|y| (0..CELL_WIDTH).map(move |x| (x, y)));
    places.filter(|(x, y)| in_cell(&picture, 0, *x, *y) != DARK.background).collect()
}

/// The smallest rectangle around the ink of the first cell: left, top, right, bottom, the last two excluded.
fn extent(output: &str) -> [usize; 4] {
    let inked = inked(output);
    let (columns, rows) = (inked.iter().map(|place| place.0), inked.iter().map(|place| place.1));
    [columns.clone().min().unwrap(), rows.clone().min().unwrap(), columns.max().unwrap() + 1, rows.max().unwrap() + 1]
}

#[test]
fn the_picture_is_the_screen_and_a_margin() {
    let picture = render(screen_of(3, 2, "").screen(), &LIGHT);
    assert_eq!((picture.width, picture.height), (3 * CELL_WIDTH + 2 * MARGIN, 2 * CELL_HEIGHT + 2 * MARGIN));
    assert!(picture.pixels.iter().all(|pixel| *pixel == LIGHT.background));
}

#[test]
fn the_margin_has_the_ground_of_the_first_cell() {
    let picture = draw(2, "\x1b[44m \x1b[0m ");
    assert_eq!([picture.pixel(0, 0), in_cell(&picture, 1, 0, 0)], [DARK.ansi[4], DARK.background]);
}

#[test]
fn a_full_block_fills_its_cell_and_nothing_else() {
    let picture = draw(3, " █");
    for y in 0..picture.height {
        for x in 0..picture.width {
            let inside = (MARGIN + CELL_WIDTH..MARGIN + 2 * CELL_WIDTH).contains(&x)
                && (MARGIN..MARGIN + CELL_HEIGHT).contains(&y);
            assert_eq!(picture.pixel(x, y), if inside { DARK.foreground } else { DARK.background }, "at {x}, {y}");
        }
    }
}

#[test]
fn partial_blocks_are_exact_rectangles() {
    let cases = [
        ("▀", [0, 0, 16, 18]),
        ("▄", [0, 18, 16, 36]),
        ("▁", [0, 31, 16, 36]),
        ("▇", [0, 4, 16, 36]),
        ("▌", [0, 0, 8, 36]),
        ("▐", [8, 0, 16, 36]),
        ("▏", [0, 0, 2, 36]),
        ("▉", [0, 0, 14, 36]),
        ("▔", [0, 0, 16, 5]),
        ("▕", [14, 0, 16, 36]),
        ("▗", [8, 18, 16, 36]),
        ("▝", [8, 0, 16, 18]),
    ];
    for (block, [left, top, right, bottom]) in cases {
        assert_eq!(extent(block), [left, top, right, bottom], "{block}");
        assert_eq!(inked(block).len(), (right - left) * (bottom - top), "{block}");
    }
}

#[test]
fn quadrants_are_where_their_names_say() {
    let (right, lower) = (CELL_WIDTH / 2, CELL_HEIGHT / 2);
    let cases = ["▖  X ", "▗   X", "▘X   ", "▙X XX", "▚X  X", "▛XXX ", "▜XX X", "▝ X  ", "▞ XX ", "▟ XXX"];
    for case in cases {
        let (quadrants, wanted) = case.split_at('▖'.len_utf8());
        let inked = inked(quadrants);
        let corners = [(0, 0), (right, 0), (0, lower), (right, lower)];
        let seen: String = corners.map(|corner| if inked.contains(&corner) { 'X' } else { ' ' }).iter().collect();
        assert_eq!(seen, wanted, "{quadrants}");
        assert_eq!(inked.len(), wanted.matches('X').count() * right * lower, "{quadrants}");
    }
}

#[test]
fn shades_are_even_and_in_order() {
    let shade = |output| {
        let picture = draw(1, output);
        let first = in_cell(&picture, 0, 0, 0);
        assert_eq!(inked(output).len(), CELL_WIDTH * CELL_HEIGHT);
        assert_eq!(in_cell(&picture, 0, CELL_WIDTH - 1, CELL_HEIGHT - 1), first);
        first
    };
    let shades = [DARK.background, shade("░"), shade("▒"), shade("▓"), shade("█")];
    assert!(shades.is_sorted_by(|darker, lighter| darker < lighter), "{shades:?}");
}

#[test]
fn each_braille_dot_has_its_place() {
    let places = [(4, 4), (4, 13), (4, 22), (12, 4), (12, 13), (12, 22), (4, 31), (12, 31)];
    for (bit, place) in places.into_iter().enumerate() {
        let dot = char::from_u32(0x2800 + (1 << bit)).unwrap().to_string();
        let inked = inked(&dot);
        assert!(inked.contains(&place), "{dot} has ink at {place:?}");
        assert!(inked.iter().all(|(x, y)| x.abs_diff(place.0) <= 3 && y.abs_diff(place.1) <= 3), "{dot}: {inked:?}");
    }
    assert_eq!(inked("⠀"), []);
    assert_eq!(inked("⣿").len(), 8 * inked("⠁").len());
}

#[test]
fn lines_meet_between_neighbours_and_rows() {
    let frames = [("╭─╮", "│ │", "╰─╯"), ("┏━┓", "┃ ┃", "┗━┛"), ("┌─┬", "├─┼", "└─┴"), ("┎─┰", "┠─╂", "┖─┸")];
    for (top, middle, bottom) in frames {
        let output = format!("{top}\r\n{middle}\r\n{bottom}");
        let picture = render(screen_of(3, 3, &output).screen(), &DARK);
        for row in 0..3 {
            for column in 0..3 {
                let (left, above) = (MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT);
                if column > 0 && (row != 1 || middle.contains('─')) {
                    for y in above + CELL_HEIGHT / 2 - 1..=above + CELL_HEIGHT / 2 {
                        assert_eq!(picture.pixel(left, y), DARK.foreground, "{output}");
                        assert_eq!(picture.pixel(left - 1, y), DARK.foreground, "{output}");
                    }
                }
                if row > 0 && column != 1 {
                    for x in left + CELL_WIDTH / 2 - 1..=left + CELL_WIDTH / 2 {
                        assert_eq!(picture.pixel(x, above), DARK.foreground, "{output}");
                        assert_eq!(picture.pixel(x, above - 1), DARK.foreground, "{output}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_line_has_the_arms_of_its_name() {
    // Left, top, right and bottom of the ink; a light line is two pixels thick, a heavy one four.
    let cases = [
        ("─", [0, 17, 16, 19]),
        ("━", [0, 16, 16, 20]),
        ("│", [7, 0, 9, 36]),
        ("┃", [6, 0, 10, 36]),
        ("┌", [7, 17, 16, 36]),
        ("┓", [0, 16, 10, 36]),
        ("┡", [6, 0, 16, 36]),
        ("┥", [0, 0, 9, 36]),
        ("┴", [0, 0, 16, 19]),
        ("╷", [7, 18, 9, 36]),
        ("╸", [0, 16, 8, 20]),
        ("╾", [0, 16, 16, 20]),
        ("╋", [0, 0, 16, 36]),
    ];
    for (line, wanted) in cases {
        assert_eq!(extent(line), wanted, "{line}");
    }
    assert_eq!(inked("┼").len(), 2 * 16 + 2 * 36 - 4);
    assert_eq!(inked("┏").len(), 10 * 4 + 4 * 18 - 4 * 2);
    assert_eq!(inked("┘").len(), 9 * 2 + 2 * 18 - 2);
    assert_eq!(inked("╿").len(), 4 * 18 + 2 * 18);
}

#[test]
fn dashes_have_gaps_and_keep_their_rhythm_across_cells() {
    for (line, dashes) in [("╌", 2), ("┄", 3), ("┉", 4)] {
        let picture = draw(2, &line.repeat(2));
        let row: Vec<bool> = (0..2 * CELL_WIDTH)
            .map(|x| picture.pixel(MARGIN + x, MARGIN + CELL_HEIGHT / 2) == DARK.foreground)
            .collect();
        let starts = row.windows(2).filter(|pair| pair == &[false, true]).count();
        assert_eq!(starts, 2 * dashes, "{line}");
    }
    assert_eq!(extent("┆")[0..3], [7, 1, 9]);
}

#[test]
fn diagonals_run_from_corner_to_corner() {
    let (rising, falling) = (inked("╱"), inked("╲"));
    let (right, bottom) = (CELL_WIDTH - 1, CELL_HEIGHT - 1);
    assert!(rising.contains(&(0, bottom)) && rising.contains(&(right, 0)) && !rising.contains(&(0, 0)));
    assert!(falling.contains(&(0, 0)) && falling.contains(&(right, bottom)) && !falling.contains(&(right, 0)));
    assert!(inked("╳").len() > rising.len());
}

#[test]
fn a_wide_character_takes_two_cells() {
    let picture = draw(4, "\x1b[41m界\x1b[0mx");
    assert_eq!(in_cell(&picture, 0, 0, 0), DARK.ansi[1]);
    assert_eq!(in_cell(&picture, 1, CELL_WIDTH - 1, CELL_HEIGHT - 1), DARK.ansi[1]);
    assert_eq!(in_cell(&picture, 2, 0, 0), DARK.background);
    // No bundled font has it: an empty box stands there, across both cells.
    assert_eq!(picture.missing().iter().collect::<String>(), "界");
    assert_eq!(in_cell(&picture, 0, 3, 18), DARK.foreground);
    assert_eq!(in_cell(&picture, 1, CELL_WIDTH - 4, 18), DARK.foreground);
    assert_eq!(in_cell(&picture, 0, CELL_WIDTH - 4, 18), DARK.ansi[1]);
}

#[test]
fn attributes_change_colours() {
    let corner = |output: &str| in_cell(&draw(1, output), 0, 0, 0);
    let [foreground, background] = [DARK.foreground, DARK.background];
    assert_eq!(corner("\x1b[7m "), foreground);
    assert_eq!(corner("\x1b[7m█"), background);
    assert_eq!(corner("\x1b[7;31m "), DARK.ansi[1]);
    assert_eq!(corner("\x1b[2m█"), blend(background, foreground, 150));
    assert_eq!(corner("\x1b[2;7m█"), blend(foreground, background, 150));
    assert_eq!(corner("\x1b[3m█"), foreground);
    assert_eq!(corner("\x1b[1;31m█"), DARK.ansi[1]);
    assert_eq!(extent("\x1b[4m "), [0, 31, 16, 33]);
}

#[test]
fn bold_text_has_more_ink() {
    assert!(inked("\x1b[1ml").len() > inked("l").len());
}

#[test]
fn text_stands_on_one_line_within_its_cell() {
    let bottom = |letter| extent(letter)[3];
    assert_eq!([bottom("H"), bottom("x"), bottom("1"), bottom("%")].map(|y| y.abs_diff(28) <= 1), [true; 4]);
    assert!(bottom("g") > 32);
    assert!(extent("Å")[1] > 0);
}

#[test]
fn the_cursor_is_drawn_where_it_is_shown() {
    let shown = draw(2, "a\x1b[?25h");
    assert_eq!(in_cell(&shown, 1, 0, 0), DARK.foreground);
    let hidden = draw(2, "a");
    assert_eq!(in_cell(&hidden, 1, 0, 0), DARK.background);
}

#[test]
fn indexed_colours_are_those_of_xterm() {
    let colour = |index| DARK.resolve(vt100::Color::Idx(index), DARK.foreground);
    assert_eq!(colour(9), DARK.ansi[9]);
    assert_eq!([colour(16), colour(21), colour(46), colour(196)], [[0, 0, 0], [0, 0, 255], [0, 255, 0], [255, 0, 0]]);
    assert_eq!([colour(208), colour(231)], [[255, 135, 0], [255, 255, 255]]);
    assert_eq!([colour(232), colour(255)], [[8; 3], [238; 3]]);
    assert_eq!(DARK.resolve(vt100::Color::Rgb(1, 2, 3), DARK.foreground), [1, 2, 3]);
    assert_eq!(DARK.resolve(vt100::Color::Default, DARK.foreground), DARK.foreground);
}

/// Contrast of two colours as the Web Content Accessibility Guidelines define it, from 1 to 21.
fn contrast(one: Colour, other: Colour) -> f64 {
    let luminance = |colour: Colour| {
        let [red, green, blue] = colour.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
    };
    let (one, other) = (luminance(one), luminance(other));
    one.max(other) / one.min(other)
}

#[test]
fn every_named_colour_is_readable_on_its_theme() {
    let check = |theme: &Theme, but: &[usize]| {
        assert!(contrast(theme.foreground, theme.background) > 10.0);
        for (index, colour) in theme.ansi.iter().enumerate().filter(|(index, _)| !but.contains(index)) {
            let contrast = contrast(*colour, theme.background);
            assert!(contrast >= 3.5, "colour {index}: {contrast:.2}");
        }
    };
    check(&DARK, &[0]);
    check(&LIGHT, &[7, 15]);
}

#[test]
fn equal_screens_give_equal_files_and_the_file_holds_the_picture() {
    let output = "\x1b[31m●\x1b[33m▲\x1b[0m ╭─╮ ⣿ 1,204 \x1b[1mPROD\x1b[7m q \x1b[0;2mquit";
    let screen = screen_of(40, 2, output);
    let picture = render(screen.screen(), &DARK);
    let file = picture.to_png();
    assert_eq!(file, render(screen.screen(), &DARK).to_png());
    assert_ne!(file, render(screen.screen(), &LIGHT).to_png());

    let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    assert_eq!(bytes, picture.pixels.concat());
    assert_eq!((reader.info().width, reader.info().height), (40 * 16 + 64, 2 * 36 + 64));
}

#[test]
fn a_picture_of_very_many_colours_is_written_whole_too() {
    let cells: Vec<String> = (0..=255).map(|share| format!("\x1b[48;2;{share};0;{}m ", 255 - share)).collect();
    let picture = draw(257, &format!(" {}", cells.concat()));
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture.to_png())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    assert_eq!(bytes, picture.pixels.concat());
}

#[test]
fn everything_the_product_draws_has_a_shape() {
    let printable: String = (' '..='~').chain('¡'..='ÿ').filter(|letter| *letter != '\u{ad}').collect();
    let symbols = "●▲✖○?–—…·•←→↑↓↔↕─│╭╮╰╯━┃┏┓┗┛┤├┬┴┼┄╌╱█▓▒░▀▄▌▐▁▂▃▅▆▇▏▎▍▋▊▉⠉⣀⣿≥≤≈×÷‘’“”‹›€□■▶◀▼▸▾◆◇✓✗Δ∞−";
    let picture = draw(512, &format!("{printable}{symbols}\x1b[1m{symbols}"));
    assert!(picture.missing().is_empty(), "{:?}", picture.missing());
}
