//! The tree that a document is read into: nodes that know where they stand.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::catalog::problem::quote;
use crate::catalog::scalar;

/// A value as the core schema sees it; lists and objects hold the indices of their nodes.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'i> {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number and how it was written.
    Number(f64, Cow<'i, str>),
    /// Text.
    Text(Cow<'i, str>),
    /// A list.
    List(Vec<u32>),
    /// An object, in the order of its keys.
    Object(Vec<Entry<'i>>),
}

/// One key of an object and the node of its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'i> {
    pub(super) key: Cow<'i, str>,
    pub(super) key_node: u32,
    pub(super) value: u32,
}

/// One document. An alias is the index of the node it stands for, so nothing is copied.
#[derive(Debug)]
pub struct Tree<'i> {
    pub(super) nodes: Vec<Data<'i>>,
    pub(super) root: u32,
}

#[derive(Debug)]
pub(super) struct Data<'i> {
    pub(super) line: u32,
    pub(super) column: u32,
    /// The size with aliases written out.
    pub(super) weight: usize,
    /// The levels of nesting below, with aliases written out.
    pub(super) depth: usize,
    pub(super) value: Value<'i>,
}

/// A node of a [`Tree`].
#[derive(Debug, Clone, Copy)]
pub struct Node<'t, 'i> {
    tree: &'t Tree<'i>,
    pub(super) index: u32,
}

impl<'i> Tree<'i> {
    /// The document's outermost node.
    pub fn root(&self) -> Node<'_, 'i> {
        Node {
            tree: self,
            index: self.root,
        }
    }
}

impl<'t, 'i> Node<'t, 'i> {
    /// What the node holds.
    pub fn value(self) -> &'t Value<'i> {
        &self.data().value
    }

    /// Which of the document's nodes it is: an alias is the one that it stands for.
    pub fn number(self) -> u32 {
        self.index
    }

    /// The line within the stream; the first is 1. Where an alias stands it is the line of what it stands for.
    pub fn line(self) -> u32 {
        self.data().line
    }

    /// The column in characters; the first is 1.
    pub fn column(self) -> u32 {
        self.data().column
    }

    /// The text, where the node is text.
    pub fn text(self) -> Option<&'t str> {
        match self.value() {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the node is an object.
    pub fn is_object(self) -> bool {
        matches!(self.value(), Value::Object(_))
    }

    /// Whether JavaScript holds the node for false: nothing, `false`, zero, or a text without a character.
    pub fn is_nothing(self) -> bool {
        match self.value() {
            Value::Null | Value::Bool(false) => true,
            Value::Number(number, _) => *number == 0.0 || number.is_nan(),
            Value::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    /// The elements of a list; nothing for any other node.
    pub fn items(self) -> impl ExactSizeIterator<Item = Node<'t, 'i>> {
        let items: &[u32] = match self.value() {
            Value::List(items) => items,
            _ => &[],
        };
        items.iter().map(move |index| self.at(*index))
    }

    /// The keys of an object with their nodes and their values; nothing for any other node.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (&'t str, Node<'t, 'i>, Node<'t, 'i>)> {
        let entries: &[Entry<'i>] = match self.value() {
            Value::Object(entries) => entries,
            _ => &[],
        };
        entries.iter().map(move |entry| {
            (
                entry.key.as_ref(),
                self.at(entry.key_node),
                self.at(entry.value),
            )
        })
    }

    /// The key of an object and its value.
    pub fn entry(self, key: &str) -> Option<(Node<'t, 'i>, Node<'t, 'i>)> {
        self.entries()
            .find(|(name, ..)| *name == key)
            .map(|(_, key, value)| (key, value))
    }

    /// The value of an object's key.
    pub fn get(self, key: &str) -> Option<Node<'t, 'i>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// What the node is, in words that fit after "is".
    pub fn describe(self) -> String {
        match self.value() {
            Value::Null => "empty".to_owned(),
            Value::Bool(value) => format!("the truth value {value}"),
            Value::Number(_, written) => format!("the number {written}"),
            Value::Text(text) => format!("the text {}", quote(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        }
    }

    /// Writes the node as compact JSON. Recursion is bounded: a tree deeper than [`super::MAX_DEPTH`] is never made.
    pub fn write_json(self, json: &mut String) {
        match self.value() {
            Value::Null => json.push_str("null"),
            Value::Bool(value) => json.push_str(if *value { "true" } else { "false" }),
            Value::Number(number, _) if !number.is_finite() => json.push_str("null"),
            Value::Number(number, _) => json.push_str(&scalar::number_text(*number)),
            Value::Text(text) => write_text(json, text),
            Value::List(items) => {
                json.push('[');
                for (position, index) in items.iter().enumerate() {
                    if position > 0 {
                        json.push(',');
                    }
                    self.at(*index).write_json(json);
                }
                json.push(']');
            }
            Value::Object(entries) => {
                json.push('{');
                for (position, entry) in entries.iter().enumerate() {
                    if position > 0 {
                        json.push(',');
                    }
                    write_text(json, &entry.key);
                    json.push(':');
                    self.at(entry.value).write_json(json);
                }
                json.push('}');
            }
        }
    }

    /// Writes an object as compact JSON with one more field, which stands in the place of one of the same name.
    pub fn write_json_with(self, json: &mut String, field: &str, text: &str) {
        json.push('{');
        for (name, _, value) in self.entries().filter(|(name, ..)| *name != field) {
            write_text(json, name);
            json.push(':');
            value.write_json(json);
            json.push(',');
        }
        write_text(json, field);
        json.push(':');
        write_text(json, text);
        json.push('}');
    }

    fn data(self) -> &'t Data<'i> {
        &self.tree.nodes[self.index as usize]
    }

    fn at(self, index: u32) -> Self {
        Self {
            tree: self.tree,
            index,
        }
    }
}

fn write_text(json: &mut String, text: &str) {
    json.push('"');
    let mut clean = 0;
    for (position, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        json.push_str(&text[clean..position]);
        clean = position + 1;
        match byte {
            b'"' => json.push_str("\\\""),
            b'\\' => json.push_str("\\\\"),
            b'\n' => json.push_str("\\n"),
            b'\r' => json.push_str("\\r"),
            b'\t' => json.push_str("\\t"),
            // Writing to a string cannot fail.
            _ => drop(write!(json, "\\u{byte:04x}")),
        }
    }
    json.push_str(&text[clean..]);
    json.push('"');
}
