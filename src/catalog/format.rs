//! The forms that Backstage asks of names, labels, tags and addresses (its `KubernetesValidatorFunctions` and
//! `CommonValidatorFunctions`).

use std::net::Ipv6Addr;

const NAME_LENGTH: usize = 63;
const PREFIX_LENGTH: usize = 253;

/// Whether the text is an API version, like `backstage.io/v1alpha1`; the prefix may be left out.
pub fn is_api_version(text: &str) -> bool {
    is_prefixed(text, |suffix| {
        fits(suffix) && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Whether the text is a kind: a letter followed by letters and digits.
pub fn is_kind(text: &str) -> bool {
    fits(text)
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether the text is a name: letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
pub fn is_name(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    fits(text)
        && ends(text.as_bytes().first())
        && ends(text.as_bytes().last())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether the text is a namespace: lower-case letters, digits and `-`, with no `-` at either end.
pub fn is_namespace(text: &str) -> bool {
    fits(text)
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Whether the text is the key of a label or an annotation: a name, with a domain and a slash before it or not.
pub fn is_key(text: &str) -> bool {
    is_prefixed(text, is_name)
}

/// Whether the text is a label's value: a name, or nothing.
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

/// Whether the text is a tag: runs of lower-case letters, digits, `:`, `+` and `#` with single `-` between them.
pub fn is_tag(text: &str) -> bool {
    let run = |run: &str| {
        !run.is_empty()
            && run
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b':' | b'+' | b'#'))
    };
    fits(text) && text.split('-').all(run)
}

/// Whether JavaScript's `new URL(text)` takes the text: an absolute address with a scheme, and a host where the
/// scheme needs one.
pub fn is_url(text: &str) -> bool {
    let text = text
        .trim_matches(|c: char| c <= ' ')
        .replace(['\t', '\n', '\r'], "");
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme_is_good = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !scheme_is_good {
        return false;
    }
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" | "ws" | "wss" | "ftp" => {
            let rest = rest.trim_start_matches(['/', '\\']);
            let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or("");
            is_authority(authority, |host| !host.is_empty() && is_domain(host))
        }
        "file" => match rest.strip_prefix("//") {
            Some(rest) => {
                let host = rest.split(['/', '\\', '?', '#']).next().unwrap_or("");
                let is_drive =
                    matches!(host.as_bytes(), [drive, b':' | b'|'] if drive.is_ascii_alphabetic());
                host.is_empty() || is_drive || is_bracketed(host) || is_domain(host)
            }
            None => true,
        },
        _ => match rest.strip_prefix("//") {
            Some(rest) => {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
                authority.is_empty()
                    || is_authority(authority, |host| {
                        !host.is_empty() && !host.contains(is_forbidden)
                    })
            }
            None => true,
        },
    }
}

/// Whether the text is `[user@]host[:port]` with a host that satisfies `is_host`.
fn is_authority(text: &str, is_host: impl Fn(&str) -> bool) -> bool {
    let place = text.rsplit_once('@').map_or(text, |(_, place)| place);
    let host_end = if place.starts_with('[') {
        place.find(']').map(|end| end + 1)
    } else {
        place.find(':')
    };
    let (host, port) = place.split_at(host_end.unwrap_or(place.len()));
    let port_is_good = match port.strip_prefix(':') {
        Some(port) => {
            port.is_empty()
                || port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
        }
        None => port.is_empty(),
    };
    port_is_good && (is_bracketed(host) || is_host(host))
}

/// Whether the text is an IPv6 address in brackets.
fn is_bracketed(host: &str) -> bool {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok())
}

/// Whether a browser takes the text as the name of a host.
fn is_domain(host: &str) -> bool {
    let forbidden = |c: char| is_forbidden(c) || c.is_ascii_control();
    // Each escape must name a character that may stand in a host.
    let escapes_are_good = host.split('%').skip(1).all(|escape| {
        let byte = escape
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| byte != b'%' && !forbidden(char::from(byte)))
    });
    if host.contains(forbidden) || !escapes_are_good {
        return false;
    }
    let parts: Vec<&str> = host.strip_suffix('.').unwrap_or(host).split('.').collect();
    let last = parts.last().copied().unwrap_or("");
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
        || hexadecimal(last).is_some();
    !is_number || is_ipv4(&parts)
}

