//! Locations that point into other repositories: followed where the host is one of the sources', each repository fetched
//! once, with the credentials of its host, and let go of when nothing leads there any longer.

use super::{component, configured, location, run, who_owns};
use crate::harness::forge::{ForgeServer, Kind, Repo};
use crate::harness::git_http::{PASSWORD, USER};
use crate::harness::many::{self, CountedGit};
use crate::harness::{GitHttp, Program, Repository};

/// A source behind the server's password; `more` is the rest of the configuration.
fn program(server: &GitHttp, name: &str, more: &str) -> Program {
    let source = format!(
        "[[sources]]\nname = \"catalog\"\ngit = \"{}\"\nusername = \"{USER}\"\npassword = \"env:CATALOG_TOKEN\"\n{more}",
        server.url(name)
    );
    configured(&source).env("CATALOG_TOKEN", PASSWORD)
}

/// Scheme, host and port of the server.
fn root(server: &GitHttp) -> String {
    server.url("").trim_end_matches("/.git").to_owned()
}

/// The page of a file on the server, in Forgejo's form.
fn page(server: &GitHttp, repository: &str, path: &str) -> String {
    let url = server.url(repository);
    let url = url.trim_end_matches(".git");
    format!("{url}/src/branch/main/{path}")
}

/// What the program says, without commits: the addresses in the descriptors have a port that is another every time.
fn text(program: &Program, arguments: &[&str]) -> String {
    let ended = run(program, arguments);
    let text = crate::harness::normal(&format!("{}{}", ended.stdout, ended.stderr));
    let words = text.split(' ').map(|word| {
        let commit = word.trim_end_matches([':', ',']);
        let is_commit = commit.len() == 8 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_commit {
            word.replace(commit, "…")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn a_location_leads_into_other_repositories_of_the_host() {
    let server = GitHttp::start();
    let catalog = Repository::new()
        .file(
            "catalog-info.yaml",
            [
                location(
                    "all",
                    &format!(
                        "targets:\n  - {}\n  - {}\n  - {}",
                        page(&server, "acme/payments", "catalog-info.yaml"),
                        page(&server, "acme/payments", "docs/*/*.yaml"),
                        page(&server, "acme/orders", "more.yaml"),
                    ),
                ),
                component("ledger", "till"),
            ]
            .join("---\n"),
        )
        .commit("first");
    let payments = Repository::named("payments")
        .file("catalog-info.yaml", component("payments", "till"))
        .file("docs/a/api.yaml", component("payments-api", "till"))
        .file("nobody/catalog-info.yaml", component("unasked", "till"))
        .commit("first");
    // It leads back, and on.
    let orders = Repository::named("orders")
        .file(
            "more.yaml",
            [
                component("orders", "counter"),
                location(
                    "back",
                    &format!(
                        "targets: [{}, {}]",
                        page(&server, "acme/catalog", "catalog-info.yaml"),
                        page(&server, "acme/shipping", "catalog-info.yaml")
                    ),
                ),
            ]
            .join("---\n"),
        )
        .commit("first");
    let shipping = Repository::of(&component("shipping", "counter"));
    server.publish("acme/catalog", &catalog);
    server.publish("acme/payments", &payments);
    server.publish("acme/orders", &orders);
    server.publish("acme/shipping", &shipping);
    let program = program(&server, "acme/catalog", "");
    insta::assert_snapshot!(text(&program, &["sync"]), @"
    catalog at …: 2 entities in 1 file, 1 parsed again; 2 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/orders at …: 2 entities in 1 file, 1 parsed again; 2 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/payments at …: 2 entities in 2 files, 2 parsed again; 2 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/shipping at …: 1 entity in 1 file, 1 parsed again; 1 added, 0 changed, 0 removed; 0 problems; ? ms
    ");
    insta::assert_snapshot!(who_owns(&program, "payments-api"), @"payments-api (component:default/payments-api) belongs to till.");
    insta::assert_snapshot!(who_owns(&program, "shipping"), @"shipping (component:default/shipping) belongs to counter.");
    insta::assert_snapshot!(who_owns(&program, "unasked"), @"I know no entity like unasked. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(text(&program, &["exec", "--", "status"]).replace(&root(&server), "SERVER"), @"
    Callboard 0.1.0 knows 7 entities: Component 5, Location 2.

    • catalog (SERVER/acme/catalog.git): 2 entities in 1 file at …, committed 10 months ago, read just now
      It leads to 3 repositories with 5 entities.

    No file has a problem.
    ");

    // Each repository was asked for its branches once, and for what was wanted once.
    let requests = server.requests();
    let asked = requests
        .lines()
        .filter(|line| line.contains("/acme/payments.git/info/refs"));
    assert!(asked.count() <= 2, "{requests}");

    // What nothing would lead to any longer counts as dropped, and is held back if it is much.
    let orders = orders
        .file("more.yaml", component("orders", "counter"))
        .commit("second");
    server.publish("acme/orders", &orders);
    insta::assert_snapshot!(text(&program, &["sync"]), @r#"
    catalog at …: 2 entities in 1 file, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/orders at …: 2 entities in 1 file, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      held back: … would drop 2 of 3 entities; take it with `callboard sync --accept`
    acme/payments at …: 2 entities in 2 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/shipping at …: 1 entity in 1 file, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    WARN a sync is held back because it would drop too much source="acme/orders" dropped=2 of=3
    "#);
    assert!(kept_copy(&program, "shipping"));
    // Taken, it goes with its copy.
    insta::assert_snapshot!(text(&program, &["sync", "--accept"]), @"
    catalog at …: 2 entities in 1 file, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/orders at …: 1 entity in 1 file, 1 parsed again; 0 added, 0 changed, 1 removed; 0 problems; ? ms
    acme/payments at …: 2 entities in 2 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    ");
    insta::assert_snapshot!(who_owns(&program, "shipping"), @"I know no entity like shipping. Try another word, or search with a part of its name.");
    assert!(!kept_copy(&program, "shipping"));
}

fn kept_copy(program: &Program, name: &str) -> bool {
    let mirrors = std::fs::read_dir(program.data().join("git")).expect("mirrors");
    mirrors
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().contains(name))
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn what_cannot_be_followed_is_told_where_it_is_written() {
    let (server, stranger) = (GitHttp::start(), GitHttp::start());
    let targets = [
        page(&server, "acme/payments", "missing.yaml"),
        page(&server, "acme/nowhere", "catalog-info.yaml"),
        page(&stranger, "acme/secret", "catalog-info.yaml"),
        "https://169.254.169.254/acme/secret/blob/main/catalog-info.yaml".to_owned(),
        "file:///etc/passwd".to_owned(),
        "../../etc/passwd".to_owned(),
    ];
    let catalog = Repository::new()
        .file(
            "catalog-info.yaml",
            [
                location("all", &format!("targets:\n  - {}", targets.join("\n  - "))),
                location(
                    "optional",
                    &format!(
                        "presence: optional\ntarget: {}",
                        page(&server, "acme/payments", "perhaps/*.yaml")
                    ),
                ),
            ]
            .join("---\n"),
        )
        .commit("first");
    server.publish("acme/catalog", &catalog);
    server.publish(
        "acme/payments",
        &Repository::of(&component("payments", "till")),
    );
    stranger.publish("acme/secret", &Repository::of(&component("secret", "till")));
    let program = program(&server, "acme/catalog", "");
    let masked = |text: String| {
        text.replace(&root(&server), "SERVER")
            .replace(&root(&stranger), "STRANGER")
    };
    insta::assert_snapshot!(masked(text(&program, &["sync"])), @r#"
    catalog at …: 2 entities in 1 file, 1 parsed again; 2 added, 0 changed, 0 removed; 4 problems; ? ms
      catalog-info.yaml:1:1: warning[location-elsewhere]: This Location points to "STRANGER/acme/secret/src/branch/main/catalog-info.yaml", and STRANGER is no host of a source, so it is not read; an operator may allow the host by `locations.allow`, or add the repository as a source.
      catalog-info.yaml:1:1: warning[location-elsewhere]: This Location points to "https://169.254.169.254/acme/secret/blob/main/catalog-info.yaml", and https://169.254.169.254 is no host of a source, so it is not read; an operator may allow the host by `locations.allow`, or add the repository as a source.
      catalog-info.yaml:1:1: warning[location-elsewhere]: This Location points to "file:///etc/passwd", which is neither a path in this repository nor the page of a file on GitHub, GitLab or Forgejo, and it is not read; name the file's page.
      catalog-info.yaml:1:1: error[location-target]: This Location points to "../../etc/passwd", and there is no such YAML file; correct the path, or write `presence: optional`.
    acme/nowhere: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: git says: repository 'SERVER/acme/nowhere.git/' not found
    acme/payments at …: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 1 problem; ? ms
      .:1:1: error[location-target]: location:default/all in catalog-info.yaml of catalog points to "missing.yaml" in this repository, and there is no such YAML file; correct it there, or write `presence: optional`.
    WARN a source cannot be read source="acme/nowhere" reason="git says: repository 'SERVER/acme/nowhere.git/' not found"
    "#);
    assert_eq!(stranger.requests(), "", "nobody asked the stranger");

    // A host that is allowed is asked, but gets the credentials of no other.
    let allowed = format!("\n[locations]\nallow = [\"{}\"]\n", root(&stranger));
    let program = self::program(&server, "acme/catalog", &allowed);
    let told = masked(text(&program, &["sync"]));
    let refused = told.lines().find(|line| line.contains("refused access"));
    insta::assert_snapshot!(refused.unwrap_or(&told), @"  cannot be read: the remote refused access: it wants a user name and password that it knows; check `username` and `password` of this source");
    let requests = stranger.requests();
    assert!(
        requests.contains(" 401 ") && !requests.contains(USER),
        "{requests}"
    );
}

/// A source whose Location points to a page of `acme/shop`, and an organisation that lists what it is told to.
fn pointed_and_listed(git: &GitHttp, forge: &ForgeServer, branch: &str) -> Program {
    forge.server.serves_git(git);
    let address = forge.server.url();
    let page = format!("{address}/acme/shop/blob/{branch}/more/offers.yaml");
    let catalog = Repository::of(&location("shop", &format!("target: {page}")));
    git.publish("acme/catalog", &catalog);
    configured(&format!(
        "[[sources]]\nname = \"catalog\"\ngit = \"{address}/acme/catalog.git\"\nusername = \"x-access-token\"\n\
         password = \"file:{}\"\n[[sources]]\n{}",
        forge.path("token").display(),
        forge.configuration("teams = false\n")
    ))
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn a_listing_takes_over_a_repository_that_a_location_led_to() {
    let (git, forge) = (GitHttp::start(), ForgeServer::start(Kind::GitHub));
    let program = pointed_and_listed(&git, &forge, "HEAD");
    let shop = Repository::named("shop")
        .file("catalog-info.yaml", component("checkout", "till"))
        .file("more/offers.yaml", component("offers", "till"))
        .commit("first");
    git.publish("acme/shop", &shop);
    let told = || forge.normal(&text(&program, &["sync"]));
    // Only what is pointed to is read.
    insta::assert_snapshot!(told(), @"
    catalog at …: 1 entity in 1 file, 1 parsed again; 1 added, 0 changed, 0 removed; 0 problems; ? ms
    acme: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/shop at …: 1 entity in 1 file, 1 parsed again; 1 added, 0 changed, 0 removed; 0 problems; ? ms
    ");
    // Now its other descriptors are looked for as well, and what is pointed to stays.
    forge.acme().repositories = vec![Repo::named("shop")];
    insta::assert_snapshot!(told(), @"
    catalog at …: 1 entity in 1 file, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    acme: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/shop at …: 2 entities in 2 files, 1 parsed again; 1 added, 0 changed, 0 removed; 0 problems; ? ms
    ");
    insta::assert_snapshot!(who_owns(&program, "checkout"), @"checkout (component:default/checkout) belongs to till.");
    insta::assert_snapshot!(who_owns(&program, "offers"), @"offers (component:default/offers) belongs to till.");

    // While the listing says that nothing was pushed, it is not asked.
    let asked = || git.requests().matches("/acme/shop.git/").count();
    let before = asked();
    told();
    assert_eq!(asked(), before, "{}", git.requests());
    let shop = shop
        .file("catalog-info.yaml", component("checkout", "vault"))
        .commit("second");
    git.publish("acme/shop", &shop);
    forge.acme().repositories[0].pushed = "2026-01-02T12:00:00Z".to_owned();
    told();
    insta::assert_snapshot!(who_owns(&program, "checkout"), @"checkout (component:default/checkout) belongs to vault.");

    // What is listed no longer is still pointed to.
    forge.acme().repositories.clear();
    text(&program, &["sync"]);
    insta::assert_snapshot!(forge.normal(&text(&program, &["sync", "--accept"])), @"
    catalog at …: 1 entity in 1 file, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    acme: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/shop at …: 1 entity in 1 file, 0 parsed again; 0 added, 0 changed, 1 removed; 0 problems; ? ms
    ");
    insta::assert_snapshot!(who_owns(&program, "offers"), @"offers (component:default/offers) belongs to till.");
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn the_first_sync_has_all_of_what_is_pointed_to_and_listed() {
    // Whichever of them names the repository first, and by the name of its branch or without.
    for branch in ["HEAD", "main"] {
        let (git, forge) = (GitHttp::start(), ForgeServer::start(Kind::GitHub));
        let program = pointed_and_listed(&git, &forge, branch);
        let shop = Repository::named("shop")
            .file("catalog-info.yaml", component("checkout", "till"))
            .file("more/offers.yaml", component("offers", "till"))
            .commit("first");
        git.publish("acme/shop", &shop);
        forge.acme().repositories = vec![Repo::named("shop")];
        text(&program, &["sync"]);
        let owners = ["checkout", "offers"].map(|name| who_owns(&program, name));
        assert_eq!(
            owners,
            [
                "checkout (component:default/checkout) belongs to till.",
                "offers (component:default/offers) belongs to till."
            ],
            "{branch}"
        );
        let status = text(&program, &["exec", "--", "status"]);
        let led = status.lines().find(|line| line.contains("It leads to"));
        assert_eq!(led, Some("  It leads to 1 repository with 2 entities."));
        assert!(status.contains("No file has a problem."), "{status}");
    }
}

/// A line without how long ago something was.
fn without_age(line: &str) -> String {
    let Some((before, rest)) = line.split_once("first ") else {
        return line.to_owned();
    };
    let (_, after) = rest.split_once(": ").unwrap_or_default();
    format!("{before}first …: {after}")
}

/// So many repositories are pointed to, of which a tenth cannot be read.
const MANY: usize = 200;

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn of_many_repositories_few_are_read_at_once_and_those_that_fail_hold_up_nobody() {
    let server = GitHttp::start();
    let mut targets = vec!["targets:".to_owned()];
    let mut repositories: Vec<(String, String)> = Vec::new();
    for number in 0..MANY {
        let name = format!("acme/service-{number:03}");
        targets.push(page(&server, &name, "catalog-info.yaml"));
        let descriptor = component(&format!("service-{number:03}"), "till");
        match number {
            // Nothing was ever pushed there.
            _ if number % 100 == 7 => repositories.push((name, String::new())),
            _ if number % 10 == 7 => {}
            _ => repositories.push((name, descriptor)),
        }
    }
    let all = location("all", &targets.join("\n  - "));
    repositories.push(("acme/catalog".to_owned(), all));
    many::publish(&server, &repositories);
    let program = program(&server, "acme/catalog", "");
    let git = CountedGit::in_folder(program.home().join("bin"));
    let program = program.env("PATH", &git.path());
    let masked = |text: String| text.replace(&root(&server), "SERVER");
    // Very many failures are a few lines, with the reasons that there are.
    let told = masked(text(&program, &["sync"]));
    let (log, told): (Vec<&str>, Vec<&str>) =
        told.lines().partition(|line| line.starts_with("WARN"));
    insta::assert_snapshot!(told.join("\n"), @r#"
    catalog at …: 1 entity in 1 file, 1 parsed again; 1 added, 0 changed, 0 removed; 0 problems; ? ms
    acme/service-017: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: git says: repository 'SERVER/acme/service-017.git/' not found
      the same is true of acme/service-027, acme/service-037, acme/service-047 and 14 more, which `--format json` names
    acme/service-007: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: the remote has no branch "main"; correct `branch` of this source, or push the branch
      the same is true of acme/service-107
    … and 180 repositories that they lead to, in which all is well: 180 entities
    "#);
    assert_eq!(log.len(), 11, "{log:?}");
    let more = MANY / 10 - 10;
    let last = format!("WARN more repositories cannot be read; `status` says why more={more}");
    assert_eq!(log.last(), Some(&&*last));
    // Two runs for each that can be read: its tree and its file; one for the others.
    let (runs, at_once) = git.counts();
    assert_eq!(runs, 2 * (MANY + 1) - MANY / 10);
    assert!((2..=6).contains(&at_once), "{at_once} at once");
    insta::assert_snapshot!(who_owns(&program, "service-199"), @"service-199 (component:default/service-199) belongs to till.");
    let status = masked(text(&program, &["exec", "--", "status"]));
    let about = status.lines().filter(|line| line.starts_with("  "));
    insta::assert_snapshot!(about.map(without_age).collect::<Vec<_>>().join("\n"), @r#"
    It leads to 200 repositories with 180 entities; 20 cannot be read.
    ⚠ acme/service-017 cannot be read, first …: git says: repository 'SERVER/acme/service-017.git/' not found. The same is true of acme/service-027, acme/service-037, acme/service-047 and 14 more.
    ⚠ acme/service-007 cannot be read, first …: the remote has no branch "main"; correct `branch` of this source, or push the branch. The same is true of acme/service-107.
    "#);
}
