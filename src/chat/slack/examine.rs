//! Whether Slack can be spoken to as it is configured: tokens, scopes, sockets, clock.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use secrecy::SecretString;
use serde_json::json;

use super::Slack;
use super::api::Told;
use super::error::ApiError;
use super::scope::scopes;
use crate::chat::adapter::Finding;
use crate::config::SlackDelivery;

/// How far the clock may be from Slack's, in seconds: signatures are good for five minutes.
const AHEAD: i64 = 60;

impl Slack {
    /// Looks at everything that is needed. Nothing is said or changed.
    pub(super) async fn look_at_all(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let api = self.calls.api();
        if let Some(token) = self.workspaces.token() {
            match api.probe("auth.test", token).await {
                Ok(told) => findings.extend(Self::of_bot(&told)),
                Err(error) => findings.push(wrong("Slack bot token", "bot_token", &error)),
            }
        }
        if let (SlackDelivery::Socket, Some(token)) = (self.config.delivery, &self.app_token) {
            findings.push(self.of_sockets(token).await);
        }
        findings
    }

    fn of_bot(told: &Told) -> Vec<Finding> {
        let text = |name: &str| told.answer.get(name).and_then(|text| text.as_str());
        let name = text("team").unwrap_or("without a name");
        let own = text("user").unwrap_or("somebody");
        let mut findings = vec![Finding::good(
            "Slack bot token",
            format!("the bot is {own} in the workspace {name}"),
        )];
        if let Some(granted) = &told.scopes {
            let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
            // Without links to preview the manifest asks for no scope for them.
            let missing: Vec<&str> = scopes(false)
                .into_iter()
                .filter(|scope| !granted.contains(scope))
                .collect();
            findings.push(if missing.is_empty() {
                Finding::good("Slack scopes", "all that are used are granted")
            } else {
                Finding::wrong(
                    "Slack scopes",
                    format!(
                        "{} missing; add them under \"OAuth & Permissions\" in the app's settings and install the app again.",
                        missing.join(", ")
                    ),
                )
            });
        }
        findings.extend(told.date.as_deref().and_then(clock));
        findings
    }

    async fn of_sockets(&self, token: &SecretString) -> Finding {
        let what = "Slack sockets";
        let opened = self
            .calls
            .api()
            .post("apps.connections.open", token, &json!({}))
            .await;
        match opened {
            Ok(_) => Finding::good(what, "Slack lets the app connect"),
            Err(error) => wrong(what, "app_token", &error),
        }
    }
}

fn wrong(what: &str, key: &str, error: &ApiError) -> Finding {
    Finding::wrong(what, format!("`{key}` of [slack]: {error}."))
}

/// How our clock stands to Slack's.
fn clock(date: &str) -> Option<Finding> {
    let theirs = DateTimeParser::new().parse_timestamp(date).ok()?;
    let apart = Timestamp::now().as_second() - theirs.as_second();
    Some(if apart.abs() <= AHEAD {
        Finding::good("clock", "it agrees with Slack's")
    } else {
        Finding::wrong(
            "clock",
            format!(
                "it is {} seconds {} Slack's, so signatures are not believed; let the machine keep the time, for example with chrony.",
                apart.abs(),
                if apart > 0 { "ahead of" } else { "behind" }
            ),
        )
    })
}
