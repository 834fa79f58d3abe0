//! Listening: one sync after the other; what came in is with the dispatcher before the next one begins.
//!
//! The client saves its own position before anybody has looked at what came with it. So the last event of each room that the
//! dispatcher has is noted beside it, and a room is paged back to it wherever something may be missing: after a crash, after
//! a long absence, after a gap.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::join_all;
use matrix_sdk::config::SyncSettings;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::ruma::api::client::filter::{FilterDefinition, LazyLoadOptions};
use matrix_sdk::ruma::api::client::receipt::create_receipt::v3::ReceiptType;
use matrix_sdk::ruma::api::error::ErrorKind;
use matrix_sdk::ruma::events::receipt::ReceiptThread;
use matrix_sdk::ruma::{OwnedRoomId, UInt};
use matrix_sdk::store::StateStoreDataKey;
use matrix_sdk::sync::RoomUpdates;
use matrix_sdk::{Room, RoomState};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use super::event::RoomEvent;
use super::hear::Waited;
use super::notes::Notes;
use super::past::{Position, page_back};
use super::thinking::Thinking;
use super::unreadable::Unreadable;
use super::{room, session};
use crate::clock::Clock;
use crate::config::MatrixConfig;
use crate::message::Incoming;

/// How long the home server may wait for something to happen before it answers.
const POLL: Duration = Duration::from_secs(20);

/// As many events of a room come with one sync; what is more is paged back to.
const TIMELINE: u32 = 50;

/// The pause after a sync that failed, although the client has tried for a while.
const PAUSE: Duration = Duration::from_secs(5);

/// Under which name it is noted up to where everything is handled.
const TOKEN: &str = "token";

/// Listens to the home server.
pub struct Listener {
    /// The connection.
    pub connection: Arc<Connection>,
    /// The configuration.
    pub config: MatrixConfig,
    /// What is noted for the next start.
    pub notes: Arc<dyn Notes>,
    /// The time.
    pub clock: Clock,
    /// Where events go.
    pub inbox: mpsc::Sender<Incoming>,
    /// What the bot is called everywhere.
    pub names: Vec<String>,
    /// Where the bot shows that it is at work.
    pub thinking: Arc<Thinking>,
    /// What could not be decrypted so far.
    pub unreadable: Unreadable,
}

/// Something may be missing before what came.
struct Gap {
    /// Where it ends, in the home server's own words; at the newest event where it is not said.
    before: Option<String>,
}

/// Why it does not listen any more.
pub enum Ended {
    /// It was told to stop.
    Stopped,
    /// The session was begun anew; the connection is to be opened again.
    Renewed,
}

impl Listener {
    /// Listens until `stop`. An error is a session that has ended for good.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) -> anyhow::Result<Ended> {
        let mut recovers = !self.is_whole().await?;
        let mut began = self.clock.millis();
        let mut first = true;
        let keys = tokio::spawn(self.clone().watch_keys(stop.clone()));
        let ended = loop {
            let synced = tokio::select! {
                biased;
                () = stop.cancelled() => break Ok(Ended::Stopped),
                () = self.connection.expired.notified() => {
                    // The next request tells for sure, and what kind of end it is.
                    self.connection.client.sync_once(settings(true)).await
                }
                synced = self.connection.client.sync_once(settings(first)) => synced,
            };
            match synced {
                Ok(response) => {
                    count("done");
                    // After a long silence of the network, what comes may be old.
                    let late = u64::try_from(self.config.late.0.as_millis()).unwrap_or(u64::MAX);
                    let away = first || self.clock.millis().saturating_sub(began) > late;
                    if first {
                        self.take_up(&response.rooms, &stop).await;
                        tracing::info!(account = %self.connection.own, "in Matrix");
                    }
                    let token = response.next_batch.clone();
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => break Ok(Ended::Stopped),
                        whole = self.take(response.rooms, away, recovers) => {
                            recovers = !whole;
                            if whole
                                && let Err(error) = self.notes.keep(TOKEN, json!(token)).await
                            {
                                tracing::error!(%error, "it could not be noted up to where Matrix is handled");
                            }
                        }
                    }
                    first = false;
                    began = self.clock.millis();
                }
                Err(error) => {
                    count("failed");
                    if let Some(ErrorKind::UnknownToken(token)) = error.client_api_error_kind() {
                        break self.renew(token.soft_logout).await;
                    }
                    tracing::warn!(%error, "the home server cannot be reached; it is tried again");
                    tokio::select! {
                        () = stop.cancelled() => break Ok(Ended::Stopped),
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            }
        };
        keys.abort();
        ended
    }

