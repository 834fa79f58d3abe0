//! The steps of a template, done in the workspace one after the other as Backstage's workflow runner does them. What
//! reaches beyond it is left to somebody else, or ends the run.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::entities::Entities;
use super::expression::{self, Filled, Options, Referred, Surroundings, fill};
use super::redaction::Redaction;
use super::source::Fetch;
use super::step::{self, StepError, Work};
use super::template::{Step, Template};
use super::tree::{MOST_BYTES, Tree};
use crate::catalog::EntityRef;

/// What a template is run with.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What was answered to its form.
    pub parameters: Map<String, Value>,
    /// Secrets among the answers. Only inputs of steps see them; nothing that is told shows them, nor what came of them.
    pub secrets: Map<String, Value>,
    /// Who runs it, as `user` in expressions: `ref` and `entity`.
    pub user: Value,
    /// The id of the run.
    pub task: String,
    /// What the installation gives every template, as `environment.parameters`.
    pub environment: Map<String, Value>,
    /// The step before which to stop.
    pub until: Option<String>,
    /// How long its steps may work, without those that wait; [`LONGEST`] where nothing is said.
    pub time: Option<Duration>,
}

/// No template works longer in its workspace, unless it is given more time.
pub const LONGEST: Duration = Duration::from_mins(1);

/// What is around a workspace.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Where files come from.
    pub fetch: &'a dyn Fetch,
    /// The catalog; where there is none, asking it reaches beyond the workspace.
    pub entities: Option<&'a dyn Entities>,
    /// Who does what reaches beyond the workspace; where there is nobody, the run ends there.
    pub beyond: Option<&'a dyn Beyond>,
}

impl<'a> World<'a> {
    /// Files, and nothing else.
    pub fn of(fetch: &'a dyn Fetch) -> Self {
        Self {
            fetch,
            entities: None,
            beyond: None,
        }
    }
}

/// Does what reaches beyond the workspace, or says what would be done.
#[async_trait]
pub trait Beyond: Send + Sync {
    /// Does the action of a step: with its input, filled in, and with the workspace as it is by then. Gives its outputs.
    async fn act(
        &self,
        step: &Step,
        input: &Map<String, Value>,
        tree: &Tree,
    ) -> Result<Map<String, Value>, StepError>;

    /// Whether a step that waits does.
    fn waits(&self) -> bool {
        true
    }
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The workspace.
    pub tree: Tree,
    /// The outputs of the steps that ran, by their ids, with secrets hidden.
    pub steps: Map<String, Value>,
    /// The ids of the steps that were done, in order.
    pub ran: Vec<String>,
    /// The ids of those that their conditions left out.
    pub skipped: Vec<String>,
    /// Where it ended because nothing beyond can be done here: the step's id and action.
    pub stopped: Option<(String, String)>,
    /// The step that could not be done, and why.
    pub failed: Option<(String, String)>,
    /// What the template tells in the end; only when all its steps were done.
    pub output: Option<Map<String, Value>>,
    /// What the steps said: the step's id and a message.
    pub log: Vec<(String, String)>,
    /// Expressions that could not be evaluated and were left as they are: a pointer into the document and what is wrong.
    pub left: Vec<(String, String)>,
}

/// Runs a template in a workspace of its own.
pub async fn run(
    template: &Template,
    given: &Given,
    world: World<'_>,
    surroundings: &Surroundings,
) -> Outcome {
    let mut run = Run {
        template: &template.reference,
        given,
        world,
        until: Instant::now() + given.time.unwrap_or(LONGEST),
        files: surroundings,
        steps: Surroundings {
            failed: Some(false),
            ..surroundings.clone()
        },
        outputs: Map::new(),
        redaction: Redaction::of(&given.secrets),
        kept: 0,
        outcome: Outcome::default(),
    };
    for step in &template.steps {
        // Only a step that asks for it is done after a failure.
        if run.outcome.failed.is_some() && !asks_for_failures(step.condition.as_ref()) {
            run.outcome.skipped.push(step.id.clone());
            continue;
        }
        if given.until.as_deref() == Some(step.id.as_str()) {
            run.outcome.stopped = Some((step.id.clone(), step.action.clone()));
            break;
        }
        match run.step(step).await {
            Ok(Done::Ran) => run.outcome.ran.push(step.id.clone()),
            Ok(Done::Skipped) => run.outcome.skipped.push(step.id.clone()),
            Ok(Done::Elsewhere) => {
                run.outcome.stopped = Some((step.id.clone(), step.action.clone()));
                break;
            }
            Err(StepError(sentence)) => {
                let sentence = run.redaction.text(&sentence);
                run.steps.failed = Some(true);
                let first = (step.id.clone(), sentence);
                run.outcome.failed.get_or_insert(first);
            }
        }
    }
    if run.outcome.failed.is_none() && run.outcome.stopped.is_none() {
        run.outcome.output = Some(run.output(&template.output));
    }
    run.outcome
}

