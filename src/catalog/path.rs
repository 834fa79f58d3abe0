//! Who owns a file: what CODEOWNERS says of its path, and the entity whose folder it lies in.

mod folders;

use std::iter::once;
use std::sync::Arc;

use super::codeowners::{CodeOwners, Rule};
use super::entity::Entity;
use super::location::identity;
use super::reference::EntityRef;
use super::state::SourceState;
use super::{Catalog, Listed};
pub use folders::Folders;
pub(super) use folders::code_folder;

/// What is known of a path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathOwners {
    /// The rule of CODEOWNERS that decides: its line, its pattern, and its owners as they are written; no owners mean that
    /// the path was left to nobody.
    pub rule: Option<(u32, String, Vec<String>)>,
    /// All owners of that rule as the catalog knows them; with GitLab's sections those of every section's rule.
    pub owners: Vec<EntityRef>,
    /// The entity whose folder is the nearest around the path.
    pub entity: Option<EntityRef>,
    /// Where CODEOWNERS is, where the repository has one.
    pub codeowners_file: Option<String>,
}

/// Says who owns a path of the source at this position of [`Catalog::sources`]. A path that ends in `/` is a folder; a
/// glob is first looked for as it is written, then taken for the paths that it stands for.
pub fn at_path(catalog: &Catalog, source: usize, path: &str, glob: bool) -> PathOwners {
    let Some(state) = catalog.sources().get(source) else {
        return PathOwners::default();
    };
    let path = path.trim_start_matches("./");
    let like = if glob { sample(path) } else { path.to_owned() };
    let like = like.trim_start_matches('/');
    let mut owners = PathOwners {
        entity: enclosing(catalog, state, like),
        ..PathOwners::default()
    };
    let Some(codeowners) = &state.facts.codeowners else {
        return owners;
    };
    owners.codeowners_file = Some(codeowners.path().to_owned());
    let rules = deciding(codeowners, path, like, glob);
    let people = catalog.people();
    for owner in rules.iter().flat_map(|rule| &rule.owners) {
        if let Some(owner) = people.code_owner(owner)
            && !owners.owners.contains(&owner)
        {
            owners.owners.push(owner);
        }
    }
    owners.rule = rules.last().map(|rule| {
        let written = rule.owners.iter().map(|owner| owner.as_ref().to_owned());
        (
            rule.line,
            rule.written.as_ref().to_owned(),
            written.collect(),
        )
    });
    owners
}

/// The pattern of the rule of CODEOWNERS that decides about a path, as it is written; see [`at_path`].
pub fn pattern_at<'c>(
    catalog: &'c Catalog,
    source: usize,
    path: &str,
    glob: bool,
) -> Option<&'c str> {
    let codeowners = catalog.sources().get(source)?.facts.codeowners.as_ref()?;
    let path = path.trim_start_matches("./");
    let like = if glob { sample(path) } else { path.to_owned() };
    let rules = deciding(codeowners, path, like.trim_start_matches('/'), glob);
    Some(&rules.last()?.written)
}

/// The rules about a path, or about one that is like what a glob stands for.
fn deciding<'c>(codeowners: &'c CodeOwners, path: &str, like: &str, glob: bool) -> Vec<&'c Rule> {
    let written = glob.then(|| as_written(codeowners, path)).flatten();
    written.map_or_else(|| codeowners.matching(like), |rule| vec![rule])
}

/// The last rule whose pattern is this very glob.
fn as_written<'c>(codeowners: &'c CodeOwners, glob: &str) -> Option<&'c Rule> {
    let bare = |text: &str| text.trim_start_matches('/').to_owned();
    let wanted = bare(glob);
    let rules = codeowners.rules().iter();
    rules.rev().find(|rule| bare(&rule.written) == wanted)
}

/// One path that a glob stands for.
fn sample(glob: &str) -> String {
    let mut path = String::with_capacity(glob.len());
    let mut characters = glob.chars();
    while let Some(c) = characters.next() {
        match c {
            '*' if path.ends_with('_') => {}
            '*' | '?' => path.push('_'),
            '[' => {
                path.push('_');
                for inner in characters.by_ref() {
                    if inner == ']' {
                        break;
                    }
                }
            }
            c => path.push(c),
        }
    }
    path
}

/// The entity whose folder is the nearest around a path: where it says its code is, or else where its descriptor lies.
/// Of several in one folder it is the one of the folder's name, or any if they all have one owner.
fn enclosing(catalog: &Catalog, state: &Arc<SourceState>, path: &str) -> Option<EntityRef> {
    let home = identity(&state.facts.place);
    let slashes = path.match_indices('/').map(|(at, _)| at);
    let ends: Vec<usize> = once(0).chain(slashes).chain(once(path.len())).collect();
    let best = ends.into_iter().rev().find_map(|end| {
        let folder = &path[..end];
        let inside = catalog.folders().in_folder(catalog, (state, &home), folder);
        Best::of(folder, inside)
    });
    Some(best?.one()?.entity.reference.clone())
}

/// The entities of the best kind in a folder.
struct Best<'c> {
    rank: u8,
    first: Listed<'c>,
    /// The one that is called like the folder.
    named: Option<Listed<'c>>,
    one_owner: bool,
}

