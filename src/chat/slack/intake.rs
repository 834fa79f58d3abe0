//! The way of what is delivered to the dispatcher, and back with what the acknowledgement carries.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use super::direct::Directs;
use super::modal;
use super::payload::{self, Happening, Heard, Kind, Reader};
use super::workspace::Workspaces;
use crate::message::{Incoming, Outcome, Receipt, Taken};

/// Takes what is delivered.
#[derive(Clone)]
pub struct Intake {
    inbox: mpsc::Sender<Incoming>,
    workspaces: Arc<Workspaces>,
    directs: Arc<Directs>,
    prefix: Arc<str>,
}

/// What became of a delivery.
pub enum Delivered {
    /// There is nothing to wait for: acknowledge.
    Done,
    /// The dispatcher has it; acknowledge when it says so.
    Handed(Handed),
    /// It could not be taken: do not acknowledge, so that it comes again.
    Refused,
}

/// A delivery in the dispatcher's hands.
pub struct Handed(Receipt);

impl Intake {
    /// The way to an inbox.
    pub fn new(
        inbox: mpsc::Sender<Incoming>,
        workspaces: Arc<Workspaces>,
        directs: Arc<Directs>,
        prefix: &str,
    ) -> Self {
        Self {
            inbox,
            workspaces,
            directs,
            prefix: prefix.into(),
        }
    }

    /// Reads a payload and hands it over. Deliveries that are taken one after the other are handed over in that order.
    pub async fn take(&self, kind: Kind, payload: &Value) -> Delivered {
        let Some(team) = payload::team(kind, payload) else {
            tracing::debug!(?kind, "a payload without a workspace");
            return Delivered::Done;
        };
        let workspace = match self.workspaces.of(team).await {
            Ok(Some(workspace)) => workspace,
            Ok(None) => {
                tracing::debug!(team, "a payload for a workspace that is not known");
                return Delivered::Done;
            }
            Err(error) => {
                tracing::warn!(%error, "a payload could not be taken");
                return Delivered::Refused;
            }
        };
        let reader = Reader {
            team: &workspace.team,
            own: &workspace.own,
            prefix: &self.prefix,
        };
        match reader.read(kind, payload) {
            Heard::Happened(happening) => {
                // A whisper may be in the conversation of two others.
                if let (true, Some((person, channel))) =
                    (happening.place.direct, payload::direct(payload))
                {
                    self.directs.note(&workspace.team, person, channel);
                }
                self.hand_over(*happening).await
            }
            Heard::Revoked => {
                self.workspaces.forget(&workspace.team).await;
                Delivered::Done
            }
            Heard::Nothing(name) => {
                tracing::debug!(kind = name, "nothing to hear");
                Delivered::Done
            }
        }
    }

    async fn hand_over(&self, happening: Happening) -> Delivered {
        let (taken, receipt) = Taken::new();
        let incoming = Incoming {
            id: happening.id,
            place: happening.place,
            sender: happening.sender,
            event: happening.event,
            ticket: happening.ticket,
            taken,
        };
        match self.inbox.send(incoming).await {
            Ok(()) => Delivered::Handed(Handed(receipt)),
            Err(_) => Delivered::Refused,
        }
    }
}

impl Handed {
    /// Waits until it may be acknowledged, and gives what the acknowledgement carries. `None`: it must not be
    /// acknowledged, so that it comes again.
    pub async fn answer(mut self) -> Option<Option<Value>> {
        Some(match self.0.noted().await? {
            Outcome::Noted | Outcome::Again => None,
            Outcome::Errors(errors) => Some(modal::errors(&errors)),
            Outcome::Options(options) => Some(modal::options(&options)),
            Outcome::Next(screen) => Some(modal::next(&screen)),
        })
    }
}
