//! Modals and Home tabs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::api::{Answer, Arguments, Refused};
use super::blocks;
use super::limits::{self, Surface};
use super::schema;
use super::state::{State, View};
use super::workspace::{APP, BOT, TEAM};

/// How many views may lie on top of each other.
const STACK: usize = 3;

/// `views.open` and `views.push`.
pub fn open(state: &mut State, arguments: &Arguments, pushed: bool) -> Answer {
    let body = checked(
        state,
        arguments.json("view").unwrap_or(&Value::Null),
        Surface::Modal,
    )?;
    let trigger = arguments
        .text("trigger_id")
        .or_else(|| arguments.text("interactivity_pointer"));
    let person = state.pull(trigger.ok_or("invalid_arguments")?)?;
    let view = put(state, &person, body, pushed)?;
    Ok(json!({ "view": view }))
}

/// Puts a view on the screen of a person, alone or on top of the one that is there.
pub fn put(state: &mut State, person: &str, body: Value, pushed: bool) -> Answer {
    let id = state.id("V");
    let hash = format!("{}.{}", state.ts(), id);
    let stack = state.modals.entry(person.to_owned()).or_default();
    if pushed && stack.len() >= STACK {
        return Err("push_limit_reached".into());
    }
    if !pushed {
        stack.clear();
    }
    let view = View {
        root: stack
            .first()
            .map_or_else(|| id.clone(), |first| first.id.clone()),
        previous: stack.last().map(|last| last.id.clone()),
        id,
        hash,
        body,
        values: BTreeMap::new(),
        errors: Vec::new(),
        offered: BTreeMap::new(),
    };
    let described = view.described();
    stack.push(view);
    Ok(described)
}

/// `views.update`.
pub fn update(state: &mut State, arguments: &Arguments) -> Answer {
    let given = arguments.json("view").unwrap_or(&Value::Null);
    let surface = if given["type"] == "home" {
        Surface::Home
    } else {
        Surface::Modal
    };
    let body = checked(state, given, surface)?;
    let id = match (arguments.text("view_id"), arguments.text("external_id")) {
        (Some(id), _) => id.to_owned(),
        (None, Some(external)) => {
            let mut modals = state.modals.values().flatten();
            let found = modals.find(|view| view.body["external_id"] == external);
            found.ok_or("not_found")?.id.clone()
        }
        (None, None) => return Err("invalid_arguments".into()),
    };
    let view = replace(state, &id, body, arguments.text("hash"))?;
    Ok(json!({ "view": view }))
}

/// Puts another content into a view.
pub fn replace(state: &mut State, id: &str, body: Value, hash: Option<&str>) -> Answer {
    let next = state.ts();
    let view = state.view(id).ok_or("not_found")?;
    if hash.is_some_and(|hash| hash != view.hash) {
        return Err("hash_conflict".into());
    }
    view.hash = format!("{next}.{id}");
    // What was filled in stays where block and action are still there.
    let kept: Vec<(String, String)> = blocks::inputs(&body)
        .into_iter()
        .map(|(block, element)| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&block["block_id"]), text(&element["action_id"]))
        })
        .collect();
    view.values.retain(|key, _| kept.contains(key));
    view.errors.clear();
    view.body = body;
    Ok(view.described())
}

/// `views.publish`.
pub fn publish(state: &mut State, arguments: &Arguments) -> Answer {
    let body = checked(
        state,
        arguments.json("view").unwrap_or(&Value::Null),
        Surface::Home,
    )?;
    let person = arguments.text("user_id").unwrap_or_default().to_owned();
    if !state.people.iter().any(|known| known.id == person) {
        return Err("user_not_found".into());
    }
    if let Some(home) = state.homes.get(&person) {
        let id = home.id.clone();
        let view = replace(state, &id, body, arguments.text("hash"))?;
        return Ok(json!({ "view": view }));
    }
    let id = state.id("V");
    let home = View {
        root: id.clone(),
        previous: None,
        hash: format!("{}.{id}", state.ts()),
        id,
        body,
        values: BTreeMap::new(),
        errors: Vec::new(),
        offered: BTreeMap::new(),
    };
    let view = home.described();
    state.homes.insert(person, home);
    Ok(json!({ "view": view }))
}

/// Holds a view against its limits, and gives an id to the blocks that have none.
pub fn checked(state: &mut State, view: &Value, surface: Surface) -> Answer {
    let mut problems = limits::view_problems(view, surface);
    problems.extend(schema::view(view));
    if !problems.is_empty() {
        return Err(Refused {
            error: "invalid_arguments".to_owned(),
            ..limits::refusal(&problems)
        });
    }
    if blocks::shouts(view) {
        state.complain(format!("a view calls a whole channel: {view}"));
    }
    let mut view = view.clone();
    if let Some(list) = view["blocks"].as_array_mut() {
        blocks::name(state, list);
    }
    Ok(view)
}

impl View {
    /// As payloads and answers carry it.
    pub fn described(&self) -> Value {
        let given =
            |name: &str, otherwise: Value| self.body.get(name).cloned().unwrap_or(otherwise);
        let mut values = json!({});
        for (block, element) in blocks::inputs(&self.body) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (block, action) = (text(&block["block_id"]), text(&element["action_id"]));
            let value = self.values.get(&(block.clone(), action.clone())).cloned();
            values[block][action] = value.unwrap_or_else(|| blocks::initial(element));
        }
        let is_modal = self.body["type"] == "modal";
        json!({
            "id": self.id, "team_id": TEAM, "type": self.body["type"], "blocks": self.body["blocks"],
            "private_metadata": given("private_metadata", json!("")), "callback_id": given("callback_id", json!("")),
            "state": { "values": values }, "hash": self.hash,
            "title": given("title", json!({ "type": "plain_text", "text": "View Title", "emoji": true })),
            "clear_on_close": given("clear_on_close", json!(false)),
            "notify_on_close": given("notify_on_close", json!(false)),
            "close": given("close", Value::Null),
            "submit": given("submit", Value::Null),
            "previous_view_id": if is_modal { json!(self.previous) } else { Value::Null },
            "root_view_id": self.root, "app_id": APP, "external_id": given("external_id", json!("")),
            "app_installed_team_id": TEAM, "bot_id": BOT,
        })
    }
}
