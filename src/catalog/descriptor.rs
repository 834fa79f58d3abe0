//! From the bytes of a descriptor file to its entities, and to what is wrong with it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::codeowners::{CodeOwners, Fallback};
use super::entity::Entity;
use super::kind;
use super::placeholder::{self, Unfilled};
use super::problem::{Problem, Severity, quote, rule};
use super::validate::{self, Finding};
use super::yaml::{self, Chunk, Fault, Node, Placed, Tree};

/// How large a descriptor file may be, in bytes.
pub const MAX_FILE_SIZE: usize = 5 * 1024 * 1024;
/// How much one file may give to the catalog, in bytes of JSON.
const MAX_KEPT: usize = 2 * MAX_FILE_SIZE;
/// How many problems of one file are reported one by one.
pub const MAX_PROBLEMS: usize = 100;

/// The API groups whose documents are entities wherever they are found.
const GROUPS: [&str; 2] = ["backstage.io/", "scaffolder.backstage.io/"];

/// How much is expected of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The file is named as a descriptor, or a Location points to it: every document must be an entity.
    Descriptor,
    /// Generated from an entity that a Backstage has taken: it is kept whatever we make of it, and what would be an error
    /// is a warning.
    Accepted,
    /// Any YAML file that is merely looked into: documents whose `apiVersion` is not one of Backstage's groups are
    /// skipped silently, and so are files that are not YAML.
    Looked,
}

/// What was found in a file.
#[derive(Debug, Default)]
pub struct Read {
    /// The entities, in the order of the file.
    pub entities: Vec<Arc<Entity>>,
    /// What is wrong, in the order of the file; at most [`MAX_PROBLEMS`] and one that counts the rest.
    pub problems: Vec<Problem>,
    /// Whether some document names no owner, so that it depends on CODEOWNERS.
    pub lacks_owner: bool,
    /// What its placeholders point to, as it is written; each once, sorted.
    pub placeholders: BTreeSet<String>,
}

/// What a file stands beside in its repository.
#[derive(Clone, Copy, Default)]
pub struct Beside<'b> {
    /// Where a document lacks an owner, CODEOWNERS names one, as Backstage's processor does it.
    pub codeowners: Option<&'b CodeOwners>,
    /// Gives what the target of a placeholder holds. Without it placeholders stay as they are.
    pub contents: Option<&'b Contents<'b>>,
}

/// What gives the bytes of a placeholder's target, as it is written.
pub type Contents<'b> = dyn Fn(&str) -> Result<Vec<u8>, Unfilled> + 'b;

/// Reads a descriptor file. It never fails: what cannot be read becomes a problem of its document, and the other
/// documents of the file are not touched by it.
pub fn read(path: &str, bytes: &[u8], scope: Scope) -> Read {
    read_beside(path, bytes, scope, Beside::default())
}

/// Reads a descriptor file like [`read()`], with what stands beside it.
pub fn read_beside(path: &str, bytes: &[u8], scope: Scope, beside: Beside<'_>) -> Read {
    let mut reader = Reader {
        path,
        scope,
        beside,
        read: Read::default(),
        left_out: 0,
        kept: 0,
    };
    if bytes.len() > MAX_FILE_SIZE {
        if scope != Scope::Looked {
            reader
                .read
                .problems
                .push(too_large(path, bytes.len() as u64));
        }
        return reader.read;
    }
    if scope == Scope::Looked && !mentions_backstage(bytes) {
        return reader.read;
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        let message = "This file is UTF-16: save it as UTF-8.".to_owned();
        reader.error(rule::ENCODING, (1, 1), message);
        return reader.read;
    }
    if ends_lines_in_returns(bytes) {
        let message =
            "The lines of this file end in carriage returns alone: save it with line feeds.";
        reader.error(rule::ENCODING, (1, 1), message.to_owned());
        return reader.read;
    }
    for chunk in yaml::split(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) {
        if scope != Scope::Looked || mentions_backstage(chunk.bytes) {
            reader.document(chunk);
        }
    }
    reader.finish()
}

/// The problem of a file that is too large to be read; `size` is in bytes.
pub fn too_large(path: &str, size: u64) -> Problem {
    let limit = MAX_FILE_SIZE / 1024 / 1024;
    let size = size.div_ceil(1024 * 1024);
    Problem {
        file: path.to_owned(),
        line: 1,
        column: 1,
        severity: Severity::Error,
        rule: rule::TOO_LARGE.to_owned(),
        message: format!(
            "This file has {size} MiB, and a descriptor may have {limit}: move large definitions to files of their own and point to them with $text."
        ),
        entity: None,
    }
}

struct Reader<'p> {
    path: &'p str,
    scope: Scope,
    beside: Beside<'p>,
    read: Read,
    /// How many problems there are beyond those that are kept.
    left_out: usize,
    /// How much JSON its entities come to.
    kept: usize,
}

