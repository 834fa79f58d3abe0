//! Slack's part of the configuration: the tokens of one workspace or of an app for many, and how events come in.

use std::net::IpAddr;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{ConfigError, Secret};

/// As many connections as Slack allows an app.
const MOST_CONNECTIONS: usize = 10;

/// The longest prefix: Slack's own limit for a slash command is 32 characters.
const LONGEST_PREFIX: usize = 12;

/// Slack. Without this table there is no Slack.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SlackConfig {
    /// The bot's token of one workspace, which begins with `xoxb-`, as `env:NAME` or `file:PATH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_token: Option<Secret>,
    /// The app's token, which begins with `xapp-` and opens sockets, as `env:NAME` or `file:PATH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_token: Option<Secret>,
    /// What Slack signs its requests over HTTP with, as `env:NAME` or `file:PATH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<Secret>,
    /// The app's id where many workspaces install it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The app's own secret where many workspaces install it, as `env:NAME` or `file:PATH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// Where the bot's web server is reached from outside, like `https://callboard.acme.example`; for installations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The key with which the tokens of workspaces that install the app are encrypted in the store, as `env:NAME` or
    /// `file:PATH`: at least 32 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_key: Option<Secret>,
    /// How events come in: `socket`, which needs no port that is open to the internet, or `http`.
    pub delivery: SlackDelivery,
    /// What stands before the names of slash commands, like `cb-`, so that they differ from those of other apps.
    pub prefix: String,
    /// Where the Web API is, when it is not at `https://slack.com/api`, as in GovSlack.
    pub api: String,
    /// How many sockets are open side by side, so that one may be lost: 2 to 10.
    pub connections: usize,
}

/// How events come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SlackDelivery {
    /// Over connections that the bot opens.
    #[default]
    Socket,
    /// As requests to the web server.
    Http,
}

impl Default for SlackConfig {
    fn default() -> Self {
        Self {
            bot_token: None,
            app_token: None,
            signing_secret: None,
            client_id: None,
            client_secret: None,
            url: None,
            token_key: None,
            delivery: SlackDelivery::Socket,
            prefix: String::new(),
            api: "https://slack.com/api".to_owned(),
            connections: 2,
        }
    }
}

impl SlackConfig {
    /// Whether many workspaces may install the app.
    pub fn is_for_many(&self) -> bool {
        self.client_id.is_some()
    }

    /// Where the bot's web server is reached from outside.
    pub fn address(&self) -> Result<Option<Url>, ConfigError> {
        let Some(text) = &self.url else {
            return Ok(None);
        };
        match Url::parse(text) {
            Ok(url) if url.scheme() == "https" || is_here(&url) => Ok(Some(url)),
            _ => Err(ConfigError::new(format!(
                "the `url` of [slack] must be an address like \"https://callboard.acme.example\", not {text:?}"
            ))),
        }
    }

    /// The secrets with the names of their keys.
    pub fn secrets(&self) -> impl Iterator<Item = (&'static str, &Secret)> {
        let secrets = [
            ("bot_token", &self.bot_token),
            ("app_token", &self.app_token),
            ("signing_secret", &self.signing_secret),
            ("client_secret", &self.client_secret),
            ("token_key", &self.token_key),
        ];
        secrets
            .into_iter()
            .filter_map(|(key, secret)| Some((key, secret.as_ref()?)))
    }

    pub(super) fn check(&self, web_listens: bool) -> Result<(), ConfigError> {
        self.check_keys(web_listens)?;
        self.check_values()
    }

    fn check_keys(&self, web_listens: bool) -> Result<(), ConfigError> {
        let needs = |key: &str, why: &str, remedy: &str| {
            Err(ConfigError::new(format!(
                "[slack] needs the key `{key}` {why}; {remedy}"
            )))
        };
        if self.bot_token.is_none() && !self.is_for_many() {
            return needs(
                "bot_token",
                "to speak to a workspace",
                "install the app in the workspace, take the Bot User OAuth Token from \"OAuth & Permissions\", and point to it like bot_token = \"env:SLACK_BOT_TOKEN\"",
            );
        }
        if self.is_for_many() != self.client_secret.is_some() {
            let key = if self.is_for_many() {
                "client_secret"
            } else {
                "client_id"
            };
            return needs(
                key,
                "for other workspaces to install the app",
                "both stand under \"Basic Information\" in the app's settings",
            );
        }
        if self.is_for_many() && self.url.is_none() {
            return needs(
                "url",
                "for other workspaces to install the app",
                "write where the web server is reached from outside, like url = \"https://callboard.acme.example\"",
            );
        }
        if self.is_for_many() && self.token_key.is_none() {
            return needs(
                "token_key",
                "to keep the tokens of the workspaces that install the app",
                "make one with `openssl rand -base64 32`, and point to it like token_key = \"env:CALLBOARD_TOKEN_KEY\"",
            );
        }
        match self.delivery {
            SlackDelivery::Socket if self.app_token.is_none() => needs(
                "app_token",
                "for delivery by sockets",
                "make a token with the scope connections:write under \"Basic Information\", \"App-Level Tokens\", and point to it like app_token = \"env:SLACK_APP_TOKEN\"",
            ),
            SlackDelivery::Http if self.signing_secret.is_none() => needs(
                "signing_secret",
                "for delivery over HTTP",
                "take the Signing Secret from \"Basic Information\" in the app's settings, and point to it like signing_secret = \"env:SLACK_SIGNING_SECRET\"",
            ),
            SlackDelivery::Http if !web_listens => Err(ConfigError::new(
                "[slack] has delivery = \"http\", but there is no web server; write `listen = \"127.0.0.1:8080\"` under [web]",
            )),
            _ if self.is_for_many() && (!web_listens || self.signing_secret.is_none()) => {
                Err(ConfigError::new(
                    "[slack] has a `client_id`, so workspaces install the app over HTTP; write `signing_secret` here and `listen = \"127.0.0.1:8080\"` under [web]",
                ))
            }
            _ => Ok(()),
        }
    }

