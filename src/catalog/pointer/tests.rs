//! What words look like and which words of a text are worth a look, as tables; and that no text is too much.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::form::{Form, read, workloads};
use super::paste::{Role, candidates};

/// The form of a word in one line.
fn seen(word: &str) -> String {
    match read(word) {
        None => "–".to_owned(),
        Some(Form::Address(address)) => {
            let page = format!("{}/{}", address.host, address.path);
            match address.repository {
                None => page,
                Some(repository) => {
                    let mark = if repository.certain { "" } else { "?" };
                    format!("{}{mark} [{}]", repository.slug, repository.path)
                }
            }
        }
        Some(Form::Path {
            parts,
            glob,
            absolute,
        }) => {
            let root = if absolute { "/" } else { "" };
            let glob = if glob { " (glob)" } else { "" };
            format!("{root}{}{glob}", parts.join("/"))
        }
        Some(Form::Scoped { scope, name }) => format!("{name} of {scope}"),
        Some(Form::Dotted { words, behind }) => {
            format!(
                "{} : {}",
                words.join(" . "),
                behind.as_deref().unwrap_or("–")
            )
        }
        Some(Form::Code(first)) => format!("{first}::"),
        Some(Form::Word(word)) => format!("<{word}>"),
    }
}

#[test]
fn addresses_of_forges_lead_to_a_repository_and_a_path() {
    let table = [
        ("https://github.com/acme/payments", "acme/payments []"),
        ("https://github.com/Acme/Payments.git", "acme/payments []"),
        ("git@github.com:acme/payments.git", "acme/payments []"),
        (
            "ssh://git@git.acme.example:7999/acme/payments",
            "acme/payments []",
        ),
        (
            "https://github.com/acme/payments/blob/main/src/a%20b.kt?plain=1#L10-L12",
            "acme/payments [src/a b.kt]",
        ),
        (
            "https://github.com/acme/payments/tree/main/src/",
            "acme/payments [src]",
        ),
        (
            "https://github.com/acme/payments/tree/main",
            "acme/payments []",
        ),
        (
            "https://github.com/acme/payments/blame/3c25901/src/x.rs",
            "acme/payments [src/x.rs]",
        ),
        (
            "https://github.com/acme/payments/edit/main/CODEOWNERS",
            "acme/payments [CODEOWNERS]",
        ),
        (
            "https://github.com/acme/payments/pull/123/files",
            "acme/payments []",
        ),
        (
            "https://raw.githubusercontent.com/acme/payments/main/a/b.yaml",
            "acme/payments [a/b.yaml]",
        ),
        (
            "https://gitlab.com/acme/money/payments/-/blob/main/src/x.go#L3",
            "acme/money/payments [src/x.go]",
        ),
        (
            "https://gitlab.acme.example/acme/money/payments/-/merge_requests/7",
            "acme/money/payments []",
        ),
        (
            "https://gitlab.com/acme/money/payments/-/tree/main",
            "acme/money/payments []",
        ),
        (
            "https://codeberg.org/acme/payments/src/branch/main/src/x.go",
            "acme/payments [src/x.go]",
        ),
        (
            "https://git.acme.example/acme/payments/src/commit/3c25901/src/x.go",
            "acme/payments [src/x.go]",
        ),
        (
            "https://bitbucket.org/acme/payments/src/main/x.go",
            "acme/payments [x.go]",
        ),
        (
            "https://grafana.acme.example/d/payments?from=now",
            "d/payments? []",
        ),
        ("https://flags.acme.example/", "flags.acme.example/"),
        ("HTTPS://WWW.acme.example", "www.acme.example/"),
        ("https://", "–"),
        ("://x", "–"),
        ("ana@acme.example", "–"),
    ];
    for (word, expected) in table {
        assert_eq!(seen(word), expected, "{word}");
    }
}

#[test]
fn other_words_are_told_apart_by_their_looks() {
    let table = [
        ("payments/src/main.rs:12:7", "payments/src/main.rs"),
        ("./services/payments/", "services/payments"),
        ("payments/src/**/*.rs", "payments/src/**/*.rs (glob)"),
        ("src/{a,b}/x.rs", "src/{a,b}/x.rs (glob)"),
        (
            r"C:\src\acme\Payments\Ledger.cs:line",
            "/src/acme/Payments/Ledger.cs:line",
        ),
        (
            "/app/services/payments/worker.py",
            "/app/services/payments/worker.py",
        ),
        ("../../etc/passwd", "–"),
        ("@acme/payments-client", "payments-client of acme"),
        ("@acme/payments-client@1.2.3", "payments-client of acme"),
        (
            "com.acme.payments:client:1.0",
            "com . acme . payments : client",
        ),
        (
            "payments.prod.acme.example:8080",
            "payments . prod . acme . example : 8080",
        ),
        ("payments::ledger::book", "payments::"),
        ("<payments::Ledger as Book>::book", "–"),
        ("payments-7d9f8b6c5-x2x4q", "<payments-7d9f8b6c5-x2x4q>"),
        ("(payments-api),", "<payments-api>"),
        ("component:payments", "–"),
        ("payments:8080", "<payments>"),
        ("1.2.3", "1 . 2 . 3 : –"),
        ("two words", "–"),
        ("", "–"),
        ("💥", "–"),
    ];
    for (word, expected) in table {
        assert_eq!(seen(word), expected, "{word}");
    }
}

