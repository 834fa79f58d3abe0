//! Which APIs a component, a system or a team has, and who provides and consumes one.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::{Catalog, EntityRef, RelationType};
use crate::failure::Failure;
use crate::message::markdown;

/// `catalog.apis`: takes `thing`, an entity; `from`, the number of the first one to name.
pub struct ShowApis;

/// How many are named.
const NAMED: usize = 25;

/// How many components are named beside an API.
const BESIDE: usize = 3;

#[async_trait]
impl Action for ShowApis {
    fn name(&self) -> &'static str {
        "catalog.apis"
    }

    fn takes(&self) -> &'static [Param] {
        &[
            Param {
                name: "thing",
                kind: Kind::Entity,
                required: true,
            },
            Param {
                name: "from",
                kind: Kind::Number,
                required: false,
            },
        ]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let root = call.entity("thing")?;
        let sections = match root.kind() {
            "component" => of_component(&catalog, root),
            "api" => of_api(&catalog, root),
            "system" | "domain" => of_whole(&catalog, root),
            "group" | "user" => of_owner(&catalog, root),
            _ => return Err(without(&catalog, root)),
        };
        let total: usize = sections.iter().map(|section| section.found.len()).sum();
        let before = call.number("from").unwrap_or(1).saturating_sub(1);
        let (mut skip, mut left) = (before, NAMED);
        let sections: Vec<Value> = sections
            .iter()
            .map(|section| {
                let count = section.found.len();
                let skipped = skip.min(count);
                skip -= skipped;
                let named: Vec<Value> = section.found[skipped..]
                    .iter()
                    .take(left)
                    .map(|reference| section.line(&catalog, reference))
                    .collect();
                left -= named.len();
                json!({
                    "role": section.role,
                    "count": count,
                    "deprecated": section.deprecated(&catalog),
                    "more": count - skipped - named.len(),
                    "entries": named,
                })
            })
            .collect();
        let reached = before.saturating_add(NAMED);
        let listed = catalog.get(root);
        let mut entity = line(&catalog, root);
        entity["system"] = json!(system(&catalog, root));
        Ok(json!({
            "entity": entity,
            "sections": sections,
            "total": total,
            "more": total.saturating_sub(reached),
            "next": (total > reached).then_some(reached.saturating_add(1)),
            "evidence": listed.map(|listed| card::evidence(listed, listed.entity.line, &context.clock)),
        }))
    }
}

/// What is told under one heading.
#[derive(Default)]
struct Section {
    /// What they are to the thing that was asked for.
    role: &'static str,
    found: Vec<EntityRef>,
    /// Which parts of the thing consume them, where that is to be told.
    users: BTreeMap<EntityRef, Vec<EntityRef>>,
    /// Those that belong to the thing without being declared in it.
    strangers: BTreeSet<EntityRef>,
}

impl Section {
    fn new(role: &'static str, found: Vec<EntityRef>) -> Self {
        Self {
            role,
            found,
            ..Self::default()
        }
    }

    fn deprecated(&self, catalog: &Catalog) -> usize {
        let entities = self.found.iter().filter_map(|found| catalog.get(found));
        entities
            .filter(|listed| listed.entity.lifecycle.as_deref() == Some("deprecated"))
            .count()
    }

    /// One of them: what [`line()`] gives, `users, stranger, system`.
    fn line(&self, catalog: &Catalog, reference: &EntityRef) -> Value {
        let mut line = line(catalog, reference);
        let users = self.users.get(reference).map_or(&[][..], Vec::as_slice);
        line["users"] = several(catalog, users);
        line["stranger"] = json!(self.strangers.contains(reference));
        line["system"] = json!(system(catalog, reference));
        line
    }
}

/// What a component provides and what it consumes.
fn of_component(catalog: &Catalog, component: &EntityRef) -> Vec<Section> {
    let targets = |relation| targets(catalog, component, relation);
    vec![
        Section::new("provides", targets(RelationType::ProvidesApi)),
        Section::new("consumes", targets(RelationType::ConsumesApi)),
    ]
}

/// Who provides an API and who consumes it.
fn of_api(catalog: &Catalog, api: &EntityRef) -> Vec<Section> {
    let targets = |relation| targets(catalog, api, relation);
    vec![
        Section::new("provider", targets(RelationType::ApiProvidedBy)),
        Section::new("consumer", targets(RelationType::ApiConsumedBy)),
    ]
}

