//! The workspace of a template: files, folders and links in memory, until somebody wants them.
//!
//! Nothing here touches a disk, so no path can lead out of it: a path is refused where it would.

use std::collections::BTreeMap;

use thiserror::Error;

/// More files and folders than these are no project, but a mistake.
const MOST_ENTRIES: usize = 20_000;

/// All files together are at most so large, in bytes.
pub const MOST_BYTES: usize = 256 * 1024 * 1024;

/// The mode of a file that nobody said anything about.
pub const PLAIN: u32 = 0o644;

/// Files, folders and links by their paths, which are relative and go down only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<String, Node>,
    bytes: usize,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A folder.
    Folder,
    /// A file.
    File {
        /// What stands in it.
        content: Vec<u8>,
        /// Its permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, as it was written.
        target: String,
    },
}

/// Why something cannot be done in the workspace: a sentence with the path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct TreeError(pub String);

/// A path within the workspace, normal: `a/b`; the workspace itself is empty. An error: it leads out of it.
pub fn within(path: &str) -> Result<String, TreeError> {
    let out = || {
        TreeError(format!(
            "{path:?} leads out of the workspace: write a path within it."
        ))
    };
    if path.starts_with('/') || path.contains('\0') {
        return Err(out());
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(out)?;
            }
            part => parts.push(part),
        }
    }
    // Backstage takes such a name for a way out.
    if parts.first().is_some_and(|first| first.starts_with("..")) {
        return Err(out());
    }
    Ok(parts.join("/"))
}

/// Joins two paths within the workspace.
pub fn join(base: &str, path: &str) -> String {
    match (base, path) {
        ("", path) => path.to_owned(),
        (base, "") => base.to_owned(),
        (base, path) => format!("{base}/{path}"),
    }
}

/// Whether a link at a path leads out of the tree that it stands in, or may do so by way of another: what goes up behind a
/// name goes up from wherever that name leads.
pub fn leads_out(path: &str, target: &str) -> bool {
    let folder = parent(path).unwrap_or_default();
    let mut parts = target
        .split('/')
        .skip_while(|part| matches!(*part, "" | "." | ".."));
    target.starts_with('/')
        || parts.any(|part| part == "..")
        || within(&join(folder, target)).is_err()
}

/// What a file's name ends in, with the dot: `.yaml`.
pub fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rfind('.') {
        Some(place) if place > 0 => &name[place..],
        _ => "",
    }
}

fn parent(path: &str) -> Option<&str> {
    match path.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None if path.is_empty() => None,
        None => Some(""),
    }
}

impl Tree {
    /// What stands at a path; the workspace itself is a folder.
    pub fn get(&self, path: &str) -> Option<&Node> {
        if path.is_empty() {
            return Some(&Node::Folder);
        }
        self.nodes.get(path)
    }

    /// Whether something is there that can be read: a link that leads nowhere within the workspace is not.
    pub fn exists(&self, path: &str) -> bool {
        match self.get(path) {
            Some(Node::Link { .. }) => self.followed(path).is_some(),
            found => found.is_some(),
        }
    }

