//! Real deliveries of GitHub's, as the package `@octokit/webhooks-examples` holds them.

use std::collections::BTreeMap;
use std::fs;

use callboard::config::SourceConfig;
use serde_json::Value;

use super::asked;
use crate::faults::payments;
use crate::harness::TestBot;
use crate::harness::web::github;

const SECRET: &str = "a secret of sufficient length";

/// Where `tests/run` puts the package.
const PACKAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/target/webhooks/node_modules/@octokit/webhooks-examples"
);

/// Every example: the event's name and the body.
fn examples() -> Vec<(String, String)> {
    let mut examples = Vec::new();
    for version in ["api.github.com", "ghes-35"] {
        let text = fs::read_to_string(format!("{PACKAGE}/{version}/index.json"));
        let text = text.expect("the package is there; tests/run installs it");
        let events: Vec<Value> = serde_json::from_str(&text).expect("a list");
        for event in events {
            let name = event["name"].as_str().expect("a name").to_owned();
            let bodies = event["examples"].as_array().expect("examples");
            examples.extend(bodies.iter().map(|body| (name.clone(), body.to_string())));
        }
    }
    examples
}

#[tokio::test]
#[ignore = "needs a package of npm; run by tests/run"]
async fn every_real_delivery_is_understood() {
    let source = "name = \"octocoders\"\ngithub = \"Octocoders\"\nurl = \"http://127.0.0.1:9\"\n";
    let source: SourceConfig = toml::from_str(source).expect("a source");
    // The organisation is configured; what is read is something that is here.
    let plan = TestBot::with().source(payments("till").source());
    let plan = plan.config(|config| config.sources = vec![source]);
    let bot = plan.web(SECRET).start().await;
    let examples = examples();
    assert!(examples.len() > 300, "{}", examples.len());
    let answers = asked(bot.web(), move |web| {
        let mut answers: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (number, (event, body)) in examples.into_iter().enumerate() {
            let page = github(web, SECRET, &event, &number.to_string(), &body);
            *answers
                .entry(page.to_string())
                .or_default()
                .entry(event)
                .or_default() += 1;
        }
        answers
    })
    .await;
    let statuses: Vec<&str> = answers.keys().map(String::as_str).collect();
    insta::assert_snapshot!(statuses.join("\n"), @"
    200 hello
    202 taken
    202 well signed, but about nothing that is read here
    ");
    let taken = answers.get("202 taken").into_iter().flatten();
    let taken: Vec<String> = taken
        .map(|(event, count)| format!("{event} {count}"))
        .collect();
    insta::assert_snapshot!(taken.join(", "), @"membership 8, organization 8, repository 12, team 12, team_add 5");
}
