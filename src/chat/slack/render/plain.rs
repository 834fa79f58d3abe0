//! An answer as plain text: for notifications and screen readers, for files, and for when blocks are refused.

use super::page::{Piece, bullet};
use super::span::words;

/// What the pieces say, line by line. Addresses stand behind their labels, if they are wanted.
pub(super) fn text(pieces: &[Piece], addresses: bool) -> String {
    let mut text = String::new();
    let mut before: Option<&Piece> = None;
    for piece in pieces {
        if let Some(before) = before {
            text.push_str(match (before, piece) {
                (Piece::Words(_) | Piece::Rest(_), Piece::Rest(_)) => "",
                (Piece::Item { .. } | Piece::Words(_), Piece::Item { .. })
                | (_, Piece::Rest(_)) => "\n",
                _ => "\n\n",
            });
        }
        text.push_str(&one(piece, addresses));
        before = Some(piece);
    }
    text
}

fn one(piece: &Piece, addresses: bool) -> String {
    match piece {
        Piece::Words(spans) | Piece::Rest(spans) | Piece::Heading(spans, _) => {
            words(spans, addresses)
        }
        Piece::Item {
            number,
            depth,
            spans,
        } => {
            let bullet = bullet(*number, *depth);
            let indent = " ".repeat(bullet.chars().count());
            let said = words(spans, addresses).replace('\n', &format!("\n{indent}"));
            format!("{bullet}{said}")
        }
        Piece::Quote(spans) => format!("> {}", words(spans, addresses).replace('\n', "\n> ")),
        Piece::Code(code) => format!("    {}", code.replace('\n', "\n    ")),
        Piece::Table(table) => table.text().unwrap_or_else(|| {
            let records: Vec<String> = table
                .records()
                .iter()
                .map(|record| words(record, addresses))
                .collect();
            records.join("\n\n")
        }),
        Piece::Rule => "———".to_owned(),
    }
}
