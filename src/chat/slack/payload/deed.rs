//! What people do without writing: buttons, selects, shortcuts, forms.

use serde_json::Value;

use super::text::unwrapped;
use super::{Happening, Reader, Way, text_at};
use crate::chat::slack::manifest::{CREATE, WHO_OWNS_THIS};
use crate::chat::slack::modal;
use crate::chat::slack::render::pressed;
use crate::message::form::Submission;
use crate::message::{Event, EventId, Place, Ticket};

impl Reader<'_> {
    /// Something that a person did.
    pub(super) fn deed(self, payload: &Value) -> Option<Happening> {
        match text_at(payload, "/type")? {
            "block_actions" => self.action(payload),
            "view_submission" => self.submission(payload),
            "block_suggestion" => self.suggestion(payload),
            "message_action" => self.message_shortcut(payload),
            "shortcut" => self.shortcut(payload),
            // Drafts are kept, so a form that is closed is nothing to hear of.
            _ => None,
        }
    }

    /// A button or a select.
    fn action(self, payload: &Value) -> Option<Happening> {
        let person = text_at(payload, "/user/id")?;
        let trigger = text_at(payload, "/trigger_id")?;
        let action = payload.pointer("/actions/0")?;
        let (event, place, view) = match text_at(payload, "/view/type") {
            Some("modal") => {
                let view = payload.get("view")?;
                let submission = modal::back(action, view)?;
                let id = text_at(view, "/id")?.to_owned();
                (Event::Submitted(submission), self.direct(person), Some(id))
            }
            Some(_) => (Event::Pressed(pressed(action)?), self.direct(person), None),
            None => (
                Event::Pressed(pressed(action)?),
                self.pressed_in(payload, person)?,
                None,
            ),
        };
        let ticket = view
            .as_deref()
            .map_or_else(|| Ticket::new(trigger), modal::ticket);
        Some(Happening {
            id: self.once(trigger),
            place,
            sender: self.person(person),
            event,
            ticket: Some(ticket),
        })
    }

    /// Where the message is that a button was pressed in.
    fn pressed_in(self, payload: &Value, person: &str) -> Option<Place> {
        let container = payload.get("container")?;
        let channel =
            text_at(container, "/channel_id").or_else(|| text_at(payload, "/channel/id"))?;
        let thread =
            text_at(container, "/thread_ts").or_else(|| text_at(payload, "/message/thread_ts"));
        let address = text_at(payload, "/response_url");
        let flag = |name: &str| {
            container
                .get(name)
                .and_then(Value::as_bool)
                .unwrap_or_default()
        };
        if flag("is_ephemeral") {
            return Some(self.whispered(channel, thread, person, address.map(Way::Replace)));
        }
        // A preview stands below the words of somebody else.
        if flag("is_app_unfurl") {
            return Some(self.whispered(channel, thread, person, address.map(Way::Reply)));
        }
        let mut place = self.conversation(channel, thread, person);
        if !place.direct && thread.is_none() {
            place.thread = text_at(container, "/message_ts").map(ToOwned::to_owned);
        }
        Some(place)
    }

    /// The page of a form.
    fn submission(self, payload: &Value) -> Option<Happening> {
        let (person, view) = (text_at(payload, "/user/id")?, payload.get("view")?);
        let id = text_at(view, "/id")?;
        let submission: Submission = modal::submission(view)?;
        // Slack gives a trigger with each attempt to send; without one the view's own state tells them apart.
        let once = text_at(payload, "/trigger_id").or_else(|| text_at(view, "/hash"))?;
        Some(Happening {
            id: self.once(once),
            place: self.direct(person),
            sender: self.person(person),
            event: Event::Submitted(submission),
            ticket: Some(modal::ticket(id)),
        })
    }

    /// Somebody types into a field that has options to offer.
    fn suggestion(self, payload: &Value) -> Option<Happening> {
        let person = text_at(payload, "/user/id")?;
        let query = modal::query(payload)?;
        Some(Happening {
            // It is answered again each time it is asked.
            id: EventId(format!("{}/{:016x}", self.team, fastrand::u64(..))),
            place: self.direct(person),
            sender: self.person(person),
            event: Event::Options(query),
            ticket: None,
        })
    }

    /// *Who owns this?* of a message.
    fn message_shortcut(self, payload: &Value) -> Option<Happening> {
        if text_at(payload, "/callback_id") != Some(WHO_OWNS_THIS) {
            return None;
        }
        let (person, trigger) = (
            text_at(payload, "/user/id")?,
            text_at(payload, "/trigger_id")?,
        );
        let message = payload.get("message")?;
        let thread = text_at(message, "/thread_ts");
        let way = text_at(payload, "/response_url").map(Way::Reply);
        let channel = text_at(payload, "/channel/id")?;
        Some(Happening {
            id: self.once(trigger),
            place: self.whispered(channel, thread, person, way),
            sender: self.person(person),
            event: Event::Said(asks_whose(&words(message, self.own))),
            ticket: Some(Ticket::new(trigger)),
        })
    }

    /// *Create…*, from anywhere in Slack.
    fn shortcut(self, payload: &Value) -> Option<Happening> {
        if text_at(payload, "/callback_id") != Some(CREATE) {
            return None;
        }
        let (person, trigger) = (
            text_at(payload, "/user/id")?,
            text_at(payload, "/trigger_id")?,
        );
        Some(Happening {
            id: self.once(trigger),
            place: self.direct(person),
            sender: self.person(person),
            event: Event::Said(CREATE.to_owned()),
            ticket: Some(Ticket::new(trigger)),
        })
    }
}

/// What a message says: its text, else what its attachments say, as those of many alerts do.
fn words(message: &Value, own: &str) -> String {
    let text = text_at(message, "/text").unwrap_or_default();
    let mut words = vec![unwrapped(text, own)];
    let attachments = message.get("attachments").and_then(Value::as_array);
    for attachment in attachments.into_iter().flatten() {
        let mut said = ["/title", "/text"]
            .iter()
            .filter_map(|path| text_at(attachment, path))
            .map(|text| unwrapped(text, own))
            .collect::<Vec<_>>();
        if said.is_empty() {
            let fallback = text_at(attachment, "/fallback").unwrap_or_default();
            said.push(unwrapped(fallback, own));
        }
        words.extend(said);
    }
    let words: Vec<&str> = words
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
        .collect();
    words.join("\n")
}

/// The line that asks whose a text is. One of several lines is a paste: it stands in a fence, so that none of it is read
/// as a command.
fn asks_whose(text: &str) -> String {
    if !text.contains('\n') {
        return format!("who-owns {text}");
    }
    let text = text.replace("```", "");
    format!("who-owns\n```\n{}\n```", text.trim())
}
