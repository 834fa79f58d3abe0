//! Where a file of a source can be seen by a person: the page of its forge.

use serde::{Deserialize, Serialize};

use crate::git::is_commit;

/// A repository on a forge whose pages have a known form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeRepository {
    forge: Forge,
    /// Scheme, host and port of its pages.
    origin: String,
    /// The owner and name, like `acme/catalog`; GitLab has groups within groups.
    pub slug: String,
}

/// The software of a forge, by which its pages have their form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names are the forges' own
pub enum Forge {
    GitHub,
    GitLab,
    /// Gitea and Forgejo.
    Gitea,
}

/// The page of a file on a forge, or of many files where its path is a glob: what a Location may point to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Scheme, host and port: `https://github.com`.
    pub origin: String,
    /// The repository's owner and name.
    pub slug: String,
    /// The branch, tag or commit; `None` is the default branch.
    pub reference: Option<String>,
    /// The path from the root of the repository.
    pub path: String,
}

impl ForgeRepository {
    /// Recognises a repository in any form of URL that git takes. Where the forge is not given, GitHub, GitLab and Gitea
    /// or Forgejo are told by the host's name.
    pub fn of(url: &str, forge: Option<Forge>) -> Option<Self> {
        let rest = match url.split_once("://") {
            Some(("http" | "https" | "ssh" | "git", rest)) => rest.to_owned(),
            Some(_) => return None,
            // The scp-like form: user@host:path.
            None => url
                .split_once('@')
                .map(|(_, rest)| rest.replacen(':', "/", 1))?,
        };
        let rest = rest.split_once('@').map_or(rest.as_str(), |(_, rest)| rest);
        let (host, slug) = rest.split_once('/')?;
        // Only of a web address the port is the one that the pages have.
        let web = url.starts_with("http://") || url.starts_with("https://");
        let name = host.split(':').next().unwrap_or(host);
        let host = if web { host } else { name }.to_lowercase();
        let forge = match (forge, host.as_str()) {
            (Some(forge), _) => forge,
            (None, "codeberg.org" | "gitea.com") => Forge::Gitea,
            (None, host) if host.contains("github") => Forge::GitHub,
            (None, host) if host.contains("gitlab") => Forge::GitLab,
            (None, host) if host.contains("gitea") || host.contains("forgejo") => Forge::Gitea,
            _ => return None,
        };
        let scheme = if url.starts_with("http://") {
            "http"
        } else {
            "https"
        };
        let slug = slug.trim_matches('/').trim_end_matches(".git").to_owned();
        let origin = format!("{scheme}://{host}");
        slug.contains('/').then_some(Self {
            forge,
            origin,
            slug,
        })
    }

    /// The page of a file at a commit or branch, at a line where one is given.
    pub fn view(&self, reference: &str, path: &str, line: Option<u32>) -> String {
        let page = self.page("blob", reference, path);
        line.map_or_else(|| page.clone(), |line| format!("{page}#L{line}"))
    }

    /// The page of a commit.
    pub fn commit(&self, id: &str) -> String {
        let Self { origin, slug, .. } = self;
        match self.forge {
            Forge::GitHub | Forge::Gitea => format!("{origin}/{slug}/commit/{id}"),
            Forge::GitLab => format!("{origin}/{slug}/-/commit/{id}"),
        }
    }

    /// The page on which a file of a branch is edited.
    pub fn edit(&self, branch: &str, path: &str) -> String {
        match self.forge {
            Forge::Gitea => format!(
                "{}/{}/_edit/{branch}/{}",
                self.origin,
                self.slug,
                encode(path)
            ),
            Forge::GitHub | Forge::GitLab => self.page("edit", branch, path),
        }
    }

    /// The page of a folder, which ends in `/`.
    pub fn tree(&self, reference: &str, folder: &str) -> String {
        let page = self.page("tree", reference, folder);
        format!("{}/", page.trim_end_matches('/'))
    }

    /// The annotation that holds the slug.
    pub fn slug_annotation(&self) -> Option<&'static str> {
        match self.forge {
            Forge::GitHub => Some("github.com/project-slug"),
            Forge::GitLab => Some("gitlab.com/project-slug"),
            Forge::Gitea => None,
        }
    }

    fn page(&self, view: &str, reference: &str, path: &str) -> String {
        let Self {
            forge,
            origin,
            slug,
        } = self;
        let path = encode(path);
        match forge {
            Forge::GitHub => format!("{origin}/{slug}/{view}/{reference}/{path}"),
            Forge::GitLab => format!("{origin}/{slug}/-/{view}/{reference}/{path}"),
            Forge::Gitea => {
                let kind = if is_commit(reference) {
                    "commit"
                } else {
                    "branch"
                };
                format!("{origin}/{slug}/src/{kind}/{reference}/{path}")
            }
        }
    }
}

