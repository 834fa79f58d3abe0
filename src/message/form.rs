//! Forms: what is asked, what was answered, and the state machine between them, the same on every platform.

mod answers;
mod check;
mod condition;
mod filling;
mod talk;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use answers::{Answers, Secret};
pub use check::Pattern;
pub use condition::Condition;
pub use filling::{Filling, Question};
pub use talk::Step;

/// A form: pages of fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// What the form is for; plain text.
    pub title: String,
    /// The pages in the order in which they are asked.
    pub pages: Vec<FormPage>,
}

impl Form {
    /// The fields that ask for secrets, whether or not they will be asked.
    pub fn secrets(&self) -> impl Iterator<Item = &Field> {
        let fields = self.pages.iter().flat_map(|page| &page.fields);
        fields.filter(|field| field.kind == FieldKind::Secret)
    }
}

/// One page: what a platform with forms shows at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormPage {
    /// What the page is about; plain text.
    pub title: String,
    /// The fields in the order in which they are asked.
    pub fields: Vec<Field>,
}

/// What a platform with forms of its own shows of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    /// The form is being made; what is to come is not known yet.
    Loading {
        /// What is to come; plain text.
        title: String,
    },
    /// One page to fill in.
    Page(Sheet),
    /// The last word: nothing is left to fill in.
    Words {
        /// What it is about; plain text.
        title: String,
        /// What is said, as CommonMark.
        markdown: String,
    },
}

/// One page of a form as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The form's title; plain text.
    pub form: String,
    /// The page with the fields that are asked, and what was answered before as their defaults.
    pub page: FormPage,
    /// Which page it is; the first is 1, and behind it there is a way back.
    pub number: usize,
    /// How many pages there are, as far as can be told now.
    pub of: usize,
    /// Which form it is of; what comes back of the page names it.
    pub draft: String,
}

/// What comes back of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Which form the page is of, as in [`Sheet::draft`].
    pub draft: String,
    /// What stands in its fields, as it was typed or chosen.
    pub answers: Answers,
    /// Whether the person wants the page before this one instead of the next.
    pub back: bool,
}

/// One thing to ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The answer's name. Several fields of a form may have it when no two of them are asked together: then the answers
    /// before decide how it is asked.
    pub name: String,
    /// What the field is called towards people; plain text.
    pub label: String,
    /// What helps to answer; plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// How an answer looks, for fields that are typed into; plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// What may be answered.
    pub kind: FieldKind,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
    /// What is taken when nothing is said; never for secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The field is asked only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

impl Field {
    /// A required field without help, example, default or condition.
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: FieldKind) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            help: None,
            example: None,
            kind,
            required: true,
            default: None,
            when: None,
        }
    }
}

/// What may be answered to a field. Lengths are in characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FieldKind {
    /// One line of text.
    Text {
        /// What the text must match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<Pattern>,
        /// The shortest text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_length: Option<usize>,
        /// The longest text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<usize>,
    },
    /// Text of any number of lines.
    MultiLine {
        /// The shortest text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_length: Option<usize>,
        /// The longest text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<usize>,
    },
    /// A number.
    Number {
        /// The smallest number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minimum: Option<f64>,
        /// The largest number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maximum: Option<f64>,
    },
    /// A whole number.
    Integer {
        /// The smallest number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minimum: Option<i64>,
        /// The largest number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maximum: Option<i64>,
    },
    /// One of several values.
    Choice {
        /// What there is to choose from.
        options: Vec<Offered>,
    },
    /// Any number of several values; the answer is a list.
    ManyChoices {
        /// What there is to choose from.
        options: Vec<Offered>,
    },
    /// Yes or no.
    Boolean,
    /// A reference to an entity of the catalog, as it was typed; whether it exists is checked by who asked.
    Entity {
        /// The kinds that fit, in lower case; empty: all.
        #[serde(default)]
        kinds: Vec<String>,
        /// What else fits, one of these; empty: all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        filter: Vec<EntityFilter>,
    },
    /// Any number of answers of one kind, which is no list itself; the answer is a list.
    List {
        /// What each of them is.
        of: Box<Self>,
        /// How many there must be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_items: Option<usize>,
        /// How many there may be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_items: Option<usize>,
    },
    /// A day, as `2026-11-25`.
    Date,
    /// A person: a `User` of the catalog as it was typed, or, where the platform lets people be picked, their key as
    /// in [`PersonId::key`](super::PersonId::key), like `slack/T0ACME01/U012AB3CD`. Who that is, is found out by who asked.
    Person,
    /// Text that is neither shown nor stored nor logged.
    Secret,
}

impl FieldKind {
    /// One line of any text.
    pub fn text() -> Self {
        Self::Text {
            pattern: None,
            min_length: None,
            max_length: None,
        }
    }

    /// An entity of one of these kinds, in lower case; of none: any.
    pub fn entity<'k>(kinds: impl IntoIterator<Item = &'k str>) -> Self {
        Self::Entity {
            kinds: kinds.into_iter().map(str::to_owned).collect(),
            filter: Vec::new(),
        }
    }
}

/// One value to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// What is answered.
    pub value: Value,
    /// What it is called towards people; plain text.
    pub label: String,
}

/// What an entity must have to fit: fields by their paths, like `spec.type`, each with the values one of which must stand
/// there; none: any value. It is read as Backstage reads its filters.
pub type EntityFilter = BTreeMap<String, Vec<String>>;
