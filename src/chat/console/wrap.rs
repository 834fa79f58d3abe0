//! Breaking pieces of text into lines that fit.

use unicode_width::UnicodeWidthChar as _;

use super::paint::{Span, append, width};

/// Splits pieces at their line breaks.
pub(super) fn lines(spans: Vec<Span>) -> Vec<Vec<Span>> {
    let mut lines = vec![Vec::new()];
    for span in spans {
        for (number, part) in span.text.split('\n').enumerate() {
            if number > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut()
                && !part.is_empty()
            {
                append(line, span.with_text(part));
            }
        }
    }
    lines
}

/// Wraps one line between its words; a word that is wider than a line is broken anywhere.
pub(super) fn wrap(line: Vec<Span>, columns: Option<usize>) -> Vec<Vec<Span>> {
    let Some(columns) = columns else {
        return vec![line];
    };
    if width(&line) <= columns {
        return vec![line];
    }
    let mut wrapped = Wrapped::new(columns.max(1));
    for span in &line {
        let mut rest = span.text.as_str();
        while let Some(first) = rest.chars().next() {
            let end = rest
                .find(|c| (c == ' ') != (first == ' '))
                .unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            if first == ' ' {
                wrapped.end_word();
                append(&mut wrapped.space, span.with_text(part));
            } else {
                append(&mut wrapped.word, span.with_text(part));
            }
            rest = after;
        }
    }
    wrapped.end_word();
    wrapped.lines
}

/// Lines being filled: the last of `lines` is open, `space` and `word` wait to be put on it.
struct Wrapped {
    columns: usize,
    lines: Vec<Vec<Span>>,
    used: usize,
    space: Vec<Span>,
    word: Vec<Span>,
}

impl Wrapped {
    fn new(columns: usize) -> Self {
        Self {
            columns,
            lines: vec![Vec::new()],
            used: 0,
            space: Vec::new(),
            word: Vec::new(),
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let space = std::mem::take(&mut self.space);
        if self.used + width(&space) + width(&word) <= self.columns {
            self.put(space);
            self.put(word);
            return;
        }
        if self.used > 0 {
            self.next_line();
        }
        if width(&word) <= self.columns {
            self.put(word);
        } else {
            self.break_word(&word);
        }
    }

    fn break_word(&mut self, word: &[Span]) {
        for span in word {
            for character in span.text.chars() {
                if self.used > 0 && self.used + character.width().unwrap_or(0) > self.columns {
                    self.next_line();
                }
                self.put(vec![span.with_text(character)]);
            }
        }
    }

    fn put(&mut self, spans: Vec<Span>) {
        self.used += width(&spans);
        if let Some(line) = self.lines.last_mut() {
            for span in spans {
                append(line, span);
            }
        }
    }

    fn next_line(&mut self) {
        self.lines.push(Vec::new());
        self.used = 0;
    }
}
