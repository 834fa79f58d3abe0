//! Finds what a text points to when it is no name: a repository, a file, a link, a host, a pod, a package, or a whole
//! stack trace, log or alert in which such things stand.
//!
//! Reading is pure and linear in the length of the text: [`form`] says what a word looks like, [`paste`] which words
//! of a long text are worth a look. [`Catalog::points_to`](super::Catalog::points_to) then asks the catalog, and only
//! what is exactly there counts.

mod address;
mod fields;
mod find;
pub mod form;
mod keys;
pub mod paste;
mod places;

pub use keys::{Keys, Tie};

/// What a word points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointed {
    /// The thing itself.
    pub target: Target,
    /// What ties the word to it.
    pub tie: Tie,
}

/// The thing that a word points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An entity, by its position in the catalog.
    Entity(u32),
    /// A place in the repository of a source.
    Place(Place),
}

/// A place in the repository of a source: a file, a folder, or all that a glob matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The source, by its position among those of the catalog.
    pub source: usize,
    /// The path from the root of the repository, without slashes around it; empty for the whole repository.
    pub path: String,
    /// Whether the path is a glob.
    pub glob: bool,
}

/// One thing that a pasted text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What it is.
    pub pointed: Pointed,
    /// The line of the paste, counted from 1.
    pub line: u32,
    /// The words that name it.
    pub words: String,
}

#[cfg(test)]
mod tests;
