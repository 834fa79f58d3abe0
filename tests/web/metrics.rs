//! The metrics: what there is, and that nobody can make up labels.

use super::asked;
use crate::harness::TestBot;

/// The lines of a metric, without their numbers.
fn lines(page: &str, name: &str) -> Vec<String> {
    let lines = page.lines().filter(|line| line.starts_with(name));
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(line, _)| line.to_owned())
        .collect()
}

#[tokio::test]
async fn what_prometheus_reads() {
    let bot = TestBot::with().web("").start().await;
    bot.says("who-owns payments").await;
    let page = asked(bot.web(), |web| {
        web.get("/no/such/page-4711");
        web.post(
            "/webhooks/github",
            &[("x-github-event", "made-up-4711")],
            b"",
        );
        web.get("/live");
        web.get("/metrics")
    })
    .await;
    assert_eq!(page.status, 200);
    assert!(
        page.head
            .contains("content-type: text/plain; version=0.0.4"),
        "{}",
        page.head
    );
    for (name, number) in [
        ("callboard_catalog_entities", 93),
        ("callboard_ready", 1),
        ("callboard_catalog_age_seconds", 0),
        ("callboard_sources{state=\"all\"}", 1),
    ] {
        let line = format!("{name} {number}");
        assert!(
            page.body.lines().any(|told| told == line),
            "{line}: {}",
            page.body
        );
    }
    let answered = lines(&page.body, "callboard_answer_seconds_count");
    assert!(
        answered
            .iter()
            .any(|line| line.contains("command=\"who-owns\"")),
        "{answered:?}"
    );
    let requests = lines(&page.body, "callboard_http_requests_total");
    assert!(
        requests
            .contains(&"callboard_http_requests_total{route=\"/live\",status=\"200\"}".to_owned()),
        "{requests:?}"
    );
    assert!(!page.body.contains("4711"), "{}", page.body);
}
