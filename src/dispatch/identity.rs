//! Who is it: from the platform's id to the catalog's user.

use crate::action::{Asker, Context};
use crate::catalog::{Catalog, EntityRef, RelationType};
use crate::message::PersonId;

/// What can be said of a person without asking anybody.
///
/// At the terminal the person's name is the user's own word, which is enough: who can start the program on its data
/// folder can read and write that folder as well.
pub fn asker(context: &Context, person: &PersonId) -> Asker {
    let catalog = context.catalog();
    let user = (person.platform == "console")
        .then(|| EntityRef::parse(&person.id, Some("user"), "default").ok())
        .flatten()
        .filter(|reference| catalog.get(reference).is_some());
    let admin = user.as_ref().is_some_and(|user| {
        let named = |admin: &String| {
            EntityRef::parse(admin, Some("user"), "default").is_ok_and(|admin| admin == *user)
        };
        context.config.admins.iter().any(named)
    });
    let near = user
        .as_ref()
        .map(|user| near(&catalog, user))
        .unwrap_or_default();
    Asker {
        person: person.clone(),
        user,
        near,
        admin,
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
