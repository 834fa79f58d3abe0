//! Blocks: what stands in them, and what a person can do with it.

use serde_json::{Value, json};

use super::state::State;

/// All options that something holds, in groups or not.
pub fn offered(holder: &Value) -> Vec<&Value> {
    let groups = holder["option_groups"].as_array().into_iter().flatten();
    groups
        .chain([holder])
        .filter_map(|list| list["options"].as_array())
        .flatten()
        .collect()
}

/// How many characters a person would read in the blocks.
pub fn characters(blocks: &Value) -> usize {
    match blocks {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match (&**name, value) {
                ("text" | "alt_text", Value::String(text)) => text.chars().count(),
                _ => characters(value),
            })
            .sum(),
        Value::Array(list) => list.iter().map(characters).sum(),
        _ => 0,
    }
}

/// Whether a text somewhere inside calls everybody in a channel.
pub fn shouts(value: &Value) -> bool {
    match value {
        Value::String(text) => ["<!channel", "<!here", "<!everyone", "<!subteam"]
            .iter()
            .any(|call| text.contains(call)),
        Value::Array(list) => list.iter().any(shouts),
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            !matches!(&**name, "value" | "private_metadata" | "callback_id") && shouts(value)
        }),
        _ => false,
    }
}

/// Gives an id to blocks and elements that have none, as the service does.
pub fn name(state: &mut State, blocks: &mut [Value]) {
    let mut named = |value: &mut Value, field: &str| {
        if value[field].is_null() {
            value[field] = json!(state.id("b"));
        }
    };
    for block in blocks {
        named(block, "block_id");
        for field in ["accessory", "element"] {
            if block[field].is_object() && block[field]["type"] != "image" {
                named(&mut block[field], "action_id");
            }
        }
        if block["type"] == "actions" {
            for element in block["elements"].as_array_mut().into_iter().flatten() {
                named(element, "action_id");
            }
        }
    }
}

/// The input blocks of a view with their elements.
pub fn inputs(view: &Value) -> Vec<(&Value, &Value)> {
    let blocks = view["blocks"].as_array().into_iter().flatten();
    blocks
        .filter(|block| block["type"] == "input")
        .map(|block| (block, &block["element"]))
        .collect()
}

/// What an element holds that nobody has touched.
pub fn initial(element: &Value) -> Value {
    let given = |name: &str| element.get(name).cloned().unwrap_or(Value::Null);
    let many = |name: &str| element.get(name).cloned().unwrap_or_else(|| json!([]));
    let kind = element["type"].as_str().unwrap_or_default();
    let (field, value) = match kind {
        "static_select" | "external_select" | "radio_buttons" => {
            ("selected_option", given("initial_option"))
        }
        "checkboxes" | "multi_static_select" | "multi_external_select" => {
            ("selected_options", many("initial_options"))
        }
        "users_select" => ("selected_user", given("initial_user")),
        "multi_users_select" => ("selected_users", many("initial_users")),
        "conversations_select" => ("selected_conversation", given("initial_conversation")),
        "channels_select" => ("selected_channel", given("initial_channel")),
        "datepicker" => ("selected_date", given("initial_date")),
        "timepicker" => ("selected_time", given("initial_time")),
        "datetimepicker" => ("selected_date_time", given("initial_date_time")),
        _ => ("value", given("initial_value")),
    };
    json!({ "type": kind, field: value })
}
