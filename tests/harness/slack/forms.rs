//! Modals as a person uses them: fill in, search, send, close.

use serde_json::{Value, json};

use super::acts::interaction;
use super::blocks;
use super::limits::{self, Surface};
use super::state::{State, View};
use super::workspace::merge;
use super::{Delivered, Delivery, SlackStandIn, readable, views};

impl SlackStandIn {
    /// The modal that is open on a person's screen, once there is one; the events that open it may still be on their way.
    pub async fn modal(&self, person: &str) -> String {
        self.until(&format!("a modal for {person}"), |state| {
            let id = state.person_id(person);
            let top = state.modals.get(&id).and_then(|stack| stack.last())?;
            Some(readable::view(state, top))
        })
        .await
    }

    /// The modal that is open on a person's screen, once it shows the words.
    pub async fn modal_with(&self, person: &str, words: &str) -> String {
        self.until(&format!("a modal for {person} with {words}"), |state| {
            let id = state.person_id(person);
            let top = state.modals.get(&id).and_then(|stack| stack.last())?;
            Some(readable::view(state, top)).filter(|view| view.contains(words))
        })
        .await
    }

    /// Whether a person has a modal open.
    pub fn has_modal(&self, person: &str) -> bool {
        let state = self.lock();
        let id = state.person_id(person);
        state.modals.get(&id).is_some_and(|stack| !stack.is_empty())
    }

    /// A person's Home tab, once it shows the words.
    pub async fn home_with(&self, person: &str, words: &str) -> String {
        self.until(&format!("a Home tab for {person} with {words}"), |state| {
            let id = state.person_id(person);
            let home = state.homes.get(&id)?;
            Some(readable::view(state, home)).filter(|view| view.contains(words))
        })
        .await
    }

    /// A person's Home tab, once there is one.
    pub async fn home(&self, person: &str) -> String {
        self.home_with(person, "").await
    }

    /// Fills in fields of the open modal: labels and what is written or chosen there; several choices have commas between
    /// them, and nothing clears the field.
    pub fn fills(&self, person: &str, values: &[(&str, &str)]) {
        let mut state = self.lock();
        let id = state.person_id(person);
        let people: Vec<(String, String)> = state
            .people
            .iter()
            .map(|person| (person.name.clone(), person.id.clone()))
            .collect();
        let view = top(&mut state, &id);
        for (label, value) in values {
            let (block, element) = readable::labelled(&view.body, label);
            let key = (name(&block["block_id"]), name(&element["action_id"]));
            let offered = view.offered.get(&key.1).cloned();
            let filled = filled(element, offered.as_ref(), value, &people);
            view.values.insert(key, filled);
        }
    }

    /// Somebody types into an external select of the open modal; what is offered.
    pub async fn types(&self, person: &str, label: &str, text: &str) -> Vec<String> {
        let (payload, id, action) = {
            let mut state = self.lock();
            let id = state.person_id(person);
            let mut payload = interaction(&mut state, "block_suggestion", &id);
            let view = top(&mut state, &id);
            let (block, element) = readable::labelled(&view.body, label);
            let least = element["min_query_length"].as_u64().unwrap_or(3);
            if (text.chars().count() as u64) < least {
                return Vec::new();
            }
            let action = name(&element["action_id"]);
            merge(
                &mut payload,
                json!({
                    "block_id": block["block_id"], "action_id": action, "value": text, "view": view.described(),
                    "container": { "type": "view", "view_id": view.id },
                }),
            );
            (payload, id, action)
        };
        let delivered = self.delivers(Delivery::interactive(payload, true)).await;
        let answer = delivered.answer.unwrap_or_else(|| json!({}));
        let mut state = self.lock();
        let problems = limits::option_problems(&answer);
        if !problems.is_empty() {
            state.complain(format!(
                "the options are refused: {}\n{answer}",
                problems.join("\n")
            ));
        }
        let texts = blocks::offered(&answer)
            .into_iter()
            .map(|option| name(&option["text"]["text"]))
            .collect();
        if let Some(view) = state.modals.get_mut(&id).and_then(|stack| stack.last_mut()) {
            view.offered.insert(action, answer);
        }
        texts
    }

