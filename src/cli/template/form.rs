//! `callboard template form`: what a template asks, for people or as JSON.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::{Format, Opened};
use crate::cli::{Global, output};
use crate::message::form::Form as Asked;
use crate::message::form::{Condition, EntityFilter, Field, FieldKind, Offered};
use crate::scaffold::parameters;

/// Which template, and how its form is shown.
#[derive(Debug, Args)]
pub struct Form {
    /// The template's folder or file, or the name of a shipped template
    #[arg(value_name = "TEMPLATE")]
    folder: PathBuf,
    /// How the form is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Prints the form, and on standard error what could not be carried over.
pub(super) fn run(global: &Global, options: &Form) -> anyhow::Result<ExitCode> {
    let opened = Opened::open(global, &options.folder)?;
    let Some(template) = opened.template() else {
        return Ok(ExitCode::from(1));
    };
    let asked = parameters::form(template);
    for note in &asked.notes {
        let at = template.positions.key(&note.pointer);
        output::note(&format!("{}:{at}: {}", template.file, note.sentence));
    }
    match options.format {
        Format::Text => output::text(&told(&asked.form)),
        Format::Json => output::json(&asked.form),
    }
}

/// The form in words.
fn told(form: &Asked) -> String {
    let mut told = format!("{}\n", form.title);
    for (position, page) in form.pages.iter().enumerate() {
        let of = match form.pages.len() {
            1 => String::new(),
            pages => format!("Page {} of {pages}: ", position + 1),
        };
        let _ = write!(told, "\n{of}{}\n", page.title);
        for field in &page.fields {
            told.push('\n');
            for (position, line) in lines(form, field).into_iter().enumerate() {
                let indent = if position == 0 { "  " } else { "    " };
                let _ = writeln!(told, "{indent}{line}");
            }
        }
    }
    if form.pages.is_empty() {
        told.push_str("\nNothing is asked.\n");
    }
    told
}

fn lines(form: &Asked, field: &Field) -> Vec<String> {
    let needed = if field.required {
        "needed"
    } else {
        "not needed"
    };
    let mut lines = vec![
        format!("{} ({}), {needed}", field.label, field.name),
        sentence(&kind(&field.kind)),
    ];
    lines.extend(field.help.clone());
    if let Some(example) = &field.example {
        lines.push(format!("For example: {example}"));
    }
    if let Some(default) = &field.default {
        lines.push(format!("If nothing is answered: {}", field.shown(default)));
    }
    if let Some(when) = &field.when {
        lines.push(format!("Asked only if {}.", condition(form, when, false)));
    }
    lines
}

fn kind(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text {
            pattern,
            min_length,
            max_length,
        } => {
            let pattern = pattern.as_ref().map(|pattern| match &pattern.says {
                Some(says) => format!(" that must {says}"),
                None => format!(" that matches {}", pattern.expression),
            });
            let length = length(*min_length, *max_length);
            let comma = if length.is_empty() { "" } else { "," };
            let pattern = pattern.map(|pattern| format!("{comma}{pattern}"));
            format!("one line of text{length}{}", pattern.unwrap_or_default())
        }
        FieldKind::MultiLine {
            min_length,
            max_length,
        } => format!("text{}", length(*min_length, *max_length)),
        FieldKind::Number { minimum, maximum } => {
            format!("a number{}", range(minimum.as_ref(), maximum.as_ref()))
        }
        FieldKind::Integer { minimum, maximum } => {
            format!(
                "a whole number{}",
                range(minimum.as_ref(), maximum.as_ref())
            )
        }
        FieldKind::Choice { options } => format!("one of {}", offered(options)),
        FieldKind::ManyChoices { options } => format!("any of {}", offered(options)),
        FieldKind::Boolean => "yes or no".to_owned(),
        FieldKind::Entity { kinds, filter } => entity(kinds, filter),
        FieldKind::List {
            of,
            min_items,
            max_items,
        } => {
            let count = range(min_items.as_ref(), max_items.as_ref());
            let count = count
                .strip_prefix(',')
                .map(|count| format!(" ({})", count.trim()));
            format!(
                "a list{}, each {}",
                count.unwrap_or_default(),
                self::kind(of)
            )
        }
        FieldKind::Date => "a day, like 2026-11-25".to_owned(),
        FieldKind::Person => "a person".to_owned(),
        FieldKind::Secret => "a secret, which is neither shown nor stored".to_owned(),
    }
}

