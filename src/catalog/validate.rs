//! Judges a document as Backstage does: the rules for every entity; those of the kinds stand in `kind`.

mod metadata;

use std::fmt::Display;

use super::format;
use super::kind::{self, BUILT_IN};
use super::placeholder;
use super::problem::{Severity, near, quote, rule};
use super::reference::EntityRef;
use super::yaml::{Node, Value};
use metadata::METADATA_FIELDS;

const ROOT_FIELDS: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];
/// How many findings of one document are told of.
const MAX_FINDINGS: usize = 101;

/// What is wrong in one place of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// The rule's stable name.
    pub rule: &'static str,
    /// The line within the file; the first is 1.
    pub line: u32,
    /// The column in characters; the first is 1.
    pub column: u32,
    /// A full sentence: what is wrong and how to mend it.
    pub message: String,
}

/// What came of a document.
#[derive(Debug)]
pub struct Judgement {
    /// What is wrong, in the order of the rules; at least one error where there is any.
    pub findings: Vec<Finding>,
    /// How many more findings there are than are told of.
    pub left_out: usize,
    /// The entity that the document is about, where its kind and name can be read.
    pub entity: Option<EntityRef>,
    /// Whether kind and name are good and the owner, where there is one, is a reference: then the entity can be kept
    /// even where Backstage would drop it.
    pub is_known: bool,
}

/// Judges a document whose root is an object. With `owned` it lacks an owner, and CODEOWNERS names one.
pub fn judge(root: Node<'_, '_>, owned: bool) -> Judgement {
    let mut checker = Checker {
        owned,
        ..Checker::default()
    };
    root_fields(&mut checker, root);
    let version = envelope_text(
        &mut checker,
        root,
        "apiVersion",
        "apiVersion: backstage.io/v1alpha1",
    );
    let kind = envelope_text(&mut checker, root, "kind", "kind: Component");
    let kind_is_good = kind_and_version(&mut checker, root, kind, version);
    let (name, namespace) = match root.get("metadata") {
        Some(metadata) if metadata.is_object() => metadata::check(&mut checker, metadata),
        Some(other) => {
            let message = format!(
                "metadata is {}: write an object with at least a name.",
                other.describe()
            );
            checker.error(other, rule::FIELD_TYPE, message);
            (None, None)
        }
        None => {
            checker.error(
                root,
                rule::MISSING_FIELD,
                missing(
                    "metadata",
                    root,
                    &ROOT_FIELDS,
                    "metadata: with a name: in it",
                ),
            );
            (None, None)
        }
    };
    let is_named = name.is_some_and(format::is_name) && namespace.is_some_and(format::is_namespace);
    let owner_is_good = match kind {
        Some(kind) => spec(
            &mut checker,
            root,
            kind,
            kind_is_good,
            namespace.unwrap_or("default"),
        ),
        None => false,
    };
    let entity = kind
        .zip(name)
        .map(|(kind, name)| EntityRef::new(kind, namespace.unwrap_or("default"), name));
    Judgement {
        findings: checker.findings,
        left_out: checker.left_out,
        entity,
        is_known: kind_is_good && is_named && owner_is_good,
    }
}

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Checker {
    findings: Vec<Finding>,
    has_error: bool,
    left_out: usize,
    owned: bool,
}

impl Checker {
    /// Whether CODEOWNERS names the owner that the document lacks.
    pub(super) fn is_owned(&self) -> bool {
        self.owned
    }

    pub(super) fn error(&mut self, at: Node<'_, '_>, rule: &'static str, message: String) {
        self.note(at, Severity::Error, rule, message);
    }

    pub(super) fn warn(&mut self, at: Node<'_, '_>, rule: &'static str, message: String) {
        self.note(at, Severity::Warning, rule, message);
    }

    /// Takes a text that is not empty. A placeholder passes, but its text is not known here.
    pub(super) fn text<'t>(&mut self, path: &dyn Display, node: Node<'t, '_>) -> Option<&'t str> {
        self.filled(path, node, "write a value, or remove the line")
    }

