//! Any bytes as a descriptor file: read, pointed at, mended.
#![no_main]

use callboard::catalog::check::fix::fix;
use callboard::catalog::descriptor::{Scope, read};
use callboard::catalog::problem::excerpt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read("f", bytes, Scope::Looked);
    let found = read("f", bytes, Scope::Descriptor);
    let text = String::from_utf8_lossy(bytes);
    for problem in &found.problems {
        let _ = excerpt(&text, problem);
    }
    for entity in &found.entities {
        let _ = (entity.descriptor(), entity.targets(), entity.fetched_folders());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let (once, _) = fix(text);
        let (twice, changes) = fix(&once);
        assert!(changes.is_empty() && twice == once, "mended twice");
    }
});
