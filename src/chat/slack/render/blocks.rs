//! Pieces as Slack's blocks.

use anstyle::Effects;
use serde_json::{Value, json};

use super::page::{Piece, bullet};
use super::span::{Span, append, append_all, elements, words};
use crate::chat::slack::limit::{HEADER, length};

/// The blocks of one message's pieces. Paragraphs, lists, quotations and code that follow each other are one block.
pub(super) fn blocks(pieces: &[Piece]) -> Vec<Value> {
    let mut blocks = Vec::new();
    let mut rest = pieces;
    while let Some((first, others)) = rest.split_first() {
        if is_flowing(first) {
            let run = rest.iter().take_while(|piece| is_flowing(piece)).count();
            blocks.push(rich_text(&rest[..run]));
            rest = &rest[run..];
        } else {
            blocks.extend(block(first));
            rest = others;
        }
    }
    blocks
}

/// Whether a piece is part of a rich text; others are blocks of their own.
pub(super) fn is_flowing(piece: &Piece) -> bool {
    match piece {
        Piece::Table(_) | Piece::Rule => false,
        Piece::Heading(spans, high) => !high || !is_header(spans),
        Piece::Words(_)
        | Piece::Rest(_)
        | Piece::Item { .. }
        | Piece::Quote(_)
        | Piece::Code(_) => true,
    }
}

/// A header holds plain text only, and not much of it.
fn is_header(spans: &[Span]) -> bool {
    let is_plain = |span: &Span| span.link.is_none() && !span.look.code;
    let said = words(spans, false);
    spans.iter().all(is_plain) && length(&said) <= HEADER && !said.contains('\n')
}

fn block(piece: &Piece) -> Option<Value> {
    match piece {
        Piece::Heading(spans, _) => {
            let text = json!({"type": "plain_text", "text": words(spans, false), "emoji": false});
            Some(json!({"type": "header", "text": text}))
        }
        Piece::Table(table) => Some(table.block()),
        Piece::Rule => Some(json!({"type": "divider"})),
        _ => None,
    }
}

fn rich_text(pieces: &[Piece]) -> Value {
    let mut flow = Flow::default();
    let mut rest = pieces;
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        match first {
            Piece::Words(spans) => flow.words(spans, "\n\n"),
            Piece::Rest(spans) => flow.words(spans, ""),
            Piece::Heading(spans, _) => flow.words(&bold(spans), "\n\n"),
            Piece::Quote(spans) => flow.put("rich_text_quote", &elements(spans)),
            Piece::Code(code) => {
                // A rich text has no place for a code block without a single letter.
                let code = if code.is_empty() { " " } else { code };
                flow.put("rich_text_preformatted", &elements(&[Span::plain(code)]));
            }
            Piece::Item { .. } => {
                let more = others.iter().take_while(|piece| is_item(piece)).count();
                let list = &pieces[pieces.len() - others.len() - 1..][..=more];
                flow.list(list);
                rest = &others[more..];
            }
            Piece::Table(_) | Piece::Rule => {}
        }
    }
    flow.end_words();
    json!({"type": "rich_text", "elements": flow.elements})
}

/// The elements of a rich text, and the paragraphs that are still to become one.
#[derive(Default)]
struct Flow {
    elements: Vec<Value>,
    words: Vec<Span>,
    /// Whether the last element is a list, below which Slack leaves no room.
    after_list: bool,
}

impl Flow {
    fn words(&mut self, spans: &[Span], between: &str) {
        if !self.words.is_empty() {
            append(&mut self.words, Span::plain(between));
        } else if self.after_list {
            append(&mut self.words, Span::plain("\n"));
        }
        append_all(&mut self.words, spans.iter().cloned());
    }

    fn end_words(&mut self) {
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.put("rich_text_section", &elements(&words));
        }
    }

    fn put(&mut self, kind: &str, elements: &[Value]) {
        if !self.words.is_empty() {
            self.end_words();
        }
        self.elements
            .push(json!({"type": kind, "elements": elements}));
        self.after_list = false;
    }

    /// Items that follow each other. Slack's numbered lists begin at 1 and go on without a break; others are
    /// written out.
    fn list(&mut self, items: &[Piece]) {
        let mut lists: Vec<(bool, usize, Vec<Value>)> = Vec::new();
        let mut counted = true;
        for item in items {
            let Piece::Item {
                number,
                depth,
                spans,
            } = item
            else {
                continue;
            };
            let section = if spans.is_empty() {
                elements(&[Span::plain(" ")])
            } else {
                elements(spans)
            };
            let section = json!({"type": "rich_text_section", "elements": section});
            match lists.last_mut() {
                Some((ordered, at, sections)) if *ordered == number.is_some() && at == depth => {
                    counted &= number.is_none_or(|number| number == sections.len() as u64 + 1);
                    sections.push(section);
                }
                _ => {
                    counted &= number.is_none_or(|number| number == 1);
                    lists.push((number.is_some(), *depth, vec![section]));
                }
            }
        }
        if !counted {
            self.written_list(items);
            return;
        }
        self.end_words();
        for (ordered, depth, sections) in lists {
            let style = if ordered { "ordered" } else { "bullet" };
            self.elements.push(json!({
                "type": "rich_text_list",
                "style": style,
                "indent": depth,
                "elements": sections,
            }));
        }
        self.after_list = true;
    }

    fn written_list(&mut self, items: &[Piece]) {
        for item in items {
            let Piece::Item {
                number,
                depth,
                spans,
            } = item
            else {
                continue;
            };
            let mut line = vec![Span::plain(bullet(*number, *depth))];
            append_all(&mut line, spans.iter().cloned());
            self.words(&line, "\n");
        }
        self.end_words();
    }
}

fn is_item(piece: &Piece) -> bool {
    matches!(piece, Piece::Item { .. })
}

/// The same words in bold, as a heading within a rich text has them.
pub(super) fn bold(spans: &[Span]) -> Vec<Span> {
    let bold = |span: &Span| Span {
        look: span.look.and(Effects::BOLD),
        ..span.clone()
    };
    spans.iter().map(bold).collect()
}
