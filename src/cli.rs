//! The command line: what can be said to the program itself. Others script against it.

mod catalog;
mod chat;
mod check;
mod complete;
mod config;
mod doctor;
mod evaluate;
mod exec;
#[cfg(feature = "matrix")]
mod matrix;
mod output;
mod policy;
pub mod reference;
mod serve;
#[cfg(feature = "slack")]
mod slack;
mod sync;
mod template;
mod transfer;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand};
use tokio_util::sync::CancellationToken;

use crate::bot::Setup;
use crate::config::{Config, SourceConfig};
use crate::telemetry;

/// Who owns this service, is it healthy, how do I start a new one: the software catalog, answered in chat.
#[derive(Debug, Parser)]
#[command(name = "callboard", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
struct Global {
    /// The configuration file; without it `callboard.toml`, else the bundled organisation
    #[arg(long, global = true, value_name = "FILE", env = "CALLBOARD_CONFIG")]
    config: Option<PathBuf>,
    /// The data folder; without it `$XDG_DATA_HOME/callboard` or `~/.local/share/callboard`
    #[arg(long, global = true, value_name = "DIR", env = "CALLBOARD_DATA")]
    data: Option<PathBuf>,
    /// Read this repository or folder instead of the configured sources; may be given several times
    #[arg(long, global = true, value_name = "PATH-or-URL")]
    source: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens the terminal chat; the same as no command at all
    Chat(chat::Options),
    /// Runs the bot without a terminal, with what the configuration names, until it is told to stop
    Serve,
    /// Answers one line and ends: 0 answered, 1 the asker's failure, 2 ours
    Exec(exec::Options),
    /// Looks at everything the bot needs, and says what to mend; 1 when there is something
    Doctor,
    /// Reads all sources once and reports on each
    Sync(sync::Options),
    /// Checks descriptors and command files without running anything; 1 when there are errors
    Check(check::Options),
    /// Gives the catalog to other programs
    Catalog {
        #[command(subcommand)]
        command: catalog::Command,
    },
    /// Measures how well names are found
    Eval {
        #[command(subcommand)]
        command: evaluate::Command,
    },
    /// Writes what cannot be rebuilt from the sources as JSON lines
    Export(transfer::ExportOptions),
    /// Reads JSON lines that `callboard export` wrote
    Import(transfer::ImportOptions),
    /// Brings the bot into Slack
    #[cfg(feature = "slack")]
    Slack {
        #[command(subcommand)]
        command: slack::Command,
    },
    /// Brings the bot into Matrix
    #[cfg(feature = "matrix")]
    Matrix {
        #[command(subcommand)]
        command: matrix::Command,
    },
    /// Tries golden-path templates out, without any forge
    Template {
        #[command(subcommand)]
        command: template::Command,
    },
    /// Says what the policy allows
    Policy {
        #[command(subcommand)]
        command: policy::Command,
    },
    /// Explains the configuration
    Config {
        #[command(subcommand)]
        command: config::Command,
    },
    /// Prints the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the manual page, in roff
    Man,
}

