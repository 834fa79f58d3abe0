//! What a template fetches from beside it: whether it is there, and whether the texts of a skeleton can be rendered.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::{Check, meant};
use crate::catalog::problem::{Problem, Severity, rule};
use crate::scaffold::binary::is_binary;
use crate::scaffold::expression::{ExpressionError, Options, Referred, Template};
use crate::scaffold::position::below;
use crate::scaffold::source::Fetch;
use crate::scaffold::step::fetch_template::{Picked, Rendering};
use crate::scaffold::template::Step;
use crate::scaffold::tree::{Node, Tree, join, within};

impl Check<'_> {
    /// Looks at what a step fetches, where its place is written out.
    pub(super) async fn source(&mut self, step: &Step, fetch: &dyn Fetch) {
        let Some(url) = step.input.get("url").and_then(Value::as_str) else {
            return;
        };
        let is_beside = !url.is_empty() && !url.contains("${{") && !url.contains(':');
        if !is_beside {
            return;
        }
        let found = match step.action.as_str() {
            "fetch:template" | "fetch:plain" => fetch.folder(url).await,
            "fetch:template:file" | "fetch:plain:file" => {
                fetch.file(url).await.and_then(|fetched| {
                    let mut tree = Tree::default();
                    let name = url.rsplit('/').next().unwrap_or(url);
                    tree.put(
                        name,
                        Node::File {
                            content: fetched.content,
                            mode: 0,
                        },
                    )?;
                    Ok(tree)
                })
            }
            _ => return,
        };
        match found {
            Ok(tree) if step.action == "fetch:template" => self.skeleton(step, url, &tree),
            Ok(tree) if step.action == "fetch:template:file" => {
                let folder = url.rsplit_once('/').map_or("", |(folder, _)| folder);
                self.skeleton(step, folder, &tree);
            }
            Ok(_) => {}
            Err(error) => {
                let pointer = below(&below(&step.pointer, "input"), "url");
                let at = self.template.positions.value(&pointer);
                self.problem(
                    at,
                    Severity::Error,
                    rule::TEMPLATE_SOURCE,
                    error.to_string(),
                );
            }
        }
    }

    fn skeleton(&mut self, step: &Step, url: &str, tree: &Tree) {
        let options = Rendering::options(&step.input);
        let picked = Picked::of(&step.input, tree);
        let given: Option<HashSet<&str>> = match step.input.get("values") {
            Some(Value::Object(values)) => Some(values.keys().map(String::as_str).collect()),
            Some(_) => None,
            None => Some(HashSet::new()),
        };
        let mut told = BTreeSet::new();
        for (path, node) in tree.nodes() {
            let (cut, is_template) = picked.picks(path);
            let name = &path[..path.len() - cut];
            let file = self.beside(&join_url(url, path));
            let mut texts = vec![name.rsplit('/').next().unwrap_or(name).to_owned()];
            if let Node::File { content, .. } = node
                && is_template
                && !is_binary(content)
            {
                texts.push(String::from_utf8_lossy(content).into_owned());
            }
            for (number, text) in texts.iter().enumerate() {
                self.skeleton_text(
                    step,
                    &file,
                    (text, number == 0),
                    options,
                    given.as_ref(),
                    &mut told,
                );
            }
        }
    }

    fn skeleton_text(
        &mut self,
        step: &Step,
        file: &str,
        (text, is_name): (&str, bool),
        options: Options,
        given: Option<&HashSet<&str>>,
        told: &mut BTreeSet<String>,
    ) {
        let mut found = Vec::new();
        match Template::parse(text, options) {
            Err(ExpressionError {
                line,
                column,
                message,
            }) => {
                found.push((
                    line,
                    column,
                    Severity::Error,
                    rule::TEMPLATE_EXPRESSION,
                    message,
                ));
            }
            Ok(template) => {
                for reference in template.references() {
                    let (line, column) = (reference.line, reference.column);
                    if let Some(message) = reference.fault(options.cookiecutter) {
                        // An organisation may have added it to its Backstage.
                        found.push((
                            line,
                            column,
                            Severity::Warning,
                            rule::TEMPLATE_EXPRESSION,
                            message,
                        ));
                    }
                    let sentence = given.and_then(|given| {
                        let Referred::Value { path, .. } = &reference.what else {
                            return None;
                        };
                        not_given(step, path, options.cookiecutter, given, told)
                    });
                    if let Some(message) = sentence {
                        found.push((
                            line,
                            column,
                            Severity::Warning,
                            rule::TEMPLATE_REFERENCE,
                            message,
                        ));
                    }
                }
            }
        }
        for (line, column, severity, rule, message) in found {
            let (line, column, message) = if is_name {
                (1, 1, format!("In the name of this file: {message}"))
            } else {
                (line, column, message)
            };
            let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            self.problems.push(
                Problem {
                    column: number(column),
                    ..Problem::at(file, number(line), severity, rule, message)
                }
                .about(&self.template.reference),
            );
        }
    }

    /// The path of a file beside the template, as problems name it.
    fn beside(&self, path: &str) -> String {
        let folder = self
            .template
            .file
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        within(&join(folder, path)).unwrap_or_else(|_| path.to_owned())
    }
}

fn join_url(url: &str, path: &str) -> String {
    join(url.trim_end_matches('/'), path)
}

/// What is wrong with a value that a skeleton looks for. Each is told once.
fn not_given(
    step: &Step,
    path: &[String],
    cookiecutter: bool,
    given: &HashSet<&str>,
    told: &mut BTreeSet<String>,
) -> Option<String> {
    let around = if cookiecutter {
        "cookiecutter"
    } else {
        "values"
    };
    let mut names = path.iter().map(String::as_str);
    let first = names.next()?;
    if first != around {
        let is_new = told.insert(first.to_owned());
        return is_new.then(|| {
            format!("A skeleton is given nothing called `{first}`, only `{around}`: give it as a value of the step `{}`.", step.id)
        });
    }
    let name = names.next()?;
    if given.contains(name) || !told.insert(format!("{around}.{name}")) {
        return None;
    }
    let mut known: Vec<&str> = given.iter().copied().collect();
    known.sort_unstable();
    Some(format!(
        "The step `{}` gives no value `{name}`{}",
        step.id,
        meant(name, known.into_iter())
    ))
}
