//! What an operator sees: log lines, spans, metrics; and the named stages at which the tests stop a sync.

use std::sync::OnceLock;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Starts logging to standard error. Call it once, first thing.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    // What is wrong with the store or with Matrix is said once, by our own modules, and not in the words of their libraries.
    let filter = EnvFilter::try_new(format!("sled=off,matrix_sdk=off,{}", config.level))
        .with_context(|| {
            format!(
                "the log level {:?} is not one; write error, warn, info, debug or trace",
                config.level
            )
        })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    let started = match config.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging was started before: {error}"))
}

/// The upper bounds in seconds by which times are counted: from an answer out of memory to one that waits for a forge.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.0, 5.0, 20.0];

/// The metrics of this process, recorded from the first call on; `None` where another recorder was installed before.
pub fn metrics() -> Option<&'static PrometheusHandle> {
    static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .ok()?
            .install_recorder()
            .ok()
    };
    METRICS.get_or_init(install).as_ref()
}

/// Marks that a named stage of a sync was reached.
///
/// In builds with debug assertions, and only there, the process stops here for good when `CALLBOARD_HOLD` names the
/// stage, after saying so on standard error: that is how the tests kill it inside each stage.
pub fn reached(stage: &'static str) {
    tracing::debug!(stage, "sync");
    #[cfg(debug_assertions)]
    if std::env::var("CALLBOARD_HOLD").is_ok_and(|held| held == stage) {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "holding in {stage}");
        // What else the thread had to do is done by others, as in a process that is merely slow here.
        tokio::task::block_in_place(|| {
            loop {
                std::thread::park();
            }
        });
    }
}
