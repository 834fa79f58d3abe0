//! What a person sees on the screen, as text: links by their words, names by the people, buttons with a number.

use std::fmt::Write as _;

use serde_json::Value;

use super::blocks::{inputs, offered};
use super::state::{Message, State, View};
use super::workspace::BOT_USER;

/// A message with who said it and who sees it.
pub fn message(state: &State, message: &Message) -> String {
    let mut text = author(state, &message.author);
    if let Some(only) = &message.only {
        let _ = write!(text, " (only {} sees this)", author(state, only));
    }
    if message
        .thread
        .as_ref()
        .is_some_and(|thread| *thread != message.ts)
    {
        text.push_str(" (in the thread)");
    }
    if message.edited {
        text.push_str(" (edited)");
    }
    text.push_str(":\n");
    text.push_str(&content(state, &message.body));
    for file in message.body["files"].as_array().into_iter().flatten() {
        let _ = writeln!(
            text,
            "[file {}: {}]",
            shown(&file["name"]),
            shown(&file["title"])
        );
    }
    for (url, preview) in &message.previews {
        let _ = writeln!(text, "| preview of {url}:");
        for line in content(state, preview).lines() {
            let _ = writeln!(text, "| {line}");
        }
    }
    for (emoji, _) in &message.reactions {
        let _ = writeln!(text, ":{emoji}:");
    }
    text
}

/// A view as it stands on the screen.
pub fn view(state: &State, view: &View) -> String {
    let mut text = String::new();
    if view.body["type"] == "modal" {
        let _ = writeln!(text, "== {} ==", shown(&view.body["title"]["text"]));
    }
    let mut count = 0;
    for block in view.body["blocks"].as_array().into_iter().flatten() {
        let fields = Fields { view: Some(view) };
        fields.block(state, block, &mut count, &mut text);
    }
    if view.body["type"] == "modal" {
        let close = view.body["close"]["text"].as_str().unwrap_or("Close");
        let _ = write!(text, "({close})");
        if let Some(submit) = view.body["submit"]["text"].as_str() {
            let _ = write!(text, " ({submit})");
        }
        text.push('\n');
    }
    text
}

/// Blocks where there are any, else the text.
pub fn content(state: &State, body: &Value) -> String {
    let mut text = String::new();
    let mut count = 0;
    let blocks = body["blocks"].as_array();
    if let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) {
        for block in blocks {
            Fields { view: None }.block(state, block, &mut count, &mut text);
        }
    } else if let Some(said) = body["text"].as_str().filter(|said| !said.is_empty()) {
        let _ = writeln!(text, "{}", mrkdwn(state, said));
    }
    text
}

/// Every button of a message or a view with its text, in the order of their numbers.
pub fn buttons(body: &Value) -> Vec<(&Value, &Value)> {
    let mut found = Vec::new();
    for block in body["blocks"].as_array().into_iter().flatten() {
        if block["accessory"].is_object() && block["accessory"]["type"] != "image" {
            found.push((block, &block["accessory"]));
        }
        if block["type"] == "actions" {
            found.extend(
                block["elements"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|element| (block, element)),
            );
        }
    }
    found
}

struct Fields<'a> {
    view: Option<&'a View>,
}

impl Fields<'_> {
    fn block(&self, state: &State, block: &Value, count: &mut usize, text: &mut String) {
        match block["type"].as_str().unwrap_or_default() {
            "section" => {
                if block["text"].is_object() {
                    let _ = writeln!(text, "{}", object(state, &block["text"]));
                }
                for field in block["fields"].as_array().into_iter().flatten() {
                    let _ = writeln!(text, "  {}", object(state, field).replace('\n', "\n  "));
                }
                if block["accessory"].is_object() {
                    let _ = writeln!(text, "{}", element(&block["accessory"], count));
                }
            }
            "header" => {
                let _ = writeln!(text, "# {}", object(state, &block["text"]));
            }
            "markdown" => {
                let _ = writeln!(text, "{}", shown(&block["text"]));
            }
            "divider" => text.push_str("---\n"),
            "image" => {
                let _ = writeln!(text, "[image: {}]", shown(&block["alt_text"]));
            }
            "context" => {
                let elements = block["elements"].as_array().into_iter().flatten();
                let elements: Vec<String> = elements
                    .map(|element| match element["type"].as_str() {
                        Some("image") => format!("[image: {}]", shown(&element["alt_text"])),
                        _ => object(state, element),
                    })
                    .collect();
                let _ = writeln!(text, "_{}_", elements.join(" · "));
            }
            "actions" => {
                let elements = block["elements"].as_array().into_iter().flatten();
                let elements: Vec<String> = elements.map(|one| element(one, count)).collect();
                let _ = writeln!(text, "{}", elements.join("  "));
            }
            "input" => self.input(state, block, text),
            "table" => {
                for row in block["rows"].as_array().into_iter().flatten() {
                    let cells = row.as_array().into_iter().flatten();
                    let cells: Vec<String> = cells.map(|cell| rich(state, cell)).collect();
                    let _ = writeln!(text, "| {} |", cells.join(" | "));
                }
            }
            "rich_text" => {
                let _ = writeln!(text, "{}", rich(state, block));
            }
            other => {
                let _ = writeln!(text, "[{other}]");
            }
        }
    }

    fn input(&self, state: &State, block: &Value, text: &mut String) {
        let element = &block["element"];
        let must = if block["optional"] == true { "" } else { " *" };
        let id = (shown(&block["block_id"]), shown(&element["action_id"]));
        let filled = self.view.and_then(|view| view.values.get(&id)).cloned();
        let filled = filled.unwrap_or_else(|| super::blocks::initial(element));
        let value = value(state, &filled);
        let placeholder = element["placeholder"]["text"].as_str().unwrap_or_default();
        let _ = write!(text, "{}{must}: ", object(state, &block["label"]));
        let choices: Vec<String> = offered(element)
            .iter()
            .map(|option| shown(&option["text"]["text"]))
            .collect();
        match (value.is_empty(), choices.is_empty()) {
            (false, _) => text.push_str(&value),
            (true, true) => {
                let _ = write!(text, "<{placeholder}>");
            }
            (true, false) => {}
        }
        if !choices.is_empty() {
            let _ = write!(text, " [{}]", choices.join(" / "));
        }
        text.push('\n');
        if block["hint"].is_object() {
            let _ = writeln!(text, "  ({})", object(state, &block["hint"]));
        }
        let errors = self.view.into_iter().flat_map(|view| &view.errors);
        for (_, error) in errors.filter(|(named, _)| *named == id.0) {
            let _ = writeln!(text, "  ! {error}");
        }
    }
}

