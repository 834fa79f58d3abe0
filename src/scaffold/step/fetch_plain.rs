//! `fetch:plain`: a folder as it is.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, path, text};

/// The action.
pub struct Plain;

#[async_trait]
impl Step for Plain {
    fn name(&self) -> &'static str {
        "fetch:plain"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::needed("url", Kind::Text),
                Input::optional("targetPath", Kind::Text),
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
        let fetched = work
            .fetch
            .folder(text(input, "url").unwrap_or_default())
            .await?;
        work.tree.graft(&target, &fetched)?;
        Ok(Map::new())
    }
}
