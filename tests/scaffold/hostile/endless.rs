//! Templates that would never end, or fill everything.

use std::time::{Duration, Instant};

use callboard::scaffold::template::Template;
use serde_json::json;

use super::{Attempt, paths};

#[tokio::test]
async fn a_loop_that_would_fill_the_disk_ends() {
    let start = Instant::now();
    let big = "x".repeat(1024 * 1024);
    let many = |action: &str, input: &str, rounds: u32| {
        Attempt::new(&format!(
            "steps: [{{id: it, action: '{action}', each: '${{{{ range({rounds}) }}}}', input: {input}}}]"
        ))
        .file("template/skeleton/big.txt", &big)
        .answers(json!({ "big": big }))
    };
    // One file after the other, and one that gets longer and longer.
    let too_much = "The workspace would hold more than 256 MiB, the most that a template may make.";
    let files = many(
        "fetch:plain",
        "{url: ./skeleton, targetPath: 'a${{ each.key }}'}",
        1000,
    );
    assert_eq!(files.refused().await, too_much);
    let rounds: Vec<u32> = (0..11_000).collect();
    let names = Attempt::new(&format!(
        "steps: [{{id: it, action: 'roadiehq:utils:fs:write', each: {rounds:?}, input: {{path: 'a${{{{ each.key }}}}/b', content: x}}}}]"
    ));
    assert_eq!(
        names.refused().await,
        "The workspace would hold more than 20000 files and folders, the most that a template may make."
    );
    // What is not written is not kept either.
    let inputs = many(
        "roadiehq:utils:fs:append",
        "{path: a, content: '${{ parameters.big }}'}",
        1000,
    );
    assert_eq!(
        inputs.refused().await,
        "The step it would take more than 256 MiB of input in all its rounds."
    );
    let log = Attempt::new(
        "steps:\n\
         - {id: first, action: fetch:plain, input: {url: ./skeleton}}\n\
         - {id: it, action: 'debug:log', each: '${{ range(1000) }}', input: {listWorkspace: with-contents}}",
    )
    .file("template/skeleton/big.txt", &big);
    assert_eq!(
        log.refused().await,
        "The steps put out and say more than 256 MiB, the most that a template may."
    );
    // One file.
    for (text, wanted) in [
        (
            "{% for a in range(1000) %}{% for b in range(1000) %}{{ x }}${{ values.big }}{% endfor %}{% endfor %}",
            "loop.txt:1:60: This template writes more than 16777216 bytes, the most that a file may get.",
        ),
        (
            "a\n{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
            "does more than 1000000 steps. Does a loop run too often?",
        ),
    ] {
        let attempt = Attempt::step(
            "fetch:template",
            &json!({"url": "./skeleton", "values": {"big": "${{ parameters.big }}"}}),
        )
        .file("template/skeleton/loop.txt", text)
        .answers(json!({ "big": big }));
        let sentence = attempt.refused().await;
        assert!(sentence.contains(wanted), "{sentence}");
    }
    let sentence = Attempt::new(
        "steps:\n\
         - {id: first, action: fetch:plain, input: {url: ./skeleton}}\n\
         - {id: it, action: 'roadiehq:utils:fs:replace', input: {files: [{file: big.txt, find: x, replaceWith: '${{ parameters.long }}'}]}}",
    )
    .file("template/skeleton/big.txt", &big)
    .answers(json!({ "long": "y".repeat(1024) }))
    .refused()
    .await;
    assert!(sentence.contains("more than"), "{sentence}");
    let took = start.elapsed();
    assert!(took < Duration::from_mins(1), "{took:?}");
}

#[tokio::test]
async fn a_template_has_so_much_time_and_no_more() {
    let slow = "${{ range(90000) | join | length }} x";
    for steps in [
        // Many texts of one input, many rounds, and many files.
        json!([{"id": "it", "action": "roadiehq:utils:serialize:json", "input": {"data": {"list": vec![slow; 20_000]}}}]),
        json!([{"id": "it", "action": "debug:log", "each": vec![1; 11_000], "input": {"message": slow}}]),
        json!([{"id": "it", "action": "fetch:template", "input": {"url": "./skeleton"}}]),
    ] {
        let mut attempt = Attempt::new(&format!("steps: {steps}"));
        for number in 0..500 {
            attempt = attempt.file(&format!("template/skeleton/{number}.txt"), slow.repeat(3));
        }
        attempt.given.time = Some(Duration::from_millis(200));
        let start = Instant::now();
        let sentence = attempt.refused().await;
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?}",
            start.elapsed()
        );
        assert!(
            sentence.starts_with("This template takes too long"),
            "{sentence}"
        );
    }
}

#[tokio::test]
async fn what_calls_itself_ends() {
    let sentence = Attempt::step("fetch:template", &json!({"url": "./skeleton"}))
        .file(
            "template/skeleton/a.txt",
            "{% macro m(x) %}${{ m(x) }}{% endmacro %}\n${{ m(1) }}",
        )
        .refused()
        .await;
    assert_eq!(
        sentence,
        "a.txt:1:17: This is nested more than 200 levels deep. Does a macro call itself without an end?"
    );
    // A skeleton that fetches itself gets what is there, and not what was made of it.
    let outcome = Attempt::new(
        "steps:\n\
         - {id: one, action: fetch:plain, input: {url: ., targetPath: skeleton}}\n\
         - {id: two, action: fetch:plain, input: {url: ., targetPath: skeleton/skeleton}}",
    )
    .file("template/a.txt", "a")
    .link("template/loop", ".")
    .link("template/round", "round")
    .run()
    .await;
    assert_eq!(outcome.failed, None);
    assert_eq!(
        paths(&outcome),
        [
            "skeleton",
            "skeleton/a.txt",
            "skeleton/loop",
            "skeleton/round",
            "skeleton/skeleton",
            "skeleton/skeleton/a.txt",
            "skeleton/skeleton/loop",
            "skeleton/skeleton/round",
            "skeleton/skeleton/template.yaml",
            "skeleton/template.yaml",
        ]
    );
    // Aliases that would make very much of little.
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb = format!("{bomb}a{level}: &a{level} [{before}]\n");
    }
    let attempt = Attempt::new(&format!(
        "steps:\n- id: it\n  action: debug:log\n  input:\n    {}",
        bomb.replace('\n', "\n    ")
    ));
    let read = Template::in_folder(&attempt.folder.path().join("template")).expect("a folder");
    assert!(
        read.template.is_none() && !read.problems.is_empty(),
        "{:?}",
        read.problems
    );
}
