//! Tables: Slack's own block where it holds them, columns of text or one record below the other where not.

use pulldown_cmark::Alignment;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::span::{Look, Span, append, append_all, cost, elements, words};
use crate::chat::slack::limit::{COLUMNS, ROWS, cut, length};

/// Between two columns of text.
const GUTTER: usize = 2;
/// The widest table of text that a window shows without breaking its lines.
const WIDEST: usize = 78;
/// What one cell says at most, where cells stand side by side.
const CELL: usize = 400;
/// What Slack takes for all cells together, and a bit less.
const CELLS: usize = 8_000;
/// What a cell takes beside its words, when the size of a message is reckoned.
const OVERHEAD: usize = 35;

/// A table while it is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Table {
    pub alignments: Vec<Alignment>,
    /// The heading is the first row.
    pub rows: Vec<Vec<Vec<Span>>>,
}

impl Table {
    /// Opens a row.
    pub(super) fn open_row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Puts a cell at the end of the open row.
    pub(super) fn cell(&mut self, spans: Vec<Span>) {
        if let Some(row) = self.rows.last_mut() {
            row.push(spans);
        }
    }

    /// Whether Slack's block holds its columns.
    pub(super) fn is_narrow(&self) -> bool {
        self.rows.iter().all(|row| {
            row.len() <= COLUMNS && row_cost(row) <= CELLS / 2 && row.iter().all(|c| fits(c))
        })
    }

    /// The table in as many pieces as Slack's limits make of it, each with the heading.
    pub(super) fn pieces(self) -> Vec<Self> {
        let mut rows = self.rows.into_iter();
        let Some(heading) = rows.next() else {
            return Vec::new();
        };
        let mut pieces = Vec::new();
        let mut piece = vec![heading.clone()];
        let mut size = row_cost(&heading);
        for row in rows {
            let more = row_cost(&row);
            if piece.len() > 1 && (piece.len() == ROWS || size + more > CELLS) {
                pieces.push(std::mem::replace(&mut piece, vec![heading.clone()]));
                size = row_cost(&heading);
            }
            size += more;
            piece.push(row);
        }
        pieces.push(piece);
        let alignments = self.alignments;
        pieces
            .into_iter()
            .map(|rows| Self {
                alignments: alignments.clone(),
                rows,
            })
            .collect()
    }

    /// What it takes of a message.
    pub(super) fn cost(&self) -> usize {
        let settings = 2 * OVERHEAD * self.columns();
        settings + self.rows.iter().map(|row| row_cost(row)).sum::<usize>()
    }

    /// Slack's own block.
    pub(super) fn block(&self) -> Value {
        let columns = self.columns();
        let rows: Vec<Vec<Value>> = self
            .rows
            .iter()
            .map(|row| {
                (0..columns)
                    .map(|column| cell(row.get(column).map_or(&[], Vec::as_slice)))
                    .collect()
            })
            .collect();
        let settings: Vec<Value> = (0..columns)
            .map(|column| {
                let align = match self.alignments.get(column) {
                    Some(Alignment::Right) => "right",
                    Some(Alignment::Center) => "center",
                    _ => "left",
                };
                json!({"align": align, "is_wrapped": true})
            })
            .collect();
        json!({"type": "table", "rows": rows, "column_settings": settings})
    }

    /// Columns of text, if a window is wide enough for them.
    pub(super) fn text(&self) -> Option<String> {
        let cells: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| flat(&words(cell, false))).collect())
            .collect();
        let mut widths = vec![0; self.columns()];
        for row in &cells {
            for (column, cell) in row.iter().enumerate() {
                widths[column] = widths[column].max(cell.width());
            }
        }
        let total = widths.iter().sum::<usize>() + GUTTER * widths.len().saturating_sub(1);
        if total > WIDEST {
            return None;
        }
        let mut lines = Vec::new();
        for (number, row) in cells.iter().enumerate() {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let room = widths[column].saturating_sub(cell.width());
                let before = match self.alignments.get(column) {
                    Some(Alignment::Right) => room,
                    Some(Alignment::Center) => room / 2,
                    _ => 0,
                };
                line.push_str(&" ".repeat(before));
                line.push_str(cell);
                line.push_str(&" ".repeat(room - before + GUTTER));
            }
            lines.push(line.trim_end().to_owned());
            if number == 0 {
                lines.push("─".repeat(total));
            }
        }
        Some(lines.join("\n"))
    }

    /// One record for each row: the heading and the cell, line by line.
    pub(super) fn records(&self) -> Vec<Vec<Span>> {
        let mut rows = self.rows.iter();
        let heads = rows.next().cloned().unwrap_or_default();
        rows.map(|row| {
            let mut record = Vec::new();
            for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                if !record.is_empty() {
                    append(&mut record, Span::plain("\n"));
                }
                if let Some(head) = heads.get(column).filter(|head| !head.is_empty()) {
                    append(&mut record, Span::bold(words(head, false)));
                    append(&mut record, Span::plain(": "));
                }
                append_all(&mut record, cell.iter().cloned());
            }
            record
        })
        .filter(|record| !record.is_empty())
        .collect()
    }

    fn columns(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }
}

fn fits(cell: &[Span]) -> bool {
    length(&words(cell, false)) <= CELL
}

fn row_cost(row: &[Vec<Span>]) -> usize {
    row.iter()
        .map(|cell| match cell.as_slice() {
            [span] if is_plain(span) => OVERHEAD + length(&span.text),
            spans => 3 * OVERHEAD + cost(spans),
        })
        .sum()
}

/// Whether a piece is nothing but text.
fn is_plain(span: &Span) -> bool {
    span.look == Look::default() && span.link.is_none()
}

fn cell(spans: &[Span]) -> Value {
    match spans {
        // A cell must say something.
        [] => json!({"type": "raw_text", "text": "–"}),
        [span] if is_plain(span) => json!({"type": "raw_text", "text": cut(&span.text, CELL)}),
        _ => json!({
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": elements(spans)}]
        }),
    }
}

fn flat(text: &str) -> String {
    text.replace('\n', " ")
}
