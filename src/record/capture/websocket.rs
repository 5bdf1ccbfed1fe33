//! The wire of WebSocket (RFC 6455): the log holds messages, so that the handshake and the frames are made again.

use std::net::SocketAddr;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::conversation::End;
use crate::net::Fact;

/// The key of the request: the standard's own sample, since the log does not hold the real one.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What a client's frames are masked with; the log does not hold that either.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The request and the answer with which a conversation begins.
pub(super) fn handshake(server: SocketAddr, facts: &[Fact]) -> (String, String) {
    let fact = |name| Fact::find(facts, name).map(|fact| fact.value.as_str());
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    let protocol = fact("protocol").map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n")).unwrap_or_default();
    let origin = fact("origin").map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {server}\r\n{upgrade}Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: \
         13\r\n{protocol}{origin}\r\n",
        fact("resource").unwrap_or("/"),
    );
    let accept = derive_accept_key(KEY.as_bytes());
    let answer =
        format!("HTTP/1.1 101 Switching Protocols\r\n{upgrade}Sec-WebSocket-Accept: {accept}\r\n{protocol}\r\n");
    (request, answer)
}

/// A message as a frame; one that is UTF-8 counts as text, since the log does not tell the kinds apart.
pub(super) fn frame(from: End, message: &Bytes) -> Vec<u8> {
    let kind = if std::str::from_utf8(message).is_ok() { Data::Text } else { Data::Binary };
    let mut frame = Frame::message(message.clone(), OpCode::Data(kind), true);
    frame.header_mut().mask = (from == End::Client).then_some(MASK);
    let mut wire = Vec::with_capacity(message.len() + 14);
    frame.format(&mut wire).expect("a vector takes all that is written to it");
    wire
}
