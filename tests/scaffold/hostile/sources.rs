//! What a template must not fetch, and links that lead out.

use std::net::TcpListener;

use callboard::scaffold::tree::Node;
use serde_json::json;

use super::{Attempt, paths};

#[tokio::test]
async fn what_is_fetched_lies_beside_the_template() {
    let canary = "canary-51d0c2-beside";
    for url in [
        "..",
        "../secret.txt",
        "/etc/passwd",
        "./skeleton/../../secret.txt",
        "link",
        "folder",
    ] {
        for action in [
            "fetch:plain",
            "fetch:plain:file",
            "fetch:template",
            "fetch:template:file",
        ] {
            let attempt = Attempt::step(action, &json!({"url": url, "targetPath": "x"}))
                .file("secret.txt", canary)
                .file("template/skeleton/a.txt", "a")
                .link("template/link", "../secret.txt")
                .link("template/folder", "..");
            let outcome = attempt.run().await;
            let (_, sentence) = outcome
                .failed
                .clone()
                .unwrap_or_else(|| panic!("{action} {url}"));
            assert_eq!(
                sentence,
                format!("{url:?} leads out of the repository that holds the template."),
                "{action}"
            );
            assert_eq!(paths(&outcome), [""; 0], "{action} {url}");
        }
    }
}

#[tokio::test]
async fn addresses_of_this_machine_and_its_network_are_not_read() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let port = listener.local_addr().expect("an address").port();
    let urls = [
        format!("http://localhost:{port}/acme/templates/tree/main/skeleton"),
        format!("http://127.0.0.1:{port}/skeleton"),
        format!("https://127.0.0.1:{port}/acme/templates/tree/main/skeleton"),
        format!("http://[::ffff:127.0.0.1]:{port}/skeleton"),
        format!("http://0x7f000001:{port}/skeleton"),
        format!("http://2130706433:{port}/skeleton"),
        format!("HTTP://127.0.0.1:{port}/skeleton"),
        format!("git://127.0.0.1:{port}/acme/templates"),
        format!("ssh://git@127.0.0.1:{port}/acme/templates"),
        format!("git+ssh://git@127.0.0.1:{port}/acme/templates"),
        "git@localhost:acme/templates".to_owned(),
        "file:///etc/passwd".to_owned(),
        "file:/etc/passwd".to_owned(),
        "FILE:///etc/passwd".to_owned(),
        "file://localhost/etc".to_owned(),
        "ext::sh -c touch% made".to_owned(),
        "--upload-pack=touch made".to_owned(),
        "data:text/plain,x".to_owned(),
    ];
    for url in urls {
        for action in [
            "fetch:plain",
            "fetch:plain:file",
            "fetch:template",
            "fetch:template:file",
        ] {
            let attempt = Attempt::step(
                action,
                &json!({"url": "${{ parameters.url }}", "targetPath": "x"}),
            )
            .answers(json!({ "url": url }));
            let outcome = attempt.run().await;
            let (_, sentence) = outcome
                .failed
                .clone()
                .unwrap_or_else(|| panic!("{action} {url}"));
            assert!(
                sentence.contains(&url) && sentence.ends_with('.'),
                "{sentence}"
            );
            assert_eq!(paths(&outcome), [""; 0], "{action} {url}");
        }
    }
    assert!(listener.accept().is_err(), "somebody called");
}

#[tokio::test]
async fn links_do_not_lead_out() {
    let fetch = |action: &str| Attempt::step(action, &json!({"url": "./skeleton"}));
    for target in ["../../secret.txt", "/etc/passwd", "../..", "a/../../../x"] {
        // Backstage leaves those out that a template on this machine has.
        for action in ["fetch:plain", "fetch:template"] {
            let outcome = fetch(action)
                .file("template/skeleton/a/b.txt", "b")
                .link("template/skeleton/link", target)
                .run()
                .await;
            assert_eq!(
                (outcome.failed.as_ref(), paths(&outcome)),
                (None, vec!["a", "a/b.txt"]),
                "{target}"
            );
        }
    }
    // One that is fine where it stands and is not where it is put.
    for (name, sentence) in [
        (
            "../../up",
            r#""a/../../up" leads out of the workspace: write a path within it."#,
        ),
        (
            "../up",
            r#"The symbolic link "up" leads out of the workspace, to "../b.txt"."#,
        ),
    ] {
        let attempt = Attempt::step(
            "fetch:template",
            &json!({"url": "./skeleton", "values": {"name": name}}),
        )
        .link("template/skeleton/a/${{ values.name }}", "../b.txt");
        assert_eq!(attempt.refused().await, sentence);
    }
    // One that leads out by way of another.
    let sentence = fetch("fetch:plain")
        .link("template/skeleton/a/b/up", "../..")
        .link("template/skeleton/a/b/c/link", "../up/../x")
        .refused()
        .await;
    assert_eq!(
        sentence,
        r#"The symbolic link "a/b/c/link" leads out of the workspace, to "../up/../x"."#
    );
}

#[tokio::test]
async fn links_are_not_made_to_lead_out_by_other_names() {
    for (from, to) in [("a/link", "link"), ("a", "b"), ("a/b", "b")] {
        let outcome = Attempt::new(&format!(
            "steps:\n\
             - {{id: first, action: fetch:plain, input: {{url: ./skeleton}}}}\n\
             - {{id: it, action: 'fs:rename', input: {{files: [{{from: {from}, to: {to}}}]}}}}"
        ))
        .file("template/skeleton/c.txt", "c")
        .link("template/skeleton/a/link", "../c.txt")
        .link("template/skeleton/a/b/link", "../../c.txt")
        .run()
        .await;
        match to {
            // As deep as before.
            "b" if from == "a" => assert_eq!(outcome.failed, None),
            _ => {
                let (_, sentence) = outcome.failed.expect("refused");
                assert!(
                    sentence.contains("leads out of the workspace, to \"../"),
                    "{sentence}"
                );
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_written_through_a_link_or_in_the_place_of_a_folder() {
    let outcome = Attempt::new(
        "steps:\n\
         - {id: first, action: fetch:plain, input: {url: ./skeleton}}\n\
         - {id: it, action: 'roadiehq:utils:fs:write', input: {path: link/x.txt, content: x}}",
    )
    .file("template/skeleton/a/b.txt", "b")
    .link("template/skeleton/link", "a")
    .run()
    .await;
    assert_eq!(
        outcome.failed.expect("refused").1,
        "\"link\" is a symbolic link, and nothing is put behind one: name the folder itself."
    );
    for (action, url) in [
        ("fetch:template", "./links"),
        ("fetch:plain", "./links"),
        ("fetch:plain:file", "./one.txt"),
    ] {
        let outcome = Attempt::new(
            &format!(
                "steps:\n\
             - {{id: first, action: fetch:plain, input: {{url: ./skeleton}}}}\n\
             - {{id: it, action: '{action}', input: {{url: {url}, targetPath: TARGET}}}}"
            )
            .replace(
                "TARGET",
                if action == "fetch:plain:file" {
                    "a"
                } else {
                    "."
                },
            )
            .replace(
                "action: 'fetch:template', input: {",
                "action: 'fetch:template', input: {replace: true, ",
            ),
        )
        .file("template/skeleton/a/b.txt", "b")
        .file("template/one.txt", "one")
        .link("template/links/a", "elsewhere")
        .run()
        .await;
        assert_eq!(
            outcome.failed.as_ref().expect("refused").1,
            "\"a\" is a folder in the workspace, so nothing else can be put in its place.",
            "{action}"
        );
        assert_eq!(outcome.tree.get("a"), Some(&Node::Folder));
    }
}
