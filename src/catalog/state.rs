//! What is known of one source: the revision that was read, when, what it gave, and what is wrong with it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::codeowners::CodeOwners;
use super::file::SourceFile;
use super::location::{Forge, ForgeRepository};
use super::problem::Problem;
use super::source::{Lead, Pointed, Revision};

/// The state of a source after its last sync.
#[derive(Debug, Clone, Default)]
pub struct SourceState {
    /// What is stored of it beside its files.
    pub facts: Facts,
    /// The files that were read, sorted by path.
    pub files: Vec<Arc<SourceFile>>,
}

/// The facts about a source. All times are in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// The key of the source, which names its entries in the store and its folder.
    pub key: String,
    /// The source's name in answers.
    pub name: String,
    /// The version of the reader that made the stored files; another version reads them again.
    pub reader: u32,
    /// How many files belong to the revision; another number in the store means that a write was cut short.
    pub file_count: usize,
    /// The name of the configured source from which the way leads here; none for a configured one.
    pub origin: Option<String>,
    /// Where it points, without credentials.
    pub place: String,
    /// The software of its forge, where that is known better than its host's name tells.
    pub forge: Option<Forge>,
    /// The branch that was asked for; `None` is the remote's HEAD.
    pub branch: Option<String>,
    /// The revision whose files are in the catalog.
    pub revision: Option<Revision>,
    /// What the listing said of its newest state when it was last read.
    pub marker: Option<String>,
    /// The globs by which its files were chosen when it was last read.
    pub include: Vec<String>,
    /// What Locations of other sources pointed to in it when it was last read.
    pub targets: Vec<Pointed>,
    /// Whether nothing else of it was read then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_targets: bool,
    /// The repositories that it leads to. There may be tens of thousands, and they change seldom: the store has them
    /// apart from the other facts, which are written at every turn.
    #[serde(skip_serializing)]
    pub leads: Vec<Lead>,
    /// How many of them the store has.
    pub lead_count: usize,
    /// When that revision was committed.
    pub committed: Option<u64>,
    /// When the source was last found to be at that revision.
    pub read_at: Option<u64>,
    /// Since when it cannot be read, and why.
    pub failing: Option<Failing>,
    /// A newer revision that waits for an admin because it would drop too much.
    pub held: Option<HeldBack>,
    /// What is wrong beyond single documents: Locations that point nowhere, links.
    pub problems: Vec<Problem>,
    /// The repository's CODEOWNERS at that revision, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codeowners: Option<Arc<CodeOwners>>,
}

/// A source that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// The time of the first failure in a row.
    pub since: u64,
    /// What was said at the last one.
    pub reason: String,
}

/// A sync that waits for an admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The revision that was not taken.
    pub revision: Revision,
    /// How many entities it would drop.
    pub dropped: usize,
    /// How many the source has.
    pub of: usize,
    /// Since when it waits.
    pub since: u64,
}

/// Looks up the files of a source; paths that come in their order are found at once.
pub struct Cursor<'a> {
    files: &'a [Arc<SourceFile>],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The file of this path.
    pub fn find(&mut self, path: &str) -> Option<&'a Arc<SourceFile>> {
        let here = self.files.get(self.at).filter(|file| *file.path == *path);
        if here.is_none() {
            let found = self.files.binary_search_by(|file| (*file.path).cmp(path));
            self.at = found.unwrap_or_else(|next| next);
            found.ok()?;
        }
        self.at += 1;
        self.files.get(self.at - 1)
    }
}

impl SourceState {
    /// The repository on its forge, where its pages have a known form.
    pub fn repository(&self) -> Option<ForgeRepository> {
        ForgeRepository::of(&self.facts.place, self.facts.forge)
    }

    /// The file of this path.
    pub fn file(&self, path: &str) -> Option<&Arc<SourceFile>> {
        let found = self.files.binary_search_by(|file| (*file.path).cmp(path));
        found.ok().map(|position| &self.files[position])
    }

    /// For looking up files one after the other.
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor {
            files: &self.files,
            at: 0,
        }
    }

    /// Whether nobody knows yet what is in it: it was never read, and its turn is still to come.
    pub fn is_unread(&self) -> bool {
        self.facts.read_at.is_none() && self.facts.failing.is_none()
    }

    /// How many entities the source gives.
    pub fn entity_count(&self) -> usize {
        self.files.iter().map(|file| file.entities.len()).sum()
    }

    /// What is wrong with the source's files, in the order of their paths, Locations and CODEOWNERS first.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        let codeowners = self.facts.codeowners.iter();
        self.facts
            .problems
            .iter()
            .chain(codeowners.flat_map(|codeowners| codeowners.problems()))
            .chain(self.files.iter().flat_map(|file| &file.problems))
    }
}
