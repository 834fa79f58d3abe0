//! Reading one commit's tree and its blobs, without a work tree.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use gix::hash::{ObjectId, oid};
use gix::objs::TreeRefIter;
use gix::objs::tree::EntryKind;
use gix::prelude::FindExt;

use super::GitError;

/// Paths longer than this are not descended into; git itself refuses them on most systems.
const LONGEST_PATH: usize = 4096;

/// How many entries a tree may have in all. A few trees that hold each other many times come to more than any memory.
const MOST_ENTRIES: usize = 5_000_000;

/// The objects of a mirror, shared between threads.
#[derive(Clone)]
pub struct Objects {
    repository: gix::ThreadSafeRepository,
}

/// One file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The path from the root of the tree, with `/`.
    pub path: Arc<str>,
    /// The blob's id, 20 bytes.
    pub blob: [u8; 20],
    /// File or link.
    pub kind: LeafKind,
}

/// What a leaf is. Submodules are left out of listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafKind {
    /// A file.
    File,
    /// A file that can be run.
    Executable,
    /// A symbolic link; its blob is the path it points to.
    Link,
}

/// A blob that was read, or only measured when it is too big.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blob {
    /// The bytes.
    Bytes(Vec<u8>),
    /// The size in bytes of a blob that is over the limit.
    TooLarge(u64),
    /// The blob is not in the mirror.
    Absent,
}

impl Objects {
    pub(super) fn open(folder: &Path) -> Result<Self, GitError> {
        let repository = gix::open_opts(folder, gix::open::Options::isolated())
            .map_err(|error| GitError::Damaged(error.to_string()))?;
        Ok(Self {
            repository: repository.into_sync(),
        })
    }

    /// Lists the files of a commit's tree whose path `select` takes, sorted by path.
    pub fn files(
        &self,
        commit: &str,
        select: impl Fn(&str) -> bool,
    ) -> Result<Vec<Leaf>, GitError> {
        let mut walk = Walk::new(&self.repository, commit, select);
        let tree = walk.tree_of(commit)?;
        walk.compare(None, tree)?;
        let mut leaves = walk.came;
        leaves.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(leaves)
    }

    /// Lists the same from the files of another commit that the same `select` took. Only the folders in which the two
    /// differ are read.
    pub fn files_since(
        &self,
        before: (&str, &[Leaf]),
        commit: &str,
        select: impl Fn(&str) -> bool,
    ) -> Result<Vec<Leaf>, GitError> {
        let (other, known) = before;
        let mut walk = Walk::new(&self.repository, commit, select);
        let (old, new) = (walk.tree_of(other)?, walk.tree_of(commit)?);
        if old != new {
            walk.compare(Some(old), new)?;
        }
        let Walk { came, gone, .. } = walk;
        let is_gone = |path: &str| {
            let mut folders = path.char_indices().filter(|(_, letter)| *letter == '/');
            gone.contains(path) || folders.any(|(at, _)| gone.contains(&path[..=at]))
        };
        let stay = known
            .iter()
            .filter(|leaf| gone.is_empty() || !is_gone(&leaf.path));
        let mut leaves: Vec<Leaf> = stay.cloned().chain(came).collect();
        leaves.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(leaves)
    }

    /// The file of this path in a commit's tree; none where there is no such file.
    pub fn file(&self, commit: &str, path: &str) -> Option<Leaf> {
        let repository = self.repository.to_thread_local();
        let id = ObjectId::from_hex(commit.as_bytes()).ok()?;
        let tree = repository.find_commit(id).ok()?.tree().ok()?;
        let entry = tree.lookup_entry_by_path(path).ok()??;
        let kind = match entry.mode().kind() {
            EntryKind::Blob => LeafKind::File,
            EntryKind::BlobExecutable => LeafKind::Executable,
            EntryKind::Link => LeafKind::Link,
            EntryKind::Tree | EntryKind::Commit => return None,
        };
        let mut blob = [0; 20];
        blob.copy_from_slice(entry.object_id().as_bytes());
        Some(Leaf {
            path: path.into(),
            blob,
            kind,
        })
    }

