//! Schemas that decide what is asked, as conditions on the answers before.

use serde_json::{Number, Value};

use super::logic::{all, always, any, exclude, never, not};
use super::pattern::portable;
use super::schema::{Schema, count, entries, list, local, text};
use crate::message::form::{Condition, Pattern};

/// How deep a schema is looked into.
const DEEPEST: usize = 12;

/// What must hold of the answers for the values at a path to fit a schema. `None`: that cannot be told from answers.
///
/// As in JSON Schema, what is said about a value holds as well when there is none.
pub(super) fn of(page: &Value, schema: &Value, path: &[String]) -> Option<Condition> {
    object(page, schema, path, DEEPEST)
}

/// What must hold of the answer at a path, which is there, for it to fit a schema.
pub(super) fn of_answer(page: &Value, schema: &Value, path: &[String]) -> Option<Condition> {
    value_of(page, schema, path, DEEPEST)
}

/// There is an answer at a path.
pub(super) fn answered(path: &[String]) -> Condition {
    Condition::Answered {
        answered: name(path),
    }
}

/// The name under which the answer to the value at a path is kept.
pub(super) fn name(path: &[String]) -> String {
    path.join(".")
}

/// What a schema asks of an object, which is always there.
fn object(page: &Value, schema: &Value, path: &[String], deep: usize) -> Option<Condition> {
    let deep = deep.checked_sub(1)?;
    let schema = match schema {
        Value::Bool(true) => return Some(always()),
        Value::Bool(false) => return Some(never()),
        Value::Object(schema) => schema,
        _ => return None,
    };
    let mut holds = Vec::new();
    for (keyword, value) in schema {
        match keyword.as_str() {
            "properties" => {
                for (name, property) in entries(schema, keyword) {
                    let mut path = path.to_vec();
                    path.push(name.clone());
                    holds.push(property_of(page, property, &path, deep)?);
                }
            }
            "required" => {
                for required in value.as_array()? {
                    let mut path = path.to_vec();
                    path.push(required.as_str()?.to_owned());
                    holds.push(answered(&path));
                }
            }
            "type" if value == "object" => {}
            keyword if says_nothing(keyword) => {}
            "$ref" | "allOf" | "anyOf" | "oneOf" | "not" => {
                let of = |schema: &Value| object(page, schema, path, deep);
                holds.push(combined(page, keyword, value, &of)?);
            }
            _ => return None,
        }
    }
    Some(all(holds))
}

/// What a schema asks of a value, if there is one.
fn property_of(page: &Value, schema: &Value, path: &[String], deep: usize) -> Option<Condition> {
    let deep = deep.checked_sub(1)?;
    match schema {
        Value::Bool(true) => return Some(always()),
        Value::Bool(false) => return Some(not(answered(path))),
        Value::Object(schema) if schema.contains_key("properties") => {
            return object(page, &Value::Object(schema.clone()), path, deep);
        }
        _ => {}
    }
    let holds = value_of(page, schema, path, deep)?;
    if holds == always() {
        return Some(holds);
    }
    Some(any(vec![not(answered(path)), holds]))
}

/// What a schema asks of a value that is there.
fn value_of(page: &Value, schema: &Value, path: &[String], deep: usize) -> Option<Condition> {
    let deep = deep.checked_sub(1)?;
    let schema = match schema {
        Value::Bool(true) => return Some(always()),
        Value::Bool(false) => return Some(never()),
        Value::Object(schema) => schema,
        _ => return None,
    };
    let field = name(path);
    let mut holds = Vec::new();
    for (keyword, value) in schema {
        let condition = match keyword.as_str() {
            "const" => Condition::Equals {
                field: field.clone(),
                equals: value.clone(),
            },
            "enum" => match value.as_array()?.as_slice() {
                [one] => Condition::Equals {
                    field: field.clone(),
                    equals: one.clone(),
                },
                several => Condition::OneOf {
                    field: field.clone(),
                    one_of: several.to_vec(),
                },
            },
            "pattern" => matches(&field, portable(text(schema, keyword)?)),
            "minLength" => matches(&field, format!("(?s)^.{{{},}}$", length(schema, keyword)?)),
            "maxLength" => matches(&field, format!("(?s)^.{{0,{}}}$", length(schema, keyword)?)),
            "minimum" => Condition::AtLeast {
                field: field.clone(),
                at_least: value.as_f64()?,
            },
            "maximum" => Condition::AtMost {
                field: field.clone(),
                at_most: value.as_f64()?,
            },
            "exclusiveMinimum" => not(Condition::AtMost {
                field: field.clone(),
                at_most: value.as_f64()?,
            }),
            "exclusiveMaximum" => not(Condition::AtLeast {
                field: field.clone(),
                at_least: value.as_f64()?,
            }),
            "contains" => contains(&field, value.as_object()?)?,
            // A form gives no values of another type.
            "type" => continue,
            keyword if says_nothing(keyword) => continue,
            "$ref" | "allOf" | "anyOf" | "oneOf" | "not" => {
                let of = |schema: &Value| value_of(page, schema, path, deep);
                combined(page, keyword, value, &of)?
            }
            _ => return None,
        };
        holds.push(condition);
    }
    Some(all(holds))
}