/// What is declared in a system or domain or provided by its parts, and what its parts consume from elsewhere.
fn of_whole(catalog: &Catalog, whole: &EntityRef) -> Vec<Section> {
    let parts = parts(catalog, whole);
    let declared = parts.iter().filter(|part| part.kind() == "api").cloned();
    let provided = parts
        .iter()
        .flat_map(|part| targets(catalog, part, RelationType::ProvidesApi));
    let inside: BTreeSet<EntityRef> = declared.chain(provided).collect();
    let strangers = inside.difference(&parts).cloned().collect();
    let mut users: BTreeMap<EntityRef, Vec<EntityRef>> = BTreeMap::new();
    for part in &parts {
        for api in targets(catalog, part, RelationType::ConsumesApi) {
            if !inside.contains(&api) {
                users.entry(api).or_default().push(part.clone());
            }
        }
    }
    vec![
        Section {
            strangers,
            ..Section::new("inside", existing_first(catalog, inside))
        },
        Section {
            users: users.clone(),
            ..Section::new("outside", existing_first(catalog, users.into_keys()))
        },
    ]
}

/// What a team or person owns, and what the teams below own.
fn of_owner(catalog: &Catalog, owner: &EntityRef) -> Vec<Section> {
    let apis = |group: &EntityRef| {
        let mut apis = targets(catalog, group, RelationType::OwnerOf);
        apis.retain(|reference| reference.kind() == "api");
        apis
    };
    let groups = catalog.groups_from(owner);
    let below: BTreeSet<EntityRef> = groups[1..].iter().flat_map(apis).collect();
    vec![
        Section::new("owns", apis(owner)),
        Section::new("below", existing_first(catalog, below)),
    ]
}

/// Why a thing has no APIs at all.
fn without(catalog: &Catalog, root: &EntityRef) -> Failure {
    let kind = catalog
        .get(root)
        .map_or_else(|| root.kind().to_owned(), |it| it.entity.kind.to_string());
    let says = format!(
        "{} is of the kind {}, which provides no APIs and consumes none.",
        markdown::code(root.name()),
        markdown::code(&kind),
    );
    Failure::user(says)
        .hint("Ask for the APIs of a component, a system or a team, or who provides an API.")
}

/// An entity with what is in it, and in that.
fn parts(catalog: &Catalog, whole: &EntityRef) -> BTreeSet<EntityRef> {
    let mut parts = BTreeSet::from([whole.clone()]);
    let mut open = vec![whole.clone()];
    while let Some(part) = open.pop() {
        for inner in targets(catalog, &part, RelationType::HasPart) {
            if parts.insert(inner.clone()) {
                open.push(inner);
            }
        }
    }
    parts
}

fn targets(catalog: &Catalog, of: &EntityRef, relation: RelationType) -> Vec<EntityRef> {
    let related = catalog.related(of, relation);
    related.map(|related| related.target.clone()).collect()
}

/// What leads nowhere stands last, as it does among relations.
fn existing_first(
    catalog: &Catalog,
    references: impl IntoIterator<Item = EntityRef>,
) -> Vec<EntityRef> {
    let mut references: Vec<EntityRef> = references.into_iter().collect();
    references.sort_by_key(|reference| catalog.get(reference).is_none());
    references
}

/// The system that an entity is declared in.
fn system(catalog: &Catalog, reference: &EntityRef) -> Option<Value> {
    let mut systems = catalog.related(reference, RelationType::PartOf);
    let system = systems.find(|related| matches!(related.target.kind(), "system" | "domain"))?;
    Some(card::reference(catalog, system.target))
}

/// One entity: what [`card::reference()`] gives, `type, lifecycle, owner, providers, consumers`.
fn line(catalog: &Catalog, reference: &EntityRef) -> Value {
    let mut card = card::reference(catalog, reference);
    let entity = catalog.get(reference).map(|listed| listed.entity);
    let owner = entity.and_then(|entity| entity.owner.as_ref());
    card["type"] = json!(entity.and_then(|entity| entity.kind_type.as_deref()));
    card["lifecycle"] = json!(entity.and_then(|entity| entity.lifecycle.as_deref()));
    card["owner"] = json!(owner.map(|owner| card::reference(catalog, owner)));
    let providers = targets(catalog, reference, RelationType::ApiProvidedBy);
    card["providers"] = several(catalog, &providers);
    let consumers = catalog.related(reference, RelationType::ApiConsumedBy);
    card["consumers"] = json!(consumers.count());
    card
}

/// The titles of the first few, and how many there are `more`.
fn several(catalog: &Catalog, references: &[EntityRef]) -> Value {
    let titles: Vec<Value> = references
        .iter()
        .take(BESIDE)
        .map(|reference| card::reference(catalog, reference)["title"].take())
        .collect();
    json!({ "titles": titles, "more": references.len() - titles.len() })
}
