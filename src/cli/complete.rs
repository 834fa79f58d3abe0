//! What the terminal suggests while a person types: commands first, then names of the catalog.

use crate::action::resolve::wanted;
use crate::action::{Context, Kind};
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
        let begun = rest.rsplit(' ').next().unwrap_or_default();
        if begun.starts_with("--") {
            let options = command.takes.iter().filter(|param| param.is_option());
            return options
                .map(|param| format!("--{}", param.name))
                .filter(|option| option.starts_with(begun) && !rest.contains(&format!("{option} ")))
                .map(|option| Completion {
                    from: line.len() - begun.len(),
                    label: option.clone(),
                    text: format!("{option} "),
                })
                .collect();
        }
        let mut typed = rest.trim_start();
        // Options may stand before what they are said of.
        while let Some((_, more)) = typed
            .split_once(' ')
            .filter(|(word, _)| word.starts_with("--"))
        {
            typed = more.trim_start();
        }
        let from = line.len() - typed.len();
        let complete = |text: String| Completion {
            from,
            label: text.clone(),
            text: format!("{text} "),
        };
        let kind = command
            .takes
            .first()
            .and_then(|param| Kind::named(&param.kind));
        match kind {
            Some(Kind::Command) => book
                .commands()
                .filter(|command| command.name.starts_with(typed))
                .map(|command| complete(command.name.clone()))
                .collect(),
            Some(Kind::Text | Kind::Word | Kind::Number | Kind::Flag) | None => Vec::new(),
            Some(kind) => self
                .context
                .catalog()
                .complete(typed, wanted(kind), SHOWN)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::{Bot, Setup};
    use crate::catalog::sync::Request;
    use crate::config::Config;

    #[tokio::test]
    async fn commands_come_first_and_then_the_names_that_will_do() {
        let data = tempfile::tempdir().expect("a folder");
        let setup = Setup::new(Config::default(), data.path().to_owned());
        let bot = Bot::open(setup).await.expect("the bot opens");
        bot.context
            .syncer
            .sync(Request::default())
            .await
            .expect("the example is read");
        let completer = CatalogCompleter::new(bot.context.clone());
        let offered = |line: &str| {
            let found = completer.complete(line);
            let labels: Vec<String> = found.into_iter().map(|found| found.label).collect();
            labels.join(" ")
        };
        insta::assert_snapshot!(offered("who"), @"who-owns whois");
        insta::assert_snapshot!(offered("who-owns paym"), @"payment-api payment-webhooks payments payments-api payments-db payments-team payments-v2 payments-worker");
        insta::assert_snapshot!(offered("owns paym"), @"payments-team");
        insta::assert_snapshot!(offered("whois pri"), @"priya");
        insta::assert_snapshot!(offered("help st"), @"status");
        insta::assert_snapshot!(offered("search paym"), @"");
        assert_eq!(completer.hint("who-owns ").as_deref(), Some("<thing>"));
        bot.close().await.expect("the store is flushed");
    }
}
