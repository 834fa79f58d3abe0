//! What is said: events that come in, replies that go out, and the places and people between.

pub mod form;
pub mod markdown;

use form::{Offered, Screen, Submission};

use std::fmt;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// The platform's own id of an event, unique within the platform; delivered again it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventId(pub String);

/// Where something is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The adapter's name: `console`, `slack`, `matrix`.
    pub platform: String,
    /// The platform's id of the channel, room or direct conversation.
    pub channel: String,
    /// The thread within the channel, where there is one.
    pub thread: Option<String>,
    /// Whether the bot and one person are alone here.
    pub direct: bool,
    /// The one person who hears what is said here, where others are, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whisper: Option<Whisper>,
}

/// Something said to one person alone in a place where others are, as a slash command is answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Whisper {
    /// The platform's id of the person.
    pub person: String,
    /// The platform's own way back to them, where it has given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
}

/// What a platform hands out so that something can be done with it once or for a while, like opening a form or answering
/// a slash command. Whoever holds it can do it, so it is never shown; the adapter alone reads it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket(String);

impl Ticket {
    /// A ticket of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the platform that gave it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Ticket(hidden)")
    }
}

impl Place {
    /// The same place, where everybody hears.
    #[must_use]
    pub fn aloud(mut self) -> Self {
        self.whisper = None;
        self
    }

    /// The same place, where one person alone hears; a direct conversation stays as it is.
    #[must_use]
    pub fn whispered_to(mut self, person: &PersonId) -> Self {
        if !self.direct && self.whisper.is_none() {
            self.whisper = Some(Whisper {
                person: person.id.clone(),
                ticket: None,
            });
        }
        self
    }

    /// The same place, without what the platform gave to answer by.
    #[must_use]
    pub fn without_ticket(mut self) -> Self {
        if let Some(whisper) = &mut self.whisper {
            whisper.ticket = None;
        }
        self
    }

    /// A key that is the same for the same place, whoever hears: `platform/channel/thread`.
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
    /// What allows a form to be opened in answer, where the platform has given such a thing.
    pub ticket: Option<Ticket>,
    /// How the dispatcher answers the transport.
    pub taken: Taken,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// Somebody wrote a line meant for the bot, without mention or prefix.
    Said(String),
    /// Somebody wrote a line in a thread without addressing the bot; it is meant for the bot if the bot takes part there.
    Overheard(String),
    /// Somebody pressed a button.
    Pressed(Choice),
    /// Somebody sent a form's page.
    Submitted(Submission),
    /// The platform asks for the options of a field while somebody types.
    Options(Query),
    /// Somebody opened the bot's own page.
    Opened,
    /// Links were posted that the bot may preview.
    Links(Vec<String>),
    /// While the bot was away, lines were written that were meant for it and are too old to be run now.
    Missed(Missed),
}

/// Lines that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Since when the bot was away, in milliseconds since the Unix epoch.
    pub since: u64,
    /// The lines, the oldest first.
    pub lines: Vec<String>,
}

/// What somebody has typed into a field so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Which form it is, as in [`form::Sheet::draft`].
    pub draft: String,
    /// The field's name.
    pub field: String,
    /// The text so far.
    pub typed: String,
}

/// What travels back inside the platform's acknowledgement.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The event is durably noted; nothing more to say.
    Noted,
    /// The event was handled before.
    Again,
    /// The submitted page has errors: field and sentence.
    Errors(Vec<(String, String)>),
    /// The submitted page is taken, and this comes next.
    Next(Box<Screen>),
    /// The options that fit what was typed.
    Options(Vec<Offered>),
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
    /// What the platform gave to open it with, or what names the form that is open.
    pub ticket: Ticket,
}

/// What a link shows of the thing behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The link as it was posted.
    pub link: String,
    /// What is shown.
    pub reply: Reply,
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
