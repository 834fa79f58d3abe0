//! What travels inside the binary: the shipped commands, the shipped templates and the example organisation.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use rust_embed::Embed;

use crate::git::command::Git;
use crate::git::{blob_id, hex};
use crate::scaffold::tree::{Node, PLAIN, Tree};

#[derive(Embed)]
#[folder = "commands/"]
#[include = "*.md"]
struct Commands;

#[derive(Embed)]
#[folder = "templates/"]
struct Templates;

#[derive(Embed)]
#[folder = "examples/acme/"]
struct Acme;

/// How long laying out the example organisation may take.
const DEADLINE: Duration = Duration::from_mins(1);

/// The file that remembers which version was laid out last.
const MARK: &str = ".git/callboard-bundled";

/// The shipped command files: name and text.
pub fn commands() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Commands::iter()
        .filter_map(|name| {
            let text = String::from_utf8(Commands::get(&name)?.data.into_owned()).ok()?;
            Some((name.into_owned(), text))
        })
        .collect();
    files.sort();
    files
}

/// The shipped templates, each in a folder that has its name.
pub fn templates() -> Tree {
    let mut tree = Tree::default();
    for path in Templates::iter() {
        if let Some(file) = Templates::get(&path) {
            let content = file.data.into_owned();
            // What ships is small and its paths are good, as a test sees.
            let _ = tree.put(
                &path,
                Node::File {
                    content,
                    mode: PLAIN,
                },
            );
        }
    }
    tree
}

/// Lays the example organisation out as a git repository in the data folder and gives its path. A repository
/// that was laid out by this version, or that somebody has changed since, is left as it is.
pub async fn acme(data: &Path) -> anyhow::Result<PathBuf> {
    let folder = data.join("acme");
    let version = version();
    match fs::read_to_string(folder.join(MARK)) {
        Ok(mark) if mark.trim() == version => return Ok(folder),
        Ok(mark) if !mark.is_empty() && changed(&folder).await? => return Ok(folder),
        Err(_) if is_foreign(&folder) => anyhow::bail!(
            "the folder {} is not Callboard's, and the example organisation belongs there; give another --data folder",
            folder.display()
        ),
        _ => {}
    }
    // An empty mark stands for a repository that is half made: a stop in the middle may leave git's locks in it.
    fs::create_dir_all(folder.join(".git"))?;
    fs::write(folder.join(MARK), "")?;
    for lock in ["index", "HEAD", "config", "refs/heads/main"] {
        let _ = fs::remove_file(folder.join(format!(".git/{lock}.lock")));
    }
    write(&folder).with_context(|| {
        format!(
            "the example organisation cannot be written to {}",
            folder.display()
        )
    })?;
    git(
        &folder,
        &["init", "--quiet", "--initial-branch=main", "--template="],
    )
    .await?;
    git(&folder, &["add", "--all", "--force"]).await?;
    let dirty = !git(&folder, &["status", "--porcelain"]).await?.is_empty();
    if dirty {
        git(
            &folder,
            &[
                "commit",
                "--quiet",
                "--no-verify",
                "--message=The example organisation",
            ],
        )
        .await?;
    }
    let head = git(&folder, &["rev-parse", "HEAD"]).await?;
    fs::write(folder.join(".git/callboard-head"), head)?;
    fs::write(folder.join(MARK), version)?;
    Ok(folder)
}

/// Whether the folder holds something that was not laid out by Callboard.
fn is_foreign(folder: &Path) -> bool {
    let holds_something =
        |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    // A stop before the first mark leaves an empty `.git` and nothing else.
    let git = folder.join(".git");
    let other = |path: PathBuf| path != git || holds_something(&path);
    fs::read_dir(folder)
        .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| other(entry.path()))))
}

/// Whether somebody has committed to the repository or edited its files since it was laid out.
async fn changed(folder: &Path) -> anyhow::Result<bool> {
    let ours = fs::read(folder.join(".git/callboard-head")).unwrap_or_default();
    let head = git(folder, &["rev-parse", "HEAD"])
        .await
        .unwrap_or_default();
    let dirty = !git(folder, &["status", "--porcelain"]).await?.is_empty();
    Ok(dirty || head != ours)
}

fn write(folder: &Path) -> anyhow::Result<()> {
    for name in Acme::iter() {
        let Some(file) = Acme::get(&name) else {
            continue;
        };
        let path = folder.join(&*name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, file.data)?;
    }
    Ok(())
}

fn version() -> String {
    let mut all = Vec::new();
    for name in Acme::iter() {
        all.extend_from_slice(name.as_bytes());
        if let Some(file) = Acme::get(&name) {
            all.extend_from_slice(&file.data);
        }
    }
    hex(&blob_id(&all))
}

/// Runs git without regard to the user's own settings, with a fixed author and date, so that the same version
/// makes the same commit everywhere.
async fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Git::new(arguments.iter().copied(), DEADLINE)
        .within(folder)
        .environment("GIT_CONFIG_GLOBAL", "/dev/null")
        .environment("GIT_CONFIG_NOSYSTEM", "1")
        .environment("GIT_AUTHOR_NAME", "Callboard")
        .environment("GIT_AUTHOR_EMAIL", "callboard@acme.example")
        .environment("GIT_AUTHOR_DATE", "2026-01-05T09:00:00Z")
        .environment("GIT_COMMITTER_NAME", "Callboard")
        .environment("GIT_COMMITTER_EMAIL", "callboard@acme.example")
        .environment("GIT_COMMITTER_DATE", "2026-01-05T09:00:00Z")
        .run()
        .await
        .context("the example organisation cannot be laid out")?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_example_is_laid_out_once_and_never_over_somebodys_work() {
        let data = tempfile::tempdir().expect("a folder");
        let folder = acme(data.path()).await.expect("laid out");
        let head = || fs::read_to_string(folder.join(".git/refs/heads/main")).expect("a commit");
        let first = head();
        acme(data.path()).await.expect("again");
        assert_eq!(head(), first);

        let file = folder.join("catalog-info.yaml");
        fs::write(&file, "# mine\n").expect("written");
        fs::write(folder.join(MARK), "an older version").expect("written");
        acme(data.path()).await.expect("again");
        assert_eq!(fs::read_to_string(&file).expect("there"), "# mine\n");
    }
}