    /// Begins the session anew where that can be.
    async fn renew(&self, soft: bool) -> anyhow::Result<Ended> {
        const REMEDY: &str = "the home server has ended the bot's session; begin a new one by `callboard matrix login --again`, then join the account's identity by `callboard matrix verify --recovery-key -`";
        if !soft {
            anyhow::bail!(REMEDY);
        }
        let Some(password) = &self.config.password else {
            anyhow::bail!(
                "the home server ends sessions after a while; write the bot's `password` into [matrix], so that it can begin the same session anew"
            );
        };
        session::renew(&self.connection.client, &password.resolve()?)
            .await
            .context(REMEDY)?;
        tracing::info!(
            "the home server ended the session for its age, and the bot has begun it anew"
        );
        Ok(Ended::Renewed)
    }

    /// Whether everything that the client has seen was handled.
    async fn is_whole(&self) -> anyhow::Result<bool> {
        let store = self.connection.client.state_store();
        let seen = store.get_kv_data(StateStoreDataKey::SyncToken).await?;
        let seen = seen.and_then(matrix_sdk::store::StateStoreDataValue::into_sync_token);
        let handled = self.notes.read(TOKEN).await?;
        Ok(match (seen, handled) {
            (None, _) => true,
            (Some(seen), Some(Value::String(handled))) => seen == handled,
            (Some(_), _) => false,
        })
    }

    /// What was left open when the bot was stopped: invitations, upgraded rooms, messages that could not be read.
    async fn take_up(self: &Arc<Self>, rooms: &RoomUpdates, stop: &CancellationToken) {
        for room in self.connection.client.invited_rooms() {
            if !rooms.invited.contains_key(room.room_id()) {
                self.invited(room);
            }
        }
        for room in self.connection.client.joined_rooms() {
            if stop.is_cancelled() {
                return;
            }
            self.clone().read_again(&room).await;
        }
    }

    /// Takes what came with a sync. `false`: not all of it could be handed over.
    async fn take(self: &Arc<Self>, rooms: RoomUpdates, away: bool, recovers: bool) -> bool {
        for id in rooms.invited.keys() {
            if let Some(room) = self.connection.client.get_room(id) {
                self.invited(room);
            }
        }
        for id in rooms.left.keys() {
            self.left(id).await;
        }
        let mut news = Vec::new();
        for (id, update) in rooms.joined {
            let timeline = update.timeline;
            news.push((id, timeline.events, timeline.limited, timeline.prev_batch));
        }
        if recovers {
            for room in self.connection.client.joined_rooms() {
                if news.iter().all(|(id, ..)| id != room.room_id()) {
                    news.push((room.room_id().to_owned(), Vec::new(), true, None));
                } else if let Some(news) = news.iter_mut().find(|(id, ..)| id == room.room_id()) {
                    news.2 = true;
                }
            }
        }
        let taking = news.into_iter().map(|(id, events, gap, from)| async move {
            let Some(room) = self.connection.client.get_room(&id) else {
                return true;
            };
            follow(&room);
            let gap = gap.then_some(Gap { before: from });
            let away = away || gap.is_some();
            let taken = self.take_room(&room, events, gap, away).await;
            taken.unwrap_or_else(|error| {
                tracing::error!(%error, room = %id, "what was said in a room could not be handled whole");
                false
            })
        });
        join_all(taking).await.into_iter().all(|whole| whole)
    }

