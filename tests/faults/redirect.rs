//! Remotes that send us elsewhere: the credentials are for the remote alone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use crate::harness::Program;
use crate::harness::git_http::{PASSWORD, USER};
use crate::sources::{configured, run};

/// A server that answers each request with what a function makes of its head, and keeps the heads.
struct Answering {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Answering {
    fn start(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let kept = heads.clone();
        // It ends with the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let head = head(&stream);
                let bytes = answer(&head);
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(head);
                let _ = (&stream).write_all(&bytes);
            }
        });
        Self { port, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn head(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
    head
}

fn told(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A line as git's protocol frames it.
fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// What a server of git says first.
fn advertisement() -> Vec<u8> {
    let body = [
        line("# service=git-upload-pack\n"),
        "0000".to_owned(),
        line("version 2\n"),
        line("agent=git/2\n"),
        line("ls-refs\n"),
        line("fetch=shallow\n"),
        "0000".to_owned(),
    ]
    .concat();
    let form = "content-type: application/x-git-upload-pack-advertisement\r\n";
    told("200 OK", form, &body)
}

/// A program that reads the remote's catalog with a password.
fn program(remote: &Answering) -> Program {
    configured(&format!(
        "{}username = \"{USER}\"\npassword = \"env:TOKEN\"\n",
        super::source(&format!("http://127.0.0.1:{}/catalog.git", remote.port))
    ))
    .env("TOKEN", PASSWORD)
}

/// A remote that sends every request to this address.
fn sending(status: &'static str, to: &str) -> Answering {
    let to = format!("location: {to}\r\n");
    Answering::start(move |_| told(status, &to, ""))
}

#[test]
fn nobody_else_gets_the_credentials() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
    ] {
        let thief = Answering::start(|head| {
            if head.starts_with("GET ") {
                advertisement()
            } else {
                told("404 Not Found", "", "")
            }
        });
        let place = "stolen.git/info/refs?service=git-upload-pack";
        let remote = sending(status, &format!("http://127.0.0.1:{}/{place}", thief.port));
        let ended = run(&program(&remote), &["sync"]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ended, @r#"
            catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
              cannot be read: the remote sends us to another address, and credentials are not sent along; a browser shows where it is now: write that address, with `.git` at its end, into `git` of this source, or into what leads to it
            [stderr] WARN a source cannot be read source="catalog" reason="the remote sends us to another address, and credentials are not sent along; a browser shows where it is now: write that address, with `.git` at its end, into `git` of this source, or into what leads to it"
            [exit 1]
            "#);
        }
        let asked = remote.heads().concat().to_lowercase();
        assert!(asked.contains("authorization: basic "), "{asked}");
        assert_eq!(thief.heads(), [""; 0]);
    }
}

#[test]
fn without_credentials_it_goes_where_it_is_sent() {
    let there = Answering::start(|head| {
        if head.starts_with("GET ") {
            advertisement()
        } else {
            told("404 Not Found", "", "")
        }
    });
    let place = "moved.git/info/refs?service=git-upload-pack";
    let remote = sending(
        "301 Moved Permanently",
        &format!("http://127.0.0.1:{}/{place}", there.port),
    );
    let url = format!("http://127.0.0.1:{}/catalog.git", remote.port);
    run(&configured(&super::source(&url)), &["sync"]);
    let asked = there.heads().concat();
    assert!(asked.contains("POST /moved.git/git-upload-pack"), "{asked}");
}
