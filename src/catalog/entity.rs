//! An entity: one valid descriptor document and what the catalog needs to have at hand of it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use super::compact::Json;
use super::compact::shared;
use super::document::{Document, Loose, Pairs, Spec, Text, Texts};
use super::reference::EntityRef;
use super::relation::{self, Declared, RelationType};

/// How many aliases of one entity count.
const MAX_ALIASES: usize = 100;

/// The annotation that says where an entity's code is.
const SOURCE_LOCATION: &str = "backstage.io/source-location";

/// One entity of the catalog.
///
/// The whole descriptor is kept as compressed JSON, because a hundred thousand of them are held in memory; the fields
/// that every look-up needs stand beside it, and share what many have in common.
#[derive(Debug)]
pub struct Entity {
    /// The normal form of the entity's own reference.
    pub reference: EntityRef,
    /// The kind as it was written, like `Component`.
    pub kind: Arc<str>,
    /// The name as it was written.
    pub name: Box<str>,
    /// `metadata.title`, or `spec.profile.displayName` where there is no title.
    pub title: Option<Box<str>>,
    /// `spec.type`.
    pub kind_type: Option<Arc<str>>,
    /// `spec.lifecycle`.
    pub lifecycle: Option<Arc<str>>,
    /// `spec.owner`, resolved.
    pub owner: Option<EntityRef>,
    /// Other names: `callboard/aliases` (comma-separated), repository slugs and so on.
    pub aliases: Vec<Box<str>>,
    /// `metadata.tags`.
    pub tags: Vec<Arc<str>>,
    /// Where its code is, if it says so by an annotation: `url:https://forge.example.com/acme/shop/tree/main/payments`.
    pub source_location: Option<Box<str>>,
    /// The relations that the descriptor itself declares.
    pub declared: Vec<Declared>,
    /// The descriptor as compact JSON: an object with `apiVersion`, `kind`, `metadata`, `spec`.
    pub document: Json,
    /// The line of the file on which the document begins; the first is 1.
    pub line: u32,
    /// The line of `spec.owner`, where there is one, or the line of CODEOWNERS that stands in for it.
    pub owner_line: Option<u32>,
    /// Whether the owner comes from the repository's CODEOWNERS, because the document names none.
    pub from_codeowners: bool,
    /// Why Backstage would drop the entity, as a full sentence. Its kind, name and owner are good all the same, so it
    /// is kept to answer whose it is.
    pub refused: Option<Box<str>>,
}

/// What a Location entity points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    /// `spec.target` and `spec.targets`: addresses, or paths relative to the Location's own file, globs included.
    pub targets: Vec<String>,
    /// Whether it is an error when a target is not there: `spec.presence` is not `optional`.
    pub required: bool,
}

