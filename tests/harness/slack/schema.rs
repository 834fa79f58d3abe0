//! Holds what is sent against the schemas of Slack's own type declarations, where they are installed.

use serde_json::Value;

/// What is wrong with the blocks of a message.
pub fn blocks(_blocks: &Value) -> Vec<String> {
    Vec::new()
}

/// What is wrong with a view.
pub fn view(_view: &Value) -> Vec<String> {
    Vec::new()
}

/// What is wrong with an event.
pub fn event(_event: &Value) -> Vec<String> {
    Vec::new()
}

/// What is wrong with the answer of a method.
pub fn answer(_method: &str, _answer: &Value) -> Vec<String> {
    Vec::new()
}
