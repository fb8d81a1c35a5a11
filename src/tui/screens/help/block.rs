//! Blocks of the help, and the columns that they stand in.

use ratatui::text::Line;

/// Entries under a heading.
pub(super) struct HelpBlock {
    pub title: &'static str,
    pub entries: Vec<HelpEntry>,
}

/// A key or a symbol, and its meaning.
pub(super) struct HelpEntry {
    pub sample: Line<'static>,
    pub meaning: &'static str,
}

/// Blocks in so many columns, in their order, so that the longest column is as short as can be.
pub(super) fn balanced(blocks: Vec<HelpBlock>, count: usize) -> Vec<Vec<HelpBlock>> {
    let height = |block: &HelpBlock| block.entries.len() + 2;
    let columns_of = |limit: usize| {
        let mut heights = vec![0];
        for block in &blocks {
            match heights.last_mut() {
                Some(last) if *last + height(block) <= limit => *last += height(block),
                _ => heights.push(height(block)),
            }
        }
        heights.len()
    };
    let all: usize = blocks.iter().map(height).sum();
    let least = blocks.iter().map(height).max().unwrap_or(0);
    let limit = (least..all).find(|limit| columns_of(*limit) <= count).unwrap_or(all);
    let mut columns: Vec<Vec<HelpBlock>> = vec![Vec::new()];
    for block in blocks {
        let taken: usize = columns.last().map_or(0, |column| column.iter().map(height).sum());
        match columns.last_mut() {
            Some(column) if taken + height(&block) <= limit => column.push(block),
            _ => columns.push(vec![block]),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(entries: usize) -> HelpBlock {
        let entry = || HelpEntry { sample: Line::default(), meaning: "" };
        HelpBlock { title: "", entries: std::iter::repeat_with(entry).take(entries).collect() }
    }

    proptest! {
        #[test]
        fn columns_keep_all_blocks_in_their_order(sizes in proptest::collection::vec(0usize..12, 1..9), count in 1usize..4) {
            let columns = balanced(sizes.iter().map(|size| block(*size)).collect(), count);
            prop_assert!(columns.len() <= count);
            let kept: Vec<_> = columns.iter().flatten().map(|block| block.entries.len()).collect();
            prop_assert_eq!(kept, sizes);
        }
    }
}