    fn check_values(&self) -> Result<(), ConfigError> {
        let plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if !self.prefix.chars().all(plain) || self.prefix.len() > LONGEST_PREFIX {
            return Err(ConfigError::new(format!(
                "the `prefix` of [slack] must be at most {LONGEST_PREFIX} lower-case letters, digits, - and _ like \"cb-\", not {:?}",
                self.prefix
            )));
        }
        if !(2..=MOST_CONNECTIONS).contains(&self.connections) {
            return Err(ConfigError::new(format!(
                "the `connections` of [slack] must be 2 to {MOST_CONNECTIONS}, not {}",
                self.connections
            )));
        }
        self.address()?;
        let is_good = Url::parse(&self.api).is_ok_and(|url| match url.scheme() {
            "https" => true,
            // Tokens do not leave the machine in the clear.
            "http" => is_here(&url),
            _ => false,
        });
        if !is_good {
            return Err(ConfigError::new(format!(
                "the `api` of [slack] must be an address like \"https://slack.com/api\" or \"https://slack-gov.com/api\", not {:?}",
                self.api
            )));
        }
        Ok(())
    }

    /// Makes relative paths start at the configuration's folder.
    pub(super) fn anchor(&mut self, folder: &Path) {
        let secrets = [
            &mut self.bot_token,
            &mut self.app_token,
            &mut self.signing_secret,
            &mut self.client_secret,
            &mut self.token_key,
        ];
        for secret in secrets.into_iter().flatten() {
            if let Secret::File(path) = secret {
                *path = folder.join(&*path);
            }
        }
    }
}

/// Whether an address is on this machine.
pub(super) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(keys: &str) -> String {
        let config: SlackConfig = toml::from_str(keys).expect("it is TOML");
        match config.check(keys.contains("# web")) {
            Ok(()) => "good".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_missing_is_named_with_the_remedy() {
        let bot = "bot_token = \"env:B\"\n";
        let told = [
            checked(""),
            checked(bot),
            checked(&format!("{bot}app_token = \"env:A\"")),
            checked(&format!("{bot}delivery = \"http\"")),
            checked(&format!(
                "{bot}delivery = \"http\"\nsigning_secret = \"env:S\""
            )),
            checked(&format!(
                "{bot}delivery = \"http\"\nsigning_secret = \"env:S\" # web"
            )),
            checked("client_id = \"1.2\""),
            checked(
                "client_id = \"1.2\"\nclient_secret = \"env:C\"\nurl = \"https://c.example\"\napp_token = \"env:A\"",
            ),
            checked(
                "client_id = \"1.2\"\nclient_secret = \"env:C\"\nurl = \"https://c.example\"\napp_token = \"env:A\"\ntoken_key = \"env:K\"",
            ),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        [slack] needs the key `bot_token` to speak to a workspace; install the app in the workspace, take the Bot User OAuth Token from "OAuth & Permissions", and point to it like bot_token = "env:SLACK_BOT_TOKEN"
        [slack] needs the key `app_token` for delivery by sockets; make a token with the scope connections:write under "Basic Information", "App-Level Tokens", and point to it like app_token = "env:SLACK_APP_TOKEN"
        good
        [slack] needs the key `signing_secret` for delivery over HTTP; take the Signing Secret from "Basic Information" in the app's settings, and point to it like signing_secret = "env:SLACK_SIGNING_SECRET"
        [slack] has delivery = "http", but there is no web server; write `listen = "127.0.0.1:8080"` under [web]
        good
        [slack] needs the key `client_secret` for other workspaces to install the app; both stand under "Basic Information" in the app's settings
        [slack] needs the key `token_key` to keep the tokens of the workspaces that install the app; make one with `openssl rand -base64 32`, and point to it like token_key = "env:CALLBOARD_TOKEN_KEY"
        [slack] has a `client_id`, so workspaces install the app over HTTP; write `signing_secret` here and `listen = "127.0.0.1:8080"` under [web]
        "#);
    }

    #[test]
    fn what_slack_would_not_take_is_refused() {
        let with = |keys: &str| {
            checked(&format!(
                "bot_token = \"env:B\"\napp_token = \"env:A\"\n{keys}"
            ))
        };
        let told = [
            with("prefix = \"CB \""),
            with("connections = 1"),
            with("api = \"http://slack.com/api\""),
            with("api = \"http://127.0.0.1:4000/api\""),
            with("api = \"https://slack-gov.com/api\""),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        the `prefix` of [slack] must be at most 12 lower-case letters, digits, - and _ like "cb-", not "CB "
        the `connections` of [slack] must be 2 to 10, not 1
        the `api` of [slack] must be an address like "https://slack.com/api" or "https://slack-gov.com/api", not "http://slack.com/api"
        good
        good
        "#);
    }
}
