//! Choices as buttons, or as a list to select from where there are many.

use serde_json::{Value, json};

use super::page::Piece;
use super::span::Span;
use crate::chat::slack::limit::{
    BUTTON_VALUE, ELEMENTS, LABEL, OPTION_VALUE, OPTIONS, cut, length,
};
use crate::message::Choice;
use crate::message::markdown::plain;

/// More choices than this are a list to select from.
const MOST_BUTTONS: usize = 5;
/// What one row of buttons, or one list, takes of a message at most.
const ROW: usize = 4_000;
/// What a button or an option takes beside its words, when the size of a message is reckoned.
const OVERHEAD: usize = 60;
/// How the ids of buttons and lists begin.
const ID: &str = "choice";

/// Choices, as Slack shows them.
pub(super) struct Shown {
    /// Rows of buttons and lists.
    pub rows: Vec<Value>,
    /// What is told in words, because no button carries a line as long as that.
    pub told: Vec<Piece>,
}

/// Shows choices: up to five are buttons; more are a list, besides buttons for those whose lines no list carries.
/// A line that not even a button carries is written out, for the reader to copy.
pub(super) fn show(choices: &[Choice]) -> Shown {
    let mut told = Vec::new();
    let mut options = Vec::new();
    let mut buttons = Vec::new();
    for (at, choice) in choices.iter().enumerate() {
        let size = length(&choice.line);
        // Slack wants every option of a list to be another one, and a button without a line does nothing.
        if choice.line.is_empty()
            || choices[..at]
                .iter()
                .any(|before| before.line == choice.line)
        {
            continue;
        }
        if size > BUTTON_VALUE {
            told.push(Piece::Words(vec![
                Span::bold(label(choice)),
                Span::plain(" – say:"),
            ]));
            told.push(Piece::Code(choice.line.clone()));
        } else if size > OPTION_VALUE || choices.len() <= MOST_BUTTONS {
            buttons.push(choice);
        } else {
            options.push(choice);
        }
    }
    // One option alone is a button that takes two presses.
    if options.len() == 1 {
        buttons.append(&mut options);
    }
    let mut rows = Vec::new();
    let mut number = 0;
    for part in parts(&options, OPTIONS) {
        rows.push(json!({"type": "actions", "elements": [select(number, part)]}));
        number += 1;
    }
    for part in parts(&buttons, ELEMENTS) {
        let elements: Vec<Value> = part
            .iter()
            .map(|choice| {
                let button = button(number, choice);
                number += 1;
                button
            })
            .collect();
        rows.push(json!({"type": "actions", "elements": elements}));
    }
    Shown { rows, told }
}

/// The choice that somebody pressed or selected: one of the `actions` of a `block_actions` payload. `None`: it is
/// something else, or nothing.
pub fn pressed(action: &Value) -> Option<Choice> {
    let id = action.get("action_id")?.as_str()?;
    id.strip_prefix(ID)?.strip_prefix('-')?;
    let chosen = action.get("selected_option").unwrap_or(action);
    let text = |path: &str| Some(chosen.pointer(path)?.as_str()?.to_owned());
    Some(Choice {
        label: text("/text/text")?,
        line: text("/value")?,
    })
}

/// Splits choices at what a row holds.
fn parts<'c, 's>(choices: &'s [&'c Choice], most: usize) -> Vec<&'s [&'c Choice]> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut size = 0;
    for (at, choice) in choices.iter().enumerate() {
        let more = OVERHEAD + length(&label(choice)) + length(&choice.line);
        if at > from && (at - from == most || size + more > ROW) {
            parts.push(&choices[from..at]);
            (from, size) = (at, 0);
        }
        size += more;
    }
    if from < choices.len() {
        parts.push(&choices[from..]);
    }
    parts
}

fn select(number: usize, choices: &[&Choice]) -> Value {
    let options: Vec<Value> = choices
        .iter()
        .map(|choice| json!({"text": words(&label(choice)), "value": choice.line}))
        .collect();
    json!({
        "type": "static_select",
        "action_id": format!("{ID}-{number}"),
        "placeholder": words("What next?"),
        "options": options,
    })
}

fn button(number: usize, choice: &Choice) -> Value {
    json!({
        "type": "button",
        "action_id": format!("{ID}-{number}"),
        "text": words(&label(choice)),
        "value": choice.line,
    })
}

/// What a button says: never nothing.
fn label(choice: &Choice) -> String {
    let label = plain(&choice.label);
    let label = if label.trim().is_empty() {
        plain(&choice.line)
    } else {
        label
    };
    let label = cut(label.trim(), LABEL);
    if label.is_empty() {
        "…".to_owned()
    } else {
        label
    }
}

/// Plain text, in which `:tada:` is no picture.
fn words(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}
