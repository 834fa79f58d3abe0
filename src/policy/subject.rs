//! Who asks, and where.

use crate::catalog::{Catalog, EntityRef, RelationType};

/// Somebody in a place, as rules see them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The person's entity; `None` for whom the catalog does not know.
    pub user: Option<EntityRef>,
    /// The groups that the person is a member of.
    pub teams: Vec<EntityRef>,
    /// The same, and all groups above them.
    pub groups: Vec<EntityRef>,
    /// The platform's name.
    pub platform: String,
    /// The platform's id of the channel.
    pub channel: String,
}

impl Subject {
    /// This user of the catalog in this channel of a platform.
    pub fn new(catalog: &Catalog, user: Option<&EntityRef>, platform: &str, channel: &str) -> Self {
        let teams = user.map(|user| {
            let related = catalog.related(user, RelationType::MemberOf);
            related.map(|related| related.target.clone()).collect()
        });
        let groups = user.map(|user| catalog.groups_of(user));
        Self {
            user: user.cloned(),
            teams: teams.unwrap_or_default(),
            groups: groups.unwrap_or_default(),
            platform: platform.to_owned(),
            channel: channel.to_owned(),
        }
    }

    /// Whether a reference means the person, or a group that they belong to.
    pub fn is(&self, reference: &EntityRef) -> bool {
        self.user.as_ref() == Some(reference) || self.groups.contains(reference)
    }

    /// Whether what has this owner is the person's own: theirs, or of a team that they are a member of themselves.
    pub fn owns(&self, owner: &EntityRef) -> bool {
        self.user.as_ref() == Some(owner) || self.teams.contains(owner)
    }
}
