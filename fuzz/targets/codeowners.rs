//! Any bytes as a CODEOWNERS file, held against a few paths.
#![no_main]

use callboard::catalog::codeowners::CodeOwners;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for place in [".github/CODEOWNERS", "CODEOWNERS"] {
        let file = CodeOwners::read(place, bytes);
        for path in ["a", "docs/", "docs/a b.md", "src/main/java/App.java", "ü/é"] {
            let _ = (file.matching(path), file.fallback(path));
        }
    }
});
