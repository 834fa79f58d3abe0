//! The bot's cross-signing identity: made at the first login, joined by its recovery key ever after, and never replaced.

use anyhow::{Context as _, bail};
use matrix_sdk::Client;
use matrix_sdk::encryption::recovery::RecoveryState;
use matrix_sdk::ruma::api::client::uiaa::{AuthData, Password, UserIdentifier};
use secrecy::{ExposeSecret as _, SecretString};

/// Under which name the recovery key is kept among the client's own data, encrypted as they are.
const RECOVERY_KEY: &[u8] = b"callboard.recovery-key";

/// How the device stands to the account's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The account has no identity.
    None,
    /// The account has an identity, and this device is signed by it.
    Signed,
    /// The account has an identity that has not signed this device.
    Unsigned,
}

/// How the device stands to the account's identity, as the home server has them now.
pub async fn standing(client: &Client) -> anyhow::Result<Standing> {
    let own = client.user_id().context("no session")?;
    let identity = client.encryption().request_user_identity(own).await?;
    if identity.is_none() {
        return Ok(Standing::None);
    }
    let device = client.encryption().get_own_device().await?;
    Ok(
        if device.is_some_and(|device| device.is_cross_signed_by_owner()) {
            Standing::Signed
        } else {
            Standing::Unsigned
        },
    )
}

/// Makes the account's identity where it has none, with the password where the home server wants it, and a recovery key.
/// Gives how the device stands then.
pub async fn establish(
    client: &Client,
    password: Option<&SecretString>,
) -> anyhow::Result<Standing> {
    client
        .encryption()
        .wait_for_e2ee_initialization_tasks()
        .await;
    if standing(client).await? == Standing::None {
        let encryption = client.encryption();
        if let Err(error) = encryption.bootstrap_cross_signing(None).await {
            let asked = error.as_uiaa_response().map(|asked| asked.session.clone());
            let (Some(session), Some(password)) = (asked, password) else {
                return Err(anyhow::Error::new(error).context("the account's identity cannot be made; where the home server wants the password for it, log in by password"));
            };
            let user = client.user_id().context("no session")?.to_owned();
            let mut proof = Password::new(
                UserIdentifier::Matrix(user.into()),
                password.expose_secret().to_owned(),
            );
            proof.session = session;
            encryption
                .bootstrap_cross_signing(Some(AuthData::Password(proof)))
                .await
                .context("the account's identity cannot be made")?;
        }
        let key = encryption
            .recovery()
            .enable()
            .await
            .context("the recovery key cannot be made")?;
        keep_recovery_key(client, &key).await?;
    }
    standing(client).await
}

/// Joins the account's identity by its recovery key, and gets the keys that were backed up.
pub async fn join(client: &Client, key: &SecretString) -> anyhow::Result<()> {
    client
        .encryption()
        .wait_for_e2ee_initialization_tasks()
        .await;
    if standing(client).await? == Standing::None {
        bail!(
            "the account has no identity that could be joined; `callboard matrix login` makes one"
        );
    }
    let key = key.expose_secret().trim();
    client.encryption().recovery().recover(key).await.context(
        "the recovery key does not open this account's secrets; look whether it is the key of this account, and whole",
    )?;
    keep_recovery_key(client, key).await?;
    if standing(client).await? != Standing::Signed {
        bail!(
            "the recovery key was taken, but the device is still not signed by the account's identity"
        );
    }
    Ok(())
}

/// The recovery key, if it was made or given here.
pub async fn recovery_key(client: &Client) -> anyhow::Result<Option<SecretString>> {
    let kept = client.state_store().get_custom_value(RECOVERY_KEY).await?;
    let kept = kept.and_then(|kept| String::from_utf8(kept).ok());
    Ok(kept.map(SecretString::from))
}

async fn keep_recovery_key(client: &Client, key: &str) -> anyhow::Result<()> {
    client
        .state_store()
        .set_custom_value(RECOVERY_KEY, key.as_bytes().to_vec())
        .await
        .context("the recovery key cannot be kept in the data folder")?;
    Ok(())
}

/// Whether the keys of encrypted rooms are backed up on the home server, in words.
pub fn backup(client: &Client) -> Result<&'static str, &'static str> {
    match client.encryption().recovery().state() {
        RecoveryState::Enabled => Ok("keys are backed up"),
        RecoveryState::Incomplete => Err(
            "the backup of keys is not complete; give the recovery key by `callboard matrix verify --recovery-key -`",
        ),
        RecoveryState::Disabled | RecoveryState::Unknown => {
            Err("keys are not backed up, so what is lost with the data folder cannot be read again")
        }
    }
}

/// The device's fingerprint, in groups of four as clients show it.
pub async fn fingerprint(client: &Client) -> Option<String> {
    let key = client.encryption().ed25519_key().await?;
    let letters: Vec<char> = key.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    Some(groups.join(" "))
}
