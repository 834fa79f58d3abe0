//! `callboard slack`.

use crate::harness::Program;
use crate::harness::slack::schema;

#[test]
fn the_manifest_is_what_a_workspace_needs() {
    let finished = Program::new().run(["slack", "manifest"]);
    insta::assert_snapshot!(finished, @r##"
    display_information:
      name: Callboard
      description: Who owns this, is it healthy, how do I start a new one?
      background_color: "#1f3a5f"
    features:
      app_home:
        home_tab_enabled: true
        messages_tab_enabled: true
        messages_tab_read_only_enabled: false
      bot_user:
        display_name: callboard
        always_online: true
      shortcuts:
      - name: Who owns this?
        type: message
        callback_id: who_owns_this
        description: Finds the owner of what a message names, stack traces included
      slash_commands:
      - command: /callboard
        description: "Everything that can be asked: say help to see it"
        should_escape: false
        usage_hint: <anything>
      - command: /apis
        description: The APIs of a service, system or team, or who provides and consumes one
        should_escape: false
        usage_hint: <thing> [--from N]
      - command: /deps
        description: What something depends on, or with --reverse what breaks when it breaks
        should_escape: false
        usage_hint: <thing> [--reverse] [--depth N]
      - command: /owns
        description: What a team or person owns
        should_escape: false
        usage_hint: "[owner]"
      - command: /team
        description: Who is in a team, how to reach it, and what it owns with the teams below it
        should_escape: false
        usage_hint: <team>
      - command: /unowned
        description: "What nobody looks after: no owner, an unknown one, or a team without members"
        should_escape: false
        usage_hint: "[system] [--from N]"
      - command: /who-owns
        description: >-
          Who owns a service, repository, file, API, host or package, or what a pasted
          text names
        should_escape: false
        usage_hint: <thing>
    oauth_config:
      scopes:
        bot:
        - app_mentions:read
        - channels:history
        - channels:read
        - chat:write
        - commands
        - files:write
        - groups:history
        - groups:read
        - im:history
        - im:read
        - mpim:history
        - mpim:read
        - users:read
        - users:read.email
    settings:
      event_subscriptions:
        bot_events:
        - app_home_opened
        - app_mention
        - app_uninstalled
        - message.channels
        - message.groups
        - message.im
        - message.mpim
        - tokens_revoked
      interactivity:
        is_enabled: true
      org_deploy_enabled: false
      socket_mode_enabled: true
      token_rotation_enabled: false
    "##);
}

#[test]
fn the_manifest_goes_with_the_configuration_and_the_options() {
    let program = Program::new().file(
        "callboard.toml",
        "[[sources]]\nname = \"catalog\"\ngit = \"git@git.acme.example:acme/catalog.git\"\n\n[[sources]]\nname = \"acme\"\ngithub = \"acme\"\ntoken = \"env:X\"\n",
    );
    let finished = program.run([
        "slack",
        "manifest",
        "--http",
        "https://bot.acme.example",
        "--prefix",
        "cb-",
        "--format",
        "json",
    ]);
    assert_eq!(finished.code, 0, "{finished}");
    let manifest: serde_json::Value = serde_json::from_str(&finished.stdout).expect("JSON");
    assert_eq!(
        manifest["features"]["slash_commands"][0]["command"],
        "/cb-callboard"
    );
    assert_eq!(
        manifest["features"]["unfurl_domains"],
        serde_json::json!(["git.acme.example", "github.com"])
    );
    assert_eq!(
        manifest["settings"]["event_subscriptions"]["request_url"],
        "https://bot.acme.example/slack/events"
    );
    assert_eq!(manifest["settings"]["socket_mode_enabled"], false);
}

#[test]
#[ignore = "needs the packages of Slack; tests/run installs them"]
fn the_manifest_is_one_by_slacks_own_types() {
    assert!(schema::installed());
    for options in [&[][..], &["--http", "https://bot.acme.example"]] {
        let mut line = vec!["slack", "manifest", "--format", "json"];
        line.extend(options);
        let finished = Program::new().run(line);
        let manifest = serde_json::from_str(&finished.stdout).expect("JSON");
        assert_eq!(schema::manifest(&manifest), Vec::<String>::new());
    }
    let odd = serde_json::json!({"display_information": {"name": 1}});
    assert!(!schema::manifest(&odd).is_empty());
}

#[test]
fn a_command_that_slack_has_itself_is_refused() {
    let program = Program::new()
        .file("callboard.toml", "commands = \"own\"\n")
        .file(
            "own/search.md",
            "+++\nsays = \"Finds things\"\nslash = true\n+++\nNothing.\n",
        );
    let finished = program.run(["slack", "manifest"]);
    insta::assert_snapshot!(finished, @"
    [stderr] callboard: Slack has a command /search of its own. Take `slash = true` out of its command file, or put something before all names, like --prefix cb-.
    [exit 1]
    ");
    let finished = program.run(["slack", "manifest", "--prefix", "cb-"]);
    assert!(finished.stdout.contains("/cb-search"), "{finished}");
}
