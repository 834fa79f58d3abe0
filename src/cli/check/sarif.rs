//! Problems as a log in the Static Analysis Results Interchange Format, version 2.1.0.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::catalog::problem::rule::{RULES, Rule};
use crate::catalog::problem::{Problem, Severity};
use crate::config::Level;

/// The whole log: one run, with every rule and every problem.
pub(super) fn log(problems: &[Problem], levels: &BTreeMap<String, Level>) -> Value {
    let rules: Vec<Value> = RULES.iter().map(|rule| descriptor(rule, levels)).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let results: Vec<Value> = problems
        .iter()
        .map(|problem| {
            let print = fingerprint(problem);
            let count = seen.entry(print.clone()).or_default();
            *count += 1;
            result(problem, &format!("{print}:{count}"))
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "callboard",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn descriptor(rule: &Rule, levels: &BTreeMap<String, Level>) -> Value {
    let level = match (levels.get(rule.name), rule.severity) {
        (Some(Level::Off), _) => "none",
        (Some(Level::Error), _) | (None, Severity::Error) => "error",
        (Some(Level::Warning), _) | (None, Severity::Warning) => "warning",
    };
    let Rule {
        name,
        says,
        why,
        wrong,
        right,
        ..
    } = rule;
    json!({
        "id": name,
        "shortDescription": { "text": says },
        "fullDescription": { "text": format!("{says} {why}") },
        "help": {
            "text": format!("{says} {why}\n\nWrong:\n{wrong}\n\nRight:\n{right}"),
            "markdown": format!("{says} {why}\n\nWrong:\n\n```\n{wrong}\n```\n\nRight:\n\n```\n{right}\n```\n"),
        },
        "defaultConfiguration": { "enabled": level != "none", "level": level },
    })
}

fn result(problem: &Problem, fingerprint: &str) -> Value {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let position = RULES.iter().position(|rule| rule.name == problem.rule);
    let mut result = json!({
        "ruleId": problem.rule,
        "level": level,
        "message": { "text": problem.message },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": address(&problem.file) },
                "region": { "startLine": problem.line.max(1), "startColumn": problem.column.max(1) },
            }
        }],
        "partialFingerprints": { "callboard/v1": fingerprint },
    });
    if let (Some(position), Some(fields)) = (position, result.as_object_mut()) {
        fields.insert("ruleIndex".to_owned(), json!(position));
    }
    result
}

/// What stays the same of a problem when lines are added above it.
fn fingerprint(problem: &Problem) -> String {
    let Problem {
        file,
        rule,
        entity,
        message,
        ..
    } = problem;
    let entity = entity.as_deref().unwrap_or("");
    let whole = [file, rule, entity, message]
        .map(|part: &str| part)
        .join("\n");
    crate::git::hex(&crate::git::blob_id(whole.as_bytes()))
}

/// A path as a relative reference, percent-encoded.
fn address(file: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/@+".contains(&byte);
    let encoded: String = file
        .bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    if file.starts_with('/') {
        format!("file://{encoded}")
    } else {
        encoded
    }
}
