//! What somebody wants to do.

use std::fmt;

use crate::catalog::{Catalog, EntityRef};

/// Something that somebody wants to do, as rules see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deed {
    /// The name of the command.
    pub command: String,
    /// The name of the action that it asks for, whatever the command is called; none for an answer that is always the
    /// same.
    pub action: Option<String>,
    /// Which of the things it is that the command does, where they weigh differently: `accept` of `resync accept`.
    pub detail: Option<String>,
    /// How much it matters.
    pub weight: Weight,
    /// The template that is used.
    pub template: Option<EntityRef>,
    /// Who shall own what is made or changed.
    pub owner: Option<EntityRef>,
    /// The groups above the owner.
    pub above: Vec<EntityRef>,
    /// Where on a forge: `github.com/acme`.
    pub organisation: Option<String>,
    /// Whether template, owner and organisation may still be said, where they are missing.
    pub open: bool,
}

/// How much a deed matters when no rule speaks of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Nothing is changed.
    Read,
    /// A record of the bot's is changed, in a way that is the asker's own affair or that anybody can undo.
    Light,
    /// Something is changed.
    #[default]
    Change,
}

impl Deed {
    /// A deed of this weight by a command that asks for an action.
    pub fn new(command: &str, action: &str, weight: Weight) -> Self {
        Self {
            command: command.to_owned(),
            action: Some(action.to_owned()),
            weight,
            ..Self::default()
        }
    }

    /// The answer of a command that is always the same.
    pub fn canned(command: &str) -> Self {
        Self {
            command: command.to_owned(),
            weight: Weight::Read,
            ..Self::default()
        }
    }

    /// The same, as this one of the things that the command does.
    #[must_use]
    pub fn detail(self, detail: &str) -> Self {
        Self {
            detail: Some(detail.to_owned()),
            ..self
        }
    }

    /// The same, for this owner. Rules that name a group speak of the groups below it, too.
    #[must_use]
    pub fn owner(self, catalog: &Catalog, owner: &EntityRef) -> Self {
        let above = match owner.kind() {
            "group" => catalog.groups_of(owner),
            _ => Vec::new(),
        };
        Self {
            owner: Some(owner.clone()),
            above,
            ..self
        }
    }
}

/// The command, as people type it.
impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command)?;
        match &self.detail {
            Some(detail) => write!(f, " {detail}"),
            None => Ok(()),
        }
    }
}
