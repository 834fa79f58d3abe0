//! What people write, out of Slack's markup: references and links as they read, `&amp;` as `&`.

/// A text without markup. The mentions of `but` are left out.
pub fn unwrapped(text: &str, but: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, reference) = rest.split_at(start);
        plain.push_str(&unescaped(before));
        let inside = reference[1..].find(['>', '<', '\n']).map(|end| end + 1);
        let closed = inside.filter(|end| reference.as_bytes()[*end] == b'>');
        let written = closed.and_then(|end| read(&reference[1..end], but));
        if let (Some(end), Some(written)) = (closed, written) {
            plain.push_str(&written);
            rest = &reference[end + 1..];
        } else {
            plain.push('<');
            rest = &reference[1..];
        }
    }
    plain.push_str(&unescaped(rest));
    plain
}

/// Whether a text mentions a person.
pub fn mentions(text: &str, person: &str) -> bool {
    text.match_indices("<@").any(|(at, _)| {
        let name = text[at + 2..].strip_prefix(person);
        name.is_some_and(|rest| rest.starts_with(['>', '|']))
    })
}

/// How a reference reads, without its brackets; `None` when it is none.
fn read(reference: &str, but: &str) -> Option<String> {
    let (target, label) = match reference.split_once('|') {
        Some((target, label)) => (
            target,
            Some(unescaped(label)).filter(|label| !label.is_empty()),
        ),
        None => (reference, None),
    };
    if let Some(id) = target.strip_prefix('@') {
        if id == but {
            return Some(String::new());
        }
        return Some(format!("@{}", label.unwrap_or_else(|| id.to_owned())));
    }
    if let Some(id) = target.strip_prefix('#') {
        return Some(format!("#{}", label.unwrap_or_else(|| id.to_owned())));
    }
    if let Some(special) = target.strip_prefix('!') {
        let name = special.split('^').next().unwrap_or_default();
        return Some(label.unwrap_or_else(|| format!("@{name}")));
    }
    let (scheme, address) = target.split_once(':')?;
    if !scheme
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    {
        return None;
    }
    let written = match scheme {
        // What was written is the address alone.
        "mailto" | "tel" => label.unwrap_or_else(|| unescaped(address)),
        // Slack makes a link of a bare name like `pay.acme.example`.
        "http" if label.as_deref() == Some(address.trim_start_matches('/')) => {
            label.unwrap_or_default()
        }
        _ => unescaped(target),
    };
    Some(written)
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_links_read_as_they_were_written() {
        let cases = [
            ("<@U0BOT> who owns payments?", " who owns payments?"),
            ("<@U0BOT|callboard> x", " x"),
            ("whois <@U1>", "whois @U1"),
            ("whois <@U1|ana>", "whois @ana"),
            ("claim <#C1|pay-help> or <#C2>", "claim #pay-help or #C2"),
            (
                "<!here> <!subteam^S1|@pay> <!date^1^{date}|noon>",
                "@here @pay noon",
            ),
            (
                "<http://pay.acme.example|pay.acme.example>",
                "pay.acme.example",
            ),
            (
                "<https://a.example/x?a=1&amp;b=2|the page>",
                "https://a.example/x?a=1&b=2",
            ),
            (
                "<mailto:ana@acme.example|ana@acme.example>",
                "ana@acme.example",
            ),
            ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
            ("Vec<String> < 3 <x", "Vec<String> < 3 <x"),
            ("a <b\n<@U1>", "a <b\n@U1"),
            ("", ""),
        ];
        for (text, plain) in cases {
            assert_eq!(unwrapped(text, "U0BOT"), plain, "{text}");
        }
    }

    #[test]
    fn a_mention_is_of_the_whole_id() {
        assert!(mentions("hi <@U0BOT>!", "U0BOT"));
        assert!(mentions("hi <@U0BOT|callboard>", "U0BOT"));
        assert!(!mentions("hi <@U0BOTHER>", "U0BOT"));
        assert!(!mentions("hi U0BOT", "U0BOT"));
    }
}
