//! `callboard serve`: it answers at once, is ready in time, and stops in order.

use std::net::{Ipv4Addr, TcpListener};

use rustix::process::Signal;

use crate::faults::payments;
use crate::harness::web::Web;
use crate::harness::{Program, Repository, Running, eventually};
use crate::sources::{configured, run, who_owns};

/// A program that serves on a port of its own and reads this repository.
fn serving(repository: &Repository) -> Program {
    configured(&format!(
        "[web]\nlisten = \"127.0.0.1:0\"\n{}",
        crate::faults::source(&repository.path().to_string_lossy())
    ))
}

#[test]
fn with_nothing_to_serve_it_says_what_to_write() {
    insta::assert_snapshot!(Program::new().run(["serve"]), @r#"
    [stderr] callboard: there is nothing to serve: write a table [slack] or [matrix] into callboard.toml, or `listen = "127.0.0.1:8080"` under [web] for the web server; `callboard chat` is the chat in the terminal
    [exit 2]
    "#);
}

#[test]
fn it_is_alive_and_ready_until_it_is_told_to_stop() {
    let repository = payments("till");
    let program = serving(&repository);
    let running = Running::start(program.command(["serve"]));
    let said = running.says(")\n");
    let web = Web::told(&said);
    insta::assert_snapshot!(said.replace(&port(&said), "PORT"), @"Callboard serves http://127.0.0.1:PORT (/live, /ready, /metrics)");
    insta::assert_snapshot!(web.get("/live"), @"200 alive");
    eventually("it is ready", || web.get("/ready").status == 200);
    insta::assert_snapshot!(web.get("/ready"), @"200 ready");
    insta::assert_snapshot!(web.get("/"), @"404 there is nothing here");
    insta::assert_snapshot!(web.post("/live", &[], b"x"), @"405 ");
    running.signal(Signal::TERM);
    let ended = running.end();
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    // It kept the catalog in step.
    repository.vanish();
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to till."
    );
}

fn port(said: &str) -> String {
    let (_, rest) = said.split_once("127.0.0.1:").expect("an address");
    rest.chars().take_while(char::is_ascii_digit).collect()
}

/// Starts the program so that it stays in the fetch of its sync for ever.
fn held(program: &Program) -> (Running, Web) {
    let mut command = program.command(["serve"]);
    command.env("CALLBOARD_HOLD", "fetch");
    let running = Running::start(command);
    let web = Web::told(&running.says(")\n"));
    running.complains("holding in fetch");
    (running, web)
}

#[test]
fn it_is_ready_when_there_is_something_to_answer_from() {
    let repository = payments("till");
    let program = serving(&repository);
    {
        let (running, web) = held(&program);
        insta::assert_snapshot!(web.get("/live"), @"200 alive");
        insta::assert_snapshot!(web.get("/ready"), @"503 not ready yet: waiting for the catalog");
        running.signal_group(Signal::KILL);
        running.end();
    }
    assert_eq!(run(&program, &["sync"]).code, Some(0));
    // The next start answers before any network.
    let (_running, web) = held(&program);
    eventually("it is ready", || web.get("/ready").status == 200);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let program = configured(&format!("[web]\nlisten = \"127.0.0.1:{port}\"\n"));
    let told = run(&program, &["serve"]).to_string();
    insta::assert_snapshot!(told.replace(&port.to_string(), "PORT"), @"
    [stderr] callboard: 127.0.0.1:PORT cannot be listened on; choose another `listen` in [web]: Address already in use (os error 98)
    [exit 2]
    ");
    for listen in ["9000", "localhost:9000"] {
        let program = configured(&format!("[web]\nlisten = \"{listen}\"\n"));
        let told = run(&program, &["serve"]).to_string();
        insta::allow_duplicates! {
            insta::assert_snapshot!(told.replace(listen, "LISTEN"), @r#"
            [stderr] callboard: the `listen` of [web] must be an address with a port like "127.0.0.1:8080" or "[::]:8080", not "LISTEN"
            [exit 2]
            "#);
        }
    }
}
