//! What a text points to that is no mere name: resolved before an action runs, and again by the action that says why.

use super::resolve::{Unresolved, asking, entity, offered, still_reading};
use super::{Argument, Asker, Kind};
use crate::catalog::Catalog;
use crate::catalog::index::{Found, Why};
use crate::catalog::pointer::form::{self, Form};
use crate::catalog::pointer::{Named, Pointed, Target, paste};
use crate::failure::Failure;
use crate::message::{Choice, markdown};

/// A first line of more words is no name that somebody typed above a text.
const LONGEST_NAME: usize = 6;

/// Finds what a text means: an entity by its name, or else the text itself, of which [`named`] tells what it names.
pub(super) fn meant(
    catalog: &Catalog,
    asker: &Asker,
    command: &str,
    typed: &str,
) -> Result<Argument, Unresolved> {
    let first = typed.lines().map(str::trim).find(|line| !line.is_empty());
    let first = first.unwrap_or_default();
    let alone = typed.trim().lines().count() <= 1;
    // The first line of a paste may happen to be another name of something.
    let counts = |why: Why| match why {
        Why::Reference | Why::Name => true,
        Why::Title | Why::Alias => alone,
        _ => false,
    };
    if !(alone && is_place(first))
        && let Found::Sure(found) =
            asking(asker, Kind::Entity, |asking| catalog.find(first, asking))
        && counts(found.why)
        && let Some(listed) = catalog.at(found.position)
    {
        return Ok(Argument::Entity(listed.entity.reference.clone()));
    }
    let pointed = if alone {
        catalog.points_to(first, true)
    } else {
        Vec::new()
    };
    match &pointed[..] {
        [] => {}
        [_] => return Ok(Argument::Text(typed.to_owned())),
        several => return Err(which(catalog, command, first, several)),
    }
    if !paste::named(catalog, typed).is_empty() {
        return Ok(Argument::Text(typed.to_owned()));
    }
    if alone && !is_place(first) && first.len() <= form::LONGEST {
        return entity(catalog, asker, command, Kind::Entity, first).map(Argument::Entity);
    }
    let is_name = !alone && first.split_whitespace().count() <= LONGEST_NAME && !is_pointing(first);
    if is_name
        && !matches!(
            asking(asker, Kind::Entity, |asking| catalog.find(first, asking)),
            Found::Nothing(_)
        )
    {
        return entity(catalog, asker, command, Kind::Entity, first).map(Argument::Entity);
    }
    Err(nothing(catalog, typed, alone))
}

/// What a text names, the best first: one thing for a single word, more for a paste.
pub fn named(catalog: &Catalog, text: &str) -> Vec<Named> {
    let word = text.trim();
    if word.lines().count() <= 1
        && let [pointed] = &catalog.points_to(word, true)[..]
    {
        return vec![Named {
            pointed: pointed.clone(),
            line: 0,
            words: form::bare(word).to_owned(),
        }];
    }
    paste::named(catalog, text)
}

/// Whether a line only points to what stands below it: `who owns this?`
fn is_pointing(line: &str) -> bool {
    let line = line.to_lowercase();
    let mut words = line.split(|letter: char| !letter.is_alphanumeric());
    let first = words.find(|word| !matches!(*word, "" | "the"));
    first.is_none_or(|word| {
        matches!(
            word,
            "this" | "that" | "these" | "those" | "it" | "following" | "below" | "above"
        )
    })
}

/// Whether a word can only be a place: a page or a file, not a name with a namespace before it.
fn is_place(word: &str) -> bool {
    match form::read(word) {
        Some(Form::Address(address)) => address
            .repository
            .is_none_or(|repository| !repository.path.is_empty()),
        Some(Form::Path { parts, glob, .. }) => parts.len() > 2 || glob || word.ends_with('/'),
        _ => false,
    }
}

fn which(catalog: &Catalog, command: &str, typed: &str, several: &[Pointed]) -> Unresolved {
    let positions = several.iter().filter_map(|pointed| match pointed.target {
        Target::Entity(position) => Some(position),
        Target::Place(_) => None,
    });
    let choices: Vec<Choice> = offered(catalog, command, positions.take(paste::MOST));
    let says = format!(
        "Several things answer to {}, and they have different owners. Which one do you mean?",
        markdown::code(typed)
    );
    Unresolved {
        failure: Failure::user(says),
        choices,
    }
}

fn nothing(catalog: &Catalog, typed: &str, alone: bool) -> Unresolved {
    let failure = if catalog.is_empty() {
        Failure::user("The catalog is still empty, so I cannot look anything up.")
            .hint("`status` says how the sources are doing.")
    } else if alone && typed.len() <= form::LONGEST && !typed.trim().contains(' ') {
        Failure::user(format!(
            "Nothing in the catalog answers to {}.",
            markdown::code(typed.trim())
        ))
        .hint(format!("Repositories are known by `project-slug` annotations and as sources, and files by their repository. `search` finds things by a part of their name.{}", still_reading(catalog)))
    } else {
        Failure::user("Nothing in this text is known to the catalog: no service, repository, host, pod or package in it is one of ours.")
            .hint(format!("Name the service, or `search` with a part of its name.{}", still_reading(catalog)))
    };
    failure.into()
}
