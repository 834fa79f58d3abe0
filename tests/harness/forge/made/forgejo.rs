//! The API of Forgejo and Gitea, by its documentation.

use serde_json::{Value, json};

use super::{Acme, Asked, Made, Pull, Told, done, has, not_found, texts, with_status};

const SETTINGS: &str = "name description website private default_branch has_issues has_wiki has_projects allow_squash_merge \
                        allow_rebase allow_merge_commits default_delete_branch_after_merge";

impl Made {
    fn forgejo(&self, address: &str) -> Value {
        let page = self.page(address);
        json!({
            "id": self.id,
            "full_name": self.slug(),
            "html_url": page,
            "clone_url": format!("{page}.git"),
            "description": self.description,
            "default_branch": self.default_branch,
            "open_issues_count": self.issues,
            "open_pr_counter": self.open().count(),
            "forks_count": self.forks,
        })
    }

    fn forgejo_pull(&self, pull: &Pull, address: &str) -> Value {
        json!({
            "number": pull.number,
            "html_url": format!("{}/pulls/{}", self.page(address), pull.number),
            "state": if pull.state == "open" { "open" } else { "closed" },
            "merged": pull.state == "merged",
            "title": pull.title,
            "head": { "ref": pull.branch, "sha": pull.commit, "repo_id": self.id },
            "base": { "ref": pull.into, "sha": "", "repo_id": self.id },
        })
    }
}

impl Acme {
    pub(in crate::harness::forge) fn forgejo(&mut self, asked: &Asked) -> Option<Told> {
        let (method, path) = asked.line.split_once(' ')?;
        let path = path.strip_prefix("/api/v1/")?;
        let (body, address) = (&asked.body, asked.address.as_str());
        let parts: Vec<&str> = path.split('/').collect();
        if let ("POST", ["orgs", _, "repos"] | ["user", "repos"]) = (method, parts.as_slice()) {
            if !has(body, "!name description private default_branch auto_init") {
                return None;
            }
            let owner = if parts[0] == "user" { "ana" } else { parts[1] };
            if !["ana", "acme"].contains(&owner) {
                return Some(Told::refusal(404, "GetOrgByName"));
            }
            let visibility = if body["private"].as_bool()? {
                "private"
            } else {
                "public"
            };
            let made = self.make(owner, body["name"].as_str()?, visibility, body);
            return Some(match made {
                Some(made) => with_status(201, made.forgejo(address)),
                None => Told::refusal(409, "The repository with the same name already exists."),
            });
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
            ("GET", []) => Told::json(made.forgejo(address)),
            ("PATCH", []) if has(body, SETTINGS) => {
                made.set(body);
                Told::json(made.forgejo(address))
            }
            ("DELETE", []) => {
                self.delete(id);
                done()
            }
            ("GET", ["branches"]) => {
                let rows = branches
                    .iter()
                    .map(|(name, commit)| json!({ "name": name, "commit": { "id": commit } }));
                asked.page(&rows.collect::<Vec<_>>(), 50)
            }
            ("PUT", ["topics"]) if has(body, "!topics") => {
                made.settings
                    .insert("topics".into(), body["topics"].clone());
                done()
            }
            ("PUT", ["collaborators", login]) if has(body, "permission") => {
                let grant = format!("{login}: {}", body["permission"].as_str()?);
                made.grants.retain(|known| *known != grant);
                made.grants.push(grant);
                done()
            }
            ("PUT", ["teams", team]) => {
                let grant = format!("team {team}");
                made.grants.retain(|known| *known != grant);
                made.grants.push(grant);
                done()
            }
            ("GET", ["branch_protections"]) => {
                let rules = made.settings.iter();
                let rules = rules.filter(|(key, _)| key.starts_with("protection of "));
                asked.page(&rules.map(|(_, rule)| rule.clone()).collect::<Vec<_>>(), 50)
            }
            ("POST", ["branch_protections"])
                if has(
                    body,
                    "branch_name rule_name enable_push required_approvals enable_status_check status_check_contexts",
                ) =>
            {
                let key = format!("protection of {}", body["rule_name"].as_str()?);
                if made.settings.insert(key, body.clone()).is_some() {
                    return Some(Told::refusal(403, "Branch protection already exist"));
                }
                with_status(201, body.clone())
            }
            ("GET", ["pulls"]) => {
                assert_eq!(asked.parameter("state"), Some("open"));
                let rows = made.open().map(|pull| made.forgejo_pull(pull, address));
                asked.page(&rows.collect::<Vec<_>>(), 50)
            }
            ("POST", ["pulls"]) if has(body, "!title !head !base body") => {
                let (branch, into) = (body["head"].as_str()?, body["base"].as_str()?);
                if made
                    .open()
                    .any(|pull| pull.branch == branch && pull.into == into)
                {
                    let what = "pull request already exists for these targets [id: 7, issue_id: 9]";
                    return Some(Told::refusal(409, what));
                }
                let Some(commit) = commit else {
                    return Some(not_found());
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
                with_status(201, made.forgejo_pull(&pull, address))
            }
            ("GET" | "PATCH", ["pulls", number]) => {
                let at = number.parse::<usize>().ok()? - 1;
                if method == "PATCH" {
                    assert_eq!(*body, json!({ "state": "closed" }));
                    "closed".clone_into(&mut made.pulls.get_mut(at)?.state);
                }
                let status = if method == "PATCH" { 201 } else { 200 };
                with_status(status, made.forgejo_pull(made.pulls.get(at)?, address))
            }
            ("POST", ["pulls", number, "requested_reviewers"])
                if has(body, "reviewers team_reviewers") =>
            {
                let pull = made.pulls.get_mut(number.parse::<usize>().ok()? - 1)?;
                pull.reviewers = texts(&body["reviewers"]);
                pull.reviewers.extend(texts(&body["team_reviewers"]));
                with_status(201, json!([]))
            }
            _ => return None,
        })
    }
}
