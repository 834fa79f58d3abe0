use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::{Config, PolicyConfig, Ruling};

fn entity(text: &str) -> EntityRef {
    EntityRef::parse(text, None, "default").expect("a reference")
}

fn config(text: &str) -> Config {
    let mut config = Config {
        admins: vec!["user:default/ana".to_owned()],
        ..Config::default()
    };
    config.policy = PolicyConfig::read(Path::new("/etc/callboard.toml"), text).expect("rules");
    config
}

/// The policy of these rules in the configuration, with Ana as the admin.
fn policy(text: &str) -> Policy {
    let source = Source::of(&config(text));
    source.read(&source.text(), None)
}

/// Omar of payments, which is below commerce, in a channel of Slack.
fn omar() -> Subject {
    Subject {
        user: Some(entity("user:omar")),
        teams: vec![entity("group:payments")],
        groups: vec![entity("group:payments"), entity("group:commerce")],
        platform: "slack".to_owned(),
        channel: "T1/C1".to_owned(),
    }
}

fn ana() -> Subject {
    Subject {
        user: Some(entity("user:ana")),
        ..Subject::default()
    }
}

fn stranger() -> Subject {
    Subject::default()
}

fn create() -> Deed {
    Deed {
        template: Some(entity("template:rust-service")),
        owner: Some(entity("group:payments")),
        above: vec![entity("group:commerce")],
        organisation: Some("github.com/acme".to_owned()),
        ..Deed::new("create", "template.create", Weight::Change)
    }
}

fn reading() -> Deed {
    Deed::new("who-owns", "catalog.owner", Weight::Read)
}

/// A decision in a few words.
fn told(decision: &Decision) -> String {
    let verdict = match &decision.verdict {
        Verdict::Allow => "allow".to_owned(),
        Verdict::Deny => "deny".to_owned(),
        Verdict::Approve(by) => format!("approve by {by}"),
    };
    let why = match &decision.basis {
        Basis::Rule(rule) => rule.place.clone().unwrap_or_else(|| "own".to_owned()),
        Basis::Broken(problem) => format!("{}: {}", problem.place(), problem.message),
    };
    format!("{verdict} ({why})")
}

fn decided(rules: &str, subject: &Subject, deed: &Deed) -> String {
    told(&policy(rules).decide(subject, deed))
}

#[test]
fn without_any_rule_everybody_reads_and_admins_change() {
    let link = Deed::new("link", "bot.link", Weight::Light);
    for (subject, deed, wanted) in [
        (stranger(), reading(), "allow (own)"),
        (stranger(), link, "allow (own)"),
        (stranger(), create(), "deny (own)"),
        (omar(), create(), "deny (own)"),
        (ana(), create(), "allow (own)"),
        (omar(), Deed::default(), "deny (own)"),
    ] {
        assert_eq!(decided("", &subject, &deed), wanted, "{subject:?} {deed:?}");
    }
}

#[test]
fn a_group_may_be_an_admin() {
    let mut config = config("");
    config.admins = vec!["group:commerce".to_owned(), "user:bo".to_owned()];
    let source = Source::of(&config);
    let policy = source.read(&source.text(), None);
    assert_eq!(told(&policy.decide(&omar(), &create())), "allow (own)");
    assert_eq!(told(&policy.decide(&ana(), &create())), "deny (own)");
}

#[test]
fn the_first_rule_that_fits_decides() {
    let allow = "[[policy]]\ndecide = \"allow\"\nwho = [\"group:commerce\"]\n";
    let deny = "[[policy]]\ndecide = \"deny\"\ncommands = [\"create\"]\n";
    assert_eq!(
        decided(&format!("{allow}{deny}"), &omar(), &create()),
        "allow (callboard.toml:1)"
    );
    assert_eq!(
        decided(&format!("{deny}{allow}"), &omar(), &create()),
        "deny (callboard.toml:1)"
    );
    // The bot's own rules come last, also the one for admins.
    assert_eq!(decided(deny, &ana(), &create()), "deny (callboard.toml:1)");
    assert_eq!(decided(deny, &ana(), &reading()), "allow (own)");
}

