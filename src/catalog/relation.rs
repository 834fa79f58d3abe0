//! Relations between entities, as Backstage computes them from descriptors.

use serde::Serialize;

use super::reference::EntityRef;

/// A relation's type, in Backstage's spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // the names are Backstage's own and say it all
pub enum RelationType {
    ApiConsumedBy,
    ApiProvidedBy,
    ChildOf,
    ConsumesApi,
    DependencyOf,
    DependsOn,
    HasMember,
    HasPart,
    MemberOf,
    OwnedBy,
    OwnerOf,
    ParentOf,
    PartOf,
    ProvidesApi,
}

/// One relation as a descriptor declares it: from the entity itself to `target`. The catalog adds the reverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What the entity is to the target.
    pub relation: RelationType,
    /// The other end, which need not exist.
    pub target: EntityRef,
}

/// A field of `spec` that holds references to other entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The field's name within `spec`.
    pub name: &'static str,
    /// What the entity is to those it refers to.
    pub relation: RelationType,
    /// The kind of a reference that names none; without it the kind must be written.
    pub default_kind: Option<&'static str>,
}

const OWNER: Field = field("owner", RelationType::OwnedBy, Some("Group"));
const SYSTEM: Field = field("system", RelationType::PartOf, Some("System"));
const DEPENDS_ON: Field = field("dependsOn", RelationType::DependsOn, None);
const DEPENDENCY_OF: Field = field("dependencyOf", RelationType::DependencyOf, None);

/// The reference fields of a kind, in the order in which Backstage reads them.
///
/// A kind that is not built in has `owner` alone: that much is said of every kind in practice.
pub fn fields(kind: &str) -> &'static [Field] {
    match kind {
        "Component" => {
            const {
                &[
                    OWNER,
                    field("subcomponentOf", RelationType::PartOf, Some("Component")),
                    field("providesApis", RelationType::ProvidesApi, Some("API")),
                    field("consumesApis", RelationType::ConsumesApi, Some("API")),
                    DEPENDS_ON,
                    DEPENDENCY_OF,
                    SYSTEM,
                ]
            }
        }
        "API" => const { &[OWNER, SYSTEM] },
        "Resource" => const { &[OWNER, DEPENDS_ON, DEPENDENCY_OF, SYSTEM] },
        "System" => const { &[OWNER, field("domain", RelationType::PartOf, Some("Domain"))] },
        "Domain" => {
            const {
                &[
                    OWNER,
                    field("subdomainOf", RelationType::PartOf, Some("Domain")),
                ]
            }
        }
        "User" => const { &[field("memberOf", RelationType::MemberOf, Some("Group"))] },
        "Group" => {
            const {
                &[
                    field("parent", RelationType::ChildOf, Some("Group")),
                    field("children", RelationType::ParentOf, Some("Group")),
                    field("members", RelationType::HasMember, Some("User")),
                ]
            }
        }
        "Location" => &[],
        _ => const { &[OWNER] },
    }
}

impl RelationType {
    /// Every relation's type.
    pub const ALL: [Self; 14] = [
        Self::ApiConsumedBy,
        Self::ApiProvidedBy,
        Self::ChildOf,
        Self::ConsumesApi,
        Self::DependencyOf,
        Self::DependsOn,
        Self::HasMember,
        Self::HasPart,
        Self::MemberOf,
        Self::OwnedBy,
        Self::OwnerOf,
        Self::ParentOf,
        Self::PartOf,
        Self::ProvidesApi,
    ];

    /// What the target is to the entity.
    #[must_use]
    pub fn reverse(self) -> Self {
        match self {
            Self::ApiConsumedBy => Self::ConsumesApi,
            Self::ApiProvidedBy => Self::ProvidesApi,
            Self::ChildOf => Self::ParentOf,
            Self::ConsumesApi => Self::ApiConsumedBy,
            Self::DependencyOf => Self::DependsOn,
            Self::DependsOn => Self::DependencyOf,
            Self::HasMember => Self::MemberOf,
            Self::HasPart => Self::PartOf,
            Self::MemberOf => Self::HasMember,
            Self::OwnedBy => Self::OwnerOf,
            Self::OwnerOf => Self::OwnedBy,
            Self::ParentOf => Self::ChildOf,
            Self::PartOf => Self::HasPart,
            Self::ProvidesApi => Self::ApiProvidedBy,
        }
    }

    /// The name as Backstage's API writes it, like `ownedBy`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiConsumedBy => "apiConsumedBy",
            Self::ApiProvidedBy => "apiProvidedBy",
            Self::ChildOf => "childOf",
            Self::ConsumesApi => "consumesApi",
            Self::DependencyOf => "dependencyOf",
            Self::DependsOn => "dependsOn",
            Self::HasMember => "hasMember",
            Self::HasPart => "hasPart",
            Self::MemberOf => "memberOf",
            Self::OwnedBy => "ownedBy",
            Self::OwnerOf => "ownerOf",
            Self::ParentOf => "parentOf",
            Self::PartOf => "partOf",
            Self::ProvidesApi => "providesApi",
        }
    }
}

const fn field(
    name: &'static str,
    relation: RelationType,
    default_kind: Option<&'static str>,
) -> Field {
    Field {
        name,
        relation,
        default_kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_has_a_reverse_and_one_name() {
        for relation in RelationType::ALL {
            assert_ne!(relation.reverse(), relation);
            assert_eq!(relation.reverse().reverse(), relation);
            let serialized = serde_json::to_string(&relation).expect("a name");
            assert_eq!(serialized, format!("\"{}\"", relation.as_str()));
        }
    }

    #[test]
    fn only_dependencies_must_name_their_kind() {
        let kinds = [
            "Component",
            "API",
            "Resource",
            "System",
            "Domain",
            "Template",
            "Group",
            "User",
            "Location",
        ];
        for field in kinds.iter().flat_map(|kind| fields(kind)) {
            assert_eq!(
                field.default_kind.is_none(),
                field.name.starts_with("depend"),
                "{}",
                field.name
            );
        }
    }
}
