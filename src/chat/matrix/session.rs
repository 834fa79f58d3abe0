//! The bot's session with its home server: begun once at the command line, kept in the data folder, and opened from there.
//!
//! The token and the keys of encrypted rooms are one: a device. They stand in one folder, encrypted with one passphrase,
//! and are never used apart from each other.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use matrix_sdk::Client;
use matrix_sdk::authentication::matrix::MatrixSession;
use matrix_sdk::config::{RequestConfig, SyncSettings};
use matrix_sdk::cross_process_lock::CrossProcessLockConfig;
use matrix_sdk::encryption::{BackupDownloadStrategy, EncryptionSettings};
use matrix_sdk::ruma::api::client::session::login;
use matrix_sdk::ruma::api::client::uiaa::UserIdentifier;
use matrix_sdk::store::RoomLoadSettings;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::MatrixConfig;

/// Under which name the session is kept among the client's own data.
const SESSION: &[u8] = b"callboard.session";

/// What the device is called in lists of devices.
pub const DEVICE: &str = "Callboard";

/// How long a request may take, and the longest pause before it is sent again.
const TIMEOUT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(10);

/// How often a request is sent when the network or the server fails, or the server wants it later.
#[derive(Debug, Clone, Copy)]
pub enum Patience {
    /// For somebody who waits at the command line.
    Short,
    /// For answers, which must not be lost: some minutes.
    Long,
}

impl Patience {
    fn tries(self) -> usize {
        match self {
            Self::Short => 2,
            Self::Long => 30,
        }
    }
}

/// Another process has the device.
#[derive(Debug, thiserror::Error)]
#[error("another callboard uses the Matrix session in {}; stop it first", .0.display())]
pub struct InUse(PathBuf);

/// The folder of a device, held by this process alone.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder below the data folder; another process that has it is an error.
    pub fn take(data: &Path) -> anyhow::Result<Self> {
        let path = data.join("matrix");
        std::fs::create_dir_all(&path)
            .with_context(|| format!("the folder {} cannot be made", path.display()))?;
        let lock = File::create(path.join("lock"))
            .with_context(|| format!("nothing can be written to {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(InUse(path).into()),
            Err(TryLockError::Error(error)) => Err(error)
                .with_context(|| format!("the folder {} cannot be locked", path.display())),
        }
    }

    /// Moves the device's files aside, so that another device can begin; nothing is deleted. Gives where they are.
    pub fn set_aside(&self) -> anyhow::Result<Option<PathBuf>> {
        let device = self.device();
        if !device.exists() {
            return Ok(None);
        }
        let mut number = 1;
        let aside = loop {
            let aside = self.path.join(format!("device-{number}"));
            if !aside.exists() {
                break aside;
            }
            number += 1;
        };
        std::fs::rename(&device, &aside)
            .with_context(|| format!("{} cannot be moved aside", device.display()))?;
        Ok(Some(aside))
    }

    fn device(&self) -> PathBuf {
        self.path.join("device")
    }

    /// The client over this folder's files, not logged in yet.
    pub async fn open(&self, config: &MatrixConfig, patience: Patience) -> anyhow::Result<Client> {
        let passphrase = config
            .passphrase
            .as_ref()
            .context("[matrix] needs the key `passphrase`")?
            .resolve()?;
        let requests = RequestConfig::new()
            .timeout(TIMEOUT)
            .retry_limit(patience.tries())
            .max_retry_time(PAUSE);
        let encryption = EncryptionSettings {
            auto_enable_cross_signing: false,
            backup_download_strategy: BackupDownloadStrategy::AfterDecryptionFailure,
            auto_enable_backups: false,
        };
        let client = Client::builder()
            .homeserver_url(&config.homeserver)
            .respect_login_well_known(false)
            .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
            .request_config(requests)
            .sqlite_store(self.device(), Some(passphrase.expose_secret()))
            .cross_process_store_config(CrossProcessLockConfig::SingleProcess)
            .with_encryption_settings(encryption)
            .handle_refresh_tokens();
        client.build().await.with_context(|| {
            format!(
                "the Matrix session in {} cannot be opened; it is encrypted, so look whether the `passphrase` of [matrix] is the one it was begun with",
                self.path.display()
            )
        })
    }

    /// The client with its session; an error says how to begin one.
    pub async fn resume(
        &self,
        config: &MatrixConfig,
        patience: Patience,
    ) -> anyhow::Result<Client> {
        if !self.device().exists() {
            bail!("there is no Matrix session yet; begin one by `callboard matrix login`");
        }
        let client = self.open(config, patience).await?;
        let session = kept(&client).await?.context(
            "the Matrix session was not begun to its end; begin it again by `callboard matrix login`",
        )?;
        restore(&client, session).await?;
        Ok(client)
    }
}