    /// Everything in the order of the paths.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_str(), node))
    }

    /// The files in the order of their paths: path, content and mode.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8], u32)> {
        self.nodes().filter_map(|(path, node)| match node {
            Node::File { content, mode } => Some((path, content.as_slice(), *mode)),
            Node::Folder | Node::Link { .. } => None,
        })
    }

    /// Everything below a folder, and the folder itself, by paths that begin behind it.
    #[must_use]
    pub fn below(&self, folder: &str) -> Self {
        let prefix = format!("{folder}/");
        let mut below = Self::default();
        for (path, node) in self.nodes() {
            let rest = if folder.is_empty() {
                Some(path)
            } else {
                path.strip_prefix(&prefix)
            };
            if let Some(rest) = rest {
                below.bytes += size(node);
                below.nodes.insert(rest.to_owned(), node.clone());
            }
        }
        below
    }

    /// The text of a file, as UTF-8; bytes that are none become replacement characters.
    pub fn text(&self, path: &str) -> Result<String, TreeError> {
        let path = self.followed(path).unwrap_or_else(|| path.to_owned());
        match self.get(&path) {
            Some(Node::File { content, .. }) => Ok(String::from_utf8_lossy(content).into_owned()),
            Some(_) => Err(TreeError(format!("{path:?} is a folder, not a file."))),
            None => Err(TreeError(format!("There is no file {path:?}."))),
        }
    }

    /// Writes a file and makes the folders around it. A file that is there keeps its own mode.
    pub fn write(&mut self, path: &str, content: Vec<u8>, mode: u32) -> Result<(), TreeError> {
        let path = self.followed(path).unwrap_or_else(|| path.to_owned());
        let mode = match self.get(&path) {
            Some(Node::File { mode, .. }) => *mode,
            Some(Node::Folder) => {
                return Err(TreeError(format!(
                    "{path:?} is a folder, so no file can be written there."
                )));
            }
            Some(Node::Link { target }) => {
                return Err(TreeError(format!(
                    "{path:?} is a symbolic link that leads to nothing in the workspace, to {target:?}."
                )));
            }
            None => mode,
        };
        self.put(&path, Node::File { content, mode })
    }

    /// Puts something in the place of what is there, and makes the folders around it.
    pub fn put(&mut self, path: &str, node: Node) -> Result<(), TreeError> {
        if path.is_empty() {
            return match node {
                Node::Folder => Ok(()),
                Node::File { .. } | Node::Link { .. } => Err(TreeError(
                    "The workspace itself is a folder: write the path of a file.".to_owned(),
                )),
            };
        }
        if let Some(parent) = parent(path) {
            self.make_folder(parent)?;
        }
        if node == Node::Folder {
            return self.make_folder(path);
        }
        if self.nodes.get(path) == Some(&Node::Folder) {
            return Err(TreeError(format!(
                "{path:?} is a folder in the workspace, so nothing else can be put in its place."
            )));
        }
        let added = size(&node);
        let gone = self.nodes.get(path).map_or(0, size);
        self.bytes = self.bytes - gone + added;
        self.nodes.insert(path.to_owned(), node);
        self.bounded()
    }

    fn make_folder(&mut self, path: &str) -> Result<(), TreeError> {
        let mut around = vec![path];
        while let Some(parent) = around.last().and_then(|path| parent(path)) {
            around.push(parent);
        }
        for path in around.into_iter().rev().filter(|path| !path.is_empty()) {
            match self.nodes.get(path) {
                Some(Node::Folder) => {}
                Some(Node::File { .. }) => {
                    return Err(TreeError(format!(
                        "{path:?} is a file, so nothing can be put below it."
                    )));
                }
                Some(Node::Link { .. }) => {
                    return Err(TreeError(format!(
                        "{path:?} is a symbolic link, and nothing is put behind one: name the folder itself."
                    )));
                }
                None => {
                    self.nodes.insert(path.to_owned(), Node::Folder);
                }
            }
        }
        self.bounded()
    }

    /// Takes away what is at a path, with all below.
    pub fn remove(&mut self, path: &str) {
        let prefix = format!("{path}/");
        let bytes = &mut self.bytes;
        self.nodes.retain(|at, node| {
            let goes = path.is_empty() || at == path || at.starts_with(&prefix);
            if goes {
                *bytes -= size(node);
            }
            !goes
        });
    }

    /// Puts another tree below a folder. What is there is written over.
    pub fn graft(&mut self, folder: &str, tree: &Tree) -> Result<(), TreeError> {
        self.put(folder, Node::Folder)?;
        for (path, node) in tree.nodes() {
            let path = join(folder, path);
            self.place(&path, node.clone())?;
        }
        Ok(())
    }

    /// Puts something in the place of what is there, unless it is a link that would lead out of the workspace from there.
    pub fn place(&mut self, path: &str, node: Node) -> Result<(), TreeError> {
        if let Node::Link { target } = &node
            && leads_out(path, target)
        {
            return Err(TreeError(format!(
                "The symbolic link {path:?} leads out of the workspace, to {target:?}."
            )));
        }
        self.put(path, node)
    }

    /// Where a link at a path leads in the end; `None` where nothing is, or outside.
    pub fn followed(&self, path: &str) -> Option<String> {
        let mut at = path.to_owned();
        for _ in 0..40 {
            match self.get(&at)? {
                Node::Link { target } => {
                    let folder = parent(&at).unwrap_or_default();
                    at = within(&join(folder, target)).ok()?;
                }
                Node::File { .. } | Node::Folder => return Some(at),
            }
        }
        None
    }

    fn bounded(&self) -> Result<(), TreeError> {
        if self.nodes.len() > MOST_ENTRIES {
            return Err(TreeError(format!(
                "The workspace would hold more than {MOST_ENTRIES} files and folders, the most that a template may make."
            )));
        }
        if self.bytes > MOST_BYTES {
            return Err(TreeError(format!(
                "The workspace would hold more than {} MiB, the most that a template may make.",
                MOST_BYTES / 1024 / 1024
            )));
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    match node {
        Node::File { content, .. } => content.len(),
        Node::Folder | Node::Link { .. } => 0,
    }
}
