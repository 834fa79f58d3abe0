//! From the tokens after a command to its arguments.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::parse::{Parsed, Understood};
use super::phrase;
use super::suggestion::near;
use super::token::{Quote, TAIL, Token};
use super::{Command, Param};
use crate::failure::Fault;
use crate::message::markdown;

/// What the arguments of a line are read from.
pub(super) struct Line<'a> {
    /// The line that holds the command.
    pub text: &'a str,
    /// Quotations and code before it; a parameter that takes pastes takes them where nothing follows.
    pub before: &'a str,
    /// The lines after it; only a last parameter that is free text or takes pastes takes them.
    pub more: &'a str,
    /// The tokens of `text`.
    pub tokens: Vec<Token>,
}

/// One line that is longer is no name of anything, in bytes.
const LONGEST_NAME: usize = 120;

impl Line<'_> {
    /// The value of a parameter, with the block around the line where it takes such.
    pub fn with_block(&self, param: &Param, value: String) -> String {
        let block = if self.more.trim().is_empty() {
            self.before
        } else {
            self.more
        };
        if block.trim().is_empty() || !param.takes_pastes() {
            return value;
        }
        format!("{value}\n{}", block.trim_end())
    }
}

/// The arguments of a command that is given a text to look through: one of several lines, or one that is no list of
/// arguments.
pub(super) fn pasted(
    command: &Command,
    line: &Line<'_>,
    tokens: &[Token],
    assigned: &Result<(Arguments, String), Fault>,
) -> Option<Arguments> {
    let param = command.takes.iter().find(|param| param.takes_pastes())?;
    let raw = tokens
        .first()
        .map_or("", |token| line.text[token.span.start..].trim());
    let text = line.with_block(param, raw.to_owned());
    let block = text.len() > raw.len();
    if !block && !raw.starts_with(['{', '[']) && raw.len() <= LONGEST_NAME {
        return None;
    }
    let mut arguments = Arguments::new();
    if let Ok((given, leftovers)) = assigned
        && leftovers.is_empty()
        && given.keys().any(|name| *name != param.name)
    {
        // Options were said beside it, so what is left of the line is not the whole line.
        arguments.clone_from(given);
        let value = arguments.remove(&param.name).unwrap_or_default();
        arguments.insert(param.name.clone(), line.with_block(param, value));
        return Some(arguments);
    }
    arguments.insert(param.name.clone(), text.trim().to_owned());
    Some(arguments)
}

/// Arguments by parameter.
pub(super) type Arguments = BTreeMap<String, String>;

/// Gives the tokens to the parameters: named ones first, the others in their order. What is left is returned.
pub(super) fn assign(
    command: &Command,
    line: &Line<'_>,
    tokens: &[Token],
) -> Result<(Arguments, String), Fault> {
    let mut arguments = Arguments::new();
    let mut positional: Vec<&Token> = Vec::new();
    let mut open: Option<&Token> = None;
    let mut options_end = false;
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        if let Some(text_param) = text_param(command, positional.len(), &arguments)
            && (options_end || option(token).is_none() && !ends_options(token))
            && named(command, token).is_none()
        {
            // From here on every character counts.
            if let Some(token) = open {
                return Err(open_quote(line.text, token));
            }
            let value = text_from(line, tokens, token);
            fill(command, &positional, &mut arguments);
            arguments.insert(text_param.name.clone(), value);
            return Ok((arguments, String::new()));
        }
        if matches!(token.quote, Quote::Open(_)) {
            open.get_or_insert(token);
        }
        if options_end || token.quote != Quote::None && token.key.is_none() {
            positional.push(token);
        } else if ends_options(token) {
            options_end = true;
        } else if let Some(name) = option(token) {
            let Some(param) = find_param(command, &name) else {
                return Err(no_option(command, &name));
            };
            let value = match &token.key {
                Some(_) => token.text.trim_end_matches(TAIL).to_owned(),
                None if param.kind == "flag" => "true".to_owned(),
                None => match rest.next_if(|next| option(next).is_none()) {
                    Some(next) => value(param, std::slice::from_ref(next), line.text)?,
                    None => return Err(no_value(&name)),
                },
            };
            give(&mut arguments, param, value)?;
        } else if let Some((param, value)) = named(command, token) {
            give(&mut arguments, param, value)?;
        } else {
            positional.push(token);
        }
    }
    if let Some(token) = open {
        return Err(open_quote(line.text, token));
    }
    let leftovers = fill(command, &positional, &mut arguments);
    let leftovers: Vec<&str> = leftovers
        .iter()
        .map(|token| &line.text[token.span.clone()])
        .collect();
    Ok((arguments, leftovers.join(" ")))
}

