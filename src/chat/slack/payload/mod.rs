//! From what Slack delivers to what has happened, the same for sockets and for HTTP.
//!
//! Slack's payloads are read as they are, field by field: a field more, or a kind that nobody knows yet, is no error.

mod deed;
mod post;
mod text;

use std::fmt::Write as _;

use aws_lc_rs::digest;
use serde_json::Value;

use super::address::{Address, PLATFORM};
use crate::message::{Event, EventId, PersonId, Place, Ticket, Whisper};

/// In what something comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An event of the Events API.
    Event,
    /// A slash command.
    Command,
    /// Buttons, selects, shortcuts, views.
    Interactive,
    /// What Slack may come to deliver one day.
    Unknown,
}

/// What has to be known to read a payload.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The workspace that the bot is installed in.
    pub team: &'a str,
    /// The user that the bot is there.
    pub own: &'a str,
    /// What stands before the names of slash commands.
    pub prefix: &'a str,
}

/// The channel of a direct conversation with a person, where a payload tells it: the person and the channel.
pub fn direct(payload: &Value) -> Option<(&str, &str)> {
    let text = |paths: [&str; 3]| paths.iter().find_map(|path| text_at(payload, path));
    let channel = text(["/event/channel", "/container/channel_id", "/channel/id"])?;
    let person = text(["/event/user", "/user/id", "/user_id"])?;
    channel.starts_with('D').then_some((person, channel))
}

/// What a payload says.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// Something happened that the dispatcher hears of.
    Happened(Box<Happening>),
    /// The workspace has taken the bot's token back.
    Revoked,
    /// Nothing for the bot, with the kind of what it is.
    Nothing(String),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// The same when it is delivered again.
    pub id: EventId,
    /// Where.
    pub place: Place,
    /// Whose doing it was.
    pub sender: PersonId,
    /// What.
    pub event: Event,
    /// What allows a form to be opened, or names the one that is open.
    pub ticket: Option<Ticket>,
}

/// The workspace that a payload is for.
pub fn team(kind: Kind, payload: &Value) -> Option<&str> {
    let paths: &[&str] = match kind {
        Kind::Event => &["/authorizations/0/team_id", "/team_id"],
        Kind::Command => &["/team_id"],
        // Somebody from another workspace acts in theirs, on a view or message of ours.
        Kind::Unknown => &[],
        Kind::Interactive => &["/view/app_installed_team_id", "/team/id", "/user/team_id"],
    };
    paths.iter().find_map(|path| text_at(payload, path))
}

impl Reader<'_> {
    /// Reads a payload.
    pub fn read(self, kind: Kind, payload: &Value) -> Heard {
        let heard = match kind {
            Kind::Event => self.event(payload),
            Kind::Command => self.command(payload).map(happened),
            Kind::Interactive => self.deed(payload).map(happened),
            Kind::Unknown => None,
        };
        heard.unwrap_or_else(|| Heard::Nothing(name(kind, payload)))
    }

    fn event(self, payload: &Value) -> Option<Heard> {
        let event = payload.get("event")?;
        let happening = match text_at(event, "/type")? {
            "message" | "app_mention" => self.post(event)?,
            "app_home_opened" => self.home_opened(payload, event)?,
            "link_shared" => self.links(payload, event)?,
            "app_uninstalled" => return Some(Heard::Revoked),
            "tokens_revoked" => {
                let bots = event.pointer("/tokens/bot")?.as_array()?;
                return (!bots.is_empty()).then_some(Heard::Revoked);
            }
            _ => return None,
        };
        Some(happened(happening))
    }

    /// A slash command. Slack knows none in threads, so the answer is for the asker alone.
    fn command(self, payload: &Value) -> Option<Happening> {
        let command = text_at(payload, "/command")?.trim_start_matches('/');
        let command = command.strip_prefix(self.prefix).unwrap_or(command);
        let words = text::unwrapped(text_at(payload, "/text").unwrap_or_default(), self.own);
        let words = words.trim();
        let line = match (command, words) {
            ("callboard", "") => "help".to_owned(),
            ("callboard", words) => words.to_owned(),
            (command, "") => command.to_owned(),
            (command, words) => format!("{command} {words}"),
        };
        let trigger = text_at(payload, "/trigger_id");
        let person = text_at(payload, "/user_id")?;
        let way = text_at(payload, "/response_url").map(Way::Reply);
        Some(Happening {
            id: self.once(trigger?),
            place: self.whispered(text_at(payload, "/channel_id")?, None, person, way),
            sender: self.person(person),
            event: Event::Said(line),
            ticket: trigger.map(Ticket::new),
        })
    }

    fn home_opened(self, payload: &Value, event: &Value) -> Option<Happening> {
        // The other tab is the direct conversation.
        let is_home = text_at(event, "/tab") == Some("home");
        let person = text_at(event, "/user").filter(|_| is_home)?;
        Some(Happening {
            id: self.named(payload, event)?,
            place: self.home(person),
            sender: self.person(person),
            event: Event::Opened,
            ticket: None,
        })
    }

    fn links(self, payload: &Value, event: &Value) -> Option<Happening> {
        let channel = text_at(event, "/channel")?;
        let person = text_at(event, "/user").filter(|person| *person != self.own)?;
        // While somebody still writes, there is no place whose wishes could be known.
        if text_at(event, "/source") == Some("composer") || channel == "COMPOSER" {
            return None;
        }
        let place = self.conversation(channel, text_at(event, "/thread_ts"), person);
        let links = event.get("links")?.as_array()?.iter();
        let links: Vec<String> = links
            .filter_map(|link| text_at(link, "/url").map(ToOwned::to_owned))
            .collect();
        let unfurl = Unfurl {
            id: text_at(event, "/unfurl_id"),
            source: text_at(event, "/source"),
            channel,
            ts: text_at(event, "/message_ts")?,
        };
        Some(Happening {
            id: self.named(payload, event)?,
            place,
            sender: self.person(person),
            event: Event::Links(links),
            ticket: Some(unfurl.ticket()),
        })
    }

    /// The id of what has a name of its own at Slack.
    fn named(self, payload: &Value, event: &Value) -> Option<EventId> {
        let id = text_at(payload, "/event_id").or_else(|| text_at(event, "/event_ts"))?;
        Some(EventId(format!("{}/{id}", self.team)))
    }

    /// The id of what can be told by its trigger alone, which is for once. The trigger itself could be used.
    fn once(self, trigger: &str) -> EventId {
        let hash = digest::digest(&digest::SHA256, trigger.as_bytes());
        let mut short = String::new();
        for byte in &hash.as_ref()[..12] {
            // Writing to a text cannot fail.
            let _ = write!(short, "{byte:02x}");
        }
        EventId(format!("{}/{short}", self.team))
    }

    fn person(self, id: &str) -> PersonId {
        PersonId {
            platform: PLATFORM.to_owned(),
            id: Address::person(self.team, id).to_string(),
        }
    }

    /// A conversation that a person says something in. A direct one is told by its id, and named by the person.
    fn conversation(self, channel: &str, thread: Option<&str>, person: &str) -> Place {
        let thread = thread.map(ToOwned::to_owned);
        if channel.starts_with('D') {
            return Place {
                thread,
                ..self.direct(person)
            };
        }
        Place {
            platform: PLATFORM.to_owned(),
            channel: Address::channel(self.team, channel).to_string(),
            thread,
            ..Place::default()
        }
    }

    /// A conversation in which one person alone hears. It may be a direct one of two others.
    fn whispered(
        self,
        channel: &str,
        thread: Option<&str>,
        person: &str,
        way: Option<Way<'_>>,
    ) -> Place {
        Place {
            platform: PLATFORM.to_owned(),
            channel: Address::channel(self.team, channel).to_string(),
            thread: thread.map(ToOwned::to_owned),
            direct: false,
            whisper: Some(Whisper {
                person: Address::person(self.team, person).to_string(),
                ticket: way.map(Way::ticket),
            }),
        }
    }

    /// The direct conversation with a person.
    fn direct(self, person: &str) -> Place {
        Place {
            platform: PLATFORM.to_owned(),
            channel: Address::person(self.team, person).to_string(),
            direct: true,
            ..Place::default()
        }
    }

    /// A person's Home tab.
    fn home(self, person: &str) -> Place {
        Place {
            channel: Address::home(self.team, person).to_string(),
            ..self.direct(person)
        }
    }
}

