//! The sources of the configuration: what each may be, which keys belong to it, and what is refused.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{ConfigError, Secret};

/// One source of descriptors. Exactly one of `git`, `folder`, `github`, `gitlab`, `forgejo` and `backstage` says what it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// How answers name the source; letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The repository's URL or path, as `git fetch` takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    /// A plain folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// An organisation or user of GitHub: its repositories, teams and members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<String>,
    /// A group of GitLab with its subgroups, by its full path: its projects, subgroups and members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gitlab: Option<String>,
    /// An organisation or user of Forgejo or Gitea: its repositories, teams and members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgejo: Option<String>,
    /// The address of a running Backstage, whose catalog is taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backstage: Option<String>,
    /// The branch of a repository; the default is the remote's HEAD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Globs of the files to read, in each repository of an organisation; the default finds `catalog-info.yaml` and what
    /// its Locations point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// The user name for git over HTTP; the default with a password is `git`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password or token for git over HTTP, as `env:NAME` or `file:PATH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The private key for git over ssh, as `file:PATH`; the default is the ssh configuration's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_key: Option<Secret>,
    /// The address of the forge, like `https://github.acme.example`; the default for GitHub and GitLab is the public one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The token for the API of a forge or of Backstage, as `env:NAME` or `file:PATH`. A forge's also fetches its repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// A GitHub App that is installed in the organisation, in place of `token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppConfig>,
    /// Globs of the repositories to read, like `acme/*`; those that begin with `!` leave out. None means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<String>,
    /// Only repositories with one of these topics; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Only repositories that may be seen by these; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visibility: Vec<Visibility>,
    /// Whether archived repositories are read too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Whether forks are read too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forks: bool,
    /// Whether the members and teams of the organisation become User and Group entities.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub teams: bool,
    /// The secret with which the forge signs its webhooks, as `env:NAME` or `file:PATH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<Secret>,
}

/// A GitHub App, which needs no person's token and has limits of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppConfig {
    /// The App's id, as its settings show it.
    pub id: u64,
    /// The App's private key in PEM form, as `file:PATH` or `env:NAME`.
    pub key: Secret,
}

/// Who may see a repository.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Everybody who is signed in.
    Internal,
    /// Those who were given access.
    Private,
}

/// What a source is, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A repository, by URL or path.
    Git(&'a str),
    /// A plain folder.
    Folder(&'a Path),
    /// An organisation or user of GitHub.
    Github(&'a str),
    /// A group of GitLab.
    Gitlab(&'a str),
    /// An organisation or user of Forgejo or Gitea.
    Forgejo(&'a str),
    /// A running Backstage, by its address.
    Backstage(&'a str),
}

impl Origin<'_> {
    /// The key that names it in the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::Git(_) => "git",
            Self::Folder(_) => "folder",
            Self::Github(_) => "github",
            Self::Gitlab(_) => "gitlab",
            Self::Forgejo(_) => "forgejo",
            Self::Backstage(_) => "backstage",
        }
    }

    /// The keys that belong to it, beside `name` and `include`.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Git(_) => &[
                "branch",
                "username",
                "password",
                "ssh_key",
                "webhook_secret",
            ],
            Self::Folder(_) => &["branch"],
            Self::Github(_) => &[
                "url",
                "token",
                "app",
                "repositories",
                "topics",
                "visibility",
                "archived",
                "forks",
                "teams",
                "webhook_secret",
            ],
            Self::Gitlab(_) | Self::Forgejo(_) => &[
                "url",
                "token",
                "repositories",
                "topics",
                "visibility",
                "archived",
                "forks",
                "teams",
                "webhook_secret",
            ],
            Self::Backstage(_) => &["token"],
        }
    }
}

