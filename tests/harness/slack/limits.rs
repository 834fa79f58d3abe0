//! The limits of Block Kit: which fields there are, and how much fits into them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::api::Refused;
use super::blocks::{characters, inputs, offered};

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// In a message.
    Message,
    /// In a modal.
    Modal,
    /// In a Home tab.
    Home,
}

/// Everything that has a type, with its fields; `!` after those that must be there.
const FIELDS: [(&str, &str); 32] = [
    ("actions", "elements!"),
    (
        "button",
        "text! action_id value url style confirm accessibility_label",
    ),
    (
        "channels_select",
        "placeholder action_id initial_channel confirm focus_on_load response_url_enabled",
    ),
    (
        "checkboxes",
        "options! action_id initial_options confirm focus_on_load",
    ),
    ("context", "elements!"),
    (
        "conversations_select",
        "placeholder action_id initial_conversation confirm focus_on_load filter default_to_current_conversation response_url_enabled",
    ),
    (
        "datepicker",
        "action_id initial_date placeholder confirm focus_on_load",
    ),
    (
        "datetimepicker",
        "action_id initial_date_time confirm focus_on_load",
    ),
    ("divider", ""),
    (
        "email_text_input",
        "action_id initial_value placeholder focus_on_load dispatch_action_config",
    ),
    (
        "external_select",
        "placeholder action_id initial_option min_query_length confirm focus_on_load",
    ),
    ("header", "text!"),
    ("image", "alt_text! image_url slack_file title"),
    ("input", "label! element! hint optional dispatch_action"),
    ("markdown", "text!"),
    ("mrkdwn", "text! verbatim"),
    (
        "multi_external_select",
        "placeholder action_id initial_options min_query_length max_selected_items confirm focus_on_load",
    ),
    (
        "multi_static_select",
        "placeholder action_id options option_groups initial_options max_selected_items confirm focus_on_load",
    ),
    (
        "multi_users_select",
        "placeholder action_id initial_users max_selected_items confirm focus_on_load",
    ),
    (
        "number_input",
        "is_decimal_allowed! action_id initial_value min_value max_value placeholder focus_on_load dispatch_action_config",
    ),
    ("overflow", "options! action_id confirm"),
    ("plain_text", "text! emoji"),
    (
        "plain_text_input",
        "action_id initial_value multiline min_length max_length placeholder focus_on_load dispatch_action_config",
    ),
    (
        "radio_buttons",
        "options! action_id initial_option confirm focus_on_load",
    ),
    ("rich_text", "elements!"),
    ("section", "text fields accessory expand"),
    (
        "static_select",
        "placeholder action_id options option_groups initial_option confirm focus_on_load",
    ),
    ("table", "rows! column_settings"),
    (
        "timepicker",
        "action_id initial_time placeholder confirm focus_on_load timezone",
    ),
    (
        "url_text_input",
        "action_id initial_value placeholder focus_on_load dispatch_action_config",
    ),
    (
        "users_select",
        "placeholder action_id initial_user confirm focus_on_load",
    ),
    (
        "video",
        "alt_text! title! video_url! thumbnail_url! author_name description provider_icon_url provider_name title_url",
    ),
];

const BLOCKS: &str =
    "actions context divider header image input markdown rich_text section table video";

const IN_ACTIONS: &str = "button checkboxes datepicker datetimepicker multi_static_select multi_external_select multi_users_select \
    overflow radio_buttons static_select external_select users_select conversations_select channels_select timepicker";

const IN_SECTIONS: &str = "button checkboxes datepicker image multi_static_select multi_external_select multi_users_select \
    overflow radio_buttons static_select external_select users_select conversations_select channels_select timepicker";

const IN_INPUTS: &str = "checkboxes datepicker datetimepicker email_text_input multi_static_select multi_external_select \
    multi_users_select number_input plain_text_input radio_buttons static_select external_select users_select \
    conversations_select channels_select timepicker url_text_input";

