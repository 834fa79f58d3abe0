//! Files in the words of `git fast-import`.

use super::PushError;
use crate::git::LeafKind;

/// A file to be committed.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The path from the root of the repository, with `/`.
    pub path: &'a str,
    /// Whether it can be run, or is a link.
    pub kind: LeafKind,
    /// What stands in it; for a link, where it leads.
    pub content: &'a [u8],
}

/// The changes in the words of `git fast-import`, in the order of their paths.
pub fn changes<'a>(
    gone: &[String],
    files: impl IntoIterator<Item = File<'a>>,
) -> Result<Vec<u8>, PushError> {
    let mut changes = Vec::new();
    for path in gone {
        changes.extend_from_slice(format!("D {}\n", quoted(path)?).as_bytes());
    }
    let mut files: Vec<File<'a>> = files.into_iter().collect();
    files.sort_by_key(|file| file.path);
    for file in files {
        let mode = match file.kind {
            LeafKind::File => "100644",
            LeafKind::Executable => "100755",
            LeafKind::Link => "120000",
        };
        let (path, length) = (quoted(file.path)?, file.content.len());
        let head = format!("M {mode} inline {path}\ndata {length}\n");
        changes.extend_from_slice(head.as_bytes());
        changes.extend_from_slice(file.content);
        changes.push(b'\n');
    }
    Ok(changes)
}

/// A path as `git fast-import` reads it, if a repository may hold it.
fn quoted(path: &str) -> Result<String, PushError> {
    let good = |part: &str| {
        // Some file systems take these for the same.
        let plain = part.trim_end_matches(['.', ' ']).to_lowercase();
        !part.is_empty() && !matches!(plain.as_str(), "" | ".git" | "git~1")
    };
    if path.contains('\0') || !path.split('/').all(good) {
        return Err(PushError::Path(path.to_owned()));
    }
    let mut quoted = String::from("\"");
    for c in path.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Ok(quoted)
}
