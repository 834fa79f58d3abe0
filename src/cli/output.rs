//! Writing to standard output and standard error. A reader that went away is no error.

use std::io::{self, Write};
use std::process::ExitCode;

/// Writes bytes as they are.
pub fn bytes(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Writes a text and ends it with a line break. Control characters, with which data could steer a terminal, are left out.
pub fn text(text: &str) -> anyhow::Result<ExitCode> {
    let clean = without_controls(text.trim_end_matches('\n'));
    bytes(format!("{clean}\n").as_bytes())
}

fn without_controls(text: &str) -> String {
    let kept = |c: &char| matches!(c, '\n' | '\t') || !c.is_control();
    text.chars().filter(kept).collect()
}

/// Writes a value as readable JSON.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<ExitCode> {
    text(&serde_json::to_string_pretty(value)?)
}

/// A number with its noun: `1 entity`, `2 entities`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Says something beside the output, on standard error.
pub fn note(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "{}", without_controls(text.trim_end()));
}

/// Asks something on standard error; what is typed stands behind it.
#[cfg(feature = "matrix")]
pub fn ask(question: &str) {
    // Where standard error is closed there is nobody to ask.
    let _ = write!(io::stderr(), "{question}");
}

/// Says what went wrong, on standard error.
pub fn error(message: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "callboard: {}", without_controls(message));
}
