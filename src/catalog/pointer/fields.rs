//! Fields of logs and alerts: `service=payments`, `"service": "payments"`, `Service: Payments`.

/// What a field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// The name of something that runs or is known: a service, a workload, a repository.
    Name,
    /// The name of a team.
    Team,
    /// A namespace of Kubernetes.
    Namespace,
    /// The name of a logger, which is a package.
    Logger,
}

/// A field of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'t> {
    /// What it says.
    pub says: Says,
    /// How much it proves.
    pub weight: u8,
    /// Its value.
    pub value: &'t str,
}

/// No key is longer, in bytes.
const LONGEST_KEY: usize = 48;
/// No value is longer, in bytes.
const LONGEST_VALUE: usize = 160;

/// The fields of a line that may name an owner, in their order.
pub(super) fn fields(line: &str) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    for (at, mark) in line.match_indices(['=', ':']) {
        let Some((says, weight)) = key(&line[..at]) else {
            continue;
        };
        // Only at the beginning of a line does a colon introduce words.
        let alone = mark == ":" && says_alone(&line[..at]);
        if let Some(value) = value(&line[at + 1..], alone) {
            found.push(Field {
                says,
                weight,
                value,
            });
        }
    }
    found
}

/// What the key at the end of this text says.
fn key(before: &str) -> Option<(Says, u8)> {
    let before = before.trim_end_matches(' ');
    let before = before
        .strip_suffix('"')
        .or_else(|| before.strip_suffix('\''))
        .unwrap_or(before);
    let before = before.trim_end_matches('*');
    let start = before
        .char_indices()
        .rev()
        .take_while(|(at, letter)| {
            before.len() - at <= LONGEST_KEY
                && (letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/'))
        })
        .last()
        .map(|(at, _)| at)?;
    let key = before[start..]
        .to_ascii_lowercase()
        .replace(['.', '-', '/'], "_");
    let key = key
        .trim_start_matches("kubernetes_")
        .trim_start_matches("k8s_")
        .trim_start_matches("labels_")
        .trim_start_matches("label_")
        .trim_start_matches("resource_");
    Some(match key {
        "service"
        | "service_name"
        | "svc"
        | "microservice"
        | "component"
        | "app"
        | "app_name"
        | "application"
        | "application_name"
        | "app_kubernetes_io_name"
        | "app_kubernetes_io_instance"
        | "k8s_app"
        | "k8s_service" => (Says::Name, 100),
        "deployment" | "deployment_name" | "statefulset" | "statefulset_name" | "daemonset"
        | "daemonset_name" | "workload" | "cronjob" | "cronjob_name" | "container"
        | "container_name" | "pod" | "pod_name" => (Says::Name, 95),
        "repository" | "repo" | "project" | "project_name" | "repository_name" => (Says::Name, 90),
        "host" | "hostname" | "instance" | "server" | "target" | "job" | "job_name" | "source"
        | "upstream" | "peer_service" | "module" | "package" | "program" | "queue" | "topic"
        | "database" | "cluster" => (Says::Name, 65),
        "team" | "owner" | "squad" | "owning_team" => (Says::Team, 85),
        "namespace" | "namespace_name" => (Says::Namespace, 30),
        "logger" | "logger_name" | "logger_class" => (Says::Logger, 75),
        _ => return None,
    })
}

/// Whether nothing but the key stands on the line so far, a list's mark and emphasis aside.
fn says_alone(before: &str) -> bool {
    if before.len() > 2 * LONGEST_KEY {
        return false;
    }
    let before = before.trim_start_matches([' ', '-', '*', '•', '>', '│']);
    !before.contains(['"', '\'', '{', '=', ',']) && before.split_whitespace().count() == 1
}

fn value(rest: &str, alone: bool) -> Option<&str> {
    let rest = rest.trim_start_matches([' ', '*', '~', '=']);
    let end = rest.floor_char_boundary(LONGEST_VALUE);
    let rest = &rest[..end];
    if let Some(mark) = rest
        .chars()
        .next()
        .filter(|mark| matches!(mark, '"' | '\'' | '`'))
    {
        let inside = &rest[1..];
        // JSON within JSON escapes its marks.
        let end = inside.find(mark)?;
        return Some(inside[..end].trim_end_matches('\\')).filter(|value| !value.is_empty());
    }
    let rest = rest.strip_prefix("\\\"").unwrap_or(rest);
    let ends = |letter: char| {
        matches!(letter, ',' | ';' | '}' | ']' | ')' | '"' | '\\' | '|' | '<')
            || !alone && letter.is_whitespace()
    };
    let end = rest.find(ends).unwrap_or(rest.len());
    Some(rest[..end].trim()).filter(|value| !value.is_empty())
}
