//! What people type, and what they get.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json, value::to_raw_value};

use super::*;

fn entity(kind: &str, namespace: &str, name: &str, more: &Value) -> Arc<Entity> {
    let mut document = json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "annotations": {}},
        "spec": {"owner": "group:default/platform"}
    });
    for part in ["metadata", "spec"] {
        if let Some(fields) = more.get(part).and_then(Value::as_object) {
            for (key, value) in fields {
                document[part][key] = value.clone();
            }
        }
    }
    let raw = to_raw_value(&document).expect("JSON");
    Arc::new(Entity::from_document(&raw, 1, None, None).expect("an entity"))
}

/// A small organisation.
fn catalog() -> Vec<Arc<Entity>> {
    let plain = json!({});
    let mut entities = vec![
        entity(
            "Component",
            "default",
            "payments",
            &json!({
            "metadata": {"annotations": {"github.com/project-slug": "acme/payments", "callboard/aliases": "moneybag, Cash Cow"},
                "tags": ["kotlin", "pci"]},
            "spec": {"type": "service", "lifecycle": "production", "owner": "payments-team"}}),
        ),
        entity(
            "Component",
            "default",
            "payments-gateway",
            &json!({"metadata": {"title": "Payments Gateway"}}),
        ),
        entity(
            "Component",
            "default",
            "payments_gateway",
            &json!({"spec": {"lifecycle": "deprecated"}}),
        ),
        entity(
            "Component",
            "default",
            "checkout-fraud-scoring-worker",
            &json!({
            "metadata": {"annotations": {"github.com/project-slug": "acme/Fraud-Model"}, "tags": ["python"]}}),
        ),
        entity("Component", "default", "auth-service", &plain),
        entity("Component", "default", "ledger-importer", &plain),
        entity(
            "Component",
            "default",
            "wallet-exporter",
            &json!({"spec": {"owner": "group:default/wallet"}}),
        ),
        entity(
            "Component",
            "default",
            "wallet-importer",
            &json!({"spec": {"owner": "group:default/other"}}),
        ),
        entity(
            "Component",
            "default",
            "muenchen-shop",
            &json!({"metadata": {"title": "Shop für München"}}),
        ),
        entity("Component", "default", "OrderHistory", &plain),
        entity("Component", "default", "search-v2", &plain),
        entity("API", "default", "payments", &plain),
        entity("API", "default", "ledger-api", &plain),
        entity("API", "default", "billing", &plain),
        entity(
            "System",
            "default",
            "billing",
            &json!({"metadata": {"title": "Billing Platform"}}),
        ),
        entity("Component", "shop", "basket", &plain),
        entity("Component", "travel", "basket", &plain),
        entity("Group", "default", "payments-team", &plain),
        entity("Group", "default", "wallet", &plain),
        entity(
            "User",
            "default",
            "ana.lopez",
            &json!({"spec": {"profile": {"displayName": "Ana López"}}}),
        ),
        entity("Gadget", "default", "thermostat", &plain),
    ];
    entities.sort_by(|left, right| left.reference.cmp(&right.reference));
    entities
}

fn told(entities: &[Arc<Entity>], found: &Found) -> String {
    let names: Vec<String> = found
        .matches()
        .iter()
        .map(|found| {
            format!(
                "{} ({})",
                entities[found.position as usize].reference,
                found.why.words()
            )
        })
        .collect();
    let word = match found {
        Found::Sure(_) => "sure",
        Found::Unsure(_) => "unsure",
        Found::Nothing(_) => "nothing",
    };
    format!("{word}: {}", names.join(", "))
}

fn ask(typed: &str) -> String {
    ask_for(typed, &[])
}

fn ask_for(typed: &str, kinds: &[&str]) -> String {
    let entities = catalog();
    let asking = Asking {
        kinds,
        ..Asking::default()
    };
    told(
        &entities,
        &Index::build(&entities).find(&entities, typed, &asking),
    )
}

fn sure(typed: &str) -> String {
    let told = ask(typed);
    let reference = told
        .strip_prefix("sure: ")
        .and_then(|rest| rest.split_once(" ("));
    reference.map_or_else(
        || format!("{typed}: {told}"),
        |(reference, _)| reference.to_owned(),
    )
}