/// The parameter of kind `text` that takes everything from the next positional token on.
fn text_param<'c>(
    command: &'c Command,
    positional: usize,
    arguments: &Arguments,
) -> Option<&'c Param> {
    let param = *open_params(command, arguments).get(positional)?;
    (param.rest && param.kind == "text").then_some(param)
}

/// The parameters that no named argument has filled, in their order.
fn open_params<'c>(command: &'c Command, arguments: &Arguments) -> Vec<&'c Param> {
    command
        .takes
        .iter()
        .filter(|param| !param.is_option() && !arguments.contains_key(&param.name))
        .collect()
}

/// Gives positional tokens to the open parameters in their order and returns those that are left.
fn fill<'t>(
    command: &Command,
    positional: &[&'t Token],
    arguments: &mut Arguments,
) -> Vec<&'t Token> {
    let mut tokens = positional;
    for param in open_params(command, arguments) {
        let count = if param.rest {
            tokens.len()
        } else {
            tokens.len().min(1)
        };
        let (taken, left) = tokens.split_at(count);
        if !taken.is_empty() {
            arguments.insert(param.name.clone(), words_of(taken));
        }
        tokens = left;
    }
    tokens.to_vec()
}

/// The text from a token to the end of the message; a quoted one that stands alone loses its marks.
fn text_from(line: &Line<'_>, tokens: &[Token], first: &Token) -> String {
    let alone = tokens.last() == Some(first) && line.more.trim().is_empty();
    if alone && first.key.is_none() && first.quote == Quote::Marks {
        return first.text.clone();
    }
    let mut text = line.text[first.span.start..].to_owned();
    if !line.more.trim().is_empty() {
        text.push('\n');
        text.push_str(line.more);
    }
    text.trim().to_owned()
}

/// The value that tokens standing side by side give to a parameter.
pub(super) fn value(param: &Param, tokens: &[Token], line: &str) -> Result<String, Fault> {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Ok(String::new());
    };
    if param.kind == "text" {
        let alone = tokens.len() == 1 && first.quote == Quote::Marks && first.key.is_none();
        let raw = line[first.span.start..last.span.end].trim();
        return Ok(if alone {
            first.text.clone()
        } else {
            raw.to_owned()
        });
    }
    if let Some(token) = tokens
        .iter()
        .find(|token| matches!(token.quote, Quote::Open(_)))
    {
        return Err(open_quote(line, token));
    }
    Ok(words_of(&tokens.iter().collect::<Vec<_>>()))
}

/// Words as one value: without an article before and sentence punctuation after them.
fn words_of(tokens: &[&Token]) -> String {
    let article = tokens.len() > 1
        && tokens[0].is_plain()
        && phrase::is_article(&tokens[0].text.to_lowercase());
    let tokens = if article { &tokens[1..] } else { tokens };
    let mut words: Vec<String> = tokens
        .iter()
        .map(|token| match &token.key {
            Some(key) => format!("{key}={}", token.text),
            None => token.text.clone(),
        })
        .collect();
    if let (Some(word), Some(token)) = (words.last_mut(), tokens.last())
        && token.quote == Quote::None
    {
        let length = word.trim_end_matches(TAIL).len();
        // A word of nothing but punctuation is meant as it is.
        if length > 0 {
            word.truncate(length);
        }
    }
    words.join(" ")
}

/// Whether the token says that no options follow: `--`.
fn ends_options(token: &Token) -> bool {
    token.is_plain() && token.text == "--"
}

/// The name of an option like `--format`, also as phones write it: `—format`.
fn option(token: &Token) -> Option<String> {
    let written = match &token.key {
        Some(key) => key,
        None if token.quote == Quote::None => &token.text,
        None => return None,
    };
    let name = ["--", "—", "–"]
        .into_iter()
        .find_map(|dash| written.strip_prefix(dash))?;
    name.starts_with(char::is_alphabetic)
        .then(|| phrase::sound(name))
}

