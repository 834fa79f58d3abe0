//! Which entities' folders are around a path: arranged once per catalog, at eight bytes a folder.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use super::super::entity::Entity;
use super::super::location::{Page, identity};
use super::super::state::SourceState;
use super::super::{Catalog, Listed};

/// The folders of all entities: where each says its code is, and where its descriptor lies.
#[derive(Debug, Default)]
pub struct Folders {
    /// The hash of a folder and the position of an entity that is probably in it, sorted.
    entities: Box<[(u32, u32)]>,
}

impl Folders {
    /// Arranges the folders of a catalog's entities.
    pub fn of(catalog: &Catalog) -> Self {
        let mut homes: HashMap<&str, String> = HashMap::new();
        let mut entities: Vec<(u32, u32)> = Vec::with_capacity(catalog.len());
        for position in 0..u32::try_from(catalog.len()).unwrap_or(u32::MAX) {
            let Some(listed) = catalog.at(position) else {
                continue;
            };
            if let Some((repository, folder)) = written(listed.entity) {
                entities.push((hash(&repository, &folder), position));
            }
            let place = &*listed.source.facts.place;
            let home = homes.entry(place).or_insert_with(|| identity(place));
            entities.push((hash(home, lies_in(listed)), position));
        }
        entities.sort_unstable();
        entities.dedup();
        Self {
            entities: entities.into(),
        }
    }

    /// The entities of exactly this folder in a source, in the order of their references.
    pub(super) fn in_folder<'c>(
        &self,
        catalog: &'c Catalog,
        (state, home): (&'c Arc<SourceState>, &str),
        folder: &str,
    ) -> impl Iterator<Item = Listed<'c>> {
        let hashed = hash(home, folder);
        let first = self.entities.partition_point(|(known, _)| *known < hashed);
        let probable = self.entities[first..]
            .iter()
            .take_while(move |(known, _)| *known == hashed);
        probable.filter_map(move |(_, position)| {
            let listed = catalog.at(*position)?;
            let is_in = match told(listed.entity, home) {
                Some(told) => told == folder,
                None => Arc::ptr_eq(listed.source, state) && lies_in(listed) == folder,
            };
            is_in.then_some(listed)
        })
    }
}

/// The repository and the folder in which an entity says its code is.
fn written(entity: &Entity) -> Option<(String, String)> {
    let location = entity.source_location.as_deref()?;
    let page = Page::of(location.trim_start_matches("url:"))?;
    let folder = page.path.trim_matches('/').to_owned();
    Some((identity(&page.repository()), folder))
}

/// The folder in which an entity says its code is, where that is in the repository of this identity.
fn told(entity: &Entity, home: &str) -> Option<String> {
    let (repository, folder) = written(entity)?;
    (repository == home).then_some(folder)
}

/// The folder in which an entity says its code is, where that is in the repository at this place.
pub(in super::super) fn code_folder(entity: &Entity, place: &str) -> Option<String> {
    // Most say nothing, and an identity takes its time.
    entity.source_location.as_ref()?;
    told(entity, &identity(place))
}

/// The folder in which an entity's descriptor lies.
fn lies_in(listed: Listed<'_>) -> &str {
    let path = &listed.file.path;
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn hash(home: &str, folder: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    hasher.write(home.as_bytes());
    hasher.write_u8(b'\n');
    hasher.write(folder.as_bytes());
    // The upper half will do: what is found is compared in full.
    (hasher.finish() >> 32) as u32
}
