//! Whose are the things that a text names, as data: one thing in full, several in a line each.

use serde_json::{Value, json};

use super::{Context, card, owner, point};
use crate::catalog::pointer::{Named, Place, Target, Tie, paste};
use crate::catalog::{Catalog, EntityRef, Listed};
use crate::failure::Failure;

/// What `who-owns` tells of a text that is no name. The action was only asked because the text names something.
pub(super) fn owners(catalog: &Catalog, text: &str, context: &Context) -> Result<Value, Failure> {
    let mut things: Vec<Thing<'_>> = Vec::new();
    for named in point::named(catalog, text) {
        if let Some(thing) = Thing::of(catalog, named)
            && !things.iter().any(|known| known.is_same(&thing))
        {
            things.push(thing);
        }
    }
    match &things[..] {
        [] => Err(Failure::user(
            "What this text names is no longer in the catalog.",
        )),
        [thing] => Ok(thing.in_full(catalog, context)),
        several => {
            let found: Vec<Value> = several
                .iter()
                .take(paste::MOST)
                .map(|thing| thing.in_a_line(catalog))
                .collect();
            Ok(json!({ "found": found, "more": several.len().saturating_sub(paste::MOST) }))
        }
    }
}

/// A thing with what named it.
struct Thing<'c> {
    /// The entity, or the one in whose folder the place is.
    entity: Option<Listed<'c>>,
    place: Option<Place>,
    because: Named,
}

impl<'c> Thing<'c> {
    fn of(catalog: &'c Catalog, because: Named) -> Option<Self> {
        match because.pointed.target.clone() {
            Target::Entity(position) => Some(Self {
                entity: Some(catalog.at(position)?),
                place: None,
                because,
            }),
            Target::Place(place) => Some(Self {
                entity: catalog
                    .encloses(place.source, &place.path)
                    .and_then(|position| catalog.at(position)),
                place: Some(place),
                because,
            }),
        }
    }

    /// Whether two say the same to whoever asks.
    fn is_same(&self, other: &Self) -> bool {
        match (self.entity, other.entity) {
            (Some(one), Some(other)) => one.position == other.position,
            _ => self.place == other.place,
        }
    }

    /// What ties the words to the thing, and where they stand.
    fn because(&self) -> Value {
        let Named {
            pointed,
            line,
            words,
        } = &self.because;
        let tie = match pointed.tie {
            Tie::Repository | Tie::RepositoryName if self.place.is_some() => Tie::Folder,
            tie => tie,
        };
        json!({ "words": card::cut(words), "line": (*line > 0).then_some(line), "tie": tie.words() })
    }

    fn in_full(&self, catalog: &Catalog, context: &Context) -> Value {
        let mut answer = match self.entity {
            Some(listed) => owner::about(catalog, &listed.entity.reference, context),
            None => json!({ "nobody": true }),
        };
        answer["because"] = self.because();
        answer["place"] = self.place(catalog);
        answer
    }

    fn in_a_line(&self, catalog: &Catalog) -> Value {
        let owner: Option<&EntityRef> = self.entity.and_then(|listed| listed.entity.owner.as_ref());
        json!({
            "entity": self.entity.map(|listed| card::entity(listed.entity)),
            "owner": owner.map(|owner| card::contact(catalog, owner)),
            "self": self.entity
                .filter(|listed| matches!(listed.entity.reference.kind(), "group" | "user"))
                .map(|listed| card::contact(catalog, &listed.entity.reference)),
            "place": self.place(catalog),
            "because": self.because(),
        })
    }

    fn place(&self, catalog: &Catalog) -> Value {
        let Some(place) = &self.place else {
            return Value::Null;
        };
        let source = catalog.sources().get(place.source);
        json!({
            "source": source.map(|source| &source.facts.name),
            "path": place.path,
            "glob": place.glob,
        })
    }
}
