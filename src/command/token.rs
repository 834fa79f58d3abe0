//! Cutting a typed line into tokens, before anybody asks what they mean.

use std::ops::Range;

/// One token of a line: a word, a quoted text, or `key=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Its value, without quotes and without the key.
    pub text: String,
    /// What stands before an unquoted `=`, in `key=value`.
    pub key: Option<String>,
    /// How it was quoted.
    pub quote: Quote,
    /// The bytes of the line that it covers, quotes and key included.
    pub span: Range<usize>,
}

/// How a token was quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// Not at all.
    None,
    /// Between quotation marks.
    Marks,
    /// As a code span.
    Code,
    /// A quotation mark opens at this byte and nothing closes it.
    Open(usize),
}

impl Token {
    /// Whether the token is a plain word, without quotes or key.
    pub fn is_plain(&self) -> bool {
        self.quote == Quote::None && self.key.is_none()
    }
}

/// Makes a typed text fit to be cut: other kinds of spaces become spaces, what nobody can see goes away.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\u{00A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' | '\t' => {
                Some(' ')
            }
            '\n' | '\u{2028}' | '\u{2029}' | '\u{0085}' => Some('\n'),
            // Zero-width and direction marks, and what keyboards leave behind.
            '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}'
            | '\u{FEFF}'
            | '\u{00AD}'
            | '\u{FE00}'..='\u{FE0F}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

/// Puts a value between quotation marks when a line needs them, so that it is read back as it is.
pub fn quoted(value: &str) -> String {
    let value = clean(value).replace('\n', " ");
    let plain = !value.is_empty()
        && !value.starts_with(['-', '–', '—', '>', '!', '/'])
        && !value.ends_with(TAIL)
        && !value.chars().any(|c| {
            c.is_whitespace() || c == '=' || c == '`' || c == '\\' || Family::of(c).is_some()
        });
    if plain {
        return value;
    }
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        if c == '\\' || Family::of(c).is_some() {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Punctuation that ends a sentence and is not part of a name.
pub(super) const TAIL: [char; 7] = ['?', '!', '.', ',', ';', ':', '…'];

/// Cuts a cleaned line into tokens. It never fails: an open quotation mark is noted at its token.
pub(super) fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut open = false;
    while let Some(offset) = line[at..].find(|c: char| !c.is_whitespace()) {
        // Nothing closes a mark that stands after one that is open; not looking keeps this linear.
        let token = token(line, at + offset, !open);
        open |= matches!(token.quote, Quote::Open(_));
        at = token.span.end;
        tokens.push(token);
    }
    tokens
}

/// Reads the token that begins at `start`, where there is no space.
fn token(line: &str, start: usize, may_quote: bool) -> Token {
    let mut text = String::new();
    let mut key = None;
    let mut quote = Quote::None;
    let mut at = start;
    // Quotation marks count where a value begins: at the start of a token and after `=`.
    let mut value_begins = may_quote;
    while let Some(c) = line[at..].chars().next().filter(|c| !c.is_whitespace()) {
        if value_begins {
            match quoted_part(line, at, c) {
                Part::Closed(part, kind, end) => {
                    text.push_str(&part);
                    quote = kind;
                    at = end + tail_length(&line[end..]);
                    value_begins = false;
                    continue;
                }
                Part::Open => quote = Quote::Open(at),
                Part::Plain => {}
            }
        }
        value_begins = false;
        at += c.len_utf8();
        if c == '=' && key.is_none() && quote == Quote::None && !text.is_empty() {
            key = Some(std::mem::take(&mut text));
            value_begins = may_quote;
        } else {
            text.push(c);
        }
    }
    Token {
        text,
        key,
        quote,
        span: start..at,
    }
}

enum Part {
    /// The text, how it was quoted, and the byte after its end.
    Closed(String, Quote, usize),
    Open,
    Plain,
}

fn quoted_part(line: &str, at: usize, first: char) -> Part {
    if first == '`' {
        return code_span(line, at);
    }
    let Some(family) = Family::of(first) else {
        return Part::Plain;
    };
    let inside = at + first.len_utf8();
    let partner = family.partner(first);
    // The mark's own partner, else any of its family: phones and people mix them.
    closing(line, inside, family, |c| c == partner)
        .or_else(|| closing(line, inside, family, |c| Family::of(c) == Some(family)))
        .map_or(Part::Open, |(text, end)| {
            Part::Closed(text, Quote::Marks, end)
        })
}

/// Finds the closing mark; a backslash keeps a mark or a backslash from counting.
fn closing(
    line: &str,
    inside: usize,
    family: Family,
    closes: impl Fn(char) -> bool,
) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut characters = line[inside..].char_indices().peekable();
    while let Some((offset, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if c == '\\' && next.is_some_and(|next| next == '\\' || Family::of(next).is_some()) {
            text.extend(next);
            characters.next();
        } else if closes(c)
            && (family != Family::Single || next.is_none_or(|next| !next.is_alphanumeric()))
        {
            // An apostrophe inside a word closes nothing: 'the team's plan'.
            return Some((text, inside + offset + c.len_utf8()));
        } else {
            text.push(c);
        }
    }
    None
}

fn code_span(line: &str, at: usize) -> Part {
    let run = line[at..].chars().take_while(|c| *c == '`').count();
    let inside = at + run;
    let fence = "`".repeat(run);
    let mut from = inside;
    while let Some(offset) = line[from..].find(&fence) {
        let found = from + offset;
        let length = line[found..].chars().take_while(|c| *c == '`').count();
        if length == run {
            let text = line[inside..found].trim().to_owned();
            return Part::Closed(text, Quote::Code, found + run);
        }
        from = found + length;
    }
    Part::Plain
}

/// How many bytes of sentence punctuation stand between a closing mark and the next space.
fn tail_length(rest: &str) -> usize {
    let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
    if rest[..word].chars().all(|c| TAIL.contains(&c)) {
        word
    } else {
        0
    }
}

/// Kinds of quotation marks that close each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Double,
    Single,
    Angle,
}

