//! Reading one commit's tree and its blobs, without a work tree.

use std::path::Path;

use gix::hash::ObjectId;
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
    pub path: Box<str>,
    /// The blob's id, 20 bytes.
    pub blob: [u8; 20],
    /// File or link.
    pub kind: LeafKind,
}

/// What a leaf is. Submodules are left out of listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafKind {
    /// A file, executable or not.
    File,
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
        let repository = self.repository.to_thread_local();
        let damaged =
            |error: &dyn std::fmt::Display| GitError::Damaged(format!("commit {commit}: {error}"));
        let id = ObjectId::from_hex(commit.as_bytes()).map_err(|error| damaged(&error))?;
        let tree = repository
            .find_commit(id)
            .and_then(|commit| Ok(commit.tree_id()?.detach()))
            .map_err(|error| damaged(&error))?;
        let mut leaves = Vec::new();
        let mut folders = vec![(String::new(), tree)];
        let mut buffer = Vec::new();
        let mut visited = 0_usize;
        while let Some((prefix, tree)) = folders.pop() {
            let entries: TreeRefIter<'_> = repository
                .objects
                .find_tree_iter(&tree, &mut buffer)
                .map_err(|error| damaged(&error))?;
            for entry in entries {
                let entry = entry.map_err(|error| damaged(&error))?;
                visited += 1;
                if visited > MOST_ENTRIES {
                    let why = format!(
                        "commit {commit} holds more than {MOST_ENTRIES} files and folders, which is more than is read"
                    );
                    return Err(GitError::Failed(why));
                }
                // A path that is not UTF-8 cannot be named in an answer.
                let Ok(name) = std::str::from_utf8(entry.filename) else {
                    continue;
                };
                let path = format!("{prefix}{name}");
                if path.len() > LONGEST_PATH {
                    continue;
                }
                let kind = match entry.mode.kind() {
                    EntryKind::Tree => {
                        folders.push((path + "/", entry.oid.to_owned()));
                        continue;
                    }
                    EntryKind::Blob | EntryKind::BlobExecutable => LeafKind::File,
                    EntryKind::Link => LeafKind::Link,
                    EntryKind::Commit => continue,
                };
                if select(&path) {
                    let mut blob = [0; 20];
                    blob.copy_from_slice(entry.oid.as_bytes());
                    leaves.push(Leaf {
                        path: path.into(),
                        blob,
                        kind,
                    });
                }
            }
        }
        leaves.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(leaves)
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

/// A blob's id as 40 hexadecimal digits.
pub fn hex(blob: &[u8; 20]) -> String {
    ObjectId::from(*blob).to_string()
}

/// A blob's id from its 40 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<[u8; 20]> {
    let id = ObjectId::from_hex(text.as_bytes()).ok()?;
    id.as_bytes().try_into().ok()
}
