//! `callboard chat`: the terminal chat, or one line in and one answer out.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::sync::watch;

use super::complete::CatalogCompleter;
use super::{Global, Stop, output};
use crate::bot::Bot;
use crate::catalog::sync::{Report, Request, Stage};
use crate::chat::console::{Console, Options as ConsoleOptions, Progress};

/// The options of `callboard chat`.
#[derive(Debug, Default, Args)]
pub struct Options {
    /// Speak as this person of the catalog; without it as the user of the system
    #[arg(long = "as", value_name = "USER")]
    person: Option<String>,
}

/// Runs the chat until the person leaves, the input ends or the program is told to stop.
pub async fn run(global: &Global, options: &Options) -> anyhow::Result<ExitCode> {
    let mut setup = global.setup()?;
    setup.listen().await?;
    let history = setup.data.join("history");
    let bot = Bot::open(setup).await?;
    let stop = Stop::listen()?;
    let person = super::exec::person(options.person.as_deref());
    let mut console = ConsoleOptions::standard(person);
    let interactive = console.interactive;
    // A person gets the prompt at once when there is something to answer from; a script gets fresh answers.
    if bot.context.catalog().is_empty() || !interactive {
        let reading = async {
            if interactive {
                first_look(&bot).await
            } else {
                refresh(&bot).await
            }
        };
        tokio::select! {
            result = reading => result?,
            code = stop.told() => {
                bot.close().await?;
                return Ok(code);
            }
        }
    }
    if interactive {
        console.history = Some(history);
        console.completer = Arc::new(CatalogCompleter::new(bot.context.clone()));
        let catalog = bot.context.catalog();
        let count = catalog.len();
        let unread = catalog.sources().iter().filter(|state| state.is_unread());
        let unread = match unread.count() {
            0 => String::new(),
            unread => format!(
                ", and {} still to be read",
                output::count(unread, "repository is", "repositories are")
            ),
        };
        output::text(&format!(
            "{count} entities are in the catalog{unread}. `help` lists what you can ask; Ctrl-D leaves."
        ))?;
    }
    bot.run(vec![Arc::new(Console::new(console))], stop.token)
        .await?;
    Ok(ExitCode::SUCCESS)
}

/// How long an answer waits for sources when there is an older catalog to answer from.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a person's first question waits when there are so many repositories that reading them all takes longer.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);

/// How long the bar may take to go.
const GOODBYE: Duration = Duration::from_millis(500);

/// Reads the sources if their turn has come. With a catalog from an earlier sync the wait is short: an answer that says
/// its age is worth more than one that comes too late.
pub async fn refresh(bot: &Bot) -> anyhow::Result<()> {
    if !bot.context.syncer.is_due() {
        return Ok(());
    }
    if bot.context.catalog().is_empty() {
        return first_sync(bot).await;
    }
    let Ok(result) = tokio::time::timeout(PATIENCE, first_sync(bot)).await else {
        output::error("the sources take long; this is answered from what was read before");
        return Ok(());
    };
    result
}

/// Reads the sources before a person's first question: to their end, or so long that there is something to answer from
/// while the rest is read.
async fn first_look(bot: &Bot) -> anyhow::Result<()> {
    let syncer = bot.context.syncer.clone();
    let mut syncing = tokio::spawn(async move { syncer.sync(Request::default()).await });
    let enough = async {
        tokio::time::sleep(FIRST_PATIENCE).await;
        let mut stages = bot.context.syncer.progress();
        while bot.context.catalog().is_empty() && stages.changed().await.is_ok() {}
    };
    let ended = watched(bot, async {
        tokio::select! {
            ended = &mut syncing => Some(ended),
            () = enough => None,
        }
    });
    if let Some(reports) = ended.await {
        complain(&reports.context("the sync ended in a panic")??);
    }
    Ok(())
}

/// Reads the sources before the first answer.
async fn first_sync(bot: &Bot) -> anyhow::Result<()> {
    let reports = watched(bot, bot.context.syncer.sync(Request::default())).await?;
    complain(&reports);
    Ok(())
}

/// Does the work with a bar where somebody is watching.
async fn watched<T>(bot: &Bot, work: impl Future<Output = T>) -> T {
    // In a task of its own, because reading keeps this one busy.
    let mut watching = tokio::spawn(show(bot.context.syncer.progress()));
    let done = work.await;
    // It takes its bar away by itself when the sync has ended well.
    if tokio::time::timeout(GOODBYE, &mut watching).await.is_err() {
        watching.abort();
    }
    done
}

/// Says what cannot be read.
fn complain(reports: &[Report]) {
    for report in reports.iter().filter(|report| report.origin.is_none()) {
        if let Some(error) = &report.error {
            output::error(&format!(
                "the source {} cannot be read: {error}",
                report.source
            ));
        }
    }
    let led = reports.iter().filter(|report| report.origin.is_some());
    let failed = led.filter(|report| report.error.is_some()).count();
    if failed > 0 {
        let failed = output::count(failed, "repository", "repositories");
        output::error(&format!(
            "{failed} that the sources lead to cannot be read; `status` says why"
        ));
    }
}

/// Shows where a sync is, until it ends.
async fn show(mut stages: watch::Receiver<Stage>) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let progress = Progress::start(None, "Reading the catalog");
    while stages.changed().await.is_ok() {
        let stage = stages.borrow_and_update().clone();
        match stage {
            Stage::Idle => return progress.finish(),
            Stage::Fetching(name) => progress.stage(&format!("Fetching {name}")),
            Stage::Reading(name, done, total) => {
                progress.stage(&format!("Reading {name}"));
                progress.total(u64::try_from(total).unwrap_or(0));
                progress.set(u64::try_from(done).unwrap_or(0));
            }
            Stage::Writing => progress.stage("Writing the catalog"),
        }
    }
}
