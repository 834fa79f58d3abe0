//! GitLab's API, by its documentation.

use serde_json::{Value, json};

use super::{Acme, Asked, Made, Pull, Told, has, with_status};

const SETTINGS: &str = "description default_branch topics issues_access_level wiki_access_level remove_source_branch_after_merge \
                        squash_option merge_method";

impl Made {
    fn gitlab(&self, address: &str) -> Value {
        let page = self.page(address);
        json!({
            "id": self.id,
            "path_with_namespace": self.slug(),
            "web_url": page,
            "http_url_to_repo": format!("{page}.git"),
            "description": self.description,
            "default_branch": self.default_branch,
            "visibility": self.visibility,
            "open_issues_count": self.issues,
            "forks_count": self.forks,
        })
    }

    fn gitlab_merge(&self, pull: &Pull, address: &str) -> Value {
        json!({
            "id": 900 + pull.number,
            "iid": pull.number,
            "web_url": format!("{}/-/merge_requests/{}", self.page(address), pull.number),
            "state": if pull.state == "open" { "opened" } else { &pull.state },
            "title": pull.title,
            "sha": pull.commit,
            "source_branch": pull.branch,
            "target_branch": pull.into,
            "source_project_id": self.id,
        })
    }
}

impl Acme {
    pub(in crate::harness::forge) fn gitlab(&mut self, asked: &Asked) -> Option<Told> {
        let (method, path) = asked.line.split_once(' ')?;
        let path = path.strip_prefix("/api/v4/")?;
        let (body, address) = (&asked.body, asked.address.as_str());
        let parts: Vec<String> = path
            .split('/')
            .map(|part| part.replace("%2F", "/"))
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match (method, parts.as_slice()) {
            ("GET", ["namespaces", owner]) => {
                let id = match *owner {
                    "acme" => 1,
                    "acme/platform" => 2,
                    "ana" => 3,
                    _ => return Some(Told::refusal(404, "404 Namespace Not Found")),
                };
                return Some(Told::json(
                    json!({ "id": id, "full_path": owner, "kind": "group" }),
                ));
            }
            ("GET", ["users"]) => {
                let id = match asked.parameter("username")? {
                    "ana" => 31,
                    "ravi" => 32,
                    _ => return Some(Told::json(json!([]))),
                };
                return Some(Told::json(json!([{ "id": id }])));
            }
            ("POST", ["projects"]) => {
                let keys =
                    "!name !path !namespace_id description visibility initialize_with_readme";
                if !has(body, keys) {
                    return None;
                }
                let owner = match body["namespace_id"].as_u64()? {
                    1 => "acme",
                    2 => "acme/platform",
                    _ => "ana",
                };
                let visibility = body["visibility"].as_str()?;
                let made = self.make(owner, body["path"].as_str()?, visibility, body);
                let taken = json!({ "message": {
                    "project_namespace.name": ["has already been taken"],
                    "path": ["has already been taken"],
                    "name": ["has already been taken"],
                }});
                return Some(match made {
                    Some(made) => with_status(201, made.gitlab(address)),
                    None => with_status(400, taken),
                });
            }
            _ => {}
        }
        let ["projects", which, rest @ ..] = parts.as_slice() else {
            return None;
        };
        let made = match which.rsplit_once('/') {
            Some((owner, name)) if rest.is_empty() => self.shown(owner, name).cloned(),
            _ => {
                let id = which.parse::<u64>().ok()?;
                self.made.iter().find(|made| made.id == id).cloned()
            }
        };
        let Some(made) = made else {
            return Some(Told::refusal(404, "404 Project Not Found"));
        };
        let branches = self.branches(&made);
        let commit = body["source_branch"]
            .as_str()
            .and_then(|branch| self.commit(&made, branch));
        let id = made.id;
        let made = self.made.iter_mut().find(|made| made.id == id)?;
        let granted = |made: &mut Made, grant: String| {
            if made.grants.contains(&grant) {
                return Told::refusal(409, "Member already exists");
            }
            made.grants.push(grant);
            with_status(201, json!({}))
        };
        Some(match (method, rest) {
            ("GET", []) => Told::json(made.gitlab(address)),
            ("PUT", []) if has(body, SETTINGS) => {
                made.set(body);
                Told::json(made.gitlab(address))
            }
            ("DELETE", []) => {
                self.delete(id);
                Told::refusal(202, "202 Accepted")
            }
            ("GET", ["repository", "branches"]) => {
                let rows = branches
                    .iter()
                    .map(|(name, commit)| json!({ "name": name, "commit": { "id": commit } }));
                asked.page(&rows.collect::<Vec<_>>(), 100)
            }
            ("POST", ["members"]) if has(body, "!user_id !access_level") => granted(
                made,
                format!("user {}: {}", body["user_id"], body["access_level"]),
            ),
            ("POST", ["share"]) if has(body, "!group_id !group_access") => granted(
                made,
                format!("group {}: {}", body["group_id"], body["group_access"]),
            ),
            ("POST", ["protected_branches"])
                if has(
                    body,
                    "!name push_access_level merge_access_level allow_force_push",
                ) =>
            {
                let key = format!("protection of {}", body["name"].as_str()?);
                if made.settings.insert(key, body.clone()).is_some() {
                    let what = format!("Protected branch {} already exists", body["name"]);
                    return Some(Told::refusal(409, &what));
                }
                with_status(201, json!({}))
            }
            ("GET", ["merge_requests"]) => {
                let branch = asked.parameter("source_branch")?;
                assert_eq!(asked.parameter("state"), Some("opened"));
                let open = made.open().filter(|pull| pull.branch == branch);
                let rows = open.map(|pull| made.gitlab_merge(pull, address));
                asked.page(&rows.collect::<Vec<_>>(), 100)
            }
            ("POST", ["merge_requests"])
                if has(
                    body,
                    "!title !source_branch !target_branch description remove_source_branch",
                ) =>
            {
                let branch = body["source_branch"].as_str()?;
                if let Some(open) = made.open().find(|pull| pull.branch == branch) {
                    let what = format!(
                        "Another open merge request already exists for this source branch: !{}",
                        open.number
                    );
                    return Some(with_status(409, json!({ "message": [what] })));
                }
                let Some(commit) = commit else {
                    let what = json!({ "message": ["Source branch does not exist"] });
                    return Some(with_status(422, what));
                };
                let pull = Pull {
                    number: made.pulls.len() as u64 + 1,
                    title: body["title"].as_str()?.to_owned(),
                    branch: branch.to_owned(),
                    into: body["target_branch"].as_str()?.to_owned(),
                    commit,
                    state: "open".to_owned(),
                    reviewers: Vec::new(),
                };
                made.pulls.push(pull.clone());
                with_status(201, made.gitlab_merge(&pull, address))
            }
            ("GET" | "PUT", ["merge_requests", number])
                if has(body, "state_event reviewer_ids") =>
            {
                let pull = made.pulls.get_mut(number.parse::<usize>().ok()? - 1)?;
                if body["state_event"] == "close" {
                    "closed".clone_into(&mut pull.state);
                }
                if let Some(ids) = body["reviewer_ids"].as_array() {
                    pull.reviewers = ids.iter().map(Value::to_string).collect();
                }
                let pull = pull.clone();
                Told::json(made.gitlab_merge(&pull, address))
            }
            _ => return None,
        })
    }
}
