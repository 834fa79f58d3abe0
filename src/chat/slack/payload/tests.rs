#![allow(clippy::needless_pass_by_value)] // so that JSON stands where it is used

use std::fmt::Write as _;

use serde_json::json;

use super::*;
use crate::message::Choice;

const READER: Reader<'_> = Reader {
    team: "T1",
    own: "U0BOT",
    prefix: "cb-",
};

/// What is heard, in a line: id, place, who, what.
fn told(kind: Kind, payload: &Value) -> String {
    match READER.read(kind, payload) {
        Heard::Revoked => "revoked".to_owned(),
        Heard::Nothing(name) => format!("nothing ({name})"),
        Heard::Happened(happening) => {
            let Happening { place, sender, .. } = &*happening;
            let mut told = format!("{} {}", happening.id.0, place.channel);
            if let Some(thread) = &place.thread {
                let _ = write!(told, " in {thread}");
            }
            if place.direct {
                told.push_str(" alone");
            }
            if let Some(whisper) = &place.whisper {
                let way = whisper.ticket.as_ref().map(Ticket::expose);
                let _ = write!(told, " to {} by {way:?}", whisper.person);
            }
            let ticket = happening.ticket.as_ref().map(Ticket::expose);
            format!("{told}\n  {} {:?} {ticket:?}", sender.id, happening.event)
        }
    }
}

fn event(event: Value) -> String {
    let payload = json!({
        "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event,
        "authorizations": [{"team_id": "T1", "user_id": "U0BOT"}],
    });
    assert_eq!(team(Kind::Event, &payload), Some("T1"));
    told(Kind::Event, &payload)
}

/// A message with these fields more.
fn message(more: Value) -> String {
    let mut fields = json!({"type": "message", "user": "U1", "channel": "C1", "channel_type": "channel", "ts": "17.5"});
    for (name, value) in more.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    event(fields)
}

