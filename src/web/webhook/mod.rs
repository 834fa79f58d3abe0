//! Webhooks: a forge says that something has changed, and the catalog is brought in step at once.
//!
//! Nothing is believed before its signature was checked over the bytes as they came, and a delivery can do no more than
//! make a source be read a little earlier.

mod body;
mod delivery;
mod event;
mod forgery;
mod secret;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use tokio::sync::Semaphore;

use super::server::Peer;
use super::{Shared, told};
use crate::catalog::Catalog;
use crate::catalog::sync::Nudge;
use crate::config::{Config, ConfigError};
use body::Reading;
use delivery::Deliveries;
use event::{Forge, Heard, Organisation, same_path};
use forgery::Forgeries;
use secret::{Proof, Secrets};

/// How often forgeries are told, and by what time they are counted.
pub const MINUTE: Duration = Duration::from_mins(1);

/// How many deliveries from addresses that have forged too often are read side by side. A good signature from there
/// still counts, since a proxy lends its address to everybody; but it queues.
const SUSPECTS: usize = 2;

/// Where webhooks come in. Gitea signs like Forgejo; it has an address of its own because people look for it.
const PATHS: [(&str, Forge); 4] = [
    ("/webhooks/github", Forge::GitHub),
    ("/webhooks/gitlab", Forge::GitLab),
    ("/webhooks/forgejo", Forge::Forgejo),
    ("/webhooks/gitea", Forge::Forgejo),
];

/// What is known of webhooks: the secrets, and what came before.
pub struct Webhooks {
    secrets: Secrets,
    organisations: Vec<Organisation>,
    reading: Reading,
    forgeries: Forgeries,
    suspects: Semaphore,
    deliveries: Deliveries,
}

/// What became of a delivery.
enum Verdict {
    /// It is a greeting.
    Greeted,
    /// Something is read because of it.
    Taken,
    /// It is about nothing that is read here.
    Ignored,
    /// The same delivery came before.
    Again,
    /// It proves no knowledge of a secret.
    Forged,
    /// It is not what it should be.
    Refused(StatusCode, String),
    /// It cannot be taken now.
    Busy(&'static str),
}

impl Webhooks {
    /// Fetches the secrets from where they are kept.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            secrets: Secrets::of(config)?,
            organisations: event::organisations(config),
            reading: Reading::default(),
            forgeries: Forgeries::default(),
            suspects: Semaphore::new(SUSPECTS),
            deliveries: Deliveries::default(),
        })
    }

    /// Where webhooks are taken; nowhere without a secret.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> {
        let open = !self.secrets.is_empty();
        PATHS.iter().map(|(path, _)| *path).filter(move |_| open)
    }

    /// Logs how many forgeries came since the last time, if any.
    pub fn tell(&self) {
        self.forgeries.tell();
    }

    /// Reads, checks and obeys one delivery.
    async fn receive(
        &self,
        shared: &Shared,
        forge: Forge,
        peer: IpAddr,
        headers: &HeaderMap,
        body: Body,
    ) -> Verdict {
        let Some(proof) = Proof::of(forge, headers) else {
            return Verdict::Forged;
        };
        // A token in a header can be checked before the body costs anything.
        if proof.needs_no_body() && !self.secrets.knows(&proof, &[]) {
            return Verdict::Forged;
        }
        let _lane = if self.forgeries.suspects(peer) {
            self.suspects.acquire().await.ok()
        } else {
            None
        };
        let body = match self.reading.read(headers, body).await {
            Ok(body) => body,
            Err(verdict) => return verdict,
        };
        let Some(opened) = shared.opened.get() else {
            return Verdict::Busy("the bot is still starting");
        };
        let speaker = self.secrets.speaker(&proof, &body);
        let Some(speaker) = speaker else {
            return Verdict::Forged;
        };
        let id = forge.delivery(headers);
        if id.is_some_and(|id| self.deliveries.has(forge, id)) {
            return Verdict::Again;
        }
        let heard = match event::hear(forge, headers, &body) {
            Ok(heard) => heard,
            Err(sentence) => return Verdict::Refused(StatusCode::BAD_REQUEST, sentence),
        };
        let nudges = match &heard {
            Heard::Greeting => return Verdict::Greeted,
            Heard::Nothing => Vec::new(),
            heard => {
                let catalog = opened.syncer.catalog().load_full();
                self.nudges(&catalog, forge, heard, &|path| speaker.covers(path))
            }
        };
        if let Some(id) = id {
            self.deliveries.note(forge, id);
        }
        if nudges.is_empty() {
            return Verdict::Ignored;
        }
        for nudge in nudges {
            opened.syncer.nudge(nudge);
        }
        Verdict::Taken
    }

    /// What has to be read because of what was heard.
    fn nudges(
        &self,
        catalog: &Catalog,
        forge: Forge,
        heard: &Heard,
        covers: &dyn Fn(&str) -> bool,
    ) -> Vec<Nudge> {
        match heard {
            Heard::Greeting | Heard::Nothing => Vec::new(),
            Heard::Pushed(push) if !covers(&push.path) => Vec::new(),
            Heard::Pushed(push) => {
                let facts = catalog.sources().iter().map(|source| &source.facts);
                let known: Vec<_> = facts
                    .filter(|facts| same_path(&facts.place, &push.path))
                    .collect();
                let mut nudges: Vec<Nudge> = known
                    .iter()
                    .filter(|facts| push.is_to(facts.branch.as_deref()))
                    .map(|facts| Nudge::Repository(facts.place.clone()))
                    .collect();
                // A repository that its organisation has not led to yet.
                let led = |organisation: &Organisation| organisation.holds(forge, &push.path);
                if known.is_empty() && push.is_to(None) && self.organisations.iter().any(led) {
                    nudges.push(Nudge::Repository(push.path.clone()));
                }
                nudges
            }
            Heard::Organisation(path) => self
                .organisations
                .iter()
                .filter(|organisation| organisation.is_meant(forge, path))
                .filter(|organisation| covers(&organisation.path))
                .map(|organisation| Nudge::Organisation(organisation.path.clone()))
                .collect(),
        }
    }
}

