//! `roadiehq:utils:sleep`: waits some seconds.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work, debug_wait::pause};

/// The action.
pub struct Sleep;

#[async_trait]
impl Step for Sleep {
    fn name(&self) -> &'static str {
        "roadiehq:utils:sleep"
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[Input::needed("amount", Kind::Number)] }
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let seconds = input.get("amount").and_then(Value::as_f64);
        let pause = pause(self.name(), seconds.unwrap_or_default())?;
        work.wait(pause).await;
        Ok(Map::new())
    }
}
