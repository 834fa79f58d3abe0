//! The secrets of webhooks, and the proof that a delivery knows one of them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use axum::http::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};

use super::event::{Forge, is_within};
use crate::config::{Config, ConfigError, Secret};

/// The shortest secret that is taken: whoever guesses it can sign.
const SHORTEST: usize = 16;

/// All secrets, each with whom it speaks of.
pub struct Secrets(Vec<Known>);

struct Known {
    text: SecretString,
    key: hmac::Key,
    speaker: Speaker,
}

/// Whom a secret may speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// Every source: the secret of the web server.
    All,
    /// The source that has the secret: an organisation's path, or a repository's.
    Of(String),
}

/// What a delivery shows to prove that it knows a secret.
pub enum Proof {
    /// The HMAC-SHA256 of the body.
    Digest(Vec<u8>),
    /// The secret itself, as GitLab sends it.
    Token(Vec<u8>),
}

impl Secrets {
    /// Fetches the secrets that the configuration points to.
    pub fn of(config: &Config) -> Result<Self, ConfigError> {
        let mut known = Vec::new();
        if let Some(secret) = &config.web.webhook_secret {
            known.push(Known::fetch(secret, "[web]", Speaker::All)?);
        }
        for (source, secret, path) in super::event::own_secrets(config) {
            let place = format!("source {source:?}");
            known.push(Known::fetch(secret, &place, Speaker::Of(path))?);
        }
        Ok(Self(known))
    }

    /// Whether there is none, so that nothing can be believed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the proof shows knowledge of any secret.
    pub fn knows(&self, proof: &Proof, body: &[u8]) -> bool {
        self.speaker(proof, body).is_some()
    }

    /// Whom the delivery may speak of, if it knows a secret. Times do not tell how much of a secret was right.
    pub fn speaker(&self, proof: &Proof, body: &[u8]) -> Option<&Speaker> {
        let knows = |known: &&Known| match proof {
            Proof::Digest(digest) => hmac::verify(&known.key, body, digest).is_ok(),
            Proof::Token(token) => {
                verify_slices_are_equal(known.text.expose_secret().as_bytes(), token).is_ok()
            }
        };
        self.0.iter().find(knows).map(|known| &known.speaker)
    }
}

impl Known {
    fn fetch(secret: &Secret, place: &str, speaker: Speaker) -> Result<Self, ConfigError> {
        let text = secret.resolve()?;
        if text.expose_secret().len() < SHORTEST {
            return Err(ConfigError::new(format!(
                "the `webhook_secret` of {place} is shorter than {SHORTEST} characters, so it could be guessed; make one with `openssl rand -hex 32`"
            )));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, text.expose_secret().as_bytes());
        Ok(Self { text, key, speaker })
    }
}

impl Speaker {
    /// Whether it may speak of the repository or organisation of this path.
    pub fn covers(&self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(own) => is_within(path, own),
        }
    }
}

impl Proof {
    /// Reads the proof from the headers of a delivery.
    pub fn of(forge: Forge, headers: &HeaderMap) -> Option<Self> {
        let header = |name: &str| headers.get(name).map(axum::http::HeaderValue::as_bytes);
        match forge {
            Forge::GitHub => {
                let signature = header("x-hub-signature-256")?;
                hex::decode(signature.strip_prefix(b"sha256=")?)
                    .ok()
                    .map(Self::Digest)
            }
            Forge::GitLab => header("x-gitlab-token").map(|token| Self::Token(token.to_owned())),
            Forge::Forgejo => {
                let signature =
                    header("x-forgejo-signature").or_else(|| header("x-gitea-signature"))?;
                hex::decode(signature).ok().map(Self::Digest)
            }
        }
    }

    /// Whether it can be checked without the body.
    pub fn needs_no_body(&self) -> bool {
        matches!(self, Self::Token(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let known = |text: &str, speaker| Known {
            text: SecretString::from(text),
            key: hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes()),
            speaker,
        };
        let all = known("It's a Secret to Everybody", Speaker::All);
        let own = known("only of one repository", Speaker::Of("acme/till".into()));
        Secrets(vec![all, own])
    }

    fn proof(forge: Forge, header: &str, value: &str) -> Option<Proof> {
        let mut headers = HeaderMap::new();
        let name = axum::http::HeaderName::try_from(header).expect("a name");
        headers.insert(name, value.parse().expect("a value"));
        Proof::of(forge, &headers)
    }

    /// The example that GitHub's documentation gives for checking one's own code.
    const EXAMPLE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn githubs_own_example_is_right() {
        let proof = proof(Forge::GitHub, "X-Hub-Signature-256", EXAMPLE).expect("a proof");
        assert_eq!(
            secrets().speaker(&proof, b"Hello, World!"),
            Some(&Speaker::All)
        );
        assert_eq!(secrets().speaker(&proof, b"Hello, World?"), None);
    }

    #[test]
    fn other_proofs_are_none() {
        let plain = EXAMPLE.trim_start_matches("sha256=");
        assert!(proof(Forge::GitHub, "X-Hub-Signature-256", plain).is_none());
        assert!(proof(Forge::GitHub, "X-Hub-Signature", EXAMPLE).is_none());
        assert!(proof(Forge::Forgejo, "X-Forgejo-Signature", &EXAMPLE[7..12]).is_none());
        let short = proof(Forge::Forgejo, "X-Forgejo-Signature", "").expect("no digits");
        assert_eq!(secrets().speaker(&short, b"Hello, World!"), None);
        let token = proof(Forge::GitLab, "X-Gitlab-Token", "").expect("a token");
        assert!(!secrets().knows(&token, b""));
    }

    #[test]
    fn a_secret_of_one_source_speaks_of_nothing_else() {
        let secrets = secrets();
        let token = proof(Forge::GitLab, "X-Gitlab-Token", "only of one repository");
        let speaker = secrets.speaker(&token.expect("a token"), b"");
        let speaker = speaker.expect("it is known");
        assert!(speaker.covers("Acme/Till"));
        assert!(!speaker.covers("acme") && !speaker.covers("acme/till-two"));
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "hunter2\n").expect("written");
        let mut config = Config::default();
        config.web.webhook_secret = Some(Secret::File(file.path().to_owned()));
        let error = Secrets::of(&config).err().expect("refused").to_string();
        assert!(error.contains("[web] is shorter than 16 characters"));
        assert!(!error.contains("hunter2"), "{error}");
    }
}