impl Family {
    fn of(c: char) -> Option<Self> {
        match c {
            '"' | '“' | '”' | '„' | '‟' => Some(Self::Double),
            '\'' | '‘' | '’' | '‚' | '‛' => Some(Self::Single),
            '«' | '»' | '‹' | '›' => Some(Self::Angle),
            _ => None,
        }
    }

    fn partner(self, opening: char) -> char {
        match (self, opening) {
            (Self::Double, '"') => '"',
            (Self::Double, '„') => '“',
            (Self::Double, _) => '”',
            (Self::Single, '\'') => '\'',
            (Self::Single, '‚') => '‘',
            (Self::Single, _) => '’',
            (Self::Angle, '»') => '«',
            (Self::Angle, '‹') => '›',
            (Self::Angle, '›') => '‹',
            (Self::Angle, _) => '»',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows tokens as `word`, `"marks"`, `` `code` ``, `key=…` and `?open`.
    fn cut(line: &str) -> String {
        let shown: Vec<String> = tokens(&clean(line))
            .into_iter()
            .map(|token| {
                let text = match token.quote {
                    Quote::None => token.text,
                    Quote::Marks => format!("\"{}\"", token.text),
                    Quote::Code => format!("`{}`", token.text),
                    Quote::Open(at) => format!("?{at}:{}", token.text),
                };
                token
                    .key
                    .map_or(text.clone(), |key| format!("{key}={text}"))
            })
            .collect();
        shown.join(" | ")
    }

    #[test]
    fn lines_are_cut_the_way_people_mean_them() {
        let table = [
            ("who-owns payments", "who-owns | payments"),
            ("  a\u{00A0}b\u{200B}c  ", "a | bc"),
            ("show \"payments api\"", "show | \"payments api\""),
            ("show “payments api”", "show | \"payments api\""),
            ("show „payments api“", "show | \"payments api\""),
            ("show „payments api”", "show | \"payments api\""),
            ("show «payments api»", "show | \"payments api\""),
            ("show »payments api«", "show | \"payments api\""),
            ("show ‘payments api’", "show | \"payments api\""),
            ("show “payments api\"", "show | \"payments api\""),
            (
                "show \"payments “api” two\"",
                "show | \"payments “api” two\"",
            ),
            ("show 'the team's plan'", "show | \"the team's plan\""),
            ("what's the team’s plan", "what's | the | team’s | plan"),
            ("show \"payments\"?", "show | \"payments\""),
            ("show \"a\"b", "show | \"ab\""),
            ("show \"a \\\"b\\\" \\\\ c\"", "show | \"a \"b\" \\ c\""),
            ("show \"C:\\temp\"", "show | \"C:\\temp\""),
            ("show \"payments", "show | ?5:\"payments"),
            ("show `payments api`", "show | `payments api`"),
            ("show ``a`b``", "show | `a`b`"),
            ("show `payments", "show | `payments"),
            ("thing=payments", "thing=payments"),
            ("thing=“payments api” now", "thing=\"payments api\" | now"),
            ("https://e.com/?q=1=2", "https://e.com/?q=1=2"),
            ("= =a a=", "= | =a | a="),
            ("\"a=b\"", "\"a=b\""),
            ("", ""),
        ];
        for (line, expected) in table {
            assert_eq!(cut(line), expected, "{line}");
        }
    }

    #[test]
    fn quotes_are_added_only_where_they_are_needed() {
        assert_eq!(quoted("payments-api"), "payments-api");
        assert_eq!(
            quoted("component:default/payments"),
            "component:default/payments"
        );
        assert_eq!(quoted("payments api"), "\"payments api\"");
        assert_eq!(quoted("the \"big\" one"), "\"the \\\"big\\\" one\"");
        assert_eq!(quoted("team's"), "\"team\\'s\"");
        assert_eq!(quoted("really?"), "\"really?\"");
        assert_eq!(quoted("--all"), "\"--all\"");
        assert_eq!(quoted(""), "\"\"");
    }
}
