//! The catalog after a sync, made of the one before it.

use std::sync::Arc;

use super::entity::Entity;
use super::file::SourceFile;
use super::state::SourceState;
use super::{Body, Catalog, Origin, arranged, places};

impl Catalog {
    /// The catalog of the next states of the same sources. It is what [`Catalog::new`] makes of them, but takes over
    /// from this one what did not change, which is nearly everything after most syncs.
    #[must_use]
    pub fn next(&self, sources: Vec<Arc<SourceState>>) -> Self {
        let Some(changed) = self.changed_in_place(&sources) else {
            return Self::new(sources);
        };
        let mut entities = self.body.entities.clone();
        let (mut named, mut related) = (false, false);
        for (position, entity) in changed {
            let before = std::mem::replace(&mut entities[position], entity.clone());
            named |= !before.is_named_like(entity);
            related |= before.declared != entity.declared;
        }
        let network = (!related).then(|| self.body.network.clone());
        let index = (!named).then(|| self.body.index.clone());
        let (network, index) = arranged(&entities, network, index);
        let body = Body {
            entities,
            standing: self.body.standing.clone(),
            network,
            index,
            ..Body::default()
        };
        Self {
            places: places(&sources),
            sources,
            body: Arc::new(body),
        }
    }

    /// The entities that are others than before, with their positions, when every one stands where it stood before and
    /// none came, went or lost its place to another; else `None`.
    fn changed_in_place<'a>(
        &self,
        sources: &'a [Arc<SourceState>],
    ) -> Option<Vec<(usize, &'a Arc<Entity>)>> {
        if self.sources.len() != sources.len() {
            return None;
        }
        let mut changed = Vec::new();
        for (source, (before, after)) in (0..).zip(self.sources.iter().zip(sources)) {
            let same = before.facts.key == after.facts.key && before.facts.name == after.facts.name;
            if !same || before.files.len() != after.files.len() {
                return None;
            }
            let files = before.files.iter().zip(&after.files);
            for (file, (old, new)) in (0..)
                .zip(files)
                .filter(|(_, (old, new))| !Arc::ptr_eq(old, new))
            {
                if !has_same_places(old, new) {
                    return None;
                }
                for (kept, entity) in (0..).zip(new.entities.iter().map(|kept| &kept.entity)) {
                    let position = self.position(&entity.reference)?;
                    let origin = Origin { source, file, kept };
                    if self.body.standing.origins.get(position) != Some(&origin) {
                        return None;
                    }
                    changed.push((position, entity));
                }
            }
        }
        Some(changed)
    }
}

/// Whether two versions of a file claim the same references, with the same right to them.
fn has_same_places(old: &SourceFile, new: &SourceFile) -> bool {
    let kept = old.entities.iter().zip(&new.entities);
    old.path == new.path
        && old.looked == new.looked
        && old.entities.len() == new.entities.len()
        && kept.into_iter().all(|(old, new)| {
            old.entity.reference == new.entity.reference
                && old.seen == new.seen
                && old.stale.is_some() == new.stale.is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::descriptor::{Scope, read};
    use crate::catalog::index::Asking;
    use crate::catalog::source::BlobId;
    use crate::catalog::state::Facts;

    use proptest::prelude::*;

    /// A file of the given kind of change: what the numbers stand for is read off the text.
    fn text(name: u8, title: u8, owner: u8, stage: u8) -> String {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: thing-{name}\n  title: Title {title}\nspec:\n  type: service\n  lifecycle: stage-{stage}\n  owner: team-{owner}\n"
        )
    }

    /// The state of a source of these files, taken over from before where they did not change.
    fn state(
        number: usize,
        files: &[(u8, String)],
        before: Option<&SourceState>,
        now: u64,
    ) -> Arc<SourceState> {
        let files = files.iter().map(|(path, text)| {
            let path = format!("{path:03}.yaml");
            let blob = BlobId(crate::git::blob_id(text.as_bytes()));
            let known = before.and_then(|before| before.file(&path));
            if let Some(same) = known.filter(|known| known.blob == blob) {
                return same.clone();
            }
            let read = read(&path, text.as_bytes(), Scope::Descriptor);
            let known = known.map(|known| &**known);
            let file = SourceFile::new(&path, blob, Scope::Descriptor, read, known, now);
            Arc::new(file)
        });
        let facts = Facts {
            name: format!("source-{number}"),
            ..Facts::default()
        };
        Arc::new(SourceState {
            facts,
            files: files.collect(),
        })
    }

    /// Everything that can be asked of a catalog.
    fn told(catalog: &Catalog) -> Vec<String> {
        let mut told = Vec::new();
        for entity in catalog.entities() {
            let listed = catalog.get(&entity.reference).expect("it is there");
            let source = &listed.source.facts.name;
            let document = &entity.document;
            let (path, stale) = (&listed.file.path, listed.stale);
            told.push(format!("{document:?} {source} {path} {stale:?}"));
            let relations = catalog.relations(&entity.reference);
            told.extend(relations.map(|one| format!("{:?} {}", one.relation, one.target)));
            let title = entity.title.as_deref().unwrap_or_default();
            let found = catalog.find(title, &Asking::default());
            told.push(format!("{found:?}"));
        }
        let problems = catalog.problems();
        told.extend(problems.map(|(source, problem)| format!("{}: {problem}", source.facts.name)));
        told
    }

    fn files() -> impl Strategy<Value = Vec<(u8, String)>> {
        // A fifth of the files is broken.
        let file = (0..12_u8, 0..3_u8, 0..3_u8, 0..3_u8, 0..5_u8).prop_map(
            |(name, title, owner, stage, whole)| {
                let text = text(name, title, owner, stage);
                if whole == 0 {
                    text.replace("kind:", "kind")
                } else {
                    text
                }
            },
        );
        proptest::collection::btree_map(0..12_u8, file, 0..12)
            .prop_map(|files| files.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn the_next_catalog_is_what_a_new_one_would_be(steps in proptest::collection::vec((files(), 0..3_u8, 0..3_u8), 1..6), fixed in files()) {
            let mut catalog = Catalog::default();
            let mut contents = fixed;
            for (now, (files, stage, title)) in (1..).zip(steps) {
                // Often a change of single files, sometimes of all.
                if stage == 0 {
                    contents = files;
                } else if let Some((_, first)) = contents.first_mut() {
                    *first = text(u8::try_from(now % 2).unwrap_or(0), title, title, stage);
                }
                let before = catalog.sources().to_vec();
                let second = [(0, text(1, 1, 1, 1))];
                let states = vec![
                    state(0, &contents, before.first().map(|state| &**state), now),
                    state(1, &second, before.get(1).map(|state| &**state), now),
                ];
                catalog = catalog.next(states.clone());
                prop_assert_eq!(told(&catalog), told(&Catalog::new(states)));
            }
        }
    }
}
