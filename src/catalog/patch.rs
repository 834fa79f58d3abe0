//! A change to a descriptor as a patch: one line of the file, everything else as it was.

use std::fmt::Write as _;

use serde_json::Value;

use super::yaml::{self, Node};

/// How many lines a patch shows around the change.
const CONTEXT: usize = 3;

/// A patch for one line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The line that is changed or added.
    pub line: usize,
    /// The unified diff, as `git apply` takes it.
    pub diff: String,
}

/// Makes the document that begins on this line name another owner, and changes nothing else. `None` where that cannot be
/// done with a single line, which is seen by reading the file again.
pub fn set_owner(path: &str, text: &str, document: u32, owner: &str) -> Option<Patch> {
    let before = descriptor(text, document)?;
    let mut wanted = before.clone();
    wanted
        .get_mut("spec")?
        .as_object_mut()?
        .insert("owner".to_owned(), Value::String(owner.to_owned()));
    let count = documents(text);
    let good = |edit: &Edit| {
        let text = edit.apply(text);
        descriptor(&text, document).as_ref() == Some(&wanted) && documents(&text) == count
    };
    let edit = edits(text, document, owner).into_iter().find(good)?;
    Some(Patch {
        line: edit.line,
        diff: edit.diff(path, text),
    })
}

/// A line that is put in the place of another, or before it.
#[derive(Debug, Clone)]
struct Edit {
    /// The line; the first is 1.
    line: usize,
    replaces: bool,
    new: String,
}

/// The ways in which the owner may be written, the likeliest first.
fn edits(text: &str, document: u32, owner: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for written in [owner.to_owned(), format!("\"{owner}\"")] {
        edits.extend(edits_of(text, document, &written).unwrap_or_default());
    }
    edits
}

fn edits_of(text: &str, document: u32, owner: &str) -> Option<Vec<Edit>> {
    with_document(text, document, |root| {
        let (spec_key, spec) = root.entry("spec")?;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let line_of = |node: Node<'_, '_>| {
            Some((node.line() as usize, *lines.get(node.line() as usize - 1)?))
        };
        if let Some((key, _)) = spec.entry("owner") {
            let (number, line) = line_of(key)?;
            let (start, _) = line.char_indices().nth(key.column() as usize - 1)?;
            let colon = start + line[start..].find(':')? + 1;
            let (before, rest) = line.split_at(colon);
            let ends = [value_end(rest, true), value_end(rest, false)];
            let replace = |end: usize| Edit {
                line: number,
                replaces: true,
                new: format!("{before} {owner}{}", &rest[end..]),
            };
            return Some(ends.map(replace).to_vec());
        }
        let (number, line) = line_of(spec_key)?;
        let first = spec.entries().next().map(|(_, key, _)| key);
        let Some(first) = first.filter(|first| first.line() > spec_key.line()) else {
            let brace = line.find('{')?;
            let comma = if line[brace + 1..].trim_start().starts_with('}') {
                ""
            } else {
                ", "
            };
            return Some(vec![Edit {
                line: number,
                replaces: true,
                new: format!(
                    "{}owner: {owner}{comma}{}",
                    &line[..=brace],
                    &line[brace + 1..]
                ),
            }]);
        };
        let (at, line) = line_of(first)?;
        let indent: String = line.chars().take(first.column() as usize - 1).collect();
        let ending = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        let add = |line: usize| Edit {
            line,
            replaces: false,
            new: format!("{indent}owner: {owner}{ending}"),
        };
        // Where others write it: behind the lifecycle or the type.
        let behind = ["lifecycle", "type"].iter().filter_map(|field| {
            let (key, _) = spec.entry(field)?;
            Some(add(key.line() as usize + 1))
        });
        Some(behind.chain([add(at)]).collect())
    })
}

/// Where a value ends that stands behind a colon: at a comment, at the end of the line, or at what ends it in `{}`.
fn value_end(rest: &str, flow: bool) -> usize {
    let start = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let value = &rest[start..];
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let end = value[1..].find(quote).map(|end| start + end + 2);
        return end.unwrap_or(rest.trim_end().len());
    }
    let mut end = rest.trim_end_matches(['\r', '\n']).len();
    for (at, c) in rest.char_indices().skip(start) {
        let comment = c == '#' && rest[..at].ends_with([' ', '\t']);
        if comment || (flow && matches!(c, ',' | '}' | ']')) {
            end = at;
            break;
        }
    }
    start.min(end).max(rest[..end].trim_end().len())
}

