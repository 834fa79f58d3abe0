//! What has been shown, so that a message can be edited, and a number can stand for a choice.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::mpsc as blocking;

use unicode_width::UnicodeWidthStr as _;

use crate::message::{Choice, Picture, Reply};

use super::paint::{Paint, Span, Tint, paint};
use super::render::{Style, plain, render};

/// What the output can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Somebody is looking at it.
    pub interactive: bool,
    /// Escape codes may be used.
    pub colour: bool,
    /// The cursor can be moved.
    pub moves: bool,
    /// Tells columns and rows, where there are such.
    pub size: fn() -> Option<(usize, usize)>,
}

/// What a line that was typed means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is for the bot.
    Line(String),
    /// It is the number of a choice.
    Choice(Choice),
    /// It is a number, but there are only so many choices.
    Beyond(usize),
}

/// Where we are between one line and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Nothing is going on.
    Rest,
    /// Somebody is typing.
    Prompt,
    /// A line is being answered.
    Turn,
}

/// The output and what stands on it.
pub(super) struct Screen {
    output: Box<dyn Write + Send>,
    look: Look,
    moment: Moment,
    /// Prints above the prompt.
    printer: Option<blocking::Sender<String>>,
    /// How many messages there have been; their numbers are their ids.
    messages: u64,
    /// The last message, as long as nothing stands below it.
    last: Option<(u64, String)>,
    /// What is said in this turn; in a pipe it is shown at the end of the turn, in its last wording.
    held: Vec<(u64, String)>,
    /// The choices that numbers stand for, and the message they came with.
    offered: Option<(u64, Vec<Choice>)>,
    /// The last picture of this turn.
    picture: Option<Picture>,
    /// Nothing was shown since the last prompt.
    fresh: bool,
}

impl Screen {
    pub(super) fn new(output: Box<dyn Write + Send>, look: Look) -> Self {
        Self {
            output,
            look,
            moment: Moment::Rest,
            printer: None,
            messages: 0,
            last: None,
            held: Vec::new(),
            offered: None,
            picture: None,
            fresh: true,
        }
    }

    /// Uses a way to print above the prompt while somebody types.
    pub(super) fn print_above(&mut self, printer: Option<blocking::Sender<String>>) {
        self.printer = printer;
    }

    /// Ends a turn; in a terminal the prompt follows.
    pub(super) fn prompt(&mut self) -> io::Result<()> {
        self.show_held()?;
        self.moment = Moment::Rest;
        if self.look.interactive {
            if !self.fresh {
                self.write("\n")?;
            }
            self.fresh = true;
            self.last = None;
            self.moment = Moment::Prompt;
        }
        Ok(())
    }

    /// Begins a turn: a line was typed.
    pub(super) fn turn(&mut self) {
        self.picture = None;
        self.moment = Moment::Turn;
    }

