//! What the reader may do next: there are no buttons, so choices are numbered.

use super::block::{Block, Inline, plain};
use super::words;
use crate::message::{Choice, markdown};

/// More choices are not offered; their lines can still be said.
const MOST: usize = 20;
/// Longer labels are cut.
const LONGEST_LABEL: usize = 75;
/// Longer lines are not told beside their label.
const LONGEST_LINE: usize = 60;
/// There are reactions for so many numbers.
const MOST_REACTIONS: usize = 10;

/// Choices, ready to stand below an answer.
pub(super) struct Offered {
    pub below: Vec<Block>,
    /// What can be chosen by its number; none where numbers mean something else.
    pub choices: Vec<Choice>,
}

/// Whether a yes or a no is all that is asked, as a confirmation asks it.
pub fn is_yes_or_no(choices: &[Choice]) -> bool {
    let begins = |choice: &Choice, word: &str| {
        let first = choice.label.split([' ', ',']).next();
        first.is_some_and(|first| first.eq_ignore_ascii_case(word))
    };
    matches!(choices, [yes, no] if begins(yes, "yes") && begins(no, "no"))
}

/// Offers choices below these blocks.
///
/// Where the words list the options already, only what is missing there is listed. Where a list in the words has other
/// numbers than the choices would have, they are told by what to say and have none.
pub(super) fn offer(choices: &[Choice], blocks: &mut [Block]) -> Offered {
    let choices: Vec<Choice> = choices.iter().take(MOST).cloned().collect();
    if choices.is_empty() {
        return Offered {
            below: Vec::new(),
            choices,
        };
    }
    if is_yes_or_no(&choices) {
        let below = vec![words("Answer yes or no, or react with 👍 or 👎.")];
        return Offered { below, choices };
    }
    let listed = blocks
        .iter()
        .filter_map(numbered)
        .next_back()
        .unwrap_or_default();
    let same = listed.len() <= choices.len()
        && listed
            .iter()
            .zip(&choices)
            .all(|(said, choice)| *said == markdown::plain(&choice.label).trim());
    if !same {
        let items = choices.iter().map(|choice| {
            let line = Inline::Code(markdown::plain(&choice.line));
            item(vec![Inline::Text(format!("{}: say ", label(choice))), line])
        });
        let below = vec![Block::List {
            start: None,
            items: items.collect(),
        }];
        return Offered {
            below,
            choices: Vec::new(),
        };
    }
    let mut below = Vec::new();
    let items: Vec<Vec<Block>> = choices
        .iter()
        .skip(listed.len())
        .map(numbered_item)
        .collect();
    if let Some(Block::List {
        start: Some(1),
        items: listed,
    }) = blocks.last_mut()
    {
        listed.extend(items);
    } else if !items.is_empty() {
        below.push(Block::List {
            start: u64::try_from(listed.len() + 1).ok(),
            items,
        });
    }
    below.push(words(if choices.len() <= MOST_REACTIONS {
        "Answer with a number, or react with it."
    } else {
        "Answer with a number."
    }));
    Offered { below, choices }
}

fn numbered_item(choice: &Choice) -> Vec<Block> {
    let mut words = vec![Inline::Text(label(choice))];
    let line = markdown::plain(&choice.line);
    // A line in quotes or like its label says nothing more.
    let same = line.trim_matches('"').eq_ignore_ascii_case(&choice.label);
    if !same && line.chars().count() <= LONGEST_LINE {
        words.push(Inline::Text(" – ".to_owned()));
        words.push(Inline::Code(line));
    }
    item(words)
}

fn item(words: Vec<Inline>) -> Vec<Block> {
    vec![Block::Words { words, tight: true }]
}

/// What the items of a list numbered from 1 say.
fn numbered(block: &Block) -> Option<Vec<String>> {
    let Block::List {
        start: Some(1),
        items,
    } = block
    else {
        return None;
    };
    let said = items.iter().map(|item| match item.as_slice() {
        [Block::Words { words, .. }] => plain(words).trim().to_owned(),
        _ => String::new(),
    });
    Some(said.collect())
}

fn label(choice: &Choice) -> String {
    let label = markdown::plain(&choice.label);
    if label.chars().count() <= LONGEST_LABEL {
        return label;
    }
    let cut: String = label.chars().take(LONGEST_LABEL - 1).collect();
    format!("{}…", cut.trim_end())
}
