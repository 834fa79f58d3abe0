//! The rules for `metadata`, the same for every kind.

use super::{Checker, is_placeholder, missing, short};
use crate::catalog::format;
use crate::catalog::problem::{quote, rule};
use crate::catalog::yaml::{Node, Value};

/// The fields of `metadata` that Backstage reads.
pub(super) const METADATA_FIELDS: [&str; 10] = [
    "name",
    "namespace",
    "title",
    "description",
    "labels",
    "annotations",
    "tags",
    "links",
    "uid",
    "etag",
];

/// Judges `metadata`; the answer is the name and the namespace, as far as they are text.
pub(super) fn check<'t>(
    checker: &mut Checker,
    metadata: Node<'t, '_>,
) -> (Option<&'t str>, Option<&'t str>) {
    checker.spelling("metadata", metadata, &METADATA_FIELDS);
    let name = match metadata.get("name") {
        Some(node) if is_placeholder(node) => {
            let message = "metadata.name cannot be a placeholder: write the name itself.";
            checker.error(node, rule::FIELD_TYPE, message.to_owned());
            None
        }
        Some(node) => {
            let name = checker.needed_text(&"metadata.name", node);
            if let Some(name) = name.filter(|name| !format::is_name(name)) {
                checker.error(node, rule::NAME_FORMAT, name_sentence(name));
            }
            name
        }
        None => {
            let example = "name: with the entity's name, like payments-api";
            checker.error(
                metadata,
                rule::MISSING_FIELD,
                missing("metadata.name", metadata, &METADATA_FIELDS, example),
            );
            None
        }
    };
    let namespace = match metadata.get("namespace") {
        Some(node) if is_placeholder(node) => {
            let message = "metadata.namespace cannot be a placeholder: write the namespace itself.";
            checker.error(node, rule::FIELD_TYPE, message.to_owned());
            None
        }
        Some(node) => {
            let namespace = checker.text(&"metadata.namespace", node);
            if let Some(namespace) = namespace.filter(|namespace| !format::is_namespace(namespace))
            {
                let message = format!(
                    "The namespace {} is not valid: use lower-case letters, digits and - between them, at most 63 in all{}.",
                    quote(namespace),
                    suggestion(namespace, format::is_namespace)
                );
                checker.error(node, rule::NAMESPACE_FORMAT, message);
            }
            namespace
        }
        None => Some("default"),
    };
    for field in ["uid", "etag", "title"] {
        if let Some(node) = metadata.get(field) {
            checker.text(&format_args!("metadata.{field}"), node);
        }
    }
    if let Some(node) = metadata.get("description") {
        checker.string(&"metadata.description", node);
    }
    labels(checker, metadata);
    annotations(checker, metadata);
    tags(checker, metadata);
    links(checker, metadata);
    (name, namespace)
}

fn labels(checker: &mut Checker, metadata: Node<'_, '_>) {
    let Some(labels) = metadata.get("labels") else {
        return;
    };
    if !checker.object(&"metadata.labels", labels) {
        return;
    }
    for (name, key, value) in labels.entries() {
        if !format::is_key(name) {
            checker.error(key, rule::LABEL_FORMAT, key_sentence("label", name));
        }
        match value.text() {
            Some(text) if format::is_label_value(text) => {}
            Some(text) => {
                let message = format!(
                    "The label {} has the value {}, which is not valid: use letters and digits with - _ or . between them, at most 63 in all; longer texts belong in annotations.",
                    short(name),
                    quote(text)
                );
                checker.error(value, rule::LABEL_FORMAT, message);
            }
            None => checker.string(&format_args!("metadata.labels.{}", short(name)), value),
        }
    }
}