    /// The last picture of this turn.
    pub(super) fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref()
    }

    /// Ends everything; what is said later is still shown.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.printer = None;
        self.show_held()?;
        if self.moment == Moment::Prompt && self.look.moves {
            // The line editor was left without a word: switch its paste mode off, and leave its line.
            self.write("\x1b[?2004l\n")?;
        }
        self.moment = Moment::Rest;
        Ok(())
    }

    /// Shows a message and gives its id.
    pub(super) fn show(&mut self, reply: &Reply) -> io::Result<u64> {
        self.messages += 1;
        let id = self.messages;
        if !reply.choices.is_empty() {
            self.offered = Some((id, reply.choices.clone()));
        }
        let text = self.text(reply);
        self.put(id, text)?;
        Ok(id)
    }

    /// Shows other words for a message. `false`: there is no such message.
    pub(super) fn replace(&mut self, id: u64, reply: &Reply) -> io::Result<bool> {
        if id == 0 || id > self.messages {
            return Ok(false);
        }
        match &self.offered {
            _ if !reply.choices.is_empty() => self.offered = Some((id, reply.choices.clone())),
            Some((offered, _)) if *offered == id => self.offered = None,
            _ => {}
        }
        let text = self.text(reply);
        if let Some((_, held)) = self.held.iter_mut().find(|(held, _)| *held == id) {
            *held = text;
            return Ok(true);
        }
        if let Some((last, before)) = &self.last
            && *last == id
        {
            if *before == text {
                return Ok(true);
            }
            if let Some(rows) = self.rows_to_clear(before) {
                let shown = format!("\x1b[{rows}A\r\x1b[J{text}\n");
                self.last = Some((id, text));
                self.write(&shown)?;
                return Ok(true);
            }
        }
        self.put(id, text)?;
        Ok(true)
    }

    /// Says something of the console's own.
    pub(super) fn note(&mut self, sentence: &str) -> io::Result<()> {
        self.put(0, plain(sentence))
    }

    /// Reads a line: a bare number stands for a choice where some were offered. Any other line ends the offer.
    pub(super) fn read(&mut self, line: &str) -> Meaning {
        let number = line.trim();
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let Some((id, choices)) = self.offered.take() else {
            return Meaning::Line(line.to_owned());
        };
        if !is_number {
            return Meaning::Line(line.to_owned());
        }
        let chosen = number
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        if let Some(choice) = chosen.and_then(|position| choices.get(position)) {
            return Meaning::Choice(choice.clone());
        }
        let count = choices.len();
        self.offered = Some((id, choices));
        Meaning::Beyond(count)
    }

    fn put(&mut self, id: u64, text: String) -> io::Result<()> {
        match (self.moment, &self.printer) {
            (Moment::Turn, _) if !self.look.interactive => {
                self.held.push((id, text));
                Ok(())
            }
            (Moment::Prompt, Some(printer)) => printer
                .send(format!("{text}\n"))
                .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe)),
            _ => self.show_text(id, text),
        }
    }

    fn show_held(&mut self) -> io::Result<()> {
        for (id, text) in std::mem::take(&mut self.held) {
            self.show_text(id, text)?;
        }
        Ok(())
    }

    fn show_text(&mut self, id: u64, text: String) -> io::Result<()> {
        let gap = if self.fresh { "" } else { "\n" };
        self.fresh = false;
        let shown = format!("{gap}{text}\n");
        self.last = Some((id, text));
        self.write(&shown)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()
    }

    fn text(&mut self, reply: &Reply) -> String {
        let colour = self.look.colour;
        let style = Style {
            colour,
            width: self.columns(),
        };
        let mut text = render(&reply.markdown, style);
        if let Some(picture) = &reply.picture {
            self.picture = Some(picture.clone());
            let alt = look(
                format!("[picture: {}]", plain(&picture.alt)),
                Paint::DIM,
                colour,
            );
            text = [text, alt]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("\n\n");
        }
        let digits = reply.choices.len().to_string().len();
        for (position, choice) in reply.choices.iter().enumerate() {
            let number = look(format!("{:>digits$}", position + 1), Paint::CODE, colour);
            let gap = match (position, text.is_empty()) {
                (0, true) => "",
                (0, false) => "\n\n",
                _ => "\n",
            };
            // Writing into a string cannot fail.
            let _ = write!(text, "{gap}  {number}  {}", plain(&choice.label));
        }
        text
    }

    fn columns(&self) -> Option<usize> {
        if !self.look.interactive {
            return None;
        }
        Some((self.look.size)().map_or(80, |(columns, _)| columns))
    }

    /// How many rows of the terminal a text takes; `None` when they cannot all be reached.
    fn rows_to_clear(&self, text: &str) -> Option<usize> {
        if !self.look.moves {
            return None;
        }
        let (columns, rows) = (self.look.size)()?;
        let taken: usize = text
            .split('\n')
            .map(|line| visible(line).width().div_ceil(columns).max(1))
            .sum();
        (taken < rows).then_some(taken)
    }
}

fn look(text: String, look: Paint, colour: bool) -> String {
    paint(&[Span::painted(text, look)], Tint::Plain, colour)
}

