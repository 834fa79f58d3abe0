//! People and teams of a forge as documents of the kinds User and Group, the way Backstage's own providers make them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::{BlobId, Leaf};
use crate::forge::{People, Person, Team};
use crate::git::{blob_id, hex};

/// No entity has a longer name.
const LONGEST_NAME: usize = 63;

/// A document that stands in no repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its path within the source.
    pub path: Arc<str>,
    /// Its text.
    pub text: String,
    blob: BlobId,
}

impl Document {
    fn new(path: String, value: &Value) -> Self {
        // What is JSON is YAML as well.
        let text = format!("{value:#}\n");
        Self {
            path: path.into(),
            blob: BlobId(blob_id(text.as_bytes())),
            text,
        }
    }

    /// The document as a file of a snapshot.
    pub fn leaf(&self) -> Leaf {
        Leaf {
            path: self.path.clone(),
            blob: self.blob,
            link: false,
        }
    }

    /// What names the document and its content.
    pub fn name(&self) -> String {
        format!("{} {}", self.path, hex(&self.blob.0))
    }
}

/// A document for each person and each team, sorted by path.
pub fn all(people: &People) -> Vec<Document> {
    let members: Vec<(&Team, BTreeSet<String>)> = people
        .teams
        .iter()
        .map(|team| {
            (
                team,
                team.members
                    .iter()
                    .filter_map(|login| entity_name(login))
                    .collect(),
            )
        })
        .collect();
    let persons = people.persons.iter().filter_map(|person| {
        let name = entity_name(&person.login)?;
        // Logins compare without regard to case.
        let belongs = |members: &BTreeSet<String>| {
            members
                .iter()
                .any(|member| member.eq_ignore_ascii_case(&name))
        };
        let teams = members.iter().filter(|(_, members)| belongs(members));
        let teams: BTreeSet<String> = teams
            .filter_map(|(team, _)| entity_name(&team.name))
            .collect();
        Some((format!("users/{name}.yaml"), user(person, &name, &teams)))
    });
    let teams = members.iter().filter_map(|(team, members)| {
        let name = entity_name(&team.name)?;
        let parts = people
            .teams
            .iter()
            .filter(|other| other.parent.as_ref() == Some(&team.name))
            .filter_map(|other| entity_name(&other.name));
        let group = group(team, &name, parts.collect(), members);
        Some((format!("teams/{name}.yaml"), group))
    });
    // Two that come to the same name: the first has it, as the catalog would have it.
    let mut documents: BTreeMap<String, Document> = BTreeMap::new();
    for (path, value) in persons.chain(teams) {
        let document = Document::new(path.clone(), &value);
        documents.entry(path).or_insert(document);
    }
    documents.into_values().collect()
}

fn user(person: &Person, name: &str, teams: &BTreeSet<String>) -> Value {
    let profile = profile(&[
        ("displayName", &person.name),
        ("email", &person.email),
        ("picture", &person.picture),
    ]);
    let metadata = metadata(
        name,
        &person.page,
        &person.annotations,
        person.description.as_ref(),
    );
    json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "User",
        "metadata": metadata,
        "spec": { "profile": profile, "memberOf": teams },
    })
}

fn group(team: &Team, name: &str, parts: BTreeSet<String>, members: &BTreeSet<String>) -> Value {
    let profile = profile(&[("displayName", &team.title), ("picture", &team.picture)]);
    let metadata = metadata(
        name,
        &team.page,
        &team.annotations,
        team.description.as_ref(),
    );
    let mut spec = json!({ "type": "team", "profile": profile });
    if let Some(parent) = team.parent.as_deref().and_then(entity_name) {
        spec["parent"] = parent.into();
    }
    spec["children"] = parts.into_iter().collect();
    spec["members"] = members.iter().cloned().collect();
    json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Group",
        "metadata": metadata,
        "spec": spec,
    })
}

fn metadata(
    name: &str,
    page: &str,
    marks: &[(String, String)],
    description: Option<&String>,
) -> Value {
    let mut annotations = Map::new();
    for key in ["managed-by-location", "managed-by-origin-location"] {
        annotations.insert(format!("backstage.io/{key}"), format!("url:{page}").into());
    }
    annotations.extend(
        marks
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().into())),
    );
    let mut metadata = json!({ "name": name, "annotations": annotations });
    if let Some(description) = description {
        metadata["description"] = description.as_str().into();
    }
    metadata
}

fn profile(fields: &[(&str, &Option<String>)]) -> Value {
    let given = fields
        .iter()
        .filter_map(|(key, value)| Some(((*key).to_owned(), value.as_deref()?.into())));
    Value::Object(given.collect())
}

/// The name as an entity may have it; `None` when nothing of it may stay.
fn entity_name(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect();
    let ends = |c: char| !c.is_ascii_alphanumeric();
    let name = name.trim_start_matches(ends);
    let name = name.get(..LONGEST_NAME).unwrap_or(name);
    let name = name.trim_end_matches(ends);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_to_fit() {
        assert_eq!(entity_name("Ana").as_deref(), Some("Ana"));
        assert_eq!(entity_name("_ana_").as_deref(), Some("ana"));
        assert_eq!(
            entity_name("renovate[bot]").as_deref(),
            Some("renovate-bot")
        );
        assert_eq!(
            entity_name("zahlungs größe").as_deref(),
            Some("zahlungs-gr--e")
        );
        assert_eq!(entity_name("…"), None);
        assert_eq!(
            entity_name(&"a".repeat(70)).map(|name| name.len()),
            Some(63)
        );
    }

    #[test]
    fn a_team_and_its_members_know_each_other() {
        let team = |name: &str, parent: Option<&str>, members: &[&str]| Team {
            name: name.to_owned(),
            parent: parent.map(str::to_owned),
            members: members.iter().map(|login| (*login).to_owned()).collect(),
            page: format!("https://h/orgs/acme/teams/{name}"),
            annotations: vec![("github.com/team-slug".to_owned(), format!("acme/{name}"))],
            ..Team::default()
        };
        let ana = Person {
            login: "Ana".to_owned(),
            name: Some("Ana \"the\" Ünal\n".to_owned()),
            page: "https://h/Ana".to_owned(),
            ..Person::default()
        };
        let people = People {
            persons: vec![ana],
            teams: vec![
                team("payments", None, &[]),
                team("cards", Some("payments"), &["ana"]),
            ],
            missing: Vec::new(),
        };
        let documents = all(&people);
        let shown: Vec<String> = documents
            .iter()
            .map(|document| {
                let value: Value = serde_json::from_str(&document.text).expect("JSON");
                format!("{}: {}", document.path, value["spec"])
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        teams/cards.yaml: {"type":"team","profile":{},"parent":"payments","children":[],"members":["ana"]}
        teams/payments.yaml: {"type":"team","profile":{},"children":["cards"],"members":[]}
        users/Ana.yaml: {"profile":{"displayName":"Ana \"the\" Ünal\n"},"memberOf":["cards"]}
        "#);
    }
}
