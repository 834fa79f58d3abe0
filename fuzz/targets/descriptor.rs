//! Any bytes as a descriptor file: read, pointed at, stored and brought back, printed and read again, mended.
#![no_main]

use callboard::catalog::check::fix::fix;
use callboard::catalog::descriptor::{Read, Scope, read};
use callboard::catalog::file::SourceFile;
use callboard::catalog::problem::{Problem, excerpt};
use callboard::catalog::source::BlobId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read("f", bytes, Scope::Looked);
    let found = read("f", bytes, Scope::Descriptor);
    let text = String::from_utf8_lossy(bytes);
    for problem in &found.problems {
        is_inside(&text, problem);
    }
    for entity in &found.entities {
        let _ = (entity.targets(), entity.fetched_folders());
        let descriptor = entity.descriptor();
        let again = read("f", descriptor.to_string().as_bytes(), Scope::Descriptor);
        let printed: Vec<_> = again
            .entities
            .iter()
            .map(|entity| entity.descriptor())
            .collect();
        assert_eq!(
            printed,
            [descriptor],
            "printed and read again: {:?}",
            again.problems
        );
    }
    comes_back(found);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let (once, _) = fix(text);
        let (twice, changes) = fix(&once);
        assert!(changes.is_empty() && twice == once, "mended twice");
    }
});

/// A problem stands on a line and a column that there are, in one line of its own.
fn is_inside(text: &str, problem: &Problem) {
    let lines: Vec<&str> = text.lines().collect();
    let number = problem.line.checked_sub(1).expect("lines begin with 1") as usize;
    // What is missing at the end is missed behind the last line.
    assert!(
        number <= lines.len(),
        "line {} of {}",
        problem.line,
        lines.len()
    );
    let width = lines.get(number).map_or(0, |line| line.chars().count());
    let column = problem.column.checked_sub(1).expect("columns begin with 1") as usize;
    assert!(
        column <= width,
        "column {} of {width}: {problem}",
        problem.column
    );
    assert!(
        !problem.to_string().contains(char::is_control),
        "{problem:?}"
    );
    let shown = excerpt(text, problem);
    assert_eq!(shown.is_empty(), number >= lines.len(), "{shown:?}");
}

/// What was read is the same after it was stored.
fn comes_back(found: Read) {
    let file = SourceFile::new("f", BlobId::UNREAD, Scope::Descriptor, found, None, 0);
    let stored = file.store().expect("it can be stored");
    let loaded = SourceFile::load("f", &stored).expect("it can be loaded");
    assert_eq!(loaded.problems, file.problems);
    assert_eq!(loaded.placeholders, file.placeholders);
    assert_eq!(loaded.entities.len(), file.entities.len());
    for (after, before) in loaded.entities.iter().zip(&file.entities) {
        assert_eq!(format!("{after:?}"), format!("{before:?}"));
    }
}
