//! What time it is: the system's, or one that a test moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// A clock; clones show the same time.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `millis` milliseconds since the Unix epoch until it is moved.
    pub fn fixed(millis: u64) -> Self {
        Self {
            fixed: Some(Arc::new(AtomicU64::new(millis))),
        }
    }

    /// Milliseconds since the Unix epoch.
    pub fn millis(&self) -> u64 {
        match &self.fixed {
            Some(fixed) => fixed.load(Ordering::Relaxed),
            None => u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0),
        }
    }

    /// The time so much later, in milliseconds since the Unix epoch.
    pub fn after(&self, time: Duration) -> u64 {
        self.millis().saturating_add(millis(time))
    }

    /// Moves a fixed clock forward; the system's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Some(fixed) = &self.fixed {
            fixed.fetch_add(millis(by), Ordering::Relaxed);
        }
    }
}

/// A length of time in milliseconds.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Says how long ago something was, the way people do: `just now`, `3 minutes ago`, `2 days ago`, `5 weeks ago`.
pub fn ago(now: u64, then: u64) -> String {
    let seconds = now.saturating_sub(then) / 1000;
    let (count, unit) = match seconds {
        0..10 => return "just now".to_owned(),
        10..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        86_400..1_209_600 => (seconds / 86_400, "day"),
        1_209_600..5_259_600 => (seconds / 604_800, "week"),
        5_259_600..63_115_200 => (seconds / 2_629_800, "month"),
        _ => (seconds / 31_557_600, "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_by_hand() {
        let clock = Clock::fixed(1_000);
        let same = clock.clone();
        clock.advance(Duration::from_secs(2));
        assert_eq!(same.millis(), 3_000);
        assert_eq!(clock.after(Duration::from_secs(1)), 4_000);
        assert_eq!(clock.after(Duration::MAX), u64::MAX);
    }

    #[test]
    fn ages_read_like_speech() {
        assert_eq!(ago(5_000, 0), "just now");
        assert_eq!(ago(60_000, 0), "1 minute ago");
        assert_eq!(ago(7_200_000, 0), "2 hours ago");
        assert_eq!(ago(0, 5_000), "just now");
        let days = |days: u64| ago(days * 86_400_000, 0);
        assert_eq!(days(13), "13 days ago");
        assert_eq!(days(21), "3 weeks ago");
        assert_eq!(days(60), "8 weeks ago");
        assert_eq!(days(90), "2 months ago");
        assert_eq!(days(800), "2 years ago");
    }
}
