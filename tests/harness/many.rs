//! Very many small repositories on one server, made quickly, and how many of them are read at once.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{GitHttp, repository};

/// Serves a repository of each name whose only file is its `catalog-info.yaml`; an empty text makes an empty repository.
/// All share one store of objects, so that each takes four small files and no run of git.
pub fn publish(server: &GitHttp, repositories: &[(String, String)]) {
    let store = server.served("store");
    let folder = store.parent().expect("it is in a folder").to_owned();
    let place = store.to_string_lossy().into_owned();
    let init = ["init", "--quiet", "--bare", "--template=", &place];
    let made = repository::git(&folder, &folder, &init).status();
    assert!(made.expect("git runs").success());
    let marks = folder.join("marks");
    let export = format!("--export-marks={}", marks.display());
    let mut import = repository::git(&store, &folder, &["fast-import", "--quiet", &export])
        .stdin(Stdio::piped())
        .spawn()
        .expect("git starts");
    let mut stream = import.stdin.take().expect("a pipe");
    for (number, (_, text)) in (1..).zip(repositories) {
        let author = "Ana <ana@acme.example> 1767603600 +0000";
        write!(
            stream,
            "commit refs/heads/r{number}\nmark :{number}\nauthor {author}\ncommitter {author}\ndata 5\nfirst\n\
             M 100644 inline catalog-info.yaml\ndata {}\n{text}\n",
            text.len()
        )
        .expect("git reads");
    }
    drop(stream);
    assert!(import.wait().expect("git ends").success());
    let marks = fs::read_to_string(marks).expect("they are written");
    let mut commits: Vec<(usize, &str)> = marks
        .lines()
        .filter_map(|line| line.strip_prefix(':')?.split_once(' '))
        .map(|(mark, commit)| (mark.parse().expect("a number"), commit))
        .collect();
    commits.sort_unstable();
    for ((name, text), (_, commit)) in repositories.iter().zip(commits) {
        let bare = server.served(name);
        let commit = (!text.is_empty()).then_some(commit);
        bare_repository(&bare, &store, commit);
    }
}

fn bare_repository(bare: &Path, store: &Path, commit: Option<&str>) {
    let write = |path: &str, text: String| {
        let path = bare.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    };
    write("HEAD", "ref: refs/heads/main\n".to_owned());
    let config = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[uploadpack]\n\tallowFilter = true\n";
    write("config", config.to_owned());
    let objects = format!("{}/objects\n", store.display());
    write("objects/info/alternates", objects);
    fs::create_dir_all(bare.join("refs/heads")).expect("a folder");
    if let Some(commit) = commit {
        write("refs/heads/main", format!("{commit}\n"));
    }
}

/// A `git` that notes when it begins and when it ends.
pub struct CountedGit {
    folder: PathBuf,
}

impl CountedGit {
    /// Puts it into this folder.
    pub fn in_folder(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).expect("a folder");
        let script = format!(
            "#!/bin/sh\necho + >>'{log}'\nPATH=\"${{PATH#*:}}\" git \"$@\"\ncode=$?\necho - >>'{log}'\nexit $code\n",
            log = folder.join("log").display()
        );
        let program = folder.join("git");
        fs::write(&program, script).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("allowed");
        Self { folder }
    }

    /// The `PATH` in which it is found before the real one.
    pub fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        format!("{}:{path}", self.folder.display())
    }

    /// How many there were, and how many at once.
    pub fn counts(&self) -> (usize, usize) {
        let log = fs::read_to_string(self.folder.join("log")).expect("git was run");
        let (mut all, mut running, mut most) = (0, 0_usize, 0);
        for line in log.lines() {
            if line == "+" {
                all += 1;
                running += 1;
                most = most.max(running);
            } else {
                running -= 1;
            }
        }
        (all, most)
    }
}