    /// Takes what is new in a room, with what lies between it and what was handled before, if there is a gap.
    async fn take_room(
        self: &Arc<Self>,
        room: &Room,
        mut events: Vec<TimelineEvent>,
        gap: Option<Gap>,
        away: bool,
    ) -> anyhow::Result<bool> {
        let position = self.position(room).await?;
        let mut beside = 0;
        let late = self.clock.millis().saturating_sub(self.late());
        if let Some(gap) = gap {
            let mut past = page_back(room, gap.before.as_deref(), position.as_ref(), late).await?;
            let missed = past.events.len() - past.beside;
            if missed > 0 {
                tracing::info!(room = %room.room_id(), events = missed, "what was missed in a room is read back");
            }
            beside = past.beside;
            past.events.append(&mut events);
            events = past.events;
        }
        let ears = self
            .connection
            .ears(room, &self.names, &self.config.prefix)
            .await;
        let mut waited = away.then(Waited::default);
        let mut last = None;
        let mut read = None;
        let mut whole = true;
        for (number, event) in events.into_iter().enumerate() {
            let Some(read_event) = json_of(&event).as_ref().and_then(RoomEvent::read) else {
                continue;
            };
            if position
                .as_ref()
                .is_some_and(|position| position.event == read_event.id)
            {
                continue;
            }
            // What was handled once is not handled again; what is old was either, or nobody waits for it any more.
            if number < beside && read_event.at < late {
                continue;
            }
            if number >= beside {
                last = Some(Position {
                    event: read_event.id.clone(),
                    at: read_event.at,
                });
            }
            if read_event.sender != self.connection.own.as_str() {
                read = Some(read_event.id.clone());
            }
            if !self
                .hear(room, &ears, &event, read_event, waited.as_mut())
                .await
            {
                whole = false;
                break;
            }
        }
        if let Some(waited) = waited {
            whole &= self.tell_what_waited(room, waited, position.as_ref()).await;
        }
        if let Some(read) = read {
            show_read(room, &read);
        }
        if whole && let Some(last) = last {
            self.keep_position(room, &last).await?;
        }
        Ok(whole)
    }

    /// How old a line may be to be answered, in milliseconds.
    pub fn late(&self) -> u64 {
        u64::try_from(self.config.late.0.as_millis()).unwrap_or(u64::MAX)
    }

    async fn position(&self, room: &Room) -> anyhow::Result<Option<Position>> {
        let note = self.notes.read(&position_of(room.room_id())).await?;
        Ok(note.and_then(|note| serde_json::from_value(note).ok()))
    }

    async fn keep_position(&self, room: &Room, position: &Position) -> anyhow::Result<()> {
        let note = serde_json::to_value(position)?;
        self.notes.keep(&position_of(room.room_id()), note).await
    }

    fn invited(&self, room: Room) {
        let config = self.config.clone();
        tokio::spawn(async move {
            if room.state() != RoomState::Invited {
                return;
            }
            if let Err(error) = room::answer_invitation(&room, &config).await {
                tracing::warn!(%error, room = %room.room_id(), "an invitation could not be answered");
            }
        });
    }

    /// The bot was taken out of a room, or left it.
    async fn left(&self, id: &OwnedRoomId) {
        self.unreadable.forget(id);
        for note in [position_of(id), super::unreadable::note_of(id)] {
            if let Err(error) = self.notes.forget(&note).await {
                tracing::error!(%error, "what was noted of a room could not be dropped");
            }
        }
    }
}

/// Follows a room that was upgraded.
fn follow(room: &Room) {
    if room.successor_room().is_some() {
        let room = room.clone();
        tokio::spawn(async move {
            if let Err(error) = room::follow(&room).await {
                tracing::warn!(error = format!("{error:#}"), room = %room.room_id(), "an upgraded room could not be followed");
            }
        });
    }
}

/// An event's JSON as the room has it, decrypted where it could be.
pub fn json_of(event: &TimelineEvent) -> Option<Value> {
    serde_json::from_str(event.raw().json().get()).ok()
}

fn count(outcome: &'static str) {
    metrics::counter!("callboard_matrix_syncs_total", "outcome" => outcome).increment(1);
}

fn position_of(room: &matrix_sdk::ruma::RoomId) -> String {
    format!("position/{room}")
}

/// Shows the others that the bot has read up to an event.
fn show_read(room: &Room, event: &str) {
    let Ok(event) = super::address::event_id(event) else {
        return;
    };
    let room = room.clone();
    tokio::spawn(async move {
        let shown = room.send_single_receipt(ReceiptType::Read, ReceiptThread::Unthreaded, event);
        if let Err(error) = shown.await {
            tracing::debug!(%error, "a read receipt could not be sent");
        }
    });
}

fn settings(first: bool) -> SyncSettings {
    let mut filter = FilterDefinition::default();
    filter.presence.not_types = vec!["*".to_owned()];
    filter.room.ephemeral.not_types = vec!["*".to_owned()];
    filter.room.state.lazy_load_options = LazyLoadOptions::Enabled {
        include_redundant_members: false,
    };
    filter.room.timeline.limit = Some(UInt::from(TIMELINE));
    let timeout = if first { Duration::ZERO } else { POLL };
    SyncSettings::default()
        .filter(filter.into())
        .timeout(timeout)
}
