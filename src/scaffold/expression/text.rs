//! Text as JavaScript counts it: a row of UTF-16 units, in which a character outside the first plane is two.
//!
//! Nearly all text is whole and kept as UTF-8. Only text that was cut within such a character is kept as units.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Text {
    /// Text without halves of characters.
    Whole(Arc<str>),
    /// Text with half a character somewhere in it.
    Torn(Arc<[u16]>),
}

impl Text {
    /// Makes text of UTF-16 units.
    pub fn from_units(units: &[u16]) -> Self {
        match String::from_utf16(units) {
            Ok(whole) => whole.into(),
            Err(_) => Self::Torn(units.into()),
        }
    }

    /// The UTF-16 units of the text.
    pub fn units(&self) -> Vec<u16> {
        match self {
            Self::Whole(whole) => whole.encode_utf16().collect(),
            Self::Torn(units) => units.to_vec(),
        }
    }

    /// How many UTF-16 units the text has.
    pub fn len(&self) -> usize {
        match self {
            Self::Whole(whole) if whole.is_ascii() => whole.len(),
            Self::Whole(whole) => whole.encode_utf16().count(),
            Self::Torn(units) => units.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Whole(whole) => whole.is_empty(),
            Self::Torn(_) => false,
        }
    }

    /// How much room the text takes, for the limits.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Whole(whole) => whole.len(),
            Self::Torn(units) => units.len() * 2,
        }
    }

    /// The text as it is written to a file: halves of characters become U+FFFD.
    pub fn written(&self) -> Cow<'_, str> {
        match self {
            Self::Whole(whole) => Cow::Borrowed(whole),
            Self::Torn(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// One unit of the text.
    pub fn unit(&self, index: usize) -> Option<Text> {
        match self {
            Self::Whole(whole) if whole.is_ascii() => whole.get(index..=index).map(Into::into),
            Self::Whole(whole) => whole
                .encode_utf16()
                .nth(index)
                .map(|unit| Self::from_units(&[unit])),
            Self::Torn(units) => units.get(index).map(|unit| Self::from_units(&[*unit])),
        }
    }

    /// The units from one place up to another; both are brought into the text's bounds.
    pub fn slice(&self, start: usize, end: usize) -> Text {
        let length = self.len();
        let end = end.min(length);
        let start = start.min(end);
        match self {
            Self::Whole(whole) if whole.is_ascii() => whole[start..end].into(),
            _ => Self::from_units(&self.units()[start..end]),
        }
    }

    /// The place where other text begins for the first time, at a place or behind it.
    pub fn find(&self, other: &Text, from: usize) -> Option<usize> {
        if let (Self::Whole(whole), Self::Whole(other)) = (self, other)
            && whole.is_ascii()
        {
            let from = from.min(whole.len());
            return whole[from..].find(&**other).map(|found| found + from);
        }
        let (units, other) = (self.units(), other.units());
        let from = from.min(units.len());
        if other.is_empty() {
            return Some(from);
        }
        units[from..]
            .windows(other.len())
            .position(|window| window == other)
            .map(|found| found + from)
    }

    /// The last place, at most the given one, where other text begins.
    pub fn find_last(&self, other: &Text, from: usize) -> Option<usize> {
        let (units, other) = (self.units(), other.units());
        let last = units.len().checked_sub(other.len())?.min(from);
        (0..=last)
            .rev()
            .find(|start| units[*start..].starts_with(&other))
    }

    /// Whether other text is part of this one.
    pub fn contains(&self, other: &Text) -> bool {
        match (self, other) {
            (Self::Whole(whole), Self::Whole(other)) => whole.contains(&**other),
            _ => self.find(other, 0).is_some(),
        }
    }

    /// The parts between a separator; between all units where the separator is empty.
    pub fn split(&self, separator: &Text) -> Vec<Text> {
        if separator.is_empty() {
            return self.each_unit();
        }
        if let (Self::Whole(whole), Self::Whole(separator)) = (self, separator) {
            return whole.split(&**separator).map(Into::into).collect();
        }
        let (units, separator) = (self.units(), separator.units());
        let mut parts = Vec::new();
        let (mut start, mut at) = (0, 0);
        while at + separator.len() <= units.len() {
            if units[at..].starts_with(&separator) {
                parts.push(Self::from_units(&units[start..at]));
                at += separator.len();
                start = at;
            } else {
                at += 1;
            }
        }
        parts.push(Self::from_units(&units[start..]));
        parts
    }

    /// How many parts [`Text::split`] gives, counted without making them.
    pub fn count_parts(&self, separator: &Text) -> usize {
        match (self, separator) {
            _ if separator.is_empty() => self.len(),
            (Self::Whole(whole), Self::Whole(separator)) => whole.matches(&**separator).count() + 1,
            _ => self.len() / separator.len() + 1,
        }
    }

    /// Every unit as a text of its own.
    pub fn each_unit(&self) -> Vec<Text> {
        match self {
            Self::Whole(whole) => {
                let mut units = Vec::with_capacity(whole.len());
                for character in whole.chars() {
                    if u32::from(character) < 0x1_0000 {
                        units.push(character.encode_utf8(&mut [0; 4]).into());
                    } else {
                        let pair = character.encode_utf16(&mut [0; 2]).to_vec();
                        units.extend(pair.iter().map(|unit| Self::Torn([*unit].into())));
                    }
                }
                units
            }
            Self::Torn(units) => units
                .iter()
                .map(|unit| Self::from_units(&[*unit]))
                .collect(),
        }
    }

    /// The text backwards, unit by unit.
    pub fn reversed(&self) -> Text {
        match self {
            Self::Whole(whole) if whole.is_ascii() => {
                whole.chars().rev().collect::<String>().into()
            }
            _ => {
                let mut units = self.units();
                units.reverse();
                Self::from_units(&units)
            }
        }
    }

    /// Applies a change of whole text to everything in it but halves of characters.
    pub fn map(&self, change: impl Fn(&str) -> String) -> Text {
        match self {
            Self::Whole(whole) => change(whole).into(),
            Self::Torn(units) => {
                let mut buffer = Buffer::default();
                let mut run = String::new();
                for character in char::decode_utf16(units.iter().copied()) {
                    match character {
                        Ok(character) => run.push(character),
                        Err(half) => {
                            buffer.push_str(&change(&std::mem::take(&mut run)));
                            buffer.push(&Self::Torn([half.unpaired_surrogate()].into()));
                        }
                    }
                }
                buffer.push_str(&change(&run));
                buffer.finish()
            }
        }
    }

    /// The text in lower case.
    pub fn lower(&self) -> Text {
        self.map(str::to_lowercase)
    }

    /// The text in upper case.
    pub fn upper(&self) -> Text {
        self.map(str::to_uppercase)
    }

    /// The text with its first unit in upper case and nothing else changed.
    pub fn with_upper_first(&self) -> Text {
        let mut buffer = Buffer::default();
        buffer.push(&self.slice(0, 1).upper());
        buffer.push(&self.slice(1, usize::MAX));
        buffer.finish()
    }

    /// The text without JavaScript's white space at its ends.
    pub fn trim(&self, start: bool, end: bool) -> Text {
        let Self::Whole(whole) = self else {
            let units = self.units();
            let blank = |unit: &u16| char::from_u32(u32::from(*unit)).is_some_and(is_space);
            let first = if start {
                units.iter().take_while(|unit| blank(unit)).count()
            } else {
                0
            };
            let last = if end {
                units.iter().rev().take_while(|unit| blank(unit)).count()
            } else {
                0
            };
            return Self::from_units(&units[first..units.len() - last]);
        };
        let mut trimmed: &str = whole;
        if start {
            trimmed = trimmed.trim_start_matches(is_space);
        }
        if end {
            trimmed = trimmed.trim_end_matches(is_space);
        }
        trimmed.into()
    }
}

/// JavaScript's order: unit by unit.
impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => {
                if left.is_ascii() && right.is_ascii() {
                    left.cmp(right)
                } else {
                    left.encode_utf16().cmp(right.encode_utf16())
                }
            }
            _ => self.units().cmp(&other.units()),
        }
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Whole(text.into())
    }
}

