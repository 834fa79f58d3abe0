//! What people can say.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param};
use crate::failure::Failure;
use crate::message::markdown;

/// `bot.help`: takes `topic`, the name of a command, or nothing.
pub struct Help;

#[async_trait]
impl Action for Help {
    fn name(&self) -> &'static str {
        "bot.help"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "topic",
            kind: Kind::Command,
            required: false,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let book = context.book.load_full();
        let commands: Vec<Value> = book.commands().map(|command| command.help()).collect();
        let Some(topic) = call.text("topic") else {
            return Ok(json!({ "command": Value::Null, "commands": commands }));
        };
        let wanted = topic.trim().to_lowercase().replace(' ', "-");
        if let Some(command) = book.find(&wanted) {
            return Ok(json!({ "command": command.help(), "commands": commands }));
        }
        let near = book.suggest(&wanted);
        let hint = match near.first() {
            Some(near) => format!("Did you mean {}?", markdown::code(near)),
            None => "`help` alone lists all of them.".to_owned(),
        };
        Err(Failure::user(format!("There is no command {}.", markdown::code(topic))).hint(hint))
    }
}
