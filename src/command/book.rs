//! The set of commands: read, overridden, checked against each other, and looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::parse::Understood;
use super::phrase::{self, Phrase};
use super::suggestion::near;
use super::{Command, file};
use crate::catalog::problem::{Problem, Severity};
use crate::message::markdown;

/// All commands. It never changes: another one is read and put in its place.
#[derive(Debug, Default)]
pub struct Book {
    bot: String,
    commands: Vec<Arc<Command>>,
    names: BTreeMap<String, usize>,
    /// Sentences that belong to an earlier command are not here.
    phrases: Vec<(usize, usize)>,
}

/// The largest command file that is read.
const LARGEST_FILE: u64 = 64 * 1024;

impl Book {
    /// Reads the embedded files and those of an organisation's folder.
    ///
    /// A file of the folder takes the place of the embedded one of the same name. A broken file is left out
    /// and its problems are returned: the embedded command stays in force. `actions` and `kinds` are the names
    /// that files may use.
    pub fn read(
        embedded: impl IntoIterator<Item = (String, String)>,
        folder: Option<&Path>,
        actions: &[&str],
        kinds: &[&str],
    ) -> (Self, Vec<Problem>) {
        let known = file::Known { actions, kinds };
        let mut problems = Vec::new();
        let mut commands: BTreeMap<String, (bool, Arc<Command>)> = BTreeMap::new();
        let mut take = |path: &str, own: bool, text: &str, problems: &mut Vec<Problem>| {
            let name = Path::new(path)
                .file_stem()
                .map_or(path.into(), |stem| stem.to_string_lossy());
            let (command, found) = file::read(&name, path, text, known);
            problems.extend(found);
            if let Some(command) = command {
                commands.insert(command.name.clone(), (own, Arc::new(command)));
            }
        };
        for (name, text) in embedded {
            let file = name
                .rsplit('/')
                .next()
                .unwrap_or(&name)
                .trim_end_matches(".md");
            take(&format!("commands/{file}.md"), false, &text, &mut problems);
        }
        for (path, text) in folder
            .map(|folder| own_files(folder, &mut problems))
            .unwrap_or_default()
        {
            take(&path, true, &text, &mut problems);
        }
        // Embedded commands come first where two of them want the same name or sentence.
        let own: Vec<bool> = commands.values().map(|(own, _)| *own).collect();
        let commands = commands.into_values().map(|(_, command)| command).collect();
        let mut book = Self {
            bot: "callboard".to_owned(),
            commands,
            ..Self::default()
        };
        let mut order: Vec<usize> = (0..own.len()).collect();
        order.sort_by_key(|position| own[*position]);
        book.enter_names(&order, &own, &mut problems);
        book.enter_phrases(&order, &mut problems);
        book.check_examples(&mut problems);
        (book, problems)
    }

    /// The same book for a bot of another name: "robot: who owns payments".
    #[must_use]
    pub fn called(mut self, bot: &str) -> Self {
        bot.clone_into(&mut self.bot);
        self
    }

    /// The name people call the bot by.
    pub fn bot(&self) -> &str {
        &self.bot
    }

    /// All commands, by name.
    pub fn commands(&self) -> impl ExactSizeIterator<Item = &Arc<Command>> {
        self.commands.iter()
    }

    /// The command of a name or another name, however it is typed: `Who owns` is `who-owns`.
    pub fn find(&self, name: &str) -> Option<&Arc<Command>> {
        let words: Vec<String> = name
            .trim_start_matches(['/', '!'])
            .split_whitespace()
            .map(phrase::sound)
            .collect();
        self.exact(&words.join("-"))
    }

