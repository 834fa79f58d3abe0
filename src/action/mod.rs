//! What the bot can do: one file per action. An action reads, computes and returns data, never words.

mod apis;
pub mod card;
mod changes;
pub mod channel;
mod dependencies;
mod evidence;
mod fix;
mod help;
mod home;
pub mod link;
mod named;
mod owner;
mod owns;
pub mod permission;
mod person;
pub mod point;
mod preview;
pub mod resolve;
mod resync;
mod search;
mod show;
mod status;
mod team;
mod unowned;
mod why;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use serde_json::Value;

use crate::catalog::evidence::Pasts;
use crate::catalog::{Catalog, EntityRef, sync::Syncer};
use crate::clock::Clock;
use crate::command::Book;
use crate::config::Config;
use crate::failure::Failure;
use crate::message::form::{Answers, Form};
use crate::message::{PersonId, Place, markdown};
use crate::picture::Graph;
use crate::policy::{Deed, Policy, Weight};

/// Everything the bot can do, in reading order.
pub const ACTIONS: &[&'static dyn Action] = &[
    &owner::Owner,
    &fix::FixOwner,
    &preview::Preview,
    &show::Show,
    &owns::Owns,
    &dependencies::ShowDependencies,
    &apis::ShowApis,
    &changes::ShowChanges,
    &person::ShowPerson,
    &team::ShowTeam,
    &unowned::Unowned,
    &search::Search,
    &home::Home,
    &help::Help,
    &why::Why,
    &status::Status,
    &resync::Resync,
    &channel::SetChannel,
    &link::Link,
    &link::Unlink,
];

/// One thing the bot can do.
#[async_trait]
pub trait Action: Send + Sync {
    /// The name by which command files ask for it, like `catalog.owner`.
    fn name(&self) -> &'static str;

    /// The arguments it understands.
    fn takes(&self) -> &'static [Param];

    /// What running it does to the world.
    fn effect(&self) -> Effect {
        Effect::Read
    }

    /// What a call wants to do, for the policy. Whatever is not reading counts as a change, unless the action knows better.
    fn deed(&self, call: &Call, _context: &Context) -> Deed {
        let weight = match self.effect() {
            Effect::Read => Weight::Read,
            Effect::Record | Effect::Change => Weight::Change,
        };
        Deed::new(&call.command, self.name(), weight)
    }

    /// Whether it asks for approval by itself, where the policy wants one; others are refused then.
    fn seeks_approval(&self) -> bool {
        false
    }

    /// Whether it may need a form; platforms that open forms open one at once for such an action.
    fn asks(&self) -> bool {
        false
    }

    /// The form that must be filled in before it runs, if it needs one for this call.
    async fn form(&self, _call: &Call, _context: &Context) -> Result<Option<Form>, Failure> {
        Ok(None)
    }

    /// Does it and gives the data for the command's body.
    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure>;

    /// The picture that belongs to its data, if there is one.
    fn picture(&self, _data: &Value) -> Option<Graph> {
        None
    }
}

/// What running an action does; each includes what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing is changed.
    Read,
    /// The bot's own records are changed.
    Record,
    /// The world is changed: the asker confirms first.
    Change,
}

/// An argument that an action understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Its name in the call.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether the action cannot do without it.
    pub required: bool,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any entity of the catalog, found by what the person typed.
    Entity,
    /// Any entity, or whatever else points to one: a repository, file, link, host, pod, package, or a text that names
    /// such.
    EntityOrPath,
    /// A group.
    Group,
    /// A user.
    Person,
    /// A group or a user.
    Owner,
    /// The name of a command.
    Command,
    /// One word.
    Word,
    /// A whole number.
    Number,
    /// Yes when it is named, no when it is not.
    Flag,
    /// Any text.
    Text,
}

