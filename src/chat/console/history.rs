//! The lines typed before, kept in a file that only their writer can read.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// How many lines are remembered. The file is cut back to this when it holds twice as many.
pub(super) const REMEMBERED: usize = 1000;

/// The history file, open for writing.
///
/// rustyline's own file is not used: it makes it by changing the umask of the whole process for a moment, in
/// which other threads would make folders that cannot be entered.
#[derive(Debug)]
pub(super) struct History {
    file: File,
}

impl History {
    /// Opens or makes the file, and gives the lines in it, oldest first.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<String>)> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect();
        let crowded = lines.len() > 2 * REMEMBERED;
        lines.drain(..lines.len().saturating_sub(REMEMBERED));
        if crowded {
            let shorter = path.with_extension("new");
            let mut file = private()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&shorter)?;
            for line in &lines {
                writeln!(file, "{line}")?;
            }
            fs::rename(&shorter, path)?;
        }
        let mut file = private().append(true).create(true).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        if !crowded && bytes.last().is_some_and(|last| *last != b'\n') {
            // The last line was cut off by an abrupt end.
            writeln!(file)?;
        }
        Ok((Self { file }, lines))
    }

    /// Writes one line down at once; line breaks in it become blanks.
    pub(super) fn add(&mut self, line: &str) -> io::Result<()> {
        let line: String = line
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        self.file.write_all(format!("{line}\n").as_bytes())
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_and_only_their_writer_can_read_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history");
        let (mut history, lines) = History::open(&path).expect("a new file");
        assert!(lines.is_empty());
        history.add("who-owns payments").expect("a line");
        history.add("two\nlines").expect("a line");
        let (_, lines) = History::open(&path).expect("the file");
        assert_eq!(lines, ["who-owns payments", "two lines"]);
        let mode = fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_others_could_read_is_closed_to_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history");
        fs::write(&path, "owns pay").expect("a file without a last line break");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("open to all");
        let (mut history, _) = History::open(&path).expect("the file");
        history.add("help").expect("a line");
        let (_, lines) = History::open(&path).expect("the file");
        assert_eq!(lines, ["owns pay", "help"]);
        let mode = fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_long_history_is_cut_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history");
        let many: Vec<String> = (0..=2 * REMEMBERED).map(|n| format!("line {n}")).collect();
        fs::write(&path, many.join("\n")).expect("a long file");
        let (_, lines) = History::open(&path).expect("the file");
        assert_eq!(lines.len(), REMEMBERED);
        assert_eq!(lines.last().map(String::as_str), Some("line 2000"));
        let kept = fs::read_to_string(&path).expect("the file");
        assert_eq!(kept.lines().count(), REMEMBERED);
    }
}
