//! Files that nobody should have committed.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;

use callboard::config::SourceConfig;

use super::reading;
use crate::harness::{Program, Repository, Running, TestBot};
use crate::sources::{component, holdings, reports, run, sync};

/// No program with so little to remember may have more than this resident.
const SANE: u64 = 96 * 1024 * 1024;

/// A repository with a good descriptor beside this file.
fn beside(path: &str, content: impl AsRef<[u8]>) -> Repository {
    Repository::of(&component("payments", "till"))
        .file(path, content)
        .commit("second")
}

/// What is found in a file beside a good one, which must be there whatever the file is.
async fn found(content: impl AsRef<[u8]>) -> String {
    let bot = TestBot::of(&beside("bad/catalog-info.yaml", content)).await;
    let found = holdings(&bot);
    let good = "component:default/payments in catalog/catalog-info.yaml";
    assert!(found.lines().any(|line| line == good), "{found}");
    let rest = found.lines().filter(|line| *line != good);
    rest.collect::<Vec<_>>().join("\n")
}

/// A document whose `spec.extra` is this.
fn with_extra(extra: &str) -> String {
    format!(
        "{}  extra:{extra}\n---\n{}",
        component("bad", "till"),
        component("good-neighbour", "till")
    )
}

#[tokio::test]
async fn an_alias_bomb_goes_off_in_its_own_document_only() {
    let mut bomb = " [&a0 [x, x, x, x, x, x, x, x, x]".to_owned();
    for level in 1..40 {
        let before = format!("*a{}", level - 1);
        let nine = [before.as_str(); 9].join(", ");
        let _ = write!(bomb, ", &a{level} [{nine}]");
    }
    bomb.push(']');
    insta::assert_snapshot!(found(with_extra(&bomb)).await, @"
    component:default/good-neighbour in catalog/bad/catalog-info.yaml
    ⚠ catalog/bad/catalog-info.yaml:9:222: error[alias-bomb]: This document is too large once its aliases are written out: use fewer aliases of aliases.
    ");
}

#[tokio::test]
async fn deep_nesting_is_refused_in_every_style() {
    let flow = format!(" {}{}", "[".repeat(10_000), "]".repeat(10_000));
    insta::assert_snapshot!(found(with_extra(&flow)).await, @"
    component:default/good-neighbour in catalog/bad/catalog-info.yaml
    ⚠ catalog/bad/catalog-info.yaml:9:110: error[too-deep]: Lists and objects are nested more than 100 deep here: make the document flatter.
    ");
    let open = format!(" {}", "[".repeat(10_000));
    insta::assert_snapshot!(found(with_extra(&open)).await, @"
    component:default/good-neighbour in catalog/bad/catalog-info.yaml
    ⚠ catalog/bad/catalog-info.yaml:9:110: error[too-deep]: Lists and objects are nested more than 100 deep here: make the document flatter.
    ");
    let objects = format!(" {}", "{a: ".repeat(10_000));
    insta::assert_snapshot!(found(with_extra(&objects)).await, @"
    component:default/good-neighbour in catalog/bad/catalog-info.yaml
    ⚠ catalog/bad/catalog-info.yaml:9:402: error[too-deep]: Lists and objects are nested more than 100 deep here: make the document flatter.
    ");
    let mut block = String::new();
    for depth in 2..1_200 {
        let _ = write!(block, "\n{}a:", "  ".repeat(depth));
    }
    insta::assert_snapshot!(found(with_extra(&block)).await, @"
    component:default/good-neighbour in catalog/bad/catalog-info.yaml
    ⚠ catalog/bad/catalog-info.yaml:108:201: error[too-deep]: Lists and objects are nested more than 100 deep here: make the document flatter.
    ");
    let dashes = format!("\n    {}x", "- ".repeat(10_000));
    insta::assert_snapshot!(found(with_extra(&dashes)).await, @"
    component:default/good-neighbour in catalog/bad/catalog-info.yaml
    ⚠ catalog/bad/catalog-info.yaml:10:201: error[too-deep]: Lists and objects are nested more than 100 deep here: make the document flatter.
    ");
}

#[tokio::test]
async fn what_is_no_text_is_refused_where_it_stands() {
    let (bad, good) = (
        component("bad", "till"),
        component("good-neighbour", "till"),
    );
    let with = |bytes: &[u8]| [bad.as_bytes(), bytes, b"\n---\n", good.as_bytes()].concat();
    insta::assert_snapshot!(found(with(b"  # \xff\xfe")).await, @"
    component:default/good-neighbour in catalog/bad/catalog-info.yaml
    ⚠ catalog/bad/catalog-info.yaml:9:5: error[encoding]: This is not UTF-8 text: save the file as UTF-8.
    ");
    insta::assert_snapshot!(found(with(b"  x: a\0b")).await, @"
    component:default/good-neighbour in catalog/bad/catalog-info.yaml
    ⚠ catalog/bad/catalog-info.yaml:9:7: error[encoding]: There is a NUL character here: remove it, or save the file as UTF-8.
    ");
    insta::assert_snapshot!(found([0_u8; 4096]).await, @"⚠ catalog/bad/catalog-info.yaml:1:1: error[encoding]: There is a NUL character here: remove it, or save the file as UTF-8.");
    insta::assert_snapshot!(found(b"\x7fELF\x02\x01\x01\0\0\xff\xfe\xfd").await, @"⚠ catalog/bad/catalog-info.yaml:1:10: error[encoding]: This is not UTF-8 text: save the file as UTF-8.");
    let utf16: Vec<u8> = "\u{feff}kind: Component\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    insta::assert_snapshot!(found(utf16).await, @"⚠ catalog/bad/catalog-info.yaml:1:1: error[encoding]: This file is UTF-16: save it as UTF-8.");
    insta::assert_snapshot!(found("").await, @"");
}

#[test]
fn a_huge_descriptor_is_not_read() {
    let repository = beside(
        "huge/catalog-info.yaml",
        "a: aaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(100 * 1024 * 1024 / 31),
    );
    let from_git = reading(&repository);
    insta::assert_snapshot!(peak_of_chat(&from_git), @"• catalog/huge/catalog-info.yaml:1 This file has 100 MiB, and a descriptor may have 5: move large definitions to files of their own and point to them with $text.");
    let folder = Program::new().file(
        "callboard.toml",
        &format!(
            "[[sources]]\nname = \"catalog\"\nfolder = \"{}\"\n",
            repository.path().display()
        ),
    );
    insta::assert_snapshot!(peak_of_chat(&folder), @"• catalog/huge/catalog-info.yaml:1 This file has 100 MiB, and a descriptor may have 5: move large definitions to files of their own and point to them with $text.");
}

/// Asks for the status and for the memory that it took to know it.
fn peak_of_chat(program: &Program) -> String {
    let mut chat = Running::start(program.command(["chat"]));
    chat.types("status");
    let status = chat.says("descriptor may have");
    let peak = chat.peak_memory();
    assert!(peak < SANE, "{} MiB", peak / 1024 / 1024);
    assert_eq!(chat.end().code, Some(0));
    let lines = status.lines().filter(|line| line.contains("MiB"));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn links_and_submodules_are_not_followed() {
    let repository = Repository::of(&component("payments", "till"));
    fs::create_dir(repository.path().join("linked")).expect("a folder");
    symlink(
        "/etc/passwd",
        repository.path().join("linked/catalog-info.yaml"),
    )
    .expect("a link");
    symlink("catalog-info.yaml", repository.path().join("other.yaml")).expect("a link");
    symlink("..", repository.path().join("round")).expect("a link");
    let module = Repository::of(&component("module", "till"));
    let commit = module.git(&["rev-parse", "HEAD"]);
    let repository = repository.commit("links");
    repository.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{commit},module"),
    ]);
    let file = format!(
        "[submodule \"module\"]\n\tpath = module\n\turl = {}\n",
        module.path().display()
    );
    fs::write(repository.path().join(".gitmodules"), file).expect("written");
    repository.git(&["add", ".gitmodules"]);
    repository.git(&["commit", "--quiet", "--message", "a submodule"]);
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/payments in catalog/catalog-info.yaml
    ⚠ catalog/linked/catalog-info.yaml:1:1: warning[symbolic-link]: This is a symbolic link, and links are not followed; put the descriptor itself here.
    ");
}

#[test]
fn ten_thousand_problems_are_counted_and_some_are_named() {
    let mut repository = Repository::of(&component("payments", "till"));
    let bad = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: a b\n---\n"
        .repeat(25);
    for number in 0..200 {
        repository = repository.file(&format!("{number}/catalog-info.yaml"), &bad);
    }
    let repository = repository.commit("many");
    let program = reading(&repository);
    let report = &reports(&program)[0];
    let details = report["details"].as_array().expect("a list").len();
    assert_eq!(
        (&report["problems"], details, &report["entities"]),
        (&10_000.into(), 100, &1.into())
    );
    let text = run(&program, &["sync"]).stdout;
    assert!(text.lines().count() < 30, "{text}");
    insta::assert_snapshot!(text.lines().last().unwrap_or_default(), @"  … and 9980 more; `callboard check` names them all");
    let status = run(&program, &["exec", "--", "status"]).stdout;
    let lines: Vec<&str> = status.lines().rev().take(3).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    • and 9995 more; `callboard check` in the repository names them all
    • catalog/0/catalog-info.yaml:14 The name "a b" is not valid: use letters and digits with - _ or . between them, like "a-b"; any other text belongs in metadata.title.
    • catalog/0/catalog-info.yaml:7 spec is missing: add spec: with type, lifecycle, owner in it.
    "#);
}

#[tokio::test]
async fn ten_thousand_problems_of_one_file_are_capped_in_the_file() {
    let bad = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: a b\n---\n"
        .repeat(10_000);
    let bot = TestBot::of(&beside("bad/catalog-info.yaml", bad)).await;
    let report = &sync(&bot).await[0];
    assert_eq!(report.problems, 101);
    let found = holdings(&bot);
    insta::assert_snapshot!(found.lines().last().unwrap_or_default(), @"⚠ catalog/bad/catalog-info.yaml:254:9: error[too-many-problems]: … and 19900 more problems in this file: mend these first.");
}

#[tokio::test]
async fn names_of_files_may_be_anything() {
    let repository = Repository::new()
        .file("a b/catalog-info.yaml", component("space", "till"))
        .file("ünï/catalog-info.yaml", component("umlaut", "till"))
        .file("quote'\"/catalog-info.yaml", component("quote", "till"))
        .file("new\nline/catalog-info.yaml", component("line", "till"))
        .file("[x]*?/catalog-info.yaml", component("glob", "till"))
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @r#"
    component:default/glob in catalog/[x]*?/catalog-info.yaml
    component:default/line in catalog/new
    line/catalog-info.yaml
    component:default/quote in catalog/quote'"/catalog-info.yaml
    component:default/space in catalog/a b/catalog-info.yaml
    component:default/umlaut in catalog/ünï/catalog-info.yaml
    "#);
    insta::assert_snapshot!(bot.says("who-owns line").await, @"
    line (component:default/line) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (1e956da3).
    From `new line/catalog-info.yaml:8` in catalog at 1e956da3, read just now.

    [1] What else they own → owns group:default/till
    ");
}

#[test]
fn sources_that_are_no_sources_are_refused_in_words() {
    let ended = run(&Program::new(), &["sync", "--source", "ext::sh -c id"]);
    insta::assert_snapshot!(ended, @r#"
    [stderr] callboard: the `git` of source "sh--c-id" is neither a URL nor a path; helpers such as ext:: are not allowed
    [exit 2]
    "#);
    assert!(SourceConfig::of("--upload-pack=id").is_err());
}
