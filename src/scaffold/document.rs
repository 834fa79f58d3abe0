//! Data as JavaScript holds it: numbers are of one kind, keys that read as numbers stand first, and a list or an object
//! may stand in several places at once.

mod merge;

use std::collections::HashMap;

use serde_json::{Number, Value};

use super::expression::index;
use crate::catalog::number_text;
use crate::catalog::yaml::{self, Fault};

/// One value with all that is in it.
#[derive(Debug, Clone)]
pub struct Document {
    nodes: Vec<Node>,
    root: usize,
}

/// A part of a document; lists and objects hold the numbers of theirs.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<usize>),
    /// An object, in JavaScript's order of its keys.
    Object(Vec<(String, usize)>),
}

impl From<&Value> for Document {
    fn from(value: &Value) -> Self {
        let mut nodes = Vec::new();
        let root = adopt(value, &mut nodes);
        Self { nodes, root }
    }
}

impl Document {
    /// Reads all documents of a YAML stream. What an alias stands for is one and the same in both places.
    pub fn read_all(stream: &str) -> Result<Vec<Self>, Fault> {
        let stream = stream.strip_prefix('\u{feff}').unwrap_or(stream);
        let mut documents = Vec::new();
        for chunk in yaml::split(stream.as_bytes()) {
            let text = String::from_utf8_lossy(chunk.bytes);
            let tree = yaml::parse(&text, chunk.lines_before)?;
            let mut nodes = Vec::new();
            let root = match &tree {
                Some(tree) => take(tree.root(), &mut nodes, &mut HashMap::new()),
                None => add(Node::Null, &mut nodes),
            };
            documents.push(Self { nodes, root });
        }
        Ok(documents)
    }

    /// The number of the outermost part.
    pub fn root(&self) -> usize {
        self.root
    }

    /// The part of this number.
    pub fn node(&self, number: usize) -> &Node {
        // A number is handed out for what is there, and nothing is ever taken away.
        self.nodes.get(number).unwrap_or(&Node::Null)
    }

    /// What stands at a key of the outermost object.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(self.root, key).map(|number| self.node(number))
    }

    fn entry(&self, object: usize, key: &str) -> Option<usize> {
        match self.node(object) {
            Node::Object(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| *value),
            Node::List(items) => index(key).and_then(|index| items.get(index)).copied(),
            _ => None,
        }
    }

    /// As a value of JSON; what is no number there is null.
    pub fn value(&self) -> Value {
        self.value_of(self.root)
    }

    fn value_of(&self, number: usize) -> Value {
        match self.node(number) {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and fits")]
            Node::Number(number) if number.fract() == 0.0 && number.abs() < 9e18 => {
                Value::from(*number as i64)
            }
            Node::Number(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Node::Text(text) => Value::String(text.clone()),
            Node::List(items) => items.iter().map(|item| self.value_of(*item)).collect(),
            Node::Object(entries) => entries
                .iter()
                .map(|(name, value)| (name.clone(), self.value_of(*value)))
                .collect(),
        }
    }

    /// As JSON in JavaScript's writing, each level indented by this text; in one line where it is empty.
    pub fn json(&self, indent: &str) -> String {
        let mut json = String::new();
        self.write_json(self.root, indent, 0, &mut json);
        json
    }

    fn write_json(&self, number: usize, indent: &str, depth: usize, json: &mut String) {
        let line = |depth: usize, json: &mut String| {
            if !indent.is_empty() {
                json.push('\n');
                json.push_str(&indent.repeat(depth));
            }
        };
        match self.node(number) {
            Node::Bool(value) => json.push_str(if *value { "true" } else { "false" }),
            Node::Number(number) if number.is_finite() => json.push_str(&number_text(*number)),
            Node::Null | Node::Number(_) => json.push_str("null"),
            Node::Text(text) => json.push_str(&quoted(text)),
            Node::List(items) => {
                json.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        json.push(',');
                    }
                    line(depth + 1, json);
                    self.write_json(*item, indent, depth + 1, json);
                }
                if !items.is_empty() {
                    line(depth, json);
                }
                json.push(']');
            }
            Node::Object(entries) => {
                json.push('{');
                for (place, (name, value)) in entries.iter().enumerate() {
                    if place > 0 {
                        json.push(',');
                    }
                    line(depth + 1, json);
                    json.push_str(&quoted(name));
                    json.push_str(if indent.is_empty() { ":" } else { ": " });
                    self.write_json(*value, indent, depth + 1, json);
                }
                if !entries.is_empty() {
                    line(depth, json);
                }
                json.push('}');
            }
        }
    }
}