impl Kind {
    /// Every kind, in the spelling of command files.
    pub const ALL: [(&'static str, Self); 10] = [
        ("entity", Self::Entity),
        ("entity-or-path", Self::EntityOrPath),
        ("group", Self::Group),
        ("person", Self::Person),
        ("owner", Self::Owner),
        ("command", Self::Command),
        ("word", Self::Word),
        ("number", Self::Number),
        ("flag", Self::Flag),
        ("text", Self::Text),
    ];

    /// The kind of this spelling.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| *kind)
    }
}

/// One call of an action.
#[derive(Debug, Clone)]
pub struct Call {
    /// The command that asked for it.
    pub command: String,
    /// The arguments by name.
    pub arguments: BTreeMap<String, Argument>,
    /// What the asker filled into the action's form.
    pub answers: Answers,
    /// Who asks.
    pub asker: Asker,
    /// Where it was asked.
    pub place: Place,
}

/// An argument after the catalog was asked what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// An entity, or a group or user that others refer to without it having an entity of its own.
    Entity(EntityRef),
    /// Text as it was typed.
    Text(String),
}

/// Who asks, as far as the bot can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The platform's id of the person.
    pub person: PersonId,
    /// The person's entity, where there is one.
    pub user: Option<EntityRef>,
    /// The user that the account is linked to, where the catalog itself does not say who the person is; it need not have
    /// that user any more.
    pub linked: Option<EntityRef>,
    /// A guest, a bot, or somebody of another organisation, whose account is nobody's.
    pub external: bool,
    /// The groups the person belongs to, with their parents and children.
    pub near: Vec<EntityRef>,
}

impl Asker {
    /// Whether something that belongs to this owner is near the asker: their own, or of one of those groups.
    pub fn is_near(&self, owner: &EntityRef) -> bool {
        self.near.contains(owner) || self.user.as_ref() == Some(owner)
    }
}

/// What actions may reach.
#[derive(Clone)]
pub struct Context {
    /// The catalog's keeper.
    pub syncer: Arc<Syncer>,
    /// What the history says of owners.
    pub pasts: Arc<Pasts>,
    /// The commands.
    pub book: Arc<ArcSwap<Book>>,
    /// What they can ask for.
    pub actions: Arc<[&'static dyn Action]>,
    /// Who may do what.
    pub policy: Arc<ArcSwap<Policy>>,
    /// What channels allow.
    pub channels: Arc<channel::Channels>,
    /// Which accounts are linked to which users.
    pub links: Arc<link::Links>,
    /// The configuration.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
}

impl Context {
    /// The newest catalog; hold it for the whole of an answer, so that the answer is of one piece.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.syncer.catalog().load_full()
    }

    /// The action of this name.
    pub fn action(&self, name: &str) -> Option<&'static dyn Action> {
        let mut actions = self.actions.iter().copied();
        actions.find(|action| action.name() == name)
    }

    /// Whom to ask where only an admin may do something, as a sentence; `None` where no admin is named.
    pub fn admins(&self) -> Option<String> {
        let admins = self.config.admins.iter();
        let admins: Vec<String> = admins.map(|admin| markdown::code(admin)).collect();
        (!admins.is_empty()).then(|| format!("Ask an admin: {}.", admins.join(", ")))
    }
}

impl Call {
    /// The entity given as this argument.
    pub fn entity(&self, name: &str) -> Result<&EntityRef, Failure> {
        match self.arguments.get(name) {
            Some(Argument::Entity(reference)) => Ok(reference),
            _ => Err(Failure::Internal(anyhow::anyhow!(
                "the command {:?} gives no entity as {name:?}",
                self.command
            ))),
        }
    }

    /// The text given as this argument.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.arguments.get(name) {
            Some(Argument::Text(text)) => Some(text),
            Some(Argument::Entity(reference)) => Some(reference.as_str()),
            None => None,
        }
    }

    /// The number given as this argument.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.text(name)?.parse().ok()
    }

    /// Whether this flag is given.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_name_of_its_own() {
        let mut names: Vec<&str> = ACTIONS.iter().map(|action| action.name()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
