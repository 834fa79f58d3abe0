//! Whom the names mean that people and teams have elsewhere: in CODEOWNERS, in commits and on chat platforms.

use std::collections::HashMap;
use std::sync::Arc;

use super::codeowners::Owner;
use super::document::{Document, Loose, Pairs};
use super::entity::Entity;
use super::reference::EntityRef;

/// The annotations that hold a user's name on a forge.
const LOGINS: [&str; 3] = [
    "github.com/user-login",
    "gitlab.com/user-login",
    "gitea.com/user-login",
];

/// The annotations that hold a team's name on a forge.
const TEAMS: [&str; 2] = ["github.com/team-slug", "gitlab.com/group-path"];

/// The annotations that hold a user's account on a chat platform, beside the platform's name.
const ACCOUNTS: [(&str, &str); 2] = [
    ("matrix", "matrix.org/user-id"),
    ("slack", "slack.com/user-id"),
];

/// The users and groups of a catalog by their names elsewhere, in lower case.
#[derive(Debug, Default)]
pub struct People {
    mails: HashMap<String, EntityRef>,
    /// Groups by their addresses.
    shared: HashMap<String, EntityRef>,
    logins: HashMap<String, EntityRef>,
    /// Users by their accounts on chat platforms, as written; `None` where several claim one.
    accounts: HashMap<(&'static str, String), Option<EntityRef>>,
    /// Users by the names of their entities.
    users: HashMap<String, EntityRef>,
    /// Users by how they are called; `None` where several are called so.
    titles: HashMap<String, Option<EntityRef>>,
    /// Groups by their names on a forge.
    teams: HashMap<String, EntityRef>,
    /// Groups by the names of their entities.
    groups: HashMap<String, EntityRef>,
}

impl People {
    /// Reads them from all entities. Of two that claim one name the first stays; the namespace `default` comes first.
    pub fn new(entities: &[Arc<Entity>]) -> Self {
        let mut people = Self::default();
        let (ours, others): (Vec<_>, Vec<_>) = entities
            .iter()
            .filter(|entity| matches!(entity.reference.kind(), "user" | "group"))
            .partition(|entity| entity.reference.namespace() == "default");
        for entity in ours.into_iter().chain(others) {
            people.add(entity);
        }
        people
    }

    fn add(&mut self, entity: &Entity) {
        let reference = &entity.reference;
        let text = entity.document.text();
        let document = serde_json::from_str::<Document<'_>>(&text).ok();
        let put = |map: &mut HashMap<String, EntityRef>, name: &str| {
            let name = name.trim().trim_start_matches('@').to_lowercase();
            if !name.is_empty() {
                map.entry(name).or_insert_with(|| reference.clone());
            }
        };
        let is_user = reference.kind() == "user";
        let (names, map, own) = if is_user {
            (&LOGINS[..], &mut self.logins, &mut self.users)
        } else {
            (&TEAMS[..], &mut self.teams, &mut self.groups)
        };
        put(own, reference.name());
        let Some(document) = document else { return };
        let Pairs(annotations) = document.metadata.annotations;
        for (key, value) in &annotations {
            if names.contains(&key.as_ref()) {
                put(map, value);
            }
            let account = ACCOUNTS.iter().find(|(_, named)| is_user && key == named);
            if let Some((platform, _)) = account {
                self.accounts
                    .entry((platform, value.trim().to_owned()))
                    .and_modify(|known| *known = None)
                    .or_insert_with(|| Some(reference.clone()));
            }
        }
        let profile = document.spec.0.and_then(|spec| {
            let Loose(profile) = spec.profile;
            profile
        });
        if let Some(mail) = profile.and_then(|profile| profile.email.0) {
            let mails = if is_user {
                &mut self.mails
            } else {
                &mut self.shared
            };
            put(mails, &mail);
        }
        if let Some(title) = entity.title.as_ref().filter(|_| is_user) {
            self.titles
                .entry(title.to_lowercase())
                .and_modify(|known| *known = None)
                .or_insert_with(|| Some(reference.clone()));
        }
    }

    /// The user or group that is reached at this address.
    pub fn at(&self, mail: &str) -> Option<&EntityRef> {
        let mail = mail.to_lowercase();
        self.mails.get(&mail).or_else(|| self.shared.get(&mail))
    }

