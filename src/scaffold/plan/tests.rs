use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::scaffold::source::Local;

const TEMPLATE: &str = r"
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: service}
spec:
  type: service
  parameters: {properties: {name: {type: string}}}
  steps:
    - id: fetch
      action: fetch:template
      input: {url: ./skeleton, values: {name: '${{ parameters.name }}'}}
    - id: pause
      action: debug:wait
      input: {minutes: 9}
    - id: publish
      action: publish:github
      input: {repoUrl: 'github.com?owner=acme&repo=${{ parameters.name }}', token: '${{ secrets.token }}'}
    - id: register
      action: catalog:register
      input: {repoContentsUrl: '${{ steps.publish.output.repoContentsUrl }}'}
    - id: odd
      if: ${{ parameters.odd }}
      action: catalog:regsiter
      input: {}
";

struct Made {
    folder: tempfile::TempDir,
    template: Template,
}

fn made(text: &str, file: &str) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    };
    write("template.yaml", text);
    write("skeleton/README.md", file);
    write("skeleton/docs/${{ values.name }}.md", "");
    fs::create_dir_all(folder.path().join("skeleton/empty")).expect("made");
    let read = Template::in_folder(folder.path()).expect("readable");
    assert_eq!(read.problems, []);
    let template = read.template.expect("a template");
    Made { folder, template }
}

async fn planned(made: &Made, parameters: Value) -> Plan {
    planned_with(made, parameters, "s3cret").await
}

async fn planned_with(made: &Made, parameters: Value, secret: &str) -> Plan {
    let source = Local::new(Path::new(made.folder.path())).expect("a source");
    let given = Given {
        parameters: parameters.as_object().cloned().expect("an object"),
        secrets: Map::from_iter([("token".to_owned(), Value::from(secret))]),
        ..Given::default()
    };
    let world = World::of(&source);
    plan(&made.template, &given, world, &Surroundings::default()).await
}

#[tokio::test]
async fn files_and_effects_are_known_before_anything_is_done() {
    let made = made(TEMPLATE, "# ${{ values.name }}\n");
    let plan = planned(&made, json!({"name": "ledger"})).await;
    let files: Vec<String> = plan
        .files
        .iter()
        .map(|file| format!("{} {} {}", file.mode, file.path, file.size))
        .collect();
    assert_eq!(
        files,
        [
            "100644 README.md 9",
            "100644 docs/ledger.md 0",
            "040000 empty 0"
        ]
    );
    let effects: Vec<&str> = plan.effects.iter().map(|effect| &*effect.says).collect();
    assert_eq!(
        effects,
        [
            "Creates the repository github.com/acme/ledger and pushes the files to it.",
            "Adds the repoContentsUrl of publish to the catalog.",
        ]
    );
    assert_eq!(plan.effects[0].input["token"], "***");
    assert!(plan.is_possible() && plan.left.is_empty());
    assert!(
        !serde_json::to_string(&plan)
            .expect("JSON")
            .contains("s3cret")
    );
}

#[tokio::test]
async fn what_cannot_be_done_is_told_all_at_once_and_with_its_place() {
    let text = TEMPLATE.replace("fetch:template\n", "fetch:tempalte\n");
    let made = made(&text, "");
    let plan = planned(&made, json!({"name": "ledger", "odd": true})).await;
    let told: Vec<String> = plan
        .refused
        .iter()
        .map(|refused| format!("{}:{} {}", refused.line, refused.column, refused.sentence))
        .collect();
    assert_eq!(
        told,
        [
            "10:15 Callboard has no action \"fetch:tempalte\". Did you mean fetch:template?",
            "23:15 Callboard has no action \"catalog:regsiter\". Did you mean catalog:register?",
        ]
    );
    // One that is left out may be called anything.
    let plan = planned(&made, json!({"name": "ledger"})).await;
    assert_eq!(plan.refused.len(), 1);
    let broken = self::made(TEMPLATE, "${{ values.name | nothing }}");
    let plan = planned(&broken, json!({"name": "ledger"})).await;
    let told: Vec<&str> = plan
        .refused
        .iter()
        .map(|refused| &*refused.sentence)
        .collect();
    assert_eq!(
        told,
        [
            "The step fetch fails: README.md:1:19: There is no filter `nothing`. Filters that an organisation added to its Backstage are not known here."
        ]
    );
}

#[tokio::test]
async fn the_hash_is_that_of_all_that_counts_and_of_nothing_else() {
    let first = made(TEMPLATE, "# ${{ values.name }}\n");
    let answers = json!({"name": "ledger"});
    let plan = planned(&first, answers.clone()).await;
    assert_eq!(plan.hash.len(), 64);
    let again = made(TEMPLATE, "# ${{ values.name }}\n");
    assert_eq!(planned(&again, answers.clone()).await, plan);
    // A secret is not in it, though that there is one is.
    let other = planned_with(&first, answers.clone(), "another").await;
    assert_eq!(other.hash, plan.hash);
    let mut hashes = vec![plan.hash];
    hashes.push(planned(&first, json!({"name": "other"})).await.hash);
    hashes.push(
        planned(&first, json!({"name": "ledger", "more": 1}))
            .await
            .hash,
    );
    let file = made(TEMPLATE, "# ${{ values.name }}.\n");
    hashes.push(planned(&file, answers.clone()).await.hash);
    let step = made(
        &TEMPLATE.replace("id: register", "id: enter"),
        "# ${{ values.name }}\n",
    );
    hashes.push(planned(&step, answers.clone()).await.hash);
    let condition = TEMPLATE.replace("parameters.odd", "steps.publish.output.odd");
    let condition = made(&condition, "# ${{ values.name }}\n");
    hashes.push(planned(&condition, answers).await.hash);
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 6);
}
