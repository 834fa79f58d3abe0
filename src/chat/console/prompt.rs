//! The prompt of a person at a terminal: line editing, history, completion and hints.

use std::borrow::Cow;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::thread;

use rustyline::completion::{Completer as Complete, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hint, Hinter};
use rustyline::history::{History as _, MemHistory};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, CompletionType, Config, Context, Editor, ExternalPrinter, Helper};

use super::history::{History, REMEMBERED};
use super::lines::{Source, Typed, is_open, shorten};
use super::render::plain;
use super::{Completer, Completion};

/// What stands before the cursor.
const PROMPT: &str = "callboard› ";
const COLOURED: &str = "\x1b[1;36mcallboard›\x1b[0m ";

/// The line editor.
pub(super) struct Prompt {
    editor: Editor<Assistant, MemHistory>,
    history: Option<History>,
}

impl Prompt {
    /// Sets the editor up, with the history where it can be read.
    pub(super) fn open(
        completer: Arc<dyn Completer>,
        history: Option<&Path>,
        colour: bool,
    ) -> rustyline::Result<Self> {
        let config = Config::builder()
            .max_history_size(REMEMBERED)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .color_mode(if colour {
                ColorMode::Forced
            } else {
                ColorMode::Disabled
            })
            .build();
        let memory = MemHistory::with_config(&config);
        let mut editor = Editor::with_history(config, memory)?;
        editor.set_helper(Some(Assistant {
            completer,
            colour,
            typing: Cell::new(false),
        }));
        let history = history.and_then(|path| match History::open(path) {
            Ok((history, lines)) => {
                for line in lines {
                    // What the editor does not want to remember, it may forget.
                    let _ = editor.history_mut().add_owned(line);
                }
                Some(history)
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "the history of the terminal cannot be kept");
                None
            }
        });
        Ok(Self { editor, history })
    }

    /// A way to print above the prompt while somebody types. `None` where the terminal cannot do that.
    pub(super) fn printer(&mut self) -> Option<blocking::Sender<String>> {
        let mut printer = self.editor.create_external_printer().ok()?;
        let (sender, texts) = blocking::channel::<String>();
        // A thread of its own, because the editor takes the text only when it gets round to it.
        thread::Builder::new()
            .name("console printer".to_owned())
            .spawn(move || {
                for text in texts {
                    if printer.print(text).is_err() {
                        break;
                    }
                }
            })
            .ok()?;
        Some(sender)
    }

    fn remember(&mut self, line: &str) {
        let new = self.editor.add_history_entry(line).unwrap_or(false);
        let Some(history) = self.history.as_mut().filter(|_| new) else {
            return;
        };
        if let Err(error) = history.add(line) {
            tracing::warn!(%error, "the history of the terminal cannot be kept any more");
            self.history = None;
        }
    }
}

impl Source for Prompt {
    fn read(&mut self) -> Typed {
        let typed = self.editor.readline(&(PROMPT, COLOURED));
        match typed {
            Ok(line) => {
                let (text, cut) = shorten(&line);
                // The number of a choice means nothing later, and a whole log is no line to go back to.
                let worth_it = !text.contains('\n')
                    && text.contains(|c: char| !c.is_whitespace() && !c.is_ascii_digit());
                if worth_it && !cut {
                    self.remember(&text);
                }
                Typed::Line { text, cut }
            }
            Err(ReadlineError::Interrupted) => Typed::Interrupted {
                typing: self
                    .editor
                    .helper()
                    .is_some_and(|helper| helper.typing.get()),
            },
            Err(ReadlineError::Eof) => Typed::End,
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                Typed::Unreadable
            }
            Err(ReadlineError::Io(error)) => Typed::Failed(error),
            Err(error) => Typed::Failed(std::io::Error::other(error)),
        }
    }
}

/// What the line editor asks while somebody types.
struct Assistant {
    completer: Arc<dyn Completer>,
    colour: bool,
    /// Whether there is something on the line; the editor does not tell when Ctrl-C ends it.
    typing: Cell<bool>,
}

/// The words behind the cursor.
struct Ghost {
    text: String,
    /// Whether the right arrow takes them over.
    taken_over: bool,
}

impl Hint for Ghost {
    fn display(&self) -> &str {
        &self.text
    }

    fn completion(&self) -> Option<&str> {
        self.taken_over.then_some(self.text.as_str())
    }
}

impl Hinter for Assistant {
    type Hint = Ghost;

    fn hint(&self, line: &str, position: usize, context: &Context<'_>) -> Option<Ghost> {
        self.typing.set(!line.trim().is_empty());
        if line.is_empty() || position < line.len() {
            return None;
        }
        if let Some(text) = self.completer.hint(line) {
            return Some(Ghost {
                text: plain(&text),
                taken_over: false,
            });
        }
        let history = rustyline::hint::HistoryHinter::new();
        let text = history.hint(line, position, context)?;
        Some(Ghost {
            text: plain(&text),
            taken_over: true,
        })
    }
}

impl Complete for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let line = line.get(..position).unwrap_or(line);
        Ok(candidates(line, &self.completer.complete(line)))
    }
}

impl Highlighter for Assistant {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.colour {
            Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
        } else {
            Cow::Borrowed(hint)
        }
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        // Lines of code that are pasted one by one are one message all the same.
        Ok(if is_open(context.input()) {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

impl Helper for Assistant {}

/// The editor wants one beginning for all candidates: the earliest of theirs.
fn candidates(line: &str, completions: &[Completion]) -> (usize, Vec<Pair>) {
    let usable = || {
        completions
            .iter()
            .filter(|completion| line.is_char_boundary(completion.from))
    };
    let from = usable()
        .map(|completion| completion.from)
        .min()
        .unwrap_or(line.len());
    let pairs = usable()
        .map(|completion| Pair {
            display: plain(&completion.label),
            replacement: plain(&format!(
                "{}{}",
                &line[from..completion.from],
                completion.text
            )),
        })
        .collect();
    (from, pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completion(from: usize, text: &str) -> Completion {
        Completion {
            from,
            text: text.to_owned(),
            label: text.to_owned(),
        }
    }

    fn complete(line: &str, completions: &[Completion]) -> (usize, Vec<String>) {
        let (from, pairs) = candidates(line, completions);
        (
            from,
            pairs.into_iter().map(|pair| pair.replacement).collect(),
        )
    }

    #[test]
    fn candidates_of_different_beginnings_all_fit_the_line() {
        let completions = [completion(9, "payments"), completion(0, "who-owns payroll")];
        assert_eq!(
            complete("who-owns pay", &completions),
            (
                0,
                vec![
                    "who-owns payments".to_owned(),
                    "who-owns payroll".to_owned()
                ]
            )
        );
    }

    #[test]
    fn a_beginning_outside_the_line_or_inside_a_letter_is_left_out() {
        assert_eq!(
            complete("é", &[completion(1, "x"), completion(7, "y")]),
            (2, vec![])
        );
    }

    #[test]
    fn names_with_escape_codes_in_them_do_not_reach_the_line() {
        let completions = [completion(0, "pay\x1b[2Jments")];
        assert_eq!(
            complete("pay", &completions),
            (0, vec!["pay[2Jments".to_owned()])
        );
    }
}
