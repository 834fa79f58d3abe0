//! Templates made up at random, held against Backstage's own engine.
//!
//! `CALLBOARD_RANDOM` says how many; `CALLBOARD_SEED` where to begin.

use callboard::scaffold::expression::Options;
use serde_json::{Value, json};

use super::oracle::{Case, difference, theirs};

/// A small generator of numbers, the same for the same seed.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).expect("small")
    }

    pub fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    pub fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

const NAMES: [&str; 26] = [
    "a", "b", "s", "t", "n", "z", "f", "neg", "big", "list", "empty", "deep", "words", "o",
    "people", "yes", "no", "nil", "missing", "emoji", "html", "i", "v", "loop", "x", "url",
];
const KEYS: [&str; 12] = [
    "length", "name", "age", "a", "b", "first", "0", "1", "val", "x", "index", "last",
];
const FILTERS: [&str; 50] = [
    "abs",
    "batch(2)",
    "batch(2, 'x')",
    "capitalize",
    "center(9)",
    "default('d')",
    "default('d', true)",
    "d(1)",
    "dictsort",
    "dump",
    "dump(2)",
    "escape",
    "first",
    "float",
    "float(1)",
    "forceescape",
    "groupby('name')",
    "indent",
    "indent(2, true)",
    "int",
    "int(7)",
    "join",
    "join('-')",
    "join(', ', 'name')",
    "last",
    "length",
    "list",
    "lower",
    "nl2br",
    "reject('odd')",
    "rejectattr('name')",
    "replace('a', 'b')",
    "replace('', '.')",
    "replace('a', 'b', 1)",
    "reverse",
    "round",
    "round(1, 'floor')",
    "safe",
    "select",
    "selectattr('age')",
    "slice(2)",
    "sort",
    "sort(true)",
    "sort(attribute='name')",
    "string",
    "striptags",
    "sum",
    "title",
    "trim",
    "upper",
];
const MORE_FILTERS: [&str; 16] = [
    "truncate(5)",
    "truncate(3, true)",
    "urlencode",
    "urlize",
    "wordcount",
    "sum('age')",
    "pick('name')",
    "pick('a.b[0]')",
    "parseEntityRef",
    "parseEntityRef({defaultKind: 'k'})",
    "replace(r/[a-c]+/g, '<$&>')",
    "striptags(true)",
    "slice(2, 'f')",
    "int(base=16)",
    "default(boolean=true)",
    "dictsort(true, 'value')",
];
const TESTS: [&str; 22] = [
    "defined",
    "undefined",
    "null",
    "number",
    "string",
    "mapping",
    "iterable",
    "odd",
    "even",
    "truthy",
    "falsy",
    "lower",
    "upper",
    "callable",
    "escaped",
    "divisibleby(2)",
    "eq(1)",
    "ne('a')",
    "gt(1)",
    "le('b')",
    "sameas(true)",
    "not defined",
];
const PYTHON: [&str; 10] = [
    "append(1)",
    "count(1)",
    "find(2)",
    "index(3)",
    "insert(1, 'x')",
    "remove(1)",
    "get('a', 5)",
    "has_key('2')",
    "items()",
    "keys()",
];
const METHODS: [&str; 40] = [
    "charAt(1)",
    "charCodeAt(0)",
    "concat('x')",
    "concat([1])",
    "endsWith('a')",
    "includes('a')",
    "indexOf('b')",
    "lastIndexOf('a')",
    "replace('a', '[$&]')",
    "replace(r/a/g, 'o')",
    "slice(1)",
    "slice(-2)",
    "slice(1, -1)",
    "split(' ')",
    "split('')",
    "split('a', 2)",
    "startsWith('a')",
    "substring(2, 1)",
    "toLowerCase()",
    "toUpperCase()",
    "trim()",
    "trimEnd()",
    "trimStart()",
    "toFixed(2)",
    "toFixed()",
    "toString(2)",
    "toString()",
    "toPrecision(3)",
    "toExponential(1)",
    "at(-1)",
    "flat()",
    "join('+')",
    "join()",
    "pop()",
    "push(1)",
    "reverse()",
    "shift()",
    "sort()",
    "splice(1, 1)",
    "unshift('u')",
];
const BINARY: [&str; 22] = [
    "+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "===", "!==", "<", "<=", ">", ">=",
    "and", "or", "in", "not in", "+", "~",
];

struct Maker {
    random: Random,
}