#[test]
fn slash_commands_are_lines() {
    let command = |command: &str, text: &str| {
        let payload = json!({
            "team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": command, "text": text,
            "response_url": "https://hooks.example/commands/1", "trigger_id": "1.2.a",
        });
        told(Kind::Command, &payload)
    };
    insta::assert_snapshot!(command("/who-owns", " payments "), @r#"
    T1/911138fde6aa2b01de9f7bfb T1/C1 to T1/U1 by Some("reply https://hooks.example/commands/1")
      T1/U1 Said("who-owns payments") Some("1.2.a")
    "#);
    assert!(command("/cb-who-owns", "a &amp; b").contains(r#"Said("who-owns a & b")"#));
    assert!(command("/callboard", "show payments").contains(r#"Said("show payments")"#));
    assert!(command("/callboard", "").contains(r#"Said("help")"#));
    assert!(command("/cb-health", "").contains(r#"Said("health")"#));
}

#[test]
fn a_mention_is_answered_in_its_thread_by_whichever_event_comes_first() {
    let text = json!({"text": "<@U0BOT>: who owns payments?"});
    let mention = message(json!({"type": "app_mention", "text": "<@U0BOT>: who owns payments?"}));
    assert_eq!(mention, message(text));
    insta::assert_snapshot!(mention, @r#"
    T1/C1/17.5 T1/C1 in 17.5
      T1/U1 Said("who owns payments?") None
    "#);
    let within = message(json!({"text": "<@U0BOT> status", "thread_ts": "16.0"}));
    assert!(within.starts_with("T1/C1/17.5 T1/C1 in 16.0\n"), "{within}");
}

#[test]
fn threads_are_overheard_and_their_marked_lines_are_meant() {
    let within = |text: &str| message(json!({"text": text, "thread_ts": "16.0"}));
    insta::assert_snapshot!(within("and the docs?"), @r#"
    T1/C1/17.5 T1/C1 in 16.0
      T1/U1 Overheard("and the docs?") None
    "#);
    assert!(within("!who-owns payments").contains(r#"Said("who-owns payments")"#));
    assert!(within("!!!").contains(r#"Overheard("!!!")"#));
    assert_eq!(within(""), "nothing (message)");
    // At the top of a channel people talk to each other.
    assert_eq!(
        message(json!({"text": "!who-owns payments"})),
        "nothing (message)"
    );
    let broadcast = json!({"text": "!status", "thread_ts": "16.0", "subtype": "thread_broadcast"});
    assert!(message(broadcast).contains("Said"));
}

#[test]
fn a_direct_conversation_needs_no_mark() {
    let direct = |more: Value| {
        let mut fields =
            json!({"channel": "D1", "channel_type": "im", "text": "who owns <#C1|pay>?"});
        for (name, value) in more.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        message(fields)
    };
    insta::assert_snapshot!(direct(json!({})), @r##"
    T1/D1/17.5 T1/U1 alone
      T1/U1 Said("who owns #pay?") None
    "##);
    assert!(direct(json!({"thread_ts": "16.0"})).starts_with("T1/D1/17.5 T1/U1 in 16.0 alone"));
    assert!(direct(json!({"text": "!status"})).contains(r#"Said("status")"#));
}

#[test]
fn what_is_no_new_line_of_a_person_is_nothing() {
    let said = json!({"text": "<@U0BOT> status"});
    let with = |more: Value| {
        let mut fields = said.clone();
        for (name, value) in more.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        message(fields)
    };
    assert!(with(json!({})).contains("Said"));
    assert_eq!(
        with(json!({"subtype": "message_changed"})),
        "nothing (message)"
    );
    assert_eq!(
        with(json!({"subtype": "message_deleted"})),
        "nothing (message)"
    );
    assert_eq!(with(json!({"subtype": "bot_message"})), "nothing (message)");
    assert_eq!(with(json!({"bot_id": "B1"})), "nothing (message)");
    assert_eq!(with(json!({"user": "U0BOT"})), "nothing (message)");
    assert_eq!(
        with(json!({"edited": {"user": "U1", "ts": "18.0"}})),
        "nothing (message)"
    );
    assert_eq!(event(json!({"type": "team_join"})), "nothing (team_join)");
    assert_eq!(event(json!({"type": "<x>"})), "nothing (x)");
    assert_eq!(
        told(Kind::Interactive, &json!({"type": "view_closed"})),
        "nothing (view_closed)"
    );
}

#[test]
fn the_home_tab_and_links_are_heard_of() {
    insta::assert_snapshot!(event(json!({"type": "app_home_opened", "tab": "home", "user": "U1", "channel": "D1"})), @"
    T1/Ev1 T1/home:U1 alone
      T1/U1 Opened None
    ");
    let messages =
        json!({"type": "app_home_opened", "tab": "messages", "user": "U1", "channel": "D1"});
    assert_eq!(event(messages), "nothing (app_home_opened)");
    let links = |channel: &str| {
        event(json!({
            "type": "link_shared", "channel": channel, "user": "U1", "message_ts": "17.5", "unfurl_id": "u-1",
            "source": "conversations_history", "links": [{"domain": "a.example", "url": "https://a.example/x"}],
        }))
    };
    insta::assert_snapshot!(links("C1"), @r#"
    T1/Ev1 T1/C1
      T1/U1 Links(["https://a.example/x"]) Some("unfurl C1 17.5 u-1 conversations_history")
    "#);
    assert_eq!(links("COMPOSER"), "nothing (link_shared)");
}

#[test]
fn tokens_that_are_taken_back_are_noticed() {
    assert_eq!(event(json!({"type": "app_uninstalled"})), "revoked");
    let revoked = |bots: Value| {
        event(json!({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": bots}}))
    };
    assert_eq!(revoked(json!(["U0BOT"])), "revoked");
    assert_eq!(revoked(json!([])), "nothing (tokens_revoked)");
}

fn press(container: Value) -> String {
    let choice = crate::chat::slack::render::render(
        &crate::message::Reply {
            choices: vec![Choice {
                label: "Payments".to_owned(),
                line: "who-owns payments".to_owned(),
            }],
            ..crate::message::Reply::text("Which?")
        },
        &crate::chat::slack::render::Beside::default(),
    );
    let blocks = &choice.messages[0].blocks;
    let actions = blocks.iter().find(|block| block["type"] == "actions");
    let button = &actions.expect("a row of buttons")["elements"][0];
    let payload = json!({
        "type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}, "trigger_id": "1.2.b",
        "channel": {"id": "C1"}, "container": container, "response_url": "https://hooks.example/actions/1",
        "actions": [{"type": "button", "action_id": button["action_id"], "value": button["value"], "text": button["text"]}],
    });
    told(Kind::Interactive, &payload)
}

#[test]
fn a_button_is_pressed_where_its_message_is() {
    let container = |more: Value| {
        let mut fields = json!({"type": "message", "message_ts": "17.5", "channel_id": "C1", "is_ephemeral": false});
        for (name, value) in more.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        press(fields)
    };
    insta::assert_snapshot!(container(json!({})), @r#"
    T1/7b4ce7bb61ca4f8296722d78 T1/C1 in 17.5
      T1/U1 Pressed(Choice { label: "Payments", line: "who-owns payments" }) Some("1.2.b")
    "#);
    assert!(container(json!({"thread_ts": "16.0"})).contains(" T1/C1 in 16.0\n"));
    assert!(container(json!({"channel_id": "D1"})).contains(" T1/U1 alone\n"));
    let alone = container(json!({"is_ephemeral": true, "thread_ts": "16.0"}));
    let by = r#"T1/C1 in 16.0 to T1/U1 by Some("replace https://hooks.example/actions/1")"#;
    assert!(alone.contains(by), "{alone}");
}

#[test]
fn shortcuts_are_lines() {
    let owns = |message: Value| {
        told(
            Kind::Interactive,
            &json!({
                "type": "message_action", "callback_id": "who_owns_this", "trigger_id": "1.2.c", "team": {"id": "T1"},
                "user": {"id": "U1"}, "channel": {"id": "C1"}, "message": message,
                "response_url": "https://hooks.example/app/1",
            }),
        )
    };
    insta::assert_snapshot!(owns(json!({"text": "payments is slow", "thread_ts": "16.0"})), @r#"
    T1/461f3bd786d19609c8de0b97 T1/C1 in 16.0 to T1/U1 by Some("reply https://hooks.example/app/1")
      T1/U1 Said("who-owns payments is slow") Some("1.2.c")
    "#);
    let alert = json!({"text": "", "attachments": [{"title": "<http://pay.acme.example|pay.acme.example>", "text": "is down", "fallback": "x"}]});
    let line = r#"Said("who-owns\n```\npay.acme.example\nis down\n```")"#;
    assert!(owns(alert).contains(line));
    let create = json!({"type": "shortcut", "callback_id": "create", "trigger_id": "1.2.d", "user": {"id": "U1"}, "team": {"id": "T1"}});
    insta::assert_snapshot!(told(Kind::Interactive, &create), @r#"
    T1/7069f604e6a63f4fa8356f8b T1/U1 alone
      T1/U1 Said("create") Some("1.2.d")
    "#);
}

#[test]
fn tickets_are_read_as_they_were_written() {
    for way in [Way::Reply("https://a/b"), Way::Replace("https://a/b")] {
        assert_eq!(Way::of(&way.ticket()), Some(way));
    }
    let unfurl = Unfurl {
        id: None,
        source: None,
        channel: "C1",
        ts: "17.5",
    };
    assert_eq!(Unfurl::of(&unfurl.ticket()), Some(unfurl));
    assert_eq!(Unfurl::of(&Ticket::new("1.2.a")), None);
    assert_eq!(Way::of(&Ticket::new("1.2.a")), None);
}
