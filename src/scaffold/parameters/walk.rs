//! The way through a page: every value that its schemas speak of, in whichever branch, and when they do.

mod branch;

use serde_json::Value;

use super::condition;
use super::logic::{all, always, not};
use super::schema::{Schema, entries, hint, is_hinted, kind, list, options, resolved, texts};
use super::{Note, when};
use crate::message::form::Condition;
use crate::scaffold::position::below;
pub(super) use branch::telling;

/// How deep objects and branches may be nested.
const DEEPEST: usize = 16;
/// How many values a page may speak of; more is an attack or a mistake.
const MOST: usize = 1_000;

/// A place where schemas speak of a value.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    /// The names that lead to the value from the root of the parameters.
    pub(super) path: Vec<String>,
    /// What is said about it; nothing where it is only named as required.
    pub(super) schema: Schema,
    /// Whether it must be there.
    pub(super) required: bool,
    /// When this counts. `None`: that cannot be told from answers.
    pub(super) when: Option<Condition>,
    /// Where it stands in the document.
    pub(super) pointer: String,
    /// What it is.
    pub(super) what: What,
}

/// What is mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A value, or a rule for one that is declared elsewhere.
    Value,
    /// An object whose values are mentioned themselves.
    Object,
    /// Only that a value is required.
    Needed,
    /// No parameter, but the choice between branches that nothing else tells apart.
    Branch,
}

/// A page's mentions in its order.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// All of them.
    pub(super) mentions: Vec<Mention>,
    /// What could not be carried over.
    pub(super) notes: Vec<Note>,
}

/// Goes through a page that stands at a pointer.
pub(super) fn page(page: &Value, pointer: &str) -> Page {
    let mut walk = Walk {
        page,
        found: Page::default(),
        orders: Vec::new(),
    };
    let when = walk.shown(&resolved(page, page), pointer, Some(always()));
    let at = Place {
        path: &[],
        pointer,
        when: when.as_ref(),
        is_needed: true,
        left_out: None,
        deep: DEEPEST,
    };
    walk.object(page, at);
    walk.order();
    walk.found
}

struct Walk<'p> {
    page: &'p Value,
    found: Page,
    /// Wishes for the order of an object's values.
    orders: Vec<(Vec<String>, Vec<String>)>,
}

/// Where in the page a schema counts.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a [String],
    pointer: &'a str,
    when: Option<&'a Condition>,
    /// Whether the object itself must be there.
    is_needed: bool,
    /// The property that tells the branch, which is asked elsewhere.
    left_out: Option<&'a str>,
    deep: usize,
}

impl Place<'_> {
    fn path(&self, name: &str) -> Vec<String> {
        let mut path = self.path.to_vec();
        path.push(name.to_owned());
        path
    }
}

