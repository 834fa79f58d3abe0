//! What templates can do: one file per action, and the list of all.

mod catalog_fetch;
mod catalog_write;
mod debug_log;
mod debug_wait;
pub mod elsewhere;
mod fetch_plain;
mod fetch_plain_file;
pub(super) mod fetch_template;
mod fetch_template_file;
mod fs_append;
mod fs_delete;
mod fs_parse;
mod fs_readdir;
mod fs_rename;
mod fs_replace;
mod fs_write;
pub mod input;
mod json_merge;
mod merge;
mod serialize_json;
mod serialize_yaml;
mod sleep;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Map, Value};
use thiserror::Error;

use self::input::Input;
use super::entities::Entities;
use super::expression::{ExpressionError, Surroundings};
use super::source::Fetch;
use super::tree::{Tree, TreeError, within};
use super::yaml::Style;
use crate::catalog::EntityRef;

/// All actions that need no forge, in the order of their names.
pub static STEPS: &[&dyn Step] = &[
    &catalog_fetch::Fetch,
    &catalog_write::Write,
    &debug_log::Log,
    &debug_wait::Wait,
    &fetch_plain::Plain,
    &fetch_plain_file::PlainFile,
    &fetch_template::FetchTemplate,
    &fetch_template_file::TemplateFile,
    &fs_delete::Delete,
    &fs_readdir::ReadDir,
    &fs_rename::Rename,
    &fs_append::Append,
    &fs_parse::Parse,
    &fs_replace::Replace,
    &fs_write::Write,
    &json_merge::JsonMerge,
    &merge::Merge,
    &serialize_json::SerializeJson,
    &serialize_yaml::SerializeYaml,
    &sleep::Sleep,
];

/// One action of templates that works in the workspace, or asks the catalog.
#[async_trait]
pub trait Step: Send + Sync {
    /// What templates call it by, like `fetch:template`.
    fn name(&self) -> &'static str;

    /// What it takes; anything else is refused, as Backstage does since 4.0.
    fn inputs(&self) -> &'static [Input];

    /// What it puts out.
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it is done only where there is a catalog to ask.
    fn asks_catalog(&self) -> bool {
        false
    }

    /// Does it. The input has been looked at by [`input::judge`].
    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError>;
}

/// What a step works on.
pub struct Work<'a> {
    /// The workspace.
    pub tree: &'a mut Tree,
    /// Where files come from.
    pub fetch: &'a dyn Fetch,
    /// The catalog, where there is one.
    pub entities: Option<&'a dyn Entities>,
    /// The template itself.
    pub template: &'a EntityRef,
    /// What expressions may look at and use up.
    pub surroundings: &'a Surroundings,
    /// What the step says while it works.
    pub log: &'a mut Vec<String>,
    /// Whether a step that waits does; where things are only looked ahead at, none does.
    pub waits: bool,
    /// When the run ends because it has taken too long.
    pub until: &'a mut Instant,
}

impl Work<'_> {
    /// Lets others go on, between two files of a step. An error: the run has taken too long.
    pub async fn go_on(&self) -> Result<(), StepError> {
        in_time(*self.until).await
    }

    /// Waits, which is no work.
    async fn wait(&mut self, pause: Duration) {
        if self.waits {
            tokio::time::sleep(pause).await;
            *self.until += pause;
        }
    }
}

/// Lets others go on. An error: the run has taken too long.
pub(super) async fn in_time(until: Instant) -> Result<(), StepError> {
    tokio::task::yield_now().await;
    if Instant::now() < until {
        return Ok(());
    }
    Err(StepError(
        "This template takes too long: it must be done within a minute, without the time that it waits.".to_owned(),
    ))
}

/// Why a step could not be done: sentences for the author of the template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct StepError(pub String);

impl From<TreeError> for StepError {
    fn from(TreeError(sentence): TreeError) -> Self {
        Self(sentence)
    }
}

impl StepError {
    /// What is wrong with a file of a skeleton, with the place in it.
    fn in_file(path: &str, error: &ExpressionError) -> Self {
        Self(format!(
            "{path}:{}:{}: {}",
            error.line, error.column, error.message
        ))
    }
}

/// The action of this name.
pub fn find(name: &str) -> Option<&'static dyn Step> {
    STEPS.iter().copied().find(|step| step.name() == name)
}

/// What an action puts out; `None` where it is not known.
pub fn outputs(action: &str) -> Option<&'static [&'static str]> {
    let beyond = || elsewhere::find(action).map(|action| action.outputs);
    find(action).map(Step::outputs).or_else(beyond)
}

fn text<'a>(input: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}

/// The path within the workspace that an input names; the workspace itself where it is left out.
fn path(input: &Map<String, Value>, name: &str) -> Result<String, TreeError> {
    within(text(input, name).unwrap_or_default())
}

/// How YAML is to be written.
fn options(input: &Map<String, Value>) -> Result<Style, StepError> {
    let options = input.get("options").and_then(Value::as_object);
    options.map_or_else(
        || Ok(Style::default()),
        |options| Style::of(options).map_err(StepError),
    )
}

/// One output of a step.
fn output(name: &str, value: impl Into<Value>) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value.into())])
}

fn is_true(input: &Map<String, Value>, name: &str) -> bool {
    input.get(name) == Some(&Value::Bool(true))
}

fn texts(input: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = input.get(name).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
