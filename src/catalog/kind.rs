//! The rules of the built-in kinds, by the JSON schemas of Backstage's `catalog-model` and `scaffolder-common`.

mod template;

use super::problem::{near, quote, rule};
use super::reference::EntityRef;
use super::relation;
use super::validate::{Checker, is_placeholder, missing};
use super::yaml::{Node, Value};

/// The kinds that Backstage knows by itself.
pub(super) const BUILT_IN: [&str; 9] = [
    "API",
    "Component",
    "Domain",
    "Group",
    "Location",
    "Resource",
    "System",
    "Template",
    "User",
];
/// The lifecycles that Backstage's documentation names; others are allowed.
pub(super) const LIFECYCLES: [&str; 3] = ["experimental", "production", "deprecated"];

/// A field of `spec`, what it must look like, and how one is written.
struct Field {
    name: &'static str,
    shape: Shape,
    required: bool,
    example: &'static str,
}

enum Shape {
    /// Text that is not empty.
    Text,
    /// A list of texts that are not empty.
    Texts,
    /// Text, with a hint where it is nearly one of [`LIFECYCLES`].
    Lifecycle,
    /// `displayName`, `email` and `picture`.
    Profile,
    /// `required` or `optional`.
    Presence,
    /// An object, whose named fields are objects too.
    Object(&'static [&'static str]),
    /// What a template does to its form.
    Decorators,
    /// What a template does after an interruption.
    Recovery,
    /// An object, or a list of them.
    Pages,
    /// The labels of a template's buttons.
    Presentation,
    /// The steps of a template.
    Steps,
    /// The output of a template.
    Output,
}

const fn needs(name: &'static str, shape: Shape, example: &'static str) -> Field {
    Field {
        name,
        shape,
        required: true,
        example,
    }
}

const fn may(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        required: false,
        example: "",
    }
}

const OWNER: Field = needs(
    "owner",
    Shape::Text,
    "owner: with the group or user who owns it, like owner: team-payments",
);
const LIFECYCLE: Field = needs(
    "lifecycle",
    Shape::Lifecycle,
    "lifecycle: experimental, lifecycle: production or lifecycle: deprecated",
);

static COMPONENT: [Field; 8] = [
    needs(
        "type",
        Shape::Text,
        "type: with what it is, like type: service, website or library",
    ),
    LIFECYCLE,
    OWNER,
    may("system", Shape::Text),
    may("subcomponentOf", Shape::Text),
    may("providesApis", Shape::Texts),
    may("consumesApis", Shape::Texts),
    may("dependsOn", Shape::Texts),
];
static API: [Field; 5] = [
    needs(
        "type",
        Shape::Text,
        "type: with the format of its definition, like type: openapi, asyncapi, graphql or grpc",
    ),
    LIFECYCLE,
    OWNER,
    needs(
        "definition",
        Shape::Text,
        "definition: with the text of the API's definition, or $text: and a path below it",
    ),
    may("system", Shape::Text),
];
static RESOURCE: [Field; 4] = [
    needs(
        "type",
        Shape::Text,
        "type: with what it is, like type: database or s3-bucket",
    ),
    OWNER,
    may("system", Shape::Text),
    may("dependsOn", Shape::Texts),
];
static SYSTEM: [Field; 3] = [OWNER, may("domain", Shape::Text), may("type", Shape::Text)];
static DOMAIN: [Field; 3] = [
    OWNER,
    may("subdomainOf", Shape::Text),
    may("type", Shape::Text),
];
static GROUP: [Field; 5] = [
    needs(
        "type",
        Shape::Text,
        "type: with what it is, like type: team or business-unit",
    ),
    needs(
        "children",
        Shape::Texts,
        "children: with the groups below this one, or children: []",
    ),
    may("profile", Shape::Profile),
    may("parent", Shape::Text),
    may("members", Shape::Texts),
];
static USER: [Field; 2] = [
    needs(
        "memberOf",
        Shape::Texts,
        "memberOf: with the user's groups, or memberOf: []",
    ),
    may("profile", Shape::Profile),
];
static LOCATION: [Field; 4] = [
    may("type", Shape::Text),
    may("target", Shape::Text),
    may("targets", Shape::Texts),
    may("presence", Shape::Presence),
];
static TEMPLATE: [Field; 11] = [
    needs(
        "type",
        Shape::Text,
        "type: with what it creates, like type: service",
    ),
    needs("steps", Shape::Steps, "steps: with a list of actions"),
    may("owner", Shape::Text),
    may("lifecycle", Shape::Lifecycle),
    may("parameters", Shape::Pages),
    may("secrets", Shape::Object(&["schema"])),
    may("presentation", Shape::Presentation),
    may("formDecorators", Shape::Decorators),
    may("EXPERIMENTAL_formDecorators", Shape::Decorators),
    may("EXPERIMENTAL_recovery", Shape::Recovery),
    may("output", Shape::Output),
];

