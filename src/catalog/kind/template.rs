//! The rules for what only templates have: pages, steps, presentation, output.

use std::fmt::Display;

use crate::catalog::problem::rule;
use crate::catalog::validate::{Checker, missing};
use crate::catalog::yaml::{Node, Value};

pub(super) fn steps(checker: &mut Checker, steps: Node<'_, '_>) {
    if !checker.list(&"spec.steps", steps) {
        return;
    }
    for (position, step) in steps.items().enumerate() {
        let path = format!("spec.steps[{position}]");
        if !checker.object(&path, step) {
            continue;
        }
        if step.get("action").is_none() {
            let known = ["id", "name", "input", "if", "each"];
            let example = "action: with what the step does, like action: fetch:template";
            checker.error(
                step,
                rule::TEMPLATE_STEPS,
                missing(&format!("{path}.action"), step, &known, example),
            );
        }
        for field in ["action", "id", "name"] {
            if let Some(value) = step.get(field) {
                checker.string(&format_args!("{path}.{field}"), value);
            }
        }
        if let Some(input) = step.get("input") {
            checker.object(&format_args!("{path}.input"), input);
        }
        condition(checker, &path, "if", step);
        permissions(checker, &path, step);
    }
}

/// Judges the entries of `formDecorators`.
pub(super) fn decorators(checker: &mut Checker, path: &dyn Display, decorators: Node<'_, '_>) {
    if !checker.list(path, decorators) {
        return;
    }
    for (position, decorator) in decorators.items().enumerate() {
        let path = format!("{path}[{position}]");
        if !checker.object(&path, decorator) {
            continue;
        }
        if let Some(id) = decorator.get("id") {
            checker.string(&format_args!("{path}.id"), id);
        }
        if let Some(input) = decorator.get("input") {
            checker.object(&format_args!("{path}.input"), input);
        }
    }
}

/// Judges what is to be done where a run was interrupted.
pub(super) fn recovery(checker: &mut Checker, recovery: Node<'_, '_>) {
    if checker.object(&"spec.EXPERIMENTAL_recovery", recovery)
        && let Some(strategy) = recovery.get("EXPERIMENTAL_strategy")
    {
        checker.string(
            &"spec.EXPERIMENTAL_recovery.EXPERIMENTAL_strategy",
            strategy,
        );
    }
}

/// Judges `backstage:permissions`, which pages and steps may have.
pub(super) fn permissions(checker: &mut Checker, path: &str, object: Node<'_, '_>) {
    let Some(permissions) = object.get("backstage:permissions") else {
        return;
    };
    let path = format!("{path}.backstage:permissions");
    if checker.object(&path, permissions)
        && let Some(tags) = permissions.get("tags")
        && checker.list(&format_args!("{path}.tags"), tags)
    {
        for (position, tag) in tags.items().enumerate() {
            checker.string(&format_args!("{path}.tags[{position}]"), tag);
        }
    }
}

pub(super) fn presentation(checker: &mut Checker, presentation: Node<'_, '_>) {
    if checker.object(&"spec.presentation", presentation)
        && let Some(labels) = presentation.get("buttonLabels")
        && checker.object(&"spec.presentation.buttonLabels", labels)
    {
        for field in ["backButtonText", "createButtonText", "reviewButtonText"] {
            if let Some(text) = labels.get(field) {
                checker.string(
                    &format_args!("spec.presentation.buttonLabels.{field}"),
                    text,
                );
            }
        }
    }
}

/// Judges `if` or `when`, which is text or a truth value.
pub(super) fn condition(checker: &mut Checker, path: &str, name: &str, object: Node<'_, '_>) {
    if let Some(value) = object.get(name)
        && !matches!(value.value(), Value::Bool(_))
    {
        checker.string(&format_args!("{path}.{name}"), value);
    }
}

pub(super) fn output(checker: &mut Checker, output: Node<'_, '_>) {
    if !checker.object(&"spec.output", output) {
        return;
    }
    for (name, _, value) in output.entries() {
        let path = format!("spec.output.{name}");
        let texts: &[&str] = match name {
            "links" => &["url", "entityRef", "title", "icon"],
            "text" => &["title", "icon"],
            _ => {
                checker.string(&path, value);
                continue;
            }
        };
        if !checker.list(&path, value) {
            continue;
        }
        for (position, item) in value.items().enumerate() {
            let path = format!("{path}[{position}]");
            if !checker.object(&path, item) {
                continue;
            }
            for field in texts {
                if let Some(value) = item.get(field) {
                    checker.text(&format_args!("{path}.{field}"), value);
                }
            }
            if let Some(content) = item.get("content").filter(|_| name == "text") {
                checker.string(&format_args!("{path}.content"), content);
            }
            condition(checker, &path, "if", item);
        }
    }
}