#[test]
fn every_key_must_fit_and_of_a_list_one_entry() {
    let fits = |keys: &str| {
        let rules = format!("[[policy]]\ndecide = \"allow\"\n{keys}\n");
        decided(&rules, &omar(), &create()) == "allow (callboard.toml:1)"
    };
    for keys in [
        "",
        "who = [\"user:omar\"]",
        "who = [\"user:ana\", \"group:default/payments\"]",
        "who = [\"group:commerce\"]",
        "platforms = [\"Slack\"]",
        "channels = [\"C1\"]",
        "channels = [\"T1/C1\"]",
        "commands = [\"create\"]",
        "commands = [\"template.create\"]",
        "changes = true",
        "templates = [\"rust-service\"]",
        "owners = [\"group:payments\"]",
        "owners = [\"group:commerce\"]",
        "owners = [\"own\"]",
        "organisations = [\"github.com/acme\"]",
        "organisations = [\"https://GitHub.com/Acme/\"]",
        "organisations = [\"github.com\"]",
        "who = [\"group:payments\"]\nplatforms = [\"slack\"]\ncommands = [\"create\"]\nowners = [\"own\"]",
    ] {
        assert!(fits(keys), "{keys}");
    }
    for keys in [
        "who = [\"user:ana\"]",
        "who = [\"admins\"]",
        "who = [\"group:default/omar\"]",
        "who = [\"group:other/payments\"]",
        "platforms = [\"matrix\"]",
        "channels = [\"C\"]",
        "channels = [\"T1\"]",
        "commands = [\"crea\"]",
        "commands = [\"create accept\"]",
        "changes = false",
        "templates = [\"rust\"]",
        "owners = [\"group:risk\"]",
        "organisations = [\"github.com/acm\"]",
        "organisations = [\"github.com/acme/payments\"]",
        "who = [\"group:payments\"]\nplatforms = [\"matrix\"]",
    ] {
        assert!(!fits(keys), "{keys}");
    }
}

#[test]
fn what_is_owned_by_a_group_above_is_not_one_s_own() {
    let rules = "[[policy]]\ndecide = \"allow\"\nowners = [\"own\"]\n";
    let commerce = Deed {
        owner: Some(entity("group:commerce")),
        above: Vec::new(),
        ..create()
    };
    assert_eq!(decided(rules, &omar(), &commerce), "deny (own)");
}

#[test]
fn a_command_is_named_with_or_without_what_it_does() {
    let accept = Deed::new("refresh", "catalog.resync", Weight::Change).detail("accept");
    let read = Deed::new("refresh", "catalog.resync", Weight::Light);
    let rules =
        |command: &str| format!("[[policy]]\ndecide = \"deny\"\ncommands = [\"{command}\"]\n");
    for command in [
        "refresh",
        "Refresh  Accept",
        "catalog.resync",
        "catalog.resync accept",
    ] {
        assert_eq!(
            decided(&rules(command), &ana(), &accept),
            "deny (callboard.toml:1)"
        );
    }
    assert_eq!(
        decided(&rules("refresh accept"), &ana(), &read),
        "allow (own)"
    );
    assert_eq!(decided(&rules("resync"), &ana(), &accept), "allow (own)");
}

#[test]
fn channels_go_without_their_workspace_in_slack_alone() {
    let rules = "[[policy]]\ndecide = \"allow\"\nchannels = [\"!ops:acme.example\"]\n";
    let there = |channel: &str| Subject {
        platform: "matrix".to_owned(),
        channel: channel.to_owned(),
        ..Subject::default()
    };
    assert_eq!(
        decided(rules, &there("!ops:acme.example"), &create()),
        "allow (callboard.toml:1)"
    );
    let made_up = there("!x/!ops:acme.example");
    assert_eq!(decided(rules, &made_up, &create()), "deny (own)");
}

#[test]
fn what_is_still_to_be_said_is_told_and_may_be_begun() {
    let rules = "[[policy]]\ndecide = \"approve\"\nby = \"group:platform\"\ntemplates = [\"rust-service\"]\n";
    let begun = Deed {
        template: None,
        open: true,
        ..create()
    };
    let decision = policy(rules).decide(&omar(), &begun);
    assert_eq!(told(&decision), "deny (own)");
    assert_eq!(decision.perhaps.len(), 1);
    assert!(decision.may_begin());
    assert_eq!(
        decided(rules, &omar(), &create()),
        "approve by group:default/platform (callboard.toml:1)"
    );
    // What has no template and never will is none of the rule's.
    let done = Deed {
        open: false,
        ..begun.clone()
    };
    assert!(!policy(rules).decide(&omar(), &done).may_begin());
    let denied = rules.replace("approve\"\nby = \"group:platform\"", "deny\"");
    assert!(!policy(&denied).decide(&omar(), &begun).may_begin());
}

