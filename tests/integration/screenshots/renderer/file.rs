//! Pictures as a PNG file: one alone, or several one after the other (APNG).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use super::Picture;
use super::palette::Colour;

/// Time that a picture stands, in milliseconds, and that of the last one, after which it begins again.
const DELAY: u16 = 500;
const LAST_DELAY: u16 = 2_000;

/// The file of some pictures of one size. Equal pictures give equal files.
pub fn to_png(pictures: &[Picture]) -> Vec<u8> {
    let mut file = Vec::new();
    let (size, count) = (|pixels: usize| u32::try_from(pixels).unwrap(), u32::try_from(pictures.len()).unwrap());
    let mut encoder = png::Encoder::new(&mut file, size(pictures[0].width), size(pictures[0].height));
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    if count > 1 {
        encoder.set_animated(count, 0).unwrap();
        encoder.set_frame_delay(DELAY, 1_000).unwrap();
    }
    let places = places(pictures);
    if let Some(places) = &places {
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(places.keys().copied().flatten().collect::<Vec<u8>>());
    } else {
        encoder.set_color(png::ColorType::Rgb);
    }
    let mut writer = encoder.write_header().unwrap();
    for (number, picture) in (1..).zip(pictures) {
        if count > 1 && number == count {
            writer.set_frame_delay(LAST_DELAY, 1_000).unwrap();
        }
        let data = places.as_ref().map_or_else(|| picture.pixels.concat(), |places| indices(picture, places));
        writer.write_image_data(&data).unwrap();
    }
    writer.finish().unwrap();
    file
}

/// The colours in order, with the place of each among them; nothing for more than 256.
fn places(pictures: &[Picture]) -> Option<BTreeMap<Colour, u8>> {
    let colours: BTreeSet<Colour> = pictures.iter().flat_map(runs).map(|run| run[0]).collect();
    (colours.len() <= 256).then(|| colours.into_iter().zip(0..=u8::MAX).collect())
}

fn indices(picture: &Picture, places: &BTreeMap<Colour, u8>) -> Vec<u8> {
    let mut indices = Vec::with_capacity(picture.pixels.len());
    for run in runs(picture) {
        indices.resize(indices.len() + run.len(), places[&run[0]]);
    }
    indices
}

/// Neighbours of one colour.
fn runs(picture: &Picture) -> impl Iterator<Item = &[Colour]> {
    picture.pixels.chunk_by(|one, next| one == next)
}

/// The pictures of a file of at most 256 colours.
pub struct Pictures {
    palette: Vec<Colour>,
    indices: Vec<Vec<u8>>,
}

impl Pictures {
    /// Reads a file that [`to_png`] has made; nothing if it is no such file.
    pub fn read(file: &[u8]) -> Option<Self> {
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().ok()?;
        let info = reader.info();
        let palette = info.palette.as_ref()?.as_chunks().0.to_vec();
        let count = info.animation_control().map_or(1, |animation| animation.num_frames);
        let length = reader.output_buffer_size()?;
        let picture = |_| {
            let mut indices = vec![0; length];
            reader.next_frame(&mut indices).ok()?;
            Some(indices)
        };
        let indices = (0..count).map(picture).collect::<Option<_>>()?;
        Some(Self { palette, indices })
    }

    /// Whether they are these, in this order, and no others.
    pub fn are(&self, pictures: &[Picture]) -> bool {
        self.indices.len() == pictures.len() && (0..).zip(pictures).all(|(number, picture)| self.is(number, picture))
    }

    /// Whether the one with this number, counted from 0, is this picture.
    pub fn is(&self, number: usize, picture: &Picture) -> bool {
        let colour = |index: &u8| self.palette.get(usize::from(*index));
        self.indices.get(number).is_some_and(|indices| indices.iter().map(colour).eq(picture.pixels.iter().map(Some)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::palette::{DARK, LIGHT};
    use super::super::tests::screen_of;
    use super::*;
    use crate::screenshots::renderer::render;

    #[test]
    fn a_file_holds_its_pictures_in_order() {
        let pictures = ["one", "\x1b[31mtwo", "three"].map(|text| render(screen_of(5, 1, text).screen(), &DARK));
        let file = to_png(&pictures);
        assert_eq!(file, to_png(&pictures));
        let read = Pictures::read(&file).unwrap();
        for (number, picture) in pictures.iter().enumerate() {
            let same: Vec<_> = (0..4).filter(|other| read.is(*other, picture)).collect();
            assert_eq!(same, [number]);
        }
        assert!(read.are(&pictures) && !read.are(&pictures[..2]));
        assert!(!read.is(0, &render(screen_of(5, 1, "one").screen(), &LIGHT)));
        assert!(Pictures::read(&pictures[1].to_png()).unwrap().is(0, &pictures[1]));
        assert!(Pictures::read(&file[..file.len() / 2]).is_none());
    }

    #[test]
    fn the_last_picture_stands_longer() {
        let pictures = ["a", "b", "c"].map(|text| render(screen_of(1, 1, text).screen(), &DARK));
        let file = to_png(&pictures);
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let delays = pictures.each_ref().map(|_| {
            reader.next_frame(&mut bytes).unwrap();
            let frame = reader.info().frame_control().unwrap();
            (frame.delay_num, frame.delay_den)
        });
        assert_eq!(delays, [(500, 1_000), (500, 1_000), (2_000, 1_000)]);
    }
}
