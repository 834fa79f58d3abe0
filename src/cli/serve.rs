//! `callboard serve`: the bot without a terminal, for a machine that it runs on all the time.

use std::process::ExitCode;

use super::{Global, Stop, output};
use crate::bot::{Bot, adapters};

/// Runs the bot until the program is told to stop.
pub async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let stop = Stop::listen()?;
    let mut setup = global.setup()?;
    let served = setup.listen().await?;
    let platforms = setup.config.slack.is_some() || setup.config.matrix.is_some();
    let data = setup.data.clone();
    if served.is_none() && !platforms {
        output::error(
            "there is nothing to serve: write a table [slack] or [matrix] into callboard.toml, or `listen = \"127.0.0.1:8080\"` \
             under [web] for the web server; `callboard chat` is the chat in the terminal",
        );
        return Ok(ExitCode::from(2));
    }
    if let Some(served) = served {
        output::text(&format!("Callboard serves {served}"))?;
    }
    let opening = async {
        let bot = Bot::open(setup).await?;
        let adapters = adapters(&bot.context.config, &data, Some(&bot.store))?;
        for adapter in &adapters {
            output::text(&format!("Callboard serves {}", adapter.presented().await?))?;
        }
        anyhow::Ok((bot, adapters))
    };
    let (bot, adapters) = tokio::select! {
        opened = opening => opened?,
        code = stop.told() => return Ok(code),
    };
    bot.run(adapters, stop.token).await?;
    Ok(ExitCode::SUCCESS)
}
