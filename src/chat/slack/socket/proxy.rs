//! The way out through a proxy, where the environment names one, as for everything else that the bot asks for.

use std::error::Error;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::net::TcpStream;
use tower_service::Service as _;
use url::Url;

/// A connection to the host of a WebSocket's address, through the proxy that the environment names for it, like
/// `HTTPS_PROXY`; `None` where it names none, or leaves the host out by `NO_PROXY`. An error tells nothing of the address.
pub async fn tunnel(proxies: &Matcher, address: &Url) -> Option<Result<TcpStream, String>> {
    let scheme = match address.scheme() {
        "wss" => "https",
        _ => "http",
    };
    let (host, port) = (address.host_str()?, address.port_or_known_default()?);
    let place = format!("{scheme}://{host}:{port}/").parse().ok()?;
    let proxy = proxies.intercept(&place)?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let mut tunnel = Tunnel::new(proxy.uri().clone(), connector);
    if let Some(login) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(login.clone());
    }
    let connected = tunnel.call(place).await;
    Some(match connected {
        Ok(stream) => Ok(stream.into_inner()),
        Err(error) => {
            let why = error
                .source()
                .map_or_else(|| error.to_string(), ToString::to_string);
            Err(format!("no connection through the proxy: {why}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A proxy that hears one request, answers it like this, and whatever is said then by `hello`; gives the request.
    async fn through(answer: &str, address: &str) -> (Option<Result<String, String>>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let answer = format!("HTTP/1.1 {answer}\r\n\r\n");
        let proxy = async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                heard.push(stream.read_u8().await.expect("a request"));
            }
            stream.write_all(answer.as_bytes()).await.expect("heard");
            // Whoever was refused says no more.
            if stream.read_u8().await.is_ok() {
                stream.write_all(b"hello").await.expect("heard");
            }
            String::from_utf8(heard).expect("text")
        };
        let proxies = Matcher::builder()
            .https(format!("http://ana:s3cret@127.0.0.1:{port}"))
            .no("inside.example")
            .build();
        let address = Url::parse(address).expect("an address");
        let asking = async {
            match tunnel(&proxies, &address).await? {
                Ok(mut stream) => {
                    stream.write_all(b"?").await.expect("heard");
                    let mut said = String::new();
                    stream.read_to_string(&mut said).await.expect("a word");
                    Some(Ok(said))
                }
                Err(error) => Some(Err(error)),
            }
        };
        let proxy = tokio::spawn(proxy);
        let said = asking.await;
        let heard = match &said {
            Some(_) => proxy.await.expect("heard"),
            None => String::new(),
        };
        (said, heard)
    }

    #[tokio::test]
    async fn a_host_is_reached_through_the_proxy_with_its_login() {
        let (said, heard) = through("200 OK", "wss://wss.slack.example/link/?ticket=t1cket").await;
        assert_eq!(said, Some(Ok("hello".to_owned())));
        assert!(
            heard.starts_with("CONNECT wss.slack.example:443 HTTP/1.1\r\n"),
            "{heard}"
        );
        let login = "Proxy-Authorization: Basic YW5hOnMzY3JldA==";
        assert!(heard.contains(login), "{heard}");
        assert!(!heard.contains("t1cket"), "{heard}");
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_is_told_of_without_the_address() {
        let (said, _) = through("407 No", "wss://wss.slack.example/link/?ticket=t1cket").await;
        let told = said.expect("a proxy").expect_err("refused");
        assert!(
            told.starts_with("no connection through the proxy: "),
            "{told}"
        );
        assert!(!told.contains("t1cket") && !told.contains("s3cret"));
    }

    #[tokio::test]
    async fn what_is_left_out_is_reached_directly() {
        assert_eq!(through("200 OK", "wss://inside.example/").await.0, None);
    }
}
