//! Reads YAML into a tree of nodes that know where they stand, by the core schema of YAML 1.2.
//!
//! Values become what the JavaScript package `yaml` makes of them, because that is what Backstage reads with:
//! merge keys are not applied, a duplicate key is an error of its document, keys are turned into text.

mod fault;
mod fill;
mod node;
mod stream;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::mem::discriminant;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag};

use super::problem::{quote, rule};
use super::scalar;
use fault::{fault, position, syntax_fault, too_deep};
use node::Data;

pub use fault::Fault;
pub use fill::Placed;
pub use node::{Entry, Node, Tree, Value};
pub use stream::{Chunk, split};

/// How deep lists and objects may be nested, aliases written out.
pub const MAX_DEPTH: usize = 100;
/// How large a document may be with its aliases written out, roughly in bytes: so many times as large as it is written,
/// and this much in any case. People repeat a block with an alias; only an attack repeats repetitions.
const EXPANDED_TIMES: usize = 8;
const EXPANDED_ANYWAY: usize = 64 * 1024;

/// Reads one document, as [`split`] hands it out; `None` when there is nothing in it.
pub fn parse(text: &str, lines_before: u32) -> Result<Option<Tree<'_>>, Fault> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder {
        nodes: Vec::with_capacity(text.len() / 24 + 8),
        open: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        flow: None,
        text,
        lines: None,
        lines_before,
        most: (text.len() * EXPANDED_TIMES).max(EXPANDED_ANYWAY),
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax_fault(&error, text, lines_before))?;
        let at = position(&span.start, lines_before);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
                    builder.check_margin(&span, &span, false)?;
                }
                let plain = style == ScalarStyle::Plain;
                let value = typed(value, plain, tag.as_deref());
                let weight = match &value {
                    Value::Text(text) | Value::Number(_, text) => text.len() + 1,
                    _ => 1,
                };
                let index = builder.add(at, value, weight, anchor);
                builder.attach(index, at)?;
            }
            Event::SequenceStart(style, anchor, _) => {
                builder.enter(style, span);
                let index = builder.add(at, Value::List(Vec::new()), 1, anchor);
                builder.open(index, at)?;
            }
            Event::MappingStart(style, anchor, _) => {
                builder.enter(style, span);
                let index = builder.add(at, Value::Object(Vec::new()), 1, anchor);
                builder.open(index, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let nesting = builder.open.len();
                if let Some((_, start)) = builder.flow.take_if(|(level, _)| *level + 1 == nesting) {
                    builder.check_margin(&start, &span, true)?;
                }
                builder.close()?;
            }
            Event::Alias(anchor) => builder.alias(anchor, at)?,
            _ => {}
        }
    }
    let Builder { nodes, root, .. } = builder;
    Ok(root.map(|root| Tree { nodes, root }))
}

/// Builds a tree from the parser's events without recursion.
struct Builder<'i> {
    nodes: Vec<Data<'i>>,
    /// Lists and objects that are not closed yet, each with the key that waits for its value.
    open: Vec<(u32, Option<u32>)>,
    anchors: HashMap<usize, u32>,
    root: Option<u32>,
    /// How deep the outermost of the open `[` and `{` stands, and where.
    flow: Option<(usize, Span)>,
    text: &'i str,
    /// The lines of the text, once they are needed.
    lines: Option<Vec<&'i str>>,
    lines_before: u32,
    /// How large it may become.
    most: usize,
}