/// A way back to one person: Slack's response address, good for half an hour and five times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<'a> {
    /// What is said there is a new message.
    Reply(&'a str),
    /// What is said there takes the place of the message that a button was pressed in, which only that person sees.
    Replace(&'a str),
}

impl<'a> Way<'a> {
    /// As a ticket.
    pub fn ticket(self) -> Ticket {
        Ticket::new(match self {
            Self::Reply(address) => format!("reply {address}"),
            Self::Replace(address) => format!("replace {address}"),
        })
    }

    /// Out of a ticket.
    pub fn of(ticket: &'a Ticket) -> Option<Self> {
        match ticket.expose().split_once(' ')? {
            ("reply", address) => Some(Self::Reply(address)),
            ("replace", address) => Some(Self::Replace(address)),
            _ => None,
        }
    }
}

/// Where previews of links go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfurl<'a> {
    /// Slack's id for it, where it gives one.
    pub id: Option<&'a str>,
    /// Where the links stand, which goes with the id.
    pub source: Option<&'a str>,
    /// The conversation.
    pub channel: &'a str,
    /// The message.
    pub ts: &'a str,
}

impl<'a> Unfurl<'a> {
    /// As a ticket.
    pub fn ticket(self) -> Ticket {
        let (id, source) = (self.id.unwrap_or_default(), self.source.unwrap_or_default());
        Ticket::new(format!("unfurl {} {} {id} {source}", self.channel, self.ts))
    }

    /// Out of a ticket.
    pub fn of(ticket: &'a Ticket) -> Option<Self> {
        let mut parts = ticket.expose().split(' ');
        if parts.next() != Some("unfurl") {
            return None;
        }
        let (channel, ts) = (parts.next()?, parts.next()?);
        let mut given = || parts.next().filter(|part| !part.is_empty());
        Some(Self {
            channel,
            ts,
            id: given(),
            source: given(),
        })
    }
}

fn happened(happening: Happening) -> Heard {
    Heard::Happened(Box::new(happening))
}

/// The kind of a payload, for the log.
fn name(kind: Kind, payload: &Value) -> String {
    let name = match kind {
        Kind::Event => text_at(payload, "/event/type").or_else(|| text_at(payload, "/type")),
        Kind::Command => Some("command"),
        Kind::Interactive | Kind::Unknown => text_at(payload, "/type"),
    };
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    name.unwrap_or("unknown")
        .chars()
        .filter(plain)
        .take(60)
        .collect()
}

/// A text that is not empty.
pub fn text_at<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value
        .pointer(path)?
        .as_str()
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
