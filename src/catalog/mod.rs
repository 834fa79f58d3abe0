//! The software catalog: entities read from git, the relations between them, and finding what people type.

pub mod change;
pub mod check;
pub mod codeowners;
mod compact;
pub mod dependency;
pub mod descriptor;
mod document;
pub mod entity;
pub mod eval;
pub mod evidence;
pub mod export;
pub mod file;
pub mod filter;
pub mod fit;
mod format;
pub mod index;
mod kind;
pub mod location;
pub mod network;
mod next;
pub mod patch;
pub mod path;
pub mod people;
pub mod placeholder;
pub mod pointer;
pub mod problem;
pub mod read;
pub mod reference;
pub mod relation;
mod scalar;
pub mod source;
pub mod state;
pub mod sync;
pub mod validate;
pub mod yaml;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

pub use entity::Entity;
pub use reference::EntityRef;
pub use relation::RelationType;
pub use scalar::{is_plain_text, number_text};

use file::{Kept, SourceFile};
use index::{Asking, Found, Index, Match, Why};
use network::Network;
use path::Folders;
use people::People;
use pointer::Keys;
use problem::{Problem, Severity, rule};
use state::SourceState;

/// One immutable state of the whole catalog. A sync makes a new one; readers never wait.
#[derive(Default)]
pub struct Catalog {
    sources: Vec<Arc<SourceState>>,
    /// The places of the sources by their keys.
    places: HashMap<String, usize>,
    body: Arc<Body>,
}

/// What is made of the sources' files; shared by catalogs that differ only in facts about their sources, and in parts
/// by those that differ in some of their entities.
#[derive(Default)]
struct Body {
    entities: Vec<Arc<Entity>>,
    standing: Arc<Standing>,
    network: Arc<Network>,
    index: Arc<Index>,
    people: OnceLock<People>,
    /// Arranged when they are first asked for: many a catalog is replaced before.
    keys: OnceLock<Keys>,
    folders: OnceLock<Folders>,
}

/// Where the entities were read, and what is in the way of others.
#[derive(Default)]
struct Standing {
    origins: Vec<Origin>,
    conflicts: Vec<(usize, Problem)>,
}

/// Where an entity was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Origin {
    source: u32,
    file: u32,
    kept: u32,
}

/// An entity as the catalog lists it: with the place it was read from.
#[derive(Clone, Copy)]
pub struct Listed<'a> {
    /// Its position, which is only good for this catalog.
    pub position: u32,
    /// The entity.
    pub entity: &'a Arc<Entity>,
    /// The file it stands in.
    pub file: &'a Arc<SourceFile>,
    /// The source of the file.
    pub source: &'a Arc<SourceState>,
    /// Since when this is only the last good version, in milliseconds since the Unix epoch.
    pub stale: Option<u64>,
}

impl<'a> Listed<'a> {
    /// The file and line that name the owner, where one is named: those of the descriptor, or of the CODEOWNERS that
    /// stands in for it.
    pub fn owner_place(&self) -> Option<(&'a str, u32)> {
        let line = self.entity.owner_line?;
        if !self.entity.from_codeowners {
            return Some((&self.file.path, line));
        }
        let codeowners = self.source.facts.codeowners.as_ref()?;
        Some((codeowners.path(), line))
    }
}

/// One relation of an entity.
#[derive(Clone, Copy)]
pub struct Related<'a> {
    /// What the entity is to the other end.
    pub relation: RelationType,
    /// The other end.
    pub target: &'a EntityRef,
    /// The other end's entity, where there is one.
    pub entity: Option<&'a Arc<Entity>>,
}

