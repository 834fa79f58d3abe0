use super::*;

const SERVICE: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: Rust-Service
  title: Service in Rust
  description: With tests and a pipeline.
  tags: [rust, service]
spec:
  owner: platform
  type: service
  parameters:
    - title: What
      required: [name]
      properties:
        name: {type: string}
    - title: Where
      properties:
        repoUrl:
          type: string
          ui:field: RepoUrlPicker
  steps:
    - action: fetch:template
      input:
        url: ./skeleton
        values:
          name: ${{ parameters.name }}
    - id: publish
      name: Publish
      action: publish:github
      if: ${{ parameters.publish }}
      each: [a, b]
      input: {repoUrl: '${{ parameters.repoUrl }}'}
  output:
    links:
      - title: Repository
        url: ${{ steps.publish.output.remoteUrl }}
  presentation:
    buttonLabels: {createButtonText: Make it}
";

fn problems(read: &Read) -> String {
    let lines: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn service() -> Template {
    let read = Template::read("template.yaml", SERVICE.as_bytes());
    assert_eq!(problems(&read), "");
    read.template.expect("a template")
}

#[test]
fn a_template_says_what_to_ask_and_what_to_do() {
    let template = service();
    assert_eq!(template.reference.as_str(), "template:default/rust-service");
    assert_eq!(template.name(), "Rust-Service");
    assert_eq!(template.title(), "Service in Rust");
    assert_eq!(template.description(), Some("With tests and a pipeline."));
    assert_eq!(template.tags().collect::<Vec<_>>(), ["rust", "service"]);
    assert_eq!(
        template.owner.as_ref().map(EntityRef::as_str),
        Some("group:default/platform")
    );
    assert_eq!(template.kind_type, "service");
    assert_eq!(template.parameters.len(), 2);
    assert_eq!(template.presentation.create.as_deref(), Some("Make it"));
    assert_eq!(template.presentation.back, None);
    let [fetch, publish] = &template.steps[..] else {
        panic!("two steps");
    };
    assert_eq!(
        (fetch.id.as_str(), fetch.name.as_str()),
        ("step-1", "fetch:template")
    );
    assert_eq!(fetch.input["values"]["name"], "${{ parameters.name }}");
    assert_eq!(
        (publish.id.as_str(), publish.name.as_str()),
        ("publish", "Publish")
    );
    assert_eq!(
        publish.condition,
        Some(Value::from("${{ parameters.publish }}"))
    );
    assert_eq!(publish.each, Some(serde_json::json!(["a", "b"])));
    assert_eq!(template.output["links"][0]["title"], "Repository");
}

#[test]
fn everything_in_it_can_be_pointed_at() {
    let template = service();
    let at = |pointer: &str| template.positions.value(pointer).to_string();
    assert_eq!(at("/spec/parameters/0/properties/name"), "15:15");
    assert_eq!(at("/spec/steps/0/input/values/name"), "26:17");
    assert_eq!(at("/spec/steps/1/if"), "30:11");
    assert_eq!(at("/spec/output/links/0/url"), "36:14");
    assert_eq!(
        template
            .positions
            .key("/spec/steps/1/input/repoUrl")
            .to_string(),
        "32:15"
    );
}

#[test]
fn a_single_page_is_a_list_of_one() {
    let text = SERVICE.replace(
        "    - title: What\n      required",
        "      title: What\n      required",
    );
    let (head, tail) = text.split_once("    - title: Where").expect("two pages");
    let (_, steps) = tail.split_once("  steps:").expect("steps");
    let read = Template::read("t", format!("{head}  steps:{steps}").as_bytes());
    assert_eq!(problems(&read), "");
    let template = read.template.expect("a template");
    assert_eq!(template.parameters[0]["title"], "What");
    let at = template
        .positions
        .value("/spec/parameters/0/properties/name");
    assert_eq!(at.to_string(), "15:15");
}

#[test]
fn steps_that_hide_others_and_slips_of_the_pen_are_told() {
    let text = SERVICE
        .replace("    - id: publish", "    - id: step-1")
        .replace("      each: [", "      eahc: [");
    let read = Template::read("template.yaml", text.as_bytes());
    insta::assert_snapshot!(problems(&read), @r#"
    template.yaml:27:11: warning[template-step]: Step 2 has the id "step-1" like step 1, whose output nothing can reach any more: give it another id.
    template.yaml:31:7: warning[field-spelling]: Step 2 has the key "eahc", which means nothing to Backstage: did you mean each?
    "#);
    assert!(read.template.is_some());
}

#[test]
fn what_backstage_refuses_is_no_template() {
    let read = Template::read(
        "t",
        SERVICE
            .replace("action: publish:github", "actoin: x")
            .as_bytes(),
    );
    insta::assert_snapshot!(problems(&read), @"t:27:7: error[template-steps]: spec.steps[1].action is missing: rename actoin to action.");
    assert!(read.template.is_none());
    let component = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\nspec: {type: a, lifecycle: production, owner: a}\n";
    let read = Template::read("t", component.as_bytes());
    insta::assert_snapshot!(problems(&read), @"t:1:1: error[template-file]: This file holds no template: a document of kind Template is needed here.");
    let second = SERVICE.replace("Rust-Service", "other");
    let read = Template::read(
        "t",
        format!("{component}---\n{SERVICE}---\n{second}").as_bytes(),
    );
    insta::assert_snapshot!(problems(&read), @"t:45:1: warning[template-file]: Only the first template of a file is taken, which is rust-service: give other a file of its own.");
    let template = read.template.expect("a template");
    assert_eq!(template.positions.value("/spec/type").to_string(), "15:9");
}

#[test]
fn placeholders_are_filled_from_the_repository_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = folder.path().join("repository");
    let templates = repository.join("templates/rust");
    fs::create_dir_all(&templates).expect("folders");
    fs::create_dir(repository.join(".git")).expect("a folder");
    fs::write(
        repository.join("page.yaml"),
        "title: Shared\nproperties: {x: {type: string}}\n",
    )
    .expect("a file");
    fs::write(folder.path().join("secret.yaml"), "title: Secret\n").expect("a file");
    let text = |target: &str| {
        let (head, tail) = SERVICE.split_once("    - title: Where").expect("two pages");
        let (_, steps) = tail.split_once("  steps:").expect("steps");
        format!("{head}    - $yaml: {target}\n  steps:{steps}")
    };
    fs::write(templates.join("template.yaml"), text("../../page.yaml")).expect("a file");
    let read = Template::in_folder(&templates).expect("a file");
    assert_eq!(problems(&read), "");
    let template = read.template.expect("a template");
    assert_eq!(template.parameters[1]["title"], "Shared");
    let at = template.positions.value("/spec/parameters/1/properties/x");
    assert_eq!(at.to_string(), "16:7");
    let told = |target: &str| {
        fs::write(templates.join("template.yaml"), text(target)).expect("a file");
        problems(&Template::in_folder(&templates).expect("a file"))
    };
    insta::assert_snapshot!(told("missing.yaml"), @r#"template.yaml:16:14: error[placeholder]: $yaml points to "missing.yaml", and there is no such file; correct the path."#);
    insta::assert_snapshot!(told("https://example.com/x.yaml"), @r#"template.yaml:16:14: warning[placeholder]: $yaml points to "https://example.com/x.yaml", which is outside this repository and is not read; put the file beside this one to have it here."#);
    insta::assert_snapshot!(told("../../../secret.yaml"), @r#"template.yaml:16:14: error[placeholder]: $yaml points to "../../../secret.yaml", and that leads out of the repository; write a path within it."#);
    let error = Template::in_folder(&repository)
        .expect_err("no template")
        .to_string();
    assert!(
        error.ends_with("holds no template: name a folder with a template.yaml"),
        "{error}"
    );
}

#[test]
fn a_template_of_the_catalog_is_the_same_but_for_its_columns() {
    let read = descriptor::read("t", SERVICE.as_bytes(), Scope::Descriptor);
    let template = Template::from_entity("t", &read.entities[0]).expect("a template");
    let from_file = service();
    assert_eq!(
        (&template.steps, &template.parameters),
        (&from_file.steps, &from_file.parameters)
    );
    assert_eq!(template.positions.value("/spec/type").to_string(), "1:1");
}

proptest::proptest! {
    #[test]
    fn no_file_panics(cut in 0..SERVICE.len(), noise in ".{0,20}") {
        let text = format!("{}{noise}{}", &SERVICE[..cut], &SERVICE[cut..]);
        let read = Template::read("t", text.as_bytes());
        let whole = read.problems.iter().all(|problem| problem.message.ends_with(['.', '?']));
        proptest::prop_assert!(whole, "{}", problems(&read));
    }
}