/// The parameter and value of `key=value`, when the command has such a parameter.
fn named<'c>(command: &'c Command, token: &Token) -> Option<(&'c Param, String)> {
    let param = find_param(command, &phrase::sound(token.key.as_ref()?))?;
    let text = if token.quote == Quote::None {
        token.text.trim_end_matches(TAIL)
    } else {
        &token.text
    };
    Some((param, text.to_owned()))
}

fn find_param<'c>(command: &'c Command, name: &str) -> Option<&'c Param> {
    command
        .takes
        .iter()
        .find(|param| phrase::sound(&param.name) == name)
}

fn give(arguments: &mut Arguments, param: &Param, value: String) -> Result<(), Fault> {
    if arguments.insert(param.name.clone(), value).is_some() {
        return Err(Fault {
            says: format!("You gave {} twice.", markdown::code(&param.name)),
            hint: Some("Say it once, so that I know which one you mean.".to_owned()),
        });
    }
    Ok(())
}

/// Checks choices, puts in defaults, and finds what is missing.
pub(super) fn finish(command: &Arc<Command>, mut arguments: Arguments) -> Understood {
    arguments.retain(|_, value| !value.trim().is_empty());
    for param in &command.takes {
        if let Some(value) = arguments.get_mut(&param.name)
            && !param.choices.is_empty()
        {
            let chosen = param
                .choices
                .iter()
                .find(|choice| choice.to_lowercase() == value.to_lowercase());
            match chosen {
                Some(choice) => choice.clone_into(value),
                None => return Understood::Refused(not_a_choice(param, value)),
            }
        }
    }
    for param in &command.takes {
        if arguments.contains_key(&param.name) {
            continue;
        }
        if let Some(default) = &param.default {
            arguments.insert(param.name.clone(), default.clone());
        } else if !param.may_be_left_out() {
            return Understood::Missing {
                command: Arc::clone(command),
                param: param.clone(),
                so_far: arguments,
            };
        }
    }
    Understood::Call(Parsed {
        command: Arc::clone(command),
        arguments,
    })
}

fn not_a_choice(param: &Param, value: &str) -> Fault {
    let choices: Vec<&str> = param.choices.iter().map(String::as_str).collect();
    let shown: Vec<String> = choices
        .iter()
        .map(|choice| markdown::code(choice))
        .collect();
    let hint = near(value, choices, 1).first().map_or_else(
        || format!("Choose one of {}.", shown.join(", ")),
        |choice| {
            format!(
                "Did you mean {}? I know {}.",
                markdown::code(choice),
                shown.join(", ")
            )
        },
    );
    Fault {
        says: format!(
            "{} is not a {} that I know.",
            markdown::code(value),
            markdown::text(&param.spoken())
        ),
        hint: Some(hint),
    }
}

fn no_option(command: &Command, name: &str) -> Fault {
    let known: Vec<&str> = command
        .takes
        .iter()
        .map(|param| param.name.as_str())
        .collect();
    let shown: Vec<String> = known
        .iter()
        .map(|name| markdown::code(&format!("--{name}")))
        .collect();
    let hint = if shown.is_empty() {
        format!("Say just {}.", markdown::code(&command.name))
    } else {
        let meant = near(name, known, 1)
            .first()
            .map_or_else(String::new, |meant| {
                format!("Did you mean {}? ", markdown::code(&format!("--{meant}")))
            });
        format!("{meant}It takes {}.", shown.join(", "))
    };
    let option = markdown::code(&format!("--{name}"));
    Fault {
        says: format!("{} has no option {option}.", markdown::code(&command.name)),
        hint: Some(hint),
    }
}

fn no_value(name: &str) -> Fault {
    Fault {
        says: format!("{} needs a value.", markdown::code(&format!("--{name}"))),
        hint: Some(format!(
            "Say it like {}.",
            markdown::code(&format!("--{name} value"))
        )),
    }
}

fn open_quote(line: &str, token: &Token) -> Fault {
    let at = match token.quote {
        Quote::Open(at) => at,
        _ => token.span.start,
    };
    let shown: String = line[at..].chars().take(30).collect();
    Fault {
        says: format!(
            "A quotation mark opens before {} and nothing closes it.",
            markdown::code(&shown)
        ),
        hint: Some("Close it, or leave it out: names with spaces work without.".to_owned()),
    }
}
