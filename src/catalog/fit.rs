//! Which entities fit Backstage's filters: fields by their paths, and the values one of which must stand there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Entity;

/// Whether an entity fits one of the filters. In each every path must lead to one of its values, in any case of the
/// letters; a path without values must lead to anything at all. Relations are not in the descriptor, so what filters
/// ask of them is taken as given.
pub fn fits(entity: &Entity, filters: &[BTreeMap<String, Vec<String>>]) -> bool {
    // Most filters ask for the kind alone, which is at hand.
    let kind = |wanted: &Vec<String>| {
        let is_it = |kind: &String| kind.eq_ignore_ascii_case(&entity.kind);
        wanted.is_empty() || wanted.iter().any(is_it)
    };
    let mut document = None;
    filters.iter().any(|filter| {
        filter.iter().all(|(path, wanted)| match path.as_str() {
            "kind" => kind(wanted),
            "metadata.namespace" => {
                let namespace = entity.reference.namespace();
                wanted.is_empty()
                    || wanted
                        .iter()
                        .any(|name| name.eq_ignore_ascii_case(namespace))
            }
            path if path.starts_with("relations.") => true,
            path => {
                let document = document.get_or_insert_with(|| entity.descriptor());
                leads_to(document, path, wanted)
            }
        })
    })
}

/// Whether a path leads to one of the values. Names may hold dots themselves, like those of annotations.
fn leads_to(value: &Value, path: &str, wanted: &[String]) -> bool {
    if path.is_empty() {
        let is_it =
            |text: &str| wanted.is_empty() || wanted.iter().any(|wanted| is_same(wanted, text));
        return match value {
            Value::Null => false,
            Value::String(text) => is_it(text),
            Value::Bool(_) | Value::Number(_) => is_it(&value.to_string()),
            Value::Array(list) => list.iter().any(|element| leads_to(element, "", wanted)),
            Value::Object(_) => wanted.is_empty(),
        };
    }
    match value {
        Value::Object(object) => object.iter().any(|(name, value)| {
            let Some(rest) = beginning(path, name) else {
                return false;
            };
            match rest.strip_prefix('.') {
                Some(rest) => leads_to(value, rest, wanted),
                None => rest.is_empty() && leads_to(value, "", wanted),
            }
        }),
        // `metadata.tags.java: true` is another way to ask for a tag.
        Value::Array(list) => {
            let names_it =
                |element: &Value| element.as_str().is_some_and(|text| is_same(text, path));
            let is_true = wanted.is_empty() || wanted.iter().any(|wanted| wanted == "true");
            (is_true && list.iter().any(names_it))
                || list.iter().any(|element| leads_to(element, path, wanted))
        }
        _ => false,
    }
}

/// What stands behind a name at the beginning of a path.
fn beginning<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let head = path.get(..name.len())?;
    (!name.is_empty() && is_same(head, name)).then(|| &path[name.len()..])
}

fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::descriptor::{Scope, read};

    const PAYMENTS: &str = "apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payments
  tags: [java, critical]
  annotations: {backstage.io/techdocs-ref: 'dir:.', acme.com/tier: '1'}
spec:
  type: Service
  lifecycle: production
  owner: pay
  public: false
  profile: {level: 3}
";

    fn fits_payments(filters: Value) -> bool {
        let read = read("f", PAYMENTS.as_bytes(), Scope::Descriptor);
        let filters: Vec<BTreeMap<String, Vec<String>>> =
            serde_json::from_value(filters).expect("filters");
        fits(&read.entities[0], &filters)
    }

    #[test]
    fn paths_lead_to_values_in_any_case_of_the_letters() {
        assert!(fits_payments(
            json!([{"kind": ["component"], "spec.type": ["service"]}])
        ));
        assert!(!fits_payments(json!([{"kind": ["api"]}])));
        assert!(!fits_payments(
            json!([{"kind": ["component"], "spec.type": ["website"]}])
        ));
        assert!(fits_payments(
            json!([{"spec.type": ["website", "SERVICE"]}])
        ));
        assert!(fits_payments(json!([{"metadata.namespace": ["default"]}])));
        assert!(fits_payments(
            json!([{"spec.public": ["false"], "spec.profile.level": ["3"]}])
        ));
    }

    #[test]
    fn one_filter_of_several_is_enough_and_none_is_not() {
        assert!(fits_payments(
            json!([{"kind": ["api"]}, {"kind": ["component"]}])
        ));
        assert!(!fits_payments(json!([])));
        assert!(fits_payments(json!([{}])));
    }

    #[test]
    fn names_may_hold_dots_and_lists_hold_values() {
        assert!(fits_payments(
            json!([{"metadata.annotations.backstage.io/techdocs-ref": []}])
        ));
        assert!(fits_payments(
            json!([{"metadata.annotations.acme.com/tier": ["1"]}])
        ));
        assert!(!fits_payments(
            json!([{"metadata.annotations.acme.com/team": []}])
        ));
        assert!(fits_payments(json!([{"metadata.tags": ["Java"]}])));
        assert!(fits_payments(json!([{"metadata.tags.critical": ["true"]}])));
        assert!(!fits_payments(json!([{"metadata.tags": ["go"]}])));
    }

    #[test]
    fn what_is_asked_of_relations_is_taken_as_given() {
        assert!(fits_payments(
            json!([{"relations.ownedBy": ["group:default/x"]}])
        ));
    }
}