/// The routes of all forges.
pub fn routes() -> Router<Arc<Shared>> {
    let mut router = Router::new();
    for (path, forge) in PATHS {
        let handle = move |State(shared): State<Arc<Shared>>,
                           Extension(Peer(peer)): Extension<Peer>,
                           headers: HeaderMap,
                           body: Body| async move {
            deliver(&shared, forge, peer, &headers, body).await
        };
        router = router.route(path, post(handle));
    }
    router
}

async fn deliver(
    shared: &Shared,
    forge: Forge,
    peer: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    let webhooks = &shared.webhooks;
    if webhooks.secrets.is_empty() {
        let sentence = "webhooks are not taken here: no `webhook_secret` is configured";
        return told(StatusCode::NOT_FOUND, sentence).into_response();
    }
    let verdict = webhooks.receive(shared, forge, peer, headers, body).await;
    let outcome = match &verdict {
        Verdict::Greeted | Verdict::Taken => "taken",
        Verdict::Ignored => "ignored",
        Verdict::Again => "again",
        Verdict::Forged => "forged",
        Verdict::Refused(..) => "refused",
        Verdict::Busy(_) => "busy",
    };
    metrics::counter!("callboard_webhooks_total", "forge" => forge.name(), "outcome" => outcome)
        .increment(1);
    match verdict {
        Verdict::Greeted => told(StatusCode::OK, "hello").into_response(),
        Verdict::Taken => told(StatusCode::ACCEPTED, "taken").into_response(),
        Verdict::Ignored => {
            let sentence = "well signed, but about nothing that is read here";
            told(StatusCode::ACCEPTED, sentence).into_response()
        }
        Verdict::Again => told(StatusCode::OK, "taken before").into_response(),
        Verdict::Forged if webhooks.forgeries.count(peer) => {
            let sentence = "too many deliveries with a wrong signature";
            let answer = told(StatusCode::TOO_MANY_REQUESTS, sentence);
            ([(header::RETRY_AFTER, "60")], answer).into_response()
        }
        Verdict::Forged => {
            let sentence = "the signature is missing or wrong: the secret here and at the forge must be the same";
            told(StatusCode::UNAUTHORIZED, sentence).into_response()
        }
        Verdict::Refused(status, sentence) => told(status, &sentence).into_response(),
        Verdict::Busy(sentence) => {
            let answer = told(StatusCode::SERVICE_UNAVAILABLE, sentence);
            ([(header::RETRY_AFTER, "10")], answer).into_response()
        }
    }
}