fn combined(
    page: &Value,
    keyword: &str,
    value: &Value,
    of: &dyn Fn(&Value) -> Option<Condition>,
) -> Option<Condition> {
    let each = || -> Option<Vec<Condition>> { value.as_array()?.iter().map(of).collect() };
    Some(match keyword {
        "$ref" => of(local(page, value.as_str()?)?)?,
        "not" => not(of(value)?),
        "allOf" => all(each()?),
        "anyOf" => any(each()?),
        _ => {
            // Exactly one: that is any, unless two may hold together.
            let each = each()?;
            let alone = each.iter().enumerate().all(|(position, one)| {
                each.iter()
                    .skip(position + 1)
                    .all(|other| exclude(one, other))
            });
            if !alone {
                return None;
            }
            any(each)
        }
    })
}

fn contains(field: &str, schema: &Schema) -> Option<Condition> {
    let contains = |value: &Value| Condition::Contains {
        field: field.to_owned(),
        contains: value.clone(),
    };
    let mut keywords = schema
        .keys()
        .filter(|keyword| *keyword != "type" && !says_nothing(keyword));
    match (keywords.next()?.as_str(), keywords.next()) {
        ("const", None) => schema.get("const").map(contains),
        ("enum", None) => Some(any(list(schema, "enum").iter().map(contains))),
        _ => None,
    }
}

fn matches(field: &str, expression: String) -> Condition {
    Condition::Matches {
        field: field.to_owned(),
        matches: Pattern {
            expression,
            says: None,
        },
    }
}

/// A length that a pattern can count to.
fn length(schema: &Schema, keyword: &str) -> Option<Number> {
    count(schema, keyword)
        .filter(|length| *length <= 500)
        .map(Number::from)
}

/// Whether a keyword asks nothing of a value.
fn says_nothing(keyword: &str) -> bool {
    matches!(
        keyword,
        "title"
            | "description"
            | "default"
            | "examples"
            | "$comment"
            | "$schema"
            | "$id"
            | "definitions"
            | "$defs"
            | "enumNames"
            | "backstage:featureFlag"
            | "backstage:permissions"
            | "readOnly"
            | "writeOnly"
    ) || keyword.starts_with("ui:")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "cases read better so")]
    fn told(schema: Value) -> String {
        let condition = of(&json!({}), &schema, &[]);
        condition.map_or_else(
            || "cannot be told".to_owned(),
            |condition| serde_json::to_string(&condition).expect("JSON"),
        )
    }

    #[test]
    fn values_are_compared_where_there_are_any() {
        assert_eq!(
            told(json!({"properties": {"a": {"const": 1}}, "required": ["a"]})),
            r#"{"field":"a","equals":1}"#
        );
        assert_eq!(
            told(json!({"properties": {"a": {"const": 1}}})),
            r#"{"any":[{"not":{"answered":"a"}},{"field":"a","equals":1}]}"#
        );
        assert_eq!(
            told(
                json!({"required": ["a"], "properties": {"a": {"enum": [1, 2]}, "b": {"properties": {"c": {"const": "x"}}, "required": ["c"]}}})
            ),
            r#"{"all":[{"field":"a","one_of":[1,2]},{"field":"b.c","equals":"x"}]}"#
        );
    }

    #[test]
    fn other_keywords_become_conditions_where_they_can() {
        assert_eq!(
            told(
                json!({"required": ["a"], "properties": {"a": {"type": "string", "pattern": "^x", "minLength": 2}}})
            ),
            r#"{"all":[{"field":"a","matches":{"expression":"^x"}},{"field":"a","matches":{"expression":"(?s)^.{2,}$"}}]}"#
        );
        assert_eq!(
            told(
                json!({"required": ["a"], "properties": {"a": {"minimum": 2, "exclusiveMaximum": 5}}})
            ),
            r#"{"all":[{"field":"a","at_least":2.0},{"not":{"field":"a","at_least":5.0}}]}"#
        );
        assert_eq!(
            told(json!({"required": ["a"], "properties": {"a": {"contains": {"const": "x"}}}})),
            r#"{"field":"a","contains":"x"}"#
        );
        assert_eq!(
            told(json!({"properties": {"a": {"multipleOf": 2}}})),
            "cannot be told"
        );
        assert_eq!(told(json!({"minProperties": 2})), "cannot be told");
    }

    #[test]
    fn schemas_are_put_together() {
        assert_eq!(
            told(json!({"not": {"required": ["a"], "properties": {"a": {"const": 1}}}})),
            r#"{"not":{"field":"a","equals":1}}"#
        );
        assert_eq!(
            told(json!({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]})),
            r#"{"any":[{"answered":"a"},{"answered":"b"}]}"#
        );
        assert_eq!(
            told(json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]})),
            "cannot be told"
        );
        assert_eq!(
            told(json!({"properties": {"a": false}})),
            r#"{"not":{"answered":"a"}}"#
        );
        assert_eq!(told(json!(true)), r#"{"all":[]}"#);
    }

    #[test]
    fn nesting_has_an_end() {
        let mut schema = json!({"required": ["a"]});
        for _ in 0..40 {
            schema = json!({"not": schema});
        }
        assert_eq!(told(schema), "cannot be told");
        let page = json!({"definitions": {"x": {"$ref": "#/definitions/x"}}});
        assert_eq!(of(&page, &page["definitions"]["x"], &[]), None);
    }
}
