//! What is said: events that come in, replies that go out, and the places and people between.

pub mod form;
pub mod markdown;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// The platform's own id of an event, unique within the platform; delivered again it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventId(pub String);

/// Where something is said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The adapter's name: `console`, `slack`, `matrix`.
    pub platform: String,
    /// The platform's id of the channel, room or direct conversation.
    pub channel: String,
    /// The thread within the channel, where there is one.
    pub thread: Option<String>,
    /// Whether the bot and one person are alone here.
    pub direct: bool,
}

impl Place {
    /// A key that is the same for the same place: `platform/channel/thread`.
    pub fn key(&self) -> String {
        let thread = self.thread.as_deref().unwrap_or("");
        format!("{}/{}/{thread}", self.platform, self.channel)
    }
}

/// Who says something, as the platform names them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PersonId {
    /// The adapter's name.
    pub platform: String,
    /// The platform's id of the person.
    pub id: String,
}

impl PersonId {
    /// A key that is the same for the same person: `platform/id`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.platform, self.id)
    }
}

/// What a platform knows of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name to greet them by; never used to decide who they are.
    pub display_name: String,
    /// An e-mail address, only when the platform has verified it.
    pub email: Option<String>,
    /// A guest, or somebody of another organisation.
    pub external: bool,
}

/// One thing that happened on a platform, waiting to be handled.
#[derive(Debug)]
pub struct Incoming {
    /// The platform's id of the event.
    pub id: EventId,
    /// Where it happened.
    pub place: Place,
    /// Whose doing it was.
    pub sender: PersonId,
    /// What happened.
    pub event: Event,
    /// How the dispatcher answers the transport.
    pub taken: Taken,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Somebody wrote a line meant for the bot, without mention or prefix.
    Said(String),
    /// Somebody pressed a button.
    Pressed(Choice),
    /// Somebody sent a form's page.
    Submitted(form::Answers),
    /// The platform asks for the options of a field while somebody types.
    Options(Query),
    /// Somebody opened the bot's own page.
    Opened,
    /// Links were posted that the bot may preview.
    Links(Vec<String>),
}

/// What somebody has typed into a field so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The field's name.
    pub field: String,
    /// The text so far.
    pub typed: String,
}

/// What travels back inside the platform's acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The event is durably noted; nothing more to say.
    Noted,
    /// The event was handled before.
    Again,
    /// The submitted page has errors: field and sentence.
    Errors(Vec<(String, String)>),
    /// The options that fit what was typed.
    Options(Vec<Choice>),
}

/// How dispatch answers the transport. [`Taken::note`] fires once the event is durably noted; dropping
/// the value says that handling has ended.
#[derive(Debug)]
pub struct Taken {
    noted: Option<oneshot::Sender<Outcome>>,
    _finished: oneshot::Sender<()>,
}

/// The adapter's half of [`Taken`].
#[derive(Debug)]
pub struct Receipt {
    noted: oneshot::Receiver<Outcome>,
    finished: oneshot::Receiver<()>,
}

impl Taken {
    /// A pair: the half that travels with the event and the half the adapter keeps.
    pub fn new() -> (Self, Receipt) {
        let (noted, noted_receiver) = oneshot::channel();
        let (finished, finished_receiver) = oneshot::channel();
        let taken = Self {
            noted: Some(noted),
            _finished: finished,
        };
        let receipt = Receipt {
            noted: noted_receiver,
            finished: finished_receiver,
        };
        (taken, receipt)
    }

    /// Tells the transport to acknowledge. Only the first call counts.
    pub fn note(&mut self, outcome: Outcome) {
        if let Some(noted) = self.noted.take() {
            // A transport that went away has nobody to tell.
            let _ = noted.send(outcome);
        }
    }
}

impl Receipt {
    /// Waits until the event is durably noted. `None`: the dispatcher went away first, do not acknowledge.
    pub async fn noted(&mut self) -> Option<Outcome> {
        (&mut self.noted).await.ok()
    }

    /// Waits until the event has been handled and every answer sent.
    pub async fn finished(self) {
        // The sender is dropped, never used: the error is the signal.
        let _ = self.finished.await;
    }
}

/// Something to say, ready for any platform.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Reply {
    /// The words, as CommonMark; data in them is already escaped.
    pub markdown: String,
    /// What the reader may do next.
    pub choices: Vec<Choice>,
    /// A picture that belongs to the words.
    #[serde(skip)]
    pub picture: Option<Picture>,
    /// Who may see it.
    pub audience: Audience,
}

impl Reply {
    /// A reply of words alone.
    pub fn text(markdown: impl Into<String>) -> Self {
        Self {
            markdown: markdown.into(),
            ..Self::default()
        }
    }
}

/// Who may see a reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Everybody in the place.
    #[default]
    Place,
    /// Only the person who asked.
    Asker,
}

/// A button: it stands for a command line, so every platform can offer it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// What the button says; plain text.
    pub label: String,
    /// What pressing it says to the bot.
    pub line: String,
}

/// A picture as PNG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The bytes of the PNG file.
    pub png: Vec<u8>,
    /// What the picture shows, for those who cannot see it.
    pub alt: String,
}

/// A message that was sent, so that it can be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Where it was sent.
    pub place: Place,
    /// The platform's id of the message.
    pub id: String,
}

/// What allows a form to be opened, on platforms that have forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Where it was asked for.
    pub place: Place,
    /// Who is to fill it in.
    pub person: PersonId,
    /// The platform's one-time ticket, where it has such a thing.
    pub ticket: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_receipt_tells_noted_and_finished_apart() {
        let (mut taken, mut receipt) = Taken::new();
        taken.note(Outcome::Noted);
        taken.note(Outcome::Again);
        assert_eq!(receipt.noted().await, Some(Outcome::Noted));
        let waiting = tokio::spawn(receipt.finished());
        assert!(!waiting.is_finished());
        drop(taken);
        waiting.await.expect("the waiting task ends");
    }

    #[tokio::test]
    async fn a_dropped_event_is_not_acknowledged() {
        let (taken, mut receipt) = Taken::new();
        drop(taken);
        assert_eq!(receipt.noted().await, None);
    }
}
