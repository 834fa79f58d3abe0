//! A made-up organisation of any size, as a git repository: the same size gives the same bytes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

const DOMAINS: [&str; 24] = [
    "payments",
    "ledger",
    "checkout",
    "billing",
    "identity",
    "accounts",
    "fraud",
    "pricing",
    "catalog",
    "search",
    "inventory",
    "shipping",
    "returns",
    "orders",
    "notifications",
    "support",
    "loyalty",
    "analytics",
    "ingestion",
    "observability",
    "gateway",
    "storefront",
    "treasury",
    "compliance",
];
const NOUNS: [&str; 20] = [
    "gateway",
    "processor",
    "engine",
    "scorer",
    "router",
    "scheduler",
    "indexer",
    "exporter",
    "importer",
    "validator",
    "dispatcher",
    "resolver",
    "tracker",
    "monitor",
    "planner",
    "publisher",
    "archiver",
    "renderer",
    "adapter",
    "cache",
];
const QUALITIES: [&str; 12] = [
    "core", "legacy", "internal", "public", "eu", "us", "apac", "global", "realtime", "batch",
    "mobile", "partner",
];
const FIRST: [&str; 16] = [
    "ana", "ben", "carla", "dele", "emeka", "fatima", "goran", "hana", "ines", "jonas", "kenji",
    "lena", "mateo", "nadia", "omar", "priya",
];
const LAST: [&str; 16] = [
    "adeyemi", "berg", "chen", "diaz", "eriksson", "ferrari", "gupta", "haddad", "ito", "jansen",
    "kowalska", "larsen", "moreau", "novak", "okafor", "silva",
];

/// What was made.
pub struct Organisation {
    /// The names of the components.
    pub components: Vec<String>,
    /// How many entities there are.
    pub entities: usize,
}

