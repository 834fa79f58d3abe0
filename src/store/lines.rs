//! The store as JSON lines: what `callboard export` writes and `callboard import` reads.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use super::migration::{SCHEMA, SCHEMA_KEY};
use super::{Entry, Space, Store, StoreError, Write};

/// Entries per read of an export, and per all-or-nothing batch of an import.
const PART: usize = 500;

/// No line of ours comes near this; a longer one is not an export.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// The first line of every export.
#[derive(Serialize, Deserialize)]
struct First {
    callboard: String,
    schema: u64,
}

/// One entry as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    space: String,
    key: String,
    #[serde(default)]
    expires: Option<u64>,
    value: Box<RawValue>,
}

/// Why entries could not be carried out or in.
#[derive(Debug, Error)]
pub enum LinesError {
    /// A line is not what an export holds. Batches of lines before it may have been imported.
    #[error("line {line} {cause}; {imported} entries before it were imported")]
    Line {
        /// The line; the first is 1.
        line: u64,
        /// What is wrong with it, as the end of a sentence.
        cause: String,
        /// How many entries were imported before it.
        imported: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be read or written.
    #[error("the export could not be read or written: {0}")]
    File(#[from] io::Error),
}

/// Writes every entry but those of caches, in the order of spaces and keys, and says how many.
///
/// It reads in parts: what is written meanwhile may or may not be in it.
pub async fn export(store: &dyn Store, mut out: impl io::Write + Send) -> Result<u64, LinesError> {
    let first = First {
        callboard: "export".to_owned(),
        schema: SCHEMA,
    };
    write_line(&mut out, &first)?;
    let mut count = 0;
    for space in Space::ALL.into_iter().filter(|space| space.is_exported()) {
        let mut after: Option<String> = None;
        loop {
            let part = store.scan(space, "", after.as_deref(), PART).await?;
            let Some(last) = part.last() else { break };
            after = Some(last.key.clone());
            for entry in part {
                if !is_schema(space, &entry.key) {
                    write_line(&mut out, &line_of(space, entry)?)?;
                    count += 1;
                }
            }
        }
    }
    out.flush()?;
    Ok(count)
}

/// Writes the entries of an export into the store, over those that stand there, and says how many.
///
/// Each batch of 500 lines is written whole or not at all; the first bad line ends it. Lines of caches are refused.
pub async fn import(store: &dyn Store, mut from: impl BufRead + Send) -> Result<u64, LinesError> {
    let mut imported = 0;
    let mut number = 1;
    let mut text = String::new();
    let bad = |line: u64, imported: u64, cause: &str| LinesError::Line {
        line,
        cause: cause.to_owned(),
        imported,
    };
    read_line(&mut from, &mut text).map_err(|error| unreadable(error, number, imported))?;
    let first: Option<First> = serde_json::from_str(&text).ok();
    match first {
        Some(first) if first.callboard == "export" && first.schema == SCHEMA => {}
        Some(first) if first.callboard == "export" => {
            let cause = format!(
                "says that the export has schema {}, but this version of Callboard reads schema {SCHEMA}: \
                 import it with the version that wrote it",
                first.schema
            );
            return Err(bad(number, imported, &cause));
        }
        _ => {
            let cause =
                "is not the beginning of an export: give a file that `callboard export` wrote";
            return Err(bad(number, imported, cause));
        }
    }
    let mut batch = Vec::with_capacity(PART);
    loop {
        number += 1;
        let is_end = !read_line(&mut from, &mut text)
            .map_err(|error| unreadable(error, number, imported))?;
        if !is_end && !text.trim().is_empty() {
            let write = write_of(&text).map_err(|cause| bad(number, imported, &cause))?;
            batch.push(write);
        }
        if batch.len() == PART || (is_end && !batch.is_empty()) {
            store.apply(&batch).await?;
            imported += batch.len() as u64;
            batch.clear();
        }
        if is_end {
            store.flush().await?;
            return Ok(imported);
        }
    }
}

/// The schema belongs to the store that holds it, not to what is carried.
fn is_schema(space: Space, key: &str) -> bool {
    space == Space::Meta && key == SCHEMA_KEY
}

fn line_of(space: Space, entry: Entry) -> Result<Line, StoreError> {
    let mut value = entry.value;
    if value.get().contains(['\n', '\r']) {
        // Between the tokens only: within its strings JSON has no raw line breaks.
        let text = value.get().replace(['\n', '\r'], " ");
        value = RawValue::from_string(text).map_err(|error| StoreError::Shape {
            key: entry.key.clone(),
            cause: error.to_string(),
        })?;
    }
    Ok(Line {
        space: space.name().to_owned(),
        key: entry.key,
        expires: entry.expires,
        value,
    })
}

fn write_of(text: &str) -> Result<Write, String> {
    let line: Line = serde_json::from_str(text)
        .map_err(|error| format!("is not an entry of an export: {error}"))?;
    let space = Space::named(&line.space)
        .ok_or_else(|| format!("names the space {:?}, which does not exist", line.space))?;
    if space.is_cache() {
        return Err(format!(
            "holds an entry of {:?}, which is rebuilt from git",
            line.space
        ));
    }
    if is_schema(space, &line.key) {
        return Err("holds the schema version, which every store keeps for itself".to_owned());
    }
    Ok(Write::Put {
        space,
        key: line.key,
        value: line.value,
        expires: line.expires,
    })
}

fn write_line(out: &mut impl io::Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Reads one line; `false` at the end.
fn read_line(from: &mut impl BufRead, text: &mut String) -> io::Result<bool> {
    text.clear();
    let read = io::Read::take(&mut *from, LONGEST_LINE).read_line(text)?;
    Ok(read > 0)
}

fn unreadable(error: io::Error, line: u64, imported: u64) -> LinesError {
    if error.kind() == io::ErrorKind::InvalidData {
        let cause = "is not UTF-8 text".to_owned();
        return LinesError::Line {
            line,
            cause,
            imported,
        };
    }
    LinesError::File(error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::Clock;
    use crate::store::memory::MemoryStore;

    fn put(space: Space, key: &str, value: &str) -> Write {
        let value = RawValue::from_string(value.to_owned()).expect("JSON");
        Write::Put {
            space,
            key: key.to_owned(),
            value,
            expires: None,
        }
    }

    async fn exported(store: &dyn Store) -> String {
        let mut out = Vec::new();
        export(store, &mut out).await.expect("exported");
        String::from_utf8(out).expect("text")
    }

    #[tokio::test]
    async fn an_export_is_readable_and_leaves_caches_out() {
        let store = MemoryStore::new(Clock::fixed(0));
        crate::store::migration::migrate(&store)
            .await
            .expect("migrated");
        let writes = [
            put(Space::Catalog, "git/a.yaml", "1"),
            put(Space::Source, "git", "1"),
            put(Space::Record, "b", "{\n  \"n\": \"ü\\n\"\n}"),
            put(Space::Handled, "a", "true"),
        ];
        store.apply(&writes).await.expect("written");
        insta::assert_snapshot!(exported(&store).await, @r#"
        {"callboard":"export","schema":1}
        {"space":"handled","key":"a","expires":null,"value":true}
        {"space":"record","key":"b","expires":null,"value":{   "n": "ü\n" }}
        "#);
    }

    #[tokio::test]
    async fn what_was_exported_comes_back() {
        let store = MemoryStore::new(Clock::fixed(0));
        let writes: Vec<_> = (0..1234)
            .map(|n| put(Space::Record, &format!("{n:04}"), "[1]"))
            .collect();
        store.apply(&writes).await.expect("written");
        let text = exported(&store).await;
        let other = MemoryStore::new(Clock::fixed(0));
        assert_eq!(
            import(&other, text.as_bytes()).await.expect("imported"),
            1234
        );
        assert_eq!(exported(&other).await, text);
    }

    #[tokio::test]
    async fn a_bad_line_is_named_and_its_batch_left_out() {
        let store = MemoryStore::new(Clock::fixed(0));
        let mut text = "{\"callboard\":\"export\",\"schema\":1}\n".to_owned();
        for round in 0..5 {
            for key in 0..102 {
                let line = json!({"space": "record", "key": key.to_string(), "value": round});
                text.push_str(&line.to_string());
                text.push('\n');
            }
        }
        text.push_str("{\"space\":\"records\",\"key\":\"x\",\"value\":0}\n");
        let error = import(&store, text.as_bytes()).await.expect_err("refused");
        insta::assert_snapshot!(error, @r#"line 512 names the space "records", which does not exist; 500 entries before it were imported"#);
        let kept = store
            .scan(Space::Record, "", None, usize::MAX)
            .await
            .expect("read");
        assert_eq!(kept.len(), 102);
        let value = |key: &str| {
            let entry = kept.iter().find(|entry| entry.key == key);
            entry.map(|entry| entry.value.get().to_owned())
        };
        assert_eq!(value("0").as_deref(), Some("4"));
        // The batch of the bad line was left out whole, its good lines too.
        assert_eq!(value("99").as_deref(), Some("3"));
    }

    #[tokio::test]
    async fn other_files_are_refused_by_their_first_line() {
        let store = MemoryStore::new(Clock::fixed(0));
        let refused =
            async |text: &[u8]| import(&store, text).await.expect_err("refused").to_string();
        insta::assert_snapshot!(refused(b"").await, @"line 1 is not the beginning of an export: give a file that `callboard export` wrote; 0 entries before it were imported");
        insta::assert_snapshot!(refused(b"{\"callboard\":\"export\",\"schema\":2}\n").await, @"line 1 says that the export has schema 2, but this version of Callboard reads schema 1: import it with the version that wrote it; 0 entries before it were imported");
        insta::assert_snapshot!(refused(b"\xff\xfe\n").await, @"line 1 is not UTF-8 text; 0 entries before it were imported");
        let first = "{\"callboard\":\"export\",\"schema\":1}\n";
        insta::assert_snapshot!(refused(format!("{first}{{\"space\":\"catalog\",\"key\":\"x\",\"value\":0}}").as_bytes()).await, @r#"line 2 holds an entry of "catalog", which is rebuilt from git; 0 entries before it were imported"#);
        insta::assert_snapshot!(refused(format!("{first}{{\"space\":\"record\"").as_bytes()).await, @"line 2 is not an entry of an export: EOF while parsing an object at line 1 column 17; 0 entries before it were imported");
    }

    #[tokio::test]
    async fn entries_keep_when_they_end() {
        let clock = Clock::fixed(0);
        let store = MemoryStore::new(clock.clone());
        let value = crate::store::json("k", "v").expect("JSON");
        let write = Write::Put {
            space: Space::Draft,
            key: "k".to_owned(),
            value,
            expires: Some(5),
        };
        store.apply(&[write]).await.expect("written");
        let text = exported(&store).await;
        let other = MemoryStore::new(clock);
        import(&other, text.as_bytes()).await.expect("imported");
        let entry = other
            .get(Space::Draft, "k")
            .await
            .expect("read")
            .expect("there");
        assert_eq!(entry.expires, Some(5));
    }
}
