//! The rules of the house: layers, no forgotten test, no endless file, and a README that says what is so.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use callboard::action::ACTIONS;
use callboard::catalog::problem::rule;
use callboard::{bot, cli};

use crate::harness::Program;

/// The modules of the library, line by line from the ground up. A line may use what stands below it.
const LAYERS: [&[&str]; 10] = [
    &["config", "failure", "telemetry", "clock"],
    &["message"],
    &["store", "git", "forge", "picture", "chat"],
    &["catalog"],
    &["command", "policy", "scaffold", "onboard", "health"],
    &["action"],
    &["dispatch", "web"],
    &["bot", "bundled"],
    &["cli"],
    &["main"],
];

/// What may be used beside, each for a reason.
const BESIDE: [(&str, &str); 2] = [
    // The ground is open to all, the ground included.
    ("telemetry", "config"),
    // The bot reads what travels inside the binary; that is its own line in the design.
    ("bot", "bundled"),
];

/// No file of the source is longer, but for those in [`LONGER`].
const LONGEST: usize = 600;

/// Files that are longer for a reason: the path below `src/` and the reason.
const LONGER: [(&str, &str); 0] = [];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below a folder, sorted.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The code of a file without comments and without its tests, which stand last.
fn code(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        if line.trim() == "#[cfg(test)]" {
            break;
        }
        let line = line.split("//").next().unwrap_or_default();
        code.push_str(line);
        code.push('\n');
    }
    code
}