    /// The commands whose name, or another name, is like a word; at most three, nearest first.
    pub fn suggest(&self, word: &str) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        near(word, self.names.keys().map(String::as_str), 6)
            .into_iter()
            .filter_map(|name| self.exact(name))
            .map(|command| command.name.as_str())
            .filter(|name| seen.insert(*name))
            .take(3)
            .collect()
    }

    /// Every command with what it does and an example, as a Markdown table.
    pub fn table(&self) -> String {
        let mut table = "| Command | What it does | For example |\n|---|---|---|\n".to_owned();
        for command in &self.commands {
            // A bar would end the cell, in code spans too.
            let cell = |text: &str| text.replace('|', "\\|");
            let example = command
                .examples
                .first()
                .map(|example| markdown::code(example))
                .unwrap_or_default();
            let usage = markdown::code(&command.usage());
            // Writing to a text cannot fail.
            let _ = writeln!(
                table,
                "| {} | {} | {} |",
                cell(&usage),
                cell(&command.says),
                cell(&example)
            );
        }
        table
    }

    pub(super) fn exact(&self, name: &str) -> Option<&Arc<Command>> {
        self.names
            .get(name)
            .and_then(|position| self.commands.get(*position))
    }

    /// How many words the longest name has.
    pub(super) fn longest_name(&self) -> usize {
        self.names
            .keys()
            .map(|name| name.split('-').count())
            .max()
            .unwrap_or(0)
    }

    pub(super) fn phrases(&self) -> impl Iterator<Item = (&Arc<Command>, &Phrase)> {
        self.phrases.iter().filter_map(|(command, phrase)| {
            let command = self.commands.get(*command)?;
            Some((command, command.asks.get(*phrase)?))
        })
    }

    /// Names of files come before other names; whose other name is taken hears of it.
    fn enter_names(&mut self, order: &[usize], own: &[bool], problems: &mut Vec<Problem>) {
        self.names = self
            .commands
            .iter()
            .map(|command| command.name.clone())
            .zip(0..)
            .collect();
        for &position in order {
            let command = &self.commands[position];
            for (name, line) in command.also.iter().zip(&command.lines.also) {
                let Some(&holder) = self.names.get(name) else {
                    self.names.insert(name.clone(), position);
                    continue;
                };
                let other = &self.commands[holder];
                if own[holder] && !own[position] && other.name == *name {
                    // An organisation that gives a name to a file of its own means it.
                    let message = format!(
                        "`{name}` was another name of `{}`; it is this command now",
                        command.name
                    );
                    problems.push(Problem {
                        severity: Severity::Warning,
                        ..problem(other, 1, "command-name", message)
                    });
                } else if holder == position {
                    problems.push(problem(
                        command,
                        *line,
                        "command-name",
                        format!("`{name}` is a name of this command already; say it once"),
                    ));
                } else {
                    let message = format!(
                        "`{name}` is already a name of `{}` ({}); choose another one",
                        other.name, other.file
                    );
                    problems.push(problem(command, *line, "command-name", message));
                }
            }
        }
    }

    fn enter_phrases(&mut self, order: &[usize], problems: &mut Vec<Problem>) {
        let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
        for &position in order {
            let command = &self.commands[position];
            for (number, (phrase, line)) in command.asks.iter().zip(&command.lines.asks).enumerate()
            {
                let shape = phrase.shape();
                if let Some(other) = shapes.get(&shape) {
                    let other = &self.commands[*other];
                    let message = format!(
                        "the sentence `{}` means `{}` already ({}); say it in words of its own",
                        phrase.text(),
                        other.name,
                        other.file
                    );
                    problems.push(problem(command, *line, "command-asks", message));
                    continue;
                }
                shapes.insert(shape, position);
                self.phrases.push((position, number));
            }
        }
    }

    fn check_examples(&self, problems: &mut Vec<Problem>) {
        for command in &self.commands {
            for (example, line) in command.examples.iter().zip(&command.lines.examples) {
                let is = match self.understand(example) {
                    Understood::Call(parsed) if parsed.command.name == command.name => continue,
                    Understood::Call(parsed) => format!("it means `{}`", parsed.command.usage()),
                    Understood::Missing { param, .. } => {
                        format!("`{}` is missing in it", param.name)
                    }
                    Understood::Leftover { leftovers, .. } => format!("`{leftovers}` is left over"),
                    Understood::Refused(fault) => fault.says,
                    Understood::Unknown { word, .. } => format!("`{word}` is no command"),
                    Understood::Silence | Understood::Pasted(_) => "it says nothing".to_owned(),
                };
                let message = format!(
                    "the line to try `{example}` does not call `{}`: {is}",
                    command.name
                );
                problems.push(problem(command, *line, "command-try", message));
            }
        }
    }
}

fn problem(command: &Command, line: u32, rule: &str, message: String) -> Problem {
    Problem::at(&command.file, line, Severity::Error, rule, message)
}