impl Reader<'_> {
    fn document(&mut self, chunk: Chunk<'_>) {
        let mut tree = match text(chunk).and_then(|text| yaml::parse(text, chunk.lines_before)) {
            Ok(Some(tree)) => tree,
            Ok(None) => return,
            Err(Fault {
                rule,
                line,
                column,
                message,
            }) => {
                if self.scope != Scope::Looked || is_meant_as_entity(chunk.bytes) {
                    self.error(rule, (line, column), message);
                }
                return;
            }
        };
        if self.scope == Scope::Looked && !is_backstage(tree.root()) {
            return;
        }
        let unfilled = self.fill(&mut tree);
        let root = tree.root();
        if !root.is_object() {
            if *root.value() != yaml::Value::Null {
                let what = root.describe();
                let message = format!(
                    "This document is {what}: write an object with apiVersion, kind, metadata and spec."
                );
                self.error(rule::DOCUMENT_ROOT, (root.line(), root.column()), message);
            }
            return;
        }
        let lacks_owner = kind::lacks_owner(root);
        self.read.lacks_owner |= lacks_owner;
        let codeowners = self.beside.codeowners.filter(|_| lacks_owner);
        let fallback = codeowners.and_then(|codeowners| codeowners.fallback(self.path));
        let judgement = validate::judge(root, fallback.is_some());
        let entity = judgement.entity.map(|entity| entity.to_string());
        let findings = || unfilled.iter().chain(&judgement.findings);
        let error = findings().find(|finding| finding.severity == Severity::Error);
        let refused = error.map(|finding| finding.message.clone().into_boxed_str());
        let is_accepted = self.scope == Scope::Accepted;
        let is_kept = refused.is_none() || judgement.is_known || (is_accepted && entity.is_some());
        let refused = refused.filter(|_| !is_accepted);
        for mut finding in unfilled.into_iter().chain(judgement.findings) {
            if is_accepted {
                finding.severity = Severity::Warning;
            }
            self.report(finding, entity.clone());
        }
        self.left_out += judgement.left_out;
        if is_kept {
            self.keep(root, fallback.as_ref(), refused, entity);
        }
    }

    /// Puts in what placeholders stand for, or notes what they point to when that is not known yet.
    fn fill(&mut self, tree: &mut Tree<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        // A Backstage has filled what it wanted filled.
        if self.scope == Scope::Accepted {
            return findings;
        }
        tree.fill(|Placed { key, target, at }| {
            let mut told = |severity, message| {
                findings.push(Finding {
                    severity,
                    rule: rule::PLACEHOLDER,
                    line: at.0,
                    column: at.1,
                    message,
                });
            };
            let Some(target) = target else {
                let message = format!("{key} takes a text: the path of a file in this repository.");
                told(Severity::Error, message);
                return None;
            };
            let targets = &mut self.read.placeholders;
            if targets.len() >= placeholder::MOST && !targets.contains(target) {
                let most = placeholder::MOST;
                let message = format!("A file may have {most} placeholders, and this one has more: split it.");
                told(Severity::Error, message);
                return None;
            }
            targets.insert(target.to_owned());
            let contents = self.beside.contents?;
            let filled = contents(target).and_then(|bytes| placeholder::filling(key, bytes));
            let target = quote(target);
            match filled {
                Ok(filling) => return Some(filling),
                Err(Unfilled::Elsewhere) => told(
                    Severity::Warning,
                    format!("{key} points to {target}, which is outside this repository and is not read; put the file beside this one to have it here."),
                ),
                Err(Unfilled::Wrong(why)) => told(
                    Severity::Error,
                    format!("{key} points to {target}, and {why}."),
                ),
            }
            None
        });
        findings
    }

    fn keep(
        &mut self,
        root: Node<'_, '_>,
        fallback: Option<&Fallback>,
        refused: Option<Box<str>>,
        name: Option<String>,
    ) {
        let owner = root.get("spec").and_then(|spec| spec.get("owner"));
        let owner_line =
            fallback.map_or_else(|| owner.map(Node::line), |fallback| Some(fallback.line));
        let document = json(root, fallback);
        self.kept += document.len();
        if self.kept > MAX_KEPT {
            let finding = Finding {
                severity: Severity::Error,
                rule: rule::ALIAS_BOMB,
                line: root.line(),
                column: root.column(),
                message: "The documents of this file are too large together once their aliases are written out: split the file or use fewer aliases.".to_owned(),
            };
            self.report(finding, name);
            return;
        }
        let built = RawValue::from_string(document).and_then(|document| {
            Entity::from_document(&document, root.line(), owner_line, refused)
        });
        let built = built.map(|entity| Entity {
            from_codeowners: fallback.is_some(),
            ..entity
        });
        match built {
            Ok(entity) => self.read.entities.push(Arc::new(entity)),
            Err(error) => {
                let message =
                    format!("This document cannot be kept as JSON ({error}): simplify it.");
                let finding = Finding {
                    severity: Severity::Error,
                    rule: rule::DOCUMENT_ROOT,
                    line: root.line(),
                    column: root.column(),
                    message,
                };
                self.report(finding, name);
            }
        }
    }

    /// Puts one problem that counts the rest in the place of the last, where there are too many.
    fn finish(self) -> Read {
        let Self {
            mut read, left_out, ..
        } = self;
        let rest = read.problems.len().saturating_sub(MAX_PROBLEMS) + left_out;
        read.problems.truncate(MAX_PROBLEMS + 1);
        if let Some(last) = read.problems.get_mut(MAX_PROBLEMS).filter(|_| rest > 1) {
            rule::TOO_MANY_PROBLEMS.clone_into(&mut last.rule);
            last.message = format!("… and {rest} more problems in this file: mend these first.");
            last.entity = None;
        }
        read
    }

    fn error(&mut self, rule: &'static str, (line, column): (u32, u32), message: String) {
        self.report(
            Finding {
                severity: Severity::Error,
                rule,
                line,
                column,
                message,
            },
            None,
        );
    }

    fn report(&mut self, finding: Finding, entity: Option<String>) {
        if self.read.problems.len() > MAX_PROBLEMS {
            self.left_out += 1;
            return;
        }
        self.read.problems.push(Problem {
            file: self.path.to_owned(),
            line: finding.line,
            column: finding.column,
            severity: finding.severity,
            rule: finding.rule.to_owned(),
            message: finding.message,
            entity,
        });
    }
}

