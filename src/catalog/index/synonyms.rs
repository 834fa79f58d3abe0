//! What people call things: kinds, words that say nothing, usual abbreviations.

/// The kinds in the order in which an entity is preferred when nothing else tells.
const KINDS: [&str; 8] = [
    "component",
    "system",
    "api",
    "resource",
    "domain",
    "template",
    "group",
    "user",
];

/// Words for a kind that people put before or after a name.
const KIND_WORDS: &[(&str, &str)] = &[
    ("component", "component"),
    ("components", "component"),
    ("system", "system"),
    ("systems", "system"),
    ("api", "api"),
    ("apis", "api"),
    ("resource", "resource"),
    ("resources", "resource"),
    ("domain", "domain"),
    ("domains", "domain"),
    ("template", "template"),
    ("templates", "template"),
    ("group", "group"),
    ("groups", "group"),
    ("team", "group"),
    ("teams", "group"),
    ("squad", "group"),
    ("crew", "group"),
    ("department", "group"),
    ("dept", "group"),
    ("user", "user"),
    ("users", "user"),
    ("person", "user"),
    ("people", "user"),
    ("location", "location"),
];

/// Words for what most components are; they say little when they are not part of the name.
const GENERIC: &[&str] = &[
    "service",
    "services",
    "svc",
    "app",
    "application",
    "repo",
    "repository",
    "project",
    "microservice",
    "software",
    "platform",
    "code",
    "codebase",
];

/// Words that belong to the sentence and not to the name.
const FILLERS: &[&str] = &[
    "the", "a", "an", "our", "my", "your", "this", "that", "of", "for", "please", "thing",
    "thingy", "stuff", "called", "named", "is", "who", "whose", "owns",
];

/// Abbreviations and the beginnings of what they stand for; a long form also stands for its neighbours.
const ABBREVIATIONS: &[(&str, &[&str])] = &[
    ("svc", &["service", "services"]),
    ("srv", &["service", "server"]),
    ("gw", &["gateway", "gateways"]),
    ("db", &["database", "databases"]),
    ("cfg", &["config", "configuration"]),
    ("conf", &["config", "configuration"]),
    (
        "auth",
        &["authentication", "authorization", "authorisation", "oauth"],
    ),
    ("authn", &["authentication"]),
    ("authz", &["authorization", "authorisation"]),
    ("notif", &["notification", "notifications", "notifier"]),
    ("notifs", &["notifications"]),
    ("msg", &["message", "messages", "messaging"]),
    ("msgs", &["messages"]),
    ("mgmt", &["management"]),
    ("mgr", &["manager"]),
    ("acct", &["account", "accounts"]),
    ("acc", &["account", "accounts"]),
    ("txn", &["transaction", "transactions"]),
    ("tx", &["transaction", "transactions"]),
    ("pmt", &["payment", "payments"]),
    ("pymt", &["payment", "payments"]),
    ("recs", &["recommendations"]),
    ("rec", &["recommendation", "recommendations"]),
    ("inv", &["inventory", "invoice", "invoicing"]),
    ("cust", &["customer", "customers"]),
    ("usr", &["user", "users"]),
    ("env", &["environment"]),
    ("infra", &["infrastructure"]),
    ("k8s", &["kubernetes"]),
    ("obs", &["observability"]),
    ("mon", &["monitor", "monitoring"]),
    ("proc", &["processor", "processing"]),
    ("orch", &["orchestrator", "orchestration"]),
    ("exp", &["experiment", "experiments", "experimentation"]),
    ("admin", &["administration"]),
    ("repo", &["repository"]),
    ("doc", &["document", "documents", "documentation"]),
    ("docs", &["documentation", "documents"]),
    ("dev", &["developer", "development"]),
    ("ops", &["operations"]),
    ("sec", &["security"]),
    ("perf", &["performance"]),
    ("stats", &["statistics"]),
    ("img", &["image", "images"]),
    ("pkg", &["package", "packages"]),
    ("lib", &["library"]),
    ("ui", &["frontend"]),
    ("fe", &["frontend"]),
    ("be", &["backend"]),
    ("int", &["internal", "integration"]),
    ("org", &["organisation", "organization"]),
    ("prod", &["product", "production"]),
    ("ref", &["reference"]),
    ("sched", &["scheduler", "scheduling"]),
    ("sub", &["subscription", "subscriptions"]),
    ("subs", &["subscriptions"]),
    ("calc", &["calculator"]),
    ("ctrl", &["controller"]),
    ("q", &["queue"]),
    ("mq", &["queue"]),
    ("wh", &["warehouse"]),
    ("onb", &["onboarding"]),
    ("mkt", &["marketing"]),
    ("mktg", &["marketing"]),
    ("ml", &["machinelearning"]),
];

