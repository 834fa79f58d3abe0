//! Pieces shared out among messages, so that each keeps within what Slack takes.

use anstyle::Effects;
use serde_json::Value;

use super::blocks::{bold, is_flowing};
use super::page::Piece;
use super::span::{Look, Span, cost, split};
use crate::chat::slack::limit::{BLOCKS, MESSAGE, length};

/// The longest piece in UTF-16 units; a longer one is split.
const PIECE: usize = 2_800;
/// The longest text of a table that is text, because there is another table above it.
const SMALL_TABLE: usize = 1_000;
/// What a block or an element takes beside its words.
const OVERHEAD: usize = 60;
/// What may stand below the words even if they take all of a message.
const TAIL: usize = 500;
/// Blocks that are left for pictures, buttons and the like.
const TAIL_BLOCKS: usize = 6;

/// What goes into one message.
#[derive(Default)]
pub(super) struct Sheet {
    /// The words.
    pub pieces: Vec<Piece>,
    /// Blocks below the words: pictures, buttons.
    pub tail: Vec<Value>,
    cost: usize,
    blocks: usize,
    has_table: bool,
}

impl Sheet {
    fn takes(&self, piece: &Piece) -> bool {
        self.pieces.is_empty()
            || (self.cost + self.more(piece) <= MESSAGE
                && self.blocks + self.new_blocks(piece) <= BLOCKS - TAIL_BLOCKS
                && !(self.has_table && matches!(piece, Piece::Table(_))))
    }

    /// Puts a piece in, whether it fits or not.
    pub(super) fn put(&mut self, piece: Piece) {
        self.cost += self.more(&piece);
        self.blocks += self.new_blocks(&piece);
        self.has_table |= matches!(piece, Piece::Table(_));
        self.pieces.push(piece);
    }

    /// What a piece takes here.
    fn more(&self, piece: &Piece) -> usize {
        let begins_list = match (self.pieces.last(), piece) {
            (
                Some(Piece::Item {
                    depth: before,
                    number: counted,
                    ..
                }),
                Piece::Item { depth, number, .. },
            ) => before != depth || counted.is_some() != number.is_some(),
            (_, Piece::Item { .. }) => true,
            _ => false,
        };
        size(piece) + if begins_list { 2 * OVERHEAD } else { 0 }
    }

    fn new_blocks(&self, piece: &Piece) -> usize {
        let goes_on = is_flowing(piece) && self.pieces.last().is_some_and(is_flowing);
        usize::from(!goes_on)
    }
}

/// Shares pieces out among messages.
pub(super) fn share_out(pieces: Vec<Piece>) -> Vec<Sheet> {
    let mut sheets = Vec::new();
    let mut sheet = Sheet::default();
    for piece in pieces.into_iter().flat_map(broken) {
        let piece = if sheet.has_table {
            second_table(piece)
        } else {
            piece
        };
        if !sheet.takes(&piece) {
            // A heading goes with what it stands above.
            let heading = sheet
                .pieces
                .pop_if(|last| matches!(last, Piece::Heading(..)));
            if !sheet.pieces.is_empty() {
                sheets.push(std::mem::take(&mut sheet));
            }
            sheet = Sheet::default();
            if let Some(heading) = heading {
                sheet.put(heading);
            }
        }
        sheet.put(piece);
    }
    if !sheet.pieces.is_empty() {
        sheets.push(sheet);
    }
    sheets
}

/// Puts a block below the words of the last message, or into a further one where it does not fit.
pub(super) fn put_below(sheets: &mut Vec<Sheet>, block: Value) {
    let size = length(&block.to_string());
    let fits = |sheet: &Sheet| {
        sheet.cost + size <= MESSAGE + TAIL && sheet.blocks + sheet.tail.len() < BLOCKS
    };
    if !sheets.last().is_some_and(fits) {
        sheets.push(Sheet::default());
    }
    if let Some(sheet) = sheets.last_mut() {
        sheet.cost += size;
        sheet.tail.push(block);
    }
}

/// Slack takes one table a message; another one that is small becomes text.
fn second_table(piece: Piece) -> Piece {
    match piece {
        Piece::Table(table) => match table.text() {
            Some(text) if length(&text) <= SMALL_TABLE => Piece::Code(text),
            _ => Piece::Table(table),
        },
        other => other,
    }
}

/// Pieces for where Slack has no tables: text, or one record below the other. None of them is too long.
pub(super) fn without_tables(pieces: Vec<Piece>) -> Vec<Piece> {
    let pieces = pieces.into_iter().flat_map(|piece| match piece {
        Piece::Table(table) => match table.text() {
            Some(text) => vec![Piece::Code(text)],
            None => table.records().into_iter().map(Piece::Words).collect(),
        },
        other => vec![other],
    });
    pieces.flat_map(broken).collect()
}

/// What a piece takes of a message.
fn size(piece: &Piece) -> usize {
    OVERHEAD
        + match piece {
            Piece::Words(spans)
            | Piece::Rest(spans)
            | Piece::Item { spans, .. }
            | Piece::Quote(spans) => cost(spans),
            Piece::Heading(spans, _) => cost(&bold(spans)),
            Piece::Code(code) => OVERHEAD + length(code),
            Piece::Table(table) => table.cost(),
            Piece::Rule => 0,
        }
}

/// A piece in as many as it takes for none to be too long.
fn broken(piece: Piece) -> Vec<Piece> {
    match piece {
        Piece::Words(spans) => first_and_rest(spans, Piece::Words),
        Piece::Heading(spans, high) => {
            let parts = split(spans, PIECE);
            parts
                .into_iter()
                .map(|part| Piece::Heading(part, high))
                .collect()
        }
        Piece::Item {
            number,
            depth,
            spans,
        } => {
            let item = |spans| Piece::Item {
                number,
                depth,
                spans,
            };
            if spans.is_empty() {
                vec![item(spans)]
            } else {
                first_and_rest(spans, item)
            }
        }
        Piece::Quote(spans) => split(spans, PIECE).into_iter().map(Piece::Quote).collect(),
        Piece::Code(code) if length(&code) > PIECE => {
            let parts = split(vec![Span::plain(code)], PIECE);
            parts
                .into_iter()
                .flatten()
                .map(|part| Piece::Code(part.text.trim_end_matches('\n').to_owned()))
                .collect()
        }
        Piece::Table(table) if table.is_narrow() => {
            table.pieces().into_iter().map(Piece::Table).collect()
        }
        Piece::Table(table) => {
            let records = table.records().into_iter();
            records
                .flat_map(|record| first_and_rest(record, Piece::Words))
                .collect()
        }
        other => vec![other],
    }
}

fn first_and_rest(spans: Vec<Span>, first: impl Fn(Vec<Span>) -> Piece) -> Vec<Piece> {
    let parts = split(spans, PIECE).into_iter().enumerate();
    parts
        .map(|(number, part)| {
            if number == 0 {
                first(part)
            } else {
                Piece::Rest(part)
            }
        })
        .collect()
}

/// Words that say something about the answer.
pub(super) fn remark(text: &str) -> Piece {
    Piece::Words(vec![Span {
        look: Look::default().and(Effects::ITALIC),
        ..Span::plain(text)
    }])
}