/// Runs the program and gives its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Two crypto libraries are linked in, so that rustls does not choose by itself. One that was installed before stays.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = runtime
        .context("the program cannot start its threads")
        .and_then(|runtime| {
            let result = runtime.block_on(run(cli));
            // The program ends here, and all its threads with it. Ending the runtime first would wait for a thread that
            // reads standard input, and lets libraries panic whose work is taken away from under them (deadpool-sync).
            std::mem::forget(runtime);
            result
        });
    match result {
        Ok(code) => code,
        Err(error) => {
            output::error(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// The command line's definition, for completions, the manual page and the README's tables.
pub fn definition() -> clap::Command {
    Cli::command()
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = cli.global;
    match cli.command {
        // The chat and the server end in order by themselves.
        None => chat::run(&global, &chat::Options::default()).await,
        Some(Command::Chat(options)) => chat::run(&global, &options).await,
        Some(Command::Serve) => serve::run(&global).await,
        Some(command) => {
            let stop = Stop::listen()?;
            tokio::select! {
                result = run_once(&global, command) => result,
                // What was under way is dropped, and with it the git that it waits for; the store closes in order.
                code = stop.told() => Ok(code),
            }
        }
    }
}

async fn run_once(global: &Global, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Chat(options) => chat::run(global, &options).await,
        Command::Serve => serve::run(global).await,
        Command::Exec(options) => exec::run(global, &options).await,
        Command::Doctor => doctor::run(global).await,
        Command::Sync(options) => sync::run(global, &options).await,
        Command::Check(options) => check::run(global, &options).await,
        Command::Catalog { command } => catalog::run(global, &command).await,
        Command::Eval { command } => evaluate::run(global, &command).await,
        Command::Export(options) => transfer::export(global, &options).await,
        Command::Import(options) => transfer::import(global, &options).await,
        #[cfg(feature = "slack")]
        Command::Slack { command } => slack::run(global, &command),
        #[cfg(feature = "matrix")]
        Command::Matrix { command } => matrix::run(global, &command).await,
        Command::Template { command } => template::run(global, &command).await,
        Command::Policy { command } => policy::run(global, &command).await,
        Command::Config { command } => config::run(global, &command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut definition(), "callboard", &mut script);
            output::bytes(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(definition()).render(&mut page)?;
            output::bytes(&page)
        }
    }
}

impl Global {
    /// The configuration's file: the one given, else `callboard.toml` here, if there is one.
    fn config_file(&self) -> Option<PathBuf> {
        let default = Path::new("callboard.toml");
        self.config
            .clone()
            .or_else(|| default.exists().then(|| default.to_owned()))
    }

    fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(self.config_file().as_deref())?)
    }

    fn data(&self) -> anyhow::Result<PathBuf> {
        if let Some(data) = &self.data {
            return Ok(data.clone());
        }
        let variable = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        variable("XDG_DATA_HOME")
            .or_else(|| Some(variable("HOME")?.join(".local/share")))
            .map(|data| data.join("callboard"))
            .context("there is no home folder for the data; say where it belongs with --data")
    }

    fn sources(&self) -> anyhow::Result<Vec<SourceConfig>> {
        let mut sources: Vec<SourceConfig> = Vec::new();
        for place in &self.source {
            let mut source = SourceConfig::of(place)?;
            let base = source.name.clone();
            let mut number = 2;
            while sources.iter().any(|other| other.name == source.name) {
                source.name = format!("{base}-{number}");
                number += 1;
            }
            sources.push(source);
        }
        Ok(sources)
    }

    /// Everything a bot needs, with logging started.
    fn setup(&self) -> anyhow::Result<Setup> {
        let config = self.config()?;
        telemetry::start(&config.log)?;
        let mut setup = Setup::new(config, self.data()?);
        setup.sources = self.sources()?;
        Ok(setup)
    }
}

/// The folder that a file is in, as its path names it.
fn around(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

/// SIGTERM or Ctrl-C, which are listened for from the beginning on.
struct Stop {
    /// Cancelled by either.
    token: CancellationToken,
    signal: Arc<AtomicU8>,
}

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate =
            signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
        let mut interrupt =
            signal(SignalKind::interrupt()).context("SIGINT cannot be listened for")?;
        let stop = Self {
            token: CancellationToken::new(),
            signal: Arc::default(),
        };
        let (token, told) = (stop.token.clone(), stop.signal.clone());
        tokio::spawn(async move {
            let signal = tokio::select! {
                _ = terminate.recv() => rustix::process::Signal::TERM,
                _ = interrupt.recv() => rustix::process::Signal::INT,
            };
            told.store(
                u8::try_from(signal.as_raw()).unwrap_or(0),
                Ordering::Release,
            );
            token.cancel();
        });
        Ok(stop)
    }

    /// Waits for a signal and gives the exit code that says which.
    async fn told(&self) -> ExitCode {
        self.token.cancelled().await;
        ExitCode::from(128 + self.signal.load(Ordering::Acquire))
    }
}
