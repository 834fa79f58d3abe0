//! One descriptor file as the catalog holds it: what was good in it, what was wrong, what is kept from before.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::descriptor::{Read, Scope};
use super::entity::Entity;
use super::problem::{Problem, Severity};
use super::source::BlobId;

/// A file that was read, with the entities that it gives to the catalog.
#[derive(Debug)]
pub struct SourceFile {
    /// The path from the root of the source.
    pub path: Arc<str>,
    /// The content that was read; all zero where it has to be read again.
    pub blob: BlobId,
    /// Whether the file was merely looked into for Backstage's documents.
    pub looked: bool,
    /// Whether a document of it names no owner, so that it is read again when CODEOWNERS changes.
    pub lacks_owner: bool,
    /// What its placeholders point to, so that it is read again when that changes.
    pub placeholders: Vec<Placeholder>,
    /// The entities, in the order of their documents; those kept from before come last.
    pub entities: Vec<Kept>,
    /// What is wrong with the file.
    pub problems: Vec<Problem>,
}

/// What a placeholder of a file points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// The target as it is written.
    pub target: Box<str>,
    /// The content that was put in; all zero where there was none to be had.
    pub blob: BlobId,
}

/// An entity of a file.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The entity.
    pub entity: Arc<Entity>,
    /// When the catalog saw it in this file for the first time, in milliseconds since the Unix epoch. Of two
    /// claims to one reference the older stays.
    pub seen: u64,
    /// Since when the document is broken and this is its last good version.
    pub stale: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct StoredFile<'a> {
    blob: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    looked: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lacks_owner: bool,
    /// Targets with the ids of their contents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    placeholders: Vec<(Box<str>, String)>,
    #[serde(borrow)]
    documents: Vec<StoredDocument<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

#[derive(Serialize, Deserialize)]
struct StoredDocument<'a> {
    line: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner_line: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    from_codeowners: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Box<str>>,
    seen: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stale: Option<u64>,
    #[serde(borrow)]
    document: Cow<'a, RawValue>,
}

impl SourceFile {
    /// What a new reading of the file makes of it. An entity that was there before and whose document is now
    /// broken stays, marked stale.
    pub fn new(
        path: &str,
        blob: BlobId,
        scope: Scope,
        read: Read,
        before: Option<&Self>,
        now: u64,
    ) -> Self {
        let earlier = before.map_or(&[][..], |before| &before.entities);
        let mut entities: Vec<Kept> = read
            .entities
            .into_iter()
            .map(|entity| {
                let known = earlier
                    .iter()
                    .find(|kept| kept.entity.reference == entity.reference);
                Kept {
                    seen: known.map_or(now, |kept| kept.seen),
                    stale: None,
                    entity,
                }
            })
            .collect();
        for kept in earlier {
            let reference = &kept.entity.reference;
            let gone = entities
                .iter()
                .all(|new| new.entity.reference != *reference);
            if gone && may_be_broken(reference.as_str(), &read.problems) {
                entities.push(Kept {
                    stale: Some(kept.stale.unwrap_or(now)),
                    ..kept.clone()
                });
            }
        }
        entities.shrink_to_fit();
        let mut problems = read.problems;
        problems.shrink_to_fit();
        Self {
            path: path.into(),
            blob,
            looked: scope == Scope::Looked,
            lacks_owner: read.lacks_owner,
            placeholders: read
                .placeholders
                .into_iter()
                .map(|target| Placeholder {
                    target: target.into(),
                    blob: BlobId::UNREAD,
                })
                .collect(),
            entities,
            problems,
        }
    }

    /// The same file, but of a content that nothing has: it will be read again.
    #[must_use]
    pub fn unread(&self) -> Self {
        Self {
            path: self.path.clone(),
            blob: BlobId::UNREAD,
            looked: self.looked,
            lacks_owner: self.lacks_owner,
            placeholders: self.placeholders.clone(),
            entities: self.entities.clone(),
            problems: self.problems.clone(),
        }
    }

    /// The same file without some of its entities.
    #[must_use]
    pub fn without(&self, gone: impl Fn(&Entity) -> bool) -> Self {
        let mut file = self.unread();
        file.entities.retain(|kept| !gone(&kept.entity));
        file
    }

    /// The file as JSON for the store.
    pub fn store(&self) -> Result<Box<RawValue>, serde_json::Error> {
        let stored = |kept: &Kept| {
            let document = RawValue::from_string(kept.entity.document.text())?;
            Ok(StoredDocument {
                line: kept.entity.line,
                owner_line: kept.entity.owner_line,
                from_codeowners: kept.entity.from_codeowners,
                refused: kept.entity.refused.clone(),
                seen: kept.seen,
                stale: kept.stale,
                document: Cow::Owned(document),
            })
        };
        let documents = self
            .entities
            .iter()
            .map(stored)
            .collect::<Result<_, serde_json::Error>>()?;
        let stored = StoredFile {
            blob: crate::git::hex(&self.blob.0),
            looked: self.looked,
            lacks_owner: self.lacks_owner,
            placeholders: self
                .placeholders
                .iter()
                .map(|placeholder| {
                    let id = crate::git::hex(&placeholder.blob.0);
                    (placeholder.target.clone(), id)
                })
                .collect(),
            documents,
            problems: self.problems.clone(),
        };
        serde_json::value::to_raw_value(&stored)
    }

    /// The file as it was stored.
    pub fn load(path: &str, stored: &RawValue) -> Result<Self, serde_json::Error> {
        let stored: StoredFile<'_> = serde_json::from_str(stored.get())?;
        let mut entities = Vec::with_capacity(stored.documents.len());
        for document in stored.documents {
            let entity = Entity::from_document(
                &document.document,
                document.line,
                document.owner_line,
                document.refused,
            )?;
            let entity = Entity {
                from_codeowners: document.from_codeowners,
                ..entity
            };
            entities.push(Kept {
                entity: Arc::new(entity),
                seen: document.seen,
                stale: document.stale,
            });
        }
        let blob = crate::git::from_hex(&stored.blob)
            .ok_or_else(|| serde::de::Error::custom("a blob id has 40 hexadecimal digits"))?;
        Ok(Self {
            path: path.into(),
            blob: BlobId(blob),
            looked: stored.looked,
            lacks_owner: stored.lacks_owner,
            placeholders: stored
                .placeholders
                .into_iter()
                .map(|(target, id)| Placeholder {
                    target,
                    blob: crate::git::from_hex(&id).map_or(BlobId::UNREAD, BlobId),
                })
                .collect(),
            entities,
            problems: stored.problems,
        })
    }
}

/// Whether one of the problems may be the reason that the entity is no longer among the good ones.
fn may_be_broken(reference: &str, problems: &[Problem]) -> bool {
    problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .any(|problem| {
            problem
                .entity
                .as_deref()
                .is_none_or(|entity| entity.eq_ignore_ascii_case(reference))
        })
}
