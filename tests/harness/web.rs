//! A client of the bot's web server that hides nothing: what is sent is what the test says.

use std::fmt::{self, Write as _};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use aws_lc_rs::hmac;

use super::PATIENCE;

/// The server, by its address.
#[derive(Debug, Clone, Copy)]
pub struct Web {
    address: SocketAddr,
}

/// One connection, which stays open from request to request.
pub struct Line {
    stream: BufReader<TcpStream>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The headers, in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Web {
    /// The server that listens here.
    pub fn at(address: SocketAddr) -> Self {
        Self { address }
    }

    /// The server that a program says it serves: `… serves http://127.0.0.1:8080 (…)`.
    pub fn told(said: &str) -> Self {
        let (_, rest) = said.split_once("http://").expect("an address is told");
        let address = rest.split([' ', '/']).next().unwrap_or_default();
        Self::at(address.parse().expect("an address"))
    }

    /// Asks for a page.
    pub fn get(&self, path: &str) -> Page {
        self.ask("GET", path, &[], b"")
    }

    /// Sends something.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Page {
        self.ask("POST", path, headers, body)
    }

    /// One request on a connection of its own.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Page {
        let asked = self.line().ask(method, path, headers, body);
        asked.expect("an answer")
    }

    /// Opens a connection.
    pub fn line(&self) -> Line {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Line {
            stream: BufReader::new(stream),
        }
    }
}

impl Line {
    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Sends a request and reads the answer.
    pub fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Page> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: callboard\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            // Writing to a text cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        self.send(head.as_bytes())?;
        // A server that refuses early may not read the rest.
        let sent = self.send(body);
        self.read().or_else(|error| sent.and(Err(error)))
    }

    /// Reads an answer.
    pub fn read(&mut self) -> io::Result<Page> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = head.to_lowercase();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Page {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            head,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

/// The HMAC-SHA256 of a body, in hexadecimal digits.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    tag.as_ref()
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// A webhook of GitHub, signed.
pub fn github(web: Web, secret: &str, event: &str, delivery: &str, body: &str) -> Page {
    let signature = format!("sha256={}", signature(secret, body.as_bytes()));
    let headers = [
        ("x-github-event", event),
        ("x-github-delivery", delivery),
        ("x-hub-signature-256", &signature),
        ("content-type", "application/json"),
    ];
    web.post("/webhooks/github", &headers, body.as_bytes())
}

/// The status and the words.
impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body.trim_end())
    }
}