#[test]
fn pods_bear_the_name_of_their_workload() {
    let table = [
        ("payments-7d9f8b6c5-x2x4q", "payments"),
        ("payments-api-66bb9c7dfc-8kcx2", "payments-api"),
        ("payments-0", "payments"),
        ("ledger-28373760-x2x4q", "ledger"),
        ("node-agent-x2x4q", "node-agent"),
        ("payments-1234567", "payments"),
        ("payments-api", "–"),
        ("payments", "–"),
        ("a-0", "–"),
        ("", "–"),
    ];
    for (pod, expected) in table {
        let names = workloads(pod);
        let first = names.first().copied().unwrap_or("–");
        assert_eq!(first, expected, "{pod}");
    }
}

/// The candidates of a text, one a line: line, role, weight, words.
fn picked(text: &str) -> String {
    let lines: Vec<String> = candidates(text)
        .into_iter()
        .map(|found| {
            let role = match found.role {
                Role::Form => "",
                Role::Name => "name ",
                Role::Team => "team ",
                Role::Namespace => "namespace ",
            };
            format!("{} {role}{} ({})", found.line, found.words, found.weight)
        })
        .collect();
    lines.join("\n")
}

#[test]
fn a_text_gives_the_words_that_may_name_something() {
    insta::assert_snapshot!(picked("```\njava.lang.IllegalStateException: it is late\n\tat com.acme.payments.Ledger.book(Ledger.java:42)\n```"), @"
    1 java.lang.IllegalStateException (75)
    2 com.acme.payments.Ledger.book (75)
    2 Ledger.java:42 (75)
    ");
    insta::assert_snapshot!(picked(r#"{"level":"error","service":"payments","kubernetes":{"pod_name":"payments-7d9f8b6c5-x2x4q"}}"#), @"
    1 name payments (100)
    1 name payments-7d9f8b6c5-x2x4q (95)
    1 pod_name (50)
    1 payments-7d9f8b6c5-x2x4q (72)
    ");
    insta::assert_snapshot!(picked("Labels:\n - alertname = HighErrorRate\n - team = payments-team\nService: Payments API v2\nSource: https://prometheus.acme.example/graph"), @"
    3 team payments-team (85)
    3 payments-team (50)
    4 name Payments API v2 (100)
    5 name https://prometheus.acme.example/graph (65)
    5 https://prometheus.acme.example/graph (80)
    ");
    insta::assert_snapshot!(picked("payments-1  | listening\nJan  5 12:00:01 web-3 ledger[123]: late\ndeployment.apps/cart restarted"), @"
    1 name payments-1 (60)
    1 payments-1 (72)
    2 name ledger (60)
    2 web-3 (72)
    3 name cart (95)
    ");
    assert_eq!(
        picked("it broke again, who is on call for orders and search?"),
        ""
    );
}

#[test]
fn a_hundred_kilobytes_are_read_at_once() {
    let junk = [
        "x".repeat(100_000),
        " ".repeat(100_000),
        "service:".repeat(12_000),
        "service: ".repeat(11_000),
        "service=\"".repeat(11_000),
        "a/".repeat(50_000),
        "a/b/c-d ".repeat(12_000),
        "[".repeat(100_000),
        "a.b.c.d.e.f ".repeat(8_000),
        "\n".repeat(100_000),
        "https://github.com/a/b ".repeat(4_000),
        "= : ".repeat(25_000),
        "é".repeat(50_000),
    ];
    for text in junk {
        let started = Instant::now();
        candidates(&text);
        // Without optimisation it takes ten times as long as it takes people.
        assert!(
            started.elapsed() < Duration::from_millis(500),
            "{:?}… took {:?}",
            &text[..text.floor_char_boundary(12)],
            started.elapsed()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_can_be_read(text in "\\PC{0,200}") {
        let _ = read(&text);
        for candidate in candidates(&text) {
            prop_assert!(text.contains(candidate.words));
        }
    }

    #[test]
    fn any_pieces_can_be_read(
        pieces in proptest::collection::vec(
            "://|/|\\\\|:|::|@|\\.|-|=|\"|'|\\[|\\]|\\{|\\}|\\*|%|%2|#L|service|pod|git@|github\\.com|blob|src|[a-z0-9]{1,6}|é|\n|\t| ", 0..40,
        ),
    ) {
        let text = pieces.concat();
        let _ = read(&text);
        let _ = workloads(&text);
        for candidate in candidates(&text) {
            prop_assert!(candidate.line as usize <= text.lines().count());
        }
    }
}
