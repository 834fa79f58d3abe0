//! Blocks as plain text.

use unicode_width::UnicodeWidthStr as _;

use super::block::{Block, Inline, plain};

/// Between two columns.
const GUTTER: usize = 2;

/// Writes blocks as plain text.
pub(super) fn text(blocks: &[Block]) -> String {
    lines(blocks).join("\n")
}

fn lines(blocks: &[Block]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut before: Option<&Block> = None;
    for block in blocks {
        let tight = |block: &Block| matches!(block, Block::Words { tight: true, .. });
        if before.is_some_and(|before| !tight(before)) {
            lines.push(String::new());
        }
        lines.extend(block_lines(block));
        before = Some(block);
    }
    lines
}

fn block_lines(block: &Block) -> Vec<String> {
    match block {
        Block::Words { words, .. } | Block::Heading(words, _) => split(&inline(words)),
        Block::Code { text, .. } => split(text),
        Block::Quote(blocks) => {
            let quoted = |line: String| format!("> {line}").trim_end().to_owned();
            lines(blocks).into_iter().map(quoted).collect()
        }
        Block::List { start, items } => {
            let close = items.iter().flatten().all(|block| {
                matches!(
                    block,
                    Block::Words { tight: true, .. } | Block::List { .. } | Block::Code { .. }
                )
            });
            let mut list = Vec::new();
            let mut next = *start;
            for (number, item) in items.iter().enumerate() {
                if number > 0 && !close {
                    list.push(String::new());
                }
                let bullet = next.map_or("• ".to_owned(), |next| format!("{next}. "));
                next = next.map(|next| next.saturating_add(1));
                let indent = " ".repeat(bullet.chars().count());
                let mut item = lines(item).into_iter();
                list.push(
                    format!("{bullet}{}", item.next().unwrap_or_default())
                        .trim_end()
                        .to_owned(),
                );
                list.extend(item.map(|line| format!("{indent}{line}").trim_end().to_owned()));
            }
            list
        }
        Block::Table(rows) => table(rows),
        Block::Rule => vec!["─".repeat(20)],
    }
}

fn table(rows: &[Vec<Vec<Inline>>]) -> Vec<String> {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| inline(cell).replace('\n', " "))
                .collect()
        })
        .collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|column| {
            let width = |row: &Vec<String>| row.get(column).map_or(0, |cell| cell.width());
            // One long cell does not push the others out of sight.
            cells.iter().map(width).max().unwrap_or(0).min(40)
        })
        .collect();
    let mut lines = Vec::new();
    for (number, row) in cells.iter().enumerate() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + GUTTER));
        }
        lines.push(line.trim_end().to_owned());
        if number == 0 {
            let total = widths.iter().sum::<usize>() + GUTTER * count.saturating_sub(1);
            lines.push("─".repeat(total));
        }
    }
    lines
}

fn inline(words: &[Inline]) -> String {
    let words = words.iter().map(|word| match word {
        // Where code with blanks in it ends could not be seen otherwise.
        Inline::Code(text) if text.trim().contains(' ') => format!("`{text}`"),
        Inline::Text(text) | Inline::Code(text) => text.clone(),
        Inline::Break => "\n".to_owned(),
        Inline::Strong(words) | Inline::Emphasis(words) | Inline::Strike(words) => inline(words),
        Inline::Link(address, words) => {
            let said = plain(words);
            let bare = address.strip_prefix("mailto:").unwrap_or(address);
            if said == bare || said == *address {
                said
            } else {
                format!("{} ({address})", inline(words))
            }
        }
    });
    words.collect()
}

fn split(text: &str) -> Vec<String> {
    text.split('\n').map(str::to_owned).collect()
}
