//! Conditions put together, as simply as they can be said.

use serde_json::{Map, Value};

use crate::message::form::Condition;

/// What always holds.
pub(super) fn always() -> Condition {
    Condition::All { all: Vec::new() }
}

/// What never holds.
pub(super) fn never() -> Condition {
    Condition::Any { any: Vec::new() }
}

/// All of them, without what is said twice or holds anyway.
pub(super) fn all(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    let mut flat: Vec<Condition> = Vec::new();
    for condition in conditions {
        let several = match condition {
            Condition::All { all } => all,
            one => vec![one],
        };
        for condition in several {
            if condition == never() {
                return condition;
            }
            if !flat.contains(&condition) {
                flat.push(condition);
            }
        }
    }
    // A value that is asked for is there, so nothing need be said of its absence.
    let known = flat.clone();
    let mut is_simpler = false;
    for condition in &mut flat {
        let Condition::Any { any } = condition else {
            continue;
        };
        let [absent, other] = &any[..] else {
            continue;
        };
        let Condition::Not { not } = absent else {
            continue;
        };
        let is_there = |name: &str| known.iter().any(|known| answers(known) == Some(name));
        if known.contains(not) || answers(not).is_some_and(is_there) {
            *condition = other.clone();
            is_simpler = true;
        }
    }
    if is_simpler {
        return all(flat);
    }
    let said = flat.clone();
    flat.retain(|condition| {
        // What compares an answer says already that there is one.
        let Condition::Answered { answered } = condition else {
            return true;
        };
        let says = |other: &Condition| other != condition && answers(other) == Some(answered);
        !said.iter().any(says)
    });
    if flat.len() == 1 {
        return flat.remove(0);
    }
    Condition::All { all: flat }
}

/// One of them, without what is said twice or never holds.
pub(super) fn any(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    let mut flat: Vec<Condition> = Vec::new();
    for condition in conditions {
        let several = match condition {
            Condition::Any { any } => any,
            one => vec![one],
        };
        for condition in several {
            if condition == always() {
                return condition;
            }
            if !flat.iter_mut().any(|known| has_taken(known, &condition)) {
                flat.push(condition);
            }
        }
    }
    if flat.len() == 1 {
        return flat.remove(0);
    }
    Condition::Any { any: flat }
}

