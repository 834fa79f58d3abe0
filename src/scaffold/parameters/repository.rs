//! A repository that does not exist yet: its host and the names there are asked for one by one.

use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::answers::Carries;
use super::field;
use super::logic::not;
use super::picker::{offered, texts};
use super::schema::{Schema, text};
use crate::message::form::{Condition, Field, FieldKind};
use crate::scaffold::expression::{Hosts, Integration};

/// One part of what a repository picker gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Host,
    Organization,
    Workspace,
    Project,
    Owner,
    Repo,
}

/// A part that is asked for, or that the template leaves no choice of.
#[derive(Debug)]
pub(super) enum Asking {
    Field(Box<Field>),
    Fixed(String),
}

impl Part {
    /// In the order in which a person thinks of them.
    const ALL: [Self; 6] = [
        Self::Host,
        Self::Organization,
        Self::Workspace,
        Self::Project,
        Self::Owner,
        Self::Repo,
    ];
    /// In the order in which Backstage writes them.
    const WRITTEN: [Self; 5] = [
        Self::Owner,
        Self::Repo,
        Self::Organization,
        Self::Workspace,
        Self::Project,
    ];

    /// The part's name in the text.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Organization => "organization",
            Self::Workspace => "workspace",
            Self::Project => "project",
            Self::Owner => "owner",
            Self::Repo => "repo",
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::Host => "allowedHosts",
            Self::Organization => "allowedOrganizations",
            Self::Workspace => "allowedWorkspaces",
            Self::Project => "allowedProjects",
            Self::Owner => "allowedOwners",
            Self::Repo => "allowedRepos",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Host => "Host",
            Self::Organization => "Organization",
            Self::Workspace => "Workspace",
            Self::Project => "Project",
            Self::Owner => "Owner",
            Self::Repo => "Name",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Host => "Where the repository will be, like github.com.",
            Self::Organization => "The organization on Azure that it will belong to.",
            Self::Workspace => "The workspace on Bitbucket that it will belong to.",
            Self::Project => "The project that it will belong to.",
            Self::Owner => "The organization, group or person that it will belong to.",
            Self::Repo => "What the repository will be called.",
        }
    }

    /// Whether repositories of a host have this part.
    fn is_of(self, host: &str) -> bool {
        let parts: &[Self] = match integration(host) {
            Integration::Azure => &[Self::Organization, Self::Project],
            Integration::BitbucketCloud => &[Self::Workspace, Self::Project],
            Integration::BitbucketServer => &[Self::Project],
            _ => &[Self::Owner],
        };
        matches!(self, Self::Host | Self::Repo) || parts.contains(&self)
    }
}

/// What must be asked for a repository, and what is fixed.
pub(super) fn parts(name: &str, schema: &Schema, required: bool) -> Vec<(Part, Asking)> {
    let title = field::label(schema, name);
    let hosts = texts(schema, Part::Host.option());
    let default = text(schema, "default").map(taken_apart).unwrap_or_default();
    let mut help = field::help(schema);
    let mut asked = Vec::new();
    for part in Part::ALL {
        let when = match applies(part, &hosts) {
            Applies::Never => continue,
            Applies::Always => None,
            Applies::When(condition) => Some(condition.on(&part_name(name, Part::Host))),
        };
        let allowed = texts(schema, part.option());
        if let [one] = &allowed[..] {
            asked.push((part, Asking::Fixed(one.clone())));
            continue;
        }
        let kind = if allowed.is_empty() {
            FieldKind::text()
        } else {
            FieldKind::Choice {
                options: offered(&allowed),
            }
        };
        let mut field = Field::new(
            part_name(name, part),
            format!("{} ({title})", part.label()),
            kind,
        );
        field.help = match help.take() {
            Some(help) => Some(format!("{help} {}", part.help())),
            None => Some(part.help().to_owned()),
        };
        field.required = required;
        field.when = when;
        let given = default.iter().find(|(given, _)| *given == part);
        let given = given.map(|(_, value)| value.clone());
        let usual = (part == Part::Host && allowed.is_empty()).then(|| "github.com".to_owned());
        let default = given.or(usual).map(Value::from);
        field.default = default.filter(|default| field.fault(default).is_none());
        asked.push((part, Asking::Field(Box::new(field))));
    }
    asked
}

/// What becomes of a part's answer.
pub(super) fn carries(part: Part) -> Carries {
    Carries::Part(part)
}

/// The name that a part goes by among the answers.
fn part_name(name: &str, part: Part) -> String {
    format!("{name}.{}", part.name())
}

