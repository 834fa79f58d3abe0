//! The parameters that a command file declares under `[[takes]]`.

use std::ops::Range;

use super::Param;
use super::file::is_name;
use super::front::{Reader, Value, or};
use super::suggestion::did_you_mean;

const PARAM_KEYS: [&str; 8] = [
    "name", "kind", "says", "optional", "rest", "named", "default", "choices",
];

impl Reader<'_> {
    /// Reads the `[[takes]]` tables.
    pub fn params(&mut self, value: &Value<'_>) -> Vec<Param> {
        let tables = self.tables(value, "takes");
        let mut params: Vec<Param> = Vec::new();
        let mut spelled = Vec::new();
        for (at, table) in tables {
            let mut param = Param::default();
            let mut rest = None;
            for (key, value) in table {
                match key.get_ref().as_ref() {
                    "name" => param.name = self.text(value),
                    "kind" => param.kind = self.kind(value),
                    "says" => param.says = self.text(value),
                    "optional" => param.optional = self.boolean(value),
                    "rest" => rest = Some(self.boolean(value)),
                    "named" => param.named = self.boolean(value),
                    "default" => param.default = self.scalar(value),
                    "choices" => param.choices = self.list(value).0,
                    other => self.unknown_key(key, other, &PARAM_KEYS),
                }
            }
            spelled.push((at.clone(), rest));
            let name = &param.name;
            if !is_name(&name.replace('_', "-")) {
                self.wrong(&at, "command-takes", format!("`{name}` cannot be a parameter's name; `name` begins with a small letter and \
                         goes on with small letters, digits, hyphens and underscores"));
            } else if params.iter().any(|other| other.name == *name) {
                self.wrong(
                    &at,
                    "command-takes",
                    format!("the parameter `{name}` is taken twice"),
                );
            }
            if !table.keys().any(|key| key.get_ref() == "kind") {
                self.wrong(
                    &at,
                    "command-takes",
                    format!(
                        "the parameter `{name}` has no `kind`; it is one of `{}`",
                        self.known.kinds.join("`, `")
                    ),
                );
            }
            if let Some(default) = &param.default
                && !param.choices.is_empty()
                && !param.choices.contains(default)
            {
                self.wrong(
                    &at,
                    "command-takes",
                    format!("the default `{default}` of `{name}` is none of its choices"),
                );
            }
            // What is said by its name is in nobody's way.
            let skipped = |other: &Param| other.may_be_left_out() && !other.is_option();
            if !param.may_be_left_out() && !param.is_option() && params.iter().any(skipped) {
                self.wrong(
                    &at,
                    "command-takes",
                    format!(
                        "`{name}` is needed but stands after one that is not; \
                         put what is needed first"
                    ),
                );
            }
            params.push(param);
        }
        self.rests(&mut params, &spelled);
        params
    }

    /// The last parameter takes the rest of the line when the file says so, or when its kind may hold spaces.
    fn rests(&mut self, params: &mut [Param], spelled: &[(Range<usize>, Option<bool>)]) {
        let last = params.iter().rposition(|param| !param.is_option());
        for (position, (param, (at, rest))) in params.iter_mut().zip(spelled).enumerate() {
            let is_last = Some(position) == last;
            param.rest = rest.unwrap_or_else(|| is_last && param.may_hold_spaces());
            if param.rest && !is_last {
                let name = &param.name;
                self.wrong(
                    at,
                    "command-takes",
                    format!(
                        "`{name}` takes the rest of the line, \
                         so it must be the last parameter"
                    ),
                );
            }
        }
    }

    fn kind(&mut self, value: &Value<'_>) -> String {
        let kind = self.text(value);
        if value.get_ref().is_str() && !self.known.kinds.contains(&kind.as_str()) {
            let meant = did_you_mean(&kind, self.known.kinds.iter().copied());
            let others = format!("; the kinds are `{}`", self.known.kinds.join("`, `"));
            self.wrong(
                &value.span(),
                "command-takes",
                format!("there is no kind `{kind}`{}", or(&meant, &others)),
            );
        }
        kind
    }
}
