//! What one rendering may use up: steps, room, depth.

use std::cell::Cell;

use super::error::{Fault, Outcome};

/// What one rendering may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: parts of the template that are evaluated, and work on long lists and texts.
    pub steps: u64,
    /// Bytes of the result, and of every text on the way to it.
    pub bytes: usize,
    /// How deep a template may call itself, and how deep values may be nested.
    pub depth: usize,
}

impl Default for Limits {
    /// Room for what templates do; what would take longer than a moment ends.
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            bytes: 16 * 1024 * 1024,
            depth: 200,
        }
    }
}

/// Text that is worked on counts one step for so many bytes.
const BYTES_OF_A_STEP: usize = 64;

/// Counts what a rendering uses up.
#[derive(Debug)]
pub struct Meter {
    limits: Limits,
    steps: Cell<u64>,
    written: Cell<usize>,
}

impl Meter {
    /// Nothing used up yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            steps: Cell::new(0),
            written: Cell::new(0),
        }
    }

    /// Takes steps.
    pub fn step(&self, steps: usize) -> Outcome<()> {
        let all = self.steps.get().saturating_add(steps as u64);
        self.steps.set(all);
        if all > self.limits.steps {
            return Err(Fault::new(format!(
                "This template does more than {} steps. Does a loop run too often?",
                self.limits.steps
            )));
        }
        Ok(())
    }

    /// Asks for the room of a text before it is made, and counts the work of making it.
    pub fn room(&self, bytes: usize) -> Outcome<()> {
        if bytes > self.limits.bytes {
            return Err(Fault::new(format!(
                "This would make a text of more than {} bytes, the most that a template may make.",
                self.limits.bytes
            )));
        }
        self.step(bytes / BYTES_OF_A_STEP)
    }

    /// Counts bytes of the result.
    pub fn write(&self, bytes: usize) -> Outcome<()> {
        let all = self.written.get().saturating_add(bytes);
        self.written.set(all);
        if all > self.limits.bytes {
            return Err(Fault::new(format!(
                "This template writes more than {} bytes, the most that a file may get.",
                self.limits.bytes
            )));
        }
        Ok(())
    }

    /// Refuses values and calls that are nested too deep.
    pub fn nested(&self, depth: usize) -> Outcome<()> {
        if depth > self.limits.depth {
            return Err(Fault::new(format!(
                "This is nested more than {} levels deep. Does a macro call itself without an end?",
                self.limits.depth
            )));
        }
        Ok(())
    }
}
