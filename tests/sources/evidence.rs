//! What speaks for an owner and what against it, on repositories that are fetched as in production: over HTTP, without the
//! older versions of files.

use super::{component, configured, run};
use crate::harness::git_http::{GitHttp, PASSWORD, USER};
use crate::harness::{Program, Repository};

const ORG: &str = "apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: till}
spec: {type: team, children: [], members: [ana, bo]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: web}
spec: {type: team, children: [], members: [cy, di, ed]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: empty}
spec: {type: team, children: []}
";

/// The groups above and their people, who are known by their addresses.
fn org() -> String {
    let users = ["ana", "bo", "cy", "di", "ed"].map(|name| {
        format!("---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {{name: {name}}}\nspec: {{memberOf: [], profile: {{displayName: {name} of Acme, email: {name}@acme.example}}}}\n")
    });
    format!("{ORG}{}", users.concat())
}

fn program(server: &GitHttp) -> Program {
    let source = format!(
        "[[sources]]\nname = \"catalog\"\ngit = \"{}\"\nusername = \"{USER}\"\npassword = \"env:CATALOG_TOKEN\"\n",
        server.url("catalog")
    );
    configured(&source).env("CATALOG_TOKEN", PASSWORD)
}

/// What is said of the owner, without how to reach them.
fn told(program: &Program, name: &str) -> String {
    let ended = run(program, &["exec", "--", &format!("who-owns {name}")]);
    let text = ended.to_string();
    assert!(!text.contains("@acme.example"), "{text}");
    let lines = text.lines().filter(|line| {
        !line.is_empty()
            && !line.starts_with("Members")
            && !line.starts_with("From")
            && !line.starts_with("  ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Work on a folder by these people, one after the other.
fn work(mut repository: Repository, folder: &str, people: &[&str]) -> Repository {
    for (number, person) in people.iter().enumerate() {
        repository = repository
            .file(&format!("{folder}/main.go"), format!("// {number}\n"))
            .commit_by(person, "work");
    }
    repository
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn every_verdict_is_told() {
    let descriptor = |name: &str, owner: &str| component(name, owner);
    let mut repository = Repository::new().file("org.yaml", org()).file(
        "CODEOWNERS",
        "/agreed/ @acme/till\n/given-away/ @acme/web\n",
    );
    for (name, owner) in [
        ("agreed", "till"),
        ("given-away", "till"),
        ("worked-elsewhere", "till"),
        ("borne-out", "till"),
        ("unknown", "gone"),
        ("empty-handed", "empty"),
        ("alone", "till"),
    ] {
        repository = repository.file(
            &format!("{name}/catalog-info.yaml"),
            descriptor(name, owner),
        );
    }
    let ownerless = component("nobodys", "x").replace("  owner: x\n", "");
    repository = repository
        .file("nobodys/catalog-info.yaml", ownerless)
        .commit_by("Bo", "all");
    for (folder, people) in [
        ("agreed", &["Ana", "Bo", "Cy", "Ana"][..]),
        ("worked-elsewhere", &["Cy", "Di", "Ed", "dependabot[bot]"]),
        ("borne-out", &["Ana", "Stranger"]),
        ("unknown", &["Ana", "Cy", "Di", "Cy"]),
        ("empty-handed", &["Cy"]),
        ("nobodys", &["Di", "Bo", "Bo", "Bo"]),
    ] {
        repository = work(repository, folder, people);
    }
    let server = GitHttp::start();
    server.publish("catalog", &repository);
    let program = program(&server);
    insta::assert_snapshot!(told(&program, "agreed"), @"
    agreed (component:default/agreed) belongs to till.
    Line last changed long ago by bo of Acme (c5458e24). CODEOWNERS agrees: @acme/till. 2 of the last 3 committers are in the team.
    - What else they own: owns group:default/till
    ");
    insta::assert_snapshot!(told(&program, "given-away"), @"
    given-away (component:default/given-away) belongs to till.
    ⚠ CODEOWNERS disagrees: its line 2 gives /given-away/ to @acme/web.
    Line last changed long ago by bo of Acme (c5458e24).
    - What else they own: owns group:default/till
    - Fix: owned by web: fix-owner component:default/given-away group:default/web
    ");
    insta::assert_snapshot!(told(&program, "worked-elsewhere"), @"
    worked-elsewhere (component:default/worked-elsewhere) belongs to till.
    ⚠ None of the last 3 committers is in the team; 3 are in web.
    Line last changed long ago by bo of Acme (c5458e24).
    - What else they own: owns group:default/till
    - Fix: owned by web: fix-owner component:default/worked-elsewhere group:default/web
    ");
    insta::assert_snapshot!(told(&program, "borne-out"), @"
    borne-out (component:default/borne-out) belongs to till.
    Line last changed long ago by bo of Acme (c5458e24). 1 of the last 2 committers is in the team.
    - What else they own: owns group:default/till
    ");
    insta::assert_snapshot!(told(&program, "unknown"), @"
    unknown (component:default/unknown) belongs to gone.
    ⚠ The group group:default/gone is not in the catalog, so I cannot say how to reach them.
    By who works on it, most likely web (2 committers) or till (1 committer).
    Line last changed long ago by bo of Acme (c5458e24).
    - What else they own: owns group:default/gone
    - Fix: owned by web: fix-owner component:default/unknown group:default/web
    - Fix: owned by till: fix-owner component:default/unknown group:default/till
    ");
    insta::assert_snapshot!(told(&program, "empty-handed"), @"
    empty-handed (component:default/empty-handed) belongs to empty.
    ⚠ empty has no members, so perhaps nobody will answer.
    Line last changed long ago by bo of Acme (c5458e24).
    - What else they own: owns group:default/empty
    ");
    insta::assert_snapshot!(told(&program, "nobodys"), @"
    Nobody: nobodys (component:default/nobodys) names no owner.
    ⚠ Backstage would not take this entity: spec.owner is missing: add owner: with the group or user who owns it, like owner: team-payments.
    By who works on it, most likely till (1 committer) or web (1 committer).
    - Fix: owned by till: fix-owner component:default/nobodys group:default/till
    - Fix: owned by web: fix-owner component:default/nobodys group:default/web
    ");
    insta::assert_snapshot!(told(&program, "component:alone"), @"
    alone (component:default/alone) belongs to till.
    Line last changed long ago by bo of Acme (c5458e24).
    - What else they own: owns group:default/till
    ");
}

/// A descriptor whose owner's line is Bo's, that was edited, moved with an edit, and came through a merge.
fn moved() -> Repository {
    let text = component("pay", "till");
    let repository = Repository::new()
        .file("org.yaml", org())
        .file(
            "old/catalog-info.yaml",
            text.replace("owner: till", "owner: web"),
        )
        .commit_by("Ana", "first")
        .file("old/catalog-info.yaml", &text)
        .commit_by("Bo", "ours now");
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    let repository = repository
        .file(
            "old/catalog-info.yaml",
            text.replace("production", "experimental"),
        )
        .commit_by("Cy", "on a branch");
    repository.git(&["checkout", "--quiet", "main"]);
    let repository = repository
        .file("README.md", "hello\n")
        .commit_by("Ed", "beside");
    repository.git(&["merge", "--quiet", "--no-ff", "--message=merge", "side"]);
    repository
        .remove("old/catalog-info.yaml")
        .file(
            "new/place/catalog-info.yaml",
            text.replace("production", "experimental")
                .replace("name: pay", "name: pay\n  title: Pay"),
        )
        .commit_by("Di", "moved and edited")
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn a_line_is_followed_through_moves_and_merges_by_one_fetch() {
    let server = GitHttp::start();
    server.publish("catalog", &moved());
    let program = program(&server);
    run(&program, &["sync"]);
    let before = server.requests().lines().count();
    insta::assert_snapshot!(told(&program, "pay"), @"
    Pay (component:default/pay) belongs to till.
    Line last changed long ago by bo of Acme (b3fe3bd7).
    - What else they own: owns group:default/till
    ");
    let requests = server.requests();
    let asked: Vec<&str> = requests.lines().skip(before).collect();
    let fetches = asked
        .iter()
        .filter(|line| line.contains("/info/refs"))
        .count();
    assert_eq!(fetches, 1, "{asked:#?}");
    // What was fetched stays.
    let before = requests.lines().count();
    told(&program, "pay");
    assert_eq!(server.requests().lines().count(), before);
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn without_the_remote_the_line_is_left_out_and_nothing_wrong_is_said() {
    let server = GitHttp::start();
    let repository = work(moved(), "new/place", &["Ana", "Bo", "Cy"]);
    server.publish("catalog", &repository);
    let program = program(&server);
    run(&program, &["sync"]);
    drop(server);
    let started = std::time::Instant::now();
    insta::assert_snapshot!(told(&program, "pay"), @"
    Pay (component:default/pay) belongs to till.
    2 of the last 3 committers are in the team.
    - What else they own: owns group:default/till
    ");
    assert!(started.elapsed() < std::time::Duration::from_secs(15));
}
