//! What does not fit, in words: at the field that asks for it, and as the form itself says it where it can.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::{Map, Value};

use super::answers::{Carries, Place};
use super::condition;
use super::judge;
use super::words::readable;
use super::{Asked, Fault, defaults, walk};
use crate::message::form::{Field, FieldKind};
use crate::scaffold::position::{below, unescape};

/// What is wrong with values.
pub(super) fn faults(asked: &Asked, pages: &[Value], values: &Map<String, Value>) -> Vec<Fault> {
    let whole = Value::Object(values.clone());
    let shown = defaults::shown(pages, values);
    let mut judged = Judged {
        asked,
        page: &Value::Null,
        values: &whole,
        faults: Vec::new(),
    };
    for (position, page) in pages.iter().enumerate() {
        if !shown.contains(&position) {
            continue;
        }
        let Some(validator) = judge::validator(page) else {
            let sentence = format!(
                "Page {} is no schema that anything could be judged by: tell whoever wrote the template.",
                position + 1
            );
            judged.add(&[], sentence);
            continue;
        };
        judged.page = page;
        for error in validator.iter_errors(&whole) {
            judged.error(&error);
        }
    }
    let mut faults = judged.faults;
    let places = &asked.places;
    faults.sort_by_key(|fault| {
        let place = places.iter().position(|place| place.name == fault.name);
        place.unwrap_or(places.len())
    });
    faults
}

struct Judged<'a> {
    asked: &'a Asked,
    page: &'a Value,
    values: &'a Value,
    faults: Vec<Fault>,
}

