//! `[[policy]]`: the rules of who may do what, as they are written, with the places where they stand.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// One rule of who may do what. Every key that is there must fit, and of a list one entry is enough; the first rule that
/// fits decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// What the rule decides: `allow`, `deny` or `approve`.
    pub decide: Ruling,
    /// The group whose approval is needed, where the rule decides `approve`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, in a few words, for those who meet the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// Who asks: `user:ana`, `group:payments` with the groups below it, or `admins`; without it everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Vec<String>>,
    /// Where it is asked: `slack`, `matrix`, `console`; without it everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platforms: Option<Vec<String>>,
    /// In which channels, by the platform's ids; without it in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
    /// Which commands, like `create` or `channel allow`, or actions, like `catalog.resync`; without it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
    /// `true` for what changes something only, `false` for what only reads; without it both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<bool>,
    /// Which templates, like `rust-service`; without it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templates: Option<Vec<String>>,
    /// Who shall own it: `group:payments` with the groups below it, `user:ana`, or `own` for the asker and their teams;
    /// without it anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<String>>,
    /// Where on a forge, like `github.com/acme` with everything below it; without it anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisations: Option<Vec<String>>,
    /// Where the rule is written, if in a file.
    #[serde(skip)]
    pub at: Option<WrittenAt>,
}

/// What a rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// It may be done.
    Allow,
    /// It may not be done.
    Deny,
    /// It may be done when somebody of a group approves.
    Approve,
}

/// The file and line of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenAt {
    /// The file.
    pub file: String,
    /// The line; the first is 1.
    pub line: u32,
}

/// What keeps rules from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The line; the first is 1.
    pub line: u32,
    /// A sentence: what is wrong and how to mend it.
    pub message: String,
}

/// A file of rules and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alone {
    #[serde(default)]
    policy: Vec<Spanned<PolicyConfig>>,
}

/// A file where rules stand between other things.
#[derive(Deserialize)]
struct Among {
    #[serde(default)]
    policy: Vec<Spanned<PolicyConfig>>,
}

impl PolicyConfig {
    /// Reads a file that holds rules and nothing else.
    pub fn read(file: &Path, text: &str) -> Result<Vec<Self>, Flaw> {
        let alone: Alone = toml::from_str(text).map_err(|error| flaw(&error, text))?;
        Ok(placed(alone.policy, file, text))
    }

    /// Reads the rules of a file that holds other things, too.
    pub(super) fn among(file: &Path, text: &str) -> Result<Vec<Self>, Flaw> {
        let among: Among = toml::from_str(text).map_err(|error| flaw(&error, text))?;
        Ok(placed(among.policy, file, text))
    }

    /// Whether two rules say the same, wherever they are written.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let at = other.at.clone();
        Self { at, ..self.clone() } == *other
    }
}

fn placed(rules: Vec<Spanned<PolicyConfig>>, file: &Path, text: &str) -> Vec<PolicyConfig> {
    let placed = |rule: Spanned<PolicyConfig>| {
        let line = line(text, rule.span().start);
        let file = file.display().to_string();
        PolicyConfig {
            at: Some(WrittenAt { file, line }),
            ..rule.into_inner()
        }
    };
    rules.into_iter().map(placed).collect()
}

fn line(text: &str, at: usize) -> u32 {
    let before = text.get(..at).unwrap_or(text);
    let breaks = u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX - 1);
    breaks.saturating_add(1)
}

