//! A software template: an entity that says what to ask and what to do with the answers.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde_json::{Map, Value};

use super::position::{Position, Positions, below};
use super::source::repository;
use super::tree::{Node, Tree, join, within};
use crate::catalog::descriptor::{self, Beside, Scope};
use crate::catalog::placeholder::Unfilled;
use crate::catalog::problem::{Problem, Severity, near, rule};
use crate::catalog::yaml;
use crate::catalog::{Entity, EntityRef};

/// The names that a template's file goes by in its folder, the first that is there.
pub const FILES: [&str; 3] = ["template.yaml", "template.yml", "catalog-info.yaml"];

/// The keys of a step that mean something.
const KEYS: [&str; 7] = [
    "id",
    "name",
    "action",
    "input",
    "if",
    "each",
    "backstage:permissions",
];

/// A software template.
///
/// What its author wrote as expressions (inputs, conditions, outputs) stands here as it was written.
#[derive(Debug, Clone)]
pub struct Template {
    /// The file that it was read from, as problems name it.
    pub file: String,
    /// The entity's own reference.
    pub reference: EntityRef,
    /// `metadata` as it was written.
    pub metadata: Map<String, Value>,
    /// `spec.owner`, resolved.
    pub owner: Option<EntityRef>,
    /// What it makes: `spec.type`.
    pub kind_type: String,
    /// The pages of its form, each a JSON Schema; one page that is no list is a list of one.
    pub parameters: Vec<Value>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What is told in the end.
    pub output: Map<String, Value>,
    /// What the buttons of its form say.
    pub presentation: Presentation,
    /// Where everything stands; pointers begin at the document's root, like `/spec/steps/0/input`.
    pub positions: Positions,
}

/// One step of a template.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// What others call its output by: as written, or `step-` and its number.
    pub id: String,
    /// What it is called towards people: as written, or its action.
    pub name: String,
    /// What does it, like `fetch:template`.
    pub action: String,
    /// What the action is given.
    pub input: Map<String, Value>,
    /// The step is done only when this holds.
    pub condition: Option<Value>,
    /// The step is done for each element of this.
    pub each: Option<Value>,
    /// Keys of it that mean nothing.
    pub overlooked: Vec<String>,
    /// Where it stands, like `/spec/steps/0`.
    pub pointer: String,
}

/// What the buttons of a template's form say, where its author had a wish.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presentation {
    /// The button that leads to the page before.
    pub back: Option<String>,
    /// The button that begins the work.
    pub create: Option<String>,
    /// The button that leads to the review of all answers.
    pub review: Option<String>,
}

/// What was found in a template's file.
#[derive(Debug, Default)]
pub struct Read {
    /// The template, unless it is too wrong to be taken.
    pub template: Option<Template>,
    /// What is wrong with the file, in its order.
    pub problems: Vec<Problem>,
}

impl Template {
    /// Reads the template of a folder. An error: it has no file that could hold one, or that cannot be read; what is wrong
    /// within the file is among the problems.
    pub fn in_folder(folder: &Path) -> anyhow::Result<Read> {
        let Some(file) = FILES.iter().find(|file| folder.join(file).is_file()) else {
            anyhow::bail!(
                "{} holds no template: name a folder with a template.yaml",
                folder.display()
            );
        };
        Self::at(folder, file)
    }

    /// Reads the template of a file in a folder. An error: the file cannot be read; what is wrong within it is among the
    /// problems, which name it as it is named here.
    pub fn at(folder: &Path, file: &str) -> anyhow::Result<Read> {
        let path = folder.join(file);
        let folder = path.parent().unwrap_or(folder);
        let bytes =
            fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let place = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        // Placeholders must not lead out of the repository around the template, or out of its own folder.
        let root = repository(&place).unwrap_or(&place);
        let contents = |target: &str| beside(root, folder, target);
        Ok(Self::read_beside(file, &bytes, Some(&contents)))
    }