impl Maker {
    fn value(&mut self, depth: usize) -> String {
        let random = &mut self.random;
        match random.below(if depth == 0 { 9 } else { 11 }) {
            0..4 => random.of(&NAMES).to_owned(),
            4 => random
                .of(&[
                    "0",
                    "1",
                    "2",
                    "3.5",
                    "10",
                    "0.1",
                    "1.",
                    "007",
                    "123456789012345680000",
                ])
                .to_owned(),
            5 => random
                .of(&[
                    "'a'",
                    "\"b c\"",
                    "''",
                    "'1'",
                    "'-2'",
                    "'x\\ny'",
                    "'Ab cD'",
                    "'é😀z'",
                    "' 7 '",
                    "'0x1f'",
                ])
                .to_owned(),
            6 => random.of(&["true", "false", "none", "null"]).to_owned(),
            7 => format!("{}.{}", random.of(&NAMES), random.of(&KEYS)),
            8 => format!(
                "{}[{}]",
                random.of(&NAMES),
                random.of(&[
                    "0", "-1", "'name'", "i", "1:", ":2", "::-1", "1:3", "-2:", "::2", "s"
                ])
            ),
            9 => format!(
                "[{}, {}]",
                self.expression(depth - 1),
                self.expression(depth - 1)
            ),
            _ => format!(
                "{{a: {}, '2': {}}}",
                self.expression(depth - 1),
                self.expression(depth - 1)
            ),
        }
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.value(0);
        }
        match self.random.below(13) {
            0..3 => self.value(depth),
            3 | 4 => {
                let of = self.expression(depth - 1);
                let filter = if self.random.chance(4) {
                    self.random.of(&MORE_FILTERS)
                } else {
                    self.random.of(&FILTERS)
                };
                format!("{of} | {filter}")
            }
            5 | 6 => {
                let (left, right) = (self.expression(depth - 1), self.expression(depth - 1));
                format!("{left} {} {right}", self.random.of(&BINARY))
            }
            7 => format!("({})", self.expression(depth - 1)),
            8 => format!(
                "{} {}",
                self.random.of(&["not", "-", "+"]),
                self.expression(depth - 1)
            ),
            9 => format!(
                "{} is {}",
                self.expression(depth - 1),
                self.random.of(&TESTS)
            ),
            10 => {
                let (then, condition) = (self.expression(depth - 1), self.expression(depth - 1));
                if self.random.chance(3) {
                    return format!("{then} if {condition}");
                }
                format!("{then} if {condition} else {}", self.expression(depth - 1))
            }
            11 if self.random.chance(4) => format!("{}.{}", self.value(0), self.random.of(&PYTHON)),
            _ => format!("{}.{}", self.value(0), self.random.of(&METHODS)),
        }
    }

    fn tag(&mut self, inside: &str) -> String {
        let left = self.random.of(&["{%", "{%", "{%", "{%-"]);
        let right = self.random.of(&["%}", "%}", "%}", "-%}"]);
        format!("{left} {inside} {right}")
    }

    fn text(&mut self) -> String {
        self.random
            .of(&[
                " ", "\n", "x", "  \n  ", "\r\n", "a b", "\n\n", "{{ y }}", "$ {", "é", "\t",
                "{ %", "\n  ", "🦀", "}}", "#", "%}", "-",
            ])
            .to_owned()
    }

    fn body(&mut self, depth: usize) -> String {
        let mut body = String::new();
        for _ in 0..=self.random.below(4) {
            let part = self.part(depth);
            body.push_str(&part);
        }
        body
    }

    fn part(&mut self, depth: usize) -> String {
        let kind = self.random.below(if depth == 0 { 8 } else { 22 });
        match kind {
            0..4 => self.text(),
            4..7 => {
                let left = self.random.of(&["${{", "${{", "${{", "${{-"]);
                let right = self.random.of(&["}}", "}}", "}}", "-}}"]);
                let depth = self.random.below(4);
                format!("{left} {} {right}", self.expression(depth))
            }
            7 => self
                .random
                .of(&[
                    "{# c #}",
                    "{#- c -#}",
                    "{% raw %}${{ a }}{% endraw %}",
                    "{% set x = i %}",
                    "{# c -#}",
                    "${{ loop.index }}",
                ])
                .to_owned(),
            8..11 => {
                let condition = self.expression(1);
                let mut all = self.tag(&format!("if {condition}"));
                all.push_str(&self.body(depth - 1));
                if self.random.chance(3) {
                    let condition = self.expression(1);
                    all.push_str(&self.tag(&format!("elif {condition}")));
                    all.push_str(&self.body(depth - 1));
                }
                if self.random.chance(2) {
                    all.push_str(&self.tag("else"));
                    all.push_str(&self.body(depth - 1));
                }
                all.push_str(&self.tag("endif"));
                all
            }
            11..15 => {
                let targets = self.random.of(&["i", "v", "i, v", "x", "i, v, x", "a"]);
                let over = self.expression(1);
                let mut all = self.tag(&format!("for {targets} in {over}"));
                all.push_str(&self.body(depth - 1));
                if self.random.chance(3) {
                    all.push_str(&self.tag("else"));
                    all.push_str(&self.body(depth - 1));
                }
                all.push_str(&self.tag("endfor"));
                all
            }
            15 | 16 => {
                let target = self.random.of(&["x", "i", "a", "x, v", "s"]);
                let value = self.expression(2);
                self.tag(&format!("set {target} = {value}"))
            }
            17 => {
                let target = self.random.of(&["x", "a"]);
                let mut all = self.tag(&format!("set {target}"));
                all.push_str(&self.body(depth - 1));
                all.push_str(&self.tag("endset"));
                all
            }
            18 => {
                let name = self.random.of(&["m", "k"]);
                let parameters = self
                    .random
                    .of(&["", "x", "x, v=1", "i='d', v=i", "x, i, a=3"]);
                let mut all = self.tag(&format!("macro {name}({parameters})"));
                all.push_str(&self.body(depth - 1));
                if self.random.chance(3) {
                    all.push_str("${{ caller('c') if caller }}");
                }
                all.push_str(&self.tag("endmacro"));
                let arguments = self
                    .random
                    .of(&["", "1", "1, 2", "v='w'", "a, i=2", "1, 2, 3, 4"]);
                if self.random.chance(3) {
                    all.push_str(&self.tag(&format!("call(x) {name}({arguments})")));
                    all.push_str(&self.body(depth - 1));
                    all.push_str(&self.tag("endcall"));
                } else {
                    for part in ["${{ ", name, "(", arguments, ") }}"] {
                        all.push_str(part);
                    }
                }
                all
            }
            19 => {
                let filter = self.random.of(&FILTERS);
                let mut all = self.tag(&format!("filter {filter}"));
                all.push_str(&self.body(depth - 1));
                all.push_str(&self.tag("endfilter"));
                all
            }
            20 => {
                let of = self.expression(1);
                let mut all = format!("{{% switch {of} %}}");
                for _ in 0..self.random.below(3) {
                    let case = self.value(0);
                    all.push_str(&self.tag(&format!("case {case}")));
                    if !self.random.chance(3) {
                        all.push_str(&self.body(depth - 1));
                    }
                }
                if self.random.chance(2) {
                    all.push_str(&self.tag("default"));
                    all.push_str(&self.body(depth - 1));
                }
                all.push_str(&self.tag("endswitch"));
                all
            }
            _ => {
                let number = self.random.below(1000);
                let mut all = self.tag(&format!("block b{number}"));
                all.push_str(&self.body(depth - 1));
                all.push_str(&self.tag("endblock"));
                all
            }
        }
    }
}

