//! Texts in YAML: plain where they can be, else in quotes, or as blocks when they have several lines.

use super::fold::{Limits, Mode, fold, wide};
use super::style::{Blocks, Scalar, Style};
use crate::catalog::is_plain_text;
use crate::scaffold::document::quoted as json;

/// Where a value stands.
#[derive(Debug, Clone)]
pub struct Context {
    /// How deep, in spaces.
    pub indent: usize,
    /// How much stands before it in its line, where that is known.
    pub start: Option<usize>,
    /// Whether it is a key that has no `?`.
    pub is_key: bool,
    /// Whether it stands in brackets, where that was decided.
    pub in_brackets: Option<bool>,
}

impl Context {
    /// Whether it stands in brackets.
    pub fn flows(&self) -> bool {
        self.in_brackets == Some(true)
    }

    fn limits(&self, style: &Style) -> Limits {
        Limits {
            start: self.start,
            width: style.width,
            least: style.least_width,
        }
    }
}

/// A text at its place.
pub fn written(text: &str, context: &Context, style: &Style) -> String {
    let wanted = style.keys.filter(|_| context.is_key);
    let wanted = wanted.unwrap_or(style.texts);
    match wanted {
        _ if text.contains(is_control) => double(text, context, style),
        Scalar::Block if context.is_key || context.flows() => quoted(text, context, style),
        Scalar::Block => block(text, context, style, false),
        Scalar::Double => double(text, context, style),
        Scalar::Single => single(text, context, style),
        Scalar::Plain => plain(text, context, style),
    }
}

fn plain(text: &str, context: &Context, style: &Style) -> String {
    let breaks = text.contains('\n');
    if context.is_key && breaks || context.flows() && text.contains(['[', ']', '{', '}', ',']) {
        return quoted(text, context, style);
    }
    if misleads(text) {
        return if context.is_key || context.flows() || !breaks {
            quoted(text, context, style)
        } else {
            block(text, context, style, false)
        };
    }
    if !context.is_key && !context.flows() && breaks {
        return block(text, context, style, false);
    }
    if has_marker(text) {
        if context.indent == 0 {
            return block(text, context, style, true);
        }
        if context.is_key && context.indent == style.indent {
            return quoted(text, context, style);
        }
    }
    let indent = " ".repeat(context.indent);
    let plain = at_breaks(text, |run, _| format!("{run}\n{indent}"));
    if !is_plain_text(&plain) {
        return quoted(text, context, style);
    }
    if context.is_key {
        return plain;
    }
    fold(&plain, context.indent, Mode::Flow, context.limits(style)).text
}

/// Whether a text would be read as something else, or partly, if it had no quotes.
fn misleads(text: &str) -> bool {
    const BLANK: [char; 2] = [' ', '\t'];
    let begins = text.starts_with(|first: char| {
        matches!(
            first,
            '\n' | '\t' | ' ' | ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*'
        ) || matches!(first, '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`')
    });
    let indicates = text
        .strip_prefix(['?', '-'])
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(BLANK));
    let mut before = None;
    let within = text.chars().any(|next| {
        let pair = (before.replace(next), next);
        matches!(
            pair,
            (Some('\n' | ':'), ' ' | '\t')
                | (Some(' ' | '\t'), '\n')
                | (Some('\n' | '\t' | ' '), '#')
        )
    });
    begins || indicates || within || text.ends_with(['\n', '\t', ' ', ':'])
}

/// Control characters are written in double quotes only.
fn is_control(letter: char) -> bool {
    letter.is_control() && letter != '\n' && letter != '\t'
}

/// Whether a line of a text would begin or end a document, or be a directive.
fn has_marker(text: &str) -> bool {
    text.split(['\n', '\r', '\u{2028}', '\u{2029}'])
        .any(|line| line.starts_with('%') || line.starts_with("---") || line.starts_with("..."))
}

fn quoted(text: &str, context: &Context, style: &Style) -> String {
    let is_single = match style.single_quotes {
        Some(false) => false,
        wish => match (text.contains('"'), text.contains('\'')) {
            (true, false) => true,
            (false, true) => false,
            _ => wish == Some(true),
        },
    };
    if is_single {
        single(text, context, style)
    } else {
        double(text, context, style)
    }
}

/// How deep the further lines of a text stand that must not look like markers.
fn indent_of(text: &str, context: &Context) -> usize {
    if context.indent == 0 && has_marker(text) {
        2
    } else {
        context.indent
    }
}

fn single(text: &str, context: &Context, style: &Style) -> String {
    // Blanks around a line break would be lost.
    let loses = [" \n", "\t\n", "\n ", "\n\t"];
    if style.single_quotes == Some(false)
        || context.is_key && text.contains('\n')
        || loses.iter().any(|blank| text.contains(blank))
    {
        return double(text, context, style);
    }
    let indent = indent_of(text, context);
    let spaces = " ".repeat(indent);
    let inner = at_breaks(&text.replace('\'', "''"), |run, _| {
        format!("{run}\n{spaces}")
    });
    let quoted = format!("'{inner}'");
    if context.is_key {
        return quoted;
    }
    fold(&quoted, indent, Mode::Flow, context.limits(style)).text
}

fn double(text: &str, context: &Context, style: &Style) -> String {
    let json = json(text);
    if style.quotes_json {
        return json;
    }
    let indent = indent_of(text, context);
    let stays_in_line = context.is_key || json.encode_utf16().count() < style.least_lines_length;
    let escaped = escaped(&json, indent, stays_in_line);
    if context.is_key {
        return escaped;
    }
    fold(&escaped, indent, Mode::Quoted, context.limits(style)).text
}