    /// Reads the template in a folder of files that are held in memory; `None` where it has no file that could hold one.
    pub fn held(files: &Tree, folder: &str) -> Option<Read> {
        let content = |path: &str| match files.get(path) {
            Some(Node::File { content, .. }) => Some(content.clone()),
            _ => None,
        };
        let file = FILES
            .iter()
            .find(|file| content(&join(folder, file)).is_some())?;
        let contents = |target: &str| {
            let path = within(&join(folder, target)).map_err(|error| error.to_string())?;
            content(&path).ok_or_else(|| Unfilled::from("there is no such file; correct the path"))
        };
        let bytes = content(&join(folder, file))?;
        Some(Self::read_beside(file, &bytes, Some(&contents)))
    }

    /// Reads a template's file. It never fails: what is wrong becomes a problem.
    pub fn read(file: &str, bytes: &[u8]) -> Read {
        Self::read_beside(file, bytes, None)
    }

    /// Reads a template's file like [`Template::read`]; placeholders like `$yaml` are filled with what `contents` gives.
    pub fn read_beside(
        file: &str,
        bytes: &[u8],
        contents: Option<&descriptor::Contents<'_>>,
    ) -> Read {
        let beside = Beside {
            contents,
            ..Beside::default()
        };
        let descriptor = descriptor::read_beside(file, bytes, Scope::Descriptor, beside);
        let mut read = Read {
            template: None,
            problems: descriptor.problems,
        };
        let is_template = |entity: &Entity| &*entity.kind == "Template";
        let mut templates = descriptor
            .entities
            .iter()
            .filter(|entity| is_template(entity));
        let Some(entity) = templates.next() else {
            if read.problems.is_empty() {
                let message =
                    "This file holds no template: a document of kind Template is needed here.";
                read.problems.push(Problem::at(
                    file,
                    1,
                    Severity::Error,
                    rule::TEMPLATE_FILE,
                    message,
                ));
            }
            return read;
        };
        for other in templates {
            let message = format!(
                "Only the first template of a file is taken, which is {}: give {} a file of its own.",
                entity.reference.short(),
                other.reference.short()
            );
            read.problems.push(
                Problem::at(
                    file,
                    other.line,
                    Severity::Warning,
                    rule::TEMPLATE_FILE,
                    message,
                )
                .about(&other.reference),
            );
        }
        if entity.refused.is_some() {
            return read;
        }
        let positions = positions(bytes, entity.line);
        if let Some(template) = Self::of(file, entity, positions) {
            let found = template.judge_steps();
            read.problems.extend(found);
            read.template = Some(template);
        }
        read
    }

    /// The template that an entity of the catalog is; `None` where it is another kind, or too wrong.
    ///
    /// The catalog keeps no columns: everything stands in the first line of the document.
    pub fn from_entity(file: &str, entity: &Entity) -> Option<Self> {
        Self::of(file, entity, Positions::line(entity.line))
    }

    fn of(file: &str, entity: &Entity, positions: Positions) -> Option<Self> {
        if &*entity.kind != "Template" || entity.refused.is_some() {
            return None;
        }
        let mut document = entity.descriptor();
        let mut spec = object(&mut document, "spec");
        let Some(Value::Array(steps)) = spec.shift_remove("steps") else {
            return None;
        };
        let steps = steps
            .into_iter()
            .enumerate()
            .map(|(position, step)| Step::of(position, step))
            .collect();
        Some(Self {
            file: file.to_owned(),
            reference: entity.reference.clone(),
            metadata: object(&mut document, "metadata"),
            owner: entity.owner.clone(),
            kind_type: entity.kind_type.as_deref().unwrap_or_default().to_owned(),
            parameters: match spec.shift_remove("parameters") {
                Some(Value::Array(pages)) => pages,
                Some(page @ Value::Object(_)) => vec![page],
                _ => Vec::new(),
            },
            steps,
            output: match spec.shift_remove("output") {
                Some(Value::Object(output)) => output,
                _ => Map::new(),
            },
            presentation: Presentation::of(spec.get("presentation")),
            positions,
        })
    }

    /// What to call it: its title, or its name where there is none.
    pub fn title(&self) -> &str {
        self.text("title").unwrap_or_else(|| self.name())
    }

    /// The name as it was written.
    pub fn name(&self) -> &str {
        self.text("name").unwrap_or_default()
    }

    /// What it is for, in its author's words.
    pub fn description(&self) -> Option<&str> {
        self.text("description")
    }

