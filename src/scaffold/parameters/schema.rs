//! JSON Schemas as values: reading their keywords, following `$ref` within a page, and merging.

use serde_json::{Map, Value};

use crate::scaffold::position::unescape;

/// A schema that is an object.
pub(super) type Schema = Map<String, Value>;

/// How many `$ref` may follow one another.
const MOST_REFERENCES: usize = 20;

/// The schema with what its `$ref` points to, as far as that is within the page. What stands beside the `$ref` goes before.
pub(super) fn resolved(page: &Value, schema: &Value) -> Schema {
    let mut merged = schema.as_object().cloned().unwrap_or_default();
    for _ in 0..MOST_REFERENCES {
        let Some(Value::String(target)) = merged.shift_remove("$ref") else {
            break;
        };
        let Some(Value::Object(target)) = local(page, &target) else {
            break;
        };
        merged = merge(target.clone(), merged);
    }
    merged.shift_remove("$ref");
    merged
}

/// How deep schemas may be nested once their references are followed.
const DEEPEST: usize = 64;
/// How many values a page may have then; more is an attack.
const MOST_VALUES: usize = 50_000;

/// A page with what its references lead to in their places. One that leads to itself is left out, as no form can show it.
pub(super) fn unrolled(page: &Value) -> Value {
    let mut unrolling = Unrolling {
        page,
        trail: Vec::new(),
        left: MOST_VALUES,
    };
    unrolling.value(page, DEEPEST)
}

struct Unrolling<'p> {
    page: &'p Value,
    /// The references that are being followed.
    trail: Vec<String>,
    left: usize,
}

impl Unrolling<'_> {
    fn value(&mut self, value: &Value, deep: usize) -> Value {
        let (Some(deep), Some(left)) = (deep.checked_sub(1), self.left.checked_sub(1)) else {
            return Value::Null;
        };
        self.left = left;
        match value {
            Value::Array(list) => list.iter().map(|value| self.value(value, deep)).collect(),
            Value::Object(object) => {
                let mut whole = Schema::new();
                for (name, value) in object {
                    if !matches!((name.as_str(), value), ("$ref", Value::String(_))) {
                        whole.insert(name.clone(), self.value(value, deep));
                    }
                }
                match object.get("$ref").and_then(Value::as_str) {
                    Some(target) => merge(self.target(target, deep), whole).into(),
                    None => Value::Object(whole),
                }
            }
            value => value.clone(),
        }
    }

    fn target(&mut self, target: &str, deep: usize) -> Schema {
        let is_round = self.trail.iter().any(|earlier| earlier == target);
        let page = self.page;
        let Some(found) = local(page, target).filter(|_| !is_round) else {
            return Schema::new();
        };
        self.trail.push(target.to_owned());
        let found = self.value(found, deep);
        self.trail.pop();
        match found {
            Value::Object(found) => found,
            _ => Schema::new(),
        }
    }
}

/// What a `$ref` of a page points to.
pub(super) fn local<'p>(page: &'p Value, target: &str) -> Option<&'p Value> {
    let pointer = target.strip_prefix('#')?;
    let mut found = page;
    for part in pointer.split('/').skip(1) {
        found = match found {
            Value::Object(object) => object.get(&unescape(part))?,
            Value::Array(list) => list.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(found)
}

/// Two schemas in one: objects key by key, `required` by both, of anything else the second.
pub(super) fn merge(mut one: Schema, other: Schema) -> Schema {
    for (key, value) in other {
        let merged = match (one.get_mut(&key).map(Value::take), value) {
            (Some(Value::Object(one)), Value::Object(other)) => Value::Object(merge(one, other)),
            (Some(Value::Array(mut one)), Value::Array(other)) if key == "required" => {
                for name in other {
                    if !one.contains(&name) {
                        one.push(name);
                    }
                }
                Value::Array(one)
            }
            (_, value) => value,
        };
        one.insert(key, merged);
    }
    one
}

/// The text of a keyword.
pub(super) fn text<'s>(schema: &'s Schema, keyword: &str) -> Option<&'s str> {
    schema.get(keyword).and_then(Value::as_str)
}

