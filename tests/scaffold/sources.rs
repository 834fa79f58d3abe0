//! Templates that are read out of git, and what they fetch from other repositories.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use callboard::git::{Mirror, Remote};
use callboard::scaffold::expression::Surroundings;
use callboard::scaffold::source::{Fetch as _, Local, Repository as AtCommit};
use callboard::scaffold::template::Template;
use callboard::scaffold::tree::{Node, Tree};
use callboard::scaffold::workflow::{self, Given, World};
use serde_json::json;

use crate::harness::git_http::{PASSWORD, USER};
use crate::harness::{GitHttp, Program, Repository};

const TEMPLATE: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: service}
spec:
  type: service
  steps:
    - {action: 'fetch:template', input: {url: ./skeleton, values: {name: ledger}}}
    - {action: 'fetch:plain', input: {url: ../../shared, targetPath: shared}}
    - {action: 'fetch:plain:file', input: {url: /LICENSE, targetPath: LICENSE}}
";

/// A repository with a template that fetches from its own folder, from beside it and from the root.
fn repository(name: &str) -> Repository {
    let repository = Repository::named(name)
        .file("LICENSE", "Free.\n")
        .file("shared/run.sh", "#!/bin/sh\n")
        .file("templates/service/template.yaml", TEMPLATE)
        .file(
            "templates/service/skeleton/${{ values.name }}.md",
            "# ${{ values.name }}\n",
        )
        .file(
            "templates/service/skeleton/logo.png",
            [0x89, b'P', b'N', b'G', 0, 1],
        );
    let folder = repository.path().join("shared");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.join("run.sh"), mode).expect("executable");
    symlink("run.sh", folder.join("start.sh")).expect("linked");
    repository.commit("first")
}

/// What is in a workspace, in words.
fn seen(tree: &Tree) -> BTreeMap<String, String> {
    let shown = |node: &Node| match node {
        Node::Folder => "folder".to_owned(),
        Node::Link { target } => format!("link to {target}"),
        Node::File { content, mode } => format!("{mode:o} {}", content.escape_ascii()),
    };
    let nodes = tree.nodes();
    nodes
        .map(|(path, node)| (path.to_owned(), shown(node)))
        .collect()
}

async fn at_commit(repository: &Repository, home: &Path, folder: &str) -> AtCommit {
    let remote = Remote {
        url: repository.path().display().to_string(),
        branch: None,
        login: None,
        ssh_key: None,
    };
    let mirror = Mirror::at(home.join("mirror"));
    let deadline = Duration::from_secs(30);
    let fetched = mirror.fetch(&remote, deadline).await.expect("fetched");
    AtCommit::new(mirror, remote, fetched.commit, folder.to_owned(), deadline)
}

#[tokio::test]
async fn a_template_in_a_commit_makes_what_one_in_a_folder_makes() {
    let repository = repository("golden");
    let home = tempfile::tempdir().expect("a folder");
    let folder = repository.path().join("templates/service");
    let read = Template::in_folder(&folder).expect("readable");
    let template = read.template.expect("a template");
    let local = Local::new(&folder).expect("a source");
    let commit = at_commit(&repository, home.path(), "templates/service").await;
    let given = Given {
        user: json!({}),
        ..Given::default()
    };
    let mut trees = Vec::new();
    for fetch in [&local as &dyn callboard::scaffold::source::Fetch, &commit] {
        let world = World::of(fetch);
        let outcome = workflow::run(&template, &given, world, &Surroundings::default()).await;
        assert_eq!(outcome.failed, None);
        trees.push(seen(&outcome.tree));
    }
    assert_eq!(trees[0], trees[1]);
    let expected = [
        ("LICENSE", "644 Free.\\n"),
        ("ledger.md", "644 # ledger\\n"),
        ("logo.png", "644 \\x89PNG\\x00\\x01"),
        ("shared", "folder"),
        ("shared/run.sh", "755 #!/bin/sh\\n"),
        ("shared/start.sh", "link to run.sh"),
    ];
    let expected = expected.map(|(path, what)| (path.to_owned(), what.to_owned()));
    assert_eq!(trees[0], BTreeMap::from(expected));
}

#[tokio::test]
async fn what_is_not_in_the_commit_is_told() {
    let repository = repository("golden");
    let home = tempfile::tempdir().expect("a folder");
    let commit = at_commit(&repository, home.path(), "templates/service").await;
    let mut told = Vec::new();
    for url in ["./nothing", "../../../etc", "/LICENSE", "/etc/passwd"] {
        told.push(commit.folder(url).await.expect_err("refused").to_string());
    }
    told.push(
        commit
            .file("./skeleton")
            .await
            .expect_err("refused")
            .to_string(),
    );
    assert_eq!(
        told,
        [
            "There is nothing at \"./nothing\" in the repository.",
            "\"../../../etc\" leads out of the repository that holds the template.",
            "\"/LICENSE\" is a file: the url of this step names a folder.",
            "There is nothing at \"/etc/passwd\" in the repository.",
            "There is nothing at \"./skeleton\" in the repository.",
        ]
    );
}

