//! Modals: opened, filled in, refused, followed by others, and sent.

use insta::assert_snapshot;
use serde_json::json;

use super::App;
use crate::harness::slack::SlackStandIn;

#[tokio::test]
async fn a_form_is_opened_filled_in_refused_and_sent() {
    let slack = SlackStandIn::start();
    let mut app = App::start(&slack).await;
    let (_, payload) = tokio::join!(slack.shortcut("ana", "create"), app.takes("shortcut", None));
    let plain = |text: &str| json!({ "type": "plain_text", "text": text });
    let view = json!({
        "type": "modal", "title": plain("Create a service"), "submit": plain("Next"), "notify_on_close": true,
        "blocks": [
            { "type": "input", "block_id": "name", "label": plain("Name"), "hint": plain("Lower case"),
              "element": { "type": "plain_text_input", "action_id": "value", "placeholder": plain("payments-api") } },
            { "type": "input", "block_id": "kind", "label": plain("Kind"), "optional": true, "element": {
              "type": "static_select", "action_id": "value", "options": [
                { "text": plain("Service"), "value": "service" }, { "text": plain("Library"), "value": "library" } ] } },
            { "type": "input", "block_id": "owner", "label": plain("Owner"),
              "element": { "type": "external_select", "action_id": "owner", "min_query_length": 0 } },
        ],
    });
    let trigger = payload["trigger_id"].clone();
    let opened = app
        .call("views.open", json!({ "trigger_id": trigger, "view": view }))
        .await;
    assert_eq!(opened["ok"], true, "{opened}");
    let offer = json!({ "options": [{ "text": plain("payments-team"), "value": "group:default/payments-team" }] });
    let (offered, _) = tokio::join!(
        slack.types("ana", "Owner", "pay"),
        app.takes("block_suggestion", Some(offer.clone()))
    );
    assert_eq!(offered, ["payments-team"]);
    assert!(
        slack.submit("ana", &[("Kind", "Library")]).await.is_none(),
        "a name is needed"
    );
    let errors =
        json!({ "response_action": "errors", "errors": { "name": "That name is taken." } });
    let fields = [("Name", "payments"), ("Owner", "payments-team")];
    let (_, sent) = tokio::join!(
        slack.submit("ana", &fields),
        app.takes("view_submission", Some(errors))
    );
    let values = &sent["view"]["state"]["values"];
    assert_eq!(
        values["name"]["value"],
        json!({ "type": "plain_text_input", "value": "payments" })
    );
    assert_eq!(
        values["owner"]["owner"]["selected_option"]["value"],
        "group:default/payments-team"
    );
    assert_snapshot!(slack.modal("ana").await, @"
    == Create a service ==
    Name *: payments
      (Lower case)
      ! That name is taken.
    Kind: Library [Service / Library]
    Owner *: payments-team
    (Close) (Next)
    ");
    let second =
        json!({ "type": "modal", "title": plain("Sure?"), "submit": plain("Yes"), "blocks": [] });
    for action in ["push", "update"] {
        let answer = json!({ "response_action": action, "view": second });
        let sent = slack.submit("ana", &[]);
        tokio::join!(sent, app.takes("view_submission", Some(answer)));
        assert_eq!(slack.modal("ana").await, "== Sure? ==\n(Close) (Yes)\n");
        if action == "push" {
            assert!(
                slack.closes("ana", false).await.is_none(),
                "it asks for no word of that"
            );
        }
    }
    let again =
        json!({ "view_id": opened["view"]["id"], "hash": opened["view"]["hash"], "view": view });
    assert_eq!(
        app.call("views.update", again).await["error"],
        "hash_conflict"
    );
    let again = json!({ "view_id": opened["view"]["id"], "view": view });
    assert_eq!(app.call("views.update", again).await["ok"], true);
    slack.fills("ana", &[("Owner", "")]);
    tokio::join!(
        slack.types("ana", "Owner", "pay"),
        app.takes("block_suggestion", Some(offer))
    );
    slack.fills("ana", &[("Owner", "payments-team")]);
    let (_, _) = tokio::join!(
        slack.submit("ana", &[("Name", "payments-2")]),
        app.takes("view_submission", None)
    );
    assert!(!slack.has_modal("ana"));
    let late = app
        .call("views.open", json!({ "trigger_id": trigger, "view": view }))
        .await;
    assert_eq!(late["error"], "exchanged_trigger_id");
    slack.expects("exchanged_trigger_id");
}