/// The text of a document, which must be UTF-8 without NUL characters and lone carriage returns.
fn text(chunk: Chunk<'_>) -> Result<&str, Fault> {
    let fault = |position: usize, message: &str| {
        let before = String::from_utf8_lossy(&chunk.bytes[..position]);
        let line = before.bytes().filter(|byte| *byte == b'\n').count();
        let column = before.rsplit('\n').next().unwrap_or("").chars().count();
        Fault {
            rule: rule::ENCODING,
            line: u32::try_from(line + 1)
                .unwrap_or(u32::MAX)
                .saturating_add(chunk.lines_before),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
            message: message.to_owned(),
        }
    };
    let text = std::str::from_utf8(chunk.bytes).map_err(|error| {
        fault(
            error.valid_up_to(),
            "This is not UTF-8 text: save the file as UTF-8.",
        )
    })?;
    if let Some(position) = text.find('\0') {
        let message = "There is a NUL character here: remove it, or save the file as UTF-8.";
        return Err(fault(position, message));
    }
    // YAML takes it for the end of a line, and neither Backstage's reader nor git does.
    let lone = |position: &usize| text.as_bytes().get(position + 1) != Some(&b'\n');
    let mut returns = text.match_indices('\r').map(|(position, _)| position);
    if let Some(position) = returns.find(lone) {
        let message = "There is a carriage return here without a line feed behind it: remove it, or save the file with line feeds.";
        return Err(fault(position, message));
    }
    Ok(text)
}

/// The document as compact JSON, without what does not belong into a descriptor, and with the owner that it lacks.
fn json(root: Node<'_, '_>, fallback: Option<&Fallback>) -> String {
    let mut json = String::with_capacity(1024);
    for (name, _, value) in root.entries() {
        if matches!(name, "apiVersion" | "kind" | "metadata" | "spec") {
            // Writing to a string cannot fail.
            let _ = write!(
                json,
                "{}\"{name}\":",
                if json.is_empty() { '{' } else { ',' }
            );
            match fallback.filter(|_| name == "spec") {
                Some(fallback) => value.write_json_with(&mut json, "owner", &fallback.owner),
                None => value.write_json(&mut json),
            }
        }
    }
    json.push('}');
    json
}

/// Whether the lines end in carriage returns alone, as they did on computers of the last century: YAML takes that for line
/// breaks and Backstage's reader does not.
fn ends_lines_in_returns(bytes: &[u8]) -> bool {
    // Most files have none, and are looked through once.
    bytes.contains(&b'\r')
        && bytes.split(|byte| *byte == b'\r').count() > bytes.split(|byte| *byte == b'\n').count()
}

fn mentions_backstage(bytes: &[u8]) -> bool {
    let wanted = b"backstage.io/";
    let mut rest = bytes;
    while let Some(position) = rest.iter().position(|byte| *byte == b'k') {
        // Three letters stand before the `k` of the wanted text.
        let end = position + wanted.len() - 3;
        if position >= 3 && rest.get(position - 3..end) == Some(wanted) {
            return true;
        }
        rest = &rest[position + 1..];
    }
    false
}

fn is_backstage(root: Node<'_, '_>) -> bool {
    let version = root.get("apiVersion").and_then(Node::text);
    version.is_some_and(|version| GROUPS.iter().any(|group| version.starts_with(group)))
}

/// Whether a document that could not be read was meant as an entity: a line of it says so, and it is not the
/// template of one.
fn is_meant_as_entity(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let says_so = |line: &str| {
        let version = line
            .strip_prefix("apiVersion:")
            .map(|version| version.trim().trim_matches(['"', '\'']));
        version.is_some_and(|version| GROUPS.iter().any(|group| version.starts_with(group)))
    };
    text.lines().any(says_so) && !text.contains("{{") && !text.contains("{%")
}

#[cfg(test)]
mod tests;
