//! What `callboard doctor` tells of Matrix: the home server, the session, the device and the account's identity.

use super::Matrix;
use super::connection::Connection;
use super::identity::{self, Standing};
use super::session::{Folder, InUse, Patience};
use crate::chat::adapter::Finding;

impl Matrix {
    /// Looks at the home server, the session and the device; nothing is changed.
    pub(super) async fn look_at_all(&self) -> Vec<Finding> {
        let what = "Matrix session";
        let opened = async {
            let folder = Folder::take(&self.data)?;
            let offers = self.offers.clone();
            let opened = Connection::open(&self.config, &folder, Patience::Short, offers).await?;
            anyhow::Ok((folder, opened))
        };
        let (_folder, connection) = match opened.await {
            Ok(opened) => opened,
            Err(error) if error.is::<InUse>() => {
                let running = "in use by a bot that runs; stop it for a closer look";
                return vec![Finding::good(what, running)];
            }
            Err(error) => return vec![Finding::wrong(what, format!("{error:#}."))],
        };
        let mut findings = Vec::new();
        match connection.client.whoami().await {
            Ok(who) if who.user_id == connection.own => {
                findings.push(Finding::good(
                    what,
                    format!("{} on {}", connection.own, self.config.homeserver),
                ));
            }
            Ok(who) => findings.push(Finding::wrong(
                what,
                format!(
                    "the session is of {}, but was begun for {}. Begin a new one by `callboard matrix login --again`.",
                    who.user_id, connection.own
                ),
            )),
            Err(error) => {
                let ended = error.client_api_error_kind().is_some();
                let remedy = if ended {
                    "Begin a new session by `callboard matrix login --again`."
                } else {
                    "Look whether `homeserver` under [matrix] is right and can be reached from here."
                };
                findings.push(Finding::wrong(what, format!("{error}. {remedy}")));
                return findings;
            }
        }
        findings.push(device(&connection).await);
        findings.push(match identity::backup(&connection.client) {
            Ok(how) => Finding::good("Matrix backup", how),
            Err(why) => Finding::wrong("Matrix backup", format!("{why}.")),
        });
        findings
    }
}

async fn device(connection: &Connection) -> Finding {
    let what = "Matrix device";
    let client = &connection.client;
    client
        .encryption()
        .wait_for_e2ee_initialization_tasks()
        .await;
    let shown = match (client.device_id(), identity::fingerprint(client).await) {
        (Some(device), Some(fingerprint)) => format!("{device} ({fingerprint})"),
        _ => "of the session".to_owned(),
    };
    match identity::standing(client).await {
        Ok(Standing::Signed) => {
            Finding::good(what, format!("{shown}, verified by its owner's identity"))
        }
        Ok(Standing::Unsigned) => Finding::wrong(
            what,
            format!(
                "{shown} is not verified: others are warned of it, or do not send it keys. Join the account's identity by `callboard matrix verify --recovery-key -`."
            ),
        ),
        Ok(Standing::None) => Finding::wrong(
            what,
            format!(
                "{shown} cannot be verified, because the account has no identity. Log in again with the password: `callboard matrix login --again`."
            ),
        ),
        Err(error) => Finding::wrong(what, format!("{error:#}.")),
    }
}