    /// The commit that an id stands for, which may be a tag's; 40 hexadecimal digits.
    pub fn commit(&self, id: &str) -> Result<String, GitError> {
        let damaged = |error: &dyn std::fmt::Display| GitError::Damaged(format!("{id}: {error}"));
        let repository = self.repository.to_thread_local();
        let id = ObjectId::from_hex(id.as_bytes()).map_err(|error| damaged(&error))?;
        let object = repository
            .find_object(id)
            .map_err(|error| damaged(&error))?;
        let commit = object.peel_to_commit().map_err(|error| damaged(&error))?;
        Ok(commit.id.to_string())
    }

    /// When the commit was made, in milliseconds since the Unix epoch.
    pub fn committed(&self, commit: &str) -> Option<u64> {
        let repository = self.repository.to_thread_local();
        let id = ObjectId::from_hex(commit.as_bytes()).ok()?;
        let seconds = repository.find_commit(id).ok()?.time().ok()?.seconds;
        u64::try_from(seconds).ok().map(|seconds| seconds * 1000)
    }

    /// Those of the blobs that the mirror does not have.
    pub fn absent(&self, blobs: &[[u8; 20]]) -> Vec<[u8; 20]> {
        let mut repository = self.repository.to_thread_local();
        // Without this every miss looks for new packs on disk.
        repository.objects.refresh_never();
        let there = |blob: &[u8; 20]| repository.has_object(ObjectId::from(*blob));
        blobs.iter().filter(|blob| !there(blob)).copied().collect()
    }

    /// A reader for one thread.
    pub fn reader(&self, largest: u64) -> impl FnMut(&[u8; 20]) -> Blob + use<> {
        let repository = self.repository.to_thread_local();
        move |blob| {
            let id = ObjectId::from(*blob);
            match repository.find_header(id) {
                Err(_) => Blob::Absent,
                Ok(header) if header.size() > largest => Blob::TooLarge(header.size()),
                Ok(_) => match repository.find_object(id) {
                    Ok(object) => Blob::Bytes(object.detach().data),
                    Err(_) => Blob::Absent,
                },
            }
        }
    }
}

/// A way through a commit's tree, past what another tree has in common with it.
struct Walk<'r, S> {
    repository: gix::Repository,
    commit: &'r str,
    select: S,
    visited: usize,
    /// The files that the other tree does not have like this.
    came: Vec<Leaf>,
    /// What only the other tree has like that: paths of files, and of folders with a slash behind.
    gone: HashSet<String>,
}

impl<'r, S: Fn(&str) -> bool> Walk<'r, S> {
    fn new(repository: &gix::ThreadSafeRepository, commit: &'r str, select: S) -> Self {
        Self {
            repository: repository.to_thread_local(),
            commit,
            select,
            visited: 0,
            came: Vec::new(),
            gone: HashSet::new(),
        }
    }

    fn damaged(&self, error: &dyn std::fmt::Display) -> GitError {
        GitError::Damaged(format!("commit {}: {error}", self.commit))
    }

    fn tree_of(&self, commit: &str) -> Result<ObjectId, GitError> {
        let id = ObjectId::from_hex(commit.as_bytes()).map_err(|error| self.damaged(&error))?;
        self.repository
            .find_commit(id)
            .and_then(|commit| Ok(commit.tree_id()?.detach()))
            .map_err(|error| self.damaged(&error))
    }

