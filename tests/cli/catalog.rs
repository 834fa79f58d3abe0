//! `callboard catalog export`.

use std::collections::BTreeSet;

use super::{GOOD, json, keys};
use crate::harness::{Program, Repository};

#[test]
fn an_export_is_what_backstage_would_give() {
    let repository = Repository::of(GOOD);
    let program = Program::new();
    let source = repository.path();
    let finished = program.run([
        "catalog",
        "export",
        "--format",
        "yaml",
        "--source",
        &source.to_string_lossy(),
    ]);
    insta::assert_snapshot!(finished, @"
    ---
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata:
      name: pay
      namespace: default
      annotations:
        backstage.io/managed-by-location: file:⌂/catalog/catalog-info.yaml
        backstage.io/managed-by-origin-location: file:⌂/catalog/catalog-info.yaml
    spec:
      type: service
      lifecycle: production
      owner: team-a
    relations:
    - type: ownedBy
      targetRef: group:default/team-a
    ---
    apiVersion: backstage.io/v1alpha1
    kind: Group
    metadata:
      name: team-a
      namespace: default
      annotations:
        backstage.io/managed-by-location: file:⌂/catalog/catalog-info.yaml
        backstage.io/managed-by-origin-location: file:⌂/catalog/catalog-info.yaml
    spec:
      type: team
      children: []
    relations:
    - type: hasMember
      targetRef: user:default/eva
    - type: ownerOf
      targetRef: component:default/pay
    ---
    apiVersion: backstage.io/v1alpha1
    kind: User
    metadata:
      name: eva
      namespace: default
      annotations:
        backstage.io/managed-by-location: file:⌂/catalog/catalog-info.yaml
        backstage.io/managed-by-origin-location: file:⌂/catalog/catalog-info.yaml
    spec:
      memberOf:
      - team-a
    relations:
    - type: memberOf
      targetRef: group:default/team-a
    ");
}

#[test]
fn the_whole_catalog_is_exported_in_order() {
    let program = Program::new();
    let finished = program.run(["catalog", "export"]);
    assert_eq!((finished.code, &*finished.stderr), (0, ""));
    let entities = json(&finished.stdout);
    let entities = entities.as_array().expect("a list");
    let mut references = Vec::new();
    for entity in entities {
        let kind = entity["kind"].as_str().expect("a kind").to_lowercase();
        let metadata = &entity["metadata"];
        let (namespace, name) = (metadata["namespace"].as_str(), metadata["name"].as_str());
        references.push(format!(
            "{kind}:{}/{}",
            namespace.expect("a namespace"),
            name.expect("a name").to_lowercase()
        ));
        assert!(
            metadata["annotations"]["backstage.io/managed-by-location"].is_string(),
            "{entity}"
        );
        let relations: Vec<(String, String)> = entity["relations"]
            .as_array()
            .expect("relations")
            .iter()
            .map(|relation| {
                assert_eq!(keys(relation), BTreeSet::from(["type", "targetRef"]));
                (
                    relation["type"].to_string(),
                    relation["targetRef"].to_string(),
                )
            })
            .collect();
        assert!(relations.is_sorted(), "{relations:?}");
    }
    assert!(references.is_sorted(), "{references:#?}");
    assert!(references.contains(&"component:default/payments".to_owned()));
    assert!(references.len() > 80, "{}", references.len());
}