#[test]
fn a_reference_names_one_entity() {
    insta::assert_snapshot!(ask("component:default/payments"), @"sure: component:default/payments (exact reference)");
    insta::assert_snapshot!(ask("API:Payments"), @"sure: api:default/payments (exact reference)");
    insta::assert_snapshot!(ask("team payments-team"), @"sure: group:default/payments-team (exact reference)");
    insta::assert_snapshot!(ask("payments api"), @"sure: api:default/payments (exact reference)");
    insta::assert_snapshot!(ask("travel/basket"), @"sure: component:travel/basket (exact reference)");
    insta::assert_snapshot!(ask("gadget:thermostat"), @"sure: gadget:default/thermostat (exact reference)");
}

#[test]
fn the_exact_name_wins_and_its_namesakes_are_known() {
    insta::assert_snapshot!(ask("payments"), @"sure: component:default/payments (exact name)");
    insta::assert_snapshot!(ask("Payments?"), @"sure: component:default/payments (exact name)");
    insta::assert_snapshot!(ask("billing"), @"sure: system:default/billing (exact name)");
    insta::assert_snapshot!(ask("payments_gateway"), @"sure: component:default/payments_gateway (exact name)");
    let entities = catalog();
    let index = Index::build(&entities);
    let Found::Sure(found) = index.find(&entities, "payments", &Asking::default()) else {
        panic!("a name that is there is sure");
    };
    let others = index.namesakes(&entities, found.position);
    let others: Vec<&str> = others
        .iter()
        .map(|other| entities[*other as usize].reference.as_str())
        .collect();
    assert_eq!(others, ["api:default/payments"]);
}

#[test]
fn separators_and_case_are_forgiven_but_two_readings_are_asked_about() {
    insta::assert_snapshot!(ask("payments gateway"), @"unsure: component:default/payments-gateway (exact name), component:default/payments_gateway (exact name)");
    assert_eq!(sure("order history"), "component:default/orderhistory");
    assert_eq!(sure("ORDER_HISTORY"), "component:default/orderhistory");
    assert_eq!(sure("walletexporter"), "component:default/wallet-exporter");
}

#[test]
fn titles_aliases_and_repositories_lead_to_their_entity() {
    insta::assert_snapshot!(ask("billing platform"), @"sure: system:default/billing (exact title)");
    insta::assert_snapshot!(ask("Ana Lopez"), @"sure: user:default/ana.lopez (exact name)");
    insta::assert_snapshot!(ask("cash cow"), @"sure: component:default/payments (another name of it)");
    insta::assert_snapshot!(ask("acme/fraud-model"), @"sure: component:default/checkout-fraud-scoring-worker (another name of it)");
    insta::assert_snapshot!(ask("fraud-model"), @"sure: component:default/checkout-fraud-scoring-worker (another name of it)");
    insta::assert_snapshot!(ask("https://forge.example.com/acme/fraud-model.git"), @"sure: component:default/checkout-fraud-scoring-worker (another name of it)");
}

#[test]
fn an_organisation_that_does_not_fit_is_not_overlooked() {
    insta::assert_snapshot!(ask("other/fraud-model"), @"nothing: component:default/checkout-fraud-scoring-worker (its name begins so)");
    insta::assert_snapshot!(ask("acme/paymnets"), @"sure: component:default/payments (spelled nearly like it)");
}

#[test]
fn slips_of_the_finger_are_forgiven() {
    for typed in [
        "paymnets",
        "paymments",
        "payents",
        "checkout-fraud-scorng-worker",
        "chekcout fraud scoring worker",
    ] {
        assert!(
            ask(typed).starts_with("sure: component:default/"),
            "{typed}: {}",
            ask(typed)
        );
    }
    assert_eq!(
        sure("chekcoutfraudscoringworker"),
        "component:default/checkout-fraud-scoring-worker"
    );
    assert_eq!(sure("thermosatt"), "gadget:default/thermostat");
    assert_eq!(sure("ledger-improter"), "component:default/ledger-importer");
}

