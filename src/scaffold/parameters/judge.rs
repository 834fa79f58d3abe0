//! Whether values fit schemas, by JSON Schema's draft 7. Nothing is fetched, and no pattern can take long.

use std::borrow::Cow;

use jsonschema::paths::Location;
use jsonschema::{Draft, Keyword, ValidationError, Validator};
use serde_json::{Map, Value};

use super::pattern::portable;
use super::schema::list;
use crate::message::form::Pattern;

/// How deep schemas may be nested.
const DEEPEST: usize = 64;
/// The types that there are.
const TYPES: [&str; 7] = [
    "null", "boolean", "object", "array", "number", "string", "integer",
];

/// Whether a value fits a schema without references. What is no schema fits nothing.
pub(super) fn fits(schema: &Value, value: &Value) -> bool {
    validator(schema).is_some_and(|validator| validator.is_valid(value))
}

/// What judges values by a schema without references.
pub(super) fn validator(schema: &Value) -> Option<Validator> {
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .offline()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .with_keyword("pattern", pattern)
        .build(&clean(schema, DEEPEST))
        .ok()
}

/// `pattern` as the form checks it, by an engine that cannot be made to hang.
struct Matches(Pattern);

impl<'i> Keyword<'i> for Matches {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom(self.0.expression.clone()))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        // What cannot be checked fits nothing.
        let matches = |text: &str| self.0.matches(text) == Some(true);
        instance.as_str().is_none_or(matches)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a keyword's maker may fail")]
fn pattern<'a>(
    _: &'a Map<String, Value>,
    value: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    Ok(Box::new(Matches(Pattern {
        expression: portable(value.as_str().unwrap_or_default()),
        says: None,
    })))
}

/// Leaves out what draft 7 does not know or would refuse a schema for. Backstage's validator overlooks such things, and real
/// templates have them.
fn clean(schema: &Value, deep: usize) -> Value {
    let (Some(deep), Value::Object(schema)) = (deep.checked_sub(1), schema) else {
        return Value::Bool(schema != &Value::Bool(false));
    };
    let mut cleaned = Map::new();
    for (keyword, value) in schema {
        if let Some(value) = self::keyword(keyword, value, deep) {
            cleaned.insert(keyword.clone(), value.into_owned());
        }
    }
    // Older drafts say at a property itself that it must be there.
    let mut required: Vec<Value> = list(&cleaned, "required").to_vec();
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for (name, property) in properties {
            let name = Value::from(name.as_str());
            if property.get("required") == Some(&Value::Bool(true)) && !required.contains(&name) {
                required.push(name);
            }
        }
    }
    if !required.is_empty() {
        cleaned.insert("required".to_owned(), Value::Array(required));
    }
    Value::Object(cleaned)
}

fn keyword<'v>(keyword: &str, value: &'v Value, deep: usize) -> Option<Cow<'v, Value>> {
    let kept = |is_right: bool| is_right.then_some(Cow::Borrowed(value));
    match keyword {
        "properties" | "patternProperties" | "dependencies" => {
            let is_map = value.is_object();
            is_map.then(|| Cow::Owned(map(value, deep)))
        }
        "allOf" | "anyOf" | "oneOf" => match value {
            Value::Array(parts) if !parts.is_empty() => {
                let parts = parts.iter().map(|part| clean(part, deep));
                Some(Cow::Owned(parts.collect()))
            }
            _ => None,
        },
        "items" => Some(Cow::Owned(match value {
            Value::Array(parts) => parts.iter().map(|part| clean(part, deep)).collect(),
            one => clean(one, deep),
        })),
        "if"
        | "then"
        | "else"
        | "not"
        | "additionalProperties"
        | "additionalItems"
        | "contains"
        | "propertyNames" => Some(Cow::Owned(clean(value, deep))),
        "type" => {
            let is_type = |value: &Value| value.as_str().is_some_and(|kind| TYPES.contains(&kind));
            match value {
                Value::Array(kinds) => {
                    let mut known: Vec<Value> = Vec::new();
                    for kind in kinds.iter().filter(|kind| is_type(kind)) {
                        if !known.contains(kind) {
                            known.push(kind.clone());
                        }
                    }
                    (!known.is_empty()).then(|| Cow::Owned(Value::Array(known)))
                }
                one => kept(is_type(one)),
            }
        }
        "required" => match value {
            Value::Array(names) => {
                let mut known: Vec<Value> = Vec::new();
                for name in names.iter().filter(|name| name.is_string()) {
                    if !known.contains(name) {
                        known.push(name.clone());
                    }
                }
                Some(Cow::Owned(Value::Array(known)))
            }
            _ => None,
        },
        "enum" => kept(value.as_array().is_some_and(|values| !values.is_empty())),
        "const" => kept(true),
        "pattern" | "format" => kept(value.is_string()),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => kept(value.is_number()),
        "multipleOf" => kept(value.as_f64().is_some_and(|number| number > 0.0)),
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            kept(value.as_u64().is_some())
        }
        "uniqueItems" => kept(value.is_boolean()),
        _ => None,
    }
}

fn map(schemas: &Value, deep: usize) -> Value {
    let schemas = schemas.as_object().into_iter().flatten();
    let cleaned = schemas.map(|(name, schema)| {
        let cleaned = match schema {
            // Names that are needed beside another one.
            Value::Array(names) => names
                .iter()
                .filter(|name| name.is_string())
                .cloned()
                .collect(),
            schema => clean(schema, deep),
        };
        (name.clone(), cleaned)
    });
    Value::Object(cleaned.collect())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::*;

    #[test]
    fn what_draft_7_refuses_is_overlooked() {
        let page = json!({
            "title": 3,
            "required": ["a", "a", 1],
            "properties": {
                "a": {"type": "strng", "minLength": "3", "pattern": 4, "enum": [], "ui:field": "X"},
                "b": {"type": ["string", "text"], "required": true},
                "c": {"$ref": "https://acme.example/schema.json"},
                "d": {"$ref": "#/definitions/round"}
            }
        });
        assert!(fits(&page, &json!({"a": 1, "b": "x", "c": 1, "d": 1})));
        assert!(!fits(&page, &json!({"a": 1})));
        assert!(!fits(&page, &json!({"a": 1, "b": 2})));
        assert!(!fits(&json!(false), &json!({})));
    }

    #[test]
    fn a_pattern_that_would_take_for_ever_fits_nothing() {
        let page = json!({"properties": {"a": {"pattern": "^(?=a)(a|a)*(a|aa)*\\1$"}}});
        let began = Instant::now();
        assert!(!fits(&page, &json!({"a": "a".repeat(5_000) + "!"})));
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn nesting_has_an_end() {
        let mut schema = json!({"type": "string"});
        for _ in 0..300 {
            schema = json!({"not": schema});
        }
        assert!(validator(&schema).is_some());
    }
}
