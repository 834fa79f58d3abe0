//! `callboard doctor`: looks at everything the bot needs, and says in words what to mend.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::{Global, output};
use crate::bot::adapters;
use crate::catalog::source::Configured;
use crate::chat::adapter::{Adapter, Finding};
use crate::config::{Config, SourceConfig};
use crate::git;
use crate::git::command::Git;

/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The oldest git that takes settings with secrets from its environment.
const OLDEST_GIT: (u32, u32) = (2, 31);

/// Looks at everything; the exit code is 1 when something must be mended.
pub async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let mut findings = Vec::new();
    match global.config() {
        Ok(config) => {
            let file = global.config_file();
            let said = file.map_or_else(
                || "none, so the bundled organisation is used".to_owned(),
                |file| file.display().to_string(),
            );
            findings.push(Finding::good("configuration", said));
            findings.extend(policy(&config));
            findings.push(data_folder(&global.data()?));
            findings.push(git_version().await);
            let given = global.sources()?;
            let sources = if given.is_empty() {
                &config.sources
            } else {
                &given
            };
            for source in sources {
                findings.push(reached(source, &config).await);
            }
            match adapters(&config, &global.data()?, None) {
                Ok(adapters) => findings.extend(examined(adapters).await),
                Err(error) => findings.push(Finding::wrong("chat", format!("{error:#}"))),
            }
        }
        Err(error) => findings.push(Finding::wrong("configuration", format!("{error:#}"))),
    }
    let wrong = findings
        .iter()
        .filter(|finding| finding.is.is_err())
        .count();
    let mut lines: Vec<String> = findings.iter().map(line).collect();
    lines.push(match wrong {
        0 => "Everything is as it should be.".to_owned(),
        1 => "One thing must be mended.".to_owned(),
        wrong => format!("{wrong} things must be mended."),
    });
    output::text(&lines.join("\n"))?;
    Ok(ExitCode::from(u8::from(wrong > 0)))
}

fn line(finding: &Finding) -> String {
    match &finding.is {
        Ok(how) => format!("✓ {}: {how}", finding.what),
        Err(why) => format!("✗ {}: {why}", finding.what),
    }
}

/// Whether the rules of who may do what can be used, where there are any.
fn policy(config: &Config) -> Vec<Finding> {
    let (policy, doubts) = super::policy::examined(config);
    let problems = policy.problems().iter().map(ToString::to_string);
    let wrong = problems
        .chain(doubts)
        .map(|problem| Finding::wrong("policy", problem));
    let wrong: Vec<Finding> = wrong.collect();
    let rules = output::count(policy.rules().count(), "rule", "rules");
    if wrong.is_empty() && policy.rules().next().is_some() {
        return vec![Finding::good("policy", rules)];
    }
    wrong
}

fn data_folder(data: &Path) -> Finding {
    let what = "data folder";
    let written = std::fs::create_dir_all(data)
        .and_then(|()| tempfile::NamedTempFile::new_in(data).map(drop));
    match written {
        Ok(()) => Finding::good(what, data.display().to_string()),
        Err(error) => Finding::wrong(
            what,
            format!(
                "nothing can be written to {}: {error}. Give it to the user that runs the bot, or name another with --data.",
                data.display()
            ),
        ),
    }
}

async fn git_version() -> Finding {
    let what = "git";
    match git::version().await {
        Ok((numbers, text)) if numbers >= OLDEST_GIT => Finding::good(what, text),
        Ok((_, text)) => {
            let (major, minor) = OLDEST_GIT;
            Finding::wrong(
                what,
                format!("version {text} is too old; install {major}.{minor} or newer."),
            )
        }
        Err(error) => Finding::wrong(
            what,
            format!(
                "it cannot be run: {error:#}. Install it, for example by `apt-get install git`."
            ),
        ),
    }
}

/// Whether a source answers, with its credentials; nothing of it is read.
async fn reached(config: &SourceConfig, all: &Config) -> Finding {
    let what = format!("source {}", config.name);
    let scratch = match tempfile::tempdir() {
        Ok(scratch) => scratch,
        Err(error) => return Finding::wrong(what, error.to_string()),
    };
    let look = async {
        let source = Configured::new(config, scratch.path(), all.sync.timeout.0)?;
        if let Some((_, remote)) = source.source.history().await? {
            let arguments = ["ls-remote", "--quiet", "--heads", remote.url.as_str()];
            Git::new(arguments, PATIENCE).toward(&remote).run().await?;
        } else {
            source.source.login().await?;
        }
        anyhow::Ok(source.place.clone())
    };
    match look.await {
        Ok(place) => Finding::good(what, place),
        Err(error) => Finding::wrong(what, format!("{error:#}")),
    }
}

async fn examined(adapters: Vec<Arc<dyn Adapter>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for adapter in adapters {
        findings.extend(adapter.examine().await);
    }
    findings
}