    /// Somebody fills in fields of the open modal and sends it. What the service itself does not let through is not sent,
    /// but shown like the bot's own errors; `None` then.
    pub async fn submit(&self, person: &str, values: &[(&str, &str)]) -> Option<Delivered> {
        self.fills(person, values);
        let (payload, id) = {
            let mut state = self.lock();
            let person = state.person_id(person);
            let view = top(&mut state, &person);
            assert!(
                !view.body["submit"].is_null(),
                "the modal has nothing to send: {}",
                view.body
            );
            view.errors = refused(view);
            if !view.errors.is_empty() {
                return None;
            }
            let (described, id) = (view.described(), view.id.clone());
            let mut payload = interaction(&mut state, "view_submission", &person);
            payload["view"] = described;
            payload["response_urls"] = json!([]);
            (payload, (person, id))
        };
        let delivered = self.delivers(Delivery::interactive(payload, true)).await;
        let (person, id) = id;
        let answer = delivered
            .answer
            .clone()
            .unwrap_or_else(|| json!({ "response_action": null }));
        submitted(&mut self.lock(), &person, &id, &answer);
        self.shared.news();
        Some(delivered)
    }

    /// Somebody closes the open modal, whose stack goes with it when `all` is set. The bot is told when the view asks for
    /// it.
    pub async fn closes(&self, person: &str, all: bool) -> Option<Delivered> {
        let payload = {
            let mut state = self.lock();
            let person = state.person_id(person);
            let closed = top(&mut state, &person).clone();
            let stack = state.modals.get_mut(&person).expect("it has a top");
            if all {
                stack.clear();
            } else {
                stack.pop();
            }
            if closed.body["notify_on_close"] != true {
                return None;
            }
            let mut payload = interaction(&mut state, "view_closed", &person);
            merge(
                &mut payload,
                json!({ "view": closed.described(), "is_cleared": all }),
            );
            if let Value::Object(fields) = &mut payload {
                fields.shift_remove("trigger_id");
            }
            payload
        };
        Some(self.delivers(Delivery::interactive(payload, false)).await)
    }
}

/// The modal that a person sees.
fn top<'a>(state: &'a mut State, person: &str) -> &'a mut View {
    let top = state
        .modals
        .get_mut(person)
        .and_then(|stack| stack.last_mut());
    top.unwrap_or_else(|| panic!("{person} has no modal open"))
}

