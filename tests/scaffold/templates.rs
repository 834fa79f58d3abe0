//! Whole templates, file for file as Backstage's own workflow runner and actions write them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use callboard::catalog::EntityRef;
use callboard::catalog::descriptor::{self, Scope};
use callboard::scaffold::entities::Entities;
use callboard::scaffold::expression::Surroundings;
use callboard::scaffold::source::Local;
use callboard::scaffold::template::Template;
use callboard::scaffold::tree::{Node, Tree};
use callboard::scaffold::workflow::{self, Given, Outcome, World};
use serde_json::{Map, Value, json};

use crate::oracle::ask;

/// One template with answers, and what is to be added to the request.
struct Case {
    name: String,
    folder: PathBuf,
    values: Value,
    context: Map<String, Value>,
}

/// What stands at a path: a folder, the target of a link, or permission bits and content.
type Seen = BTreeMap<String, String>;

/// What the catalog would give.
struct Answers(Map<String, Value>);

impl Entities for Answers {
    fn entity(&self, reference: &EntityRef) -> Option<Value> {
        self.0.get(reference.as_str()).cloned()
    }
}

fn corpus() -> PathBuf {
    root().join("tests/scaffold/templates")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn json_in(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

fn name(path: &Path) -> String {
    path.file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in sorted(&corpus()) {
        let context = folder.join("context.json");
        let context = context.exists().then(|| json_in(&context));
        for values in sorted(&folder.join("values")) {
            cases.push(Case {
                name: format!("{}/{}", name(&folder), name(&values)),
                folder: folder.clone(),
                values: json_in(&values),
                context: match &context {
                    Some(Value::Object(context)) => context.clone(),
                    _ => Map::new(),
                },
            });
        }
    }
    assert!(cases.len() >= 60, "{}", cases.len());
    for folder in sorted(&root().join("templates")) {
        for values in sorted(&root().join("tests/scaffold/shipped")) {
            cases.push(Case {
                name: format!("{} as shipped/{}", name(&folder), name(&values)),
                folder: folder.clone(),
                values: json_in(&values),
                context: Map::new(),
            });
        }
    }
    cases
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What Backstage makes of the cases, each in a folder of its own.
fn theirs(cases: &[Case], out: &Path) -> Vec<Value> {
    let mut requests = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let mut request = case.context.clone();
        if request.contains_key("repository") {
            request.insert("repository".to_owned(), json!(corpus()));
        }
        request.insert("template".to_owned(), json!(case.folder));
        request.insert("values".to_owned(), case.values.clone());
        request.insert("out".to_owned(), json!(out.join(number.to_string())));
        requests.push(Value::Object(request));
    }
    ask("scaffold.mjs", &requests)
}

/// What we make of a case.
async fn ours(case: &Case, number: usize) -> Outcome {
    let read = Template::in_folder(&case.folder).expect("a folder");
    let template = read
        .template
        .unwrap_or_else(|| panic!("{:?}", read.problems));
    let source = if case.context.contains_key("repository") {
        Local::in_repository(&case.folder, &corpus())
    } else {
        Local::alone(&case.folder)
    };
    let object = |value: Option<&Value>| value.and_then(Value::as_object).cloned();
    let given = Given {
        parameters: object(Some(&case.values)).expect("an object"),
        secrets: object(case.context.get("secrets")).unwrap_or_default(),
        user: case
            .context
            .get("user")
            .cloned()
            .unwrap_or_else(|| json!({})),
        task: number.to_string(),
        environment: object(
            case.context
                .get("environment")
                .and_then(|all| all.get("parameters")),
        )
        .unwrap_or_default(),
        ..Given::default()
    };
    let source = source.expect("the template's folder");
    let entities = object(case.context.get("entities")).map(Answers);
    let world = World {
        entities: entities.as_ref().map(|entities| entities as &dyn Entities),
        ..World::of(&source)
    };
    workflow::run(&template, &given, world, &Surroundings::default()).await
}

fn seen_in(folder: &Path, path: &str, seen: &mut Seen) {
    for entry in sorted(folder) {
        let name = entry
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let path = if path.is_empty() {
            name
        } else {
            format!("{path}/{name}")
        };
        let about = fs::symlink_metadata(&entry).expect("there");
        if about.is_symlink() {
            let target = fs::read_link(&entry).expect("a link");
            seen.insert(path, format!("link to {}", target.display()));
        } else if about.is_dir() {
            seen_in(&entry, &path, seen);
            seen.insert(path, "folder".to_owned());
        } else {
            let content = fs::read(&entry).expect("a file");
            seen.insert(path, file(about.permissions().mode(), &content));
        }
    }
}

fn seen_of(tree: &Tree) -> Seen {
    let node = |node: &Node| match node {
        Node::Folder => "folder".to_owned(),
        Node::Link { target } => format!("link to {target}"),
        Node::File { content, mode } => file(*mode, content),
    };
    tree.nodes()
        .map(|(path, at)| (path.to_owned(), node(at)))
        .collect()
}

fn file(mode: u32, content: &[u8]) -> String {
    format!("{:o} {}", mode & 0o777, content.escape_ascii())
}

/// Paths of the workspace, wherever it is.
fn without_place(value: &Value, place: &Path) -> Value {
    let text = value
        .to_string()
        .replace(&format!("{}/", place.display()), "");
    serde_json::from_str(&text).expect("JSON")
}

fn differences(ours: &Outcome, theirs: &Value, place: &Path) -> Vec<String> {
    let mut told = Vec::new();
    let mut there = Seen::new();
    if place.exists() {
        seen_in(place, "", &mut there);
    }
    let here = seen_of(&ours.tree);
    for path in here
        .keys()
        .chain(there.keys().filter(|path| !here.contains_key(*path)))
    {
        let (ours, theirs) = (here.get(path), there.get(path));
        if ours != theirs {
            told.push(format!("{path}:\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    let failed = ours.failed.as_ref().map(|(step, _)| json!(step));
    let stopped = ours.stopped.as_ref().map(|(step, _)| json!(step));
    let mut same = |what: &str, ours: Value, theirs: Value| {
        if ours != theirs {
            told.push(format!("{what}:\n  ours   {ours}\n  theirs {theirs}"));
        }
    };
    same(
        "failed",
        failed.clone().unwrap_or_default(),
        theirs["error"]["step"].clone(),
    );
    same(
        "stopped",
        stopped.unwrap_or_default(),
        theirs["stopped"]["step"].clone(),
    );
    same("skipped", json!(ours.skipped), theirs["skipped"].clone());
    if failed.is_none() {
        let outputs = ours
            .steps
            .iter()
            .map(|(id, step)| (id.clone(), step["output"].clone()));
        same(
            "steps",
            Value::Object(outputs.collect()),
            without_place(&theirs["steps"], place),
        );
        same(
            "output",
            json!(ours.output),
            without_place(&theirs["output"], place),
        );
    }
    told
}

#[tokio::test]
#[ignore = "needs node and Backstage's packages, which tests/run installs"]
async fn templates_come_out_as_backstage_writes_them() {
    let cases = cases();
    let out = tempfile::tempdir().expect("a folder");
    let out = out.path().canonicalize().expect("it is there");
    let theirs = theirs(&cases, &out);
    let mut different = Vec::new();
    for (number, (case, theirs)) in cases.iter().zip(&theirs).enumerate() {
        let ours = ours(case, number).await;
        let told = differences(&ours, theirs, &out.join(number.to_string()));
        if !told.is_empty() {
            different.push(format!("{}\n{}", case.name, told.join("\n")));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

#[tokio::test]
async fn shipped_templates_make_what_they_promise() {
    for folder in sorted(&root().join("templates")) {
        let read = Template::in_folder(&folder).expect("a folder");
        assert_eq!(read.problems, [], "{}", folder.display());
        for (ci, there, not_there) in [
            ("github", ".github/workflows/ci.yml", ".gitlab-ci.yml"),
            ("gitlab", ".gitlab-ci.yml", ".github/workflows/ci.yml"),
        ] {
            let case = Case {
                name: name(&folder),
                folder: folder.clone(),
                values: json_in(&root().join(format!("tests/scaffold/shipped/{ci}.json"))),
                context: Map::new(),
            };
            let made = ours(&case, 0).await;
            assert_eq!(made.failed, None, "{}", case.name);
            assert_eq!(made.left, [], "{}", case.name);
            let stopped = made.stopped.as_ref().map(|(_, action)| action.as_str());
            assert_eq!(stopped, Some(&*format!("publish:{ci}")), "{}", case.name);
            let has = |path: &str| made.tree.get(path).is_some();
            assert!(has(there) && !has(not_there), "{} {ci}", case.name);
            for path in [
                "README.md",
                "catalog-info.yaml",
                "docs/index.md",
                "mkdocs.yml",
            ] {
                assert!(has(path), "{} has no {path}", case.name);
            }
            // What was made is in the catalog, with the mark of the template that made it.
            let descriptor = made.tree.text("catalog-info.yaml").expect("a file");
            let mark = format!(
                "backstage.io/source-template: template:default/{}",
                case.name
            );
            assert!(descriptor.contains(&mark), "{descriptor}");
            let read = descriptor::read(
                "catalog-info.yaml",
                descriptor.as_bytes(),
                Scope::Descriptor,
            );
            assert_eq!(read.problems, [], "{descriptor}");
        }
    }
}
