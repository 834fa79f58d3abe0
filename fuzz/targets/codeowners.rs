//! Any bytes as a CODEOWNERS file: read, stored and brought back, held against a few paths.
#![no_main]

use callboard::catalog::codeowners::{CodeOwners, Owner};
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 7] = [
    "a",
    "docs/",
    "docs/a b.md",
    "src/main/java/App.java",
    "ü/é",
    "a/b/c/d/e/f/g",
    "aaaaaaaaaaaaaaaaaaaa",
];

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().collect();
    for place in [".github/CODEOWNERS", "CODEOWNERS"] {
        let file = CodeOwners::read(place, bytes);
        let stored = serde_json::to_string(&file).expect("it can be stored");
        let loaded: CodeOwners = serde_json::from_str(&stored).expect("it can be loaded");
        assert_eq!(
            format!("{:?}", loaded.rules()),
            format!("{:?}", file.rules())
        );
        assert_eq!(loaded.problems(), file.problems());
        for problem in file.problems() {
            let line = lines[problem.line as usize - 1];
            assert!(
                (1..=line.chars().count() + 1).contains(&(problem.column as usize)),
                "{problem}"
            );
            assert!(
                !problem.to_string().contains(char::is_control),
                "{problem:?}"
            );
        }
        for rule in file.rules() {
            let line = lines[rule.line as usize - 1];
            assert!(line.contains(&*rule.written), "{rule:?}");
            let column = file.column(rule.line, &rule.written) as usize;
            assert!(column <= line.chars().count(), "{rule:?}");
            let _ = rule
                .owners
                .iter()
                .map(|owner| Owner::of(owner))
                .collect::<Vec<_>>();
        }
        for path in PATHS {
            for rule in file.matching(path) {
                assert!(rule.matches(path), "{rule:?} does not match {path}");
            }
            if let Some(fallback) = file.fallback(path) {
                let rule = file.rules().iter().find(|rule| rule.line == fallback.line);
                assert!(rule.is_some_and(|rule| rule.covers(path)), "{fallback:?}");
            }
        }
    }
});
