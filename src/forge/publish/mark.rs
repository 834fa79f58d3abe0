//! What a repository is known by until its number is written down.

use std::fmt::Write as _;

use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};

/// What one run puts on the repository that it makes. Nobody can guess it, and no other run has it; a run draws one, writes
/// it down, and keeps it for all its tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(String);

impl Mark {
    /// A new one; `None` when the system has no randomness to give.
    pub fn draw() -> Option<Self> {
        let mut bytes = [0; 16];
        rand::fill(&mut bytes).ok()?;
        let mut mark = String::new();
        for byte in bytes {
            // Writing to a text cannot fail.
            let _ = write!(mark, "{byte:02x}");
        }
        Some(Self(mark))
    }

    /// The description of a repository that is being made.
    pub fn sentence(&self) -> String {
        format!("Callboard is making this repository ({})", self.0)
    }

    /// Whether a description is this mark's.
    pub fn is_in(&self, description: Option<&str>) -> bool {
        self.0.len() == 32 && description == Some(self.sentence().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_known_again_and_no_other() {
        let mark = Mark::draw().expect("randomness");
        assert!(mark.is_in(Some(&mark.sentence())));
        let other = Mark::draw().expect("randomness");
        assert!(!mark.is_in(Some(&other.sentence())));
        assert!(!mark.is_in(None));
        let written = serde_json::to_string(&mark).expect("JSON");
        let read: Mark = serde_json::from_str(&written).expect("a mark");
        assert_eq!(read, mark);
        // One that was lost on the way is nobody's.
        let empty: Mark = serde_json::from_str("\"\"").expect("a text");
        assert!(!empty.is_in(Some(&empty.sentence())));
    }
}
