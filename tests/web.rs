//! The bot over HTTP: alive, ready, metrics, webhooks, and `callboard serve`.

mod examples;
mod metrics;
mod mount;
mod serve;
mod webhook;

use crate::harness::web::Web;

/// Asks the server of a bot on this thread, which goes on with its work meanwhile.
pub async fn asked<T: Send + 'static>(web: Web, ask: impl FnOnce(Web) -> T + Send + 'static) -> T {
    let asking = tokio::task::spawn_blocking(move || ask(web));
    asking.await.expect("it does not panic")
}
