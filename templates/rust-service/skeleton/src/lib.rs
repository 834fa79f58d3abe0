//! The service: its routes and what they need. `main.rs` reads the configuration and runs it.

mod health;
pub mod telemetry;

use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router, middleware};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::timeout::TimeoutLayer;

pub use health::Readiness;

/// How long a request may take before it is answered with a timeout.
const TIMEOUT: Duration = Duration::from_secs(10);

/// All routes of the service. Those for its operation are neither counted nor logged.
pub fn router(readiness: Readiness, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/", get(hello))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .route_layer(middleware::from_fn(telemetry::record))
        .merge(health::routes(readiness))
        .route("/metrics", get(move || async move { metrics.render() }))
}

/// The first route, to be replaced by what the service is for.
async fn hello() -> Json<&'static str> {
    Json("hello")
}
