//! Values made up at random, written as YAML byte for byte as the package writes them that Backstage uses.
//!
//! `CALLBOARD_RANDOM` says how many; `CALLBOARD_SEED` where to begin.

use std::fmt::Write as _;

use callboard::scaffold::document::Document;
use callboard::scaffold::yaml::{self, Style};
use serde_json::{Map, Value, json};

use super::generator::{Random, number};
use crate::oracle::ask;

/// What texts are made of: everything that means something to YAML or JavaScript, and ordinary words.
const PIECES: [&str; 100] = [
    "a",
    "b",
    "word",
    "another",
    "longer-words-are-here",
    "ein Satz mit Wörtern",
    "payments",
    "the",
    "quick",
    "brown",
    " ",
    " ",
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n",
    "\n\n",
    "\n\n\n",
    "\n ",
    "\n  ",
    " \n",
    "\t",
    "\n\t",
    "\t\n",
    "\r",
    "\r\n",
    ": ",
    ":",
    " #",
    "#",
    "- ",
    "-",
    "? ",
    "?",
    ", ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&",
    "*",
    "!",
    "|",
    ">",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "---",
    "...",
    "\n---\n",
    "\n...",
    "\n%",
    "~",
    "null",
    "Null",
    "true",
    "False",
    "TRUE",
    "yes",
    "no",
    "on",
    "0",
    "1",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "1.",
    ".5",
    "0x1F",
    "0o17",
    "0b1",
    "1_000",
    "2024-01-01",
    "12:30:45",
    ".inf",
    "-.INF",
    ".nan",
    "<<",
    "=",
    "\\",
    "\\n",
    "\u{0}",
    "\u{7}",
    "\u{1b}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "é",
    "日本語",
    "😀",
    "https://example.com/a/rather/long/path?with=query#and",
    "lorem ipsum dolor sit amet consectetur",
];

const NUMBERS: [f64; 17] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    17.0,
    1.5,
    -0.25,
    1e3,
    1e20,
    1e21,
    1.5e300,
    1e-6,
    1e-7,
    123_456_789_012_345_680.0,
    9e15,
    0.1,
    1e100,
];

/// What options may be, those of ordinary templates first.
const OPTIONS: [(&str, &[&str]); 17] = [
    ("lineWidth", &["0", "-1", "120", "40", "20", "10", "1"]),
    ("indent", &["1", "3", "4", "8"]),
    ("indentSeq", &["false"]),
    ("singleQuote", &["true", "false", "null"]),
    (
        "defaultStringType",
        &[
            "\"QUOTE_DOUBLE\"",
            "\"QUOTE_SINGLE\"",
            "\"BLOCK_LITERAL\"",
            "\"BLOCK_FOLDED\"",
            "\"PLAIN\"",
        ],
    ),
    (
        "blockQuote",
        &["true", "false", "\"folded\"", "\"literal\""],
    ),
    (
        "collectionStyle",
        &["\"flow\"", "\"flow\"", "\"block\"", "\"any\""],
    ),
    (
        "defaultKeyType",
        &[
            "\"QUOTE_DOUBLE\"",
            "\"QUOTE_SINGLE\"",
            "\"PLAIN\"",
            "\"BLOCK_LITERAL\"",
            "null",
        ],
    ),
    ("minContentWidth", &["0", "10", "60"]),
    ("doubleQuotedAsJSON", &["true"]),
    ("doubleQuotedMinMultiLineLength", &["0", "10", "100"]),
    ("trueStr", &["\"True\""]),
    ("falseStr", &["\"no\""]),
    ("nullStr", &["\"~\"", "\"\"", "\"Null\""]),
    ("flowCollectionPadding", &["false"]),
    ("simpleKeys", &["true"]),
    ("directives", &["true", "false", "null"]),
];

struct Maker {
    random: Random,
}

impl Maker {
    fn text(&mut self) -> String {
        let most = match self.random.below(10) {
            0..4 => 1,
            4..7 => 4,
            7..9 => 12,
            _ => 60,
        };
        let count = self.random.below(most + 1);
        // Mostly words: else hardly any text is plain.
        let wild = self.random.below(3);
        let pieces = (0..count).map(|_| match wild {
            0 => self.random.of(&PIECES),
            _ if self.random.chance(8) => self.random.of(&PIECES),
            _ => self.random.of(&PIECES[..if wild == 1 { 16 } else { 24 }]),
        });
        pieces.collect()
    }

    fn key(&mut self) -> String {
        match self.random.below(12) {
            0..6 => self
                .random
                .of(&["name", "kind", "metadata", "a", "on", "10", "2"])
                .to_owned(),
            6 => "k".repeat(1000 + self.random.below(60)),
            _ => self.text(),
        }
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.random.below(if depth == 0 { 5 } else { 10 }) {
            0 => self.small(),
            1..5 => Value::String(self.text()),
            5..7 => (0..self.random.below(4))
                .map(|_| self.value(depth - 1))
                .collect(),
            _ => Value::Object(
                (0..self.random.below(5))
                    .map(|_| (self.key(), self.value(depth - 1)))
                    .collect(),
            ),
        }
    }

