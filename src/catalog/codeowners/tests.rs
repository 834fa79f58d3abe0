use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

fn read(path: &str, text: &str) -> CodeOwners {
    CodeOwners::read(path, text.as_bytes())
}

fn matches(pattern: &str, path: &str) -> bool {
    let owners = read("CODEOWNERS", &format!("{pattern} @a\n"));
    assert!(owners.problems().is_empty(), "{:?}", owners.problems());
    !owners.matching(path).is_empty()
}

fn problems(owners: &CodeOwners) -> String {
    let lines: Vec<String> = owners.problems().iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// The line that decides, and its owners.
fn decides(owners: &CodeOwners, path: &str) -> String {
    let rules = owners.matching(path);
    let shown = rules
        .iter()
        .map(|rule| format!("{}: {}", rule.line, rule.owners.join(" ")));
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn patterns_match_as_github_documents_them() {
    for (pattern, yes, no) in [
        ("*", "a/b/c.txt", ""),
        ("*.js", "a/b.js", "a/b.jsx"),
        ("/build/logs/", "build/logs/a/b", "x/build/logs/a"),
        (
            "docs/*",
            "docs/getting-started.md",
            "docs/build-app/troubleshooting.md",
        ),
        ("docs/*", "docs/a", "x/docs/a"),
        ("apps/", "x/y/apps/z", "x/y/apps"),
        ("/docs/", "docs/a/b", "x/docs/a"),
        ("/apps/github", "apps/github/a", "apps/github-other"),
        ("**/logs", "deeply/nested/logs/a", "logs.txt"),
        ("**/logs", "logs", "a/logsx/b"),
        ("/scripts/", "scripts/a", "scripts"),
        ("a/**/z", "a/z", "a/zz"),
        ("a/**/z", "a/b/c/z/d", "b/z"),
        ("/a/**", "a/b/c", "a"),
        ("**", "x", ""),
        ("?.md", "x/a.md", "ab.md"),
        ("*a*b*c", "x/1a2b3c", "1a2c3b"),
        ("/*", "README.md", "a/README.md"),
        (r"a\ b/", "a b/c", "a/c"),
        (r"\#odd", "x/#odd", "odd"),
        (r"lit\*ral", "lit*ral", "literal"),
        ("/docs/*/", "docs/a/b", "docs/a"),
    ] {
        assert!(matches(pattern, yes), "{pattern} does not match {yes}");
        assert!(
            no.is_empty() || !matches(pattern, no),
            "{pattern} matches {no}"
        );
    }
    // A folder that is asked for as such.
    assert!(matches("/docs/", "docs/"));
    assert!(!matches("/docs/", "other/"));
}

#[test]
fn the_last_rule_wins_and_may_take_the_owners_away() {
    let owners = read(
        "CODEOWNERS",
        "# all\n*  @acme/all # everything else\n\n/pay/ @acme/pay   ana@acme.example\n/pay/generated/\n*.md\t@acme/docs\r\n",
    );
    assert_eq!(problems(&owners), "");
    assert_eq!(decides(&owners, "x"), "2: @acme/all");
    assert_eq!(
        decides(&owners, "pay/a.rs"),
        "4: @acme/pay ana@acme.example"
    );
    assert_eq!(decides(&owners, "pay/generated/a.rs"), "5: ");
    assert_eq!(decides(&owners, "pay/a.md"), "6: @acme/docs");
}

#[test]
fn sections_of_gitlab_each_have_a_say() {
    let owners = read(
        ".gitlab/CODEOWNERS",
        "* @all\n[Docs] @writers @acme/platform/docs\n*.md\n/api/ @api\n^[Security][2]\n/auth/ @@maintainer\n[docs]\n/auth/*.md @late\n",
    );
    assert_eq!(problems(&owners), "");
    assert_eq!(
        decides(&owners, "a.md"),
        "1: @all, 3: @writers @acme/platform/docs"
    );
    assert_eq!(
        decides(&owners, "auth/a.md"),
        "1: @all, 6: @@maintainer, 8: @late"
    );
    assert_eq!(decides(&owners, "b"), "1: @all");
}

#[test]
fn what_cannot_be_understood_is_pointed_at() {
    let owners = read(
        ".github/CODEOWNERS",
        "!/a @b\n  /x/[ab].md @c\n[Docs]\n/ok team @d,\n/y\\\n/ @e\n",
    );
    insta::assert_snapshot!(problems(&owners), @r#"
    .github/CODEOWNERS:1:1: warning[codeowners-pattern]: A pattern cannot be taken back with ! in CODEOWNERS: write a later line for these files, without owners if nobody shall own them.
    .github/CODEOWNERS:2:6: warning[codeowners-pattern]: GitHub knows no ranges like [a-z] in CODEOWNERS, so this line is left out: write a line for each, or use * or ?.
    .github/CODEOWNERS:3:1: warning[codeowners-pattern]: GitHub knows no sections, so it does not understand this line: write a pattern and its owners, or keep the file where GitLab reads it.
    .github/CODEOWNERS:4:5: warning[codeowners-owner]: "team" is no owner: write @user, @organisation/team or an e-mail address; a pattern with spaces needs a \ before each.
    .github/CODEOWNERS:4:10: warning[codeowners-owner]: "@d," is no owner: write @user, @organisation/team or an e-mail address; a pattern with spaces needs a \ before each.
    .github/CODEOWNERS:5:3: warning[codeowners-pattern]: There is nothing behind the \ at the end of this pattern: remove it, or write the character that it stands before.
    .github/CODEOWNERS:6:1: warning[codeowners-pattern]: This pattern names nothing: write * for everything, or the path of a folder.
    "#);
    assert_eq!(decides(&owners, "ok"), "4: team @d,");
    let large = read("CODEOWNERS", &"# much\n".repeat(600_000));
    insta::assert_snapshot!(problems(&large), @"CODEOWNERS:1:1: warning[codeowners-pattern]: This file is larger than 3 MiB, and GitHub reads none of it: give whole folders instead of single files.");
}

#[test]
fn an_owner_is_a_team_a_user_or_an_address() {
    let team = |organisation, team| Some(Owner::Team { organisation, team });
    assert_eq!(Owner::of("@acme/pay"), team("acme", "pay"));
    assert_eq!(Owner::of("@a/b/pay-team"), team("a/b", "pay-team"));
    assert_eq!(Owner::of("@ana"), Some(Owner::User("ana")));
    assert_eq!(
        Owner::of("ana@acme.example"),
        Some(Owner::Mail("ana@acme.example"))
    );
    for no in ["", "@", "@/x", "@a/", "team", "a@b", "@a b", "@ana,"] {
        assert_eq!(Owner::of(no), None, "{no}");
    }
}

/// What `resolveCodeOwner` of Backstage's processor gives for the same files.
#[test]
fn the_fallback_is_what_backstages_processor_takes() {
    let owner = |text: &str, path: &str| {
        let found = read("CODEOWNERS", text).fallback(path);
        found.map(|found| format!("{} (line {})", found.owner, found.line))
    };
    let text = "*  @acme/team-foo @acme/team-bar\n/docs @acme/team-docs\n/Pay/ @ana\n/x/ jo.doe@acme.example\n/none/\n/y/* @a/b/c\n/odd/ acme/foo\n";
    for (path, expected) in [
        ("catalog-info.yaml", Some("team-foo (line 1)")),
        ("docs/catalog-info.yaml", Some("team-docs (line 2)")),
        // Without regard to case, as the library that the processor uses.
        ("pay/catalog-info.yaml", Some("User:ana (line 3)")),
        ("x/catalog-info.yaml", Some("jo.doe (line 4)")),
        ("none/catalog-info.yaml", None),
        // As in .gitignore, what is in a folder that matches goes with it.
        ("y/z/catalog-info.yaml", Some("b (line 6)")),
        ("odd/catalog-info.yaml", Some("acme/foo (line 7)")),
    ] {
        assert_eq!(owner(text, path).as_deref(), expected, "{path}");
    }
    assert_eq!(owner("", "catalog-info.yaml"), None);
    assert_eq!(owner("/other/ @a\n", "catalog-info.yaml"), None);
}

/// Which of the paths `.gitignore` with this one pattern leaves out, asked of git itself.
fn ignored(folder: &std::path::Path, pattern: &str, paths: &[&str]) -> Vec<String> {
    std::fs::write(folder.join(".gitignore"), format!("{pattern}\n")).expect("written");
    let mut git = Command::new("git")
        .args(["-c", "core.ignoreCase=true", "check-ignore", "--no-index"])
        .args(["--stdin", "-z"])
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut stdin = git.stdin.take().expect("a pipe");
    stdin
        .write_all(paths.join("\0").as_bytes())
        .expect("written");
    drop(stdin);
    let output = git.wait_with_output().expect("it ends");
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn the_fallback_matches_as_git_does_with_its_own_patterns() {
    let folder = tempfile::tempdir().expect("a folder");
    let init = Command::new("git")
        .args(["init", "--quiet", "--template="])
        .current_dir(folder.path())
        .status();
    assert!(init.expect("git runs").success());
    let paths = [
        "a",
        "A/b",
        "a/b/c",
        "b/a",
        "b/a/c",
        "docs/a.md",
        "docs/b/c.md",
        "x/docs/a.md",
        "a.md",
        "x y/z",
        "x/logs/1",
        "logs/1",
        "x/y/logs",
        "#odd",
        "a*b",
        "aab/c",
    ];
    for pattern in [
        "*",
        "**",
        "a",
        "/a",
        "a/",
        "/a/",
        "a/b",
        "a/**",
        "**/a",
        "**/a/",
        "a/**/c",
        "*.md",
        "docs/*",
        "/docs/*.md",
        "docs/**/*.md",
        "**/logs",
        "logs/*",
        r"x\ y",
        r"\#odd",
        r"a\*b",
        "a*b",
        "?",
        "?/b",
        "*/b",
        "/*",
        "b/*/c",
        "**/b/**",
        "doc?/*/",
    ] {
        let owners = read("CODEOWNERS", &format!("{pattern} @a\n"));
        let ours: Vec<String> = paths
            .iter()
            .filter(|path| owners.fallback(path).is_some())
            .map(|path| (*path).to_owned())
            .collect();
        assert_eq!(ours, ignored(folder.path(), pattern, &paths), "{pattern}");
    }
}

#[test]
fn a_pattern_made_to_be_slow_is_not() {
    let text = format!("{}b @a\n", "*a".repeat(400)).repeat(1000);
    let owners = read("CODEOWNERS", &text);
    let started = std::time::Instant::now();
    assert!(owners.matching(&"a".repeat(4000)).is_empty());
    assert!(
        owners
            .matching(&format!("x/{}", "a".repeat(200)))
            .is_empty()
    );
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

proptest! {
    #[test]
    fn any_text_is_read_and_any_path_asked_for(text in "([!/*?\\[\\]^@#\\\\ a-c\n]{0,40}\n){0,6}", path in "[/a-c .]{0,12}") {
        let owners = read("CODEOWNERS", &text);
        let lines = u32::try_from(text.lines().count()).expect("few");
        for rule in owners.matching(&path) {
            prop_assert!(rule.line >= 1 && rule.line <= lines);
        }
        let _ = owners.fallback(&path);
        for problem in owners.problems() {
            prop_assert!(problem.line >= 1 && problem.line <= lines);
            let width = text.lines().nth(problem.line as usize - 1).expect("the line").chars().count();
            prop_assert!(problem.column as usize <= width + 1);
        }
        let stored = serde_json::to_string(&owners).expect("JSON");
        let loaded: CodeOwners = serde_json::from_str(&stored).expect("JSON");
        prop_assert_eq!(loaded.rules().len(), owners.rules().len());
        prop_assert_eq!(&loaded, &owners);
    }
}
