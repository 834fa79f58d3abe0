//! Cutting a stream into its documents, before anything is read.

/// The bytes of one document of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'i> {
    /// The document with its directives and markers.
    pub bytes: &'i [u8],
    /// How many lines of the stream stand before it.
    pub lines_before: u32,
}

/// Splits a stream into its documents at the markers `---` and `...`, so that a broken one cannot take the
/// others with it. Stretches of nothing but blank lines and comments are left out.
pub fn split(stream: &[u8]) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let (mut start, mut lines_before) = (0, 0);
    let (mut content, mut directives) = (false, false);
    let mut offset = 0;
    for (number, line) in (0_u32..).zip(stream.split_inclusive(|byte| *byte == b'\n')) {
        let end = offset + line.len();
        if is_marker(line, b"---") {
            if content {
                chunks.push(Chunk {
                    bytes: &stream[start..offset],
                    lines_before,
                });
            }
            if content || !directives {
                (start, lines_before) = (offset, number);
            }
            (content, directives) = (true, false);
        } else if is_marker(line, b"...") {
            if content || directives {
                chunks.push(Chunk {
                    bytes: &stream[start..end],
                    lines_before,
                });
            }
            (start, lines_before) = (end, number + 1);
            (content, directives) = (false, false);
        } else if !content {
            match line.trim_ascii_start().first() {
                None | Some(b'#') => {}
                Some(_) if line.starts_with(b"%") => directives = true,
                Some(_) => content = true,
            }
        }
        offset = end;
    }
    if content || directives {
        chunks.push(Chunk {
            bytes: &stream[start..],
            lines_before,
        });
    }
    chunks
}

fn is_marker(line: &[u8], marker: &[u8]) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}
