//! The bot over HTTP: whether it is alive and ready, its metrics, the webhooks of forges, and what adapters need.

mod measure;
pub mod ready;
mod server;
mod webhook;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::catalog::sync::Syncer;
use crate::chat::adapter::Adapter;
use crate::clock::Clock;
use crate::config::Config;
use ready::Readiness;
use webhook::Webhooks;

/// The web server. It answers from the moment it is bound on, when the bot is still starting.
pub struct Web {
    /// What is still starting.
    pub readiness: Readiness,
    address: SocketAddr,
    listener: TcpListener,
    router: ArcSwap<Router>,
    shared: Arc<Shared>,
}

/// What the routes reach.
struct Shared {
    readiness: Readiness,
    webhooks: Webhooks,
    opened: OnceLock<Opened>,
}

/// What there is when the bot has opened its store.
struct Opened {
    syncer: Arc<Syncer>,
    clock: Clock,
}

/// An answer in one line of text.
type Told = (StatusCode, String);

impl Web {
    /// Takes the configured address; `None` where none is configured.
    pub async fn bind(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(address) = config.web.address()? else {
            return Ok(None);
        };
        let webhooks = Webhooks::new(config)?;
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("{address} cannot be listened on; choose another `listen` in [web]")
        })?;
        // Recording begins here, before there is anything to count.
        crate::telemetry::metrics();
        let readiness = Readiness::default();
        let shared = Arc::new(Shared {
            readiness: readiness.clone(),
            webhooks,
            opened: OnceLock::new(),
        });
        Ok(Some(Self {
            readiness,
            address: listener.local_addr()?,
            listener,
            router: ArcSwap::from_pointee(routes(&shared, Router::new())),
            shared,
        }))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it serves, for people.
    pub fn offers(&self) -> String {
        let mut paths = vec!["/live", "/ready", "/metrics"];
        paths.extend(self.shared.webhooks.paths());
        paths.join(", ")
    }

    /// Takes the bot in, now that it has opened its store: from here on webhooks are heard.
    pub fn open(&self, syncer: Arc<Syncer>, clock: Clock) {
        // A second bot on one server is none of this program's ways; the first one stays.
        let _ = self.shared.opened.set(Opened { syncer, clock });
    }

    /// Mounts what the adapters need, each below its platform's name.
    pub fn mount(&self, adapters: &[Arc<dyn Adapter>]) {
        let mut mounted = Router::new();
        for adapter in adapters {
            if let Some(routes) = adapter.routes() {
                mounted = mounted.nest(&format!("/{}", adapter.name()), routes);
            }
        }
        let router = routes(&self.shared, mounted);
        self.router.store(Arc::new(router));
    }

    /// Serves until it is told to stop, then finishes what is under way.
    pub async fn serve(&self, stop: &CancellationToken) {
        let serving = server::serve(&self.listener, &self.router, stop);
        tokio::select! {
            () = serving => {}
            () = self.keep_house() => {}
        }
        self.shared.webhooks.tell();
    }

    /// Does what has to be done now and then; never ends.
    async fn keep_house(&self) {
        let mut minutes = tokio::time::interval(webhook::MINUTE);
        loop {
            minutes.tick().await;
            self.shared.webhooks.tell();
            measure::keep();
        }
    }
}

fn routes(shared: &Arc<Shared>, mounted: Router) -> Router {
    let own = Router::new()
        .route("/live", get(|| async { "alive\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(measure::metrics))
        .merge(webhook::routes())
        .with_state(shared.clone());
    mounted
        .merge(own)
        .route_layer(middleware::from_fn(count))
        .fallback(|| async { told(StatusCode::NOT_FOUND, "there is nothing here") })
}

async fn ready(State(shared): State<Arc<Shared>>) -> Told {
    let starting = shared.readiness.starting();
    if starting.is_empty() {
        told(StatusCode::OK, "ready")
    } else {
        let sentence = format!("not ready yet: waiting for {}", starting.join(", "));
        told(StatusCode::SERVICE_UNAVAILABLE, &sentence)
    }
}

/// Counts answers by route, never by what stands in the address, so that nobody can make up labels.
async fn count(path: MatchedPath, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    metrics::counter!(
        "callboard_http_requests_total",
        "route" => path.as_str().to_owned(),
        "status" => response.status().as_str().to_owned()
    )
    .increment(1);
    response
}

fn told(status: StatusCode, sentence: &str) -> Told {
    (status, format!("{sentence}\n"))
}
