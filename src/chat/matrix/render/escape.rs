//! Data where clients and servers look for mentions and HTML.

/// Between the two it shows nothing, and keeps `@room` from being read as one word.
const JOINER: char = '\u{2060}';

/// Takes out control characters and those that hide text or turn it around; tabs become spaces, `\n` stays.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => cleaned.push('\n'),
            '\t' => cleaned.push_str("    "),
            '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}'
            | '\u{FEFF}' => {}
            character if character.is_control() => {}
            character => cleaned.push(character),
        }
    }
    cleaned
}

/// Escapes text for HTML, in words and in attributes.
pub(super) fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// An address as it may stand in a line and in an attribute.
pub(super) fn address(url: &str) -> String {
    let url = clean(url);
    let mut address = String::with_capacity(url.len());
    for (position, character) in url.char_indices() {
        if character == '@' && calls_room(&url, position) {
            address.push_str("%40");
        } else if !character.is_whitespace() {
            address.push(character);
        }
    }
    address
}

/// Whether an address leads to a web page or a mailbox; those of Matrix itself would show as mentions.
pub(super) fn can_be_followed(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    if address.starts_with("mailto:") {
        return true;
    }
    let page = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    page.is_some_and(|page| {
        let authority = page.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let host = host.trim_end_matches('.');
        !host.is_empty() && host != "matrix.to" && !host.ends_with(".matrix.to")
    })
}

/// Keeps `@room` in a finished text from calling everybody; e-mail addresses stay as they are.
pub(super) fn quiet(text: &str) -> String {
    let mut quiet = String::with_capacity(text.len());
    for (position, character) in text.char_indices() {
        quiet.push(character);
        if character == '@' && calls_room(text, position) {
            quiet.push(JOINER);
        }
    }
    quiet
}

/// Whether the word `@room` begins at this `@`. Servers look for it at the ends of words, in whatever case.
fn calls_room(text: &str, at: usize) -> bool {
    let after = &text[at + 1..];
    let Some(end) = after
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("room"))
        .map(|_| &after[4..])
    else {
        return false;
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if end.starts_with(is_word) {
        return false;
    }
    let mailbox = text[..at].ends_with(|c: char| is_word(c) || "+-".contains(c));
    let domain = end
        .strip_prefix('.')
        .is_some_and(|domain| domain.starts_with(is_word));
    !(mailbox && domain)
}

/// Makes a mention of a person, as plain text and as HTML.
pub fn pill(user_id: &str, display_name: &str) -> (String, String) {
    let name = clean(display_name).replace('\n', " ");
    let name = if name.trim().is_empty() {
        clean(user_id)
    } else {
        name.trim().to_owned()
    };
    let name = quiet(&name);
    let told = html(&name);
    if !user_id.starts_with('@') || !user_id.contains(':') {
        return (name, told);
    }
    let id: String = user_id
        .bytes()
        .map(|byte| match byte {
            b'@' | b':' | b'.' | b'-' | b'_' | b'=' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let link = format!("<a href=\"https://matrix.to/#/{id}\">{told}</a>");
    (name, link)
}
