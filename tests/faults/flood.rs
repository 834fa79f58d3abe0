//! Webhooks in floods: forged ones cost little and are told once, and the right one in their midst still gets through.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::payments;
use crate::harness::Running;
use crate::harness::web::{Line, Web, github, signature};
use crate::sources::configured;

const SECRET: &str = "canary-77e2d0-webhook-secret";

/// How many forged deliveries there are, by so many clients at once.
const FORGED: usize = 10_000;
const CLIENTS: usize = 16;

fn body(number: usize) -> String {
    format!(
        r#"{{"ref": "refs/heads/main", "repository": {{"full_name": "acme/catalog"}}, "canary": "canary-of-{number}"}}"#
    )
}

/// Sends a forged delivery, on a new line where the old one was closed.
fn forge(web: Web, line: &mut Line, number: usize) -> u16 {
    let body = body(number);
    let wrong = format!(
        "sha256={}",
        signature("not the secret at all", body.as_bytes())
    );
    let id = number.to_string();
    let headers = [
        ("x-github-event", "push"),
        ("x-github-delivery", &*id),
        ("x-hub-signature-256", &*wrong),
    ];
    loop {
        match line.ask("POST", "/webhooks/github", &headers, body.as_bytes()) {
            Ok(page) => return page.status,
            Err(_) => *line = web.line(),
        }
    }
}

#[test]
#[ignore = "takes a while; run by tests/run"]
fn ten_thousand_forged_webhooks_cost_little_and_hide_no_real_one() {
    let repository = payments("till");
    let program = configured(&format!(
        "[web]\nlisten = \"127.0.0.1:0\"\nwebhook_secret = \"env:WEBHOOK_SECRET\"\n{}",
        super::source(&repository.path().to_string_lossy())
    ))
    .env("WEBHOOK_SECRET", SECRET);
    let running = Running::start(program.command(["serve"]));
    let web = Web::told(&running.says(")\n"));
    crate::harness::eventually("it is ready", || web.get("/ready").status == 200);
    let before = running.peak_memory();
    let started = Instant::now();
    let (sent, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut line = web.line();
                loop {
                    let number = sent.fetch_add(1, Ordering::SeqCst);
                    if number >= FORGED {
                        break;
                    }
                    let status = forge(web, &mut line, number);
                    assert!(status == 401 || status == 429, "{status}");
                    refused.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        // In their midst, from the same address.
        for number in 0..20 {
            crate::harness::eventually("some were refused", || {
                refused.load(Ordering::SeqCst) > FORGED * number / 25
            });
            let id = format!("real-{number}");
            let page = github(web, SECRET, "push", &id, &body(number));
            assert_eq!((page.status, number), (202, number), "{page}");
            assert_eq!(web.get("/ready").status, 200);
        }
    });
    assert_eq!(refused.load(Ordering::SeqCst), FORGED);
    let metrics = web.get("/metrics").body;
    for line in [
        "callboard_webhooks_total{forge=\"github\",outcome=\"forged\"} 10000",
        "callboard_webhooks_total{forge=\"github\",outcome=\"ignored\"} 20",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    let grown = running.peak_memory() - before;
    assert!(grown < 64 << 20, "{grown} bytes more");
    running.signal(rustix::process::Signal::TERM);
    let ended = running.end();
    assert_eq!(ended.code, Some(0), "{ended}");
    // Told at once, and the rest when a minute has passed or at the end; never with what they held.
    let told = ended
        .stderr
        .matches("webhooks with a missing or wrong signature were refused")
        .count();
    let minutes = usize::try_from(started.elapsed().as_secs() / 60).expect("small");
    assert!(told >= 2 && told <= 3 + minutes, "{ended}");
    assert!(!ended.stderr.contains("canary"), "{ended}");
}

#[test]
#[ignore = "takes a while; run by tests/run"]
fn clients_that_hold_the_line_are_let_go() {
    let repository = payments("till");
    let program = configured(&format!(
        "[web]\nlisten = \"127.0.0.1:0\"\nwebhook_secret = \"env:WEBHOOK_SECRET\"\n{}",
        super::source(&repository.path().to_string_lossy())
    ))
    .env("WEBHOOK_SECRET", SECRET);
    let running = Running::start(program.command(["serve"]));
    let web = Web::told(&running.says(")\n"));
    // More than there may be, each with half a head or half a body.
    let mut lines: Vec<Line> = (0..300).map(|_| web.line()).collect();
    for (number, line) in lines.iter_mut().enumerate() {
        let head = "POST /webhooks/github HTTP/1.1\r\nhost: x\r\n";
        let rest = "content-length: 26214400\r\nx-hub-signature-256: sha256=00\r\n\r\nhalf a body";
        let text = if number % 2 == 0 {
            head.to_owned()
        } else {
            format!("{head}{rest}")
        };
        line.send(text.as_bytes()).expect("sent");
    }
    let started = Instant::now();
    let page = github(web, SECRET, "push", "real", &body(1));
    assert_eq!(page.status, 202, "{page}");
    assert!(started.elapsed().as_secs() < 25, "{:?}", started.elapsed());
}