/// A program whose template fetches a folder from this URL; `more` is the rest of its configuration.
fn program(url: &str, more: &str) -> Program {
    let template = TEMPLATE.split("  steps:").next().expect("a head");
    let steps = format!("  steps:\n    - {{action: 'fetch:plain', input: {{url: '{url}'}}}}\n");
    Program::new()
        .file("callboard.toml", more)
        .file("values.yaml", "{}")
        .file("template/template.yaml", &format!("{template}{steps}"))
        .env("GOLDEN_TOKEN", PASSWORD)
}

/// What rendering it tells, with the files that came of it.
fn rendered(program: &Program, server: &GitHttp) -> String {
    let arguments = [
        "template",
        "render",
        "template",
        "--values",
        "values.yaml",
        "--out",
        "out",
    ];
    let told = program.run(arguments).to_string();
    assert!(!told.contains(PASSWORD));
    let mut files: Vec<String> = fs::read_dir(program.home().join("out"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let port = format!("127.0.0.1:{}", server.port());
    format!("{told}\n{}", files.join(" ")).replace(&port, "SERVER")
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn other_repositories_are_fetched_from_hosts_that_are_configured() {
    let server = GitHttp::start();
    let golden = repository("golden");
    golden.git(&["tag", "-a", "-m", "one", "v1"]);
    let golden = golden.file("shared/later.txt", "").commit("second");
    server.publish("acme/golden", &golden);
    let url = server.url("acme/golden");
    let page = url.trim_end_matches(".git");
    let source = format!(
        "[[sources]]\nname = \"golden\"\ngit = \"{url}\"\nusername = \"{USER}\"\npassword = \"env:GOLDEN_TOKEN\"\n"
    );
    let told = |url: &str| rendered(&program(url, &source), &server);
    insta::assert_snapshot!(told(&format!("{page}/src/branch/main/shared")), @"
    2 files written into out.

    later.txt run.sh start.sh
    ");
    insta::assert_snapshot!(told(&format!("{page}/src/tag/v1/shared/")), @"
    1 file written into out.

    run.sh start.sh
    ");
    insta::assert_snapshot!(told(&format!("{page}/tree/main")), @"
    6 files written into out.

    LICENSE shared templates
    ");
    insta::assert_snapshot!(told(&url), @"
    6 files written into out.

    LICENSE shared templates
    ");
    insta::assert_snapshot!(told(&format!("{url}#v1")), @"
    5 files written into out.

    LICENSE shared templates
    ");
    insta::assert_snapshot!(told(&format!("{url}#v2")), @r#"
    0 files written into out.
    The step step-1 failed: http://SERVER/acme/golden.git has no branch or tag "v2": correct http://SERVER/acme/golden.git#v2.
    [exit 1]
    "#);
    insta::assert_snapshot!(told(&format!("{page}/src/branch/main/nothing")), @r#"
    0 files written into out.
    The step step-1 failed: There is nothing at "nothing" in the repository.
    [exit 1]
    "#);
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn nothing_is_fetched_from_anywhere_else() {
    let server = GitHttp::start();
    server.publish("acme/golden", &repository("golden"));
    let url = server.url("acme/golden");
    let page = format!("{}/src/branch/main/shared", url.trim_end_matches(".git"));
    let places = [
        page.as_str(),
        &url,
        "file:///etc",
        "git@127.0.0.1:acme/golden.git",
        "ext::sh -c id",
        "https://169.254.169.254/latest/meta-data",
        "http://localhost/acme/golden/tree/main/x",
    ];
    let told: Vec<String> = places
        .iter()
        .map(|url| rendered(&program(url, ""), &server))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    0 files written into out.
    The step step-1 failed: Nothing may be fetched from http://SERVER/acme/golden/src/branch/main/shared: name a source on its host, or list the host in `locations.allow`.
    [exit 1]

    0 files written into out.
    The step step-1 failed: Nothing may be fetched from http://SERVER/acme/golden.git: name a source on its host, or list the host in `locations.allow`.
    [exit 1]

    0 files written into out.
    The step step-1 failed: Nothing may be fetched from file:///etc: name a source on its host, or list the host in `locations.allow`.
    [exit 1]

    0 files written into out.
    The step step-1 failed: Nothing may be fetched from git@127.0.0.1:acme/golden.git: name a source on its host, or list the host in `locations.allow`.
    [exit 1]

    0 files written into out.
    The step step-1 failed: Nothing may be fetched from ext::sh -c id: name a source on its host, or list the host in `locations.allow`.
    [exit 1]

    0 files written into out.
    The step step-1 failed: Nothing may be fetched from https://169.254.169.254/latest/meta-data: name a source on its host, or list the host in `locations.allow`.
    [exit 1]

    0 files written into out.
    The step step-1 failed: Nothing may be fetched from http://localhost/acme/golden/tree/main/x: name a source on its host, or list the host in `locations.allow`.
    [exit 1]
    ");
    assert_eq!(server.requests(), "");
    // Allowed, a host is asked without anybody's credentials.
    let allowed = format!(
        "[locations]\nallow = [\"http://127.0.0.1:{}\"]\n",
        server.port()
    );
    insta::assert_snapshot!(rendered(&program(&page, &allowed), &server), @"
    0 files written into out.
    The step step-1 failed: http://SERVER/acme/golden/src/branch/main/shared cannot be fetched: the remote refused access: it wants a user name and password that it knows; check `username` and `password` of this source.
    [exit 1]
    ");
    assert!(server.requests().contains("/acme/golden.git"));
}
