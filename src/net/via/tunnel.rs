//! What a client says to HTTP proxies: CONNECT (RFC 9110, 9.3.6), and who asks.

use httparse::Header;

use super::challenge::Challenge;
use super::{Login, asked, read};
use crate::net::address::Place;
use crate::net::socket::Connection;
use crate::net::transport::HandshakeError;

/// The longest answer, in bytes, its content included, and the most fields.
const LONGEST: usize = 16 * 1024;
const MOST_FIELDS: usize = 100;

/// How often a proxy may ask who we are: again because its number has become too old.
const MOST_CHALLENGES: usize = 3;

/// What a proxy has asked us for.
#[derive(Default)]
pub(super) struct Known {
    challenge: Option<Challenge>,
    /// How often the challenge has been answered.
    answers: u32,
    /// How often it has asked.
    challenges: usize,
}

/// Whether the tunnel is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tunnel {
    /// It is.
    Open,
    /// The proxy wants to know who asks, and has done with this connection.
    Again,
}

/// Asks a proxy for a tunnel. The login is given only when the proxy asks for one, and by its strongest scheme: a
/// password is not sent in clear text to somebody who takes a proof.
pub(super) async fn ask(
    connection: &Connection,
    next: &Place,
    login: Option<&Login>,
    known: &mut Known,
) -> Result<Tunnel, HandshakeError> {
    let (host, port) = asked(next)?;
    let authority = format!("{host}:{port}");
    loop {
        let answers = known.challenge.is_some();
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
        if let (Some(challenge), Some(login)) = (&known.challenge, login) {
            known.answers += 1;
            let answer = challenge.answer(login, "CONNECT", &authority, known.answers);
            request.extend([b"Proxy-Authorization: ", &answer[..], b"\r\n"].concat());
        }
        request.extend(b"\r\n");
        connection.send(&request).await?;
        let answer = Answer::of(&head(connection).await?)?;
        match answer.code.as_bytes() {
            // What follows belongs to the tunnel, whatever the fields say of a length.
            [b'2', ..] => return Ok(Tunnel::Open),
            b"407" if login.is_none() => {
                return Err(
                    HandshakeError::new("it wants a login (407)").hint("`via=http://USER:PASSWORD@HOST:PORT` has one")
                );
            }
            b"407" => known.hear(&answer, answers)?,
            _ => return Err(HandshakeError::new(format!("it answered {}", answer.status))),
        }
        match answer.rest {
            Some(length) => read::fill(connection, &mut vec![0; length]).await?,
            None => return Ok(Tunnel::Again),
        }
    }
}

impl Known {
    /// Takes note of what a proxy asks for; an error when it has just been answered.
    fn hear(&mut self, answer: &Answer, answered: bool) -> Result<(), HandshakeError> {
        let challenge = answer.challenge.as_ref();
        let challenge = challenge.map_err(|wanted| HandshakeError::new(format!("it wants {wanted} (407)")))?;
        if self.challenges == MOST_CHALLENGES || (answered && !challenge.is_stale()) {
            return Err(HandshakeError::new("it does not accept the name and the password (407)"));
        }
        *self = Self { challenge: Some(challenge.clone()), answers: 0, challenges: self.challenges + 1 };
        Ok(())
    }
}

/// An answer of a proxy.
struct Answer {
    code: String,
    /// The code and what is said of it.
    status: String,
    /// What it asks for, or what is asked for that we do not have.
    challenge: Result<Challenge, String>,
    /// How much content follows before it takes another request; `None` when it takes none.
    rest: Option<usize>,
}

impl Answer {
    fn of(head: &[u8]) -> Result<Self, HandshakeError> {
        let end = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
        let (line, fields) = head.split_at(end);
        let line = String::from_utf8_lossy(line);
        let (version, status) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let code = status.split_whitespace().next().unwrap_or_default();
        if !version.starts_with("HTTP/1.") || code.len() != 3 {
            return Err(HandshakeError::new("that is no answer of an HTTP proxy"));
        }
        let mut room = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let fields = match httparse::parse_headers(fields.get(1..).unwrap_or_default(), &mut room) {
            Ok(httparse::Status::Complete((_, fields))) => fields,
            _ => &[],
        };
        Ok(Self {
            code: code.to_owned(),
            status: status.trim().to_owned(),
            challenge: Challenge::best(named(fields, "proxy-authenticate")),
            rest: rest(version, fields),
        })
    }
}

fn named<'h>(fields: &'h [Header<'h>], name: &str) -> impl Iterator<Item = &'h str> {
    let fields = fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
    fields.filter_map(|field| std::str::from_utf8(field.value).ok())
}

fn rest(version: &str, fields: &[Header<'_>]) -> Option<usize> {
    let says = |name, word: &str| {
        named(fields, name).any(|value| value.split(',').any(|listed| listed.trim().eq_ignore_ascii_case(word)))
    };
    let ends = says("connection", "close") || says("proxy-connection", "close") || version == "HTTP/1.0";
    if ends || named(fields, "transfer-encoding").next().is_some() {
        return None;
    }
    let length = named(fields, "content-length").next()?.parse().ok();
    length.filter(|length| *length <= LONGEST)
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
