//! Takes a template apart: text that stays, and the code between `${{ }}` and `{% %}`.

use super::Options;
use super::error::{Fault, Outcome};
use super::text::is_space;

/// A part of a template.
#[derive(Debug)]
pub(super) enum Piece<'t> {
    /// Text that stays as it is.
    Text(String),
    /// An expression to print.
    Output(Code<'t>),
    /// A tag.
    Tag(Code<'t>),
}

/// Code and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code<'t> {
    /// Where the braces begin.
    pub(super) at: usize,
    /// Where the code begins.
    pub(super) start: usize,
    /// The code, without white space around it.
    pub(super) text: &'t str,
}

impl<'t> Code<'t> {
    /// The code from a byte of it on.
    pub(super) fn from(&self, offset: usize) -> Code<'t> {
        self.part(offset, self.text.len())
    }

    /// A part of the code, without white space around it.
    pub(super) fn part(&self, from: usize, to: usize) -> Code<'t> {
        let text = &self.text[from..to];
        let trimmed = text.trim_start_matches(is_blank);
        Code {
            at: self.at,
            start: self.start + from + (text.len() - trimmed.len()),
            text: trimmed.trim_end_matches(is_blank),
        }
    }
}

/// Whether a character separates the words of code.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{a0}')
}

/// What the braces at some place open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    Output,
    Tag,
    Comment,
}

struct Scanner<'t> {
    source: &'t str,
    options: Options,
    pieces: Vec<Piece<'t>>,
    at: usize,
    text: String,
    /// Whether something but white space stands before this place in its line.
    line_begun: bool,
}

/// Takes a template apart.
pub(super) fn scan(source: &str, options: Options) -> Outcome<Vec<Piece<'_>>> {
    let mut scanner = Scanner {
        source,
        options,
        pieces: Vec::new(),
        at: 0,
        text: String::new(),
        line_begun: false,
    };
    scanner.run()?;
    Ok(scanner.pieces)
}

impl<'t> Scanner<'t> {
    fn run(&mut self) -> Outcome<()> {
        while self.at < self.source.len() {
            let Some((place, opening)) = self.next_opening()? else {
                self.take_text(self.source.len());
                break;
            };
            self.take_text(place);
            self.code(opening)?;
        }
        self.flush();
        Ok(())
    }

    /// The next braces that open something; a `#}` in front of them closes a comment that there is not.
    fn next_opening(&self) -> Outcome<Option<(usize, Opening)>> {
        let bytes = self.source.as_bytes();
        for place in self.at..bytes.len() {
            let here = &bytes[place..];
            let opening = match here {
                [b'{', b'%', ..] => Opening::Tag,
                [b'{', b'#', ..] => Opening::Comment,
                [b'{', b'{', ..] if self.options.cookiecutter => Opening::Output,
                [b'$', b'{', b'{', ..] if !self.options.cookiecutter => Opening::Output,
                [b'#', b'}', ..] => {
                    return Err(Fault::at(
                        place,
                        "A comment ends here that does not begin: `#}` has no `{#`. Put `{% raw %}` and `{% endraw %}` around text that must stay as it is.",
                    ));
                }
                _ => continue,
            };
            return Ok(Some((place, opening)));
        }
        Ok(None)
    }

    fn code(&mut self, opening: Opening) -> Outcome<()> {
        let begin = self.at;
        let (open, close) = match opening {
            Opening::Output if self.options.cookiecutter => ("{{", "}}"),
            Opening::Output => ("${{", "}}"),
            Opening::Tag => ("{%", "%}"),
            Opening::Comment => ("{#", "#}"),
        };
        if opening == Opening::Tag && self.options.lstrip_blocks {
            self.strip_indent();
        }
        let mut inside = begin + open.len();
        if self.source[inside..].starts_with('-') {
            let length = self.text.trim_end_matches(is_space).len();
            self.text.truncate(length);
            inside += 1;
        }
        self.flush();
        let end = if opening == Opening::Comment {
            self.source[inside..].find(close).map(|end| inside + end)
        } else {
            find_end(self.source, inside, close)?
        };
        let Some(end) = end else {
            return Err(Fault::at(
                begin,
                format!("`{open}` opens something that `{close}` does not close."),
            ));
        };
        let trims = self.source[..end].ends_with('-');
        let code_end = if trims { end - 1 } else { end }.max(inside);
        self.advance(end + close.len());
        if opening != Opening::Comment {
            let code = Code {
                at: begin,
                start: inside,
                text: &self.source[inside..code_end],
            };
            if opening == Opening::Output {
                // White space at its end is no part of an expression, but may be half of one: it stays.
                let trimmed = code.text.trim_start_matches(is_blank);
                self.pieces.push(Piece::Output(Code {
                    start: inside + code.text.len() - trimmed.len(),
                    text: trimmed,
                    ..code
                }));
            } else {
                let code = code.from(0);
                let name = name_of(code.text);
                if name == "raw" || name == "verbatim" {
                    return self.raw(code, name, trims);
                }
                self.pieces.push(Piece::Tag(code));
            }
        }
        if trims {
            self.skip_space();
        } else if opening == Opening::Tag && self.options.trim_blocks {
            self.skip_line_break();
        }
        Ok(())
    }

