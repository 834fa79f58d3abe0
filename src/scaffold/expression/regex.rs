//! JavaScript's regular expressions, matched in time that grows with the text only.
//!
//! They are turned into the language of [`regex_automata`]. What can only be matched by going back and forth (looking
//! around, referring to a group) is refused, because it can be made to hang.

mod translate;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use regex_automata::meta::Regex as Matcher;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use super::error::Outcome;
use super::meter::Meter;
use super::text::Text;
use super::value::{Regex, Value};

/// The most that a pattern may take in memory once it is made ready.
const SIZE: usize = 512 * 1024;

/// The longest pattern.
const LENGTH: usize = 16_384;

/// A regular expression that was written in a template.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    flags: String,
    matcher: Matcher,
    names: Vec<(String, usize)>,
}

/// Where a pattern and its groups match, in bytes.
#[derive(Debug, Clone)]
pub struct Found {
    groups: Vec<Option<(usize, usize)>>,
}

impl Pattern {
    /// Makes a pattern ready; the error says what is wrong with it.
    pub fn new(source: &str, flags: &str) -> Result<Self, String> {
        if source.len() > LENGTH {
            return Err(format!(
                "This regular expression is longer than {LENGTH} characters."
            ));
        }
        let translated = translate::translate(source, flags)?;
        let matcher = Matcher::builder()
            .configure(
                Matcher::config()
                    .nfa_size_limit(Some(SIZE))
                    .onepass_size_limit(Some(SIZE))
                    .hybrid_cache_capacity(SIZE),
            )
            .syntax(syntax::Config::new().utf8(false))
            .build(&translated.pattern)
            .map_err(|_| {
                "This regular expression is not valid, or too large for a template.".to_owned()
            })?;
        Ok(Self {
            source: source.to_owned(),
            flags: flags.to_owned(),
            matcher,
            names: translated.names,
        })
    }

    /// The pattern as JavaScript prints it, with its flags in their order.
    pub fn written(&self) -> String {
        let source = if self.source.is_empty() {
            "(?:)".to_owned()
        } else {
            self.source
                .replace('\n', "\\n")
                .replace('\r', "\\r")
                .replace('\u{2028}', "\\u2028")
                .replace('\u{2029}', "\\u2029")
        };
        let flags: String = "gimy"
            .chars()
            .filter(|flag| self.flags.contains(*flag))
            .collect();
        format!("/{source}/{flags}")
    }

    /// Whether all matches are meant.
    pub fn global(&self) -> bool {
        self.flags.contains('g')
    }

    /// Whether a match must stand where the search starts.
    pub fn sticky(&self) -> bool {
        self.flags.contains('y')
    }

    /// The next match from a byte on.
    pub fn find(&self, text: &str, from: usize, sticky: bool) -> Option<Found> {
        let mut captures = self.matcher.create_captures();
        let anchored = if sticky { Anchored::Yes } else { Anchored::No };
        let input = Input::new(text)
            .range(from.min(text.len())..)
            .anchored(anchored);
        self.matcher.search_captures(&input, &mut captures);
        if !captures.is_match() {
            return None;
        }
        let groups = captures
            .iter()
            .map(|group| group.map(|span| (span.start, span.end)))
            .collect();
        Some(Found { groups })
    }

    /// Counts the work of going once over a text.
    fn charge(&self, text: &str, meter: &Meter) -> Outcome<()> {
        let weight = 1 + self.matcher.memory_usage() / 4096;
        meter.room(text.len())?;
        meter.step(text.len().saturating_mul(weight) / 512)
    }
}

impl Found {
    fn span(&self) -> (usize, usize) {
        self.groups.first().copied().flatten().unwrap_or((0, 0))
    }
}

/// The byte at which a UTF-16 unit of the text begins.
fn byte_of(text: &str, unit: usize) -> Option<usize> {
    let mut units = 0;
    for (byte, character) in text.char_indices() {
        if units >= unit {
            return Some(byte);
        }
        units += character.len_utf16();
    }
    (units >= unit).then_some(text.len())
}

/// The UTF-16 units in front of a byte.
fn units_before(text: &str, byte: usize) -> usize {
    text[..byte].encode_utf16().count()
}

