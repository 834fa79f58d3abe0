//! A template on this machine.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{Fetch, Fetched, no_folder, nothing};
use crate::scaffold::tree::{MOST_BYTES, Node, Tree, TreeError, join};

/// A template on this machine. Nothing is read that lies outside of its repository.
#[derive(Debug, Clone)]
pub struct Local {
    /// The folder of the template.
    folder: PathBuf,
    /// What it may reach: its repository, or itself.
    root: PathBuf,
    /// Whether the template stands in a repository, and counts as one that was read from there.
    in_repository: bool,
}

impl Local {
    /// A template in a folder; what it fetches lies in the repository around it, or within the folder where there is none.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let folder = fs::canonicalize(folder)?;
        let repository = repository(&folder);
        Ok(Self {
            root: repository.unwrap_or(&folder).to_owned(),
            in_repository: repository.is_some(),
            folder,
        })
    }

    /// A template in a repository at this root.
    pub fn in_repository(folder: &Path, root: &Path) -> io::Result<Self> {
        Ok(Self {
            folder: fs::canonicalize(folder)?,
            root: fs::canonicalize(root)?,
            in_repository: true,
        })
    }

    /// A template that reaches nothing but its own folder.
    pub fn alone(folder: &Path) -> io::Result<Self> {
        let folder = fs::canonicalize(folder)?;
        Ok(Self {
            root: folder.clone(),
            folder,
            in_repository: false,
        })
    }

    fn find(&self, url: &str) -> Result<PathBuf, TreeError> {
        if url.contains("://") || url.starts_with("git@") {
            return Err(TreeError(format!(
                "{url} lies elsewhere; only what lies beside the template is fetched here."
            )));
        }
        let path = match url.strip_prefix('/') {
            // In a repository this is its root.
            Some(path) if self.in_repository => self.root.join(path.trim_start_matches('/')),
            _ => self.folder.join(url),
        };
        let found = fs::canonicalize(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => nothing(url),
            _ => TreeError(format!("{url:?} cannot be read: {error}.")),
        })?;
        if !found.starts_with(&self.root) {
            return Err(TreeError(format!(
                "{url:?} leads out of the repository that holds the template."
            )));
        }
        Ok(found)
    }
}

#[async_trait]
impl Fetch for Local {
    async fn folder(&self, url: &str) -> Result<Tree, TreeError> {
        let folder = self.find(url)?;
        if !folder.is_dir() {
            return Err(no_folder(url));
        }
        let mut tree = Tree::default();
        let mut bytes = 0;
        read(
            &folder,
            &folder,
            "",
            self.in_repository,
            &mut tree,
            &mut bytes,
        )?;
        Ok(tree)
    }

    async fn file(&self, url: &str) -> Result<Fetched, TreeError> {
        let path = self.find(url)?;
        let about = fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
        if !about.is_file() || about.len() > MOST_BYTES as u64 {
            return Err(TreeError(format!(
                "{url:?} is no regular file of at most {} MiB.",
                MOST_BYTES / 1024 / 1024
            )));
        }
        let content = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        Ok(Fetched {
            content,
            // What is read from a repository comes without its mode.
            mode: (!self.in_repository).then(|| about.permissions().mode() & 0o777),
        })
    }
}

/// The repository around a folder, whose path is real.
pub fn repository(folder: &Path) -> Option<&Path> {
    let mut around = folder.ancestors();
    around.find(|folder| folder.join(".git").exists())
}

/// Reads a folder into a tree. Unless it is read whole, as from a repository, links that lead out of it are left out. What
/// is neither file nor folder is.
fn read(
    root: &Path,
    folder: &Path,
    path: &str,
    whole: bool,
    tree: &mut Tree,
    bytes: &mut u64,
) -> Result<(), TreeError> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let at = entry.path();
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(TreeError(format!(
                "{} has a name that is no text.",
                at.display()
            )));
        };
        if path.is_empty() && (name == ".git" || !whole && name.starts_with("..")) {
            continue;
        }
        let inner = join(path, name);
        let about = fs::symlink_metadata(&at).map_err(|error| unreadable(&at, &error))?;
        let node = if about.is_dir() {
            tree.put(&inner, Node::Folder)?;
            read(root, &at, &inner, whole, tree, bytes)?;
            continue;
        } else if about.is_symlink() {
            let target = fs::read_link(&at).map_err(|error| unreadable(&at, &error))?;
            if !whole && !is_inside(root, folder, &target) {
                continue;
            }
            Node::Link {
                target: target.to_string_lossy().into_owned(),
            }
        } else if about.is_file() {
            *bytes += about.len();
            if *bytes > MOST_BYTES as u64 {
                return Err(TreeError(format!(
                    "{} holds more than {} MiB.",
                    root.display(),
                    MOST_BYTES / 1024 / 1024
                )));
            }
            Node::File {
                content: fs::read(&at).map_err(|error| unreadable(&at, &error))?,
                mode: about.permissions().mode() & 0o777,
            }
        } else {
            continue;
        };
        tree.put(&inner, node)?;
    }
    Ok(())
}

/// Whether a link stays within the folder that is fetched.
fn is_inside(root: &Path, folder: &Path, target: &Path) -> bool {
    let mut normal = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    let real = fs::canonicalize(&normal);
    normal.starts_with(root) && real.map_or(true, |real| real.starts_with(root))
}

fn unreadable(path: &Path, error: &io::Error) -> TreeError {
    TreeError(format!("{} cannot be read: {error}.", path.display()))
}
