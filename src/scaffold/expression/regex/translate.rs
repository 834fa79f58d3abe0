//! JavaScript's language of regular expressions, put into that of the matcher.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

/// A pattern in the matcher's language.
pub(super) struct Translated {
    /// The pattern.
    pub(super) pattern: String,
    /// The names of groups and their numbers.
    pub(super) names: Vec<(String, usize)>,
}

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\x09-\x0d\x20\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";
const LOOKS_AROUND: &str = "Looking ahead or behind, as (?=…), (?!…), (?<=…) and (?<!…) do, is not possible: it can be made to run forever. Match the neighbours too, and put them back with $1.";
const REFERS: &str = "Referring to a group within a regular expression, as \\1 does, is not possible: it can be made to run forever.";

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    output: String,
    multiline: bool,
    /// How many groups there are in all.
    groups: usize,
    opened: usize,
    open: usize,
    names: Vec<(String, usize)>,
    /// Whether what was read last can be repeated.
    repeatable: bool,
}

/// Translates a pattern with its flags; the error says what is not possible.
pub(super) fn translate(source: &str, flags: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        rest: source.chars().peekable(),
        output: String::new(),
        multiline: flags.contains('m'),
        groups: count_groups(source),
        opened: 0,
        open: 0,
        names: Vec::new(),
        repeatable: false,
    };
    if flags.contains('i') {
        translator.output.push_str("(?i)");
    }
    translator.run()?;
    Ok(Translated {
        pattern: translator.output,
        names: translator.names,
    })
}

/// How many groups a pattern has: needed to tell a reference from an octal escape.
fn count_groups(source: &str) -> usize {
    let bytes = source.as_bytes();
    let (mut at, mut count, mut class) = (0, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'(' if !class => {
                let named = bytes[at + 1..].starts_with(b"?<")
                    && !matches!(bytes.get(at + 3), Some(b'=' | b'!'));
                count += usize::from(bytes.get(at + 1) != Some(&b'?') || named);
            }
            _ => {}
        }
        at += 1;
    }
    count
}

