//! The stand-in for Slack itself: what it tells an app and what it takes from it, and that it notices what is wrong. The
//! app here is a few lines over a plain socket; in `bolt` it is one of Slack's own framework.

mod bolt;
mod faults;
mod forms;
mod schemas;
mod web;

use std::collections::VecDeque;

use futures_util::{SinkExt as _, StreamExt as _};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::harness::slack::{APP_TOKEN, BOT_TOKEN, SlackStandIn};

/// An app with one socket.
struct App {
    api: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    http: reqwest::Client,
    envelopes: VecDeque<Value>,
}

impl App {
    async fn start(slack: &SlackStandIn) -> Self {
        let http = reqwest::Client::new();
        let opened = http
            .post(format!("{}/apps.connections.open", slack.api()))
            .bearer_auth(APP_TOKEN)
            .send()
            .await
            .expect("an answer");
        let opened: Value = opened.json().await.expect("JSON");
        let url = opened["url"].as_str().expect("an address");
        let (socket, _) = tokio_tungstenite::connect_async(url)
            .await
            .expect("a socket");
        let mut app = Self {
            api: slack.api(),
            socket,
            http,
            envelopes: VecDeque::new(),
        };
        assert_eq!(app.hears().await["type"], "hello");
        app
    }

    /// What comes next over the socket.
    async fn hears(&mut self) -> Value {
        if let Some(envelope) = self.envelopes.pop_front() {
            return envelope;
        }
        loop {
            match self
                .socket
                .next()
                .await
                .expect("it is open")
                .expect("a frame")
            {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// What comes next of this type (of the payload, or of the event in it), acknowledged with this answer; whatever else
    /// comes is acknowledged and left.
    async fn takes(&mut self, kind: &str, answer: Option<Value>) -> Value {
        loop {
            let envelope = self.hears().await;
            let payload = envelope["payload"].clone();
            let names = [
                &envelope["type"],
                &payload["type"],
                &payload["event"]["type"],
            ];
            let is_meant = names.iter().any(|name| **name == kind);
            self.acknowledges(&envelope, answer.clone().filter(|_| is_meant))
                .await;
            if is_meant {
                return payload;
            }
        }
    }

    /// Acknowledges whatever comes, as long as the socket is there.
    async fn serves(&mut self) {
        while let Some(Ok(frame)) = self.socket.next().await {
            if let Message::Text(text) = frame {
                let envelope: Value = serde_json::from_str(&text).expect("JSON");
                let said = json!({ "envelope_id": envelope["envelope_id"] });
                // The socket may have gone in the meantime.
                let _ = self.socket.send(Message::text(said.to_string())).await;
            }
        }
        std::future::pending::<()>().await;
    }

    async fn acknowledges(&mut self, envelope: &Value, answer: Option<Value>) {
        let mut said = json!({ "envelope_id": envelope["envelope_id"] });
        if let Some(answer) = answer {
            said["payload"] = answer;
        }
        self.socket
            .send(Message::text(said.to_string()))
            .await
            .expect("it is open");
    }

    async fn call(&self, method: &str, arguments: Value) -> Value {
        let call = self
            .http
            .post(format!("{}/{method}", self.api))
            .bearer_auth(BOT_TOKEN);
        let answer = call.json(&arguments).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    async fn get(&self, method: &str, arguments: &[(&str, &str)]) -> Value {
        let call = self
            .http
            .get(format!("{}/{method}", self.api))
            .bearer_auth(BOT_TOKEN);
        let answer = call.query(arguments).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    async fn responds(&self, payload: &Value, answer: Value) -> u16 {
        let url = payload["response_url"].as_str().expect("an address");
        let posted = self.http.post(url).json(&answer).send().await;
        posted.expect("an answer").status().as_u16()
    }
}

#[tokio::test]
async fn a_slash_command_is_answered_to_the_asker_alone() {
    let slack = SlackStandIn::start();
    let mut app = App::start(&slack).await;
    slack.connected(1).await;
    let (delivered, payload) = tokio::join!(
        slack.slash("ana", "#general", "/who-owns", "payments"),
        app.takes("slash_commands", None),
    );
    assert_eq!(
        (delivered.attempts, payload["text"].as_str()),
        (1, Some("payments"))
    );
    assert_eq!(
        app.responds(
            &payload,
            json!({ "text": "*Payments* belongs to <@U02R8G4EZH> &amp; <#C0PAYMENT1>" })
        )
        .await,
        200
    );
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard (only ana sees this):
    *Payments* belongs to @priya & #payments
    ");
    let again = json!({ "replace_original": true, "text": "Later", "blocks": [
        { "type": "section", "text": { "type": "mrkdwn", "text": "It is <https://a.example/?a=1&amp;b|over there>." } },
        { "type": "actions", "elements": [
            { "type": "button", "action_id": "share", "text": { "type": "plain_text", "text": "Share" }, "value": "x" },
            { "type": "button", "action_id": "open", "text": { "type": "plain_text", "text": "Open" }, "url": "https://a.example" },
        ] },
    ] });
    assert_eq!(app.responds(&payload, again).await, 200);
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard (only ana sees this) (edited):
    It is over there (https://a.example/?a=1&b).
    [1] Share  [2] Open -> https://a.example
    ");
    let (_, payload) = tokio::join!(
        slack.press("ana", "#general", "Share"),
        app.takes("block_actions", None)
    );
    assert_eq!(
        (
            payload["actions"][0]["action_id"].as_str(),
            payload.get("message")
        ),
        (Some("share"), None)
    );
    app.responds(&payload, json!({ "delete_original": true }))
        .await;
    app.responds(
        &payload,
        json!({ "response_type": "in_channel", "replace_original": false, "text": "Shared" }),
    )
    .await;
    assert_snapshot!(slack.next("tomas", "#general").await, @"
    callboard:
    Shared
    ");
    slack.expires_hooks();
    assert_eq!(
        app.responds(&payload, json!({ "text": "Too late" })).await,
        404
    );
    slack.expects("response_url was refused: used_url");
}

#[tokio::test]
async fn a_mention_is_told_twice_and_an_answer_comes_back() {
    let slack = SlackStandIn::start();
    let mut app = App::start(&slack).await;
    let heard = async {
        let events = [app.hears().await, app.hears().await];
        for event in &events {
            app.acknowledges(event, None).await;
        }
        events
    };
    let (said, events) = tokio::join!(slack.mention("ana", "#general", "who-owns payments"), heard);
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["payload"]["event"]["type"].as_str())
        .collect();
    assert_eq!(kinds, ["app_mention", "message"]);
    let (first, second) = (&events[0]["payload"], &events[1]["payload"]);
    assert_eq!(first["event"]["ts"], second["event"]["ts"]);
    assert_ne!(first["event_id"], second["event_id"]);
    let answer = json!({ "channel": "C0GENERAL1", "thread_ts": first["event"]["ts"], "text": "Payments: `payments-team`" });
    assert_eq!(app.call("chat.postMessage", answer).await["ok"], true);
    let echo = app.takes("message", None).await;
    assert_eq!(echo["event"]["bot_id"], "B0CALLBRD1");
    assert_snapshot!(slack.next("ana", &said.thread).await, @"
    callboard (in the thread):
    Payments: `payments-team`
    ");
    let again = slack.again(&said.deliveries[0]);
    let heard = async {
        let envelope = app.hears().await;
        app.acknowledges(&envelope, None).await;
        envelope
    };
    let (_, again) = tokio::join!(again, heard);
    assert_eq!(
        (&again["payload"]["event_id"], &again["retry_attempt"]),
        (&first["event_id"], &json!(1))
    );
}

#[tokio::test]
async fn what_slack_would_refuse_is_refused_and_noticed() {
    let slack = SlackStandIn::start();
    let app = App::start(&slack).await;
    let post = |more: Value| {
        let mut arguments = json!({ "channel": "C0GENERAL1", "text": "x" });
        arguments
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        app.call("chat.postMessage", arguments)
    };
    let section =
        |text: &str| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
    for (answer, error) in [
        (
            post(json!({ "channel": "C0NOWHERE1" })).await,
            "channel_not_found",
        ),
        (
            post(json!({ "channel": "C0QUIET001" })).await,
            "not_in_channel",
        ),
        (
            post(json!({ "blocks": [section(&"x".repeat(3001))] })).await,
            "invalid_blocks",
        ),
        (
            post(json!({ "blocks": [section(""), { "type": "divider", "colour": "red" }] })).await,
            "invalid_blocks",
        ),
        (
            post(json!({ "blocks": vec![section("x"); 51] })).await,
            "invalid_blocks",
        ),
        (
            post(json!({ "blocks": vec![section(&"x".repeat(2800)); 5] })).await,
            "msg_blocks_too_long",
        ),
        (post(json!({ "text": "" })).await, "no_text"),
        (post(json!({ "text": 5 })).await, "invalid_arguments"),
        (
            post(json!({ "text": "x".repeat(40_001) })).await,
            "msg_too_long",
        ),
        (
            post(json!({ "thread_ts": "1.000001" })).await,
            "thread_not_found",
        ),
        (
            app.call(
                "chat.update",
                json!({ "channel": "C0GENERAL1", "ts": "1.2", "text": "x" }),
            )
            .await,
            "message_not_found",
        ),
        (
            app.call(
                "views.open",
                json!({ "trigger_id": "1.2.3", "view": { "type": "modal" } }),
            )
            .await,
            "invalid_arguments",
        ),
        (
            app.call("apps.connections.open", json!({})).await,
            "not_allowed_token_type",
        ),
        (
            app.get("users.info", &[("user", "U0NOBODY01")]).await,
            "user_not_found",
        ),
        (
            app.call("users.info", json!({ "user": "U01A4W8VKE" }))
                .await,
            "invalid_arguments",
        ),
        (app.call("chat.shout", json!({})).await, "unknown_method"),
    ] {
        assert_eq!(
            (&answer["ok"], &answer["error"]),
            (&json!(false), &json!(error)),
            "{answer}"
        );
    }
    assert_eq!(
        post(json!({ "text": "<!channel> look", "colour": "red" })).await["ok"],
        true
    );
    slack.next("ana", "#general").await;
    slack.grants(["users:read"]);
    assert_eq!(post(json!({})).await["needed"], "chat:write");
    let person = app.get("users.info", &[("user", "U01A4W8VKE")]).await;
    assert_eq!(
        person["user"]["profile"].get("email"),
        None,
        "without the scope nobody sees it"
    );
    slack.revokes(BOT_TOKEN);
    assert_eq!(
        app.call("auth.test", json!({})).await["error"],
        "token_revoked"
    );
    let complaints = slack.complaints();
    // Said as well by the schemas, where they are installed.
    let complaints = complaints
        .iter()
        .filter(|complaint| !complaint.starts_with("arguments as Slack declares none"));
    let complaints: Vec<String> = complaints
        .filter_map(|complaint| complaint.lines().next())
        .map(|line| line.chars().take(100).collect())
        .collect();
    assert_snapshot!(complaints.join("\n"), @r#"
    chat.postMessage was refused: {"ok":false,"error":"invalid_blocks","errors":["must be less than 3001
    chat.postMessage was refused: {"ok":false,"error":"invalid_blocks","errors":["must be more than 0 ch
    chat.postMessage was refused: {"ok":false,"error":"invalid_blocks","errors":["no more than 50 items 
    chat.postMessage was refused: {"ok":false,"error":"msg_blocks_too_long"}
    chat.postMessage was refused: {"ok":false,"error":"no_text"}
    chat.postMessage: text is not a text
    chat.postMessage was refused: {"ok":false,"error":"invalid_arguments"}
    chat.postMessage was refused: {"ok":false,"error":"msg_too_long"}
    chat.postMessage was refused: {"ok":false,"error":"thread_not_found"}
    views.open was refused: {"ok":false,"error":"invalid_arguments","errors":["unsupported type: \"\" [j
    apps.connections.open was refused: {"ok":false,"error":"not_allowed_token_type"}
    users.info reads no JSON body
    users.info was refused: {"ok":false,"error":"invalid_arguments"}
    unknown method: chat.shout
    chat.postMessage takes no colour
    a message calls a whole channel: {"text":"<!channel> look"}
    chat.postMessage was refused: {"ok":false,"error":"missing_scope","needed":"chat:write","provided":"
    "#);
}

#[tokio::test]
async fn people_look_post_links_and_use_shortcuts() {
    let slack = SlackStandIn::start();
    let mut app = App::start(&slack).await;
    let plain = |text: &str| json!({ "type": "plain_text", "text": text });
    let (_, opened) = tokio::join!(slack.opens_home("ana"), app.takes("app_home_opened", None));
    let person = &opened["event"]["user"];
    let home =
        json!({ "type": "home", "blocks": [{ "type": "header", "text": plain("My teams") }] });
    app.call("views.publish", json!({ "user_id": person, "view": home }))
        .await;
    assert_eq!(slack.home("ana").await, "# My teams\n");
    slack.home_with("ana", "teams").await;
    let url = "https://a.example/x?a=1&b=2";
    let (said, shared) = tokio::join!(
        slack.posts_link("ana", "#general", url),
        app.takes("link_shared", None)
    );
    let shared = &shared["event"];
    let preview = json!({ url: { "blocks": [{ "type": "section", "text": plain("Payments") }] } });
    let place =
        json!({ "unfurl_id": shared["unfurl_id"], "source": shared["source"], "unfurls": preview });
    assert_eq!(app.call("chat.unfurl", place).await["ok"], true);
    assert_snapshot!(slack.next("tomas", "#general").await, @"
    ana:
    https://a.example/x?a=1&b=2
    | preview of https://a.example/x?a=1&b=2:
    | Payments
    ");
    let shortcut = slack.message_shortcut("tomas", "#general", "who_owns", "a.example");
    let (_, used) = tokio::join!(shortcut, app.takes("message_action", None));
    assert!(
        said.thread
            .ends_with(used["message_ts"].as_str().expect("a time"))
    );
    let announced = [("filename", "graph.png"), ("length", "3")];
    let announced = app.get("files.getUploadURLExternal", &announced).await;
    let upload = announced["upload_url"].as_str().expect("an address");
    app.http
        .post(upload)
        .body("PNG")
        .send()
        .await
        .expect("an answer");
    let files = json!([{ "id": announced["file_id"], "title": "What depends on payments" }]);
    let dm = app
        .call("conversations.open", json!({ "users": person }))
        .await;
    let done =
        json!({ "files": files, "channel_id": dm["channel"]["id"], "initial_comment": "Here:" });
    assert_eq!(
        app.call("files.completeUploadExternal", done).await["ok"],
        true
    );
    assert_snapshot!(slack.next("ana", "@ana").await, @"
    callboard:
    Here:
    [file graph.png: What depends on payments]
    ");
    // What the bot says comes back to it.
    assert_eq!(app.takes("message", None).await["event"]["text"], "Here:");
    assert_eq!(slack.file("graph.png").as_deref(), Some(&b"PNG"[..]));
    let (said, _) = tokio::join!(
        slack.says("ana", "@ana", "who owns payments"),
        app.takes("message", None)
    );
    let (edited, event) = tokio::join!(
        slack.edits("ana", "@ana", "who owns billing"),
        app.takes("message", None)
    );
    assert_eq!(
        (edited.len(), event["event"]["subtype"].as_str()),
        (1, Some("message_changed"))
    );
    let thread = said.thread.rsplit('/').next();
    let options = json!([{ "text": plain("Billing"), "value": "billing" }, { "text": plain("Payments"), "value": "payments" }]);
    let select = json!({ "type": "static_select", "action_id": "which", "placeholder": plain("Which?"), "options": options });
    let which = json!({ "channel": dm["channel"]["id"], "thread_ts": thread, "text": "Which?",
        "blocks": [{ "type": "actions", "elements": [select] }] });
    let sent = app.call("chat.postMessage", which).await;
    assert_eq!(slack.unread("@ana"), 1);
    assert_snapshot!(slack.reads("ana", "@ana", "Which").await, @"
    callboard (in the thread):
    [1] Which? (Billing / Payments)
    ");
    let (_, chosen) = tokio::join!(
        slack.select("ana", "@ana", "Payments"),
        app.takes("block_actions", None)
    );
    assert_eq!(chosen["actions"][0]["selected_option"]["value"], "payments");
    let changed =
        json!({ "channel": dm["channel"]["id"], "ts": sent["ts"], "text": "Done", "blocks": [] });
    app.call("chat.update", changed).await;
    slack.next("ana", "@ana").await;
    assert_eq!(slack.last_message("@ana")["text"], "Done");
    let name = json!({ "name": "eyes", "channel": dm["channel"]["id"], "timestamp": sent["ts"] });
    app.call("reactions.add", name).await;
    assert_snapshot!(slack.screen("ana", "@ana"), @"
    callboard:
    Here:
    [file graph.png: What depends on payments]

    ana (edited):
    who owns billing

    callboard (in the thread) (edited):
    Done
    :eyes:
    ");
    let (_, payload) = tokio::join!(slack.shortcut("ana", "create"), app.takes("shortcut", None));
    let view =
        json!({ "type": "modal", "title": plain("Create"), "notify_on_close": true, "blocks": [] });
    app.call(
        "views.open",
        json!({ "trigger_id": payload["trigger_id"], "view": view }),
    )
    .await;
    slack.modal_with("ana", "Create").await;
    let (_, closed) = tokio::join!(slack.closes("ana", false), app.takes("view_closed", None));
    assert_eq!(closed["is_cleared"], false);
    let methods: Vec<String> = slack
        .calls()
        .into_iter()
        .map(|(method, _)| method)
        .collect();
    assert_eq!(methods.len(), 10, "{methods:?}");
    assert!(slack.used_scopes().contains("links:write"));
}