    /// Takes the text of a field that must be there, like [`Checker::text`].
    pub(super) fn needed_text<'t>(
        &mut self,
        path: &dyn Display,
        node: Node<'t, '_>,
    ) -> Option<&'t str> {
        self.filled(path, node, "write a value")
    }

    /// Takes any text, and placeholders.
    pub(super) fn string(&mut self, path: &dyn Display, node: Node<'_, '_>) {
        if node.text().is_some() || is_placeholder(node) {
            return;
        }
        let what = node.describe();
        let message = match node.value() {
            Value::Null => format!("{path} is empty: write a value, or remove the line."),
            Value::Number(_, written) => {
                format!(
                    "{path} is {what}, not text: put it in quotes, like \"{}\".",
                    short(written)
                )
            }
            Value::Bool(value) => {
                format!("{path} is {what}, not text: put it in quotes, like \"{value}\".")
            }
            _ => format!("{path} is {what}: write a single text instead."),
        };
        self.error(node, rule::FIELD_TYPE, message);
    }

    /// Takes an object; the answer is whether its fields can be looked at.
    pub(super) fn object(&mut self, path: &dyn Display, node: Node<'_, '_>) -> bool {
        let message = match placeholder(node) {
            None if node.is_object() => return true,
            Some((_, false)) => return false,
            Some((name, ..)) => {
                format!("{path} is {name}, which gives text: write an object, or use $yaml.")
            }
            None => format!(
                "{path} is {}: write an object with keys and values instead.",
                node.describe()
            ),
        };
        self.error(node, rule::FIELD_TYPE, message);
        false
    }

    /// Takes a list; the answer is whether its entries can be looked at.
    pub(super) fn list(&mut self, path: &dyn Display, node: Node<'_, '_>) -> bool {
        if matches!(node.value(), Value::List(_)) {
            return true;
        }
        let message = match (placeholder(node), node.value()) {
            (Some((_, false)), _) => return false,
            (Some((name, ..)), _) => {
                format!("{path} is {name}, which gives text: write a list, or use $yaml.")
            }
            (None, Value::Null) => {
                format!("{path} is empty: write a list, like [], or remove the line.")
            }
            (None, Value::Text(text)) => format!(
                "{path} is {}: write a list, like [{}].",
                node.describe(),
                short(text)
            ),
            (None, _) => format!("{path} is {}: write a list instead.", node.describe()),
        };
        self.error(node, rule::FIELD_TYPE, message);
        false
    }

    /// Takes a list of texts that are not empty.
    pub(super) fn texts(&mut self, path: &dyn Display, node: Node<'_, '_>) {
        if self.list(path, node) {
            for (position, item) in node.items().enumerate() {
                self.text(&format_args!("{path}[{position}]"), item);
            }
        }
    }

    /// Warns of keys that look like a known one which is not there: Backstage overlooks them silently.
    pub(super) fn spelling(&mut self, path: &str, object: Node<'_, '_>, known: &[&str]) {
        for (name, key, _) in object.entries() {
            if name == "<<" {
                let message = format!(
                    "The merge key << in {path} is not applied, as in Backstage: write its fields out."
                );
                self.warn(key, rule::MERGE_KEY, message);
            } else if !known.contains(&name)
                && let Some(meant) = near(name, known.iter().copied())
                && object.get(meant).is_none()
            {
                let message = format!(
                    "{path}.{} is not a field that Backstage reads: did you mean {meant}?",
                    short(name)
                );
                self.warn(key, rule::FIELD_SPELLING, message);
            }
        }
    }

    fn filled<'t>(
        &mut self,
        path: &dyn Display,
        node: Node<'t, '_>,
        mend: &str,
    ) -> Option<&'t str> {
        let text = node.text().filter(|text| !text.is_empty());
        match node.value() {
            Value::Text(_) | Value::Null if text.is_none() => {
                self.error(node, rule::FIELD_TYPE, format!("{path} is empty: {mend}."));
            }
            _ => self.string(path, node),
        }
        text
    }

    fn note(&mut self, at: Node<'_, '_>, severity: Severity, rule: &'static str, message: String) {
        // A file of 5 MiB can hold a million mistakes, and nobody reads the second hundred of them.
        let is_first_error = severity == Severity::Error && !self.has_error;
        if self.findings.len() >= MAX_FINDINGS && !is_first_error {
            self.left_out += 1;
            return;
        }
        self.has_error |= is_first_error;
        self.findings.push(Finding {
            severity,
            rule,
            line: at.line(),
            column: at.column(),
            message,
        });
    }
}

/// The sentence for a field that is not there, which names a key that may have been meant.
pub(super) fn missing(path: &str, object: Node<'_, '_>, known: &[&str], example: &str) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    let written = object
        .entries()
        .map(|(key, ..)| key)
        .find(|key| !known.contains(key) && near(key, [name]).is_some());
    match written {
        Some(written) => format!("{path} is missing: rename {} to {name}.", short(written)),
        None => format!("{path} is missing: add {example}"),
    }
    .trim_end_matches('.')
    .to_owned()
        + "."
}

/// Whether Backstage puts something else in the place of this object before it looks at types.
pub(super) fn is_placeholder(node: Node<'_, '_>) -> bool {
    placeholder(node).is_some()
}

/// The name of a placeholder, and whether it always gives text.
fn placeholder(node: Node<'_, '_>) -> Option<(&'static str, bool)> {
    let mut entries = node.entries();
    let (key, ..) = entries.next().filter(|_| entries.len() == 0)?;
    let name = placeholder::KEYS.into_iter().find(|name| *name == key)?;
    Some((name, !matches!(name, "$json" | "$yaml")))
}

