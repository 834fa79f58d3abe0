//! A local copy of a remote: a bare partial clone with the whole commit graph, blobs only as wanted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command::Git;
use super::tree::Objects;
use super::{GitError, Remote, is_commit};

/// The reference under which a mirror keeps what it fetched last.
const FETCHED: &str = "refs/callboard/fetched";

/// New blobs of the changes between two fetches come along when they are at most this big, which saves
/// the second round trip; bigger ones are fetched when somebody wants them.
const WITH_CHANGES: &str = "--filter=blob:limit=256k";

/// The file in a mirror whose remote gives no single objects, so that everything is fetched at once.
const WHOLE: &str = "callboard-whole";

/// The folder in a mirror where a commit's files are fetched to in one go, before they join the others.
const WHOLESALE: &str = "wholesale";

/// Bigger blobs than any descriptor may be do not come along when a commit's files are fetched in one go.
const OF_ANY_USE: &str = "--filter=blob:limit=6m";

/// For how many objects at once git is asked by their ids: its time for the list grows with the square of its length.
const ASKED_AT_ONCE: usize = 20_000;

/// What every fetch has in common: only what was asked for, and nothing in the background.
const FETCH: [&str; 6] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--recurse-submodules=no",
];

/// A bare partial clone in a folder of its own. The folder is a cache: it may be deleted at any time.
#[derive(Debug, Clone)]
pub struct Mirror {
    folder: PathBuf,
}

/// What a fetch found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The commit's id, 40 hexadecimal digits.
    pub commit: String,
}

impl Mirror {
    /// The mirror in this folder, which is made by the first fetch.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the mirror is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Fetches the remote's branch. A damaged copy is fetched anew, once.
    pub async fn fetch(&self, remote: &Remote, deadline: Duration) -> Result<Fetched, GitError> {
        match self.fetch_once(remote, deadline).await {
            Err(GitError::Damaged(why)) => {
                tracing::warn!(folder = %self.folder.display(), why, "the local copy of a repository is damaged and is fetched anew");
                self.forget()?;
                self.fetch_once(remote, deadline).await
            }
            other => other,
        }
    }

    /// Fetches all files of a commit in one go, which is far quicker than asking for most of them one by one. Its
    /// ancestors' files do not come along.
    pub async fn fetch_files(
        &self,
        remote: &Remote,
        commit: &str,
        deadline: Duration,
    ) -> Result<(), GitError> {
        // A repository of its own, because the mirror must not come to believe that history ends here.
        let apart = Self::at(self.folder.join(WHOLESALE));
        apart.forget()?;
        apart.prepare(remote)?;
        let asked = ["--depth=1", OF_ANY_USE, "origin", commit];
        let arguments = FETCH.into_iter().chain(asked);
        let fetched = Git::new(arguments, deadline)
            .within(&apart.folder)
            .toward(remote)
            .run()
            .await;
        let joined = fetched.and_then(|_| self.take_packs(&apart));
        apart.forget()?;
        joined
    }

    /// Takes over what another mirror has fetched; an index comes last, for it makes its pack known.
    fn take_packs(&self, other: &Self) -> Result<(), GitError> {
        let packs = "objects/pack";
        let mut files: Vec<_> = fs::read_dir(other.folder.join(packs))
            .and_then(Iterator::collect::<Result<_, _>>)
            .map_err(|error| self.broken(&error))?;
        files.sort_by_key(|file: &fs::DirEntry| {
            file.path().extension().is_some_and(|end| end == "idx")
        });
        for file in files {
            fs::rename(file.path(), self.folder.join(packs).join(file.file_name()))
                .map_err(|error| self.broken(&error))?;
        }
        Ok(())
    }