/// A line of ours without its escape codes.
fn visible(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('\x1b') {
        shown.push_str(&rest[..start]);
        let code = &rest[start + 1..];
        let end = if code.starts_with(']') {
            code.find("\x1b\\").map(|end| end + 2)
        } else {
            code.find('m').map(|end| end + 1)
        };
        rest = end.map_or("", |end| &code[end..]);
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Paper {
        /// What was written since the last time, with the escape character made visible.
        fn take(&self) -> String {
            let bytes = std::mem::take(&mut *self.0.lock().expect("not poisoned"));
            String::from_utf8(bytes)
                .expect("UTF-8")
                .replace('\x1b', "␛")
        }
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .expect("not poisoned")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn screen(interactive: bool) -> (Screen, Paper) {
        let paper = Paper::default();
        let look = Look {
            interactive,
            colour: false,
            moves: interactive,
            size: || Some((20, 6)),
        };
        (Screen::new(Box::new(paper.clone()), look), paper)
    }

    fn choices(labels: &[&str]) -> Vec<Choice> {
        let choice = |label: &&str| Choice {
            label: (*label).to_owned(),
            line: format!("show {label}"),
        };
        labels.iter().map(choice).collect()
    }

    #[test]
    fn in_a_terminal_an_edit_takes_the_place_of_the_last_message() {
        let (mut screen, paper) = screen(true);
        screen.turn();
        let id = screen
            .show(&Reply::text("Reading a catalog that takes two rows."))
            .expect("shown");
        assert_eq!(paper.take(), "Reading a catalog\nthat takes two rows.\n");
        screen.replace(id, &Reply::text("Done.")).expect("shown");
        assert_eq!(paper.take(), "␛[2A\r␛[JDone.\n");
        screen.replace(id, &Reply::text("Done.")).expect("shown");
        assert_eq!(paper.take(), "", "the same words are not written again");
    }

    #[test]
    fn an_edit_of_what_is_no_longer_last_or_no_longer_in_sight_is_shown_anew() {
        let (mut screen, paper) = screen(true);
        screen.turn();
        let first = screen.show(&Reply::text("One.")).expect("shown");
        let second = screen
            .show(&Reply::text("a  \nb  \nc  \nd  \ne  \nf"))
            .expect("shown");
        paper.take();
        screen
            .replace(first, &Reply::text("One, again."))
            .expect("shown");
        assert_eq!(paper.take(), "\nOne, again.\n");
        screen.replace(second, &Reply::text("Two.")).expect("shown");
        assert_eq!(paper.take(), "\nTwo.\n");
        assert!(!screen.replace(9, &Reply::text("Nine.")).expect("no error"));
    }

    #[test]
    fn in_a_pipe_each_message_of_a_turn_is_shown_once_in_its_last_wording() {
        let (mut screen, paper) = screen(false);
        screen.turn();
        let id = screen.show(&Reply::text("Working on it …")).expect("held");
        screen.show(&Reply::text("Beside it.")).expect("held");
        screen
            .replace(id, &Reply::text("The answer."))
            .expect("held");
        assert_eq!(paper.take(), "");
        screen.prompt().expect("shown");
        assert_eq!(paper.take(), "The answer.\n\nBeside it.\n");
    }

    #[test]
    fn numbers_stand_for_the_last_choices_until_something_else_is_said() {
        let (mut screen, paper) = screen(false);
        let reply = Reply {
            choices: choices(&["payments", "pay\x1b[2Jroll"]),
            ..Reply::text("Did you mean one of these?")
        };
        screen.show(&reply).expect("shown");
        assert_eq!(
            paper.take(),
            "Did you mean one of these?\n\n  1  payments\n  2  pay[2Jroll\n"
        );
        assert_eq!(screen.read("3"), Meaning::Beyond(2));
        assert_eq!(screen.read("0"), Meaning::Beyond(2));
        assert_eq!(screen.read("99999999999999999999999"), Meaning::Beyond(2));
        assert_eq!(
            screen.read(" 1 "),
            Meaning::Choice(reply.choices[0].clone())
        );
        assert_eq!(screen.read("1"), Meaning::Line("1".to_owned()));
        screen.show(&reply).expect("shown");
        assert_eq!(screen.read("help"), Meaning::Line("help".to_owned()));
        assert_eq!(screen.read("1"), Meaning::Line("1".to_owned()));
    }

    #[test]
    fn an_edit_that_takes_the_choices_away_ends_the_offer() {
        let (mut screen, _paper) = screen(false);
        let reply = Reply {
            choices: choices(&["yes", "no"]),
            ..Reply::text("Sure?")
        };
        let id = screen.show(&reply).expect("shown");
        screen
            .replace(id, &Reply::text("Time is up."))
            .expect("shown");
        assert_eq!(screen.read("1"), Meaning::Line("1".to_owned()));
    }

    #[test]
    fn a_terminal_is_left_in_order_when_the_prompt_is_given_up() {
        let (mut screen, paper) = screen(true);
        screen.prompt().expect("shown");
        screen.close().expect("shown");
        assert_eq!(paper.take(), "␛[?2004l\n");
        screen.show(&Reply::text("Later.")).expect("shown");
        assert_eq!(paper.take(), "Later.\n");
    }

    #[test]
    fn what_is_said_while_somebody_types_goes_above_the_prompt() {
        let (mut screen, paper) = screen(true);
        let (printer, texts) = blocking::channel();
        screen.print_above(Some(printer));
        screen.prompt().expect("shown");
        screen.show(&Reply::text("By the way.")).expect("shown");
        assert_eq!(paper.take(), "");
        assert_eq!(texts.recv().expect("a text"), "By the way.\n");
    }

    #[test]
    fn escape_codes_take_no_room() {
        assert_eq!(
            visible("\x1b[1mpay\x1b[0m \x1b]8;;https://e.com\x1b\\docs\x1b]8;;\x1b\\!"),
            "pay docs!"
        );
    }
}