/// Puts the parts together, as Backstage's picker does: `github.com?owner=acme&repo=web`. `None`: there is no name, so
/// there is no repository.
pub(super) fn written(parts: &[(Part, String)]) -> Option<String> {
    let value = |part: Part| {
        let mut given = parts
            .iter()
            .filter(|(given, text)| *given == part && !text.is_empty());
        given.next().map(|(_, text)| text.as_str())
    };
    let host = value(Part::Host)?;
    value(Part::Repo)?;
    let mut query = Serializer::new(String::new());
    for part in Part::WRITTEN {
        // The host was asked first; what another one has does not count.
        if part.is_of(host)
            && let Some(value) = value(part)
        {
            query.append_pair(part.name(), value);
        }
    }
    Some(format!("{host}?{}", query.finish()))
}

/// A default like `github.com?owner=acme`.
fn taken_apart(text: &str) -> Vec<(Part, String)> {
    let Ok(url) = Url::parse(&format!("https://{text}")) else {
        return Vec::new();
    };
    let host = text.split(['?', '/']).next().unwrap_or_default();
    let mut parts = vec![(Part::Host, host.to_owned())];
    for (name, value) in url.query_pairs() {
        let part = Part::WRITTEN.into_iter().find(|part| part.name() == name);
        parts.extend(part.map(|part| (part, value.into_owned())));
    }
    parts.retain(|(_, value)| !value.is_empty());
    parts
}

/// On which hosts a part is asked for.
enum Applies {
    Always,
    Never,
    When(OnHosts),
}

struct OnHosts {
    hosts: Vec<String>,
    but_these: bool,
}

impl OnHosts {
    fn on(self, field: &str) -> Condition {
        let condition = Condition::OneOf {
            field: field.to_owned(),
            one_of: self.hosts.into_iter().map(Value::from).collect(),
        };
        if self.but_these {
            not(condition)
        } else {
            condition
        }
    }
}

fn applies(part: Part, hosts: &[String]) -> Applies {
    if matches!(part, Part::Host | Part::Repo) {
        return Applies::Always;
    }
    if hosts.is_empty() {
        // Any host may be typed; those that ask for something else are known.
        let known = ["dev.azure.com", "bitbucket.org"].map(str::to_owned);
        let but_these = part == Part::Owner;
        let hosts: Vec<String> = known
            .into_iter()
            .filter(|host| part.is_of(host) != but_these)
            .collect();
        return Applies::When(OnHosts { hosts, but_these });
    }
    let of: Vec<String> = hosts
        .iter()
        .filter(|host| part.is_of(host))
        .cloned()
        .collect();
    if of.is_empty() {
        Applies::Never
    } else if of.len() == hosts.len() {
        Applies::Always
    } else {
        Applies::When(OnHosts {
            hosts: of,
            but_these: false,
        })
    }
}

/// What kind of host it is, by what everybody knows or by its name.
fn integration(host: &str) -> Integration {
    if let Some(kind) = Hosts::default().kind(host) {
        return kind;
    }
    let is_called = |name: &str| host.split(['.', ':', '-']).any(|part| part == name);
    if is_called("azure") || is_called("visualstudio") {
        Integration::Azure
    } else if is_called("bitbucket") {
        Integration::BitbucketServer
    } else {
        Integration::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_as_backstages_picker_writes_them() {
        let parts = |parts: &[(Part, &str)]| {
            let parts: Vec<(Part, String)> = parts
                .iter()
                .map(|(part, text)| (*part, (*text).to_owned()))
                .collect();
            written(&parts)
        };
        let (host, owner, repo) = (Part::Host, Part::Owner, Part::Repo);
        assert_eq!(
            parts(&[(host, "github.com"), (owner, "acme"), (repo, "web")]).as_deref(),
            Some("github.com?owner=acme&repo=web")
        );
        assert_eq!(
            parts(&[
                (host, "gitlab.acme.example:8443"),
                (owner, "a/b c"),
                (repo, "web")
            ])
            .as_deref(),
            Some("gitlab.acme.example:8443?owner=a%2Fb+c&repo=web")
        );
        assert_eq!(
            parts(&[
                (host, "dev.azure.com"),
                (Part::Project, "p"),
                (Part::Organization, "acme"),
                (owner, "left"),
                (repo, "web")
            ])
            .as_deref(),
            Some("dev.azure.com?repo=web&organization=acme&project=p")
        );
        assert_eq!(parts(&[(host, "github.com"), (owner, "acme")]), None);
    }
}
