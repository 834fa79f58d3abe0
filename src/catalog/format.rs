//! The forms that Backstage asks of names, labels, tags and addresses (its `KubernetesValidatorFunctions` and
//! `CommonValidatorFunctions`).

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
    url::Url::parse(text).is_ok()
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