/// Whether a condition says the other one as well, be it that it takes the other's values of the same answer to its own.
fn has_taken(known: &mut Condition, other: &Condition) -> bool {
    let (Some((field, values)), Some((same, others))) = (wanted(known), wanted(other)) else {
        return known == other;
    };
    if field != same {
        return false;
    }
    let mut all: Vec<Value> = values.into_iter().cloned().collect();
    for value in others {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
    let field = field.to_owned();
    *known = match &all[..] {
        [one] => Condition::Equals {
            field,
            equals: one.clone(),
        },
        _ => Condition::OneOf { field, one_of: all },
    };
    true
}

/// The opposite.
pub(super) fn not(condition: Condition) -> Condition {
    match condition {
        Condition::Not { not } => *not,
        Condition::All { all } if all.is_empty() => never(),
        Condition::Any { any } if any.is_empty() => always(),
        condition => Condition::Not {
            not: Box::new(condition),
        },
    }
}

/// Whether two conditions never hold together, as far as can be seen at once: they want different values of one answer.
pub(super) fn exclude(one: &Condition, other: &Condition) -> bool {
    match (one, other) {
        (Condition::Any { any }, other) | (other, Condition::Any { any }) => {
            any.iter().all(|one| exclude(one, other))
        }
        (Condition::All { all }, other) | (other, Condition::All { all }) => {
            all.iter().any(|one| exclude(one, other))
        }
        (Condition::Not { not }, other) | (other, Condition::Not { not }) if **not == *other => {
            true
        }
        (Condition::Not { not }, other) | (other, Condition::Not { not })
            if matches!(**not, Condition::Answered { .. }) =>
        {
            answers(not) == answers(other)
        }
        _ => match (wanted(one), wanted(other)) {
            (Some((field, values)), Some((other, others))) if field == other => {
                values.iter().all(|value| !others.contains(value))
            }
            _ => false,
        },
    }
}

/// The condition where some answers are known beforehand.
pub(super) fn settled(condition: &Condition, known: &Map<String, Value>) -> Condition {
    match condition {
        Condition::All { all: each } => all(each.iter().map(|each| settled(each, known))),
        Condition::Any { any: each } => any(each.iter().map(|each| settled(each, known))),
        Condition::Not { not: other } => not(settled(other, known)),
        one if one.fields().iter().all(|name| known.contains_key(*name)) => {
            if one.holds(&|name| known.get(name).filter(|value| !value.is_null())) {
                always()
            } else {
                never()
            }
        }
        one => one.clone(),
    }
}

/// The values one of which an answer must have.
fn wanted(condition: &Condition) -> Option<(&str, Vec<&Value>)> {
    match condition {
        Condition::Equals { field, equals } => Some((field, vec![equals])),
        Condition::OneOf { field, one_of } => Some((field, one_of.iter().collect())),
        _ => None,
    }
}

/// The field that has an answer when the condition holds.
fn answers(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Answered { answered: field }
        | Condition::Equals { field, .. }
        | Condition::OneOf { field, .. }
        | Condition::Contains { field, .. }
        | Condition::Matches { field, .. }
        | Condition::AtLeast { field, .. }
        | Condition::AtMost { field, .. } => Some(field),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn equals(field: &str, value: &str) -> Condition {
        Condition::Equals {
            field: field.to_owned(),
            equals: json!(value),
        }
    }

    fn answered(field: &str) -> Condition {
        Condition::Answered {
            answered: field.to_owned(),
        }
    }

    #[test]
    fn what_is_known_is_not_said_again() {
        let aws = equals("cloud", "aws");
        assert_eq!(all([answered("cloud"), aws.clone(), aws.clone()]), aws);
        let or_absent = any([not(answered("cloud")), aws.clone()]);
        assert_eq!(all([answered("cloud"), or_absent]), aws);
        assert_eq!(all([always(), aws.clone()]), aws);
        assert_eq!(all([never(), aws.clone()]), never());
        assert_eq!(any([never(), aws.clone()]), aws);
        assert_eq!(
            any([aws.clone(), equals("cloud", "gcp"), aws.clone()]),
            Condition::OneOf {
                field: "cloud".to_owned(),
                one_of: vec![json!("aws"), json!("gcp")],
            }
        );
        assert_eq!(any([always(), aws.clone()]), always());
        assert_eq!(not(not(aws.clone())), aws);
        assert_eq!(not(always()), never());
    }

    #[test]
    fn what_excludes_is_seen() {
        let (aws, gcp) = (equals("cloud", "aws"), equals("cloud", "gcp"));
        assert!(exclude(&aws, &gcp));
        assert!(!exclude(&aws, &answered("cloud")));
        assert!(!exclude(&aws, &equals("region", "gcp")));
        assert!(exclude(&answered("cloud"), &not(answered("cloud"))));
        assert!(exclude(&aws, &not(answered("cloud"))));
        assert!(exclude(&any([gcp.clone(), not(answered("cloud"))]), &aws));
        assert!(!exclude(&any([gcp, aws.clone()]), &aws));
    }

    #[test]
    fn what_is_known_beforehand_settles_conditions() {
        let known = json!({"cloud": "aws", "region": null});
        let known = known.as_object().expect("an object");
        let both = all([equals("cloud", "aws"), equals("size", "big")]);
        assert_eq!(settled(&both, known), equals("size", "big"));
        assert_eq!(settled(&equals("cloud", "gcp"), known), never());
        assert_eq!(settled(&not(answered("region")), known), always());
    }
}