impl Catalog {
    /// Puts the states of all sources together. Of several claims to one reference the oldest stays, then the
    /// one of the earlier source and path; the others are conflicts.
    pub fn new(sources: Vec<Arc<SourceState>>) -> Self {
        let total = sources.iter().map(|source| source.entity_count()).sum();
        let mut claims: Vec<(&Kept, Origin)> = Vec::with_capacity(total);
        for (source_number, source) in (0..).zip(&sources) {
            for (file_number, file) in (0..).zip(&source.files) {
                for (kept_number, kept) in (0..).zip(&file.entities) {
                    claims.push((
                        kept,
                        Origin {
                            source: source_number,
                            file: file_number,
                            kept: kept_number,
                        },
                    ));
                }
            }
        }
        drop_moved(&mut claims);
        // Stable: within one reference and age the order of sources and paths stays.
        // A file named as a descriptor comes before one that was merely looked into.
        claims.sort_by_key(|(kept, origin)| {
            let file = &sources[origin.source as usize].files[origin.file as usize];
            (&kept.entity.reference, kept.seen, file.looked)
        });
        let mut entities: Vec<Arc<Entity>> = Vec::with_capacity(claims.len());
        let mut origins: Vec<Origin> = Vec::with_capacity(claims.len());
        let mut conflicts = Vec::new();
        for (kept, origin) in claims {
            match (entities.last(), origins.last()) {
                (Some(first), Some(at)) if first.reference == kept.entity.reference => {
                    let winner = &sources[at.source as usize];
                    let path = &winner.files[at.file as usize].path;
                    let loser = &sources[origin.source as usize].files[origin.file as usize];
                    let problem = conflict(&kept.entity, loser, path, &winner.facts.name);
                    conflicts.push((origin.source as usize, problem));
                }
                _ => {
                    entities.push(kept.entity.clone());
                    origins.push(origin);
                }
            }
        }
        let (network, index) = arranged(&entities, None, None);
        let body = Body {
            entities,
            standing: Arc::new(Standing { origins, conflicts }),
            network,
            index,
            people: OnceLock::new(),
            keys: OnceLock::new(),
            folders: OnceLock::new(),
        };
        Self {
            places: places(&sources),
            sources,
            body: Arc::new(body),
        }
    }

    fn position(&self, reference: &EntityRef) -> Option<usize> {
        self.body
            .entities
            .binary_search_by(|entity| entity.reference.cmp(reference))
            .ok()
    }

    /// The same entities with newer facts about their sources; the states must hold the same files.
    #[must_use]
    pub fn with_facts(&self, sources: Vec<Arc<SourceState>>) -> Self {
        Self {
            places: places(&sources),
            sources,
            body: self.body.clone(),
        }
    }

    /// How many entities there are.
    pub fn len(&self) -> usize {
        self.body.entities.len()
    }

    /// Whether there is no entity at all.
    pub fn is_empty(&self) -> bool {
        self.body.entities.is_empty()
    }

    /// All entities, sorted by reference.
    pub fn entities(&self) -> &[Arc<Entity>] {
        &self.body.entities
    }

    /// The states of the sources, in the order of the configuration; then those that they lead to, by name.
    pub fn sources(&self) -> &[Arc<SourceState>] {
        &self.sources
    }

    /// The state of the source of this key.
    pub fn source(&self, key: &str) -> Option<&Arc<SourceState>> {
        self.sources.get(self.place_of(key)?)
    }

    /// The place among [`Self::sources`] of the source of this key.
    pub fn place_of(&self, key: &str) -> Option<usize> {
        self.places.get(key).copied()
    }

