//! The command line as Markdown tables, made from its definition; the README holds them.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::definition;
use crate::catalog::problem::Severity;
use crate::catalog::problem::rule::{RULES, Rule};
use crate::message::markdown;

/// The options that every command takes, then every command with its own options and arguments.
pub fn tables() -> String {
    let root = definition();
    let mut text = "| Option | What it does |\n|---|---|\n".to_owned();
    for argument in shown(&root) {
        row(&mut text, "", &argument_name(argument), &meaning(argument));
    }
    text.push_str("\n| Command | What it does |\n|---|---|\n");
    for command in root.get_subcommands() {
        commands(
            &mut text,
            &format!("{} {}", root.get_name(), command.get_name()),
            command,
        );
    }
    text
}

/// Every rule of `callboard check` as Markdown; `docs/rules.md` holds them.
pub fn rules() -> String {
    let mut text = String::from(
        "| Rule | Unless set otherwise | Mended by `--fix` | What it asks for |\n|---|---|---|---|\n",
    );
    for rule in RULES {
        let fixable = if rule.fixable {
            "where it is safe"
        } else {
            "–"
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "| [`{0}`](#{0}) | {1} | {fixable} | {2} |",
            rule.name,
            severity(rule),
            rule.says.replace('|', "\\|")
        );
    }
    for rule in RULES {
        let (says, why, wrong, right) = (rule.says, rule.why, rule.wrong, rule.right);
        let _ = write!(
            text,
            "\n### {}\n\n{says} {why}\n\nWrong:\n\n```yaml\n{wrong}\n```\n\nRight:\n\n```yaml\n{right}\n```\n",
            rule.name
        );
    }
    text.replace("```yaml\n+++", "```toml\n+++")
}

fn severity(rule: &Rule) -> &'static str {
    match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A command that does something, or those below it.
fn commands(text: &mut String, name: &str, command: &Command) {
    if command.has_subcommands() {
        for below in command.get_subcommands() {
            commands(text, &format!("{name} {}", below.get_name()), below);
        }
        return;
    }
    let mut usage = name.to_owned();
    for argument in shown(command).filter(|argument| argument.is_positional()) {
        // Writing to a text cannot fail.
        let _ = write!(usage, " {}", argument_name(argument));
    }
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    row(text, "", &usage, &about);
    for argument in shown(command) {
        row(text, "&emsp;", &argument_name(argument), &meaning(argument));
    }
}

fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
}

/// How an argument is written: `--format text|json`, `[PATH]…`, `-- LINE…`.
fn argument_name(argument: &Arg) -> String {
    let mut name = argument
        .get_long()
        .map(|long| format!("--{long}"))
        .unwrap_or_default();
    if argument.get_action().takes_values() {
        let values = argument.get_possible_values();
        let value = if argument.is_positional() || values.is_empty() {
            let names = argument.get_value_names().unwrap_or_default();
            names
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        } else {
            values
                .iter()
                .map(clap::builder::PossibleValue::get_name)
                .collect::<Vec<_>>()
                .join("|")
        };
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(&value);
    }
    if argument.is_positional() {
        if argument.is_last_set() {
            name = format!("-- {name}");
        }
        if argument
            .get_num_args()
            .is_some_and(|number| number.max_values() > 1)
        {
            name.push('…');
        }
        if !argument.is_required_set() {
            name = format!("[{name}]");
        }
    }
    name
}

fn meaning(argument: &Arg) -> String {
    let mut text = argument
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let values = argument.get_possible_values();
    if argument.is_positional() && !values.is_empty() {
        let names: Vec<&str> = values
            .iter()
            .map(clap::builder::PossibleValue::get_name)
            .collect();
        let _ = write!(text, ": {}", names.join(", "));
    }
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| markdown::code(&value.to_string_lossy()))
        .collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(text, "; {} unless said otherwise", defaults.join(", "));
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(
            text,
            "; also from {}",
            markdown::code(&variable.to_string_lossy())
        );
    }
    text
}

fn row(text: &mut String, indent: &str, name: &str, meaning: &str) {
    // A bar would end the cell, in code spans too.
    let cell = |text: &str| text.replace('|', "\\|");
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "| {indent}{} | {} |",
        cell(&markdown::code(name)),
        cell(meaning)
    );
}