/// How the bot proves that the account is its own.
pub enum Credential {
    /// The account's name, full or without its server, and its password.
    Password(String, SecretString),
    /// An access token that somebody made for the bot.
    Token(SecretString),
}

/// Begins a session with a new device, and keeps it.
pub async fn login(client: &Client, credential: &Credential) -> anyhow::Result<()> {
    match credential {
        Credential::Password(user, password) => {
            let login = client
                .matrix_auth()
                .login_username(user, password.expose_secret())
                .initial_device_display_name(DEVICE);
            login.send().await.map_err(explained)?;
        }
        Credential::Token(token) => {
            let session = of_token(client, token).await?;
            restore(client, session).await?;
        }
    }
    keep(client).await?;
    publish(client).await
}

/// Gives the device's keys to the home server: nobody can sign a device whose keys are not there.
async fn publish(client: &Client) -> anyhow::Result<()> {
    let settings = SyncSettings::default().timeout(Duration::ZERO);
    client
        .sync_once(settings)
        .await
        .context("the device's keys cannot be given to the home server")?;
    Ok(())
}

/// Whose token it is, as the home server says.
async fn of_token(client: &Client, token: &SecretString) -> anyhow::Result<MatrixSession> {
    let address = client
        .homeserver()
        .join("_matrix/client/v3/account/whoami")?;
    let answer = client
        .http_client()
        .get(address)
        .bearer_auth(token.expose_secret())
        .send()
        .await?;
    if !answer.status().is_success() {
        bail!(
            "the home server does not take this access token ({})",
            answer.status()
        );
    }
    let mut told: serde_json::Value = answer.json().await?;
    if told.get("device_id").is_none() {
        bail!(
            "this access token belongs to no device, so it cannot be used in encrypted rooms; log in by password"
        );
    }
    told["access_token"] = token.expose_secret().into();
    Ok(serde_json::from_value(told)?)
}

/// Begins the same device's session anew, after the home server has ended it for its age.
pub async fn renew(client: &Client, password: &SecretString) -> anyhow::Result<()> {
    let session = client.matrix_auth().session().context("no session")?;
    let identifier = UserIdentifier::Matrix(session.meta.user_id.clone().into());
    let password = login::v3::Password::new(identifier, password.expose_secret().to_owned());
    let mut request = login::v3::Request::new(login::v3::LoginInfo::Password(password));
    request.device_id = Some(session.meta.device_id.clone());
    let answer = client.send(request).await?;
    put(client, &MatrixSession::from(&answer)).await
}

/// Keeps the session as it is now.
pub async fn keep(client: &Client) -> anyhow::Result<()> {
    let session = client.matrix_auth().session().context("no session")?;
    put(client, &session).await
}

async fn put(client: &Client, session: &MatrixSession) -> anyhow::Result<()> {
    let kept = serde_json::to_vec(session)?;
    client
        .state_store()
        .set_custom_value(SESSION, kept)
        .await
        .context("the session cannot be kept in the data folder")?;
    Ok(())
}

async fn kept(client: &Client) -> anyhow::Result<Option<MatrixSession>> {
    let kept = client.state_store().get_custom_value(SESSION).await?;
    Ok(kept.map(|kept| serde_json::from_slice(&kept)).transpose()?)
}

async fn restore(client: &Client, session: MatrixSession) -> anyhow::Result<()> {
    let auth = client.matrix_auth();
    auth.restore_session(session, RoomLoadSettings::default())
        .await
        .context("the Matrix session cannot be taken up again")
}

fn explained(error: matrix_sdk::Error) -> anyhow::Error {
    use matrix_sdk::ruma::api::error::ErrorKind;
    match error.client_api_error_kind() {
        Some(ErrorKind::Forbidden) => {
            anyhow::anyhow!("the home server does not take this name with this password")
        }
        Some(ErrorKind::UserDeactivated) => anyhow::anyhow!("this account is deactivated"),
        _ => anyhow::Error::new(error).context("the home server did not let the bot in"),
    }
}
