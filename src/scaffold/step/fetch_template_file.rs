//! `fetch:template:file`: one file, rendered.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::fetch_template::Rendering;
use super::input::{Input, Kind};
use super::{Step, StepError, Work, is_true, path, text};
use crate::scaffold::tree::PLAIN;

/// The action.
pub struct TemplateFile;

#[async_trait]
impl Step for TemplateFile {
    fn name(&self) -> &'static str {
        "fetch:template:file"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("url", Kind::Text),
                Input::needed("targetPath", Kind::Text),
                Input::optional("values", Kind::Object),
                Input::optional("cookiecutterCompat", Kind::Boolean),
                Input::optional("replace", Kind::Boolean),
                Input::optional("trimBlocks", Kind::Boolean),
                Input::optional("lstripBlocks", Kind::Boolean),
                Input::optional("token", Kind::Text),
            ]
        }
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let target = path(input, "targetPath")?;
        if work.tree.exists(&target) && !is_true(input, "replace") {
            return Ok(Map::new());
        }
        let url = text(input, "url").unwrap_or_default();
        let fetched = work.fetch.file(url).await?;
        let rendering = Rendering::of(input, work.surroundings);
        let rendered = rendering.render(url, &String::from_utf8_lossy(&fetched.content))?;
        work.tree.write(&target, rendered.into_bytes(), PLAIN)?;
        Ok(Map::new())
    }
}