fn name(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What an element holds when a person has written or chosen this.
fn filled(
    element: &Value,
    offered: Option<&Value>,
    value: &str,
    people: &[(String, String)],
) -> Value {
    let kind = name(&element["type"]);
    let option = |text: &str| {
        let mut options = blocks::offered(element);
        options.extend(offered.into_iter().flat_map(blocks::offered));
        let found = options
            .into_iter()
            .find(|option| option["text"]["text"] == text);
        found
            .unwrap_or_else(|| panic!("{text} is not offered: {element} {offered:?}"))
            .clone()
    };
    let user = |short: &str| {
        let found = people.iter().find(|(name, _)| name == short);
        found
            .unwrap_or_else(|| panic!("nobody is called {short}"))
            .1
            .clone()
    };
    let several: Vec<&str> = value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let one = (!value.is_empty()).then_some(value);
    let (field, content) = match &*kind {
        "static_select" | "external_select" | "radio_buttons" => {
            ("selected_option", json!(one.map(option)))
        }
        "checkboxes" | "multi_static_select" | "multi_external_select" => (
            "selected_options",
            several.into_iter().map(option).collect(),
        ),
        "users_select" => ("selected_user", json!(one.map(user))),
        "multi_users_select" => ("selected_users", several.into_iter().map(user).collect()),
        "datepicker" => ("selected_date", json!(one)),
        "timepicker" => ("selected_time", json!(one)),
        _ => ("value", json!(one)),
    };
    json!({ "type": kind, field: content })
}

/// What the service itself says against the fields, before anything is sent.
fn refused(view: &View) -> Vec<(String, String)> {
    let described = view.described();
    let mut errors = Vec::new();
    for (block, element) in blocks::inputs(&view.body) {
        let (id, action) = (name(&block["block_id"]), name(&element["action_id"]));
        let value = &described["state"]["values"][&id][&action];
        let fields = value.as_object().into_iter().flatten();
        let is_empty = fields
            .filter(|(name, _)| *name != "type")
            .all(|(_, value)| value.is_null() || value == "" || *value == json!([]));
        if is_empty {
            if block["optional"] != true {
                errors.push((id, "Please complete this required field.".to_owned()));
            }
            continue;
        }
        let text = value["value"].as_str().unwrap_or_default();
        let length = text.chars().count() as u64;
        if element["min_length"]
            .as_u64()
            .is_some_and(|least| length < least)
        {
            errors.push((id.clone(), "Please enter more characters.".to_owned()));
        }
        let most = element["max_length"].as_u64().unwrap_or(3000);
        if length > most && element["type"] == "plain_text_input" {
            errors.push((id.clone(), "Please enter fewer characters.".to_owned()));
        }
        if element["type"] == "number_input" {
            let bound = |name: &str| {
                element[name]
                    .as_str()
                    .and_then(|bound| bound.parse::<f64>().ok())
            };
            let number = text.parse::<f64>().ok();
            let whole = element["is_decimal_allowed"] == true || !text.contains('.');
            let inside = number.is_some_and(|number| {
                bound("min_value").is_none_or(|least| number >= least)
                    && bound("max_value").is_none_or(|most| number <= most)
            });
            if !inside || !whole {
                errors.push((id, "Please enter a valid number.".to_owned()));
            }
        }
    }
    errors
}

/// What becomes of a view when the answer to its submission is there.
fn submitted(state: &mut State, person: &str, id: &str, answer: &Value) {
    let known = ["response_action", "errors", "view"];
    if let Some(field) = answer
        .as_object()
        .and_then(|answer| answer.keys().find(|field| !known.contains(&&***field)))
    {
        state.complain(format!(
            "the answer to a submission has no field {field}: {answer}"
        ));
    }
    let refusal = match answer["response_action"].as_str() {
        None => {
            if let Some(stack) = state.modals.get_mut(person) {
                stack.retain(|view| view.id != id);
            }
            return;
        }
        Some("clear") => {
            state.modals.remove(person);
            return;
        }
        Some("errors") => {
            let errors = answer["errors"].as_object().cloned().unwrap_or_default();
            let Some(view) = state.view(id) else { return };
            let inputs: Vec<String> = blocks::inputs(&view.body)
                .iter()
                .map(|(block, _)| name(&block["block_id"]))
                .collect();
            view.errors = errors
                .iter()
                .map(|(block, error)| (block.clone(), name(error)))
                .collect();
            let strange = view
                .errors
                .iter()
                .find(|(block, error)| !inputs.contains(block) || error.is_empty());
            let strange = strange.map(|(block, _)| {
                format!("an error at {block}, where there is no input, or an empty one")
            });
            let none = errors
                .is_empty()
                .then(|| "response_action errors without errors".to_owned());
            if let Some(complaint) = strange.or(none) {
                state.complain(complaint);
            }
            return;
        }
        Some(action @ ("update" | "push")) => {
            views::checked(state, &answer["view"], Surface::Modal).and_then(|body| {
                if action == "push" {
                    views::put(state, person, body, true)
                } else {
                    views::replace(state, id, body, None)
                }
            })
        }
        Some(other) => {
            state.complain(format!("there is no response_action {other}"));
            return;
        }
    };
    if let Err(refused) = refusal {
        state.complain(format!(
            "the view in an answer was refused: {} {}\n{answer}",
            refused.error, refused.more
        ));
    }
}