/// The elements of a keyword that is a list; nothing for any other.
pub(super) fn list<'s>(schema: &'s Schema, keyword: &str) -> &'s [Value] {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The texts of a keyword that is a list of them, or a single one.
pub(super) fn texts<'s>(schema: &'s Schema, keyword: &str) -> Vec<&'s str> {
    match schema.get(keyword) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The entries of a keyword that is an object; nothing for any other.
pub(super) fn entries<'s>(
    schema: &'s Schema,
    keyword: &str,
) -> impl Iterator<Item = (&'s String, &'s Value)> {
    schema
        .get(keyword)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// A number that counts something.
pub(super) fn count(schema: &Schema, keyword: &str) -> Option<usize> {
    let number = schema.get(keyword)?;
    let count = number.as_u64().or_else(|| {
        // JavaScript has no other numbers.
        let whole = number.as_f64().filter(|number| number.fract() == 0.0)?;
        format!("{whole}").parse().ok()
    })?;
    usize::try_from(count).ok()
}

/// A hint for the form: `ui:name`, or `name` in `ui:options`.
pub(super) fn hint<'s>(schema: &'s Schema, name: &str) -> Option<&'s Value> {
    schema
        .get(&format!("ui:{name}"))
        .or_else(|| schema.get("ui:options")?.get(name))
}

/// A hint that is yes.
pub(super) fn is_hinted(schema: &Schema, name: &str) -> bool {
    hint(schema, name).and_then(Value::as_bool) == Some(true)
}

/// The type of a schema's values, where it says so or where its other keywords do. Of several types `null` is left out.
pub(super) fn kind(schema: &Schema) -> Option<&str> {
    let said = match schema.get("type") {
        Some(Value::String(kind)) => Some(kind.as_str()),
        Some(Value::Array(kinds)) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str);
            kinds
                .clone()
                .find(|kind| *kind != "null")
                .or_else(|| kinds.next())
        }
        _ => None,
    };
    said.or_else(|| {
        if schema.contains_key("properties") || schema.contains_key("additionalProperties") {
            return Some("object");
        }
        if schema.contains_key("items") {
            return Some("array");
        }
        let value = schema
            .get("const")
            .or_else(|| list(schema, "enum").first())
            .or_else(|| schema.get("default"))?;
        Some(match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        })
    })
}

