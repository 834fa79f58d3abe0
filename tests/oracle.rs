//! Backstage's own code as an oracle: the same verdict of every document of the corpus, the same relations, the same
//! normal form of references.
//!
//! The driver `tests/oracle/backstage.mjs` runs the packages of `tests/oracle/package.json` themselves: Backstage's YAML
//! reader, its envelope validator, its processors and policies in the order of its processing engine.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use callboard::catalog::EntityRef;
use callboard::catalog::descriptor::{Read, Scope, read};
use callboard::catalog::problem::Severity;
use callboard::catalog::yaml;
use serde_json::{Value, json};

/// Where Callboard and Backstage do not give the same verdict on purpose: cases of the corpus by the beginning of
/// their names, and the reason. A line that nothing needs any more fails.
const EXCEPTIONS: [(&str, &str); 19] = [
    ("placeholders/definition-openapi", OPENAPI),
    ("placeholders/definition-asyncapi", OPENAPI),
    ("placeholders/annotation-openapi", OPENAPI),
    ("placeholders/annotation-asyncapi", OPENAPI),
    ("placeholders/definition-of-another-repository", ALLOWED),
    ("placeholders/annotation-of-another-repository", ALLOWED),
    ("streams/broken-in-the-middle", NEIGHBOURS),
    ("streams/broken-by-alias", NEIGHBOURS),
    ("streams/open-quote-before", NEIGHBOURS),
    ("yaml/directive-1.1", VERSION),
    ("yaml/directive-2", VERSION),
    ("yaml/directive-twice", VERSION),
    ("yaml/control-character", CONTROL),
    ("yaml/delete-character", CONTROL),
    ("yaml/vertical-tab", CONTROL),
    ("yaml/noncharacter", CONTROL),
    (
        "yaml/proto-at-the-root",
        "JavaScript loses this key; it is refused like any other that does not belong there",
    ),
    (
        "yaml/duplicate-key-by-alias",
        "an alias that repeats a key loses a value without a word",
    ),
    (
        "yaml/collection-key",
        "a fault of the JavaScript reader: it takes the same key where it is the first",
    ),
];

const OPENAPI: &str = "the placeholders of a module that most installations have";
const ALLOWED: &str = "which addresses a placeholder may read is decided when it is read";
const NEIGHBOURS: &str = "a document that cannot be read must not take those behind it with it";
const VERSION: &str =
    "there is one YAML, and a document that asks for another is told so or read as 1.2";
const CONTROL: &str = "YAML forbids these characters; JavaScript's reader does not look";

/// What is put in the place of every field, in turn.
const ODD: &str = r#"[null, "", " ", "x", "5", 0, 5, true, false, [], ["x"], [""], [5], [null], [["x"]], [{"x": "y"}], {}, {"x": "y"}, {"x": 5}, {"$text": "./x"}, {"$text": 5}, {"$text": "./x", "y": "z"}]"#;

/// A stream of the corpus.
struct Case {
    name: String,
    stream: String,
}

/// What became of a stream: the accepted entities in their order, each with its relations, and whether anything was
/// refused.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    accepted: Vec<(String, BTreeSet<String>)>,
    refused: bool,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All cases of `tests/corpus/`, sorted by file.
fn corpus() -> Vec<Case> {
    let folder = root().join("tests/corpus");
    let entries = std::fs::read_dir(folder).expect("the corpus").flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        let topic = file.file_stem().expect("a name").to_string_lossy();
        for case in text.split("\n# case: ").skip(1) {
            let (name, stream) = case.split_once('\n').unwrap_or((case, ""));
            cases.push(Case {
                name: format!("{topic}/{}", name.trim_end()),
                // The line break before the next case is the stream's own last one.
                stream: format!("{stream}\n"),
            });
        }
    }
    let names: BTreeSet<&str> = cases.iter().map(|case| &*case.name).collect();
    assert_eq!(names.len(), cases.len(), "every case has a name of its own");
    cases
}

