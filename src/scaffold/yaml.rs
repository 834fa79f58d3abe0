//! Writes data as YAML, byte for byte as the JavaScript package `yaml` does, which Backstage writes with.

mod fold;
mod style;
mod text;

use std::collections::{HashMap, HashSet};

pub use style::Style;

use super::document::{Document, Node};
use crate::catalog::number_text;
use fold::wide;
use text::Context;

/// The longest key, in characters, that stands in front of its colon without a `?`.
const LONGEST_KEY: usize = 1024;

/// A document as YAML. The error is a sentence.
pub fn write(document: &Document, style: &Style) -> Result<String, String> {
    let mut writer = Writer {
        document,
        style,
        anchors: anchors(document),
        anchored: HashSet::new(),
    };
    let mut context = Context {
        indent: 0,
        start: None,
        is_key: false,
        in_brackets: style.in_brackets,
    };
    let body = writer.node(document.root(), &mut context)?;
    Ok(match style.has_marker {
        true if body.starts_with(['|', '>']) => format!("--- {body}\n"),
        true => format!("---\n{body}\n"),
        false => format!("{body}\n"),
    })
}

/// The numbers of the lists and objects that stand in several places, as they are found to.
fn anchors(document: &Document) -> HashMap<usize, usize> {
    let mut seen = HashSet::new();
    let mut anchors = HashMap::new();
    let mut open = vec![document.root()];
    while let Some(number) = open.pop() {
        let parts: Vec<usize> = match document.node(number) {
            Node::List(items) => items.clone(),
            Node::Object(entries) => entries.iter().map(|(_, value)| *value).collect(),
            _ => continue,
        };
        if seen.insert(number) {
            open.extend(parts.iter().rev());
        } else {
            let next = anchors.len() + 1;
            anchors.entry(number).or_insert(next);
        }
    }
    anchors
}

struct Writer<'a> {
    document: &'a Document,
    style: &'a Style,
    anchors: HashMap<usize, usize>,
    /// Those that were written; from then on they are referred to.
    anchored: HashSet<usize>,
}

impl Writer<'_> {
    fn node(&mut self, number: usize, context: &mut Context) -> Result<String, String> {
        let style = self.style;
        Ok(match self.document.node(number) {
            Node::Null => style.nothing.clone(),
            Node::Bool(true) => style.yes.clone(),
            Node::Bool(false) => style.no.clone(),
            Node::Number(number) => self::number(*number),
            Node::Text(text) => text::written(text, context, style),
            Node::List(_) | Node::Object(_) => {
                let Some(anchor) = self.anchors.get(&number).copied() else {
                    return self.collection(number, context);
                };
                if !self.anchored.insert(number) {
                    return Ok(format!("*a{anchor}"));
                }
                let anchor = format!("&a{anchor}");
                context.start = Some(context.start.unwrap_or(0) + anchor.len() + 1);
                let written = self.collection(number, context)?;
                if written.starts_with(['{', '[']) {
                    format!("{anchor} {written}")
                } else {
                    format!("{anchor}\n{}{written}", " ".repeat(context.indent))
                }
            }
        })
    }

    /// A list or an object.
    fn collection(&mut self, number: usize, context: &Context) -> Result<String, String> {
        let document = self.document;
        let mut inner = context.clone();
        let (is_list, count) = match document.node(number) {
            Node::List(items) => (true, items.len()),
            Node::Object(entries) => (false, entries.len()),
            _ => return Ok(String::new()),
        };
        if is_list {
            inner.indent += 2;
        }
        if context.flows() {
            inner.indent += self.style.indent;
            inner.in_brackets = Some(true);
        }
        let mut parts = Vec::with_capacity(count);
        match document.node(number) {
            Node::List(items) => {
                for item in items {
                    parts.push(self.node(*item, &mut inner)?);
                }
            }
            Node::Object(entries) => {
                for (key, value) in entries {
                    parts.push(self.pair(key, *value, &inner)?);
                }
            }
            _ => {}
        }
        let (start, end) = if is_list { ('[', ']') } else { ('{', '}') };
        if parts.is_empty() {
            return Ok(format!("{start}{end}"));
        }
        let indent = " ".repeat(context.indent);
        if !context.flows() {
            let dash = if is_list { "- " } else { "" };
            let lines: Vec<String> = parts.iter().map(|part| format!("{dash}{part}")).collect();
            return Ok(lines.join(&format!("\n{indent}")));
        }
        for part in &mut parts[..count - 1] {
            part.push(',');
        }
        let length: i64 = parts.iter().map(|part| length(part) + 2).sum();
        let is_long = self.style.width > 0 && length + 2 > self.style.width;
        Ok(if is_long || parts.iter().any(|part| part.contains('\n')) {
            let step = " ".repeat(self.style.indent);
            let lines: Vec<String> = parts
                .iter()
                .map(|part| match part.as_str() {
                    "" => "\n".to_owned(),
                    part => format!("\n{step}{indent}{part}"),
                })
                .collect();
            format!("{start}{}\n{indent}{end}", lines.concat())
        } else {
            let pad = if self.style.pads_brackets { " " } else { "" };
            format!("{start}{pad}{}{pad}{end}", parts.join(" "))
        })
    }

    /// A key with its value.
    fn pair(&mut self, key: &str, value: usize, context: &Context) -> Result<String, String> {
        let mut inner = Context {
            indent: context.indent + self.style.indent,
            is_key: true,
            ..context.clone()
        };
        let key = text::written(key, &inner, self.style);
        let is_marked = !context.flows() && length(&key) > wide(LONGEST_KEY);
        if is_marked && self.style.has_simple_keys {
            return Err(format!(
                "With the option `simpleKeys`, a key has at most {LONGEST_KEY} characters."
            ));
        }
        let mut written = if is_marked {
            format!("? {key}\n{}:", " ".repeat(context.indent))
        } else {
            format!("{key}:")
        };
        inner.is_key = false;
        let node = self.document.node(value);
        let has_anchor = self.anchors.contains_key(&value);
        let is_alias = self.anchored.contains(&value);
        let is_list = matches!(node, Node::List(_)) && !is_alias;
        let parts = match node {
            Node::List(items) => Some(items.len()),
            Node::Object(entries) => Some(entries.len()),
            _ => None,
        };
        if !is_marked && parts.is_none() {
            inner.start = Some(usize::try_from(length(&written)).unwrap_or(0) + 1);
        }
        let is_outdented = !self.style.indents_lists && self.style.indent >= 2;
        if is_outdented && !inner.flows() && !is_marked && is_list && !has_anchor {
            inner.indent = inner.indent.saturating_sub(2);
        }
        let in_brackets = inner.in_brackets.unwrap_or(parts == Some(0));
        let value = self.node(value, &mut inner)?;
        let own_line = format!("\n{}", " ".repeat(inner.indent));
        written.push_str(match parts {
            Some(_) if !is_marked && !is_alias => {
                let line = value.find('\n');
                let space = value.find(' ');
                let has_anchor_alone = value.starts_with('&')
                    && line.is_some_and(|line| space.is_none_or(|space| line < space));
                if (line.is_some() || !in_brackets) && !has_anchor_alone {
                    &own_line
                } else {
                    " "
                }
            }
            _ if value.is_empty() || value.starts_with('\n') => "",
            _ => " ",
        });
        written.push_str(&value);
        Ok(written)
    }
}

