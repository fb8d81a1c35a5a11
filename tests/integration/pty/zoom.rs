//! One environment over the whole screen.

use crate::pty::{demo, quit, wait_for_picture};
use crate::support::product::Home;
use crate::support::terminal::{Terminal, keys};

fn wait_for_zoom(terminal: &Terminal, name: &str, share: &str) {
    terminal.wait_until(&format!("{name} alone"), |screen| {
        let text = screen.contents();
        let is_zoom = text.contains("key, 90 days") && text.contains("key and limits") && text.contains("Esc overview");
        is_zoom && text.contains(share) && text.lines().nth(1).is_some_and(|line| line.trim_start().starts_with(name))
    });
}

#[test]
fn enter_shows_one_environment_alone_and_tab_the_next() {
    let home = Home::new();
    let terminal = demo(&home, 120, 40);
    terminal.send("1");
    let before = terminal.screen();
    terminal.send(keys::ENTER);
    wait_for_zoom(&terminal, "dev", "of 50 credits");
    terminal.send(keys::TAB);
    wait_for_zoom(&terminal, "staging", "of 300 credits");
    terminal.send("3");
    wait_for_zoom(&terminal, "PROD", "of 50,000 credits");
    terminal.send("1");
    wait_for_zoom(&terminal, "dev", "of 50 credits");
    for leave in [keys::ESCAPE, keys::ENTER] {
        terminal.send(leave);
        wait_for_picture(&terminal, &before);
        terminal.send(keys::ENTER);
        wait_for_zoom(&terminal, "dev", "of 50 credits");
    }
    quit(terminal);
}