    /// The entity of this reference.
    pub fn get(&self, reference: &EntityRef) -> Option<Listed<'_>> {
        let position = self.position(reference)?;
        self.at(u32::try_from(position).ok()?)
    }

    /// The entity at a position.
    pub fn at(&self, position: u32) -> Option<Listed<'_>> {
        let entity = self.body.entities.get(position as usize)?;
        let origin = self.body.standing.origins.get(position as usize)?;
        let source = self.sources.get(origin.source as usize)?;
        let file = source.files.get(origin.file as usize)?;
        let stale = file
            .entities
            .get(origin.kept as usize)
            .and_then(|kept| kept.stale);
        Some(Listed {
            position,
            entity,
            file,
            source,
            stale,
        })
    }

    /// The source, by its place in the configuration, that the entity at a position was read from.
    pub fn source_of(&self, position: u32) -> Option<u32> {
        let origin = self.body.standing.origins.get(position as usize)?;
        Some(origin.source)
    }

    /// What entities and sources answer to besides the names that people type.
    pub fn keys(&self) -> &Keys {
        self.body.keys.get_or_init(|| Keys::of(self))
    }

    /// The folders of entities, by which the files of a repository belong to them.
    pub fn folders(&self) -> &Folders {
        self.body.folders.get_or_init(|| Folders::of(self))
    }

    /// The relations of a reference, sorted by type and target, with targets that have no entity last in their type;
    /// the reference itself need not exist.
    pub fn relations<'a>(
        &'a self,
        reference: &EntityRef,
    ) -> impl Iterator<Item = Related<'a>> + use<'a> {
        self.body.network.relations(&self.body.entities, reference)
    }

    /// The targets of one type of relation.
    pub fn related<'a>(
        &'a self,
        reference: &EntityRef,
        relation: RelationType,
    ) -> impl Iterator<Item = Related<'a>> + use<'a> {
        self.relations(reference)
            .filter(move |related| related.relation == relation)
    }

    /// Finds the entity that a person meant.
    pub fn find(&self, typed: &str, asking: &Asking<'_>) -> Found {
        match self.at_address(typed, asking) {
            Some(found) => Found::Sure(found),
            None => self.body.index.find(&self.body.entities, typed, asking),
        }
    }

    /// Whoever is reached at an e-mail address.
    fn at_address(&self, typed: &str, asking: &Asking<'_>) -> Option<Match> {
        let typed = typed.trim().trim_matches(['<', '>']);
        let mail = typed.strip_prefix("mailto:").unwrap_or(typed);
        let is_address = mail.find('@').is_some_and(|at| at > 0);
        let found = self.people().at(Some(mail).filter(|_| is_address)?)?;
        let wanted = asking.kinds.is_empty() || asking.kinds.contains(&found.kind());
        let position = self.position(found).filter(|_| wanted)?;
        Some(Match {
            position: u32::try_from(position).ok()?,
            why: Why::Alias,
        })
    }

    /// Finds entities by words, best first.
    pub fn search(&self, words: &str, asking: &Asking<'_>, limit: usize) -> Vec<Match> {
        self.body
            .index
            .search(&self.body.entities, words, asking, limit)
    }

    /// Measures how well the queries of a lookup file are answered.
    pub fn evaluate(&self, lookups: &str) -> eval::Evaluation {
        let nobody = |_: &EntityRef| false;
        let asking = Asking {
            kinds: &[],
            near: &nobody,
        };
        eval::Evaluation::run(lookups, &self.body.entities, |typed| {
            self.find(typed, &asking)
        })
    }

    /// Names that begin like this, for completion.
    pub fn complete(&self, prefix: &str, kinds: &[&str], limit: usize) -> Vec<String> {
        self.body
            .index
            .complete(&self.body.entities, prefix, kinds, limit)
    }

    /// Entities of the same name but another kind or namespace.
    pub fn namesakes(&self, position: u32) -> Vec<Listed<'_>> {
        let positions = self.body.index.namesakes(&self.body.entities, position);
        positions
            .into_iter()
            .filter_map(|position| self.at(position))
            .collect()
    }

    /// The users and groups by their names elsewhere; made when somebody asks for the first time.
    pub fn people(&self) -> &People {
        let body = &self.body;
        body.people.get_or_init(|| People::new(&body.entities))
    }

    /// Everything that is wrong, with the source it is wrong in: broken documents, Locations, conflicts.
    pub fn problems(&self) -> impl Iterator<Item = (&Arc<SourceState>, &Problem)> {
        let conflicts = self
            .body
            .standing
            .conflicts
            .iter()
            .map(|(source, problem)| (&self.sources[*source], problem));
        self.sources
            .iter()
            .flat_map(|source| source.problems().map(move |problem| (source, problem)))
            .chain(conflicts)
    }

    /// The conflicts that a source has lost, by its place among the sources.
    pub fn conflicts(&self, source: usize) -> impl Iterator<Item = &Problem> {
        let lost = self
            .body
            .standing
            .conflicts
            .iter()
            .filter(move |(of, _)| *of == source);
        lost.map(|(_, problem)| problem)
    }

    /// Whether neither the group nor any group below it has a member.
    pub fn is_memberless(&self, group: &EntityRef) -> bool {
        self.groups_from(group).iter().all(|group| {
            self.related(group, RelationType::HasMember)
                .next()
                .is_none()
        })
    }

    /// A group with all the groups below it, each once, even where they stand in a circle.
    pub fn groups_from(&self, group: &EntityRef) -> Vec<EntityRef> {
        let mut groups = vec![group.clone()];
        let mut known: HashSet<EntityRef> = groups.iter().cloned().collect();
        let mut next = 0;
        while let Some(group) = groups.get(next).cloned() {
            for child in self.related(&group, RelationType::ParentOf) {
                if known.insert(child.target.clone()) {
                    groups.push(child.target.clone());
                }
            }
            next += 1;
        }
        groups
    }

    /// The groups of which a user is a member or a group is a part, with all their parents.
    pub fn groups_of(&self, part: &EntityRef) -> Vec<EntityRef> {
        let mut groups: Vec<EntityRef> = self
            .relations(part)
            .filter(|related| {
                matches!(
                    related.relation,
                    RelationType::MemberOf | RelationType::ChildOf
                )
            })
            .map(|related| related.target.clone())
            .collect();
        let mut next = 0;
        while let Some(group) = groups.get(next).cloned() {
            for parent in self.related(&group, RelationType::ChildOf) {
                if !groups.contains(parent.target) {
                    groups.push(parent.target.clone());
                }
            }
            next += 1;
        }
        groups
    }
}

