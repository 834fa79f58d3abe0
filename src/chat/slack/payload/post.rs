//! Messages that people post.

use serde_json::Value;

use super::text::{mentions, unwrapped};
use super::{Happening, Reader, text_at};
use crate::message::{Event, EventId};

/// The kinds of messages that are lines of people, beside those of no kind. All others tell of something, like of an edit.
const SPOKEN: [&str; 3] = ["file_share", "thread_broadcast", "me_message"];

impl Reader<'_> {
    /// A message in a conversation, by either of the events that tell of it: both give the same, whichever comes first.
    pub(super) fn post(self, event: &Value) -> Option<Happening> {
        let person = text_at(event, "/user")?;
        let is_line = text_at(event, "/subtype").is_none_or(|kind| SPOKEN.contains(&kind));
        // Bots do not talk to each other, nor to themselves; and what is edited is not run again.
        let is_bots = person == self.own || event.get("bot_id").is_some_and(Value::is_string);
        let is_edited = event.get("edited").is_some_and(Value::is_object);
        if !is_line || is_bots || is_edited {
            return None;
        }
        let (channel, ts) = (text_at(event, "/channel")?, text_at(event, "/ts")?);
        let thread = text_at(event, "/thread_ts");
        let text = text_at(event, "/text").unwrap_or_default();
        let words = unwrapped(text, self.own);
        let words = words.trim();
        let mut place = self.conversation(channel, thread, person);
        let is_mention = text_at(event, "/type") == Some("app_mention") || mentions(text, self.own);
        let event = if place.direct {
            Event::Said(commanded(words).unwrap_or(words).to_owned())
        } else if is_mention {
            place.thread = Some(thread.unwrap_or(ts).to_owned());
            Event::Said(addressed(words).to_owned())
        } else if thread.is_some_and(|thread| thread != ts) {
            match commanded(words) {
                Some(line) => Event::Said(line.to_owned()),
                None if words.is_empty() => return None,
                None => Event::Overheard(words.to_owned()),
            }
        } else {
            return None;
        };
        Some(Happening {
            id: EventId(format!("{}/{channel}/{ts}", self.team)),
            place,
            sender: self.person(person),
            event,
            ticket: None,
        })
    }
}

/// The line behind a mark, as in `!who-owns payments`.
fn commanded(words: &str) -> Option<&str> {
    let line = words.strip_prefix('!')?;
    line.starts_with(char::is_alphabetic).then_some(line)
}

/// What is said to somebody who is mentioned at the beginning: `@callboard: status`, `@callboard !status`.
fn addressed(words: &str) -> &str {
    let words = words.trim_start_matches([':', ',']).trim_start();
    commanded(words).unwrap_or(words)
}
