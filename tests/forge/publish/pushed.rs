//! The whole way with real git: made, pushed to, changed, put forward, taken away; and where credentials do not go.

use std::path::Path;

use callboard::forge::publish::{Mark, Publisher, Undone};
use callboard::git::push::{self, File, NewCommit, Signature};
use callboard::git::{LeafKind, Login, Remote};

use super::{KINDS, fix, payments, publisher};
use crate::harness::forge::{ForgeServer, TOKEN};
use crate::harness::{GitHttp, PATIENCE, Repository};

/// Writes down what can be seen of a push by whoever is on the machine.
const SPY: &str = r#"#!/bin/sh
{
    for process in /proc/[0-9]*; do tr '\0' ' ' < "$process/cmdline"; echo; done | grep -aE '^([^ ]*/)?git'
    cat "${TMPDIR:-/tmp}"/.tmp*/config
} >> "$(dirname "$0")/../seen" 2>/dev/null
exit 0
"#;

async fn remote(publisher: &Publisher, url: &str) -> Remote {
    let (username, password) = publisher.login().await.expect("asked").expect("a login");
    Remote {
        url: url.to_owned(),
        branch: None,
        login: Some(Login {
            username: username.to_owned(),
            password,
        }),
        ssh_key: None,
    }
}

fn commit<'a>(branch: &'a str, onto: Option<&'a str>) -> NewCommit<'a> {
    NewCommit {
        branch,
        onto,
        author: Signature::new("Callboard", "callboard@acme.example"),
        at: jiff::Timestamp::from_second(1_767_614_400).expect("a time"),
        message: "initial commit",
        gone: &[],
    }
}

fn file<'a>(path: &'a str, content: &'a str) -> File<'a> {
    File {
        path,
        kind: LeafKind::File,
        content: content.as_bytes(),
    }
}

