//! `callboard doctor` in front of Slack.

use insta::assert_snapshot;

use super::crash::program;
use crate::harness::Program;
use crate::harness::slack::{APP_TOKEN, BOT_TOKEN, SlackStandIn};

/// What it says of Slack, and how it ends.
fn doctor(program: &Program) -> String {
    let finished = program.run(["doctor"]);
    let lines = finished.stdout.lines();
    let of_slack = lines.filter(|line| line.contains("Slack") || line.contains("clock"));
    let mut told: Vec<String> = of_slack.map(str::to_owned).collect();
    told.push(format!("exit {}", finished.code));
    told.join("\n")
}

#[tokio::test]
async fn tokens_scopes_sockets_and_clock_are_looked_at() {
    let slack = SlackStandIn::start();
    assert_snapshot!(doctor(&program(&slack)), @"
    ✓ Slack bot token: the bot is callboard in the workspace Acme
    ✓ Slack scopes: all that are used are granted
    ✓ clock: it agrees with Slack's
    ✓ Slack sockets: Slack lets the app connect
    exit 0
    ");
}

#[tokio::test]
async fn a_scope_that_is_missing_is_named() {
    let slack = SlackStandIn::start();
    slack.grants(["commands", "chat:write", "users:read"]);
    assert_snapshot!(doctor(&program(&slack)), @r#"
    ✓ Slack bot token: the bot is callboard in the workspace Acme
    ✗ Slack scopes: app_mentions:read, channels:history, channels:read, files:write, groups:history, groups:read, im:history, im:read, mpim:history, mpim:read, users:read.email missing; add them under "OAuth & Permissions" in the app's settings and install the app again.
    ✓ clock: it agrees with Slack's
    ✓ Slack sockets: Slack lets the app connect
    exit 1
    "#);
}

#[tokio::test]
async fn tokens_that_were_taken_back_are_told_with_the_remedy() {
    let slack = SlackStandIn::start();
    slack.revokes(BOT_TOKEN);
    slack.revokes(APP_TOKEN);
    assert_snapshot!(doctor(&program(&slack)), @"
    ✗ Slack bot token: `bot_token` of [slack]: Slack refuses it: token_revoked; the token is not good (any more): take the current one from the app's settings.
    ✗ Slack sockets: `app_token` of [slack]: Slack refuses it: token_revoked; the token is not good (any more): take the current one from the app's settings.
    exit 1
    ");
}
