//! Encrypting what stands in the store and must not be read there: tokens that others gave to the bot.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

/// The shortest key, in characters; `openssl rand -base64 32` gives 44.
const SHORTEST: usize = 32;

/// What stands before every sealed text, so that another way of sealing can follow.
const VERSION: &str = "v1:";

/// Seals and opens texts with one key (AES-256-GCM, the key made of the given one by HKDF-SHA256).
pub struct Seal {
    key: RandomizedNonceKey,
}

/// Why a text could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// The key is too short to keep anything from anybody.
    #[error(
        "the key must have at least {SHORTEST} characters; make one with `openssl rand -base64 32`"
    )]
    Short,
    /// The text was not sealed with this key, or not for this purpose, or was changed.
    #[error("it was encrypted with another key, or is damaged")]
    Other,
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        AES_256_GCM.key_len()
    }
}

impl Seal {
    /// With a key of at least 32 characters that nobody can guess.
    pub fn new(key: &SecretString) -> Result<Self, SealError> {
        let key = key.expose_secret();
        if key.chars().count() < SHORTEST {
            return Err(SealError::Short);
        }
        let mut bytes = [0; 32];
        Salt::new(HKDF_SHA256, b"callboard")
            .extract(key.as_bytes())
            .expand(&[b"store"], Length)
            .and_then(|made| made.fill(&mut bytes))
            .and_then(|()| RandomizedNonceKey::new(&AES_256_GCM, &bytes))
            .map(|key| Self { key })
            .map_err(|_| SealError::Other)
    }

    /// Seals a text for a purpose, like the key of its entry: elsewhere it cannot be opened.
    pub fn seal(&self, purpose: &str, text: &SecretString) -> Result<String, SealError> {
        let mut bytes = text.expose_secret().as_bytes().to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut bytes)
            .map_err(|_| SealError::Other)?;
        let sealed = [nonce.as_ref().as_slice(), &bytes].concat();
        Ok(format!("{VERSION}{}", BASE64.encode(sealed)))
    }

    /// Opens a text that was sealed for this purpose.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<SecretString, SealError> {
        let sealed = sealed.strip_prefix(VERSION).ok_or(SealError::Other)?;
        let sealed = BASE64.decode(sealed).map_err(|_| SealError::Other)?;
        let (nonce, bytes) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError::Other)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Other)?;
        let mut bytes = bytes.to_vec();
        let opened = self
            .key
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut bytes)
            .map_err(|_| SealError::Other)?;
        let text = std::str::from_utf8(opened).map_err(|_| SealError::Other)?;
        Ok(SecretString::from(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(key: &str) -> Seal {
        Seal::new(&SecretString::from(key.repeat(4))).expect("a key")
    }

    #[test]
    fn what_is_sealed_is_opened_with_the_same_key_for_the_same_purpose_alone() {
        let text = SecretString::from("xoxb-secret".to_owned());
        let sealed = seal("0123456789").seal("slack/T1", &text).expect("sealed");
        assert!(!sealed.contains("xoxb"), "{sealed}");
        let again = seal("0123456789").seal("slack/T1", &text).expect("sealed");
        assert_ne!(sealed, again);
        let opened = seal("0123456789").open("slack/T1", &sealed);
        assert_eq!(opened.expect("opened").expose_secret(), "xoxb-secret");
        for (key, purpose) in [("9876543210", "slack/T1"), ("0123456789", "slack/T2")] {
            let opened = seal(key).open(purpose, &sealed);
            assert_eq!(opened.err(), Some(SealError::Other), "{key} {purpose}");
        }
    }

    #[test]
    fn what_was_changed_is_not_opened() {
        let text = SecretString::from("xoxb-secret".to_owned());
        let sealed = seal("0123456789").seal("x", &text).expect("sealed");
        for wrong in [
            "",
            "v1:",
            "v1:AAAA",
            &sealed[..sealed.len() - 4],
            &sealed[3..],
        ] {
            let opened = seal("0123456789").open("x", wrong);
            assert_eq!(opened.err(), Some(SealError::Other), "{wrong}");
        }
    }

    #[test]
    fn a_short_key_is_refused() {
        let short = Seal::new(&SecretString::from("secret".to_owned()));
        assert_eq!(short.err(), Some(SealError::Short));
    }
}