fn spy(bare: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(bare.join("hooks")).expect("a folder");
    let hook = bare.join("hooks/pre-receive");
    std::fs::write(&hook, SPY).expect("written");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("set");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx; run by tests/run"]
async fn a_repository_is_made_filled_changed_and_taken_away() {
    let git = GitHttp::start();
    let mut told = Vec::new();
    for kind in KINDS {
        let forge = ForgeServer::start(kind);
        forge.server.serves_git(&git);
        forge.acme().served = Some(git.all());
        let publisher = publisher(&forge);
        let (new, mark) = (payments(kind), Mark::draw().expect("randomness"));
        let created = publisher.create(&new, &mark).await.expect("created");
        let bare = git.served("acme/payments");
        spy(&bare);
        let remote = remote(&publisher, &created.clone_url).await;
        let files = [
            file("README.md", "# Payments\n"),
            file("src/main.rs", "fn main() {}\n"),
        ];
        let first = commit("main", None);

        // Whatever answer is lost, one commit is there in the end.
        let mut ids = Vec::new();
        for lost in [1, 0] {
            forge.server.loses(lost);
            for _ in 0..3 {
                if let Ok(id) = push::push(&remote, &first, files, PATIENCE).await {
                    ids.push(id);
                    break;
                }
            }
        }
        let main = push::head(&remote, "main", PATIENCE).await.expect("asked");
        let main = main.expect("a branch");
        assert_eq!(ids, [main.as_str(); 2], "{kind:?}");
        publisher.finish(&created, &new).await.expect("finished");

        let mut fix = fix();
        let change = commit("fix", Some("main"));
        let owners = [file("CODEOWNERS", "* @acme/payments\n")];
        fix.commit = push::push(&remote, &change, owners, PATIENCE)
            .await
            .expect("pushed");
        let opened = publisher.change_request(&fix).await.expect("opened");
        assert_eq!(opened.commit.as_ref(), Some(&fix.commit));

        let clone = Repository::named("clone");
        let place = bare.to_string_lossy().into_owned();
        clone.git(&["pull", "--quiet", &place, "fix"]);
        assert_eq!(
            clone.git(&["ls-files"]),
            "CODEOWNERS\nREADME.md\nsrc/main.rs"
        );
        assert_eq!(
            clone.git(&["log", "--format=%an %ae %s"]),
            ["Callboard callboard@acme.example initial commit"; 2].join("\n")
        );

        // Somebody else's commit stays, and so does the repository that has it.
        let mine = clone.file("more", "").commit("mine");
        let ahead = mine.git(&["rev-parse", "HEAD"]);
        mine.git(&["push", "--quiet", &place, "HEAD:main"]);
        let over = push::push(&remote, &first, files, PATIENCE).await;
        let over = over.expect_err("refused").to_string();
        told.push(forge.normal(&over));
        assert_eq!(
            mine.git(&["ls-remote", &place, "refs/heads/main"]),
            format!("{ahead}\trefs/heads/main")
        );
        let pushed = [("main", &main), ("fix", &fix.commit)];
        let pushed = pushed
            .map(|(branch, commit)| (branch.to_owned(), commit.clone()))
            .into();
        publisher.withdraw(&opened).await.expect("closed");
        let error = publisher.delete(&created, &pushed).await;
        told.push(error.expect_err("refused").to_string());
        mine.git(&[
            "push",
            "--quiet",
            "--force",
            &place,
            &format!("{main}:main"),
        ]);
        push::remove(&remote, "fix", &fix.commit, PATIENCE)
            .await
            .expect("removed");
        assert_eq!(publisher.delete(&created, &pushed).await, Ok(Undone::Now));
        assert_eq!(forge.acme().made, []);

        let seen = std::fs::read_to_string(bare.join("seen")).expect("it was looked");
        assert!(
            seen.contains("--force-with-lease") && seen.contains("[core]"),
            "{seen}"
        );
        assert!(
            !seen.contains("canary") && !seen.contains("Basic "),
            "{seen}"
        );
        std::fs::remove_dir_all(&bare).expect("removed");
    }
    insta::assert_snapshot!(told.join("\n"), @"
    the branch main of http://forge/acme/payments.git has commits that were not made here, and it was left as it is; choose another name
    acme/payments was left as it is, because its branch main has commits that were not pushed here; if nobody needs it, clear it away by hand
    the branch main of http://forge/acme/payments.git has commits that were not made here, and it was left as it is; choose another name
    acme/payments was left as it is, because its branch main has commits that were not pushed here; if nobody needs it, clear it away by hand
    the branch main of http://forge/acme/payments.git has commits that were not made here, and it was left as it is; choose another name
    acme/payments was left as it is, because its branch main has commits that were not pushed here; if nobody needs it, clear it away by hand
    ");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx; run by tests/run"]
async fn a_push_that_is_refused_says_why() {
    let git = GitHttp::start();
    let bare = git.served("acme/payments");
    crate::harness::git_http::make(&bare);
    let mut remote = Remote {
        url: git.url("acme/payments"),
        branch: None,
        login: Some(Login {
            username: "bot".to_owned(),
            password: TOKEN.to_owned().into(),
        }),
        ssh_key: None,
    };
    let files = [file("a", "b")];
    let first = commit("main", None);
    let mut told = Vec::new();
    let error = push::push(&remote, &first, files, PATIENCE).await;
    told.push(error.expect_err("refused").to_string());
    git.knows("bot", TOKEN);
    spy(&bare);
    let hook = "#!/bin/sh\necho 'GitLab: You are not allowed to push code to protected branches on this project.' >&2\nexit 1\n";
    std::fs::write(bare.join("hooks/pre-receive"), hook).expect("written");
    let error = push::push(&remote, &first, files, PATIENCE).await;
    told.push(error.expect_err("refused").to_string());
    remote.url = git.url("acme/nothing");
    let error = push::push(&remote, &first, files, PATIENCE).await;
    told.push(error.expect_err("refused").to_string());
    let told = told.join("\n").replace(&git.port().to_string(), "PORT");
    assert!(!told.contains("canary"), "{told}");
    insta::assert_snapshot!(told, @"
    http://127.0.0.1:PORT/acme/payments.git does not take a push with these credentials; they need the right to write what the repository holds
    http://127.0.0.1:PORT/acme/payments.git refuses the push to main: pre-receive hook declined: GitLab: You are not allowed to push code to protected branches on this project.
    there is no repository at http://127.0.0.1:PORT/acme/nothing.git, or it is not shown to these credentials
    ");
}