    /// Text between `raw` and `endraw`, which may be nested.
    fn raw(&mut self, code: Code<'t>, name: &str, trims: bool) -> Outcome<()> {
        if code.text.len() > name.len() {
            return Err(Fault::at(
                code.start,
                format!("`{{% {name} %}}` stands alone: take out what is behind it."),
            ));
        }
        if self.options.trim_blocks {
            self.skip_line_break();
        }
        let Some((start, end)) = find_raw_end(self.source, self.at, name) else {
            return Err(Fault::at(
                code.at,
                format!("`{{% {name} %}}` is not closed: `{{% end{name} %}}` is missing."),
            ));
        };
        if self.source[start..end].contains('\n') {
            return Err(Fault::at(
                start,
                format!("`{{% end{name} %}}` must stand in one line."),
            ));
        }
        self.take_text(start);
        self.advance(end);
        if trims {
            self.skip_space();
        }
        Ok(())
    }

    fn take_text(&mut self, end: usize) {
        self.text.push_str(&self.source[self.at..end]);
        self.advance(end);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces
                .push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn advance(&mut self, end: usize) {
        let passed = &self.source[self.at..end];
        let line = match passed.rfind('\n') {
            Some(end) => {
                self.line_begun = false;
                &passed[end + 1..]
            }
            None => passed,
        };
        self.line_begun |= !line.chars().all(is_space);
        self.at = end;
    }

    fn skip_space(&mut self) {
        let rest = &self.source[self.at..];
        self.advance(self.source.len() - rest.trim_start_matches(is_space).len());
    }

    fn skip_line_break(&mut self) {
        let rest = &self.source[self.at..];
        if rest.starts_with('\n') {
            self.advance(self.at + 1);
        } else if rest.starts_with("\r\n") {
            self.advance(self.at + 2);
        }
    }

    /// Takes the white space in front of a tag away that begins its line.
    fn strip_indent(&mut self) {
        if self.line_begun {
            return;
        }
        let start = self.text.rfind('\n').map_or(0, |end| end + 1);
        if self.text[start..].chars().all(is_space) {
            self.text.truncate(start);
        }
    }
}

/// The name that a tag begins with.
pub(super) fn name_of(code: &str) -> &str {
    let end = code
        .find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .unwrap_or(code.len());
    if code.starts_with(|first: char| first.is_ascii_digit()) {
        ""
    } else {
        &code[..end]
    }
}

/// Where code ends: the first closing braces outside text and regular expressions.
fn find_end(source: &str, from: usize, close: &str) -> Outcome<Option<usize>> {
    let mut at = from;
    while at + close.len() <= source.len() {
        if let Some(end) = skip_token(source, at)? {
            at = end;
        } else if source[at..].starts_with(close) {
            return Ok(Some(at));
        } else {
            at += source[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    Ok(None)
}

/// The end of the text, name, number or regular expression that begins here.
pub(super) fn skip_token(source: &str, at: usize) -> Outcome<Option<usize>> {
    let bytes = source.as_bytes();
    let quote = bytes[at];
    if quote == b'"' || quote == b'\'' {
        let mut end = at + 1;
        while end < bytes.len() {
            if bytes[end] == b'\\' {
                end += 1;
            } else if bytes[end] == quote {
                return Ok(Some(end + 1));
            }
            end += 1;
        }
        return Ok(Some(source.len()));
    }
    let word = bytes[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    if word == 0 {
        return Ok(None);
    }
    if word == 1 && bytes[at] == b'r' && bytes.get(at + 1) == Some(&b'/') {
        return super::lexer::regex_end(source, at).map(|end| Some(end.behind));
    }
    Ok(Some(at + word))
}

/// The tag that ends a raw region, and its end.
fn find_raw_end(source: &str, from: usize, name: &str) -> Option<(usize, usize)> {
    let mut depth = 1;
    let mut at = from;
    loop {
        let start = at + source[at..].find("{%")?;
        let inside = source[start + 2..].trim_start_matches(is_space);
        let (closes, behind) = match inside
            .strip_prefix("end")
            .and_then(|rest| rest.strip_prefix(name))
        {
            Some(behind) => (true, Some(behind)),
            None => (false, inside.strip_prefix(name)),
        };
        let end = behind.and_then(|behind| behind.trim_start_matches(is_space).strip_prefix("%}"));
        let Some(end) = end.map(|rest| source.len() - rest.len()) else {
            at = start + 2;
            continue;
        };
        if !closes {
            depth += 1;
        } else if depth == 1 {
            return Some((start, end));
        } else {
            depth -= 1;
        }
        at = end;
    }
}
