//! `callboard serve`: the bot without a terminal, for a machine that it runs on all the time.

use std::process::ExitCode;

use super::{Global, Stop, output};
use crate::bot::Bot;

/// Runs the bot until the program is told to stop.
pub async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let stop = Stop::listen()?;
    let mut setup = global.setup()?;
    let Some(served) = setup.listen().await? else {
        output::error(
            "there is nothing to serve: write `listen = \"127.0.0.1:8080\"` under [web] in callboard.toml for the web \
             server; `callboard chat` is the chat in the terminal",
        );
        return Ok(ExitCode::from(2));
    };
    output::text(&format!("Callboard serves {served}"))?;
    let bot = tokio::select! {
        bot = Bot::open(setup) => bot?,
        code = stop.told() => return Ok(code),
    };
    bot.run(Vec::new(), stop.token).await?;
    Ok(ExitCode::SUCCESS)
}
