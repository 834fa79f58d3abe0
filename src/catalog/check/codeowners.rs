//! What is wrong with a CODEOWNERS file beyond its syntax: lines that match nothing or never win, owners nobody knows.

use std::path::Path;

use crate::catalog::codeowners::{CodeOwners, Owner, Rule};
use crate::catalog::problem::{Problem, Severity, rule};
use crate::catalog::{Catalog, Entity};

/// More files than these are not looked at, nor are more pairs of a rule and a file held together.
const MOST_FILES: usize = 200_000;
const MOST_PAIRS: usize = 50_000_000;

/// The paths of all files below a folder, sorted; nothing where there are too many.
pub(super) fn files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(below) = folders.pop() {
        let entries = std::fs::read_dir(folder.join(&below)).into_iter().flatten();
        for entry in entries.flatten() {
            let (name, kind) = (entry.file_name(), entry.file_type());
            let (Some(name), Ok(kind)) = (name.to_str(), kind) else {
                continue;
            };
            if !kind.is_dir() {
                files.push(format!("{below}{name}"));
            } else if !(below.is_empty() && name == ".git") {
                folders.push(format!("{below}{name}/"));
            }
        }
        if files.len() > MOST_FILES {
            return Vec::new();
        }
    }
    files.sort_unstable();
    files
}

/// Holds the rules against the files that there are and the owners against the catalog.
pub(super) fn lint(file: &CodeOwners, files: &[String], catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |line: u32, column: u32, rule: &str, message: String| {
        let problem = Problem::at(file.path(), line, Severity::Warning, rule, message);
        problems.push(Problem { column, ..problem });
    };
    if files.len().saturating_mul(file.rules().len()) <= MOST_PAIRS && !files.is_empty() {
        for rule in file.rules() {
            let (matches, wins) = standing(file, rule, files);
            let written = &rule.written;
            if !matches {
                let message = format!(
                    "The pattern `{written}` matches no file: correct it, or remove the line."
                );
                say(rule.line, 1, rule::CODEOWNERS_UNMATCHED, message);
            } else if !wins {
                let message = format!(
                    "Every file that `{written}` matches is given to others by a later line, and the last one wins: move this line down, or remove it."
                );
                say(rule.line, 1, rule::CODEOWNERS_SHADOWED, message);
            }
        }
    }
    for rule in file.rules() {
        for owner in &rule.owners {
            if let Some(kind) = unknown(owner, catalog) {
                let message =
                    format!("{owner} is no {kind} of the catalog: correct it, or add the {kind}.");
                let column = file.column(rule.line, owner);
                say(rule.line, column, rule::CODEOWNERS_UNKNOWN_OWNER, message);
            }
        }
    }
    problems
}

/// Whether a rule matches some file, and whether it decides about one.
fn standing(file: &CodeOwners, rule: &Rule, files: &[String]) -> (bool, bool) {
    let mut matches = false;
    for path in files.iter().filter(|path| rule.matches(path)) {
        matches = true;
        let winners = file.matching(path);
        if winners.iter().any(|winner| winner.line == rule.line) {
            return (true, true);
        }
    }
    (matches, false)
}

/// What an owner should be in the catalog and is not; `None` where it is there, or where the catalog knows no such kind.
fn unknown(owner: &str, catalog: &Catalog) -> Option<&'static str> {
    let (kind, name, slug) = match Owner::of(owner)? {
        Owner::Team { organisation, team } => ("group", team, format!("{organisation}/{team}")),
        Owner::User(name) if !name.starts_with('@') => ("user", name, name.to_owned()),
        _ => return None,
    };
    let is_named = |entity: &Entity| {
        let own = entity.reference.name().eq_ignore_ascii_case(name);
        let alias = |alias: &str| alias.eq_ignore_ascii_case(&slug);
        own || entity.aliases.iter().any(|name| alias(name))
            || entity
                .annotation("github.com/user-login")
                .is_some_and(|login| alias(&login))
    };
    let mut any = false;
    for entity in catalog.entities() {
        let is_kind = entity.reference.kind() == kind;
        any |= is_kind;
        // On GitLab a group without a parent is written like a user.
        let fits = is_kind || kind == "user" && entity.reference.kind() == "group";
        if fits && is_named(entity) {
            return None;
        }
    }
    any.then_some(kind)
}
