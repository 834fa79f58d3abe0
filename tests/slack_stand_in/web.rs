//! Deliveries over HTTP, and installing the app in a browser.

use serde_json::{Value, json};

use super::App;
use crate::harness::slack::{
    BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, OTHER_TEAM, SIGNING_SECRET, SlackStandIn, TEAM, signature,
};

#[tokio::test]
async fn events_go_over_http_with_a_signature() {
    let slack = SlackStandIn::start();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!(
        "http://{}/slack",
        listener.local_addr().expect("an address")
    );
    let app = |headers: axum::http::HeaderMap, body: String| async move {
        let header = |name: &str| headers[name].to_str().expect("a text").to_owned();
        let time = header("x-slack-request-timestamp")
            .parse::<u64>()
            .expect("a time");
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("a time")
            .as_secs();
        if header("x-slack-signature") != signature(SIGNING_SECRET, time, &body) || now - time > 300
        {
            return (axum::http::StatusCode::UNAUTHORIZED, String::new());
        }
        let challenge = serde_json::from_str::<Value>(&body).unwrap_or_default();
        (
            axum::http::StatusCode::OK,
            challenge["challenge"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let router = axum::Router::new().fallback(app);
    tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
    slack.deliver_to(&url);
    assert!(slack.challenges().await);
    let delivered = slack
        .slash("ana", "#general", "/who-owns", "payments")
        .await;
    assert!(delivered.acknowledged);
    assert_eq!(
        slack.forges(&delivered.delivery, SIGNING_SECRET, 0).await,
        200
    );
    assert_eq!(
        slack.forges(&delivered.delivery, SIGNING_SECRET, 301).await,
        401
    );
    assert_eq!(slack.forges(&delivered.delivery, "another", 0).await, 401);
    slack.says("ana", "#general", "hello").await;
}

#[tokio::test]
async fn the_app_is_installed_elsewhere() {
    let slack = SlackStandIn::start();
    let home = slack.api().replace("/api", "");
    let page = format!(
        "{home}/oauth/v2/authorize?client_id={CLIENT_ID}&scope=chat:write,commands&state=s1&redirect_uri=https%3A%2F%2Fbot.example%2Fcallback"
    );
    assert_eq!(
        slack.declines(&page),
        "https://bot.example/callback?error=access_denied&state=s1"
    );
    let back = url::Url::parse(&slack.agrees(&page)).expect("an address");
    let code = back
        .query_pairs()
        .find(|(name, _)| name == "code")
        .expect("a code")
        .1
        .into_owned();
    let exchange = |code: String| {
        let call = reqwest::Client::new().post(format!("{}/oauth.v2.access", slack.api()));
        let form = [
            ("code", code),
            ("client_id", CLIENT_ID.to_owned()),
            ("client_secret", CLIENT_SECRET.to_owned()),
            ("redirect_uri", "https://bot.example/callback".to_owned()),
        ];
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let call = call
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        async move {
            call.send()
                .await
                .expect("an answer")
                .json::<Value>()
                .await
                .expect("JSON")
        }
    };
    let answer = exchange(code.clone()).await;
    assert_eq!(
        (&answer["team"]["id"], &answer["ok"]),
        (&json!(OTHER_TEAM), &json!(true))
    );
    assert_ne!(answer["team"]["id"], TEAM);
    assert_eq!(exchange(code).await["error"], "invalid_code");
    // What happens there carries its name, and is answered with its token.
    slack.moves_to(OTHER_TEAM);
    let app = App::start(&slack);
    let mut app = app.await;
    let (_, told) = tokio::join!(
        slack.slash("olga", "#general", "/help", ""),
        app.takes("slash_commands", None)
    );
    assert_eq!(told["team_id"], OTHER_TEAM);
    let call = |token: &str| {
        let call = reqwest::Client::new()
            .get(format!("{}/users.info?user=U0OLGA0001", slack.api()))
            .bearer_auth(token);
        async move {
            call.send()
                .await
                .expect("an answer")
                .json::<Value>()
                .await
                .expect("JSON")
        }
    };
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(call(token).await["user"].get("is_stranger"), None);
    call(BOT_TOKEN).await;
    slack.expects("the token of another workspace");
    let told = async {
        [
            app.takes("tokens_revoked", None).await,
            app.takes("app_uninstalled", None).await,
        ]
    };
    let (_, told) = tokio::join!(slack.uninstalls(token), told);
    assert_eq!(told[1]["team_id"], OTHER_TEAM);
    assert_eq!(call(token).await["error"], "token_revoked");
}