    fn small(&mut self) -> Value {
        match self.random.below(4) {
            0 => Value::Null,
            1 => json!(self.random.chance(2)),
            _ => json!(NUMBERS[self.random.below(NUMBERS.len())]),
        }
    }

    fn options(&mut self) -> Map<String, Value> {
        let count = [0, 0, 1, 1, 2, 4][self.random.below(6)];
        let mut options = Map::new();
        for _ in 0..count {
            let (name, values) = OPTIONS[self.random.below(OPTIONS.len())];
            let value = serde_json::from_str(self.random.of(values)).expect("JSON");
            options.insert(name.to_owned(), value);
        }
        options
    }

    /// Documents in which some things have anchors and are repeated.
    fn stream(&mut self, documents: usize) -> String {
        let documents: Vec<String> = (0..documents).map(|_| self.document()).collect();
        documents.join("---\n")
    }

    fn document(&mut self) -> String {
        let mut document = String::new();
        let mut anchors = 0;
        for line in 0..=self.random.below(7) {
            // YAML takes these as escapes only, and no key as long as that.
            let value = self.value(2).to_string();
            let value = value
                .replace(&"k".repeat(900), "k")
                .replace('\u{7f}', "\\u007f")
                .replace('\u{feff}', "\\ufeff");
            let value = match self.random.below(4) {
                0 => value,
                1 | 2 if anchors > 0 => {
                    let (first, second) = (self.random.below(anchors), self.random.below(anchors));
                    if self.random.chance(2) {
                        format!("*n{first}")
                    } else {
                        format!("[*n{first}, {value}, {{z: *n{second}}}]")
                    }
                }
                _ => {
                    anchors += 1;
                    format!("&n{} {value}", anchors - 1)
                }
            };
            writeln!(document, "k{line}: {value}").expect("a text");
        }
        document
    }

    /// What is put into a document: at the same keys, at times.
    fn content(&mut self) -> Value {
        let mut content = Map::new();
        for _ in 0..self.random.below(6) {
            let key = match self.random.below(4) {
                0 => self.key(),
                _ => format!("k{}", self.random.below(8)),
            };
            content.insert(key, self.value(3));
        }
        Value::Object(content)
    }

    fn question(&mut self) -> Value {
        let options = self.options();
        match self.random.below(10) {
            0 => json!({"stream": self.stream(2), "options": options}),
            1 => json!({"stream": self.stream(1), "options": options}),
            2 | 3 => json!({
                "stream": self.stream(1),
                "content": self.content(),
                "joins": self.random.chance(2),
                "options": options,
            }),
            _ => json!({"value": self.value(4), "options": options}),
        }
    }
}

/// What we answer to a question.
fn ours(question: &Value) -> Result<Vec<String>, String> {
    let options = question["options"].as_object().expect("options");
    let style = Style::of(options)?;
    let mut documents = match question["stream"].as_str() {
        Some(stream) => Document::read_all(stream).map_err(|fault| fault.message)?,
        None => vec![Document::from(&question["value"])],
    };
    if let Some(content) = question.get("content") {
        documents[0].merge(&Document::from(content), question["joins"] == true)?;
    }
    documents
        .iter()
        .map(|document| yaml::write(document, &style))
        .collect()
}

/// Where we differ from the package, in words; `None` where we agree.
fn difference(question: &Value, answer: &Value) -> Option<String> {
    let ours = ours(question);
    let theirs: Option<Vec<String>> = serde_json::from_value(answer["written"].clone()).ok();
    if ours.as_ref().ok() == theirs.as_ref() {
        return None;
    }
    Some(format!(
        "{question}\n  theirs {answer}\n  ours   {ours:?}\n"
    ))
}

#[test]
#[ignore = "needs node and Backstage's packages, which tests/run installs"]
fn values_made_up_are_written_as_backstage_writes_them() {
    let count = usize::try_from(number("CALLBOARD_RANDOM", 6000)).expect("a number");
    let seed = number("CALLBOARD_SEED", 1);
    let questions: Vec<Value> = (0..count)
        .map(|place| {
            let seed = seed.wrapping_mul(1_000_003).wrapping_add(place as u64);
            let mut maker = Maker {
                random: Random(seed),
            };
            maker.question()
        })
        .collect();
    let answers = ask("yaml.mjs", &questions);
    let refused = answers
        .iter()
        .filter(|answer| answer["refused"].is_string())
        .count();
    let mut different: Vec<String> = questions
        .iter()
        .zip(&answers)
        .filter_map(|(question, answer)| difference(question, answer))
        .collect();
    different.sort_by_key(String::len);
    assert!(
        different.is_empty(),
        "{} of {count} differ, {refused} were refused:\n{}",
        different.len(),
        different[..different.len().min(12)].join("\n")
    );
    assert!(refused < count / 10, "{refused} of {count} were refused");
}
