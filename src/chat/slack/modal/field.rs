//! A field as an input of a modal.

use serde_json::{Value, json};

use super::plain_text;
use super::read::{self, PERSON};
use crate::chat::slack::address::{Address, Spot};
use crate::chat::slack::limit::{LABEL, OPTION_VALUE, OPTIONS, length};
use crate::message::form::{Field, FieldKind, Offered};

/// The id of every input: blocks tell them apart.
pub(super) const INPUT: &str = "field";
/// What stands above and below an input.
const WORDS: usize = 2_000;
/// What stands in an input before something is chosen.
const PLACEHOLDER: usize = 150;
/// What may be typed into an input.
const TYPED: usize = 3_000;
/// Up to so many options stand side by side to be seen at a glance; more are a list that opens.
const GLANCE: usize = 10;
/// A longer label does not stand well beside others.
const SHORT: usize = 40;
/// What stands below the input of a secret: Slack has none that hides what is typed.
const SHOWN: &str = "Slack shows it while you type; it is neither posted nor kept.";
/// The name of a block.
const NAME: usize = 255;

/// The block that asks for a field. `None`: there is no input for it.
pub(super) fn input(field: &Field) -> Option<Value> {
    if field.name.is_empty() || length(&field.name) > NAME {
        return None;
    }
    let mut element = element(field)?;
    element["action_id"] = Value::from(INPUT);
    let label = if field.label.trim().is_empty() {
        &field.name
    } else {
        &field.label
    };
    let mut block = json!({
        "type": "input",
        "block_id": field.name,
        "label": plain_text(label, WORDS),
        "optional": !field.required,
        "element": element,
    });
    let help = field
        .help
        .as_deref()
        .map(str::trim)
        .filter(|help| !help.is_empty());
    let shown = (field.kind == FieldKind::Secret).then_some(SHOWN);
    let hints: Vec<&str> = help.into_iter().chain(shown).collect();
    if !hints.is_empty() {
        block["hint"] = plain_text(&hints.join(" "), WORDS);
    }
    Some(block)
}

/// An option with its answer. `None`: the answer is longer than what an option carries.
pub(super) fn option(offered: &Offered) -> Option<Value> {
    let value = offered.value.to_string();
    if length(&value) > OPTION_VALUE {
        return None;
    }
    let label = if offered.label.trim().is_empty() {
        &value
    } else {
        &offered.label
    };
    Some(json!({"text": plain_text(label, LABEL), "value": value}))
}

fn element(field: &Field) -> Option<Value> {
    match &field.kind {
        FieldKind::Text { max_length, .. } => typed(field, false, *max_length),
        FieldKind::MultiLine { max_length, .. } => typed(field, true, *max_length),
        FieldKind::Number { minimum, maximum } => Some(number(
            field,
            true,
            minimum.map(|minimum| minimum.to_string()),
            maximum.map(|maximum| maximum.to_string()),
        )),
        FieldKind::Integer { minimum, maximum } => Some(number(
            field,
            false,
            minimum.map(|minimum| minimum.to_string()),
            maximum.map(|maximum| maximum.to_string()),
        )),
        FieldKind::Boolean => {
            let yes_or_no = [(true, "Yes"), (false, "No")].map(|(value, label)| Offered {
                value: Value::Bool(value),
                label: label.to_owned(),
            });
            one_of(field, &yes_or_no)
        }
        FieldKind::Choice { options } => one_of(field, options),
        FieldKind::ManyChoices { options } => many_of(field, options),
        FieldKind::Entity { .. } => {
            let mut element = json!({
                "type": "external_select",
                "placeholder": plain_text("Type a name", PLACEHOLDER),
                "min_query_length": 0,
            });
            if let Some(Value::String(name)) = &field.default {
                element["initial_option"] = option(&Offered {
                    value: Value::from(name.as_str()),
                    label: name.clone(),
                })?;
            }
            Some(element)
        }
        FieldKind::List { of, .. } if matches!(**of, FieldKind::Entity { .. }) => {
            Some(entities(field))
        }
        FieldKind::List { .. } => {
            let lines = field.default.as_ref().map(|default| field.shown(default));
            let shown = Field {
                default: lines.filter(|lines| lines != "none").map(Value::from),
                ..field.clone()
            };
            typed(&shown, true, None)
        }
        FieldKind::Date => {
            let mut element = json!({"type": "datepicker"});
            if let Some(Value::String(day)) = &field.default {
                element["initial_date"] = Value::from(day.as_str());
            }
            Some(element)
        }
        FieldKind::Person => {
            let mut element = json!({
                "type": "users_select",
                "placeholder": plain_text("Choose a person", PLACEHOLDER),
            });
            let id = field.default.as_ref().and_then(Value::as_str);
            if let Some(Spot::Person(id)) = id
                .and_then(|key| Address::read(key.strip_prefix(PERSON)?))
                .map(|person| person.spot)
            {
                element["initial_user"] = Value::from(id);
            }
            Some(element)
        }
        FieldKind::Secret => {
            Some(json!({"type": "plain_text_input", "multiline": false, "max_length": TYPED}))
        }
    }
}