/// Puts what the reader of TOML says into a sentence with a remedy.
fn flaw(error: &toml::de::Error, text: &str) -> Flaw {
    let said = error.message().lines().next().unwrap_or_default();
    let at = error.span().map_or(0, |span| span.start);
    let begun = text.get(..at).and_then(|text| text.rsplit('\n').next());
    // Whether it is about `policy` itself, and not about a key of a rule.
    let is_head = begun.unwrap_or_default().trim_start().starts_with("policy")
        || text.get(at..).unwrap_or_default().starts_with('[') && begun == Some("");
    let quoted = || said.split('`').skip(1).step_by(2);
    let mut names = quoted();
    let name = names.next().unwrap_or_default();
    let known: Vec<&str> = names.collect();
    let message = if said.starts_with("unknown field") && known == ["policy"] {
        format!("there is no key `{name}`; a file of rules holds `[[policy]]` and nothing else")
    } else if said.starts_with("unknown field") {
        let near = near(name, &known).map_or_else(
            || format!("the keys are {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        format!("there is no key `{name}`; {near}")
    } else if said.starts_with("unknown variant") {
        let near =
            near(name, &known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("a rule decides `allow`, `deny` or `approve`, and not `{name}`{near}")
    } else if said.starts_with("missing field") {
        format!("the rule needs the key `{name}`, which is `allow`, `deny` or `approve`")
    } else if said.starts_with("invalid type") {
        let expected = said.split_once(", expected ").map_or("", |(_, rest)| rest);
        let wanted = match expected {
            "a sequence" if is_head => "written as `[[policy]]`, once for each rule",
            "a sequence" => "a list of texts, like [\"one\", \"two\"]",
            "a string" => "a text in quotation marks",
            "a boolean" => "`true` or `false`",
            other => other,
        };
        format!("this must be {wanted}")
    } else {
        format!("this is not TOML: {said}")
    };
    Flaw {
        line: line(text, at),
        message,
    }
}

fn near<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), *known));
    let nearest = distances.min();
    nearest
        .filter(|(distance, _)| *distance <= 2)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let flaw = PolicyConfig::read(Path::new("policy.toml"), text).expect_err("it is wrong");
        format!("{}: {}", flaw.line, flaw.message)
    }

    #[test]
    fn rules_know_where_they_stand() {
        let text = "# Who may do what.\n\n[[policy]]\ndecide = \"allow\"\nwho = [\"group:a\"]\n\n  [[policy]]\n  decide = \"deny\"\n";
        let rules = PolicyConfig::read(Path::new("policy.toml"), text).expect("good");
        let lines: Vec<u32> = rules
            .iter()
            .filter_map(|rule| Some(rule.at.as_ref()?.line))
            .collect();
        assert_eq!(lines, [3, 7]);
        let text = format!("admins = [\"user:ana\"]\n{text}");
        let rules = PolicyConfig::among(Path::new("callboard.toml"), &text).expect("good");
        assert_eq!(rules[0].at.as_ref().map(|at| at.line), Some(4));
        let nothing = PolicyConfig::read(Path::new("policy.toml"), "");
        assert_eq!(nothing, Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_a_remedy() {
        let texts = [
            "[[policy]]\ndecide = \"deny\"\nwho = [\"user:a\"]\n\n[[policy]]\ndecide = \"deny\"\nwhos = [\"user:a\"]\n",
            "[[policy]]\ndecide = \"deny\"\ncolour = \"red\"\n",
            "[[policy]]\ndecide = \"alow\"\n",
            "\n[[policy]]\nwho = [\"user:a\"]\n",
            "[[policy]]\ndecide = \"deny\"\nwho = \"user:a\"\n",
            "[[policy]]\ndecide = \"deny\"\nchanges = \"yes\"\n",
            "[[policy]]\ndecide = \"deny\"\nwho = [3]\n",
            "[[policy]]\ndecide = \"deny\"\nsays = [\n",
            "policy = 3\n",
            "[policy]\ndecide = \"deny\"\n",
            "[[rules]]\ndecide = \"deny\"\n",
            "[[policy]\ndecide = \"deny\"\n",
        ];
        let told: Vec<String> = texts.iter().map(|text| wrong(text)).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        7: there is no key `whos`; did you mean `who`?
        3: there is no key `colour`; the keys are decide, by, says, who, platforms, channels, commands, changes, templates, owners, organisations
        2: a rule decides `allow`, `deny` or `approve`, and not `alow`; did you mean `allow`?
        2: the rule needs the key `decide`, which is `allow`, `deny` or `approve`
        3: this must be a list of texts, like ["one", "two"]
        3: this must be `true` or `false`
        3: this must be a text in quotation marks
        3: this is not TOML: unclosed array, expected `]`
        1: this must be written as `[[policy]]`, once for each rule
        1: this must be written as `[[policy]]`, once for each rule
        1: there is no key `rules`; a file of rules holds `[[policy]]` and nothing else
        1: this is not TOML: unclosed array table, expected `]`
        "#);
    }
}