fn root_fields(checker: &mut Checker, root: Node<'_, '_>) {
    for (name, key, _) in root.entries() {
        if ROOT_FIELDS.contains(&name) {
            continue;
        }
        let message = match name {
            "relations" | "status" => {
                format!("{name} is written by Backstage itself, not by descriptors: remove it.")
            }
            "<<" => {
                "The merge key << is not applied, as in Backstage: write its fields out.".to_owned()
            }
            _ => match near(name, ROOT_FIELDS).filter(|meant| root.get(meant).is_none()) {
                Some(meant) => format!(
                    "{} is not a field of a descriptor: did you mean {meant}?",
                    quote(name)
                ),
                None if METADATA_FIELDS.contains(&name) => {
                    format!(
                        "{name} cannot stand at the top of a descriptor: indent it below metadata."
                    )
                }
                None => format!(
                    "{} cannot stand at the top of a descriptor: indent it below metadata or spec, or remove it.",
                    quote(name)
                ),
            },
        };
        checker.error(key, rule::ROOT_FIELD, message);
    }
}

/// A field of the root that must be text. Placeholders do not help here: Backstage looks before it replaces them.
fn envelope_text<'t>(
    checker: &mut Checker,
    root: Node<'t, '_>,
    name: &str,
    example: &str,
) -> Option<&'t str> {
    let Some(node) = root.get(name) else {
        checker.error(
            root,
            rule::MISSING_FIELD,
            missing(name, root, &ROOT_FIELDS, example),
        );
        return None;
    };
    if is_placeholder(node) {
        let message = format!("{name} cannot be a placeholder: write the text itself.");
        checker.error(node, rule::FIELD_TYPE, message);
        return None;
    }
    checker.needed_text(&name, node)
}

fn kind_and_version(
    checker: &mut Checker,
    root: Node<'_, '_>,
    kind: Option<&str>,
    version: Option<&str>,
) -> bool {
    let at = |name: &str| root.get(name).unwrap_or(root);
    let (kind_node, version_node) = (at("kind"), at("apiVersion"));
    let Some(kind) = kind else {
        return false;
    };
    if !format::is_kind(kind) {
        let message = format!(
            "{} is not a kind: write a letter followed by letters and digits, at most 63 in all, like Component.",
            quote(kind)
        );
        checker.error(kind_node, rule::KIND_FORMAT, message);
        return false;
    }
    let group = version
        .and_then(|version| version.split_once('/'))
        .map(|(group, _)| group);
    let is_backstage =
        version.is_none() || matches!(group, Some("backstage.io" | "scaffolder.backstage.io"));
    let is_built_in = BUILT_IN.contains(&kind);
    if is_backstage
        && !is_built_in
        && let Some(meant) = near(kind, BUILT_IN)
        // Another kind may well sound like a built-in one; one slip is none.
        && strsim::osa_distance(&kind.to_lowercase(), &meant.to_lowercase()) <= 1
    {
        let message = format!("The kind {kind} is not known to Backstage: write {meant}.");
        checker.error(kind_node, rule::KIND_SPELLING, message);
        return false;
    }
    let Some(version) = version else {
        return false;
    };
    let versions = kind::versions(kind);
    if is_built_in && !versions.contains(&version) {
        let message = format!(
            "Backstage does not take apiVersion {} for the kind {kind}: write {}.",
            quote(version),
            versions.join(" or ")
        );
        checker.error(version_node, rule::API_VERSION, message);
        return false;
    }
    if !format::is_api_version(version) {
        let message = format!(
            "{} is not an apiVersion: write a domain, a slash and a version, like backstage.io/v1alpha1.",
            quote(version)
        );
        checker.error(version_node, rule::API_VERSION, message);
        return false;
    }
    true
}

/// Judges `spec`; the answer is whether nothing speaks against its owner.
fn spec(
    checker: &mut Checker,
    root: Node<'_, '_>,
    kind: &str,
    kind_is_good: bool,
    namespace: &str,
) -> bool {
    let is_built_in = kind_is_good && BUILT_IN.contains(&kind);
    match root.entry("spec") {
        Some((_, spec)) if matches!(placeholder(spec), Some((_, false))) => !is_built_in,
        Some((_, spec)) if !spec.is_object() || is_placeholder(spec) => {
            let message = format!(
                "spec is {}: write an object with the fields of the kind {kind}.",
                spec.describe()
            );
            checker.error(spec, rule::FIELD_TYPE, message);
            false
        }
        Some((key, spec)) if is_built_in => kind::check(checker, kind, key, spec, namespace),
        None if is_built_in => {
            let example = format!("spec: with {}", kind::required(kind));
            let message = missing("spec", root, &ROOT_FIELDS, &example);
            checker.error(
                root.get("kind").unwrap_or(root),
                rule::MISSING_FIELD,
                message,
            );
            false
        }
        _ => true,
    }
}

