//! Data in Slack's own markup, and the few references that the bot makes in it.

use crate::chat::slack::limit::length;

/// Escapes text for a place where Slack looks for mentions, links and dates. They all begin with `<`, so none is left.
pub fn escape(data: &str) -> String {
    let mut escaped = String::with_capacity(data.len() + 8);
    for character in data.chars() {
        push(&mut escaped, character);
    }
    escaped
}

/// Escapes text and cuts it at a length, never within an escape.
pub(super) fn escape_within(data: &str, most: usize) -> String {
    let whole = escape(data);
    if length(&whole) <= most {
        return whole;
    }
    let mut kept = String::new();
    let mut left = most.saturating_sub(1);
    for character in data.chars() {
        let mut one = String::new();
        push(&mut one, character);
        let Some(rest) = left.checked_sub(length(&one)) else {
            break;
        };
        left = rest;
        kept.push_str(&one);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// A reference to a person, as `<@U012AB3CD>`. What is no id of a person stays text.
pub fn person(id: &str) -> String {
    if is_id(id, &['U', 'W']) {
        format!("<@{id}>")
    } else {
        escape(id)
    }
}

/// A reference to a channel, as `<#C012AB3CD>`. What is no id of a channel stays text.
pub fn channel(id: &str) -> String {
    if is_id(id, &['C', 'G', 'D']) {
        format!("<#{id}>")
    } else {
        escape(id)
    }
}

fn push(escaped: &mut String, character: char) {
    match character {
        '&' => escaped.push_str("&amp;"),
        '<' => escaped.push_str("&lt;"),
        '>' => escaped.push_str("&gt;"),
        other => escaped.push(other),
    }
}

fn is_id(id: &str, kinds: &[char]) -> bool {
    id.len() > 1
        && id.starts_with(kinds)
        && id
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_data_is_a_reference() {
        assert_eq!(
            escape("<!channel> <@U1> <https://e.com|bank> a & b"),
            "&lt;!channel&gt; &lt;@U1&gt; &lt;https://e.com|bank&gt; a &amp; b"
        );
        assert_eq!(escape_within("a<b<c", 6), "a&lt;…");
        assert_eq!(escape_within("a<b", 6), "a&lt;b");
    }

    #[test]
    fn only_ids_become_references() {
        assert_eq!(person("U012AB3CD"), "<@U012AB3CD>");
        assert_eq!(person("U1>|<!here"), "U1&gt;|&lt;!here");
        assert_eq!(person(""), "");
        assert_eq!(channel("C012AB3CD"), "<#C012AB3CD>");
        assert_eq!(channel("general"), "general");
    }
}
