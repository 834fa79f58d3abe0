//! Running the system's `git`: a clean environment, a deadline, no prompt, no secret in the arguments.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::{GitError, Remote, without_credentials};

/// Variables that would make git work on another repository than the one it is told to.
const LOCATING: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// The transports that may be used; `ext::` and other helpers run programs and stay shut.
const PROTOCOLS: &str = "file:git:http:https:ssh";

/// What git says of an answer that sends it elsewhere, where it is not to go.
const REDIRECTED: [&str; 5] = [
    "returned error: 301",
    "returned error: 302",
    "returned error: 303",
    "returned error: 307",
    "returned error: 308",
];

/// One call of `git`.
pub struct Git {
    command: Command,
    stdin: Option<Vec<u8>>,
    deadline: Duration,
    settings: Vec<(String, String)>,
}

impl Git {
    /// `git` with the given arguments, to end within `deadline`.
    pub fn new<'a>(arguments: impl IntoIterator<Item = &'a str>, deadline: Duration) -> Self {
        let mut command = Command::new("git");
        for variable in LOCATING {
            command.env_remove(variable);
        }
        command
            .args(arguments)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GCM_INTERACTIVE", "never")
            .env("SSH_ASKPASS_REQUIRE", "never")
            .env_remove("GIT_ASKPASS")
            .env_remove("SSH_ASKPASS")
            .env("GIT_ALLOW_PROTOCOL", PROTOCOLS)
            // What is wanted is fetched by name; of a shallow remote git would ask for the missing parents without end.
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("LC_ALL", "C")
            .process_group(0)
            .kill_on_drop(true)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            command,
            stdin: None,
            deadline,
            settings: Vec::new(),
        }
    }

    /// Runs in the given folder.
    #[must_use]
    pub fn within(mut self, folder: &std::path::Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Gives bytes to read.
    #[must_use]
    pub fn input(mut self, bytes: Vec<u8>) -> Self {
        self.stdin = Some(bytes);
        self
    }

    /// Adds a setting as if by `-c`, through the environment, so that it may hold a secret.
    #[must_use]
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Adds what the remote needs: its credentials for its own URL only, its ssh key, no credential dialogue.
    #[must_use]
    pub fn toward(mut self, remote: &Remote) -> Self {
        if let Some(login) = &remote.login {
            let pair = format!("{}:{}", login.username, login.password.expose_secret());
            let header = format!("Authorization: Basic {}", BASE64.encode(pair));
            // The header would go along to wherever the remote sends us.
            self = self
                .setting(&format!("http.{}.extraHeader", remote.url), &header)
                .setting("http.followRedirects", "false");
        }
        if let Some(key) = &remote.ssh_key {
            let key = key.to_string_lossy().replace('\'', r"'\''");
            let ssh = format!("ssh -i '{key}' -o IdentitiesOnly=yes -o BatchMode=yes");
            self.command.env("GIT_SSH_COMMAND", ssh);
        }
        self
    }

    /// Runs it and gives what it printed. The whole process group is killed at the deadline or when the
    /// future is dropped.
    pub async fn run(mut self) -> Result<Vec<u8>, GitError> {
        let stdin = self.stdin.take();
        self.command.stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        self.command
            .env("GIT_CONFIG_COUNT", self.settings.len().to_string());
        for (number, (key, value)) in self.settings.iter().enumerate() {
            self.command.env(format!("GIT_CONFIG_KEY_{number}"), key);
            self.command
                .env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        let mut child = self
            .command
            .spawn()
            .map_err(|error| GitError::NoGit(error.to_string()))?;
        let group = Group(child.id());
        let feed = stdin
            .zip(child.stdin.take())
            .map(|(bytes, mut pipe)| async move {
                // A git that ends early closes the pipe; its own message says why.
                let _ = pipe.write_all(&bytes).await;
            });
        let work = async {
            let (output, ()) = tokio::join!(child.wait_with_output(), async {
                if let Some(feed) = feed {
                    feed.await;
                }
            });
            output
        };
        let output = match tokio::time::timeout(self.deadline, work).await {
            Ok(output) => output.map_err(|error| GitError::Failed(error.to_string()))?,
            Err(_) => return Err(GitError::TimedOut(self.deadline.as_secs())),
        };
        group.ended();
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(failure(&String::from_utf8_lossy(&output.stderr)))
        }
    }
}

/// A running process group, killed when dropped before it ended: git's own children would live on otherwise.
struct Group(Option<u32>);

