//! Putting data into CommonMark so that it stays data.

/// Escapes text so that CommonMark shows it as it is: no emphasis, links, headings, mentions or HTML come of it.
/// Line breaks become spaces.
pub fn text(data: &str) -> String {
    let mut escaped = String::with_capacity(data.len() + 8);
    for (position, character) in data.char_indices() {
        match character {
            '\n' | '\r' | '\t' => escaped.push(' '),
            // A list, a quotation or a heading can only begin at the start of a line.
            '-' | '+' | '.' | '(' | ')' | '!' | '=' | '#' | '>'
                if !begins_block(data, position, character) =>
            {
                escaped.push(character);
            }
            character if is_control(character) => {}
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '+'
            | '-' | '.' | '!' | '|' | '~' | '&' | '@' | '=' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Plain text for a place that knows no formatting, like a button's label: control characters are dropped, line
/// breaks become spaces.
pub fn plain(data: &str) -> String {
    let spaced = data.chars().map(|c| match c {
        '\n' | '\r' | '\t' => ' ',
        c => c,
    });
    spaced.filter(|c| !is_control(*c)).collect()
}

/// Puts data into a code span; back-ticks in it are kept, line breaks become spaces.
pub fn code(data: &str) -> String {
    let data = plain(data);
    if data.trim().is_empty() {
        return "` `".to_owned();
    }
    let longest = data.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if data.starts_with('`') || data.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{data}{pad}{fence}")
}

/// Puts data into a fence, line by line as it is; back-ticks in it are kept.
pub fn block(data: &str, language: &str) -> String {
    let kept = |c: &char| matches!(c, '\n' | '\t') || !is_control(*c);
    let data: String = data.chars().filter(kept).collect();
    let longest = data.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!(
        "{fence}{language}\n{}\n{fence}",
        data.trim_end_matches('\n')
    )
}

/// Makes a link to a web page, or the plain label when the address is not `http` or `https`.
pub fn link(label: &str, address: &str) -> String {
    let safe = (address.starts_with("https://") || address.starts_with("http://"))
        && !address.chars().any(|c| c.is_whitespace() || is_control(c));
    if !safe {
        return text(label);
    }
    let address: String = address
        .chars()
        .map(|c| match c {
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '\\' => "%5C".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!("[{}](<{address}>)", text(label))
}

fn begins_block(data: &str, position: usize, character: char) -> bool {
    let before = &data[..position];
    match character {
        '.' | ')' => !before.is_empty() && before.chars().all(|c| c.is_ascii_digit()),
        // Brackets and exclamation marks mean something only beside square brackets, which are escaped.
        '(' | '!' => false,
        _ => before.trim().is_empty(),
    }
}

/// Control characters and those that change the direction of text or hide it.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_mentions_and_links_stay_text() {
        assert_eq!(
            text("*bold* [a](http://b) @room <!channel>"),
            r"\*bold\* \[a\](http://b) \@room \<!channel>"
        );
    }

    #[test]
    fn names_stay_readable() {
        assert_eq!(text("payments-api v2.1 (EU)!"), "payments-api v2.1 (EU)!");
    }

    #[test]
    fn nothing_begins_a_block() {
        assert_eq!(text("- item"), r"\- item");
        assert_eq!(text("1. item"), r"1\. item");
        assert_eq!(text("# title\n# more"), r"\# title # more");
    }

    #[test]
    fn code_spans_hold_back_ticks() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "` `");
    }

    #[test]
    fn a_block_cannot_be_closed_from_within() {
        assert_eq!(block("a\n\tb\r\n", "diff"), "```diff\na\n\tb\n```");
        assert_eq!(block("```\n# x", ""), "````\n```\n# x\n````");
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(
            link("Runbook", "https://e.com/a_b"),
            "[Runbook](<https://e.com/a_b>)"
        );
        assert_eq!(link("x", "javascript:alert(1)"), "x");
        assert_eq!(link("x", "https://e.com/ a"), "x");
    }

    #[test]
    fn text_that_turns_around_is_dropped() {
        assert_eq!(text("a\u{202E}b\u{0007}c"), "abc");
    }
}
