//! What was said in a room while nobody listened.

use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::room::MessagesOptions;
use matrix_sdk::ruma::UInt;
use serde::{Deserialize, Serialize};

use super::event::{Kind, RoomEvent};
use super::listen::json_of;

/// Events of one page.
const PAGE: u32 = 100;

/// As many events are looked at in one room at most.
const MOST: usize = 5_000;

/// Pages stand in the order of the room's history, and what comes with a sync in the order in which the home server took
/// it. What was sent at the same time may stand before what was handled, and still be new: so far is looked beyond it, in
/// milliseconds.
const BESIDE: u64 = 5_000;

/// What was said in a room, the oldest first.
pub struct Past {
    /// The events.
    pub events: Vec<TimelineEvent>,
    /// So many of them stand before the last one that was handled; most of those were handled, too.
    pub beside: usize,
}

/// The last event of a room that the dispatcher has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Its id.
    pub event: String,
    /// When it was sent, in milliseconds since the Unix epoch.
    pub at: u64,
}

/// The events of a room before `from`, or before now, back to those that were handled. Where nothing was ever handled, those
/// since `late` that came after the bot was invited.
pub async fn page_back(
    room: &Room,
    from: Option<&str>,
    position: Option<&Position>,
    late: u64,
) -> anyhow::Result<Past> {
    let mut events: Vec<TimelineEvent> = Vec::new();
    let mut reached = None;
    let mut from = from.map(str::to_owned);
    'pages: loop {
        let mut options = MessagesOptions::backward().from(from.as_deref());
        options.limit = UInt::from(PAGE);
        let page = room.messages(options).await?;
        let is_last = page.chunk.is_empty();
        for event in page.chunk {
            let read = json_of(&event).as_ref().and_then(RoomEvent::read);
            let Some(read) = read else {
                continue;
            };
            let is_enough = match position {
                Some(position) => {
                    if read.id == position.event {
                        reached = Some(events.len());
                    }
                    reached.is_some() && read.at.saturating_add(BESIDE) < position.at
                }
                None => read.at < late || is_our_own_entry(&read, room),
            };
            if is_enough || events.len() >= MOST {
                break 'pages;
            }
            events.push(event);
        }
        from = page.end;
        if is_last || from.is_none() {
            break;
        }
    }
    events.reverse();
    let beside = reached.map_or(0, |reached| events.len() - reached);
    Ok(Past { events, beside })
}

/// Whether an event is the bot's own invitation: before it, nobody can have meant the bot.
fn is_our_own_entry(event: &RoomEvent, room: &Room) -> bool {
    let own = room.own_user_id().as_str();
    matches!(&event.kind, Kind::Member { user } if user == own) && event.sender != own
}