#[test]
fn a_denial_knows_who_can_help() {
    let help = |rules: &str, subject: &Subject| {
        let decision = policy(rules).decide(subject, &create());
        let able: Vec<&str> = decision.able.iter().map(EntityRef::as_str).collect();
        let admins: Vec<&str> = decision.admins.iter().map(EntityRef::as_str).collect();
        format!("{} | {}", able.join(" "), admins.join(" "))
    };
    let allow = "[[policy]]\ndecide = \"allow\"\nwho = [\"group:platform\", \"user:bo\"]\ncommands = [\"create\"]\n";
    assert_eq!(
        help(allow, &omar()),
        "group:default/platform user:default/bo | user:default/ana"
    );
    let own = "[[policy]]\ndecide = \"allow\"\nwho = [\"group:payments\"]\nowners = [\"own\"]\n";
    assert_eq!(
        help(own, &stranger()),
        "group:default/payments | user:default/ana"
    );
    // Whom an earlier rule denies it cannot help, whatever a later one says.
    let nobody = "[[policy]]\ndecide = \"deny\"\ncommands = [\"create\"]\n";
    assert_eq!(
        help(&format!("{nobody}{allow}"), &omar()),
        " | user:default/ana"
    );
    let bo = "[[policy]]\ndecide = \"deny\"\nwho = [\"user:bo\"]\n";
    assert_eq!(
        help(&format!("{bo}{allow}"), &omar()),
        "group:default/platform | user:default/ana"
    );
    let elsewhere = allow.replace("commands", "platforms = [\"matrix\"]\ncommands");
    assert_eq!(help(&elsewhere, &omar()), " | user:default/ana");
}

#[test]
fn what_is_wrong_in_a_rule_is_told_with_its_line_and_a_remedy() {
    let policy = policy(
        r#"
[[policy]]
decide = "allow"
by = "group:platform"
who = []

[[policy]]
decide = "approve"
who = ["ana", "component:payments", " "]

[[policy]]
decide = "approve"
by = "user:ana"
owners = ["payments"]
templates = ["component:x"]
organisations = ["https://"]
"#,
    );
    let problems: Vec<String> = policy
        .problems()
        .iter()
        .map(|problem| format!("{}: {}", problem.line, problem.message))
        .collect();
    insta::assert_snapshot!(problems.join("\n"), @r#"
    2: `by` is for rules that decide `approve`; leave it out, or decide that
    2: `who` is empty; name something there, or leave it out where it does not matter
    7: a rule that decides `approve` says which group does it, like `by = "group:platform"`
    7: `ana` in `who` is no person or team; write it like `user:ana`, `group:payments` or `admins`
    7: `component:payments` in `who` is no person or team; write it like `user:ana`, `group:payments` or `admins`
    7: an entry of `who` is empty; take it out
    11: `by` names the group that approves, like `group:platform`, and `user:ana` is none
    11: `component:x` in `templates` is no template; write its name, like `rust-service`
    11: `payments` in `owners` is no owner; write it like `group:payments` or `user:ana`, or `own` for the asker's own teams
    11: `https://` in `organisations` names no forge; write it like `github.com/acme`
    "#);
}

#[test]
fn a_broken_policy_denies_every_change_and_says_so() {
    let rules = "[[policy]]\ndecide = \"allow\"\n\n[[policy]]\ndecide = \"deny\"\nwho = []\n";
    for (subject, weight) in [(ana(), Weight::Change), (omar(), Weight::Light)] {
        let deed = Deed { weight, ..create() };
        assert_eq!(
            decided(rules, &subject, &deed),
            "deny (callboard.toml:4: `who` is empty; name something there, or leave it out where it does not matter)"
        );
    }
    assert_eq!(
        decided(rules, &omar(), &reading()),
        "allow (callboard.toml:1)"
    );
}

#[test]
fn the_file_stands_behind_the_configuration_and_is_kept_for_reading_alone_when_it_breaks() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("policy.toml");
    let mut config = config(
        "[[policy]]\ndecide = \"allow\"\ncommands = [\"create\"]\nwho = [\"group:payments\"]\n",
    );
    config.commands = Some(folder.path().to_owned());
    let source = Source::of(&config);
    let before = source.read(&source.text(), None);
    assert!(before.problems().is_empty(), "no file is needed there");

    fs::write(&file, "[[policy]]\ndecide = \"deny\"\n").expect("written");
    let good = source.read(&source.text(), Some(&before));
    assert_eq!(
        told(&good.decide(&omar(), &create())),
        "allow (callboard.toml:1)"
    );
    assert_eq!(
        told(&good.decide(&omar(), &reading())),
        "deny (policy.toml:1)"
    );

    fs::write(&file, "[[policy]]\ndecide = \"dney\"\n").expect("written");
    let broken = source.read(&source.text(), Some(&good));
    assert_eq!(
        told(&broken.decide(&omar(), &create())),
        "deny (policy.toml:2: a rule decides `allow`, `deny` or `approve`, and not `dney`; did you mean `deny`?)"
    );
    assert_eq!(
        told(&broken.decide(&omar(), &reading())),
        "deny (policy.toml:1)"
    );

    fs::write(&file, [0xFF]).expect("written");
    let broken = source.read(&source.text(), Some(&broken));
    assert_eq!(
        told(&broken.decide(&ana(), &create())),
        "deny (policy.toml:1: the file is not UTF-8; save it as UTF-8)"
    );

    fs::remove_file(&file).expect("removed");
    let without = source.read(&source.text(), Some(&broken));
    assert_eq!(told(&without.decide(&omar(), &reading())), "allow (own)");

    config.policy_file = Some(file);
    let source = Source::of(&config);
    let missing = source.read(&source.text(), Some(&without));
    assert!(
        told(&missing.decide(&ana(), &create()))
            .starts_with("deny (policy.toml:1: the file cannot be read"),
        "what the configuration names must be there"
    );
}

