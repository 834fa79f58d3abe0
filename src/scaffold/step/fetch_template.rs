//! `fetch:template`: a skeleton, rendered.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, is_true, path, text, texts};
use crate::scaffold::binary::is_binary;
use crate::scaffold::expression::{Options, Surroundings, Template};
use crate::scaffold::pattern::Patterns;
use crate::scaffold::tree::{Node, Tree, join, leads_out, within};

/// The action.
pub struct FetchTemplate;

#[async_trait]
impl Step for FetchTemplate {
    fn name(&self) -> &'static str {
        "fetch:template"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("url", Kind::Text),
                Input::optional("targetPath", Kind::Text),
                Input::optional("values", Kind::Object),
                Input::optional("copyWithoutRender", Kind::Texts),
                Input::optional("copyWithoutTemplating", Kind::Texts),
                Input::optional("cookiecutterCompat", Kind::Boolean),
                Input::optional("templateFileExtension", Kind::TextOrBoolean),
                Input::optional("replace", Kind::Boolean),
                Input::optional("trimBlocks", Kind::Boolean),
                Input::optional("lstripBlocks", Kind::Boolean),
                Input::optional("token", Kind::Text),
            ]
        }
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let target = path(input, "targetPath")?;
        let rendering = Rendering::of(input, work.surroundings);
        if extension(input.get("templateFileExtension")).is_some()
            && (input.contains_key("copyWithoutTemplating") || rendering.options.cookiecutter)
        {
            return Err(StepError(
                "`templateFileExtension` goes neither with `copyWithoutTemplating` nor with `cookiecutterCompat`: leave one of them out."
                    .to_owned(),
            ));
        }
        let skeleton = work
            .fetch
            .folder(text(input, "url").unwrap_or_default())
            .await?;
        let picked = Picked::of(input, &skeleton);
        let replace = is_true(input, "replace");
        for path in in_order(&skeleton) {
            work.go_on().await?;
            let Some(node) = skeleton.get(&path) else {
                continue;
            };
            let is_folder = *node == Node::Folder;
            let written = if is_folder {
                format!("{path}/")
            } else {
                path.clone()
            };
            let (cut, is_template) = picked.picks(&path);
            let name = &written[..written.len() - cut];
            let name = rendering.render(&path, name)?;
            if name.is_empty() || name.starts_with('/') || name.contains("//") {
                continue;
            }
            let place = join(&target, &within(&name)?);
            if work.tree.exists(&place) && !replace {
                continue;
            }
            match node {
                Node::File { content, mode } if !is_binary(content) => {
                    let read = String::from_utf8_lossy(content);
                    let written = if is_template {
                        rendering.render(&path, &read)?
                    } else {
                        read.into_owned()
                    };
                    work.tree.write(&place, written.into_bytes(), *mode)?;
                }
                Node::Link { target } if leads_out(&path, target) => {
                    return Err(StepError(format!(
                        "The symbolic link {path:?} leads out of the skeleton, to {target:?}: put what it leads to into the skeleton."
                    )));
                }
                other => work.tree.place(&place, other.clone())?,
            }
        }
        Ok(Map::new())
    }
}

/// Which entries of a skeleton are rendered.
pub(in crate::scaffold) struct Picked {
    /// The ending of those that are, where only some are.
    extension: Option<String>,
    /// Those that are only copied.
    copied: Patterns,
}

impl Picked {
    pub(in crate::scaffold) fn of(input: &Map<String, Value>, skeleton: &Tree) -> Self {
        Self {
            extension: extension(input.get("templateFileExtension")),
            copied: Patterns::read(&texts(input, "copyWithoutTemplating"), skeleton),
        }
    }

    /// How many bytes at the end of an entry's name go, and whether its content is rendered.
    pub(in crate::scaffold) fn picks(&self, path: &str) -> (usize, bool) {
        match &self.extension {
            Some(wanted) if suffix(path) == Some(wanted) => (wanted.len(), true),
            Some(_) => (0, false),
            None => (0, !self.copied.match_path(path)),
        }
    }
}

/// How the texts of one step are rendered.
pub(in crate::scaffold) struct Rendering<'a> {
    pub(super) options: Options,
    context: Map<String, Value>,
    surroundings: &'a Surroundings,
}

impl<'a> Rendering<'a> {
    /// How a step wants its texts to be read.
    pub(in crate::scaffold) fn options(input: &Map<String, Value>) -> Options {
        Options {
            cookiecutter: is_true(input, "cookiecutterCompat"),
            trim_blocks: is_true(input, "trimBlocks"),
            lstrip_blocks: is_true(input, "lstripBlocks"),
            ..Options::default()
        }
    }

    pub(super) fn of(input: &Map<String, Value>, surroundings: &'a Surroundings) -> Self {
        let options = Self::options(input);
        let name = if options.cookiecutter {
            "cookiecutter"
        } else {
            "values"
        };
        Self {
            options,
            // Where none are given the name stands for nothing, rather than for an empty object.
            context: (input.get("values").into_iter())
                .map(|values| (name.to_owned(), values.clone()))
                .collect(),
            surroundings,
        }
    }

    /// Renders a text; `path` is the file that it stands in.
    pub(super) fn render(&self, path: &str, text: &str) -> Result<String, StepError> {
        let template = Template::parse(text, self.options);
        let rendered = template.and_then(|read| read.render(&self.context, self.surroundings));
        rendered.map_err(|error| StepError::in_file(path, &error))
    }
}

/// The ending of files that are rendered, where only some are.
fn extension(given: Option<&Value>) -> Option<String> {
    match given {
        Some(Value::Bool(true)) => Some(".njk".to_owned()),
        Some(Value::String(text)) if text.starts_with('.') => Some(text.clone()),
        Some(Value::String(text)) if !text.is_empty() => Some(format!(".{text}")),
        _ => None,
    }
}

/// The ending of a path, as `path.extname` of Node.js gives it.
fn suffix(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let at = name.rfind('.').filter(|at| *at > 0)?;
    Some(&name[at..])
}

/// The paths as they are worked on: what is in a folder by name, then what is in the folders within.
fn in_order(tree: &Tree) -> Vec<String> {
    let mut paths: Vec<&str> = tree.nodes().map(|(path, _)| path).collect();
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map(|(folder, _)| folder.to_owned())
            .unwrap_or_default()
    };
    let depth = |path: &str| path.matches('/').count();
    paths.sort_by(|one, other| {
        (depth(one), folder(one), *one).cmp(&(depth(other), folder(other), *other))
    });
    paths.into_iter().map(str::to_owned).collect()
}
