//! Whether a file of a skeleton is text, as Backstage judges it (npm `isbinaryfile` 5.0.7, which it uses).

/// Only so many bytes are looked at.
const LOOKED_AT: usize = 512;

/// A sequence of UTF-8 that begins among them may end behind.
const READ: usize = LOOKED_AT + 3;

/// Whether the content is to be copied as it is.
pub fn is_binary(content: &[u8]) -> bool {
    let read = &content[..content.len().min(READ)];
    let looked = read.len().min(LOOKED_AT);
    if read.is_empty() {
        return false;
    }
    let begins = |mark: &[u8]| read.starts_with(mark);
    if begins(b"\xEF\xBB\xBF")
        || begins(b"\x00\x00\xFE\xFF")
        || begins(b"\xFF\xFE\x00\x00")
        || begins(b"\x84\x31\x95\x33")
    {
        return false;
    }
    if begins(b"%PDF-") {
        return true;
    }
    if begins(b"\xFE\xFF") || begins(b"\xFF\xFE") {
        return false;
    }
    let mut suspicious = 0;
    let mut at = 0;
    while at < looked {
        let byte = read[at];
        if byte == 0 {
            return true;
        }
        let odd = byte < 7 || (15..32).contains(&byte) || byte > 127;
        if odd {
            let (is_text, eaten) = sequence(read, at);
            at += eaten;
            if !is_text {
                suspicious += 1;
                if at >= 32 && suspicious * 100 > looked * 10 {
                    return true;
                }
            }
        }
        at += 1;
    }
    suspicious * 100 > looked * 10 || (suspicious > 1 && is_protocol_buffer(&read[..looked]))
}

/// Whether a sequence of UTF-8 begins here, and how many more bytes are taken with the first.
fn sequence(read: &[u8], at: usize) -> (bool, usize) {
    let following = match read[at] {
        0xC0..=0xDF => 1,
        0xE0..=0xEF => 2,
        0xF0..=0xF7 => 3,
        _ => return (false, 0),
    };
    if at + following >= read.len() {
        return (false, 0);
    }
    for number in 1..=following {
        if !(0x80..=0xBF).contains(&read[at + number]) {
            // The byte that did not fit is passed over, too.
            return (false, 1);
        }
    }
    (true, following)
}

/// Whether the bytes read as messages of Google's protocol buffers.
fn is_protocol_buffer(bytes: &[u8]) -> bool {
    let mut at = 0;
    let mut messages = 0;
    while at < bytes.len() {
        let Ok(tag) = varint(bytes, &mut at) else {
            return false;
        };
        let skipped = match tag & 7 {
            0 => match varint(bytes, &mut at) {
                Ok(_) => 0,
                Err(Ended::TooLong) => return false,
                Err(Ended::Early) => break,
            },
            1 => 8,
            2 => match varint(bytes, &mut at) {
                Ok(length) => usize::try_from(length).unwrap_or(0),
                Err(Ended::TooLong) => return false,
                Err(Ended::Early) => break,
            },
            5 => 4,
            _ => return false,
        };
        if at + skipped > bytes.len() {
            break;
        }
        at += skipped;
        messages += 1;
    }
    messages > 0
}

enum Ended {
    Early,
    TooLong,
}

/// Reads one number; shifts wrap at 32 bits, as JavaScript's do.
fn varint(bytes: &[u8], at: &mut usize) -> Result<i32, Ended> {
    let mut value: i32 = 0;
    for number in 0..10_u32 {
        let byte = *bytes.get(*at).ok_or(Ended::Early)?;
        *at += 1;
        value |= i32::from(byte & 0x7F).wrapping_shl(number * 7);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Ended::TooLong)
}

#[cfg(test)]
mod tests {
    use super::is_binary;

    #[test]
    fn text_is_told_from_what_is_copied() {
        assert!(!is_binary(b""));
        assert!(!is_binary("Grüße, 世界 😀\n".as_bytes()));
        assert!(!is_binary(b"\xEF\xBB\xBFa\0"));
        assert!(is_binary(b"a\0b"));
        assert!(is_binary(b"%PDF-1.7"));
        assert!(is_binary(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"));
        // Latin-1 in a long text is still text; much of it is not.
        assert!(!is_binary(format!("{}\u{0}", "a".repeat(600)).as_bytes()));
        assert!(is_binary(&[0xFC; 64]));
    }
}
