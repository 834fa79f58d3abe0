//! Socket Mode: the connections, what is said on them, and how they end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::Shared;
use super::state::{Order, Socket};
use super::workspace::APP;

/// Between two pings.
const PINGS: Duration = Duration::from_millis(500);

/// As many connections as an app may have.
const MOST: usize = 10;

/// Takes connections for as long as it is polled.
pub async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(connection(shared.clone(), stream));
    }
}

#[allow(clippy::result_large_err)] // the library's own type
async fn connection(shared: Arc<Shared>, stream: TcpStream) {
    let opens = |request: &Request, response: Response| {
        let query = request.uri().query().unwrap_or_default();
        let ticket =
            url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ticket");
        let ticket = ticket
            .map(|(_, ticket)| ticket.into_owned())
            .unwrap_or_default();
        let mut state = shared.lock();
        if request.uri().path() == "/link/" && state.tickets.remove(&ticket) {
            return Ok(response);
        }
        state.complain("a socket was opened with a ticket that is not good (any more)");
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = axum::http::StatusCode::NOT_FOUND;
        Err(refusal)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, opens).await else {
        return;
    };
    let (orders, mut told) = mpsc::unbounded_channel();
    let (id, count) = {
        let mut state = shared.lock();
        let id = state.number();
        state.sockets.push(Socket {
            id,
            orders,
            open: false,
        });
        (id, state.sockets.len())
    };
    if count > MOST {
        let refusal = json!({ "type": "disconnect", "reason": "too_many_websockets", "debug_info": { "host": "stand-in" } });
        let _ = socket.send(Message::text(refusal.to_string())).await;
        let _ = socket.close(None).await;
        ended(&shared, id);
        return;
    }
    let hello = json!({
        "type": "hello",
        "num_connections": count,
        "debug_info": { "host": "stand-in", "build_number": 1, "approximate_connection_time": 18060 },
        "connection_info": { "app_id": APP },
    });
    let greeted = socket.send(Message::text(hello.to_string())).await;
    if greeted.is_ok() {
        if let Some(socket) = shared
            .lock()
            .sockets
            .iter_mut()
            .find(|socket| socket.id == id)
        {
            socket.open = true;
        }
        shared.news();
        let mut pings = tokio::time::interval(PINGS);
        loop {
            // Whoever is silent does not answer pings either.
            let silent = shared.lock().silent;
            tokio::select! {
                order = told.recv() => match order {
                    Some(Order::Send(text)) => {
                        if socket.send(Message::text(text)).await.is_err() {
                            break;
                        }
                    }
                    Some(Order::Close) | None => {
                        let _ = socket.close(None).await;
                        break;
                    }
                    Some(Order::Cut) => break,
                },
                frame = socket.next(), if !silent => match frame {
                    Some(Ok(Message::Text(text))) => heard(&shared, id, &text),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(other)) => shared.lock().complain(format!("not a text on the socket: {other:?}")),
                },
                _ = pings.tick() => {
                    if !silent && socket.send(Message::Ping("Ping from stand-in".into())).await.is_err() {
                        break;
                    }
                }
            }
        }
    }
    ended(&shared, id);
}

/// The connection is gone: whatever was not acknowledged on it goes elsewhere.
fn ended(shared: &Shared, id: u64) {
    let mut state = shared.lock();
    state.sockets.retain(|socket| socket.id != id);
    for envelope in state.envelopes.values_mut() {
        if envelope.socket == id {
            envelope.waiting = None;
        }
    }
    drop(state);
    shared.news();
}

/// An acknowledgement, which is all that an app says on a socket.
fn heard(shared: &Shared, socket: u64, text: &str) {
    let mut state = shared.lock();
    let Ok(Value::Object(said)) = serde_json::from_str::<Value>(text) else {
        return state.complain(format!("not a JSON object on the socket: {text}"));
    };
    let strange = said
        .keys()
        .find(|key| *key != "envelope_id" && *key != "payload");
    if let Some(key) = strange {
        return state.complain(format!("an acknowledgement has no field {key}: {text}"));
    }
    let id = said
        .get("envelope_id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let payload = said
        .get("payload")
        .filter(|payload| **payload != json!({}))
        .cloned();
    let Some(envelope) = state.envelopes.get_mut(id) else {
        return state.complain(format!("there is no envelope to acknowledge: {text}"));
    };
    let cut = std::mem::take(&mut envelope.cut_after);
    let accepts = envelope.accepts;
    if let Some(waiting) = envelope.waiting.take() {
        // Who waited has given up: the envelope is on its way again.
        let _ = waiting.send(payload.clone());
    }
    if payload.is_some() && !accepts {
        state.complain(format!(
            "an acknowledgement carries an answer that is not accepted: {text}"
        ));
    }
    if cut && let Some(socket) = state.sockets.iter_mut().find(|open| open.id == socket) {
        socket.open = false;
        let _ = socket.orders.send(Order::Cut);
    }
}
