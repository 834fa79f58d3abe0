//! Cuts the code of expressions into words.

use super::error::{Fault, Outcome};
use super::scan::{Code, is_blank};
use super::text::Text;

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// A name or keyword.
    Name(String),
    /// A number.
    Number(f64),
    /// A text in quotes, without them.
    Text(Text),
    /// A regular expression: the pattern and its flags.
    Regex(String, String),
    /// An operator or bracket.
    Sign(&'static str),
    /// The end of the code.
    End,
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What it is.
    pub(super) word: Word,
    /// The byte of the source where it begins.
    pub(super) at: u32,
}

/// Where a regular expression ends.
pub(super) struct RegexEnd {
    /// The slash that ends the pattern.
    pub(super) slash: usize,
    /// What comes behind the flags.
    pub(super) behind: usize,
}

/// All signs, the longer ones first.
const SIGNS: [&str; 28] = [
    "===", "!==", "**", "//", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ".", ",", ":",
    "|", "~", "+", "-", "*", "/", "%", "<", ">", "=", "",
];

/// Cuts code into words.
pub(super) fn words(code: Code<'_>) -> Outcome<Vec<Token>> {
    let mut tokens: Vec<Token> = Vec::new();
    let source = code.text;
    let bytes = source.as_bytes();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        if is_blank(first) {
            at += first.len_utf8();
            continue;
        }
        let place = code.start + at;
        let previous = tokens.last().map(|token| &token.word);
        let digits = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let leading = if previous == Some(&Word::Sign(".")) {
            digits
        } else {
            0
        };
        let starts = bytes
            .get(at + leading)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        let (word, end) = if starts {
            let length = bytes[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                .count();
            let name = &source[at..at + length];
            if name == "r" && bytes.get(at + 1) == Some(&b'/') {
                let end = regex_end(source, at).map_err(|fault| Fault::at(place, fault.message))?;
                let word = Word::Regex(
                    source[at + 2..end.slash].to_owned(),
                    source[end.slash + 1..end.behind].to_owned(),
                );
                (word, end.behind)
            } else {
                (Word::Name(name.to_owned()), at + length)
            }
        } else if digits > 0 {
            number(source, at, digits, place)?
        } else if first == '"' || first == '\'' {
            let (text, end) = text(source, at, first).ok_or_else(|| {
                Fault::at(place, format!("This text has no end: {first} is missing."))
            })?;
            (Word::Text(text.as_str().into()), end)
        } else {
            let operand = matches!(
                previous,
                Some(
                    Word::Name(_)
                        | Word::Number(_)
                        | Word::Text(_)
                        | Word::Regex(..)
                        | Word::Sign(")" | "]" | "}")
                )
            );
            if first == '.' && !operand && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
                return Err(Fault::at(
                    place,
                    "A number begins with a digit: write 0 in front of the point.",
                ));
            }
            let sign = SIGNS
                .iter()
                .find(|sign| source[at..].starts_with(**sign))
                .copied()
                .unwrap_or("");
            if sign.is_empty() {
                let remedy = match first {
                    '&' => " Write `and` for `&&`.",
                    '!' => " Write `not` for `!`.",
                    '?' => " Write `a if condition else b` for `condition ? a : b`.",
                    _ => "",
                };
                return Err(Fault::at(
                    place,
                    format!(
                        "`{}` has no meaning in an expression.{remedy}",
                        first.escape_debug()
                    ),
                ));
            }
            (Word::Sign(sign), at + sign.len())
        };
        tokens.push(token(word, place));
        at = end;
    }
    tokens.push(token(Word::End, code.start + source.len()));
    Ok(tokens)
}

fn token(word: Word, at: usize) -> Token {
    Token {
        word,
        at: u32::try_from(at).unwrap_or(u32::MAX),
    }
}

fn number(source: &str, at: usize, digits: usize, place: usize) -> Outcome<(Word, usize)> {
    let bytes = source.as_bytes();
    let mut end = at + digits;
    if bytes.get(end) == Some(&b'.') {
        end += 1;
        end += bytes[end..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
    }
    if bytes
        .get(end)
        .is_some_and(|next| next.is_ascii_alphabetic() || *next == b'_')
    {
        return Err(Fault::at(
            place,
            "A name cannot begin with a digit, and numbers are decimal only. Put quotes around text.",
        ));
    }
    let number = source[at..end].parse().unwrap_or(f64::NAN);
    Ok((Word::Number(number), end))
}

fn text(source: &str, at: usize, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut rest = source[at + 1..].char_indices();
    while let Some((offset, character)) = rest.next() {
        if character == quote {
            return Some((text, at + 1 + offset + 1));
        }
        text.push(match character {
            '\\' => match rest.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            },
            other => other,
        });
    }
    None
}

/// Where the regular expression `r/…/flags` that begins here ends.
pub(super) fn regex_end(source: &str, at: usize) -> Outcome<RegexEnd> {
    let bytes = source.as_bytes();
    let mut slashes = 0;
    let mut place = at + 2;
    while place < bytes.len() {
        match bytes[place] {
            b'\\' => slashes += 1,
            b'/' if slashes == 0 => {
                let mut behind = place + 1;
                while bytes.get(behind).is_some_and(|flag| b"gimy".contains(flag)) {
                    if bytes[place + 1..behind].contains(&bytes[behind]) {
                        return Err(Fault::at(
                            at,
                            "A flag of this regular expression stands twice.",
                        ));
                    }
                    behind += 1;
                }
                if bytes.get(behind).is_some_and(u8::is_ascii_alphabetic) {
                    return Err(Fault::at(
                        at,
                        "The flags of a regular expression are g, i, m and y.",
                    ));
                }
                return Ok(RegexEnd {
                    slash: place,
                    behind,
                });
            }
            b'/' if slashes % 2 == 0 => {
                return Err(Fault::at(
                    at,
                    "It is not clear where this regular expression ends: put \\/ apart from other backslashes.",
                ));
            }
            _ => slashes = 0,
        }
        place += 1;
    }
    Err(Fault::at(
        at,
        "This regular expression has no end: / is missing. (Put a space between r and / to divide.)",
    ))
}