impl Group {
    fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let pid = self
            .0
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself in the meantime.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Sorts git's message into a kind of error.
fn failure(stderr: &str) -> GitError {
    let message = sentence(stderr);
    let lower = stderr.to_lowercase();
    let any = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
    // What the remote says of itself is no damage here.
    let local = |needles: &[&str]| {
        let mut lines = lower.lines().filter(|line| !line.starts_with("remote:"));
        lines.any(|line| needles.iter().any(|needle| line.contains(needle)))
    };
    if let Some(why) = rejection(stderr) {
        return GitError::Rejected(why);
    }
    if any(&["couldn't find remote ref"]) {
        // The name as it was asked for, not in lower case.
        let rest = stderr.split("find remote ref").nth(1).unwrap_or_default();
        let branch = rest.split_whitespace().next().unwrap_or_default();
        let branch = branch.trim_start_matches("refs/heads/").to_owned();
        return if branch == "HEAD" {
            GitError::Empty
        } else {
            GitError::NoBranch(branch)
        };
    }
    if any(&[
        "authentication failed",
        "could not read username",
        "could not read password",
        "returned error: 401",
        "returned error: 403",
    ]) {
        // What git says of prompts and terminals would not help anybody.
        let why = if any(&["error: 403"]) {
            &message
        } else {
            "it wants a user name and password that it knows"
        };
        return GitError::Denied(format!(
            "{why}; check `username` and `password` of this source"
        ));
    }
    if any(&REDIRECTED) {
        return GitError::Failed(
            "the remote sends us to another address, and credentials are not sent along; a browser shows where it is now: \
             write that address, with `.git` at its end, into `git` of this source, or into what leads to it"
                .to_owned(),
        );
    }
    if any(&["permission denied (", "host key verification failed"]) {
        let why = message.trim_end_matches('.');
        return GitError::Denied(format!(
            "{why}; check `ssh_key` of this source, and that the host is among the known hosts"
        ));
    }
    if any(&["unadvertised object", "not our ref"]) {
        return GitError::Unadvertised;
    }
    if local(&[
        "object corrupt",
        "is corrupt",
        "bad object",
        "not a git repository: ",
        "bad config",
        "index-pack failed",
        "unable to create",
        "reference broken",
        "packed-refs",
    ]) && !any(&["early eof", "disconnect", "hung up", "rpc failed"])
    {
        return GitError::Damaged(message);
    }
    GitError::Failed(message)
}

/// Why the remote did not move a branch: the reason that git gives in brackets, and what the remote says itself.
fn rejection(stderr: &str) -> Option<String> {
    let line = stderr.lines().find(|line| {
        let line = line.trim_start();
        line.starts_with("! [rejected]") || line.starts_with("! [remote rejected]")
    })?;
    let reason = line.rsplit_once('(').map_or(line, |(_, reason)| reason);
    let words = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(|line| line.trim().trim_start_matches("error: "))
        .filter(|line| line.contains(char::is_alphabetic))
        .take(3);
    let told: Vec<&str> = [reason.trim_end_matches(')')]
        .into_iter()
        .chain(words)
        .collect();
    Some(plain(&told.join(": ")))
}

/// A text of git's without credentials and control characters, and not too long.
fn plain(text: &str) -> String {
    without_credentials(text)
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect()
}

/// The lines of git's message that say what is wrong, in one line, without credentials and control characters.
fn sentence(stderr: &str) -> String {
    let telling: Vec<&str> = stderr
        .lines()
        .map(|line| line.trim_start_matches("remote: ").trim())
        .filter(|line| line.starts_with("fatal:") || line.starts_with("error:"))
        .map(|line| {
            line.trim_start_matches("fatal: ")
                .trim_start_matches("error: ")
        })
        .collect();
    let text = match telling.as_slice() {
        [] => stderr
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap_or("git failed without a word"),
        // ssh has said why on the line before.
        ["Could not read from remote repository.", ..] => stderr
            .lines()
            .map(str::trim)
            .take_while(|line| !line.starts_with("fatal:"))
            .filter(|line| !line.is_empty())
            .last()
            .unwrap_or("the remote ended the connection without a word"),
        lines => lines[0],
    };
    format!("git says: {}", plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_kinds() {
        assert!(
            matches!(failure("fatal: couldn't find remote ref refs/heads/Gone/1\n"), GitError::NoBranch(b) if b == "Gone/1")
        );
        assert!(matches!(
            failure("fatal: couldn't find remote ref HEAD\n"),
            GitError::Empty
        ));
        assert!(matches!(
            failure("fatal: Authentication failed for 'https://x/'\n"),
            GitError::Denied(_)
        ));
        assert!(matches!(
            failure("error: inflate\nfatal: early EOF\nfatal: index-pack failed\n"),
            GitError::Failed(_)
        ));
        let ssh = "Host key verification failed.\nfatal: Could not read from remote repository.\n\nPlease make sure …\n";
        assert!(
            matches!(failure(ssh), GitError::Denied(why) if why.starts_with("git says: Host key verification failed; check `ssh_key`"))
        );
        let refused = "remote: \nremote: ====\nremote: GitLab: You may not push to https://u:p@h/x.\nremote: \nTo http://h/x\n \
                       ! [remote rejected] 1f -> main (pre-receive hook declined)\nerror: failed to push some refs to 'http://h/x'\n";
        assert!(
            matches!(failure(refused), GitError::Rejected(why) if why == "pre-receive hook declined: GitLab: You may not push to https://h/x.")
        );
        let told = failure("fatal: unable to access 'https://u:p@h/x': nope\n").to_string();
        assert_eq!(told, "git says: unable to access 'https://h/x': nope");
    }

    #[tokio::test]
    async fn a_git_that_hangs_is_killed_with_its_children() {
        let started = std::time::Instant::now();
        let hang = Git::new(
            ["-c", "alias.hang=!sleep 30 | sleep 30", "hang"],
            Duration::from_millis(200),
        );
        assert!(matches!(hang.run().await, Err(GitError::TimedOut(_))));
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
