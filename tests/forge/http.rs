//! The HTTP client that all forges share.

use std::sync::Arc;
use std::time::Duration;

use callboard::config::Secret;
use callboard::forge::ForgeError;
use callboard::forge::http::{Client, Service, Token};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::stand_in::{Answers, Asked, StandIn, Told};

/// What must be seen nowhere.
const TOKEN: &str = "canary-5be1c9";

const SERVICE: Service = Service {
    name: "Shelf",
    accept: "application/json",
    headers: &[("x-shelf-version", "1")],
    remembers: true,
};

/// A service with a list of five things.
struct Shelf;

impl Answers for Shelf {
    fn answer(&mut self, asked: &Asked) -> Option<Told> {
        assert_eq!(asked.header("x-shelf-version"), Some("1"));
        assert!(
            asked
                .header("user-agent")
                .is_some_and(|agent| agent.starts_with("callboard/"))
        );
        let things: Vec<Value> = (1..=5).map(|number| json!(number)).collect();
        match asked.line.as_str() {
            "GET /api/things" => Some(asked.page(&things, 2)),
            "GET /api/a%2Fb%20c" => Some(Told::json(json!("escaped"))),
            "POST /api/things" => Some(Told::json(json!("done"))),
            _ => None,
        }
    }

    fn knows(&self, asked: &Asked) -> bool {
        asked.header("authorization") == Some(&format!("Bearer {TOKEN}"))
    }
}

fn client(base: &str) -> Client {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN).expect("written");
    let token = Token::bearer(Some(&Secret::File(file))).expect("a token");
    Client::new(SERVICE, base, Arc::new(token)).expect("a client")
}

async fn things(client: &Client) -> Result<Vec<u32>, ForgeError> {
    client
        .list(&["things"], &[("per_page", "100"), ("secret", "s3cret")])
        .await
}

/// The sentence, with the port taken out, in which neither the token nor the query may stand.
fn told(error: &ForgeError, shelf: &StandIn) -> String {
    let told = error.to_string();
    assert!(!told.contains(TOKEN) && !told.contains("s3cret"), "{told}");
    assert!(!format!("{error:?}").contains(TOKEN));
    told.replace(&shelf.url(), "http://shelf")
}

