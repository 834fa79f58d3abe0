//! `callboard policy`, and what `config check` and `doctor` say of rules.

use crate::harness::Program;

const RULES: &str = r#"admins = ["user:default/ana"]

[[policy]]
says     = "Finance reads the sources again"
decide   = "allow"
who      = ["group:finance-engineering"]
commands = ["resync"]

[[policy]]
decide    = "approve"
by        = "group:platform-team"
platforms = ["matrix"]
channels  = ["!ops:acme.example"]
commands  = ["resync"]

[[policy]]
says      = "Templates are tried out first"
decide    = "deny"
templates = ["rust-service"]
"#;

#[test]
fn a_decision_is_told_with_its_rule_and_an_exit_code() {
    let program = Program::new().file("callboard.toml", RULES);
    let test = |arguments: &[&str]| {
        let all = ["policy", "test"].iter().chain(arguments);
        program.run(all).to_string()
    };
    insta::assert_snapshot!(test(&["--user", "omar", "resync", "accept"]), @"
    allowed: resync accept
      by callboard.toml:3: Finance reads the sources again
    ");
    insta::assert_snapshot!(test(&["--user", "user:default/lhansen", "resync"]), @"
    allowed: resync
      by callboard.toml:3: Finance reads the sources again
    ");
    insta::assert_snapshot!(test(&["resync accept"]), @"
    denied: resync accept
      by the bot's own rule: what changes something is denied unless a rule allows it
      these may: group:default/finance-engineering
      admins: user:default/ana
    [exit 1]
    ");
    insta::assert_snapshot!(test(&["--platform", "matrix", "--channel", "!ops:acme.example", "resync", "accept"]), @"
    needs the approval of group:default/platform-team: resync accept
      by callboard.toml:9
      these may: group:default/finance-engineering
      admins: user:default/ana
    [exit 3]
    ");
    insta::assert_snapshot!(test(&["--user", "ana", "channel", "allow"]), @"
    allowed: channel allow
      by the bot's own rule: admins may do everything
    ");
    insta::assert_snapshot!(test(&["who-owns", "payments"]), @"
    allowed: who-owns
      by the bot's own rule: everybody may read
    ");
    insta::assert_snapshot!(test(&["--template", "rust-service", "--owner", "payments-team", "--organisation", "github.com/acme", "--", "who-owns", "payments"]), @"
    denied: who-owns
      by callboard.toml:16: Templates are tried out first
      admins: user:default/ana
    [exit 1]
    ");
    insta::assert_snapshot!(test(&["--user", "nobody", "resync"]), @r#"
    [stderr] callboard: there is no user "nobody" in the catalog; --user takes a name like ana or user:default/ana
    [exit 2]
    "#);
    insta::assert_snapshot!(test(&["resnyc"]), @"
    [stderr] callboard: There is no command `resnyc`.
    [exit 2]
    ");
}

#[test]
fn what_is_wrong_with_the_rules_is_found_before_the_bot_runs() {
    let broken = "[[policy]]\ndecide = \"approve\"\nwho = []\n";
    let program = Program::new().file("callboard.toml", broken);
    insta::assert_snapshot!(program.run(["config", "check"]), @r#"
    [stderr] callboard: callboard.toml:1: a rule that decides `approve` says which group does it, like `by = "group:platform"`
    callboard: callboard.toml:1: `who` is empty; name something there, or leave it out where it does not matter
    [exit 1]
    "#);
    let doctor = program.run(["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor}");
    assert!(
        doctor.stdout.contains("✗ policy: callboard.toml:1"),
        "{doctor}"
    );
    insta::assert_snapshot!(program.run(["policy", "test", "--user", "ana", "resync"]), @r#"
    denied: resync
      because the policy is broken: callboard.toml:1: a rule that decides `approve` says which group does it, like `by = "group:platform"`
    [stderr] ERROR the policy is broken, so every change is denied problem=callboard.toml:1: a rule that decides `approve` says which group does it, like `by = "group:platform"`
    ERROR the policy is broken, so every change is denied problem=callboard.toml:1: `who` is empty; name something there, or leave it out where it does not matter
    [exit 1]
    "#);

    let program = Program::new()
        .file("callboard.toml", "policy_file = \"rules/policy.toml\"\n")
        .file(
            "rules/policy.toml",
            "[[policy]]\ndecide = \"deny\"\ncolour = \"red\"\n",
        );
    insta::assert_snapshot!(program.run(["config", "check"]), @"
    [stderr] callboard: ⌂/rules/policy.toml:3: there is no key `colour`; the keys are decide, by, says, who, platforms, channels, commands, changes, templates, owners, organisations
    [exit 1]
    ");
    let program = Program::new().file("callboard.toml", "policy_file = \"rules/policy.toml\"\n");
    insta::assert_snapshot!(program.run(["config", "check"]), @"
    [stderr] callboard: ⌂/rules/policy.toml:1: the file cannot be read: No such file or directory (os error 2); put it there, or take `policy_file` out of the configuration
    [exit 1]
    ");
}

#[test]
fn slips_are_pointed_out() {
    let slips = "[[policy]]\ndecide = \"deny\"\nwho = [\"group:paymnts\"]\nplatforms = [\"slak\"]\ncommands = [\"resnyc accept\", \"owner\", \"channel\"]\n";
    let program = Program::new().file("callboard.toml", slips);
    let check = program.run(["config", "check"]);
    assert_eq!(check.code, 0, "{check}");
    insta::assert_snapshot!(check.stderr, @"
    callboard: callboard.toml:1: there is no command `resnyc`; did you mean `resync`?
    callboard: callboard.toml:1: there is no command `owner`; did you mean `who-owns`?
    callboard: callboard.toml:1: there is no platform `slak`; there are console, matrix, slack
    ");
    assert!(
        check.stdout.contains("policy[0].decide = \"deny\""),
        "{check}"
    );
    insta::assert_snapshot!(program.run(["policy", "test", "channel"]), @"
    allowed: channel
      by the bot's own rule: everybody may read
    [stderr] callboard.toml:1: there is no command `resnyc`; did you mean `resync`?
    callboard.toml:1: there is no command `owner`; did you mean `who-owns`?
    callboard.toml:1: there is no platform `slak`; there are console, matrix, slack
    callboard.toml:1: the catalog has no group:default/paymnts
    ");
}
