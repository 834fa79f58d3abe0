//! What comes back of a modal.

use serde_json::Value;

use super::field::{INPUT, answer};
use super::{BACK, CALLBACK};
use crate::chat::slack::address::Address;
use crate::message::Query;
use crate::message::form::{Answers, Submission};

/// What stands before the id of a person who was picked.
pub(super) const PERSON: &str = "slack/";

/// The page that was sent: the `view` of a `view_submission` payload. `None`: it is no page of a form.
pub fn submission(view: &Value) -> Option<Submission> {
    Some(Submission {
        draft: draft(view)?,
        answers: answers(view),
        back: false,
    })
}

/// The page that is to be turned back: of a `block_actions` payload one of the `actions`, and the `view`. `None`: it is
/// another button.
pub fn back(action: &Value, view: &Value) -> Option<Submission> {
    if action.get("action_id")?.as_str()? != BACK {
        return None;
    }
    let page = submission(view)?;
    Some(Submission { back: true, ..page })
}

/// What somebody types into a field that offers options: of a `block_suggestion` payload.
pub fn query(payload: &Value) -> Option<Query> {
    let text = |name: &str| Some(payload.get(name)?.as_str()?.to_owned());
    Some(Query {
        draft: draft(payload.get("view")?)?,
        field: text("block_id")?,
        typed: text("value").unwrap_or_default(),
    })
}

fn draft(view: &Value) -> Option<String> {
    let text = |name: &str| view.get(name)?.as_str();
    (text("callback_id")? == CALLBACK).then_some(())?;
    Some(text("private_metadata")?.to_owned())
}

/// What stands in the inputs. Those that are empty are left out.
fn answers(view: &Value) -> Answers {
    let mut answers = Answers::default();
    let team = ["app_installed_team_id", "team_id"]
        .iter()
        .find_map(|name| view.get(name)?.as_str());
    // A page that nobody has touched may come without any state.
    let blocks = view.pointer("/state/values").and_then(Value::as_object);
    for (name, inputs) in blocks.into_iter().flatten() {
        if let Some(value) = inputs.get(INPUT).and_then(|input| value(input, team)) {
            answers.set(name.as_str(), value);
        }
    }
    answers
}

fn value(input: &Value, team: Option<&str>) -> Option<Value> {
    let text = |name: &str| Some(input.get(name)?.as_str()?.to_owned());
    match input.get("type")?.as_str()? {
        "plain_text_input" | "number_input" => text("value").map(Value::from),
        "datepicker" => text("selected_date").map(Value::from),
        "users_select" => {
            // Slack's ids are known within a workspace, and people everywhere by both.
            let person = Address::person(team?, &text("selected_user")?).to_string();
            Some(Value::from(format!("{PERSON}{person}")))
        }
        "radio_buttons" | "static_select" | "external_select" => {
            answer(input.get("selected_option")?)
        }
        "checkboxes" | "multi_static_select" | "multi_external_select" => {
            let options = input.get("selected_options")?.as_array()?;
            Some(options.iter().filter_map(answer).collect())
        }
        _ => None,
    }
}

/// Reads JSON that we wrote ourselves.
pub(super) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}