#[tokio::test]
async fn pages_follow_each_other_and_are_sent_once() {
    let shelf = StandIn::start(Shelf);
    let client = client(&format!("{}/api", shelf.url()));
    assert_eq!(things(&client).await, Ok(vec![1, 2, 3, 4, 5]));
    insta::assert_snapshot!(shelf.requests().join("\n"), @"
    GET /api/things?per_page=100&secret=s3cret 200
    GET /api/things?per_page=100&secret=s3cret&page=2 200
    GET /api/things?per_page=100&secret=s3cret&page=3 200
    ");
    assert_eq!(things(&client).await, Ok(vec![1, 2, 3, 4, 5]));
    insta::assert_snapshot!(shelf.requests().join("\n"), @"
    GET /api/things?per_page=100&secret=s3cret 304
    GET /api/things?per_page=100&secret=s3cret&page=2 304
    GET /api/things?per_page=100&secret=s3cret&page=3 304
    ");
    let escaped: String = client.get(&["a/b c"], &[]).await.expect("an answer");
    assert_eq!((escaped.as_str(), client.asked()), ("escaped", 7));
}

#[tokio::test]
async fn a_service_that_stumbles_is_asked_again_but_not_for_ever() {
    let shelf = StandIn::start(Shelf);
    let client = client(&format!("{}/api/", shelf.url()));
    shelf.trouble("page=2", Told::refusal(502, "Bad gateway"));
    shelf.trouble("page=3", Told::refusal(503, "").with("retry-after", 0));
    assert_eq!(things(&client).await, Ok(vec![1, 2, 3, 4, 5]));
    assert_eq!(shelf.requests().len(), 5);

    for _ in 0..4 {
        shelf.trouble("things", Told::refusal(500, "out of\n order."));
    }
    let error = things(&client).await.expect_err("it gives up");
    insta::assert_snapshot!(told(&error, &shelf), @r#"Shelf gave no useful answer at http://shelf/api/things: it says "out of order""#);
    assert_eq!(shelf.requests().len(), 4);

    // What is to be done once is not sent twice.
    shelf.trouble("POST", Told::refusal(502, ""));
    let error = client
        .post::<String>(&["things"], &json!({}))
        .await
        .expect_err("an error");
    insta::assert_snapshot!(told(&error, &shelf), @"Shelf gave no useful answer at http://shelf/api/things: it answers 502 Bad Gateway");
    assert_eq!(shelf.requests(), ["POST /api/things 502"]);
}

#[tokio::test]
async fn a_short_limit_is_sat_out_and_a_long_one_told() {
    let shelf = StandIn::start(Shelf);
    let client = client(&format!("{}/api", shelf.url()));
    shelf.trouble(
        "things",
        Told::refusal(429, "slow down").with("retry-after", 0),
    );
    assert_eq!(things(&client).await.map(|things| things.len()), Ok(5));
    shelf.requests();

    let used_up = Told::refusal(403, "API rate limit exceeded")
        .with("x-ratelimit-remaining", 0)
        .with("x-ratelimit-reset", 1_767_702_840);
    shelf.trouble("page=2", used_up);
    let error = things(&client).await.expect_err("a long wait");
    insta::assert_snapshot!(told(&error, &shelf), @"Shelf's rate limit is used up until 12:35 UTC; nothing is asked of it before");
    assert_eq!(shelf.requests().len(), 2);
    // Nothing is asked in the meantime, which is what the forges want.
    let again = things(&client).await.expect_err("still");
    assert_eq!(told(&again, &shelf), told(&error, &shelf));
    assert!(matches!(again, ForgeError::Limited { wait, .. } if wait > Duration::from_mins(33)));
    assert_eq!(shelf.requests(), [""; 0]);
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    let shelf = StandIn::start(Shelf);
    let client = client(&format!("{}/api", shelf.url()));
    let mut errors = Vec::new();
    for (status, message) in [
        (401, "Bad credentials"),
        (403, "Must have admin rights"),
        (404, "Not Found"),
        (410, ""),
    ] {
        shelf.trouble("things", Told::refusal(status, message));
        errors.push(told(&things(&client).await.expect_err("refused"), &shelf));
    }
    shelf.trouble("things", Told::json(json!({ "surprise": true })));
    errors.push(told(
        &things(&client).await.expect_err("not a list"),
        &shelf,
    ));
    insta::assert_snapshot!(errors.join("\n"), @r#"
    Shelf does not accept the credentials of this source: it says "Bad credentials"; check its `token`
    Shelf does not let these credentials read http://shelf/api/things: it says "Must have admin rights"
    Shelf knows nothing at http://shelf/api/things, or does not show it to these credentials
    Shelf knows nothing at http://shelf/api/things, or does not show it to these credentials
    Shelf gave no useful answer at http://shelf/api/things: it is not what its documentation says (invalid type: map, expected a sequence at line 1 column 0)
    "#);
}

#[tokio::test]
async fn the_token_goes_to_no_other_host() {
    let shelf = StandIn::start(Shelf);
    let elsewhere = StandIn::start(Shelf);
    let client = client(&format!("{}/api", shelf.url()));
    let away = format!("{}/api/things", elsewhere.url());
    shelf.trouble("things", Told::refusal(302, "").with("location", &away));
    let error = things(&client).await.expect_err("not followed");
    insta::assert_snapshot!(told(&error, &shelf), @"Shelf cannot be reached at http://shelf/api/things: it sends us to another host, which is not followed");
    let next = Told::json(json!([1])).with("link", format!("<{away}>; rel=\"next\""));
    shelf.trouble("things", next);
    let error = things(&client).await.expect_err("not followed");
    insta::assert_snapshot!(told(&error, &shelf), @"Shelf gave no useful answer at http://shelf/api/things: its next page is at another host");
    // Within the host a thing may have moved.
    let moved = format!("{}/api/things?per_page=2", shelf.url());
    shelf.trouble("things", Told::refusal(301, "").with("location", moved));
    assert_eq!(things(&client).await.map(|things| things.len()), Ok(5));
    assert_eq!(elsewhere.requests(), [""; 0]);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let closed = {
        let shelf = StandIn::start(Shelf);
        shelf.url()
    };
    let client = client(&closed);
    let error = things(&client).await.expect_err("nobody there");
    insta::assert_snapshot!(error.to_string().replace(&closed, "http://shelf"), @"Shelf cannot be reached at http://shelf/things: Connection refused (os error 111)");
}
