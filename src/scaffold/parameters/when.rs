//! `when:` of a page or a field: the expression that says whether it is shown.

use serde_json::{Map, Value};

use super::logic::settled;
use crate::message::form::Condition;
use crate::scaffold::expression::{Options, Surroundings, Template};

/// What must hold of the answers. `None`: that cannot be told before the expression is evaluated.
pub(super) fn told(text: &str) -> Option<Condition> {
    let condition = parsed(text)?.condition()?;
    Some(settled(&condition, &Map::new()))
}

/// Whether something is shown to somebody who gave these answers so far. As in Backstage, what cannot be evaluated hides
/// nothing.
pub(super) fn is_shown(shown: Option<&Value>, answers: &Map<String, Value>) -> bool {
    let text = match shown {
        Some(Value::Bool(shown)) => return *shown,
        Some(Value::String(text)) if !text.trim().is_empty() => text,
        _ => return true,
    };
    let Some(template) = parsed(text) else {
        return true;
    };
    let mut context = Map::new();
    context.insert("parameters".to_owned(), Value::Object(answers.clone()));
    match template.evaluate(&context, &Surroundings::default()) {
        Ok(None | Some(Value::Null | Value::Bool(false))) => false,
        Ok(Some(Value::String(text))) => !text.is_empty(),
        Ok(Some(Value::Number(number))) => number.as_f64() != Some(0.0),
        Ok(Some(Value::Array(list))) => !list.is_empty(),
        Ok(Some(_)) | Err(_) => true,
    }
}

/// The braces may be left out.
fn parsed(text: &str) -> Option<Template> {
    let text = text.trim();
    let source = if text.starts_with("${{") {
        text.to_owned()
    } else {
        format!("${{{{ {text} }}}}")
    };
    Template::parse(&source, Options::default()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn braces_may_be_left_out_and_errors_hide_nothing() {
        let answers = json!({"kind": "web", "extras": []});
        let answers = answers.as_object().expect("an object");
        let shown = |text: &str| is_shown(Some(&json!(text)), answers);
        assert!(shown("${{ parameters.kind === 'web' }}"));
        assert!(!shown("parameters.kind === 'job'"));
        assert!(!shown(" parameters.extras "));
        assert!(!shown("parameters.missing"));
        assert!(shown("${{ parameters.kind | nothing }}"));
        assert!(shown("${{ parameters.kind"));
        assert!(shown(""));
        assert!(!is_shown(Some(&json!(false)), answers));
        assert!(is_shown(None, answers));
    }

    #[test]
    fn a_condition_is_told_from_either_form() {
        let equals = Condition::Equals {
            field: "kind".to_owned(),
            equals: json!("web"),
        };
        assert_eq!(told("parameters.kind === 'web'"), Some(equals.clone()));
        assert_eq!(told("${{ parameters.kind === 'web' }}"), Some(equals));
        assert_eq!(told("parameters.kind | upper"), None);
    }
}
