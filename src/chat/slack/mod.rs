//! Slack: how it is reached, what comes in from it, and what is said there.
//!
//! ```text
//! socket  http         the two ways in                     install  by other workspaces
//! payload              what comes in, read                 modal    forms as views
//! intake               to the dispatcher, and back with the acknowledgement
//! speak  view  file    what is said, shown and uploaded        render   answers as Block Kit
//! look                 people and conversations
//! calls  queue  once   the Web API, in order and at Slack's pace, messages once
//! connector  api       over HTTP
//! manifest  scope      what the workspace is told of the app, and what the app may do there
//! ```

pub mod address;
mod api;
mod calls;
mod connector;
mod direct;
mod error;
mod examine;
mod file;
mod http;
mod install;
mod intake;
pub mod limit;
mod look;
pub mod manifest;
pub mod modal;
mod once;
mod payload;
mod queue;
pub mod render;
pub mod scope;
mod socket;
mod speak;
mod view;
mod workspace;

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::adapter::{Adapter, Finding, SendError};
use crate::clock::Clock;
use crate::config::{ConfigError, SlackConfig, SlackDelivery};
use crate::message::form::Screen;
use crate::message::{Incoming, Person, Place, Preview, Reply, Sent, Trigger};
use address::PLATFORM;
use api::Api;
use calls::Calls;
use direct::Directs;
use http::Door;
use install::Flow;
use intake::Intake;
use look::Sharing;
use payload::Unfurl;
use render::Beside;
use socket::Sockets;
use view::Views;
use workspace::Workspaces;

pub use socket::Patience;
pub use workspace::{Install, Installs};

/// Slack, as one adapter for all workspaces of the app.
pub struct Slack {
    calls: Arc<Calls>,
    views: Arc<Views>,
    workspaces: Arc<Workspaces>,
    directs: Arc<Directs>,
    sharing: Sharing,
    app_token: Option<SecretString>,
    door: Option<Arc<Door>>,
    flow: Option<Arc<Flow>>,
    config: SlackConfig,
    patience: Patience,
}

impl Slack {
    /// Slack as it is configured, with the secrets that the configuration points to. Nothing is sent yet.
    pub fn new(
        config: &SlackConfig,
        installs: Option<Arc<dyn Installs>>,
    ) -> Result<Self, ConfigError> {
        let secret = |secret: &Option<crate::config::Secret>| {
            secret
                .as_ref()
                .map(crate::config::Secret::resolve)
                .transpose()
        };
        let api = Arc::new(Api::new(&config.api)?);
        let client = connector::client(api.clone());
        let calls = Arc::new(Calls::new(api.clone()));
        let workspaces = Workspaces::new(client, secret(&config.bot_token)?, installs);
        let workspaces = Arc::new(workspaces);
        let signing = secret(&config.signing_secret)?;
        let door = signing.filter(|_| config.delivery == SlackDelivery::Http);
        let flow = match (
            &config.client_id,
            secret(&config.client_secret)?,
            config.address()?,
        ) {
            (Some(id), Some(secret), Some(address)) => {
                let app = (id.clone(), secret);
                Some(Arc::new(Flow::new(api, workspaces.clone(), app, address)))
            }
            _ => None,
        };
        Ok(Self {
            views: Arc::new(Views::new(calls.clone())),
            calls,
            workspaces,
            directs: Arc::default(),
            sharing: Sharing::default(),
            app_token: secret(&config.app_token)?,
            door: door.map(|secret| Arc::new(Door::new(&secret, Clock::system()))),
            flow,
            config: config.clone(),
            patience: Patience::default(),
        })
    }

    /// The same with connections of other patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }
}