/// Whether the parts are an IPv4 address in one of its old notations: fewer parts, octal, hexadecimal.
fn is_ipv4(parts: &[&str]) -> bool {
    let part = |text: &&str| match hexadecimal(text) {
        Some("") => Some(0),
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => u64::from_str_radix(&text[1..], 8).ok(),
        None => text.parse().ok(),
    };
    let Some(numbers) = parts.iter().map(part).collect::<Option<Vec<u64>>>() else {
        return false;
    };
    let Some((last, before)) = numbers.split_last() else {
        return false;
    };
    numbers.len() <= 4
        && before.iter().all(|number| *number <= 255)
        && *last < 1_u64 << (8 * (5 - numbers.len()))
}

fn hexadecimal(text: &str) -> Option<&str> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then_some(digits)
}

fn is_forbidden(c: char) -> bool {
    matches!(
        c,
        '\0' | ' ' | '#' | '/' | ':' | '<' | '>' | '?' | '@' | '[' | '\\' | ']' | '^' | '|'
    )
}

fn is_prefixed(text: &str, is_suffix: impl Fn(&str) -> bool) -> bool {
    match text.split_once('/') {
        Some((prefix, suffix)) => {
            prefix.len() <= PREFIX_LENGTH
                && prefix.split('.').all(is_namespace)
                && is_suffix(suffix)
        }
        None => is_suffix(text),
    }
}

fn fits(text: &str) -> bool {
    (1..=NAME_LENGTH).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks what a form takes and what it refuses.
    fn check(form: fn(&str) -> bool, taken: &[&str], refused: &[&str]) {
        for text in taken {
            assert!(form(text), "{text:?} should be taken");
        }
        for text in refused {
            assert!(!form(text), "{text:?} should be refused");
        }
    }

    #[test]
    fn names_and_kinds() {
        let long = "a".repeat(64);
        check(
            is_name,
            &["a", "A-b_c.d", "a--b", "a.-b", "0"],
            &["", "-a", "a-", "a b", "ä", "a/b", &long],
        );
        check(
            is_kind,
            &["A", "component", "X1"],
            &["", "1A", "A-b", "Ä", &long],
        );
        check(
            is_namespace,
            &["default", "a--b", "0"],
            &["", "A", "a.b", "a_b", "-a", "a-", &long],
        );
    }

    #[test]
    fn versions_and_keys() {
        let long = format!("{}/x", "a.".repeat(130));
        check(
            is_api_version,
            &["v1", "backstage.io/v1alpha1"],
            &["", "/v1", "a/", "a/v-1", "a/b/c", "A.io/v1", &long],
        );
        check(
            is_key,
            &["a", "a.b/C_d.e"],
            &["", "/a", "a/", "a/b/c", "A/b", "a..b/c", "a b"],
        );
        check(is_label_value, &["", "a", "A.b"], &["a b", "-"]);
    }

    #[test]
    fn tags() {
        check(
            is_tag,
            &["java", "c++", "c#", "a:b", "a-b"],
            &["", "Java", "a--b", "-a", "a_b", "a.b"],
        );
    }

    #[test]
    fn addresses_are_those_that_javascript_takes() {
        check(
            is_url,
            &[
                "https://e.com",
                "http:e.com",
                "HTTP:\\\\e.com/x y",
                "https://u:p@e.com:8080/?q#f",
                "mailto:a@b.c",
                "x:",
                "https://[::1]:80/",
                "https://1.2.3.4",
                "https://0x7f.1",
                "file:///etc",
                "file:x",
                "ssh://git@host/x",
                "https://e.com:",
                "  https://e.com  ",
                "https://münchen.de",
                "slack://channel?id=1",
                "git+https://a/b",
            ],
            &[
                "",
                "e.com",
                "/docs",
                "./x",
                "//e.com",
                "https://",
                "https:///",
                "https://e com",
                "https://e.com:x",
                "https://e.com:99999",
                "https://[::1",
                "https://1.2.3.256",
                "https://a|b",
                "1http://e.com",
                "http://a@",
                "https://${{ values.host }}/x",
                "foo://a b",
                ":x",
                "https://a%20b",
                "https://%zz",
            ],
        );
    }
}
