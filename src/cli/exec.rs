//! `callboard exec`: one line, one answer, and an exit code that says whose failure it was.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Global, chat, output};
use crate::bot::Bot;
use crate::catalog::EntityRef;
use crate::chat::console::{Console, PLATFORM, Style, render};
use crate::dispatch::Answer;
use crate::message::{Choice, PersonId};

/// So many bytes of standard input are read; the rest is not looked at.
const LONGEST: u64 = 140 * 1024;

/// The options of `callboard exec`.
#[derive(Debug, Args)]
pub struct Options {
    /// How the answer is written; json holds command, arguments, data, markdown, choices and failure
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Ask as this person of the catalog; without it as the user of the system
    #[arg(long = "as", value_name = "USER")]
    person: Option<String>,
    /// Write the picture of the answer to this PNG file; 1 when the answer has none
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// The line, as it would be typed in chat; a `-` at its end stands for the text on standard input
    #[arg(required = true, last = true, num_args = 1.., value_name = "LINE")]
    line: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    markdown: Option<&'a str>,
    choices: &'a [Choice],
}

/// Runs one line.
pub async fn run(global: &Global, options: &Options) -> anyhow::Result<ExitCode> {
    let line = line(&options.line)?;
    let setup = global.setup()?;
    let bot = Bot::open(setup).await?;
    chat::refresh(&bot).await?;
    let catalog = bot.context.catalog();
    let unread = catalog
        .sources()
        .iter()
        .any(|source| source.facts.failing.is_some());
    if catalog.is_empty() && unread {
        // Each source's own reason was told just now.
        output::error("there is nothing to answer from: no source could be read");
        bot.close().await?;
        return Ok(ExitCode::from(2));
    }
    if let Some(name) = &options.person {
        let known = EntityRef::parse(name, Some("user"), "default")
            .is_ok_and(|user| bot.context.catalog().get(&user).is_some());
        if !known {
            output::error(&format!(
                "there is no user {name:?} in the catalog; --as takes a name like ana or user:default/ana"
            ));
            bot.close().await?;
            return Ok(ExitCode::from(1));
        }
    }
    let person = PersonId {
        platform: PLATFORM.to_owned(),
        id: person(options.person.as_deref()),
    };
    let answer = bot.dispatch.answer(&line, &Console::place(), &person).await;
    bot.close().await?;
    print(&answer, options.format)?;
    Ok(match &answer.failure {
        Some(told) if told.internal => ExitCode::from(2),
        Some(_) => ExitCode::from(1),
        None => match &options.picture {
            Some(file) => keep_picture(&answer, file)?,
            None => ExitCode::SUCCESS,
        },
    })
}

fn keep_picture(answer: &Answer, file: &Path) -> anyhow::Result<ExitCode> {
    let picture = answer
        .reply
        .as_ref()
        .and_then(|reply| reply.picture.as_ref());
    let Some(picture) = picture else {
        output::error(&format!(
            "this answer has no picture, so nothing is written to {}",
            file.display()
        ));
        return Ok(ExitCode::from(1));
    };
    std::fs::write(file, &picture.png)
        .with_context(|| format!("the picture cannot be written to {}", file.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The message: the words of the line, with what stands on standard input in place of a `-` at their end.
fn line(words: &[String]) -> anyhow::Result<String> {
    match words.split_last() {
        Some((last, before)) if last == "-" => {
            let mut pasted = Vec::new();
            io::stdin()
                .take(LONGEST)
                .read_to_end(&mut pasted)
                .context("standard input cannot be read")?;
            let pasted = String::from_utf8_lossy(&pasted);
            Ok(format!("{}\n{pasted}", before.join(" ")))
        }
        _ => Ok(words.join(" ")),
    }
}

/// Who is asking: the person named on the command line, else the user of the system.
pub fn person(named: Option<&str>) -> String {
    named
        .map(ToOwned::to_owned)
        .or_else(|| std::env::var("USER").ok())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "somebody".to_owned())
}

fn print(answer: &Answer, format: Format) -> anyhow::Result<()> {
    let reply = answer.reply.as_ref();
    let markdown = reply.map(|reply| reply.markdown.as_str());
    let choices = reply
        .map(|reply| reply.choices.as_slice())
        .unwrap_or_default();
    match format {
        Format::Json => output::json(&Printed {
            answer,
            markdown,
            choices,
        })?,
        Format::Markdown => output::text(&with_choices(
            markdown.unwrap_or_default(),
            choices,
            |line| format!("`{line}`"),
        ))?,
        Format::Text => {
            let style = Style {
                colour: false,
                width: None,
            };
            let text = render(markdown.unwrap_or_default(), style);
            output::text(&with_choices(text.trim_end(), choices, ToOwned::to_owned))?
        }
    };
    Ok(())
}

fn with_choices(text: &str, choices: &[Choice], show: impl Fn(&str) -> String) -> String {
    let lines = choices.iter().map(|choice| {
        let line = show(&choice.line);
        if choice.label == choice.line {
            format!("- {line}")
        } else {
            format!("- {}: {line}", choice.label)
        }
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        text.to_owned()
    } else {
        format!("{text}\n\n{}", lines.join("\n"))
    }
}