impl Judged<'_> {
    fn error(&mut self, error: &ValidationError<'_>) {
        let path: Vec<String> = error
            .instance_path()
            .as_str()
            .split('/')
            .skip(1)
            .map(unescape)
            .collect();
        let further = |name: &str| {
            let mut path = path.clone();
            path.push(name.to_owned());
            path
        };
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let path = further(property.as_str().unwrap_or_default());
                let sentence = format!("{} is needed.", self.label(&path));
                self.add(&path, sentence);
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let path = further(name);
                    let sentence = format!("{name} is not asked for here: leave it out.");
                    self.add(&path, sentence);
                }
            }
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => {
                if let Some(errors) = self.meant(error, context) {
                    for error in errors {
                        self.error(error);
                    }
                    return;
                }
                let label = self.label(&path);
                let sentence = format!("{label} fits none of the alternatives that there are.");
                self.add(&path, sentence);
            }
            kind => self.value(&path, kind),
        }
    }

    /// A value that is there and wrong.
    fn value(&mut self, path: &[String], kind: &ValidationErrorKind) {
        // An entry of a list is wrong as a part of its list.
        let field = (1..=path.len()).rev().find_map(|length| {
            let (place, field) = self.field(&path[..length])?;
            Some((length, place, field))
        });
        let Some((length, place, field)) = field else {
            let label = self.label(path);
            let given = plain(self.at(path));
            self.add(path, sentence(&label, kind, &given));
            return;
        };
        let field_path = path[..length].to_vec();
        let said = match (&place.carries, self.at(&field_path)) {
            (Carries::Value | Carries::Entity { .. }, Some(value)) => field.fault(value),
            _ => None,
        };
        let given = match field.kind {
            FieldKind::Secret => "what was given".to_owned(),
            _ => plain(self.at(path)),
        };
        let label = self.label(path);
        let sentence = said.unwrap_or_else(|| sentence(&label, kind, &given));
        self.add(&field_path, sentence);
    }

    /// The errors of the alternative that was meant: the one whose own mark fits, or the only one.
    fn meant<'c, 'e>(
        &self,
        error: &ValidationError<'_>,
        context: &'c [Vec<ValidationError<'e>>],
    ) -> Option<&'c [ValidationError<'e>]> {
        if let [errors] = context {
            return Some(errors);
        }
        let pointer = error.schema_path().as_str();
        let parts: Vec<String> = pointer.split('/').map(unescape).collect();
        let mark = match &parts[..] {
            [.., keyword, name, _] if keyword == "dependencies" => name.clone(),
            _ => walk::telling(self.page.pointer(pointer)?.as_array()?)?.0,
        };
        let mark = below(error.instance_path().as_str(), &mark);
        let fits = |errors: &&Vec<ValidationError<'_>>| {
            errors
                .iter()
                .all(|error| error.instance_path().as_str() != mark)
        };
        let mut meant = context.iter().filter(fits);
        let errors = meant.next()?;
        meant.next().is_none().then_some(errors.as_slice())
    }

    /// The field that asks for a value as things are.
    fn field(&self, path: &[String]) -> Option<(&Place, &Field)> {
        let place = self.asked.places.iter().find(|place| {
            place.path == path
                && !place.name.is_empty()
                && place.when.as_ref().is_none_or(|when| {
                    when.holds(&|name| {
                        let named = |place: &&Place| place.name == name;
                        let place = self.asked.places.iter().find(named)?;
                        self.at(&place.path)
                    })
                })
        })?;
        let mut fields = self.asked.form.pages.iter().flat_map(|page| &page.fields);
        let field = fields.find(|field| field.name == place.name && field.when == place.when)?;
        Some((place, field))
    }

    fn at(&self, path: &[String]) -> Option<&Value> {
        path.iter()
            .try_fold(self.values, |value, name| match value {
                Value::Array(list) => list.get(name.parse::<usize>().ok()?),
                value => value.get(name),
            })
    }

    /// What a value is called: as its field, with the way from there where it is only a part of what that asks for.
    fn label(&self, path: &[String]) -> String {
        let Some((length, place)) = self.place(path) else {
            return path
                .last()
                .map_or_else(|| "What was answered".to_owned(), |name| readable(name));
        };
        let within: Vec<String> = path[length..]
            .iter()
            .map(|name| match name.parse::<usize>() {
                Ok(position) => format!("entry {}", position + 1),
                Err(_) => name.clone(),
            })
            .collect();
        match &within[..] {
            [] => place.label.clone(),
            within => format!("{} ({})", place.label, within.join(", ")),
        }
    }

    /// Where a value is asked for, or what it is a part of, and how many names lead there.
    fn place(&self, path: &[String]) -> Option<(usize, &Place)> {
        (1..=path.len()).rev().find_map(|length| {
            let mut places = self.asked.places.iter().rev();
            let place = places.find(|place| place.path == path[..length] && !place.name.is_empty());
            Some((length, place?))
        })
    }

    fn add(&mut self, path: &[String], sentence: String) {
        let name = match self.place(path) {
            Some((_, place)) => place.name.clone(),
            None => condition::name(path),
        };
        let fault = Fault {
            pointer: path
                .iter()
                .fold(String::new(), |pointer, name| below(&pointer, name)),
            name,
            sentence,
        };
        // Several pages, or several rules for one value, may say the same.
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

/// A value that does not fit, where the form has no words of its own for it.
fn sentence(label: &str, kind: &ValidationErrorKind, given: &str) -> String {
    match kind {
        ValidationErrorKind::Type { kind } => {
            format!("{label} must be {}, not {given}.", types(kind))
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map_or(&[][..], Vec::as_slice);
            let shown: Vec<String> = options
                .iter()
                .take(10)
                .map(|one| plain(Some(one)))
                .collect();
            let more = if options.len() > 10 { ", …" } else { "" };
            format!(
                "{label} must be one of {}{more}, not {given}.",
                shown.join(", ")
            )
        }
        ValidationErrorKind::Constant { expected_value } => {
            format!(
                "{label} must be {}, not {given}.",
                plain(Some(expected_value))
            )
        }
        ValidationErrorKind::Custom { message, .. } => {
            format!("{label} must match the pattern {message}.")
        }
        ValidationErrorKind::Format { format } => {
            let meant = match format.as_str() {
                "email" | "idn-email" => "an e-mail address",
                "uri" | "iri" => "a URL",
                "date" => "a date, like 2026-11-25",
                "date-time" => "a date and a time, like 2026-11-25T16:00:00Z",
                "time" => "a time, like 16:00:00Z",
                "hostname" | "idn-hostname" => "the name of a host, like www.acme.example",
                "ipv4" => "an address, like 192.0.2.1",
                "ipv6" => "an address, like 2001:db8::1",
                "uuid" => "a UUID",
                "regex" => "a regular expression",
                other => return format!("{label} must be written as a {other}, not as {given}."),
            };
            format!("{label} must be {meant}, not {given}.")
        }
        ValidationErrorKind::Minimum { limit } => {
            format!("{label} must be {limit} or more, not {given}.")
        }
        ValidationErrorKind::Maximum { limit } => {
            format!("{label} must be {limit} or less, not {given}.")
        }
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            format!("{label} must be more than {limit}, not {given}.")
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => {
            format!("{label} must be less than {limit}, not {given}.")
        }
        ValidationErrorKind::MultipleOf { multiple_of } => {
            format!("{label} must be a multiple of {multiple_of}, not {given}.")
        }
        ValidationErrorKind::MinLength { limit } => {
            format!("{label} must have at least {limit} characters.")
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("{label} may have at most {limit} characters.")
        }
        ValidationErrorKind::MinItems { limit: 1 } => format!("{label} needs at least one entry."),
        ValidationErrorKind::MinItems { limit } => {
            format!("{label} needs at least {limit} entries.")
        }
        ValidationErrorKind::MaxItems { limit } => {
            format!("{label} may have at most {limit} entries.")
        }
        ValidationErrorKind::UniqueItems => format!("{label} has an entry twice."),
        ValidationErrorKind::Contains => format!("{label} lacks an entry that must be there."),
        ValidationErrorKind::MinProperties { limit } => {
            format!("{label} needs at least {limit} values within it.")
        }
        ValidationErrorKind::MaxProperties { limit } => {
            format!("{label} may have at most {limit} values within it.")
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => format!(
            "{label} fits several alternatives of which only one may be meant: answer what belongs to that one."
        ),
        ValidationErrorKind::FalseSchema => format!("{label} must be left out."),
        _ => format!("{label} cannot be {given}."),
    }
}

fn types(kind: &TypeKind) -> String {
    let named = |kind: jsonschema::JsonType| match kind {
        jsonschema::JsonType::Array => "a list",
        jsonschema::JsonType::Boolean => "yes or no",
        jsonschema::JsonType::Integer => "a whole number",
        jsonschema::JsonType::Null => "nothing",
        jsonschema::JsonType::Number => "a number",
        jsonschema::JsonType::Object => "an object",
        jsonschema::JsonType::String => "a text",
    };
    match kind {
        TypeKind::Single(kind) => named(*kind).to_owned(),
        TypeKind::Multiple(kinds) => {
            let kinds: Vec<&str> = kinds.iter().map(named).collect();
            kinds.join(" or ")
        }
    }
}

/// A value as it stands in a sentence, cut where it is long.
fn plain(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return "nothing".to_owned(),
        Some(Value::Bool(true)) => return "yes".to_owned(),
        Some(Value::Bool(false)) => return "no".to_owned(),
        Some(Value::Array(_)) => return "a list".to_owned(),
        Some(Value::Object(_)) => return "an object".to_owned(),
        Some(Value::String(text)) => format!("{text:?}"),
        Some(number) => number.to_string(),
    };
    if text.chars().count() <= 100 {
        return text;
    }
    let cut: String = text.chars().take(100).collect();
    format!("{cut}…")
}