/// A short form of the author's text, without quotation marks.
fn short(text: &str) -> String {
    let quoted = quote(text);
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use crate::catalog::descriptor::{Scope, read};

    /// The problems of a document, one a line, and whether the entity is kept.
    fn judge(text: &str) -> String {
        let read = read("f", text.as_bytes(), Scope::Descriptor);
        let mut lines: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
        lines.push(
            if read.entities.is_empty() {
                "dropped"
            } else {
                "kept"
            }
            .to_owned(),
        );
        lines.join("\n")
    }

    fn named(kind: &str, version: &str) -> String {
        let spec = "{type: service, lifecycle: production, owner: pay}";
        judge(&format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"
        ))
    }

    #[test]
    fn the_envelope_must_be_whole() {
        insta::assert_snapshot!(judge("kindd: Component\n"), @r#"
        f:1:1: error[root-field]: "kindd" is not a field of a descriptor: did you mean kind?
        f:1:1: error[missing-field]: apiVersion is missing: add apiVersion: backstage.io/v1alpha1.
        f:1:1: error[missing-field]: kind is missing: rename kindd to kind.
        f:1:1: error[missing-field]: metadata is missing: add metadata: with a name: in it.
        dropped
        "#);
        insta::assert_snapshot!(judge("apiVersion: {$text: x}\nkind: 5\nmetadata: x\n"), @r#"
        f:1:13: error[field-type]: apiVersion cannot be a placeholder: write the text itself.
        f:2:7: error[field-type]: kind is the number 5, not text: put it in quotes, like "5".
        f:3:11: error[field-type]: metadata is the text "x": write an object with at least a name.
        dropped
        "#);
        insta::assert_snapshot!(judge("apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {}\n"), @"
        f:3:11: error[missing-field]: metadata.name is missing: add name: with the entity's name, like payments-api.
        f:2:7: error[missing-field]: spec is missing: add spec: with memberOf in it.
        dropped
        ");
    }

    #[test]
    fn nothing_else_stands_at_the_root() {
        let good = "apiVersion: backstage.io/v1alpha1\nkind: Dashboard\nmetadata: {name: a}\n";
        assert_eq!(judge(good), "kept");
        insta::assert_snapshot!(judge(&format!("{good}relations: []\nSpec: {{}}\ntags: [a]\nfoo: bar\n<<: {{}}\n")), @r#"
        f:4:1: error[root-field]: relations is written by Backstage itself, not by descriptors: remove it.
        f:5:1: error[root-field]: "Spec" is not a field of a descriptor: did you mean spec?
        f:6:1: error[root-field]: tags cannot stand at the top of a descriptor: indent it below metadata.
        f:7:1: error[root-field]: "foo" cannot stand at the top of a descriptor: indent it below metadata or spec, or remove it.
        f:8:1: error[root-field]: The merge key << is not applied, as in Backstage: write its fields out.
        kept
        "#);
    }

    #[test]
    fn kinds_and_versions_fit() {
        assert_eq!(named("Component", "backstage.io/v1beta1"), "kept");
        assert_eq!(named("Dashboard", "acme.com/v1"), "kept");
        insta::assert_snapshot!(named("component", "backstage.io/v1alpha1"), @"
        f:2:7: error[kind-spelling]: The kind component is not known to Backstage: write Component.
        dropped
        ");
        insta::assert_snapshot!(named("Sytem", "backstage.io/v1alpha1"), @"
        f:2:7: error[kind-spelling]: The kind Sytem is not known to Backstage: write System.
        dropped
        ");
        insta::assert_snapshot!(named("Component", "backstage.io/v1"), @r#"
        f:1:13: error[api-version]: Backstage does not take apiVersion "backstage.io/v1" for the kind Component: write backstage.io/v1alpha1 or backstage.io/v1beta1.
        dropped
        "#);
        insta::assert_snapshot!(named("Template", "backstage.io/v1beta2"), @r#"
        f:1:13: error[api-version]: Backstage does not take apiVersion "backstage.io/v1beta2" for the kind Template: write scaffolder.backstage.io/v1beta3.
        dropped
        "#);
        insta::assert_snapshot!(named("My-Kind", "acme.com/v1"), @r#"
        f:2:7: error[kind-format]: "My-Kind" is not a kind: write a letter followed by letters and digits, at most 63 in all, like Component.
        dropped
        "#);
        insta::assert_snapshot!(named("Dashboard", "acme.com/v-1"), @r#"
        f:1:13: error[api-version]: "acme.com/v-1" is not an apiVersion: write a domain, a slash and a version, like backstage.io/v1alpha1.
        dropped
        "#);
    }
}
