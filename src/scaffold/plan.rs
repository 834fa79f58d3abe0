//! What a template would do with answers, before anything is done: the files, and what reaches beyond them, in order.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use serde::Serialize;
use serde_json::{Map, Value};

use super::expression::Surroundings;
use super::position::below;
use super::step::elsewhere::{self, ELSEWHERE};
use super::step::{self, STEPS, StepError};
use super::template::{Step, Template};
use super::tree::{Node, Tree};
use super::workflow::{self, Beyond, Given, World};
use crate::catalog::problem::near;

/// What a template would do. The same template with the same answers gives the same plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The template's reference.
    pub template: String,
    /// The files, folders that are empty and links, in the order of their paths.
    pub files: Vec<Planned>,
    /// What reaches beyond the files, in order.
    pub effects: Vec<Effect>,
    /// Why it cannot be done, all that can be seen; nothing where it can.
    pub refused: Vec<Refused>,
    /// Expressions that cannot be evaluated and stay as they are, as in Backstage.
    pub left: Vec<Refused>,
    /// What the plan is known by, 64 hexadecimal digits: it changes with the template, the answers, any file and any effect.
    pub hash: String,
    /// The files themselves.
    #[serde(skip)]
    pub tree: Tree,
}

/// One file that would be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Its path.
    pub path: String,
    /// How many bytes it has; of a link and a folder, none.
    pub size: usize,
    /// Its kind and permission bits as git writes them: `100644`, `100755`, `120000` (link), `040000` (empty folder).
    pub mode: &'static str,
}

/// Something that would be done beyond the files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// The step's id.
    pub step: String,
    /// What the step is called.
    pub name: String,
    /// What does it.
    pub action: String,
    /// What it is given. Secrets are `***`, and what an earlier step would put out stands as its expression.
    pub input: Map<String, Value>,
    /// What it does, as a sentence.
    pub says: String,
}

/// Something that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Where it stands in the template's file.
    pub line: u32,
    /// The column there, in characters.
    pub column: u32,
    /// What is wrong, as a sentence.
    pub sentence: String,
}

/// Looks ahead. Nothing is done but reading: no step waits, and nothing leaves the workspace.
pub async fn plan(
    template: &Template,
    given: &Given,
    world: World<'_>,
    surroundings: &Surroundings,
) -> Plan {
    // What is not seen cannot be told on.
    let hidden = given
        .secrets
        .keys()
        .map(|name| (name.clone(), Value::from("***")));
    let given = Given {
        secrets: hidden.collect(),
        ..given.clone()
    };
    let ahead = Ahead::default();
    let world = World {
        beyond: Some(&ahead),
        ..world
    };
    let outcome = workflow::run(template, &given, world, surroundings).await;
    let ahead = ahead.seen.into_inner().unwrap_or_default();
    let unknown = template
        .steps
        .iter()
        .filter(|step| !outcome.skipped.contains(&step.id))
        .filter_map(|step| Some((below(&step.pointer, "action"), unknown(&step.action)?)));
    let mut refused: Vec<(String, String)> = unknown.collect();
    if let Some((id, sentence)) = outcome.failed {
        let step = template.steps.iter().find(|step| step.id == id);
        let pointer = step.map(|step| step.pointer.clone()).unwrap_or_default();
        refused.push((pointer, format!("The step {id} fails: {sentence}")));
    }
    let placed = |found: Vec<(String, String)>| {
        let placed = found.into_iter().map(|(pointer, sentence)| {
            let at = template.positions.value(&pointer);
            Refused {
                line: at.line,
                column: at.column,
                sentence,
            }
        });
        placed.collect::<Vec<_>>()
    };
    let mut plan = Plan {
        template: template.reference.to_string(),
        files: planned(&outcome.tree),
        effects: ahead.effects,
        refused: placed(refused),
        left: placed(outcome.left),
        hash: String::new(),
        tree: outcome.tree,
    };
    plan.hash = plan.digest(template, &given, &ahead.trees);
    plan
}