impl Edit {
    fn apply(&self, text: &str) -> String {
        let mut changed = String::with_capacity(text.len() + self.new.len() + 1);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (number, line) in (1..).zip(&lines) {
            if number == self.line {
                changed.push_str(&self.new);
                if self.replaces {
                    continue;
                }
            }
            changed.push_str(line);
        }
        if self.line > lines.len() {
            if !text.ends_with('\n') {
                changed.push('\n');
            }
            changed.push_str(&self.new);
        }
        changed
    }

    fn diff(&self, path: &str, text: &str) -> String {
        let after = self.apply(text);
        let old: Vec<&str> = text.split_inclusive('\n').collect();
        let new: Vec<&str> = after.split_inclusive('\n').collect();
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let rest = old.len().min(new.len()) - same;
        let tail = old.iter().rev().zip(new.iter().rev());
        let tail = tail.take(rest).take_while(|(a, b)| a == b).count();
        let start = same.saturating_sub(CONTEXT);
        let behind = tail.min(CONTEXT);
        let (old_end, new_end) = (old.len() - tail, new.len() - tail);
        let name = |side: &str| quoted(&format!("{side}/{path}"));
        let (a, b) = (name("a"), name("b"));
        // A name with a blank in it is ended by a tab, as git does it.
        let mark = if path.contains(' ') { "\t" } else { "" };
        let mut diff = format!("diff --git {a} {b}\n--- {a}{mark}\n+++ {b}{mark}\n");
        // Writing to a string cannot fail.
        let _ = writeln!(
            diff,
            "@@ -{},{} +{},{} @@",
            start + 1,
            old_end + behind - start,
            start + 1,
            new_end + behind - start
        );
        let mut put = |sign: char, lines: &[&str]| {
            for line in lines {
                diff.push(sign);
                diff.push_str(line);
                if !line.ends_with('\n') {
                    diff.push_str("\n\\ No newline at end of file\n");
                }
            }
        };
        put(' ', &old[start..same]);
        put('-', &old[same..old_end]);
        put('+', &new[same..new_end]);
        put(' ', &old[old_end..old_end + behind]);
        diff
    }
}

