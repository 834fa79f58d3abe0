//! Rooms: who may bring the bot into one, who is there, and which ones are conversations with one person.

use anyhow::Context as _;
use matrix_sdk::ruma::UserId;
use matrix_sdk::ruma::events::room::history_visibility::HistoryVisibility;
use matrix_sdk::ruma::room::JoinRule;
use matrix_sdk::{Client, Room, RoomMemberships};

use super::address::{PLATFORM, room_id};
use crate::config::MatrixConfig;
use crate::message::Place;

/// Whether the bot and one person are alone in a room, and mean to be.
pub async fn is_direct(room: &Room) -> bool {
    // Rooms grow: what began between two may have more members now.
    if room.active_members_count() > 2 {
        return false;
    }
    room.is_direct().await.unwrap_or(false) || room.name().is_none()
}

/// Whether what is written in a room can be read by the bot and one person only, also on its way.
pub async fn is_confidential(room: &Room) -> anyhow::Result<bool> {
    let encrypted = room.latest_encryption_state().await?.is_encrypted();
    Ok(encrypted && is_direct(room).await)
}

/// Whether people of other servers are in a room, or anybody can come in or read it.
pub async fn is_shared(room: &Room, config: &MatrixConfig) -> anyhow::Result<bool> {
    let closed = matches!(
        room.join_rule(),
        Some(
            JoinRule::Invite
                | JoinRule::Private
                | JoinRule::Restricted(_)
                | JoinRule::KnockRestricted(_)
                | JoinRule::Knock
        )
    );
    let readable = room.history_visibility() == Some(HistoryVisibility::WorldReadable);
    if !closed || readable {
        return Ok(true);
    }
    let members = room.members(RoomMemberships::ACTIVE).await?;
    Ok(members
        .iter()
        .any(|member| is_outsider(member.user_id(), config)))
}

/// Whether somebody is of another server than the organisation's.
pub fn is_outsider(user: &UserId, config: &MatrixConfig) -> bool {
    let server = user.server_name().as_str();
    !config.servers.iter().any(|own| own == server)
}

/// Goes where somebody invited the bot who may, and stays away otherwise.
pub async fn answer_invitation(room: &Room, config: &MatrixConfig) -> anyhow::Result<()> {
    let invite = room.invite_details().await?;
    let managed = config.management_room.as_deref() == Some(room.room_id().as_str());
    let allowed = managed
        || match invite.inviter.as_ref().map(|inviter| inviter.user_id()) {
            Some(inviter) => {
                !is_outsider(inviter, config) || is_manager(&room.client(), inviter, config).await?
            }
            None => false,
        };
    if allowed {
        room.join().await?;
        tracing::info!(room = %room.room_id(), "the bot was invited and has joined");
    } else {
        room.leave().await?;
        tracing::info!(room = %room.room_id(), "an invitation was declined: who sent it may not invite the bot");
    }
    Ok(())
}

/// Whether somebody is in the management room.
async fn is_manager(client: &Client, user: &UserId, config: &MatrixConfig) -> anyhow::Result<bool> {
    let Some(managed) = &config.management_room else {
        return Ok(false);
    };
    let mut room = room_id(managed).and_then(|id| client.get_room(&id));
    // Where the room was upgraded, its members are in the new one.
    while let Some(successor) = room.as_ref().and_then(|room| room.successor_room()) {
        match client.get_room(&successor.room_id) {
            Some(next) => room = Some(next),
            None => break,
        }
    }
    let Some(room) = room else { return Ok(false) };
    let members = room.members(RoomMemberships::JOIN).await?;
    Ok(members.iter().any(|member| member.user_id() == user))
}

/// Follows a room that was upgraded into the one that takes its place.
pub async fn follow(room: &Room) -> anyhow::Result<()> {
    let Some(successor) = room.successor_room() else {
        return Ok(());
    };
    let client = room.client();
    if client
        .get_room(&successor.room_id)
        .is_some_and(|next| next.state() == matrix_sdk::RoomState::Joined)
    {
        return Ok(());
    }
    // The new room's id names no server that knows it, but the people of the old one are there.
    let members = room.members(RoomMemberships::JOIN).await?;
    let mut servers: Vec<_> = members
        .iter()
        .map(|member| member.user_id().server_name().to_owned())
        .collect();
    servers.sort();
    servers.dedup();
    servers.truncate(5);
    client
        .join_room_by_id_or_alias((&*successor.room_id).into(), &servers)
        .await
        .context("the room that takes the place of an upgraded one cannot be joined")?;
    tracing::info!(room = %room.room_id(), successor = %successor.room_id, "a room was upgraded and is followed");
    Ok(())
}

/// The conversation with one person alone; it is begun, encrypted, where there is none yet.
pub async fn conversation(client: &Client, user: &UserId) -> anyhow::Result<Room> {
    for room in client.get_dm_rooms(user) {
        // Somebody who left does not read there.
        let member = room.get_member(user).await?;
        let here = member.is_some_and(|member| {
            use matrix_sdk::ruma::events::room::member::MembershipState;
            matches!(
                member.membership(),
                MembershipState::Join | MembershipState::Invite
            )
        });
        if here && is_direct(&room).await {
            return Ok(room);
        }
    }
    client
        .create_dm(user)
        .await
        .context("no conversation with the person can be begun")
}

/// A place in a room.
pub async fn place(room: &Room, thread: Option<String>) -> Place {
    Place {
        platform: PLATFORM.to_owned(),
        channel: room.room_id().to_string(),
        thread,
        direct: is_direct(room).await,
        whisper: None,
    }
}