fn annotations(checker: &mut Checker, metadata: Node<'_, '_>) {
    let Some(annotations) = metadata.get("annotations") else {
        return;
    };
    // Backstage reads `annotations || {}`, so whatever JavaScript holds for false passes.
    let is_nothing = match annotations.value() {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number, _) => *number == 0.0 || number.is_nan(),
        Value::Text(text) => text.is_empty(),
        _ => false,
    };
    if is_nothing {
        return;
    }
    if is_placeholder(annotations) {
        // Backstage adds annotations of its own before it looks for placeholders.
        let message = "metadata.annotations cannot be a placeholder: write the annotations here.";
        checker.error(annotations, rule::FIELD_TYPE, message.to_owned());
        return;
    }
    if !checker.object(&"metadata.annotations", annotations) {
        return;
    }
    for (name, key, value) in annotations.entries() {
        if !format::is_key(name) {
            checker.error(
                key,
                rule::ANNOTATION_FORMAT,
                key_sentence("annotation", name),
            );
        }
        if value.text().is_none() && !is_placeholder(value) {
            let message = match value.value() {
                Value::Null => format!(
                    "The annotation {} has no value: write one, or remove the line.",
                    short(name)
                ),
                Value::Number(_, written) => {
                    format!(
                        "The annotation {} is {}, not text: put it in quotes, like \"{}\".",
                        short(name),
                        value.describe(),
                        short(written)
                    )
                }
                Value::Bool(truth) => {
                    format!(
                        "The annotation {} is {}, not text: put it in quotes, like \"{truth}\".",
                        short(name),
                        value.describe()
                    )
                }
                _ => format!(
                    "The annotation {} is {}: write a single text instead.",
                    short(name),
                    value.describe()
                ),
            };
            checker.error(value, rule::ANNOTATION_FORMAT, message);
        }
    }
}

fn tags(checker: &mut Checker, metadata: Node<'_, '_>) {
    let Some(tags) = metadata.get("tags") else {
        return;
    };
    if !checker.list(&"metadata.tags", tags) {
        return;
    }
    for (position, tag) in tags.items().enumerate() {
        let text = checker.text(&format_args!("metadata.tags[{position}]"), tag);
        if let Some(text) = text.filter(|text| !format::is_tag(text)) {
            let message = format!(
                "The tag {} is not valid: use a-z, 0-9, :, + and # with single - between them, at most 63 in all{}.",
                quote(text),
                suggestion(text, format::is_tag)
            );
            checker.error(tag, rule::TAG_FORMAT, message);
        }
    }
}

fn links(checker: &mut Checker, metadata: Node<'_, '_>) {
    let Some(links) = metadata.get("links") else {
        return;
    };
    if !checker.list(&"metadata.links", links) {
        return;
    }
    for (position, link) in links.items().enumerate() {
        let path = format!("metadata.links[{position}]");
        if !checker.object(&path, link) {
            continue;
        }
        if let Some(node) = link.get("url") {
            let url = checker.needed_text(&format_args!("{path}.url"), node);
            if let Some(url) = url.filter(|url| !format::is_url(url)) {
                let message = format!(
                    "The link {} is not a full address: write it with https:// and its host.",
                    quote(url)
                );
                checker.error(node, rule::LINK_FORMAT, message);
            }
        } else {
            let message = missing(
                &format!("{path}.url"),
                link,
                &["title", "icon", "type"],
                "url: https://…",
            );
            checker.error(link, rule::MISSING_FIELD, message);
        }
        for field in ["title", "icon", "type"] {
            let Some(node) = link.get(field) else {
                continue;
            };
            let text = checker.text(&format_args!("{path}.{field}"), node);
            if field != "type" && text.is_some_and(is_blank) {
                let message =
                    format!("{path}.{field} is blank: write a value, or remove the line.");
                checker.error(node, rule::FIELD_TYPE, message);
            }
        }
    }
}

/// Whether nothing is left of the text when JavaScript trims it.
fn is_blank(text: &str) -> bool {
    let is_space = |c: char| c.is_whitespace() && c != '\u{85}' || c == '\u{feff}';
    text.trim_matches(is_space).is_empty()
}

fn name_sentence(name: &str) -> String {
    if name.len() > 63 {
        return format!(
            "The name {} has {} characters: use at most 63, and put the long form in metadata.title.",
            quote(name),
            name.chars().count()
        );
    }
    format!(
        "The name {} is not valid: use letters and digits with - _ or . between them{}; any other text belongs in metadata.title.",
        quote(name),
        suggestion(name, format::is_name)
    )
}

