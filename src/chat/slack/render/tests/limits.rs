use proptest::prelude::*;

use super::*;
use crate::chat::slack::limit::{self, length};

/// Fails when a value goes beyond what Slack takes, or holds an element that steers.
fn check(value: &Value, at: &str, total: &mut usize) -> Result<(), TestCaseError> {
    if let Some(kind) = value.get("type") {
        let kind = kind.as_str().unwrap_or_default();
        let known = [
            "rich_text",
            "rich_text_section",
            "rich_text_list",
            "rich_text_quote",
            "rich_text_preformatted",
            "text",
            "link",
            "header",
            "plain_text",
            "divider",
            "table",
            "raw_text",
            "actions",
            "button",
            "static_select",
            "image",
            "context",
            "mrkdwn",
        ];
        prop_assert!(known.contains(&kind), "{at}: {kind}");
        let text = value.get("text").and_then(Value::as_str).map(length);
        prop_assert!(text != Some(0), "{at}: nothing in it");
        let most = match kind {
            "plain_text" if at.ends_with("header") => limit::HEADER,
            "plain_text" => limit::LABEL,
            _ => 3_000,
        };
        prop_assert!(text.unwrap_or(0) <= most, "{at}: {kind} of {text:?}");
        *total += text.unwrap_or(0);
        if let Some(value) = value.get("value").and_then(Value::as_str) {
            prop_assert!(length(value) <= limit::BUTTON_VALUE);
            *total += length(value);
        }
        for (name, most) in [
            ("elements", 10_000),
            ("options", limit::OPTIONS),
            ("rows", limit::ROWS),
        ] {
            if let Some(list) = value.get(name).and_then(Value::as_array) {
                let most = if kind == "actions" {
                    limit::ELEMENTS
                } else {
                    most
                };
                prop_assert!(
                    (1..=most).contains(&list.len()),
                    "{at}: {kind} with {} {name}",
                    list.len()
                );
            }
        }
        if kind == "mrkdwn" {
            prop_assert!(
                value["text"]
                    .as_str()
                    .unwrap_or_default()
                    .matches('<')
                    .count()
                    <= 1
            );
        }
    }
    let at = match value.get("type") {
        Some(kind) => format!("{at}/{}", kind.as_str().unwrap_or_default()),
        None => at.to_owned(),
    };
    match value {
        Value::Array(values) => values.iter().try_for_each(|value| check(value, &at, total)),
        Value::Object(values) => values
            .values()
            .try_for_each(|value| check(value, &at, total)),
        _ => Ok(()),
    }
}

fn check_all(reply: &Reply) -> Result<(), TestCaseError> {
    let beside = Beside {
        picture: Some(Shown::File("F1")),
        shared_by: Some("U1"),
    };
    let rendered = render(reply, &beside);
    for message in &rendered.messages {
        prop_assert!(!message.text.is_empty() && length(&message.text) <= TEXT);
        prop_assert!(!message.text.contains(['<', '>']));
        prop_assert!(
            message.blocks.len() <= limit::BLOCKS,
            "{} blocks",
            message.blocks.len()
        );
        prop_assert!(
            message
                .blocks
                .iter()
                .filter(|block| block["type"] == "table")
                .count()
                <= 1
        );
        let mut total = 0;
        check(&json!(message.blocks), "", &mut total)?;
        prop_assert!(total <= 12_000, "{total} in one message");
        let size = length(&json!(message.blocks).to_string().replace('\\', ""));
        prop_assert!(size <= 13_200, "{size} in one message");
        let mut ids: Vec<&str> = message
            .blocks
            .iter()
            .flat_map(|block| block["elements"].as_array().into_iter().flatten())
            .filter_map(|element| element["action_id"].as_str())
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), count);
        prop_assert!(
            !json!(message.blocks).to_string().contains("\\u0"),
            "a control character"
        );
    }
    let plain = plain(reply);
    prop_assert!(length(&plain) <= TEXT && !plain.contains(['<', '>']));
    Ok(())
}

proptest! {
    #[test]
    fn any_markdown_keeps_every_limit(
        text in "([-a ñ支🚀*_`#>|\\[\\]()<>!&;:/.\n\t\x1b\u{9b}0-9]|https://e.co|<!here>|\\| a \\|\n\\|---\\|\n|- |1\\. |# |> |```\n){0,80}",
        times in 1_usize..150,
        labels in proptest::collection::vec(("[a-z支🚀 <>:&\u{7}]{0,90}", "[a-z <>`\"]{0,300}"), 0..40),
    ) {
        let choices = labels.iter().map(|(label, line)| choice(label, line)).collect();
        let picture = Some(Picture { png: Vec::new(), alt: text.clone() });
        check_all(&Reply { markdown: text.repeat(times), choices, picture, ..Reply::default() })?;
    }

    #[test]
    fn any_data_in_an_answer_stays_data(data in "(<!channel>|<@U1>|<#C1>|<https://a\\.b\\|c>|:tada:|[&<>|*_~`:@!a-c\n ]){0,40}") {
        let (text, code) = (markdown::text(&data), markdown::code(&data));
        let answer = format!("# {text}\n\n- **{text}** ({code})\n- {}\n\n| {text} |\n|---|\n| {code} |\n\n{}", markdown::link(&data, "https://e.com"), markdown::block(&data, ""));
        let reply = Reply { choices: vec![choice(&data, "help")], ..Reply::text(answer) };
        check_all(&reply)?;
        let rendered = render(&reply, &Beside::default());
        let all = json!(rendered.messages[0].blocks).to_string();
        // The data is there as it was written, in elements that are nothing but text.
        let wanted = data.split_whitespace().next().unwrap_or_default();
        prop_assert!(all.contains(json!(wanted).to_string().trim_matches('"')), "{all}");
    }
}