#[test]
fn a_word_that_exists_is_no_slip_of_another() {
    insta::assert_snapshot!(ask("ledger-exporter"), @"nothing: component:default/ledger-importer (its name begins so), api:default/ledger-api (its name begins so), component:default/wallet-exporter (has these words)");
    insta::assert_snapshot!(ask("search-v3"), @"nothing: component:default/search-v2 (its name begins so)");
}

#[test]
fn words_come_in_part_and_in_any_order() {
    assert_eq!(
        sure("fraud scoring"),
        "component:default/checkout-fraud-scoring-worker"
    );
    assert_eq!(
        sure("worker checkout fraud"),
        "component:default/checkout-fraud-scoring-worker"
    );
    assert_eq!(sure("importer ledger"), "component:default/ledger-importer");
    assert_eq!(sure("thermo"), "gadget:default/thermostat");
    assert_eq!(
        sure("checkout frauds"),
        "component:default/checkout-fraud-scoring-worker"
    );
}

#[test]
fn the_sentence_around_a_name_and_what_it_is_do_not_matter() {
    assert_eq!(
        sure("the ledger importer service"),
        "component:default/ledger-importer"
    );
    assert_eq!(sure("our wallet team"), "group:default/wallet");
    assert_eq!(sure("the payments team"), "group:default/payments-team");
    assert_eq!(sure("wallet team please"), "group:default/wallet");
}

#[test]
fn abbreviations_and_initials_are_understood() {
    assert_eq!(sure("auth svc"), "component:default/auth-service");
    assert_eq!(sure("authsvc"), "component:default/auth-service");
    assert_eq!(
        sure("cfsw"),
        "component:default/checkout-fraud-scoring-worker"
    );
    // Two letters, or another word of the same stem, are worth a question and no answer.
    insta::assert_snapshot!(ask("lx"), @"nothing:");
    insta::assert_snapshot!(ask("li"), @"unsure: component:default/ledger-importer (initials or abbreviation), api:default/ledger-api (next to it in the alphabet)");
    insta::assert_snapshot!(ask("wallet exportation"), @"unsure: component:default/wallet-exporter (has these words), component:default/wallet-importer (next to it in the alphabet)");
    insta::assert_snapshot!(ask("pgw"), @"unsure: component:default/payments-gateway (initials or abbreviation), component:default/payments_gateway (initials or abbreviation)");
}

#[test]
fn letters_of_other_languages_are_folded() {
    assert_eq!(sure("münchen shop"), "component:default/muenchen-shop");
    assert_eq!(sure("shop fur munchen"), "component:default/muenchen-shop");
    assert_eq!(sure("pâyménts"), "component:default/payments");
}

#[test]
fn what_is_not_there_is_not_answered() {
    for typed in [
        "kafka",
        "weather-forecast",
        "zorblax service",
        "payments-teleporter",
        "xq",
        "🔥",
        "",
        "   ",
        "::",
        "/",
        "-",
    ] {
        assert!(
            ask(typed).starts_with("nothing: "),
            "{typed}: {}",
            ask(typed)
        );
    }
    insta::assert_snapshot!(ask("kafka"), @"nothing: ");
}

#[test]
fn the_same_name_in_two_namespaces_is_asked_about() {
    insta::assert_snapshot!(ask("basket"), @"unsure: component:shop/basket (exact name), component:travel/basket (exact name)");
}

#[test]
fn the_wanted_kinds_decide() {
    insta::assert_snapshot!(ask_for("payments", &["api"]), @"sure: api:default/payments (exact name)");
    insta::assert_snapshot!(ask_for("payments", &["group", "user"]), @"sure: group:default/payments-team (its name begins so)");
    insta::assert_snapshot!(ask_for("component:payments", &["group"]), @"nothing: ");
}

#[test]
fn what_is_near_the_asker_comes_first() {
    let entities = catalog();
    let index = Index::build(&entities);
    let first = |team: &'static str| {
        let near = move |owner: &EntityRef| owner.name() == team;
        let asking = Asking {
            kinds: &["component"],
            near: &near,
        };
        let found = index.find(&entities, "wallet", &asking);
        entities[found.matches()[0].position as usize]
            .name
            .to_string()
    };
    assert_eq!(first("wallet"), "wallet-exporter");
    assert_eq!(first("other"), "wallet-importer");
}

