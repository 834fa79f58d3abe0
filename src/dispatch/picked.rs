//! People who were picked in a form of their platform, as users of the catalog.

use std::collections::BTreeMap;

use super::Dispatch;
use super::identity::member;
use crate::catalog::EntityRef;
use crate::chat::adapter::Adapter;
use crate::message::form::{Answers, FieldKind};
use crate::message::{PersonId, Place};

impl Dispatch {
    /// What is wrong with the people who were picked on a page: field and sentence.
    pub(super) async fn strangers(
        &self,
        answers: &Answers,
        (place, sender): (&Place, &PersonId),
        adapter: &dyn Adapter,
    ) -> Vec<(String, String)> {
        let mut errors = Vec::new();
        for (field, picked) in picked(answers, adapter) {
            let kind = self.dialogue.field(place, sender, &field).await;
            if matches!(kind, Ok(Some(FieldKind::Person)))
                && self.user(&picked, adapter).await.is_none()
            {
                let sorry = "The catalog does not know this person. Choose somebody else, or have their account named in the User's annotations.";
                errors.push((field, sorry.to_owned()));
            }
        }
        errors
    }

    /// The answers with users of the catalog in the place of people who were picked in these fields.
    pub(super) async fn as_users(
        &self,
        mut answers: Answers,
        people: &[String],
        adapter: &dyn Adapter,
    ) -> Answers {
        for (field, picked) in picked(&answers, adapter) {
            if people.contains(&field)
                && let Some(user) = self.user(&picked, adapter).await
            {
                answers.set(field, user.to_string());
            }
        }
        answers
    }

    async fn user(&self, id: &PersonId, adapter: &dyn Adapter) -> Option<EntityRef> {
        match self.identities.person(adapter, id).await {
            Ok(person) => member(&self.context, id, &person).await.user,
            Err(error) => {
                tracing::warn!(%error, platform = adapter.name(), "it could not be told who was picked");
                None
            }
        }
    }
}

/// The answers that read like the key of somebody of the platform, by field.
fn picked(answers: &Answers, adapter: &dyn Adapter) -> BTreeMap<String, PersonId> {
    let values = answers.values().iter();
    values
        .filter_map(|(field, value)| {
            let id = value
                .as_str()?
                .strip_prefix(adapter.name())?
                .strip_prefix('/')?;
            let person = PersonId {
                platform: adapter.name().to_owned(),
                id: id.to_owned(),
            };
            Some((field.clone(), person))
        })
        .collect()
}
