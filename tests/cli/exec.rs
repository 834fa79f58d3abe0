//! `callboard exec`.

use std::collections::BTreeSet;

use callboard::message::Choice;
use serde_json::Value;

use super::{GOOD, json, keys};
use crate::harness::{Program, Repository};

#[test]
fn text_is_for_people() {
    let program = Program::new();
    insta::assert_snapshot!(program.run(["exec", "--", "who-owns payments"]), @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed long ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.

    - What else they own: owns group:default/payments-team
    ");
    insta::assert_snapshot!(program.run(["exec", "--", "whois", "omar"]), @"
    Omar Haddad (user:default/omar) is in Payments Team and Risk & Fraud Team.

    Half risk, half payments.

    Reach them: omar.haddad@acme.example · Slack U04X9J6SRN
    Payments Team: #help-payments · payments@acme.example
    Risk & Fraud Team: #help-risk · risk@acme.example

    From org/users-finance.yaml:87 in acme at …, read just now.
    ");
}

#[test]
fn markdown_is_for_programs_that_show_it() {
    let program = Program::new();
    insta::assert_snapshot!(program.run(["exec", "--format", "markdown", "--", "who-owns sign-in"]), @r"
    **Sign-in** (`component:default/sign-in`) belongs to **Developer Platform Team**.

    Ask in \#help-platform or \#help-platform:acme.example, or write to platform\@acme.example.
    Members: Ana Horvat, Tomáš Novotný.
    [Team page](<https://wiki.acme.example/teams/platform>) · [Runbook](<https://runbooks.acme.example/platform>)

    Line last changed long ago by Callboard (`68231225`). CODEOWNERS agrees: `@acme/platform-team`.
    *From* `services/sign-in/catalog-info.yaml:18` *in acme at …, read just now.*

    - What else they own: `owns group:default/platform-team`
    ");
}

#[test]
fn json_is_for_scripts() {
    let program = Program::new();
    let expected = BTreeSet::from([
        "command",
        "arguments",
        "data",
        "markdown",
        "choices",
        "failure",
    ]);
    let finished = program.run([
        "exec",
        "--format",
        "json",
        "--",
        "who owns invoice-printer?",
    ]);
    assert_eq!((finished.code, &*finished.stderr), (0, ""), "{finished}");
    let answer = json(&finished.stdout);
    assert_eq!(keys(&answer), expected);
    assert_eq!(answer["command"], "who-owns");
    assert_eq!(
        answer["arguments"]["thing"],
        "component:default/invoice-printer"
    );
    assert_eq!(answer["data"]["owner"]["ref"], "group:default/billing-team");
    assert_eq!(answer["data"]["warnings"][0]["rule"], "deprecated");
    assert_eq!(
        answer["data"]["evidence"]["file"],
        "services/invoice-printer/catalog-info.yaml"
    );
    assert_eq!(answer["failure"], Value::Null);
    assert!(
        answer["markdown"]
            .as_str()
            .is_some_and(|text| text.starts_with("**Invoice printer**"))
    );
    let choices: Vec<Choice> = serde_json::from_value(answer["choices"].clone()).expect("choices");
    assert_eq!(choices[1].line, "who-owns component:default/invoicing");

    let finished = program.run(["exec", "--format", "json", "--", "who-owns payment"]);
    assert_eq!(finished.code, 1, "{finished}");
    let answer = json(&finished.stdout);
    assert_eq!(keys(&answer), expected);
    assert_eq!(
        keys(&answer["failure"]),
        BTreeSet::from(["internal", "says", "hint", "reference"])
    );
    assert_eq!(answer["failure"]["internal"], false);
    assert_eq!(answer["data"], Value::Null);
    assert_eq!(answer["choices"].as_array().map(Vec::len), Some(5));

    let finished = program.run(["exec", "--format", "json", "--", "thanks"]);
    assert_eq!(finished.code, 0, "{finished}");
    assert_eq!(keys(&json(&finished.stdout)), expected);
}

#[test]
fn a_picture_is_kept_where_one_is_asked_for() {
    let program = Program::new();
    let file = program.home().join("deps.png");
    let shown = file.to_string_lossy();
    let finished = program.run(["exec", "--picture", &shown, "--", "deps payments"]);
    assert_eq!((finished.code, &*finished.stderr), (0, ""), "{finished}");
    let png = std::fs::read(&file).expect("the picture");
    assert!(png.starts_with(b"\x89PNG"));
    insta::assert_snapshot!(program.run(["exec", "--picture", "none.png", "--", "deps prod-eu"]), @"
    Production cluster (resource:default/prod-eu) depends on nothing in the catalog.

    From resources/clusters.yaml:1 in acme at …, read just now.

    - What depends on it: deps resource:default/prod-eu --reverse
    - Who owns it: who-owns resource:default/prod-eu
    [stderr] callboard: this answer has no picture, so nothing is written to none.png
    [exit 1]
    ");
    insta::assert_snapshot!(program.run(["exec", "--picture", "no/such/folder.png", "--", "deps orders --depth 1"]), @"
    Order service (component:default/orders) depends on 5 things directly:

    • Inventory – Delivery Team, through Stock … 1 more behind it
    • Payments – Payments Team, through Payments API v2 … 6 more behind it
    • Shipping – Delivery Team … 1 more behind it
    • Order events topic (resource) – Orders Team
    • Orders database (resource) – Orders Team

    From services/orders/catalog-info.yaml:2 in acme at …, read just now.

    - What depends on it: deps component:default/orders --reverse
    - Up to 10 steps: deps component:default/orders --depth 10
    - Who owns it: who-owns component:default/orders
    [stderr] callboard: the picture cannot be written to no/such/folder.png: No such file or directory (os error 2)
    [exit 2]
    ");
    // The same in a conversation.
    let finished = program.run_with(
        "deps payments --picture again.png\nstatus --picture x.png\n",
        ["chat"],
    );
    assert!(
        finished
            .stdout
            .contains("[picture: What Payments depends on]"),
        "{finished}"
    );
    assert!(
        finished.stdout.contains("The picture is in again.png."),
        "{finished}"
    );
    assert!(
        finished
            .stdout
            .contains("That answer has no picture, so nothing is written to x.png."),
        "{finished}"
    );
    assert_eq!(
        std::fs::read(program.home().join("again.png")).expect("the picture"),
        png
    );
}

#[test]
fn the_exit_code_says_whose_failure_it_is() {
    let program = Program::new()
        .file("callboard.toml", "commands = \"own\"\n")
        .file(
            "own/wrong.md",
            "+++\nsays = \"Says too much\"\naction = \"bot.status\"\n+++\n{{ nothing.at.all }}\n",
        );
    insta::assert_snapshot!(program.run(["exec", "--", "who-owns zebra"]), @"
    I know no entity like zebra. Try another word, or search with a part of its name.
    [exit 1]
    ");
    insta::assert_snapshot!(program.run(["exec", "--", "dance"]), @"
    I do not understand dance. help lists what you can ask.
    [exit 1]
    ");
    let finished = program.run(["exec", "--", "wrong"]);
    assert_eq!(finished.code, 2, "{finished}");
    let (_, reference) = finished.stdout.split_once("E-").expect("a reference");
    assert!(
        finished.stderr.contains(&format!("E-{}", &reference[..6])),
        "{finished}"
    );
    assert_eq!(program.run(["exec"]).code, 2);
}

#[test]
fn one_asks_as_somebody() {
    let program = Program::new();
    insta::assert_snapshot!(program.run(["exec", "--as", "omar", "--", "who am i"]), @"
    Omar Haddad (user:default/omar) is in Payments Team and Risk & Fraud Team.

    Half risk, half payments.

    Reach them: omar.haddad@acme.example · Slack U04X9J6SRN
    Payments Team: #help-payments · payments@acme.example
    Risk & Fraud Team: #help-risk · risk@acme.example

    From org/users-finance.yaml:87 in acme at …, read just now.
    ");
    insta::assert_snapshot!(program.run(["exec", "--as", "user:default/omar", "--format", "markdown", "--", "owns me"]), @r"
    **Omar Haddad** owns nothing in the catalog.

    Their teams: Payments Team (6), Risk \& Fraud Team (2).

    *From* `org/users-finance.yaml:87` *in acme at …, read just now.*

    - What Payments Team owns: `owns group:default/payments-team`
    - What Risk & Fraud Team owns: `owns group:default/risk-team`
    ");
    insta::assert_snapshot!(program.run(["exec", "--as", "nobody", "--", "who am i"]), @r#"
    [stderr] callboard: there is no user "nobody" in the catalog; --as takes a name like ana or user:default/ana
    [exit 1]
    "#);
    insta::assert_snapshot!(program.run(["exec", "--", "who am i"]), @"
    I do not know which person of the catalog you are. Ask with a name, or start the terminal with `--as NAME`.
    [exit 1]
    ");
}

#[test]
fn control_codes_in_a_catalog_reach_no_terminal() {
    let repository = Repository::of(&GOOD.replace(
        "{name: pay}",
        r#"{name: pay, title: "\e[31mred\a", description: "\e]0;x\a"}"#,
    ));
    let program = Program::new();
    let source = repository.path();
    for line in [
        "who-owns pay",
        "show pay",
        "search pay",
        "owns team-a",
        "pay",
        "who-owns red",
    ] {
        for format in ["text", "markdown", "json"] {
            let finished = program.run([
                "exec",
                "--source",
                &source.to_string_lossy(),
                "--format",
                format,
                "--",
                line,
            ]);
            let text = format!("{}{}", finished.stdout, finished.stderr);
            assert!(!text.contains(['\u{1b}', '\u{7}']), "{line}: {text:?}");
        }
    }
}

#[test]
fn a_paste_comes_by_standard_input() {
    let program = Program::new();
    let trace = "java.lang.IllegalStateException: not balanced\n\tat com.acme.ledger.Entry.check(Entry.kt:57)\n";
    let answer = program.run_with(trace, ["exec", "--", "who-owns", "-"]);
    insta::assert_snapshot!(answer, @"
    Ledger (component:default/ledger) belongs to Billing Team.

    Recognised by its name in line 2: com.acme.ledger.Entry.check.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed long ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    - What else they own: owns group:default/billing-team
    - Fix: owned by Payments Team: fix-owner component:default/ledger group:default/payments-team
    ");
    let alone = program.run_with(&format!("```\n{trace}```\n"), ["exec", "--", "-"]);
    assert_eq!(alone.stdout, answer.stdout);
    let nothing = program.run_with("it broke\nagain\n", ["exec", "--", "who owns this?", "-"]);
    insta::assert_snapshot!(nothing, @"
    Nothing in this text is known to the catalog: no service, repository, host, pod or package in it is one of ours. Name the service, or search with a part of its name.
    [exit 1]
    ");
}
