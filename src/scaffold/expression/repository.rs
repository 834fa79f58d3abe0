//! What a repository picker gives, and what its host asks for.

use std::collections::BTreeMap;

use url::Url;

/// What kind of host repositories live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integration {
    /// Azure DevOps.
    Azure,
    /// Bitbucket's own service.
    BitbucketCloud,
    /// A Bitbucket server.
    BitbucketServer,
    /// Gerrit.
    Gerrit,
    /// Gitea or Forgejo.
    Gitea,
    /// GitHub, its service or a server.
    GitHub,
    /// GitLab, its service or a server.
    GitLab,
    /// Any other host that asks for an owner and a name.
    Other,
}

/// The hosts that there are, and what kind each is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    hosts: BTreeMap<String, Integration>,
}

impl Default for Hosts {
    /// The hosts that everybody has.
    fn default() -> Self {
        let known = [
            ("github.com", Integration::GitHub),
            ("gitlab.com", Integration::GitLab),
            ("bitbucket.org", Integration::BitbucketCloud),
            ("dev.azure.com", Integration::Azure),
            ("amazonaws.com", Integration::Other),
            ("storage.cloud.google.com", Integration::Other),
        ];
        Self {
            hosts: known.map(|(host, kind)| (host.to_owned(), kind)).into(),
        }
    }
}

impl Hosts {
    /// Adds a host, with its port where it has one of its own.
    #[must_use]
    pub fn with(mut self, host: impl Into<String>, kind: Integration) -> Self {
        self.hosts.insert(host.into(), kind);
        self
    }

    /// What kind of host this is, if it is known.
    pub fn kind(&self, host: &str) -> Option<Integration> {
        self.hosts.get(host).copied()
    }
}

/// The parts of what a repository picker gives: `github.com?owner=acme&repo=web`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repository {
    /// The host, with its port.
    pub host: String,
    /// The owner: a person, an organisation or a group.
    pub owner: Option<String>,
    /// The name of the repository.
    pub repo: Option<String>,
    /// The organisation, on Azure.
    pub organization: Option<String>,
    /// The workspace, on Bitbucket.
    pub workspace: Option<String>,
    /// The project, on Azure and Bitbucket, or the number of one on GitLab.
    pub project: Option<String>,
}

impl Repository {
    /// Takes it apart; the error says what is missing.
    pub fn parse(text: &str, hosts: &Hosts) -> Result<Self, String> {
        let url = Url::parse(&format!("https://{text}")).map_err(|_| {
            format!("`{text}` names no repository: it should look like `github.com?owner=acme&repo=web`.")
        })?;
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let Some(kind) = hosts.kind(&host) else {
            return Err(format!(
                "`{host}` is not known as a host of repositories. Tell in the configuration what kind of host it is."
            ));
        };
        let asked = |name: &str| {
            url.query_pairs()
                .find(|(other, _)| other == name)
                .map(|(_, value)| value.into_owned())
        };
        let part = |name: &str| asked(name).map(|value| value.trim_matches('/').to_owned());
        let wanted: &[&str] = match kind {
            Integration::BitbucketCloud => &["workspace", "project", "repo"],
            Integration::BitbucketServer | Integration::Azure => &["project", "repo"],
            Integration::GitLab if part("project").is_some_and(|project| !project.is_empty()) => {
                &[]
            }
            Integration::Gitea | Integration::Gerrit => &["repo"],
            _ => &["owner", "repo"],
        };
        if let Some(missing) = wanted
            .iter()
            .find(|name| asked(name).is_none_or(|value| value.is_empty()))
        {
            return Err(format!(
                "`{text}` names no {missing}, which repositories on {host} have: add `{missing}=…`."
            ));
        }
        Ok(Self {
            owner: part("owner"),
            repo: part("repo"),
            organization: part("organization"),
            workspace: part("workspace"),
            project: part("project"),
            host,
        })
    }
}
