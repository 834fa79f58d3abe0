//! A plain folder as a source.

use std::fs;
use std::os::unix::fs::symlink;

use callboard::config::SourceConfig;
use tempfile::TempDir;

use super::{again, component, holdings};
use crate::harness::TestBot;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        &folder,
        "payments/catalog-info.yaml",
        &component("payments", "till"),
    );
    write(
        &folder,
        "orders/catalog-info.yml",
        &component("orders", "counter"),
    );
    folder
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
}

fn source(folder: &TempDir) -> SourceConfig {
    let mut source = SourceConfig::of(&folder.path().to_string_lossy()).expect("a source");
    "plain".clone_into(&mut source.name);
    source
}

#[tokio::test]
async fn a_folder_is_read_as_it_lies_there() {
    let folder = folder();
    let bot = TestBot::with().source(source(&folder)).start().await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/orders in plain/orders/catalog-info.yml
    component:default/payments in plain/payments/catalog-info.yaml
    ");
    insta::assert_snapshot!(again(&bot).await, @"2 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    write(
        &folder,
        "payments/catalog-info.yaml",
        &component("payments", "vault"),
    );
    insta::assert_snapshot!(again(&bot).await, @"2 files, 1 parsed; 0 added, 1 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(bot.says("who-owns payments").await, @"
    payments (component:default/payments) belongs to vault.

    ⚠ The group group:default/vault is not in the catalog, so I cannot say how to reach them.

    From payments/catalog-info.yaml:8 in plain, read just now.

    [1] What else they own → owns group:default/vault
    ");
    fs::rename(folder.path().join("orders"), folder.path().join("counter")).expect("moved");
    insta::assert_snapshot!(again(&bot).await, @"2 files, 1 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/orders in plain/counter/catalog-info.yml
    component:default/payments in plain/payments/catalog-info.yaml
    ");
}

#[tokio::test]
async fn what_is_no_plain_file_is_left_alone() {
    let folder = folder();
    for skipped in ["vendor/.git", "node_modules/left-pad", "target"] {
        write(
            &folder,
            &format!("{skipped}/catalog-info.yaml"),
            &component("skipped", "nobody"),
        );
    }
    fs::create_dir(folder.path().join("linked")).expect("a folder");
    symlink(
        "../payments/catalog-info.yaml",
        folder.path().join("linked/catalog-info.yaml"),
    )
    .expect("a link");
    symlink("/etc", folder.path().join("etc")).expect("a link");
    symlink("..", folder.path().join("round")).expect("a link");
    fs::create_dir(folder.path().join("pipe")).expect("a folder");
    let pipe = folder.path().join("pipe/catalog-info.yaml");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .expect("a pipe");
    let bot = TestBot::with().source(source(&folder)).start().await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/orders in plain/orders/catalog-info.yml
    component:default/payments in plain/payments/catalog-info.yaml
    ⚠ plain/linked/catalog-info.yaml:1:1: warning[symbolic-link]: This is a symbolic link, and links are not followed; put the descriptor itself here.
    ⚠ plain/pipe/catalog-info.yaml:1:1: error[unreadable]: The file cannot be read: it is not a regular file.
    ");
}

#[tokio::test]
async fn a_folder_that_is_gone_keeps_its_entities() {
    let folder = folder();
    let bot = TestBot::with().source(source(&folder)).start().await;
    let elsewhere = folder.path().with_extension("gone");
    fs::rename(folder.path(), &elsewhere).expect("moved");
    insta::assert_snapshot!(again(&bot).await, @"2 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; the folder ⌂/ cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/orders in plain/orders/catalog-info.yml
    component:default/payments in plain/payments/catalog-info.yaml
    ");
    fs::rename(&elsewhere, folder.path()).expect("moved back");
    insta::assert_snapshot!(again(&bot).await, @"2 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
}
