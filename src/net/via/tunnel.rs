//! What a client says to HTTP proxies: CONNECT (RFC 9110, 9.3.6).

use data_encoding::BASE64;

use super::{Login, asked, read};
use crate::net::address::Place;
use crate::net::socket::Connection;
use crate::net::transport::HandshakeError;

/// The longest answer, in bytes.
const LONGEST: usize = 16 * 1024;

/// Asks a proxy for a tunnel.
pub(super) async fn ask(connection: &Connection, next: &Place, login: Option<&Login>) -> Result<(), HandshakeError> {
    let (host, port) = asked(next)?;
    let authority = format!("{host}:{port}");
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
    if let Some(Login { user, password }) = login {
        // RFC 7617, 2.
        let secret = BASE64.encode(&[&user[..], b":", password].concat());
        request.extend(["Proxy-Authorization: Basic ", &secret, "\r\n"]);
    }
    connection.send(format!("{request}\r\n").as_bytes()).await?;
    let head = head(connection).await?;
    let line = String::from_utf8_lossy(head.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default());
    let mut words = line.split_whitespace();
    let (version, code) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !version.starts_with("HTTP/1.") || code.len() != 3 {
        return Err(HandshakeError::new("that is no answer of an HTTP proxy"));
    }
    match code.as_bytes() {
        // What follows belongs to the tunnel, whatever the fields say of a length.
        [b'2', ..] => Ok(()),
        b"407" if login.is_none() => {
            Err(HandshakeError::new("it wants a login (407)").hint("`via=http://USER:PASSWORD@HOST:PORT` has one"))
        }
        b"407" => Err(HandshakeError::new("it does not accept the name and the password (407)")),
        _ => Err(HandshakeError::new(format!(
            "it answered {}",
            line.split_once(' ').map_or("", |(_, rest)| rest.trim())
        ))),
    }
}

/// The head of the answer, up to the empty line. Byte by byte: nothing behind it is ours to take.
async fn head(connection: &Connection) -> Result<Vec<u8>, HandshakeError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        if head.len() == LONGEST {
            return Err(HandshakeError::new(format!("its answer is longer than {LONGEST} B")));
        }
        head.extend(read::exactly::<1>(connection).await?);
    }
    Ok(head)
}
