//! The pictures in `screenshots/`, made from the real program in a real terminal.
//!
//! `UPDATE_SCREENSHOTS=1 cargo test --test integration screenshots` makes them anew.

mod approval;
mod renderer;
mod scene;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::product::MOMENT;
use approval::Approval;
use jiff::{SignedDuration, Timestamp};
use renderer::Picture;
use renderer::file::{self, Pictures};
use renderer::palette::{DARK, LIGHT};
use scene::{READY, READY_LOW, READY_TABLE, READY_WALL, Scene};

/// As often a program is started to make the approved picture.
const ATTEMPTS_MAX: usize = 20;
/// Programs that run at a time: more would be slow enough to be seen in what they show.
const PROGRAMS: usize = 4;

const OVERVIEW_OF_PROD: Scene = Scene {
    size: (120, 40),
    theme: &DARK,
    arguments: &[],
    ready: READY,
    keys: "3",
    shows: &["527 a day", "414 calls", "/download-track", "[7 d]", "tation overdue", "tation due soon", "▒"],
};

/// Files of a single moment.
const STILLS: [(&str, Scene); 10] = [
    ("overview.png", OVERVIEW_OF_PROD),
    ("overview-light.png", Scene { theme: &LIGHT, ..OVERVIEW_OF_PROD }),
    (
        "overview-80x24.png",
        Scene {
            size: (80, 24),
            ready: READY_TABLE,
            shows: &["527 a day", "[7 d]", "tation overdue", "tation due soon", "▒"],
            ..OVERVIEW_OF_PROD
        },
    ),
    ("overview-200x60.png", Scene { size: (200, 60), ..OVERVIEW_OF_PROD }),
    ("overview-deuteranopia.png", Scene { arguments: &["--theme", "deuteranopia"], ..OVERVIEW_OF_PROD }),
    (
        "zoom.png",
        Scene {
            keys: "3\r",
            shows: &["key, 90 days", "527 a day", "414 calls", "/download-track", "by this monitor", "▒"],
            ..OVERVIEW_OF_PROD
        },
    ),
    (
        "wall.png",
        Scene {
            arguments: &["--wall"],
            ready: READY_WALL,
            keys: "",
            shows: &["527 a day", "used by others 6 h ago", "used by others 24 h ago", "runs out"],
            ..OVERVIEW_OF_PROD
        },
    ),
    // Below would be the monitor's own calls, whose times are never the same.
    (
        "activity.png",
        Scene {
            size: (120, 12),
            ready: READY_LOW,
            keys: "3u[",
            shows: &["[24 h]", "/download-track", "of 11"],
            ..OVERVIEW_OF_PROD
        },
    ),
    (
        "rotate.png",
        Scene {
            keys: "3o",
            shows: &["rotate the key of PROD", "revoke the old key on the web page", "414 calls", "/download-track"],
            ..OVERVIEW_OF_PROD
        },
    ),
    ("help.png", Scene { keys: "?", shows: &["show or hide this help", "quit", "all is well"], ..OVERVIEW_OF_PROD }),
];

/// Prod over a working day: a program for each moment, as the demonstration begins with its whole past.
const DAY: Scene = Scene {
    keys: "3\r[",
    shows: &[
        "key, 90 days",
        "[24 h]",
        "a day, lasts",
        "calls by your apps",
        "/download-track",
        "credits per hour",
        "▒",
    ],
    ..OVERVIEW_OF_PROD
};
const DAY_FILE: &str = "day.png";
const DAY_PICTURES: i32 = 24;
const DAY_START: &str = "2026-11-20T04:02:02Z";
const DAY_STEP: SignedDuration = SignedDuration::from_mins(45);
/// The largest file that a page may have to load, in bytes.
const LENGTH_MAX: usize = 3_000_000;

/// A file, and how to come to it.
struct File<'a> {
    name: &'static str,
    scene: &'a Scene,
    moments: Vec<Timestamp>,
    approved: Option<Pictures>,
}

impl File<'_> {
    /// This file with the number of each of its pictures.
    fn numbered(&self) -> impl Iterator<Item = (&Self, usize)> {
        (0..self.moments.len()).map(move |number| (self, number))
    }

    /// The approved picture, if the program makes it within some attempts: answers that come at the same moment come in
    /// either order, and on a busy machine they come later, which moves forecasts by days. Otherwise one that was made so
    /// often that it is no accident.
    fn picture(&self, number: usize, update: bool) -> Picture {
        let is_approved =
            |picture: &Picture| self.approved.as_ref().is_some_and(|approved| approved.is(number, picture));
        let same_max = if update { 2 } else { 4 };
        let mut made: Vec<Picture> = Vec::new();
        for picture in (0..ATTEMPTS_MAX).filter_map(|_| self.scene.picture(self.moments[number])) {
            let same = 1 + made.iter().filter(|other| **other == picture).count();
            if is_approved(&picture) || same == same_max {
                return picture;
            }
            made.push(picture);
        }
        made.pop().expect("the events come in order at times")
    }
}

/// Does this for each number below `count`, some at a time.
fn in_parallel<T: Send>(count: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        numbers.take_while(|number| *number < count).map(|number| (number, act(number))).collect::<Vec<_>>()
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers = [(); PROGRAMS].map(|()| scope.spawn(work));
        workers.into_iter().flat_map(|worker| worker.join().expect("the picture can be made")).collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, value)| value).collect()
}

#[test]
fn screenshots_are_current() {
    let approval = Approval {
        approved: Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots"),
        rejected: Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots"),
        update: std::env::var_os("UPDATE_SCREENSHOTS").is_some(),
    };
    let file = |name, scene, moments| {
        let approved = approval.read(name).and_then(|bytes| Pictures::read(&bytes));
        File { name, scene, moments, approved }
    };
    let (moment, start): (Timestamp, Timestamp) = (MOMENT.parse().unwrap(), DAY_START.parse().unwrap());
    let day = (0..DAY_PICTURES).map(|number| start + DAY_STEP * number).collect();
    let stills = STILLS.iter().map(|(name, scene)| file(name, scene, vec![moment]));
    let files: Vec<File<'_>> = stills.chain([file(DAY_FILE, &DAY, day)]).collect();
    let tasks: Vec<(&File<'_>, usize)> = files.iter().flat_map(File::numbered).collect();
    let mut pictures =
        in_parallel(tasks.len(), |task| tasks[task].0.picture(tasks[task].1, approval.update)).into_iter();
    let check = |file: &File<'_>| {
        let made: Vec<Picture> = pictures.by_ref().take(file.moments.len()).collect();
        if file.approved.as_ref().is_some_and(|approved| approved.are(&made)) {
            return None;
        }
        let bytes = file::to_png(&made);
        assert!(bytes.len() <= LENGTH_MAX, "{} has {} bytes", file.name, bytes.len());
        approval.check(file.name, &bytes).err()
    };
    let problems: Vec<String> = files.iter().filter_map(check).collect();
    let command = "if that is as it should be: UPDATE_SCREENSHOTS=1 cargo test --test integration screenshots";
    assert!(problems.is_empty(), "{}\n{command}", problems.join("\n"));
    let names: Vec<String> = files.iter().map(|file| file.name.to_owned()).collect();
    assert_eq!(approval.strays(&names), <[String; 0]>::default(), "no test makes these");
}
