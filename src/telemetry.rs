//! What an operator sees: log lines, spans, metrics; and the named stages at which the tests stop a sync.

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Starts logging to standard error. Call it once, first thing.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    // What is wrong with the store is said once, by its own module, and not in the words of its library.
    let filter = EnvFilter::try_new(format!("sled=off,{}", config.level)).with_context(|| {
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
        loop {
            std::thread::park();
        }
    }
}
