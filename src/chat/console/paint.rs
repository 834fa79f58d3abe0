//! Pieces of text with a look, and how a look becomes escape codes.

use std::fmt::Write as _;
use std::rc::Rc;

use anstyle::{AnsiColor, Effects, Style};
use unicode_width::UnicodeWidthStr as _;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Paint {
    /// Bold, dim, struck through.
    pub effects: Effects,
    /// It is to be typed or copied as it is.
    pub code: bool,
}

impl Paint {
    /// The look of code.
    pub(super) const CODE: Self = Self {
        effects: Effects::new(),
        code: true,
    };
    /// The look of what matters less.
    pub(super) const DIM: Self = Self {
        effects: Effects::DIMMED,
        code: false,
    };

    /// The same look and something more.
    pub(super) fn and(self, effects: Effects) -> Self {
        Self {
            effects: self.effects | effects,
            ..self
        }
    }
}

/// What a whole line means; it shows as the line's colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tint {
    Plain,
    Good,
    Warning,
    Failure,
}

/// A piece of text that looks the same throughout. A line break in it is a `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub text: String,
    pub paint: Paint,
    /// The address this piece leads to; a web or mail address without control characters.
    pub link: Option<Rc<str>>,
}

impl Span {
    /// A piece without any look.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            paint: Paint::default(),
            link: None,
        }
    }

    /// A piece of a certain look.
    pub(super) fn painted(text: impl Into<String>, paint: Paint) -> Self {
        Self {
            paint,
            ..Self::plain(text)
        }
    }

    /// The same look with other text.
    pub(super) fn with_text(&self, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..self.clone()
        }
    }

    fn looks_like(&self, other: &Self) -> bool {
        self.paint == other.paint && self.link == other.link
    }
}

impl Tint {
    /// Reads the meaning off the sign that a line begins with.
    pub(super) fn of(line: &[Span]) -> Self {
        let first = line
            .iter()
            .flat_map(|span| span.text.chars())
            .find(|c| !c.is_whitespace());
        match first {
            Some('⚠') => Self::Warning,
            Some('✗' | '✖' | '✘' | '❌') => Self::Failure,
            Some('✓' | '✔' | '✅') => Self::Good,
            _ => Self::Plain,
        }
    }

    fn colour(self) -> Option<AnsiColor> {
        match self {
            Self::Plain => None,
            Self::Good => Some(AnsiColor::Green),
            Self::Warning => Some(AnsiColor::Yellow),
            Self::Failure => Some(AnsiColor::Red),
        }
    }
}

/// Puts a piece at the end of others, joined with the last one when both look the same.
pub(super) fn append(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last) if last.looks_like(&span) => last.text.push_str(&span.text),
        _ => spans.push(span),
    }
}

/// How many columns the pieces take.
pub(super) fn width(spans: &[Span]) -> usize {
    spans.iter().map(|span| span.text.width()).sum()
}

/// Writes one line. Without colour it is the bare text.
pub(super) fn paint(spans: &[Span], tint: Tint, colour: bool) -> String {
    if !colour {
        return spans.iter().map(|span| span.text.as_str()).collect();
    }
    let mut line = String::new();
    for span in spans {
        let style = style(span, tint);
        // Writing into a string cannot fail.
        let _ = match &span.link {
            Some(address) => write!(
                line,
                "\x1b]8;;{address}\x1b\\{style}{}{style:#}\x1b]8;;\x1b\\",
                span.text
            ),
            None => write!(line, "{style}{}{style:#}", span.text),
        };
    }
    line
}

/// Takes out everything that could steer a terminal or turn text around; tabs become spaces, `\n` stays.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => cleaned.push('\n'),
            '\t' => cleaned.push_str("    "),
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' => {}
            character if character.is_control() => {}
            character => cleaned.push(character),
        }
    }
    cleaned
}

fn style(span: &Span, tint: Tint) -> Style {
    let mut effects = span.paint.effects;
    if span.link.is_some() {
        effects |= Effects::UNDERLINE;
    }
    let colour = if span.paint.code {
        Some(AnsiColor::Cyan)
    } else {
        tint.colour()
    };
    Style::new()
        .effects(effects)
        .fg_color(colour.map(Into::into))
}
