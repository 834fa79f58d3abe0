//! Bad input and faults: whatever a repository holds, a remote does or a crash leaves behind, the bot says so and the
//! next start answers.

mod disk;
mod flood;
mod history;
mod input;
mod kill;
mod mirror;
mod redirect;
mod remote;
mod stop;
mod store;
mod token;

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Program, Repository, Running};
use crate::sources::{component, configured};

/// A program whose only source is this repository.
pub fn reading(repository: &Repository) -> Program {
    configured(&source(&repository.path().to_string_lossy()))
}

/// The configuration of a source at this place.
pub fn source(place: &str) -> String {
    format!("[[sources]]\nname = \"catalog\"\ngit = \"{place}\"\n")
}

/// The same, for a program that waits for a remote two seconds at most.
pub fn impatient(place: &str) -> String {
    format!("[sync]\ntimeout = \"2s\"\n{}", source(place))
}

/// A repository with one component.
pub fn payments(owner: &str) -> Repository {
    Repository::of(&component("payments", owner))
}

/// Gives the component another owner.
pub fn moved(repository: Repository, owner: &str) -> Repository {
    repository
        .file("catalog-info.yaml", component("payments", owner))
        .commit("moved")
}

/// The only mirror of a program.
pub fn mirror_of(program: &Program) -> PathBuf {
    only(&program.data().join("git"))
}

/// The only thing in a folder.
fn only(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
    paths.remove(0)
}

/// What was moved aside in the data folder, by its name without the time.
pub fn moved_aside(program: &Program) -> Vec<String> {
    let entries = fs::read_dir(program.data()).expect("a folder").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let aside = names.filter(|name| name.contains(".broken-"));
    aside
        .map(|name| {
            name.trim_end_matches(|c: char| c.is_ascii_digit())
                .to_owned()
        })
        .collect()
}

/// Opens the chat, with input that stays open, and waits until it has answered a first question.
pub fn chatting(program: &Program) -> Running {
    let mut chat = Running::start(program.command(["chat"]));
    chat.types("who-owns payments");
    chat.says("belongs to");
    chat
}