/// The whole documents of the corpus with every field in turn left out, or replaced by everything odd.
fn variations() -> Vec<Case> {
    let odd: Vec<Value> = serde_json::from_str(ODD).expect("JSON");
    let mut cases = Vec::new();
    for case in corpus() {
        let good = case.name.starts_with("kinds/") && ours(&case.stream).accepted.len() == 1;
        if !good {
            continue;
        }
        let tree = yaml::parse(&case.stream, 0)
            .expect("YAML")
            .expect("a document");
        let mut text = String::new();
        tree.root().write_json(&mut text);
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let mut pointers = Vec::new();
        all_pointers(&document, String::new(), &mut pointers);
        for pointer in pointers {
            let mut vary = |what: &str, changed: Value| {
                cases.push(Case {
                    name: format!("{}{pointer} {what}", case.name),
                    stream: changed.to_string(),
                });
            };
            for value in &odd {
                let mut changed = document.clone();
                *changed.pointer_mut(&pointer).expect("the field") = value.clone();
                vary(&format!("is {value}"), changed);
            }
            let mut changed = document.clone();
            let (parent, key) = pointer.rsplit_once('/').expect("a field");
            if let Value::Object(object) = changed.pointer_mut(parent).expect("its parent") {
                object.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
                vary("left out", changed);
            }
        }
    }
    cases
}

