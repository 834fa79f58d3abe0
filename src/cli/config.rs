//! `callboard config`: the configuration explained, and its JSON Schema.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::Value;

use super::{Global, output, policy};
use crate::config::{Config, MatrixConfig, SlackConfig};

/// The commands of `callboard config`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks the configuration and explains what is in force
    Check,
    /// Prints the JSON Schema of `callboard.toml`
    Schema,
}

/// Explains the configuration.
pub fn run(global: &Global, command: &Command) -> anyhow::Result<ExitCode> {
    let schema = serde_json::to_value(schemars::schema_for!(Config))?;
    if matches!(command, Command::Schema) {
        return output::json(&schema);
    }
    let file = global.config_file();
    let config = match global.config() {
        Ok(config) => config,
        Err(error) => {
            output::error(&format!("{error:#}"));
            return Ok(ExitCode::from(1));
        }
    };
    for source in &config.sources {
        if let Some(password) = &source.password
            && let Err(error) = password.resolve()
        {
            output::error(&format!("source {:?}: {error}", source.name));
            return Ok(ExitCode::from(1));
        }
    }
    let slack = config.slack.iter().flat_map(SlackConfig::secrets);
    let matrix = config.matrix.iter().flat_map(MatrixConfig::secrets);
    let secrets = slack
        .map(|secret| ("slack", secret))
        .chain(matrix.map(|secret| ("matrix", secret)));
    for (table, (key, secret)) in secrets {
        if let Err(error) = secret.resolve() {
            output::error(&format!("the `{key}` of [{table}]: {error}"));
            return Ok(ExitCode::from(1));
        }
    }
    let (policy, doubts) = policy::examined(&config);
    for problem in policy.problems() {
        output::error(&problem.to_string());
    }
    for doubt in doubts {
        output::note(&format!("callboard: {doubt}"));
    }
    if !policy.problems().is_empty() {
        return Ok(ExitCode::from(1));
    }
    let from = file.map_or(
        "no file; the bundled organisation is read".to_owned(),
        |file| file.display().to_string(),
    );
    let mut text = format!("The configuration is good ({from}).\n");
    let value = serde_json::to_value(&config)?;
    explain(&mut text, &schema, &schema, &value, "");
    let given = global.sources()?;
    if !given.is_empty() {
        let names: Vec<&str> = given.iter().map(|source| source.name.as_str()).collect();
        let _ = writeln!(
            text,
            "\n--source takes the place of the configured sources: {}",
            names.join(", ")
        );
    }
    output::text(&text)
}

/// Writes each key with its value and what it means, tables after plain keys.
fn explain(text: &mut String, root: &Value, schema: &Value, value: &Value, prefix: &str) {
    let Some(values) = value.as_object() else {
        return;
    };
    for (key, value) in values {
        let name = format!("{prefix}{key}");
        let property = resolved(root, &schema["properties"][key]);
        let meaning = schema["properties"][key]["description"]
            .as_str()
            .or(property["description"].as_str())
            .unwrap_or_default();
        match value {
            Value::Object(_) => explain(text, root, property, value, &format!("{name}.")),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let item = resolved(root, &property["items"]);
                for (number, value) in items.iter().enumerate() {
                    explain(text, root, item, value, &format!("{name}[{number}]."));
                }
            }
            _ => {
                let shown = if value.is_null() {
                    "not set".to_owned()
                } else {
                    value.to_string()
                };
                // Writing to a text cannot fail.
                let _ = writeln!(
                    text,
                    "\n{name} = {shown}\n    {}",
                    meaning.replace('\n', " ")
                );
            }
        }
    }
}

/// Follows a schema's reference to its definition.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str());
    reference
        .and_then(|reference| root.pointer(reference.trim_start_matches('#')))
        .unwrap_or(schema)
}