fn context() -> Value {
    json!({
        "a": "abc", "b": "B c", "s": "  spaced out ", "t": "one\ntwo\n\nthree", "n": 42, "z": 0, "f": 3.1234, "neg": -7.5, "big": 1e21,
        "list": [3, 1, 2], "empty": [], "deep": [[1, [2]], ["x", null]], "words": ["banana", "apple", "Cherry"],
        "o": {"name": "o", "2": "two", "1": "one", "a": {"b": ["c"]}, "length": 2, "0": "zero"},
        "people": [{"name": "Zoe", "age": 30}, {"name": "adam", "age": 4}, {"name": "Zoe", "age": 0}],
        "yes": true, "no": false, "nil": null, "emoji": "a😀é", "html": "<b class=\"x\">bold</b> & 'q' www.x.org", "url": "github.com?owner=o&repo=r"
    })
}

pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

#[test]
#[ignore = "needs node and Backstage's packages, which tests/run installs"]
fn templates_made_up_come_out_as_backstage_writes_them() {
    let count = usize::try_from(number("CALLBOARD_RANDOM", 2000)).expect("a number");
    let seed = number("CALLBOARD_SEED", 1);
    let context = context();
    let mut cases = Vec::with_capacity(count);
    for place in 0..count {
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(place as u64);
        let mut maker = Maker {
            random: Random(seed),
        };
        let sole = maker.random.chance(2);
        let template = if sole {
            let depth = 1 + maker.random.below(4);
            format!("${{{{ {} }}}}", maker.expression(depth))
        } else {
            let depth = 1 + maker.random.below(3);
            maker.body(depth)
        };
        let options = Options {
            trim_blocks: maker.random.chance(3),
            lstrip_blocks: maker.random.chance(3),
            ..Options::default()
        };
        let (template, options) = if maker.random.chance(6) {
            let options = Options {
                cookiecutter: true,
                ..options
            };
            (template.replace("${{", "{{"), options)
        } else {
            (template, options)
        };
        cases.push(Case {
            name: format!("seed {seed}"),
            template: Value::String(template),
            context: context.clone(),
            options,
            mode: if maker.random.chance(2) {
                "render"
            } else {
                "evaluate"
            },
        });
    }
    let mut different = Vec::new();
    let mut refused = 0;
    for (part, cases) in cases.chunks(5000).enumerate() {
        let verdicts = theirs(cases);
        refused += verdicts.iter().filter(|verdict| verdict.is_err()).count();
        different.extend(
            cases
                .iter()
                .zip(&verdicts)
                .filter_map(|(case, verdict)| difference(case, verdict)),
        );
        assert!(
            different.is_empty() || std::env::var_os("CALLBOARD_RANDOM").is_some(),
            "in part {part}:\n{}",
            different.join("\n")
        );
    }
    // All have the same values.
    for text in &mut different {
        *text = text
            .lines()
            .filter(|line| !line.starts_with("  context "))
            .collect::<Vec<_>>()
            .join("\n");
    }
    different.sort_by_key(String::len);
    different.truncate(25);
    assert!(
        different.is_empty(),
        "of {count}, {refused} refused:\n{}",
        different.join("\n")
    );
    assert!(
        refused < count * 2 / 3,
        "{refused} of {count} were refused: the made up templates say too little"
    );
}