/// A text as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn add(node: Node, nodes: &mut Vec<Node>) -> usize {
    nodes.push(node);
    nodes.len() - 1
}

fn adopt(value: &Value, nodes: &mut Vec<Node>) -> usize {
    let node = match value {
        Value::Null => Node::Null,
        Value::Bool(value) => Node::Bool(*value),
        Value::Number(number) => Node::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Node::Text(text.clone()),
        Value::Array(items) => Node::List(items.iter().map(|item| adopt(item, nodes)).collect()),
        Value::Object(entries) => object(
            entries
                .iter()
                .map(|(name, value)| (name.clone(), adopt(value, nodes)))
                .collect(),
        ),
    };
    add(node, nodes)
}

/// Takes over what was read from YAML.
fn take(node: yaml::Node<'_, '_>, nodes: &mut Vec<Node>, taken: &mut HashMap<u32, usize>) -> usize {
    if let Some(number) = taken.get(&node.number()) {
        return *number;
    }
    let made = match node.value() {
        yaml::Value::Null => Node::Null,
        yaml::Value::Bool(value) => Node::Bool(*value),
        yaml::Value::Number(number, _) => Node::Number(*number),
        yaml::Value::Text(text) => Node::Text(text.to_string()),
        yaml::Value::List(_) => {
            Node::List(node.items().map(|item| take(item, nodes, taken)).collect())
        }
        yaml::Value::Object(_) => object(
            node.entries()
                .map(|(name, _, value)| (name.to_owned(), take(value, nodes, taken)))
                .collect(),
        ),
    };
    let number = add(made, nodes);
    taken.insert(node.number(), number);
    number
}

/// An object with its entries in JavaScript's order: keys that read as numbers first, from the lowest.
fn object(mut entries: Vec<(String, usize)>) -> Node {
    entries.sort_by_key(|(name, _)| index(name).unwrap_or(usize::MAX));
    Node::Object(entries)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Document {
        Document::read_all(text).expect("YAML").remove(0)
    }

    #[test]
    fn json_is_written_as_javascript_writes_it() {
        let document = Document::from(
            &json!({"b": 1.0, "10": 1e21, "2": [12_345_678_901_234_567_890_u64, {}], "a": "\u{7f}\n"}),
        );
        assert_eq!(
            document.json(""),
            "{\"2\":[12345678901234567000,{}],\"10\":1e+21,\"b\":1,\"a\":\"\u{7f}\\n\"}"
        );
        assert_eq!(
            read("a: [.nan, -0, 0x10]").json("\t"),
            "{\n\t\"a\": [\n\t\t,null,\n\t\t0,\n\t\t16\n\t]\n}".replace("\t\t,null", "\t\tnull")
        );
    }

    #[test]
    fn an_alias_is_what_it_stands_for() {
        let document = read("a: &x {b: 1}\nc: *x\n");
        assert_eq!(document.get("a"), document.get("c"));
        assert_eq!(
            document.entry(document.root, "a"),
            document.entry(document.root, "c")
        );
        assert_eq!(document.value(), json!({"a": {"b": 1}, "c": {"b": 1}}));
    }

    #[test]
    fn a_stream_has_documents() {
        let values = |text: &str| -> Vec<Value> {
            let documents = Document::read_all(text).expect("YAML");
            documents.iter().map(Document::value).collect()
        };
        assert_eq!(
            values("\u{feff}a: 1\n---\n---\n# c\n"),
            [json!({"a": 1}), json!(null), json!(null)]
        );
        assert!(values("# nothing\n").is_empty());
        assert_eq!(
            Document::read_all("a: 1\n---\nb: [\n")
                .map_err(|fault| fault.line)
                .err(),
            Some(3)
        );
    }
}
