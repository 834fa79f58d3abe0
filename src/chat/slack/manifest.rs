//! The app's manifest: what Slack is told of the bot, made from what can be said to it.

use serde_json::{Value, json};
use thiserror::Error;
use url::Url;

use super::limit::{cut, length};
use super::scope::{EVENTS, scopes};
use crate::message::markdown::plain;

/// The command that everything can be said to.
pub const ROOT: &str = "callboard";
/// The message shortcut.
pub const WHO_OWNS_THIS: &str = "who_owns_this";
/// The global shortcut.
pub const CREATE: &str = "create";
/// Where events come in over HTTP, below the platform's name.
pub const EVENTS_PATH: &str = "/events";
/// Where slash commands come in over HTTP.
pub const COMMANDS_PATH: &str = "/commands";
/// Where buttons, forms and shortcuts come in over HTTP.
pub const INTERACTIVE_PATH: &str = "/interactive";
/// Where a workspace comes back to that installs the app.
pub const CALLBACK_PATH: &str = "/oauth/callback";

/// Slash commands of one app.
const MOST_COMMANDS: usize = 50;
/// A slash command with its slash.
const NAME: usize = 32;
/// What a slash command does.
const DESCRIPTION: usize = 2_000;
/// How a slash command is typed.
const HINT: usize = 1_000;
/// Hosts whose links are previewed.
const DOMAINS: usize = 5;

/// The slash commands that are Slack's own.
const TAKEN: [&str; 33] = [
    "active",
    "apps",
    "archive",
    "away",
    "call",
    "canvas",
    "collapse",
    "dm",
    "dnd",
    "expand",
    "feed",
    "feedback",
    "help",
    "huddle",
    "invite",
    "join",
    "keys",
    "kick",
    "leave",
    "list",
    "me",
    "msg",
    "mute",
    "open",
    "part",
    "prefs",
    "remind",
    "rename",
    "search",
    "shortcuts",
    "shrug",
    "status",
    "topic",
];

/// What the manifest is made from.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The commands that have a slash command of their own.
    pub commands: Vec<Slash>,
    /// What stands before all of their names, like `cb-`.
    pub prefix: String,
    /// The public address of the bot's web server; none for sockets.
    pub http: Option<Url>,
    /// The hosts whose links are previewed.
    pub domains: Vec<String>,
    /// Whether things can be created, so that there is a shortcut for it.
    pub creates: bool,
}

/// A slash command.
#[derive(Debug, Clone)]
pub struct Slash {
    /// Its name, without slash and prefix.
    pub name: String,
    /// What it does; its code spans lose their back-ticks.
    pub says: String,
    /// How it is typed on, like `<thing>`.
    pub usage: String,
}

/// Why there is no manifest.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ManifestError {
    /// Slack has such a command itself.
    #[error(
        "Slack has a command /{0} of its own. Take `slash = true` out of its command file, or put something before all names, like --prefix cb-."
    )]
    Taken(String),
    /// The name is too long.
    #[error(
        "Slack takes names of up to 32 characters with the slash, and /{0} has {1}. Take a shorter prefix, or `slash = true` out of its command file."
    )]
    Long(String, usize),
    /// The name has letters that Slack does not take.
    #[error(
        "Slack takes lower-case letters, digits, - and _ in the names of commands, which /{0} is not made of."
    )]
    Odd(String),
    /// There are too many.
    #[error(
        "Slack takes 50 slash commands of an app, and these are {0} with /callboard. Take `slash = true` out of some command files; /callboard reaches them all the same."
    )]
    Many(usize),
    /// The address is not one that Slack reaches.
    #[error(
        "Slack delivers to addresses that begin with https:// and end with the host or a path, like https://bot.acme.example, not to {0}."
    )]
    Address(String),
}

