//! The filters that Backstage's scaffolder adds.

use std::rc::Rc;
use std::sync::Arc;

use super::super::convert::truthy;
use super::super::error::{Fault, Outcome};
use super::super::evaluate::own;
use super::super::repository::Repository;
use super::super::value::{Record, Value};
use super::{Around, argument};

fn record<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let given = entries
        .into_iter()
        .filter(|(_, value)| !matches!(value, Value::Undefined));
    let entries: Vec<(Arc<str>, Value)> = given.map(|(name, value)| (name.into(), value)).collect();
    Value::Record(Rc::new(Record::new(entries)))
}

/// The parts of an entity reference.
pub(super) fn parse_entity_ref(input: &Value, given: &[Value], _: &Around<'_>) -> Outcome<Value> {
    if !truthy(input) || matches!(input, Value::Safe(text) if text.is_empty()) {
        return Err(Fault::new(
            "`parseEntityRef` takes a reference like `component:default/name`, but there is none.",
        ));
    }
    let context = argument(given, 0);
    let default_kind = own(context, "defaultKind");
    let default_namespace = match own(context, "defaultNamespace") {
        namespace if truthy(&namespace) => namespace,
        _ => Value::text("default"),
    };
    let (kind, namespace, name) = match input.as_text() {
        Some(text) => parts(&text.written())?,
        None => (
            own(input, "kind"),
            own(input, "namespace"),
            own(input, "name"),
        ),
    };
    let kind = if kind.is_nothing() {
        default_kind
    } else {
        kind
    };
    let namespace = if namespace.is_nothing() {
        default_namespace
    } else {
        namespace
    };
    for (part, value) in [("kind", &kind), ("namespace", &namespace), ("name", &name)] {
        if !truthy(value) {
            return Err(Fault::new(format!(
                "This reference names no {part}. A full reference is `kind:namespace/name`; `parseEntityRef({{ defaultKind: \"group\" }})` fills a kind in."
            )));
        }
    }
    Ok(record([
        ("kind", kind),
        ("namespace", namespace),
        ("name", name),
    ]))
}

fn parts(reference: &str) -> Outcome<(Value, Value, Value)> {
    let slash = reference.find('/');
    let colon = reference
        .find(':')
        .filter(|colon| slash.is_none_or(|slash| *colon < slash));
    let behind = colon.map_or(0, |colon| colon + 1);
    let kind = colon.map(|colon| &reference[..colon]);
    let namespace = slash.map(|slash| &reference[behind..slash]);
    let name = &reference[behind.max(slash.map_or(0, |slash| slash + 1))..];
    if kind == Some("") || namespace == Some("") || name.is_empty() {
        return Err(Fault::new(format!(
            "`{reference}` is not a reference: write `kind:namespace/name`."
        )));
    }
    let value = |part: Option<&str>| part.map_or(Value::Undefined, Value::text);
    Ok((value(kind), value(namespace), Value::text(name)))
}

/// The parts of what a repository picker gives.
pub(super) fn parse_repo_url(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let repository = repository(input, around)?;
    let value = |part: Option<String>| part.map_or(Value::Undefined, Value::text);
    Ok(record([
        ("host", Value::text(repository.host)),
        ("owner", value(repository.owner)),
        ("repo", value(repository.repo)),
        ("organization", value(repository.organization)),
        ("workspace", value(repository.workspace)),
        ("project", value(repository.project)),
    ]))
}

/// `owner/name` of what a repository picker gives.
pub(super) fn project_slug(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let repository = repository(input, around)?;
    let part = |part: Option<String>| part.unwrap_or_else(|| "undefined".to_owned());
    Ok(Value::text(format!(
        "{}/{}",
        part(repository.owner),
        part(repository.repo)
    )))
}

fn repository(input: &Value, around: &Around<'_>) -> Outcome<Repository> {
    let text = super::super::convert::to_text(input, around.meter)?;
    Repository::parse(&text.written(), around.hosts).map_err(Fault::new)
}

/// One property, or one within others: `a.b[0].c`.
pub(super) fn pick(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let path = match argument(given, 0) {
        Value::List(list) => {
            let texts = list.copy();
            let text = |value: &Value| {
                Ok(super::super::convert::to_text(value, around.meter)?
                    .written()
                    .into_owned())
            };
            texts.iter().map(text).collect::<Outcome<Vec<String>>>()?
        }
        other => {
            let text = super::super::convert::to_text(other, around.meter)?
                .written()
                .into_owned();
            // The whole path may be the name of one property.
            if super::super::evaluate::has(input, &text) {
                vec![text]
            } else {
                path_of(&text)
            }
        }
    };
    if path.is_empty() {
        return Ok(Value::Undefined);
    }
    let mut current = input.clone();
    for part in path {
        if let Value::Safe(text) = current {
            current = Value::Text(text.as_ref().clone());
        }
        current = own(&current, &part);
    }
    Ok(current)
}

fn path_of(text: &str) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = text;
    if rest.starts_with('.') {
        path.push(String::new());
    }
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let quoted = inside
                .chars()
                .next()
                .filter(|quote| *quote == '"' || *quote == '\'');
            let close = match quoted {
                Some(quote) => format!("{quote}]"),
                None => "]".to_owned(),
            };
            let inside = &inside[quoted.map_or(0, char::len_utf8)..];
            let Some(end) = inside.find(&close) else {
                path.push(inside.to_owned());
                return path;
            };
            path.push(inside[..end].to_owned());
            rest = &inside[end + close.len()..];
            rest = rest.strip_prefix('.').unwrap_or(rest);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        if end > 0 {
            path.push(rest[..end].to_owned());
        }
        let dot = rest[end..].starts_with('.');
        rest = &rest[end + usize::from(dot)..];
        if dot && (rest.is_empty() || rest.starts_with('.')) {
            path.push(String::new());
        }
    }
    path
}