impl<'i> Builder<'i> {
    fn add(
        &mut self,
        (line, column): (u32, u32),
        value: Value<'i>,
        weight: usize,
        anchor: usize,
    ) -> u32 {
        // A document of at most 5 MiB cannot have 2^32 nodes.
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Data {
            line,
            column,
            weight,
            depth: 0,
            value,
        });
        if anchor > 0 {
            self.anchors.insert(anchor, index);
        }
        index
    }

    /// Notes the outermost `[` or `{`.
    fn enter(&mut self, style: StructureStyle, start: Span) {
        if style == StructureStyle::Flow && self.flow.is_none() {
            self.flow = Some((self.open.len(), start));
        }
    }

    /// Refuses lines of a value in quotes or brackets that are not indented deeper than the key or dash before it: the
    /// package `yaml` does, though YAML need not. A closing bracket may stand as deep as the key.
    fn check_margin(&mut self, start: &Span, end: &Span, brackets: bool) -> Result<(), Fault> {
        let (first, last) = (start.start.line(), end.end.line());
        let level = self
            .flow
            .as_ref()
            .map_or(self.open.len(), |(level, _)| *level);
        let level = if brackets { self.open.len() - 1 } else { level };
        if first == last || level == 0 {
            return Ok(());
        }
        let text = self.text;
        let lines = self.lines.get_or_insert_with(|| text.lines().collect());
        let parent = &self.nodes[self.open[level - 1].0 as usize];
        // Both are counted from 1, so a deeper line has at least as many spaces.
        let needed = parent.column as usize;
        for (number, line) in lines.iter().enumerate().take(last).skip(first) {
            let content = line.trim_start_matches(' ');
            let indent = line.len() - content.len();
            let closes = brackets && number + 1 == last && content.starts_with([']', '}']);
            let is_free = content.trim().is_empty() || brackets && content.starts_with('#');
            if indent >= needed || is_free || closes && indent + 1 == needed {
                continue;
            }
            let line = u32::try_from(number + 1).unwrap_or(u32::MAX);
            let at = (
                line.saturating_add(self.lines_before),
                u32::try_from(indent + 1).unwrap_or(1),
            );
            let message = "This line belongs to a value in quotes or brackets: indent it deeper than the key of the value.";
            return Err(fault(rule::YAML_SYNTAX, at, message.to_owned()));
        }
        Ok(())
    }

    fn open(&mut self, index: u32, at: (u32, u32)) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push((index, None));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some((index, _)) = self.open.pop() else {
            return Ok(());
        };
        self.check_keys(index)?;
        let Data { line, column, .. } = self.nodes[index as usize];
        self.attach(index, (line, column))
    }

    fn alias(&mut self, anchor: usize, at: (u32, u32)) -> Result<(), Fault> {
        let Some(&target) = self.anchors.get(&anchor) else {
            return Err(fault(
                rule::YAML_SYNTAX,
                at,
                "This alias stands for nothing: put its &anchor before it.".to_owned(),
            ));
        };
        if self.open.iter().any(|(open, _)| *open == target) {
            let message = "This alias stands for an object or list that it is itself a part of: write the value out instead.";
            return Err(fault(rule::ALIAS_BOMB, at, message.to_owned()));
        }
        self.attach(target, at)
    }

    /// Hands a finished node to the list or object that is open.
    fn attach(&mut self, index: u32, at: (u32, u32)) -> Result<(), Fault> {
        let Some((parent, key)) = self.open.last_mut() else {
            self.root = Some(index);
            return Ok(());
        };
        let (parent, key) = (*parent as usize, key);
        let (weight, depth) = {
            let child = &self.nodes[index as usize];
            (child.weight, child.depth + 1)
        };
        let entry = match (&self.nodes[parent].value, key.take()) {
            (Value::Object(_), None) => {
                *key = Some(index);
                None
            }
            (Value::Object(_), Some(key_node)) => Some(Entry {
                key: self.key_text(key_node),
                key_node,
                value: index,
            }),
            _ => None,
        };
        let nesting = self.open.len();
        let data = &mut self.nodes[parent];
        match (&mut data.value, entry) {
            (Value::Object(entries), Some(entry)) => entries.push(entry),
            (Value::List(items), _) => items.push(index),
            _ => {}
        }
        data.weight = data.weight.saturating_add(weight);
        data.depth = data.depth.max(depth);
        if data.weight > self.most {
            let message = "This document is too large once its aliases are written out: use fewer aliases of aliases.";
            return Err(fault(rule::ALIAS_BOMB, at, message.to_owned()));
        }
        if nesting + depth > MAX_DEPTH + 1 {
            return Err(too_deep(at));
        }
        Ok(())
    }

    fn key_text(&self, index: u32) -> Cow<'i, str> {
        match &self.nodes[index as usize].value {
            Value::Text(text) => text.clone(),
            Value::Null => Cow::Borrowed(""),
            Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Value::Number(number, _) => Cow::Owned(scalar::number_text(*number)),
            Value::List(_) | Value::Object(_) => {
                let mut text = String::new();
                self.write_flow(index, &mut text);
                Cow::Owned(text)
            }
        }
    }

    /// Writes a list or object that serves as a key the way the package `yaml` does: in flow style, with spaces.
    fn write_flow(&self, index: u32, text: &mut String) {
        match &self.nodes[index as usize].value {
            Value::List(items) => {
                text.push('[');
                for (position, item) in items.iter().enumerate() {
                    text.push_str(if position > 0 { ", " } else { " " });
                    self.write_flow(*item, text);
                }
                text.push_str(if items.is_empty() { "]" } else { " ]" });
            }
            Value::Object(entries) => {
                text.push('{');
                for (position, entry) in entries.iter().enumerate() {
                    text.push_str(if position > 0 { ", " } else { " " });
                    let key = &self.nodes[entry.key_node as usize].value;
                    if matches!(key, Value::List(_) | Value::Object(_)) {
                        text.push_str("? ");
                    }
                    self.write_flow(entry.key_node, text);
                    if self.nodes[entry.value as usize].value != Value::Null {
                        text.push_str(": ");
                        self.write_flow(entry.value, text);
                    }
                }
                text.push_str(if entries.is_empty() { "}" } else { " }" });
            }
            Value::Null => {}
            Value::Number(_, written) | Value::Text(written) => text.push_str(written),
            Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        }
    }

    /// Refuses a key that stands twice. Keys of different types may look the same as text; then the last one counts, at
    /// the place of the first.
    fn check_keys(&mut self, index: u32) -> Result<(), Fault> {
        let Value::Object(entries) = &self.nodes[index as usize].value else {
            return Ok(());
        };
        if entries.len() <= 16 {
            let mut earlier = entries.iter().enumerate();
            if earlier.all(|(position, entry)| {
                entries[..position]
                    .iter()
                    .all(|other| other.key != entry.key)
            }) {
                return Ok(());
            }
        }
        let mut seen = HashSet::with_capacity(entries.len());
        for entry in entries {
            let key = &self.nodes[entry.key_node as usize];
            let is_scalar = !matches!(key.value, Value::List(_) | Value::Object(_));
            if is_scalar && !seen.insert((discriminant(&key.value), entry.key.as_ref())) {
                let key_text = quote(&entry.key);
                let message = format!(
                    "The key {key_text} stands here for the second time: keep one of the two."
                );
                return Err(fault(rule::DUPLICATE_KEY, (key.line, key.column), message));
            }
        }
        if let Value::Object(entries) = &mut self.nodes[index as usize].value {
            let mut kept: Vec<Entry<'_>> = Vec::with_capacity(entries.len());
            let mut places = HashMap::with_capacity(entries.len());
            for entry in entries.drain(..) {
                let place = *places.entry(entry.key.clone()).or_insert(kept.len());
                match kept.get_mut(place) {
                    Some(earlier) => *earlier = entry,
                    None => kept.push(entry),
                }
            }
            *entries = kept;
        }
        Ok(())
    }
}

