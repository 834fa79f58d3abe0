//! An answer as Slack shows it: CommonMark as Block Kit, within every limit, and data that stays data.
//!
//! Words become rich texts, not `markdown` blocks: a rich text makes a mention, an emoji or a link only of an element
//! that says so, whereas nobody promises what Slack reads into the data of a `markdown` block. Where Slack looks for
//! references in a text, which is the text for notifications and the plain rendering, all of `&`, `<` and `>` is
//! escaped.
//!
//! ```text
//! page      CommonMark → pieces: paragraphs, items, code, tables
//! layout    pieces → messages, by what Slack takes
//! blocks    pieces → blocks        choices   buttons and lists to select from
//! plain     pieces → plain text    escape    data where Slack looks for references
//! ```

mod blocks;
mod choices;
mod escape;
mod layout;
mod page;
mod plain;
mod span;
mod table;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use self::layout::{put_below, remark, share_out};
use self::page::Piece;
use crate::chat::slack::limit::{ALT, TEXT, cut};
use crate::message::{Choice, Reply, markdown};

pub use self::choices::pressed;
pub use self::escape::{channel, escape, person};

/// More messages than this are not made of one answer's words: the rest goes into a file.
const MOST_MESSAGES: usize = 3;

/// What is shown with a reply and is not part of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Where the reply's picture is to be had. Without it, only what the picture shows is told.
    pub picture: Option<Shown<'a>>,
    /// The id of the person who shares the answer with others.
    pub shared_by: Option<&'a str>,
}

/// Where a picture is to be had.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// A file that was uploaded to Slack, by its id.
    File(&'a str),
    /// An address that Slack can read.
    Address(&'a str),
}

/// A reply, ready to be sent: at least one message, in this order.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The first one answers; others follow in the thread.
    pub messages: Vec<Message>,
    /// What is too long for messages, to be uploaded as a file.
    pub rest: Option<Snippet>,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What notifications and screen readers say; escaped.
    pub text: String,
    /// What is seen.
    pub blocks: Vec<Value>,
}

/// A file of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The name of the file.
    pub name: String,
    /// What it says; not escaped, because nothing in a file is a reference.
    pub text: String,
}

/// Renders a reply in blocks.
///
/// Buttons and pictures stand below the last words. What goes beyond three messages is left for a file.
pub fn render(reply: &Reply, beside: &Beside<'_>) -> Rendered {
    let choices = choices::show(&reply.choices);
    let mut pieces = pieces(reply, beside.picture.is_none());
    let picture = reply.picture.as_ref().zip(beside.picture);
    pieces.extend(choices.told);
    let mut sheets = share_out(pieces);
    let rest: Vec<Piece> = sheets
        .drain(MOST_MESSAGES.min(sheets.len())..)
        .flat_map(|sheet| sheet.pieces)
        .collect();
    let rest = (!rest.is_empty()).then(|| {
        let text = plain::text(&rest, true);
        let lines = text.lines().count();
        if let Some(last) = sheets.last_mut() {
            let lines = if lines == 1 {
                "one more line".to_owned()
            } else {
                format!("{lines} more lines")
            };
            last.put(remark(&format!(
                "This is not all: {lines} are in the file answer.txt."
            )));
        }
        Snippet {
            name: "answer.txt".to_owned(),
            text,
        }
    });
    if let Some((picture, shown)) = picture {
        let alt = alt(&picture.alt);
        put_below(&mut sheets, image(shown, &alt));
    }
    for row in choices.rows {
        put_below(&mut sheets, row);
    }
    if let Some(id) = beside.shared_by {
        put_below(&mut sheets, shared_by(id));
    }
    let told = picture.map(|(picture, _)| alt(&picture.alt));
    let mut messages: Vec<Message> = sheets
        .iter()
        .map(|sheet| {
            let mut blocks = blocks::blocks(&sheet.pieces);
            blocks.extend(sheet.tail.iter().cloned());
            let text = plain::text(&sheet.pieces, false);
            let text = if text.trim().is_empty() {
                without_words(told.as_deref(), &reply.choices)
            } else {
                text
            };
            Message {
                text: escape::escape_within(&text, TEXT),
                blocks,
            }
        })
        .collect();
    if messages.is_empty() {
        messages.push(Message {
            text: without_words(None, &[]),
            blocks: Vec::new(),
        });
    }
    Rendered { messages, rest }
}

/// Renders a reply in blocks for a modal or a Home tab, which hold no tables: so many blocks at most, and a remark
/// where something is missing.
pub fn view(reply: &Reply, most: usize) -> Vec<Value> {
    let choices = choices::show(&reply.choices);
    let mut pieces = layout::without_tables(pieces(reply, true));
    pieces.extend(choices.told);
    let mut blocks = blocks::blocks(&pieces);
    let rows = choices.rows.len().min(most.saturating_sub(1));
    if blocks.len() > most - rows {
        blocks.truncate(most - rows - 1);
        blocks.extend(blocks::blocks(&[remark("This is not all.")]));
    }
    blocks.extend(choices.rows.into_iter().take(rows));
    if blocks.is_empty() {
        blocks = blocks::blocks(&[remark("There is nothing to say.")]);
    }
    blocks
}

/// Renders a reply as escaped plain text, for when Slack refuses the blocks: the lines behind the choices are told.
pub fn plain(reply: &Reply) -> String {
    let mut text = plain::text(&pieces(reply, true), true);
    if !reply.choices.is_empty() {
        text.push_str("\n\nYou can say:");
    }
    for choice in &reply.choices {
        let (label, line) = (
            markdown::plain(&choice.label),
            markdown::plain(&choice.line),
        );
        text.extend(["\n• ", &line, " (", &label, ")"]);
    }
    let text = escape::escape_within(text.trim(), TEXT);
    if text.is_empty() {
        without_words(None, &[])
    } else {
        text
    }
}

fn pieces(reply: &Reply, tells_picture: bool) -> Vec<Piece> {
    let mut pieces = page::read(&reply.markdown);
    if let Some(picture) = reply.picture.as_ref().filter(|_| tells_picture) {
        pieces.push(remark(&format!("Picture: {}", alt(&picture.alt))));
    }
    pieces
}

/// What a message says in which there are only pictures or buttons.
fn without_words(picture: Option<&str>, choices: &[Choice]) -> String {
    let labels: Vec<String> = choices
        .iter()
        .map(|choice| markdown::plain(&choice.label))
        .collect();
    match picture {
        Some(alt) => format!("Picture: {alt}"),
        None if labels.is_empty() => "There is nothing to say.".to_owned(),
        None => format!("Choose: {}", labels.join(", ")),
    }
}

fn alt(alt: &str) -> String {
    let alt = markdown::plain(alt);
    if alt.trim().is_empty() {
        return "a picture".to_owned();
    }
    cut(alt.trim(), ALT)
}

fn image(shown: Shown<'_>, alt: &str) -> Value {
    match shown {
        Shown::File(id) => json!({"type": "image", "slack_file": {"id": id}, "alt_text": alt}),
        Shown::Address(url) => json!({"type": "image", "image_url": url, "alt_text": alt}),
    }
}

fn shared_by(id: &str) -> Value {
    let text = format!("Shared by {}", person(id));
    json!({"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": true}]})
}
