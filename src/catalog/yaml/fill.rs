//! Putting other values in the place of placeholders.

use std::borrow::Cow;

use super::node::{Data, Entry, Node, Tree, Value};
use crate::catalog::placeholder::{Filling, KEYS};

/// A placeholder of a tree.
pub struct Placed<'p> {
    /// The key, like `$text`.
    pub key: &'p str,
    /// What it points to, where that is text.
    pub target: Option<&'p str>,
    /// Line and column of the target.
    pub at: (u32, u32),
}

impl Tree<'_> {
    /// Goes through the placeholders and puts in what `fill` gives for each; `None` leaves it as it is. Those of
    /// `apiVersion`, `kind` and `metadata.name` are left out: Backstage looks at these before.
    pub fn fill(&mut self, mut fill: impl FnMut(Placed<'_>) -> Option<Filling>) {
        let root = self.root();
        let metadata = root.get("metadata").into_iter();
        let fields = metadata.flat_map(Node::entries);
        let fields = fields.filter(|(name, ..)| *name != "name");
        let mut open: Vec<u32> = root
            .get("spec")
            .into_iter()
            .chain(fields.map(|(_, _, value)| value))
            .map(|node| node.index)
            .collect();
        let mut seen = vec![false; self.nodes.len()];
        while let Some(index) = open.pop() {
            let at = index as usize;
            // An alias leads to a node that may have been come to already.
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let filling = match &self.nodes[at].value {
                Value::List(items) => {
                    open.extend(items.iter().rev());
                    continue;
                }
                Value::Object(entries) => match entries.as_slice() {
                    [entry] if KEYS.contains(&&*entry.key) => {
                        let value = &self.nodes[entry.value as usize];
                        let target = match &value.value {
                            Value::Text(text) => Some(&**text),
                            _ => None,
                        };
                        fill(Placed {
                            key: &entry.key,
                            target,
                            at: (value.line, value.column),
                        })
                    }
                    // Beside other keys one that begins so is something else, like the `$ref` of a schema.
                    entries if entries.iter().any(|entry| entry.key.starts_with('$')) => None,
                    entries => {
                        open.extend(entries.iter().rev().map(|entry| entry.value));
                        None
                    }
                },
                _ => None,
            };
            if let Some(filling) = filling {
                self.put(at, filling);
            }
        }
    }

    fn put(&mut self, at: usize, filling: Filling) {
        let (line, column) = (self.nodes[at].line, self.nodes[at].column);
        match filling {
            Filling::Text(text) => self.nodes[at].value = Value::Text(Cow::Owned(text)),
            Filling::Tree(tree) => {
                let first = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
                let moved = |index: u32| index.saturating_add(first);
                let mut nodes: Vec<Data<'static>> = tree.nodes;
                for data in &mut nodes {
                    // What is wrong with it is told where the placeholder stands.
                    (data.line, data.column) = (line, column);
                    match &mut data.value {
                        Value::List(items) => {
                            for item in items {
                                *item = moved(*item);
                            }
                        }
                        Value::Object(entries) => {
                            for entry in entries {
                                entry.key_node = moved(entry.key_node);
                                entry.value = moved(entry.value);
                            }
                        }
                        _ => {}
                    }
                }
                self.nodes[at].value = nodes[tree.root as usize].value.clone();
                self.nodes.extend(nodes);
            }
        }
    }

    /// The same tree, which borrows nothing.
    pub fn into_owned(self) -> Tree<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let nodes = self.nodes.into_iter().map(|data| Data {
            line: data.line,
            column: data.column,
            weight: data.weight,
            depth: data.depth,
            value: match data.value {
                Value::Null => Value::Null,
                Value::Bool(value) => Value::Bool(value),
                Value::Number(number, written) => Value::Number(number, owned(written)),
                Value::Text(text) => Value::Text(owned(text)),
                Value::List(items) => Value::List(items),
                Value::Object(entries) => Value::Object(
                    entries
                        .into_iter()
                        .map(|entry| Entry {
                            key: owned(entry.key),
                            key_node: entry.key_node,
                            value: entry.value,
                        })
                        .collect(),
                ),
            },
        });
        Tree {
            nodes: nodes.collect(),
            root: self.root,
        }
    }
}