/// The command files of a folder, in the order of their names; read-me files and hidden ones are none.
pub(super) fn command_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let markdown = path.extension().is_some_and(|extension| extension == "md");
        if markdown && path.is_file() && stem != "readme" && !stem.starts_with('.') {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads an organisation's folder: the path and text of every file that can be read.
fn own_files(folder: &Path, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut say = |path: &Path, message: String| {
        problems.push(Problem {
            file: path.display().to_string(),
            line: 1,
            column: 1,
            severity: Severity::Error,
            rule: "command-file".to_owned(),
            message,
            entity: None,
        });
    };
    let files = command_files(folder).unwrap_or_else(|error| {
        say(
            folder,
            format!("the folder of commands cannot be read: {error}"),
        );
        Vec::new()
    });
    let mut read = Vec::new();
    for path in files {
        let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        if length > LARGEST_FILE {
            say(
                &path,
                format!(
                    "the file is larger than {} KB; an answer in chat should be short",
                    LARGEST_FILE / 1024
                ),
            );
            continue;
        }
        match std::fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => read.push((path.display().to_string(), text)),
            Ok(Err(_)) => say(&path, "the file is not UTF-8; save it as UTF-8".to_owned()),
            Err(error) => say(&path, format!("the file cannot be read: {error}")),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::{ACTIONS, KINDS, read, sample, shown};
    use super::*;

    const LUNCH: &str = "+++\nsays = \"What is for lunch\"\n+++\nSoup.\n";

    fn with_folder(files: &[(&str, &str)]) -> (Book, String) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("written");
        }
        let embedded = [("lunch.md".to_owned(), LUNCH.to_owned())];
        let (book, problems) = Book::read(embedded, Some(folder.path()), &ACTIONS, &KINDS);
        let shown = shown(&problems).replace(&folder.path().display().to_string(), "own");
        (book, shown)
    }

    fn says(book: &Book) -> String {
        let lines: Vec<String> = book
            .commands()
            .map(|command| format!("{}: {}", command.name, command.says))
            .collect();
        lines.join("; ")
    }

    #[test]
    fn a_folder_overrides_and_adds_file_by_file() {
        let (book, problems) = with_folder(&[
            (
                "lunch.md",
                "+++\nsays = \"The canteen's plan\"\n+++\nSalad.\n",
            ),
            (
                "dinner.md",
                "+++\nsays = \"What is for dinner\"\n+++\nBread.\n",
            ),
            ("README.md", "About these files."),
            (".hidden.md", "x"),
            ("notes.txt", "x"),
        ]);
        assert_eq!(problems, "");
        assert_eq!(
            says(&book),
            "dinner: What is for dinner; lunch: The canteen's plan"
        );
    }

    #[test]
    fn a_broken_override_leaves_the_embedded_command_in_force() {
        let (book, problems) = with_folder(&[
            ("lunch.md", "+++\nsay = \"x\"\n+++\nSalad.\n"),
            ("tea.md", "no"),
        ]);
        assert_eq!(says(&book), "lunch: What is for lunch");
        insta::assert_snapshot!(problems, @r#"
        own/lunch.md:1: `says` is missing: one sentence that tells in `help` what the command does
        own/lunch.md:2: there is no key `say`; did you mean `says`?
        own/tea.md:1: a command file begins with a line `+++`, then come its keys, another line `+++`, and the answer
        "#);
    }

    #[test]
    fn files_that_cannot_be_read_are_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("big.md"), "x".repeat(70_000)).expect("written");
        fs::write(folder.path().join("latin.md"), [0xE4, 0xF6]).expect("written");
        let (_, problems) = Book::read([], Some(folder.path()), &ACTIONS, &KINDS);
        let shown = shown(&problems).replace(&folder.path().display().to_string(), "own");
        insta::assert_snapshot!(shown, @r#"
        own/big.md:1: the file is larger than 64 KB; an answer in chat should be short
        own/latin.md:1: the file is not UTF-8; save it as UTF-8
        "#);
        let (_, problems) = Book::read([], Some(&folder.path().join("none")), &ACTIONS, &KINDS);
        assert!(
            problems[0]
                .message
                .starts_with("the folder of commands cannot be read: ")
        );
    }

    #[test]
    fn names_and_sentences_belong_to_one_command() {
        let (book, problems) = read(&[
            (
                "lunch",
                "+++\nsays = \"a\"\nalso = [\"food\", \"lunch\"]\nasks = [\"what is for lunch\"]\n+++\na\n",
            ),
            (
                "meal",
                "+++\nsays = \"b\"\nalso = [\n  \"food\",\n]\nasks = [\"What's for the lunch?\"]\n+++\nb\n",
            ),
            (
                "food-truck",
                "+++\nsays = \"c\"\nalso = [\"meal\"]\n+++\nc\n",
            ),
        ]);
        insta::assert_snapshot!(shown(&problems), @r#"
        commands/food-truck.md:3: `meal` is already a name of `meal` (commands/meal.md); choose another one
        commands/lunch.md:3: `lunch` is a name of this command already; say it once
        commands/meal.md:4: `food` is already a name of `lunch` (commands/lunch.md); choose another one
        commands/meal.md:6: the sentence `What's for the lunch?` means `lunch` already (commands/lunch.md); say it in words of its own
        "#);
        assert_eq!(
            book.find("food").map(|command| command.name.as_str()),
            Some("lunch")
        );
        assert_eq!(
            book.find("meal").map(|command| command.name.as_str()),
            Some("meal")
        );
    }

    #[test]
    fn an_organisation_may_take_another_name_for_a_command_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("food.md"), LUNCH).expect("written");
        let embedded = "+++\nsays = \"a\"\nalso = [\"food\"]\n+++\na\n";
        let embedded = [("lunch".to_owned(), embedded.to_owned())];
        let (book, problems) = Book::read(embedded, Some(folder.path()), &ACTIONS, &KINDS);
        assert_eq!(
            book.find("food").map(|command| command.name.as_str()),
            Some("food")
        );
        assert_eq!(problems[0].severity, Severity::Warning);
        assert_eq!(
            problems[0].message,
            "`food` was another name of `lunch`; it is this command now"
        );
    }

    #[test]
    fn lines_to_try_must_work() {
        let (_, problems) = read(&[
            (
                "who-owns",
                r#"+++
says = "x"
action = "catalog.owner"
try = [
  "who-owns payments",
  "who-owns",
  "owns payments",
  "who-owns \"payments",
  "lunch",
  "...",
]
[[takes]]
name = "thing"
kind = "word"
+++
x
"#,
            ),
            ("lunch", LUNCH),
        ]);
        insta::assert_snapshot!(shown(&problems), @r#"
        commands/who-owns.md:6: the line to try `who-owns` does not call `who-owns`: `thing` is missing in it
        commands/who-owns.md:7: the line to try `owns payments` does not call `who-owns`: `owns` is no command
        commands/who-owns.md:8: the line to try `who-owns "payments` does not call `who-owns`: A quotation mark opens before `"payments` and nothing closes it.
        commands/who-owns.md:9: the line to try `lunch` does not call `who-owns`: it means `lunch`
        commands/who-owns.md:10: the line to try `...` does not call `who-owns`: it says nothing
        "#);
    }

    #[test]
    fn names_are_found_and_suggested() {
        let book = sample();
        let name = |typed| book.find(typed).map(|command| command.name.as_str());
        assert_eq!(name("Who owns"), Some("who-owns"));
        assert_eq!(name("/owner"), Some("who-owns"));
        assert_eq!(name("whoowns"), None);
        assert_eq!(book.suggest("whoowns"), ["who-owns"]);
        assert_eq!(book.suggest("ownr"), ["who-owns", "owns"]);
        assert!(book.suggest("banana").is_empty());
    }

    #[test]
    fn the_table_lists_every_command() {
        insta::assert_snapshot!(sample().table(), @"
        | Command | What it does | For example |
        |---|---|---|
        | `answer <topic> <text>` | Notes an answer |  |
        | `deploy <thing> [stage] [--after N] [--dry-run]` | Starts a deployment |  |
        | `lunch` | What is for lunch |  |
        | `owns <owner> [--all]` | What a team owns |  |
        | `show <thing>` | Everything about one thing |  |
        | `who-owns <thing>` | Who owns a service, and where to reach them | `who-owns payments` |
        ");
    }
}
