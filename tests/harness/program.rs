//! The real program, run in a home of its own.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::normal;

/// The program with an empty home, an empty data folder and an empty environment but for `PATH`. Everything is
/// deleted when it is dropped; until then its data stays from run to run.
pub struct Program {
    home: TempDir,
    environment: Vec<(String, String)>,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// What stood on standard output.
    pub stdout: String,
    /// What stood on standard error.
    pub stderr: String,
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
}

impl Program {
    /// A program that was never run.
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        Self {
            home,
            environment: Vec::new(),
        }
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file below its home, which is also the folder it is started in.
    #[must_use]
    pub fn file(self, path: &str, content: &str) -> Self {
        let path = self.home().join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        std::fs::write(path, content).expect("the file is written");
        self
    }

    /// Its home.
    pub fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Runs it to its end, without input.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Finished {
        self.run_with("", arguments)
    }

    /// Runs it to its end with this text as standard input.
    pub fn run_with<S: AsRef<OsStr>>(
        &self,
        input: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Finished {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_owned();
        // A program that does not read its input must not hold the test up, nor fail it.
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
        let output = child.wait_with_output().expect("it ends");
        writer.join().expect("the input is written");
        Finished {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Runs `exec` with this line and gives what it prints; the run must succeed.
    pub fn answers(&self, line: &str) -> String {
        let finished = self.run(["exec", "--", line]);
        assert_eq!(finished.code, 0, "{finished}");
        finished.stdout
    }

    /// The command itself, for what the other methods do not do; see [`super::Running`].
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("USER", "visitor")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            // A machine that runs many tests at once takes its time, and an answer is to be the same every time.
            .env("CALLBOARD_LIMITS__EVIDENCE", "30s")
            .env("CALLBOARD_DATA", self.data())
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The whole run for a snapshot: output, errors where there are any, the exit code where it is not 0; without what
/// differs from run to run.
impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&normal(&self.stdout))?;
        if !self.stderr.is_empty() {
            write!(f, "[stderr] {}", normal(&self.stderr))?;
        }
        if self.code != 0 {
            write!(f, "[exit {}]", self.code)?;
        }
        Ok(())
    }
}