/// A rule of anything that people may write, the odd included.
fn rule() -> impl Strategy<Value = PolicyConfig> {
    let word = prop_oneof![
        Just("user:omar".to_owned()),
        Just("group:payments".to_owned()),
        Just("admins".to_owned()),
        Just("own".to_owned()),
        Just("create".to_owned()),
        Just("slack".to_owned()),
        Just("rust-service".to_owned()),
        Just("github.com/acme".to_owned()),
        "\\PC{0,12}",
    ];
    let list = proptest::option::of(prop::collection::vec(word.clone(), 0..3));
    let lists = (
        list.clone(),
        list.clone(),
        list.clone(),
        list.clone(),
        list.clone(),
        list.clone(),
        list,
    );
    let decide = prop_oneof![
        Just(Ruling::Allow),
        Just(Ruling::Deny),
        Just(Ruling::Approve)
    ];
    (
        decide,
        proptest::option::of(word),
        proptest::option::of(any::<bool>()),
        lists,
    )
        .prop_map(|(decide, by, changes, lists)| {
            let (who, platforms, channels, commands, templates, owners, organisations) = lists;
            PolicyConfig {
                decide,
                by,
                says: None,
                who,
                platforms,
                channels,
                commands,
                changes,
                templates,
                owners,
                organisations,
                at: None,
            }
        })
}

proptest! {
    #[test]
    fn no_rule_and_no_name_brings_it_down_and_nothing_is_allowed_but_by_a_rule(
        rules in prop::collection::vec(rule(), 0..6),
        command in "\\PC{0,12}",
        organisation in proptest::option::of("\\PC{0,12}"),
        open in any::<bool>(),
    ) {
        let config = Config { policy: rules.clone(), ..Config::default() };
        let source = Source::of(&config);
        let policy = source.read(&source.text(), None);
        let deed = Deed { command, organisation, open, ..create() };
        for subject in [omar(), ana(), stranger()] {
            let decision = policy.decide(&subject, &deed);
            let allowing = rules.iter().any(|rule| rule.decide != Ruling::Deny);
            if decision.verdict != Verdict::Deny {
                prop_assert!(policy.problems().is_empty());
                prop_assert!(allowing);
                prop_assert!(decision.place().is_some(), "only a written rule allows a change");
            }
        }
    }

    #[test]
    fn a_text_is_rules_or_a_problem_and_a_problem_denies_every_change(text in "\\PC{0,40}") {
        let source = Source::of(&Config { admins: vec!["user:ana".to_owned()], ..Config::default() });
        let policy = source.read(&Ok(Some(text)), None);
        let allowed = policy.decide(&ana(), &create()).is_allowed();
        prop_assert_eq!(allowed, policy.problems().is_empty());
    }

    #[test]
    fn a_rule_that_does_not_fit_changes_nothing_wherever_it_stands(
        rules in prop::collection::vec(rule(), 0..5),
        at in any::<prop::sample::Index>(),
    ) {
        let read = |rules: &[PolicyConfig]| {
            let source = Source::of(&Config { policy: rules.to_vec(), ..Config::default() });
            source.read(&source.text(), None)
        };
        // Each of them can be used by itself.
        let good: Vec<PolicyConfig> = rules
            .into_iter()
            .filter(|rule| read(std::slice::from_ref(rule)).problems().is_empty())
            .collect();
        let foreign = PolicyConfig {
            decide: Ruling::Allow,
            by: None,
            ..elsewhere()
        };
        let mut more = good.clone();
        more.insert(at.index(good.len() + 1), foreign);
        for deed in [create(), reading()] {
            let (one, other) = (read(&good).decide(&omar(), &deed), read(&more).decide(&omar(), &deed));
            prop_assert_eq!(told(&one), told(&other));
        }
    }
}

/// A rule for nobody who asks in these tests.
fn elsewhere() -> PolicyConfig {
    let text = "[[policy]]\ndecide = \"allow\"\nwho = [\"user:nobody\"]\n";
    let mut rules = PolicyConfig::read(Path::new("x"), text).expect("a rule");
    PolicyConfig {
        at: None,
        ..rules.remove(0)
    }
}

#[test]
fn the_bot_s_own_rules_read_like_sentences() {
    let says: BTreeSet<String> = Rule::built_in()
        .into_iter()
        .filter_map(|rule| rule.says)
        .collect();
    assert_eq!(says.len(), 4);
}
