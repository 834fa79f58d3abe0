//! Breaking long lines of YAML where reading joins them again, as the package `yaml` does: in UTF-16 units.

use std::collections::HashSet;

/// What kind of text is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Plain, or in single quotes: at single spaces.
    Flow,
    /// A folded block, whose lines that are indented deeper stay as they are.
    Block,
    /// In double quotes, where a backslash lets a word be broken too.
    Quoted,
}

/// How long lines may become.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How much already stands in the first line, where that is known.
    pub start: Option<usize>,
    /// The most units of a line; none when it is not above 0.
    pub width: i64,
    /// So many are left for what is indented deep.
    pub least: i64,
}

/// What came of it.
pub struct Folded {
    /// The text with its line breaks.
    pub text: String,
    /// Whether a line had to stay too long.
    pub overflows: bool,
}

const SPACE: u16 = b' ' as u16;
const TAB: u16 = b'\t' as u16;
const BREAK: u16 = b'\n' as u16;
const BACKSLASH: u16 = b'\\' as u16;

/// Breaks a text into lines that are indented by so many spaces.
pub fn fold(text: &str, indent: usize, mode: Mode, limits: Limits) -> Folded {
    let whole = || Folded {
        text: text.to_owned(),
        overflows: false,
    };
    if limits.width <= 0 {
        return whole();
    }
    let least = if limits.width < limits.least {
        0
    } else {
        limits.least
    };
    let units: Vec<u16> = text.encode_utf16().collect();
    let room = limits.width - wide(indent);
    let step = (1 + least).max(1 + room);
    if wide(units.len()) <= step {
        return whole();
    }
    let mut folds = Vec::new();
    let mut end = room;
    if let Some(start) = limits.start.map(wide) {
        if start > limits.width - least.max(2) {
            folds.push(0);
        } else {
            end = limits.width - start;
        }
    }
    let mut search = Search {
        text: &units,
        indent: wide(indent),
        mode,
        step,
        end,
        folds,
        escaped: HashSet::new(),
        overflows: false,
    };
    if !search.run() {
        return whole();
    }
    let Search {
        folds,
        escaped,
        overflows,
        ..
    } = search;
    if folds.is_empty() {
        return Folded {
            overflows,
            ..whole()
        };
    }
    Folded {
        text: String::from_utf16_lossy(&broken(&units, indent, &folds, &escaped)),
        overflows,
    }
}

/// A text with its breaks. Halves of a character may be parted, and stay so.
fn broken(text: &[u16], indent: usize, folds: &[i64], escaped: &HashSet<i64>) -> Vec<u16> {
    let line: Vec<u16> = [BREAK].into_iter().chain(vec![SPACE; indent]).collect();
    let mut broken = slice(text, 0, folds[0]).to_vec();
    for (place, fold) in folds.iter().enumerate() {
        let end = folds.get(place + 1).copied().unwrap_or(wide(text.len()));
        if *fold == 0 {
            broken.clone_from(&line);
            broken.extend_from_slice(slice(text, 0, end));
            continue;
        }
        if escaped.contains(fold) {
            // Deeper than lines are long, the package looks in front of the text and writes what it finds there.
            if *fold < 0 {
                broken.extend("undefined".encode_utf16());
            } else {
                broken.extend_from_slice(slice(text, *fold, fold + 1));
            }
            broken.push(BACKSLASH);
        }
        broken.extend_from_slice(&line);
        broken.extend_from_slice(slice(text, fold + 1, end));
    }
    broken
}

/// The search for the places to break at.
struct Search<'t> {
    text: &'t [u16],
    indent: i64,
    mode: Mode,
    /// How far it is from one break to the next.
    step: i64,
    /// Where the line ends.
    end: i64,
    folds: Vec<i64>,
    /// The breaks that need a backslash.
    escaped: HashSet<i64>,
    overflows: bool,
}

impl Search<'_> {
    fn at(&self, place: i64) -> Option<u16> {
        let place = usize::try_from(place).ok()?;
        self.text.get(place).copied()
    }

    /// Looks for all breaks; `false` when the lines are too short to break at all.
    fn run(&mut self) -> bool {
        let mut split = None;
        let mut before = None;
        let mut place = -1;
        let (mut escape_start, mut escape_end) = (-1, -1);
        if self.mode == Mode::Block {
            place = self.deeper(place);
            if place != -1 {
                self.end = place + self.step;
            }
        }
        loop {
            place += 1;
            let mut unit = self.at(place);
            if unit.is_none() {
                return true;
            }
            if self.mode == Mode::Quoted && unit == Some(BACKSLASH) {
                escape_start = place;
                place += match self.at(place + 1).and_then(|unit| u8::try_from(unit).ok()) {
                    Some(b'x') => 3,
                    Some(b'u') => 5,
                    Some(b'U') => 9,
                    _ => 1,
                };
                escape_end = place;
            }
            if unit == Some(BREAK) {
                if self.mode == Mode::Block {
                    place = self.deeper(place);
                }
                self.end = place + self.indent + self.step;
                split = None;
            } else {
                let is_blank = |unit| matches!(unit, None | Some(SPACE | TAB | BREAK));
                if unit == Some(SPACE) && !is_blank(before) && !is_blank(self.at(place + 1)) {
                    split = Some(place);
                }
                if place >= self.end {
                    if let Some(split) = split.take() {
                        self.folds.push(split);
                        self.end = split + self.step;
                    } else if self.mode == Mode::Quoted {
                        // White space may reach past the end of a line.
                        while matches!(before, Some(SPACE | TAB)) {
                            before = unit;
                            place += 1;
                            unit = self.at(place);
                            self.overflows = true;
                        }
                        let fold = if place > escape_end + 1 {
                            place - 2
                        } else {
                            escape_start - 1
                        };
                        if !self.escaped.insert(fold) {
                            return false;
                        }
                        self.folds.push(fold);
                        self.end = fold + self.step;
                    } else {
                        self.overflows = true;
                    }
                }
            }
            before = unit;
        }
    }

    /// Where the lines that are indented deeper end: the line break behind the last of those that begin here.
    fn deeper(&self, place: i64) -> i64 {
        let (mut place, mut end, mut start) = (place, place, place + 1);
        let mut unit = self.at(start);
        while matches!(unit, Some(SPACE | TAB)) {
            if place < start + self.indent {
                place += 1;
                unit = self.at(place);
            } else {
                loop {
                    place += 1;
                    unit = self.at(place);
                    if matches!(unit, None | Some(BREAK)) {
                        break;
                    }
                }
                end = place;
                start = place + 1;
                unit = self.at(start);
            }
        }
        end
    }
}

/// A part of a text, counted from its end where a place is below 0.
fn slice(text: &[u16], from: i64, to: i64) -> &[u16] {
    let place = |place: i64| {
        let from_end = if place < 0 { wide(text.len()) } else { 0 };
        usize::try_from(place + from_end)
            .unwrap_or(0)
            .min(text.len())
    };
    text.get(place(from)..place(to)).unwrap_or(&[])
}

/// A length to count with.
pub fn wide(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 4)
}