fn number(number: f64) -> String {
    if number.is_nan() {
        ".nan".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { ".inf" } else { "-.inf" }.to_owned()
    } else if number == 0.0 && number.is_sign_negative() {
        "-0".to_owned()
    } else {
        number_text(number)
    }
}

/// How long a text is for JavaScript.
fn length(text: &str) -> i64 {
    wide(text.encode_utf16().count())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(value: &Value, options: &Value) -> String {
        let style = options.as_object().map(Style::of);
        let style = style.expect("an object");
        style
            .and_then(|style| write(&Document::from(value), &style))
            .unwrap_or_else(|sentence| sentence)
    }

    #[test]
    fn an_entity_is_written_as_backstage_writes_it() {
        let entity = json!({
            "metadata": {
                "name": "ledger",
                "description": "Keeps the books of everybody who ever bought something, and of some who only looked.",
                "annotations": {"a/b": "true", "c": "2024-01-01", "d": "x: y", "e": ""},
                "tags": [],
            },
            "spec": {"definition": "openapi: 3.1.0\ninfo:\n  title: x\n", "ports": [80, 1.5, 1e21], "none": null},
        });
        insta::assert_snapshot!(written(&entity, &json!({})), @r#"
        metadata:
          name: ledger
          description: Keeps the books of everybody who ever bought something, and of some
            who only looked.
          annotations:
            a/b: "true"
            c: 2024-01-01
            d: "x: y"
            e: ""
          tags: []
        spec:
          definition: |
            openapi: 3.1.0
            info:
              title: x
          ports:
            - 80
            - 1.5
            - 1e+21
          none: null
        "#);
        let short = json!({"a": ["b", {"c": "it's", "d": true}]});
        insta::assert_snapshot!(
            written(&short, &json!({"indentSeq": false, "singleQuote": true, "trueStr": "yes"})),
            @"
        a:
        - b
        - c: it's
          d: yes
        "
        );
        insta::assert_snapshot!(
            written(&short, &json!({"collectionStyle": "flow", "defaultStringType": "QUOTE_SINGLE"})),
            @"{ 'a': [ 'b', { 'c': 'it''s', 'd': true } ] }"
        );
    }

    #[test]
    fn what_stands_in_several_places_is_written_once() {
        let mut read = Document::read_all("a: &x [1]\nb: {c: &y {d: 1}}\ne: [*y, *x]\nf: *x\n");
        let document = read.as_mut().map(|documents| documents.remove(0));
        let written = document.map(|document| write(&document, &Style::default()));
        insta::assert_snapshot!(written.expect("YAML").expect("written"), @"
        a: &a2
          - 1
        b:
          c: &a1
            d: 1
        e:
          - *a1
          - *a2
        f: *a2
        ");
    }

    #[test]
    fn options_that_cannot_be_are_refused() {
        let refused = |options: &Value| written(&json!({}), options);
        insta::assert_snapshot!(refused(&json!({"indent": 0})), @"The option `indent` of YAML must be a whole number from 1 to 1000, not 0.");
        insta::assert_snapshot!(refused(&json!({"lineWidth": "80"})), @r#"The option `lineWidth` of YAML must be a whole number, not "80"."#);
        insta::assert_snapshot!(refused(&json!({"blockQuote": "yes"})), @r#"The option `blockQuote` of YAML must be true, false, "folded" or "literal", not "yes"."#);
        insta::assert_snapshot!(refused(&json!({"sortMapEntries": true})), @"YAML has no option `sortMapEntries`: leave it out.");
        insta::assert_snapshot!(
            written(&json!({"k".repeat(1025): 1}), &json!({"simpleKeys": true})),
            @"With the option `simpleKeys`, a key has at most 1024 characters."
        );
    }
}
