//! A schema as a field of a form: what it is called, what may be answered, and what is made of the answer.

use serde_json::Value;

use super::answers::Carries;
use super::pattern::pattern;
use super::picker;
use super::schema::{Schema, count, hint, is_hinted, kind, list, options, resolved, text};
use super::words::{one_line, readable};
use crate::message::form::{Field, FieldKind, Offered, Pattern};

/// What may be answered to a schema's value.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) kind: FieldKind,
    pub(super) carries: Carries,
    /// How an answer looks, where the template does not say so.
    pub(super) example: Option<String>,
    /// What is not as in Backstage, in a sentence.
    pub(super) note: Option<String>,
}

impl Shape {
    pub(super) fn of(kind: FieldKind) -> Self {
        Self {
            kind,
            carries: Carries::Value,
            example: None,
            note: None,
        }
    }

    fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    fn like(mut self, example: &str) -> Self {
        self.example = Some(example.to_owned());
        self
    }
}

/// The field for a schema's value, and what is made of its answer. `None`: there is nothing to answer.
pub(super) fn field(
    page: &Value,
    name: &str,
    schema: &Schema,
    required: bool,
) -> Option<(Field, Carries, Vec<String>)> {
    let shape = shape(page, schema)?;
    let mut notes: Vec<String> = shape.note.into_iter().collect();
    let mut field = Field::new(name, label(schema, name), shape.kind);
    field.help = help(schema);
    field.example = example(schema).or(shape.example);
    field.required = required;
    if let FieldKind::Text {
        pattern: Some(pattern),
        ..
    } = &field.kind
        && pattern.matches("").is_none()
    {
        notes.push(format!(
            "No answer can be checked against the pattern {:?}: write it without what is JavaScript's own.",
            pattern.expression
        ));
    }
    let default = schema.get("default").or_else(|| schema.get("const"));
    // What is empty is taken when nothing is answered anyway.
    if let Some(default) = default.filter(|default| !is_empty(default)) {
        let default = match shape.carries {
            Carries::Json => Value::from(default.to_string()),
            _ => default.clone(),
        };
        if field.kind == FieldKind::Secret {
            notes.push(
                "The default of a secret is not taken: everybody can read it here.".to_owned(),
            );
        } else if let Some(fault) = field.fault(&default) {
            notes.push(format!(
                "The default is not offered, because it does not fit: {fault}"
            ));
        } else {
            field.default = Some(default);
        }
    }
    Some((field, shape.carries, notes))
}

/// What a value is called towards people.
pub(super) fn label(schema: &Schema, name: &str) -> String {
    let title = text(schema, "title").or_else(|| hint(schema, "title")?.as_str());
    match title.map(one_line).filter(|title| !title.is_empty()) {
        Some(title) => title,
        None => readable(name.rsplit('.').next().unwrap_or(name)),
    }
}

/// What helps to answer, as it was written.
pub(super) fn help(schema: &Schema) -> Option<String> {
    let description = hint(schema, "description").and_then(Value::as_str);
    let description = description.or_else(|| text(schema, "description"));
    let help = hint(schema, "help").and_then(Value::as_str);
    let mut said: Vec<String> = Vec::new();
    for text in [description, help].into_iter().flatten() {
        let text = one_line(text);
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
    }
    (!said.is_empty()).then(|| said.join(" "))
}

fn example(schema: &Schema) -> Option<String> {
    let placeholder = hint(schema, "placeholder").and_then(Value::as_str);
    let first = || list(schema, "examples").first().and_then(Value::as_str);
    let example = one_line(placeholder.or_else(first)?);
    (!example.is_empty()).then_some(example)
}

fn shape(page: &Value, schema: &Schema) -> Option<Shape> {
    let Some(name) = hint(schema, "field").and_then(Value::as_str) else {
        return plain(page, schema);
    };
    if let Some(shape) = picker::shape(name, schema) {
        return Some(shape);
    }
    let note =
        format!("There is no field {name} here: an answer of its type is asked for instead.");
    Some(plain(page, schema)?.noted(note))
}

/// What may be answered by a schema's type.
fn plain(page: &Value, schema: &Schema) -> Option<Shape> {
    let kind = kind(schema).unwrap_or("string");
    if kind == "array" {
        return Some(array(page, schema));
    }
    if let Some(options) = choices(schema) {
        return Some(Shape::of(FieldKind::Choice { options }));
    }
    Some(match kind {
        "null" => return None,
        "boolean" => Shape::of(FieldKind::Boolean),
        "integer" => Shape::of(FieldKind::Integer {
            minimum: limit(schema, "minimum", 1).map(f64::ceil).and_then(whole),
            maximum: limit(schema, "maximum", -1).map(f64::floor).and_then(whole),
        }),
        "number" => Shape::of(FieldKind::Number {
            minimum: schema.get("minimum").and_then(Value::as_f64),
            maximum: schema.get("maximum").and_then(Value::as_f64),
        }),
        "object" => json(
            "An object of free form cannot be asked for value by value: it is asked for as YAML.",
            "{name: value}",
        ),
        _ => string(schema),
    })
}