/// The values that are listed to choose from, with what they are called: `enum` with its names, or alternatives that are
/// one value each.
pub(super) fn options(schema: &Schema) -> Option<Vec<(Value, Option<String>)>> {
    if let Some(Value::Array(values)) = schema.get("enum") {
        let names = schema
            .get("enumNames")
            .or_else(|| hint(schema, "enumNames"));
        let name = |position: usize, value: &Value| match names {
            Some(Value::Array(names)) => names.get(position)?.as_str().map(str::to_owned),
            // By value, as newer forms allow it.
            Some(Value::Object(names)) => names.get(value.as_str()?)?.as_str().map(str::to_owned),
            _ => None,
        };
        let numbered = values.iter().enumerate();
        return Some(
            numbered
                .map(|(position, value)| (value.clone(), name(position, value)))
                .collect(),
        );
    }
    ["oneOf", "anyOf"].into_iter().find_map(|keyword| {
        let alternatives = list(schema, keyword);
        if alternatives.is_empty() {
            return None;
        }
        let option = |alternative: &Value| {
            let alternative = alternative.as_object()?;
            let said = (alternative.get("const"), list(alternative, "enum"));
            let ((Some(value), _) | (None, [value])) = said else {
                return None;
            };
            Some((value.clone(), text(alternative, "title").map(str::to_owned)))
        };
        alternatives.iter().map(option).collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(value: Value) -> Schema {
        match value {
            Value::Object(schema) => schema,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn references_are_followed_within_the_page_and_no_further() {
        let page = json!({"definitions": {
            "name": {"type": "string", "title": "Name", "$ref": "#/definitions/short"},
            "short": {"maxLength": 5},
            "loop": {"$ref": "#/definitions/loop", "type": "string"}
        }});
        let of = |value| Value::Object(resolved(&page, &value));
        assert_eq!(
            of(json!({"$ref": "#/definitions/name", "title": "Its name"})),
            json!({"maxLength": 5, "type": "string", "title": "Its name"})
        );
        assert_eq!(
            of(json!({"$ref": "#/definitions/loop"})),
            json!({"type": "string"})
        );
        assert_eq!(
            of(json!({"$ref": "https://x.example/y", "a": 1})),
            json!({"a": 1})
        );
        assert_eq!(of(json!(true)), json!({}));
    }

    #[test]
    fn a_page_is_unrolled_once_and_has_an_end() {
        let page = json!({
            "properties": {"a": {"$ref": "#/definitions/port", "title": "A"}, "tree": {"$ref": "#/definitions/tree"}},
            "definitions": {
                "port": {"type": "integer"},
                "tree": {"properties": {"below": {"$ref": "#/definitions/tree"}}}
            }
        });
        let whole = unrolled(&page);
        assert_eq!(
            whole["properties"]["a"],
            json!({"type": "integer", "title": "A"})
        );
        assert_eq!(
            whole["properties"]["tree"],
            json!({"properties": {"below": {}}})
        );
        // Each doubles what the next one is.
        let mut definitions = Schema::new();
        for number in 0..60 {
            let next = json!({"$ref": format!("#/definitions/x{}", number + 1)});
            definitions.insert(format!("x{number}"), json!({"allOf": [next, next]}));
        }
        let laughs = json!({"$ref": "#/definitions/x0", "definitions": definitions});
        assert!(unrolled(&laughs).to_string().len() < 10_000_000);
    }

    #[test]
    fn merging_unites_what_is_required_and_replaces_what_is_listed() {
        let one = schema(
            json!({"required": ["a"], "enum": [1, 2], "properties": {"a": {"type": "string"}}}),
        );
        let other = schema(
            json!({"required": ["b", "a"], "enum": [2], "properties": {"a": {"title": "A"}, "b": {}}}),
        );
        assert_eq!(
            Value::Object(merge(one, other)),
            json!({"required": ["a", "b"], "enum": [2], "properties": {"a": {"type": "string", "title": "A"}, "b": {}}})
        );
    }

    #[test]
    fn the_type_is_guessed_where_it_is_not_said() {
        let of = |value| kind(&schema(value)).map(str::to_owned);
        assert_eq!(
            of(json!({"type": ["null", "integer"]})).as_deref(),
            Some("integer")
        );
        assert_eq!(of(json!({"properties": {}})).as_deref(), Some("object"));
        assert_eq!(of(json!({"default": true})).as_deref(), Some("boolean"));
        assert_eq!(of(json!({"title": "x"})), None);
    }

    #[test]
    fn options_have_names() {
        let of = |value| {
            let options = options(&schema(value))?;
            let named = options
                .into_iter()
                .map(|(value, name)| format!("{value}={}", name.unwrap_or_default()));
            Some(named.collect::<Vec<_>>().join(" "))
        };
        assert_eq!(
            of(json!({"enum": ["a", 1], "enumNames": ["A"]})).as_deref(),
            Some("\"a\"=A 1=")
        );
        assert_eq!(
            of(json!({"enum": ["a"], "ui:enumNames": ["A"]})).as_deref(),
            Some("\"a\"=A")
        );
        assert_eq!(
            of(json!({"oneOf": [{"const": "a", "title": "A"}, {"enum": ["b"]}]})).as_deref(),
            Some("\"a\"=A \"b\"=")
        );
        assert_eq!(
            of(json!({"oneOf": [{"const": "a"}, {"type": "string"}]})),
            None
        );
        assert_eq!(of(json!({"oneOf": []})), None);
    }
}
