//! Asking a form in a thread, one question at a time, on platforms that have no forms of their own.
//!
//! The draft is kept in the store, so a restart loses nothing but secrets: those live in memory only and are asked
//! again.

mod secret;
mod sheet;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use self::words::{asking, either, first, so_far, title};
use crate::clock::Clock;
use crate::message::form::{Answers, Filling, Form, Step};
use crate::message::markdown::text;
use crate::message::{PersonId, Place, Reply};
use crate::store::{Space, Store, StoreError, Write, json};

/// A draft that nobody touched for so long is forgotten.
const KEPT: Duration = Duration::from_hours(24);

pub use secret::Secretive;
pub use sheet::{Open, Page};

/// Asks forms and keeps their drafts.
pub struct Dialogue {
    store: Arc<dyn Store>,
    clock: Clock,
    /// Drafts that hold secrets, by key. A stored draft that reads otherwise is newer, and this one is out of date.
    secrets: Mutex<HashMap<String, Held>>,
}

/// What the answers are for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// The name of the command that wants the answers.
    pub command: String,
    /// What the command was given already.
    pub arguments: Map<String, Value>,
    /// The fields of its form that are answered with people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
}

/// What came of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// No form is open here for this person: the line means something else.
    NotMine,
    /// The line was taken; this is to be said.
    Reply(Reply),
    /// The form is complete.
    Done {
        /// What the answers are for.
        subject: Subject,
        /// The answers.
        answers: Answers,
    },
}

/// What stands in the store.
#[derive(Clone, Serialize, Deserialize)]
struct Draft {
    subject: Subject,
    filling: Filling,
    /// The field that was asked last.
    asked: Option<String>,
    /// What tells it from other drafts.
    #[serde(default)]
    id: String,
    /// Where it was asked for.
    #[serde(default)]
    place: Place,
    /// Whether the platform shows it as a form of its own: then lines mean something else.
    #[serde(default)]
    shown: bool,
    /// Another form that was asked for meanwhile, until the person has chosen between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other: Option<Box<(Subject, Form)>>,
}

impl Draft {
    fn new(place: &Place, subject: Subject, form: Form) -> Self {
        let mut draft = Self {
            subject,
            filling: Filling::new(form),
            asked: None,
            id: format!("{:08x}", fastrand::u32(..)),
            place: place.clone().without_ticket(),
            shown: false,
            other: None,
        };
        draft.note_question();
        draft
    }

    /// Notes which field is asked now; says whether it was noted before.
    fn note_question(&mut self) -> bool {
        let asked = self
            .filling
            .question()
            .map(|question| question.field.name.clone());
        let is_same = asked == self.asked;
        self.asked = asked;
        is_same
    }
}

/// A draft that holds secrets, and its stored form without them.
struct Held {
    stored: String,
    until: u64,
    filling: Filling,
}