/// The names that follow `path` wherever it stands: one, or the first ones of a group in braces.
fn names_after(code: &str, path: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(path) {
        let whole = code[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
        if !whole {
            continue;
        }
        let rest = &code[at + path.len()..];
        let name = |text: &str| -> String {
            text.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(name(rest));
            continue;
        };
        let mut depth = 0_usize;
        let mut begins = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                c if begins && !c.is_whitespace() => {
                    names.insert(name(&group[at..]));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    names.remove("");
    names
}

/// The modules of a file: `src/chat/console/mod.rs` is `chat`, `console`.
fn modules(file: &Path) -> Vec<String> {
    let below = file.strip_prefix(root().join("src")).expect("below src");
    let mut modules: Vec<String> = below
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    modules.pop_if(|last| last == "mod");
    modules
}

fn line_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|line| line.contains(&module))
}

#[test]
fn a_layer_uses_only_what_is_below_it() {
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let modules = modules(&file);
        let module = modules[0].as_str();
        if modules == ["lib"] || modules.iter().any(|part| part == "tests") {
            continue;
        }
        let code = code(&fs::read_to_string(&file).expect("a file"));
        let mut used = names_after(&code, "crate::");
        used.extend(names_after(&code, "callboard::"));
        // `super` that climbs out of its module is `crate` by another name.
        used.extend(names_after(&code, &"super::".repeat(modules.len())));
        let Some(line) = line_of(module) else {
            wrong.push(format!("{module} stands in no line of LAYERS"));
            continue;
        };
        for other in used {
            let beside = BESIDE.contains(&(module, other.as_str()));
            let below = line_of(&other).is_some_and(|below| below < line);
            if other != module && !beside && !below {
                wrong.push(format!("{} uses {other}", file.display()));
            }
        }
        if module == "chat" && modules.len() > 1 && modules[1] != "adapter" {
            let mut siblings = names_after(&code, "crate::chat::");
            siblings.extend(names_after(&code, &"super::".repeat(modules.len() - 1)));
            siblings.retain(|sibling| sibling.starts_with(|c: char| c.is_lowercase()));
            for sibling in siblings {
                if sibling != "adapter" && sibling != modules[1] && sibling != "super" {
                    wrong.push(format!("{} uses chat::{sibling}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn uses_are_seen_however_they_are_written() {
    let code = code(
        "//! crate::dispatch is not used here\nuse crate::{bot, catalog::{Catalog, index::Found},\n    store::Store};\n\
         pub fn f() -> crate::git::Git { crate::message::markdown::text(); mycrate::web::x() }\n#[cfg(test)]\nmod tests { use crate::action::Call; }\n",
    );
    let used: Vec<String> = names_after(&code, "crate::").into_iter().collect();
    assert_eq!(used, ["bot", "catalog", "git", "message", "store"]);
}

#[test]
fn every_command_has_a_test_file() {
    for (file, _) in callboard::bundled::commands() {
        let name = file.trim_end_matches(".md").replace('-', "_");
        let test = root().join(format!("tests/commands/{name}.rs"));
        assert!(
            test.exists(),
            "{file} has no test: write {}",
            test.display()
        );
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let tests = root().join("tests");
    let mut declared = BTreeSet::new();
    let mut open = vec![(tests.join("main.rs"), tests.clone())];
    while let Some((file, folder)) = open.pop() {
        let text = fs::read_to_string(&file).expect("a file");
        for line in text.lines() {
            let line = line.trim().trim_start_matches("pub ");
            let Some(name) = line
                .strip_prefix("mod ")
                .and_then(|rest| rest.strip_suffix(';'))
            else {
                continue;
            };
            let below = folder.join(name);
            let candidates = [folder.join(format!("{name}.rs")), below.join("mod.rs")];
            let found = candidates.into_iter().find(|file| file.exists());
            open.push((
                found.unwrap_or_else(|| panic!("there is no file for {line}")),
                below,
            ));
        }
        declared.insert(file);
    }
    for file in rust_files(&tests) {
        assert!(
            declared.contains(&file),
            "{} is declared nowhere, so it never runs",
            file.display()
        );
    }
}

#[test]
fn no_file_is_endless() {
    for file in rust_files(&root().join("src")) {
        let below = file.strip_prefix(root().join("src")).expect("below src");
        let lines = fs::read_to_string(&file).expect("a file").lines().count();
        let excused = LONGER.iter().any(|(path, _)| Path::new(path) == below);
        assert!(
            lines <= LONGEST || excused,
            "{} has {lines} lines: look for a second noun in it, or give the reason in LONGER",
            below.display()
        );
    }
}

/// Everything between two marks of the README.
fn section<'a>(readme: &'a str, name: &str) -> (usize, &'a str) {
    let begin = format!("<!-- begin {name} -->\n");
    let end = format!("<!-- end {name} -->");
    let start = readme
        .find(&begin)
        .unwrap_or_else(|| panic!("README.md has no {begin}"))
        + begin.len();
    let length = readme[start..]
        .find(&end)
        .unwrap_or_else(|| panic!("README.md has no {end}"));
    (start, &readme[start..start + length])
}

/// A conversation as it can be had after `cargo run`, on a first day.
fn session() -> String {
    let program = Program::new();
    let lines = [
        "who owns payments?",
        "who-owns payment",
        "4",
        "who owns recommendations?",
        "status",
    ];
    let mut before = String::new();
    let mut session = "```text\n".to_owned();
    for count in 1..=lines.len() {
        // The same lines give the same answers, so what the last one adds is its answer.
        let input = lines[..count].join("\n");
        let finished = program.run_with(&input, ["chat", "--as", "ana"]);
        assert_eq!((finished.code, &*finished.stderr), (0, ""), "{finished}");
        let answer = finished
            .stdout
            .strip_prefix(&before)
            .expect("the same answers")
            .trim();
        // Writing to a text cannot fail.
        let _ = write!(session, "> {}\n\n{answer}\n\n", lines[count - 1]);
        before = finished.stdout;
    }
    let session = session.replace(
        &*program.data().to_string_lossy(),
        "~/.local/share/callboard",
    );
    format!("{}\n```\n", aged(session.trim_end()))
}

/// The text with ages as on a first run: the reading just happened, the commit has the age it has today.
fn aged(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        for (mark, age) in [("read ", "just now"), ("committed ", "today")] {
            let Some(start) = line
                .rfind(&format!(", {mark}"))
                .map(|at| at + 2 + mark.len())
            else {
                continue;
            };
            let end = line[start..]
                .find([',', '.'])
                .map_or(line.len(), |end| start + end);
            line.replace_range(start..end, age);
        }
        if let Some((_, by)) = line
            .strip_prefix("Line last changed ")
            .and_then(|rest| rest.split_once(" by "))
        {
            line = format!("Line last changed today by {by}");
        }
        lines.push(line);
    }
    lines.join("\n")
}

#[test]
fn the_documentation_of_the_rules_is_fresh() {
    let file = root().join("docs/rules.md");
    let mut page = fs::read_to_string(&file).expect("a page");
    let fresh = format!("\n{}\n\n", cli::reference::rules().trim());
    let (start, written) = section(&page, "rules");
    if written == fresh {
        return;
    }
    let end = start + written.len();
    page.replace_range(start..end, &fresh);
    let update = std::env::var_os("CALLBOARD_UPDATE").is_some_and(|value| value == "1");
    assert!(
        update,
        "docs/rules.md is stale: run `CALLBOARD_UPDATE=1 cargo test --test main house`"
    );
    fs::write(&file, page).expect("written");
}

#[test]
#[cfg(feature = "slack")]
fn the_documentation_of_the_scopes_is_fresh() {
    let file = root().join("docs/slack.md");
    let mut page = fs::read_to_string(&file).expect("a page");
    let table = callboard::chat::slack::scope::table();
    let fresh = format!("\n{}\n\n", table.trim());
    let (start, written) = section(&page, "scopes");
    if written == fresh {
        return;
    }
    let end = start + written.len();
    page.replace_range(start..end, &fresh);
    let update = std::env::var_os("CALLBOARD_UPDATE").is_some_and(|value| value == "1");
    assert!(
        update,
        "docs/slack.md is stale: run `CALLBOARD_UPDATE=1 cargo test --test main house`"
    );
    fs::write(&file, page).expect("written");
}

#[test]
fn every_rule_stands_in_the_table_and_is_used() {
    let mut used = String::new();
    for file in rust_files(&root().join("src")) {
        if !file.ends_with("problem/rule.rs") {
            used.push_str(&code(&fs::read_to_string(&file).expect("a file")));
        }
    }
    let families = ["command-", "location-", "codeowners-", "unknown-"];
    for text in used.split('"') {
        let whole = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if whole && families.iter().any(|family| text.starts_with(family)) {
            assert!(
                rule::find(text).is_some(),
                "{text} is not in the table of rules"
            );
        }
    }
    for rule in rule::RULES {
        let constant = format!("rule::{}", rule.name.replace('-', "_").to_uppercase());
        let literal = format!("\"{}\"", rule.name);
        assert!(
            used.contains(&constant) || used.contains(&literal),
            "no code uses the rule {}",
            rule.name
        );
    }
}

#[test]
fn the_readme_is_fresh() {
    let file = root().join("README.md");
    let mut readme = fs::read_to_string(&file).expect("a README");
    let (book, problems) = bot::book(None, ACTIONS);
    assert!(problems.is_empty(), "{problems:?}");
    let update = std::env::var_os("CALLBOARD_UPDATE").is_some_and(|value| value == "1");
    let mut stale = Vec::new();
    for (name, fresh) in [
        ("commands", book.table()),
        ("options", cli::reference::tables()),
        ("session", session()),
    ] {
        let fresh = format!("\n{}\n\n", fresh.trim());
        let (start, written) = section(&readme, name);
        if written != fresh {
            stale.push(name);
            let end = start + written.len();
            readme.replace_range(start..end, &fresh);
        }
    }
    if update {
        fs::write(&file, readme).expect("written");
        return;
    }
    assert!(
        stale.is_empty(),
        "README.md is stale in {}: run `CALLBOARD_UPDATE=1 cargo test --test main house`",
        stale.join(", ")
    );
}
