//! `callboard template form`.

use crate::harness::Program;

/// A template with what a form can have and cannot have.
const TEMPLATE: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: service
  title: A service
spec:
  owner: platform
  type: service
  parameters:
    - title: What
      required: [name, cloud]
      properties:
        name:
          title: Name
          type: string
          description: What the catalog will call it.
          minLength: 3
          maxLength: 20
          pattern: '^[a-z-]+$'
          errorMessage: {pattern: Names must be lower-case letters and hyphens.}
          ui:placeholder: payments-api
        cloud:
          title: Cloud
          type: string
          enum: [aws, gcp]
          enumNames: [Amazon, Google]
          default: aws
        cluster:
          title: Cluster
          type: string
          ui:field: ClusterPicker
      dependencies:
        cloud:
          oneOf:
            - properties:
                cloud: {const: aws}
                region: {type: string, title: Region, enum: [us-east-1, eu-west-1]}
            - properties:
                cloud: {const: gcp}
    - title: Who and where
      when: ${{ parameters.cluster !== 'none' }}
      required: [repoUrl]
      properties:
        owner:
          title: Owner
          type: string
          ui:field: OwnerPicker
          ui:options: {catalogFilter: {kind: Group, spec.type: team}}
        repoUrl:
          title: Repository
          type: string
          ui:field: RepoUrlPicker
          ui:options: {allowedHosts: [github.com], allowedOwners: [acme, tools]}
        token:
          title: Token
          type: string
          ui:field: Secret
  steps:
    - {id: log, action: debug:log}
";

#[test]
fn a_form_is_told_page_by_page() {
    let program = Program::new().file("service/template.yaml", TEMPLATE);
    insta::assert_snapshot!(program.run(["template", "form", "service"]), @"
    A service

    Page 1 of 2: What

      Name (name), needed
        One line of text, 3 to 20 characters, that must be lower-case letters and hyphens
        What the catalog will call it.
        For example: payments-api

      Cloud (cloud), needed
        One of Amazon (aws), Google (gcp)
        If nothing is answered: Amazon

      Cluster (cluster), not needed
        One line of text

      Region (region), not needed
        One of us-east-1, eu-west-1
        Asked only if Cloud is Amazon.

    Page 2 of 2: Who and where

      Owner (owner), not needed
        A group of the catalog with spec.type team
        Asked only if Cluster is not none.

      Owner (Repository) (repoUrl.owner), needed
        One of acme, tools
        The organization, group or person that it will belong to.
        Asked only if Cluster is not none.

      Name (Repository) (repoUrl.repo), needed
        One line of text
        What the repository will be called.
        Asked only if Cluster is not none.

      Token (token), not needed
        A secret, which is neither shown nor stored
        Asked only if Cluster is not none.
    [stderr] template.yaml:28:9: There is no field ClusterPicker here: an answer of its type is asked for instead.
    ");
}

#[test]
fn a_form_is_there_for_programs_too() {
    let program = Program::new().file("service/template.yaml", TEMPLATE);
    let finished = program.run(["template", "form", "service", "--format", "json"]);
    assert_eq!(finished.code, 0, "{finished}");
    let form: serde_json::Value = serde_json::from_str(&finished.stdout).expect("JSON");
    assert_eq!(form["title"], "A service");
    assert_eq!(
        form["pages"][0]["fields"][3],
        serde_json::json!({
            "name": "region",
            "label": "Region",
            "kind": {"type": "choice", "options": [
                {"value": "us-east-1", "label": "us-east-1"},
                {"value": "eu-west-1", "label": "eu-west-1"}
            ]},
            "required": false,
            "when": {"field": "cloud", "equals": "aws"}
        })
    );
}

#[test]
fn a_template_that_is_wrong_has_no_form() {
    let broken = TEMPLATE.replace("    - {id: log, action: debug:log}\n", "    - {id: log}\n");
    let program = Program::new().file("service/template.yaml", &broken);
    let finished = program.run(["template", "form", "service"]);
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (1, ""),
        "{finished}"
    );
    assert!(finished.stderr.contains("template.yaml:59:"), "{finished}");
}
