//! What the terminal suggests while a person types: commands first, then names of the catalog.

use crate::action::Context;
use crate::chat::console::{Completer, Completion};

/// Completes from the commands and the catalog as they are at that moment.
pub struct CatalogCompleter {
    context: Context,
}

/// How many suggestions are shown.
const SHOWN: usize = 12;

impl CatalogCompleter {
    /// A completer of what this context reaches.
    pub fn new(context: Context) -> Self {
        Self { context }
    }
}

impl Completer for CatalogCompleter {
    fn complete(&self, line: &str) -> Vec<Completion> {
        let start = line.len() - line.trim_start().len();
        let Some((command, rest)) = line[start..].split_once(' ') else {
            let typed = line[start..].to_lowercase();
            let book = self.context.book.load();
            return book
                .commands()
                .filter(|command| command.name.starts_with(&typed))
                .map(|command| Completion {
                    from: start,
                    text: format!("{} ", command.name),
                    label: command.name.clone(),
                })
                .collect();
        };
        let book = self.context.book.load();
        let Some(command) = book.find(command) else {
            return Vec::new();
        };
        let typed = rest.trim_start();
        let from = line.len() - typed.len();
        let complete = |text: String| Completion {
            from,
            label: text.clone(),
            text: format!("{text} "),
        };
        match command.takes.first().map(|param| param.kind.as_str()) {
            Some("command") => book
                .commands()
                .filter(|command| command.name.starts_with(typed))
                .map(|command| complete(command.name.clone()))
                .collect(),
            Some("text" | "word") | None => Vec::new(),
            Some(_) => self
                .context
                .catalog()
                .complete(typed, SHOWN)
                .into_iter()
                .map(complete)
                .collect(),
        }
    }

    fn hint(&self, line: &str) -> Option<String> {
        let name = line.strip_suffix(' ')?;
        let book = self.context.book.load();
        let usage = book.find(name)?.usage();
        usage
            .split_once(' ')
            .map(|(_, arguments)| arguments.to_owned())
    }
}