impl Entity {
    /// Builds an entity from its stored descriptor, in one pass that copies only what is kept at hand.
    ///
    /// Fields of unexpected types are left out; the only errors are a missing kind or name. Lines and the sentence
    /// `refused` are taken as they are.
    pub fn from_document(
        document: &RawValue,
        line: u32,
        owner_line: Option<u32>,
        refused: Option<Box<str>>,
    ) -> Result<Self, serde_json::Error> {
        let Document {
            kind,
            metadata,
            spec: Loose(spec),
        } = serde_json::from_str(document.get())?;
        let spec = spec.unwrap_or_default();
        let namespace = metadata
            .namespace
            .0
            .filter(|namespace| !namespace.is_empty());
        let namespace = namespace.as_deref().unwrap_or("default");
        let declared = declared(&kind, namespace, &spec);
        let owner = declared
            .iter()
            .find(|declared| declared.relation == RelationType::OwnedBy);
        let Loose(profile) = spec.profile;
        let title = filled(metadata.title)
            .or_else(|| profile.and_then(|profile| filled(profile.display_name)));
        Ok(Self {
            reference: EntityRef::new(&kind, namespace, &metadata.name).shared(),
            name: metadata.name.into(),
            title,
            kind_type: filled(spec.r#type).map(|text| shared(&text)),
            lifecycle: filled(spec.lifecycle).map(|text| shared(&text)),
            owner: owner.map(|owner| owner.target.clone()),
            aliases: aliases(&metadata.annotations),
            tags: metadata.tags.0.iter().map(|tag| shared(tag)).collect(),
            source_location: found(&metadata.annotations, SOURCE_LOCATION).map(Into::into),
            kind: shared(&kind),
            declared,
            line,
            owner_line,
            from_codeowners: false,
            refused,
            document: Json::new(document.get()),
        })
    }

    /// The whole descriptor.
    pub fn descriptor(&self) -> serde_json::Value {
        // The text was valid JSON when the entity was built.
        serde_json::from_str(&self.document.text()).unwrap_or_default()
    }

    /// The value of an annotation, where it is there and text.
    pub fn annotation(&self, key: &str) -> Option<String> {
        let text = self.document.text();
        let document: Document<'_> = serde_json::from_str(&text).ok()?;
        found(&document.metadata.annotations, key).map(str::to_owned)
    }

    /// What to call the entity: its title, or its name where there is none.
    pub fn display_name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// Whether another version of the entity goes by the same names and words.
    pub fn is_named_like(&self, other: &Self) -> bool {
        self.name == other.name
            && self.title == other.title
            && self.aliases == other.aliases
            && self.tags == other.tags
            && self.kind_type == other.kind_type
    }

    /// What a Location points to; `None` for every other kind.
    pub fn targets(&self) -> Option<Targets> {
        #[derive(Deserialize)]
        struct Location<'d> {
            #[serde(borrow, default)]
            spec: Loose<LocationSpec<'d>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct LocationSpec<'d> {
            #[serde(borrow)]
            target: Text<'d>,
            #[serde(borrow)]
            targets: Texts<'d>,
            #[serde(borrow)]
            presence: Text<'d>,
        }
        if &*self.kind != "Location" {
            return None;
        }
        let text = self.document.text();
        let Location { spec: Loose(spec) } = serde_json::from_str(&text).ok()?;
        let LocationSpec {
            target: Text(target),
            targets: Texts(targets),
            presence: Text(presence),
        } = spec.unwrap_or_default();
        let targets = target
            .into_iter()
            .chain(targets)
            .filter(|target| !target.is_empty());
        Some(Targets {
            targets: targets.map(Cow::into_owned).collect(),
            required: presence.as_deref() != Some("optional"),
        })
    }

    /// The folders that a Template fetches its content from, as written but without a closing slash; nothing for
    /// other kinds.
    ///
    /// Only relative paths count. What follows the first expression is cut off folder by folder, so that
    /// `./skeletons/${{ parameters.x }}` gives `./skeletons`. The template's own folder is left out: the template
    /// itself stands there.
    pub fn fetched_folders(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Template<'d> {
            #[serde(borrow, default)]
            spec: Loose<TemplateSpec<'d>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct TemplateSpec<'d> {
            #[serde(borrow)]
            steps: Vec<Loose<Step<'d>>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Step<'d> {
            #[serde(borrow)]
            action: Text<'d>,
            #[serde(borrow)]
            input: Loose<Input<'d>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Input<'d> {
            #[serde(borrow)]
            url: Text<'d>,
        }
        if &*self.kind != "Template" {
            return Vec::new();
        }
        let text = self.document.text();
        let Ok(Template {
            spec: Loose(Some(spec)),
        }) = serde_json::from_str(&text)
        else {
            return Vec::new();
        };
        let (mut folders, mut seen) = (Vec::new(), HashSet::new());
        for Loose(step) in spec.steps {
            let Some(Step {
                action: Text(Some(action)),
                input: Loose(Some(input)),
            }) = step
            else {
                continue;
            };
            if !matches!(action.as_ref(), "fetch:template" | "fetch:plain") {
                continue;
            }
            let folder = input
                .url
                .0
                .as_deref()
                .and_then(literal_folder)
                .map(str::to_owned);
            folders.extend(folder.filter(|folder| seen.insert(folder.clone())));
        }
        folders
    }
}

/// The relations that the reference fields of the kind declare, each once. References that Backstage cannot read
/// are left out: they were reported when the file was read.
fn declared(kind: &str, namespace: &str, spec: &Spec<'_>) -> Vec<Declared> {
    let fields = relation::fields(kind);
    let expected = fields
        .iter()
        .map(|field| spec.references(field.name).len())
        .sum();
    let mut declared: Vec<Declared> = Vec::with_capacity(expected);
    for field in fields {
        for text in spec.references(field.name) {
            let Ok(target) = EntityRef::parse(text, field.default_kind, namespace) else {
                continue;
            };
            let target = target.shared();
            let one = Declared {
                relation: field.relation,
                target,
            };
            // Lists of references are short, but nothing keeps a group from having thousands of members.
            if declared.len() > 64 || !declared.contains(&one) {
                declared.push(one);
            }
        }
    }
    if declared.len() > 64 {
        let mut seen = HashSet::new();
        declared.retain(|one| seen.insert((one.relation, one.target.clone())));
    }
    declared.shrink_to_fit();
    declared
}

fn found<'a>(Pairs(pairs): &'a Pairs<'_>, key: &str) -> Option<&'a str> {
    let pair = pairs.iter().find(|(name, _)| name == key);
    pair.map(|(_, value)| &**value)
}

fn aliases(Pairs(annotations): &Pairs<'_>) -> Vec<Box<str>> {
    let mut aliases: Vec<Box<str>> = Vec::new();
    for (key, value) in annotations {
        let is_slug = key.ends_with("/project-slug") || key == "github.com/team-slug";
        let names = match key.as_ref() {
            "callboard/aliases" => value.split(','),
            _ if is_slug => value.split('\n'),
            _ => continue,
        };
        for name in names.map(str::trim).filter(|name| !name.is_empty()) {
            if aliases.len() >= MAX_ALIASES {
                break;
            }
            if !aliases.iter().any(|known| **known == *name) {
                aliases.push(name.into());
            }
        }
    }
    aliases.shrink_to_fit();
    aliases
}

fn filled(Text(text): Text<'_>) -> Option<Box<str>> {
    text.filter(|text| !text.is_empty()).map(Into::into)
}

/// The relative folder that an address literally names, see [`Entity::fetched_folders`].
fn literal_folder(address: &str) -> Option<&str> {
    let literal = match address.split_once("${{") {
        Some((before, _)) => before.rsplit_once('/')?.0,
        None => address,
    };
    let folder = literal.trim().trim_end_matches('/');
    let has_scheme = folder
        .split_once(':')
        .is_some_and(|(scheme, _)| !scheme.contains('/'));
    (!has_scheme && !folder.starts_with('/') && !matches!(folder, "" | ".")).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(json: &str) -> Entity {
        let document = RawValue::from_string(json.to_owned()).expect("JSON");
        Entity::from_document(&document, 1, None, None).expect("an entity")
    }

    fn relations(entity: &Entity) -> Vec<String> {
        let line =
            |declared: &Declared| format!("{} {}", declared.relation.as_str(), declared.target);
        entity.declared.iter().map(line).collect()
    }

    #[test]
    fn a_component_declares_its_relations() {
        let entity = entity(
            r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"Ledger","namespace":"shop"},
            "spec":{"type":"service","lifecycle":"production","owner":"Pay","system":"default/money","subcomponentOf":"core",
            "providesApis":["a","A","x/b"],"consumesApis":["c"],"dependsOn":["resource:db","resource:DB"],
            "dependencyOf":"component:default/web"}}"#,
        );
        assert_eq!(entity.reference.as_str(), "component:shop/ledger");
        assert_eq!(
            entity.owner.as_ref().map(EntityRef::as_str),
            Some("group:shop/pay")
        );
        assert_eq!(
            relations(&entity),
            [
                "ownedBy group:shop/pay",
                "partOf component:shop/core",
                "providesApi api:shop/a",
                "providesApi api:x/b",
                "consumesApi api:shop/c",
                "dependsOn resource:shop/db",
                "dependencyOf component:default/web",
                "partOf system:default/money",
            ]
        );
    }

    #[test]
    fn groups_and_users_declare_their_places() {
        let group = entity(
            r#"{"kind":"Group","metadata":{"name":"pay"},"spec":{"type":"team","owner":"x","parent":"money",
            "children":["cards"],"members":["ana","User:default/ana"],"profile":{"displayName":"Payments"}}}"#,
        );
        assert_eq!(
            relations(&group),
            [
                "childOf group:default/money",
                "parentOf group:default/cards",
                "hasMember user:default/ana"
            ]
        );
        assert_eq!(group.owner, None);
        assert_eq!(group.display_name(), "Payments");
        let user =
            entity(r#"{"kind":"User","metadata":{"name":"ana"},"spec":{"memberOf":["pay"]}}"#);
        assert_eq!(relations(&user), ["memberOf group:default/pay"]);
        assert_eq!(user.display_name(), "ana");
    }

