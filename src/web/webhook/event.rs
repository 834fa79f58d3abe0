//! What a delivery says: the little that is read of each forge's events.

use axum::http::{HeaderMap, header};
use serde::Deserialize;

use crate::config::{Config, Origin, Secret};

/// Who sends webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forge {
    /// GitHub, and GitHub Enterprise.
    GitHub,
    /// GitLab.
    GitLab,
    /// Forgejo, and Gitea, from which it comes.
    Forgejo,
}

/// What is to be done about a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The forge tries whether somebody listens.
    Greeting,
    /// Commits were pushed.
    Pushed(Push),
    /// Something about an organisation or group has changed: a repository, a team, a member.
    Organisation(String),
    /// Something else.
    Nothing,
}

/// A push to a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The repository, like `acme/payments`.
    pub path: String,
    branch: String,
    default: Option<String>,
}

/// An organisation, group or user whose repositories are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    forge: Forge,
    /// Its path, as the configuration names it.
    pub path: String,
}

/// The fields that are read, of all forges and events; everything else is skipped.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Payload {
    #[serde(rename = "ref")]
    reference: Option<String>,
    repository: Option<Repository>,
    organization: Option<Owner>,
    project: Option<Repository>,
    object_kind: Option<String>,
    event_name: Option<String>,
    path_with_namespace: Option<String>,
    project_path_with_namespace: Option<String>,
    full_path: Option<String>,
    group_path: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    full_name: Option<String>,
    path_with_namespace: Option<String>,
    default_branch: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Owner {
    login: Option<String>,
    username: Option<String>,
}

impl Forge {
    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Forgejo => "forgejo",
        }
    }

    /// The id of a delivery, which stays the same when it is sent again.
    pub fn delivery(self, headers: &HeaderMap) -> Option<&[u8]> {
        let names: &[&str] = match self {
            Self::GitHub => &["x-github-delivery"],
            // The second is older, and one for all that follows from one doing.
            Self::GitLab => &["idempotency-key", "x-gitlab-event-uuid"],
            Self::Forgejo => &["x-forgejo-delivery", "x-gitea-delivery"],
        };
        names
            .iter()
            .find_map(|name| headers.get(*name))
            .map(axum::http::HeaderValue::as_bytes)
    }
}

impl Push {
    /// Whether it is to this branch, or to the repository's own where none is named.
    pub fn is_to(&self, branch: Option<&str>) -> bool {
        match (branch, &self.default) {
            (Some(branch), _) => branch == self.branch,
            (None, Some(default)) => *default == self.branch,
            // The remote knows which one it is; asking it once too often does no harm.
            (None, None) => true,
        }
    }
}

impl Organisation {
    /// Whether the repository of this path is one of its own.
    pub fn holds(&self, forge: Forge, path: &str) -> bool {
        self.forge == forge && is_within(path, &self.path)
    }

    /// Whether something that happened to the group of this path concerns it. GitLab names the group of a member by the
    /// last part of its path alone.
    pub fn is_meant(&self, forge: Forge, path: &str) -> bool {
        let last = self.path.rsplit('/').next().unwrap_or(&self.path);
        self.holds(forge, path) || (self.forge == forge && last.eq_ignore_ascii_case(path))
    }
}

/// The organisations and groups that are read.
pub fn organisations(config: &Config) -> Vec<Organisation> {
    let organisation = |origin| {
        let (forge, path) = match origin {
            Origin::Github(path) => (Forge::GitHub, path),
            Origin::Gitlab(path) => (Forge::GitLab, path),
            Origin::Forgejo(path) => (Forge::Forgejo, path),
            Origin::Git(_) | Origin::Folder(_) | Origin::Backstage(_) => return None,
        };
        Some(Organisation {
            forge,
            path: path.to_owned(),
        })
    };
    let origins = config
        .sources
        .iter()
        .filter_map(|source| source.origin().ok());
    origins.filter_map(organisation).collect()
}

