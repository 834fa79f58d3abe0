//! Reading a rule as it is written, and what is wrong with it.

use super::{Owner, Rule, Who, organisation};
use crate::catalog::EntityRef;
use crate::config::{PolicyConfig, Ruling};
use crate::policy::problem::{Problem, place};
use crate::policy::{Verdict, Weight};

/// The word for those whom the configuration names as admins.
const ADMINS: &str = "admins";

/// The word for an owner that is the asker or a team of theirs.
const OWN: &str = "own";

/// Reads a rule; what is wrong with it is added to the problems.
pub fn read(written: &PolicyConfig, problems: &mut Vec<Problem>) -> Option<Rule> {
    let before = problems.len();
    let mut reader = Reader { written, problems };
    let verdict = reader.verdict();
    let rule = Rule {
        verdict: verdict.unwrap_or(Verdict::Deny),
        says: written.says.clone().filter(|says| !says.trim().is_empty()),
        place: Some(match &written.at {
            Some(at) => place(Some(&at.file), at.line),
            None => place(None, 1),
        }),
        who: reader.list("who", written.who.as_deref(), |entry| {
            if entry == ADMINS {
                return Ok(Who::Admins);
            }
            person_or_group(entry).map(Who::Entity).ok_or_else(|| {
                "is no person or team; write it like `user:ana`, `group:payments` or `admins`"
                    .to_owned()
            })
        }),
        platforms: reader.list("platforms", written.platforms.as_deref(), |entry| {
            Ok(entry.to_lowercase())
        }),
        channels: reader.list("channels", written.channels.as_deref(), |entry| {
            Ok(entry.to_owned())
        }),
        commands: reader.list("commands", written.commands.as_deref(), |entry| {
            Ok(entry
                .to_lowercase()
                .split_whitespace()
                .map(str::to_owned)
                .collect())
        }),
        weights: match written.changes {
            None => Vec::new(),
            Some(true) => vec![Weight::Light, Weight::Change],
            Some(false) => vec![Weight::Read],
        },
        templates: reader.list("templates", written.templates.as_deref(), |entry| {
            let template = EntityRef::parse(entry, Some("template"), "default").ok();
            template
                .filter(|template| template.kind() == "template")
                .ok_or_else(|| "is no template; write its name, like `rust-service`".to_owned())
        }),
        owners: reader.list("owners", written.owners.as_deref(), |entry| {
            if entry == OWN {
                return Ok(Owner::Own);
            }
            person_or_group(entry).map(Owner::Entity).ok_or_else(|| {
                "is no owner; write it like `group:payments` or `user:ana`, or `own` for the asker's own teams".to_owned()
            })
        }),
        organisations: reader.list("organisations", written.organisations.as_deref(), |entry| {
            let organisation = organisation(entry);
            if organisation.is_empty() {
                return Err("names no forge; write it like `github.com/acme`".to_owned());
            }
            Ok(organisation)
        }),
    };
    (problems.len() == before).then_some(rule)
}

/// A user or group that says its kind.
fn person_or_group(text: &str) -> Option<EntityRef> {
    let reference = EntityRef::parse(text, None, "default").ok()?;
    matches!(reference.kind(), "user" | "group").then_some(reference)
}

/// Reads the parts of a rule and collects what is wrong.
struct Reader<'a> {
    written: &'a PolicyConfig,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, message: String) {
        self.problems.push(Problem::of_rule(self.written, message));
    }

    fn verdict(&mut self) -> Option<Verdict> {
        match (self.written.decide, self.written.by.as_deref()) {
            (Ruling::Allow, None) => Some(Verdict::Allow),
            (Ruling::Deny, None) => Some(Verdict::Deny),
            (Ruling::Approve, Some(by)) => {
                let group = EntityRef::parse(by.trim(), Some("group"), "default").ok();
                let group = group.filter(|group| group.kind() == "group");
                if group.is_none() {
                    self.wrong(format!(
                        "`by` names the group that approves, like `group:platform`, and `{by}` is none"
                    ));
                }
                group.map(Verdict::Approve)
            }
            (Ruling::Approve, None) => {
                self.wrong(
                    "a rule that decides `approve` says which group does it, like `by = \"group:platform\"`"
                        .to_owned(),
                );
                None
            }
            (Ruling::Allow | Ruling::Deny, Some(_)) => {
                self.wrong(
                    "`by` is for rules that decide `approve`; leave it out, or decide that"
                        .to_owned(),
                );
                None
            }
        }
    }

    /// The entries of a list. An empty one could mean nobody as well as everybody, so it is refused.
    fn list<T>(
        &mut self,
        key: &str,
        entries: Option<&[String]>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let Some(entries) = entries else {
            return Vec::new();
        };
        if entries.is_empty() {
            self.wrong(format!(
                "`{key}` is empty; name something there, or leave it out where it does not matter"
            ));
        }
        let mut good = Vec::new();
        for entry in entries.iter().map(|entry| entry.trim()) {
            if entry.is_empty() {
                self.wrong(format!("an entry of `{key}` is empty; take it out"));
                continue;
            }
            match read(entry) {
                Ok(value) => good.push(value),
                Err(why) => self.wrong(format!("`{entry}` in `{key}` {why}")),
            }
        }
        good
    }
}
