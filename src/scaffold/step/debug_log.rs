//! `debug:log`: says something in the log.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, text};

/// The action.
pub struct Log;

#[async_trait]
impl Step for Log {
    fn name(&self) -> &'static str {
        "debug:log"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::optional("message", Kind::Text),
                Input::optional("listWorkspace", Kind::TextOrBoolean),
            ]
        }
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        if let Some(message) = text(input, "message") {
            work.log.push(message.to_owned());
        }
        let contents = match input.get("listWorkspace") {
            Some(Value::Bool(true)) => false,
            Some(Value::String(how)) if how == "with-filenames" => false,
            Some(Value::String(how)) if how == "with-contents" => true,
            Some(Value::String(how)) => {
                return Err(StepError(format!(
                    "`listWorkspace` must be true, false, `with-filenames` or `with-contents`, not {how:?}."
                )));
            }
            _ => return Ok(Map::new()),
        };
        let listed = work.tree.files().map(|(path, content, _)| {
            if contents {
                format!("  - {path}:\n\n{}", String::from_utf8_lossy(content))
            } else {
                format!("  - {path}")
            }
        });
        let listed: Vec<String> = listed.collect();
        work.log.push(format!("Workspace:\n{}", listed.join("\n")));
        Ok(Map::new())
    }
}
