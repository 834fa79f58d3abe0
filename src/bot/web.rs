//! The web server beside the bot: it answers before the bot has opened its store, and until all else has stopped.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{GRACE, repeat};
use crate::catalog::Catalog;
use crate::catalog::sync::{Stage, Syncer};
use crate::clock::Clock;
use crate::web::Web;
use crate::web::ready::Latch;

/// The running web server; it stops when this is dropped.
pub struct Served {
    /// The server.
    pub web: Arc<Web>,
    /// Held until there is a catalog to answer from.
    pub catalog: Option<Latch>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Served {
    /// Starts serving. A server that panics is started again on the same port.
    pub fn start(web: Web) -> Self {
        let web = Arc::new(web);
        let stop = CancellationToken::new();
        let (server, stopped) = (web.clone(), stop.clone());
        let serving = repeat("web", move || {
            let (server, stopped) = (server.clone(), stopped.clone());
            async move { server.serve(&stopped).await }
        });
        Self {
            catalog: Some(web.readiness.latch("the catalog")),
            web,
            stop,
            serving: tokio::spawn(serving),
        }
    }

    /// Takes the bot in that has just brought back what it knew; a catalog from an earlier run will do to answer.
    pub fn open(&mut self, syncer: &Arc<Syncer>, clock: Clock) {
        self.web.open(syncer.clone(), clock);
        if can_be_asked(&syncer.catalog().load()) {
            self.catalog = None;
        }
    }

    /// Finishes the requests that are under way and stops.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(GRACE, &mut self.serving)
            .await
            .is_err()
        {
            tracing::warn!("the web server did not stop in time");
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Holds the latch until the sources were read for the first time.
pub async fn hold_until_read(latch: Latch, syncer: Arc<Syncer>, stop: CancellationToken) {
    let mut stages = syncer.progress();
    loop {
        let idle = *stages.borrow_and_update() == Stage::Idle;
        if idle && can_be_asked(&syncer.catalog().load()) {
            break;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            changed = stages.changed() => if changed.is_err() { break },
        }
    }
    drop(latch);
}

/// Whether there is something to answer from. No entities are an answer too, when every source was read.
fn can_be_asked(catalog: &Catalog) -> bool {
    let sources = catalog.sources();
    let all_read = sources.iter().all(|source| source.facts.read_at.is_some());
    !catalog.is_empty() || (all_read && !sources.is_empty())
}