fn invalid(what: &str) -> String {
    format!("This regular expression is not valid: {what}.")
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(character) = self.rest.next() {
            match character {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                ')' => {
                    self.open = self
                        .open
                        .checked_sub(1)
                        .ok_or_else(|| invalid("a ) has no ("))?;
                    self.atom(")");
                }
                '|' => self.assertion("|"),
                '.' => self.atom(r"[^\n\r\u2028\u2029]"),
                '^' if self.multiline => self.assertion("(?m:^)"),
                '$' if self.multiline => self.assertion("(?m:$)"),
                '^' => self.assertion("^"),
                '$' => self.assertion("$"),
                '*' | '+' | '?' => self.quantifier(&character.to_string())?,
                '{' => match self.counts() {
                    Some(counts) => self.quantifier(&counts)?,
                    None => self.literal('{'),
                },
                other => self.literal(other),
            }
        }
        if self.open > 0 {
            return Err(invalid("a ( has no )"));
        }
        Ok(())
    }

    fn atom(&mut self, pattern: &str) {
        self.output.push_str(pattern);
        self.repeatable = true;
    }

    fn assertion(&mut self, pattern: &str) {
        self.output.push_str(pattern);
        self.repeatable = false;
    }

    fn literal(&mut self, character: char) {
        self.repeatable = true;
        push_literal(&mut self.output, character);
    }

    fn quantifier(&mut self, quantifier: &str) -> Result<(), String> {
        if !self.repeatable {
            return Err(invalid("there is nothing to repeat"));
        }
        self.output.push_str(quantifier);
        if self.rest.next_if_eq(&'?').is_some() {
            self.output.push('?');
        }
        self.repeatable = false;
        Ok(())
    }

    /// The rest of `{2}`, `{2,}` or `{2,4}`; nothing is read where it is none of them.
    fn counts(&mut self) -> Option<String> {
        let mut ahead = self.rest.clone();
        let mut text = String::from("{");
        for character in ahead.by_ref() {
            text.push(character);
            match character {
                '0'..='9' | ',' => {}
                '}' => break,
                _ => return None,
            }
        }
        let inside = text.strip_prefix('{')?.strip_suffix('}')?;
        let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
        if least.is_empty() || most.contains(',') {
            return None;
        }
        self.rest = ahead;
        Some(text)
    }

    fn group(&mut self) -> Result<(), String> {
        self.open += 1;
        self.repeatable = false;
        if self.rest.next_if_eq(&'?').is_none() {
            self.opened += 1;
            self.output.push('(');
            return Ok(());
        }
        match self.rest.next() {
            Some(':') => self.output.push_str("(?:"),
            Some('=' | '!') => return Err(LOOKS_AROUND.to_owned()),
            Some('<') => {
                if matches!(self.rest.peek(), Some('=' | '!')) {
                    return Err(LOOKS_AROUND.to_owned());
                }
                let mut name = String::new();
                loop {
                    match self.rest.next() {
                        Some('>') => break,
                        Some(character) => name.push(character),
                        None => return Err(invalid("the name of a group has no end")),
                    }
                }
                self.opened += 1;
                let valid = name.starts_with(|first: char| {
                    first.is_alphabetic() || first == '_' || first == '$'
                });
                if !valid || self.names.iter().any(|(other, _)| *other == name) {
                    return Err(invalid("a group has no name of its own"));
                }
                self.names.push((name, self.opened));
                self.output.push('(');
            }
            _ => return Err(invalid("(? begins no group that there is")),
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(next) = self.rest.next() else {
            return Err(invalid("it ends in \\"));
        };
        match next {
            'd' => self.atom("[0-9]"),
            'D' => self.atom("[^0-9]"),
            'w' => self.atom("(?-i:[0-9A-Za-z_])"),
            'W' => self.atom("(?-i:[^0-9A-Za-z_])"),
            's' => self.atom(&format!("[{SPACE}]")),
            'S' => self.atom(&format!("[^{SPACE}]")),
            'b' => self.assertion(r"(?-u:\b)"),
            'B' => self.assertion(r"(?-u:\B)"),
            '1'..='9' => {
                let mut number = next.to_digit(10).unwrap_or(0) as usize;
                let mut ahead = self.rest.clone();
                while let Some(digit) = ahead.next().and_then(|next| next.to_digit(10)) {
                    number = number.saturating_mul(10).saturating_add(digit as usize);
                }
                if number <= self.groups {
                    return Err(REFERS.to_owned());
                }
                let character = self.octal(next);
                self.literal(character);
            }
            'k' if self.rest.peek() == Some(&'<') => return Err(REFERS.to_owned()),
            _ => {
                let character = self.character(next)?;
                self.literal(character);
            }
        }
        Ok(())
    }

    /// The character that an escape stands for, inside classes and outside.
    fn character(&mut self, next: char) -> Result<char, String> {
        Ok(match next {
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0'..='7' => self.octal(next),
            'c' => match self.rest.next_if(char::is_ascii_alphabetic) {
                Some(letter) => char::from(letter as u8 % 32),
                None => return Err(invalid("\\c stands alone")),
            },
            'x' => match self.hexadecimal(2) {
                Some(code) => char::from_u32(code).unwrap_or('x'),
                None => 'x',
            },
            'u' => match self.hexadecimal(4) {
                Some(high @ 0xd800..=0xdbff) => self
                    .low_half()
                    .and_then(|low| {
                        char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
                    })
                    .ok_or_else(|| invalid("half a character cannot be looked for"))?,
                Some(code) => char::from_u32(code)
                    .ok_or_else(|| invalid("half a character cannot be looked for"))?,
                None => 'u',
            },
            other => other,
        })
    }

    fn low_half(&mut self) -> Option<u32> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('\\') || ahead.next() != Some('u') {
            return None;
        }
        self.rest = ahead;
        self.hexadecimal(4)
            .filter(|low| (0xdc00..=0xdfff).contains(low))
    }

    fn hexadecimal(&mut self, count: usize) -> Option<u32> {
        let mut ahead = self.rest.clone();
        let mut code = 0;
        for _ in 0..count {
            code = code * 16 + ahead.next()?.to_digit(16)?;
        }
        self.rest = ahead;
        Some(code)
    }

    /// Up to three octal digits; 8 and 9 stand for themselves.
    fn octal(&mut self, first: char) -> char {
        let Some(mut code) = first.to_digit(8) else {
            return first;
        };
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|next| next.to_digit(8)) else {
                break;
            };
            if code * 8 + digit > 255 {
                break;
            }
            code = code * 8 + digit;
            self.rest.next();
        }
        char::from_u32(code).unwrap_or('\0')
    }

    fn class(&mut self) -> Result<(), String> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut inside = String::new();
        loop {
            let Some(character) = self.rest.next() else {
                return Err(invalid("a [ has no ]"));
            };
            if character == ']' {
                break;
            }
            let first = self.member(character)?;
            let mut ahead = self.rest.clone();
            let range = ahead.next() == Some('-') && ahead.peek().is_some_and(|next| *next != ']');
            if !range {
                push_member(&mut inside, &first);
                continue;
            }
            self.rest.next();
            let Some(next) = self.rest.next() else {
                return Err(invalid("a [ has no ]"));
            };
            let last = self.member(next)?;
            match (&first, &last) {
                (Member::One(first), Member::One(last)) if first <= last => {
                    push_literal(&mut inside, *first);
                    inside.push('-');
                    push_literal(&mut inside, *last);
                }
                (Member::One(_), Member::One(_)) => {
                    return Err(invalid("a range of characters runs backwards"));
                }
                _ => {
                    push_member(&mut inside, &first);
                    push_literal(&mut inside, '-');
                    push_member(&mut inside, &last);
                }
            }
        }
        match (inside.is_empty(), negated) {
            (true, true) => self.atom("(?s:.)"),
            (true, false) => self.atom("[a&&b]"),
            (false, true) => self.atom(&format!("[^{inside}]")),
            (false, false) => self.atom(&format!("[{inside}]")),
        }
        Ok(())
    }

    fn member(&mut self, character: char) -> Result<Member, String> {
        if character != '\\' {
            return Ok(Member::One(character));
        }
        let Some(next) = self.rest.next() else {
            return Err(invalid("a [ has no ]"));
        };
        Ok(match next {
            'd' => Member::Many(DIGIT.to_owned()),
            'D' => Member::Many(format!("[^{DIGIT}]")),
            'w' => Member::Many(WORD.to_owned()),
            'W' => Member::Many(format!("[^{WORD}]")),
            's' => Member::Many(SPACE.to_owned()),
            'S' => Member::Many(format!("[^{SPACE}]")),
            'b' => Member::One('\u{8}'),
            other => Member::One(self.character(other)?),
        })
    }
}

/// What stands between the brackets of a class.
enum Member {
    One(char),
    Many(String),
}

fn push_member(output: &mut String, member: &Member) {
    match member {
        Member::One(character) => push_literal(output, *character),
        Member::Many(class) => output.push_str(class),
    }
}

fn push_literal(output: &mut String, character: char) {
    if character.is_ascii_alphanumeric() {
        output.push(character);
    } else {
        // Writing to a String cannot fail.
        let _ = write!(output, r"\x{{{:x}}}", u32::from(character));
    }
}
