//! Which scopes the app asks for, and why: exactly those of the methods it calls and of the events it hears.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Something that is done with Slack, and what has to be allowed for it.
#[derive(Debug, Clone, Copy)]
pub struct Use {
    /// A method of the Web API or an event, by its name.
    pub name: &'static str,
    /// The scopes of the bot's token.
    pub scopes: &'static [&'static str],
    /// What it is for, as the end of "It is for …".
    pub why: &'static str,
    /// Whether only previews of links need it.
    pub preview: bool,
}

/// What conversations of all kinds are read with.
const READ: &[&str] = &["channels:read", "groups:read", "im:read", "mpim:read"];
/// What messages in conversations of all kinds are read with.
const HISTORY: &[&str] = &[
    "channels:history",
    "groups:history",
    "im:history",
    "mpim:history",
];

/// Every method of the Web API that is called.
pub const METHODS: &[Use] = &[
    used(
        "apps.connections.open",
        &[],
        "opening a socket, with the app's token",
    ),
    used("auth.test", &[], "knowing who the bot is"),
    used(
        "chat.postEphemeral",
        &["chat:write"],
        "answers for the asker alone",
    ),
    used("chat.postMessage", &["chat:write"], "answers"),
    Use {
        preview: true,
        ..used("chat.unfurl", &["links:write"], "previews of links")
    },
    used(
        "chat.update",
        &["chat:write"],
        "progress that becomes the answer",
    ),
    used(
        "conversations.history",
        HISTORY,
        "looking whether an answer arrived before it is sent again",
    ),
    used(
        "conversations.info",
        READ,
        "knowing whether people of other organisations read along",
    ),
    used(
        "conversations.replies",
        HISTORY,
        "looking whether an answer arrived before it is sent again",
    ),
    used(
        "files.completeUploadExternal",
        &["files:write"],
        "pictures, and answers that are too long for messages",
    ),
    used(
        "files.getUploadURLExternal",
        &["files:write"],
        "pictures, and answers that are too long for messages",
    ),
    used(
        "oauth.v2.access",
        &[],
        "being installed in other workspaces",
    ),
    used(
        "users.info",
        &["users:read", "users:read.email"],
        "finding the asker in the catalog by their verified e-mail address",
    ),
    used("views.open", &[], "forms"),
    used("views.publish", &[], "the Home tab"),
    used("views.update", &[], "forms"),
];

/// Every event that is heard.
pub const EVENTS: &[Use] = &[
    used("app_home_opened", &[], "the Home tab"),
    used("app_mention", &["app_mentions:read"], "`@callboard …`"),
    used(
        "app_uninstalled",
        &[],
        "forgetting the token of a workspace that has removed the app",
    ),
    Use {
        preview: true,
        ..used("link_shared", &["links:read"], "previews of links")
    },
    used(
        "message.channels",
        &["channels:history"],
        "`!…` and follow-ups in threads",
    ),
    used(
        "message.groups",
        &["groups:history"],
        "`!…` and follow-ups in private channels the bot was invited to",
    ),
    used("message.im", &["im:history"], "direct messages"),
    used(
        "message.mpim",
        &["mpim:history"],
        "`!…` and follow-ups in group messages",
    ),
    used(
        "tokens_revoked",
        &[],
        "forgetting a token that was taken back",
    ),
];

/// What slash commands and shortcuts need.
pub const COMMANDS: Use = used(
    "slash commands, shortcuts",
    &["commands"],
    "`/who-owns …` and the shortcuts",
);

const fn used(name: &'static str, scopes: &'static [&'static str], why: &'static str) -> Use {
    Use {
        name,
        scopes,
        why,
        preview: false,
    }
}

/// The scopes of the bot's token, sorted; those for previews of links only where there are any.
pub fn scopes(previews: bool) -> Vec<&'static str> {
    let scopes: BTreeSet<&str> = uses()
        .filter(|used| previews || !used.preview)
        .flat_map(|used| used.scopes)
        .copied()
        .collect();
    scopes.into_iter().collect()
}

/// The scopes with what they are for, as a Markdown table; `docs/slack.md` holds it.
pub fn table() -> String {
    let mut table = "| Scope | What it is for | Used by |\n|---|---|---|\n".to_owned();
    for scope in scopes(true) {
        let uses: Vec<&Use> = uses().filter(|used| used.scopes.contains(&scope)).collect();
        let mut reasons: Vec<&str> = Vec::new();
        for used in &uses {
            if !reasons.contains(&used.why) {
                reasons.push(used.why);
            }
        }
        let names: Vec<String> = uses.iter().map(|used| named(used.name)).collect();
        // Writing to a text cannot fail.
        let _ = writeln!(
            table,
            "| `{scope}` | {} | {} |",
            reasons.join("; "),
            names.join(", ")
        );
    }
    table
}

fn uses() -> impl Iterator<Item = &'static Use> {
    METHODS.iter().chain(EVENTS).chain([&COMMANDS])
}

fn named(name: &str) -> String {
    if name.contains(' ') {
        name.to_owned()
    } else {
        format!("`{name}`")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The families of the Web API; a text like `chat.update` in the code is a method.
    const FAMILIES: [&str; 14] = [
        "apps",
        "auth",
        "bots",
        "chat",
        "conversations",
        "files",
        "oauth",
        "openid",
        "reactions",
        "team",
        "usergroups",
        "users",
        "views",
        "assistant",
    ];

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries
            .flatten()
            .flat_map(|entry| match entry.path() {
                path if path.is_dir() => files(&path),
                path => vec![path],
            })
            .collect()
    }

    /// The methods that the code names, besides this file and the tests.
    fn called() -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chat/slack");
        let mut called = BTreeSet::new();
        for file in files(&folder) {
            let is_test = file.components().any(|part| part.as_os_str() == "tests");
            if is_test || file.ends_with("tests.rs") || file.ends_with("scope.rs") {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in code.split('"') {
                let is_method = word.split_once('.').is_some_and(|(family, rest)| {
                    FAMILIES.contains(&family)
                        && !rest.is_empty()
                        && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
                });
                if is_method {
                    called.insert(word.to_owned());
                }
            }
        }
        called
    }

    #[test]
    fn every_method_that_is_called_is_in_the_table_and_no_other() {
        let called = called();
        let listed: BTreeSet<String> = METHODS.iter().map(|used| used.name.to_owned()).collect();
        let unlisted: Vec<_> = called.difference(&listed).collect();
        assert!(unlisted.is_empty(), "not in METHODS: {unlisted:?}");
        // Nothing is called before there is a transport.
        if !called.is_empty() {
            let unused: Vec<_> = listed.difference(&called).collect();
            assert!(unused.is_empty(), "never called: {unused:?}");
        }
    }

    #[test]
    fn the_scopes_are_those_that_are_used() {
        insta::assert_snapshot!(scopes(false).join(" "), @"app_mentions:read channels:history channels:read chat:write commands files:write groups:history groups:read im:history im:read mpim:history mpim:read users:read users:read.email");
        let previews: Vec<_> = scopes(true)
            .into_iter()
            .filter(|scope| !scopes(false).contains(scope))
            .collect();
        assert_eq!(previews, ["links:read", "links:write"]);
    }
}
