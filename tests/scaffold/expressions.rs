//! The corpus of templates, held against Backstage's own engine: the same bytes, or both refuse.

use std::collections::BTreeMap;
use std::path::PathBuf;

use callboard::scaffold::expression::Options;
use serde_json::Value;

use super::oracle::{Case, difference, theirs};

/// Where we do not do what Backstage does, on purpose: cases by their template, and the reason. A line that nothing
/// needs any more fails.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "${{ emoji | groupby }}",
        "the name of a group cannot be half a character; it is U+FFFD, as it would be written",
    ),
    (
        "{% if yes %}1e400{% endif %}",
        "a number that JSON cannot hold stays the text that it is",
    ),
];

/// All cases of `tests/scaffold/expressions/`.
///
/// A file begins with `context: {…}`; `options: trim lstrip cookiecutter` may follow. Each line is a template, and so is
/// what stands between `<<<` and `>>>`; in these, `\r` at the end of a line is a carriage return. Lines that begin
/// with `## ` are comments. A later `context:` or `options:` line counts from there on.
fn corpus() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scaffold/expressions");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the corpus")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        let topic = file
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut context = Value::Object(serde_json::Map::new());
        let mut options = vec![Options::default()];
        let mut fill = false;
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let name = format!("{topic}:{}", number + 1);
            if line.is_empty() || line.starts_with("## ") {
                continue;
            }
            if let Some(json) = line.strip_prefix("context: ") {
                context =
                    serde_json::from_str(json).unwrap_or_else(|error| panic!("{name}: {error}"));
                continue;
            }
            if let Some(words) = line.strip_prefix("options:") {
                let all = words.split_whitespace();
                fill = all.clone().any(|word| word == "fill");
                let one = |words: &[&str]| Options {
                    cookiecutter: words.contains(&"cookiecutter"),
                    trim_blocks: words.contains(&"trim"),
                    lstrip_blocks: words.contains(&"lstrip"),
                    ..Options::default()
                };
                let words: Vec<&str> = all.collect();
                options = vec![one(&words)];
                if words.contains(&"every") {
                    options = vec![
                        one(&[]),
                        one(&["trim"]),
                        one(&["lstrip"]),
                        one(&["trim", "lstrip"]),
                    ];
                }
                continue;
            }
            let template = if line == "<<<" {
                let mut block = Vec::new();
                loop {
                    match lines.next() {
                        Some((_, ">>>")) => break,
                        Some((_, line)) => block.push(
                            line.strip_suffix("\\r")
                                .map_or_else(|| line.to_owned(), |line| format!("{line}\r")),
                        ),
                        None => panic!("{name}: >>> is missing"),
                    }
                }
                block.join("\n")
            } else {
                line.to_owned()
            };
            let template = if fill {
                serde_json::from_str(&template).unwrap_or_else(|error| panic!("{name}: {error}"))
            } else {
                Value::String(template)
            };
            let modes: &[&'static str] = if fill {
                &["fill"]
            } else {
                &["render", "evaluate"]
            };
            for options in &options {
                for mode in modes {
                    cases.push(Case {
                        name: name.clone(),
                        template: template.clone(),
                        context: context.clone(),
                        options: *options,
                        mode,
                    });
                }
            }
        }
    }
    cases
}

#[test]
#[ignore = "needs node and Backstage's packages, which tests/run installs"]
fn the_corpus_comes_out_as_backstage_writes_it() {
    let cases = corpus();
    let mut needed: BTreeMap<&str, bool> = EXCEPTIONS
        .iter()
        .map(|(template, _)| (*template, false))
        .collect();
    let mut different = Vec::new();
    for (case, verdict) in cases.iter().zip(theirs(&cases)) {
        let Some(difference) = difference(case, &verdict) else {
            continue;
        };
        match case
            .template
            .as_str()
            .and_then(|template| needed.get_mut(template))
        {
            Some(needed) => *needed = true,
            None => different.push(difference),
        }
    }
    let stale: Vec<&&str> = needed
        .iter()
        .filter(|(_, needed)| !**needed)
        .map(|(template, _)| template)
        .collect();
    assert!(
        different.is_empty(),
        "{} of {} differ:\n{}",
        different.len(),
        cases.len(),
        different.join("\n")
    );
    assert!(stale.is_empty(), "no exceptions any more: {stale:?}");
}
