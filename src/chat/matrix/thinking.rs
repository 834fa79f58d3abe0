//! Shows in a room that the bot is at work there: once, for all that is asked there at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use matrix_sdk::Room;
use matrix_sdk::ruma::OwnedRoomId;
use tokio::sync::Notify;

use crate::message::Receipt;

/// An answer that takes longer than this shows that the bot is at it.
const THINKING: Duration = Duration::from_millis(500);

/// How often it is shown again; clients forget it after a few seconds.
const STILL_THINKING: Duration = Duration::from_secs(3);

/// The rooms in which the bot shows that it is at work.
#[derive(Default)]
pub struct Thinking(Mutex<HashMap<OwnedRoomId, Work>>);

#[derive(Default)]
struct Work {
    /// How many answers are awaited.
    answers: usize,
    /// Told when there is none any more.
    done: Arc<Notify>,
}

impl Thinking {
    /// Shows it until the answer is sent that this receipt is of, if that takes its time.
    pub async fn until(self: Arc<Self>, room: Room, receipt: Receipt) {
        let finished = receipt.finished();
        tokio::pin!(finished);
        tokio::select! {
            () = &mut finished => return,
            () = tokio::time::sleep(THINKING) => {}
        }
        let id = room.room_id().to_owned();
        if self.begins(&id) {
            tokio::spawn(self.clone().show(room));
        }
        finished.await;
        self.ends(&id);
    }

    /// One more answer is awaited. Whether nothing shows it yet.
    fn begins(&self, id: &OwnedRoomId) -> bool {
        let mut rooms = self.rooms();
        let is_new = !rooms.contains_key(id);
        rooms.entry(id.clone()).or_default().answers += 1;
        is_new
    }

    fn ends(&self, id: &OwnedRoomId) {
        if let Some(work) = self.rooms().get_mut(id) {
            work.answers = work.answers.saturating_sub(1);
            if work.answers == 0 {
                work.done.notify_one();
            }
        }
    }

    /// What tells of the end, as long as answers are awaited.
    fn goes_on(&self, id: &OwnedRoomId) -> Option<Arc<Notify>> {
        let mut rooms = self.rooms();
        let work = rooms.get(id).filter(|work| work.answers > 0);
        let done = work.map(|work| work.done.clone());
        if done.is_none() {
            rooms.remove(id);
        }
        done
    }

    async fn show(self: Arc<Self>, room: Room) {
        let id = room.room_id().to_owned();
        while let Some(done) = self.goes_on(&id) {
            // It is a courtesy: nothing depends on it.
            let _ = room.typing_notice(true).await;
            tokio::select! {
                () = done.notified() => {}
                () = tokio::time::sleep(STILL_THINKING) => {}
            }
        }
        let _ = room.typing_notice(false).await;
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<OwnedRoomId, Work>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_once_until_the_last_answer_is_sent() {
        let thinking = Thinking::default();
        let room = OwnedRoomId::try_from("!r:localhost").expect("an id");
        assert!(thinking.begins(&room));
        assert!(!thinking.begins(&room));
        thinking.ends(&room);
        assert!(thinking.goes_on(&room).is_some());
        thinking.ends(&room);
        // What begins before the end was seen goes on with what is shown.
        assert!(!thinking.begins(&room));
        assert!(thinking.goes_on(&room).is_some());
        thinking.ends(&room);
        assert!(thinking.goes_on(&room).is_none());
        assert!(thinking.begins(&room));
    }
}
