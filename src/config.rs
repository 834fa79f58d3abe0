//! The configuration: `callboard.toml` and the environment; unknown keys are refused, secrets are only pointed to.

mod matrix;
mod policy;
mod slack;
mod source;
mod value;
mod web;

use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format, Toml};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use matrix::MatrixConfig;
pub use policy::{Flaw, PolicyConfig, Ruling, WrittenAt};
pub use slack::{SlackConfig, SlackDelivery};
pub use source::{AppConfig, Origin, SourceConfig, Visibility};
pub use value::{Period, Secret};
pub use web::WebConfig;

/// The whole configuration. Every key may also come from the environment, as `CALLBOARD_` and the key in capitals,
/// with two underscores between a table and its key: `CALLBOARD_LIMITS__PER_MINUTE=60`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Who may administer the bot, as entity references like `user:default/ana`.
    pub admins: Vec<String>,
    /// Who may do what: the first rule that fits decides. Without any, reading is allowed and changes are the admins'.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policy: Vec<PolicyConfig>,
    /// A file with more rules of who may do what, after those of the configuration; without it `policy.toml` in the folder
    /// of command files, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_file: Option<PathBuf>,
    /// A folder with the organisation's own command files; they override the shipped ones or add to them.
    pub commands: Option<PathBuf>,
    /// Where catalog descriptors come from; none means the bundled organisation.
    pub sources: Vec<SourceConfig>,
    /// Where Locations may lead.
    pub locations: LocationsConfig,
    /// How often and how patiently sources are read.
    pub sync: SyncConfig,
    /// Whether the bot is alive, its metrics, and the webhooks of forges, over HTTP.
    pub web: WebConfig,
    /// Slack, where the bot is to be reached there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack: Option<SlackConfig>,
    /// Matrix, where the bot is to be reached there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<MatrixConfig>,
    /// What keeps one person or one command from taking everything.
    pub limits: Limits,
    /// What is logged.
    pub log: LogConfig,
    /// How strict `callboard check` is.
    pub check: CheckConfig,
}

/// How strict `callboard check` is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CheckConfig {
    /// Rules by their names, each `error`, `warning` or `off`.
    pub rules: std::collections::BTreeMap<String, Level>,
}

/// How much a rule matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The check fails.
    Error,
    /// It is said, and the check passes.
    Warning,
    /// Nothing is said.
    Off,
}

/// Where Locations may lead.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LocationsConfig {
    /// Hosts beside those of the sources, like `git.acme.example` or `http://localhost:3000`.
    pub allow: Vec<String>,
}

/// How often and how patiently sources are read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncConfig {
    /// The time between two reads of a source, like `1m` or `90s`; a tenth of it is left to chance.
    pub every: Period,
    /// How long one read of a source may take.
    pub timeout: Period,
}

/// What keeps one person or one command from taking everything.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How many lines one person may send in a minute; the terminal is not limited.
    pub per_minute: u32,
    /// How long one command may work.
    pub deadline: Period,
    /// How long a change waits for its yes.
    pub confirm: Period,
    /// How long an answer waits for what the history says of an owner.
    pub evidence: Period,
}

