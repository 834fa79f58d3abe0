//! That what is sent is held against Slack's own type declarations, and that the stand-in itself keeps to them: every other
//! test does that in passing, once the schemas are installed.

use serde_json::json;

use crate::harness::slack::schema;

#[test]
#[ignore = "needs the schemas of Slack's types, which tests/run makes with node"]
fn a_wrong_field_is_told_by_its_place() {
    assert!(
        schema::installed(),
        "there are no schemas: run tests/run, which makes them"
    );
    let text = json!({ "type": "mrkdwn", "text": "x" });
    let good = json!([{ "type": "section", "text": text, "expand": true }, { "type": "divider" }]);
    assert_eq!(schema::blocks(&good), Vec::<String>::new());
    let bad = json!([{ "type": "divider" }, { "type": "section", "text": text, "block": "x" }, { "type": "sektion" }]);
    insta::assert_snapshot!(schema::blocks(&bad).join("\n"), @r#"
    block 1: Additional properties are not allowed ('block' was unexpected) at 
    block 2: no blocks may have the type "sektion"
    "#);
    let arguments = json!({ "channel": "C1", "text": "x", "unfurl_link": false });
    assert_eq!(schema::arguments("chat.postMessage", &arguments).len(), 1);
    assert_eq!(
        schema::answer("chat.delete", &json!({ "ok": true, "time": "1" })).len(),
        1
    );
    let event = json!({ "type": "app_mention", "text": "x", "ts": "1", "channel": "C1", "event_ts": "1", "who": "U1" });
    assert_eq!(schema::event(&event).len(), 1);
}
