//! `callboard check`.

use std::collections::BTreeSet;
use std::path::Path;

use super::{GOOD, MIXED, here, json, keys};
use crate::harness::{Program, Repository};

#[test]
fn text_shows_the_place() {
    let repository = Repository::of(MIXED);
    let program = Program::new();
    insta::assert_snapshot!(program.run([Path::new("check"), &repository.path()]), @r#"
    ⌂/catalog/catalog-info.yaml:8:10: warning[unknown-owner]: The owner `group:default/team-a` does not exist in the catalog; correct it, or add the group.
    7 |   lifecycle: production
    8 |   owner: team-a
      |          ^
    9 | ---

    ⌂/catalog/catalog-info.yaml:13:9: error[name-format]: The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    12 | metadata:
    13 |   name: Bad Name
       |         ^
    14 | spec: {type: service, lifecycle: production, owner: team-a}

    1 error and 1 warning.
    [exit 1]
    "#);
    let file = repository.path().join("catalog-info.yaml");
    insta::assert_snapshot!(program.run([Path::new("check"), &file]), @r#"
    ⌂/catalog/catalog-info.yaml:13:9: error[name-format]: The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    12 | metadata:
    13 |   name: Bad Name
       |         ^
    14 | spec: {type: service, lifecycle: production, owner: team-a}

    1 error and 0 warnings.
    [exit 1]
    "#);
    let source = repository.path();
    insta::assert_snapshot!(program.run(["check", "--source", &source.to_string_lossy()]), @r#"
    catalog-info.yaml:8:10: warning[unknown-owner]: The owner `group:default/team-a` does not exist in the catalog; correct it, or add the group.
    7 |   lifecycle: production
    8 |   owner: team-a
      |          ^
    9 | ---

    catalog-info.yaml:13:9: error[name-format]: The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    12 | metadata:
    13 |   name: Bad Name
       |         ^
    14 | spec: {type: service, lifecycle: production, owner: team-a}

    1 error and 1 warning.
    [exit 1]
    "#);
}

#[test]
fn json_is_a_list_of_problems() {
    let program = Program::new().file("catalog-info.yaml", MIXED);
    let finished = program.run(["check", "--format", "json"]);
    assert_eq!(finished.code, 1, "{finished}");
    insta::assert_snapshot!(finished.stdout, @r#"
    [
      {
        "file": "catalog-info.yaml",
        "line": 8,
        "column": 10,
        "severity": "warning",
        "rule": "unknown-owner",
        "message": "The owner `group:default/team-a` does not exist in the catalog; correct it, or add the group.",
        "entity": "component:default/pay"
      },
      {
        "file": "catalog-info.yaml",
        "line": 13,
        "column": 9,
        "severity": "error",
        "rule": "name-format",
        "message": "The name \"Bad Name\" is not valid: use letters and digits with - _ or . between them, like \"Bad-Name\"; any other text belongs in metadata.title.",
        "entity": "component:default/bad name"
      }
    ]
    "#);
    let problems = json(&finished.stdout);
    for problem in problems.as_array().expect("a list") {
        assert_eq!(
            keys(problem),
            BTreeSet::from([
                "file", "line", "column", "severity", "rule", "message", "entity"
            ])
        );
    }
}

#[test]
fn github_gets_annotations() {
    let program = Program::new().file("a, b/catalog-info.yaml", MIXED);
    insta::assert_snapshot!(program.run(["check", "--format", "github"]), @r#"
    ::warning file=a%2C b/catalog-info.yaml,line=8,col=10,title=unknown-owner::The owner `group:default/team-a` does not exist in the catalog; correct it, or add the group.
    ::error file=a%2C b/catalog-info.yaml,line=13,col=9,title=name-format::The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    [exit 1]
    "#);
}

#[test]
fn warnings_alone_are_no_failure() {
    let (warned, _) = MIXED.split_once("---").expect("two documents");
    let program = Program::new()
        .file("warned/catalog-info.yaml", warned)
        .file("good/catalog-info.yaml", GOOD);
    insta::assert_snapshot!(program.run(["check", "warned"]), @"
    warned/catalog-info.yaml:8:10: warning[unknown-owner]: The owner `group:default/team-a` does not exist in the catalog; correct it, or add the group.
    7 |   lifecycle: production
    8 |   owner: team-a
      |          ^

    0 errors and 1 warning.
    ");
    insta::assert_snapshot!(program.run(["check", "good"]), @"Everything is good.");
    insta::assert_snapshot!(program.run(["check", "good", "--format", "json"]), @"[]");
    insta::assert_snapshot!(program.run(["check", "nowhere"]), @"
    [stderr] callboard: nowhere cannot be read: No such file or directory (os error 2)
    [exit 2]
    ");
}

#[test]
fn command_files_are_checked_too() {
    let command = "+++\nsays = \"Who owns something\"\naction = \"catalog.ownr\"\nslahs = true\n\n[[takes]]\nname = \"thing\"\nkind = \"entty\"\n+++\n{{ entity.title|cod }}\n{% if %}\n";
    let program = Program::new().file("commands/owner-of.md", command);
    insta::assert_snapshot!(program.run(["check"]), @r#"
    commands/owner-of.md:3:10: error[command-action]: no action `catalog.ownr`; did you mean `catalog.owner`?
    2 | says = "Who owns something"
    3 | action = "catalog.ownr"
      |          ^
    4 | slahs = true

    commands/owner-of.md:4:1: error[command-key]: there is no key `slahs`; did you mean `slash`?
    3 | action = "catalog.ownr"
    4 | slahs = true
      | ^
    5 |

    commands/owner-of.md:8:8: error[command-takes]: there is no kind `entty`; did you mean `entity`?
    7 | name = "thing"
    8 | kind = "entty"
      |        ^
    9 | +++

    commands/owner-of.md:10:1: error[command-body]: there is no filter `cod`; did you mean `code`?
     9 | +++
    10 | {{ entity.title|cod }}
       | ^
    11 | {% if %}

    commands/owner-of.md:11:1: error[command-body]: the template is wrong: syntax error: unexpected end of block
    10 | {{ entity.title|cod }}
    11 | {% if %}
       | ^

    5 errors and 0 warnings.
    [exit 1]
    "#);
    let expected = program.run(["check"]).stdout;
    assert_eq!(program.run(["check", "commands"]).stdout, expected);
    assert_eq!(
        program.run(["check", "commands/owner-of.md"]).stdout,
        expected
    );
}

#[test]
fn what_is_shipped_is_good() {
    let program = Program::new();
    insta::assert_snapshot!(program.run([Path::new("check"), &here().join("commands")]), @"Everything is good.");
    let finished = program.run([Path::new("check"), &here().join("examples/acme")]);
    assert_eq!(finished.code, 0, "{finished}");
    insta::assert_snapshot!(finished.stdout.replace(&*here().to_string_lossy(), "…"), @"
    …/examples/acme/CODEOWNERS:26:32: warning[codeowners-unknown-owner]: @acme/growth-team is no group of the catalog: correct it, or add the group.
    25 | /services/search/              @acme/catalog-team
    26 | /services/recommendations/     @acme/growth-team
       |                                ^
    27 | /services/image-resizer/       @ravi

    …/examples/acme/services/recommendations/catalog-info.yaml:17:10: warning[unknown-owner]: The owner `group:default/growth-team` does not exist in the catalog; correct it, or add the group.
    16 |   lifecycle: experimental
    17 |   owner: group:default/growth-team
       |          ^
    18 |   system: storefront

    …/examples/acme/services/recommendations/catalog-info.yaml:22:7: warning[unknown-reference]: The reference `resource:default/clickstream-topic` does not exist in the catalog; correct it, or add the resource.
    21 |     - resource:default/data-lake
    22 |     - resource:default/clickstream-topic
       |       ^

    0 errors and 3 warnings.
    ");
}
