//! Putting one document into another, as lodash's `mergeWith` does it for Roadie's actions.

use super::{Document, Node, add, index, object};

impl Document {
    /// Puts another document into this one: objects are merged at every depth, a list gives way to what is put in its
    /// place or, when lists are joined, is added to. The error is what stands in the way, in words.
    pub fn merge(&mut self, other: &Self, joins_lists: bool) -> Result<(), String> {
        let from = self.graft(other);
        if self.nodes[self.root] == Node::Null {
            self.nodes[self.root] = Node::Object(Vec::new());
        }
        match (&self.nodes[self.root], &self.nodes[from]) {
            (_, Node::Null | Node::Bool(_) | Node::Number(_)) => Ok(()),
            (Node::Object(_), Node::Object(_) | Node::List(_)) | (Node::List(_), Node::List(_)) => {
                self.put_into(self.root, from, joins_lists);
                Ok(())
            }
            (Node::Object(_) | Node::List(_), Node::Text(_)) => {
                Err("what is to be merged must be an object, not a text".to_owned())
            }
            (Node::List(_), _) => {
                Err("it holds a list, and no object can be merged into one".to_owned())
            }
            _ => Err("it holds no object to merge anything into".to_owned()),
        }
    }

    /// Takes another document's parts in, and says where its outermost is now.
    fn graft(&mut self, other: &Self) -> usize {
        let offset = self.nodes.len();
        self.nodes.extend(other.nodes.iter().map(|node| {
            match node {
                Node::List(items) => Node::List(items.iter().map(|item| item + offset).collect()),
                Node::Object(entries) => Node::Object(
                    entries
                        .iter()
                        .map(|(name, value)| (name.clone(), value + offset))
                        .collect(),
                ),
                node => node.clone(),
            }
        }));
        other.root + offset
    }

    /// Merges lists and objects. Lists are only ever merged item by item where both are outermost.
    fn put_into(&mut self, into: usize, from: usize, joins_lists: bool) {
        let entries: Vec<(String, usize)> = match &self.nodes[from] {
            Node::Object(entries) => entries.clone(),
            Node::List(items) => items
                .iter()
                .enumerate()
                .map(|(place, item)| (place.to_string(), *item))
                .collect(),
            _ => return,
        };
        for (key, source) in entries {
            let there = self.entry(into, &key);
            let value = match (there.map(|there| &self.nodes[there]), &self.nodes[source]) {
                (Some(Node::List(items)), _) if joins_lists => {
                    let mut joined = self.joined(items, source);
                    for item in &mut joined {
                        // A set of JavaScript's knows one zero only.
                        if self.nodes[*item] == Node::Number(0.0) {
                            *item = add(Node::Number(0.0), &mut self.nodes);
                        }
                    }
                    add(Node::List(joined), &mut self.nodes)
                }
                (Some(Node::List(_)), _) => source,
                (Some(Node::Object(_)), Node::Object(_)) => {
                    let there = there.unwrap_or(source);
                    self.put_into(there, source, joins_lists);
                    there
                }
                (_, Node::Object(_)) => self.copied(Node::Object(Vec::new()), source, joins_lists),
                (_, Node::List(_)) => self.copied(Node::List(Vec::new()), source, joins_lists),
                _ => source,
            };
            self.set(into, key, value);
        }
    }

    /// What is put where nothing was to merge with: a copy of its own.
    fn copied(&mut self, empty: Node, source: usize, joins_lists: bool) -> usize {
        let copy = add(empty, &mut self.nodes);
        self.put_into(copy, source, joins_lists);
        copy
    }

    fn set(&mut self, into: usize, key: String, value: usize) {
        match &mut self.nodes[into] {
            Node::Object(entries) => match entries.iter_mut().find(|(name, _)| *name == key) {
                Some((_, there)) => *there = value,
                None if index(&key).is_some() => {
                    let mut entries = std::mem::take(entries);
                    entries.push((key, value));
                    self.nodes[into] = object(entries);
                }
                None => entries.push((key, value)),
            },
            Node::List(items) => match index(&key).and_then(|place| items.get_mut(place)) {
                Some(there) => *there = value,
                None => items.push(value),
            },
            _ => {}
        }
    }

    /// A list with what is added to it: each value once, lists and objects only where they are the same one.
    fn joined(&self, items: &[usize], source: usize) -> Vec<usize> {
        let added = match &self.nodes[source] {
            Node::List(added) => added.as_slice(),
            _ => &[source],
        };
        let mut joined: Vec<usize> = Vec::new();
        for item in items.iter().chain(added) {
            let is_there = joined.iter().any(|there| {
                there == item
                    || match (&self.nodes[*there], &self.nodes[*item]) {
                        (Node::List(_) | Node::Object(_), _) => false,
                        (Node::Number(there), Node::Number(item)) => {
                            there.to_bits() == item.to_bits() || *there == 0.0 && *item == 0.0
                        }
                        (there, item) => there == item,
                    }
            });
            if !is_there {
                joined.push(*item);
            }
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn merged(into: &Value, from: &Value, joins_lists: bool) -> Value {
        let mut document = Document::from(into);
        let done = document.merge(&Document::from(from), joins_lists);
        done.map_or_else(Value::String, |()| document.value())
    }

    #[test]
    fn objects_are_merged_and_lists_give_way() {
        let into = json!({"a": {"b": 1, "c": [1, 2]}, "l": [1, {"x": 1}], "n": null, "t": "x"});
        let from = json!({"a": {"c": [3], "d": [{"e": []}]}, "l": {"y": 2}, "n": {"z": []}, "t": null, "1": 1});
        assert_eq!(
            merged(&into, &from, false),
            json!({"1": 1, "a": {"b": 1, "c": [3], "d": [{"e": []}]}, "l": {"y": 2}, "n": {"z": []}, "t": null})
        );
        assert_eq!(
            merged(&into, &from, true),
            json!({"1": 1, "a": {"b": 1, "c": [1, 2, 3], "d": [{"e": []}]}, "l": [1, {"x": 1}, {"y": 2}], "n": {"z": []}, "t": null})
        );
    }

    #[test]
    fn joined_lists_hold_each_value_once() {
        let into = json!({"l": [1, 1, "a", [1], [1], null]});
        assert_eq!(
            merged(&into, &json!({"l": ["a", 1.0, [1], null, true]}), true),
            json!({"l": [1, "a", [1], [1], null, [1], true]})
        );
        assert_eq!(merged(&into, &json!({"l": 2}), true)["l"][5], 2);
    }

    #[test]
    fn what_is_no_object_stands_in_the_way() {
        assert_eq!(
            merged(&json!(null), &json!({"a": 1}), false),
            json!({"a": 1})
        );
        assert_eq!(
            merged(&json!({"a": 1}), &json!(null), false),
            json!({"a": 1})
        );
        assert_eq!(merged(&json!([1, 2]), &json!([3]), false), json!([3, 2]));
        insta::assert_snapshot!(merged(&json!({}), &json!("x"), false), @r#""what is to be merged must be an object, not a text""#);
        insta::assert_snapshot!(merged(&json!([]), &json!({}), false), @r#""it holds a list, and no object can be merged into one""#);
        insta::assert_snapshot!(merged(&json!("x"), &json!({}), false), @r#""it holds no object to merge anything into""#);
    }
}
