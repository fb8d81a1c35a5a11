//! The terminal of the other tests is itself held to what real terminals do.

use std::process::Command;
use std::time::Duration;

use crate::support::simulate::Simulate;
use crate::support::terminal::{Terminal, exited, keys, process_state};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, Signal};

const DEADLINE: Duration = Duration::from_mins(1);

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn the_program_runs_on_a_controlling_terminal_of_the_size_asked_for() {
    let mut terminal = Terminal::spawn(&shell("stty size </dev/tty; tty; echo $TERM"), 101, 33);
    terminal.wait_for("33 101");
    terminal.wait_for("/dev/pts/");
    terminal.wait_for("xterm-256color");
    assert_eq!(terminal.wait_exit(DEADLINE), exited(0));
    assert!(terminal.raw_output().starts_with(b"33 101\r\n"));
}

#[test]
fn variables_and_folder_of_the_command_hold() {
    let mut command = shell("echo [$LABEL] [$COLORTERM] [$HOME]; pwd");
    command.env("LABEL", "Production").env("COLORTERM", "truecolor").env_remove("HOME").current_dir("/");
    let terminal = Terminal::spawn(&command, 40, 5);
    terminal.wait_for("[Production] [truecolor] []\n/");
}

#[test]
fn keys_reach_the_program() {
    let mut terminal = Terminal::spawn(&shell("read -r line; echo got $line; exit 3"), 40, 5);
    terminal.send("hello");
    terminal.send(keys::ENTER);
    terminal.wait_for("got hello");
    assert_eq!(terminal.wait_exit(DEADLINE), exited(3));
}

#[test]
fn a_paste_is_marked_only_where_the_program_asks_for_it() {
    let script =
        "stty -icanon -echo; echo plain; head -c 2 | od -An -c; printf '\\033[?2004hmarked\\n'; head -c 14 | od -An -c";
    let terminal = Terminal::spawn(&shell(script), 80, 10);
    terminal.wait_for("plain");
    terminal.paste("ab");
    terminal.wait_for("a   b");
    terminal.wait_for("marked");
    terminal.paste("ab");
    terminal.wait_for("033   [   2   0   0   ~   a   b 033   [   2   0   1   ~");
}

#[test]
fn a_resize_reaches_the_program_and_the_picture() {
    let terminal = Terminal::spawn(&shell("trap 'stty size' WINCH; echo ready; sleep 60 & wait"), 80, 24);
    terminal.wait_for("ready");
    terminal.resize(120, 40);
    let screen = terminal.wait_for("40 120");
    assert_eq!((screen.size().0.get(), screen.size().1.get()), (40, 120));
}

#[test]
fn the_smallest_terminal_survives_wide_and_long_text() {
    let mut terminal = Terminal::spawn(&shell("printf '界long\\033[2J\\033[5;5H'; read -r _; stty size"), 1, 1);
    terminal.send(keys::ENTER);
    assert_eq!(terminal.wait_exit(DEADLINE), exited(0));
    assert!(terminal.raw_output().ends_with(b"1 1\r\n"));
}

#[test]
fn signals_reach_the_program_itself() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut terminal = Terminal::spawn(&shell("echo ready; exec cat"), 40, 5);
    terminal.wait_for("ready");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(DEADLINE).signal(), Some(Signal::TERM.as_raw()));
}

#[test]
fn a_vanished_terminal_hangs_up_on_the_program() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut terminal = Terminal::spawn(&shell("echo ready; exec cat"), 40, 5);
    terminal.wait_for("ready");
    terminal.close();
    assert_eq!(terminal.wait_exit(DEADLINE).signal(), Some(Signal::HUP.as_raw()));
}

#[test]
fn a_stopped_job_is_seen_and_goes_on() {
    let script = "printf 'ready\\n'; cat; echo in the shell; read -r _; fg >/dev/null; exit $?";
    let mut command = Command::new("sh");
    command.args(["-m", "-c", script]);
    let mut terminal = Terminal::spawn(&command, 60, 8);
    terminal.send("first\r");
    terminal.wait_until("the echo and the answer", |screen| screen.contents().matches("first").count() == 2);
    let job = terminal.foreground_process();
    terminal.send(keys::CONTROL_Z);
    terminal.wait_for("in the shell");
    assert_eq!(process_state(job), Some('T'));
    terminal.send(keys::ENTER);
    terminal.send("second\r");
    terminal.wait_until("the echo and the answer", |screen| screen.contents().matches("second").count() == 2);
    terminal.send(keys::CONTROL_D);
    assert_eq!(terminal.wait_exit(DEADLINE), exited(0));
    assert_eq!(process_state(job), None);
}