/// A name in a patch; quotes, backslashes and control characters are written as in C.
fn quoted(name: &str) -> String {
    if !name.contains(|c: char| c == '"' || c == '\\' || c.is_control()) {
        return name.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_ascii_control() => {
                let _ = write!(quoted, "\\{:03o}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// How many documents a file has.
fn documents(text: &str) -> usize {
    yaml::split(text.as_bytes()).len()
}

/// The document that begins on a line, as JSON.
fn descriptor(text: &str, line: u32) -> Option<Value> {
    with_document(text, line, |root| {
        let mut json = String::new();
        root.write_json(&mut json);
        serde_json::from_str(&json).ok()
    })
}

/// Hands out the document that begins on a line.
fn with_document<T>(
    text: &str,
    line: u32,
    take: impl FnOnce(Node<'_, '_>) -> Option<T>,
) -> Option<T> {
    let bytes = text.as_bytes();
    for chunk in yaml::split(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) {
        let Ok(part) = std::str::from_utf8(chunk.bytes) else {
            continue;
        };
        let Ok(Some(tree)) = yaml::parse(part, chunk.lines_before) else {
            continue;
        };
        if tree.root().line() == line {
            return take(tree.root());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    const HEAD: &str =
        "# ours\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: till\n";

    /// What `git apply` makes of the file.
    fn applied(path: &str, text: &str, diff: &str) -> String {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(&file, text).expect("written");
        std::fs::write(home.path().join("p"), diff).expect("written");
        let git = Command::new("git")
            .args(["apply", "--whitespace=nowarn", "p"])
            .current_dir(home.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", home.path())
            .output()
            .expect("git runs");
        assert!(git.status.success(), "{git:?}\n{diff}");
        std::fs::read_to_string(file).expect("text")
    }

    fn becomes(spec: &str, owner: &str, expected: &str) {
        let text = format!("{HEAD}{spec}");
        let patch = set_owner("a b/catalog-info.yaml", &text, 2, owner);
        let patch = patch.unwrap_or_else(|| panic!("no patch for {spec}"));
        let after = applied("a b/catalog-info.yaml", &text, &patch.diff);
        assert_eq!(after, format!("{HEAD}{expected}"));
    }

    #[test]
    fn an_owner_is_replaced_and_all_else_stays() {
        becomes(
            "spec:\n  type: service\n  owner: team-a # since May\n  lifecycle: production\n",
            "team-b",
            "spec:\n  type: service\n  owner: team-b # since May\n  lifecycle: production\n",
        );
        becomes(
            "spec: {type: a, owner: 'x', lifecycle: b}",
            "y",
            "spec: {type: a, owner: y, lifecycle: b}",
        );
        becomes(
            "spec: {type: a, owner: x}\n",
            "user:y",
            "spec: {type: a, owner: user:y}\n",
        );
        becomes(
            "spec:\r\n  \"owner\": \"x\"\r\n  type: a\r\n",
            "y",
            "spec:\r\n  \"owner\": y\r\n  type: a\r\n",
        );
        becomes(
            "spec:\n  owner:\n  type: a\n",
            "y",
            "spec:\n  owner: y\n  type: a\n",
        );
        becomes("spec:\n  owner: x", "y", "spec:\n  owner: y");
        becomes("spec:\n  owner: x\n", "0123", "spec:\n  owner: \"0123\"\n");
    }

    #[test]
    fn an_owner_is_added_where_others_write_it() {
        becomes(
            "spec:\n    type: service # one of ours\n    lifecycle: production\n    system: s\n",
            "team-b",
            "spec:\n    type: service # one of ours\n    lifecycle: production\n    owner: team-b\n    system: s\n",
        );
        becomes("spec: {type: a}\n", "y", "spec: {owner: y, type: a}\n");
        becomes("spec: {}\n", "y", "spec: {owner: y}\n");
        becomes(
            "spec:\n  lifecycle: b",
            "y",
            "spec:\n  lifecycle: b\n  owner: y\n",
        );
        becomes(
            "spec:\n  type: >-\n    long\n",
            "y",
            "spec:\n  owner: y\n  type: >-\n    long\n",
        );
    }

    #[test]
    fn only_the_one_document_is_changed() {
        let other = "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: s}\nspec: {owner: x}\n";
        let text = format!("{other}---\n{other}---\n{other}");
        let patch = set_owner("all.yaml", &text, 6, "y").expect("a patch");
        assert_eq!(patch.line, 9);
        let expected = format!(
            "{other}---\n{}---\n{other}",
            other.replace("owner: x", "owner: y")
        );
        assert_eq!(applied("all.yaml", &text, &patch.diff), expected);
        insta::assert_snapshot!(patch.diff, @"
        diff --git a/all.yaml b/all.yaml
        --- a/all.yaml
        +++ b/all.yaml
        @@ -6,7 +6,7 @@
         apiVersion: backstage.io/v1alpha1
         kind: System
         metadata: {name: s}
        -spec: {owner: x}
        +spec: {owner: y}
         ---
         apiVersion: backstage.io/v1alpha1
         kind: System
        ");
    }

    #[test]
    fn what_takes_more_than_a_line_is_left_to_people() {
        for spec in [
            "spec:\n  owner: >-\n    x\n  type: a\n",
            "spec: &s\n  owner: &o x\n  type: *o\n",
            "spec: no\n",
            "",
        ] {
            assert_eq!(
                set_owner("f", &format!("{HEAD}{spec}"), 2, "y"),
                None,
                "{spec}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_is_patched_is_what_was_asked_for(spec in "(spec:( \\{|\n))?(  )?(owner|type|a)(:)[ a-z'\"#,}&*|>]{0,12}(\n  (owner|type): [a-z#'\" ]{0,8}){0,2}\n?", owner in "[a-z0-9:-]{1,8}") {
            let text = format!("{HEAD}{spec}");
            if let Some(patch) = set_owner("f.yaml", &text, 2, &owner) {
                let after = applied("f.yaml", &text, &patch.diff);
                let descriptor = descriptor(&after, 2).expect("it can be read");
                prop_assert_eq!(descriptor["spec"]["owner"].as_str(), Some(&*owner));
            }
        }
    }
}