/// What is wrong with the blocks of a message or a view.
pub fn problems(blocks: &Value, surface: Surface) -> Vec<String> {
    let mut judge = Judge::default();
    let most = if surface == Surface::Message { 50 } else { 100 };
    let Some(list) = blocks.as_array() else {
        return vec!["blocks are not a list".to_owned()];
    };
    judge.at_most("blocks", list.len(), most);
    let (mut names, mut markdown, mut tables) = (BTreeSet::new(), 0, 0);
    for (number, block) in list.iter().enumerate() {
        let at = format!("blocks/{number}");
        if let Some(name) = block["block_id"].as_str() {
            judge.length(&format!("{at}/block_id"), name, 255);
            if !names.insert(name) {
                judge.add(&at, "the block_id is there twice");
            }
        }
        let Some(kind) = judge.fields(&at, block, BLOCKS, "block_id") else {
            continue;
        };
        match kind {
            "markdown" => {
                markdown += block["text"]
                    .as_str()
                    .map_or(0, |text| text.chars().count());
            }
            "table" => tables += 1,
            "input" if surface == Surface::Message => {
                judge.add(&at, "the stand-in takes no inputs in messages");
            }
            _ => {}
        }
        if surface != Surface::Message && matches!(kind, "markdown" | "table") {
            judge.add(&at, "only messages have such blocks");
        }
        judge.block(&at, kind, block);
    }
    judge.at_most("the markdown blocks' characters", markdown, 12_000);
    judge.at_most("tables", tables, 1);
    judge.problems
}

/// What is wrong with a view.
pub fn view_problems(view: &Value, surface: Surface) -> Vec<String> {
    const MODAL: &str = "type title blocks close submit private_metadata callback_id clear_on_close notify_on_close \
        external_id submit_disabled";
    const HOME: &str = "type blocks private_metadata callback_id external_id";
    let mut judge = Judge::default();
    let (kind, takes) = if surface == Surface::Home {
        ("home", HOME)
    } else {
        ("modal", MODAL)
    };
    if view["type"] != kind {
        judge.add("view", &format!("the type is not {kind}"));
    }
    for field in view.as_object().into_iter().flat_map(Map::keys) {
        if !takes.split_whitespace().any(|known| known == field) {
            judge.add("view", &format!("there is no field {field}"));
        }
    }
    if surface == Surface::Modal {
        judge.text("view/title", &view["title"], "plain_text", 24);
        for name in ["close", "submit"] {
            if !view[name].is_null() {
                judge.text(&format!("view/{name}"), &view[name], "plain_text", 24);
            }
        }
        let has_input = !inputs(view).is_empty();
        if has_input && view["submit"].is_null() {
            judge.add("view", "inputs without submit");
        }
    }
    for (name, most) in [
        ("private_metadata", 3000),
        ("callback_id", 255),
        ("external_id", 255),
    ] {
        judge.length(
            &format!("view/{name}"),
            view[name].as_str().unwrap_or_default(),
            most,
        );
    }
    judge.problems.extend(problems(&view["blocks"], surface));
    judge.problems
}

/// How the service refuses blocks.
pub fn refusal(problems: &[String]) -> Refused {
    let messages: Vec<String> = problems
        .iter()
        .map(|problem| format!("[ERROR] {problem}"))
        .collect();
    Refused {
        error: "invalid_blocks".to_owned(),
        more: json!({ "errors": problems, "response_metadata": { "messages": messages } }),
    }
}

#[derive(Default)]
struct Judge {
    problems: Vec<String>,
}

impl Judge {
    fn add(&mut self, at: &str, problem: &str) {
        self.problems
            .push(format!("{problem} [json-pointer:/{at}]"));
    }

    fn at_most(&mut self, at: &str, count: usize, most: usize) {
        if count > most {
            self.add(
                at,
                &format!("no more than {most} items allowed, {count} given"),
            );
        }
    }

    fn length(&mut self, at: &str, text: &str, most: usize) {
        let count = text.chars().count();
        if count > most {
            self.add(
                at,
                &format!("must be less than {} characters, is {count}", most + 1),
            );
        }
    }