    /// Its tags.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let tags = self.metadata.get("tags").and_then(Value::as_array);
        tags.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Something wrong with what stands at a position of its file.
    pub fn problem(
        &self,
        at: Position,
        severity: Severity,
        rule: &'static str,
        message: impl Into<String>,
    ) -> Problem {
        Problem {
            column: at.column,
            ..Problem::at(&self.file, at.line, severity, rule, message)
        }
        .about(&self.reference)
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.metadata
            .get(field)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// What is wrong with the steps beyond what makes Backstage refuse the entity.
    fn judge_steps(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (position, step) in self.steps.iter().enumerate() {
            if let Some(earlier) = seen.insert(&step.id, position) {
                let message = format!(
                    "Step {} has the id {:?} like step {}, whose output nothing can reach any more: give it another id.",
                    position + 1,
                    step.id,
                    earlier + 1
                );
                let at = self.positions.value(&below(&step.pointer, "id"));
                problems.push(self.problem(at, Severity::Warning, rule::TEMPLATE_STEP, message));
            }
            for key in &step.overlooked {
                let Some(meant) = near(key, KEYS) else {
                    continue;
                };
                let message = format!(
                    "Step {} has the key {key:?}, which means nothing to Backstage: did you mean {meant}?",
                    position + 1
                );
                let at = self.positions.key(&below(&step.pointer, key));
                problems.push(self.problem(at, Severity::Warning, rule::FIELD_SPELLING, message));
            }
        }
        problems
    }
}

impl Step {
    fn of(position: usize, step: Value) -> Self {
        let mut step = match step {
            Value::Object(step) => step,
            _ => Map::new(),
        };
        let mut text = |field: &str| match step.shift_remove(field) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let action = text("action").unwrap_or_default();
        let id = text("id").unwrap_or_else(|| format!("step-{}", position + 1));
        let name = text("name").unwrap_or_else(|| action.clone());
        let input = match step.shift_remove("input") {
            Some(Value::Object(input)) => input,
            _ => Map::new(),
        };
        let condition = step.shift_remove("if");
        let each = step.shift_remove("each");
        step.retain(|key, _| !KEYS.contains(&key.as_str()));
        Self {
            id,
            name,
            action,
            input,
            condition,
            each,
            overlooked: step.into_iter().map(|(key, _)| key).collect(),
            pointer: format!("/spec/steps/{position}"),
        }
    }
}

impl Presentation {
    fn of(presentation: Option<&Value>) -> Self {
        let text = |name: &str| {
            let text = presentation?.get("buttonLabels")?.get(name)?.as_str()?;
            Some(text.to_owned())
        };
        Self {
            back: text("backButtonText"),
            create: text("createButtonText"),
            review: text("reviewButtonText"),
        }
    }
}

/// Takes an object out of a document.
fn object(document: &mut Value, field: &str) -> Map<String, Value> {
    match document.get_mut(field).map(Value::take) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// The positions in the document that begins at a line of the file. What cannot be read was told already.
fn positions(bytes: &[u8], line: u32) -> Positions {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    for chunk in yaml::split(bytes) {
        let text = std::str::from_utf8(chunk.bytes).unwrap_or_default();
        if let Ok(Some(tree)) = yaml::parse(text, chunk.lines_before)
            && tree.root().line() == line
        {
            return Positions::of(tree.into_owned());
        }
    }
    Positions::line(line)
}

/// What stands in the file that a placeholder points to.
fn beside(root: &Path, folder: &Path, target: &str) -> Result<Vec<u8>, Unfilled> {
    if target.contains("://") {
        return Err(Unfilled::Elsewhere);
    }
    let path = match fs::canonicalize(folder.join(target)) {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err("there is no such file; correct the path".into());
        }
        Err(error) => return Err(format!("that file cannot be read: {error}").into()),
    };
    if !path.starts_with(root) {
        return Err("that leads out of the repository; write a path within it".into());
    }
    let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    if !path.is_file() || size > descriptor::MAX_FILE_SIZE as u64 {
        return Err("that is no regular file of at most 5 MiB".into());
    }
    fs::read(&path).map_err(|error| format!("that file cannot be read: {error}").into())
}

#[cfg(test)]
mod tests;
