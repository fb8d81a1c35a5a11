//! Figures read from a text or a screen.

/// The figures of one way to tell a state.
#[derive(Debug, PartialEq)]
pub struct Figures {
    pub credits: String,
    pub minute: String,
    pub day: String,
    pub used_by_others: String,
    pub sample: String,
    pub key: String,
    /// Days and dates of the key in sentences.
    pub due: Due,
}

/// The days that sentences tell, each once: `5`; and the dates: `23 Nov`.
#[derive(Debug, Default, PartialEq)]
pub struct Due {
    pub days: Vec<String>,
    pub dates: Vec<String>,
}

impl Due {
    pub fn of(text: &str) -> Self {
        let words: Vec<_> = text.split([' ', ',', ';', '.', '\n', '┃', '│']).filter(|word| !word.is_empty()).collect();
        let mut due = Self::default();
        for (at, pair) in words.windows(2).enumerate() {
            let word = |later: usize| words.get(at + later).copied().unwrap_or_default();
            let is_of_key = matches!(pair, ["rotate" | "overdue", "by" | "since"]) || pair[1] == "since";
            if is_of_key && word(3).len() == 3 && word(2).parse::<u8>().is_ok() {
                due.dates.push(format!("{} {}", word(2), word(3)));
            }
            if pair[0] == "overdue" && pair[1] == "by"
                || !matches!(pair[0], "every" | "samples")
                    && matches!(pair[1], "in" | "within")
                    && word(3).starts_with("day")
            {
                due.days.push(word(2).to_owned());
            }
        }
        for told in [&mut due.days, &mut due.dates] {
            told.sort();
            told.dedup();
        }
        due
    }
}

/// An age without the words that say what it is of.
fn age(text: &str) -> String {
    let text = text.trim_start_matches("created ").trim_end_matches(" of this clock");
    text.trim_end_matches(" ago").trim_end_matches(" old").to_owned()
}

impl Figures {
    pub fn of_table(table: &str) -> Self {
        let row = table.lines().find(|line| line.starts_with("prod ")).unwrap();
        let cells: Vec<_> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let [_, _, credits, minute, day, used, key, sample] = cells[..] else { panic!("{row}") };
        let window = |cell: &str| cell.replace("–,", "–");
        Self {
            credits: credits.replace(['(', ')'], ""),
            minute: window(minute),
            day: window(day),
            used_by_others: age(used),
            sample: age(sample),
            key: age(key.trim_end_matches(" days")),
            due: Due::of(table),
        }
    }

    pub fn of_screen(screen: &str) -> Self {
        const NEXT: [&str; 7] = ["┃", " own calls ", " monitor ", " next ", " polling", " paused", " none planned"];
        let cell = |label: &str| {
            let card = screen.lines().filter(|line| line.starts_with('┃') || line.starts_with(" ┃"));
            let after = card.filter_map(|line| line.split_once(label)).map(|(_, after)| after).next();
            let after = after.unwrap_or_else(|| panic!("{label} in\n{screen}"));
            let end = NEXT.iter().filter_map(|next| after.find(next)).min().unwrap_or(after.len());
            let words = after[..end].split([' ', '━', '╸', '╍', '─', '╌']).filter(|word| !word.is_empty());
            words.collect::<Vec<_>>().join(" ")
        };
        Self {
            credits: cell("┃ ").replace(" credits", ""),
            minute: cell("┃ minute "),
            day: cell("┃ day "),
            used_by_others: age(&cell("┃ last use ")),
            sample: age(&cell("┃ read ")),
            key: age(cell("┃ key age ").trim_end_matches(" d")),
            // The chart tells how long its range is, in the same words.
            due: Due::of(&screen.replace("no samples in ", "no samples of ")),
        }
    }
}
