//! All relations of a catalog in both directions, compact enough for hundreds of thousands of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::Related;
use super::entity::Entity;
use super::reference::EntityRef;
use super::relation::RelationType;

/// The relations, as edges between numbered references. A number below the count of entities is an entity's
/// position; the numbers above stand for references that lead nowhere.
#[derive(Default)]
pub struct Network {
    edges: Vec<Edge>,
    /// Where each reference's edges begin; one longer than there are references.
    starts: Vec<u32>,
    /// The references that lead nowhere, sorted.
    dangling: Vec<EntityRef>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: u32,
    relation: RelationType,
    to: u32,
}

impl Network {
    /// Takes what the descriptors declare and adds the reverse of each relation, once.
    pub fn new(entities: &[Arc<Entity>]) -> Self {
        let count = u32::try_from(entities.len()).unwrap_or(u32::MAX);
        let positions: HashMap<&str, u32> = entities
            .iter()
            .map(|entity| entity.reference.as_str())
            .zip(0..count)
            .collect();
        let mut dangling: Vec<EntityRef> = entities
            .iter()
            .flat_map(|entity| &entity.declared)
            .map(|declared| &declared.target)
            .filter(|target| !positions.contains_key(target.as_str()))
            .cloned()
            .collect();
        dangling.sort_unstable();
        dangling.dedup();
        dangling.shrink_to_fit();
        let number = |reference: &EntityRef| -> Option<u32> {
            positions.get(reference.as_str()).copied().or_else(|| {
                let position = dangling.binary_search(reference).ok()?;
                Some(count + u32::try_from(position).ok()?)
            })
        };
        let mut edges = Vec::with_capacity(
            entities
                .iter()
                .map(|entity| entity.declared.len() * 2)
                .sum(),
        );
        for (from, entity) in (0..).zip(entities) {
            for declared in &entity.declared {
                let Some(to) = number(&declared.target) else {
                    continue;
                };
                edges.push(Edge {
                    from,
                    relation: declared.relation,
                    to,
                });
                edges.push(Edge {
                    from: to,
                    relation: declared.relation.reverse(),
                    to: from,
                });
            }
        }
        edges.sort_unstable();
        edges.dedup();
        let total = entities.len() + dangling.len();
        let mut starts = Vec::with_capacity(total + 1);
        let mut at = 0_usize;
        for number in 0..=total {
            while edges
                .get(at)
                .is_some_and(|edge| (edge.from as usize) < number)
            {
                at += 1;
            }
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        Self {
            edges,
            starts,
            dangling,
        }
    }

    /// The relations of a reference, sorted by type and target; targets without an entity stand last in their type.
    pub fn relations<'a>(
        &'a self,
        entities: &'a [Arc<Entity>],
        reference: &EntityRef,
    ) -> impl Iterator<Item = Related<'a>> + use<'a> {
        let number = entities
            .binary_search_by(|entity| entity.reference.cmp(reference))
            .or_else(|_| {
                self.dangling
                    .binary_search(reference)
                    .map(|position| entities.len() + position)
            });
        let range = number.ok().and_then(|number| {
            Some(*self.starts.get(number)? as usize..*self.starts.get(number + 1)? as usize)
        });
        let edges = range
            .and_then(|range| self.edges.get(range))
            .unwrap_or_default();
        edges.iter().filter_map(move |edge| {
            let entity = entities.get(edge.to as usize);
            let target = match entity {
                Some(entity) => &entity.reference,
                None => self.dangling.get(edge.to as usize - entities.len())?,
            };
            Some(Related {
                relation: edge.relation,
                target,
                entity,
            })
        })
    }
}
