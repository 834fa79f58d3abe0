//! `debug:wait`: waits a moment.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::{Step, StepError, Work};

/// The action.
pub struct Wait;

/// Nobody waits longer.
const LONGEST: Duration = Duration::from_mins(10);

#[async_trait]
impl Step for Wait {
    fn name(&self) -> &'static str {
        "debug:wait"
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                Input::optional("minutes", Kind::Number),
                Input::optional("seconds", Kind::Number),
                Input::optional("milliseconds", Kind::Number),
            ]
        }
    }

    async fn run(
        &self,
        input: &Map<String, Value>,
        work: &mut Work<'_>,
    ) -> Result<Map<String, Value>, StepError> {
        let number = |name: &str| input.get(name).and_then(Value::as_f64).unwrap_or_default();
        let seconds =
            number("minutes") * 60.0 + number("seconds") + number("milliseconds") / 1_000.0;
        let pause = pause(self.name(), seconds)?;
        work.wait(pause).await;
        Ok(Map::new())
    }
}

/// How long an action waits for so many seconds.
pub(super) fn pause(action: &str, seconds: f64) -> Result<Duration, StepError> {
    let pause = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
    if pause > LONGEST {
        return Err(StepError(format!(
            "{action} waits ten minutes at most: write a shorter time."
        )));
    }
    Ok(pause)
}