    /// Fetches blobs that the fetch left out, in as few batches as will do. Ids are 40 hexadecimal digits.
    pub async fn fetch_blobs(
        &self,
        remote: &Remote,
        ids: &[String],
        deadline: Duration,
    ) -> Result<(), GitError> {
        for ids in ids.chunks(ASKED_AT_ONCE) {
            match self
                .ask_for(remote, ids, "--filter=blob:none", deadline)
                .await
            {
                // A server that speaks only the first version of the protocol, as behind a proxy that drops its header.
                Err(GitError::Unadvertised) => return self.fetch_whole(remote, deadline).await,
                other => other?,
            }
        }
        Ok(())
    }

    /// Fetches older blobs for somebody who looks at the history, while a sync may be at work: nothing but objects is
    /// written, and a remote that gives no single objects gives none.
    pub async fn fetch_older(
        &self,
        remote: &Remote,
        ids: &[String],
        deadline: Duration,
    ) -> Result<(), GitError> {
        // With a filter git would note it in the configuration, and lock that against the sync.
        self.ask_for(remote, ids, "--no-filter", deadline).await
    }

    async fn ask_for(
        &self,
        remote: &Remote,
        ids: &[String],
        filter: &str,
        deadline: Duration,
    ) -> Result<(), GitError> {
        if ids.is_empty() {
            return Ok(());
        }
        let arguments = FETCH.into_iter().chain([filter, "--stdin", "origin"]);
        Git::new(arguments, deadline)
            .within(&self.folder)
            .setting("fetch.negotiationAlgorithm", "noop")
            .input(ids.join("\n").into_bytes())
            .toward(remote)
            .run()
            .await
            .map(|_| ())
    }

    /// The commits whose parents the remote does not have either.
    pub fn shallow(&self) -> Vec<String> {
        let commits = fs::read_to_string(self.folder.join("shallow")).unwrap_or_default();
        commits.lines().map(str::to_owned).collect()
    }

