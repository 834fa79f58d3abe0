//! Encrypted messages whose key is not known yet. The bot's other devices and the backup are asked for it by the client;
//! when it comes, the message is heard.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::ruma::events::room::encrypted::OriginalSyncRoomEncryptedEvent;
use matrix_sdk::ruma::{OwnedRoomId, RoomId};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::address::event_id;
use super::event::{Kind, RoomEvent};
use super::hear::Waited;
use super::listen::{Listener, json_of};

/// How many are kept of one room; the oldest go first.
const MOST: usize = 100;

/// How long a key may take before the room is told.
const PATIENCE: Duration = Duration::from_secs(10);

/// What could not be decrypted, by room.
#[derive(Default)]
pub struct Unreadable(Mutex<HashMap<OwnedRoomId, Vec<TimelineEvent>>>);

/// What is noted of a room's unreadable messages.
#[derive(Default, Serialize, Deserialize)]
struct Note {
    /// The messages, by their ids.
    events: Vec<String>,
    /// Whether the room was told.
    told: bool,
}

impl Unreadable {
    fn add(&self, room: &RoomId, event: &TimelineEvent) {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let events = rooms.entry(room.to_owned()).or_default();
        if events
            .iter()
            .all(|other| other.event_id() != event.event_id())
        {
            events.push(event.clone());
        }
        if events.len() > MOST {
            events.remove(0);
        }
    }

    fn take(&self, room: &RoomId) -> Vec<TimelineEvent> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.remove(room).unwrap_or_default()
    }

    fn is_empty(&self, room: &RoomId) -> bool {
        let rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get(room).is_none_or(Vec::is_empty)
    }

    /// Forgets a room.
    pub fn forget(&self, room: &RoomId) {
        self.take(room);
    }
}

impl Listener {
    /// Keeps a message for when its key comes; and tells the room once, if somebody waits for an answer and that takes long.
    pub async fn cannot_read(
        self: &Arc<Self>,
        room: &Room,
        event: &TimelineEvent,
        id: &str,
        awaited: bool,
    ) {
        self.unreadable.add(room.room_id(), event);
        let mut note = self.note(room).await;
        if !note.events.iter().any(|other| other == id) {
            note.events.push(id.to_owned());
        }
        if note.events.len() > MOST {
            note.events.remove(0);
        }
        self.keep_note(room, &note).await;
        if note.told || !awaited {
            return;
        }
        let (listener, room) = (self.clone(), room.clone());
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            listener.tell_unreadable(&room).await;
        });
    }

    async fn tell_unreadable(&self, room: &Room) {
        let mut note = self.note(room).await;
        if note.told || self.unreadable.is_empty(room.room_id()) {
            return;
        }
        note.told = true;
        self.keep_note(room, &note).await;
        let words = "I cannot read a message here: its key has not reached me. I answer it as soon as the key comes; until then, please send it once more.";
        if let Err(error) = self.connection.tell(room, words).await {
            tracing::warn!(%error, room = %room.room_id(), "a room could not be told that a message is unreadable");
        }
    }

    /// Reads what was unreadable when the bot was stopped.
    pub async fn read_again(self: Arc<Self>, room: &Room) {
        let note = self.note(room).await;
        for id in &note.events {
            let Ok(id) = event_id(id) else { continue };
            match room.event(&id, None).await {
                Ok(event) => self.unreadable.add(room.room_id(), &event),
                Err(error) => tracing::debug!(%error, "an unreadable message is gone"),
            }
        }
        if !note.events.is_empty() {
            self.try_again(room).await;
        }
    }

    /// Hears what can be read now.
    async fn try_again(self: &Arc<Self>, room: &Room) {
        let waiting = self.unreadable.take(room.room_id());
        if waiting.is_empty() {
            return;
        }
        let ears = self
            .connection
            .ears(room, &self.names, &self.config.prefix)
            .await;
        let mut waited = Waited::default();
        let mut note = self.note(room).await;
        for event in waiting {
            let raw = event
                .raw()
                .cast_ref_unchecked::<OriginalSyncRoomEncryptedEvent>();
            let decrypted = if event.kind.is_utd() {
                room.decrypt_event(raw, None).await.ok()
            } else {
                Some(event.clone())
            };
            let read = decrypted.and_then(|decrypted| {
                let read = RoomEvent::read(&json_of(&decrypted)?)?;
                (read.kind != Kind::Unreadable).then_some((decrypted, read))
            });
            let Some((decrypted, read)) = read else {
                self.unreadable.add(room.room_id(), &event);
                continue;
            };
            let id = read.id.clone();
            if self
                .hear(room, &ears, &decrypted, read, Some(&mut waited))
                .await
            {
                note.events.retain(|other| *other != id);
            } else {
                self.unreadable.add(room.room_id(), &event);
            }
        }
        self.tell_what_waited(room, waited, None).await;
        // Another one that comes later is worth telling again.
        note.told &= !note.events.is_empty();
        self.keep_note(room, &note).await;
    }

    /// Waits for keys.
    pub async fn watch_keys(self: Arc<Self>, stop: CancellationToken) {
        let client = self.connection.client.clone();
        let Some(mut keys) = client.encryption().room_keys_received_stream().await else {
            return;
        };
        loop {
            let received = tokio::select! {
                () = stop.cancelled() => return,
                received = keys.next() => received,
            };
            let rooms: Vec<OwnedRoomId> = match received {
                Some(Ok(keys)) => {
                    let mut rooms: Vec<_> = keys.into_iter().map(|key| key.room_id).collect();
                    rooms.sort();
                    rooms.dedup();
                    rooms
                }
                // Some were not seen: any room may have got one.
                Some(Err(_)) => {
                    let rooms = client.joined_rooms();
                    rooms.iter().map(|room| room.room_id().to_owned()).collect()
                }
                None => return,
            };
            for id in rooms {
                if let Some(room) = client.get_room(&id) {
                    self.try_again(&room).await;
                }
            }
        }
    }

    async fn note(&self, room: &Room) -> Note {
        let note = self.notes.read(&note_of(room.room_id())).await;
        let note = note.unwrap_or_else(|error| {
            tracing::error!(%error, "what was noted of unreadable messages could not be read");
            None
        });
        note.and_then(|note| serde_json::from_value(note).ok())
            .unwrap_or_default()
    }

    async fn keep_note(&self, room: &Room, note: &Note) {
        let kept = match serde_json::to_value(note) {
            Ok(note) => self.notes.keep(&note_of(room.room_id()), note).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = kept {
            tracing::error!(%error, "an unreadable message could not be noted");
        }
    }
}

/// Under which name the unreadable messages of a room are noted.
pub fn note_of(room: &RoomId) -> String {
    format!("unreadable/{room}")
}
