use std::env;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use service::{Readiness, router, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .init();

    let address = env::var("ADDRESS").unwrap_or_else(|_| "0.0.0.0:8080".to_owned());
    let drain = env::var("DRAIN_SECONDS").unwrap_or_else(|_| "5".to_owned());
    let drain = drain
        .parse()
        .map(Duration::from_secs)
        .with_context(|| format!("DRAIN_SECONDS must be a whole number, not {drain:?}"))?;

    // Before anything is announced, so that no signal is missed.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;

    let metrics = telemetry::install()?;
    let readiness = Readiness::default();
    let listener = TcpListener::bind(&address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    readiness.set(true);

    let app = router(readiness.clone(), metrics);
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("draining");
            // Load balancers learn from this that they should send nothing more. What still comes is
            // answered.
            readiness.set(false);
            tokio::time::sleep(drain).await;
        })
        .await?;
    tracing::info!("stopped");
    Ok(())
}
