//! Forms as Slack's modals: a screen becomes a view, and what comes back of it becomes answers.
//!
//! The view says all that is needed to read what comes back: each block's id is its field's name, and an option's
//! value is the answer as JSON. So an adapter that was started again in between reads it all the same.

mod field;
mod read;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::limit::{VIEW_BLOCKS, cut, length};
use super::render;
use crate::message::form::{Offered, Screen, Sheet};
use crate::message::{Reply, Ticket, markdown};

pub use self::read::{back, query, submission};

/// What tells these views from others.
const CALLBACK: &str = "form";
/// What tells the ticket of a view that is open from a trigger.
const OPEN: &str = "view ";
/// The id of the button that leads to the page before.
const BACK: &str = "form-back";
/// The title of a modal and the words on its buttons.
const TITLE: usize = 24;
/// What travels with a view and comes back.
const METADATA: usize = 3_000;
/// What is said in the place of a page that cannot be shown.
const CANNOT: &str = "Slack cannot show the next page, because it asks for more than a form holds. What you sent is kept. Ask for it once more in a direct message to me, and I ask you line by line.";
/// Blocks of a page that are not fields: what it is about, and the way back.
const OTHER_BLOCKS: usize = 2;
/// Options that are offered while somebody types.
const OPTIONS: usize = 100;

/// The view of a screen.
///
/// `None`: Slack cannot show it, so the fields are to be asked one by one. That is so for what goes beyond Slack's
/// limits and must not be cut, like an answer that is longer than a field.
pub fn view(screen: &Screen) -> Option<Value> {
    let mut view = match screen {
        Screen::Loading { title } => words(title, &[section("One moment, please …")]),
        Screen::Words { title, markdown } => words(
            title,
            &render::view(&Reply::text(markdown.as_str()), VIEW_BLOCKS),
        ),
        Screen::Page(sheet) => page(sheet)?,
    };
    view["callback_id"] = Value::from(CALLBACK);
    Some(view)
}

/// The acknowledgement that shows another screen in the place of the page that was sent. A page that Slack cannot show
/// is not shown, and that is said.
pub fn next(screen: &Screen) -> Value {
    let view = view(screen).unwrap_or_else(|| {
        let title = match screen {
            Screen::Loading { title } | Screen::Words { title, .. } => title,
            Screen::Page(sheet) => &sheet.form,
        };
        words(title, &[section(CANNOT)])
    });
    json!({"response_action": "update", "view": view})
}

/// The ticket of a view that is open: with it another screen takes its place.
pub fn ticket(view: &str) -> Ticket {
    Ticket::new(format!("{OPEN}{view}"))
}

/// The id of the view that a ticket is of. `None`: it is a trigger.
pub fn named(ticket: &Ticket) -> Option<&str> {
    ticket.expose().strip_prefix(OPEN)
}

/// The acknowledgement that shows what is wrong, each sentence at its field. All of them must be on the page.
pub fn errors(errors: &[(String, String)]) -> Value {
    let errors: serde_json::Map<String, Value> = errors
        .iter()
        .map(|(field, sentence)| (field.clone(), Value::from(markdown::plain(sentence))))
        .collect();
    json!({"response_action": "errors", "errors": errors})
}

/// The acknowledgement that offers options while somebody types. What no option carries is left out.
pub fn options(offered: &[Offered]) -> Value {
    let options: Vec<Value> = offered
        .iter()
        .filter_map(field::option)
        .take(OPTIONS)
        .collect();
    json!({"options": options})
}

fn page(sheet: &Sheet) -> Option<Value> {
    let fields = &sheet.page.fields;
    if length(&sheet.draft) > METADATA {
        return None;
    }
    if fields.is_empty() || fields.len() > VIEW_BLOCKS - OTHER_BLOCKS {
        return None;
    }
    let mut blocks = Vec::new();
    let about = about(sheet);
    if !about.is_empty() {
        let text = plain_text(&about, 150);
        blocks.push(json!({"type": "context", "elements": [text]}));
    }
    for field in fields {
        blocks.push(field::input(field)?);
    }
    if sheet.number > 1 {
        let back = json!({"type": "button", "action_id": BACK, "text": plain_text("Back", TITLE)});
        blocks.push(json!({"type": "actions", "elements": [back]}));
    }
    let submit = if sheet.number < sheet.of {
        "Next"
    } else {
        "Send"
    };
    Some(json!({
        "type": "modal",
        "title": title(&sheet.form),
        "submit": plain_text(submit, TITLE),
        "close": plain_text("Close", TITLE),
        "private_metadata": sheet.draft,
        "blocks": blocks,
    }))
}

/// What a page is about, and how far it is: `How, page 2 of 3`.
fn about(sheet: &Sheet) -> String {
    let page = sheet.page.title.trim();
    let mut about = String::new();
    // Titles of modals are short; what is cut there is said here.
    if length(sheet.form.trim()) > TITLE {
        about.push_str(sheet.form.trim());
    }
    let parts = [
        (page != sheet.form.trim()).then(|| page.to_owned()),
        (sheet.of > 1).then(|| format!("page {} of {}", sheet.number, sheet.of)),
    ];
    for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
        if !about.is_empty() {
            about.push_str(", ");
        }
        about.push_str(&part);
    }
    about
}

/// A view that says something and has nothing to fill in.
fn words(about: &str, blocks: &[Value]) -> Value {
    json!({
        "type": "modal",
        "title": title(about),
        "close": plain_text("Close", TITLE),
        "blocks": blocks,
    })
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": plain_text(text, 3_000)})
}

fn title(title: &str) -> Value {
    let title = if title.trim().is_empty() {
        "Callboard"
    } else {
        title
    };
    plain_text(title, TITLE)
}

/// Plain text, in which `:tada:` is no picture and nothing is a mention. Slack wants at least one letter.
fn plain_text(text: &str, most: usize) -> Value {
    let text = markdown::plain(text);
    let text = match cut(text.trim(), most) {
        nothing if nothing.is_empty() => "…".to_owned(),
        text => text,
    };
    json!({"type": "plain_text", "text": text, "emoji": false})
}