/// Where a kind stands in the order of preference; lower is better.
pub(super) fn kind_rank(kind: &str) -> u8 {
    let at = KINDS
        .iter()
        .position(|known| *known == kind)
        .unwrap_or(KINDS.len());
    u8::try_from(at).unwrap_or(u8::MAX)
}

/// The kind that a word stands for, in lower case.
pub(super) fn kind_of_word(word: &str) -> Option<&'static str> {
    KIND_WORDS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, kind)| *kind)
}

/// Whether a word says only that something is a piece of software.
pub(super) fn is_generic(word: &str) -> bool {
    GENERIC.contains(&word)
}

/// Whether a word belongs to the sentence around a name.
pub(super) fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word)
}

/// The words that a typed word usually abbreviates or that abbreviate it.
pub(super) fn synonyms(word: &str) -> impl Iterator<Item = &'static str> {
    ABBREVIATIONS.iter().flat_map(move |(short, long)| {
        let from_short: &[&str] = if *short == word { long } else { &[] };
        let from_long = long.contains(&word).then_some(*short);
        from_short.iter().copied().chain(from_long)
    })
}

/// The singular of a plural and the plurals of a singular, as far as English is regular.
pub(super) fn other_numbers(word: &str) -> Vec<String> {
    let mut others = Vec::with_capacity(3);
    if let Some(stem) = word.strip_suffix("ies") {
        others.push(format!("{stem}y"));
    }
    if let Some(stem) = word.strip_suffix("es") {
        others.push(stem.to_owned());
    }
    if let Some(stem) = word.strip_suffix('s') {
        others.push(stem.to_owned());
    }
    if let Some(stem) = word.strip_suffix('y') {
        others.push(format!("{stem}ies"));
    }
    others.push(format!("{word}s"));
    others.push(format!("{word}es"));
    others.retain(|other| other.chars().count() >= 3);
    others
}

/// A word with one umlaut the other way: `uebersicht` for `ubersicht` and back, as names are spelled without the letter.
pub(super) fn other_spellings(word: &str) -> Vec<String> {
    let mut others = Vec::new();
    let after = |at: usize| word.as_bytes().get(at + 1);
    for (at, letter) in word.char_indices() {
        if matches!(letter, 'a' | 'o' | 'u') {
            let (before, rest) = word.split_at(at + 1);
            others.push(match after(at) {
                Some(b'e') => format!("{before}{}", &rest[1..]),
                _ => format!("{before}e{rest}"),
            });
        }
    }
    others
}

/// Whether `short` writes `long` with its beginning and later consonants in their order, like `gw` for `gateway` and `resv` for
/// `reservation`.
pub(super) fn is_skeleton(short: &[char], long: &[char]) -> bool {
    let begin = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    if begin == 0 {
        return false;
    }
    let mut letters = long[begin..].iter();
    short[begin..].iter().all(|letter| {
        !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u') && letters.any(|other| other == letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_work_both_ways() {
        assert!(synonyms("svc").any(|word| word == "service"));
        assert!(synonyms("authentication").any(|word| word == "auth"));
        assert_eq!(synonyms("zebra").count(), 0);
    }

    #[test]
    fn numbers_and_skeletons() {
        assert!(other_numbers("categories").contains(&"category".to_owned()));
        assert!(other_numbers("payment").contains(&"payments".to_owned()));
        let skeleton = |short: &str, long: &str| {
            is_skeleton(
                &short.chars().collect::<Vec<_>>(),
                &long.chars().collect::<Vec<_>>(),
            )
        };
        assert!(skeleton("gw", "gateway") && skeleton("chk", "checkout"));
        assert!(skeleton("resv", "reservation") && skeleton("mon", "monitor"));
        assert!(
            !skeleton("foo", "fraudoo")
                && !skeleton("wg", "gateway")
                && !skeleton("rsve", "reservation")
        );
    }

    #[test]
    fn kinds_have_an_order() {
        assert!(
            kind_rank("component") < kind_rank("api") && kind_rank("user") < kind_rank("location")
        );
        assert_eq!(kind_of_word("team"), Some("group"));
    }
}
