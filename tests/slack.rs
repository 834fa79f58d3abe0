//! What people in a Slack workspace see: the whole bot, over real sockets, on the stand-in.

mod commands;
mod crash;
mod doctor;
mod forms;
mod home;
mod outsiders;
mod previews;
mod threads;
mod whispers;

use std::sync::Arc;

use callboard::chat::slack::Slack;
use callboard::config::{Secret, SlackConfig};

use crate::harness::slack::{APP_TOKEN, BOT_TOKEN, SlackStandIn};
use crate::harness::{Plan, TestBot};

/// A bot in the workspace of the stand-in; the tokens are in files, as an operator keeps them.
struct Workspace {
    bot: TestBot,
    slack: SlackStandIn,
    _secrets: tempfile::TempDir,
}

impl Workspace {
    /// The bundled organisation, with ana as the admin.
    async fn acme() -> Self {
        Self::of(TestBot::with()).await
    }

    async fn of(plan: Plan) -> Self {
        let slack = SlackStandIn::start();
        let secrets = tempfile::tempdir().expect("a folder");
        let config = config(&slack, secrets.path());
        let adapter = Slack::new(&config, None).expect("a good configuration");
        let bot = plan
            .config(|config| {
                config.admins = vec!["user:default/ana".to_owned()];
                config.limits.per_minute = 1_000_000;
            })
            .on(Arc::new(adapter))
            .start()
            .await;
        slack.connected(2).await;
        Self {
            bot,
            slack,
            _secrets: secrets,
        }
    }
}

/// The configuration of a bot that speaks to the stand-in.
fn config(slack: &SlackStandIn, secrets: &std::path::Path) -> SlackConfig {
    let secret = |name: &str, text: &str| {
        let file = secrets.join(name);
        std::fs::write(&file, text).expect("written");
        Some(Secret::File(file))
    };
    SlackConfig {
        bot_token: secret("bot", BOT_TOKEN),
        app_token: secret("app", APP_TOKEN),
        api: slack.api(),
        ..SlackConfig::default()
    }
}