#[test]
fn a_search_wants_every_word_and_puts_the_exact_name_first() {
    let entities = catalog();
    let index = Index::build(&entities);
    let search = |words: &str| {
        let found = index.search(&entities, words, &Asking::default(), 4);
        found
            .iter()
            .map(|found| entities[found.position as usize].reference.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    insta::assert_snapshot!(search("payments"), @"component:default/payments api:default/payments component:default/payments-gateway group:default/payments-team");
    insta::assert_snapshot!(search("kotlin payments"), @"component:default/payments");
    insta::assert_snapshot!(search("porter"), @"component:default/ledger-importer component:default/wallet-exporter component:default/wallet-importer");
    insta::assert_snapshot!(search("improter wallet"), @"component:default/wallet-importer");
    insta::assert_snapshot!(search("wallet ledger"), @"");
}

#[test]
fn completion_gives_names_that_begin_so_and_then_later_words() {
    let entities = catalog();
    let index = Index::build(&entities);
    assert_eq!(
        index.complete(&entities, "payments-", &[], 9),
        ["payments-gateway", "payments-team"]
    );
    assert_eq!(index.complete(&entities, "Order", &[], 9), ["OrderHistory"]);
    assert_eq!(
        index.complete(&entities, "import", &[], 9),
        ["ledger-importer", "wallet-importer"]
    );
    assert_eq!(index.complete(&entities, "", &[], 3).len(), 3);
}

#[test]
fn an_empty_catalog_and_a_strange_slice_hold() {
    let empty = Index::build(&[]);
    assert_eq!(
        empty.find(&[], "payments", &Asking::default()),
        Found::Nothing(Vec::new())
    );
    assert_eq!(
        empty.find(&catalog(), "payments", &Asking::default()),
        Found::Nothing(Vec::new())
    );
    assert!(
        empty
            .search(&[], "payments", &Asking::default(), 5)
            .is_empty()
    );
    assert!(empty.complete(&[], "p", &[], 5).is_empty());
    assert!(empty.namesakes(&[], 7).is_empty());
}

#[test]
fn a_pasted_text_is_cut() {
    for text in [
        "payments ".repeat(20_000),
        "x".repeat(100_000),
        "ä".repeat(100_000),
        "a/".repeat(50_000),
    ] {
        ask(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn anything_may_be_typed(typed in "\\PC{0,60}|[a-z:/ ._-]{0,40}|[a-z]{1,3}|(payments|team|gateway|api|[-/: _]){1,6}") {
        let entities = catalog();
        let index = Index::build(&entities);
        let found = index.find(&entities, &typed, &Asking::default());
        let distinct: BTreeSet<u32> = found.matches().iter().map(|found| found.position).collect();
        prop_assert_eq!(distinct.len(), found.matches().len());
        match found {
            Found::Sure(_) => {}
            Found::Unsure(matches) => prop_assert!((2..=5).contains(&matches.len())),
            Found::Nothing(matches) => prop_assert!(matches.len() <= 3),
        }
        index.search(&entities, &typed, &Asking::default(), 5);
        index.complete(&entities, &typed, &[], 5);
    }

    #[test]
    fn every_name_finds_itself_or_a_namesake(names in proptest::collection::btree_set("[A-Za-z0-9]{1,6}([-_.][A-Za-z0-9]{1,6}){0,3}", 1..12)) {
        let mut entities: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(place, name)| entity(["Component", "API", "Group"][place % 3], "default", name, &json!({})))
            .collect();
        entities.sort_by(|left, right| left.reference.cmp(&right.reference));
        entities.dedup_by(|left, right| left.reference == right.reference);
        let index = Index::build(&entities);
        for entity in &entities {
            let found = index.find(&entities, &entity.name, &Asking::default());
            let Found::Sure(found) = found else {
                return Err(TestCaseError::fail(format!("{}: {}", entity.name, told(&entities, &found))));
            };
            prop_assert_eq!(entities[found.position as usize].reference.name(), entity.reference.name());
        }
    }
}
