//! Branches of a page: what counts for some answers only, and the choice between alternatives.

use serde_json::{Map, Value, json};

use super::{Mention, Place, Walk, What, both};
use crate::message::form::Condition;
use crate::scaffold::parameters::condition::{self, answered};
use crate::scaffold::parameters::schema::{Schema, entries, list, merge, resolved, text, texts};
use crate::scaffold::position::below;

impl Walk<'_> {
    /// What counts once a value is there, or is needed then.
    pub(super) fn dependencies(&mut self, schema: &Schema, at: Place<'_>) {
        for keyword in ["dependencies", "dependentRequired", "dependentSchemas"] {
            for (name, dependent) in entries(schema, keyword) {
                let pointer = below(&below(at.pointer, keyword), name);
                let path = at.path(name);
                let when = both(at.when, Some(answered(&path)));
                match dependent {
                    Value::Array(names) => {
                        for (position, needed) in names.iter().enumerate() {
                            let pointer = below(&pointer, &position.to_string());
                            if let Some(needed) = needed.as_str() {
                                self.needs(needed, pointer, when.clone(), at);
                            }
                        }
                    }
                    dependent => self.dependent(name, dependent, &pointer, when.as_ref(), at),
                }
            }
        }
    }

    /// What counts once a value is there. Of alternatives that is the one which the value itself fits.
    fn dependent(
        &mut self,
        name: &str,
        dependent: &Value,
        pointer: &str,
        when: Option<&Condition>,
        at: Place<'_>,
    ) {
        let mut dependent = resolved(self.page, dependent);
        let alternatives = match dependent.shift_remove("oneOf") {
            Some(Value::Array(alternatives)) => alternatives,
            _ => Vec::new(),
        };
        let path = at.path(name);
        for (position, alternative) in alternatives.iter().enumerate() {
            let pointer = below(&below(pointer, "oneOf"), &position.to_string());
            let alternative = resolved(self.page, alternative);
            let Some(tells) = entries(&alternative, "properties").find(|(key, _)| *key == name)
            else {
                let sentence = format!(
                    "This alternative does not say for which values of {name} it is: it is left out, as Backstage's form leaves it out."
                );
                self.note(&pointer, sentence);
                continue;
            };
            let holds = condition::of_answer(self.page, tells.1, &path);
            if holds.is_none() {
                self.untold(&below(&below(&pointer, "properties"), name));
            }
            let when = both(when, holds);
            self.object(
                &Value::Object(alternative.clone()),
                Place {
                    pointer: &pointer,
                    when: when.as_ref(),
                    left_out: Some(name),
                    ..at
                },
            );
        }
        self.object(
            &Value::Object(dependent),
            Place {
                pointer,
                when,
                left_out: None,
                ..at
            },
        );
    }

    /// Alternatives of which a person takes one: told apart by a value that each of them fixes, or by a choice of their own.
    pub(super) fn branches(&mut self, schema: &Schema, keyword: &str, at: Place<'_>) {
        let branches: Vec<Schema> = list(schema, keyword)
            .iter()
            .map(|branch| resolved(self.page, branch))
            .collect();
        let ask = |branch: &Schema| {
            entries(branch, "properties").next().is_some()
                || ["allOf", "oneOf", "anyOf", "if", "dependencies"]
                    .iter()
                    .any(|keyword| branch.contains_key(*keyword))
        };
        // Alternatives that only forbid or require something are judged when everything is answered.
        if !branches.iter().any(ask) {
            return;
        }
        let pointer = below(at.pointer, keyword);
        let whole: Vec<Value> = branches.iter().cloned().map(Value::Object).collect();
        let (name, values) = if let Some((name, values)) = telling(&whole) {
            if entries(schema, "properties").all(|(key, _)| *key != name) {
                let first = entries(&branches[0], "properties").find(|(key, _)| **key == name);
                let first = first.and_then(|(_, first)| first.as_object()).cloned();
                let mut schema = merge(first.unwrap_or_default(), choice(&values, &branches));
                schema.shift_remove("const");
                let is_required =
                    |branch: &Schema| texts(branch, "required").contains(&name.as_str());
                self.add(Mention {
                    path: at.path(&name),
                    schema,
                    required: at.is_needed && branches.iter().all(is_required),
                    when: at.when.cloned(),
                    pointer: below(&below(&below(&pointer, "0"), "properties"), &name),
                    what: What::Value,
                });
            }
            (name, values)
        } else {
            let name = self.free_name(at.path);
            let values: Vec<Value> = (1..=branches.len()).map(Value::from).collect();
            let mut schema = choice(&values, &branches);
            schema.insert("title".to_owned(), json!("Which of these"));
            schema.insert("default".to_owned(), json!(1));
            self.add(Mention {
                path: at.path(&name),
                schema,
                required: true,
                when: at.when.cloned(),
                pointer: pointer.clone(),
                what: What::Branch,
            });
            (name, values)
        };
        for (position, (branch, value)) in branches.iter().zip(values).enumerate() {
            let holds = Condition::Equals {
                field: condition::name(&at.path(&name)),
                equals: value,
            };
            let when = both(at.when, Some(holds));
            let pointer = below(&pointer, &position.to_string());
            self.object(
                &Value::Object(branch.clone()),
                Place {
                    pointer: &pointer,
                    when: when.as_ref(),
                    left_out: Some(&name),
                    ..at
                },
            );
        }
    }

    /// A name that no parameter has.
    fn free_name(&self, path: &[String]) -> String {
        let is_taken = |name: &str| {
            let mut mentions = self.found.mentions.iter();
            mentions.any(|mention| {
                mention
                    .path
                    .split_last()
                    .is_some_and(|(last, before)| last == name && before == path)
            })
        };
        let mut numbered = (2..).map(|number| format!("choice-{number}"));
        let mut name = "choice".to_owned();
        while is_taken(&name) {
            name = numbered.next().unwrap_or_default();
        }
        name
    }
}

/// The property that each of the branches wants to be another single value, and these values.
pub(in crate::scaffold::parameters) fn telling(branches: &[Value]) -> Option<(String, Vec<Value>)> {
    let single = |branch: &Value, name: &str| -> Option<Value> {
        let property = branch.get("properties")?.get(name)?.as_object()?;
        match (property.get("const"), list(property, "enum")) {
            (Some(value), _) | (None, [value]) => Some(value.clone()),
            _ => None,
        }
    };
    let first = branches.first()?.as_object()?;
    entries(first, "properties").find_map(|(name, _)| {
        let mut values: Vec<Value> = Vec::new();
        for branch in branches {
            let value = single(branch, name)?;
            if values.contains(&value) {
                return None;
            }
            values.push(value);
        }
        Some((name.clone(), values))
    })
}

/// A schema whose values are chosen by the titles of branches.
fn choice(values: &[Value], branches: &[Schema]) -> Schema {
    let named = values.iter().zip(branches).map(|(value, branch)| {
        let name = text(branch, "title").map_or_else(
            || match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => format!("Option {number}"),
                value => value.to_string(),
            },
            str::to_owned,
        );
        Value::from(name)
    });
    let mut schema = Map::new();
    schema.insert("enumNames".to_owned(), named.collect());
    schema.insert("enum".to_owned(), Value::from(values.to_vec()));
    schema
}