enum Done {
    Ran,
    Skipped,
    /// It reaches beyond the workspace.
    Elsewhere,
}

struct Run<'a> {
    template: &'a EntityRef,
    given: &'a Given,
    world: World<'a>,
    /// When it ends because it has taken too long.
    until: Instant,
    /// What the files of a skeleton are rendered by.
    files: &'a Surroundings,
    /// What the strings of template.yaml are rendered by: they may ask how the steps before went.
    steps: Surroundings,
    /// The outputs of the steps that ran, as they are.
    outputs: Map<String, Value>,
    /// What nobody may see.
    redaction: Redaction,
    /// How many bytes its outputs and its log have.
    kept: usize,
    outcome: Outcome,
}

/// One of the rounds that a step is repeated for.
struct Round {
    key: String,
    value: Value,
    /// Key and value without secrets.
    bare: (String, Value),
}

impl Run<'_> {
    async fn step(&mut self, step: &Step) -> Result<Done, StepError> {
        if step.condition == Some(Value::Bool(false)) {
            return Ok(Done::Skipped);
        }
        if let Some(condition @ Value::String(_)) = &step.condition
            && step.each.is_none()
            && !self.holds(condition, step)
        {
            return Ok(Done::Skipped);
        }
        let action = step::find(&step.action)
            .filter(|action| self.world.entities.is_some() || !action.asks_catalog());
        if action.is_none() && self.world.beyond.is_none() {
            return Ok(Done::Elsewhere);
        }
        let rounds = match &step.each {
            None => vec![None],
            Some(each) => self.rounds(step, each)?.into_iter().map(Some).collect(),
        };
        let mut inputs = Vec::new();
        let mut held = 0;
        for round in &rounds {
            step::in_time(self.until).await?;
            if let Some(round) = round
                && let Some(condition) = &step.condition
                && let Some(Value::Bool(false)) =
                    self.secret(condition, Some(round), &format!("{}/if", step.pointer))
            {
                continue;
            }
            let given = Value::Object(step.input.clone());
            let filled = self.secret(&given, round.as_ref(), &format!("{}/input", step.pointer));
            let Some(Value::Object(input)) = filled else {
                continue;
            };
            let faults = action
                .map(|action| step::input::judge(action.name(), action.inputs(), &input))
                .unwrap_or_default();
            if !faults.is_empty() {
                let sentences: Vec<String> =
                    faults.into_iter().map(|fault| fault.sentence).collect();
                return Err(StepError(sentences.join(" ")));
            }
            held += input.values().map(weight).sum::<usize>();
            if held > MOST_BYTES {
                return Err(StepError(format!(
                    "The step {} would take more than {} MiB of input in all its rounds.",
                    step.id,
                    MOST_BYTES / 1024 / 1024
                )));
            }
            inputs.push(input);
        }
        let mut outputs: Map<String, Value> = Map::new();
        for input in &inputs {
            let done = match (action, self.world.beyond) {
                (Some(action), _) => self.work(step, action, input).await,
                (None, Some(beyond)) => beyond.act(step, input, &self.outcome.tree).await,
                (None, None) => Ok(Map::new()),
            };
            for (name, value) in done? {
                self.keep(weight(&value))?;
                if step.each.is_some() {
                    let list = outputs.entry(name).or_insert_with(|| json!([]));
                    if let Value::Array(list) = list {
                        list.push(value);
                    }
                } else {
                    outputs.insert(name, value);
                }
            }
        }
        let outputs = json!({ "output": outputs });
        let shown = self.redaction.value(&outputs);
        self.outcome.steps.insert(step.id.clone(), shown);
        self.outputs.insert(step.id.clone(), outputs);
        Ok(Done::Ran)
    }

    /// Does an action in the workspace.
    async fn work(
        &mut self,
        step: &Step,
        action: &dyn step::Step,
        input: &Map<String, Value>,
    ) -> Result<Map<String, Value>, StepError> {
        let mut log = Vec::new();
        let mut work = Work {
            tree: &mut self.outcome.tree,
            fetch: self.world.fetch,
            entities: self.world.entities,
            template: self.template,
            surroundings: self.files,
            log: &mut log,
            waits: self.world.beyond.is_none_or(Beyond::waits),
            until: &mut self.until,
        };
        let done = match work.go_on().await {
            Ok(()) => action.run(input, &mut work).await,
            late => late.map(|()| Map::new()),
        };
        for message in log {
            self.keep(message.len())?;
            let message = self.redaction.text(&message);
            self.outcome.log.push((step.id.clone(), message));
        }
        done
    }

    /// Takes room for what a step puts out or says.
    fn keep(&mut self, bytes: usize) -> Result<(), StepError> {
        self.kept += bytes;
        if self.kept <= MOST_BYTES {
            return Ok(());
        }
        Err(StepError(format!(
            "The steps put out and say more than {} MiB, the most that a template may.",
            MOST_BYTES / 1024 / 1024
        )))
    }

    /// Whether the condition of a step holds. Secrets are not seen by it.
    fn holds(&mut self, condition: &Value, step: &Step) -> bool {
        let mut context = self.bare(None);
        context.insert("steps".to_owned(), Value::Object(self.outputs.clone()));
        let pointer = format!("{}/if", step.pointer);
        let value = self.filled(condition, &context, &pointer);
        value.is_some_and(|value| is_truthy(&value))
    }

    /// What a step is repeated for.
    fn rounds(&mut self, step: &Step, each: &Value) -> Result<Vec<Round>, StepError> {
        let pointer = format!("{}/each", step.pointer);
        if let Value::Array(items) = each {
            // What comes to nothing is no round, and the others keep their numbers.
            let items = items.iter().enumerate().filter_map(|(number, item)| {
                let pointer = format!("{pointer}/{number}");
                let value = self.secret(item, None, &pointer)?;
                let bare = fill(item, &self.bare(None), &self.steps).value;
                let key = number.to_string();
                Some(Round {
                    bare: (key.clone(), bare.unwrap_or_default()),
                    key,
                    value,
                })
            });
            return Ok(items.collect());
        }
        let entries = match self.secret(each, None, &pointer) {
            Some(Value::Array(items)) => (0_usize..)
                .map(|number| number.to_string())
                .zip(items)
                .collect(),
            Some(Value::Object(entries)) => in_order(entries),
            Some(_) => {
                return Err(StepError(format!(
                    "`each` of the step {} must be a list or an object.",
                    step.id
                )));
            }
            None => {
                return Err(StepError(format!(
                    "`each` of the step {} comes to nothing: {each} has no value.",
                    step.id
                )));
            }
        };
        let bare = fill(each, &self.bare(None), &self.steps).value;
        let bare = |key: &str| match &bare {
            Some(Value::Array(items)) => items.get(key.parse::<usize>().ok()?),
            Some(Value::Object(entries)) => entries.get(key),
            _ => None,
        };
        let rounds = entries.into_iter().map(|(key, value)| Round {
            bare: bare(&key).map_or_else(Default::default, |value| (key.clone(), value.clone())),
            key,
            value,
        });
        Ok(rounds.collect())
    }

    /// All that expressions may see.
    fn context(&self, round: Option<&Round>) -> Map<String, Value> {
        let mut context = self.surrounding();
        let mut put = |name: &str, value: Value| context.insert(name.to_owned(), value);
        put("steps", Value::Object(self.outputs.clone()));
        put("secrets", Value::Object(self.given.secrets.clone()));
        if let Some(Round { key, value, .. }) = round {
            put("each", json!({ "key": key, "value": value }));
        }
        context
    }

    /// The same without secrets, and without what came of them.
    fn bare(&self, round: Option<&Round>) -> Map<String, Value> {
        let mut context = self.surrounding();
        let mut put = |name: &str, value: Value| context.insert(name.to_owned(), value);
        put("steps", Value::Object(self.outcome.steps.clone()));
        if let Some(Round { bare, .. }) = round {
            put("each", json!({ "key": bare.0, "value": bare.1 }));
        }
        context
    }

    fn surrounding(&self) -> Map<String, Value> {
        let mut context = Map::new();
        let mut put = |name: &str, value: Value| context.insert(name.to_owned(), value);
        put("parameters", Value::Object(self.given.parameters.clone()));
        put("user", self.given.user.clone());
        put("context", json!({ "task": { "id": self.given.task } }));
        put(
            "environment",
            json!({ "parameters": self.given.environment }),
        );
        context
    }

    /// A value with its expressions evaluated, which may see secrets. What they make of one is hidden from then on.
    fn secret(&mut self, value: &Value, round: Option<&Round>, pointer: &str) -> Option<Value> {
        self.steps.until = Some(self.until);
        let mut filled = fill(value, &self.context(round), &self.steps);
        if !self.given.secrets.is_empty() {
            let bare = fill(value, &self.bare(round), &self.steps);
            self.redaction
                .learn(value, filled.value.as_ref(), bare.value.as_ref());
            for fault in &mut filled.faults {
                if !bare.faults.contains(fault) {
                    "What is wrong with it has to do with a secret, and is not shown."
                        .clone_into(&mut fault.error.message);
                }
            }
        }
        self.left(filled, pointer)
    }

    /// A value with its expressions evaluated.
    fn filled(
        &mut self,
        value: &Value,
        context: &Map<String, Value>,
        pointer: &str,
    ) -> Option<Value> {
        self.steps.until = Some(self.until);
        let filled = fill(value, context, &self.steps);
        self.left(filled, pointer)
    }

    /// What came of a value: expressions that cannot be evaluated are left as they are, as Backstage leaves them.
    fn left(&mut self, filled: Filled, pointer: &str) -> Option<Value> {
        for fault in filled.faults {
            let place = format!("{pointer}{}", fault.pointer);
            let sentence = self.redaction.text(&fault.error.to_string());
            self.outcome.left.push((place, sentence));
        }
        filled.value
    }

    fn output(&mut self, output: &Map<String, Value>) -> Map<String, Value> {
        let context = self.bare(None);
        let given = Value::Object(output.clone());
        let filled = self.filled(&given, &context, "/spec/output");
        let Some(Value::Object(mut output)) = filled else {
            return Map::new();
        };
        for name in ["links", "text"] {
            if let Some(Value::Array(items)) = output.get_mut(name) {
                items.retain_mut(|item| {
                    let condition = item
                        .as_object_mut()
                        .and_then(|item| item.shift_remove("if"));
                    condition.is_none_or(|condition| is_truthy(&condition))
                });
            }
        }
        output
    }
}

/// About how many bytes a value takes.
fn weight(value: &Value) -> usize {
    let own = size_of::<Value>();
    own + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| name.len() + own + weight(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// Whether a condition asks how the steps before went.
fn asks_for_failures(condition: Option<&Value>) -> bool {
    let text = condition.and_then(Value::as_str).unwrap_or_default();
    let read = expression::Template::parse(text, Options::default());
    let references = read.map(|read| read.references()).unwrap_or_default();
    references.iter().any(|reference| match &reference.what {
        Referred::Value { path, .. } => {
            matches!(path.as_slice(), [name] if name == "always" || name == "failure")
        }
        Referred::Filter(_) | Referred::Test(_) => false,
    })
}

/// Whether a condition holds: as JavaScript has it, but for the empty list.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64().is_none_or(|number| number != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}

/// The entries of an object in JavaScript's order: keys that read as numbers first, from the lowest.
fn in_order(entries: Map<String, Value>) -> Vec<(String, Value)> {
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by_key(|(key, _)| expression::index(key).unwrap_or(usize::MAX));
    entries
}