/// The API versions that Backstage takes for a built-in kind.
pub(super) fn versions(kind: &str) -> &'static [&'static str] {
    if kind == "Template" {
        &["scaffolder.backstage.io/v1beta3"]
    } else {
        &["backstage.io/v1alpha1", "backstage.io/v1beta1"]
    }
}

/// The names of the fields that a built-in kind must have, or may have where it must have none.
pub(super) fn required(kind: &str) -> String {
    let required: Vec<&str> = fields(kind)
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    if required.is_empty() {
        "target in it".to_owned()
    } else {
        format!("{} in it", required.join(", "))
    }
}

/// Judges the `spec` of a built-in kind; the answer is whether the owner is good, as far as the kind has one.
pub(super) fn check(
    checker: &mut Checker,
    kind: &str,
    key: Node<'_, '_>,
    spec: Node<'_, '_>,
    namespace: &str,
) -> bool {
    let fields = fields(kind);
    let mut known: Vec<&str> = fields.iter().map(|field| field.name).collect();
    known.extend(
        relation::fields(kind)
            .iter()
            .map(|field| field.name)
            .filter(|name| *name == "dependencyOf"),
    );
    // A required field that is not there is an error below, which names the misspelled key itself.
    let is_reported = |name: &str| {
        fields
            .iter()
            .any(|field| field.name == name && field.required && spec.get(name).is_none())
    };
    let optional: Vec<&str> = known
        .iter()
        .copied()
        .filter(|name| !is_reported(name))
        .collect();
    checker.spelling("spec", spec, &optional);
    for field in fields {
        let value = spec.get(field.name);
        if field.name == "owner" && checker.is_owned() && value.is_none_or(Node::is_nothing) {
            continue;
        }
        if let Some(value) = value {
            shape(checker, field, value);
            continue;
        }
        if !field.required {
            continue;
        }
        let path = format!("spec.{}", field.name);
        let message = missing(&path, spec, &known, field.example);
        let is_owner = field.name == "owner";
        checker.error(
            key,
            if is_owner {
                rule::MISSING_OWNER
            } else {
                rule::MISSING_FIELD
            },
            message,
        );
    }
    references(checker, kind, spec, namespace)
}

/// Whether a document must name an owner and does not, as Backstage sees it: then CODEOWNERS may name one.
pub(super) fn lacks_owner(root: Node<'_, '_>) -> bool {
    let kind = root.get("kind").and_then(Node::text).unwrap_or_default();
    let is_needed = |field: &Field| field.name == "owner" && field.required;
    fields(kind).iter().any(is_needed)
        && root
            .get("spec")
            .is_some_and(|spec| spec.is_object() && spec.get("owner").is_none_or(Node::is_nothing))
}

fn fields(kind: &str) -> &'static [Field] {
    match kind {
        "Component" => &COMPONENT,
        "API" => &API,
        "Resource" => &RESOURCE,
        "System" => &SYSTEM,
        "Domain" => &DOMAIN,
        "Group" => &GROUP,
        "User" => &USER,
        "Location" => &LOCATION,
        "Template" => &TEMPLATE,
        _ => &[],
    }
}

