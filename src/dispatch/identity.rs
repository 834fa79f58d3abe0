//! Who is it: from the platform's id to the catalog's user, and whether they may hear anything.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::action::{Asker, Context};
use crate::catalog::{Catalog, EntityRef, RelationType};
use crate::chat::adapter::{Adapter, SendError};
use crate::clock::Clock;
use crate::message::{Person, PersonId};

/// How long what a platform says of a person is taken for granted.
const KEPT: Duration = Duration::from_mins(10);

/// How many people are kept at most.
const MOST: usize = 10_000;

/// What platforms say of people, kept for a while.
pub struct Identities {
    clock: Clock,
    people: Mutex<HashMap<PersonId, (u64, Person)>>,
}

impl Identities {
    /// Knows nobody yet.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            people: Mutex::default(),
        }
    }

    /// What the platform says of a person.
    pub async fn person(&self, adapter: &dyn Adapter, id: &PersonId) -> Result<Person, SendError> {
        let now = self.clock.millis();
        let known = {
            let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            people.get(id).filter(|(until, _)| *until > now).cloned()
        };
        if let Some((_, person)) = known {
            return Ok(person);
        }
        let person = adapter.person(&id.id).await?;
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= MOST {
            people.retain(|_, (until, _)| *until > now);
        }
        if people.len() < MOST {
            people.insert(id.clone(), (self.clock.after(KEPT), person.clone()));
        }
        Ok(person)
    }
}

/// Who asks: by the account that a user's annotation names, else by the e-mail address that the platform has verified, else
/// by the link of the account. What the catalog says comes first, so that no link outlives what is put right there.
pub async fn member(context: &Context, id: &PersonId, person: &Person) -> Asker {
    let catalog = context.catalog();
    if person.external {
        return Asker {
            external: true,
            ..asker(&catalog, id, None)
        };
    }
    let people = catalog.people();
    let mail = person.email.as_deref();
    let known = people
        .user_of_account(&id.platform, &id.id)
        .or_else(|| people.user_of_mail(mail?))
        .cloned();
    let linked = match known {
        Some(_) => None,
        None => linked(context, id).await,
    };
    let user = known.or_else(|| linked.clone().filter(|user| catalog.get(user).is_some()));
    Asker {
        linked,
        ..asker(&catalog, id, user)
    }
}

/// The user that an account is linked to; nobody where that cannot be read.
async fn linked(context: &Context, id: &PersonId) -> Option<EntityRef> {
    let linked = context.links.user(id).await;
    linked.unwrap_or_else(|error| {
        tracing::error!(%error, "it could not be read from the store whom an account is linked to");
        None
    })
}

/// Who asks at the terminal. There a person's name is the user's own word, which is enough: who can start the program on
/// its data folder can read and write that folder as well. On any other platform this is somebody unknown.
pub fn at_terminal(context: &Context, id: &PersonId) -> Asker {
    let catalog = context.catalog();
    let user = (id.platform == "console")
        .then(|| EntityRef::parse(&id.id, Some("user"), "default").ok())
        .flatten()
        .filter(|reference| catalog.get(reference).is_some());
    asker(&catalog, id, user)
}

fn asker(catalog: &Catalog, id: &PersonId, user: Option<EntityRef>) -> Asker {
    let near = user
        .as_ref()
        .map(|user| near(catalog, user))
        .unwrap_or_default();
    Asker {
        person: id.clone(),
        user,
        linked: None,
        external: false,
        near,
    }
}

/// The groups of a user, their parents, and their children.
fn near(catalog: &Catalog, user: &EntityRef) -> Vec<EntityRef> {
    let own: Vec<EntityRef> = catalog
        .related(user, RelationType::MemberOf)
        .map(|related| related.target.clone())
        .collect();
    let mut near = catalog.groups_of(user);
    for group in &own {
        for child in catalog.related(group, RelationType::ParentOf) {
            if !near.contains(child.target) {
                near.push(child.target.clone());
            }
        }
    }
    near
}
