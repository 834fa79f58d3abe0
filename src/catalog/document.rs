//! The parts of a stored descriptor that look-ups need, borrowed from its JSON text in one pass.
//!
//! Nothing here fails on a field of an unexpected type: a kind that is not built in may use any field as it likes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A descriptor.
#[derive(Debug, serde::Deserialize)]
pub struct Document<'d> {
    /// The kind as it was written.
    #[serde(borrow)]
    pub kind: Cow<'d, str>,
    /// What every entity has.
    #[serde(borrow)]
    pub metadata: Metadata<'d>,
    /// What the kind adds.
    #[serde(borrow, default)]
    pub spec: Loose<Spec<'d>>,
}

/// The `metadata` of a descriptor.
#[derive(Debug, serde::Deserialize)]
#[allow(missing_docs)] // the names are Backstage's own
pub struct Metadata<'d> {
    #[serde(borrow)]
    pub name: Cow<'d, str>,
    #[serde(borrow, default)]
    pub namespace: Text<'d>,
    #[serde(borrow, default)]
    pub title: Text<'d>,
    #[serde(borrow, default)]
    pub tags: Texts<'d>,
    #[serde(borrow, default)]
    pub annotations: Pairs<'d>,
}

/// The fields of `spec` that are needed at hand.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)] // the names are Backstage's own
pub struct Spec<'d> {
    #[serde(borrow)]
    pub r#type: Text<'d>,
    #[serde(borrow)]
    pub lifecycle: Text<'d>,
    #[serde(borrow)]
    pub profile: Loose<Profile<'d>>,
    #[serde(borrow)]
    pub owner: Texts<'d>,
    #[serde(borrow)]
    pub system: Texts<'d>,
    #[serde(borrow)]
    pub subcomponent_of: Texts<'d>,
    #[serde(borrow)]
    pub provides_apis: Texts<'d>,
    #[serde(borrow)]
    pub consumes_apis: Texts<'d>,
    #[serde(borrow)]
    pub depends_on: Texts<'d>,
    #[serde(borrow)]
    pub dependency_of: Texts<'d>,
    #[serde(borrow)]
    pub domain: Texts<'d>,
    #[serde(borrow)]
    pub subdomain_of: Texts<'d>,
    #[serde(borrow)]
    pub member_of: Texts<'d>,
    #[serde(borrow)]
    pub parent: Texts<'d>,
    #[serde(borrow)]
    pub children: Texts<'d>,
    #[serde(borrow)]
    pub members: Texts<'d>,
}

/// The `spec.profile` of a group or user.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)] // the names are Backstage's own
pub struct Profile<'d> {
    #[serde(borrow)]
    pub display_name: Text<'d>,
    #[serde(borrow)]
    pub email: Text<'d>,
}

/// An object, or nothing where something else stands.
#[derive(Debug)]
pub struct Loose<T>(pub Option<T>);

/// A text, or nothing where something else stands.
#[derive(Debug, Default)]
pub struct Text<'d>(pub Option<Cow<'d, str>>);

/// The texts of a list, or a single text; anything else is left out.
#[derive(Debug, Default)]
pub struct Texts<'d>(pub Vec<Cow<'d, str>>);

/// The pairs of text of an object; anything else is left out.
#[derive(Debug, Default)]
pub struct Pairs<'d>(pub Vec<(Cow<'d, str>, Cow<'d, str>)>);

impl<'d> Spec<'d> {
    /// The references in a field of [`super::relation::fields`].
    pub fn references(&self, field: &str) -> &[Cow<'d, str>] {
        let Texts(texts) = match field {
            "owner" => &self.owner,
            "system" => &self.system,
            "subcomponentOf" => &self.subcomponent_of,
            "providesApis" => &self.provides_apis,
            "consumesApis" => &self.consumes_apis,
            "dependsOn" => &self.depends_on,
            "dependencyOf" => &self.dependency_of,
            "domain" => &self.domain,
            "subdomainOf" => &self.subdomain_of,
            "memberOf" => &self.member_of,
            "parent" => &self.parent,
            "children" => &self.children,
            "members" => &self.members,
            _ => return &[],
        };
        texts
    }
}

impl<T> Default for Loose<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de: 'd, 'd> Deserialize<'de> for Text<'d> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything::<Self>(PhantomData))
    }
}

impl<'de: 'd, 'd> Deserialize<'de> for Texts<'d> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything::<Self>(PhantomData))
    }
}

impl<'de: 'd, 'd> Deserialize<'de> for Pairs<'d> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything::<Self>(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything::<Self>(PhantomData))
    }
}

/// What a value makes of the types of JSON; the rest becomes its default.
trait FromAny<'de>: Default {
    fn text(_: Cow<'de, str>) -> Self {
        Self::default()
    }

    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

impl<'de: 'd, 'd> FromAny<'de> for Text<'d> {
    fn text(text: Cow<'de, str>) -> Self {
        Self(Some(text))
    }
}

impl<'de: 'd, 'd> FromAny<'de> for Texts<'d> {
    fn text(text: Cow<'de, str>) -> Self {
        Self(vec![text])
    }

    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut texts = Vec::new();
        while let Some(Text(element)) = list.next_element()? {
            texts.extend(element);
        }
        Ok(Self(texts))
    }
}

impl<'de: 'd, 'd> FromAny<'de> for Pairs<'d> {
    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut pairs = Vec::new();
        while let Some((Text(key), Text(value))) = object.next_entry()? {
            pairs.extend(key.zip(value));
        }
        Ok(Self(pairs))
    }
}

impl<'de, T: Deserialize<'de>> FromAny<'de> for Loose<T> {
    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|value| Self(Some(value)))
    }
}

/// Takes a value of any type.
struct Anything<T>(PhantomData<T>);

impl<'de, T: FromAny<'de>> Visitor<'de> for Anything<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_unexpected_types_are_left_out() {
        let json = r#"{"kind":"Thing","metadata":{"name":"a","namespace":5,"title":null,"tags":{"x":[1]},
            "annotations":{"a":1,"b":"\u0041","c":[],"d":"e"}},
            "spec":{"type":[],"owner":["x",1,{"y":2}],"system":true,"profile":"no","extra":{"deep":[[]]}}}"#;
        let document: Document<'_> = serde_json::from_str(json).expect("a document");
        assert!(document.metadata.namespace.0.is_none());
        assert!(document.metadata.tags.0.is_empty());
        let Pairs(pairs) = &document.metadata.annotations;
        assert_eq!(pairs.len(), 2);
        assert_eq!(pairs[0].1, "A");
        let spec = document.spec.0.expect("a spec");
        assert_eq!(spec.references("owner"), ["x"]);
        assert!(spec.references("system").is_empty());
        assert!(spec.profile.0.is_none());
    }

    #[test]
    fn a_spec_that_is_no_object_is_none() {
        for spec in ["null", "5", "-1", "0.5", "true", "\"x\"", "[1,[2]]"] {
            let json = format!(r#"{{"kind":"T","metadata":{{"name":"a"}},"spec":{spec}}}"#);
            let document: Document<'_> = serde_json::from_str(&json).expect("a document");
            assert!(document.spec.0.is_none());
        }
    }
}