/// The secrets of single sources, with the source's name and the path that each speaks of.
pub fn own_secrets(config: &Config) -> impl Iterator<Item = (&str, &Secret, String)> {
    config.sources.iter().filter_map(|source| {
        let secret = source.webhook_secret.as_ref()?;
        let path = match source.origin().ok()? {
            Origin::Github(path) | Origin::Gitlab(path) | Origin::Forgejo(path) => path.to_owned(),
            Origin::Git(url) => path_of(url)?.to_owned(),
            Origin::Folder(_) | Origin::Backstage(_) => return None,
        };
        Some((source.name.as_str(), secret, path))
    })
}

/// Understands a delivery whose signature was right.
pub fn hear(forge: Forge, headers: &HeaderMap, body: &[u8]) -> Result<Heard, String> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let event = match forge {
        Forge::GitHub => header("x-github-event"),
        Forge::Forgejo => header("x-forgejo-event").or_else(|| header("x-gitea-event")),
        // Its body says it more finely.
        Forge::GitLab => None,
    };
    if event == Some("ping") {
        return Ok(Heard::Greeting);
    }
    let payload = parse(header(header::CONTENT_TYPE.as_str()), body)?;
    Ok(match forge {
        Forge::GitHub | Forge::Forgejo => of_github(event.unwrap_or_default(), payload),
        Forge::GitLab => of_gitlab(payload),
    })
}

fn parse(form: Option<&str>, body: &[u8]) -> Result<Payload, String> {
    let unreadable = |error: serde_json::Error| {
        format!(
            "the body is not the JSON of an event: line {}, column {}",
            error.line(),
            error.column()
        )
    };
    // GitHub sends it so unless it is told otherwise.
    if form.is_some_and(|form| form.starts_with("application/x-www-form-urlencoded")) {
        let mut fields = url::form_urlencoded::parse(body);
        let payload = fields.find(|(name, _)| name == "payload");
        let (_, payload) = payload.ok_or("the form has no field `payload`")?;
        return serde_json::from_str(&payload).map_err(unreadable);
    }
    serde_json::from_slice(body).map_err(unreadable)
}

/// GitHub's events, and Forgejo's, which follow them.
fn of_github(event: &str, payload: Payload) -> Heard {
    let repository = payload.repository.unwrap_or_default();
    let owner = payload
        .organization
        .and_then(|owner| owner.login.or(owner.username))
        .or_else(|| group_of(repository.full_name.as_deref()?).map(ToOwned::to_owned));
    match event {
        "push" => pushed(
            payload.reference.as_deref(),
            repository.full_name,
            repository.default_branch,
        ),
        "repository"
        | "team"
        | "team_add"
        | "membership"
        | "organization"
        | "member"
        | "public"
        | "installation_repositories" => owner.map_or(Heard::Nothing, Heard::Organisation),
        _ => Heard::Nothing,
    }
}

fn of_gitlab(payload: Payload) -> Heard {
    let event = payload.event_name.or(payload.object_kind);
    let project = payload.project.unwrap_or_default();
    let path = project.path_with_namespace.or(payload.path_with_namespace);
    match event.as_deref() {
        Some("push") => pushed(payload.reference.as_deref(), path, project.default_branch),
        Some(event) if event.starts_with("project_") || event.starts_with("user_") => {
            let project = path.or(payload.project_path_with_namespace);
            let group = project.as_deref().and_then(group_of);
            let group = group.map(ToOwned::to_owned).or(payload.group_path);
            group.map_or(Heard::Nothing, Heard::Organisation)
        }
        Some(event) if event.starts_with("subgroup_") || event.starts_with("group_") => payload
            .full_path
            .map_or(Heard::Nothing, Heard::Organisation),
        _ => Heard::Nothing,
    }
}

fn pushed(reference: Option<&str>, path: Option<String>, default: Option<String>) -> Heard {
    let branch = reference.and_then(|reference| {
        // Tags and notes are read by nobody.
        reference.strip_prefix("refs/heads/")
    });
    match (branch, path) {
        (Some(branch), Some(path)) => Heard::Pushed(Push {
            path,
            branch: branch.to_owned(),
            default,
        }),
        _ => Heard::Nothing,
    }
}