#[test]
fn nothing_of_the_session_outlives_the_terminal() {
    let mut command = Command::new("sh");
    command.args(["-m", "-c", "trap '' HUP; (echo ready; exec sleep 60); true"]);
    let terminal = Terminal::spawn(&command, 60, 8);
    terminal.wait_for("ready");
    let job = terminal.foreground_process();
    let handle = rustix::process::pidfd_open(job, PidfdFlags::empty()).unwrap();
    assert_ne!(job, terminal.process());
    drop(terminal);
    let ended = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&Timespec::try_from(DEADLINE).unwrap()));
    assert_eq!(ended, Ok(1));
}

#[test]
fn whatever_a_program_leaves_behind_is_found() {
    let script = "before=$(stty -g); stty raw; printf '\\033[?1049h\\033[?25l\\033[?1003;1006h\\033[?2004h\\033[?1004h\\033[>1u\\033[?1h\\033[7mdrawn'; \
        head -c 1 >/dev/null; \
        printf '\\033[0m\\033[?1l\\033[<u\\033[?1004l\\033[?2004l\\033[?1003;1006l\\033[?25h\\033[?1049lundone'; stty $before";
    let mut terminal = Terminal::spawn(&shell(script), 80, 5);
    terminal.wait_for("drawn");
    assert!(!terminal.is_restored());
    let everything_but_an_update = [
        "alternate screen",
        "hidden cursor",
        "mouse reporting",
        "bracketed paste",
        "application keys",
        "focus reporting",
        "keyboard enhancement",
        "colours or attributes",
        "line settings",
    ];
    assert_eq!(terminal.leftovers(), everything_but_an_update);
    terminal.send("x");
    assert_eq!(terminal.wait_exit(DEADLINE), exited(0));
    assert_eq!(terminal.leftovers(), <[&str; 0]>::default());
    assert!(terminal.is_restored());
}

#[test]
fn an_unfinished_update_is_not_shown_before_its_end() {
    let mut half = Terminal::spawn(&shell("printf 'before\\033[?2026h\\033[Hhalf'"), 40, 5);
    assert_eq!(half.wait_exit(DEADLINE), exited(0));
    assert_eq!(half.contents(), "before");
    assert_eq!(half.leftovers(), ["unfinished update"]);
    let mut whole = Terminal::spawn(&shell("printf 'before\\033[?2026h\\033[Hhalf and half\\033[?2026l'"), 40, 5);
    assert_eq!(whole.wait_exit(DEADLINE), exited(0));
    assert_eq!(whole.contents(), "half and half");
    assert_eq!(whole.leftovers(), <[&str; 0]>::default());
}

#[test]
fn questions_to_the_terminal_are_answered() {
    let script = "stty raw -echo; printf 'ab\\033[6n\\033[?u\\033[c\\033[5n'; head -c 24 | od -An -c -w24";
    let mut terminal = Terminal::spawn(&shell(script), 120, 5);
    assert_eq!(terminal.wait_exit(DEADLINE), exited(0));
    let answers: String = terminal.contents().split_whitespace().skip(1).collect();
    assert_eq!(answers, "033[1;3R033[?0u033[?62;22c033[0n");
}

#[test]
#[should_panic(expected = "waited for \"goodbye\": the program has ended; the screen:\n20×2\n│hello\n")]
fn a_text_that_never_comes_fails_with_the_screen() {
    Terminal::spawn(&shell("echo hello"), 20, 2).wait_for("goodbye");
}

#[test]
#[should_panic(expected = "the program still runs after 20ms; the screen:\n20×1\n│ready\n")]
fn a_program_that_stays_fails_with_the_screen() {
    let mut terminal = Terminal::spawn(&shell("printf ready; exec cat"), 20, 1);
    terminal.wait_for("ready");
    terminal.wait_exit(Duration::from_millis(20));
}

