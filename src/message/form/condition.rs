//! When a field is asked: what must hold of the answers before it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::Pattern;

/// What makes a field be asked. Each names earlier fields of the form, on any page; one that is not asked itself has no
/// answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Condition {
    /// The answer is this value.
    Equals {
        /// The earlier field's name.
        field: String,
        /// The value that it must have.
        equals: Value,
    },
    /// The answer is one of these values.
    OneOf {
        /// The earlier field's name.
        field: String,
        /// The values, one of which it must have.
        one_of: Vec<Value>,
    },
    /// The answer is a list, and this value is in it.
    Contains {
        /// The earlier field's name.
        field: String,
        /// The value that must be in it.
        contains: Value,
    },
    /// The answer is a text that matches.
    Matches {
        /// The earlier field's name.
        field: String,
        /// What it must match.
        matches: Pattern,
    },
    /// The answer is a number, and not below this one.
    AtLeast {
        /// The earlier field's name.
        field: String,
        /// The smallest number.
        at_least: f64,
    },
    /// The answer is a number, and not above this one.
    AtMost {
        /// The earlier field's name.
        field: String,
        /// The largest number.
        at_most: f64,
    },
    /// There is an answer.
    Answered {
        /// The earlier field's name.
        answered: String,
    },
    /// All of these hold; of none, that is so.
    All {
        /// What must hold.
        all: Vec<Self>,
    },
    /// One of these holds, or more; of none, that is never so.
    Any {
        /// What may hold.
        any: Vec<Self>,
    },
    /// This does not hold.
    Not {
        /// What must not hold.
        not: Box<Self>,
    },
}

impl Condition {
    /// Whether it holds of the answers. Nesting is bounded by what made the condition.
    pub fn holds<'a>(&self, answer: &dyn Fn(&str) -> Option<&'a Value>) -> bool {
        match self {
            Self::Equals { field, equals } => {
                answer(field).is_some_and(|answer| is_same(answer, equals))
            }
            Self::OneOf { field, one_of } => answer(field)
                .is_some_and(|answer| one_of.iter().any(|value| is_same(answer, value))),
            Self::Contains { field, contains } => answer(field)
                .and_then(Value::as_array)
                .is_some_and(|list| list.iter().any(|value| is_same(value, contains))),
            Self::Matches { field, matches } => answer(field)
                .and_then(Value::as_str)
                .is_some_and(|text| matches.matches(text) == Some(true)),
            Self::AtLeast { field, at_least } => {
                number(answer(field)).is_some_and(|number| number >= *at_least)
            }
            Self::AtMost { field, at_most } => {
                number(answer(field)).is_some_and(|number| number <= *at_most)
            }
            Self::Answered { answered } => answer(answered).is_some(),
            Self::All { all } => all.iter().all(|condition| condition.holds(answer)),
            Self::Any { any } => any.iter().any(|condition| condition.holds(answer)),
            Self::Not { not } => !not.holds(answer),
        }
    }

    /// The names of the fields that it looks at, as often as it does.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::Equals { field, .. }
            | Self::OneOf { field, .. }
            | Self::Contains { field, .. }
            | Self::Matches { field, .. }
            | Self::AtLeast { field, .. }
            | Self::AtMost { field, .. }
            | Self::Answered { answered: field } => vec![field],
            Self::All { all: several } | Self::Any { any: several } => {
                several.iter().flat_map(Self::fields).collect()
            }
            Self::Not { not } => not.fields(),
        }
    }
}

/// Whether two values are the same in JSON, where 1 and 1.0 are.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        _ => one == other,
    }
}

fn number(answer: Option<&Value>) -> Option<f64> {
    answer.and_then(Value::as_f64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(condition: Value) -> bool {
        let answers = json!({"cloud": "aws", "size": 3, "extras": ["docs"], "public": false});
        let condition: Condition = serde_json::from_value(condition).expect("a condition");
        let again = serde_json::to_value(&condition).expect("JSON");
        assert_eq!(
            serde_json::from_value::<Condition>(again).expect("a condition"),
            condition
        );
        condition.holds(&|name| answers.get(name))
    }

    #[test]
    fn conditions_look_at_answers() {
        assert!(holds(json!({"field": "cloud", "equals": "aws"})));
        assert!(holds(json!({"field": "size", "equals": 3.0})));
        assert!(!holds(json!({"field": "region", "equals": null})));
        assert!(holds(json!({"field": "cloud", "one_of": ["gcp", "aws"]})));
        assert!(holds(json!({"field": "extras", "contains": "docs"})));
        assert!(!holds(json!({"field": "cloud", "contains": "aws"})));
        assert!(holds(
            json!({"field": "cloud", "matches": {"expression": "^a"}})
        ));
        assert!(!holds(
            json!({"field": "size", "matches": {"expression": "3"}})
        ));
        assert!(holds(json!({"field": "size", "at_least": 3})));
        assert!(!holds(json!({"field": "size", "at_most": 2.5})));
        assert!(holds(json!({"answered": "public"})));
        assert!(!holds(json!({"answered": "region"})));
    }

    #[test]
    fn conditions_are_put_together() {
        let aws = json!({"field": "cloud", "equals": "aws"});
        let region = json!({"answered": "region"});
        assert!(!holds(json!({"all": [aws, region]})));
        assert!(holds(json!({"any": [aws, region]})));
        assert!(holds(json!({"not": region})));
        assert!(holds(json!({"all": []})));
        assert!(!holds(json!({"any": []})));
    }

    #[test]
    fn a_condition_names_its_fields() {
        let both = json!({"all": [{"answered": "a"}, {"not": {"field": "b", "equals": 1}}]});
        let both: Condition = serde_json::from_value(both).expect("a condition");
        assert_eq!(both.fields(), ["a", "b"]);
    }
}
