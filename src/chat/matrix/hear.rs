//! What somebody said or chose, on its way to the dispatcher.

use std::sync::Arc;

use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::TimelineEvent;
use serde_json::Value;

use super::address::{PLATFORM, event_id, user_id};
use super::event::{Ears, Heard, Kind, Message, RoomEvent};
use super::listen::{Listener, json_of};
use super::offers::Offer;
use super::past::Position;
use super::room;
use crate::message::{Event, EventId, Incoming, Missed, PersonId, Taken};

/// Lines that came too late to be answered.
#[derive(Default)]
pub struct Waited {
    lines: Vec<String>,
    /// The last of them: its id, and whose it is.
    last: Option<(String, String)>,
    /// When the first of them was said.
    since: u64,
}

impl Listener {
    /// Hands an event to the dispatcher, if it is for the bot. Where the bot was away, what is too old to be answered is put
    /// with `waited`. `false`: the dispatcher has not taken it.
    pub async fn hear(
        self: &Arc<Self>,
        room: &Room,
        ears: &Ears,
        raw: &TimelineEvent,
        event: RoomEvent,
        waited: Option<&mut Waited>,
    ) -> bool {
        if event.sender == self.connection.own.as_str() {
            return true;
        }
        let (happened, thread, id) = match event.kind {
            Kind::Message(message) => {
                let id = message.replaces.clone().unwrap_or_else(|| event.id.clone());
                match self.said(room, ears, message, &id, &event.sender).await {
                    Some((happened, thread)) => (happened, thread, id),
                    None => return true,
                }
            }
            Kind::Reaction { to, key } => match self.reacted(room, &to, &key).await {
                Some((happened, thread)) => (happened, thread, event.id.clone()),
                None => return true,
            },
            Kind::Unreadable => {
                // Nobody waits for an answer to what is old.
                let young = event.at.saturating_add(self.late()) >= self.clock.millis();
                self.cannot_read(room, raw, &event.id, young).await;
                return true;
            }
            Kind::Member { .. } | Kind::Other => return true,
        };
        if let Some(waited) = waited
            && event.at.saturating_add(self.late()) < self.clock.millis()
        {
            // Lines of outsiders are for the dispatcher to refuse, not for the room to read.
            let ours =
                user_id(&event.sender).is_ok_and(|user| !room::is_outsider(&user, &self.config));
            if let Event::Said(line) = happened
                && ours
            {
                if waited.lines.is_empty() {
                    waited.since = event.at;
                }
                waited.lines.push(line);
                waited.last = Some((event.id, event.sender));
            }
            return true;
        }
        self.hand_over(room, happened, thread, id, event.sender)
            .await
    }

    /// Tells the room what was said there and not answered.
    pub async fn tell_what_waited(
        self: &Arc<Self>,
        room: &Room,
        waited: Waited,
        position: Option<&Position>,
    ) -> bool {
        let Some((id, sender)) = waited.last else {
            return true;
        };
        let missed = Missed {
            since: position.map_or(waited.since, |position| position.at.min(waited.since)),
            lines: waited.lines,
        };
        self.hand_over(
            room,
            Event::Missed(missed),
            None,
            format!("{id}/missed"),
            sender,
        )
        .await
    }

    async fn hand_over(
        self: &Arc<Self>,
        room: &Room,
        event: Event,
        thread: Option<String>,
        id: String,
        sender: String,
    ) -> bool {
        let (taken, mut receipt) = Taken::new();
        let incoming = Incoming {
            id: EventId(id),
            place: room::place(room, thread).await,
            sender: PersonId {
                platform: PLATFORM.to_owned(),
                id: sender,
            },
            event,
            ticket: None,
            taken,
        };
        if self.inbox.send(incoming).await.is_err() {
            return false;
        }
        let noted = receipt.noted().await.is_some();
        if noted {
            tokio::spawn(self.thinking.clone().until(room.clone(), receipt));
        }
        noted
    }

    /// What a message means, and the thread in which it is answered.
    async fn said(
        &self,
        room: &Room,
        ears: &Ears,
        mut message: Message,
        id: &str,
        sender: &str,
    ) -> Option<(Event, Option<String>)> {
        if message.replaces.is_some() {
            // An edit stands where the message stands that it replaces, if it is by the same person.
            let first = self.fetch(room, id).await?;
            let Kind::Message(original) = first.kind else {
                return None;
            };
            if first.sender != sender {
                return None;
            }
            message.thread = original.thread;
            message.reply_to = original.reply_to;
        }
        let direct = room::is_direct(room).await;
        let answered = match &message.reply_to {
            Some(to) if message.thread.is_none() => self.own_message(room, to).await,
            _ => None,
        };
        let heard = ears.hear(&message, direct, answered.is_some());
        // A number in the room itself answers what stands in the room itself.
        let offered_in = message.thread.clone();
        let thread = message
            .thread
            .or_else(|| answered.and_then(|offer| offer.thread))
            .or_else(|| (!direct).then(|| id.to_owned()));
        let place = room.room_id().as_str();
        let (line, event) = match heard {
            Heard::Said(line) => (line.clone(), Event::Said(line)),
            Heard::Overheard(line) => (line.clone(), Event::Overheard(line)),
            Heard::Nothing => return None,
        };
        let offers = &self.connection.offers;
        let choice = offers
            .numbered(place, thread.as_deref(), &line)
            .or_else(|| offers.numbered(place, offered_in.as_deref(), &line));
        Some((choice.map_or(event, Event::Pressed), thread))
    }

    async fn reacted(&self, room: &Room, to: &str, key: &str) -> Option<(Event, Option<String>)> {
        let offer = self.own_message(room, to).await?;
        let choice = offer.reacted(key)?;
        let direct = room::is_direct(room).await;
        let thread = offer.thread.or_else(|| (!direct).then(|| to.to_owned()));
        Some((Event::Pressed(choice), thread))
    }

    /// A message, if it is the bot's own, with what it offered.
    async fn own_message(&self, room: &Room, id: &str) -> Option<Offer> {
        let place = room.room_id().as_str();
        if let Some(offer) = self.connection.offers.of(place, id) {
            return Some(offer);
        }
        let event = room.event(&event_id(id).ok()?, None).await.ok()?;
        let event = json_of(&event)?;
        if event.get("sender").and_then(Value::as_str) != Some(self.connection.own.as_str()) {
            return None;
        }
        let content = event.get("content")?;
        // What it offered last stands in its newest wording.
        let newest = event.pointer("/unsigned/m.relations/m.replace/content");
        let mut offer = Offer::read(content);
        if let Some(newest) = newest {
            offer.choices = Offer::read(newest).choices;
        }
        self.connection.offers.keep(place, id, offer.clone());
        Some(offer)
    }

    async fn fetch(&self, room: &Room, id: &str) -> Option<RoomEvent> {
        let event = room.event(&event_id(id).ok()?, None).await.ok()?;
        RoomEvent::read(&json_of(&event)?)
    }
}
