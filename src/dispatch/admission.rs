//! Who may hear an answer: members of the organisation, among themselves; others only where an admin allows it.

use super::Dispatch;
use super::identity::{at_terminal, member};
use crate::action::{Asker, channel};
use crate::chat::adapter::Adapter;
use crate::message::{PersonId, Place, Reply};

/// Somebody who is answered.
pub struct Admitted {
    /// Who asks.
    pub asker: Asker,
    /// What they are called; plain text, and never used to decide who they are.
    pub name: String,
    /// Where they are answered.
    pub place: Place,
}

impl Dispatch {
    /// Lets somebody in, or gives what to tell them. Where it cannot be told who they are, or who else is there, nobody is
    /// let in.
    pub(super) async fn admit(
        &self,
        place: &Place,
        sender: &PersonId,
        adapter: &dyn Adapter,
    ) -> Result<Admitted, Reply> {
        if sender.platform == "console" {
            return Ok(Admitted {
                asker: at_terminal(&self.context, sender),
                name: sender.id.clone(),
                place: place.clone(),
            });
        }
        let person = match self.identities.person(adapter, sender).await {
            Ok(person) => person,
            Err(error) => {
                tracing::warn!(%error, platform = adapter.name(), "it could not be told who somebody is");
                return Err(Reply::text(
                    "I cannot find out who you are at the moment, so I do not answer. Please try again in a minute.",
                ));
            }
        };
        let asker = member(&self.context, sender, &person).await;
        let mut admitted = Admitted {
            asker,
            name: person.display_name,
            place: place.clone(),
        };
        let shared = !place.direct
            && adapter.is_shared(place).await.unwrap_or_else(|error| {
                tracing::warn!(%error, platform = adapter.name(), "it could not be told who is in a channel");
                true
            });
        if !shared && !person.external {
            return Ok(admitted);
        }
        let allowed = if place.direct {
            false
        } else {
            let allowed = self.context.channels.allowed(place).await;
            allowed.is_ok_and(|allowed| allowed.outsiders)
        };
        if allowed {
            return Ok(admitted);
        }
        if person.external {
            return Err(Reply::text(
                "I answer members of this organisation only. Where guests are to ask me, too, an admin allows it by `channel allow` in the channel.",
            ));
        }
        let allow = channel::allow("channel");
        let may_allow = self.context.decide(&admitted.asker, place, &allow);
        if may_allow.is_allowed() {
            // Who can allow the channel must be able to say so, and nobody else hears it.
            admitted.place = adapter.aside(place, sender).await.map_err(|error| {
                tracing::warn!(%error, platform = adapter.name(), "nobody can be answered aside");
                Reply::text("I answer nobody aloud here, and I cannot reach you alone.")
            })?;
            return Ok(admitted);
        }
        Err(Reply::text(
            "I cannot be sure that only your own organisation reads this channel, so I do not answer here until an admin allows it by `channel allow`. Invite me if I am not in it, or ask me in a direct message.",
        ))
    }
}
