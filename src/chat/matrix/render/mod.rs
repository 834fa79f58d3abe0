//! An answer as Matrix shows it: CommonMark as plain text and as the HTML that clients allow, and data that stays data.
//!
//! Every message has a plain body, for notifications, terminals and bridges, and HTML where it says more than the body.
//! Nothing here makes a mention but [`pill`]; `m.mentions`, which alone decides who is called, is the sender's to set.
//!
//! ```text
//! block     CommonMark → blocks        choices   what the reader may do next, numbered
//! html      blocks → HTML              split     blocks → messages, by what fits
//! body      blocks → plain text        escape    data where clients look for mentions
//! picture   thumbnails
//! ```

mod block;
mod body;
mod choices;
mod escape;
mod html;
mod picture;
mod split;
#[cfg(test)]
mod tests;

use self::block::{Block, Inline};
use crate::message::{Choice, Reply};

pub use self::choices::is_yes_or_no;
pub use self::escape::pill;
pub use self::picture::{measure, thumbnail};

/// More messages than this are not made of one answer's words: the rest goes into a file.
const MOST_MESSAGES: usize = 3;
/// A body with more characters is not read in a chat.
const LONGEST_BODY: usize = 4_000;
/// The bytes of body and HTML together; encrypted, an event of this size is still below what servers take.
const MOST_BYTES: usize = 20_000;

/// An answer as Matrix messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// In order; none where the answer is a picture without words.
    pub messages: Vec<Message>,
    /// What is too long for messages: to be sent as a text file.
    pub rest: Option<Rest>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The words as plain text.
    pub body: String,
    /// The words as HTML, where that says more than the body.
    pub formatted: Option<String>,
    /// What can be chosen here, numbered from 1.
    pub choices: Vec<Choice>,
}

/// A file of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The name of the file.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Renders a reply: one message where it fits, at most three, and the rest as a file.
pub fn render(reply: &Reply) -> Rendered {
    let mut blocks = block::read(&reply.markdown);
    let offered = choices::offer(&reply.choices, &mut blocks);
    if blocks.is_empty() && offered.below.is_empty() {
        if reply.picture.is_some() {
            return Rendered {
                messages: Vec::new(),
                rest: None,
            };
        }
        blocks.push(words("There is nothing to say."));
    }
    let mut messages: Vec<Message> = Vec::new();
    let mut left = blocks;
    loop {
        let whole = joined(left.clone(), &offered.below);
        if fits(&whole) {
            messages.push(message(&whole, offered.choices));
            return Rendered {
                messages,
                rest: None,
            };
        }
        if messages.len() + 1 == MOST_MESSAGES {
            break;
        }
        let (head, tail) = split::take(left.clone(), false, &fits);
        if head.is_empty() {
            break;
        }
        messages.push(message(&head, Vec::new()));
        left = tail;
    }
    // The number of lines is not known before they are counted; it is never as long as this one.
    let remark = remark(usize::MAX);
    let room = |blocks: &[Block]| {
        let below = [std::slice::from_ref(&remark), &offered.below].concat();
        fits(&joined(blocks.to_vec(), &below))
    };
    let (head, tail) = split::take(left, true, &room);
    let text = body::text(&tail);
    let told = self::remark(text.lines().count());
    let below = [std::slice::from_ref(&told), &offered.below].concat();
    messages.push(message(&joined(head, &below), offered.choices));
    let rest = Some(Rest {
        name: "answer.txt".to_owned(),
        text,
    });
    Rendered { messages, rest }
}

fn message(blocks: &[Block], choices: Vec<Choice>) -> Message {
    let says_more = !blocks.iter().all(is_plain);
    Message {
        body: escape::quiet(&body::text(blocks)),
        formatted: says_more.then(|| escape::quiet(&html::html(blocks))),
        choices,
    }
}

fn fits(blocks: &[Block]) -> bool {
    let message = message(blocks, Vec::new());
    let html = message.formatted.map_or(0, |html| html.len());
    message.body.chars().count() <= LONGEST_BODY && message.body.len() + html <= MOST_BYTES
}

fn is_plain(block: &Block) -> bool {
    matches!(block, Block::Words { words, .. }
        if words.iter().all(|word| matches!(word, Inline::Text(_) | Inline::Break)))
}

fn joined(mut blocks: Vec<Block>, below: &[Block]) -> Vec<Block> {
    blocks.extend_from_slice(below);
    blocks
}

fn words(text: &str) -> Block {
    Block::Words {
        words: vec![Inline::Text(text.to_owned())],
        tight: false,
    }
}

fn remark(lines: usize) -> Block {
    let lines = if lines == 1 {
        "one more line is".to_owned()
    } else {
        format!("{lines} more lines are")
    };
    words(&format!("This is not all: {lines} in the file answer.txt."))
}
