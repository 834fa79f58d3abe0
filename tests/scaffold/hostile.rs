//! Whole templates that mean no good, and what a person sees of them.

mod endless;
mod paths;
mod secrets;
mod sources;

use std::fs;
use std::os::unix::fs::symlink;

use callboard::scaffold::expression::Surroundings;
use callboard::scaffold::source::Local;
use callboard::scaffold::template::Template;
use callboard::scaffold::workflow::{self, Given, Outcome, World};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A template in a folder of its own, with what it is given.
struct Attempt {
    folder: TempDir,
    given: Given,
}

impl Attempt {
    /// With these steps, as YAML or JSON.
    fn new(steps: &str) -> Self {
        let text = format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: hostile}}\nspec:\n  owner: a\n  type: service\n  {}\n",
            steps.trim().replace('\n', "\n  ")
        );
        let attempt = Self {
            folder: tempfile::tempdir().expect("a folder"),
            given: Given {
                user: json!({}),
                task: "1".to_owned(),
                ..Given::default()
            },
        };
        attempt.file("template/template.yaml", text)
    }

    /// With one step.
    fn step(action: &str, input: &Value) -> Self {
        Self::new(&format!(
            "steps: [{{id: it, action: {action}, input: {input}}}]"
        ))
    }

    /// A file; the template is in `template/`.
    fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
        self
    }

    fn link(self, path: &str, target: &str) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        symlink(target, path).expect("made");
        self
    }

    fn answers(mut self, answers: Value) -> Self {
        self.given.parameters = object(answers);
        self
    }

    fn secrets(mut self, secrets: Value) -> Self {
        self.given.secrets = object(secrets);
        self
    }

    async fn run(&self) -> Outcome {
        let folder = self.folder.path().join("template");
        let read = Template::in_folder(&folder).expect("a folder");
        let template = read
            .template
            .unwrap_or_else(|| panic!("{:?}", read.problems));
        let source = Local::alone(&folder).expect("a folder");
        let world = World::of(&source);
        workflow::run(&template, &self.given, world, &Surroundings::default()).await
    }

    /// Why it failed.
    async fn refused(&self) -> String {
        let outcome = self.run().await;
        let (_, sentence) = outcome
            .failed
            .unwrap_or_else(|| panic!("it is done: {:?}", outcome.tree));
        sentence
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(entries) => entries,
        other => panic!("no object: {other}"),
    }
}

/// The paths of a workspace.
fn paths(outcome: &Outcome) -> Vec<&str> {
    outcome.tree.nodes().map(|(path, _)| path).collect()
}

fn text(outcome: &Outcome, path: &str) -> String {
    outcome.tree.text(path).expect("a file")
}
