//! A progress bar for work that a person at a terminal waits for.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use super::render::plain;
use super::terminal;

/// A bar on standard error where that is a terminal; elsewhere nothing is shown. Clones move the same bar.
///
/// It disappears when it is finished or when its last clone is dropped.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows a bar, or a turning sign where the total is not known.
    pub fn start(total: Option<u64>, label: &str) -> Self {
        let visible = io::stderr().is_terminal() && !terminal::is_dumb();
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let progress = Self::on(target, total, label);
        if visible {
            progress.bar.enable_steady_tick(Duration::from_millis(120));
        }
        progress
    }

    /// Says what is being done now.
    pub fn stage(&self, label: &str) {
        self.bar.set_message(plain(label));
    }

    /// Says how much there is to do, once that is known.
    pub fn total(&self, total: u64) {
        self.bar.set_length(total);
        self.bar.set_style(style(true));
    }

    /// Says how much of the total is done.
    pub fn set(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn on(target: ProgressDrawTarget, total: Option<u64>, label: &str) -> Self {
        let bar = ProgressBar::with_draw_target(total, target)
            .with_style(style(total.is_some()))
            .with_message(plain(label))
            .with_finish(ProgressFinish::AndClear);
        Self { bar }
    }
}

const COUNTED: &str = "{spinner:.cyan} {msg} {bar:30.cyan/dim} {pos}/{len}";
const OPEN: &str = "{spinner:.cyan} {msg} {elapsed:.dim}";

fn style(counted: bool) -> ProgressStyle {
    let template = if counted { COUNTED } else { OPEN };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_can_be_drawn() {
        assert!(ProgressStyle::with_template(COUNTED).is_ok());
        assert!(ProgressStyle::with_template(OPEN).is_ok());
    }

    #[test]
    fn a_total_that_comes_later_is_counted_to() {
        let progress = Progress::on(ProgressDrawTarget::hidden(), None, "Reading");
        let other = progress.clone();
        other.total(12);
        other.set(5);
        other.stage("Parsing\x1b[2J files");
        assert_eq!(
            (progress.bar.position(), progress.bar.length()),
            (5, Some(12))
        );
        assert_eq!(progress.bar.message(), "Parsing[2J files");
        progress.finish();
        assert!(progress.bar.is_finished());
    }
}
