//! `callboard matrix`: the bot's device and the account's identity.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Global, output};
use crate::chat::matrix::identity::{self, Standing};
use crate::chat::matrix::session::{self, Credential, Folder, Patience};
use crate::config::{MatrixConfig, Secret};

/// The commands of `callboard matrix`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Logs the bot in with a device of its own, and makes the account's identity where it has none
    Login(Login),
    /// Shows the device, how it stands to the account's identity, and the recovery key; or joins the identity by that key
    Verify(Verify),
}

/// How the bot logs in.
#[derive(Debug, Args)]
pub struct Login {
    /// The account, like `@callboard:acme.example`, or only its name; the password is asked for, or read from standard input
    #[arg(long, value_name = "USER", required_unless_present = "token")]
    user: Option<String>,
    /// Where the password is, as `env:NAME` or `file:PATH`
    #[arg(long, value_name = "SECRET", value_parser = secret, requires = "user")]
    password: Option<Secret>,
    /// Where an access token is, as `env:NAME` or `file:PATH`, instead of user and password
    #[arg(long, value_name = "SECRET", value_parser = secret, conflicts_with = "user")]
    token: Option<Secret>,
    /// Begin a new device although there is one; the old one's files are moved aside
    #[arg(long)]
    again: bool,
}

/// What is to be done about the identity.
#[derive(Debug, Args)]
pub struct Verify {
    /// Join the account's identity by its recovery key, which is `env:NAME`, `file:PATH`, or `-` to be asked for it
    #[arg(long, value_name = "SECRET", value_parser = given)]
    recovery_key: Option<Given>,
}

/// Where a secret comes from.
#[derive(Debug, Clone)]
enum Given {
    /// From the terminal, or standard input.
    Asked,
    /// From where it is kept.
    Kept(Secret),
}

impl Given {
    fn resolve(&self, question: &str) -> anyhow::Result<SecretString> {
        match self {
            Self::Asked => asked(question),
            Self::Kept(secret) => Ok(secret.resolve()?),
        }
    }
}

fn given(text: &str) -> Result<Given, String> {
    if text == "-" {
        return Ok(Given::Asked);
    }
    secret(text).map(Given::Kept)
}

fn secret(text: &str) -> Result<Secret, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// Does it; 1 when something is left to do.
pub async fn run(global: &Global, command: &Command) -> anyhow::Result<ExitCode> {
    let config = global.config()?;
    let Some(matrix) = &config.matrix else {
        output::error(
            "the configuration has no table [matrix]; write one with `homeserver`, `passphrase` and `servers` into callboard.toml",
        );
        return Ok(ExitCode::from(2));
    };
    let folder = Folder::take(&global.data()?)?;
    match command {
        Command::Login(options) => login(matrix, &folder, options).await,
        Command::Verify(options) => verify(matrix, &folder, options).await,
    }
}

async fn login(
    config: &MatrixConfig,
    folder: &Folder,
    options: &Login,
) -> anyhow::Result<ExitCode> {
    if options.again {
        if let Some(aside) = folder.set_aside()? {
            output::note(&format!(
                "The old device's files are in {} now.",
                aside.display()
            ));
        }
    } else if let Ok(client) = folder.resume(config, Patience::Short).await {
        let user = client.user_id().context("no session")?;
        output::error(&format!(
            "the bot is logged in as {user} already; to begin a new device, say --again"
        ));
        return Ok(ExitCode::from(1));
    }
    let (credential, password) = match (&options.token, &options.user) {
        (Some(token), _) => (Credential::Token(token.resolve()?), None),
        (None, Some(user)) => {
            let password = match &options.password {
                Some(password) => password.resolve()?,
                None => asked("Password: ")?,
            };
            (
                Credential::Password(user.clone(), password.clone()),
                Some(password),
            )
        }
        (None, None) => bail!("say who logs in with --user, or give a token with --token"),
    };
    let client = folder.open(config, Patience::Short).await?;
    session::login(&client, &credential).await?;
    let standing = identity::establish(&client, password.as_ref()).await?;
    let user = client.user_id().context("no session")?;
    output::text(&format!(
        "Logged in as {user}.\n{}",
        device(&client).await.join("\n")
    ))?;
    match standing {
        Standing::Signed => {
            if let Some(key) = identity::recovery_key(&client).await? {
                output::text(&format!(
                    "The account's identity is made, and this device is verified by it.\nRecovery key: {}\nKeep the key where you keep passwords: it brings the bot back when the data folder is lost. `callboard matrix verify` shows it again.",
                    key.expose_secret()
                ))?;
            } else {
                output::text("This device is verified by the account's identity.")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Standing::Unsigned => {
            output::text(
                "The account has an identity already, which is never replaced. Join it, so that this device is verified: `callboard matrix verify --recovery-key -`",
            )?;
            Ok(ExitCode::from(1))
        }
        Standing::None => bail!("the account has no identity, although it was made just now"),
    }
}

async fn verify(
    config: &MatrixConfig,
    folder: &Folder,
    options: &Verify,
) -> anyhow::Result<ExitCode> {
    let client = folder.resume(config, Patience::Short).await?;
    client
        .encryption()
        .wait_for_e2ee_initialization_tasks()
        .await;
    if let Some(given) = &options.recovery_key {
        let key = given.resolve("Recovery key: ")?;
        identity::join(&client, &key).await?;
        output::text(
            "The device has joined the account's identity, and what was backed up is there.",
        )?;
    }
    let user = client.user_id().context("no session")?;
    let mut lines = vec![format!("Account: {user}")];
    lines.extend(device(&client).await);
    let standing = identity::standing(&client).await?;
    lines.push(
        match standing {
            Standing::Signed => "Verified: yes, by the account's identity",
            Standing::Unsigned => "Verified: no; join the account's identity by `callboard matrix verify --recovery-key -`",
            Standing::None => "Verified: no, because the account has no identity; `callboard matrix login --again` makes one",
        }
        .to_owned(),
    );
    if let Some(key) = identity::recovery_key(&client).await? {
        lines.push(format!("Recovery key: {}", key.expose_secret()));
    }
    output::text(&lines.join("\n"))?;
    Ok(ExitCode::from(u8::from(standing != Standing::Signed)))
}

async fn device(client: &matrix_sdk::Client) -> Vec<String> {
    let id = client.device_id().map(|id| format!("Device: {id}"));
    let fingerprint = identity::fingerprint(client).await;
    let fingerprint = fingerprint.map(|key| format!("Fingerprint: {key}"));
    id.into_iter().chain(fingerprint).collect()
}

/// Asks for a secret without showing it; where nobody sits at a terminal, reads a line.
fn asked(question: &str) -> anyhow::Result<SecretString> {
    let mut line = String::new();
    let terminal = io::stdin().is_terminal();
    let before = if terminal {
        output::ask(question);
        hushed()
    } else {
        None
    };
    let read = io::stdin().lock().read_line(&mut line);
    if let Some(before) = before {
        let _ =
            rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &before);
        output::note("");
    }
    read.context("nothing can be read from standard input")?;
    let line = line.trim_end_matches(['\n', '\r']).to_owned();
    if line.is_empty() {
        bail!(
            "nothing was given; write it to standard input, or point to it as env:NAME or file:PATH"
        );
    }
    Ok(SecretString::from(line))
}

/// Lets the terminal not show what is typed; gives how it was before.
fn hushed() -> Option<rustix::termios::Termios> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let before = tcgetattr(io::stdin()).ok()?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(io::stdin(), OptionalActions::Now, &quiet).ok()?;
    Some(before)
}
