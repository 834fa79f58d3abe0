//! The lines that come in, one at a time, read by a thread of their own because reading blocks.

use std::io::{self, BufRead as _, BufReader, Read};
use std::sync::mpsc as blocking;
use std::thread;

use tokio::sync::mpsc;

/// The longest line that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// What came of waiting for a line.
#[derive(Debug)]
pub(super) enum Typed {
    /// A line, without its line break.
    Line {
        /// The text; what was not UTF-8 in it has been replaced.
        text: String,
        /// Whether it was longer than what is read.
        cut: bool,
    },
    /// Ctrl-C at the prompt.
    Interrupted {
        /// Whether there was something on the line.
        typing: bool,
    },
    /// Keys that are not text.
    Unreadable,
    /// There will be no more lines.
    End,
    /// Reading is not possible.
    Failed(io::Error),
}

/// Where lines come from.
pub(super) trait Source: Send {
    /// Waits for the next line.
    fn read(&mut self) -> Typed;
}

/// Lines to ask for, read on a thread that nobody waits for at the end.
pub(super) struct Lines {
    asked: blocking::Sender<()>,
    typed: mpsc::Receiver<Typed>,
}

impl Lines {
    /// Starts the reading thread.
    pub(super) fn start(mut source: impl Source + 'static) -> io::Result<Self> {
        let (asked, asks) = blocking::channel();
        let (answers, typed) = mpsc::channel(1);
        thread::Builder::new()
            .name("console".to_owned())
            .spawn(move || {
                while asks.recv().is_ok() {
                    if answers.blocking_send(source.read()).is_err() {
                        break;
                    }
                }
            })?;
        Ok(Self { asked, typed })
    }

    /// Asks for a line and waits for it.
    pub(super) async fn next(&mut self) -> Typed {
        if self.asked.send(()).is_err() {
            return Typed::End;
        }
        self.typed.recv().await.unwrap_or(Typed::End)
    }
}

/// Lines from a pipe or a file.
pub(super) struct Pipe {
    reader: BufReader<Box<dyn Read + Send>>,
}

impl Pipe {
    /// Reads lines from `input`.
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            reader: BufReader::new(input),
        }
    }

    fn line(&mut self) -> io::Result<Option<(String, bool)>> {
        let mut bytes = Vec::new();
        let most = LONGEST as u64 + 2;
        if self
            .reader
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut bytes)?
            == 0
        {
            return Ok(None);
        }
        if bytes.last() != Some(&b'\n') {
            self.skip_line()?;
        }
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        Ok(Some(shorten(&String::from_utf8_lossy(&bytes))))
    }

    /// The next message: a line, or as many as belong to the code that begins in it.
    fn message(&mut self) -> io::Result<Option<(String, bool)>> {
        let Some((mut text, mut cut)) = self.line()? else {
            return Ok(None);
        };
        while is_open(&text) && !cut {
            let Some((line, longer)) = self.line()? else {
                break;
            };
            text.push('\n');
            text.push_str(&line);
            cut = longer;
            if text.len() > LONGEST {
                text.truncate(text.floor_char_boundary(LONGEST));
                cut = true;
            }
        }
        Ok(Some((text, cut)))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let read = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(read);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

impl Source for Pipe {
    fn read(&mut self) -> Typed {
        match self.message() {
            Ok(Some((text, cut))) => Typed::Line { text, cut },
            Ok(None) => Typed::End,
            Err(error) => Typed::Failed(error),
        }
    }
}

/// Whether a fence of code is open at the end of a text, so that its message goes on.
pub(super) fn is_open(text: &str) -> bool {
    text.matches("```").count() % 2 == 1
}

/// Cuts a line that is too long, and says whether it did. A mark at the beginning that only tells the byte order is dropped.
pub(super) fn shorten(line: &str) -> (String, bool) {
    let line = line.trim_start_matches('\u{FEFF}');
    let end = line.floor_char_boundary(LONGEST);
    (line[..end].to_owned(), end < line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(input: Vec<u8>) -> Vec<(String, bool)> {
        let mut pipe = Pipe::new(Box::new(io::Cursor::new(input)));
        std::iter::from_fn(|| pipe.line().expect("readable")).collect()
    }

    #[test]
    fn line_ends_of_all_kinds_are_taken_off() {
        let lines = read_all(b"\xEF\xBB\xBFhelp\r\nstatus\n\nlast".to_vec());
        let texts: Vec<_> = lines.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["help", "status", "", "last"]);
    }

    #[test]
    fn what_is_not_utf_8_is_replaced() {
        assert_eq!(
            read_all(b"pay\xFFments\n".to_vec()),
            [("pay\u{FFFD}ments".to_owned(), false)]
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() {
        let mut input = "é".repeat(LONGEST).into_bytes();
        input.extend_from_slice(b"\nhelp\n");
        let lines = read_all(input);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].0.len(), LONGEST);
        assert!(lines[0].1);
        assert_eq!(lines[1], ("help".to_owned(), false));
    }

    #[test]
    fn code_in_a_fence_is_one_message() {
        let input = "help\nwho-owns ```\na\n\nb\n```\n```x```\nstatus\n```\nnever closed";
        let mut pipe = Pipe::new(Box::new(io::Cursor::new(input)));
        let messages: Vec<String> =
            std::iter::from_fn(|| pipe.message().expect("readable").map(|(text, _)| text))
                .collect();
        assert_eq!(
            messages,
            [
                "help",
                "who-owns ```\na\n\nb\n```",
                "```x```",
                "status",
                "```\nnever closed"
            ]
        );
    }

    #[test]
    fn the_longest_line_is_not_cut() {
        let mut input = "x".repeat(LONGEST).into_bytes();
        input.extend_from_slice(b"\r\n");
        assert_eq!(read_all(input), [("x".repeat(LONGEST), false)]);
    }
}