/// What JSON escapes, in YAML's shorter way, and line breaks as such.
fn escaped(json: &str, indent: usize, stays_in_line: bool) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(letter) = rest.chars().next() {
        // A space in front of a line break would be lost.
        if rest.starts_with(" \\n") {
            escaped.push_str("\\ ");
            rest = &rest[1..];
        }
        if let Some(code) = rest.strip_prefix("\\u").and_then(|rest| rest.get(..4)) {
            match code {
                "0000" => escaped.push_str("\\0"),
                "0007" => escaped.push_str("\\a"),
                "000b" => escaped.push_str("\\v"),
                "001b" => escaped.push_str("\\e"),
                code => {
                    // JSON escapes nothing above.
                    escaped.push_str("\\x");
                    escaped.push_str(&code[2..]);
                }
            }
            rest = &rest[6..];
        } else if let Some(after) = rest.strip_prefix("\\n") {
            if stays_in_line || after.starts_with('"') {
                escaped.push_str("\\n");
                rest = after;
                continue;
            }
            // Reading eats the first of them.
            escaped.push_str("\n\n");
            rest = after;
            while let Some(after) = rest.strip_prefix("\\n")
                && !after.starts_with('"')
            {
                escaped.push('\n');
                rest = after;
            }
            escaped.push_str(&" ".repeat(indent));
            if rest.starts_with(' ') {
                escaped.push('\\');
            }
        } else if rest.starts_with('\\') {
            escaped.push_str(&rest[..2]);
            rest = &rest[2..];
        } else {
            escaped.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    escaped
}

fn block(text: &str, context: &Context, style: &Style, is_indented: bool) -> String {
    const BLANK: [char; 3] = ['\n', '\t', ' '];
    let unblanked = text.trim_end_matches([' ', '\t']);
    if style.blocks == Blocks::Never || unblanked.len() < text.len() && unblanked.ends_with('\n') {
        return quoted(text, context, style);
    }
    let indent = match context.indent {
        0 if is_indented || has_marker(text) => 2,
        indent => indent,
    };
    let spaces = " ".repeat(indent);
    let is_literal = match style.blocks {
        Blocks::Literal => true,
        Blocks::Folded => false,
        Blocks::Never | Blocks::Fitting => !is_over(text, style.width, indent),
    };
    if text.is_empty() {
        return if is_literal { "|\n" } else { ">\n" }.to_owned();
    }
    let body = text.trim_end_matches(BLANK);
    let end = &text[body.len()..];
    let chomp = match end.find('\n') {
        None => "-",
        Some(place) if body.is_empty() || place + 1 != end.len() => "+",
        Some(_) => "",
    };
    let end = end.strip_suffix('\n').unwrap_or(end);
    let end = at_breaks(end, |run, is_last| {
        if is_last {
            run.to_owned()
        } else {
            format!("{run}{spaces}")
        }
    });
    let leading = body.find(|letter| letter != ' ' && letter != '\n');
    let leading = &body[..leading.unwrap_or(body.len())];
    let start_length = leading.rfind('\n').map_or(0, |place| place + 1);
    let (start, body) = body.split_at(start_length);
    let start = at_breaks(start, |run, _| format!("{run}{spaces}"));
    let size = match (leading.contains(' '), indent) {
        (false, _) => "",
        (true, 0) => "1",
        (true, _) => "2",
    };
    if !is_literal {
        let folded = at_breaks(body, |run, _| format!("\n{run}"));
        let folded = unfolded(&folded);
        let folded = at_breaks(&folded, |run, _| format!("{run}{spaces}"));
        let limits = Limits {
            start: Some(context.indent),
            ..context.limits(style)
        };
        let folded = fold(
            &format!("{start}{folded}{end}"),
            indent,
            Mode::Block,
            limits,
        );
        if style.blocks == Blocks::Folded || !folded.overflows {
            return format!(">{size}{chomp}\n{spaces}{}", folded.text);
        }
    }
    let body = at_breaks(body, |run, _| format!("{run}{spaces}"));
    format!("|{size}{chomp}\n{spaces}{start}{body}{end}")
}

/// Takes back the line breaks that were doubled around lines that begin with a blank, which are not folded.
fn unfolded(text: &str) -> String {
    const BLANK: [char; 2] = [' ', '\t'];
    let mut unfolded = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_start = true;
    while !rest.is_empty() {
        let line = if is_start && rest.starts_with(BLANK) {
            Some(rest)
        } else {
            rest.strip_prefix('\n')
                .filter(|line| line.starts_with(BLANK))
        };
        is_start = false;
        let Some(line) = line else {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            unfolded.push_str(&rest[..first]);
            rest = &rest[first..];
            continue;
        };
        let length = line.find(['\n', '\r', '\u{2028}', '\u{2029}']);
        let (line, after) = line.split_at(length.unwrap_or(line.len()));
        unfolded.push_str(line);
        let blank = after.len() - after.trim_start_matches(['\n', '\t', ' ']).len();
        match after[..blank].strip_suffix('\n') {
            Some(empty) => {
                unfolded.push_str(empty);
                rest = &after[blank..];
            }
            None => rest = after,
        }
    }
    unfolded
}

/// Whether a line of a text is longer than it may be.
fn is_over(text: &str, width: i64, indent: usize) -> bool {
    let limit = width - wide(indent);
    width > 0
        && text
            .split('\n')
            .any(|line| wide(line.encode_utf16().count()) > limit)
}

/// A text with something else in the place of every run of line breaks; told is whether it is the end of the text.
fn at_breaks(text: &str, with: impl Fn(&str, bool) -> String) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\n') {
        made.push_str(&rest[..place]);
        let after = rest[place..].trim_start_matches('\n');
        let run = &rest[place..rest.len() - after.len()];
        made.push_str(&with(run, after.is_empty()));
        rest = after;
    }
    made.push_str(rest);
    made
}