impl<'c> Best<'c> {
    /// The best of those in a folder; none when no files can belong to any of them.
    fn of(folder: &str, inside: impl Iterator<Item = Listed<'c>>) -> Option<Self> {
        let name = folder.rsplit('/').next().unwrap_or_default();
        let name = name.to_lowercase();
        let mut best: Option<Self> = None;
        for listed in inside {
            let Some(rank) = rank(listed.entity) else {
                continue;
            };
            let named = (listed.entity.reference.name() == name).then_some(listed);
            match &mut best {
                Some(best) if best.rank < rank => {}
                Some(best) if best.rank == rank => {
                    best.one_owner &= best.first.entity.owner == listed.entity.owner;
                    best.named = best.named.or(named);
                }
                _ => {
                    best = Some(Self {
                        rank,
                        first: listed,
                        named,
                        one_owner: true,
                    });
                }
            }
        }
        best
    }

    /// The one to which the files belong, if that is clear.
    fn one(self) -> Option<Listed<'c>> {
        self.named.or(self.one_owner.then_some(self.first))
    }
}

/// Which kind of several in one folder its files belong to: the lower, the sooner.
fn rank(entity: &Entity) -> Option<u8> {
    match entity.reference.kind() {
        "component" => Some(0),
        "template" => Some(1),
        "system" => Some(2),
        "api" => Some(3),
        "resource" => Some(4),
        "domain" => Some(5),
        "group" | "user" | "location" => None,
        _ => Some(6),
    }
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::{Scope, read};
    use super::super::file::SourceFile;
    use super::super::source::BlobId;
    use super::super::state::Facts;
    use super::*;

    fn file(path: &str, text: &str) -> Arc<SourceFile> {
        let read = read(path, text.as_bytes(), Scope::Descriptor);
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        Arc::new(SourceFile::new(
            path,
            BlobId::UNREAD,
            Scope::Descriptor,
            read,
            None,
            0,
        ))
    }

    fn entity(kind: &str, name: &str, more: &str) -> String {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\n{more}spec: {{type: service, lifecycle: production, owner: pay, definition: x}}\n"
        )
    }

    fn catalog() -> Catalog {
        let location = "  annotations:\n    backstage.io/source-location: url:https://github.com/acme/shop/tree/main/apps/till/\n";
        let files = vec![
            file("catalog-info.yaml", &entity("System", "shop", "")),
            file(
                "services/pay/catalog-info.yaml",
                &format!(
                    "{}---\n{}",
                    entity("API", "pay-api", ""),
                    entity("Component", "pay", "")
                ),
            ),
            file("till.yaml", &entity("Component", "till", location)),
            file(
                "jobs/all.yaml",
                &format!(
                    "{}---\n{}",
                    entity("Component", "nightly", ""),
                    entity("Component", "hourly", "").replace("owner: pay", "owner: web")
                ),
            ),
        ];
        let codeowners = "* @acme/shop\n/services/pay/ @acme/pay ana@acme.example\n/services/pay/*.rs @bo\n/free/\n";
        let facts = Facts {
            place: "https://github.com/acme/shop.git".to_owned(),
            codeowners: Some(Arc::new(CodeOwners::read(
                "CODEOWNERS",
                codeowners.as_bytes(),
            ))),
            ..Facts::default()
        };
        Catalog::new(vec![Arc::new(SourceState { facts, files })])
    }

    #[test]
    fn a_path_has_the_owners_of_its_rule_and_the_entity_around_it() {
        let catalog = catalog();
        let told = |path: &str, glob: bool| {
            let PathOwners {
                rule,
                owners,
                entity,
                codeowners_file,
            } = at_path(&catalog, 0, path, glob);
            assert_eq!(codeowners_file.as_deref(), Some("CODEOWNERS"));
            let (line, pattern, _) = rule.expect("a rule");
            let owners: Vec<&str> = owners.iter().map(EntityRef::as_str).collect();
            let entity = entity.map(|entity| entity.to_string()).unwrap_or_default();
            format!("{line} {pattern} → {} in {entity}", owners.join(", "))
        };
        insta::assert_snapshot!(
            [
                ("README.md", false),
                ("/services/pay/a/main.go", false),
                ("services/pay/", false),
                ("services/payments/x", false),
                ("apps/till/a.ts", false),
                ("./free/x", false),
                ("jobs/run.sh", false),
                ("services/pay/*.rs", true),
                ("services/pay/**/*.go", true),
                ("services/*", true),
            ]
            .map(|(path, glob)| format!("{path}: {}", told(path, glob)))
            .join("\n"),
            @"
        README.md: 1 * → group:default/shop in system:default/shop
        /services/pay/a/main.go: 2 /services/pay/ → group:default/pay, user:default/ana in component:default/pay
        services/pay/: 2 /services/pay/ → group:default/pay, user:default/ana in component:default/pay
        services/payments/x: 1 * → group:default/shop in system:default/shop
        apps/till/a.ts: 1 * → group:default/shop in component:default/till
        ./free/x: 4 /free/ →  in system:default/shop
        jobs/run.sh: 1 * → group:default/shop in 
        services/pay/*.rs: 3 /services/pay/*.rs → user:default/bo in component:default/pay
        services/pay/**/*.go: 2 /services/pay/ → group:default/pay, user:default/ana in component:default/pay
        services/*: 1 * → group:default/shop in system:default/shop
        "
        );
        assert_eq!(at_path(&catalog, 7, "x", false), PathOwners::default());
    }
}