    /// Starts anew with everything, now and from now on.
    async fn fetch_whole(&self, remote: &Remote, deadline: Duration) -> Result<(), GitError> {
        self.forget()?;
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(self.folder.join(WHOLE), ""))
            .map_err(|error| self.broken(&error))?;
        self.fetch_once(remote, deadline).await.map(|_| ())
    }

    /// Opens the objects for reading.
    pub fn objects(&self) -> Result<Objects, GitError> {
        Objects::open(&self.folder)
    }

    /// Deletes the mirror; the next fetch makes it anew.
    pub fn forget(&self) -> Result<(), GitError> {
        let removed = match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                fs::remove_file(&self.folder)
            }
            other => other,
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.broken(&error)),
            _ => Ok(()),
        }
    }

    async fn fetch_once(&self, remote: &Remote, deadline: Duration) -> Result<Fetched, GitError> {
        let known = self.prepare(remote)?;
        let wanted = match &remote.branch {
            Some(name) if name.starts_with("refs/") || is_commit(name) => {
                format!("+{name}:{FETCHED}")
            }
            Some(branch) => format!("+refs/heads/{branch}:{FETCHED}"),
            None => format!("+HEAD:{FETCHED}"),
        };
        let filter = if self.folder.join(WHOLE).exists() {
            "--no-filter"
        } else if known {
            WITH_CHANGES
        } else {
            "--filter=blob:none"
        };
        let asked = ["--update-shallow", filter, "origin", &wanted];
        let arguments = FETCH.into_iter().chain(asked);
        Git::new(arguments, deadline)
            .within(&self.folder)
            .toward(remote)
            .run()
            .await?;
        let commit =
            fs::read_to_string(self.folder.join(FETCHED)).map_err(|error| self.broken(&error))?;
        Ok(Fetched {
            commit: commit.trim().to_owned(),
        })
    }

    /// Makes the bare repository where there is none and clears what a killed fetch left behind.
    /// Tells whether something was fetched before.
    fn prepare(&self, remote: &Remote) -> Result<bool, GitError> {
        let folder = &self.folder;
        let write = |name: &str, text: &str| {
            fs::write(folder.join(name), text).map_err(|error| self.broken(&error))
        };
        for part in [
            "objects/info",
            "objects/pack",
            "refs/heads",
            "refs/callboard",
        ] {
            fs::create_dir_all(folder.join(part)).map_err(|error| self.broken(&error))?;
        }
        // Written every time: it is small, and a half-written one heals itself.
        write("HEAD", "ref: refs/heads/none\n")?;
        write("config", &configuration(&remote.url))?;
        // One process at a time has the data folder, so a lock that is here now belongs to a fetch that was killed.
        for stale in [
            "shallow.lock",
            "packed-refs.lock",
            "config.lock",
            &format!("{FETCHED}.lock"),
        ] {
            let _ = fs::remove_file(folder.join(stale));
        }
        self.clear_temporary_packs();
        Ok(folder.join(FETCHED).exists())
    }

    fn clear_temporary_packs(&self) {
        let packs = self.folder.join("objects/pack");
        for entry in fs::read_dir(packs).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("tmp_") {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn broken(&self, error: &io::Error) -> GitError {
        use io::ErrorKind::{AlreadyExists, IsADirectory, NotADirectory};
        let why = format!(
            "the folder {} cannot be used: {error}",
            self.folder.display()
        );
        match error.kind() {
            // Something stands where something else belongs.
            AlreadyExists | IsADirectory | NotADirectory => GitError::Damaged(why),
            _ => GitError::Failed(why),
        }
    }
}

/// The configuration of a bare partial clone (gitrepository-layout, partial-clone in git's documentation).
fn configuration(url: &str) -> String {
    let url = url
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', "");
    format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\
         [extensions]\n\tpartialClone = origin\n\
         [remote \"origin\"]\n\turl = \"{url}\"\n\tpromisor = true\n\
         [gc]\n\tauto = 0\n\
         [http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = 60\n"
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn git(folder: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=T",
                "-c",
                "user.email=t@t",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_NO_LAZY_FETCH", "1")
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }

    #[tokio::test]
    async fn the_files_of_a_commit_come_in_one_go_and_history_stays_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let work = folder.path().join("work");
        fs::create_dir(&work).expect("made");
        git(&work, &["init", "--quiet"]);
        git(&work, &["config", "uploadpack.allowFilter", "true"]);
        for text in ["first", "second", "third"] {
            for name in ["a.yaml", "b.yaml"] {
                fs::write(work.join(name), format!("{text} {name}")).expect("written");
            }
            git(&work, &["add", "--all"]);
            git(&work, &["commit", "--quiet", "-m", text]);
        }
        let remote = Remote {
            url: format!("file://{}", work.display()),
            branch: None,
            login: None,
            ssh_key: None,
        };
        let mirror = Mirror::at(folder.path().join("mirror"));
        let minute = Duration::from_mins(1);
        let fetched = mirror.fetch(&remote, minute).await.expect("fetched");
        let blobs = |objects: &Objects| -> Vec<[u8; 20]> {
            let leaves = objects.files(&fetched.commit, |_| true).expect("listed");
            leaves.iter().map(|leaf| leaf.blob).collect()
        };
        let objects = mirror.objects().expect("opened");
        let wanted = blobs(&objects);
        assert_eq!(objects.absent(&wanted).len(), 2);
        mirror
            .fetch_files(&remote, &fetched.commit, minute)
            .await
            .expect("fetched");
        let objects = mirror.objects().expect("opened");
        assert_eq!(objects.absent(&wanted).len(), 0);
        let count = git(mirror.folder(), &["rev-list", "--count", &fetched.commit]);
        assert_eq!(count, "3");
        assert!(!mirror.folder().join("shallow").exists());
        assert!(!mirror.folder().join(WHOLESALE).exists());
        let there = git(
            mirror.folder(),
            &[
                "cat-file",
                "--batch-all-objects",
                "--batch-check=%(objecttype)",
            ],
        );
        let of = |kind: &str| there.lines().filter(|line| *line == kind).count();
        assert_eq!((of("blob"), of("commit")), (2, 3));
    }
}
