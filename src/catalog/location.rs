//! Where a file of a source can be seen by a person: the page of its forge.

/// A repository on a forge whose pages have a known form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeRepository {
    forge: Forge,
    host: String,
    /// The owner and name, like `acme/catalog`; GitLab has groups within groups.
    pub slug: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forge {
    GitHub,
    GitLab,
    Gitea,
}

impl ForgeRepository {
    /// Recognises GitHub, GitLab and Gitea or Forgejo by the host's name in any form of URL that git takes.
    pub fn of(url: &str) -> Option<Self> {
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
        let host = host.split(':').next().unwrap_or(host).to_lowercase();
        let forge = match host.as_str() {
            "github.com" => Forge::GitHub,
            "codeberg.org" | "gitea.com" => Forge::Gitea,
            host if host.contains("github") => Forge::GitHub,
            host if host.contains("gitlab") => Forge::GitLab,
            host if host.contains("gitea") || host.contains("forgejo") => Forge::Gitea,
            _ => return None,
        };
        let slug = slug.trim_matches('/').trim_end_matches(".git").to_owned();
        slug.contains('/').then_some(Self { forge, host, slug })
    }

    /// The page of a file at a commit or branch, at a line where one is given.
    pub fn view(&self, reference: &str, path: &str, line: Option<u32>) -> String {
        let page = self.page("blob", reference, path);
        line.map_or_else(|| page.clone(), |line| format!("{page}#L{line}"))
    }

    /// The page on which a file of a branch is edited.
    pub fn edit(&self, branch: &str, path: &str) -> String {
        match self.forge {
            Forge::Gitea => format!(
                "https://{}/{}/_edit/{branch}/{}",
                self.host,
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

    /// The path within this repository of a file's page, as GitHub, GitLab and Gitea form it: whatever branch it names,
    /// the file is read at the revision that is read.
    pub fn path_of(&self, url: &str) -> Option<String> {
        let (_, rest) = url.split_once("://")?;
        let rest = rest.strip_prefix(&*self.host)?.strip_prefix('/')?;
        let rest = rest.strip_prefix(&*self.slug)?.strip_prefix('/')?;
        let rest = rest.strip_prefix("-/").unwrap_or(rest);
        let (view, rest) = rest.split_once('/')?;
        let rest = match view {
            "blob" | "tree" | "raw" | "edit" => rest,
            "src" => rest.split_once('/')?.1,
            _ => return None,
        };
        let (_, path) = rest.split_once('/')?;
        Some(path.split(['?', '#']).next()?.to_owned())
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
        let Self { forge, host, slug } = self;
        let path = encode(path);
        match forge {
            Forge::GitHub => format!("https://{host}/{slug}/{view}/{reference}/{path}"),
            Forge::GitLab => format!("https://{host}/{slug}/-/{view}/{reference}/{path}"),
            Forge::Gitea => {
                let commit =
                    reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
                let kind = if commit { "commit" } else { "branch" };
                format!("https://{host}/{slug}/src/{kind}/{reference}/{path}")
            }
        }
    }
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
            let repository = ForgeRepository::of(url).expect("known");
            assert_eq!(
                repository.view("main", "a b.yaml", Some(7)),
                "https://github.com/acme/catalog/blob/main/a%20b.yaml#L7"
            );
        }
        let gitlab = ForgeRepository::of("https://gitlab.acme.example/a/b/c.git").expect("known");
        assert_eq!(
            gitlab.tree("main", ""),
            "https://gitlab.acme.example/a/b/c/-/tree/main/"
        );
        let forgejo = ForgeRepository::of("https://codeberg.org/acme/c").expect("known");
        assert_eq!(
            forgejo.view("main", "x.yaml", None),
            "https://codeberg.org/acme/c/src/branch/main/x.yaml"
        );
    }

    #[test]
    fn a_page_of_its_own_leads_back_to_the_path() {
        let github = ForgeRepository::of("https://github.com/acme/catalog.git").expect("known");
        let page = "https://github.com/acme/catalog/blob/main/services/*/catalog-info.yaml";
        assert_eq!(
            github.path_of(page).as_deref(),
            Some("services/*/catalog-info.yaml")
        );
        assert_eq!(
            github.path_of("https://github.com/acme/other/blob/main/a.yaml"),
            None
        );
        let gitlab = ForgeRepository::of("https://gitlab.com/a/b/c").expect("known");
        assert_eq!(
            gitlab
                .path_of("https://gitlab.com/a/b/c/-/blob/main/x.yaml")
                .as_deref(),
            Some("x.yaml")
        );
        let forgejo = ForgeRepository::of("https://codeberg.org/a/b").expect("known");
        assert_eq!(
            forgejo
                .path_of("https://codeberg.org/a/b/src/branch/main/x.yaml")
                .as_deref(),
            Some("x.yaml")
        );
    }

    #[test]
    fn other_places_have_no_page() {
        assert_eq!(ForgeRepository::of("/srv/git/catalog.git"), None);
        assert_eq!(ForgeRepository::of("file:///srv/github/x/y"), None);
        assert_eq!(
            ForgeRepository::of("https://git.acme.example/catalog.git"),
            None
        );
    }
}
