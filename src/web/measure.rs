//! The metrics, in the text form that Prometheus reads. Every label comes from a list that is fixed at the start.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use metrics::gauge;

use super::{Opened, Shared, told};
use crate::catalog::problem::Severity;
use crate::telemetry;

pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let Some(handle) = telemetry::metrics() else {
        let sentence = "no metrics are recorded in this process";
        return told(StatusCode::SERVICE_UNAVAILABLE, sentence).into_response();
    };
    gauge!("callboard_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    gauge!("callboard_ready").set(u8::from(shared.readiness.starting().is_empty()));
    if let Some(opened) = shared.opened.get() {
        catalog(opened);
    }
    let form = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, form)], handle.render()).into_response()
}

/// Frees what the recorder has gathered and nobody asks for.
pub(super) fn keep() {
    if let Some(handle) = telemetry::metrics() {
        handle.run_upkeep();
    }
}

/// What the catalog is like at this moment.
fn catalog(opened: &Opened) {
    let catalog = opened.syncer.catalog().load_full();
    let now = opened.clock.millis();
    let sources = catalog.sources();
    let count = |number: usize| u32::try_from(number).map_or(f64::MAX, f64::from);
    gauge!("callboard_catalog_entities").set(count(catalog.len()));
    let failing = sources
        .iter()
        .filter(|source| source.facts.failing.is_some());
    let held = sources.iter().filter(|source| source.facts.held.is_some());
    gauge!("callboard_sources", "state" => "all").set(count(sources.len()));
    gauge!("callboard_sources", "state" => "failing").set(count(failing.count()));
    gauge!("callboard_sources", "state" => "held").set(count(held.count()));
    let mut errors = 0;
    let mut warnings = 0;
    for (_, problem) in catalog.problems() {
        match problem.severity {
            Severity::Error => errors += 1,
            Severity::Warning => warnings += 1,
        }
    }
    gauge!("callboard_catalog_problems", "severity" => "error").set(count(errors));
    gauge!("callboard_catalog_problems", "severity" => "warning").set(count(warnings));
    // The age of what is oldest: that is what an alarm wants to know.
    let oldest = sources.iter().filter_map(|source| source.facts.read_at);
    if let Some(oldest) = oldest.min() {
        let seconds = now.saturating_sub(oldest) / 1000;
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        gauge!("callboard_catalog_age_seconds").set(seconds);
    }
}
