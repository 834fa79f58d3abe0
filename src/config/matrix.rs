//! Matrix's part of the configuration: the home server, whose people are the organisation's, and how the bot is addressed.

use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::slack::is_here;
use super::{ConfigError, Period, Secret};

/// The longest prefix; it is typed with every command.
const LONGEST_PREFIX: usize = 12;

/// Matrix. Without this table there is no Matrix.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MatrixConfig {
    /// Where the home server is reached, like `https://matrix.acme.example`.
    pub homeserver: String,
    /// What protects the session and the keys of encrypted rooms in the data folder, as `env:NAME` or `file:PATH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<Secret>,
    /// The bot's own password, as `env:NAME` or `file:PATH`; needed only where the home server ends sessions after a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The server names of the organisation's accounts, as they stand after the colon: `acme.example` of `@ana:acme.example`.
    /// Their people may invite the bot; people of other servers are outsiders.
    pub servers: Vec<String>,
    /// A room whose members may invite the bot, too, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub management_room: Option<String>,
    /// What a line begins with in rooms where others talk as well.
    pub prefix: String,
    /// Until when a line is answered that was written while the bot was away; older ones are listed.
    pub late: Period,
}

impl Default for MatrixConfig {
    fn default() -> Self {
        Self {
            homeserver: String::new(),
            passphrase: None,
            password: None,
            servers: Vec::new(),
            management_room: None,
            prefix: "!".to_owned(),
            late: Period(Duration::from_mins(10)),
        }
    }
}

impl MatrixConfig {
    /// The secrets with the names of their keys.
    pub fn secrets(&self) -> impl Iterator<Item = (&'static str, &Secret)> {
        let secrets = [
            ("passphrase", &self.passphrase),
            ("password", &self.password),
        ];
        secrets
            .into_iter()
            .filter_map(|(key, secret)| Some((key, secret.as_ref()?)))
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_good = Url::parse(&self.homeserver).is_ok_and(|url| match url.scheme() {
            "https" => true,
            // Passwords and tokens do not leave the machine in the clear.
            "http" => is_here(&url),
            _ => false,
        });
        if !is_good {
            return Err(ConfigError::new(format!(
                "the `homeserver` of [matrix] must be an address like \"https://matrix.acme.example\", not {:?}",
                self.homeserver
            )));
        }
        if self.passphrase.is_none() {
            return Err(ConfigError::new(
                "[matrix] needs the key `passphrase` to protect the keys of encrypted rooms; make one with `openssl rand -base64 32`, and point to it like passphrase = \"env:CALLBOARD_MATRIX_PASSPHRASE\"",
            ));
        }
        if self.servers.is_empty() {
            return Err(ConfigError::new(
                "[matrix] needs the key `servers` to know who belongs to the organisation; write the part after the colon of your accounts, like servers = [\"acme.example\"]",
            ));
        }
        for server in &self.servers {
            if server.is_empty() || server.contains(['@', '/', ' ']) {
                return Err(ConfigError::new(format!(
                    "the `servers` of [matrix] are names like \"acme.example\", the part after the colon of an account; {server:?} is none"
                )));
            }
        }
        if let Some(room) = &self.management_room
            && !room.starts_with('!')
        {
            return Err(ConfigError::new(format!(
                "the `management_room` of [matrix] must be a room's id, which begins with \"!\" and stands in the room's settings under \"Advanced\", not {room:?}"
            )));
        }
        let printable =
            |c: char| !c.is_control() && !c.is_alphanumeric() || c.is_ascii_alphanumeric();
        if self.prefix.trim().is_empty()
            || self.prefix.len() > LONGEST_PREFIX
            || !self.prefix.chars().all(printable)
        {
            return Err(ConfigError::new(format!(
                "the `prefix` of [matrix] must be 1 to {LONGEST_PREFIX} characters like \"!\" or \"!cb \", not {:?}",
                self.prefix
            )));
        }
        Ok(())
    }

    /// Makes relative paths start at the configuration's folder.
    pub(super) fn anchor(&mut self, folder: &Path) {
        for secret in [&mut self.passphrase, &mut self.password]
            .into_iter()
            .flatten()
        {
            if let Secret::File(path) = secret {
                *path = folder.join(&*path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(keys: &str) -> String {
        let config: MatrixConfig = toml::from_str(keys).expect("it is TOML");
        match config.check() {
            Ok(()) => "good".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_with_the_remedy() {
        let server = "homeserver = \"https://matrix.acme.example\"\n";
        let good = format!("{server}passphrase = \"env:P\"\nservers = [\"acme.example\"]\n");
        let told = [
            checked(""),
            checked("homeserver = \"http://matrix.acme.example\""),
            checked(server),
            checked(&format!("{server}passphrase = \"env:P\"")),
            checked(&format!(
                "{server}passphrase = \"env:P\"\nservers = [\"@ana:acme.example\"]"
            )),
            checked(&format!("{good}management_room = \"#ops:acme.example\"")),
            checked(&format!("{good}prefix = \"\"")),
            checked(&good),
        ];
        insta::assert_snapshot!(told.join("\n"), @r##"
        the `homeserver` of [matrix] must be an address like "https://matrix.acme.example", not ""
        the `homeserver` of [matrix] must be an address like "https://matrix.acme.example", not "http://matrix.acme.example"
        [matrix] needs the key `passphrase` to protect the keys of encrypted rooms; make one with `openssl rand -base64 32`, and point to it like passphrase = "env:CALLBOARD_MATRIX_PASSPHRASE"
        [matrix] needs the key `servers` to know who belongs to the organisation; write the part after the colon of your accounts, like servers = ["acme.example"]
        the `servers` of [matrix] are names like "acme.example", the part after the colon of an account; "@ana:acme.example" is none
        the `management_room` of [matrix] must be a room's id, which begins with "!" and stands in the room's settings under "Advanced", not "#ops:acme.example"
        the `prefix` of [matrix] must be 1 to 12 characters like "!" or "!cb ", not ""
        good
        "##);
    }
}