fn places(sources: &[Arc<SourceState>]) -> HashMap<String, usize> {
    let keys = sources.iter().map(|source| source.facts.key.clone());
    keys.zip(0..).collect()
}

/// The relations and the index of entities, side by side; what is given is taken as it is.
fn arranged(
    entities: &[Arc<Entity>],
    network: Option<Arc<Network>>,
    index: Option<Arc<Index>>,
) -> (Arc<Network>, Arc<Index>) {
    std::thread::scope(|scope| {
        let related = scope.spawn(|| network.unwrap_or_else(|| Arc::new(Network::new(entities))));
        let index = index.unwrap_or_else(|| Arc::new(Index::build(entities)));
        // Should it ever fail, answers without relations are better than none.
        (related.join().unwrap_or_default(), index)
    })
}

/// Leaves out the last good version of an entity that its source now has in another file: it was moved, and the old file
/// happens to be broken.
fn drop_moved(claims: &mut Vec<(&Kept, Origin)>) {
    let stale = |kept: &Kept| kept.stale.is_some();
    if !claims.iter().any(|(kept, _)| stale(kept)) {
        return;
    }
    let good: HashSet<(u32, EntityRef)> = claims
        .iter()
        .filter(|(kept, _)| !stale(kept))
        .map(|(kept, origin)| (origin.source, kept.entity.reference.clone()))
        .collect();
    claims.retain(|(kept, origin)| {
        !stale(kept) || !good.contains(&(origin.source, kept.entity.reference.clone()))
    });
}

fn conflict(
    entity: &Entity,
    loser: &SourceFile,
    winner_path: &str,
    winner_source: &str,
) -> Problem {
    let message = format!(
        "`{}` is already defined by {winner_path} of {winner_source}, which stays; rename this one or remove it.",
        entity.reference
    );
    Problem::at(
        &loser.path,
        entity.line,
        Severity::Error,
        rule::CONFLICT,
        message,
    )
    .about(&entity.reference)
}
