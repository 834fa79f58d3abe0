//! Connections: how many there may be, how long they may keep silent, and how they end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How many connections may be open; more wait for their turn.
const CONNECTIONS: usize = 256;

/// How long a client may take to say what it wants, also between two requests.
const SILENCE: Duration = Duration::from_secs(10);

/// The most bytes of one request's head.
const HEAD: usize = 16 * 1024;

/// The pause after a connection could not be accepted, as when there are too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// How long requests that are under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// The address that a request comes from: the client's, or the last proxy's before us.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Serves what the router holds at the time of each connection, until it is told to stop.
pub async fn serve(listener: &TcpListener, router: &ArcSwap<Router>, stop: &CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(SILENCE)
        .max_buf_size(HEAD);
    loop {
        let accepted = async {
            let permit = room.clone().acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accepted => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let peer = Peer(address.ip().to_canonical());
        let router = TowerToHyperService::new(Router::clone(&router.load()));
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.call(request)
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A client that goes away or talks nonsense is its own affair.
            let _ = connection.await;
            drop(permit);
        });
    }
    if tokio::time::timeout(GRACE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::debug!("some requests were not finished when the web server stopped");
    }
}
