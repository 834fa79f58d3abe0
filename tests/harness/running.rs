//! A run of the real program that is watched, told things and killed while it is under way.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::{GLANCE, PATIENCE, normal};

/// A program in a process group of its own, which is killed when this is dropped.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Stream,
    stderr: Stream,
}

/// How a run ended.
pub struct Ended {
    /// What stood on standard output.
    pub stdout: String,
    /// What stood on standard error.
    pub stderr: String,
    /// The exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

/// What was read of a pipe so far.
struct Stream {
    text: Arc<(Mutex<Text>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    ended: bool,
}

impl Running {
    /// Starts it.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = Stream::of(child.stdout.take().expect("a pipe"));
        let stderr = Stream::of(child.stderr.take().expect("a pipe"));
        Self {
            stdin: child.stdin.take(),
            child,
            stdout,
            stderr,
        }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        writeln!(stdin, "{line}").expect("it reads its input");
    }

    /// Waits until these words stand on its standard output, and gives all that stands there.
    pub fn says(&self, words: &str) -> String {
        self.stdout.until(words).unwrap_or_else(|text| {
            let stderr = self.stderr.so_far();
            panic!("{words:?} was never said, but {text:?}; standard error: {stderr:?}")
        })
    }

    /// Waits until these words stand on its standard error, and gives all that stands there.
    pub fn complains(&self, words: &str) -> String {
        self.stderr
            .until(words)
            .unwrap_or_else(|text| panic!("{words:?} is not on standard error, but {text:?}"))
    }

    /// What stands on its standard error by now.
    pub fn complained(&self) -> String {
        self.stderr.so_far()
    }

    /// Sends a signal to the program alone, as `kill` does.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the program is there");
    }

    /// Sends a signal to its whole process group, as a terminal does with Ctrl-C.
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(self.pid(), signal).expect("the program is there");
    }

    /// The most memory that it has had resident so far, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the program is there");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number
            .and_then(|number| number.parse::<u64>().ok())
            .expect("a number of KiB")
            * 1024
    }

    /// Closes its input and waits for its end.
    pub fn end(mut self) -> Ended {
        drop(self.stdin.take());
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            assert!(started.elapsed() < PATIENCE * 4, "the program does not end");
            std::thread::sleep(GLANCE);
        };
        Ended {
            stdout: self.stdout.all(),
            stderr: self.stderr.all(),
            code: status.code(),
            signal: status.signal(),
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill_process_group(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

impl Stream {
    fn of(pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::<(Mutex<Text>, Condvar)>::default();
        let shared = text.clone();
        let reader = std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let (text, news) = &*shared;
            loop {
                let read = match pipe.fill_buf() {
                    Ok(bytes) => {
                        let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                        text.bytes.extend_from_slice(bytes);
                        text.ended = bytes.is_empty();
                        bytes.len()
                    }
                    Err(_) => 0,
                };
                news.notify_all();
                if read == 0 {
                    break;
                }
                pipe.consume(read);
            }
        });
        Self {
            text,
            reader: Some(reader),
        }
    }

    fn so_far(&self) -> String {
        let text = self.text.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&text.bytes).into_owned()
    }

    fn until(&self, words: &str) -> Result<String, String> {
        let (text, news) = &*self.text;
        let text = text.lock().unwrap_or_else(PoisonError::into_inner);
        let missing =
            |text: &mut Text| !text.ended && !String::from_utf8_lossy(&text.bytes).contains(words);
        let (text, _) = news
            .wait_timeout_while(text, PATIENCE, missing)
            .unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&text.bytes).into_owned();
        if text.contains(words) {
            Ok(text)
        } else {
            Err(text)
        }
    }

    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the pipe is read");
        }
        self.so_far()
    }
}

/// The whole run for a snapshot: output, errors where there are any, how it ended where that is not well; without what
/// differs from run to run.
impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&normal(&self.stdout))?;
        if !self.stderr.is_empty() {
            write!(f, "[stderr] {}", normal(&self.stderr))?;
        }
        match (self.code, self.signal) {
            (Some(0), _) => Ok(()),
            (Some(code), _) => write!(f, "[exit {code}]"),
            (None, signal) => write!(f, "[signal {}]", signal.unwrap_or_default()),
        }
    }
}