/// The byte behind the character at a byte, or one behind the end.
fn behind(text: &str, byte: usize) -> usize {
    byte + text[byte.min(text.len())..]
        .chars()
        .next()
        .map_or(1, char::len_utf8)
}

impl Regex {
    /// A regular expression that has not searched yet.
    pub fn new(pattern: Arc<Pattern>) -> Self {
        Self {
            pattern,
            next: Cell::new(0),
        }
    }

    /// Searches as JavaScript's `exec` does: `g` and `y` go on where the last search ended.
    fn search(&self, text: &str) -> Option<Found> {
        let goes_on = self.pattern.global() || self.pattern.sticky();
        let from = if goes_on {
            let Some(from) = byte_of(text, self.next.get()) else {
                self.next.set(0);
                return None;
            };
            from
        } else {
            0
        };
        let found = self.pattern.find(text, from, self.pattern.sticky());
        if goes_on {
            let end = found.as_ref().map_or(0, |found| found.span().1);
            self.next.set(units_before(text, end));
        }
        found
    }

    /// Whether the text matches.
    pub fn test(&self, text: &Text, meter: &Meter) -> Outcome<bool> {
        let text = text.written();
        self.pattern.charge(&text, meter)?;
        Ok(self.search(&text).is_some())
    }

    /// Puts a replacement in the place of the first match, or of all.
    pub fn replace(&self, text: &Text, replacement: &Text, meter: &Meter) -> Outcome<Text> {
        let (text, replacement) = (text.written(), replacement.written());
        self.pattern.charge(&text, meter)?;
        let mut output = String::new();
        let mut end = 0;
        if self.pattern.global() {
            self.next.set(0);
            let mut from = 0;
            while from <= text.len() {
                let Some(found) = self.pattern.find(&text, from, self.pattern.sticky()) else {
                    break;
                };
                meter.step(1)?;
                let (start, stop) = found.span();
                output.push_str(&text[end..start]);
                expand(
                    &text,
                    &found,
                    &replacement,
                    &self.pattern.names,
                    &mut output,
                );
                meter.room(output.len())?;
                end = stop;
                from = if start == stop {
                    behind(&text, stop)
                } else {
                    stop
                };
            }
        } else if let Some(found) = self.search(&text) {
            let (start, stop) = found.span();
            output.push_str(&text[..start]);
            expand(
                &text,
                &found,
                &replacement,
                &self.pattern.names,
                &mut output,
            );
            end = stop;
        }
        output.push_str(&text[end..]);
        meter.room(output.len())?;
        Ok(output.into())
    }

    /// The parts between matches, with what the groups matched between them.
    pub fn split(&self, text: &Text, limit: usize, meter: &Meter) -> Outcome<Vec<Value>> {
        let text = text.written();
        self.pattern.charge(&text, meter)?;
        let mut parts = Vec::new();
        if limit == 0 {
            return Ok(parts);
        }
        if text.is_empty() {
            if self.pattern.find(&text, 0, true).is_none() {
                parts.push(Value::text(""));
            }
            return Ok(parts);
        }
        let (mut start, mut from) = (0, 0);
        while from < text.len() {
            let Some(found) = self.pattern.find(&text, from, false) else {
                break;
            };
            meter.step(1)?;
            let (first, end) = found.span();
            if first >= text.len() {
                break;
            }
            if end == start {
                from = behind(&text, first);
                continue;
            }
            parts.push(Value::text(&text[start..first]));
            for group in found.groups.iter().skip(1) {
                parts.push(group.map_or(Value::Undefined, |(first, end)| {
                    Value::text(&text[first..end])
                }));
            }
            start = end;
            from = end;
        }
        parts.push(Value::text(&text[start..]));
        parts.truncate(limit);
        Ok(parts)
    }

