//! Backstage's own engine, and the same cases through ours.

use callboard::scaffold::expression::{Hosts, Integration, Options, Surroundings, Template, fill};
use serde_json::{Value, json};

use crate::oracle::ask;

/// A template with what it is given.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where it comes from, for messages.
    pub name: String,
    /// The template; for `fill` any value.
    pub template: Value,
    /// The values.
    pub context: Value,
    /// How it is read.
    pub options: Options,
    /// `render`, `evaluate` or `fill`.
    pub mode: &'static str,
}

/// What comes out: the output, or that it was refused and why.
pub type Verdict = Result<Option<Value>, String>;

/// What Backstage makes of the cases.
pub fn theirs(cases: &[Case]) -> Vec<Verdict> {
    let requests: Vec<Value> = cases
        .iter()
        .map(|case| {
            let options = json!({
                "cookiecutter": case.options.cookiecutter,
                "trim": case.options.trim_blocks,
                "lstrip": case.options.lstrip_blocks,
            });
            json!({"template": case.template, "context": case.context, "options": options, "mode": case.mode})
        })
        .collect();
    let answers = ask("expressions.mjs", &requests);
    answers
        .into_iter()
        .map(|mut answer| match answer["refused"].take() {
            Value::String(reason) => Err(reason),
            _ => Ok(answer.get_mut("output").map(Value::take)),
        })
        .collect()
}

/// What we make of a case.
pub fn ours(case: &Case) -> Verdict {
    let Value::Object(context) = &case.context else {
        panic!("{}: the values are an object", case.name);
    };
    let surroundings = Surroundings {
        hosts: Hosts::default()
            .with("gitea.example.com", Integration::Gitea)
            .with("gerrit.example.com", Integration::Gerrit)
            .with("bitbucket.example.com", Integration::BitbucketServer)
            .with("ghe.example.com:8443", Integration::GitHub),
        ..Surroundings::default()
    };
    if case.mode == "fill" {
        return Ok(fill(&case.template, context, &surroundings).value);
    }
    let text = case.template.as_str().expect("a text");
    let template = Template::parse(text, case.options).map_err(|error| error.to_string())?;
    if case.mode == "evaluate" {
        return template
            .evaluate(context, &surroundings)
            .map_err(|error| error.to_string());
    }
    let output = template.render(context, &surroundings);
    output
        .map(|output| Some(Value::String(output)))
        .map_err(|error| error.to_string())
}

/// Methods that Backstage had before its engine was closed, and that do no harm: templates from that time go on working.
const OLDER_METHODS: [&str; 14] = [
    "at",
    "codePointAt",
    "match",
    "padEnd",
    "padStart",
    "repeat",
    "replaceAll",
    "search",
    "substr",
    "toLocaleLowerCase",
    "toLocaleUpperCase",
    "toString",
    "trimLeft",
    "trimRight",
];

/// Whether Backstage refuses a method that we take on purpose.
fn older_method(case: &Case, theirs: &Verdict) -> bool {
    let Err(reason) = theirs else { return false };
    let template = case.template.as_str().unwrap_or_default();
    let used = |method: &&str| template.contains(&format!(".{method}("));
    reason.contains("resolved to undefined and cannot be called") && OLDER_METHODS.iter().any(used)
}

/// Where we differ from Backstage, in words; `None` where we agree.
pub fn difference(case: &Case, theirs: &Verdict) -> Option<String> {
    let ours = ours(case);
    match (&ours, theirs) {
        (Err(_), Err(_)) => None,
        _ if older_method(case, theirs) => None,
        (Ok(ours), Ok(theirs)) if ours == theirs => None,
        _ => Some(format!(
            "{} ({:?}, {})\n  template  {}\n  context   {}\n  Backstage {}\n  ours      {}",
            case.name,
            case.options,
            case.mode,
            case.template,
            case.context,
            shown(theirs),
            shown(&ours),
        )),
    }
}

fn shown(verdict: &Verdict) -> String {
    match verdict {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "undefined".to_owned(),
        Err(reason) => format!("refused: {reason}"),
    }
}
