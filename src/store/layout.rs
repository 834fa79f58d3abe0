//! How entries are laid out in a store of bytes: keys as `space/key`, values as one header line and the JSON.

use serde_json::value::RawValue;

use super::{Entry, Space};

/// The header of a stored value: the line `version expires`, with `-` for entries that never expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The entry's version.
    pub version: u64,
    /// When it is as good as gone, in milliseconds since the Unix epoch.
    pub expires: Option<u64>,
}

impl Header {
    /// Whether the entry is still there at the time `now`.
    pub fn is_live(self, now: u64) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}

/// The key of an entry. Names of spaces hold no slash, so entries of different spaces never meet.
pub(super) fn key_bytes(space: Space, key: &str) -> Vec<u8> {
    let name = space.name();
    let mut bytes = Vec::with_capacity(name.len() + 1 + key.len());
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(b'/');
    bytes.extend_from_slice(key.as_bytes());
    bytes
}

/// The key within the space, from the bytes that [`key_bytes`] made.
pub(super) fn key_text(space: Space, bytes: &[u8]) -> Option<String> {
    let key = bytes.get(space.name().len() + 1..)?;
    String::from_utf8(key.to_vec()).ok()
}

/// A stored value.
pub(super) fn value_bytes(header: Header, value: &RawValue) -> Vec<u8> {
    let expires = header
        .expires
        .map_or_else(|| "-".to_owned(), |expires| expires.to_string());
    let head = format!("{} {expires}\n", header.version);
    let mut bytes = Vec::with_capacity(head.len() + value.get().len());
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(value.get().as_bytes());
    bytes
}

/// Splits a stored value into its header and the JSON text; `None` when it is not one.
pub(super) fn split_value(bytes: &[u8]) -> Option<(Header, &[u8])> {
    let end = bytes.iter().take(64).position(|byte| *byte == b'\n')?;
    let (head, json) = bytes.split_at(end);
    let (version, expires) = std::str::from_utf8(head).ok()?.split_once(' ')?;
    let header = Header {
        version: version.parse().ok()?,
        expires: match expires {
            "-" => None,
            expires => Some(expires.parse().ok()?),
        },
    };
    Some((header, &json[1..]))
}

/// Builds the entry from its parts; `None` when the text is not JSON.
pub(super) fn entry(key: String, header: Header, json: &[u8]) -> Option<Entry> {
    let text = String::from_utf8(json.to_vec()).ok()?;
    Some(Entry {
        key,
        version: header.version,
        value: RawValue::from_string(text).ok()?,
        expires: header.expires,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_is_readable_and_comes_back() {
        let value = RawValue::from_string("{\"a\":1}".to_owned()).expect("JSON");
        let header = Header {
            version: 7,
            expires: Some(1_700),
        };
        let bytes = value_bytes(header, &value);
        assert_eq!(String::from_utf8_lossy(&bytes), "7 1700\n{\"a\":1}");
        let (read, json) = split_value(&bytes).expect("a value");
        assert_eq!(read, header);
        let entry = entry("k".to_owned(), read, json).expect("an entry");
        assert_eq!(entry.value.get(), "{\"a\":1}");
    }

    #[test]
    fn rubbish_is_no_value() {
        for bytes in ["", "\n", "1\n{}", "x -\n{}", "1 x\n{}", "1 -{}"] {
            assert!(split_value(bytes.as_bytes()).is_none(), "{bytes:?}");
        }
    }
}