    #[test]
    fn every_kind_of_the_table_declares_its_relations() {
        let declared = |kind: &str, spec: &str| {
            let json = format!(r#"{{"kind":"{kind}","metadata":{{"name":"a"}},"spec":{spec}}}"#);
            relations(&entity(&json)).join(", ")
        };
        assert_eq!(
            declared("System", r#"{"owner":"o","domain":"d"}"#),
            "ownedBy group:default/o, partOf domain:default/d"
        );
        assert_eq!(
            declared("Domain", r#"{"owner":"o","subdomainOf":"d"}"#),
            "ownedBy group:default/o, partOf domain:default/d"
        );
        assert_eq!(
            declared("API", r#"{"owner":"user:o","system":"s","domain":"d"}"#),
            "ownedBy user:default/o, partOf system:default/s"
        );
        assert_eq!(
            declared("Resource", r#"{"owner":"o","dependsOn":["component:c"]}"#),
            "ownedBy group:default/o, dependsOn component:default/c"
        );
        assert_eq!(
            declared("Template", r#"{"owner":"o","system":"s"}"#),
            "ownedBy group:default/o"
        );
        assert_eq!(declared("Location", r#"{"owner":"o"}"#), "");
        assert_eq!(
            declared("Dashboard", r#"{"owner":"o","dependsOn":["component:c"]}"#),
            "ownedBy group:default/o"
        );
        assert_eq!(declared("Dashboard", r#"{"owner":{"name":"o"}}"#), "");
    }

    #[test]
    fn a_reference_that_cannot_be_read_is_left_out() {
        let entity = entity(
            r#"{"kind":"Component","metadata":{"name":"a"},"spec":{"owner":"o","dependsOn":["db","resource:db"]}}"#,
        );
        assert_eq!(
            relations(&entity),
            ["ownedBy group:default/o", "dependsOn resource:default/db"]
        );
    }

    #[test]
    fn a_group_may_have_thousands_of_members() {
        let members: Vec<String> = (0..5000)
            .map(|number| format!("\"u{}\"", number % 2500))
            .collect();
        let json = format!(
            r#"{{"kind":"Group","metadata":{{"name":"a"}},"spec":{{"members":[{}]}}}}"#,
            members.join(",")
        );
        assert_eq!(entity(&json).declared.len(), 2500);
    }

    #[test]
    fn aliases_come_from_annotations() {
        let entity = entity(
            r#"{"kind":"Component","metadata":{"name":"a","annotations":{"callboard/aliases":"pay, checkout ,,pay",
            "github.com/project-slug":"acme/pay","circleci.com/project-slug":"github/acme/pay","github.com/team-slug":"acme/t",
            "other":"x"}}}"#,
        );
        assert_eq!(
            entity
                .aliases
                .iter()
                .map(|alias| &**alias)
                .collect::<Vec<_>>(),
            ["pay", "checkout", "acme/pay", "github/acme/pay", "acme/t"]
        );
        assert_eq!(entity.annotation("other").as_deref(), Some("x"));
        assert_eq!(entity.annotation("none"), None);
        assert_eq!(entity.descriptor()["metadata"]["name"], "a");
    }

    #[test]
    fn a_location_has_targets() {
        let location = entity(
            r#"{"kind":"Location","metadata":{"name":"a"},"spec":{"target":"./x.yaml","targets":["./y/*.yaml"],"presence":"optional"}}"#,
        );
        let expected = Targets {
            targets: vec!["./x.yaml".to_owned(), "./y/*.yaml".to_owned()],
            required: false,
        };
        assert_eq!(location.targets(), Some(expected));
        let bare = entity(r#"{"kind":"Location","metadata":{"name":"a"},"spec":{}}"#);
        assert_eq!(
            bare.targets(),
            Some(Targets {
                targets: Vec::new(),
                required: true
            })
        );
        assert_eq!(
            entity(r#"{"kind":"User","metadata":{"name":"a"}}"#).targets(),
            None
        );
    }

    #[test]
    fn a_template_fetches_folders() {
        let template = entity(
            r#"{"kind":"Template","metadata":{"name":"a"},"spec":{"steps":[
            {"action":"fetch:template","input":{"url":"./skeleton/"}},{"action":"fetch:template","input":{"url":"./skeleton"}},
            {"action":"fetch:plain","input":{"url":"../shared/${{ parameters.x }}/y"}},{"action":"fetch:plain","input":{"url":"./part-${{ x }}"}},
            {"action":"fetch:plain","input":{"url":"https://e.com/x"}},{"action":"fetch:plain","input":{"url":"${{ x }}"}},
            {"action":"debug:log","input":{"url":"./no"}},{"action":"fetch:plain"},"odd"]}}"#,
        );
        assert_eq!(template.fetched_folders(), ["./skeleton", "../shared"]);
    }
}
