//! The program `trackyard-tui`.

fn main() {}
