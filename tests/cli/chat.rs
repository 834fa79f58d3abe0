//! `callboard chat` in a pipe, and two programs on one data folder.

use crate::harness::{Program, Running};

const LINES: &str = "who-owns payments\n\nwho-owns payment\n4\nwho-owns\nledger\nsing\n";

#[test]
fn a_pipe_is_one_line_in_and_one_answer_out() {
    let program = Program::new();
    let finished = program.run_with(LINES, [""; 0]);
    insta::assert_snapshot!(finished, @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed long ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.

      1  What else they own

    Several things could be payment. Which one do you mean?

      1  payments (Component of payments-team)
      2  payments-worker (Component of payments-team)
      3  payments-v2 (API of payments-team)
      4  payment-api (Component of billing-team)
      5  payment-webhooks (Resource of payments-team)

    Bank transfer API (component:default/payment-api) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    Line last changed long ago by Callboard (…). CODEOWNERS agrees: @acme/billing-team.
    From services/payment-api/catalog-info.yaml:20 in acme at …, read just now.

      1  What else they own

    Which thing? I need a service, team, repository, file, link, host, pod or package, or a pasted stack trace, log or alert.

    Ledger (component:default/ledger) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed long ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

      1  What else they own
      2  Fix: owned by Payments Team

    sing is no command by itself. Do you mean one of these?

      1  show component:default/sign-in
      2  show user:default/sofia
    ");
    assert!(!finished.stdout.contains('\u{1b}'));
    let same = program.run_with(LINES, ["chat"]);
    assert_eq!(same, finished);
}

#[test]
fn the_last_line_needs_no_end() {
    let program = Program::new().env("NO_COLOR", "1");
    let finished = program.run_with("whois me", ["chat", "--as", "ana"]);
    insta::assert_snapshot!(finished, @"
    Ana Horvat (user:default/ana) is in Developer Platform Team.

    Leads the developer platform. Looks after this catalogue.

    Reach them: ana.horvat@acme.example · Slack U01A4W8VKE · Matrix @ana:acme.example
    Developer Platform Team: #help-platform · platform@acme.example

    From org/users-platform.yaml:2 in acme at …, read just now.
    ");
}

#[test]
fn nothing_in_is_nothing_out() {
    insta::assert_snapshot!(Program::new().run([""; 0]), @"");
}

#[test]
fn a_second_process_on_the_same_data_says_so() {
    let program = Program::new();
    let mut first = Running::start(program.command(["chat"]));
    first.types("whois omar");
    first.says("Omar Haddad");
    insta::assert_snapshot!(program.run(["exec", "--", "whois omar"]), @"
    [stderr] callboard: another Callboard is running on ⌂/data/store: stop it, or give this one its own --data folder
    [exit 2]
    ");
    first.types("whois ana");
    first.says("Ana Horvat");
    let ended = first.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(program.answers("whois omar").starts_with("Omar Haddad"));
}
