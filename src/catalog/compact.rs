//! Keeps a hundred thousand descriptors in little memory: documents compressed, texts that many have in common once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use lz4_flex::block;

/// What most descriptors hold, for the compression to refer to. Documents are only kept compressed in memory, so that
/// this may change as it likes.
const USUAL: &[u8] = br##""spec":{"type":"openapi","lifecycle":"experimental","definition":"openapi: \"3.0.0\"\ninfo:\n  version: 1.0.0\n  title: paths:\n  /:\n    get:\n      summary: responses:\n        \"200\":\n          description: ok\n"},"spec":{"profile":{"displayName":"","email":"@example.com"},"memberOf":["team-"]}},"spec":{"type":"team","profile":{"displayName":"","email":"","picture":"https://"},"parent":"","children":[],"members":[]}},"spec":{"type":"library","owner":"user:default/","providesApis":[""],"consumesApis":["api:default/"],"dependsOn":["component:default/","resource:default/"],"subcomponentOf":"","system":"","domain":""}},"labels":{"tier":"1"},"annotations":{"backstage.io/managed-by-location":"url:https://","backstage.io/source-location":"url:https://gitlab.com/","gitlab.com/project-slug":"","pagerduty.com/service-id":"P","pagerduty.com/integration-key":"","slack.com/channel":"#","sonarqube.org/project-key":"","grafana/dashboard-selector":"","prometheus.io/alert":"","backstage.io/kubernetes-id":"","backstage.io/kubernetes-namespace":"","callboard/aliases":"","backstage.io/techdocs-ref":"dir:.","github.com/project-slug":"acme/"},"tags":["java","python","typescript","go","kotlin","rust"],"links":[{"url":"https://runbooks.","title":"Runbook","icon":"dashboard"},{"url":"https://grafana.","title":"Dashboard"}]},{"apiVersion":"backstage.io/v1alpha1","kind":"Group","metadata":{"kind":"User","metadata":{"kind":"System","metadata":{"kind":"Resource","metadata":{"kind":"API","metadata":{"kind":"Component","metadata":{"name":"","namespace":"default","title":"","description":"","spec":{"type":"service","lifecycle":"production","owner":"group:default/","system":""##;

/// The JSON text of a descriptor, compressed.
#[derive(Clone, PartialEq, Eq)]
pub struct Json {
    bytes: Box<[u8]>,
    length: u32,
}

impl Json {
    /// Compresses a text.
    pub fn new(text: &str) -> Self {
        let bytes = block::compress_with_dict(text.as_bytes(), USUAL);
        Self {
            bytes: bytes.into(),
            length: u32::try_from(text.len()).unwrap_or(u32::MAX),
        }
    }

    /// The text.
    pub fn text(&self) -> String {
        // It was made of a text by this very program, so that neither step fails.
        block::decompress_with_dict(&self.bytes, self.length as usize, USUAL)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

impl std::fmt::Debug for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

/// How many parts the shared texts are kept in, so that threads seldom wait for each other.
const PARTS: usize = 16;

/// The texts that are shared. Those that nothing has any longer are swept out when a part has doubled.
static SHARED: [Mutex<Part>; PARTS] = [const { Mutex::new(None) }; PARTS];

/// A part of the shared texts, and at how many of them it is swept next; nothing as long as it is empty.
type Part = Option<(HashSet<Arc<str>>, usize)>;

/// A part is not swept below so many.
const FEWEST_SWEPT: usize = 1_024;

/// The one copy of a text that all who ask for it share.
pub fn shared(text: &str) -> Arc<str> {
    let sum = text.bytes().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(31) + usize::from(byte)
    });
    let mut part = SHARED[sum % PARTS]
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let (texts, sweep_at) = part.get_or_insert_with(|| (HashSet::new(), FEWEST_SWEPT));
    if let Some(known) = texts.get(text) {
        return known.clone();
    }
    if texts.len() >= *sweep_at {
        texts.retain(|text| Arc::strong_count(text) > 1);
        *sweep_at = (texts.len() * 2).max(FEWEST_SWEPT);
    }
    let new: Arc<str> = text.into();
    texts.insert(new.clone());
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was_and_takes_less() {
        let text = r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"ledger","annotations":{"github.com/project-slug":"acme/ledger"}},"spec":{"type":"service","lifecycle":"production","owner":"payments-team"}}"#;
        let json = Json::new(text);
        assert_eq!(json.text(), text);
        assert!(json.bytes.len() * 2 < text.len(), "{}", json.bytes.len());
        assert_eq!(Json::new("").text(), "");
    }

    #[test]
    fn equal_texts_are_one_and_do_not_pile_up() {
        assert!(Arc::ptr_eq(&shared("ledger-team"), &shared("ledger-team")));
        for number in 0..PARTS * FEWEST_SWEPT * 4 {
            shared(&format!("passing-{number}"));
        }
        let kept: usize = SHARED
            .iter()
            .map(|part| {
                part.lock()
                    .expect("a part")
                    .as_ref()
                    .map_or(0, |(texts, _)| texts.len())
            })
            .sum();
        assert!(kept < PARTS * FEWEST_SWEPT * 3, "{kept}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC{0,200}") {
            proptest::prop_assert_eq!(Json::new(&text).text(), text);
        }
    }
}
