//! Secrets in conversations: asked only where they stay between two, and taken away once they were read.

use super::dialogue::Secretive;
use super::{Asked, Dispatch};
use crate::chat::adapter::SendError;
use crate::message::Reply;
use crate::store::StoreError;

/// What there is to know of secrets before a line is read.
pub(super) enum Secret {
    /// The line is none.
    None,
    /// The line is the answer to one, or holds it.
    Said,
    /// A form that is open here asks for one, and this is not the place for it: this is to be said instead of anything
    /// else. The form stays open if something was answered.
    Misplaced(Reply),
}

impl Dispatch {
    /// Whether a line of the asker is or holds a secret.
    pub(super) async fn secret(&self, line: &str, asked: Asked<'_>) -> Result<Secret, StoreError> {
        let form = self.secretive(line, asked).await?;
        let Some(form) = form.filter(|form| form.is_said) else {
            return Ok(Secret::None);
        };
        if keeps_secrets(asked).await {
            return Ok(Secret::Said);
        }
        let mut instead = self.sent_elsewhere(&form, asked).await?;
        if let Some(to_do) = taken_away(asked).await {
            instead.markdown = format!("{to_do}\n\n{}", instead.markdown);
        }
        Ok(Secret::Misplaced(instead))
    }

    /// What is said in a dialogue, unless its form asks for a secret that this place does not keep.
    pub(super) async fn unless_secret(
        &self,
        reply: Reply,
        asked: Asked<'_>,
    ) -> Result<Reply, StoreError> {
        let form = self.secretive("", asked).await?;
        match form.filter(|form| form.is_asked || form.is_certain) {
            Some(form) if !keeps_secrets(asked).await => self.sent_elsewhere(&form, asked).await,
            _ => Ok(reply),
        }
    }

    async fn secretive(
        &self,
        line: &str,
        asked: Asked<'_>,
    ) -> Result<Option<Secretive>, StoreError> {
        let (place, person) = (asked.place, asked.person());
        self.dialogue.secretive(place, person, line).await
    }

    /// Where to go instead. A form to which nothing was answered is dropped.
    async fn sent_elsewhere(
        &self,
        form: &Secretive,
        asked: Asked<'_>,
    ) -> Result<Reply, StoreError> {
        if form.is_certain {
            self.dialogue.drop_form(asked.place, asked.person()).await?;
        }
        Ok(form.elsewhere())
    }
}

/// In doubt a place keeps none.
async fn keeps_secrets(asked: Asked<'_>) -> bool {
    let Some(heard) = asked.heard else {
        return asked.place.platform == "console";
    };
    let kept = heard.adapter.keeps_secrets(asked.place).await;
    kept.unwrap_or_else(|error| {
        tracing::warn!(%error, platform = heard.adapter.name(), "it cannot be told who reads a place");
        false
    })
}

/// Takes the message away that a secret was read from. What the asker has to do where that is not possible.
pub(super) async fn taken_away(asked: Asked<'_>) -> Option<&'static str> {
    let heard = asked.heard?;
    match heard.adapter.redact(asked.place, heard.event).await {
        Ok(()) => return None,
        Err(SendError::Unsupported) => {}
        Err(error) => {
            tracing::warn!(%error, platform = heard.adapter.name(), "a message with a secret could not be taken away");
        }
    }
    Some("I could not take your message with the secret away. Please delete it.")
}