    /// The first match with its groups, or all matches of a `g` expression.
    pub fn matches(self: &Rc<Self>, text: &Text, meter: &Meter) -> Outcome<Value> {
        let text = text.written();
        self.pattern.charge(&text, meter)?;
        let part = |span: Option<(usize, usize)>| {
            span.map_or(Value::Undefined, |(start, end)| {
                Value::text(&text[start..end])
            })
        };
        if !self.pattern.global() {
            return Ok(self.search(&text).map_or(Value::Null, |found| {
                Value::list(found.groups.into_iter().map(part).collect())
            }));
        }
        let mut all = Vec::new();
        let mut from = 0;
        while from <= text.len() {
            let Some(found) = self.pattern.find(&text, from, self.pattern.sticky()) else {
                break;
            };
            meter.step(1)?;
            let (start, end) = found.span();
            all.push(part(Some((start, end))));
            from = if start == end {
                behind(&text, end)
            } else {
                end
            };
        }
        self.next.set(0);
        if all.is_empty() {
            return Ok(Value::Null);
        }
        Ok(Value::list(all))
    }

    /// The unit at which the first match begins, or -1.
    pub fn position(&self, text: &Text, meter: &Meter) -> Outcome<f64> {
        let text = text.written();
        self.pattern.charge(&text, meter)?;
        let found = self.pattern.find(&text, 0, self.pattern.sticky());
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        Ok(found.map_or(-1.0, |found| units_before(&text, found.span().0) as f64))
    }
}

/// Writes a replacement with its `$1`, `$&` and the like filled in.
fn expand(
    text: &str,
    found: &Found,
    replacement: &str,
    names: &[(String, usize)],
    output: &mut String,
) {
    let (start, end) = found.span();
    let group = |number: usize| {
        let span = found.groups.get(number).copied().flatten();
        span.map_or("", |(start, end)| &text[start..end])
    };
    let mut rest = replacement;
    while let Some(dollar) = rest.find('$') {
        output.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let number = |count: usize| {
            let number = rest[..count].parse().unwrap_or(0);
            (number >= 1 && number < found.groups.len()).then_some(number)
        };
        let two = (digits == 2).then(|| number(2)).flatten();
        let one = (digits >= 1).then(|| number(1)).flatten();
        let by_name = rest.strip_prefix('<').and_then(|name| name.split_once('>'));
        match rest.bytes().next() {
            Some(b'$') => {
                output.push('$');
                rest = &rest[1..];
            }
            Some(b'&') => {
                output.push_str(&text[start..end]);
                rest = &rest[1..];
            }
            Some(b'`') => {
                output.push_str(&text[..start]);
                rest = &rest[1..];
            }
            Some(b'\'') => {
                output.push_str(&text[end..]);
                rest = &rest[1..];
            }
            Some(b'<') if !names.is_empty() && by_name.is_some() => {
                if let Some((name, behind)) = by_name {
                    let known = names.iter().find(|(known, _)| known == name);
                    output.push_str(known.map_or("", |(_, number)| group(*number)));
                    rest = behind;
                }
            }
            _ if two.is_some() => {
                output.push_str(group(two.unwrap_or(0)));
                rest = &rest[2..];
            }
            _ if one.is_some() => {
                output.push_str(group(one.unwrap_or(0)));
                rest = &rest[1..];
            }
            _ => output.push('$'),
        }
    }
    output.push_str(rest);
}

/// Puts a replacement in the place of the first occurrence of text, with `$&` and the like filled in, as JavaScript's
/// `replace` method does.
pub fn replace_text(
    text: &Text,
    search: &Text,
    replacement: &Text,
    all: bool,
    meter: &Meter,
) -> Outcome<Text> {
    let (text, search, replacement) = (text.written(), search.written(), replacement.written());
    meter.room(text.len())?;
    let mut output = String::new();
    let (mut end, mut from) = (0, 0);
    while from <= text.len() {
        let Some(start) = text[from..].find(&*search).map(|found| found + from) else {
            break;
        };
        meter.step(1)?;
        output.push_str(&text[end..start]);
        end = start + search.len();
        let found = Found {
            groups: vec![Some((start, end))],
        };
        expand(&text, &found, &replacement, &[], &mut output);
        meter.room(output.len())?;
        if !all {
            break;
        }
        from = if search.is_empty() {
            behind(&text, end)
        } else {
            end
        };
    }
    output.push_str(&text[end..]);
    meter.room(output.len())?;
    Ok(output.into())
}
