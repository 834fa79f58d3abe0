//! GitLab: a group of projects, whose subgroups are the teams.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::{Acme, Answers, Asked, TOKEN, TeamData, Told, forbidden, git_knows};

pub struct GitLab(pub Arc<Mutex<Acme>>);

/// The number of a group: the configured one is the first.
fn number(acme: &Acme, slug: Option<&str>) -> usize {
    let position = |slug| acme.teams.iter().position(|team| team.slug == slug);
    slug.and_then(position).map_or(1, |position| position + 2)
}

fn path(acme: &Acme, team: &TeamData) -> String {
    let parent = acme
        .teams
        .iter()
        .find(|other| Some(other.slug) == team.parent);
    let above = parent.map_or("acme".to_owned(), |parent| path(acme, parent));
    format!("{above}/{}", team.slug)
}

fn members(acme: &Acme, asked: &Asked, logins: &[&str]) -> Vec<Value> {
    let people = acme
        .people
        .iter()
        .filter(|person| logins.contains(&person.login));
    let mut rows: Vec<Value> = people
        .map(|person| {
            json!({
                "username": person.login,
                "name": person.name,
                "state": "active",
                "avatar_url": null,
                "web_url": format!("{}/{}", asked.address, person.login),
                "public_email": person.email,
            })
        })
        .collect();
    // Those who are no people, or are gone.
    rows.push(json!({ "username": "group_1_bot_5f2a", "name": "token", "state": "active" }));
    rows.push(json!({ "username": "gone", "name": "Gone", "state": "blocked" }));
    rows
}

impl Answers for GitLab {
    fn knows(&self, asked: &Asked) -> bool {
        if asked.line.contains(".git/") {
            return git_knows(asked, "oauth2", TOKEN);
        }
        asked.header("private-token") == Some(TOKEN) && asked.header("authorization").is_none()
    }

    fn answer(&mut self, asked: &Asked) -> Option<Told> {
        let mut acme = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path_of) = asked.line.strip_prefix("GET /api/v4/groups/") else {
            return acme.gitlab(asked);
        };
        match path_of {
            "acme/projects" => {
                assert_eq!(asked.parameter("include_subgroups"), Some("true"));
                let rows = acme.repositories.iter().map(|repo| {
                    let mut row = json!({
                        "path_with_namespace": format!("acme/{}", repo.name),
                        "http_url_to_repo": repo.clone_url(&asked.address),
                        "default_branch": "main",
                        "topics": repo.topics,
                        "visibility": repo.visibility,
                        "archived": repo.archived,
                        "empty_repo": repo.empty,
                        "last_activity_at": repo.pushed,
                        "repository_access_level": "enabled",
                    });
                    if repo.fork {
                        row["forked_from_project"] = json!({ "id": 1 });
                    }
                    row
                });
                let rows: Vec<Value> = rows.collect();
                return Some(asked.page(&rows, acme.most));
            }
            "acme" => {
                return Some(Told::json(json!({
                    "id": 1, "full_path": "acme", "name": "Acme", "description": "", "avatar_url": null, "parent_id": null,
                })));
            }
            _ if !acme.open => return Some(forbidden()),
            "acme/descendant_groups" => {
                let rows = acme.teams.iter().map(|team| {
                    json!({
                        "id": number(&acme, Some(team.slug)),
                        "full_path": path(&acme, team),
                        "name": team.title,
                        "description": null,
                        "avatar_url": null,
                        "parent_id": number(&acme, team.parent),
                    })
                });
                let rows: Vec<Value> = rows.collect();
                return Some(asked.page(&rows, acme.most));
            }
            "acme/members/all" | "1/members" => {
                // One of them belongs to a subgroup alone.
                let rows = members(&acme, asked, &["ana"]);
                return Some(asked.page(&rows, acme.most));
            }
            _ => {}
        }
        let id = path_of.strip_suffix("/members")?;
        let team = acme
            .teams
            .iter()
            .find(|team| number(&acme, Some(team.slug)).to_string() == id)?;
        Some(asked.page(&members(&acme, asked, &team.members), acme.most))
    }
}
