//! Filters among the words of a search: `kind:api -tag:legacy owner:"Payments Team"`.

use std::fmt;

use thiserror::Error;

use super::problem::near;
use super::{Catalog, Entity, EntityRef, RelationType};

/// What a search asks for: words, and filters that have to be passed besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The words that are no filters, with single spaces.
    pub words: String,
    /// The filters, in the order in which they were typed.
    pub filters: Vec<Filter>,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What is looked at.
    pub field: Field,
    /// What must stand there, never empty.
    pub value: String,
    /// Whether it must not stand there: a dash was in front.
    pub negated: bool,
}

/// What a filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names are those of the descriptor's fields and say it all
pub enum Field {
    Kind,
    Owner,
    Tag,
    Lifecycle,
    System,
    Type,
    Namespace,
}

/// Why a text is no search.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilterError {
    /// A filter is spelled nearly like this one.
    #[error("there is no filter {written}:, only {near}:", near = .near.name())]
    Unknown {
        /// The name as it was typed.
        written: String,
        /// The filter that was likely meant.
        near: Field,
    },
    /// Nothing stands behind the colon.
    #[error("nothing stands behind {field}:", field = .0.name())]
    Empty(Field),
}

/// What may open a quotation.
const OPENING: [char; 5] = ['"', '\'', '“', '„', '«'];

/// What ends a sentence and is no part of a value.
const TAIL: [char; 7] = ['?', '!', '.', ',', ';', ':', '…'];

/// How many letters of a filter's name are enough to tell that it was meant.
const SHORTEST_BEGINNING: usize = 3;

impl Query {
    /// Takes a text apart. A word with a colon that is no filter stays a word.
    pub fn read(text: &str) -> Result<Self, FilterError> {
        let mut query = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(length(rest));
            rest = behind.trim_start();
            match filter(piece)? {
                Some(filter) => query.filters.push(filter),
                None if query.words.is_empty() => piece.clone_into(&mut query.words),
                None => {
                    query.words.push(' ');
                    query.words.push_str(piece);
                }
            }
        }
        Ok(query)
    }

    /// Whether an entity passes all filters: all tags, and of several values of anything else one, for an entity has
    /// but one of those.
    pub fn passes(&self, catalog: &Catalog, entity: &Entity) -> bool {
        self.filters.iter().all(|filter| {
            if filter.negated {
                return !filter.fits(catalog, entity);
            }
            filter.fits(catalog, entity)
                || filter.field != Field::Tag
                    && self.filters.iter().any(|other| {
                        other.field == filter.field && !other.negated && other.fits(catalog, entity)
                    })
        })
    }
}

impl Filter {
    fn fits(&self, catalog: &Catalog, entity: &Entity) -> bool {
        let same = |text: &str| is_same(text, &self.value);
        match self.field {
            Field::Kind => same(entity.reference.kind()),
            Field::Namespace => same(entity.reference.namespace()),
            Field::Type => entity.kind_type.as_deref().is_some_and(same),
            Field::Lifecycle => entity.lifecycle.as_deref().is_some_and(same),
            Field::Tag => entity.tags.iter().any(|tag| same(tag)),
            Field::Owner => entity
                .owner
                .as_ref()
                .is_some_and(|owner| self.names(catalog, owner)),
            Field::System => catalog
                .related(&entity.reference, RelationType::PartOf)
                .any(|part| part.target.kind() == "system" && self.names(catalog, part.target)),
        }
    }

    /// Whether the value is a name of what is referred to: its reference, in full or in part, or its title.
    fn names(&self, catalog: &Catalog, target: &EntityRef) -> bool {
        is_same(target.name(), &self.value)
            || EntityRef::parse(&self.value, Some(target.kind()), "default")
                .is_ok_and(|reference| reference == *target)
            || catalog
                .get(target)
                .and_then(|listed| listed.entity.title.as_deref())
                .is_some_and(|title| is_same(title, &self.value))
    }
}

/// As it is typed.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dash = if self.negated { "-" } else { "" };
        let name = self.field.name();
        if self.value.contains(char::is_whitespace) {
            write!(f, "{dash}{name}:\"{}\"", self.value)
        } else {
            write!(f, "{dash}{name}:{}", self.value)
        }
    }
}

impl Field {
    /// Every field, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self::Kind,
        Self::Owner,
        Self::Tag,
        Self::Lifecycle,
        Self::System,
        Self::Type,
        Self::Namespace,
    ];

    /// The name, as it is typed before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Owner => "owner",
            Self::Tag => "tag",
            Self::Lifecycle => "lifecycle",
            Self::System => "system",
            Self::Type => "type",
            Self::Namespace => "namespace",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The field that was likely meant by a name that none has: a slip, a plural, a beginning.
    fn near(name: &str) -> Option<Self> {
        let begun = |field: &Self| {
            name.len() >= SHORTEST_BEGINNING && field.name().starts_with(name)
                || name.strip_suffix('s') == Some(field.name())
        };
        Self::ALL
            .into_iter()
            .find(begun)
            .or_else(|| near(name, Self::ALL.map(Self::name)).and_then(Self::named))
    }
}

