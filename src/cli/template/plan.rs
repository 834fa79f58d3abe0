//! `callboard template plan`: what would be made and done.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Format, Opened, given};
use crate::cli::{Global, output};
use crate::scaffold::expression::Surroundings;
use crate::scaffold::plan;
use crate::scaffold::template::Template;
use crate::scaffold::workflow::World;

/// What is planned.
#[derive(Debug, Args)]
pub struct Plan {
    /// The template's folder or file, or the name of a shipped template
    #[arg(value_name = "TEMPLATE")]
    folder: PathBuf,
    /// The answers to its form, as YAML or JSON
    #[arg(long, value_name = "FILE")]
    values: PathBuf,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Plans and tells.
pub(super) async fn run(global: &Global, options: &Plan) -> anyhow::Result<ExitCode> {
    let opened = Opened::open(global, &options.folder)?;
    let Some(template) = opened.template() else {
        return Ok(ExitCode::from(1));
    };
    let Some(given) = given(template, &options.values, "plan")? else {
        return Ok(ExitCode::from(1));
    };
    let world = World::of(&opened.source);
    let plan = plan::plan(template, &given, world, &Surroundings::default()).await;
    match options.format {
        Format::Text => output::text(&told(template, &plan))?,
        Format::Json => output::json(&plan)?,
    };
    Ok(if plan.is_possible() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// The plan in words.
fn told(template: &Template, plan: &plan::Plan) -> String {
    let mut told = String::new();
    let mut line = |text: String| {
        told.push_str(&text);
        told.push('\n');
    };
    let bytes: usize = plan.files.iter().map(|file| file.size).sum();
    line(match plan.files.len() {
        0 => format!("{} would make no files.", template.title()),
        files => format!(
            "{} would make {} of {}:",
            template.title(),
            output::count(files, "file", "files"),
            output::count(bytes, "byte", "bytes")
        ),
    });
    let width = plan.files.iter().map(|file| file.size.to_string().len());
    let width = width.max().unwrap_or(0);
    for file in &plan.files {
        let what = match file.mode {
            "040000" => " (an empty folder)",
            "100755" => " (executable)",
            "120000" => " (a symbolic link)",
            _ => "",
        };
        let path = file.path.replace(char::is_control, "\u{FFFD}");
        line(format!("  {:>width$}  {path}{what}", file.size));
    }
    if !plan.effects.is_empty() {
        line("Then, in this order:".to_owned());
    }
    for (number, effect) in plan.effects.iter().enumerate() {
        line(format!(
            "  {}. {} ({})",
            number + 1,
            effect.says,
            effect.action
        ));
    }
    if !plan.left.is_empty() {
        line("These expressions stay as they are, as in Backstage:".to_owned());
    }
    let place = |refused: &plan::Refused| {
        let plan::Refused {
            line,
            column,
            sentence,
        } = refused;
        format!("  {}:{line}:{column}: {sentence}", template.file)
    };
    plan.left.iter().for_each(|left| line(place(left)));
    if !plan.refused.is_empty() {
        line("It cannot be done:".to_owned());
    }
    plan.refused.iter().for_each(|refused| line(place(refused)));
    line(format!("Plan {}", plan.hash.get(..12).unwrap_or_default()));
    told
}
