//! Actions that are known and reach beyond the workspace: what they put out, and what they do, in words.

use serde_json::{Map, Value};

/// One of them.
#[derive(Debug)]
pub struct Elsewhere {
    /// What templates call it by, like `publish:github`.
    pub name: &'static str,
    /// What it puts out, as Backstage documents it.
    pub outputs: &'static [&'static str],
    /// What it does, with the names of inputs between braces: `Creates the repository {repoUrl}.`
    says: &'static str,
}

/// All of them, in the order of their names.
pub static ELSEWHERE: &[Elsewhere] = &[
    Elsewhere {
        name: "catalog:fetch",
        outputs: &["entity", "entities"],
        says: "Reads {entityRef}{entityRefs} from the catalog.",
    },
    Elsewhere {
        name: "catalog:register",
        outputs: &["entityRef", "catalogInfoUrl"],
        says: "Adds {catalogInfoUrl}{repoContentsUrl} to the catalog.",
    },
    Elsewhere {
        name: "github:actions:dispatch",
        outputs: &[],
        says: "Starts the workflow {workflowId} of {repoUrl}.",
    },
    Elsewhere {
        name: "github:issues:label",
        outputs: &[],
        says: "Labels issue {number} of {repoUrl}.",
    },
    Elsewhere {
        name: "github:repo:create",
        outputs: &["remoteUrl", "repoContentsUrl"],
        says: "Creates the repository {repoUrl}.",
    },
    Elsewhere {
        name: "github:repo:push",
        outputs: &["remoteUrl", "repoContentsUrl", "commitHash"],
        says: "Pushes the files to {repoUrl}.",
    },
    Elsewhere {
        name: "github:webhook",
        outputs: &[],
        says: "Adds a webhook to {repoUrl}.",
    },
    Elsewhere {
        name: "http:backstage:request",
        outputs: &["code", "headers", "body"],
        says: "Sends {method} {path} to Backstage.",
    },
    Elsewhere {
        name: "publish:git",
        outputs: &["remoteUrl", "repoContentsUrl", "commitHash"],
        says: "Pushes the files to {repoUrl}.",
    },
    Elsewhere {
        name: "publish:gitea",
        outputs: &["remoteUrl", "repoContentsUrl", "commitHash"],
        says: "Creates the repository {repoUrl} and pushes the files to it.",
    },
    Elsewhere {
        name: "publish:github",
        outputs: &["remoteUrl", "repoContentsUrl", "commitHash"],
        says: "Creates the repository {repoUrl} and pushes the files to it.",
    },
    Elsewhere {
        name: "publish:github:pull-request",
        outputs: &["remoteUrl", "pullRequestNumber", "targetBranchName"],
        says: "Opens a pull request in {repoUrl}: {title}.",
    },
    Elsewhere {
        name: "publish:gitlab",
        outputs: &[
            "remoteUrl",
            "repoContentsUrl",
            "projectId",
            "commitHash",
            "created",
        ],
        says: "Creates the repository {repoUrl} and pushes the files to it.",
    },
    Elsewhere {
        name: "publish:gitlab:merge-request",
        outputs: &[
            "targetBranchName",
            "projectid",
            "projectPath",
            "mergeRequestUrl",
        ],
        says: "Opens a merge request in {repoUrl}: {title}.",
    },
];

/// The action of this name that reaches beyond the workspace.
pub fn find(name: &str) -> Option<&'static Elsewhere> {
    ELSEWHERE.iter().find(|action| action.name == name)
}

impl Elsewhere {
    /// What it does with an input, as a sentence. A repository is written as `github.com/acme/payments`.
    pub fn told(&self, input: &Map<String, Value>) -> String {
        let mut told = String::new();
        let mut rest = self.says;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            told.push_str(before);
            told.push_str(&match input.get(name) {
                None => String::new(),
                Some(Value::String(text)) if name == "repoUrl" => repository(text),
                Some(Value::String(text)) => foreseen(text).replace(char::is_control, " "),
                Some(value) => value.to_string(),
            });
            rest = after;
        }
        told.push_str(rest);
        told
    }
}

/// What an output of an earlier step, which is not known yet, stands as; see [`later`].
fn foreseen(text: &str) -> String {
    let parts = text.strip_prefix("${{ steps.").and_then(|rest| {
        let (step, rest) = rest.split_once(".output.")?;
        Some((step, rest.strip_suffix(" }}")?))
    });
    match parts {
        Some((step, output)) => format!("the {output} of {step}"),
        None => text.to_owned(),
    }
}

/// An output that is not known before its step is done: it stands for itself.
pub fn later(step: &str, output: &str) -> String {
    format!("${{{{ steps.{step}.output.{output} }}}}")
}

/// `github.com?owner=acme&repo=payments` as people write it.
fn repository(text: &str) -> String {
    let Some((host, query)) = text.split_once('?') else {
        return text.replace(char::is_control, " ");
    };
    let mut parts = vec![host.to_owned()];
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    for name in ["organization", "workspace", "owner", "project", "repo"] {
        let value = pairs.iter().find(|(key, _)| key == name);
        parts
            .extend(value.map(|(_, value)| value.trim_matches('/').replace(char::is_control, " ")));
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Step;
    use super::*;

    fn told(name: &str, input: &Value) -> String {
        let input = input.as_object().expect("an object");
        find(name).expect("known").told(input)
    }

    #[test]
    fn what_an_action_does_is_told_with_its_input() {
        assert_eq!(
            told(
                "publish:github",
                &json!({"repoUrl": "github.com?owner=acme&repo=payments"})
            ),
            "Creates the repository github.com/acme/payments and pushes the files to it."
        );
        assert_eq!(
            told(
                "publish:gitlab",
                &json!({"repoUrl": "gitlab.com?owner=acme%2Fshop&repo=x"})
            ),
            "Creates the repository gitlab.com/acme/shop/x and pushes the files to it."
        );
        assert_eq!(
            told(
                "catalog:register",
                &json!({"repoContentsUrl": later("publish", "repoContentsUrl")})
            ),
            "Adds the repoContentsUrl of publish to the catalog."
        );
        assert_eq!(
            told(
                "github:issues:label",
                &json!({"repoUrl": "x\ny", "number": 5})
            ),
            "Labels issue 5 of x y."
        );
    }

    #[test]
    fn names_stand_in_order_and_once() {
        assert!(ELSEWHERE.is_sorted_by(|one, other| one.name < other.name));
        for action in ELSEWHERE {
            // Without a catalog, asking it reaches beyond the workspace, too.
            let step = super::super::find(action.name);
            assert!(step.is_none_or(Step::asks_catalog), "{}", action.name);
        }
    }
}