impl SourceConfig {
    /// A source for a path or URL given on the command line: a repository where git is, else a plain folder.
    pub fn of(place: &str) -> Result<Self, ConfigError> {
        let path = Path::new(place);
        let is_repository = path.join(".git").exists()
            || (path.join("HEAD").exists() && path.join("objects").exists());
        let full = std::fs::canonicalize(path).ok();
        let source = match full {
            Some(full) if path.is_dir() && !is_repository => Self::folder(&full),
            Some(full) => Self::git(&full.to_string_lossy()),
            None => Self::git(place),
        };
        source.check()?;
        Ok(source)
    }

    /// A plain folder, named after itself.
    pub fn folder(folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_owned()),
            ..Self::named_after(&folder.to_string_lossy())
        }
    }

    /// A repository, named after the end of its address.
    fn git(url: &str) -> Self {
        Self {
            git: Some(url.to_owned()),
            ..Self::named_after(url)
        }
    }

    fn named_after(place: &str) -> Self {
        let place = place.trim_end_matches('/').trim_end_matches("/.git");
        let place = place.trim_end_matches(".git");
        let last = place.rsplit(['/', ':']).next().unwrap_or(place);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let name: String = last
            .chars()
            .map(|c| if plain(c) { c } else { '-' })
            .collect();
        Self::named(if name.is_empty() { "source" } else { &name })
    }

    /// A source of this name that is nothing yet.
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            git: None,
            folder: None,
            github: None,
            gitlab: None,
            forgejo: None,
            backstage: None,
            branch: None,
            include: Vec::new(),
            username: None,
            password: None,
            ssh_key: None,
            url: None,
            token: None,
            app: None,
            repositories: Vec::new(),
            topics: Vec::new(),
            visibility: Vec::new(),
            archived: false,
            forks: false,
            teams: true,
            webhook_secret: None,
        }
    }

    /// What the source is: the one key of those that say so.
    pub fn origin(&self) -> Result<Origin<'_>, ConfigError> {
        let mut origins = [
            self.git.as_deref().map(Origin::Git),
            self.folder.as_deref().map(Origin::Folder),
            self.github.as_deref().map(Origin::Github),
            self.gitlab.as_deref().map(Origin::Gitlab),
            self.forgejo.as_deref().map(Origin::Forgejo),
            self.backstage.as_deref().map(Origin::Backstage),
        ]
        .into_iter()
        .flatten();
        match (origins.next(), origins.next()) {
            (Some(origin), None) => Ok(origin),
            _ => Err(ConfigError::new(format!(
                "the source {:?} needs exactly one of `git` (a URL or path), `folder`, `github`, `gitlab`, `forgejo` and `backstage`",
                self.name
            ))),
        }
    }

    /// Makes relative paths start at the configuration's folder.
    pub(super) fn anchor(&mut self, folder: &Path) {
        if let Some(path) = &mut self.folder {
            *path = folder.join(&*path);
        }
        // An address has a scheme or a host before a colon; anything else is a path.
        if let Some(git) = self.git.as_mut().filter(|git| !git.contains(':')) {
            *git = folder.join(&*git).to_string_lossy().into_owned();
        }
        let secrets = [
            self.password.as_mut(),
            self.ssh_key.as_mut(),
            self.token.as_mut(),
            self.webhook_secret.as_mut(),
            self.app.as_mut().map(|app| &mut app.key),
        ];
        for secret in secrets.into_iter().flatten() {
            if let Secret::File(path) = secret {
                *path = folder.join(&*path);
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let name = &self.name;
        let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || !name.chars().all(good) {
            return Err(ConfigError::new(format!(
                "the source name {name:?} may hold only letters, digits, `-`, `_` and `.`"
            )));
        }
        let origin = self.origin()?;
        self.check_keys(origin)?;
        match origin {
            Origin::Git(url) => self.check_git(url),
            Origin::Folder(_) => Ok(()),
            Origin::Backstage(url) => self.check_address(origin.key(), url),
            Origin::Github(owner) | Origin::Gitlab(owner) | Origin::Forgejo(owner) => {
                self.check_forge(origin, owner)
            }
        }
    }

    /// Refuses keys that would be without effect.
    fn check_keys(&self, origin: Origin<'_>) -> Result<(), ConfigError> {
        let given = [
            ("branch", self.branch.is_some()),
            ("username", self.username.is_some()),
            ("password", self.password.is_some()),
            ("ssh_key", self.ssh_key.is_some()),
            ("url", self.url.is_some()),
            ("token", self.token.is_some()),
            ("app", self.app.is_some()),
            ("repositories", !self.repositories.is_empty()),
            ("topics", !self.topics.is_empty()),
            ("visibility", !self.visibility.is_empty()),
            ("archived", self.archived),
            ("forks", self.forks),
            ("teams", !self.teams),
            ("webhook_secret", self.webhook_secret.is_some()),
        ];
        let fits = |key| origin.keys().contains(&key);
        match given.iter().find(|(key, is_given)| *is_given && !fits(key)) {
            Some((key, _)) => Err(ConfigError::new(format!(
                "the source {:?} has `{key}`, which does not belong to `{}`; its keys are `name`, `include`, `{}`",
                self.name,
                origin.key(),
                origin.keys().join("`, `")
            ))),
            None => Ok(()),
        }
    }

    fn check_git(&self, url: &str) -> Result<(), ConfigError> {
        let name = &self.name;
        if url.is_empty()
            || url.starts_with('-')
            || url.contains("::")
            || url.contains(['\n', '\0'])
        {
            return Err(ConfigError::new(format!(
                "the `git` of source {name:?} is neither a URL nor a path; helpers such as ext:: are not allowed"
            )));
        }
        let authority = url
            .split_once("://")
            .map(|(_, rest)| rest.split('/').next().unwrap_or(""));
        let http = url.starts_with("http");
        if authority.is_some_and(|authority| {
            authority
                .rsplit_once('@')
                .is_some_and(|(user, _)| http || user.contains(':'))
        }) {
            return Err(ConfigError::new(format!(
                "the `git` of source {name:?} holds credentials; move them to `username` and `password = \"env:NAME\"`"
            )));
        }
        if self.branch.as_deref().is_some_and(|branch| {
            branch.is_empty()
                || branch.starts_with('-')
                || branch.contains([' ', ':', '*', '?', '[', '\\', '^', '~'])
        }) {
            return Err(ConfigError::new(format!(
                "the `branch` of source {name:?} is not a branch name"
            )));
        }
        Ok(())
    }

    /// Checks an organisation, which is asked for by its name, and where its forge is.
    fn check_forge(&self, origin: Origin<'_>, owner: &str) -> Result<(), ConfigError> {
        let (name, key) = (&self.name, origin.key());
        let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_name = |part: &str| {
            !part.is_empty() && part.chars().all(good) && part.chars().any(|c| c != '.')
        };
        let is_path = match origin {
            // Groups of GitLab stand within groups.
            Origin::Gitlab(_) => owner.split('/').all(is_name),
            _ => is_name(owner),
        };
        if !is_path {
            let example = match origin {
                Origin::Gitlab(_) => "the path of a group like \"acme\" or \"acme/platform\"",
                _ => "the name of an organisation or user like \"acme\"",
            };
            return Err(ConfigError::new(format!(
                "the `{key}` of source {name:?} must be {example}; the address of the forge goes into `url`"
            )));
        }
        match &self.url {
            Some(url) => self.check_address("url", url)?,
            None if key == "forgejo" => {
                return Err(ConfigError::new(format!(
                    "the source {name:?} needs `url`, the address of the forge, like \"https://git.acme.example\""
                )));
            }
            None => {}
        }
        if self.token.is_some() && self.app.is_some() {
            return Err(ConfigError::new(format!(
                "the source {name:?} has both `token` and `app`; keep one of them"
            )));
        }
        Ok(())
    }

    fn check_address(&self, key: &str, address: &str) -> Result<(), ConfigError> {
        let name = &self.name;
        let url = Url::parse(address)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
            .filter(|url| url.query().is_none() && url.fragment().is_none());
        let Some(url) = url else {
            return Err(ConfigError::new(format!(
                "the `{key}` of source {name:?} must be an address like \"https://{key}.acme.example\", without a query"
            )
            .replace("//url.", "//git.")));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::new(format!(
                "the `{key}` of source {name:?} holds credentials; move them to `token = \"env:NAME\"`"
            )));
        }
        Ok(())
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(keys: &str) -> String {
        let text = format!("name = \"a\"\n{keys}");
        let source: SourceConfig = toml::from_str(&text).expect("known keys");
        let error = source.check().expect_err("refused");
        error.to_string()
    }

    #[test]
    fn helpers_and_options_are_no_urls() {
        for url in ["ext::sh -c id", "--upload-pack=id", ""] {
            let error = refused(&format!("git = {url:?}"));
            assert!(error.contains("neither a URL nor a path"), "{error}");
        }
    }

    #[test]
    fn a_place_on_the_command_line_becomes_a_source() {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = SourceConfig::of(&folder.path().to_string_lossy()).expect("a folder");
        assert!(plain.folder.is_some() && plain.git.is_none());
        let url = SourceConfig::of("https://git.acme.example/team/catalog.git").expect("a URL");
        assert_eq!((url.name.as_str(), url.git.is_some()), ("catalog", true));
    }

    #[test]
    fn a_source_is_one_thing_and_has_its_keys() {
        let told = [
            refused(""),
            refused("git = \"https://h/x\"\ngithub = \"acme\""),
            refused("git = \"https://h/x\"\ntopics = [\"go\"]"),
            refused("gitlab = \"acme\"\napp = { id = 1, key = \"file:k\" }"),
            refused("backstage = \"https://b.acme.example\"\nteams = false"),
            refused("github = \"acme\"\ntoken = \"env:A\"\napp = { id = 1, key = \"file:k\" }"),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        the source "a" needs exactly one of `git` (a URL or path), `folder`, `github`, `gitlab`, `forgejo` and `backstage`
        the source "a" needs exactly one of `git` (a URL or path), `folder`, `github`, `gitlab`, `forgejo` and `backstage`
        the source "a" has `topics`, which does not belong to `git`; its keys are `name`, `include`, `branch`, `username`, `password`, `ssh_key`, `webhook_secret`
        the source "a" has `app`, which does not belong to `gitlab`; its keys are `name`, `include`, `url`, `token`, `repositories`, `topics`, `visibility`, `archived`, `forks`, `teams`, `webhook_secret`
        the source "a" has `teams`, which does not belong to `backstage`; its keys are `name`, `include`, `token`
        the source "a" has both `token` and `app`; keep one of them
        "#);
    }

    #[test]
    fn an_organisation_has_a_name_and_its_forge_an_address() {
        let told = [
            refused("github = \"https://github.com/acme\""),
            refused("github = \"..\""),
            refused("gitlab = \"acme//platform\""),
            refused("forgejo = \"acme\""),
            refused("forgejo = \"acme\"\nurl = \"git.acme.example\""),
            refused("github = \"acme\"\nurl = \"https://bot:hunter2@git.acme.example\""),
            refused("backstage = \"ftp://b.acme.example\""),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        the `github` of source "a" must be the name of an organisation or user like "acme"; the address of the forge goes into `url`
        the `github` of source "a" must be the name of an organisation or user like "acme"; the address of the forge goes into `url`
        the `gitlab` of source "a" must be the path of a group like "acme" or "acme/platform"; the address of the forge goes into `url`
        the source "a" needs `url`, the address of the forge, like "https://git.acme.example"
        the `url` of source "a" must be an address like "https://git.acme.example", without a query
        the `url` of source "a" holds credentials; move them to `token = "env:NAME"`
        the `backstage` of source "a" must be an address like "https://backstage.acme.example", without a query
        "#);
        let good = "name = \"a\"\ngitlab = \"acme/platform\"\nvisibility = [\"internal\"]\n";
        let good: SourceConfig = toml::from_str(good).expect("known keys");
        assert_eq!(good.check(), Ok(()));
        assert_eq!(good.origin(), Ok(Origin::Gitlab("acme/platform")));
    }
}