#[async_trait]
impl Adapter for Slack {
    fn name(&self) -> &'static str {
        PLATFORM
    }

    async fn run(
        &self,
        inbox: mpsc::Sender<Incoming>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let known = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            known = self.workspaces.configured() => known.context("the workspace of the `bot_token` of [slack] cannot be told")?,
        };
        if let Some(workspace) = known {
            tracing::info!(
                workspace = workspace.name,
                team = workspace.team,
                "in Slack"
            );
        }
        let (workspaces, directs) = (self.workspaces.clone(), self.directs.clone());
        let intake = Intake::new(inbox, workspaces, directs, &self.config.prefix);
        if let (SlackDelivery::Socket, Some(token)) = (self.config.delivery, &self.app_token) {
            let sockets = Sockets {
                calls: self.calls.clone(),
                token: token.clone(),
                count: self.config.connections,
                patience: self.patience,
            };
            let ended = sockets.run(intake, stop).await;
            return ended.context("no sockets can be opened with the `app_token` of [slack]");
        }
        if let Some(door) = &self.door {
            door.open(Some(intake));
        }
        stop.cancelled().await;
        if let Some(door) = &self.door {
            door.open(None);
        }
        Ok(())
    }

    async fn send(&self, place: &Place, reply: &Reply) -> Result<Sent, SendError> {
        self.say(place, reply).await
    }

    async fn edit(&self, sent: &Sent, reply: &Reply) -> Result<(), SendError> {
        self.change(sent, reply).await
    }

    async fn form(&self, trigger: &Trigger, screen: &Screen) -> Result<(), SendError> {
        let (workspace, _) = self.locate(&trigger.person.id).await?;
        self.views.show(&workspace, &trigger.ticket, screen).await
    }

    async fn person(&self, id: &str) -> Result<Person, SendError> {
        self.look_up(id).await
    }

    async fn is_shared(&self, place: &Place) -> Result<bool, SendError> {
        self.may_be_shared(place).await
    }

    async fn presented(&self) -> anyhow::Result<String> {
        let how = match self.config.delivery {
            SlackDelivery::Socket => format!("over {} sockets", self.config.connections),
            SlackDelivery::Http => "over HTTP".to_owned(),
        };
        match self.workspaces.configured().await {
            Ok(Some(workspace)) => Ok(format!("Slack, the workspace {} {how}", workspace.name)),
            Ok(None) => Ok(format!("Slack, the workspaces that install the app, {how}")),
            Err(error @ error::ApiError::Refused { .. }) => {
                Err(error).context("the `bot_token` of [slack] is of no use")
            }
            // It is tried again until it works.
            Err(error) => Ok(format!("Slack, as soon as it can be reached ({error})")),
        }
    }

    async fn preview(&self, trigger: &Trigger, previews: &[Preview]) -> Result<(), SendError> {
        let (workspace, _) = self.locate(&trigger.place.channel).await?;
        let unfurl = Unfurl::of(&trigger.ticket).ok_or(SendError::Unsupported)?;
        let shown = |preview: &Preview| {
            let rendered = render::render(&preview.reply, &Beside::default());
            let first = rendered.messages.into_iter().next()?;
            Some((preview.link.clone(), json!({"blocks": first.blocks})))
        };
        let unfurls: Map<String, Value> = previews.iter().filter_map(shown).collect();
        let mut body = json!({"unfurls": unfurls});
        if let (Some(id), Some(source)) = (unfurl.id, unfurl.source) {
            body["unfurl_id"] = json!(id);
            body["source"] = json!(source);
        } else {
            body["channel"] = json!(unfurl.channel);
            body["ts"] = json!(unfurl.ts);
        }
        self.calls
            .tell(&workspace, "chat.unfurl", &body, true)
            .await?;
        Ok(())
    }

    async fn examine(&self) -> Vec<Finding> {
        self.look_at_all().await
    }

    fn routes(&self) -> Option<axum::Router> {
        let door = self.door.clone().map(Door::routes);
        let flow = self.flow.clone().map(Flow::routes);
        match (door, flow) {
            (Some(door), Some(flow)) => Some(door.merge(flow)),
            (door, flow) => door.or(flow),
        }
    }
}
