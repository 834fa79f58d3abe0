//! What an argument means: the entity a person typed, or the question that has to be asked back.

use std::collections::BTreeMap;

use super::{Argument, Asker, Kind, point};
use crate::catalog::Catalog;
use crate::catalog::EntityRef;
use crate::catalog::index::{Asking, Found, Match};
use crate::failure::Failure;
use crate::message::{Choice, markdown};

/// Why an argument has no meaning yet: what to say, and what the asker may have meant.
#[derive(Debug)]
pub struct Unresolved {
    /// What to say.
    pub failure: Failure,
    /// Command lines that would be understood.
    pub choices: Vec<Choice>,
}

/// Finds what the typed arguments of a command mean.
pub fn resolve(
    catalog: &Catalog,
    asker: &Asker,
    command: &str,
    kinds: &BTreeMap<String, Kind>,
    typed: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Argument>, Unresolved> {
    let mut arguments = BTreeMap::new();
    for (name, text) in typed {
        let kind = kinds.get(name).copied().unwrap_or(Kind::Text);
        let argument = match kind {
            Kind::Command | Kind::Word | Kind::Text => Argument::Text(text.clone()),
            Kind::EntityOrPath => point::meant(catalog, asker, command, text)?,
            Kind::Number => Argument::Text(number(name, text)?),
            Kind::Flag => Argument::Text(flag(name, text)?),
            Kind::Entity | Kind::Group | Kind::Person | Kind::Owner => {
                Argument::Entity(entity(catalog, asker, command, kind, text)?)
            }
        };
        arguments.insert(name.clone(), argument);
    }
    Ok(arguments)
}

/// Calls `ask` with what the finder has to know of the asker and the wanted kind.
pub fn asking<T>(asker: &Asker, kind: Kind, ask: impl FnOnce(&Asking<'_>) -> T) -> T {
    let near = |owner: &EntityRef| asker.is_near(owner);
    ask(&Asking {
        kinds: wanted(kind),
        near: &near,
    })
}

/// The kinds of the catalog that an argument may be, in lower case; none means any.
pub fn wanted(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Group => &["group"],
        Kind::Person => &["user"],
        Kind::Owner => &["group", "user"],
        Kind::Entity
        | Kind::EntityOrPath
        | Kind::Command
        | Kind::Word
        | Kind::Number
        | Kind::Flag
        | Kind::Text => &[],
    }
}

fn number(name: &str, typed: &str) -> Result<String, Failure> {
    typed
        .parse()
        .map(|number: u32| number.to_string())
        .map_err(|_| {
            let says = format!("{} is not a whole number.", markdown::code(typed));
            Failure::user(says).hint(format!(
                "Say it like {}.",
                markdown::code(&format!("--{name} 3"))
            ))
        })
}

fn flag(name: &str, typed: &str) -> Result<String, Failure> {
    match typed.to_lowercase().as_str() {
        "true" | "yes" => Ok("true".to_owned()),
        "false" | "no" => Ok("false".to_owned()),
        _ => {
            let option = markdown::code(&format!("--{name}"));
            let says = format!("{option} takes no {}.", markdown::code(typed));
            Err(Failure::user(says).hint("Say it alone, or leave it out."))
        }
    }
}

/// The entity that a person typed the name of.
pub(super) fn entity(
    catalog: &Catalog,
    asker: &Asker,
    command: &str,
    kind: Kind,
    typed: &str,
) -> Result<EntityRef, Unresolved> {
    let me = matches!(typed.trim().to_lowercase().as_str(), "me" | "i" | "myself");
    if me && matches!(kind, Kind::Person | Kind::Owner) {
        return asker.user.clone().ok_or_else(|| Unresolved {
            failure: Failure::user("I do not know which person of the catalog you are.")
                .hint(unknown(asker)),
            choices: Vec::new(),
        });
    }
    match asking(asker, kind, |asking| catalog.find(typed, asking)) {
        Found::Sure(found) => match catalog.at(found.position) {
            Some(listed) => Ok(listed.entity.reference.clone()),
            None => Err(nothing(catalog, command, kind, typed, &[])),
        },
        Found::Unsure(found) => {
            let says = format!(
                "Several things could be {}. Which one do you mean?",
                markdown::code(typed)
            );
            Err(Unresolved {
                failure: Failure::user(says),
                choices: choices(catalog, command, &found),
            })
        }
        Found::Nothing(far) => match named_only(catalog, kind, typed) {
            Some(reference) => Ok(reference),
            None => Err(nothing(catalog, command, kind, typed, &far)),
        },
    }
}

/// Why it is not known who asks, and what they can do.
fn unknown(asker: &Asker) -> String {
    if asker.person.platform == "console" {
        return "Ask with a name, or start the terminal with `--as NAME`.".to_owned();
    }
    if let Some(gone) = &asker.linked {
        return format!(
            "Your account here is linked to {}, whom the catalog does not have any more. Ask with a name.",
            markdown::code(gone.as_str())
        );
    }
    let or = if asker.external {
        ""
    } else {
        ", or say `link` to hear how I get to know you"
    };
    format!(
        "No user of the catalog has the account or e-mail address that you have here. Ask with a name{or}."
    )
}

fn nothing(catalog: &Catalog, command: &str, kind: Kind, typed: &str, far: &[Match]) -> Unresolved {
    let what = match kind {
        Kind::Group => "team",
        Kind::Person => "person",
        Kind::Owner => "team or person",
        _ => "entity",
    };
    if catalog.is_empty() {
        return Unresolved {
            failure: Failure::user("The catalog is still empty, so I cannot look anything up.")
                .hint("`status` says how the sources are doing."),
            choices: Vec::new(),
        };
    }
    let says = format!("I know no {what} like {}.", markdown::code(typed));
    let choices = choices(catalog, command, far);
    let hint = if choices.is_empty() {
        "Try another word, or `search` with a part of its name."
    } else {
        "Did you mean one of these? Otherwise try `search` with a part of its name."
    };
    let hint = format!("{hint}{}", still_reading(catalog));
    Unresolved {
        failure: Failure::user(says).hint(hint),
        choices,
    }
}

/// What is not known yet may only not have been read yet: a sentence that says so, with a space before it, while that is so.
pub(super) fn still_reading(catalog: &Catalog) -> String {
    let unread = catalog.sources().iter().filter(|state| state.is_unread());
    match unread.count() {
        0 => String::new(),
        1 => " I have not read 1 of the repositories yet; it may be there.".to_owned(),
        unread => {
            format!(" I have not read {unread} of the repositories yet; it may be in one of them.")
        }
    }
}

fn choices(catalog: &Catalog, command: &str, found: &[Match]) -> Vec<Choice> {
    offered(catalog, command, found.iter().map(|found| found.position))
}

/// Command lines about entities to choose from.
pub(super) fn offered(
    catalog: &Catalog,
    command: &str,
    positions: impl Iterator<Item = u32>,
) -> Vec<Choice> {
    positions
        .filter_map(|position| catalog.at(position))
        .map(|listed| {
            let entity = listed.entity;
            let owner = entity
                .owner
                .as_ref()
                .map(|owner| format!(" of {}", owner.name()))
                .unwrap_or_default();
            Choice {
                label: format!("{} ({}{owner})", entity.name, entity.kind),
                line: format!("{command} {}", entity.reference),
            }
        })
        .collect()
}

/// A group or user that entities refer to by exactly this name, but that has no entity of its own.
fn named_only(catalog: &Catalog, kind: Kind, typed: &str) -> Option<EntityRef> {
    let kinds: &[&str] = match kind {
        Kind::Person => &["user"],
        Kind::Group => &["group"],
        _ => &["group", "user"],
    };
    kinds.iter().find_map(|kind| {
        let reference = EntityRef::parse(typed.trim(), Some(kind), "default").ok()?;
        let right = kinds.contains(&reference.kind());
        (right && catalog.relations(&reference).next().is_some()).then_some(reference)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::catalog::state::{Facts, SourceState};

    #[test]
    fn what_is_not_known_may_only_not_be_read_yet() {
        let state = |key: &str, read_at| {
            let facts = Facts {
                key: key.to_owned(),
                read_at,
                ..Facts::default()
            };
            Arc::new(SourceState {
                facts,
                ..SourceState::default()
            })
        };
        let told = |states: Vec<Arc<SourceState>>| still_reading(&Catalog::new(states));
        assert_eq!(told(vec![state("a", Some(1))]), "");
        assert_eq!(
            told(vec![state("a", Some(1)), state("b", None)]),
            " I have not read 1 of the repositories yet; it may be there."
        );
        assert_eq!(
            told(vec![state("a", None), state("b", None)]),
            " I have not read 2 of the repositories yet; it may be in one of them."
        );
    }
}
