//! Whose is it? Texts as people paste them, each with what it names of the bundled organisation.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::harness::TestBot;

/// The texts of `fixtures/pastes`, by name: what is expected, and the text.
fn pastes() -> Vec<(String, String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pastes");
    let mut pastes: Vec<(String, String, String)> = fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let text = fs::read_to_string(entry.path()).expect("a text");
            let (expected, text) = text.split_once("\n---\n").expect("two parts");
            let expected = expected.strip_prefix("expected:").expect("a first line");
            (name, expected.trim().to_owned(), text.to_owned())
        })
        .collect();
    pastes.sort();
    pastes
}

/// The references that an answer is about, in its order.
fn told(data: Option<&serde_json::Value>) -> String {
    let Some(data) = data else {
        return String::new();
    };
    let of = |thing: &serde_json::Value| {
        let reference = thing["entity"]["ref"].as_str();
        reference.unwrap_or("?").to_owned()
    };
    match data["found"].as_array() {
        Some(found) => found.iter().map(of).collect::<Vec<_>>().join(", "),
        None => of(data),
    }
}

#[tokio::test]
async fn every_paste_names_what_it_names_and_no_more() {
    let bot = TestBot::acme().await;
    let ana = bot.as_person("ana");
    let pastes = pastes();
    assert!(pastes.len() >= 25, "{}", pastes.len());
    let mut wrong = String::new();
    for (name, expected, text) in pastes {
        for line in [
            format!("who-owns {text}"),
            format!("who owns this?\n```\n{text}```"),
            format!("```\n{text}```\nwho is responsible for this?"),
        ] {
            let answer = ana.asks(&line).await;
            let told = told(answer.data.as_ref());
            if told != expected {
                let said = answer.reply.map(|reply| reply.markdown).unwrap_or_default();
                // Writing to a text cannot fail.
                let _ = writeln!(
                    wrong,
                    "{name}\n  expected {expected}\n  told     {told}\n  {said}"
                );
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[tokio::test]
async fn a_paste_without_a_command_is_a_question_for_its_owner() {
    let bot = TestBot::acme().await;
    let ana = bot.as_person("ana");
    for (name, expected, text) in pastes() {
        let answer = ana.asks(&format!("@callboard\n```\n{text}```")).await;
        assert_eq!(told(answer.data.as_ref()), expected, "{name}");
    }
}

#[tokio::test]
async fn junk_is_looked_through_at_once() {
    let bot = TestBot::acme().await;
    let ana = bot.as_person("ana");
    // The names that entities answer to are arranged once.
    ana.asks("who-owns services/ledger/src/Book.kt").await;
    let junk = [
        "x ".repeat(50_000),
        "/app/payments/a-b/c_d.py:12 ".repeat(3_500),
        (0..4_000).fold(String::new(), |text, number| {
            format!("{text}payments-{number}.prod.acme.example\n")
        }),
        (0..4_000).fold(String::new(), |text, number| {
            format!("{text}/srv/x{number}/y/z/q/w/e.rs\n")
        }),
        "service=nothing ".repeat(6_000),
        "<@U1> @channel **x** ".repeat(5_000),
    ];
    for text in junk {
        let started = Instant::now();
        ana.asks(&format!("who-owns\n{text}")).await;
        let took = started.elapsed();
        // With optimisation it is 50 ms; tests run without.
        let start: String = text.chars().take(24).collect();
        assert!(
            took < Duration::from_millis(1_500),
            "{start}… took {took:?}"
        );
    }
}