fn entity(kinds: &[String], filters: &[EntityFilter]) -> String {
    let kinds = match kinds {
        [] => "an entity".to_owned(),
        kinds => format!("a {}", kinds.join(" or ")),
    };
    let one = |filter: &EntityFilter| {
        let wanted = filter
            .iter()
            .filter(|(path, _)| *path != "kind")
            .map(|(path, values)| match &values[..] {
                [] => path.clone(),
                values => format!("{path} {}", values.join(" or ")),
            });
        wanted.collect::<Vec<_>>().join(" and ")
    };
    let filters: Vec<String> = filters
        .iter()
        .map(one)
        .filter(|one| !one.is_empty())
        .collect();
    match &filters[..] {
        [] => format!("{kinds} of the catalog"),
        filters => format!("{kinds} of the catalog with {}", filters.join(", or with ")),
    }
}

fn length(min: Option<usize>, max: Option<usize>) -> String {
    let min = min.filter(|min| *min > 0);
    match range(min.as_ref(), max.as_ref()).strip_prefix(", ") {
        Some(range) => format!(", {range} characters"),
        None => String::new(),
    }
}

fn range<T: std::fmt::Display>(min: Option<&T>, max: Option<&T>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!(", {min} to {max}"),
        (Some(min), None) => format!(", at least {min}"),
        (None, Some(max)) => format!(", at most {max}"),
        (None, None) => String::new(),
    }
}

fn offered(options: &[Offered]) -> String {
    let names = options.iter().map(|option| {
        let value = match &option.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if value == option.label || !option.value.is_string() {
            option.label.clone()
        } else {
            format!("{} ({value})", option.label)
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

/// A condition on answers, in words.
fn condition(form: &Asked, when: &Condition, is_within: bool) -> String {
    let field = |name: &str| {
        let mut fields = form.pages.iter().flat_map(|page| &page.fields);
        fields.find(|field| field.name == name)
    };
    let label =
        |name: &str| field(name).map_or_else(|| name.to_owned(), |field| field.label.clone());
    let value = |name: &str, value: &Value| match field(name) {
        Some(field) => field.shown(value),
        None => value.to_string(),
    };
    let several = |each: &[Condition], word: &str| {
        let each: Vec<String> = each
            .iter()
            .map(|each| condition(form, each, true))
            .collect();
        let joined = each.join(word);
        if is_within {
            format!("({joined})")
        } else {
            joined
        }
    };
    match when {
        Condition::Equals { field, equals } => {
            format!("{} is {}", label(field), value(field, equals))
        }
        Condition::OneOf { field, one_of } => {
            let values: Vec<String> = one_of.iter().map(|one| value(field, one)).collect();
            format!("{} is {}", label(field), values.join(" or "))
        }
        Condition::Contains { field, contains } => {
            format!("{} has {}", label(field), value(field, contains))
        }
        Condition::Matches { field, matches } => {
            format!("{} matches {}", label(field), matches.expression)
        }
        Condition::AtLeast { field, at_least } => format!("{} is {at_least} or more", label(field)),
        Condition::AtMost { field, at_most } => format!("{} is {at_most} or less", label(field)),
        Condition::Answered { answered } => format!("{} is answered", label(answered)),
        Condition::All { all } => several(all, " and "),
        Condition::Any { any } => several(any, " or "),
        Condition::Not { not } => match &**not {
            Condition::Equals { field, equals } => {
                format!("{} is not {}", label(field), value(field, equals))
            }
            Condition::OneOf { field, one_of } => {
                let values: Vec<String> = one_of.iter().map(|one| value(field, one)).collect();
                format!("{} is not {}", label(field), values.join(" or "))
            }
            Condition::Answered { answered } => format!("{} is not answered", label(answered)),
            other => format!("it is not so that {}", condition(form, other, true)),
        },
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}", first.to_uppercase(), characters.as_str()),
        None => String::new(),
    }
}
