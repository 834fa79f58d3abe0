//! Where the parts of a template stand in its file, so that what is said about them can point there.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::yaml::{Node, Tree};

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The line; the first is 1.
    pub line: u32,
    /// The column in characters; the first is 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The places of everything in a document, by JSON pointers from its root.
#[derive(Clone)]
pub struct Positions {
    /// The document as it is written; `None` where only its first line is known.
    tree: Option<Arc<Tree<'static>>>,
    line: u32,
}

impl Positions {
    /// The places in a document that was read.
    pub fn of(tree: Tree<'static>) -> Self {
        Self {
            line: tree.root().line(),
            tree: Some(Arc::new(tree)),
        }
    }

    /// The places in a document of which only the first line is known: all are that line.
    pub fn line(line: u32) -> Self {
        Self { tree: None, line }
    }

    /// Where the value at a pointer like `/spec/steps/0/input` stands; the nearest value around it where it is not written
    /// there itself, as behind a placeholder.
    pub fn value(&self, pointer: &str) -> Position {
        self.find(pointer, |_, value| value)
    }

    /// Where the key of the value at a pointer stands, or the value itself where it has none.
    pub fn key(&self, pointer: &str) -> Position {
        self.find(pointer, |key, value| key.unwrap_or(value))
    }

    fn find(
        &self,
        pointer: &str,
        choose: impl for<'t> Fn(Option<Node<'t, 'static>>, Node<'t, 'static>) -> Node<'t, 'static>,
    ) -> Position {
        let Some(tree) = &self.tree else {
            return Position {
                line: self.line,
                column: 1,
            };
        };
        let (mut key, mut value) = (None, tree.root());
        for part in pointer.split('/').skip(1) {
            let part = unescape(part);
            let next = match value.entry(&part) {
                Some((key, value)) => Some((Some(key), value)),
                None => part
                    .parse()
                    .ok()
                    .and_then(|position| value.items().nth(position))
                    .map(|item| (None, item)),
            };
            let Some(next) = next else {
                // A single page counts as a list of one.
                if part == "0" {
                    continue;
                }
                break;
            };
            (key, value) = next;
        }
        let node = choose(key, value);
        Position {
            line: node.line(),
            column: node.column(),
        }
    }
}

impl fmt::Debug for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Positions")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// A pointer one step further.
pub fn below(pointer: &str, part: &str) -> String {
    format!("{pointer}/{}", part.replace('~', "~0").replace('/', "~1"))
}

/// One part of a pointer as it is written in the document.
pub fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::yaml;

    fn positions(text: &str) -> Positions {
        let tree = yaml::parse(text, 0).expect("YAML").expect("a document");
        Positions::of(tree.into_owned())
    }

    #[test]
    fn values_and_keys_are_found_by_their_pointers() {
        let positions = positions("a:\n  - b/c: 1\n    d~: [x, y]\n");
        let at = |pointer: &str| format!("{} {}", positions.value(pointer), positions.key(pointer));
        assert_eq!(at(""), "1:1 1:1");
        assert_eq!(at("/a/0/b~1c"), "2:10 2:5");
        assert_eq!(at("/a/0/d~0/1"), "3:13 3:13");
    }

    #[test]
    fn what_is_not_written_stands_in_what_is_around_it() {
        let positions = positions("a:\n  b: {$yaml: x.yaml}\n");
        assert_eq!(positions.value("/a/b/properties/name").to_string(), "2:6");
        assert_eq!(positions.key("/a/b/properties/name").to_string(), "2:3");
        assert_eq!(positions.value("/a/0/b").to_string(), "2:6");
        assert_eq!(Positions::line(7).value("/a").to_string(), "7:1");
    }

    #[test]
    fn pointers_carry_any_name() {
        let pointer = below("/a", "x/~y");
        assert_eq!(pointer, "/a/x~1~0y");
        assert_eq!(unescape("x~1~0y"), "x/~y");
        assert_eq!(unescape("~01"), "~1");
    }
}
