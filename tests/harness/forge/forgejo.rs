//! Forgejo, or Gitea.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::{Acme, Answers, Asked, TOKEN, Told, forbidden, git_knows};

pub struct Forgejo(pub Arc<Mutex<Acme>>);

fn users(acme: &Acme, logins: Option<&[&str]>) -> Vec<Value> {
    let belongs = |login| logins.is_none_or(|logins| logins.contains(&login));
    let people = acme.people.iter().filter(|person| belongs(person.login));
    people
        .map(|person| {
            let hidden = format!("{}@noreply.git.acme.example", person.login);
            json!({
                "login": person.login,
                "full_name": person.name,
                "email": if person.email.is_empty() { &hidden } else { person.email },
                "description": "",
                "avatar_url": "",
            })
        })
        .collect()
}

impl Answers for Forgejo {
    fn knows(&self, asked: &Asked) -> bool {
        if asked.line.contains(".git/") {
            return git_knows(asked, "callboard", TOKEN);
        }
        asked.header("authorization") == Some(&format!("token {TOKEN}"))
    }

    fn answer(&mut self, asked: &Asked) -> Option<Told> {
        let mut acme = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = asked.line.strip_prefix("GET /api/v1/") else {
            return acme.forgejo(asked);
        };
        let page = |rows: &[Value]| Some(asked.page(rows, acme.most.min(50)));
        match path {
            "orgs/acme/repos" => {
                let rows = acme.repositories.iter().map(|repo| {
                    json!({
                        "full_name": format!("acme/{}", repo.name),
                        "clone_url": repo.clone_url(&asked.address),
                        "default_branch": "main",
                        "topics": repo.topics,
                        "private": repo.visibility == "private",
                        "internal": repo.visibility == "internal",
                        "archived": repo.archived,
                        "fork": repo.fork,
                        "empty": repo.empty,
                        "updated_at": repo.pushed,
                    })
                });
                page(&rows.collect::<Vec<_>>())
            }
            "user" => Some(Told::json(json!({ "login": "ana" }))),
            _ if path.starts_with("repos/") => acme.forgejo(asked),
            _ if !acme.open => Some(forbidden()),
            "orgs/acme/members" => page(&users(&acme, None)),
            "orgs/acme/teams" => {
                let rows = acme.teams.iter().enumerate().map(|(number, team)| {
                    json!({ "id": number + 1, "name": team.slug, "description": team.title })
                });
                page(&rows.collect::<Vec<_>>())
            }
            _ => {
                let id = path.strip_prefix("teams/")?.strip_suffix("/members")?;
                let team = acme.teams.get(id.parse::<usize>().ok()? - 1)?;
                page(&users(&acme, Some(&team.members)))
            }
        }
    }
}