impl Page {
    /// Reads the address of a file's page as GitHub, GitLab and Gitea form it; which of them it is shows in the form
    /// alone, whatever the host is called.
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let rest = rest.split(['?', '#']).next()?;
        let (host, rest) = rest.split_once('/')?;
        if !matches!(scheme.as_str(), "http" | "https") || host.is_empty() || host.contains('@') {
            return None;
        }
        let host = host.to_ascii_lowercase();
        let parts: Vec<&str> = rest.split('/').collect();
        let (host, slug, reference, path) = if host == "raw.githubusercontent.com" {
            let rest = parts.get(2..)?.strip_prefix(&["refs", "heads"]);
            let rest = rest.or_else(|| parts.get(2..))?;
            let (reference, path) = rest.split_first()?;
            ("github.com", parts.get(..2)?, reference, path)
        } else {
            let marked = parts.iter().position(|part| *part == "-");
            let (slug, rest) = match marked {
                Some(mark) => (parts.get(..mark)?, parts.get(mark + 1..)?),
                None => (parts.get(..2)?, parts.get(2..)?),
            };
            let ([
                "src" | "raw" | "_edit",
                "branch" | "commit" | "tag",
                rest @ ..,
            ]
            | ["blob" | "tree" | "raw" | "edit" | "blame", rest @ ..]) = rest
            else {
                return None;
            };
            let (reference, path) = rest.split_first()?;
            (host.as_str(), slug, reference, path)
        };
        if slug.len() < 2 || slug.iter().any(|part| part.is_empty()) || path.is_empty() {
            return None;
        }
        let reference = decode(reference)?;
        Some(Self {
            origin: format!("{scheme}://{host}"),
            slug: slug.join("/").trim_end_matches(".git").to_owned(),
            reference: (reference != "HEAD").then_some(reference),
            path: decode(&path.join("/"))?,
        })
    }

    /// The address to fetch the repository from.
    pub fn repository(&self) -> String {
        format!("{}/{}.git", self.origin, self.slug)
    }
}

/// What is the same for all addresses of one repository: host, port and path in lower case, without user and ending.
/// Anything that is no address stands for itself.
pub fn identity(place: &str) -> String {
    let rest = match place.split_once("://") {
        Some(("file", _)) => return place.to_owned(),
        Some((scheme, rest)) => {
            let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
            let port = match scheme {
                "https" => ":443/",
                "http" => ":80/",
                "ssh" => ":22/",
                _ => ":/",
            };
            rest.replacen(port, "/", 1)
        }
        None => match place.split_once('@') {
            Some((_, rest)) if !place.starts_with('/') => rest.replacen(':', "/", 1),
            _ => return place.to_owned(),
        },
    };
    let rest = rest.trim_end_matches('/');
    rest.strip_suffix(".git").unwrap_or(rest).to_lowercase()
}

/// Undoes percent-encoding; `None` where it gives no text.
fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let decoded = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

/// Percent-encodes what may not stand in a URL's path.
fn encode(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b'/'
            | b'@'
            | b'+' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_url_lead_to_one_page() {
        for url in [
            "https://github.com/acme/catalog.git",
            "git@github.com:acme/catalog.git",
            "ssh://git@github.com/acme/catalog",
        ] {
            let repository = ForgeRepository::of(url, None).expect("known");
            assert_eq!(
                repository.view("main", "a b.yaml", Some(7)),
                "https://github.com/acme/catalog/blob/main/a%20b.yaml#L7"
            );
        }
        let gitlab =
            ForgeRepository::of("https://gitlab.acme.example/a/b/c.git", None).expect("known");
        assert_eq!(
            gitlab.tree("main", ""),
            "https://gitlab.acme.example/a/b/c/-/tree/main/"
        );
        let forgejo = ForgeRepository::of("https://codeberg.org/acme/c", None).expect("known");
        assert_eq!(
            forgejo.view("main", "x.yaml", None),
            "https://codeberg.org/acme/c/src/branch/main/x.yaml"
        );
    }

    #[test]
    fn a_page_says_repository_branch_and_path() {
        let page = |url: &str| {
            let page = Page::of(url)?;
            let reference = page.reference.as_deref().unwrap_or("-");
            Some(format!("{} {reference} {}", page.repository(), page.path))
        };
        for (url, expected) in [
            (
                "https://github.com/acme/catalog/blob/main/services/*/catalog-info.yaml",
                "https://github.com/acme/catalog.git main services/*/catalog-info.yaml",
            ),
            (
                "https://GitHub.acme.example:8443/acme/catalog/tree/HEAD/a%20b.yaml?plain=1#L3",
                "https://github.acme.example:8443/acme/catalog.git - a b.yaml",
            ),
            (
                "https://gitlab.com/a/b/c/-/blob/main/x.yaml",
                "https://gitlab.com/a/b/c.git main x.yaml",
            ),
            (
                "http://127.0.0.1:3000/a/b/src/branch/dev/x.yaml",
                "http://127.0.0.1:3000/a/b.git dev x.yaml",
            ),
            (
                "https://raw.githubusercontent.com/acme/catalog/main/x/y.yaml",
                "https://github.com/acme/catalog.git main x/y.yaml",
            ),
            (
                "https://raw.githubusercontent.com/acme/catalog/refs/heads/main/x/y.yaml",
                "https://github.com/acme/catalog.git main x/y.yaml",
            ),
        ] {
            assert_eq!(page(url).as_deref(), Some(expected));
        }
        for url in [
            "https://github.com/acme/catalog",
            "https://github.com/acme/blob/main/x.yaml",
            "https://bot:s3cret@github.com/acme/catalog/blob/main/x.yaml",
            "file:///acme/catalog/blob/main/x.yaml",
            "https://static.acme.example/catalog.yaml",
            "./a/b/blob/main/x.yaml",
        ] {
            assert_eq!(page(url), None, "{url}");
        }
    }

    #[test]
    fn one_repository_has_one_identity() {
        for place in [
            "https://github.com/Acme/catalog.git",
            "https://github.com:443/acme/catalog/",
            "git@github.com:acme/catalog.git",
            "ssh://git@github.com/acme/catalog",
        ] {
            assert_eq!(identity(place), "github.com/acme/catalog");
        }
        assert_eq!(identity("/srv/Git/catalog.git"), "/srv/Git/catalog.git");
    }

    #[test]
    fn other_places_have_no_page() {
        assert_eq!(ForgeRepository::of("/srv/git/catalog.git", None), None);
        assert_eq!(ForgeRepository::of("file:///srv/github/x/y", None), None);
        assert_eq!(
            ForgeRepository::of("https://git.acme.example/catalog.git", None),
            None
        );
    }
}