fn string(schema: &Schema) -> Shape {
    let widget = hint(schema, "widget").and_then(Value::as_str);
    if widget == Some("password") || is_kept_from_view(schema) {
        return Shape {
            carries: Carries::Password,
            ..Shape::of(FieldKind::Secret)
        };
    }
    let (min_length, max_length) = (count(schema, "minLength"), count(schema, "maxLength"));
    if widget == Some("textarea") || is_hinted(schema, "multiline") {
        return Shape::of(FieldKind::MultiLine {
            min_length,
            max_length,
        });
    }
    let text_like = |expression: &str, says: &str| {
        Shape::of(FieldKind::Text {
            pattern: Some(Pattern {
                expression: expression.to_owned(),
                says: Some(says.to_owned()),
            }),
            min_length,
            max_length,
        })
    };
    let pattern = pattern(schema);
    match text(schema, "format") {
        Some("date") => return Shape::of(FieldKind::Date),
        Some("email") if pattern.is_none() => {
            return text_like(r"^[^@\s]+@[^@\s]+$", "be an e-mail address")
                .like("ana@acme.example");
        }
        Some("uri" | "url") if pattern.is_none() => {
            return text_like(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$", "be a URL")
                .like("https://acme.example");
        }
        _ => {}
    }
    Shape::of(FieldKind::Text {
        pattern,
        min_length,
        max_length,
    })
}

/// Whether the review of a form is not to show the answer.
fn is_kept_from_view(schema: &Schema) -> bool {
    let review = schema
        .get("ui:backstage")
        .or_else(|| schema.get("ui:options")?.get("backstage"))
        .and_then(|backstage| backstage.get("review"));
    let dotted = |name: &str| schema.get(&format!("ui:backstage.review.{name}"));
    let said = |name: &str| {
        review
            .and_then(|review| review.get(name))
            .or_else(|| dotted(name))
    };
    said("show") == Some(&Value::Bool(false)) || said("mask").is_some()
}

fn array(page: &Value, schema: &Schema) -> Shape {
    let items = resolved(page, schema.get("items").unwrap_or(&Value::Null));
    let widget = hint(schema, "widget").and_then(Value::as_str);
    let is_set =
        schema.get("uniqueItems") == Some(&Value::Bool(true)) || widget == Some("checkboxes");
    if is_set && let Some(options) = choices(&items) {
        return Shape::of(FieldKind::ManyChoices { options });
    }
    let is_plain = matches!(schema.get("items"), Some(Value::Object(_)));
    let element = match is_plain.then(|| shape(page, &items)) {
        Some(Some(element)) => element,
        _ => Shape::of(FieldKind::Secret),
    };
    let is_one = !matches!(
        element.kind,
        FieldKind::List { .. }
            | FieldKind::ManyChoices { .. }
            | FieldKind::Secret
            | FieldKind::MultiLine { .. }
    );
    if !is_one {
        return json(
            "The entries of this list have parts, so that they cannot be asked for one by one: the list is asked for as YAML.",
            "[{name: one}, {name: another}]",
        );
    }
    Shape {
        kind: FieldKind::List {
            of: Box::new(element.kind),
            min_items: count(schema, "minItems"),
            max_items: count(schema, "maxItems"),
        },
        ..element
    }
}

/// What has no kind of its own, as text that is read as YAML.
fn json(note: &str, example: &str) -> Shape {
    Shape {
        kind: FieldKind::MultiLine {
            min_length: None,
            max_length: None,
        },
        carries: Carries::Json,
        example: Some(example.to_owned()),
        note: Some(note.to_owned()),
    }
}

/// What there is to choose from, without what is switched off.
fn choices(schema: &Schema) -> Option<Vec<Offered>> {
    let off = hint(schema, "enumDisabled").and_then(Value::as_array);
    let offered = options(schema)?
        .into_iter()
        .filter(|(value, _)| !off.is_some_and(|off| off.contains(value)))
        .map(|(value, name)| {
            let name = name
                .map(|name| one_line(&name))
                .filter(|name| !name.is_empty());
            Offered {
                label: name.unwrap_or_else(|| called(&value)),
                value,
            }
        });
    Some(offered.collect())
}

/// A value as a choice that has no name.
fn called(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => one_line(text),
        other => other.to_string(),
    }
}

/// A limit that may be meant without itself.
fn limit(schema: &Schema, keyword: &str, inwards: i8) -> Option<f64> {
    let exclusive = if inwards > 0 {
        "exclusiveMinimum"
    } else {
        "exclusiveMaximum"
    };
    let at = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let beyond = at(exclusive).map(|limit| {
        let next = limit + f64::from(inwards);
        // Of 2.5 the next whole number is less than a step away.
        if limit.fract() == 0.0 { next } else { limit }
    });
    match (at(keyword), beyond) {
        (Some(one), Some(other)) if inwards > 0 => Some(one.max(other)),
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn whole(number: f64) -> Option<i64> {
    format!("{number}").parse().ok()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.values().all(is_empty),
        _ => false,
    }
}
