//! One rule: what it speaks of, and whether that fits.

mod read;

use super::{Deed, Subject, Verdict, Weight};
use crate::catalog::EntityRef;
pub(super) use read::read;

/// A rule that can be used. A part that names nothing fits everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it decides.
    pub verdict: Verdict,
    /// Why, in a few words.
    pub says: Option<String>,
    /// Where it is written, like `policy.toml:7`; the bot's own rules are written nowhere.
    pub place: Option<String>,
    who: Vec<Who>,
    platforms: Vec<String>,
    channels: Vec<String>,
    /// Commands and actions, each with what it must be followed by.
    commands: Vec<Vec<String>>,
    weights: Vec<Weight>,
    templates: Vec<EntityRef>,
    owners: Vec<Owner>,
    organisations: Vec<String>,
}

/// Whom a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Admins,
    /// A user, or a group with those below it.
    Entity(EntityRef),
}

/// Whose things a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    Own,
    Entity(EntityRef),
}

/// Whether a rule speaks of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    /// It may, depending on what has not been said yet.
    Perhaps,
    Yes,
}

impl Fit {
    fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

impl Rule {
    /// The bot's own rules, which stand behind all others.
    pub(super) fn built_in() -> [Self; 4] {
        let everybody = Self::denial();
        [
            Self {
                verdict: Verdict::Allow,
                says: Some("admins may do everything".to_owned()),
                who: vec![Who::Admins],
                ..everybody.clone()
            },
            Self {
                verdict: Verdict::Allow,
                says: Some("everybody may read".to_owned()),
                weights: vec![Weight::Read],
                ..everybody.clone()
            },
            Self {
                verdict: Verdict::Allow,
                says: Some(
                    "everybody may do what is their own affair, or what anybody can undo"
                        .to_owned(),
                ),
                weights: vec![Weight::Light],
                ..everybody.clone()
            },
            everybody,
        ]
    }

    /// The last of all rules.
    pub(super) fn denial() -> Self {
        Self {
            verdict: Verdict::Deny,
            says: Some("what changes something is denied unless a rule allows it".to_owned()),
            place: None,
            who: Vec::new(),
            platforms: Vec::new(),
            channels: Vec::new(),
            commands: Vec::new(),
            weights: Vec::new(),
            templates: Vec::new(),
            owners: Vec::new(),
            organisations: Vec::new(),
        }
    }

    /// Whether it speaks of this.
    pub(super) fn fit(&self, subject: &Subject, admins: &[EntityRef], deed: &Deed) -> Fit {
        if !self.is_for(subject, admins) || !self.is_here(subject) {
            return Fit::No;
        }
        self.is_about(subject, deed)
    }

    /// Whether it speaks of this in this place, whoever does it.
    pub(super) fn fit_for_some(&self, subject: &Subject, deed: &Deed) -> Fit {
        if !self.is_here(subject) {
            return Fit::No;
        }
        // Somebody else has other teams.
        match self.is_about(subject, deed) {
            Fit::No if self.owners.contains(&Owner::Own) => {
                let anybody = Self {
                    owners: Vec::new(),
                    ..self.clone()
                };
                anybody.is_about(subject, deed).min(Fit::Perhaps)
            }
            fit => fit,
        }
    }

    /// Whether it speaks of everybody.
    pub(super) fn is_for_all(&self) -> bool {
        self.who.is_empty()
    }

    /// The users and groups that it speaks of.
    pub(super) fn named(&self) -> impl Iterator<Item = &EntityRef> {
        self.who.iter().filter_map(|who| match who {
            Who::Entity(entity) => Some(entity),
            Who::Admins => None,
        })
    }

    /// All users and groups that stand in it.
    pub fn entities(&self) -> Vec<&EntityRef> {
        let owners = self.owners.iter().filter_map(|owner| match owner {
            Owner::Entity(entity) => Some(entity),
            Owner::Own => None,
        });
        let by = match &self.verdict {
            Verdict::Approve(by) => Some(by),
            Verdict::Allow | Verdict::Deny => None,
        };
        self.named().chain(owners).chain(by).collect()
    }

    /// The commands and actions that stand in it, without what they are followed by.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.commands
            .iter()
            .filter_map(|words| words.first().map(String::as_str))
    }

    /// The platforms that stand in it.
    pub fn platforms(&self) -> impl Iterator<Item = &str> {
        self.platforms.iter().map(String::as_str)
    }

    fn is_for(&self, subject: &Subject, admins: &[EntityRef]) -> bool {
        any(&self.who, |who| match who {
            Who::Admins => admins.iter().any(|admin| subject.is(admin)),
            Who::Entity(entity) => subject.is(entity),
        })
    }

    fn is_here(&self, subject: &Subject) -> bool {
        // Slack's channels may be named without their workspace.
        let bare = match subject.channel.split_once('/') {
            Some((_, bare)) if subject.platform == "slack" => bare,
            _ => &subject.channel,
        };
        any(&self.platforms, |platform| *platform == subject.platform)
            && any(&self.channels, |channel| {
                *channel == subject.channel || channel == bare
            })
    }

    fn is_about(&self, subject: &Subject, deed: &Deed) -> Fit {
        let detail: Vec<&str> = deed
            .detail
            .as_deref()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let named = any(&self.commands, |words| {
            let Some((first, rest)) = words.split_first() else {
                return false;
            };
            let same = *first == deed.command || Some(first) == deed.action.as_ref();
            same && rest.len() <= detail.len() && rest.iter().zip(&detail).all(|(a, b)| a == b)
        });
        if !named || !any(&self.weights, |weight| *weight == deed.weight) {
            return Fit::No;
        }
        let template = part(&self.templates, deed.template.as_ref(), deed, |said, is| {
            said == is
        });
        let owner = part(
            &self.owners,
            deed.owner.as_ref(),
            deed,
            |said, is| match said {
                Owner::Own => subject.owns(is),
                Owner::Entity(entity) => entity == is || deed.above.contains(entity),
            },
        );
        let organisation = deed.organisation.as_deref().map(organisation);
        let organisation = part(
            &self.organisations,
            organisation.as_ref(),
            deed,
            |said, is| {
                let below = is.strip_prefix(said.as_str());
                below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
            },
        );
        template.min(owner).min(organisation)
    }
}

/// Whether one of them fits, or none is named.
fn any<T>(named: &[T], fits: impl Fn(&T) -> bool) -> bool {
    named.is_empty() || named.iter().any(fits)
}

/// Whether a rule that names these speaks of what a deed says, or may still say.
fn part<T, U>(named: &[T], is: Option<&U>, deed: &Deed, fits: impl Fn(&T, &U) -> bool) -> Fit {
    match is {
        _ if named.is_empty() => Fit::Yes,
        Some(is) => Fit::of(named.iter().any(|said| fits(said, is))),
        None if deed.open => Fit::Perhaps,
        None => Fit::No,
    }
}

/// An organisation as it is compared: in lower case, without the scheme of its address.
fn organisation(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let bare = text.split_once("://").map_or(&*text, |(_, rest)| rest);
    bare.trim_matches('/').to_owned()
}
