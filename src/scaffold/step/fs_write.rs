//! `roadiehq:utils:fs:write`: writes a file.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, is_true, output, path, text};
use crate::scaffold::document::Document;
use crate::scaffold::tree::PLAIN;

/// The action.
pub struct Write;

#[async_trait]
impl Step for Write {
    fn name(&self) -> &'static str {
        "roadiehq:utils:fs:write"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("path", Kind::Text),
                Input::needed("content", Kind::Text),
                Input::optional("preserveFormatting", Kind::Boolean),
            ]
        }
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["path"]
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let path = path(input, "path")?;
        let content = text(input, "content").unwrap_or_default();
        let formatted = is_true(input, "preserveFormatting")
            .then(|| serde_json::from_str::<Value>(content).ok())
            .flatten()
            .map(|value| Document::from(&value).json("  "));
        let content = formatted.unwrap_or_else(|| content.to_owned());
        work.tree.write(&path, content.into_bytes(), PLAIN)?;
        Ok(output("path", path))
    }
}