/// The filter that a piece of a text is, if it is one.
fn filter(piece: &str) -> Result<Option<Filter>, FilterError> {
    let bare = piece.trim_start_matches(['-', '–', '—', '−']);
    let Some((written, value)) = bare.split_once(':') else {
        return Ok(None);
    };
    let name = written.to_lowercase();
    let Some(field) = Field::named(&name) else {
        return match Field::near(&name) {
            Some(near) => Err(FilterError::Unknown {
                written: written.to_owned(),
                near,
            }),
            None => Ok(None),
        };
    };
    let value = value.trim_end_matches(TAIL);
    let value = match value.strip_prefix(OPENING) {
        Some(inside) => inside.trim_end_matches(['"', '\'', '”', '“', '»']),
        None => value,
    };
    let value = value.trim();
    if value.is_empty() {
        return Err(FilterError::Empty(field));
    }
    Ok(Some(Filter {
        field,
        value: value.to_owned(),
        negated: bare.len() < piece.len(),
    }))
}

/// How long the piece is with which a text begins: to the next white space, but for what is quoted at its beginning or
/// behind its first colon.
fn length(text: &str) -> usize {
    let word = text.find(char::is_whitespace).unwrap_or(text.len());
    let value = text[..word].find(':').map_or(0, |colon| colon + 1);
    let opens = if text.starts_with(OPENING) { 0 } else { value };
    let Some(mark) = text[opens..].chars().next().filter(|c| OPENING.contains(c)) else {
        return word;
    };
    let inside = opens + mark.len_utf8();
    let closing = match mark {
        '\'' => ['\''; 3],
        '«' => ['»'; 3],
        _ => ['"', '”', '“'],
    };
    let Some(closes) = text[inside..].find(closing) else {
        return word;
    };
    let closes = inside + closes;
    text[closes..]
        .find(char::is_whitespace)
        .map_or(text.len(), |end| closes + end)
}

fn is_same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right) || left.to_lowercase() == right.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words, then the filters as they are typed.
    fn read(text: &str) -> String {
        match Query::read(text) {
            Ok(query) => {
                let filters: Vec<String> = query.filters.iter().map(Filter::to_string).collect();
                format!("{} | {}", query.words, filters.join(" "))
            }
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn filters_stand_anywhere_among_the_words() {
        assert_eq!(
            read("card kind:API  payments -tag:legacy?"),
            "card payments | kind:API -tag:legacy"
        );
        assert_eq!(
            read("Kind:api owner:user:default/ana"),
            " | kind:api owner:user:default/ana"
        );
        assert_eq!(read("  "), " | ");
    }

    #[test]
    fn values_may_be_quoted() {
        for typed in [
            "-owner:\"Payments Team\" java",
            "-owner:“Payments Team” java",
            "–owner:„Payments Team“ java",
            "-owner:'Payments Team' java",
        ] {
            assert_eq!(read(typed), "java | -owner:\"Payments Team\"");
        }
        assert_eq!(read("owner:\"Payments Team"), "Team | owner:Payments");
        assert_eq!(
            read("\"about kind:api\" tag:a"),
            "\"about kind:api\" | tag:a"
        );
    }

    #[test]
    fn a_word_with_a_colon_stays_a_word() {
        for word in [
            "component:payments",
            "-component:payments",
            "https://a.example/x:y",
            "group:default/payments-team",
            ":kind",
            "a:b:c",
        ] {
            assert_eq!(read(word), format!("{word} | "));
        }
    }

    #[test]
    fn what_is_nearly_a_filter_is_told() {
        for (typed, near) in [
            ("onwer:ana", "owner"),
            ("tags:java", "tag"),
            ("life:production", "lifecycle"),
            ("Kinds:api", "kind"),
        ] {
            let written = typed.split(':').next().unwrap_or_default();
            assert_eq!(
                read(typed),
                format!("error: there is no filter {written}:, only {near}:")
            );
        }
        for typed in ["kind:", "kind: api", "owner:\"\"", "tag:?"] {
            let name = typed.split(':').next().unwrap_or_default();
            assert_eq!(read(typed), format!("error: nothing stands behind {name}:"));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,40}|([-a-z:\"' “”„«»]|kind:|owner:|tag:){0,20}") {
            let _ = Query::read(&text);
        }

        #[test]
        fn a_filter_is_read_back_as_it_is_written(value in "[a-z0-9/]{1,6}( [a-z0-9/]{1,6}){0,2}", place in 0..7_usize, negated: bool) {
            let filter = Filter { field: Field::ALL[place], value, negated };
            let query = Query::read(&format!("a {filter} b")).expect("a query");
            proptest::prop_assert_eq!(query, Query { words: "a b".to_owned(), filters: vec![filter] });
        }
    }
}
