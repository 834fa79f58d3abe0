//! Where rules are written: in the configuration, and in a file that is read again whenever it changes.

use std::io;
use std::path::{Path, PathBuf};

use super::{Policy, Problem, rule};
use crate::catalog::EntityRef;
use crate::config::{Config, PolicyConfig};

/// The name of the file in the folder of command files.
const NAME: &str = "policy.toml";

/// The largest file of rules that is read.
const LARGEST: u64 = 256 * 1024;

/// Where the rules of an organisation are written.
#[derive(Debug, Clone)]
pub struct Source {
    admins: Vec<String>,
    rules: Vec<PolicyConfig>,
    file: Option<PathBuf>,
    /// Whether the configuration names the file, so that it must be there.
    named: bool,
}

/// What the file holds: its text, nothing where there is none, or why it cannot be read.
pub type Text = Result<Option<String>, String>;

impl Source {
    /// Where this configuration says.
    pub fn of(config: &Config) -> Self {
        let beside = || Some(config.commands.as_ref()?.join(NAME));
        Self {
            admins: config.admins.clone(),
            rules: config.policy.clone(),
            file: config.policy_file.clone().or_else(beside),
            named: config.policy_file.is_some(),
        }
    }

    /// The file, where there may be one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What the file holds now.
    pub fn text(&self) -> Text {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let length = match std::fs::metadata(file) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.named => {
                return Ok(None);
            }
            Err(error) => {
                return Err(format!(
                    "the file cannot be read: {error}; put it there, or take `policy_file` out of the configuration"
                ));
            }
        };
        if length > LARGEST {
            let most = LARGEST / 1024;
            return Err(format!(
                "the file is larger than {most} KB; say the same with fewer rules"
            ));
        }
        match std::fs::read(file).map(String::from_utf8) {
            Ok(Ok(text)) => Ok(Some(text)),
            Ok(Err(_)) => Err("the file is not UTF-8; save it as UTF-8".to_owned()),
            Err(error) => Err(format!("the file cannot be read: {error}")),
        }
    }

    /// Reads the policy. Where something is wrong nothing may be changed until it is mended, and for reading the rules of
    /// `before` stay in force.
    pub fn read(&self, text: &Text, before: Option<&Policy>) -> Policy {
        let mut problems = Vec::new();
        let mut admins = Vec::new();
        for admin in &self.admins {
            match EntityRef::parse(admin, Some("user"), "default") {
                Ok(admin) => admins.push(admin),
                Err(error) => problems.push(Problem::of_configuration(format!(
                    "an admin is no entity reference: {error}"
                ))),
            }
        }
        let file = self.file.as_deref().unwrap_or(Path::new(NAME));
        let written = match text {
            Ok(None) => Vec::new(),
            Ok(Some(text)) => match PolicyConfig::read(file, text) {
                Ok(written) => written,
                Err(flaw) => {
                    problems.push(Problem::of_file(file, flaw.line, flaw.message));
                    Vec::new()
                }
            },
            Err(why) => {
                problems.push(Problem::of_file(file, 1, why.clone()));
                Vec::new()
            }
        };
        let rules = self.rules.iter().chain(&written);
        let rules = rules.filter_map(|written| rule::read(written, &mut problems));
        let policy = Policy::new(admins, rules.collect(), Vec::new());
        match before {
            Some(before) if !problems.is_empty() => before.clone().broken(problems),
            _ => policy.broken(problems),
        }
    }
}
