//! Threads of their own for answers.

use anyhow::Context as _;
use tokio::runtime::{Builder, Handle, Runtime};

/// The threads that answers are worked out on. Connections and acknowledgements have others, so that the system, not the order
/// in which tasks came, sees to it that neither waits for the other: Slack wants to hear within three seconds that something
/// came, however much there is to answer.
pub(super) struct Answers(Option<Runtime>);

impl Answers {
    /// Starts them, as many as there are processors.
    pub(super) fn new() -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("answers")
            .enable_all()
            .build()
            .context("no threads can be started")?;
        Ok(Self(Some(runtime)))
    }

    /// What works on them is spawned there.
    pub(super) fn handle(&self) -> Handle {
        self.0
            .as_ref()
            .map_or_else(Handle::current, |runtime| runtime.handle().clone())
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
