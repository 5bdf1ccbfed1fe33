//! Requests to an HTTP proxy: what is asked for, and what the target gets of it (RFC 9110, RFC 9112).

use data_encoding::BASE64;
use httparse::{Header, Status as Parsed};

use crate::net::address::{Address, Host, Place};
use crate::net::url::Url;

/// The longest head, in bytes, and the most fields.
pub(super) const LONGEST: usize = 16 * 1024;
const MOST_FIELDS: usize = 100;

/// Methods that are passed on.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"];

/// Fields about the connection to the proxy alone (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "upgrade",
];

/// A status with its reason.
pub(super) type Status = &'static str;

pub(super) const BAD_REQUEST: Status = "400 Bad Request";
pub(super) const FORBIDDEN: Status = "403 Forbidden";
pub(super) const LOGIN: Status = "407 Proxy Authentication Required";
const NOT_ALLOWED: Status = "405 Method Not Allowed";
const LENGTH_REQUIRED: Status = "411 Length Required";
const URI_TOO_LONG: Status = "414 URI Too Long";
const HEAD_TOO_LONG: Status = "431 Request Header Fields Too Large";
const NOT_IMPLEMENTED: Status = "501 Not Implemented";

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A tunnel to there.
    Tunnel(Place),
    /// This head is for the target, and so much of the body.
    Forward(Place, Vec<u8>, u64),
    /// Something, without saying who asks; and whether another request can follow on this connection.
    Unknown(bool),
}

/// The status for a head that is too long.
pub(super) fn too_long(head: &[u8]) -> Status {
    if head.iter().take(LONGEST).any(|byte| *byte == b'\n') { HEAD_TOO_LONG } else { URI_TOO_LONG }
}

/// Reads a request; `None` while its head is not whole. With it comes the length of the head.
pub(super) fn read(bytes: &[u8], auth: Option<&[u8]>) -> Result<Option<(Asked, usize)>, Status> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(bytes) {
        Ok(Parsed::Complete(length)) if length <= LONGEST => length,
        Ok(Parsed::Complete(_)) => return Err(too_long(bytes)),
        Ok(Parsed::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(HEAD_TOO_LONG),
        Err(_) => return Err(BAD_REQUEST),
    };
    let (Some(method), Some(target)) = (request.method, request.path) else { return Err(BAD_REQUEST) };
    if auth.is_some_and(|auth| !is_let_in(request.headers, auth)) {
        let follows = request.version == Some(1) && body(request.headers) == Ok(0) && !lists(request.headers, "close");
        return Ok(Some((Asked::Unknown(follows), length)));
    }
    if method == "CONNECT" {
        return Ok(Some((Asked::Tunnel(authority(target)?), length)));
    }
    if !METHODS.contains(&method) {
        return Err(NOT_ALLOWED);
    }
    if target.starts_with('/') || target == "*" {
        // It is asked of the proxy itself (RFC 9112, 3.2.2).
        return Err(FORBIDDEN);
    }
    let url = Url::parse(target).map_err(|_| BAD_REQUEST)?;
    if url.scheme != "http" {
        return Err(NOT_IMPLEMENTED);
    }
    let body = body(request.headers)?;
    Ok(Some((Asked::Forward(url.place(), head(method, &url, request.headers), body), length)))
}

fn named<'h>(fields: &'h [Header<'h>], name: &str) -> impl Iterator<Item = &'h [u8]> {
    fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

/// Whether `Connection` lists a word.
fn lists(fields: &[Header<'_>], word: &str) -> bool {
    let words = named(fields, "connection").flat_map(|value| value.split(|byte| *byte == b','));
    words.map(<[u8]>::trim_ascii).any(|listed| listed.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether the client has said `Basic` and the right name and password (RFC 7617), exactly once.
fn is_let_in(fields: &[Header<'_>], auth: &[u8]) -> bool {
    let mut all = named(fields, "proxy-authorization");
    let (Some(value), None) = (all.next(), all.next()) else { return false };
    let Some((scheme, secret)) = std::str::from_utf8(value).ok().and_then(|value| value.split_once(' ')) else {
        return false;
    };
    let secret = BASE64.decode(secret.trim().as_bytes());
    scheme.eq_ignore_ascii_case("basic") && secret.is_ok_and(|secret| secret == auth)
}

/// Where CONNECT leads: a host and a port, both written (RFC 9112, 3.2.3).
fn authority(target: &str) -> Result<Place, Status> {
    let address = Address::parse(&format!("tcp:{target}")).map_err(|_| BAD_REQUEST)?;
    match address.place {
        Place::Inet(Host::Ip(_) | Host::Name(_), port) if port != 0 && !target.ends_with('/') => Ok(address.place),
        _ => Err(BAD_REQUEST),
    }
}

/// How long the body is (RFC 9112, 6.3). A length that could be understood in two ways is refused.
fn body(fields: &[Header<'_>]) -> Result<u64, Status> {
    let mut lengths = named(fields, "content-length");
    let chunked = named(fields, "transfer-encoding").next().is_some();
    match (lengths.next(), lengths.next(), chunked) {
        (None, None, false) => Ok(0),
        (None, None, true) => Err(LENGTH_REQUIRED),
        (Some(length), None, false) if !length.is_empty() && length.iter().all(u8::is_ascii_digit) => {
            let length = std::str::from_utf8(length).map_err(|_| BAD_REQUEST)?;
            length.parse().map_err(|_| BAD_REQUEST)
        }
        _ => Err(BAD_REQUEST),
    }
}

/// The head for the target: its own form of the request, without what was for us. The connection ends with the answer.
fn head(method: &str, url: &Url, fields: &[Header<'_>]) -> Vec<u8> {
    let mut head = format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", url.target, url.authority()).into_bytes();
    let is_for_us = |name: &str| {
        HOP_BY_HOP.iter().any(|known| known.eq_ignore_ascii_case(name))
            || (lists(fields, name) && !name.eq_ignore_ascii_case("content-length"))
    };
    for field in fields.iter().filter(|field| !is_for_us(field.name)) {
        head.extend([field.name.as_bytes(), b": ", field.value, b"\r\n"].concat());
    }
    head.extend(b"Via: 1.1 nsh\r\nConnection: close\r\n\r\n");
    head
}