fn all_pointers(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(position, value)| (position.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (key, value) in children {
        all_pointers(value, format!("{pointer}/{key}"), pointers);
    }
    if !pointer.is_empty() {
        pointers.push(pointer);
    }
}

/// Asks Backstage's code all questions at once, by a driver of `tests/oracle/`; the answers come in the order of the
/// questions.
pub fn ask(driver: &str, questions: &[Value]) -> Vec<Value> {
    let installed = root().join("target/oracle");
    assert!(
        installed.join("node_modules").exists(),
        "Backstage's packages are not installed: run tests/run, which does"
    );
    let mut child = Command::new("node")
        .arg(root().join("tests/oracle").join(driver))
        .arg(&installed)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Its reader warns of what the corpus is made of.
        .stderr(Stdio::null())
        .spawn()
        .expect("node starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let lines: Vec<String> = questions
        .iter()
        .map(|question| format!("{question}\n"))
        .collect();
    let lines = lines.concat();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer
        .join()
        .expect("no panic")
        .expect("all questions are read");
    assert!(output.status.success(), "the driver fails");
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

fn theirs(answer: &Value) -> Verdict {
    let documents = answer["documents"].as_array().expect("documents");
    let accepted = documents.iter().filter_map(|document| {
        let reference = document["reference"].as_str()?.to_owned();
        let relations = document["relations"].as_array().expect("relations").iter();
        let relations = relations.map(|line| line.as_str().expect("a line").to_owned());
        Some((reference, relations.collect()))
    });
    Verdict {
        accepted: accepted.collect(),
        refused: documents
            .iter()
            .any(|document| !document["refused"].is_null()),
    }
}

fn ours(stream: &str) -> Verdict {
    let Read {
        entities, problems, ..
    } = read("f", stream.as_bytes(), Scope::Descriptor);
    let accepted = entities
        .iter()
        .filter(|entity| entity.refused.is_none())
        .map(|entity| {
            let own = &entity.reference;
            let relations = entity.declared.iter().flat_map(|declared| {
                let (relation, target) = (declared.relation, &declared.target);
                [
                    format!("{own} {} {target}", relation.as_str()),
                    format!("{target} {} {own}", relation.reverse().as_str()),
                ]
            });
            (own.to_string(), relations.collect())
        });
    Verdict {
        accepted: accepted.collect(),
        refused: problems
            .iter()
            .any(|problem| problem.severity == Severity::Error),
    }
}

/// Whether all that Backstage holds against the stream is a kind that none of its processors knows. Organisations
/// add processors for kinds of their own, and Callboard keeps such entities.
fn is_foreign(answer: &Value) -> bool {
    let documents = answer["documents"].as_array().expect("documents");
    let foreign = |document: &Value| {
        document["refused"]
            .as_str()
            .is_none_or(|reason| reason.contains("No processor recognized the entity"))
    };
    documents.iter().all(foreign)
}

/// Where the verdicts differ, one paragraph each, but for the exceptions.
fn differences(cases: &[Case], exceptions: &[(&str, &str)]) -> Vec<String> {
    let questions: Vec<Value> = cases
        .iter()
        .map(|case| json!({ "stream": case.stream }))
        .collect();
    let mut unused: BTreeSet<&str> = exceptions.iter().map(|(name, _)| *name).collect();
    let mut differences = Vec::new();
    for (case, answer) in cases.iter().zip(ask("backstage.mjs", &questions)) {
        let (theirs, ours) = (theirs(&answer), ours(&case.stream));
        if theirs == ours || is_foreign(&answer) && is_kept_as_foreign(&case.stream) {
            continue;
        }
        let excused = exceptions
            .iter()
            .find(|(name, _)| case.name.starts_with(name));
        if let Some((name, _)) = excused {
            unused.remove(name);
            continue;
        }
        let problems: Vec<String> = read("f", case.stream.as_bytes(), Scope::Descriptor)
            .problems
            .iter()
            .map(ToString::to_string)
            .collect();
        differences.push(format!(
            "== {}\n{}\nBackstage: {theirs:?}\n  {}\nCallboard: {ours:?}\n  {}\n",
            case.name,
            case.stream,
            answer,
            problems.join("\n  ")
        ));
    }
    differences.extend(
        unused
            .into_iter()
            .map(|name| format!("== {name}\nThe exception is no longer needed.\n")),
    );
    differences
}

/// Whether every entity of the stream is of a kind that is not built in, and is kept without an error.
fn is_kept_as_foreign(stream: &str) -> bool {
    const BUILT_IN: [&str; 9] = [
        "API",
        "Component",
        "Domain",
        "Group",
        "Location",
        "Resource",
        "System",
        "Template",
        "User",
    ];
    let Read {
        entities, problems, ..
    } = read("f", stream.as_bytes(), Scope::Descriptor);
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    errors == 0
        && entities
            .iter()
            .all(|entity| !BUILT_IN.contains(&&*entity.kind) || entity.refused.is_none())
}

fn assert_none(differences: &[String]) {
    assert!(
        differences.is_empty(),
        "{} differences, the first of them:\n{}",
        differences.len(),
        differences
            .iter()
            .take(10)
            .map(String::as_str)
            .collect::<String>()
    );
}

#[test]
#[ignore = "needs node and Backstage's packages, which tests/run installs"]
fn every_document_of_the_corpus_has_the_same_verdict() {
    let cases = corpus();
    assert!(cases.len() > 1000, "only {} cases", cases.len());
    assert_none(&differences(&cases, &EXCEPTIONS));
}

#[test]
#[ignore = "needs node and Backstage's packages, which tests/run installs"]
fn every_field_of_every_kind_is_judged_alike() {
    let cases = variations();
    assert!(cases.len() > 2000, "only {} cases", cases.len());
    assert_none(&differences(&cases, &[]));
}

#[test]
#[ignore = "needs node and Backstage's packages, which tests/run installs"]
fn references_have_the_same_normal_form() {
    let parts = [
        "", "a", "B", "a b", "ä", "İ", "ΑΣ", "a:b", "a/b", "@a", ".", "5", "x-y_z.0",
    ];
    let mut texts: BTreeSet<String> = BTreeSet::new();
    for kind in parts {
        for namespace in parts {
            for name in parts {
                texts.insert(format!("{kind}:{namespace}/{name}"));
                texts.insert(format!("{kind}:{name}"));
                texts.insert(format!("{namespace}/{name}"));
                texts.insert(name.to_owned());
            }
        }
    }
    let mut questions = Vec::new();
    for text in &texts {
        for (kind, namespace) in [
            (None, "default"),
            (Some("Group"), "Shop"),
            (Some("API"), "x"),
        ] {
            questions.push(json!({ "reference": text, "kind": kind, "namespace": namespace }));
        }
    }
    for (question, answer) in questions.iter().zip(ask("backstage.mjs", &questions)) {
        let text = question["reference"].as_str().expect("a text");
        let namespace = question["namespace"].as_str().expect("a text");
        let ours = EntityRef::parse(text, question["kind"].as_str(), namespace).ok();
        assert_eq!(
            ours.as_ref().map(EntityRef::as_str),
            answer["reference"].as_str(),
            "{question} {answer}"
        );
    }
}
