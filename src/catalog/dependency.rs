//! What an entity depends on, or what depends on it, step by step.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{Catalog, EntityRef, RelationType};

/// How many entities are visited at most; nobody reads more, and a catalog may be one great knot.
const MOST: usize = 1_000;

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what an entity needs.
    Needs,
    /// To what needs it.
    NeededBy,
}

/// Everything within some steps of an entity.
#[derive(Debug, Default)]
pub struct Dependencies {
    /// What was found: first the entity itself, then the nearest.
    pub nodes: Vec<Node>,
    /// Whether there was more than is visited.
    pub cut: bool,
}

/// One entity that was found, or a reference that leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Node {
    /// Its reference.
    pub reference: EntityRef,
    /// How many steps it is away.
    pub distance: usize,
    /// Where to go on from it; those that lead nowhere stand last. Empty at the greatest distance.
    pub steps: Vec<Step>,
    /// How many steps there are from here that were not taken, because they would lead too far.
    pub beyond: usize,
}

/// One step from an entity to another.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// The number of the other among the nodes.
    pub to: usize,
    /// Why there is such a step.
    pub why: Why,
}

/// Why one entity needs another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// It says so itself: `dependsOn`, or `dependencyOf` at the other end.
    pub says: bool,
    /// It uses these APIs of the other.
    pub apis: Vec<EntityRef>,
    /// One is a part of the other, as a component is of a system.
    pub part: bool,
}

impl Dependencies {
    /// Looks around an entity, at most so many steps far.
    ///
    /// A step over an API is a step to who provides it; an API that nobody provides stands for itself. A system or a
    /// domain needs what its parts need.
    pub fn of(catalog: &Catalog, root: &EntityRef, direction: Direction, distance: usize) -> Self {
        let mut found = Self::default();
        let mut numbers = HashMap::from([(root.clone(), 0)]);
        found.nodes.push(Node::at(root.clone(), 0));
        let mut open = VecDeque::from([0]);
        while let Some(number) = open.pop_front() {
            let (from, so_far) = (
                found.nodes[number].reference.clone(),
                found.nodes[number].distance,
            );
            let next = next(catalog, &from, direction);
            if so_far == distance {
                found.nodes[number].beyond = next.len();
                continue;
            }
            for (_, (reference, why)) in next {
                let known = numbers.get(&reference).copied();
                if known.is_none() && found.nodes.len() == MOST {
                    found.cut = true;
                    found.nodes[number].beyond += 1;
                    continue;
                }
                let to = known.unwrap_or(found.nodes.len());
                if known.is_none() {
                    numbers.insert(reference.clone(), to);
                    found.nodes.push(Node::at(reference, so_far + 1));
                    open.push_back(to);
                }
                found.nodes[number].steps.push(Step { to, why });
            }
        }
        found
    }

    /// How many are one step away.
    pub fn direct(&self) -> usize {
        self.nodes.iter().filter(|node| node.distance == 1).count()
    }

    /// How many there are beside the entity itself.
    pub fn total(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }
}

impl Node {
    fn at(reference: EntityRef, distance: usize) -> Self {
        Self {
            reference,
            distance,
            steps: Vec::new(),
            beyond: 0,
        }
    }
}

/// The ends of the steps from one reference, those that exist first, each once.
fn next(
    catalog: &Catalog,
    from: &EntityRef,
    direction: Direction,
) -> BTreeMap<(bool, String), (EntityRef, Why)> {
    use RelationType::{
        ApiConsumedBy, ApiProvidedBy, ConsumesApi, DependencyOf, DependsOn, HasPart, ProvidesApi,
    };
    let mut found: BTreeMap<(bool, String), (EntityRef, Why)> = BTreeMap::new();
    let mut add = |to: &EntityRef, note: &dyn Fn(&mut Why)| {
        if to != from {
            let key = (catalog.get(to).is_none(), to.to_string());
            let (_, why) = found
                .entry(key)
                .or_insert_with(|| (to.clone(), Why::default()));
            note(why);
        }
    };
    let says = |why: &mut Why| why.says = true;
    let is_api = from.kind() == "api";
    let whole = matches!(from.kind(), "system" | "domain");
    for related in catalog.relations(from) {
        let target = related.target;
        let over = |why: &mut Why| why.apis.push(target.clone());
        match (direction, related.relation) {
            (Direction::Needs, DependsOn) | (Direction::NeededBy, DependencyOf) => {
                add(target, &says);
            }
            (Direction::Needs, ConsumesApi) => {
                let providers: Vec<EntityRef> = catalog
                    .related(target, ApiProvidedBy)
                    .map(|provider| provider.target.clone())
                    .collect();
                for provider in &providers {
                    add(provider, &over);
                }
                if providers.is_empty() {
                    add(target, &says);
                }
            }
            (Direction::NeededBy, ProvidesApi) => {
                for consumer in catalog.related(target, ApiConsumedBy) {
                    add(consumer.target, &over);
                }
            }
            (Direction::Needs, ApiProvidedBy) | (Direction::NeededBy, ApiConsumedBy) if is_api => {
                add(target, &says);
            }
            // An API is there with the component that provides it, which is a part as a rule.
            (_, HasPart) if whole && catalog.related(target, ApiProvidedBy).next().is_none() => {
                add(target, &|why| why.part = true);
            }
            _ => {}
        }
    }
    found
}
