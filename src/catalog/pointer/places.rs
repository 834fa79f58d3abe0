//! Places: what an address, a path or a glob points to, in repositories and the folders of sources.

use super::address::{Address, Repository};
use super::find::Finder;
use super::keys::normal;
use super::{Place, Pointed, Target, Tie};
use crate::catalog::path::pattern_at;

/// Folders in which a machine keeps the code of others.
const FOREIGN: [&str; 11] = [
    "node_modules",
    "site-packages",
    "dist-packages",
    "vendor",
    "gems",
    "registry",
    "rustc",
    ".m2",
    ".gradle",
    "pkg",
    "python3",
];

/// Folders in which checkouts and deployed code stand.
const HOMES: [&str; 18] = [
    "app",
    "apps",
    "src",
    "srv",
    "opt",
    "code",
    "repos",
    "repo",
    "workspace",
    "workspaces",
    "work",
    "build",
    "services",
    "packages",
    "projects",
    "git",
    "current",
    "lib",
];

/// The rules of so many sources are asked about a path that no repository is known for.
const MOST_REVIEWED: usize = 16;

impl Finder<'_> {
    pub(super) fn address(&self, address: &Address) -> Vec<Pointed> {
        if let Some(repository) = &address.repository
            && (repository.certain || !self.keys.sources(&repository.slug).is_empty())
        {
            let found = self.repository(repository, false);
            if !found.is_empty() {
                return found;
            }
        }
        // Pages below a linked one are of the same thing.
        let mut page = format!("{}/{}", address.host, address.path);
        while let Some((before, last)) = page.rsplit_once('/') {
            if !last.is_empty()
                && let Some(found) = self.only(&page, &[Tie::Link])
            {
                return vec![found];
            }
            page.truncate(before.len());
        }
        self.host(&address.host)
    }

    fn repository(&self, repository: &Repository, glob: bool) -> Vec<Pointed> {
        let Repository { slug, path, .. } = repository;
        let name = slug.rsplit('/').next().unwrap_or(slug);
        let sources = self.keys.sources(slug);
        if !path.is_empty() {
            if let [source] = sources[..] {
                let path = path.clone();
                return vec![place(source, path, glob, Tie::Repository)];
            }
            let mut folder = format!("{slug}/{}", path.trim_matches('/'));
            while folder.len() > slug.len() {
                let found = self
                    .keys
                    .entities(self.catalog, &folder, &[Tie::SourceLocation]);
                if !found.is_empty() {
                    let name = folder.rsplit('/').next().unwrap_or(&folder).to_lowercase();
                    return self.best(found, &name);
                }
                let cut = folder.rfind('/').unwrap_or(0);
                folder.truncate(cut);
            }
        }
        let found = self.keys.entities(self.catalog, slug, &[Tie::Repository]);
        let found = self.best(found, name);
        match (found.is_empty(), &sources[..]) {
            (true, [source]) => vec![place(*source, String::new(), glob, Tie::Repository)],
            _ => found,
        }
    }

    pub(super) fn path(&self, parts: &[String], glob: bool, absolute: bool) -> Vec<Pointed> {
        if !absolute {
            let found = self.relative(parts, glob);
            if !found.is_empty() || self.typed {
                return found;
            }
        }
        // Checkouts and images put folders in front of those of the repository.
        let foreign = parts.iter().rposition(|part| {
            FOREIGN.contains(&part.as_str())
                || part.starts_with("python3.")
                || part.starts_with("ruby-")
        });
        let begin = foreign.map_or(0, |at| at + 1);
        for at in begin..parts.len().min(begin + 12) {
            let rest = &parts[at..];
            let scope = rest[0].strip_prefix('@').unwrap_or(&rest[0]).to_lowercase();
            if let Some(next) = rest.get(1)
                && self.keys.is_organisation(&scope)
            {
                let found = if rest[0].starts_with('@') {
                    self.scoped(&scope, &next.to_lowercase())
                } else {
                    self.relative(rest, glob)
                };
                if !found.is_empty() {
                    return found;
                }
            }
            if foreign.is_some() {
                // The package's own folder comes first; what is deeper is its business.
                return self.of_organisation(&rest[0]);
            }
            let found = self.in_folder(rest, glob);
            if !found.is_empty() {
                return found;
            }
            let before = at.checked_sub(1).map(|before| parts[before].as_str());
            let home = match before {
                None => absolute,
                Some(before) if absolute && HOMES.contains(&before) => true,
                Some(_) if absolute && at == 2 && parts[0] == "home" => true,
                Some(before) => self.keys.is_organisation(&before.to_lowercase()),
            };
            if home && rest.len() > 1 {
                let name = normal(&rest[0]);
                let found = self.best(
                    self.keys
                        .entities(self.catalog, &name, &[Tie::RepositoryName]),
                    &name,
                );
                if !found.is_empty() {
                    return found;
                }
                let found = self.running(&name, &[Tie::Kubernetes, Tie::Name]);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        Vec::new()
    }

    /// A path that begins with an owner, a repository, or a folder of one.
    fn relative(&self, parts: &[String], glob: bool) -> Vec<Pointed> {
        let slug = |count: usize| parts[..count].join("/").to_lowercase();
        for count in (2..=parts.len().min(5)).rev() {
            let slug = slug(count);
            let slug = slug.strip_suffix(".git").unwrap_or(&slug).to_owned();
            let repository = Repository {
                slug,
                path: parts[count..].join("/"),
                certain: true,
            };
            let found = self.repository(&repository, glob);
            if !found.is_empty() {
                return found;
            }
        }
        let found = self.in_folder(parts, glob);
        if !found.is_empty() || parts.len() < 2 {
            return found;
        }
        let name = parts[0].to_lowercase();
        let looks_like_file =
            glob || parts.len() > 2 || parts.last().is_some_and(|last| last.contains('.'));
        let known = looks_like_file
            || !self
                .keys
                .folder(self.catalog, &parts[1..].join("/"))
                .is_empty();
        if let [source] = self.keys.sources(&name)[..]
            && known
        {
            return vec![place(
                source,
                parts[1..].join("/"),
                glob,
                Tie::RepositoryName,
            )];
        }
        // In a text that was pasted any folder may be called like some repository.
        if !self.typed {
            return Vec::new();
        }
        let found = self
            .keys
            .entities(self.catalog, &name, &[Tie::RepositoryName]);
        let found = self.best(found, &name);
        if !found.is_empty() {
            return found;
        }
        if looks_like_file {
            let found = self.running(&parts[0], &[Tie::Name]);
            if !found.is_empty() {
                return found;
            }
        }
        self.reviewed(&parts.join("/"), glob)
    }

    /// A path that a rule of one source's CODEOWNERS is about in so many words.
    fn reviewed(&self, path: &str, glob: bool) -> Vec<Pointed> {
        let sources = self.catalog.sources().iter().enumerate();
        let mut about = sources
            .filter(|(_, source)| source.facts.codeowners.is_some())
            .take(MOST_REVIEWED)
            .filter(|(source, _)| {
                // `*.rs` may be about any file, also of another repository.
                let told = |path: &str| {
                    pattern_at(self.catalog, *source, path, glob).is_some_and(|pattern| {
                        pattern.starts_with('/') || pattern.trim_end_matches('/').contains('/')
                    })
                };
                told(path) || told(&format!("{path}/"))
            })
            .map(|(source, _)| source);
        match (about.next(), about.next()) {
            (Some(source), None) => vec![place(source, path.to_owned(), glob, Tie::Reviewed)],
            _ => Vec::new(),
        }
    }

    /// A path whose first folders are those of descriptors in a source.
    fn in_folder(&self, parts: &[String], glob: bool) -> Vec<Pointed> {
        for count in (1..=parts.len().min(8)).rev() {
            let folder = parts[..count].join("/");
            // One folder alone may be anywhere; of a pasted text it proves nothing.
            if count == 1 && !self.typed {
                continue;
            }
            match self.keys.folder(self.catalog, &folder)[..] {
                [] => {}
                [source] => return vec![place(source, parts.join("/"), glob, Tie::Folder)],
                _ => return Vec::new(),
            }
        }
        Vec::new()
    }
}

fn place(source: usize, path: String, glob: bool, tie: Tie) -> Pointed {
    Pointed {
        target: Target::Place(Place { source, path, glob }),
        tie,
    }
}
