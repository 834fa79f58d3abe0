//! Answers that would be a template, and secrets that would be told.

use callboard::scaffold::workflow::Outcome;
use serde_json::{Value, json};

use super::{Attempt, paths, text};

#[tokio::test]
async fn answers_are_never_read_as_a_template() {
    for answer in [
        "${{ 7 * 7 }}",
        "${{ secrets.token }}",
        "{{ 7 * 7 }}",
        "{% if true %}yes{% endif %}",
        "{# nothing #}",
        "{% raw %}",
        "${{",
        "#}",
        "{% include 'x' %}",
    ] {
        let outcome = Attempt::new(
            "steps:\n\
             - id: it\n  \
               action: fetch:template\n  \
               input: {url: ./skeleton, values: {name: '${{ parameters.name }}', list: ['${{ parameters.name }}']}}\n\
             - id: again\n  \
               action: roadiehq:utils:fs:write\n  \
               input: {path: again.txt, content: '${{ parameters.name }}'}\n\
             - id: each\n  \
               action: roadiehq:utils:fs:write\n  \
               each: ['${{ parameters.name }}']\n  \
               input: {path: each.txt, content: '<${{ each.value }}>'}\n\
             - id: python\n  \
               action: fetch:template\n  \
               input: {url: ./python, cookiecutterCompat: true, values: {name: '${{ parameters.name }}'}}\n\
             output: {text: [{title: '${{ parameters.name }}', content: '<${{ steps.again.output.path }}>'}]}",
        )
        .file("template/skeleton/a.txt", "<${{ values.name }}> <${{ values.list }}> <${{ values.list[0] ~ '' }}>")
        .file("template/skeleton/<${{ values.name }}>.txt", "x")
        .file("template/python/python.txt", "<{{ cookiecutter.name }}>")
        .answers(json!({ "name": answer }))
        .secrets(json!({ "token": "canary-90aa41" }))
        .run()
        .await;
        assert_eq!(
            (outcome.failed.as_ref(), outcome.left.len()),
            (None, 0),
            "{answer}"
        );
        assert_eq!(
            text(&outcome, "a.txt"),
            format!("<{answer}> <{answer}> <{answer}>")
        );
        assert_eq!(text(&outcome, "again.txt"), answer);
        assert_eq!(text(&outcome, "each.txt"), format!("<{answer}>"));
        assert_eq!(text(&outcome, "python.txt"), format!("<{answer}>"));
        assert!(
            outcome.tree.get(&format!("<{answer}>.txt")).is_some(),
            "{:?}",
            paths(&outcome)
        );
        assert_eq!(
            Value::from(outcome.output),
            json!({"text": [{"title": answer, "content": "<again.txt>"}]})
        );
    }
}

/// The secrets of these tests, none of which anybody may see.
fn secrets() -> Value {
    json!({
        "token": "Canary-3f81-Token",
        "quoted": "canary\"quoted\\secret",
        "path": "canary-folder/canary-file",
        "deep": {"list": ["canary-in-a-list"], "pin": 987_654_321},
        "lines": "canary-first-line\ncanary-second-line",
    })
}

/// All that people are told of a run.
fn told(outcome: &Outcome) -> String {
    format!(
        "{:?} {:?} {} {} {:?}",
        outcome.log,
        outcome.left,
        Value::Object(outcome.steps.clone()),
        Value::from(outcome.output.clone()),
        outcome.failed
    )
}

fn hides_all(outcome: &Outcome) {
    let told = told(outcome).to_lowercase();
    for word in ["canary", "987654321", "987_654", "yranac", "hidden"] {
        assert!(!told.contains(word), "{word}: {told}");
    }
}