#[test]
fn what_is_cleared_is_seen_to_go() {
    let terminal = Terminal::spawn(&shell("printf '\\033[31mnews'; read -r _; printf '\\033[2J'; read -r _"), 20, 3);
    terminal.wait_for("news");
    assert_eq!(terminal.cell(0, 3).contents(), "s");
    assert_eq!(terminal.cell(0, 3).fgcolor(), vt100::Color::Idx(1));
    terminal.send(keys::ENTER);
    terminal.wait_while("news");
}

#[test]
fn output_that_changes_nothing_on_the_screen_is_noticed() {
    let terminal = Terminal::spawn(&shell("stty -echo; printf news; read -r _; printf '\\033[m'; read -r _"), 20, 3);
    let before = terminal.wait_for("news").contents();
    terminal.send(keys::ENTER);
    assert_eq!(terminal.wait_for_output_beyond("news".len()).contents(), before);
    assert_eq!(terminal.raw_output(), b"news\x1b[m");
}

#[test]
#[should_panic(expected = "waited for more output: the program has ended; the screen:\n20×1\n│hello\n")]
fn output_that_never_comes_fails_with_the_screen() {
    Terminal::spawn(&shell("printf hello"), 20, 1).wait_for_output_beyond(5);
}

#[test]
fn the_simulators_address_and_keys_are_read_from_what_it_prints() {
    let lines = "echo 'listening'; echo TRACKYARD_BASE_URL=http://127.0.0.1:1/v1; echo TRACKYARD_API_KEY_DEV=key-d; \
        echo TRACKYARD_API_KEY_STAGING=key-s=; echo 'export TRACKYARD_API_KEY_PROD=key-p'; exec cat";
    let simulate = Simulate::run(shell(lines));
    assert_eq!(simulate.base_url(), "http://127.0.0.1:1/v1");
    assert_eq!(simulate.key("DEV"), "key-d");
    assert_eq!(simulate.key("STAGING"), "key-s=");
    assert_eq!(simulate.key("PROD"), "key-p");
}

#[test]
fn what_ratatui_draws_is_what_is_seen() {
    use ratatui::backend::{Backend as _, CrosstermBackend};
    use ratatui::buffer::{Buffer, Cell};
    use ratatui::style::{Color, Modifier, Style};

    let colours = [Color::Reset, Color::Red, Color::LightCyan, Color::Gray, Color::Indexed(208), Color::Rgb(1, 2, 3)];
    let modifiers = [Modifier::BOLD, Modifier::DIM, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED];
    let mut drawn = Buffer::empty(ratatui::layout::Rect::new(0, 0, 40, 12));
    for (row, foreground) in (0..).zip(colours) {
        for (column, background) in (0..).zip(colours) {
            let style = Style::new().fg(foreground).bg(background).add_modifier(modifiers[(row + column) % 5]);
            let (x, y) = (u16::try_from(column * 6).unwrap(), u16::try_from(row * 2).unwrap());
            drawn.set_string(x, y, "█▓⣀界", style);
            drawn.set_string(x, y + 1, "╭é✖…", style);
        }
    }
    let mut bytes = Vec::new();
    let mut backend = CrosstermBackend::new(&mut bytes);
    backend.draw(Buffer::empty(drawn.area).diff(&drawn).into_iter()).unwrap();
    let mut parser = vt100::Parser::new(12.try_into().unwrap(), 40.try_into().unwrap(), 0);
    parser.process(&bytes);

    let colour = |colour| match colour {
        Color::Red => vt100::Color::Idx(1),
        Color::LightCyan => vt100::Color::Idx(14),
        Color::Gray => vt100::Color::Idx(7),
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        _ => vt100::Color::Default,
    };
    for y in 0..12 {
        for x in 0..40 {
            let (seen, wanted) = (parser.screen().cell(y, x).unwrap(), &drawn[(x, y)]);
            if seen.is_wide_continuation() || *wanted == Cell::EMPTY {
                assert_eq!(seen.contents(), "", "at {x}, {y}");
                continue;
            }
            assert_eq!(seen.contents(), wanted.symbol(), "at {x}, {y}");
            assert_eq!((seen.fgcolor(), seen.bgcolor()), (colour(wanted.fg), colour(wanted.bg)), "at {x}, {y}");
            let seen_modifiers = [seen.bold(), seen.dim(), seen.italic(), seen.underline(), seen.inverse()];
            assert_eq!(seen_modifiers, modifiers.map(|modifier| wanted.modifier.contains(modifier)), "at {x}, {y}");
        }
    }
}