/// What stands in a field, as a person sees it.
fn value(state: &State, filled: &Value) -> String {
    let option = |option: &Value| shown(&option["text"]["text"]);
    if filled["selected_option"].is_object() {
        return option(&filled["selected_option"]);
    }
    if let Some(options) = filled["selected_options"].as_array() {
        return options.iter().map(option).collect::<Vec<_>>().join(", ");
    }
    if let Some(person) = filled["selected_user"].as_str() {
        return format!("@{}", author(state, person));
    }
    let plain = [
        "value",
        "selected_date",
        "selected_time",
        "selected_channel",
        "selected_conversation",
    ];
    let found = plain.iter().find_map(|name| filled[*name].as_str());
    found.unwrap_or_default().to_owned()
}

/// A button or a select with its number.
fn element(element: &Value, count: &mut usize) -> String {
    if element["type"] == "image" {
        return format!("[image: {}]", shown(&element["alt_text"]));
    }
    *count += 1;
    let mut text = format!("[{count}] ");
    match element["type"].as_str().unwrap_or_default() {
        "button" => {
            text.push_str(&shown(&element["text"]["text"]));
            if let Some(url) = element["url"].as_str() {
                let _ = write!(text, " -> {url}");
            }
        }
        kind => {
            let placeholder = element["placeholder"]["text"].as_str().unwrap_or(kind);
            let choices: Vec<String> = offered(element)
                .iter()
                .map(|option| shown(&option["text"]["text"]))
                .collect();
            let _ = write!(text, "{placeholder} ({})", choices.join(" / "));
        }
    }
    text
}

/// A text object.
fn object(state: &State, object: &Value) -> String {
    let text = object["text"].as_str().unwrap_or_default();
    if object["type"] == "mrkdwn" {
        mrkdwn(state, text)
    } else {
        text.to_owned()
    }
}

/// Slack's own markup: what stands in angle brackets becomes what is shown for it, and escapes what they stand for.
pub fn mrkdwn(state: &State, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let Some(end) = rest.find('>') else {
            out.push('<');
            break;
        };
        let (target, label) = match rest[..end].split_once('|') {
            Some((target, label)) => (target, Some(label)),
            None => (&rest[..end], None),
        };
        rest = &rest[end + 1..];
        match (target.chars().next(), label) {
            (Some('@'), _) => {
                let _ = write!(out, "@{}", author(state, &target[1..]));
            }
            (Some('#'), _) => {
                let name = state
                    .channel(&target[1..])
                    .map_or("unknown-channel", |channel| &channel.name);
                let _ = write!(out, "#{name}");
            }
            (Some('!'), Some(label)) => out.push_str(label),
            (Some('!'), None) => {
                let _ = write!(out, "@{}", &target[1..]);
            }
            (_, Some(label)) => {
                let _ = write!(out, "{label} ({target})");
            }
            (_, None) => out.push_str(target),
        }
    }
    out.push_str(rest);
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Rich text, and the cells of tables.
fn rich(state: &State, value: &Value) -> String {
    match value["type"].as_str().unwrap_or_default() {
        "raw_text" | "text" => shown(&value["text"]),
        "link" => match value["text"].as_str() {
            Some(text) => format!("{text} ({})", shown(&value["url"])),
            None => shown(&value["url"]),
        },
        "user" => format!("@{}", author(state, &shown(&value["user_id"]))),
        "channel" => {
            let id = shown(&value["channel_id"]);
            let channel = state.channel(&id);
            format!("#{}", channel.map_or(&*id, |channel| &channel.name))
        }
        "emoji" => format!(":{}:", shown(&value["name"])),
        "broadcast" => format!("@{}", shown(&value["range"])),
        kind => {
            let separator = if matches!(
                kind,
                "rich_text_section" | "rich_text_preformatted" | "rich_text_quote"
            ) {
                ""
            } else {
                "\n"
            };
            let parts = value["elements"].as_array().into_iter().flatten();
            let parts: Vec<String> = parts.map(|part| rich(state, part)).collect();
            parts.join(separator)
        }
    }
}

fn author(state: &State, id: &str) -> String {
    if id == BOT_USER {
        return "callboard".to_owned();
    }
    state
        .person(id)
        .map_or_else(|| format!("<unknown {id}>"), |person| person.name.clone())
}

fn shown(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The input whose label it is, with its element.
pub fn labelled<'a>(view: &'a Value, label: &str) -> (&'a Value, &'a Value) {
    let found = inputs(view)
        .into_iter()
        .find(|(block, _)| block["label"]["text"] == label);
    found.unwrap_or_else(|| panic!("the view has no field {label}: {view}"))
}