impl From<&mut str> for Text {
    fn from(text: &mut str) -> Self {
        Self::Whole((&*text).into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Whole(text.into())
    }
}

/// Text that is being put together; halves that meet become a character again.
#[derive(Debug, Default)]
pub struct Buffer {
    whole: String,
    /// All units so far, once half a character was among them.
    torn: Option<Vec<u16>>,
}

impl Buffer {
    /// Adds whole text.
    pub fn push_str(&mut self, text: &str) {
        match &mut self.torn {
            Some(units) => units.extend(text.encode_utf16()),
            None => self.whole.push_str(text),
        }
    }

    /// Adds text.
    pub fn push(&mut self, text: &Text) {
        match text {
            Text::Whole(whole) => self.push_str(whole),
            Text::Torn(units) => {
                let whole = &mut self.whole;
                let all = self
                    .torn
                    .get_or_insert_with(|| std::mem::take(whole).encode_utf16().collect());
                all.extend_from_slice(units);
            }
        }
    }

    /// How much room the text takes so far.
    pub fn bytes(&self) -> usize {
        self.torn
            .as_ref()
            .map_or(self.whole.len(), |units| units.len() * 2)
    }

    /// The text that was put together.
    pub fn finish(self) -> Text {
        match self.torn {
            Some(units) => Text::from_units(&units),
            None => self.whole.into(),
        }
    }
}

/// Whether JavaScript takes a character for white space.
pub fn is_space(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}'
            | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_a_character_meet_again() {
        let text = Text::from("a😀");
        assert_eq!(text.len(), 3);
        let mut buffer = Buffer::default();
        for unit in text.each_unit() {
            buffer.push(&unit);
        }
        assert_eq!(buffer.finish(), text);
        assert_eq!(text.reversed().written(), "\u{fffd}\u{fffd}a");
        assert_eq!(text.reversed().reversed(), text);
    }

    #[test]
    fn order_is_that_of_units() {
        assert!(Text::from("😀") < Text::from("\u{ff5e}"));
        assert!(Text::from("a") < Text::from("b"));
    }
}
