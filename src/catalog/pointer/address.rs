//! Addresses: the pages of forges, the URLs of repositories, and all others.

/// An address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The host, in lower case and without a port.
    pub host: String,
    /// The path without slashes around it.
    pub path: String,
    /// What it is when it is an address of a forge.
    pub repository: Option<Repository>,
}

/// A repository, and perhaps a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The owner and the name, like `acme/payments`, in lower case.
    pub slug: String,
    /// The path within it; empty for the repository itself.
    pub path: String,
    /// Whether the host's name or the form of the address says that this is a forge.
    pub certain: bool,
}

/// The pages of forges that show a file or folder at a branch, tag or commit.
const VIEWS: [&str; 11] = [
    "blob", "tree", "blame", "edit", "raw", "commits", "src", "media", "_edit", "browse", "find",
];

/// Reads a URL, or the form `git@host:owner/name` that ssh takes.
pub fn read(text: &str) -> Option<Address> {
    let (scheme, rest) = match text.split_once("://") {
        Some(("", _)) => return None,
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest.to_owned()),
        None => {
            let (user, rest) = text.split_once('@')?;
            let (host, path) = rest.split_once(':')?;
            let plain = |part: &str| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            };
            if !plain(user) || !plain(host) || !path.contains('/') {
                return None;
            }
            ("ssh".to_owned(), format!("{host}/{path}"))
        }
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    if host.is_empty()
        || !host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    {
        return None;
    }
    let path = path.trim_matches('/');
    let by_git = matches!(scheme.trim_start_matches("git+"), "ssh" | "git")
        || path.strip_suffix(".git").is_some();
    let repository = repository(&host, path, by_git);
    Some(Address {
        path: decoded(path),
        host,
        repository,
    })
}

/// What an address of a forge says of a repository.
fn repository(host: &str, path: &str, by_git: bool) -> Option<Repository> {
    let path = decoded(path);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() < 2 {
        return None;
    }
    let certain = by_git || is_forge(host);
    if host == "raw.githubusercontent.com" {
        return Some(of(&parts[..2], parts.get(3..).unwrap_or_default(), true));
    }
    // GitLab keeps what is a page apart from groups within groups.
    if let Some(dash) = parts
        .iter()
        .position(|part| *part == "-")
        .filter(|dash| *dash >= 2)
    {
        let inside = parts.get(dash + 1..).and_then(within).unwrap_or_default();
        return Some(of(&parts[..dash], inside, true));
    }
    let view = parts
        .iter()
        .skip(2)
        .position(|part| VIEWS.contains(part))
        .map(|at| at + 2);
    if let Some(view) = view
        && let Some(inside) = within(&parts[view..])
    {
        return Some(of(&parts[..view], inside, certain));
    }
    // A page of an issue or a change request is one of its repository.
    let slug = if host.contains("gitlab") || by_git {
        &parts[..]
    } else {
        &parts[..2]
    };
    Some(of(slug, &[], certain))
}

/// The path behind a view and the branch, tag or commit that it names; a branch with slashes cannot be told from a path.
fn within<'p, 'a>(parts: &'p [&'a str]) -> Option<&'p [&'a str]> {
    let (view, rest) = parts.split_first()?;
    if !VIEWS.contains(view) {
        return None;
    }
    let rest = match rest {
        ["branch" | "commit" | "tag", rest @ ..]
            if matches!(*view, "src" | "raw" | "media" | "blame" | "commits") =>
        {
            rest
        }
        ["refs", "heads" | "tags", rest @ ..] | rest => rest,
    };
    (!rest.is_empty()).then(|| &rest[1..])
}

fn of(slug: &[&str], path: &[&str], certain: bool) -> Repository {
    let slug = slug.join("/").to_lowercase();
    Repository {
        slug: slug.strip_suffix(".git").unwrap_or(&slug).to_owned(),
        path: path.join("/"),
        certain,
    }
}

/// Whether the name of a host says that repositories are there.
fn is_forge(host: &str) -> bool {
    let first = host.split('.').next().unwrap_or_default();
    ["git", "forgejo", "codeberg", "bitbucket"]
        .iter()
        .any(|word| host.contains(word))
        || matches!(first, "code" | "scm" | "src" | "source")
}

/// Undoes percent-encoding; what is wrongly encoded stays.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(value) if *byte == b'%' => {
                plain.push(value);
                at += 3;
            }
            _ => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
