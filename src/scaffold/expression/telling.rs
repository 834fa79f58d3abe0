//! Reads an expression as a condition on answers, so that a form can tell before it is evaluated. What evaluation would fail
//! on, like a list that nobody answered, counts as not so.

use serde_json::{Value as Json, json};

use super::syntax::{Arguments, Kind, Node, Operator, Statement, Tag};
use crate::message::form::{Condition, Pattern};

/// What must hold for a template's one expression to be true.
pub(super) fn condition(body: &[Statement]) -> Option<Condition> {
    let [
        Statement {
            kind: Tag::Output(node),
            ..
        },
    ] = body
    else {
        return None;
    };
    match answer(node) {
        // By itself an empty list is not true, unlike anywhere else in JavaScript.
        Some(field) => Some(is_true(&field, &json!([false, "", 0, []]))),
        None => holds(node),
    }
}

fn holds(node: &Node) -> Option<Condition> {
    Some(match &node.kind {
        Kind::Bool(true) => Condition::All { all: Vec::new() },
        Kind::Bool(false) => Condition::Any { any: Vec::new() },
        Kind::Group(nodes) => match &nodes[..] {
            [node] => holds(node)?,
            _ => return None,
        },
        Kind::Not(node) => not(holds(node)?),
        Kind::And(one, other) => Condition::All {
            all: vec![holds(one)?, holds(other)?],
        },
        Kind::Or(one, other) => Condition::Any {
            any: vec![holds(one)?, holds(other)?],
        },
        Kind::Binary(operator, one, other) => compared(*operator, one, other)?,
        Kind::In(one, other) => contains(other, one)?,
        Kind::Test(test) if test.arguments.is_none() => {
            let answered = Condition::Answered {
                answered: answer(&test.of)?,
            };
            match test.name.as_str() {
                "defined" => answered,
                "undefined" => not(answered),
                _ => return None,
            }
        }
        Kind::Call(method, Arguments { positional, named }) if named.is_empty() => {
            match (&method.kind, &positional[..]) {
                (Kind::Member(of, name), [wanted]) if text(name)? == "includes" => {
                    contains(of, wanted)?
                }
                _ => return None,
            }
        }
        _ => is_true(&answer(node)?, &json!([false, "", 0])),
    })
}

fn compared(operator: Operator, one: &Node, other: &Node) -> Option<Condition> {
    let (field, value, operator) = match answer(one) {
        Some(field) => (field, literal(other)?, operator),
        None => (answer(other)?, literal(one)?, turned(operator)),
    };
    let number = || value.as_f64();
    Some(match operator {
        Operator::Equal if value.is_null() => not(Condition::Answered { answered: field }),
        Operator::Unequal if value.is_null() => Condition::Answered { answered: field },
        Operator::Equal => equals(field, value, true),
        Operator::Same => equals(field, value, false),
        Operator::Unequal => not(equals(field, value, true)),
        Operator::Different => not(equals(field, value, false)),
        Operator::GreaterOrEqual => Condition::AtLeast {
            field,
            at_least: number()?,
        },
        Operator::LessOrEqual => Condition::AtMost {
            field,
            at_most: number()?,
        },
        // What is no number is neither more nor less.
        Operator::Greater => Condition::All {
            all: vec![
                Condition::AtLeast {
                    field: field.clone(),
                    at_least: number()?,
                },
                not(equals(field, value, false)),
            ],
        },
        Operator::Less => Condition::All {
            all: vec![
                Condition::AtMost {
                    field: field.clone(),
                    at_most: number()?,
                },
                not(equals(field, value, false)),
            ],
        },
        _ => return None,
    })
}

/// The operator for the two sides exchanged.
fn turned(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

/// Compared loosely, a number is equal to the text that says it.
fn equals(field: String, value: Json, loosely: bool) -> Condition {
    let other = match &value {
        Json::String(text) => text.trim().parse::<i64>().ok().map(Json::from),
        Json::Number(number) => Some(Json::from(number.to_string())),
        _ => None,
    };
    match other.filter(|_| loosely) {
        Some(other) => Condition::OneOf {
            field,
            one_of: vec![value, other],
        },
        None => Condition::Equals {
            field,
            equals: value,
        },
    }
}

/// Whether a list holds a value or a text another one; either may be the answer.
fn contains(of: &Node, wanted: &Node) -> Option<Condition> {
    if let Some(field) = answer(of) {
        let value = literal(wanted)?;
        let contains = Condition::Contains {
            field: field.clone(),
            contains: value.clone(),
        };
        let Json::String(text) = value else {
            return Some(contains);
        };
        let within = Condition::Matches {
            field,
            matches: Pattern {
                expression: escaped(&text),
                says: None,
            },
        };
        return Some(Condition::Any {
            any: vec![contains, within],
        });
    }
    let Kind::List(values) = &of.kind else {
        return None;
    };
    Some(Condition::OneOf {
        field: answer(wanted)?,
        one_of: values.iter().map(literal).collect::<Option<_>>()?,
    })
}

/// A text as a pattern for nothing but itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The answer that an expression names: `parameters.cloud.region` is `cloud.region`.
fn answer(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Member(of, name) => match &of.kind {
            Kind::Name(root) if &*root.name == "parameters" => Some(text(name)?),
            _ => Some(format!("{}.{}", answer(of)?, text(name)?)),
        },
        Kind::Group(nodes) => match &nodes[..] {
            [node] => answer(node),
            _ => None,
        },
        _ => None,
    }
}

