//! `callboard template`.

mod form;

use std::fs;

use crate::harness::Program;

const VALUES: &str = "name: ledger\nowner: group:default/payments-team\nrepoUrl: github.com?owner=acme&repo=ledger\n";

/// A program beside a template that it has written itself.
fn started() -> Program {
    let program = Program::new().file("values.yaml", VALUES);
    let finished = program.run(["template", "new", "templates/web-service"]);
    assert_eq!(finished.code, 0, "{finished}");
    program
}

#[test]
fn a_new_template_is_good_and_can_be_tried_at_once() {
    let program = Program::new().file("values.yaml", VALUES);
    let folder = "templates/web-service";
    insta::assert_snapshot!(program.run(["template", "new", folder]), @"
    4 files written into templates/web-service.
    Try it: callboard template form templates/web-service
    ");
    insta::assert_snapshot!(program.run(["template", "check", folder]), @"Everything is good.");
    insta::assert_snapshot!(program.run(["template", "plan", folder, "--values", "values.yaml"]), @"
    web-service would make 3 files of 340 bytes:
       53  README.md
      242  catalog-info.yaml
       45  docs/index.md
    Then, in this order:
      1. Creates the repository github.com/acme/ledger and pushes the files to it. (publish:github)
      2. Adds the repoContentsUrl of publish to the catalog. (catalog:register)
    Plan 6bf7ba006ac6
    ");
    insta::assert_snapshot!(program.run(["template", "render", folder, "--values", "values.yaml", "--out", "out"]), @"
    3 files written into out.
    Stopped before the step publish (publish:github), which reaches beyond this folder.
    ");
    let written = fs::read_to_string(program.home().join("out/catalog-info.yaml"));
    insta::assert_snapshot!(written.expect("written"), @r#"
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata:
      name: "ledger"
      annotations:
        backstage.io/source-template: template:default/web-service
    spec:
      type: service
      lifecycle: experimental
      owner: "group:default/payments-team"
    "#);
    // What is there is never written over.
    insta::assert_snapshot!(program.run(["template", "new", folder]), @"
    [stderr] callboard: templates/web-service is not empty: name a folder that is, or one that is not there yet
    [exit 2]
    ");
    insta::assert_snapshot!(program.run(["template", "new", "templates/Web Service"]), @"
    [stderr] callboard: the template is named after its folder, and templates/Web Service is no name for it: write lower-case letters, digits and hyphens, like templates/web-service
    [exit 2]
    ");
    insta::assert_snapshot!(program.run(["template", "render", folder, "--values", "values.yaml", "--out", "out"]), @"
    [stderr] callboard: out is not empty: name a folder that is, or one that is not there yet
    [exit 2]
    ");
}

#[test]
fn the_plan_is_there_for_programs_too() {
    let program = started();
    let arguments = [
        "template",
        "plan",
        "templates/web-service",
        "--values",
        "values.yaml",
        "--format",
        "json",
    ];
    let finished = program.run(arguments);
    assert_eq!(finished.code, 0, "{finished}");
    let mut plan: serde_json::Value = serde_json::from_str(&finished.stdout).expect("JSON");
    let hash = plan["hash"].take();
    assert_eq!(hash.as_str().map(str::len), Some(64));
    insta::assert_snapshot!(serde_json::to_string_pretty(&plan).expect("JSON"), @r#"
    {
      "template": "template:default/web-service",
      "files": [
        {
          "path": "README.md",
          "size": 53,
          "mode": "100644"
        },
        {
          "path": "catalog-info.yaml",
          "size": 242,
          "mode": "100644"
        },
        {
          "path": "docs/index.md",
          "size": 45,
          "mode": "100644"
        }
      ],
      "effects": [
        {
          "step": "publish",
          "name": "Make the repository",
          "action": "publish:github",
          "input": {
            "repoUrl": "github.com?owner=acme&repo=ledger",
            "defaultBranch": "main",
            "repoVisibility": "private"
          },
          "says": "Creates the repository github.com/acme/ledger and pushes the files to it."
        },
        {
          "step": "register",
          "name": "Register it in the catalog",
          "action": "catalog:register",
          "input": {
            "repoContentsUrl": "${{ steps.publish.output.repoContentsUrl }}",
            "catalogInfoPath": "/catalog-info.yaml"
          },
          "says": "Adds the repoContentsUrl of publish to the catalog."
        }
      ],
      "refused": [],
      "left": [],
      "hash": null
    }
    "#);
}

#[test]
fn slips_are_told_with_their_places() {
    let program = started();
    let path = program.home().join("templates/web-service/template.yaml");
    let text = fs::read_to_string(&path).expect("written");
    let text = text
        .replace("parameters.owner", "parameters.ownr")
        .replace("fetch:template", "fetch:templates")
        .replace(
            "defaultBranch: main",
            "defaultBranch: ${{ parameters.branch | lowr }}",
        );
    fs::write(&path, text).expect("written");
    insta::assert_snapshot!(program.run(["template", "check", "templates/web-service"]), @r#"
    templates/web-service/template.yaml:27:9: warning[template-parameter]: The parameter `owner` is asked for and used nowhere: use it, or take it out.
    26 |           description: One sentence that tells a newcomer what it is for.
    27 |         owner:
       |         ^
    28 |           title: Owner

    templates/web-service/template.yaml:47:15: warning[template-action]: Callboard has no action "fetch:templates". Did you mean fetch:template?
    46 |       name: Write the files
    47 |       action: fetch:templates
       |               ^
    48 |       input:

    templates/web-service/template.yaml:53:22: warning[template-reference]: There is no parameter `ownr`; did you mean `owner`?
    52 |           description: ${{ parameters.description }}
    53 |           owner: ${{ parameters.ownr }}
       |                      ^
    54 |

    templates/web-service/template.yaml:61:28: warning[template-reference]: There is no parameter `branch`; there are `name`, `description`, `owner`, `repoUrl`.
    60 |         description: ${{ parameters.description }}
    61 |         defaultBranch: ${{ parameters.branch | lowr }}
       |                            ^
    62 |         repoVisibility: private

    templates/web-service/template.yaml:61:48: warning[template-expression]: There is no filter `lowr`; did you mean `lower`? As it stands it is taken for plain text.
    60 |         description: ${{ parameters.description }}
    61 |         defaultBranch: ${{ parameters.branch | lowr }}
       |                                                ^
    62 |         repoVisibility: private

    0 errors and 5 warnings.
    "#);
    let finished = program.run([
        "template",
        "check",
        "templates/web-service",
        "--format",
        "json",
    ]);
    let problems: serde_json::Value = serde_json::from_str(&finished.stdout).expect("JSON");
    assert_eq!(problems.as_array().map(Vec::len), Some(5), "{finished}");
    // The same is told of whole repositories, beside what is wrong with descriptors.
    insta::assert_snapshot!(program.run(["check", "templates"]), @r#"
    templates/web-service/skeleton/catalog-info.yaml:5:4: error[yaml-syntax]: A value cannot begin with % unless it stands in quotes: write "%…".
    4 |   name: ${{ values.name | dump }}
    5 |   {%- if values.description %}
      |    ^
    6 |   description: ${{ values.description | dump }}

    templates/web-service/template.yaml:9:10: warning[unknown-owner]: The owner `group:default/platform-team` does not exist in the catalog; correct it, or add the group.
     8 |   # The team that answers for the template.
     9 |   owner: platform-team
       |          ^
    10 |   type: service

    templates/web-service/template.yaml:27:9: warning[template-parameter]: The parameter `owner` is asked for and used nowhere: use it, or take it out.
    26 |           description: One sentence that tells a newcomer what it is for.
    27 |         owner:
       |         ^
    28 |           title: Owner

    templates/web-service/template.yaml:47:15: warning[template-action]: Callboard has no action "fetch:templates". Did you mean fetch:template?
    46 |       name: Write the files
    47 |       action: fetch:templates
       |               ^
    48 |       input:

    templates/web-service/template.yaml:53:22: warning[template-reference]: There is no parameter `ownr`; did you mean `owner`?
    52 |           description: ${{ parameters.description }}
    53 |           owner: ${{ parameters.ownr }}
       |                      ^
    54 |

    templates/web-service/template.yaml:61:28: warning[template-reference]: There is no parameter `branch`; there are `name`, `description`, `owner`, `repoUrl`.
    60 |         description: ${{ parameters.description }}
    61 |         defaultBranch: ${{ parameters.branch | lowr }}
       |                            ^
    62 |         repoVisibility: private

    templates/web-service/template.yaml:61:48: warning[template-expression]: There is no filter `lowr`; did you mean `lower`? As it stands it is taken for plain text.
    60 |         description: ${{ parameters.description }}
    61 |         defaultBranch: ${{ parameters.branch | lowr }}
       |                                                ^
    62 |         repoVisibility: private

    1 error and 6 warnings.
    [exit 1]
    "#);
    insta::assert_snapshot!(program.run(["template", "plan", "templates/web-service", "--values", "values.yaml"]), @r#"
    web-service would make no files.
    Then, in this order:
      1. Creates the repository github.com/acme/ledger and pushes the files to it. (publish:github)
      2. Adds the repoContentsUrl of publish to the catalog. (catalog:register)
    These expressions stay as they are, as in Backstage:
      template.yaml:61:24: 1:25: There is no filter `lowr`; did you mean `lower`?
    It cannot be done:
      template.yaml:47:15: Callboard has no action "fetch:templates". Did you mean fetch:template?
    Plan b0621b72802b
    [exit 1]
    "#);
}

#[test]
fn answers_are_held_against_the_form() {
    let program = started().file("wrong.yaml", "name: Ledger Books\nrepoUrl: 5\n");
    let folder = "templates/web-service";
    insta::assert_snapshot!(program.run(["template", "plan", folder, "--values", "wrong.yaml"]), @"
    [stderr] wrong.yaml: Name must match the pattern ^[a-z][a-z0-9]*(-[a-z0-9]+)*$.
    wrong.yaml: Owner is needed.
    wrong.yaml: Repository must be a text, not 5.
    [exit 1]
    ");
    insta::assert_snapshot!(program.run(["template", "render", folder, "--values", "wrong.yaml", "--out", "out"]), @"
    [stderr] wrong.yaml: Name must match the pattern ^[a-z][a-z0-9]*(-[a-z0-9]+)*$.
    wrong.yaml: Owner is needed.
    wrong.yaml: Repository must be a text, not 5.
    [exit 1]
    ");
    assert!(!program.home().join("out").exists());
}

#[test]
fn a_template_may_be_named_by_its_file() {
    let program = started();
    let folder = program.home().join("templates/web-service");
    fs::rename(folder.join("template.yaml"), folder.join("web.yaml")).expect("renamed");
    insta::assert_snapshot!(program.run(["template", "check", "templates/web-service/web.yaml"]), @"Everything is good.");
    insta::assert_snapshot!(program.run(["template", "check", "templates/web-service"]), @"
    [stderr] callboard: templates/web-service holds no template: name a folder with a template.yaml
    [exit 2]
    ");
}

#[test]
fn shipped_templates_go_by_their_names() {
    let program = Program::new().file(
        "values.yaml",
        &format!("{VALUES}description: Books.\nci: github\n"),
    );
    insta::assert_snapshot!(program.run(["template", "plan", "docs-site", "--values", "values.yaml"]), @"
    Documentation site would make 10 files of 2709 bytes:
      109  .github/CODEOWNERS
      193  .github/dependabot.yml
      517  .github/workflows/ci.yml
       13  .gitignore
      399  README.md
      374  catalog-info.yaml
      150  docs/index.md
      538  docs/writing.md
      359  mkdocs.yml
       57  requirements.txt
    Then, in this order:
      1. Creates the repository github.com/acme/ledger and pushes the files to it. (publish:github)
      2. Adds the repoContentsUrl of github to the catalog. (catalog:register)
    Plan dc102caaaba8
    ");
    insta::assert_snapshot!(program.run(["template", "check", "docs-site"]), @"Everything is good.");
    insta::assert_snapshot!(program.run(["template", "check", "doc-site"]), @"
    [stderr] callboard: doc-site holds no template: name a folder with a template.yaml
    [exit 2]
    ");
}