fn typed<'i>(text: Cow<'i, str>, plain: bool, tag: Option<&Tag>) -> Value<'i> {
    match tag {
        None if plain => scalar::core(text),
        None => Value::Text(text),
        Some(tag) => match (tag.core_suffix(), scalar::core(text.clone())) {
            (Some("null"), Value::Null) => Value::Null,
            (Some("bool"), Value::Bool(value)) => Value::Bool(value),
            (Some(tag @ ("int" | "float")), Value::Number(number, written))
                if scalar::is_whole(&written) == (tag == "int") =>
            {
                Value::Number(number, written)
            }
            // Bytes are no text for those who read it.
            (None, _) if tag.parts() == ("tag:yaml.org,2002:", "binary") => {
                Value::Object(Vec::new())
            }
            _ => Value::Text(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn json(text: &str) -> String {
        match parse(text, 0) {
            Ok(Some(tree)) => {
                let mut json = String::new();
                tree.root().write_json(&mut json);
                serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
                json
            }
            Ok(None) => "nothing".to_owned(),
            Err(fault) => format!(
                "{}:{}: {}: {}",
                fault.line, fault.column, fault.rule, fault.message
            ),
        }
    }

    fn chunks(stream: &str) -> Vec<(u32, &str)> {
        let chunks = split(stream.as_bytes()).into_iter();
        chunks
            .map(|chunk| {
                (
                    chunk.lines_before,
                    std::str::from_utf8(chunk.bytes).expect("UTF-8"),
                )
            })
            .collect()
    }

    #[test]
    fn a_stream_is_split_at_its_markers() {
        assert_eq!(
            chunks("a: 1\n---\nb: 2\n"),
            [(0, "a: 1\n"), (1, "---\nb: 2\n")]
        );
        assert_eq!(chunks("# only a comment\n\n---\na: 1"), [(2, "---\na: 1")]);
        assert_eq!(chunks("a: 1\n...\n# end\n"), [(0, "a: 1\n...\n")]);
        assert_eq!(
            chunks("--- a\r\n---\r\nb"),
            [(0, "--- a\r\n"), (1, "---\r\nb")]
        );
        assert_eq!(chunks("---x: 1\n...y\n"), [(0, "---x: 1\n...y\n")]);
        assert_eq!(
            chunks("t: |\n  ---\n  ...\n"),
            [(0, "t: |\n  ---\n  ...\n")]
        );
        assert_eq!(chunks(""), []);
    }

    #[test]
    fn directives_belong_to_the_document_after_them() {
        let stream = "a: 1\n...\n%YAML 1.2\n# x\n---\nb: 2\n";
        assert_eq!(
            chunks(stream),
            [(0, "a: 1\n...\n"), (2, "%YAML 1.2\n# x\n---\nb: 2\n")]
        );
        assert_eq!(json("%TAG !e! tag:e.com,2000:\n---\n!e!x 5\n"), "\"5\"");
    }

    #[test]
    fn scalars_follow_the_core_schema_of_yaml_1_2() {
        let text = "[yes, no, on, 2024-01-01, 0123, 0x1F, 0X1F, 0o17, 0b11, 1e3, 1_000, +7, .5, 5., .inf, ~, NULL, nUll, True, 12:30:45]";
        assert_eq!(
            json(text),
            r#"["yes","no","on","2024-01-01",123,31,"0X1F",15,"0b11",1000,"1_000",7,0.5,5,null,null,null,"nUll",true,"12:30:45"]"#
        );
        assert_eq!(
            json("['1', \"true\", !!str 5, !!int '6', !mine 7]"),
            r#"["1","true","5",6,"7"]"#
        );
    }

    #[test]
    fn merge_keys_are_not_applied() {
        assert_eq!(
            json("a: &a {x: 1}\nb:\n  <<: *a\n"),
            r#"{"a":{"x":1},"b":{"<<":{"x":1}}}"#
        );
    }

    #[test]
    fn keys_become_text() {
        assert_eq!(
            json("{1: a, true: b, ~: c, 1e3: d}"),
            r#"{"1":"a","true":"b","":"c","1000":"d"}"#
        );
        assert_eq!(json("? [a, b]\n: c\n"), r#"{"[ a, b ]":"c"}"#);
        assert_eq!(json("{{ x }}: y\n"), r#"{"{ ? { x } }":"y"}"#);
    }

    #[test]
    fn a_key_stands_once_but_may_differ_in_type() {
        assert_eq!(
            json("a: 1\nb: 2\na: 3\n"),
            "3:1: duplicate-key: The key \"a\" stands here for the second time: keep one of the two."
        );
        assert_eq!(json("1: a\nb: c\n'1': d\n"), r#"{"1":"d","b":"c"}"#);
        let mut many = (0..40)
            .map(|number| format!("k{number}: {number}\n"))
            .collect::<Vec<String>>()
            .concat();
        many.push_str("k7: again\n");
        assert!(
            json(&many).starts_with("41:1: duplicate-key"),
            "{}",
            json(&many)
        );
    }

    #[test]
    fn aliases_are_written_out() {
        assert_eq!(
            json("a: &x [1, &y z]\nb: *x\n*y : c\n"),
            r#"{"a":[1,"z"],"b":[1,"z"],"z":"c"}"#
        );
        assert!(
            json("a: &x\n  b: *x\n").starts_with("2:6: alias-bomb"),
            "{}",
            json("a: &x\n  b: *x\n")
        );
        assert!(json("a: *x\n").starts_with("1:4: yaml-syntax: This alias stands for nothing"));
    }

    #[test]
    fn an_alias_bomb_goes_off_harmlessly() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let below = format!("*a{},", level - 1).repeat(10);
            writeln!(bomb, "a{level}: &a{level} [{below}]").expect("a string");
        }
        assert!(json(&bomb).contains(": alias-bomb: "), "{}", json(&bomb));
        let long = "y".repeat(1_000_000);
        let many = "*s,".repeat(1000);
        assert!(json(&format!("s: &s {long}\nt: [{many}]")).contains("alias-bomb"));
    }

    #[test]
    fn deep_nesting_ends_early() {
        assert!(json(&"[".repeat(10_000)).contains("too-deep"));
        assert!(json(&"{a: ".repeat(10_000)).contains("too-deep"));
        assert!(json(&"- ".repeat(10_000)).contains("too-deep"));
        let indented = (0..3000)
            .map(|level| format!("{}a:\n", " ".repeat(level)))
            .collect::<Vec<String>>()
            .concat();
        assert!(json(&indented).contains("too-deep"));
        let good = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(json(&good), good);
        let mut chain = format!("- &a0 {}{}\n", "[".repeat(50), "]".repeat(50));
        writeln!(chain, "- {}*a0{}", "[".repeat(60), "]".repeat(60)).expect("a string");
        assert!(json(&chain).contains("too-deep"), "{}", json(&chain));
    }

    #[test]
    fn syntax_errors_say_what_to_do() {
        insta::assert_snapshot!(json("owner: @payments\n"), @r#"1:8: yaml-syntax: A value cannot begin with @ unless it stands in quotes: write "@…"."#);
        insta::assert_snapshot!(json("a: \u{19}b\n"), @"1:4: yaml-syntax: The control character U+0019 stands here, and YAML has no such thing: remove it.");
        insta::assert_snapshot!(json("a:\n\tb: 1\n"), @"2:2: yaml-syntax: A tab cannot indent YAML: use spaces instead.");
        insta::assert_snapshot!(json("description: Payments: the good ones\n"), @"1:22: yaml-syntax: A key and its value cannot stand here: check the indentation, and put a value that holds a colon in quotes.");
        insta::assert_snapshot!(json("a: \"b\nc: d\n"), @"1:4: yaml-syntax: This quotation is not closed: put the closing quote where the text ends.");
        insta::assert_snapshot!(json("a: [b\n"), @"1:4: yaml-syntax: The brackets do not match: close each [ with ] and each { with }, and put a value that begins with a bracket in quotes.");
        insta::assert_snapshot!(json("a: 1\nb\nc: 2\n"), @"2:1: yaml-syntax: A key with a colon is expected here, like name: value. Check the indentation and the colons of this line and the one before.");
    }

    #[test]
    fn nodes_know_where_they_stand() {
        let tree = parse("---\na:\n  ü: [x, 'y']\n", 10)
            .expect("YAML")
            .expect("a document");
        let list = tree
            .root()
            .get("a")
            .and_then(|a| a.get("ü"))
            .expect("the list");
        let places: Vec<_> = list
            .items()
            .map(|item| (item.line(), item.column()))
            .collect();
        assert_eq!(places, [(13, 7), (13, 10)]);
    }

    #[test]
    fn text_is_escaped_for_json() {
        assert_eq!(json(r#""a\"\\\n\t\u0001é😀""#), r#""a\"\\\n\t\u0001é😀""#);
    }
}
