//! What every chat platform must be able to do: carry events in and answers out.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::message::form::Screen;
use crate::message::{EventId, Incoming, Person, PersonId, Place, Preview, Reply, Sent, Trigger};

/// One chat platform: transport and rendering, and no knowledge of commands.
///
/// What all adapters promise alike is written down as the contract suite in `tests/adapters.rs`.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// The platform's name, as it stands in [`Place::platform`]: `console`, `slack`, `matrix`.
    fn name(&self) -> &'static str;

    /// Where it is and how it is reached, for people; an error says what to mend before it can run at all.
    async fn presented(&self) -> anyhow::Result<String> {
        Ok(self.name().to_owned())
    }

    /// Puts what happens on the platform into `inbox` until there is nothing more to come, or until `stop` is
    /// cancelled. Lost connections are mended inside; an error is one that a fresh start may cure.
    async fn run(
        &self,
        inbox: mpsc::Sender<Incoming>,
        stop: CancellationToken,
    ) -> anyhow::Result<()>;

    /// Says something in a place. What comes back is needed to edit it.
    async fn send(&self, place: &Place, reply: &Reply) -> Result<Sent, SendError>;

    /// Puts other words in the place of a message that was sent.
    async fn edit(&self, sent: &Sent, reply: &Reply) -> Result<(), SendError>;

    /// Opens a form, or shows something else in the one that is open for this ticket. [`SendError::Unsupported`] means: ask
    /// for the fields in the thread.
    async fn form(&self, _trigger: &Trigger, _screen: &Screen) -> Result<(), SendError> {
        Err(SendError::Unsupported)
    }

    /// Looks up what the platform knows of a person, by the platform's own id.
    async fn person(&self, id: &str) -> Result<Person, SendError>;

    /// Whether people still read there after the bot was restarted.
    fn outlives(&self) -> bool {
        true
    }

    /// Whether people of other organisations may be in a place. Where it cannot be told, they may.
    async fn is_shared(&self, _place: &Place) -> Result<bool, SendError> {
        Ok(false)
    }

    /// The place where a person alone is answered who asked in front of others, and where they go on with it. Where that is
    /// another one, everybody in the first is told so.
    async fn aside(&self, place: &Place, person: &PersonId) -> Result<Place, SendError> {
        Ok(place.clone().whispered_to(person))
    }

    /// Whether a secret may be written in a place: the bot and one person alone read it there, and nobody on its way.
    async fn keeps_secrets(&self, _place: &Place) -> Result<bool, SendError> {
        Ok(false)
    }

    /// Takes away what somebody said in a place, after a secret was read from it.
    async fn redact(&self, _place: &Place, _event: &EventId) -> Result<(), SendError> {
        Err(SendError::Unsupported)
    }

    /// Shows what stands behind links that were posted; the ticket is that of the event.
    async fn preview(&self, _trigger: &Trigger, _previews: &[Preview]) -> Result<(), SendError> {
        Err(SendError::Unsupported)
    }

    /// Looks at everything it needs — tokens, rights, connections, clock — without changing or saying anything.
    async fn examine(&self) -> Vec<Finding> {
        Vec::new()
    }

    /// What it needs to be reached over HTTP; the web server mounts it below the platform's name, like `/slack`.
    fn routes(&self) -> Option<axum::Router> {
        None
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is, in a word or two.
    pub what: String,
    /// How it is; or what is wrong with it and what mends it. Secrets are never in it.
    pub is: Result<String, String>,
}

impl Finding {
    /// It is as it should be.
    pub fn good(what: impl Into<String>, how: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            is: Ok(how.into()),
        }
    }

    /// It must be mended: a full sentence with the remedy.
    pub fn wrong(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            is: Err(why.into()),
        }
    }
}

/// Why a platform did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The platform has no such thing; the caller takes another way.
    #[error("the platform cannot do this")]
    Unsupported,
    /// The platform wants to be asked again later.
    #[error("the platform asks to wait {} s", retry_after.as_secs())]
    RateLimited {
        /// How long to wait before the next attempt.
        retry_after: Duration,
    },
    /// The place, message or person does not exist (any more), or cannot be reached by the bot.
    #[error("the place, message or person cannot be reached")]
    Gone,
    /// Anything else; trying again may help.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}