impl Walk<'_> {
    fn add(&mut self, mention: Mention) {
        if self.found.mentions.len() == MOST {
            self.note(
                &mention.pointer,
                format!("A page may ask for at most {MOST} values: what comes here is left out."),
            );
        }
        if self.found.mentions.len() <= MOST {
            self.found.mentions.push(mention);
        }
    }

    fn note(&mut self, pointer: &str, sentence: impl Into<String>) {
        self.found.notes.push(Note {
            pointer: pointer.to_owned(),
            sentence: sentence.into(),
        });
    }

    /// When something is shown that itself says when.
    fn shown(
        &mut self,
        schema: &Schema,
        pointer: &str,
        when: Option<Condition>,
    ) -> Option<Condition> {
        let condition = match schema.get("when") {
            Some(Value::Bool(shown)) if !shown => Some(not(always())),
            Some(Value::String(text)) if !text.trim().is_empty() => {
                let told = when::told(text);
                if told.is_none() {
                    self.note(
                        &below(pointer, "when"),
                        "Whether this holds cannot be told while the form is filled in: what it decides about is asked always, and need not be answered.",
                    );
                }
                told
            }
            _ => Some(always()),
        };
        Some(all([when?, condition?]))
    }

    fn object(&mut self, schema: &Value, at: Place<'_>) {
        let Some(deep) = at.deep.checked_sub(1) else {
            self.note(
                at.pointer,
                "This is nested too deeply to be asked for: it is left out.",
            );
            return;
        };
        let at = Place { deep, ..at };
        let schema = resolved(self.page, schema);
        let order = hint(&schema, "order").and_then(Value::as_array);
        if let Some(order) = order {
            let names = order.iter().filter_map(Value::as_str).map(str::to_owned);
            self.orders.push((at.path.to_vec(), names.collect()));
        }
        self.properties(&schema, at);
        self.dependencies(&schema, at);
        if let Some(condition) = schema.get("if") {
            let holds = condition::of(self.page, condition, at.path);
            if holds.is_none() {
                self.untold(&below(at.pointer, "if"));
            }
            for (branch, holds) in [("then", holds.clone()), ("else", holds.map(not))] {
                if let Some(schema) = schema.get(branch) {
                    let when = both(at.when, holds);
                    let pointer = below(at.pointer, branch);
                    self.object(
                        schema,
                        Place {
                            when: when.as_ref(),
                            pointer: &pointer,
                            left_out: None,
                            ..at
                        },
                    );
                }
            }
        }
        for (position, part) in list(&schema, "allOf").iter().enumerate() {
            let pointer = below(&below(at.pointer, "allOf"), &position.to_string());
            self.object(
                part,
                Place {
                    pointer: &pointer,
                    ..at
                },
            );
        }
        for keyword in ["oneOf", "anyOf"] {
            self.branches(&schema, keyword, at);
        }
    }

    fn untold(&mut self, pointer: &str) {
        self.note(
            pointer,
            "Whether this holds cannot be told from the answers: what it decides about is asked always, and need not be answered.",
        );
    }

    fn properties(&mut self, schema: &Schema, at: Place<'_>) {
        let required = texts(schema, "required");
        let mut known = Vec::new();
        for (name, property) in entries(schema, "properties") {
            if at.left_out == Some(name.as_str()) {
                continue;
            }
            known.push(name.as_str());
            let pointer = below(&below(at.pointer, "properties"), name);
            let path = at.path(name);
            let property = resolved(self.page, property);
            if property.contains_key("backstage:featureFlag") {
                self.note(
                    &pointer,
                    "This is behind a feature flag, of which there are none here: it is not asked.",
                );
                continue;
            }
            let when = self.shown(&property, &pointer, at.when.cloned());
            // Older drafts say at the property itself that it must be there.
            let is_required = required.contains(&name.as_str())
                || property.get("required") == Some(&Value::Bool(true));
            let has_parts = [
                "properties",
                "oneOf",
                "anyOf",
                "allOf",
                "if",
                "dependencies",
            ]
            .iter()
            .any(|keyword| property.contains_key(*keyword));
            let is_object =
                kind(&property) == Some("object") && has_parts && options(&property).is_none();
            let is_needed = at.is_needed && is_required;
            self.add(Mention {
                path: path.clone(),
                schema: property.clone(),
                required: is_needed,
                when: when.clone(),
                pointer: pointer.clone(),
                what: if is_object { What::Object } else { What::Value },
            });
            // What is hidden takes its defaults as a whole.
            if is_object && !is_hidden(&property) {
                self.object(
                    &Value::Object(property),
                    Place {
                        path: &path,
                        pointer: &pointer,
                        when: when.as_ref(),
                        is_needed,
                        left_out: None,
                        deep: at.deep,
                    },
                );
            }
        }
        for (position, name) in list(schema, "required").iter().enumerate() {
            let Some(name) = name.as_str() else { continue };
            if !known.contains(&name) && at.left_out != Some(name) {
                let pointer = below(&below(at.pointer, "required"), &position.to_string());
                self.needs(name, pointer, at.when.cloned(), at);
            }
        }
    }

    /// A value that must be there, whoever declares it.
    fn needs(&mut self, name: &str, pointer: String, when: Option<Condition>, at: Place<'_>) {
        if at.is_needed && when.is_some() {
            self.add(Mention {
                path: at.path(name),
                schema: Schema::new(),
                required: true,
                when,
                pointer,
                what: What::Needed,
            });
        }
    }

    /// Puts the values of every object in the order that is wished for.
    fn order(&mut self) {
        for (path, wish) in &self.orders {
            let level = path.len();
            let is_within =
                |mention: &Mention| mention.path.len() > level && mention.path.starts_with(path);
            let rest = wish
                .iter()
                .position(|name| name == "*")
                .unwrap_or(wish.len());
            let rank = |mention: &Mention| {
                let name = &mention.path[level];
                wish.iter()
                    .position(|wished| wished == name)
                    .unwrap_or(rest)
            };
            let mentions = &mut self.found.mentions;
            let places: Vec<usize> = (0..mentions.len())
                .filter(|&at| is_within(&mentions[at]))
                .collect();
            let mut within: Vec<Mention> = places.iter().map(|&at| mentions[at].clone()).collect();
            within.sort_by_key(rank);
            for (at, mention) in places.into_iter().zip(within) {
                mentions[at] = mention;
            }
        }
    }
}

/// Whether the form does not ask for a value but takes its default.
pub(super) fn is_hidden(schema: &Schema) -> bool {
    let fixed = schema.contains_key("default") || schema.contains_key("const");
    hint(schema, "widget").and_then(Value::as_str) == Some("hidden")
        || (fixed && (is_hinted(schema, "readonly") || is_hinted(schema, "disabled")))
        || (fixed && schema.get("readOnly") == Some(&Value::Bool(true)))
}

/// Both, if both can be told.
fn both(one: Option<&Condition>, other: Option<Condition>) -> Option<Condition> {
    Some(all([one?.clone(), other?]))
}
