//! `callboard slack`: what a workspace needs to know of the bot.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use url::Url;

use super::{Global, output};
use crate::action::ACTIONS;
use crate::bot;
use crate::chat::slack::manifest::{CREATE, Plan, Slash, manifest};
use crate::config::SourceConfig;

/// The commands of `callboard slack`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints the app's manifest, with which a workspace gets the bot
    Manifest(Options),
}

/// How the manifest is made.
#[derive(Debug, Args)]
pub struct Options {
    /// Events come over connections that the bot opens; this is so without an option
    #[arg(long, conflicts_with = "http")]
    socket: bool,
    /// Events come to the web server at this public address, like `https://bot.acme.example`
    #[arg(long, value_name = "URL")]
    http: Option<Url>,
    /// What stands before the names of all slash commands, like `cb-`; without it the `prefix` of the configuration
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
}

/// The forms that Slack takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Yaml,
    /// For programs.
    Json,
}

/// Runs a command of `callboard slack`.
pub fn run(global: &Global, command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Manifest(options) = command;
    let config = global.config()?;
    let (book, problems) = bot::book(config.commands.as_deref(), ACTIONS);
    for problem in &problems {
        output::note(&problem.to_string());
    }
    let commands = book.commands().filter(|command| command.slash);
    let plan = Plan {
        commands: commands
            .map(|command| Slash {
                name: command.name.clone(),
                says: command.says.clone(),
                usage: typed_on(&command.usage()),
            })
            .collect(),
        prefix: options.prefix.clone().unwrap_or_else(|| {
            let slack = config.slack.as_ref();
            slack.map(|slack| slack.prefix.clone()).unwrap_or_default()
        }),
        http: options.http.clone(),
        domains: domains(&config.sources),
        creates: book.find(CREATE).is_some(),
    };
    let manifest = match manifest(&plan) {
        Ok(manifest) => manifest,
        Err(error) => {
            output::error(&error.to_string());
            return Ok(ExitCode::from(1));
        }
    };
    match options.format {
        Format::Json => output::json(&manifest),
        Format::Yaml => {
            let text = serde_saphyr::to_string(&manifest).context("the manifest is no YAML")?;
            output::text(&text)
        }
    }
}

/// What is typed behind the name of a command.
fn typed_on(usage: &str) -> String {
    let (_, rest) = usage.split_once(' ').unwrap_or_default();
    rest.to_owned()
}

/// The hosts of the sources, whose links are worth a preview.
fn domains(sources: &[SourceConfig]) -> Vec<String> {
    let mut hosts = BTreeSet::new();
    for source in sources {
        let addresses = [&source.git, &source.url, &source.backstage];
        hosts.extend(
            addresses
                .into_iter()
                .flatten()
                .filter_map(|address| host(address)),
        );
        let public = [
            (&source.github, "github.com"),
            (&source.gitlab, "gitlab.com"),
        ];
        if source.url.is_none() {
            let named = public.into_iter().filter(|(name, _)| name.is_some());
            hosts.extend(named.map(|(_, host)| host.to_owned()));
        }
    }
    hosts.into_iter().collect()
}

/// The host of an address, if it has a name that others can reach it by.
fn host(address: &str) -> Option<String> {
    let host = if let Ok(url) = Url::parse(address) {
        url.domain()?.to_owned()
    } else {
        // As in `git@github.com:acme/catalog.git`.
        let (host, _) = address.split_once(':')?;
        host.rsplit('@').next()?.to_owned()
    };
    let is_name = host.contains('.') && !host.contains('/') && !host.starts_with('.');
    is_name.then_some(host)
}