/// What is logged, on standard error.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`, or a list by module like `warn,callboard=info`.
    pub level: String,
    /// `text` or `json`.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for SyncConfig {
    fn default() -> Self {
        Self {
            every: Period(Duration::from_mins(1)),
            timeout: Period(Duration::from_mins(5)),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_minute: 30,
            deadline: Period(Duration::from_secs(20)),
            confirm: Period(Duration::from_mins(2)),
            evidence: Period(Duration::from_secs(2)),
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: "warn".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// What is wrong with the configuration, with its place and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// One full sentence with place and remedy.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl Config {
    /// Reads the file, then the environment over it. `None` reads the environment alone.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        let mut text = String::new();
        if let Some(file) = file {
            text = std::fs::read_to_string(file).map_err(|error| {
                ConfigError::new(format!(
                    "the configuration {} cannot be read: {error}",
                    file.display()
                ))
            })?;
            figment = figment.merge(Toml::string(&text));
        }
        // Options of the command line, where a test stops a sync, and what secrets point to: no keys.
        let mut ignored: Vec<String> = ["config", "data", "hold"].map(str::to_owned).into();
        ignored.extend(pointed_to(&text));
        let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
        let environment = Env::prefixed("CALLBOARD_")
            .ignore(&ignored)
            .filter(|key| !is_kubernetes_own(key.as_str()))
            .split("__");
        let mut config: Self = figment.merge(environment).extract().map_err(|error| {
            misruled(&error, file, &text).unwrap_or_else(|| explain(&error, file, &text))
        })?;
        if let Some(file) = file {
            config.place_rules(file, &text);
        }
        config.check()?;
        if let Some(folder) = file.and_then(|file| std::fs::canonicalize(file).ok()) {
            config.anchor(folder.parent().unwrap_or(&folder));
        }
        Ok(config)
    }

    /// Notes where the rules of the policy are written, unless the environment has put others in their place.
    fn place_rules(&mut self, file: &Path, text: &str) {
        let written = PolicyConfig::among(file, text).unwrap_or_default();
        let same = written.len() == self.policy.len()
            && written.iter().zip(&self.policy).all(|(a, b)| a.is_like(b));
        if same {
            self.policy = written;
        }
    }

    /// Makes relative paths start at the configuration's folder, wherever the program was started.
    fn anchor(&mut self, folder: &Path) {
        self.web.anchor(folder);
        if let Some(slack) = &mut self.slack {
            slack.anchor(folder);
        }
        if let Some(matrix) = &mut self.matrix {
            matrix.anchor(folder);
        }
        let paths = [&mut self.commands, &mut self.policy_file];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        for source in &mut self.sources {
            source.anchor(folder);
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.web.check()?;
        if let Some(slack) = &self.slack {
            slack.check(self.web.listen.is_some())?;
        }
        if let Some(matrix) = &self.matrix {
            matrix.check()?;
        }
        let mut names = std::collections::BTreeSet::new();
        for source in &self.sources {
            source.check()?;
            if !names.insert(&source.name) {
                return Err(ConfigError::new(format!(
                    "two sources are named {:?}; give each a name of its own",
                    source.name
                )));
            }
        }
        for admin in &self.admins {
            if !admin.contains(':') {
                return Err(ConfigError::new(format!(
                    "the admin {admin:?} is not an entity reference; write it like user:default/{admin}"
                )));
            }
        }
        Ok(())
    }
}

/// Whether Kubernetes sets the variable by itself, in every pod beside a Service of the name `callboard`.
fn is_kubernetes_own(key: &str) -> bool {
    let key = key.to_lowercase();
    key == "port"
        || ["port_", "service_host", "service_port"]
            .iter()
            .any(|own| key.starts_with(own))
}

/// The variables that secrets of the configuration point to, as keys: `password = "env:CALLBOARD_TOKEN"` gives `token`.
fn pointed_to(text: &str) -> Vec<String> {
    text.split("env:CALLBOARD_")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            rest[..end.unwrap_or(rest.len())].to_lowercase()
        })
        .collect()
}

/// What is wrong with a rule of the policy, in its own line: many rules have the same keys.
fn misruled(error: &figment::Error, file: Option<&Path>, text: &str) -> Option<ConfigError> {
    let file = file.filter(|_| error.path.first().is_some_and(|key| key == "policy"))?;
    let flaw = PolicyConfig::among(file, text).err()?;
    let place = format!("{}:{}", file.display(), flaw.line);
    Some(ConfigError::new(format!("{place}: {}", flaw.message)))
}

/// Turns figment's error into a sentence with place and remedy; values are never repeated.
fn explain(error: &figment::Error, file: Option<&Path>, text: &str) -> ConfigError {
    let from_file = error
        .metadata
        .as_ref()
        .is_none_or(|metadata| !metadata.name.contains("environment"));
    let path = error.path.join(".");
    let place = match file {
        Some(file) if from_file => {
            let key = match &error.kind {
                Kind::UnknownField(field, _) => Some(field.clone()),
                _ => error.path.last().cloned(),
            };
            let line = key.and_then(|key| line_of(text, &key));
            line.map_or(file.display().to_string(), |line| {
                format!("{}:{line}", file.display())
            })
        }
        _ => "environment".to_owned(),
    };
    let sentence = match &error.kind {
        Kind::UnknownField(field, expected) => {
            let near = expected
                .iter()
                .map(|known| (strsim::damerau_levenshtein(field, known), known))
                .min()
                .filter(|(distance, _)| *distance <= 3)
                .map(|(_, known)| format!("; did you mean `{known}`?"));
            let known = || format!("; there are {}", expected.join(", "));
            format!("there is no key `{field}`{}", near.unwrap_or_else(known))
        }
        Kind::MissingField(field) => format!("`{path}` needs the key `{field}`")
            .replace("`` needs", "the configuration needs"),
        // Their own words quote the value, which may be a secret.
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            format!("`{path}` must be {expected}")
        }
        Kind::Message(message) if path.is_empty() => message
            .lines()
            .next()
            .unwrap_or("it is not TOML")
            .to_owned(),
        Kind::Message(message) => format!("`{path}`: {message}"),
        other => format!(
            "`{path}`: {}",
            other.to_string().lines().next().unwrap_or_default()
        ),
    };
    ConfigError::new(format!("{place}: {sentence}"))
}

