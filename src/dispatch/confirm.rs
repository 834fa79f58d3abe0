//! A change is proposed first: it waits for its asker's yes, for a limited time, in the store.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::message::form::Answers;
use crate::message::{Choice, PersonId, Place, Reply, markdown};
use crate::store::{Space, Store, StoreError, Write, json};

/// The changes that wait for a yes.
pub struct Confirm {
    store: Arc<dyn Store>,
    clock: Clock,
    limit: Duration,
    /// Answers that hold secrets, by ticket, and until when they are kept: the store never sees them.
    secrets: Mutex<HashMap<String, (u64, Answers)>>,
}

/// A change that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The command.
    pub command: String,
    /// Its arguments as they were typed.
    pub arguments: BTreeMap<String, String>,
    /// What was filled into the action's form.
    pub answers: Option<Answers>,
}

/// What a line means for the changes that wait.
pub enum Said {
    /// Nothing.
    Nothing,
    /// It is dealt with; this is to be said.
    Reply(Reply),
    /// The asker said yes.
    Confirmed(Pending),
}

#[derive(Serialize, Deserialize)]
struct Stored {
    ticket: String,
    pending: Pending,
    /// Whether secrets belong to it, which are kept in memory alone.
    #[serde(default)]
    secret: bool,
}

impl Confirm {
    /// Changes wait at most this long.
    pub fn new(store: Arc<dyn Store>, clock: Clock, limit: Duration) -> Self {
        Self {
            store,
            clock,
            limit,
            secrets: Mutex::default(),
        }
    }

    /// Whether a line names one change, as a button does, and so can mean nothing else.
    pub fn is_for_one(line: &str) -> bool {
        Word::of(line).is_some_and(|word| word.ticket.is_some())
    }

    /// Proposes a change to its asker. A newer proposal takes the place of an older one.
    pub async fn ask(
        &self,
        place: &Place,
        person: &PersonId,
        pending: Pending,
        says: &str,
    ) -> Result<Reply, StoreError> {
        let ticket = format!("{:06x}", fastrand::u32(..0x0100_0000));
        let mut line = pending.command.clone();
        for value in pending.arguments.values() {
            line = format!("{line} {value}");
        }
        let mut filled_in = String::new();
        let answers = pending.answers.clone().unwrap_or_default();
        for (name, value) in answers.values() {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            // Writing to a text cannot fail.
            let _ = write!(
                filled_in,
                "\n- {}: {}",
                markdown::text(name),
                markdown::code(&value)
            );
        }
        let until = self.clock.after(self.limit);
        let secret = answers.has_secrets();
        if secret {
            self.keep(&ticket, until, answers);
        }
        let stored = Stored {
            ticket: ticket.clone(),
            pending,
            secret,
        };
        let key = key(place, person);
        let value = json(&key, &stored)?;
        let write = Write::Put {
            space: Space::Pending,
            key,
            value,
            expires: Some(until),
        };
        self.store.apply(&[write]).await?;
        self.store.flush().await?;
        let filled_in = match filled_in.as_str() {
            "" => " ".to_owned(),
            list => format!("\n{list}\n\n"),
        };
        let markdown = format!(
            "This is a change: {} ({}).{filled_in}Shall I do it? I wait {} for your yes.",
            markdown::code(&line),
            markdown::text(says.trim_end_matches('.')),
            spoken(self.limit),
        );
        let choices = vec![
            Choice {
                label: "Yes, do it".to_owned(),
                line: format!("confirm {ticket}"),
            },
            Choice {
                label: "No".to_owned(),
                line: format!("decline {ticket}"),
            },
        ];
        Ok(Reply {
            markdown,
            choices,
            ..Reply::default()
        })
    }

    /// Hears a line. Only words of consent or refusal by the asker in the same place count.
    pub async fn said(
        &self,
        place: &Place,
        person: &PersonId,
        line: &str,
    ) -> Result<Said, StoreError> {
        let Some(word) = Word::of(line) else {
            return Ok(Said::Nothing);
        };
        let key = key(place, person);
        let entry = self.store.get(Space::Pending, &key).await?;
        let stored = entry
            .as_ref()
            .and_then(|entry| serde_json::from_str::<Stored>(entry.value.get()).ok());
        let fits = stored.as_ref().is_some_and(|stored| {
            word.ticket
                .as_ref()
                .is_none_or(|ticket| *ticket == stored.ticket)
        });
        let (Some(entry), Some(stored), true) = (entry, stored, fits) else {
            // A bare yes may be meant for somebody else; a pressed button is meant for us.
            return Ok(if word.ticket.is_some() {
                Said::Reply(Reply::text(
                    "Nothing of yours waits for this, or not any longer. Give the command again if you want it.",
                ))
            } else {
                Said::Nothing
            });
        };
        // Taking it away at the version that was read makes sure that two yeses run it once.
        let taken = Write::Swap {
            space: Space::Pending,
            key,
            at: entry.version,
            value: entry.value,
            expires: Some(0),
        };
        match self.store.apply(&[taken]).await {
            Ok(()) => self.store.flush().await?,
            Err(StoreError::Conflict { .. }) => return Ok(Said::Nothing),
            Err(error) => return Err(error),
        }
        let Stored {
            ticket,
            mut pending,
            secret,
        } = stored;
        let held = self.secrets().remove(&ticket);
        if !word.yes {
            return Ok(Said::Reply(Reply::text("All right, nothing is changed.")));
        }
        if secret {
            let Some((_, answers)) = held else {
                return Ok(Said::Reply(Reply::text(
                    "I was restarted, and I do not keep secrets, so nothing is changed. Please give the command again.",
                )));
            };
            pending.answers = Some(answers);
        }
        Ok(Said::Confirmed(pending))
    }

    /// Keeps answers that hold secrets, and forgets those whose time is over.
    fn keep(&self, ticket: &str, until: u64, answers: Answers) {
        let now = self.clock.millis();
        let mut secrets = self.secrets();
        secrets.retain(|_, (until, _)| *until > now);
        secrets.insert(ticket.to_owned(), (until, answers));
    }

    fn secrets(&self) -> MutexGuard<'_, HashMap<String, (u64, Answers)>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A word of consent or refusal.
struct Word {
    yes: bool,
    ticket: Option<String>,
}

impl Word {
    fn of(line: &str) -> Option<Self> {
        let line = line.trim().trim_end_matches(['.', '!']).to_lowercase();
        match line.split_once(' ') {
            Some(("confirm", ticket)) => Some(Self {
                yes: true,
                ticket: Some(ticket.trim().to_owned()),
            }),
            Some(("decline", ticket)) => Some(Self {
                yes: false,
                ticket: Some(ticket.trim().to_owned()),
            }),
            _ => match line.as_str() {
                "yes" | "y" | "yes, do it" | "confirm" | "ok" | "do it" => Some(Self {
                    yes: true,
                    ticket: None,
                }),
                "no" | "n" | "cancel" | "decline" | "stop" => Some(Self {
                    yes: false,
                    ticket: None,
                }),
                _ => None,
            },
        }
    }
}

fn key(place: &Place, person: &PersonId) -> String {
    format!("confirm/{}/{}", person.key(), place.key())
}

fn spoken(limit: Duration) -> String {
    match limit.as_secs() {
        seconds if seconds % 60 == 0 && seconds > 60 => format!("{} minutes", seconds / 60),
        60 => "a minute".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}
