//! Backstage's own fields: what their pickers let a person choose from.

use serde_json::Value;

use super::answers::Carries;
use super::field::Shape;
use super::pattern::portable;
use super::schema::{Schema, count, hint, is_hinted};
use crate::message::form::{EntityFilter, FieldKind, Offered, Pattern};

/// What may be answered to one of the fields that are known. `None`: this one is not.
pub(super) fn shape(name: &str, schema: &Schema) -> Option<Shape> {
    Some(match name {
        "EntityPicker" => entity(schema, &[], None),
        "OwnerPicker" => entity(schema, &["group", "user"], Some("group")),
        "OwnedEntityPicker" => Shape {
            note: Some(
                "Backstage offers only what the person owns here: any entity that fits is taken."
                    .to_owned(),
            ),
            ..entity(schema, &[], None)
        },
        "MyGroupsPicker" => Shape {
            note: Some(
                "Backstage offers only the person's own groups here: any group is taken."
                    .to_owned(),
            ),
            ..entity(schema, &["group"], Some("group"))
        },
        "MultiEntityPicker" => {
            let one = entity(schema, &[], None);
            Shape {
                kind: FieldKind::List {
                    of: Box::new(one.kind),
                    min_items: count(schema, "minItems"),
                    max_items: count(schema, "maxItems"),
                },
                ..one
            }
        }
        "EntityTagsPicker" => Shape {
            example: Some("java, payments".to_owned()),
            ..Shape::of(FieldKind::List {
                of: Box::new(tag()),
                min_items: count(schema, "minItems"),
                max_items: count(schema, "maxItems"),
            })
        },
        "EntityNamePicker" => Shape::of(entity_name(schema)),
        "RepoBranchPicker" => Shape::of(FieldKind::text()),
        "RepoOwnerPicker" => Shape::of(match texts(schema, "allowedOwners") {
            owners if owners.is_empty() => FieldKind::text(),
            owners => FieldKind::Choice {
                options: offered(&owners),
            },
        }),
        "Secret" => Shape {
            carries: Carries::Secret,
            ..Shape::of(FieldKind::Secret)
        },
        _ => return None,
    })
}

/// Texts as choices that are called what they are.
pub(super) fn offered(texts: &[String]) -> Vec<Offered> {
    let offered = texts.iter().map(|text| Offered {
        value: Value::from(text.as_str()),
        label: text.clone(),
    });
    offered.collect()
}

/// The texts of an option: a list of them, or a single one; nothing where they depend on other answers.
pub(super) fn texts(schema: &Schema, name: &str) -> Vec<String> {
    match hint(schema, name) {
        Some(value) if value.to_string().contains("{{") => Vec::new(),
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// An entity, of the kinds that the template allows or else of those that the field is for.
fn entity(schema: &Schema, kinds: &[&str], default_kind: Option<&str>) -> Shape {
    let kind_said = hint(schema, "defaultKind").and_then(Value::as_str);
    let namespace = hint(schema, "defaultNamespace").and_then(Value::as_str);
    let filters = filters(schema);
    let default_kind = kind_said.or(default_kind).map(str::to_lowercase);
    let namespace = namespace.map(str::to_lowercase);
    if is_hinted(schema, "allowArbitraryValues") {
        return Shape {
            carries: Carries::Entity {
                kind: default_kind,
                namespace,
            },
            note: Some(
                "Any value is allowed besides the entities, so this is asked for as text."
                    .to_owned(),
            ),
            ..Shape::of(FieldKind::text())
        };
    }
    let allowed = texts(schema, "allowedKinds");
    let mut fitting: Vec<String> = Vec::new();
    for kind in allowed.iter().map(|kind| kind.to_lowercase()) {
        if !fitting.contains(&kind) {
            fitting.push(kind);
        }
    }
    if let Some(kinds) = filter_kinds(&filters)
        && fitting.is_empty()
    {
        fitting = kinds;
    }
    if fitting.is_empty() && filters.is_empty() {
        fitting = kinds.iter().map(|&kind| kind.to_owned()).collect();
    }
    // A filter for the kind alone says no more than the kinds do.
    let says_more = filters
        .iter()
        .any(|filter| filter.keys().any(|key| key != "kind"));
    let kind = default_kind.or_else(|| match &fitting[..] {
        [one] => Some(one.clone()),
        _ => None,
    });
    let depends =
        hint(schema, "catalogFilter").is_some_and(|filter| filter.to_string().contains("{{"));
    Shape {
        carries: Carries::Entity {
            kind,
            namespace,
        },
        note: depends.then(|| {
            "What may be chosen depends on other answers in Backstage: here any entity is taken that fits otherwise."
                .to_owned()
        }),
        ..Shape::of(FieldKind::Entity {
            kinds: fitting,
            filter: if says_more { filters } else { Vec::new() },
        })
    }
}

/// What `catalogFilter` asks for: one filter or several, each path with a value, several, or that there is one. What depends
/// on other answers is left out.
fn filters(schema: &Schema) -> Vec<EntityFilter> {
    let one = |filter: &Value| -> Option<EntityFilter> {
        // Some write no more than the kind.
        if let Value::String(kind) = filter {
            return Some(EntityFilter::from([(
                "kind".to_owned(),
                vec![kind.clone()],
            )]));
        }
        let filter = filter.as_object()?.iter().map(|(path, wanted)| {
            let wanted = match wanted {
                Value::Array(several) => several.iter().filter_map(plain).collect(),
                one => plain(one).into_iter().collect(),
            };
            (path.clone(), wanted)
        });
        let is_fixed = |wanted: &Vec<String>| !wanted.iter().any(|value| value.contains("{{"));
        Some(filter.filter(|(_, wanted)| is_fixed(wanted)).collect())
    };
    match hint(schema, "catalogFilter") {
        Some(Value::Array(filters)) => filters.iter().filter_map(one).collect(),
        Some(filter) => one(filter).into_iter().collect(),
        None => Vec::new(),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The kinds of all filters, when each of them names some.
fn filter_kinds(filters: &[EntityFilter]) -> Option<Vec<String>> {
    let mut kinds: Vec<String> = Vec::new();
    for filter in filters {
        let wanted = filter.get("kind").filter(|wanted| !wanted.is_empty())?;
        for kind in wanted.iter().map(|kind| kind.to_lowercase()) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Some(kinds).filter(|kinds| !kinds.is_empty())
}

fn tag() -> FieldKind {
    FieldKind::Text {
        pattern: Some(Pattern {
            expression: "^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$".to_owned(),
            says: Some(
                "be tags of lower-case letters, digits, `+`, `#` and `:` with hyphens between"
                    .to_owned(),
            ),
        }),
        min_length: None,
        max_length: Some(63),
    }
}

/// A name that the catalog takes, and what else the template asks of it.
fn entity_name(schema: &Schema) -> FieldKind {
    let own = schema.get("pattern").and_then(Value::as_str);
    let pattern = match own {
        Some(expression) => Pattern {
            expression: portable(expression),
            says: None,
        },
        None => Pattern {
            expression: "^[A-Za-z0-9]+([-_.]+[A-Za-z0-9]+)*$".to_owned(),
            says: Some(
                "be a name for the catalog: letters and digits, with hyphens, underscores and dots between them"
                    .to_owned(),
            ),
        },
    };
    FieldKind::Text {
        pattern: Some(pattern),
        min_length: count(schema, "minLength"),
        max_length: Some(count(schema, "maxLength").map_or(63, |most| most.min(63))),
    }
}