impl Dialogue {
    /// A dialogue over the drafts of a store.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self {
            store,
            clock,
            secrets: Mutex::default(),
        }
    }

    /// Begins a form for one person in one place and asks its first question. Where they have another one open
    /// here, that one stays, and they are asked which of the two they want.
    ///
    /// A form must ask something: one without questions is answered already and needs no dialogue.
    pub async fn begin(
        &self,
        place: &Place,
        person: &PersonId,
        subject: Subject,
        form: Form,
    ) -> Result<Reply, StoreError> {
        let key = key_of(place, person);
        if let Some((mut draft, at)) = self.load(&key).await? {
            if draft.shown && draft.subject == subject {
                // Who closed the form and asks for it again goes on with it.
                return Ok(first(&draft.filling));
            }
            let reply = either(draft.filling.form(), &form);
            draft.other = Some(Box::new((subject, form)));
            return match self.save(&key, Some(at), &draft).await? {
                Saved::Yes => Ok(reply),
                Saved::Conflict => self.where_it_stands(&key).await,
            };
        }
        let draft = Draft::new(place, subject, form);
        let reply = first(&draft.filling);
        match self.save(&key, None, &draft).await? {
            Saved::Yes => Ok(reply),
            Saved::Conflict => self.where_it_stands(&key).await,
        }
    }

    /// Takes a line that somebody said, as an answer to the form that is open for them in this place.
    pub async fn said(
        &self,
        place: &Place,
        person: &PersonId,
        line: &str,
    ) -> Result<Turn, StoreError> {
        let key = key_of(place, person);
        let Some((mut draft, at)) = self.load(&key).await? else {
            return Ok(Turn::NotMine);
        };
        if draft.shown && draft.other.is_none() {
            return match line.trim().to_lowercase().as_str() {
                "continue" => Ok(Turn::Reply(first(&draft.filling))),
                "cancel" => self.cancelled(&key, (draft, at)).await,
                _ => Ok(Turn::NotMine),
            };
        }
        if let Some(other) = draft.other.take() {
            return self.chosen(place, &key, (draft, at), *other, line).await;
        }
        if !draft.note_question() && !line.trim().eq_ignore_ascii_case("cancel") {
            // The line answers another question than the one that is open now.
            let why = "I was restarted, and I do not keep secrets: please answer this once more.";
            let reply = asking(why, &draft.filling);
            return match self.save(&key, Some(at), &draft).await? {
                Saved::Yes => Ok(Turn::Reply(reply)),
                Saved::Conflict => self.where_it_stands(&key).await.map(Turn::Reply),
            };
        }
        let step = draft.filling.say(line);
        draft.note_question();
        let saved = match step {
            Step::Cancelled | Step::Done => self.remove(&key, at).await?,
            Step::Shown => Saved::Yes,
            Step::Asked | Step::Invalid(_) => self.save(&key, Some(at), &draft).await?,
        };
        if let Saved::Conflict = saved {
            return self.where_it_stands(&key).await.map(Turn::Reply);
        }
        let filling = &draft.filling;
        Ok(match step {
            Step::Done => Turn::Done {
                answers: filling.answers(),
                subject: draft.subject,
            },
            Step::Cancelled => Turn::Reply(gone(filling)),
            Step::Asked => Turn::Reply(asking("", filling)),
            Step::Invalid(sentences) => Turn::Reply(asking(&text(&sentences), filling)),
            Step::Shown => Turn::Reply(asking(&so_far(filling), filling)),
        })
    }

    /// Gives a form up that the platform shows.
    async fn cancelled(&self, key: &str, (draft, at): (Draft, u64)) -> Result<Turn, StoreError> {
        match self.remove(key, at).await? {
            Saved::Yes => Ok(Turn::Reply(gone(&draft.filling))),
            Saved::Conflict => self.where_it_stands(key).await.map(Turn::Reply),
        }
    }

    /// Goes on with the open form, or cancels it for the other one.
    async fn chosen(
        &self,
        place: &Place,
        key: &str,
        (mut draft, at): (Draft, u64),
        other: (Subject, Form),
        line: &str,
    ) -> Result<Turn, StoreError> {
        let (next, reply) = match line.trim().to_lowercase().as_str() {
            "continue" => {
                draft.note_question();
                let reply = asking("", &draft.filling);
                (draft, reply)
            }
            "cancel" => {
                let before = title(&draft.filling);
                let (subject, form) = other;
                let next = Draft::new(place, subject, form);
                let mut reply = first(&next.filling);
                reply.markdown = format!(
                    "{before} is cancelled; nothing was done.\n\n{}",
                    reply.markdown
                );
                (next, reply)
            }
            _ => return Ok(Turn::Reply(either(draft.filling.form(), &other.1))),
        };
        match self.save(key, Some(at), &next).await? {
            Saved::Yes => Ok(Turn::Reply(reply)),
            Saved::Conflict => self.where_it_stands(key).await.map(Turn::Reply),
        }
    }

    /// What to say when two lines came at once and the other one was first.
    async fn where_it_stands(&self, key: &str) -> Result<Reply, StoreError> {
        let both = "Two answers came at the same time, and only the other one was taken.";
        Ok(match self.load(key).await? {
            Some((draft, _)) => asking(both, &draft.filling),
            None => Reply::text(format!(
                "{both} The form is closed; say the command again to begin it anew."
            )),
        })
    }

    async fn load(&self, key: &str) -> Result<Option<(Draft, u64)>, StoreError> {
        let Some(entry) = self.store.get(Space::Draft, key).await? else {
            return Ok(None);
        };
        let mut draft: Draft = match entry.read() {
            Ok(draft) => draft,
            Err(error) => {
                // Of another version of the program: nobody could go on with it.
                tracing::warn!(%error, "a form's draft is given up");
                self.remove(key, entry.version).await?;
                return Ok(None);
            }
        };
        let held = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held
            .get(key)
            .filter(|held| held.stored == entry.value.get())
        {
            draft.filling = held.filling.clone();
        }
        Ok(Some((draft, entry.version)))
    }

    /// Writes over the given version, or anew.
    async fn save(&self, key: &str, at: Option<u64>, draft: &Draft) -> Result<Saved, StoreError> {
        let value = json(key, draft)?;
        let space = Space::Draft;
        let now = self.clock.millis();
        let until = self.clock.after(KEPT);
        let expires = Some(until);
        let stored = value.get().to_owned();
        let key_text = key.to_owned();
        let write = match at {
            Some(at) => Write::Swap {
                space,
                key: key_text,
                at,
                value,
                expires,
            },
            None => Write::PutNew {
                space,
                key: key_text,
                value,
                expires,
            },
        };
        let saved = self.write(&[write]).await?;
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.retain(|_, held| held.until > now);
        if let Saved::Yes = saved {
            if draft.filling.answers().has_secrets() {
                let filling = draft.filling.clone();
                secrets.insert(
                    key.to_owned(),
                    Held {
                        stored,
                        until,
                        filling,
                    },
                );
            } else {
                secrets.remove(key);
            }
        }
        Ok(saved)
    }

    async fn remove(&self, key: &str, at: u64) -> Result<Saved, StoreError> {
        let space = Space::Draft;
        let value = RawValue::NULL.to_owned();
        // A deletion has no condition of its own; the swap before it has.
        let swap = Write::Swap {
            space,
            key: key.to_owned(),
            at,
            value,
            expires: None,
        };
        let delete = Write::Delete {
            space,
            key: key.to_owned(),
        };
        let saved = self.write(&[swap, delete]).await?;
        if let Saved::Yes = saved {
            let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
            secrets.remove(key);
        }
        Ok(saved)
    }

    async fn write(&self, writes: &[Write]) -> Result<Saved, StoreError> {
        match self.store.apply(writes).await {
            Ok(()) => Ok(Saved::Yes),
            Err(StoreError::Conflict { .. }) => Ok(Saved::Conflict),
            Err(error) => Err(error),
        }
    }
}

fn gone(filling: &Filling) -> Reply {
    Reply::text(format!(
        "{} is cancelled; nothing was done.",
        title(filling)
    ))
}

enum Saved {
    Yes,
    Conflict,
}

fn key_of(place: &Place, person: &PersonId) -> String {
    format!("{} in {}", person.key(), place.key())
}

#[cfg(test)]
mod tests;