fn shape(checker: &mut Checker, field: &Field, value: Node<'_, '_>) {
    let path = format_args!("spec.{}", field.name);
    match field.shape {
        Shape::Text if field.required => {
            checker.needed_text(&path, value);
        }
        Shape::Text => {
            checker.text(&path, value);
        }
        Shape::Texts => checker.texts(&path, value),
        Shape::Lifecycle => {
            if let Some(text) = checker.text(&path, value)
                && !LIFECYCLES.contains(&text)
                && let Some(meant) = near(text, LIFECYCLES)
            {
                let message = format!(
                    "The lifecycle {} is not one that others use: did you mean {meant}?",
                    quote(text)
                );
                checker.warn(value, rule::LIFECYCLE_SPELLING, message);
            }
        }
        Shape::Profile => profile(checker, value),
        Shape::Presence => {
            if let Some(text) = checker.text(&path, value)
                && !matches!(text, "required" | "optional")
            {
                let message = format!(
                    "spec.presence is {}: write required or optional.",
                    quote(text)
                );
                checker.error(value, rule::FIELD_TYPE, message);
            }
        }
        Shape::Object(inner) => {
            if checker.object(&path, value) {
                for (name, _, value) in value.entries().filter(|(name, ..)| inner.contains(name)) {
                    checker.object(&format_args!("{path}.{name}"), value);
                }
            }
        }
        Shape::Decorators => template::decorators(checker, &path, value),
        Shape::Recovery => template::recovery(checker, value),
        Shape::Pages => {
            let is_list = matches!(value.value(), Value::List(_));
            for (position, page) in value.items().chain((!is_list).then_some(value)).enumerate() {
                let path = if is_list {
                    format!("{path}[{position}]")
                } else {
                    path.to_string()
                };
                if checker.object(&path, page) {
                    template::permissions(checker, &path, page);
                    if is_list {
                        template::condition(checker, &path, "when", page);
                    }
                }
            }
        }
        Shape::Presentation => template::presentation(checker, value),
        Shape::Steps => template::steps(checker, value),
        Shape::Output => template::output(checker, value),
    }
}

fn profile(checker: &mut Checker, profile: Node<'_, '_>) {
    if !checker.object(&"spec.profile", profile) {
        return;
    }
    for field in ["displayName", "email", "picture"] {
        if let Some(value) = profile.get(field) {
            checker.text(&format_args!("spec.profile.{field}"), value);
        }
    }
}

/// Judges the references of a kind; the answer is whether the owner's is good or absent.
fn references(checker: &mut Checker, kind: &str, spec: Node<'_, '_>, namespace: &str) -> bool {
    let mut owner_is_good = true;
    for field in relation::fields(kind) {
        let Some(value) = spec.get(field.name) else {
            continue;
        };
        // No schema speaks of this field, so anything that JavaScript holds for false passes, and a single text does.
        let is_free = field.name == "dependencyOf";
        let may_be_nothing = is_free || (field.name == "owner" && checker.is_owned());
        if (may_be_nothing && value.is_nothing()) || is_placeholder(value) {
            continue;
        }
        let is_list = matches!(value.value(), Value::List(_));
        let mut is_good = true;
        for (position, item) in value.items().chain((!is_list).then_some(value)).enumerate() {
            let Some(text) = item.text() else {
                if is_free {
                    checker.string(&format_args!("spec.{}[{position}]", field.name), item);
                }
                is_good = false;
                continue;
            };
            // An empty text was reported with the field's type.
            if text.is_empty() && !is_free {
                is_good = false;
                continue;
            }
            if let Err(error) = EntityRef::parse(text, field.default_kind, namespace) {
                is_good = false;
                checker.error(
                    item,
                    rule::REFERENCE_FORMAT,
                    format!("spec.{} does not refer to an entity: {error}.", field.name),
                );
            }
        }
        if field.name == "owner" {
            owner_is_good &= is_good && !is_list;
        }
    }
    owner_is_good
}

#[cfg(test)]
mod tests {
    use crate::catalog::descriptor::{Scope, read};

