//! A one-time code: easy to read out, hard to guess, and kept as a hash alone.

use std::num::NonZeroU32;

use anyhow::{Context as _, anyhow};
use aws_lc_rs::pbkdf2::{PBKDF2_HMAC_SHA256, derive};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

/// What codes are made of: no two that are taken for each other, like 0 and O or 1, I and L, and no U, so that no code
/// spells a word by chance.
const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many of them a code has: 39 bits, of which five guesses find nothing.
const LENGTH: usize = 8;

/// The bytes below this number fall evenly on the alphabet; 8 × 30 of 256.
const EVEN: u8 = 240;

/// A code is so short that a quick hash of it could be undone by trying all codes; this one takes too long for that.
const ROUNDS: u32 = 100_000;

/// A code that somebody was given or has said. It is shown to its asker, and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A new one, from the system's source of random numbers.
    pub fn new() -> anyhow::Result<Self> {
        let mut code = String::new();
        while code.len() < LENGTH {
            let mut bytes = [0_u8; 2 * LENGTH];
            rand::fill(&mut bytes).map_err(|_| anyhow!("the system gives no random numbers"))?;
            let letters = bytes
                .iter()
                .filter(|byte| **byte < EVEN)
                .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
            code.extend(letters.take(LENGTH - code.len()));
        }
        Ok(Self(code))
    }

    /// The code that somebody typed, however it is spaced and spelled; `None` for what cannot be one.
    pub fn read(typed: &str) -> Option<Self> {
        let code: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–' | '—'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let is_one = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        is_one.then_some(Self(code))
    }

    /// The code as people read it: `K7QM-3XPA`.
    pub fn shown(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }

    /// What the store keeps of it. Everybody's codes are looked up by it, so it has no salt of its own.
    pub async fn hash(&self) -> anyhow::Result<String> {
        let code = self.0.clone();
        let hashing = tokio::task::spawn_blocking(move || {
            let mut hash = [0_u8; 32];
            let rounds = NonZeroU32::new(ROUNDS).unwrap_or(NonZeroU32::MAX);
            let salt = b"callboard link code";
            derive(PBKDF2_HMAC_SHA256, rounds, salt, code.as_bytes(), &mut hash);
            BASE64.encode(hash)
        });
        hashing.await.context("the hash of a code")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_of_the_alphabet_and_none_comes_twice() {
        let mut codes = BTreeSet::new();
        let mut letters = BTreeSet::new();
        for _ in 0..1_000 {
            let shown = Code::new().expect("random numbers").shown();
            assert_eq!(shown.len(), LENGTH + 1, "{shown}");
            letters.extend(shown.bytes().filter(|byte| *byte != b'-'));
            codes.insert(shown);
        }
        assert_eq!(codes.len(), 1_000);
        assert!(letters.iter().eq(ALPHABET.iter()), "{letters:?}");
    }

    #[tokio::test]
    async fn a_code_is_read_as_people_type_it() {
        let shown = |typed: &str| Code::read(typed).map(|code| code.shown());
        let expected = Some("K7QM-3XPA".to_owned());
        for typed in ["K7QM-3XPA", "k7qm3xpa", " K7QM 3XPA ", "k7qm–3xpa"] {
            assert_eq!(shown(typed), expected, "{typed}");
        }
        for typed in [
            "",
            "K7QM-3XP",
            "K7QM-3XPAA",
            "K7QM-3XP0",
            "K7QM-3XPÄ",
            "for",
        ] {
            assert_eq!(shown(typed), None, "{typed}");
        }
        let code = Code::read("K7QM-3XPA").expect("a code");
        let hash = code.hash().await.expect("a hash");
        assert!(!hash.contains("K7QM"), "{hash}");
        assert_eq!(hash.len(), 43);
    }
}