/// Why an action cannot be done, in words; `None` where it is known.
pub fn unknown(action: &str) -> Option<String> {
    if step::find(action).is_some() || elsewhere::find(action).is_some() {
        return None;
    }
    let names = STEPS.iter().map(|step| step.name());
    let names = names.chain(ELSEWHERE.iter().map(|action| action.name));
    let meant = near(action, names).map_or_else(
        || "docs/templates.md names the actions that it knows.".to_owned(),
        |meant| format!("Did you mean {meant}?"),
    );
    Some(format!("Callboard has no action {action:?}. {meant}"))
}

/// Looks at what reaches beyond the workspace, and does none of it.
#[derive(Default)]
struct Ahead {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    effects: Vec<Effect>,
    /// The digest of the workspace at each effect.
    trees: Vec<Vec<u8>>,
}

#[async_trait]
impl Beyond for Ahead {
    async fn act(
        &self,
        step: &Step,
        input: &Map<String, Value>,
        tree: &Tree,
    ) -> Result<Map<String, Value>, StepError> {
        let Some(action) = elsewhere::find(&step.action) else {
            return Ok(Map::new());
        };
        if let Ok(mut seen) = self.seen.lock() {
            seen.trees.push(digest(tree));
            seen.effects.push(Effect {
                step: step.id.clone(),
                name: step.name.clone(),
                action: step.action.clone(),
                input: input.clone(),
                says: action.told(input),
            });
        }
        let outputs = action.outputs.iter().map(|output| {
            let later = elsewhere::later(&step.id, output);
            ((*output).to_owned(), Value::from(later))
        });
        Ok(outputs.collect())
    }

    fn waits(&self) -> bool {
        false
    }
}

impl Plan {
    /// Whether nothing keeps it from being done, as far as can be seen.
    pub fn is_possible(&self) -> bool {
        self.refused.is_empty()
    }

    fn digest(&self, template: &Template, given: &Given, trees: &[Vec<u8>]) -> String {
        let mut digest = Digest::new();
        digest.part(self.template.as_bytes());
        digest.value(&(&template.parameters, &template.steps, &template.output));
        for answers in [&given.parameters, &given.environment, &given.secrets] {
            digest.value(answers);
        }
        digest.value(&given.user);
        for (effect, tree) in self.effects.iter().zip(trees) {
            digest.part(effect.step.as_bytes());
            digest.part(effect.action.as_bytes());
            digest.value(&effect.input);
            digest.part(tree);
        }
        digest.part(&self::digest(&self.tree));
        hex::encode(digest.end())
    }
}

/// What stands in a workspace, in 32 bytes.
fn digest(tree: &Tree) -> Vec<u8> {
    let mut digest = Digest::new();
    for (path, node) in tree.nodes() {
        digest.part(path.as_bytes());
        digest.part(mode(node).as_bytes());
        match node {
            Node::Folder => {}
            Node::File { content, .. } => digest.part(content),
            Node::Link { target } => digest.part(target.as_bytes()),
        }
    }
    digest.end()
}

/// Digests parts of any length, so that no two lists of parts come to the same bytes.
struct Digest(Context);

impl Digest {
    fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn value(&mut self, value: &impl Serialize) {
        // JSON values are always written.
        self.part(&serde_json::to_vec(value).unwrap_or_default());
    }

    fn end(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

fn planned(tree: &Tree) -> Vec<Planned> {
    let parents: HashSet<&str> = tree
        .nodes()
        .filter_map(|(path, _)| Some(path.rsplit_once('/')?.0))
        .collect();
    let shown = tree
        .nodes()
        .filter(|(path, node)| **node != Node::Folder || !parents.contains(path));
    shown
        .map(|(path, node)| Planned {
            path: path.to_owned(),
            size: match node {
                Node::File { content, .. } => content.len(),
                Node::Folder | Node::Link { .. } => 0,
            },
            mode: mode(node),
        })
        .collect()
}

fn mode(node: &Node) -> &'static str {
    match node {
        Node::Folder => "040000",
        Node::File { mode, .. } if mode & 0o100 != 0 => "100755",
        Node::File { .. } => "100644",
        Node::Link { .. } => "120000",
    }
}

#[cfg(test)]
mod tests;