/// The path of the group that holds a repository: `acme/platform` of `acme/platform/catalog`.
fn group_of(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(group, _)| group)
}

/// Whether a path is another one or stands below it; forges do not tell capitals apart.
pub fn is_within(path: &str, above: &str) -> bool {
    let length = above.len();
    path.get(..length)
        .is_some_and(|start| start.eq_ignore_ascii_case(above))
        && (path.len() == length || path[length..].starts_with('/'))
}

/// Whether a URL is that of the repository of this path, whatever the transport and the host's name for it.
pub fn same_path(url: &str, path: &str) -> bool {
    path_of(url).is_some_and(|own| own.eq_ignore_ascii_case(path))
}

/// The path in a URL: `acme/catalog` of `git@git.acme.example:acme/catalog.git`.
fn path_of(url: &str) -> Option<&str> {
    let path = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':')?.1,
    };
    let path = path.trim_matches('/');
    Some(path.strip_suffix(".git").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(forge: Forge, event: &str, body: &str) -> Heard {
        let mut headers = HeaderMap::new();
        for name in ["x-github-event", "x-forgejo-event"] {
            headers.insert(name, event.parse().expect("a value"));
        }
        hear(forge, &headers, body.as_bytes()).expect("it is understood")
    }

    #[test]
    fn news_of_groups_and_organisations_lead_to_them() {
        let of = |path: &str| Heard::Organisation(path.to_owned());
        let gitlab = |body: &str| heard(Forge::GitLab, "", body);
        let created =
            r#"{"event_name": "project_create", "path_with_namespace": "acme/platform/till"}"#;
        assert_eq!(gitlab(created), of("acme/platform"));
        let subgroup = r#"{"event_name": "subgroup_create", "full_path": "acme/platform/tools", "group_id": 7}"#;
        assert_eq!(gitlab(subgroup), of("acme/platform/tools"));
        let member =
            r#"{"event_name": "user_add_to_group", "group_path": "platform", "user_id": 1}"#;
        assert_eq!(gitlab(member), of("platform"));
        assert_eq!(gitlab(r#"{"object_kind": "note"}"#), Heard::Nothing);
        let repository = r#"{"action": "created", "repository": {"full_name": "acme/till"}, "organization": {"username": "acme"}}"#;
        assert_eq!(heard(Forge::Forgejo, "repository", repository), of("acme"));
        let member =
            r#"{"action": "added", "organization": {"login": "acme"}, "team": {"slug": "till"}}"#;
        assert_eq!(heard(Forge::GitHub, "membership", member), of("acme"));
    }

    #[test]
    fn what_happens_in_a_group_concerns_the_groups_above_it() {
        let platform = Organisation {
            forge: Forge::GitLab,
            path: "acme/platform".to_owned(),
        };
        let is_meant = |path: &str| platform.is_meant(Forge::GitLab, path);
        assert!(
            is_meant("acme/platform") && is_meant("Acme/Platform/tools") && is_meant("platform")
        );
        assert!(!is_meant("acme") && !is_meant("acme/platform-two") && !is_meant("tools"));
        assert!(!platform.is_meant(Forge::GitHub, "acme/platform"));
        assert!(platform.holds(Forge::GitLab, "acme/platform/till"));
    }

    #[test]
    fn a_repository_is_the_same_by_any_transport() {
        for url in [
            "https://git.acme.example/acme/till.git",
            "git@git.acme.example:acme/till.git",
            "ssh://git@git.acme.example:2222/Acme/Till",
        ] {
            assert!(same_path(url, "acme/till"), "{url}");
        }
        assert!(!same_path(
            "https://git.acme.example/acme/tills",
            "acme/till"
        ));
        assert!(!same_path("/srv/acme/till", "acme/till"));
        assert!(!same_path("file:///acme/till", "acme/till"));
    }
}
