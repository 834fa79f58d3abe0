//! GitHub Enterprise: REST below `/api/v3`, GraphQL, and the tokens of an App.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};

use super::{Acme, Answers, Asked, TOKEN, Told, connection, git_knows};

pub struct GitHub(pub Arc<Mutex<Acme>>);

/// A GitHub App, number 123, which is installed in the organisation.
pub struct App {
    key: KeyPair,
    /// How many tokens were given out; the last is the good one.
    pub issued: usize,
    /// The seconds for which a token is good.
    pub good_for: i64,
    /// Whether it is installed.
    pub installed: bool,
}

impl App {
    pub fn new() -> Self {
        Self {
            key: KeyPair::generate(KeySize::Rsa2048).expect("a key"),
            issued: 0,
            good_for: 3600,
            installed: true,
        }
    }

    /// Its private key.
    pub fn pem(&self) -> String {
        let der: Pkcs8V1Der<'_> = self.key.as_der().expect("a key");
        let text = BASE64.encode(der.as_ref());
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).expect("ASCII"))
            .collect();
        format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            lines.join("\n")
        )
    }

    fn token(&self) -> String {
        format!("canary-ghs-{}", self.issued)
    }

    /// Whether the App itself signed this a short time ago.
    fn signed(&self, token: &str) -> bool {
        let key = DecodingKey::from_rsa_der(self.key.public_key().as_ref());
        let validation = Validation::new(Algorithm::RS256);
        decode::<Value>(token, &key, &validation).is_ok_and(|token| {
            let number = |name: &str| token.claims[name].as_i64().unwrap_or_default();
            token.claims["iss"] == "123" && number("exp") - number("iat") <= 600
        })
    }
}

impl GitHub {
    fn acme(&self) -> MutexGuard<'_, Acme> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers for GitHub {
    fn knows(&self, asked: &Asked) -> bool {
        let acme = self.acme();
        let token = acme.app.as_ref().map_or(TOKEN.to_owned(), App::token);
        if asked.line.contains(".git/") {
            return git_knows(asked, "x-access-token", &token);
        }
        let Some(given) = asked.header("authorization") else {
            return false;
        };
        let given = given.strip_prefix("Bearer ").unwrap_or_default();
        let of_app =
            asked.line.ends_with("/installation") || asked.line.ends_with("/access_tokens");
        match &acme.app {
            Some(app) if of_app => app.signed(given),
            _ => given == token,
        }
    }

    fn answer(&mut self, asked: &Asked) -> Option<Told> {
        let mut acme = self.acme();
        assert!(
            asked
                .header("user-agent")
                .is_some_and(|agent| agent.starts_with("callboard/"))
        );
        let (_, path) = asked.line.split_once(' ')?;
        if let Some(path) = path.strip_prefix("/api/v3/") {
            assert_eq!(asked.header("x-github-api-version"), Some("2022-11-28"));
            assert_eq!(asked.header("accept"), Some("application/vnd.github+json"));
            return match path {
                "users/acme" => Some(Told::json(
                    json!({ "login": "acme", "type": "Organization" }),
                )),
                "orgs/acme/repos" if asked.line.starts_with("GET ") => {
                    assert_eq!(asked.parameter("type"), Some("all"));
                    Some(asked.page(&repositories(&acme, asked), acme.most))
                }
                "orgs/acme/installation" => {
                    let app = acme.app.as_ref()?;
                    Some(if app.installed {
                        Told::json(json!({ "id": 7 }))
                    } else {
                        Told::refusal(404, "Not Found")
                    })
                }
                "users/acme/installation" => Some(Told::refusal(404, "Not Found")),
                "app/installations/7/access_tokens" => {
                    let app = acme.app.as_mut()?;
                    app.issued += 1;
                    let ends =
                        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(app.good_for);
                    let mut told = Told::json(json!({ "token": app.token(), "expires_at": ends }));
                    told.status = 201;
                    Some(told)
                }
                _ => acme.github(asked, path),
            };
        }
        match asked.line.as_str() {
            "POST /api/graphql" => {
                let query = asked.body["query"].as_str().expect("a query");
                acme.queries.insert(query.to_owned());
                Some(graphql(&acme, asked))
            }
            _ => None,
        }
    }
}

fn repositories(acme: &Acme, asked: &Asked) -> Vec<Value> {
    let row = |repo: &super::Repo| {
        json!({
            "full_name": format!("acme/{}", repo.name),
            "clone_url": repo.clone_url(&asked.address),
            "default_branch": "main",
            "topics": repo.topics,
            "visibility": repo.visibility,
            "private": repo.visibility != "public",
            "archived": repo.archived,
            "disabled": false,
            "fork": repo.fork,
            "size": if repo.empty { 0 } else { 12 },
            "created_at": "2025-12-31T12:00:00Z",
            "pushed_at": if repo.empty { "2025-12-31T12:00:00Z" } else { &repo.pushed },
        })
    };
    acme.repositories.iter().map(row).collect()
}

fn graphql(acme: &Acme, asked: &Asked) -> Told {
    let query = asked.body["query"].as_str().expect("a query");
    let variables = &asked.body["variables"];
    assert_eq!(variables["owner"], "acme");
    let after = &variables["after"];
    if !acme.open {
        let what = if query.contains("membersWithRole") {
            "membersWithRole"
        } else {
            "teams"
        };
        return Told::json(json!({
            "data": { "organization": null },
            "errors": [{
                "type": "FORBIDDEN",
                "path": ["organization", what],
                "message": "Resource not accessible by integration",
            }],
        }));
    }
    let logins = |members: &[&str]| -> Vec<Value> {
        members
            .iter()
            .map(|login| json!({ "login": login }))
            .collect()
    };
    let organization = if query.contains("membersWithRole(first: 100") {
        let email = variables["email"]
            .as_bool()
            .expect("whether to tell addresses");
        let people = acme.people.iter().map(|person| {
            let mut row = json!({
                "login": person.login,
                "name": (!person.name.is_empty()).then_some(person.name),
                "bio": null,
                "avatarUrl": format!("https://avatars.example/{}", person.login),
            });
            if email {
                row["email"] = person.email.into();
            }
            row
        });
        let people: Vec<Value> = people.collect();
        json!({ "membersWithRole": connection(&people, after, acme.most) })
    } else if query.contains("teams(first: 25") {
        let teams = acme.teams.iter().map(|team| {
            let slug = format!("acme/{}", team.slug);
            json!({
                "slug": team.slug,
                "combinedSlug": slug,
                "name": team.title,
                "description": null,
                "avatarUrl": null,
                "editTeamUrl": format!("https://github.acme.example/orgs/acme/teams/{}/edit", team.slug),
                "parentTeam": team.parent.map(|slug| json!({ "slug": slug })),
                "members": connection(&logins(&team.members), &Value::Null, acme.most),
            })
        });
        let teams: Vec<Value> = teams.collect();
        json!({ "teams": connection(&teams, after, acme.most) })
    } else {
        assert!(query.contains("team(slug: $team)"), "{query}");
        let team = acme
            .teams
            .iter()
            .find(|team| variables["team"] == team.slug);
        let members = logins(&team.expect("a team of ours").members);
        json!({ "team": { "members": connection(&members, after, acme.most) } })
    };
    Told::json(json!({ "data": { "organization": organization } }))
}