fn text(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Text(text) => Some(text.written().into_owned()),
        _ => None,
    }
}

fn literal(node: &Node) -> Option<Json> {
    Some(match &node.kind {
        Kind::Null => Json::Null,
        Kind::Bool(value) => Json::from(*value),
        Kind::Text(_) => Json::from(text(node)?),
        Kind::Negative(node) => match literal(node)?.as_f64()? {
            number if number.fract() == 0.0 => {
                Json::from(format!("{}", -number).parse::<i64>().ok()?)
            }
            number => Json::from(-number),
        },
        Kind::Number(number) if number.fract() == 0.0 => {
            Json::from(format!("{number}").parse::<i64>().ok()?)
        }
        Kind::Number(number) => Json::from(*number),
        _ => return None,
    })
}

/// There is an answer, and it is none of those that JavaScript takes for false.
fn is_true(field: &str, false_ones: &Json) -> Condition {
    Condition::All {
        all: vec![
            Condition::Answered {
                answered: field.to_owned(),
            },
            not(Condition::OneOf {
                field: field.to_owned(),
                one_of: false_ones.as_array().cloned().unwrap_or_default(),
            }),
        ],
    }
}

fn not(condition: Condition) -> Condition {
    Condition::Not {
        not: Box::new(condition),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value as Json, json};

    use super::super::{Options, Surroundings, Template};

    /// Whether an expression as a condition says the same as evaluated, over several answers.
    fn is_told(expression: &str) -> bool {
        let source = format!("${{{{ {expression} }}}}");
        let template = Template::parse(&source, Options::default()).expect("a template");
        let Some(condition) = template.condition() else {
            return false;
        };
        let answers = [
            json!({}),
            json!({"cloud": "aws", "size": 3, "extras": ["docs"], "public": true, "deep": {"x": "a"}}),
            json!({"cloud": "gcp.eu", "size": 0, "extras": [], "public": false, "deep": {"x": ""}}),
            json!({"cloud": "", "size": -1, "extras": ["a", "b"], "deep": {}}),
        ];
        for answers in answers {
            let mut context = Map::new();
            context.insert("parameters".to_owned(), answers.clone());
            let Ok(value) = template.evaluate(&context, &Surroundings::default()) else {
                continue;
            };
            let evaluated = match value {
                None | Some(Json::Null | Json::Bool(false)) => false,
                Some(Json::String(text)) => !text.is_empty(),
                Some(Json::Number(number)) => number.as_f64() != Some(0.0),
                Some(Json::Array(list)) => !list.is_empty(),
                Some(_) => true,
            };
            let held = condition.holds(&|name| {
                name.split('.')
                    .try_fold(&answers, |value, name| value.get(name))
            });
            assert_eq!(
                held, evaluated,
                "{expression} over {answers}: {condition:?}"
            );
        }
        true
    }

    #[test]
    fn a_condition_says_what_the_expression_says() {
        for expression in [
            "parameters.cloud === 'aws'",
            "'aws' == parameters.cloud",
            "parameters.cloud !== 'aws' and parameters.size > 2",
            "parameters.size <= 0 or not parameters.public",
            "2 < parameters.size",
            "parameters.size == '3'",
            "parameters.size === '3'",
            "parameters.size >= -1",
            "parameters.public",
            "parameters.extras",
            "parameters.extras and true",
            "parameters.deep.x",
            "parameters['cloud'] == null",
            "parameters.cloud != null",
            "parameters.cloud in ['aws', 'azure']",
            "'docs' in parameters.extras",
            "parameters.extras.includes('docs')",
            "parameters.cloud.includes('.')",
            "parameters.cloud is defined",
            "(parameters.cloud)",
            "true",
            "false",
        ] {
            assert!(is_told(expression), "{expression} cannot be told");
        }
    }

    #[test]
    fn what_must_be_evaluated_is_not_told() {
        for expression in [
            "parameters.cloud | upper",
            "parameters.size + 1 > 3",
            "parameters.cloud == parameters.size",
            "secrets.x",
            "'a'",
            "parameters.public if parameters.size else parameters.cloud",
        ] {
            assert!(!is_told(expression), "{expression} can be told");
        }
    }
}
