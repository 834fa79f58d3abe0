//! Where descriptors come from: repositories over every transport, plain folders, and which of their files are read.

mod backstage;
mod change;
mod codeowners;
mod discovery;
mod evidence;
mod folder;
mod http;
mod leads;
mod placeholders;
mod polling;
mod remote;
mod several;
mod wild;

use std::fmt::Write as _;

use callboard::catalog::sync::{Report, Request};
use serde_json::Value;

use crate::harness::running::Ended;
use crate::harness::{Program, Running, TestBot, normal};

/// A component of this name and owner, as the least that Backstage takes.
pub fn component(name: &str, owner: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: service\n  \
         lifecycle: production\n  owner: {owner}\n"
    )
}

/// A Location with these lines in its `spec`.
pub fn location(name: &str, spec: &str) -> String {
    let spec = spec.replace('\n', "\n  ");
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: {name}\nspec:\n  {spec}\n"
    )
}

/// What the catalog holds and what is wrong, one thing a line.
pub fn holdings(bot: &TestBot) -> String {
    let catalog = bot.context().catalog();
    let entities = catalog.entities().iter().filter_map(|entity| {
        let listed = catalog.get(&entity.reference)?;
        let stale = listed.stale.map_or("", |_| " (stale)");
        let source = &listed.source.facts.name;
        Some(format!(
            "{} in {source}/{}{stale}",
            entity.reference, listed.file.path
        ))
    });
    let problems = catalog
        .problems()
        .map(|(source, problem)| format!("⚠ {}/{problem}", source.facts.name));
    let lines: Vec<String> = entities.chain(problems).collect();
    lines.join("\n")
}

/// Reads the sources again.
pub async fn sync(bot: &TestBot) -> Vec<Report> {
    let reports = bot.context().syncer.sync(Request::default()).await;
    reports.expect("the store holds")
}

/// Reads the only source again and says what came of it.
pub async fn again(bot: &TestBot) -> String {
    let reports = sync(bot).await;
    let [report] = &reports[..] else {
        panic!("one source, not {}", reports.len());
    };
    told(report)
}

/// A report in short, without what differs from run to run.
pub fn told(report: &Report) -> String {
    let Report {
        files,
        parsed,
        added,
        changed,
        removed,
        problems,
        ..
    } = report;
    let mut told = format!(
        "{files} files, {parsed} parsed; {added} added, {changed} changed, {removed} removed; {problems} problems"
    );
    if let Some(held) = &report.held_back {
        let _ = write!(told, "; held back: {} of {}", held.dropped, held.of);
    }
    if let Some(error) = &report.error {
        let _ = write!(told, "; {}", normal(error));
    }
    told
}

/// The program with this configuration.
pub fn configured(configuration: &str) -> Program {
    Program::new().file("callboard.toml", configuration)
}

/// Syncs with the program and gives the report of each source.
pub fn reports(program: &Program) -> Vec<Value> {
    let ended = run(program, &["sync", "--format", "json"]);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("no report: {ended}"))
}

/// Runs the program to its end.
pub fn run(program: &Program, arguments: &[&str]) -> Ended {
    Running::start(program.command(arguments)).end()
}

/// The first lines of an answer, which say it.
pub fn who_owns(program: &Program, name: &str) -> String {
    let ended = run(program, &["exec", "--", &format!("who-owns {name}")]);
    let text = format!("{}{}", ended.stdout, ended.stderr);
    normal(text.lines().next().unwrap_or_default())
}