/// Makes the manifest.
pub fn manifest(plan: &Plan) -> Result<Value, ManifestError> {
    let base = plan.http.as_ref().map(base).transpose()?;
    let at = |path: &str| base.as_ref().map(|base| format!("{base}/slack{path}"));
    let previews = !plan.domains.is_empty();
    let events: Vec<&str> = EVENTS
        .iter()
        .filter(|event| previews || !event.preview)
        .map(|event| event.name)
        .collect();
    let mut manifest = json!({
        "display_information": {
            "name": "Callboard",
            "description": "Who owns this, is it healthy, how do I start a new one?",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": true,
                "messages_tab_enabled": true,
                "messages_tab_read_only_enabled": false,
            },
            "bot_user": {"display_name": "callboard", "always_online": true},
            "shortcuts": shortcuts(plan.creates),
            "slash_commands": commands(plan, at(COMMANDS_PATH).as_deref())?,
        },
        "oauth_config": {"scopes": {"bot": scopes(previews)}},
        "settings": {
            "event_subscriptions": {"bot_events": events},
            "interactivity": {"is_enabled": true},
            "org_deploy_enabled": false,
            "socket_mode_enabled": base.is_none(),
            "token_rotation_enabled": false,
        },
    });
    if previews {
        let domains: Vec<&String> = plan.domains.iter().take(DOMAINS).collect();
        manifest["features"]["unfurl_domains"] = json!(domains);
    }
    if let (Some(events), Some(interactive), Some(callback)) =
        (at(EVENTS_PATH), at(INTERACTIVE_PATH), at(CALLBACK_PATH))
    {
        let settings = &mut manifest["settings"];
        settings["event_subscriptions"]["request_url"] = json!(events);
        settings["interactivity"]["request_url"] = json!(interactive);
        settings["interactivity"]["message_menu_options_url"] = json!(interactive);
        manifest["oauth_config"]["redirect_urls"] = json!([callback]);
    }
    Ok(manifest)
}

fn shortcuts(creates: bool) -> Value {
    let shortcut = |name: &str, kind: &str, id: &str, says: &str| json!({"name": name, "type": kind, "callback_id": id, "description": says});
    let mut shortcuts = vec![shortcut(
        "Who owns this?",
        "message",
        WHO_OWNS_THIS,
        "Finds the owner of what a message names, stack traces included",
    )];
    if creates {
        shortcuts.push(shortcut(
            "Create…",
            "global",
            CREATE,
            "Starts something new from a template",
        ));
    }
    Value::Array(shortcuts)
}

fn commands(plan: &Plan, url: Option<&str>) -> Result<Vec<Value>, ManifestError> {
    let root = Slash {
        name: ROOT.to_owned(),
        says: "Everything that can be asked: say help to see it".to_owned(),
        usage: "<anything>".to_owned(),
    };
    let all: Vec<&Slash> = std::iter::once(&root).chain(&plan.commands).collect();
    if all.len() > MOST_COMMANDS {
        return Err(ManifestError::Many(all.len()));
    }
    all.into_iter()
        .map(|slash| command(slash, &plan.prefix, url))
        .collect()
}

fn command(slash: &Slash, prefix: &str, url: Option<&str>) -> Result<Value, ManifestError> {
    let name = format!("{prefix}{}", slash.name);
    let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if !name.chars().all(is_known) {
        return Err(ManifestError::Odd(name));
    }
    if TAKEN.contains(&name.as_str()) {
        return Err(ManifestError::Taken(name));
    }
    let long = length(&name) + 1;
    if long > NAME {
        return Err(ManifestError::Long(name, long));
    }
    let mut command = json!({
        "command": format!("/{name}"),
        "description": cut(&plain(&slash.says).replace('`', ""), DESCRIPTION),
        // What people type is read by us: nothing in it is to be turned into references.
        "should_escape": false,
    });
    if !slash.usage.is_empty() {
        command["usage_hint"] = Value::from(cut(&plain(&slash.usage), HINT));
    }
    if let Some(url) = url {
        command["url"] = Value::from(url);
    }
    Ok(command)
}