    /// The user or group that an owner of CODEOWNERS means, which need not have an entity; `None` where it is written so
    /// that it means nobody.
    pub fn code_owner(&self, written: &str) -> Option<EntityRef> {
        let known = match Owner::of(written)? {
            Owner::Team { organisation, team } => {
                let team = team.to_lowercase();
                let full = format!("{}/{team}", organisation.to_lowercase());
                let annotated = self.teams.get(&full).or_else(|| self.teams.get(&team));
                let named = annotated.or_else(|| self.groups.get(&team));
                named.cloned().unwrap_or_else(|| group(&team))
            }
            Owner::User(login) => {
                let login = login.to_lowercase();
                let user = self.login(&login);
                // GitLab writes a group without a parent like a user.
                let named = user.or_else(|| self.groups.get(&login));
                named.cloned().unwrap_or_else(|| user_named(&login))
            }
            Owner::Mail(mail) => {
                let local = mail.split('@').next().unwrap_or_default().to_lowercase();
                let user = self.mails.get(&mail.to_lowercase());
                let named = user
                    .or_else(|| self.users.get(&local))
                    .or_else(|| self.groups.get(&local));
                named.cloned().unwrap_or_else(|| user_named(&local))
            }
        };
        Some(known)
    }

    /// The user that wrote a commit, by the address, by the name on the forge in the address that forges make up, or by
    /// the name.
    pub fn author(&self, name: &str, mail: &str) -> Option<&EntityRef> {
        let mail = mail.to_lowercase();
        let name = name.trim().to_lowercase();
        self.mails
            .get(&mail)
            .or_else(|| self.login(made_up(&mail)?))
            .or_else(|| self.titles.get(&name)?.as_ref())
            .or_else(|| self.login(&name))
    }

    /// The user of an e-mail address.
    pub fn user_of_mail(&self, mail: &str) -> Option<&EntityRef> {
        self.mails.get(&mail.trim().to_lowercase())
    }

    /// The user whose annotation names this account of a chat platform, letter by letter; nobody where several users name
    /// it. An account within a workspace, like `T1/U1`, may be named without the workspace.
    pub fn user_of_account(&self, platform: &str, id: &str) -> Option<&EntityRef> {
        let (platform, _) = ACCOUNTS.iter().find(|(named, _)| *named == platform)?;
        let of = |id: &str| self.accounts.get(&(*platform, id.to_owned()));
        let bare = id.split_once('/').filter(|_| *platform == "slack");
        of(id).or_else(|| of(bare?.1))?.as_ref()
    }

