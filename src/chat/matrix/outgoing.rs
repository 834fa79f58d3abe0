//! What goes out: in which order, and how much of it under one key.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use matrix_sdk::Room;
use matrix_sdk::ruma::OwnedRoomId;
use tokio::sync::{OwnedMutexGuard, OwnedRwLockReadGuard, RwLock};

/// One message at a time in a thread, so that they stand in the order in which they were said. Threads do not wait for each
/// other: a home server that is slow with one message is not with many.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<Thread, Weak<Turn>>>);

type Thread = (OwnedRoomId, Option<String>);
type Turn = tokio::sync::Mutex<()>;

/// With so many threads those are forgotten in which nothing is said now.
const THREADS: usize = 256;

impl Turns {
    /// The turn in a thread, or in the room itself.
    pub async fn of(&self, room: &Room, thread: Option<&str>) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() >= THREADS {
                turns.retain(|_, turn| turn.strong_count() > 0);
            }
            let turn = turns
                .entry((room.room_id().to_owned(), thread.map(str::to_owned)))
                .or_default();
            turn.upgrade().unwrap_or_else(|| {
                let new = Arc::new(Turn::default());
                *turn = Arc::downgrade(&new);
                new
            })
        };
        turn.lock_owned().await
    }
}

/// How many messages go out under the key of each encrypted room.
///
/// The client makes a new key when the old one has served its number of messages, before it encrypts the next one. Of
/// many messages at once, some would find the key used up between the two, and matrix-sdk 0.18 panics there
/// (`GroupSessionManager::encrypt`). So the keys are counted here, and a new one is made while nothing is under way.
#[derive(Default)]
pub struct Keys(Mutex<HashMap<OwnedRoomId, Arc<Key>>>);

/// The key of one room.
struct Key {
    /// Held by every message that is under way.
    passes: Arc<RwLock<()>>,
    /// How many messages it has served.
    used: AtomicU64,
}

/// What a message holds while it is under way; a room without encryption needs none.
pub type Pass = Option<OwnedRwLockReadGuard<()>>;

/// A key serves so many messages where the room does not say it, as the specification has it (`m.room.encryption`).
const MESSAGES: u64 = 100;

/// The client takes no larger number.
const MOST: u64 = 10_000;

impl Keys {
    /// Lets one message of a room pass, under a key that is good for it.
    pub async fn pass(&self, room: &Room) -> matrix_sdk::Result<Pass> {
        let Some(settings) = room.encryption_settings() else {
            return Ok(None);
        };
        let most = settings.rotation_period_msgs.map_or(MESSAGES, u64::from);
        let key = self.of(room);
        loop {
            let pass = key.passes.clone().read_owned().await;
            if key.serves(most) {
                return Ok(Some(pass));
            }
            drop(pass);
            let alone = key.passes.write().await;
            if !key.has_room(most) {
                room.discard_room_key().await?;
                key.used.store(0, Ordering::Relaxed);
            }
            drop(alone);
        }
    }

    fn of(&self, room: &Room) -> Arc<Key> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = keys.entry(room.room_id().to_owned());
        key.or_insert_with(|| Arc::new(Key::unknown())).clone()
    }
}

impl Key {
    /// How much the key of a run before has served is not known.
    fn unknown() -> Self {
        Self {
            passes: Arc::default(),
            used: AtomicU64::new(u64::MAX),
        }
    }

    fn has_room(&self, most: u64) -> bool {
        self.used.load(Ordering::Relaxed) < most.clamp(1, MOST)
    }

    /// Counts one more message, if there is room for it.
    fn serves(&self, most: u64) -> bool {
        let most = most.clamp(1, MOST);
        let more = |used: u64| (used < most).then(|| used + 1);
        let counted = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        counted.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_serves_no_more_messages_than_the_room_wants() {
        let key = Key::unknown();
        assert!(!key.serves(3) && !key.has_room(3));
        key.used.store(0, Ordering::Relaxed);
        let served = (0..5).filter(|_| key.serves(3)).count();
        assert_eq!(served, 3);
        assert!(!key.has_room(3));
        // A room that wants a key for no message at all gets one for each.
        key.used.store(0, Ordering::Relaxed);
        assert!(key.serves(0) && !key.serves(0));
        key.used.store(MOST, Ordering::Relaxed);
        assert!(!key.serves(u64::MAX));
    }
}
