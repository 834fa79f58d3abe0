//! Held against react-jsonschema-form 5.24, of which these are the results.

use serde_json::json;

use super::*;

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "cases read better so")]
fn comes_to(pages: Value, values: Value, wanted: Value) {
    let pages = match pages {
        Value::Array(pages) => pages,
        page => vec![page],
    };
    let values = values.as_object().cloned().expect("an object");
    assert_eq!(Value::Object(filled(&pages, values)), wanted);
}

#[test]
fn what_was_given_stays_and_the_rest_is_filled_in() {
    let text = |default: &str| json!({"type": "string", "default": default});
    comes_to(
        json!({"properties": {"a": text("x"), "b": {"type": "number"}}}),
        json!({}),
        json!({"a": "x"}),
    );
    comes_to(
        json!({"properties": {"a": text("x")}}),
        json!({"a": "", "z": 1}),
        json!({"a": "", "z": 1}),
    );
    let nested = json!({"properties": {"a": {"type": "object", "properties": {"b": text("y"), "c": {"type": "string"}}}}});
    comes_to(nested.clone(), json!({}), json!({"a": {"b": "y"}}));
    comes_to(
        nested,
        json!({"a": {"c": "z"}}),
        json!({"a": {"c": "z", "b": "y"}}),
    );
    let bare = json!({"a": {"type": "object", "properties": {"c": {"type": "string"}}}});
    comes_to(json!({"properties": bare}), json!({}), json!({}));
    comes_to(
        json!({"properties": bare, "required": ["a"]}),
        json!({}),
        json!({"a": {}}),
    );
    comes_to(
        json!({"properties": {"a": {"const": 2}, "b": {"type": ["string", "null"], "default": null}}}),
        json!({}),
        json!({"a": 2}),
    );
}

#[test]
fn lists_are_empty_or_as_long_as_they_must_be() {
    let list = |more: Value| {
        let mut list = json!({"type": "array", "items": {"type": "string", "default": "i"}});
        let whole = list.as_object_mut().expect("an object");
        whole.extend(more.as_object().cloned().expect("an object"));
        json!({"properties": {"a": list}})
    };
    comes_to(list(json!({})), json!({}), json!({"a": []}));
    comes_to(
        list(json!({"minItems": 2})),
        json!({}),
        json!({"a": ["i", "i"]}),
    );
    comes_to(
        list(json!({"minItems": 3, "default": ["k"]})),
        json!({}),
        json!({"a": ["k", "i", "i"]}),
    );
    comes_to(
        list(json!({"minItems": 2})),
        json!({"a": ["p"]}),
        json!({"a": ["p"]}),
    );
    let objects = json!({"properties": {"a": {"type": "array", "items": {"properties": {"b": {"type": "string", "default": "d"}}}}}});
    comes_to(
        objects,
        json!({"a": [{"c": 1}]}),
        json!({"a": [{"c": 1, "b": "d"}]}),
    );
}

#[test]
fn branches_that_count_have_defaults_too() {
    let dependent = json!({
        "properties": {"a": {"enum": ["x", "y"], "default": "y", "type": "string"}},
        "dependencies": {"a": {"oneOf": [
            {"properties": {"a": {"enum": ["x"]}, "b": {"type": "string", "default": "bx"}}},
            {"properties": {"a": {"enum": ["y"]}, "c": {"type": "string", "default": "cy"}}}
        ]}}
    });
    comes_to(dependent.clone(), json!({}), json!({"a": "y", "c": "cy"}));
    comes_to(dependent, json!({"a": "x"}), json!({"a": "x", "b": "bx"}));
    let conditional = json!({
        "properties": {"a": {"type": "string"}},
        "if": {"properties": {"a": {"const": "x"}}, "required": ["a"]},
        "then": {"properties": {"b": {"type": "string", "default": "t"}}},
        "else": {"properties": {"c": {"type": "string", "default": "e"}}}
    });
    comes_to(conditional.clone(), json!({}), json!({"c": "e"}));
    comes_to(conditional, json!({"a": "x"}), json!({"a": "x", "b": "t"}));
    let alternatives = json!({"type": "object", "anyOf": [
        {"properties": {"k": {"const": "a"}, "a": {"type": "string", "default": "1"}}},
        {"properties": {"k": {"const": "b"}, "b": {"type": "string", "default": "2"}}}
    ]});
    comes_to(alternatives.clone(), json!({}), json!({"k": "a", "a": "1"}));
    comes_to(alternatives, json!({"k": "b"}), json!({"k": "b", "b": "2"}));
    let both = json!({"allOf": [
        {"properties": {"a": {"type": "string", "default": "1"}}},
        {"properties": {"a": {"default": "3"}, "b": {"type": "string", "default": "2"}}}
    ]});
    comes_to(both, json!({}), json!({"a": "1", "b": "2"}));
}

#[test]
fn a_page_knows_the_defaults_of_those_before() {
    comes_to(
        json!([
            {"properties": {"a": {"type": "string", "default": "x"}}},
            {
                "when": "parameters.a === 'x'",
                "if": {"properties": {"a": {"const": "x"}}},
                "then": {"properties": {"b": {"type": "string", "default": "y"}}}
            },
            {"when": "parameters.b === 'z'", "properties": {"c": {"type": "string", "default": "no"}}}
        ]),
        json!({}),
        json!({"a": "x", "b": "y"}),
    );
}