/// The address without a slash at its end.
fn base(url: &Url) -> Result<String, ManifestError> {
    let is_plain = url.scheme() == "https"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !is_plain {
        // A password in an address must not be shown.
        let mut shown = url.clone();
        let _ = (shown.set_password(None), shown.set_username(""));
        return Err(ManifestError::Address(shown.to_string()));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slash(name: &str) -> Slash {
        Slash {
            name: name.to_owned(),
            says: "What it `does`".to_owned(),
            usage: "<thing>".to_owned(),
        }
    }

    fn plan(names: &[&str]) -> Plan {
        Plan {
            commands: names.iter().map(|name| slash(name)).collect(),
            ..Plan::default()
        }
    }

    fn refused(plan: &Plan) -> String {
        manifest(plan).expect_err("a refusal").to_string()
    }

    #[test]
    fn over_http_every_address_stands_in_it() {
        let plan = Plan {
            prefix: "cb-".to_owned(),
            http: Some(Url::parse("https://bot.acme.example/chat/").expect("an address")),
            domains: vec!["git.acme.example".to_owned()],
            creates: true,
            ..plan(&["search"])
        };
        let manifest = manifest(&plan).expect("a manifest");
        insta::assert_snapshot!(serde_json::to_string_pretty(&manifest).expect("JSON"), @r##"
        {
          "display_information": {
            "name": "Callboard",
            "description": "Who owns this, is it healthy, how do I start a new one?",
            "background_color": "#1f3a5f"
          },
          "features": {
            "app_home": {
              "home_tab_enabled": true,
              "messages_tab_enabled": true,
              "messages_tab_read_only_enabled": false
            },
            "bot_user": {
              "display_name": "callboard",
              "always_online": true
            },
            "shortcuts": [
              {
                "name": "Who owns this?",
                "type": "message",
                "callback_id": "who_owns_this",
                "description": "Finds the owner of what a message names, stack traces included"
              },
              {
                "name": "Create…",
                "type": "global",
                "callback_id": "create",
                "description": "Starts something new from a template"
              }
            ],
            "slash_commands": [
              {
                "command": "/cb-callboard",
                "description": "Everything that can be asked: say help to see it",
                "should_escape": false,
                "usage_hint": "<anything>",
                "url": "https://bot.acme.example/chat/slack/commands"
              },
              {
                "command": "/cb-search",
                "description": "What it does",
                "should_escape": false,
                "usage_hint": "<thing>",
                "url": "https://bot.acme.example/chat/slack/commands"
              }
            ],
            "unfurl_domains": [
              "git.acme.example"
            ]
          },
          "oauth_config": {
            "scopes": {
              "bot": [
                "app_mentions:read",
                "channels:history",
                "channels:read",
                "chat:write",
                "commands",
                "files:write",
                "groups:history",
                "groups:read",
                "im:history",
                "im:read",
                "links:read",
                "links:write",
                "mpim:history",
                "mpim:read",
                "users:read",
                "users:read.email"
              ]
            },
            "redirect_urls": [
              "https://bot.acme.example/chat/slack/oauth/callback"
            ]
          },
          "settings": {
            "event_subscriptions": {
              "bot_events": [
                "app_home_opened",
                "app_mention",
                "app_uninstalled",
                "link_shared",
                "message.channels",
                "message.groups",
                "message.im",
                "message.mpim",
                "tokens_revoked"
              ],
              "request_url": "https://bot.acme.example/chat/slack/events"
            },
            "interactivity": {
              "is_enabled": true,
              "request_url": "https://bot.acme.example/chat/slack/interactive",
              "message_menu_options_url": "https://bot.acme.example/chat/slack/interactive"
            },
            "org_deploy_enabled": false,
            "socket_mode_enabled": false,
            "token_rotation_enabled": false
          }
        }
        "##);
    }

    #[test]
    fn names_that_slack_does_not_take_are_refused() {
        insta::assert_snapshot!(refused(&plan(&["who-owns", "search"])), @"Slack has a command /search of its own. Take `slash = true` out of its command file, or put something before all names, like --prefix cb-.");
        insta::assert_snapshot!(refused(&plan(&["what-everybody-always-wanted-to-ask"])), @"Slack takes names of up to 32 characters with the slash, and /what-everybody-always-wanted-to-ask has 36. Take a shorter prefix, or `slash = true` out of its command file.");
        insta::assert_snapshot!(refused(&plan(&["größe"])), @"Slack takes lower-case letters, digits, - and _ in the names of commands, which /größe is not made of.");
        let names: Vec<String> = (0..50).map(|n| format!("c{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        insta::assert_snapshot!(refused(&plan(&names)), @"Slack takes 50 slash commands of an app, and these are 51 with /callboard. Take `slash = true` out of some command files; /callboard reaches them all the same.");
        assert!(manifest(&plan(&names[..49])).is_ok());
    }

    #[test]
    fn addresses_that_slack_does_not_reach_are_refused() {
        let over = |address: &str| {
            let http = Some(Url::parse(address).expect("an address"));
            refused(&Plan { http, ..plan(&[]) })
        };
        insta::assert_snapshot!(over("http://bot.acme.example"), @"Slack delivers to addresses that begin with https:// and end with the host or a path, like https://bot.acme.example, not to http://bot.acme.example/.");
        insta::assert_snapshot!(over("https://ana:s3cret@bot.acme.example/?x=1"), @"Slack delivers to addresses that begin with https:// and end with the host or a path, like https://bot.acme.example, not to https://bot.acme.example/?x=1.");
    }

    #[test]
    fn without_links_to_preview_nothing_is_asked_for_them() {
        let manifest = manifest(&plan(&[])).expect("a manifest").to_string();
        assert!(!manifest.contains("link"), "{manifest}");
        assert!(
            manifest.contains("\"socket_mode_enabled\":true"),
            "{manifest}"
        );
    }
}