/// Writes an organisation of `count` components and commits it. One entity per file: `count` components, a quarter
/// as many APIs and users, a twentieth as many groups and resources, a twenty-fifth as many systems; and a Location.
pub fn make(count: usize, folder: &Path) -> Organisation {
    let mut files: Vec<(String, String)> = Vec::new();
    let teams: Vec<String> = (0..(count / 20).max(2))
        .map(|n| format!("{}-team-{n}", DOMAINS[n % DOMAINS.len()]))
        .collect();
    let team = |n: usize| &teams[(n * 7 + 3) % teams.len()];
    for (n, name) in teams.iter().enumerate() {
        let parent = if n == 0 {
            String::new()
        } else {
            format!("  parent: {}\n", teams[0])
        };
        let spec = format!(
            "  type: team\n  profile:\n    displayName: {}\n    email: {name}@acme.example\n{parent}  children: []\n",
            title(name)
        );
        let more = format!(
            "  annotations:\n    slack.com/channel: \"#{name}\"\n  links:\n    - url: https://wiki.acme.example/teams/{name}\n      title: Team page\n"
        );
        files.push(entity("Group", name, &more, &spec));
    }
    for n in 0..count / 4 {
        let (first, last) = (FIRST[n % FIRST.len()], LAST[n / FIRST.len() % LAST.len()]);
        let name = format!("{first}.{last}.{n}");
        let spec = format!(
            "  profile:\n    displayName: {} {}\n    email: {name}@acme.example\n  memberOf: [{}]\n",
            title(first),
            title(last),
            team(n)
        );
        files.push(entity("User", &name, "", &spec));
    }
    let systems: Vec<String> = (0..(count / 25).max(1))
        .map(|n| format!("{}-platform-{n}", DOMAINS[n % DOMAINS.len()]))
        .collect();
    for (n, name) in systems.iter().enumerate() {
        files.push(entity(
            "System",
            name,
            &described(name),
            &format!("  owner: {}\n", team(n)),
        ));
    }
    let system = |n: usize| &systems[(n * 5 + 1) % systems.len()];
    let apis: Vec<String> = (0..count / 4)
        .map(|n| {
            format!(
                "{}-{}-api-{n}",
                DOMAINS[n % DOMAINS.len()],
                NOUNS[n % NOUNS.len()]
            )
        })
        .collect();
    for (n, name) in apis.iter().enumerate() {
        let spec = format!(
            "  type: openapi\n  lifecycle: production\n  owner: {}\n  system: {}\n  definition: |\n    openapi: \"3.0.0\"\n    info: {{version: 1.0.0, title: {name}}}\n    paths:\n      /items/{{id}}:\n        get: {{summary: Get one, responses: {{\"200\": {{description: ok}}}}}}\n        put: {{summary: Replace one, responses: {{\"200\": {{description: ok}}}}}}\n      /items:\n        get: {{summary: List, responses: {{\"200\": {{description: ok}}}}}}\n",
            team(n),
            system(n)
        );
        files.push(entity("API", name, &described(name), &spec));
    }
    for n in 0..count / 20 {
        let name = format!("{}-db-{n}", DOMAINS[n % DOMAINS.len()]);
        files.push(entity(
            "Resource",
            &name,
            "",
            &format!(
                "  type: database\n  owner: {}\n  system: {}\n",
                team(n),
                system(n)
            ),
        ));
    }
    let mut components = Vec::with_capacity(count);
    for n in 0..count {
        let (domain, noun, quality) = (
            DOMAINS[n % DOMAINS.len()],
            NOUNS[n / DOMAINS.len() % NOUNS.len()],
            QUALITIES[n / 480 % QUALITIES.len()],
        );
        let name = match n / 5760 {
            0 => format!("{domain}-{quality}-{noun}"),
            more => format!("{domain}-{quality}-{noun}-v{}", more + 1),
        };
        let more = format!(
            "{}  labels:\n    tier: \"{}\"\n  annotations:\n    github.com/project-slug: acme/{name}\n    backstage.io/techdocs-ref: dir:.\n  tags: [{domain}, rust]\n  links:\n    - url: https://runbooks.acme.example/{name}\n      title: Runbook\n    - url: https://grafana.acme.example/d/{name}\n      title: Dashboard\n",
            described(&name),
            n % 4 + 1
        );
        let mut spec = format!(
            "  type: service\n  lifecycle: production\n  owner: group:default/{}\n  system: {}\n",
            team(n),
            system(n)
        );
        if n % 2 == 0 && !apis.is_empty() {
            let _ = writeln!(
                spec,
                "  consumesApis: [{}, {}]",
                apis[n * 3 % apis.len()],
                apis[(n * 5 + 1) % apis.len()]
            );
        }
        if n % 3 == 0 && n > 0 {
            let _ = writeln!(spec, "  dependsOn: [component:{}]", components[n / 2]);
        }
        files.push(entity("Component", &name, &more, &spec));
        components.push(name);
    }
    let entities = files.len() + 1;
    let mut location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: root\nspec:\n  targets:\n".to_owned();
    for (number, (path, text)) in files.iter().enumerate() {
        // A descriptor has at most 5 MiB.
        if number < 50_000 {
            let _ = writeln!(location, "    - ./{path}");
        }
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("the folder is made");
        fs::write(path, text).expect("the file is written");
    }
    fs::write(folder.join("catalog-info.yaml"), location).expect("the file is written");
    git(folder, &["init", "--quiet", "--initial-branch=main"]);
    commit(folder, "The organisation");
    Organisation {
        components,
        entities,
    }
}

/// Commits everything in the folder.
pub fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "-m", message]);
}

/// Runs git without the user's settings.
pub fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args([
            "-c",
            "user.name=Bench",
            "-c",
            "user.email=bench@acme.example",
            "-c",
            "gc.auto=0",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .status()
        .expect("git runs");
    assert!(status.success(), "git {arguments:?} failed");
}

fn entity(kind: &str, name: &str, metadata: &str, spec: &str) -> (String, String) {
    let path = format!("{}s/{name}/catalog-info.yaml", kind.to_lowercase());
    let text = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\n{metadata}spec:\n{spec}"
    );
    (path, text)
}

fn described(name: &str) -> String {
    format!(
        "  title: {}\n  description: {} for everybody who needs it\n",
        title(name),
        title(name)
    )
}

fn title(name: &str) -> String {
    let mut title = String::new();
    for word in name.split(['-', '.']) {
        let (head, tail) = word.split_at(word.len().min(1));
        title = format!("{title} {}{tail}", head.to_uppercase());
    }
    title.trim().to_owned()
}
