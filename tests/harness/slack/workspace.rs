//! Who and what is in the workspace: people, channels, and how the service describes them.

use serde_json::{Value, json};

/// The workspace.
pub const TEAM: &str = "T0ACME0001";

/// Another organisation's workspace.
pub const OTHER_TEAM: &str = "T0OTHER001";

/// The app.
pub const APP: &str = "A0CALLBRD1";

/// The user that the bot is.
pub const BOT_USER: &str = "U0CALLBRD1";

/// The bot as such.
pub const BOT: &str = "B0CALLBRD1";

/// Somebody in the workspace.
#[derive(Debug, Clone)]
pub struct Person {
    /// The service's id.
    pub id: String,
    /// The short name by which the tests call them.
    pub name: String,
    /// The name that is shown.
    pub real_name: String,
    /// The e-mail address, which people of another workspace do not show.
    pub email: Option<String>,
    /// What they are.
    pub kind: Kind,
}

/// What somebody in the workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A member with a confirmed address.
    Member,
    /// A member who has not confirmed the address.
    Unconfirmed,
    /// A guest in several channels.
    Guest,
    /// A guest in one channel.
    SingleChannelGuest,
    /// Another app.
    Bot,
    /// Somebody of another organisation, through a shared channel.
    Stranger,
    /// Somebody whose account is closed.
    Deleted,
}

/// A conversation.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The service's id.
    pub id: String,
    /// The name without `#`; for a direct conversation the person's id.
    pub name: String,
    /// What it is.
    pub kind: ChannelKind,
    /// Whether the bot is in it.
    pub bot_is_member: bool,
    /// Whether another organisation shares it.
    pub is_shared: bool,
}

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// Everybody may join.
    Public,
    /// Only those who are invited.
    Private,
    /// A person and the bot alone.
    Direct,
}

/// The people: those of the bundled organisation under their short names there, `noah` whom the catalog does not know,
/// `gus` and `sid` who are guests, `robot`, `olga` of another organisation, `una` whose address nobody has confirmed and
/// `dora` who is gone.
pub fn people() -> Vec<Person> {
    use Kind::{Bot, Deleted, Guest, Member, SingleChannelGuest, Stranger, Unconfirmed};
    let person = |id: &str, name: &str, real_name: &str, email: &str, kind| Person {
        id: id.to_owned(),
        name: name.to_owned(),
        real_name: real_name.to_owned(),
        email: (!email.is_empty()).then(|| email.to_owned()),
        kind,
    };
    vec![
        person(
            "U01A4W8VKE",
            "ana",
            "Ana Horvat",
            "ana.horvat@acme.example",
            Member,
        ),
        person(
            "U03S2P7YMB",
            "tomas",
            "Tomáš Novotný",
            "tomas.novotny@acme.example",
            Member,
        ),
        person(
            "U02R8G4EZH",
            "priya",
            "Priya Raghunathan",
            "priya.raghunathan@acme.example",
            Member,
        ),
        person(
            "U04X9J6SRN",
            "omar",
            "Omar Haddad",
            "omar.haddad@acme.example",
            Member,
        ),
        person(
            "U01B5Y2MTC",
            "lhansen",
            "Lars Hansen",
            "lars.hansen@acme.example",
            Member,
        ),
        person(
            "U01F2QK7TD",
            "gwen",
            "Gwen Pritchard",
            "gwen.pritchard@acme.example",
            Member,
        ),
        person(
            "U02C8M1RVA",
            "chloe",
            "Chloé Dubreuil",
            "chloe.dubreuil@acme.example",
            Member,
        ),
        person(
            "U0NOAH0001",
            "noah",
            "Noah Newcomer",
            "noah.newcomer@acme.example",
            Member,
        ),
        person(
            "U0UNA00001",
            "una",
            "Una Verified",
            "tomas.novotny@acme.example",
            Unconfirmed,
        ),
        person(
            "U0GUS00001",
            "gus",
            "Gus Guest",
            "ana.horvat@acme.example",
            Guest,
        ),
        person(
            "U0SID00001",
            "sid",
            "Sid Single",
            "ana.horvat@acme.example",
            SingleChannelGuest,
        ),
        person("U0ROBOT001", "robot", "Build Robot", "", Bot),
        person("U0OLGA0001", "olga", "Olga Other", "", Stranger),
        person(
            "U0DORA0001",
            "dora",
            "Dora Deleted",
            "priya.raghunathan@acme.example",
            Deleted,
        ),
    ]
}

