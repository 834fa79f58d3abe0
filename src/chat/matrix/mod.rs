//! Matrix: how it is reached, what comes in from it, and what is said there.
//!
//! ```text
//! session  identity     the device: logged in once, kept encrypted; the account's cross-signing identity
//! connection            the client with its session
//! listen  past          one sync after the other; what was said while nobody listened
//! event  hear           what an event means, on its way to the dispatcher
//! unreadable            messages whose key comes later
//! room                  invitations, upgrades, who is there
//! speak  offers         what is said, and what it offers to choose      render   answers as Matrix messages
//! examine               what doctor tells
//! ```

pub mod address;
mod connection;
mod event;
mod examine;
mod hear;
pub mod identity;
mod listen;
mod notes;
mod offers;
mod outgoing;
mod past;
pub mod render;
mod room;
pub mod session;
mod speak;
mod thinking;
mod unreadable;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use matrix_sdk::ruma::api::client::profile::get_profile;
use matrix_sdk::ruma::api::error::ErrorKind;
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::adapter::{Adapter, Finding, SendError};
use crate::clock::Clock;
use crate::config::MatrixConfig;
use crate::message::{EventId, Incoming, Person, PersonId, Place, Reply, Sent};
use address::{PLATFORM, event_id, user_id};
use connection::Connection;
use listen::{Ended, Listener};
use offers::Offers;
use session::{Folder, Patience};
use unreadable::Unreadable;

pub use notes::Notes;

/// How long an answer waits for a session that is begun anew.
const RENEWAL: Duration = Duration::from_mins(1);

/// Matrix, as one account on one home server.
pub struct Matrix {
    config: MatrixConfig,
    data: PathBuf,
    notes: Option<Arc<dyn Notes>>,
    clock: Clock,
    offers: Arc<Offers>,
    open: Mutex<Open>,
    /// How often a connection was opened.
    opened: watch::Sender<u64>,
}

/// What is open: the folder from the first use on, and the connection until its session ends.
#[derive(Default)]
struct Open {
    folder: Option<Folder>,
    connection: Option<Arc<Connection>>,
}

impl Matrix {
    /// Matrix as it is configured, with the session in the data folder. Nothing is opened yet.
    pub fn new(config: &MatrixConfig, data: &Path, notes: Option<Arc<dyn Notes>>) -> Self {
        Self {
            config: config.clone(),
            data: data.to_owned(),
            notes,
            clock: Clock::system(),
            offers: Arc::default(),
            open: Mutex::default(),
            opened: watch::Sender::new(0),
        }
    }

    /// The connection; it is opened where it is not yet.
    async fn connection(&self) -> anyhow::Result<Arc<Connection>> {
        let mut open = self.open.lock().await;
        if let Some(connection) = &open.connection {
            return Ok(connection.clone());
        }
        let folder = match open.folder.take() {
            Some(folder) => folder,
            None => Folder::take(&self.data)?,
        };
        let folder = open.folder.insert(folder);
        let offers = self.offers.clone();
        let connection = Connection::open(&self.config, folder, Patience::Long, offers).await?;
        open.connection = Some(connection.clone());
        self.opened.send_modify(|opened| *opened += 1);
        Ok(connection)
    }

    async fn close(&self) {
        self.open.lock().await.connection.take();
    }

    /// Where the home server did not do something because the session has ended: waits for the next one. `false`: something
    /// else is wrong, or there is none.
    async fn renewed<T>(&self, told: &Result<T, SendError>, ended: &Connection) -> bool {
        let Err(SendError::Failed(error)) = told else {
            return false;
        };
        let kind = error
            .downcast_ref::<matrix_sdk::Error>()
            .and_then(matrix_sdk::Error::client_api_error_kind);
        if !matches!(kind, Some(ErrorKind::UnknownToken(_))) {
            return false;
        }
        let mut opened = self.opened.subscribe();
        ended.expired.notify_one();
        let renewed = tokio::time::timeout(RENEWAL, opened.changed()).await;
        renewed.is_ok_and(|renewed| renewed.is_ok())
    }

    async fn listen(
        &self,
        inbox: &mpsc::Sender<Incoming>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Ended> {
        let connection = self.connection().await?;
        let notes = self.notes.clone().context("there is no store")?;
        let listener = Listener {
            names: connection.names().await,
            connection,
            config: self.config.clone(),
            notes,
            clock: self.clock.clone(),
            inbox: inbox.clone(),
            thinking: Arc::default(),
            unreadable: Unreadable::default(),
        };
        Arc::new(listener).run(stop.clone()).await
    }
}

#[async_trait]
impl Adapter for Matrix {
    fn name(&self) -> &'static str {
        PLATFORM
    }

    async fn presented(&self) -> anyhow::Result<String> {
        let connection = self.connection().await?;
        Ok(format!(
            "Matrix, the account {} on {}",
            connection.own, self.config.homeserver
        ))
    }

    async fn run(
        &self,
        inbox: mpsc::Sender<Incoming>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        loop {
            let listened = tokio::select! {
                biased;
                listened = self.listen(&inbox, &stop) => listened,
                () = stop.cancelled() => return Ok(()),
            };
            match listened {
                Ok(Ended::Stopped) => return Ok(()),
                Ok(Ended::Renewed) => self.close().await,
                Err(error) => {
                    self.close().await;
                    return Err(error);
                }
            }
        }
    }

    async fn send(&self, place: &Place, reply: &Reply) -> Result<Sent, SendError> {
        let connection = self.connection().await?;
        let said = connection.say(place, reply, &self.config).await;
        if !self.renewed(&said, &connection).await {
            return said;
        }
        let connection = self.connection().await?;
        connection.say(place, reply, &self.config).await
    }

    async fn edit(&self, sent: &Sent, reply: &Reply) -> Result<(), SendError> {
        let connection = self.connection().await?;
        let changed = connection.change(sent, reply).await;
        if !self.renewed(&changed, &connection).await {
            return changed;
        }
        self.connection().await?.change(sent, reply).await
    }

    async fn person(&self, id: &str) -> Result<Person, SendError> {
        let user = user_id(id)?;
        let connection = self.connection().await?;
        let request = get_profile::v3::Request::new(user.clone());
        let profile = connection.client.send(request).await;
        let profile = profile.map_err(|error| speak::refused(error.into()))?;
        let name = profile.get("displayname").and_then(|name| name.as_str());
        Ok(Person {
            display_name: name.unwrap_or(user.localpart()).to_owned(),
            email: None,
            external: room::is_outsider(&user, &self.config),
        })
    }

    async fn is_shared(&self, place: &Place) -> Result<bool, SendError> {
        let room = self.connection().await?.joined(&place.channel)?;
        Ok(room::is_shared(&room, &self.config).await?)
    }

    async fn aside(&self, place: &Place, person: &PersonId) -> Result<Place, SendError> {
        let connection = self.connection().await?;
        connection.aside(place, &person.id, &self.config).await
    }

    async fn keeps_secrets(&self, place: &Place) -> Result<bool, SendError> {
        let room = self.connection().await?.joined(&place.channel)?;
        Ok(room::is_confidential(&room).await?)
    }

    async fn redact(&self, place: &Place, event: &EventId) -> Result<(), SendError> {
        let room = self.connection().await?.joined(&place.channel)?;
        let event = event_id(&event.0)?;
        let redacted = room.redact(&event, Some("it held a secret"), None).await;
        redacted
            .map(|_| ())
            .map_err(|error| speak::refused(error.into()))
    }

    async fn examine(&self) -> Vec<Finding> {
        self.look_at_all().await
    }
}
