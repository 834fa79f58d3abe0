//! Forms that ask for secrets: where they are asked, and what becomes of the line that holds one.

use super::{Dialogue, key_of};
use crate::message::form::FieldKind;
use crate::message::markdown::text;
use crate::message::{PersonId, Place, Reply};
use crate::store::StoreError;

/// An open form with a secret among its questions.
#[derive(Debug, PartialEq)]
pub struct Secretive {
    /// The form's title; plain text.
    form: String,
    /// What the secret is called towards people; plain text.
    secret: String,
    /// Whether the line that was said is or holds a secret.
    pub is_said: bool,
    /// Whether a secret is the question now.
    pub is_asked: bool,
    /// Whether nothing is answered yet, and a secret will be asked for in any case.
    pub is_certain: bool,
}

impl Secretive {
    /// Where to go instead of a place that keeps no secrets.
    pub fn elsewhere(&self) -> Reply {
        let what_else = if self.is_certain {
            ""
        } else {
            " Here you can say `back` to change the answer before, or `cancel`."
        };
        Reply::text(format!(
            "**{}** asks for a secret ({}), and what is written here does not stay between you and me, so I do not ask for it here. Give the command again in a direct, encrypted conversation with me, or with a slash command, where your chat has them.{what_else}",
            text(&self.form),
            text(&self.secret),
        ))
    }
}

impl Dialogue {
    /// The form that is asked here line by line, if a secret is among its questions.
    pub async fn secretive(
        &self,
        place: &Place,
        person: &PersonId,
        line: &str,
    ) -> Result<Option<Secretive>, StoreError> {
        let open = self.load(&key_of(place, person)).await?;
        Ok(open.and_then(|(draft, _)| {
            let filling = &draft.filling;
            let asked = filling.question().map(|question| question.field);
            let asked = asked.filter(|field| field.kind == FieldKind::Secret);
            let mut certain = filling
                .form()
                .secrets()
                .filter(|field| field.when.is_none());
            let certain = certain.next().filter(|_| filling.summary().is_empty());
            let secret = asked.or(certain).or(filling.form().secrets().next())?;
            // While somebody chooses between two forms, neither of them asks.
            let asks = draft.other.is_none();
            // What the platform shows as a form of its own is not asked here.
            (!draft.shown).then(|| Secretive {
                form: filling.form().title.clone(),
                secret: secret.label.clone(),
                is_said: asks && filling.reads_secret(line),
                is_asked: asks && asked.is_some(),
                is_certain: asks && certain.is_some(),
            })
        }))
    }

    /// Drops the form that is open here, and what was answered to it.
    pub async fn drop_form(&self, place: &Place, person: &PersonId) -> Result<(), StoreError> {
        let key = key_of(place, person);
        if let Some((_, at)) = self.load(&key).await? {
            self.remove(&key, at).await?;
        }
        Ok(())
    }
}