    fn login(&self, login: &str) -> Option<&EntityRef> {
        self.logins.get(login).or_else(|| self.users.get(login))
    }
}

/// The login in an address like `123+ana@users.noreply.github.com` or `123-ana@users.noreply.gitlab.com`.
fn made_up(mail: &str) -> Option<&str> {
    let (local, host) = mail.split_once('@')?;
    if !(host.starts_with("users.noreply.") || host.starts_with("noreply.")) {
        return None;
    }
    let digits = local.trim_start_matches(|c: char| c.is_ascii_digit());
    let login = if digits.len() < local.len() {
        digits.strip_prefix(['+', '-']).unwrap_or(local)
    } else {
        local
    };
    (!login.is_empty()).then_some(login)
}

fn group(name: &str) -> EntityRef {
    EntityRef::new("group", "default", name)
}

fn user_named(name: &str) -> EntityRef {
    EntityRef::new("user", "default", name)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn people() -> People {
        let entities = [
            r#"{"kind":"User","metadata":{"name":"ana.lima","annotations":{"github.com/user-login":"Analima","matrix.org/user-id":"@ana:acme.example","slack.com/user-id":"U1"}},"spec":{"profile":{"displayName":"Ana Lima","email":"Ana@acme.example"},"memberOf":[]}}"#,
            r#"{"kind":"User","metadata":{"name":"bo","annotations":{"matrix.org/user-id":"@bo:acme.example"}},"spec":{"profile":{"displayName":"Bo"}}}"#,
            r#"{"kind":"User","metadata":{"name":"bo2","annotations":{"matrix.org/user-id":"@bo:acme.example","slack.com/user-id":"T1/U2"}},"spec":{"profile":{"displayName":"Bo"}}}"#,
            r#"{"kind":"Group","metadata":{"name":"pay"},"spec":{"profile":{"email":"Pay@acme.example"}}}"#,
            r#"{"kind":"Group","metadata":{"name":"web-group","annotations":{"github.com/team-slug":"acme/web"}},"spec":{}}"#,
            r#"{"kind":"Group","metadata":{"name":"data","namespace":"lake"},"spec":{}}"#,
        ];
        let entities: Vec<Arc<Entity>> = entities
            .iter()
            .map(|json| {
                let document = RawValue::from_string((*json).to_owned()).expect("JSON");
                Arc::new(Entity::from_document(&document, 1, None, None).expect("an entity"))
            })
            .collect();
        People::new(&entities)
    }

    #[test]
    fn owners_of_codeowners_are_found() {
        let people = people();
        let owner = |written: &str| {
            let found = people.code_owner(written);
            found.map(|found| found.to_string()).unwrap_or_default()
        };
        assert_eq!(owner("@acme/Pay"), "group:default/pay");
        assert_eq!(owner("@acme/web"), "group:default/web-group");
        assert_eq!(owner("@acme/data"), "group:lake/data");
        assert_eq!(owner("@acme/gone"), "group:default/gone");
        assert_eq!(owner("@analima"), "user:default/ana.lima");
        assert_eq!(owner("@pay"), "group:default/pay");
        assert_eq!(owner("@gone"), "user:default/gone");
        assert_eq!(owner("ana@ACME.example"), "user:default/ana.lima");
        assert_eq!(owner("bo@else.example"), "user:default/bo");
        assert_eq!(owner("jo@else.example"), "user:default/jo");
        assert_eq!(owner("team"), "");
    }

    #[test]
    fn people_and_teams_are_known_by_their_addresses() {
        let people = people();
        let at = |mail: &str| people.at(mail).map(EntityRef::as_str);
        assert_eq!(at("ana@ACME.example"), Some("user:default/ana.lima"));
        assert_eq!(at("pay@acme.example"), Some("group:default/pay"));
        assert_eq!(at("ana@else.example"), None);
        // A team writes no commits.
        assert_eq!(people.author("x", "pay@acme.example"), None);
    }

    #[test]
    fn people_are_known_by_their_accounts_letter_by_letter_and_only_one_of_a_name() {
        let people = people();
        let of = |platform: &str, id: &str| {
            let found = people.user_of_account(platform, id);
            found.map(EntityRef::name)
        };
        assert_eq!(of("matrix", "@ana:acme.example"), Some("ana.lima"));
        assert_eq!(of("matrix", "@Ana:acme.example"), None);
        assert_eq!(of("slack", "@ana:acme.example"), None);
        assert_eq!(of("slack", "T1/U1"), Some("ana.lima"));
        assert_eq!(of("slack", "T1/U2"), Some("bo2"));
        assert_eq!(of("slack", "T2/U2"), None);
        assert_eq!(of("matrix", "@bo:acme.example"), None);
        assert_eq!(of("console", "ana.lima"), None);
    }

    #[test]
    fn authors_of_commits_are_found() {
        let people = people();
        let author = |name: &str, mail: &str| {
            let found = people.author(name, mail);
            found
                .map(|found| found.name().to_owned())
                .unwrap_or_default()
        };
        assert_eq!(author("x", "ana@acme.example"), "ana.lima");
        assert_eq!(
            author("x", "12+analima@users.noreply.github.com"),
            "ana.lima"
        );
        assert_eq!(
            author("x", "9-analima@users.noreply.gitlab.com"),
            "ana.lima"
        );
        assert_eq!(author("x", "analima@noreply.codeberg.org"), "ana.lima");
        assert_eq!(author("ANA lima", "ana@home.example"), "ana.lima");
        assert_eq!(author("bo2", "b@home.example"), "bo2");
        // Two are called so, but one of them is named so.
        assert_eq!(author("Bo", "b@home.example"), "bo");
        assert_eq!(author("x", "ana@users.example"), "");
        assert_eq!(author("", ""), "");
    }
}