    fn compare(&mut self, old: Option<ObjectId>, new: ObjectId) -> Result<(), GitError> {
        let mut folders = vec![(String::new(), old, new)];
        let (mut old_buffer, mut new_buffer) = (Vec::new(), Vec::new());
        while let Some((prefix, old, new)) = folders.pop() {
            let mut known: HashMap<&[u8], (EntryKind, &oid)> = HashMap::new();
            if let Some(old) = old {
                for entry in self.entries(old, &mut old_buffer)? {
                    let entry = entry.map_err(|error| self.damaged(&error))?;
                    known.insert(entry.filename, (entry.mode.kind(), entry.oid));
                }
            }
            let entries = self.entries(new, &mut new_buffer)?;
            for entry in entries {
                let entry = entry.map_err(|error| self.damaged(&error))?;
                self.visited += 1;
                if self.visited > MOST_ENTRIES {
                    let why = format!(
                        "commit {} holds more than {MOST_ENTRIES} files and folders, which is more than is read",
                        self.commit
                    );
                    return Err(GitError::Failed(why));
                }
                let kind = entry.mode.kind();
                let before = known.remove(&**entry.filename);
                if before == Some((kind, entry.oid)) {
                    continue;
                }
                // A path that is not UTF-8 cannot be named in an answer.
                let Ok(name) = std::str::from_utf8(entry.filename) else {
                    continue;
                };
                let path = format!("{prefix}{name}");
                if path.len() > LONGEST_PATH {
                    continue;
                }
                let old_folder = before
                    .filter(|(old, _)| *old == EntryKind::Tree)
                    .map(|(_, id)| id.to_owned());
                if before.is_some() && (old_folder.is_none() || kind != EntryKind::Tree) {
                    self.gone.insert(if old_folder.is_some() {
                        format!("{path}/")
                    } else {
                        path.clone()
                    });
                }
                let kind = match kind {
                    EntryKind::Tree => {
                        folders.push((path + "/", old_folder, entry.oid.to_owned()));
                        continue;
                    }
                    EntryKind::Blob => LeafKind::File,
                    EntryKind::BlobExecutable => LeafKind::Executable,
                    EntryKind::Link => LeafKind::Link,
                    EntryKind::Commit => continue,
                };
                if (self.select)(&path) {
                    let mut blob = [0; 20];
                    blob.copy_from_slice(entry.oid.as_bytes());
                    self.came.push(Leaf {
                        path: path.into(),
                        blob,
                        kind,
                    });
                }
            }
            let left = known.into_iter().filter_map(|(name, (kind, _))| {
                let name = std::str::from_utf8(name).ok()?;
                let slash = if kind == EntryKind::Tree { "/" } else { "" };
                Some(format!("{prefix}{name}{slash}"))
            });
            self.gone.extend(left);
        }
        Ok(())
    }

    fn entries<'b>(
        &self,
        tree: ObjectId,
        buffer: &'b mut Vec<u8>,
    ) -> Result<TreeRefIter<'b>, GitError> {
        self.repository
            .objects
            .find_tree_iter(&tree, buffer)
            .map_err(|error| self.damaged(&error))
    }
}

/// A blob's id as 40 hexadecimal digits.
pub fn hex(blob: &[u8; 20]) -> String {
    ObjectId::from(*blob).to_string()
}

/// A blob's id from its 40 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<[u8; 20]> {
    let id = ObjectId::from_hex(text.as_bytes()).ok()?;
    id.as_bytes().try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn git(folder: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=T",
                "-c",
                "user.email=t@t",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }

    /// Makes the folder hold these files and no others, and commits it.
    fn commit(folder: &Path, files: &[(String, u8)]) -> String {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.file_name() != ".git" {
                let path = entry.path();
                if path.is_dir() {
                    fs::remove_dir_all(path).expect("removed");
                } else {
                    fs::remove_file(path).expect("removed");
                }
            }
        }
        for (path, text) in files {
            let path = folder.join(path);
            // A file may stand where this one wants a folder: then it is left out.
            if fs::create_dir_all(path.parent().expect("a folder")).is_ok() && !path.is_dir() {
                fs::write(path, [*text]).expect("written");
            }
        }
        git(folder, &["add", "--all"]);
        git(folder, &["commit", "--quiet", "--allow-empty", "-m", "x"]);
        git(folder, &["rev-parse", "HEAD"])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn what_changed_is_listed_as_if_everything_were_listed(
            steps in proptest::collection::vec(proptest::collection::vec(("[ab]{1,2}(/[ab]{1,2}){0,2}", 0..3_u8), 0..12), 2..4)
        ) {
            let folder = tempfile::tempdir().expect("a folder");
            git(folder.path(), &["init", "--quiet"]);
            let select = |path: &str| !path.ends_with('b');
            let mut before: Option<(String, Vec<Leaf>)> = None;
            for files in steps {
                let commit = commit(folder.path(), &files);
                let objects = Objects::open(folder.path()).expect("a repository");
                let all = objects.files(&commit, select).expect("listed");
                if let Some((other, leaves)) = &before {
                    let since = objects.files_since((other, leaves), &commit, select);
                    prop_assert_eq!(&since.expect("listed"), &all);
                }
                before = Some((commit, all));
            }
        }
    }
}
