//! `--source`.

use super::GOOD;
use crate::harness::{Program, Repository};

#[test]
fn a_repository_or_a_folder_takes_the_place_of_the_configured_sources() {
    let repository = Repository::of(GOOD);
    let program = Program::new().file(
        "plain/catalog-info.yaml",
        &GOOD.replace("name: pay", "name: plain"),
    );
    let path = repository.path();
    let (repository, folder) = (path.to_string_lossy(), program.home().join("plain"));
    let folder = folder.to_string_lossy();
    insta::assert_snapshot!(program.run(["exec", "--source", &repository, "--", "who-owns pay"]), @"
    pay (component:default/pay) belongs to team-a.

    Members: eva.

    Line last changed long ago by Ana (80d2221e).
    From catalog-info.yaml:14 in catalog at 80d2221e, read just now.

    - What else they own: owns group:default/team-a
    ");
    insta::assert_snapshot!(program.run(["--source", &folder, "exec", "--", "who-owns plain"]), @"
    plain (component:default/plain) belongs to team-a.

    Members: eva.

    From catalog-info.yaml:14 in plain, read just now.

    - What else they own: owns group:default/team-a
    ");
    insta::assert_snapshot!(program.run(["exec", "--source", &folder, "--source", &repository, "--", "search service"]), @"
    2 entities for service:

    • pay (component:default/pay), owned by team-a
    • plain (component:default/plain), owned by team-a

    From catalog, read just now; plain, read just now.

    - pay: show component:default/pay
    - plain: show component:default/plain
    ");
    insta::assert_snapshot!(program.run(["exec", "--source", "/nowhere/at/all", "--", "who-owns pay"]), @r#"
    [stderr] WARN a source cannot be read source="all" reason="git says: '/nowhere/at/all' does not appear to be a git repository"
    callboard: the source all cannot be read: git says: '/nowhere/at/all' does not appear to be a git repository
    callboard: there is nothing to answer from: no source could be read
    [exit 2]
    "#);
}
