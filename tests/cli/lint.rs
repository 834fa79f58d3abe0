//! `callboard check` in CI: levels of rules, mending, other sources, CODEOWNERS, SARIF, and the files of `deploy/`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use callboard::catalog::problem::rule::RULES;
use callboard::catalog::yaml;

use super::{GOOD, MIXED, here, json};
use crate::harness::{Program, Repository};

const TEAMS: &str = "apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team-a, annotations: {github.com/team-slug: acme/team-a}}
spec: {type: team, children: []}
";

#[test]
fn a_rule_can_be_an_error_a_warning_or_off() {
    let program = Program::new().file("catalog-info.yaml", MIXED);
    insta::assert_snapshot!(program.run(["check", "--rule", "name-format=warning", "--rule", "unknown-owner=off"]), @r#"
    catalog-info.yaml:13:9: warning[name-format]: The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    12 | metadata:
    13 |   name: Bad Name
       |         ^
    14 | spec: {type: service, lifecycle: production, owner: team-a}

    0 errors and 1 warning.
    "#);
    let program = program.file(
        "callboard.toml",
        "[check]\nrules = { \"unknown-owner\" = \"error\", \"name-format\" = \"off\" }\n",
    );
    insta::assert_snapshot!(program.run(["check"]), @"
    catalog-info.yaml:8:10: error[unknown-owner]: The owner `group:default/team-a` does not exist in the catalog; correct it, or add the group.
    7 |   lifecycle: production
    8 |   owner: team-a
      |          ^
    9 | ---

    1 error and 0 warnings.
    [exit 1]
    ");
    insta::assert_snapshot!(program.run(["check", "--rule", "unknown-owner=warning", "--format", "github"]), @"::warning file=catalog-info.yaml,line=8,col=10,title=unknown-owner::The owner `group:default/team-a` does not exist in the catalog; correct it, or add the group.");
    insta::assert_snapshot!(program.run(["check", "--rule", "unknown-onwer=off"]), @"
    [stderr] error: invalid value 'unknown-onwer=off' for '--rule <NAME=LEVEL>': there is no rule `unknown-onwer`; did you mean `unknown-owner`?

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(program.run(["check", "--rule", "unknown-owner=of"]), @"
    [stderr] error: invalid value 'unknown-owner=of' for '--rule <NAME=LEVEL>': a level is error, warning or off

    For more information, try '--help'.
    [exit 2]
    ");
    let program = program.file("callboard.toml", "[check.rules]\nname-fromat = \"off\"\n");
    insta::assert_snapshot!(program.run(["check"]), @"
    [stderr] callboard: check.rules: there is no rule `name-fromat`; did you mean `name-format`?
    [exit 2]
    ");
}

#[test]
fn references_are_held_against_other_sources() {
    let teams = Repository::of(TEAMS);
    let place = teams.path();
    let place = place.to_string_lossy();
    let program = Program::new().file("catalog-info.yaml", MIXED);
    insta::assert_snapshot!(program.run(["check", "--against", &place]), @r#"
    catalog-info.yaml:13:9: error[name-format]: The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    12 | metadata:
    13 |   name: Bad Name
       |         ^
    14 | spec: {type: service, lifecycle: production, owner: team-a}

    1 error and 0 warnings.
    [exit 1]
    "#);
    // What is there already is not defined again, but for the same file of another revision.
    let program = program
        .file("catalog-info.yaml", TEAMS)
        .file("other/catalog-info.yaml", TEAMS)
        .file(
            "callboard.toml",
            &format!("[[sources]]\nname = \"all\"\ngit = \"{place}\"\n"),
        );
    insta::assert_snapshot!(program.run(["check", "--against", "all", "catalog-info.yaml"]), @"Everything is good.");
    insta::assert_snapshot!(program.run(["check", "--against", "all"]), @"
    other/catalog-info.yaml:1:1: error[conflict]: `group:default/team-a` is already defined by catalog-info.yaml of ., which stays; rename this one or remove it.
    1 | apiVersion: backstage.io/v1alpha1
      | ^
    2 | kind: Group

    1 error and 0 warnings.
    [exit 1]
    ");
    insta::assert_snapshot!(program.run(["check", "--against", "/nowhere/at-all"]).code, @"2");
}

#[test]
fn words_are_mended_once_and_comments_stay() {
    let before = "# The service.\napiVersion: backstage.io/v1alpha1\nkind: component   # what it is\nmetadata:\n  name: pay\n  tags: [Java, 'Go']\n  annotations:\n    acme.com/cost: 4711 # money\nspec:\n  type: service\n  lifecycle: Production\n  owner: team-a\n---\nbroken: [\n";
    let program = Program::new()
        .file("catalog-info.yaml", before)
        .file("teams/catalog-info.yaml", TEAMS);
    insta::assert_snapshot!(program.run(["check", "--fix"]), @r#"
    catalog-info.yaml:3:7: fixed[kind-spelling]: component is now Component
    catalog-info.yaml:8:20: fixed[annotation-format]: 4711 is now "4711"
    catalog-info.yaml:6:10: fixed[tag-format]: Java is now java
    catalog-info.yaml:6:16: fixed[tag-format]: Go is now go
    catalog-info.yaml:11:14: fixed[lifecycle-spelling]: Production is now production
    catalog-info.yaml:14:9: error[yaml-syntax]: The brackets do not match: close each [ with ] and each { with }, and put a value that begins with a bracket in quotes.
    13 | ---
    14 | broken: [
       |         ^

    1 error and 0 warnings.
    [exit 1]
    "#);
    let read =
        || std::fs::read_to_string(program.home().join("catalog-info.yaml")).expect("a file");
    insta::assert_snapshot!(read(), @r#"
    # The service.
    apiVersion: backstage.io/v1alpha1
    kind: Component   # what it is
    metadata:
      name: pay
      tags: [java, 'go']
      annotations:
        acme.com/cost: "4711" # money
    spec:
      type: service
      lifecycle: production
      owner: team-a
    ---
    broken: [
    "#);
    let once = read();
    let again = program.run(["check", "--fix"]);
    assert!(!again.stdout.contains("fixed["), "{again}");
    assert_eq!(read(), once);
    insta::assert_snapshot!(program.run(["check", "--fix", "--source", "."]), @"
    [stderr] callboard: --fix mends files, not sources; name their paths instead of --source
    [exit 2]
    ");
}

#[test]
fn codeowners_are_held_against_files_and_teams() {
    let program = Program::new()
        .file("catalog-info.yaml", TEAMS)
        .file("docs/index.md", "# Docs\n")
        .file(
            ".github/CODEOWNERS",
            "/docs/ @acme/team-a\n* @acme/team-a @acme/team-b\n/servces/ @acme/team-a\n!x @acme/team-a\n/docs/*.md docs-team\n",
        );
    insta::assert_snapshot!(program.run(["check"]), @r#"
    .github/CODEOWNERS:1:1: warning[codeowners-shadowed]: Every file that `/docs/` matches is given to others by a later line, and the last one wins: move this line down, or remove it.
    1 | /docs/ @acme/team-a
      | ^
    2 | * @acme/team-a @acme/team-b

    .github/CODEOWNERS:2:16: warning[codeowners-unknown-owner]: @acme/team-b is no group of the catalog: correct it, or add the group.
    1 | /docs/ @acme/team-a
    2 | * @acme/team-a @acme/team-b
      |                ^
    3 | /servces/ @acme/team-a

    .github/CODEOWNERS:3:1: warning[codeowners-unmatched]: The pattern `/servces/` matches no file: correct it, or remove the line.
    2 | * @acme/team-a @acme/team-b
    3 | /servces/ @acme/team-a
      | ^
    4 | !x @acme/team-a

    .github/CODEOWNERS:4:1: warning[codeowners-pattern]: A pattern cannot be taken back with ! in CODEOWNERS: write a later line for these files, without owners if nobody shall own them.
    3 | /servces/ @acme/team-a
    4 | !x @acme/team-a
      | ^
    5 | /docs/*.md docs-team

    .github/CODEOWNERS:5:12: warning[codeowners-owner]: "docs-team" is no owner: write @user, @organisation/team or an e-mail address; a pattern with spaces needs a \ before each.
    4 | !x @acme/team-a
    5 | /docs/*.md docs-team
      |            ^

    0 errors and 5 warnings.
    "#);
}

#[test]
fn a_target_is_pointed_at_where_it_is_written() {
    let location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec:\n  targets:\n    - ./a.yaml\n    - ./nowhere/*.yaml\n";
    let program = Program::new()
        .file("catalog-info.yaml", location)
        .file("a.yaml", GOOD);
    insta::assert_snapshot!(program.run(["check", "--rule", "unknown-owner=off"]), @r#"
    catalog-info.yaml:7:7: error[location-target]: This Location points to "./nowhere/*.yaml", and there is no such YAML file; correct the path, or write `presence: optional`.
    6 |     - ./a.yaml
    7 |     - ./nowhere/*.yaml
      |       ^

    1 error and 0 warnings.
    [exit 1]
    "#);
}

#[test]
fn sarif_has_rules_places_and_fingerprints() {
    let program = Program::new().file("a b/catalog-info.yaml", MIXED);
    let finished = program.run(["check", "--format", "sarif"]);
    assert_eq!(finished.code, 1, "{finished}");
    let log = json(&finished.stdout);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), RULES.len());
    for rule in rules {
        let level = rule["defaultConfiguration"]["level"]
            .as_str()
            .expect("a level");
        assert!(["error", "warning", "none"].contains(&level));
        for text in [
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/text",
            "/help/markdown",
        ] {
            let text = rule.pointer(text).and_then(|text| text.as_str());
            assert!(text.is_some_and(|text| !text.is_empty()), "{rule}");
        }
    }
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    for result in results {
        let index =
            usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["partialFingerprints"]["callboard/v1"].is_string());
    }
    insta::assert_snapshot!(results[1]["locations"], @r#"[{"physicalLocation":{"artifactLocation":{"uri":"a%20b/catalog-info.yaml"},"region":{"startLine":13,"startColumn":9}}}]"#);
    // What moves down stays the same finding.
    let moved = program.file("a b/catalog-info.yaml", &format!("# new\n{MIXED}"));
    let log = json(&moved.run(["check", "--format", "sarif"]).stdout);
    let moved = &log["runs"][0]["results"][1];
    assert_eq!(
        moved["partialFingerprints"],
        results[1]["partialFingerprints"]
    );
    assert_ne!(moved["locations"], results[1]["locations"]);
}

/// Holds a log against the schema that the makers of SARIF publish; what is wrong, one thing a line.
fn against_the_schema(log: &str) -> String {
    let mut node = Command::new("node")
        .arg(here().join("tests/cli/sarif.js"))
        .env("NODE_PATH", here().join("target/sarif/node_modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts; tests/run installs it");
    let mut input = node.stdin.take().expect("a pipe");
    input.write_all(log.as_bytes()).expect("it reads");
    drop(input);
    let output = node.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
#[ignore = "needs node; run by tests/run"]
fn sarif_is_as_its_schema_wants_it() {
    for program in [
        Program::new().file("a b/catalog-info.yaml", MIXED),
        Program::new().file("catalog-info.yaml", GOOD),
        Program::new()
            .file("catalog-info.yaml", TEAMS)
            .file("CODEOWNERS", "/nowhere/ @acme/team-a\n* @acme/nobody\n")
            .file("broken.yaml", "kind: [\n"),
    ] {
        let log = program.run(["check", "--format", "sarif"]).stdout;
        assert_eq!(against_the_schema(&log), "", "{log}");
    }
    // It would tell what is wrong.
    let program = Program::new().file("catalog-info.yaml", MIXED);
    let mut wrong = json(&program.run(["check", "--format", "sarif"]).stdout);
    let result = &mut wrong["runs"][0]["results"][0];
    result["level"] = "fatal".into();
    result["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    insta::assert_snapshot!(against_the_schema(&wrong.to_string()), @"
    /runs/0/results/0/level: must be equal to one of the allowed values
    /runs/0/results/0/locations/0/physicalLocation/region/startLine: must be >= 1
    ");
}

#[test]
fn what_ci_runs_is_yaml_with_options_that_exist() {
    let help = Program::new().run(["check", "--help"]).stdout;
    for file in ["deploy/github-action/action.yml", "deploy/gitlab-ci.yml"] {
        let text = std::fs::read_to_string(here().join(Path::new(file))).expect("a file");
        let tree = yaml::parse(&text, 0).expect("YAML").expect("a document");
        assert!(tree.root().is_object());
        let calls: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(" check --format"))
            .collect();
        assert_eq!(calls.len(), 2, "{file}");
        for word in calls.iter().flat_map(|line| line.split_whitespace()) {
            assert!(
                !word.starts_with("--") || help.contains(word),
                "{word} of {file}"
            );
        }
        assert!(help.contains("--against") && help.contains("--rule"));
    }
}
