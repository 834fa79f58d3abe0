//! Ids of rooms, people and events, as the rest of the bot has them: plain texts.

use matrix_sdk::ruma::{OwnedEventId, OwnedRoomId, OwnedUserId};

use crate::chat::adapter::SendError;

/// The platform's name, as it stands in places.
pub const PLATFORM: &str = "matrix";

/// A room's id. Those of room version 12 and later have no server's name in them.
pub fn room_id(text: &str) -> Option<OwnedRoomId> {
    OwnedRoomId::try_from(text).ok()
}

/// A person's id; a text that is none names nobody.
pub fn user_id(text: &str) -> Result<OwnedUserId, SendError> {
    OwnedUserId::try_from(text).map_err(|_| SendError::Gone)
}

/// An event's id; a text that is none names nothing.
pub fn event_id(text: &str) -> Result<OwnedEventId, SendError> {
    let looks = text.starts_with('$');
    let id = OwnedEventId::try_from(text).ok().filter(|_| looks);
    id.ok_or(SendError::Gone)
}
