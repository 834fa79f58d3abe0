//! Reading a delivery's body: not too large, not too slowly, and not too many at once.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Verdict;

/// The largest body; GitHub sends none above.
const LARGEST: usize = 25 * 1024 * 1024;

/// How much of bodies may be in memory at once, in KiB.
const ROOM: usize = 64 * 1024;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The memory for bodies.
pub struct Reading {
    room: Semaphore,
}

/// A body that was read; its memory is free again when it is dropped.
pub struct Held<'a> {
    bytes: Vec<u8>,
    room: Option<SemaphorePermit<'a>>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            room: Semaphore::new(ROOM),
        }
    }
}

impl std::ops::Deref for Held<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Reading {
    /// Reads a body to its end. What a body takes is counted as it arrives: a client that only says that it will send
    /// much takes nothing from others.
    pub async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Held<'_>, Verdict> {
        let length = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length > LARGEST) {
            return Err(too_large());
        }
        match tokio::time::timeout(PATIENCE, self.gather(body)).await {
            Ok(read) => read,
            Err(_) => Err(Verdict::Refused(
                StatusCode::REQUEST_TIMEOUT,
                "the body did not arrive in time".to_owned(),
            )),
        }
    }

    async fn gather(&self, body: Body) -> Result<Held<'_>, Verdict> {
        let mut held = Held {
            bytes: Vec::new(),
            room: None,
        };
        let mut counted = 0;
        let mut stream = body.into_data_stream();
        while let Some(part) = stream.next().await {
            let Ok(part) = part else {
                return Err(Verdict::Refused(
                    StatusCode::BAD_REQUEST,
                    "the body broke off".to_owned(),
                ));
            };
            if held.bytes.len() + part.len() > LARGEST {
                return Err(too_large());
            }
            held.bytes.extend_from_slice(&part);
            let wanted = held.bytes.len().div_ceil(1024);
            let more = u32::try_from(wanted - counted).unwrap_or(u32::MAX);
            let Ok(room) = self.room.try_acquire_many(more) else {
                return Err(Verdict::Busy("there are too many deliveries at once"));
            };
            counted = wanted;
            match &mut held.room {
                Some(held) => held.merge(room),
                none => *none = Some(room),
            }
        }
        Ok(held)
    }
}

fn too_large() -> Verdict {
    Verdict::Refused(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("a delivery may have {} MiB at most", LARGEST / 1024 / 1024),
    )
}
