//! The policy in force: read at the start, and again whenever its file changes.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use super::RELOAD;
use crate::policy::{Policy, Source};

/// The policy at the start.
pub fn first(source: &Source) -> Policy {
    let policy = source.read(&source.text(), None);
    warn(&policy);
    policy
}

/// Takes a changed file of rules into use.
pub async fn keep_reloaded(source: Source, policy: Arc<ArcSwap<Policy>>, stop: CancellationToken) {
    // By what the file holds and not by its time: a rule that is missed may be somebody's right that was taken away. What
    // was read at the start is read once more, for it may have changed since.
    let mut seen = None;
    loop {
        let text = source.text();
        if seen.as_ref() != Some(&text) {
            let new = source.read(&text, Some(&policy.load()));
            if seen.is_some() {
                warn(&new);
            }
            policy.store(Arc::new(new));
            seen = Some(text);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RELOAD) => {}
        }
    }
}

fn warn(policy: &Policy) {
    for problem in policy.problems() {
        tracing::error!(%problem, "the policy is broken, so every change is denied");
    }
}
