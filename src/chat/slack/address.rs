//! How Slack's people and conversations are named outside this folder: by workspace and Slack's own id, so that many
//! workspaces never mix.
//!
//! ```text
//! T0ACME01/C0123     a channel, a group or a direct conversation     Place::channel
//! T0ACME01/U0123     the direct conversation of a person and the bot  Place::channel
//! T0ACME01/home:U01  the Home tab of a person                         Place::channel
//! T0ACME01/U0123     a person                                         PersonId::id
//! ```
//! The workspace is the one that the bot is installed in, also for people who are there from another one.

use std::fmt;

/// The platform's name.
pub const PLATFORM: &str = "slack";

/// Where something is, or who.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// The workspace's id.
    pub team: &'a str,
    /// What it is there.
    pub spot: Spot<'a>,
}

/// What an address leads to within a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot<'a> {
    /// A conversation.
    Channel(&'a str),
    /// A person, or the conversation with them.
    Person(&'a str),
    /// A person's Home tab.
    Home(&'a str),
}

impl<'a> Address<'a> {
    /// Reads an address; `None` for what is none.
    pub fn read(text: &'a str) -> Option<Self> {
        let (team, rest) = text.split_once('/')?;
        let spot = match rest.split_once(':') {
            Some(("home", person)) if is_person(person) => Spot::Home(person),
            None if is_person(rest) => Spot::Person(rest),
            None if is_id(rest, &['C', 'D', 'G']) => Spot::Channel(rest),
            _ => return None,
        };
        is_id(team, &['T', 'E']).then_some(Self { team, spot })
    }

    /// The address of a conversation.
    pub fn channel(team: &'a str, id: &'a str) -> Self {
        let spot = Spot::Channel(id);
        Self { team, spot }
    }

    /// The address of a person.
    pub fn person(team: &'a str, id: &'a str) -> Self {
        let spot = Spot::Person(id);
        Self { team, spot }
    }

    /// The address of a person's Home tab.
    pub fn home(team: &'a str, person: &'a str) -> Self {
        let spot = Spot::Home(person);
        Self { team, spot }
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.spot {
            Spot::Channel(id) | Spot::Person(id) => write!(f, "{}/{id}", self.team),
            Spot::Home(id) => write!(f, "{}/home:{id}", self.team),
        }
    }
}

/// People are `U…`, and `W…` in organisations of many workspaces.
fn is_person(id: &str) -> bool {
    is_id(id, &['U', 'W'])
}

fn is_id(id: &str, kinds: &[char]) -> bool {
    id.len() > 1
        && id.starts_with(kinds)
        && id
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["T1/C2", "T1/D2", "T1/U2", "E1/W2", "T1/home:U2"] {
            let address = Address::read(text).expect("an address");
            assert_eq!(address.to_string(), text);
        }
        assert_eq!(Address::read("T1/U2"), Some(Address::person("T1", "U2")));
        assert_eq!(Address::read("T1/home:U2"), Some(Address::home("T1", "U2")));
        for text in [
            "",
            "no-such-place",
            "T1/",
            "C1/C2",
            "T1/C2/3",
            "T1/home:C2",
            "T1/c2",
        ] {
            assert_eq!(Address::read(text), None, "{text}");
        }
    }
}