fn entities(field: &Field) -> Value {
    let mut element = json!({
        "type": "multi_external_select",
        "placeholder": plain_text("Type names", PLACEHOLDER),
        "min_query_length": 0,
    });
    let names = field.default.as_ref().and_then(Value::as_array);
    let chosen: Option<Vec<Value>> = names
        .into_iter()
        .flatten()
        .map(|name| {
            option(&Offered {
                value: name.clone(),
                label: name.as_str()?.to_owned(),
            })
        })
        .collect();
    if let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) {
        element["initial_options"] = Value::Array(chosen);
    }
    element
}

/// What is too short or does not fit the pattern is told by our own check, in our own words.
fn typed(field: &Field, multiline: bool, most: Option<usize>) -> Option<Value> {
    let most = most.unwrap_or(TYPED).clamp(1, TYPED);
    let mut element = json!({"type": "plain_text_input", "multiline": multiline});
    let default = field.default.as_ref().and_then(Value::as_str).unwrap_or("");
    if length(default) > TYPED {
        return None;
    }
    if !default.is_empty() {
        element["initial_value"] = Value::from(default);
    }
    let example = field.example.as_deref().unwrap_or_default().trim();
    if !example.is_empty() {
        element["placeholder"] = plain_text(example, PLACEHOLDER);
    }
    // Slack refuses a view whose initial text is too long for its input.
    if length(default) <= most {
        element["max_length"] = Value::from(most);
    }
    Some(element)
}

fn number(field: &Field, decimal: bool, minimum: Option<String>, maximum: Option<String>) -> Value {
    let mut element = json!({"type": "number_input", "is_decimal_allowed": decimal});
    // Slack refuses a view whose initial number is out of bounds; bounds are checked when the page comes back.
    match field.default.as_ref().filter(|default| default.is_number()) {
        Some(default) => element["initial_value"] = Value::from(default.to_string()),
        None => {
            for (name, bound) in [("min_value", minimum), ("max_value", maximum)] {
                if let Some(bound) = bound {
                    element[name] = Value::from(bound);
                }
            }
        }
    }
    element
}

fn one_of(field: &Field, offered: &[Offered]) -> Option<Value> {
    let options = all(offered)?;
    let chosen = field.default.as_ref().and_then(|default| {
        let at = offered.iter().position(|option| option.value == *default)?;
        option(&offered[at])
    });
    let mut element = if options.len() > OPTIONS {
        json!({"type": "external_select", "placeholder": placeholder(true), "min_query_length": 0})
    } else if at_a_glance(offered) {
        json!({"type": "radio_buttons", "options": options})
    } else {
        json!({"type": "static_select", "placeholder": placeholder(false), "options": options})
    };
    if let Some(chosen) = chosen {
        element["initial_option"] = chosen;
    }
    Some(element)
}

fn many_of(field: &Field, offered: &[Offered]) -> Option<Value> {
    let options = all(offered)?;
    let defaults = field.default.as_ref().and_then(Value::as_array);
    let chosen: Vec<Value> = offered
        .iter()
        .filter(|option| defaults.is_some_and(|defaults| defaults.contains(&option.value)))
        .filter_map(option)
        .collect();
    let mut element = if options.len() > OPTIONS {
        json!({"type": "multi_external_select", "placeholder": placeholder(true), "min_query_length": 0})
    } else if at_a_glance(offered) {
        json!({"type": "checkboxes", "options": options})
    } else {
        json!({"type": "multi_static_select", "placeholder": placeholder(false), "options": options})
    };
    if !chosen.is_empty() {
        element["initial_options"] = Value::Array(chosen);
    }
    Some(element)
}

/// All options, or none where not all can be had.
fn all(offered: &[Offered]) -> Option<Vec<Value>> {
    let options: Option<Vec<Value>> = offered.iter().map(option).collect();
    let mut options = options?;
    let mut seen = Vec::new();
    options.retain(|option| {
        let is_new = !seen.contains(&option["value"]);
        seen.push(option["value"].clone());
        is_new
    });
    (!options.is_empty()).then_some(options)
}

fn at_a_glance(offered: &[Offered]) -> bool {
    offered.len() <= GLANCE && offered.iter().all(|option| length(&option.label) <= SHORT)
}

fn placeholder(typed: bool) -> Value {
    let words = if typed { "Type to search" } else { "Choose" };
    plain_text(words, PLACEHOLDER)
}

/// The answer that an option carries.
pub(super) fn answer(option: &Value) -> Option<Value> {
    read::json(option.get("value")?.as_str()?)
}
