//! Placeholders: objects like `$text: ./openapi.yaml`, in the place of which the catalog puts what stands in another file.
//!
//! The rules are those of Backstage's `PlaceholderProcessor`: an object counts that has one key alone; what is put in is not
//! looked through for more of them.

use super::yaml::{self, Tree};

/// The keys that make a placeholder. `$openapi` and `$asyncapi` come from modules that many have installed; what they point
/// to is taken as it is.
pub const KEYS: [&str; 5] = ["$text", "$json", "$yaml", "$openapi", "$asyncapi"];

/// How many placeholders one file may have.
pub const MOST: usize = 100;

/// What is put in the place of a placeholder.
pub enum Filling {
    /// A text.
    Text(String),
    /// A whole tree of values.
    Tree(Tree<'static>),
}

/// Why nothing is put in the place of a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfilled {
    /// It points out of the repository, which is good for Backstage as far as it may read there; it is not read here.
    Elsewhere,
    /// It is wrong; the words go on from "and".
    Wrong(String),
}

impl From<&str> for Unfilled {
    fn from(why: &str) -> Self {
        Self::Wrong(why.to_owned())
    }
}

impl From<String> for Unfilled {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

/// Makes of a file's bytes what a placeholder of this key stands for.
pub fn filling(key: &str, bytes: Vec<u8>) -> Result<Filling, Unfilled> {
    let text =
        String::from_utf8(bytes).map_err(|_| "that file is not UTF-8 text; save it as UTF-8")?;
    match key {
        "$json" => {
            serde_json::from_str::<serde::de::IgnoredAny>(&text)
                .map_err(|error| format!("that file is not JSON: {error}"))?;
            tree(&text)
        }
        "$yaml" => tree(&text),
        _ => Ok(Filling::Text(text)),
    }
}

fn tree(text: &str) -> Result<Filling, Unfilled> {
    let mut trees = Vec::new();
    for chunk in yaml::split(text.as_bytes()) {
        // The chunks of a text are texts: they are cut at line breaks.
        let part = std::str::from_utf8(chunk.bytes).unwrap_or_default();
        let parsed = yaml::parse(part, chunk.lines_before);
        let parsed = parsed.map_err(|fault| {
            format!(
                "that file is wrong in line {}: {}",
                fault.line,
                fault.message.trim_end_matches('.')
            )
        })?;
        trees.extend(parsed);
    }
    let count = trees.len();
    match (trees.pop(), count) {
        (Some(tree), 1) => Ok(Filling::Tree(tree.into_owned())),
        _ => Err(format!("that file has {count} documents; it must be exactly one").into()),
    }
}