#[tokio::test]
async fn secrets_are_not_told() {
    let outcome = Attempt::new(
        "steps:\n\
         - {id: plain, action: 'debug:log', input: {message: 'The token is ${{ secrets.token }}.'}}\n\
         - {id: upper, action: 'debug:log', input: {message: '${{ secrets.token | upper }}'}}\n\
         - {id: half, action: 'debug:log', input: {message: '${{ secrets.token.slice(0, 9) }}'}}\n\
         - {id: back, action: 'debug:log', input: {message: '${{ secrets.token | reverse }}'}}\n\
         - {id: each, action: 'debug:log', each: ['${{ secrets.token | replace(\"C\", \"hidden\") }}', b], input: {message: '${{ each.key }} ${{ each.value | title }}'}}\n\
         - {id: entries, action: 'debug:log', each: '${{ secrets.deep }}', input: {message: '${{ each.value | dump }}'}}\n\
         - {id: chosen, action: 'debug:log', input: {message: '${{ \"hidden choice\" if secrets.token else \"another\" }}'}}\n\
         - {id: nothing, action: 'debug:log', input: {message: 'no secret'}}\n\
         - {id: out, action: 'roadiehq:utils:serialize:json', input: {data: {a: '${{ secrets.deep.pin }}', b: '${{ secrets.token | reverse }}', c: '${{ secrets.quoted }}'}}}\n\
         - {id: later, action: 'debug:log', input: {message: '${{ steps.out.output.serialized | lower | replace(\"yranac\", \"hidden\") }}'}}\n\
         - {id: wrote, action: 'roadiehq:utils:fs:write', input: {path: '${{ secrets.path }}', content: '${{ secrets.lines }}'}}\n\
         - {id: list, action: 'debug:log', input: {listWorkspace: with-contents}}\n\
         - {id: left, action: 'debug:log', input: {message: '${{ (secrets.token | reverse) | parseRepoUrl }}'}}\n\
         output:\n  \
           token: ${{ secrets.token }}\n  \
           path: at ${{ steps.wrote.output.path }}\n  \
           serialized: ${{ steps.out.output.serialized }}\n  \
           half: ${{ steps.out.output.serialized | reverse }}",
    )
    .secrets(secrets())
    .run()
    .await;
    assert_eq!(outcome.failed, None);
    hides_all(&outcome);
    let said: Vec<String> = outcome
        .log
        .iter()
        .map(|(step, message)| format!("{step}: {message}"))
        .collect();
    assert_eq!(
        said,
        [
            "plain: ***",
            "upper: ***",
            "half: ***",
            "back: ***",
            "each: ***",
            "each: 1 B",
            "entries: ***",
            "entries: ***",
            "chosen: ***",
            "nothing: no secret",
            "later: ***",
            "list: Workspace:\n  - ***:\n\n***",
            "left: ${{ (secrets.token | reverse) | parseRepoUrl }}",
        ]
    );
    assert_eq!(
        outcome.left,
        [(
            "/spec/steps/12/input/message".to_owned(),
            "1:33: What is wrong with it has to do with a secret, and is not shown.".to_owned()
        )]
    );
    // What the template makes has them all the same.
    assert_eq!(
        text(&outcome, "canary-folder/canary-file"),
        "canary-first-line\ncanary-second-line"
    );
}

#[tokio::test]
async fn secrets_are_not_told_by_what_fails() {
    let skeleton = |values: &str| {
        format!(
            "{{id: it, action: 'fetch:template', input: {{url: ./skeleton, values: {{a: '{values}'}}}}}}"
        )
    };
    let steps = [
        // A name that leads out, in which quotation marks are written otherwise.
        skeleton("../${{ secrets.quoted }}"),
        skeleton("../${{ secrets.token | reverse }}"),
        // Parts of a path.
        "{id: it, action: 'roadiehq:utils:fs:append', input: {path: '${{ secrets.path }}', content: x}}".to_owned(),
        "{id: it, action: 'roadiehq:utils:fs:append', input: {path: 'a/../${{ secrets.path | reverse }}', content: x}}".to_owned(),
        // Addresses.
        "{id: it, action: 'fetch:plain', input: {url: 'https://x:${{ secrets.token }}@example.com/a'}}".to_owned(),
        "{id: it, action: 'fetch:plain', input: {url: './${{ secrets.token | upper }}'}}".to_owned(),
        // Inputs that are not as they should be, and rounds.
        "{id: it, action: 'debug:log', input: {listWorkspace: '${{ secrets.token }}'}}".to_owned(),
        "{id: it, action: 'debug:log', input: {listWorkspace: '${{ secrets.deep }}'}}".to_owned(),
        "{id: it, action: 'debug:log', each: '${{ secrets.token }}', input: {message: x}}".to_owned(),
        "{id: it, action: 'fs:rename', each: ['${{ secrets.token | reverse }}'], input: {files: [{from: 'a${{ each.value | upper }}', to: b}]}}".to_owned(),
        "{id: it, action: 'roadiehq:utils:json:merge', input: {path: a, content: '${{ secrets.token }}'}}".to_owned(),
    ];
    for step in steps {
        let outcome = Attempt::new(&format!("steps: [{step}]"))
            .file("template/skeleton/${{ values.a }}.txt", "x")
            .secrets(secrets())
            .run()
            .await;
        assert!(outcome.failed.is_some(), "{step}");
        hides_all(&outcome);
    }
}
