//! Tables in columns; where they do not fit, one record below the other.

use anstyle::Effects;
use pulldown_cmark::Alignment;

use super::paint::{Paint, Span, append, width};

/// Between two columns.
const GUTTER: usize = 2;

/// A table while it is read.
#[derive(Debug, Default)]
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

    /// Lays the table out in lines.
    pub(super) fn lines(self, columns: Option<usize>) -> Vec<Vec<Span>> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths = vec![0; count];
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                widths[column] = widths[column].max(width(cell));
            }
        }
        let total = widths.iter().sum::<usize>() + GUTTER * count.saturating_sub(1);
        match columns {
            Some(columns) if total > columns => self.records(),
            _ => self.columns(&widths, total),
        }
    }

    fn columns(self, widths: &[usize], total: usize) -> Vec<Vec<Span>> {
        let mut lines = Vec::new();
        for (number, row) in self.rows.into_iter().enumerate() {
            let last = row.len().saturating_sub(1);
            let mut line = Vec::new();
            for (column, cell) in row.into_iter().enumerate() {
                let room = widths[column].saturating_sub(width(&cell));
                let (before, after) = match self.alignments.get(column) {
                    Some(Alignment::Right) => (room, 0),
                    Some(Alignment::Center) => (room / 2, room - room / 2),
                    _ => (0, room),
                };
                space(&mut line, before);
                for span in cell {
                    append(&mut line, if number == 0 { bold(span) } else { span });
                }
                // No trailing blanks: they would wrap, and they show in a diff.
                if column < last {
                    space(&mut line, after + GUTTER);
                }
            }
            lines.push(line);
            if number == 0 {
                lines.push(vec![Span::painted("─".repeat(total), Paint::DIM)]);
            }
        }
        lines
    }

    fn records(self) -> Vec<Vec<Span>> {
        let mut rows = self.rows.into_iter();
        let heads = rows.next().unwrap_or_default();
        let mut lines = Vec::new();
        for row in rows {
            if !lines.is_empty() {
                lines.push(Vec::new());
            }
            for (column, cell) in row
                .into_iter()
                .enumerate()
                .filter(|(_, cell)| !cell.is_empty())
            {
                let mut line: Vec<Span> = Vec::new();
                if let Some(head) = heads.get(column).filter(|head| !head.is_empty()) {
                    line.extend(head.iter().cloned().map(bold));
                    append(&mut line, Span::plain(": "));
                }
                for span in cell {
                    append(&mut line, span);
                }
                lines.push(line);
            }
        }
        lines
    }
}

fn bold(span: Span) -> Span {
    Span {
        paint: span.paint.and(Effects::BOLD),
        ..span
    }
}

fn space(line: &mut Vec<Span>, count: usize) {
    if count > 0 {
        append(line, Span::plain(" ".repeat(count)));
    }
}