fn key_sentence(what: &str, key: &str) -> String {
    format!(
        "The {what} key {} is not valid: write a name of letters, digits, - _ and ., with a lower-case domain and one slash before it or not, like acme.com/tier.",
        quote(key)
    )
}

/// `, like "…"` with the nearest text that has the form, where there is one.
fn suggestion(text: &str, form: fn(&str) -> bool) -> String {
    // A template's expression names nothing that could be suggested, nor does a text as long as that.
    if text.contains("{{") || text.len() > 200 {
        return String::new();
    }
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    for text in [text.to_owned(), text.to_lowercase()] {
        let words = text.split(|c: char| !form(&format!("a{c}a")));
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let joined = words.join("-");
        let joined = joined.trim_matches(|c: char| matches!(c, '-' | '_' | '.'));
        if form(joined) && letters(joined) == letters(&text) {
            return format!(", like {joined:?}");
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use crate::catalog::descriptor::{Scope, read};

    /// The problems of a group with this metadata, one a line, and whether it is kept.
    fn with(metadata: &str) -> String {
        let head =
            "apiVersion: backstage.io/v1alpha1\nkind: Group\nspec: {type: team, children: []}\n";
        let text = format!("{head}metadata: {{{metadata}}}\n");
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
    fn names_have_their_form() {
        for name in ["a", "A-b_c.d", "yes", "2024-01-01", "'0123'"] {
            assert_eq!(with(&format!("name: {name}")), "kept", "{name}");
        }
        insta::assert_snapshot!(with("name: Payments API (EU)"), @r#"
        f:4:18: error[name-format]: The name "Payments API (EU)" is not valid: use letters and digits with - _ or . between them, like "Payments-API-EU"; any other text belongs in metadata.title.
        dropped
        "#);
        insta::assert_snapshot!(with("name: 0123"), @r#"
        f:4:18: error[field-type]: metadata.name is the number 0123, not text: put it in quotes, like "0123".
        dropped
        "#);
        insta::assert_snapshot!(with("name: 0x1F, namespace: Shop_EU"), @r#"
        f:4:18: error[field-type]: metadata.name is the number 0x1F, not text: put it in quotes, like "0x1F".
        f:4:35: error[namespace-format]: The namespace "Shop_EU" is not valid: use lower-case letters, digits and - between them, at most 63 in all, like "shop-eu".
        dropped
        "#);
        insta::assert_snapshot!(with("name: '${{ values.name }}'"), @r#"
        f:4:18: error[name-format]: The name "${{ values.name }}" is not valid: use letters and digits with - _ or . between them; any other text belongs in metadata.title.
        dropped
        "#);
        insta::assert_snapshot!(with(&format!("name: {}", "x".repeat(64))), @r#"
        f:4:18: error[name-format]: The name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" has 64 characters: use at most 63, and put the long form in metadata.title.
        dropped
        "#);
        insta::assert_snapshot!(with("name: ~, namespace: ''"), @"
        f:4:18: error[field-type]: metadata.name is empty: write a value.
        f:4:32: error[field-type]: metadata.namespace is empty: write a value, or remove the line.
        dropped
        ");
        insta::assert_snapshot!(with("name: {$text: x}"), @"
        f:4:18: error[field-type]: metadata.name cannot be a placeholder: write the name itself.
        dropped
        ");
    }

    #[test]
    fn labels_and_annotations_are_text() {
        assert_eq!(
            with("name: a, annotations: , labels: {a.b/c: ''}, description: ''"),
            "kept"
        );
        assert_eq!(with("name: a, annotations: {a: {$text: ./x}}"), "kept");
        insta::assert_snapshot!(with("name: a, labels: {a/b/c: x, d: 'x y', e: 5, f: }"), @r#"
        f:4:30: error[label-format]: The label key "a/b/c" is not valid: write a name of letters, digits, - _ and ., with a lower-case domain and one slash before it or not, like acme.com/tier.
        f:4:43: error[label-format]: The label d has the value "x y", which is not valid: use letters and digits with - _ or . between them, at most 63 in all; longer texts belong in annotations.
        f:4:53: error[field-type]: metadata.labels.e is the number 5, not text: put it in quotes, like "5".
        f:4:57: error[field-type]: metadata.labels.f is empty: write a value, or remove the line.
        kept
        "#);
        insta::assert_snapshot!(with("name: a, annotations: {a b: x, c: true, d: 1.0, e: , f: [x]}"), @r#"
        f:4:35: error[annotation-format]: The annotation key "a b" is not valid: write a name of letters, digits, - _ and ., with a lower-case domain and one slash before it or not, like acme.com/tier.
        f:4:46: error[annotation-format]: The annotation c is the truth value true, not text: put it in quotes, like "true".
        f:4:55: error[annotation-format]: The annotation d is the number 1.0, not text: put it in quotes, like "1.0".
        f:4:61: error[annotation-format]: The annotation e has no value: write one, or remove the line.
        f:4:68: error[annotation-format]: The annotation f is a list: write a single text instead.
        kept
        "#);
        insta::assert_snapshot!(with("name: a, labels: , annotations: []"), @"
        f:4:27: error[field-type]: metadata.labels is empty: write an object with keys and values instead.
        f:4:44: error[field-type]: metadata.annotations is a list: write an object with keys and values instead.
        kept
        ");
    }

    #[test]
    fn tags_have_their_form() {
        assert_eq!(with("name: a, tags: [java, 'c++', 'a:b-c#']"), "kept");
        insta::assert_snapshot!(with("name: a, tags: [Java, spring boot, 5, '']"), @r#"
        f:4:28: error[tag-format]: The tag "Java" is not valid: use a-z, 0-9, :, + and # with single - between them, at most 63 in all, like "java".
        f:4:34: error[tag-format]: The tag "spring boot" is not valid: use a-z, 0-9, :, + and # with single - between them, at most 63 in all, like "spring-boot".
        f:4:47: error[field-type]: metadata.tags[2] is the number 5, not text: put it in quotes, like "5".
        f:4:50: error[field-type]: metadata.tags[3] is empty: write a value, or remove the line.
        kept
        "#);
        insta::assert_snapshot!(with("name: a, tags: "), @"
        f:4:25: error[field-type]: metadata.tags is empty: write a list, like [], or remove the line.
        kept
        ");
        insta::assert_snapshot!(with("name: a, tags: java"), @r#"
        f:4:27: error[field-type]: metadata.tags is the text "java": write a list, like [java].
        kept
        "#);
    }

    #[test]
    fn links_have_addresses() {
        assert_eq!(
            with("name: a, links: [{url: 'https://e.com', title: x, icon: y, type: z}]"),
            "kept"
        );
        insta::assert_snapshot!(with("name: a, links: [{url: e.com/x}, {uri: x}, x, {url: 'x:', title: ' ', icon: 5}]"), @r#"
        f:4:35: error[link-format]: The link "e.com/x" is not a full address: write it with https:// and its host.
        f:4:45: error[missing-field]: metadata.links[1].url is missing: add url: https://….
        f:4:55: error[field-type]: metadata.links[2] is the text "x": write an object with keys and values instead.
        f:4:77: error[field-type]: metadata.links[3].title is blank: write a value, or remove the line.
        f:4:88: error[field-type]: metadata.links[3].icon is the number 5, not text: put it in quotes, like "5".
        kept
        "#);
        insta::assert_snapshot!(with("name: a, links: {}"), @"
        f:4:28: error[field-type]: metadata.links is an object: write a list instead.
        kept
        ");
    }

    #[test]
    fn metadata_spelled_nearly_right_is_named() {
        insta::assert_snapshot!(with("name: a, annotation: {a: b}, title: '', uid: 5, <<: {}"), @r#"
        f:4:21: warning[field-spelling]: metadata.annotation is not a field that Backstage reads: did you mean annotations?
        f:4:60: warning[merge-key]: The merge key << in metadata is not applied, as in Backstage: write its fields out.
        f:4:57: error[field-type]: metadata.uid is the number 5, not text: put it in quotes, like "5".
        f:4:48: error[field-type]: metadata.title is empty: write a value, or remove the line.
        kept
        "#);
        assert_eq!(with("name: a, anything: else"), "kept");
    }
}
