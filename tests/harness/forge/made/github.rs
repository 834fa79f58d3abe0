//! GitHub's REST. What it is sent is held against GitHub's own description as well, in `tests/forge/contract.js`.

use serde_json::{Value, json};

use super::{Acme, Asked, Made, Pull, Told, done, has, not_found, texts, with_status};

const SETTINGS: &str = "name description homepage private visibility has_issues has_projects has_wiki delete_branch_on_merge \
                        allow_squash_merge allow_merge_commit allow_rebase_merge allow_auto_merge default_branch";

impl Made {
    fn github(&self, address: &str) -> Value {
        let page = self.page(address);
        json!({
            "id": self.id,
            "full_name": self.slug(),
            "html_url": page,
            "clone_url": format!("{page}.git"),
            "description": self.description,
            "default_branch": self.default_branch,
            "open_issues_count": self.issues + self.open().count() as u64,
            "forks_count": self.forks,
        })
    }

    fn github_pull(&self, pull: &Pull, address: &str) -> Value {
        json!({
            "number": pull.number,
            "html_url": format!("{}/pull/{}", self.page(address), pull.number),
            "state": if pull.state == "open" { "open" } else { "closed" },
            "merged_at": (pull.state == "merged").then_some("2026-01-06T12:00:00Z"),
            "title": pull.title,
            "head": { "ref": pull.branch, "sha": pull.commit },
            "base": { "ref": pull.into, "sha": "0000000000000000000000000000000000000000" },
        })
    }
}

fn refused(status: u16, general: &str, what: &str) -> Told {
    let errors = json!([{ "resource": "Repository", "code": "custom", "message": what }]);
    with_status(status, json!({ "message": general, "errors": errors }))
}

impl Acme {
    pub(in crate::harness::forge) fn github(&mut self, asked: &Asked, path: &str) -> Option<Told> {
        let (method, _) = asked.line.split_once(' ')?;
        let told = self.github_answer(asked, method, path);
        if method != "GET" {
            let answer = told.as_ref().map(|told| told.body.clone());
            let line = format!(
                "{} {}",
                asked.line,
                told.as_ref().map_or(0, |told| told.status)
            );
            self.written
                .push((line, asked.body.clone(), answer.unwrap_or_default()));
        }
        told
    }

    fn github_answer(&mut self, asked: &Asked, method: &str, path: &str) -> Option<Told> {
        let (body, address) = (&asked.body, asked.address.as_str());
        let parts: Vec<&str> = path.split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["user"]) => return Some(Told::json(json!({ "login": "ana" }))),
            ("GET", ["users", "ana" | "ravi"]) => {
                return Some(Told::json(json!({ "login": parts[1], "type": "User" })));
            }
            ("GET", ["users", _]) => return Some(not_found()),
            ("POST", ["orgs", "acme", "repos"] | ["user", "repos"]) => {
                if !has(body, &format!("!name !private auto_init {SETTINGS}")) {
                    return None;
                }
                let owner = if parts[0] == "user" { "ana" } else { "acme" };
                let visibility = match (body["visibility"].as_str(), &body["private"]) {
                    (Some(visibility), _) => visibility,
                    (None, Value::Bool(false)) => "public",
                    _ => "private",
                };
                let made = self.make(owner, body["name"].as_str()?, visibility, body);
                return Some(match made {
                    Some(made) => with_status(201, made.github(address)),
                    None => refused(
                        422,
                        "Repository creation failed.",
                        "name already exists on this account",
                    ),
                });
            }
            ("PUT", ["orgs", "acme", "teams", team, "repos", owner, name]) => {
                let right = body["permission"].as_str()?;
                let grant = format!("team {team}: {right}");
                let made = self.shown(owner, name)?;
                made.grants.retain(|known| *known != grant);
                made.grants.push(grant);
                return Some(done());
            }
            _ => {}
        }
        let ["repos", owner, name, rest @ ..] = parts.as_slice() else {
            return None;
        };
        let Some(made) = self.shown(owner, name).cloned() else {
            return Some(not_found());
        };
        let branches = self.branches(&made);
        let commit = body["head"]
            .as_str()
            .and_then(|branch| self.commit(&made, branch));
        let id = made.id;
        let made = self.made.iter_mut().find(|made| made.id == id)?;
        Some(match (method, rest) {
            ("GET", []) => Told::json(made.github(address)),
            ("PATCH", []) if has(body, SETTINGS) => {
                made.set(body);
                Told::json(made.github(address))
            }
            ("DELETE", []) => {
                self.delete(id);
                done()
            }
            ("GET", ["branches"]) => {
                let rows = branches
                    .iter()
                    .map(|(name, commit)| json!({ "name": name, "commit": { "sha": commit } }));
                asked.page(&rows.collect::<Vec<_>>(), 100)
            }
            ("PUT", ["topics"]) if has(body, "!names") => {
                made.settings.insert("topics".into(), body["names"].clone());
                Told::json(body.clone())
            }
            ("PUT", ["collaborators", login]) if has(body, "permission") => {
                let grant = format!("{login}: {}", body["permission"].as_str()?);
                made.grants.retain(|known| *known != grant);
                made.grants.push(grant);
                done()
            }
            ("PUT", ["branches", branch, "protection"]) => {
                made.settings
                    .insert(format!("protection of {branch}"), body.clone());
                Told::json(json!({}))
            }
            ("GET", ["pulls"]) => {
                let head = asked.parameter("head")?;
                assert_eq!(asked.parameter("state"), Some("open"));
                let rows = made
                    .open()
                    .filter(|pull| head == format!("{owner}:{}", pull.branch))
                    .map(|pull| made.github_pull(pull, address));
                asked.page(&rows.collect::<Vec<_>>(), 100)
            }
            ("POST", ["pulls"]) if has(body, "!title !head !base body draft") => {
                let (branch, into) = (body["head"].as_str()?, body["base"].as_str()?);
                if made
                    .open()
                    .any(|pull| pull.branch == branch && pull.into == into)
                {
                    let what = format!("A pull request already exists for {owner}:{branch}.");
                    return Some(refused(422, "Validation Failed", &what));
                }
                let Some(commit) = commit else {
                    return Some(refused(422, "Validation Failed", "head is invalid"));
                };
                let pull = Pull {
                    number: made.pulls.len() as u64 + 1,
                    title: body["title"].as_str()?.to_owned(),
                    branch: branch.to_owned(),
                    into: into.to_owned(),
                    commit,
                    state: "open".to_owned(),
                    reviewers: Vec::new(),
                };
                made.pulls.push(pull.clone());
                with_status(201, made.github_pull(&pull, address))
            }
            ("GET" | "PATCH", ["pulls", number]) => {
                let at = number.parse::<usize>().ok()? - 1;
                if method == "PATCH" {
                    assert_eq!(*body, json!({ "state": "closed" }));
                    "closed".clone_into(&mut made.pulls.get_mut(at)?.state);
                }
                Told::json(made.github_pull(made.pulls.get(at)?, address))
            }
            ("POST", ["pulls", number, "requested_reviewers"])
                if has(body, "reviewers team_reviewers") =>
            {
                let pull = made.pulls.get_mut(number.parse::<usize>().ok()? - 1)?;
                pull.reviewers = texts(&body["reviewers"]);
                pull.reviewers.extend(texts(&body["team_reviewers"]));
                let pull = pull.clone();
                with_status(201, made.github_pull(&pull, address))
            }
            _ => return None,
        })
    }
}