/// The first line that sets the key.
fn line_of(text: &str, key: &str) -> Option<usize> {
    text.lines()
        .position(|line| {
            let line = line.trim_start().trim_start_matches('[');
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
        })
        .map(|position| position + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("callboard.toml");
        std::fs::write(&file, text).expect("the file is written");
        Config::load(Some(&file)).map_err(|error| {
            error
                .to_string()
                .replace(&folder.path().display().to_string(), "DIR")
        })
    }

    #[test]
    fn an_unknown_key_is_refused_with_line_and_suggestion() {
        let error = load("admins = []\n\n[sync]\nevry = \"1m\"\n").expect_err("refused");
        assert_eq!(
            error,
            "DIR/callboard.toml:4: there is no key `evry`; did you mean `every`?"
        );
        let error = load("[[sources]]\nname = \"a\"\nhost = \"x\"\n").expect_err("refused");
        assert!(
            error.starts_with("DIR/callboard.toml:3: there is no key `host`"),
            "{error}"
        );
    }

    #[test]
    fn a_secret_is_never_written_out_nor_repeated() {
        let text = "[[sources]]\nname = \"a\"\ngit = \"https://h/x\"\npassword = \"hunter2\"\n";
        let error = load(text).expect_err("refused");
        assert!(error.contains("env:NAME or file:PATH"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        let error = load("[[sources]]\nname = \"a\"\ngit = \"https://bot:hunter2@h/x\"\n")
            .expect_err("refused");
        assert!(
            error.contains("holds credentials") && !error.contains("hunter2"),
            "{error}"
        );
    }

    #[test]
    fn a_secret_is_fetched_where_it_is_kept() {
        use secrecy::ExposeSecret;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        std::fs::write(&file, "s3cret\n").expect("written");
        let secret = Secret::File(file);
        assert_eq!(
            secret.resolve().expect("resolved").expose_secret(),
            "s3cret"
        );
        let missing = Secret::Env("CALLBOARD_TEST_NOT_SET".into())
            .resolve()
            .expect_err("not set");
        assert!(
            missing
                .to_string()
                .contains("CALLBOARD_TEST_NOT_SET is not set")
        );
    }

    #[test]
    fn relative_paths_start_at_the_configuration() {
        let config = load("commands = \"own\"\n[[sources]]\nname = \"a\"\ngit = \"repos/a\"\npassword = \"env:CALLBOARD_TOKEN\"\n").expect("good");
        assert!(config.commands.expect("a folder").is_absolute());
        let git = config.sources[0].git.clone().expect("a path");
        assert!(git.starts_with('/') && git.ends_with("/repos/a"), "{git}");
        assert!(is_kubernetes_own("SERVICE_PORT_HTTP") && !is_kubernetes_own("SYNC__EVERY"));
        assert_eq!(pointed_to("x = \"env:CALLBOARD_GIT_TOKEN\""), ["git_token"]);
    }

    #[test]
    fn a_rule_of_the_policy_is_wrong_in_its_own_line() {
        let good = "[[policy]]\ndecide = \"deny\"\nwho = [\"user:ana\"]\n";
        let config = load(&format!("admins = []\n{good}{good}")).expect("good");
        let lines = config.policy.iter().filter_map(|rule| rule.at.as_ref());
        assert_eq!(lines.map(|at| at.line).collect::<Vec<_>>(), [2, 5]);
        let error = load(&format!(
            "{good}[[policy]]\ndecide = \"deny\"\nwho = \"user:ana\"\n"
        ));
        assert_eq!(
            error.expect_err("refused"),
            "DIR/callboard.toml:6: this must be a list of texts, like [\"one\", \"two\"]"
        );
        let error = load(&format!("{good}[[policy]]\ndecide = \"deny\"\nwhos = []\n"));
        assert_eq!(
            error.expect_err("refused"),
            "DIR/callboard.toml:6: there is no key `whos`; did you mean `who`?"
        );
    }

    #[test]
    fn periods_are_written_like_speech() {
        let config = load("[sync]\nevery = \"1m 30s\"\n").expect("good");
        assert_eq!(config.sync.every.0, Duration::from_secs(90));
        let error = load("[sync]\nevery = \"soon\"\n").expect_err("refused");
        assert!(
            error.contains("sync.every") && error.contains("90s, 5m or 1h 30m"),
            "{error}"
        );
    }
}
