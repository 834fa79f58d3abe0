//! The process that is measured, as the benches start it and look at it.

use std::fs;
use std::path::Path;

use callboard::bot::{Bot, Setup};
use callboard::config::{Config, Secret, SourceConfig};

use crate::harness::git_http::USER;

/// A bot on this data folder whose source is a repository over HTTP; the password stands in a file.
pub async fn open(data: &Path, url: &str, password: &Path) -> Bot {
    let mut setup = Setup::new(Config::default(), data.to_owned());
    let mut source = SourceConfig::of(url).expect("a source");
    source.username = Some(USER.to_owned());
    source.password = Some(Secret::File(password.to_owned()));
    setup.sources = vec![source];
    Bot::open(setup).await.expect("the bot opens")
}

/// A figure of this process's memory in kilobytes, by Linux' name for it: `VmRSS` is resident, `VmHWM` the most so far.
pub fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kilobytes.expect("a figure")
}