/// The channels: `general` and `payments` with the bot, `quiet` without it, `secret` which is private and `partners`
/// which is shared with another organisation. Direct conversations come about when they are needed.
pub fn channels() -> Vec<Channel> {
    use ChannelKind::{Private, Public};
    let channel = |id: &str, name: &str, kind, bot_is_member, is_shared| Channel {
        id: id.to_owned(),
        name: name.to_owned(),
        kind,
        bot_is_member,
        is_shared,
    };
    vec![
        channel("C0GENERAL1", "general", Public, true, false),
        channel("C0PAYMENT1", "payments", Public, true, false),
        channel("C0QUIET001", "quiet", Public, false, false),
        channel("C0SECRET01", "secret", Private, true, false),
        channel("C0PARTNER1", "partners", Public, true, true),
    ]
}

impl Person {
    /// The workspace they belong to.
    pub fn team(&self) -> &'static str {
        match self.kind {
            Kind::Stranger => OTHER_TEAM,
            _ => TEAM,
        }
    }

    /// As `users.info` tells of them, with the address only where the token may see it.
    pub fn described(&self, with_email: bool) -> Value {
        let mut profile = json!({
            "title": "", "phone": "", "skype": "",
            "real_name": self.real_name, "real_name_normalized": self.real_name,
            "display_name": self.name, "display_name_normalized": self.name,
            "status_text": "", "status_emoji": "", "status_expiration": 0,
            "avatar_hash": "g0000000000", "team": self.team(),
        });
        if with_email && let Some(email) = &self.email {
            profile["email"] = json!(email);
        }
        let mut user = json!({
            "id": self.id, "team_id": self.team(), "name": self.name,
            "deleted": self.kind == Kind::Deleted,
            "profile": profile,
            "is_bot": self.kind == Kind::Bot,
            "is_app_user": false,
            "updated": 1_767_600_000,
        });
        if self.kind == Kind::Deleted {
            return user;
        }
        let more = json!({
            "color": "9f69e7", "real_name": self.real_name,
            "tz": "Europe/Zagreb", "tz_label": "Central European Time", "tz_offset": 3600,
            "is_admin": false, "is_owner": false, "is_primary_owner": false,
            "is_restricted": matches!(self.kind, Kind::Guest | Kind::SingleChannelGuest),
            "is_ultra_restricted": self.kind == Kind::SingleChannelGuest,
            "is_email_confirmed": !matches!(self.kind, Kind::Unconfirmed | Kind::Stranger | Kind::Bot),
            "who_can_share_contact_card": "EVERYONE",
        });
        merge(&mut user, more);
        user
    }
}

impl Channel {
    /// As `conversations.info` tells of it.
    pub fn described(&self) -> Value {
        if self.kind == ChannelKind::Direct {
            return json!({
                "id": self.id, "created": 1_767_600_000, "is_archived": false, "is_im": true,
                "is_org_shared": false, "user": self.name, "is_user_deleted": false, "priority": 0,
                "context_team_id": TEAM, "updated": 1_767_600_000,
            });
        }
        let is_private = self.kind == ChannelKind::Private;
        let told = json!({ "value": "", "creator": "", "last_set": 0 });
        let mut channel = json!({
            "id": self.id, "name": self.name, "is_channel": !is_private, "is_group": is_private,
            "is_im": false, "is_mpim": false, "is_private": is_private, "created": 1_767_600_000,
            "is_archived": false, "is_general": self.name == "general", "unlinked": 0,
            "name_normalized": self.name, "is_shared": self.is_shared, "is_org_shared": false,
            "is_pending_ext_shared": false, "pending_shared": [], "context_team_id": TEAM,
            "updated": 1_767_600_000, "creator": "U01F2QK7TD", "is_ext_shared": self.is_shared,
            "shared_team_ids": [TEAM], "pending_connected_team_ids": [],
            "is_member": self.bot_is_member, "topic": told, "purpose": told, "previous_names": [],
        });
        if self.is_shared {
            channel["shared_team_ids"] = json!([TEAM, OTHER_TEAM]);
            channel["connected_team_ids"] = json!([OTHER_TEAM]);
            channel["internal_team_ids"] = json!([]);
            channel["conversation_host_id"] = json!(TEAM);
        }
        channel
    }

    /// What an event says of the kind of channel.
    pub fn kind_in_events(&self) -> &'static str {
        match self.kind {
            ChannelKind::Public => "channel",
            ChannelKind::Private => "group",
            ChannelKind::Direct => "im",
        }
    }
}

/// Puts the fields of one object into another.
pub fn merge(into: &mut Value, from: Value) {
    let (Value::Object(into), Value::Object(from)) = (into, from) else {
        unreachable!("both are objects");
    };
    into.extend(from);
}