    /// The kind of something that has one, if it is allowed here; its fields are looked at as well.
    fn fields<'a>(
        &mut self,
        at: &str,
        value: &'a Value,
        allowed: &str,
        also: &str,
    ) -> Option<&'a str> {
        let kind = value["type"].as_str().unwrap_or_default();
        let known = FIELDS.iter().find(|(name, _)| *name == kind);
        let Some((_, takes)) =
            known.filter(|_| allowed.split_whitespace().any(|name| name == kind))
        else {
            self.add(at, &format!("unsupported type: {kind:?}"));
            return None;
        };
        for (field, value) in value.as_object().into_iter().flatten() {
            let fits = takes
                .split_whitespace()
                .any(|known| known.trim_end_matches('!') == field);
            if !fits && field != "type" && field != also {
                self.add(at, &format!("there is no field {field}"));
            }
            if value.is_null() {
                self.add(at, &format!("{field} is null"));
            }
        }
        for field in takes
            .split_whitespace()
            .filter_map(|field| field.strip_suffix('!'))
        {
            if value[field].is_null() {
                self.add(at, &format!("missing required field: {field}"));
            }
        }
        Some(kind)
    }

    /// A text object of a kind, or of either where the kinds are `plain_text mrkdwn`.
    fn text(&mut self, at: &str, value: &Value, kinds: &str, most: usize) {
        if self.fields(at, value, kinds, "").is_none() {
            return;
        }
        let text = value["text"].as_str().unwrap_or_default();
        if text.is_empty() {
            self.add(at, "must be more than 0 characters");
        }
        self.length(at, text, most);
    }

    fn block(&mut self, at: &str, kind: &str, block: &Value) {
        const EITHER: &str = "plain_text mrkdwn";
        match kind {
            "section" => {
                if block["text"].is_null() && block["fields"].is_null() {
                    self.add(at, "a section needs text or fields");
                }
                if !block["text"].is_null() {
                    self.text(&format!("{at}/text"), &block["text"], EITHER, 3000);
                }
                let fields = block["fields"].as_array().map_or(&[][..], Vec::as_slice);
                self.at_most(&format!("{at}/fields"), fields.len(), 10);
                for (number, field) in fields.iter().enumerate() {
                    self.text(&format!("{at}/fields/{number}"), field, EITHER, 2000);
                }
                if !block["accessory"].is_null() {
                    self.element(&format!("{at}/accessory"), &block["accessory"], IN_SECTIONS);
                }
            }
            "header" => self.text(&format!("{at}/text"), &block["text"], "plain_text", 150),
            "markdown" if block["text"].as_str().is_none_or(str::is_empty) => {
                self.add(at, "must be more than 0 characters");
            }
            "image" => self.image(at, block, true),
            "context" => {
                let elements = self.elements(at, block, 10);
                for (number, element) in elements.iter().enumerate() {
                    let at = format!("{at}/elements/{number}");
                    if element["type"] == "image" {
                        if self.fields(&at, element, "image", "").is_some() {
                            self.image(&at, element, false);
                        }
                    } else {
                        self.text(&at, element, EITHER, 3000);
                    }
                }
            }
            "actions" => {
                let elements = self.elements(at, block, 25);
                let mut names = BTreeSet::new();
                for (number, element) in elements.iter().enumerate() {
                    let at = format!("{at}/elements/{number}");
                    self.element(&at, element, IN_ACTIONS);
                    if element["action_id"]
                        .as_str()
                        .is_some_and(|name| !names.insert(name))
                    {
                        self.add(&at, "the action_id is there twice");
                    }
                }
            }
            "input" => {
                self.text(&format!("{at}/label"), &block["label"], "plain_text", 2000);
                if !block["hint"].is_null() {
                    self.text(&format!("{at}/hint"), &block["hint"], "plain_text", 2000);
                }
                self.element(&format!("{at}/element"), &block["element"], IN_INPUTS);
            }
            "table" => {
                let rows = block["rows"].as_array().map_or(&[][..], Vec::as_slice);
                self.at_most(&format!("{at}/rows"), rows.len(), 100);
                for row in rows {
                    self.at_most(
                        &format!("{at}/rows"),
                        row.as_array().map_or(0, Vec::len),
                        20,
                    );
                }
                let all = characters(&json!([block]));
                self.at_most(&format!("{at}'s characters"), all, 10_000);
            }
            _ => {}
        }
    }

    fn elements<'a>(&mut self, at: &str, block: &'a Value, most: usize) -> &'a [Value] {
        let elements = block["elements"].as_array().map_or(&[][..], Vec::as_slice);
        if elements.is_empty() {
            self.add(&format!("{at}/elements"), "no fewer than 1 items allowed");
        }
        self.at_most(&format!("{at}/elements"), elements.len(), most);
        elements
    }

    fn image(&mut self, at: &str, image: &Value, is_block: bool) {
        self.length(at, image["alt_text"].as_str().unwrap_or_default(), 2000);
        self.length(at, image["image_url"].as_str().unwrap_or_default(), 3000);
        if image["image_url"].is_null() == image["slack_file"].is_null() {
            self.add(at, "an image has either an image_url or a slack_file");
        }
        if !image["title"].is_null() {
            if is_block {
                self.text(&format!("{at}/title"), &image["title"], "plain_text", 2000);
            } else {
                self.add(at, "there is no field title");
            }
        }
    }

    fn element(&mut self, at: &str, element: &Value, allowed: &str) {
        let Some(kind) = self.fields(at, element, allowed, "") else {
            return;
        };
        self.length(
            &format!("{at}/action_id"),
            element["action_id"].as_str().unwrap_or_default(),
            255,
        );
        if !element["placeholder"].is_null() {
            self.text(
                &format!("{at}/placeholder"),
                &element["placeholder"],
                "plain_text",
                150,
            );
        }
        if !element["confirm"].is_null() {
            self.confirm(&format!("{at}/confirm"), &element["confirm"]);
        }
        match kind {
            "button" => {
                self.text(&format!("{at}/text"), &element["text"], "plain_text", 75);
                self.length(
                    &format!("{at}/value"),
                    element["value"].as_str().unwrap_or_default(),
                    2000,
                );
                self.length(
                    &format!("{at}/url"),
                    element["url"].as_str().unwrap_or_default(),
                    3000,
                );
                self.length(
                    at,
                    element["accessibility_label"].as_str().unwrap_or_default(),
                    75,
                );
                let style = &element["style"];
                if !style.is_null() && style != "primary" && style != "danger" {
                    self.add(at, "a style is primary or danger");
                }
            }
            "image" => self.image(at, element, false),
            "overflow" => self.options(at, element, 5),
            "checkboxes" | "radio_buttons" => self.options(at, element, 10),
            "static_select" | "multi_static_select" => self.options(at, element, 100),
            "plain_text_input" => {
                for name in ["min_length", "max_length"] {
                    if element[name].as_u64().is_some_and(|length| length > 3000) {
                        self.add(at, &format!("{name} is more than 3000"));
                    }
                }
                self.length(
                    at,
                    element["initial_value"].as_str().unwrap_or_default(),
                    3000,
                );
            }
            "number_input" => {
                for name in ["min_value", "max_value", "initial_value"] {
                    if !element[name].is_null() && !element[name].is_string() {
                        self.add(at, &format!("{name} is not a text"));
                    }
                }
            }
            _ => {}
        }
    }

    /// The options of a select, in groups or not, and that what is chosen at first is one of them.
    fn options(&mut self, at: &str, element: &Value, most: usize) {
        self.offered(at, element, most);
        let all = offered(element);
        let initial = [&element["initial_option"]]
            .into_iter()
            .chain(element["initial_options"].as_array().into_iter().flatten());
        for chosen in initial.filter(|chosen| !chosen.is_null()) {
            if !all.contains(&chosen) {
                self.add(at, "what is chosen at first is none of the options");
            }
        }
    }

    fn offered(&mut self, at: &str, holder: &Value, most: usize) {
        let groups = holder["option_groups"].as_array();
        if holder["options"].is_null() == groups.is_none() {
            self.add(at, "either options or option_groups");
        }
        self.at_most(
            &format!("{at}/option_groups"),
            groups.map_or(0, Vec::len),
            100,
        );
        for (number, group) in groups.into_iter().flatten().enumerate() {
            self.text(
                &format!("{at}/option_groups/{number}/label"),
                &group["label"],
                "plain_text",
                75,
            );
        }
        let lists = groups.into_iter().flatten().chain([holder]);
        for list in lists.filter_map(|list| list["options"].as_array()) {
            if list.is_empty() {
                self.add(&format!("{at}/options"), "no fewer than 1 items allowed");
            }
            self.at_most(&format!("{at}/options"), list.len(), most);
            for (number, option) in list.iter().enumerate() {
                let at = format!("{at}/options/{number}");
                let kinds = if most == 10 {
                    "plain_text mrkdwn"
                } else {
                    "plain_text"
                };
                self.text(&format!("{at}/text"), &option["text"], kinds, 75);
                if !option["value"].is_string() {
                    self.add(&at, "missing required field: value");
                }
                self.length(
                    &format!("{at}/value"),
                    option["value"].as_str().unwrap_or_default(),
                    150,
                );
                if !option["description"].is_null() {
                    self.text(
                        &format!("{at}/description"),
                        &option["description"],
                        kinds,
                        75,
                    );
                }
                for field in option.as_object().into_iter().flat_map(Map::keys) {
                    if !matches!(&**field, "text" | "value" | "description" | "url") {
                        self.add(&at, &format!("there is no field {field}"));
                    }
                }
            }
        }
    }

    fn confirm(&mut self, at: &str, confirm: &Value) {
        for (name, most) in [("title", 100), ("confirm", 30), ("deny", 30)] {
            self.text(&format!("{at}/{name}"), &confirm[name], "plain_text", most);
        }
        self.text(
            &format!("{at}/text"),
            &confirm["text"],
            "plain_text mrkdwn",
            300,
        );
    }
}

/// What is wrong with the options that an acknowledgement brings.
pub fn option_problems(answer: &Value) -> Vec<String> {
    let mut judge = Judge::default();
    let has_some = |name: &str| answer[name].as_array().is_some_and(|list| !list.is_empty());
    if has_some("options") || has_some("option_groups") {
        judge.offered("answer", answer, 100);
    } else if !answer["options"].is_array() {
        judge.add("answer", "no options");
    }
    judge.problems
}
