//! The words of a dialogue: the questions of a form, one at a time.

use serde_json::Value;

use crate::message::form::{Field, FieldKind, Filling, Form, Offered, Question};
use crate::message::markdown::{code, text};
use crate::message::{Choice, Reply};

/// More choices than this are neither listed nor offered as buttons; they can still be typed.
const MOST_CHOICES: usize = 20;

/// The form's title.
pub(super) fn title(filling: &Filling) -> String {
    format!("**{}**", text(&filling.form().title))
}

/// The words that open a form, and its first question.
pub(super) fn first(filling: &Filling) -> Reply {
    let of = filling.question().map_or(0, |question| question.of);
    let questions = if of == 1 {
        "one question".to_owned()
    } else {
        format!("{of} questions")
    };
    let opening = format!(
        "{}: {questions}. Say `back`, `skip`, `show` or `cancel` at any time.",
        title(filling)
    );
    asking(&opening, filling)
}

/// Which of two forms?
pub(super) fn either(open: &Form, other: &Form) -> Reply {
    let markdown = format!(
        "You are still filling in **{}** here. Say `continue` to go on with it, or `cancel` to drop it and begin **{}**.",
        text(&open.title),
        text(&other.title)
    );
    let choices = vec![
        choice(&format!("Continue {}", open.title), "continue"),
        choice(&format!("Cancel it and begin {}", other.title), "cancel"),
    ];
    Reply {
        markdown,
        choices,
        ..Reply::default()
    }
}

/// What was answered, as a list.
pub(super) fn so_far(filling: &Filling) -> String {
    let answers = filling.summary();
    if answers.is_empty() {
        return "Nothing is answered yet.".to_owned();
    }
    let lines: Vec<_> = answers
        .iter()
        .map(|(label, value)| format!("- {}: {}", text(label), code(value)))
        .collect();
    format!("So far:\n\n{}", lines.join("\n"))
}

/// The next question, after some other words.
pub(super) fn asking(before: &str, filling: &Filling) -> Reply {
    let Some(question) = filling.question() else {
        return Reply::text(before);
    };
    let mut parts = Vec::new();
    if !before.is_empty() {
        parts.push(before.to_owned());
    }
    parts.push(words(filling, &question));
    let list = listed(&question.field.kind);
    if !list.is_empty() {
        parts.push(list);
    }
    Reply {
        markdown: parts.join("\n\n"),
        choices: choices(&question),
        ..Reply::default()
    }
}

fn words(filling: &Filling, question: &Question<'_>) -> String {
    let field = question.field;
    let page = if filling.form().pages.len() > 1 {
        format!("{}, ", text(&question.page.title))
    } else {
        String::new()
    };
    let mut words = format!(
        "**{}** ({page}{} of {})",
        text(&field.label),
        question.number,
        question.of
    );
    let mut add = |sentence: &str| {
        words.push(' ');
        words.push_str(sentence);
    };
    if let Some(help) = &field.help {
        add(&text(help));
    }
    if let Some(hint) = hint(field) {
        add(&hint);
    }
    if let Some(example) = field.example.as_deref().filter(|_| field.default.is_none()) {
        add(&format!("For example {}.", code(example)));
    }
    match &field.default {
        Some(default) => add(&format!(
            "Say `skip` to take {}.",
            code(&field.shown(default))
        )),
        None if !field.required => add("Say `skip` to leave it out."),
        None => {}
    }
    words
}

/// How to answer, where the label alone does not say it.
fn hint(field: &Field) -> Option<String> {
    let hint = match &field.kind {
        FieldKind::Text { .. } | FieldKind::MultiLine { .. } => return None,
        FieldKind::Number { .. } => "A number.".to_owned(),
        FieldKind::Integer {
            minimum: Some(minimum),
            maximum: Some(maximum),
        } => {
            format!("A whole number from {minimum} to {maximum}.")
        }
        FieldKind::Integer { .. } => "A whole number.".to_owned(),
        FieldKind::Boolean => "Yes or no?".to_owned(),
        FieldKind::Choice { .. } => "Choose one, by its number or name.".to_owned(),
        FieldKind::ManyChoices { .. } if field.required => {
            "Choose one or more, by number or name, with commas between them.".to_owned()
        }
        FieldKind::ManyChoices { .. } => {
            "Choose any, by number or name, with commas between them, or say `none`.".to_owned()
        }
        FieldKind::Entity { kinds, .. } if kinds.is_empty() => {
            "A name from the catalog.".to_owned()
        }
        FieldKind::Entity { kinds, .. } => {
            format!("The name of a {}.", text(&kinds.join(" or ")))
        }
        FieldKind::List { of, .. } => {
            let what = match &**of {
                FieldKind::Entity { kinds, .. } if kinds.is_empty() => {
                    "Names from the catalog".to_owned()
                }
                FieldKind::Entity { kinds, .. } => {
                    format!("Names of the kind {}", text(&kinds.join(" or ")))
                }
                FieldKind::Number { .. } => "Numbers".to_owned(),
                FieldKind::Integer { .. } => "Whole numbers".to_owned(),
                _ => "Any number of them".to_owned(),
            };
            let none = if field.required {
                "."
            } else {
                ", or say `none`."
            };
            format!("{what}, with commas between them{none}")
        }
        FieldKind::Date => "A date, like 2026-11-25.".to_owned(),
        FieldKind::Person => "The name of a person in the catalog.".to_owned(),
        FieldKind::Secret => "It is not kept or shown.".to_owned(),
    };
    Some(hint)
}

fn listed(kind: &FieldKind) -> String {
    let (FieldKind::Choice { options } | FieldKind::ManyChoices { options }) = kind else {
        return String::new();
    };
    let mut lines: Vec<_> = options
        .iter()
        .take(MOST_CHOICES)
        .enumerate()
        .map(|(position, option)| format!("{}. {}", position + 1, text(&option.label)))
        .collect();
    let more = options.len().saturating_sub(MOST_CHOICES);
    if more > 0 {
        lines.push(format!("\n… and {more} more."));
    }
    lines.join("\n")
}

fn choices(question: &Question<'_>) -> Vec<Choice> {
    let field = question.field;
    let mut choices = match &field.kind {
        FieldKind::Boolean => vec![choice("Yes", "yes"), choice("No", "no")],
        FieldKind::Choice { options } if options.len() <= MOST_CHOICES => options
            .iter()
            .map(|option| choice(&option.label, &answer(option)))
            .collect(),
        _ => Vec::new(),
    };
    match &field.default {
        Some(default) => {
            choices.push(choice(&format!("Take {}", field.shown(default)), "skip"));
        }
        None if !field.required => choices.push(choice("Skip", "skip")),
        None => {}
    }
    choices
}

/// The line that answers with this option, whatever its value reads like.
fn answer(option: &Offered) -> String {
    match &option.value {
        Value::String(value) => format!("\"{value}\""),
        other => other.to_string(),
    }
}

fn choice(label: &str, line: &str) -> Choice {
    Choice {
        label: label.to_owned(),
        line: line.to_owned(),
    }
}
