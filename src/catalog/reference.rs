//! References to entities: `[kind:][namespace/]name`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::compact::shared;
use super::problem::quote;

/// A full reference in normal form, `kind:namespace/name` in lower case, as Backstage's
/// `stringifyEntityRef` writes it. Comparing two of them is Backstage's comparison.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef {
    text: Arc<str>,
}

/// Why a text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// The text, or one of its parts, is empty: `""`, `/x`, `:x`, `group:default/`.
    #[error(
        "{text} is not a reference: write [kind:][namespace/]name, and leave no part empty",
        text = quote(.0)
    )]
    Empty(String),
    /// The kind is missing and the field has no default.
    #[error(
        "{text} does not say its kind: write it before the name, like component:{0} or resource:{0}",
        text = quote(.0)
    )]
    NoKind(String),
}

impl EntityRef {
    /// Builds the normal form from parts that are known to be good.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        let mut text = format!("{kind}:{namespace}/{name}");
        if text.is_ascii() {
            text.make_ascii_lowercase();
        } else {
            // Part by part: what stands behind a letter may decide its form, as at the end of a Greek word.
            let [kind, namespace, name] = [kind, namespace, name].map(str::to_lowercase);
            text = format!("{kind}:{namespace}/{name}");
        }
        Self { text: text.into() }
    }

    /// Reads `[kind:][namespace/]name` as Backstage's `parseEntityRef` does: what stands before the first
    /// colon is the kind, what stands before the first slash after it the namespace, the rest the name.
    pub fn parse(
        text: &str,
        default_kind: Option<&str>,
        default_namespace: &str,
    ) -> Result<Self, ReferenceError> {
        let empty = || ReferenceError::Empty(text.to_owned());
        let slash = text.find('/');
        // A colon after the slash belongs to the name.
        let colon = text
            .find(':')
            .filter(|colon| slash.is_none_or(|slash| *colon < slash));
        let (kind, rest) = match colon {
            Some(colon) => (Some(&text[..colon]), &text[colon + 1..]),
            None => (None, text),
        };
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, rest),
        };
        if name.is_empty() || kind == Some("") || namespace == Some("") {
            return Err(empty());
        }
        let kind = kind
            .or(default_kind)
            .ok_or_else(|| ReferenceError::NoKind(text.to_owned()))?;
        Ok(Self::new(
            kind,
            namespace.unwrap_or(default_namespace),
            name,
        ))
    }

    /// The same, in the one copy of its text that all entities share.
    #[must_use]
    pub fn shared(&self) -> Self {
        Self {
            text: shared(&self.text),
        }
    }

    /// The whole reference, `kind:namespace/name`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The kind, in lower case.
    pub fn kind(&self) -> &str {
        self.text.split_once(':').map_or("", |(kind, _)| kind)
    }

    /// The namespace, in lower case.
    pub fn namespace(&self) -> &str {
        let rest = self.text.split_once(':').map_or("", |(_, rest)| rest);
        rest.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// The name, in lower case.
    pub fn name(&self) -> &str {
        let rest = self.text.split_once(':').map_or("", |(_, rest)| rest);
        rest.split_once('/').map_or("", |(_, name)| name)
    }

    /// The shortest form a person would write: the namespace only when it is not `default`.
    pub fn short(&self) -> &str {
        let rest = self.text.split_once(':').map_or("", |(_, rest)| rest);
        rest.strip_prefix("default/").unwrap_or(rest)
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for EntityRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for EntityRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, None, "default").map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a reference the way `spec.owner` of an entity in the namespace `shop` is read.
    fn owner(text: &str) -> String {
        match EntityRef::parse(text, Some("Group"), "shop") {
            Ok(reference) => reference.to_string(),
            Err(error) => format!("error: {error}."),
        }
    }

    #[test]
    fn parts_that_are_left_out_come_from_the_field() {
        assert_eq!(owner("Payments"), "group:shop/payments");
        assert_eq!(owner("default/payments"), "group:default/payments");
        assert_eq!(owner("User:Ana"), "user:shop/ana");
        assert_eq!(owner("user:default/ana"), "user:default/ana");
    }

    #[test]
    fn only_the_first_colon_and_the_first_slash_count() {
        assert_eq!(owner("a:b:c"), "a:shop/b:c");
        assert_eq!(owner("a/b:c"), "group:a/b:c");
        assert_eq!(owner("a:b/c/d:e"), "a:b/c/d:e");
        assert_eq!(owner("team payments"), "group:shop/team payments");
    }

    #[test]
    fn empty_parts_are_refused() {
        for text in [
            "",
            ":",
            "/",
            "/x",
            ":x",
            "group:",
            "group:default/",
            "group:/x",
            "x/",
        ] {
            let form = "write [kind:][namespace/]name, and leave no part empty.";
            assert_eq!(
                owner(text),
                format!("error: {text:?} is not a reference: {form}")
            );
        }
    }

    #[test]
    fn a_dependency_must_name_its_kind() {
        let error = EntityRef::parse("ledger", None, "default").expect_err("no kind");
        assert_eq!(
            error.to_string(),
            "\"ledger\" does not say its kind: write it before the name, like component:ledger or resource:ledger"
        );
    }

    #[test]
    fn parts_can_be_taken_out_again() {
        let reference =
            EntityRef::parse("API:Shop/v1/orders", None, "default").expect("a reference");
        assert_eq!(
            (reference.kind(), reference.namespace(), reference.name()),
            ("api", "shop", "v1/orders")
        );
        assert_eq!(reference.short(), "shop/v1/orders");
        assert_eq!(EntityRef::new("Group", "default", "Pay").short(), "pay");
    }

    #[test]
    fn a_reference_survives_json() {
        let reference = EntityRef::new("Component", "default", "Ledger");
        let json = serde_json::to_string(&reference).expect("JSON");
        assert_eq!(json, "\"component:default/ledger\"");
        assert_eq!(
            serde_json::from_str::<EntityRef>(&json).expect("a reference"),
            reference
        );
    }

    proptest::proptest! {
        #[test]
        fn the_normal_form_is_read_back_as_it_is(text in ".{0,12}(:.{0,12})?(/.{0,12})?", kind in proptest::option::of("[A-Za-z]{1,5}")) {
            if let Ok(reference) = EntityRef::parse(&text, kind.as_deref(), "Shop") {
                let again = EntityRef::parse(reference.as_str(), None, "other").expect("a reference");
                // Lower case may have a lower case of its own, and a second time changes nothing more.
                proptest::prop_assert_eq!(again.as_str(), reference.as_str());
                let parts = EntityRef::new(reference.kind(), reference.namespace(), reference.name());
                proptest::prop_assert_eq!(parts, reference);
            }
        }
    }
}
