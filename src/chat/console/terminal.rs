//! The terminal's own settings: how wide it is, and how to leave it as it was found.

use std::io;

use rustix::termios::{self, LocalModes, OptionalActions, Termios};

/// The settings that the terminal had at first; dropping it puts them back.
pub(super) struct Terminal {
    first: Option<Termios>,
}

impl Terminal {
    /// Remembers the settings of standard input.
    pub(super) fn remember() -> Self {
        Self {
            first: termios::tcgetattr(io::stdin()).ok(),
        }
    }

    /// Stops showing what is typed, so that keys struck while an answer is made do not end up in it. They are
    /// not lost: the next prompt reads them.
    pub(super) fn hush(&self) {
        if let Some(first) = &self.first {
            let mut silent = first.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            set(&silent);
        }
    }

    /// Puts the first settings back.
    pub(super) fn restore(&self) {
        if let Some(first) = &self.first {
            set(first);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}

/// Columns and rows of the terminal at standard output.
pub(super) fn size() -> Option<(usize, usize)> {
    let size = termios::tcgetwinsize(io::stdout()).ok()?;
    let known = size.ws_col > 0 && size.ws_row > 0;
    known.then(|| (usize::from(size.ws_col), usize::from(size.ws_row)))
}

/// Whether the terminal says of itself that it can only print.
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty())
}

fn set(settings: &Termios) {
    // A terminal that went away needs no settings. `Now`, because waiting for its output could take forever.
    let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, settings);
}