    /// The problems of a document of the kind with this `spec`, one a line, and whether the entity is kept.
    fn judge(kind: &str, spec: &str) -> String {
        let group = if kind == "Template" {
            "scaffolder.backstage.io/v1beta3"
        } else {
            "backstage.io/v1alpha1"
        };
        let text =
            format!("apiVersion: {group}\nkind: {kind}\nmetadata:\n  name: a\nspec: {spec}\n");
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

    #[test]
    fn good_specs_have_no_problems() {
        for (kind, spec) in [
            (
                "Component",
                "{type: service, lifecycle: production, owner: pay, dependsOn: ['component:x'], dependencyOf: ''}",
            ),
            (
                "API",
                "{type: openapi, lifecycle: alpha, owner: user:ana, definition: {$text: ./api.yaml}}",
            ),
            ("Resource", "{type: database, owner: pay, system: money}"),
            ("System", "{owner: pay, domain: d, type: x}"),
            ("Domain", "{owner: pay, subdomainOf: d}"),
            (
                "Group",
                "{type: team, children: [], profile: {email: a@b.c}, parent: x, members: [ana]}",
            ),
            ("User", "{memberOf: [pay]}"),
            ("Location", "{targets: [./a.yaml], presence: optional}"),
            (
                "Template",
                "{type: service, steps: [{action: debug:log, if: true}], parameters: [{}], output: {links: [{url: x}], a: b}}",
            ),
            ("Dashboard", "{owner: 5, dependsOn: no}"),
        ] {
            assert_eq!(judge(kind, spec), "kept", "{kind}");
        }
    }

    #[test]
    fn what_is_required_must_be_there() {
        insta::assert_snapshot!(judge("Component", "{}"), @"
        f:5:1: error[missing-field]: spec.type is missing: add type: with what it is, like type: service, website or library.
        f:5:1: error[missing-field]: spec.lifecycle is missing: add lifecycle: experimental, lifecycle: production or lifecycle: deprecated.
        f:5:1: error[missing-owner]: spec.owner is missing: add owner: with the group or user who owns it, like owner: team-payments.
        kept
        ");
        insta::assert_snapshot!(judge("API", "{type: grpc, lifecycle: x, owner: pay}"), @"
        f:5:1: error[missing-field]: spec.definition is missing: add definition: with the text of the API's definition, or $text: and a path below it.
        kept
        ");
        insta::assert_snapshot!(judge("Group", "{type: team}"), @"
        f:5:1: error[missing-field]: spec.children is missing: add children: with the groups below this one, or children: [].
        kept
        ");
        insta::assert_snapshot!(judge("User", "{}"), @"
        f:5:1: error[missing-field]: spec.memberOf is missing: add memberOf: with the user's groups, or memberOf: [].
        kept
        ");
        insta::assert_snapshot!(judge("Template", "{type: x}"), @"
        f:5:1: error[missing-field]: spec.steps is missing: add steps: with a list of actions.
        kept
        ");
        insta::assert_snapshot!(judge("System", "{owners: pay}"), @"
        f:5:1: error[missing-owner]: spec.owner is missing: rename owners to owner.
        kept
        ");
    }

    #[test]
    fn fields_have_their_types() {
        insta::assert_snapshot!(judge("Component", "{type: 5, lifecycle: yes, owner: pay, system: , providesApis: x, consumesApis: [~]}"), @r#"
        f:5:14: error[field-type]: spec.type is the number 5, not text: put it in quotes, like "5".
        f:5:51: error[field-type]: spec.system is empty: write a value, or remove the line.
        f:5:69: error[field-type]: spec.providesApis is the text "x": write a list, like [x].
        f:5:87: error[field-type]: spec.consumesApis[0] is empty: write a value, or remove the line.
        kept
        "#);
        insta::assert_snapshot!(judge("Group", "{type: '', children: {}, profile: {displayName: true}}"), @r#"
        f:5:14: error[field-type]: spec.type is empty: write a value.
        f:5:28: error[field-type]: spec.children is an object: write a list instead.
        f:5:55: error[field-type]: spec.profile.displayName is the truth value true, not text: put it in quotes, like "true".
        kept
        "#);
        insta::assert_snapshot!(judge("Location", "{presence: maybe}"), @r#"
        f:5:18: error[field-type]: spec.presence is "maybe": write required or optional.
        kept
        "#);
        insta::assert_snapshot!(judge("Component", "no"), @r#"
        f:5:7: error[field-type]: spec is the text "no": write an object with the fields of the kind Component.
        dropped
        "#);
    }

    #[test]
    fn near_misses_are_named() {
        insta::assert_snapshot!(judge("Component", "{tpye: service, lifecycle: Production, owner: pay, dependson: [x]}"), @r#"
        f:5:58: warning[field-spelling]: spec.dependson is not a field that Backstage reads: did you mean dependsOn?
        f:5:1: error[missing-field]: spec.type is missing: rename tpye to type.
        f:5:34: warning[lifecycle-spelling]: The lifecycle "Production" is not one that others use: did you mean production?
        kept
        "#);
        assert_eq!(
            judge(
                "Component",
                "{type: a, lifecycle: sandbox, owner: pay, mystery: 1}"
            ),
            "kept"
        );
    }

    #[test]
    fn references_must_have_their_form() {
        insta::assert_snapshot!(judge("Component", "{type: a, lifecycle: b, owner: pay, dependsOn: [db, 'component:'], dependencyOf: [{name: x}]}"), @r#"
        f:5:55: error[reference-format]: spec.dependsOn does not refer to an entity: "db" does not say its kind: write it before the name, like component:db or resource:db.
        f:5:59: error[reference-format]: spec.dependsOn does not refer to an entity: "component:" is not a reference: write [kind:][namespace/]name, and leave no part empty.
        f:5:89: error[field-type]: spec.dependencyOf[0] is an object: write a single text instead.
        kept
        "#);
        insta::assert_snapshot!(judge("Component", "{type: a, lifecycle: b, owner: 'group:default/'}"), @r#"
        f:5:38: error[reference-format]: spec.owner does not refer to an entity: "group:default/" is not a reference: write [kind:][namespace/]name, and leave no part empty.
        dropped
        "#);
        insta::assert_snapshot!(judge("Template", "{type: a, steps: [], owner: [pay]}"), @"
        f:5:35: error[field-type]: spec.owner is a list: write a single text instead.
        dropped
        ");
    }

    #[test]
    fn templates_have_steps() {
        insta::assert_snapshot!(judge("Template", "{type: a, steps: [{actoin: x}, no, {action: 5, id: 1, input: [], if: 2, 'backstage:permissions': {tags: x}}]}"), @r#"
        f:5:25: error[template-steps]: spec.steps[0].action is missing: rename actoin to action.
        f:5:38: error[field-type]: spec.steps[1] is the text "no": write an object with keys and values instead.
        f:5:51: error[field-type]: spec.steps[2].action is the number 5, not text: put it in quotes, like "5".
        f:5:58: error[field-type]: spec.steps[2].id is the number 1, not text: put it in quotes, like "1".
        f:5:68: error[field-type]: spec.steps[2].input is a list: write an object with keys and values instead.
        f:5:76: error[field-type]: spec.steps[2].if is the number 2, not text: put it in quotes, like "2".
        f:5:111: error[field-type]: spec.steps[2].backstage:permissions.tags is the text "x": write a list, like [x].
        kept
        "#);
        insta::assert_snapshot!(judge("Template", "{type: a, steps: [], parameters: [x], secrets: {schema: x}, formDecorators: [x], presentation: {buttonLabels: {backButtonText: 5}}, output: {links: [{url: ''}], text: x, other: 5}}"), @r#"
        f:5:41: error[field-type]: spec.parameters[0] is the text "x": write an object with keys and values instead.
        f:5:63: error[field-type]: spec.secrets.schema is the text "x": write an object with keys and values instead.
        f:5:134: error[field-type]: spec.presentation.buttonLabels.backButtonText is the number 5, not text: put it in quotes, like "5".
        f:5:84: error[field-type]: spec.formDecorators[0] is the text "x": write an object with keys and values instead.
        f:5:162: error[field-type]: spec.output.links[0].url is empty: write a value, or remove the line.
        f:5:174: error[field-type]: spec.output.text is the text "x": write a list, like [x].
        f:5:184: error[field-type]: spec.output.other is the number 5, not text: put it in quotes, like "5".
        kept
        "#);
    }
}
