//! Connections through proxies, one behind the other: SOCKS 4, 4a and 5, and CONNECT of HTTP.

use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;

use super::address::{Address, Host, Place};
use super::error::NetError;
use super::fact::Fact;
use super::proxy::OnBehalf;
use super::resolve;
use super::socket::Connection;
use super::stage::Kind;
use super::transport::{self, ConnectOptions, End, Family, HandshakeError, Setting, Settings};

mod challenge;
mod digest;
mod read;
mod socks;
mod tunnel;

use tunnel::{Known, Tunnel};

/// The option of every transport on TCP.
pub(super) const SETTING: Setting = Setting::new(
    "via",
    Kind::Label,
    End::Client,
    "none",
    "proxies on the way, the nearest first: socks5://USER:PASSWORD@HOST:PORT,http://HOST:PORT",
);

/// The fact that a connection through proxies tells.
pub(super) const FIELD: (&str, &str) = ("via", "the proxies on the way and what was asked of the last");

/// What a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    Socks4,
    Socks4a,
    Socks5,
    Http,
}

/// The words for it; a SOCKS 5 proxy resolves names itself, which curl calls `socks5h`.
const SPEECHES: [(&str, Speech); 5] = [
    ("socks4", Speech::Socks4),
    ("socks4a", Speech::Socks4a),
    ("socks5", Speech::Socks5),
    ("socks5h", Speech::Socks5),
    ("http", Speech::Http),
];

/// Who asks: a name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Vec<u8>,
    pub(super) password: Vec<u8>,
}

/// A proxy.
#[derive(Clone)]
pub(super) struct Hop {
    speech: Speech,
    place: Place,
    login: Option<Login>,
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = SPEECHES.iter().find(|(_, speech)| *speech == self.speech).map_or("", |(name, _)| name);
        write!(f, "{name}://{}", self.place)
    }
}

/// The proxies that `via=` names.
pub(super) fn chain(settings: &Settings) -> Result<Option<Vec<Hop>>, NetError> {
    let Some(text) = settings.text(SETTING.key) else { return Ok(None) };
    let hops: Result<Vec<Hop>, String> = text.split(',').map(|word| hop(word.trim())).collect();
    hops.map(Some).map_err(|reason| NetError::Unsupported(format!("`via`: {reason}")))
}

fn hop(text: &str) -> Result<Hop, String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("expected a proxy as a URL, as in `socks5://localhost:1080`".to_owned());
    };
    let speech = SPEECHES.iter().find(|(name, _)| *name == scheme).map(|(_, speech)| *speech);
    let speech = speech.ok_or_else(|| format!("`{scheme}` is no proxy: expected socks4, socks4a, socks5 or http"))?;
    let (login, at) = match rest.rsplit_once('@') {
        Some((login, at)) => (Some(self::login(login)?), at),
        None => (None, rest),
    };
    let address = Address::parse(&format!("tcp:{}", at.trim_end_matches('/')));
    let address = address.map_err(|error| format!("`{at}` is no place of a proxy: expected {}", error.expected))?;
    if matches!(address.place, Place::Inet(Host::Any, _)) || !matches!(address.place, Place::Inet(..)) {
        return Err(format!("`{at}` is no place of a proxy: expected a host and a port"));
    }
    if let Some(Login { user, password }) = &login
        && speech != Speech::Http
        && (user.len() > 255 || password.len() > 255 || user.is_empty())
    {
        return Err("a login of SOCKS has a name and a password of at most 255 B (RFC 1929)".to_owned());
    }
    if let Some(Login { user, password }) = &login
        && speech == Speech::Http
        && user.iter().chain(password).any(u8::is_ascii_control)
    {
        return Err("a login of HTTP has no control characters (RFC 7617)".to_owned());
    }
    Ok(Hop { speech, place: address.place, login })
}

/// Reads `USER:PASSWORD`, each percent-encoded (RFC 3986, 3.2.1).
fn login(text: &str) -> Result<Login, String> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok(Login { user: decoded(user)?, password: decoded(password)? })
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let digits = [bytes.next(), bytes.next()].map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
        let [Some(high), Some(low)] = digits else {
            return Err("`%` stands before two hexadecimal digits".to_owned());
        };
        decoded.push(u8::try_from(high * 16 + low).expect("two digits make a byte"));
    }
    Ok(decoded)
}

/// Connects to `place` through the proxies. Source and family are those of the way to the first; names are for the
/// last to resolve, where it can.
pub(super) async fn connect(chain: Vec<Hop>, place: Place, options: ConnectOptions) -> Result<Connection, NetError> {
    let plain = ConnectOptions { settings: Settings::default(), ..options };
    // A proxy that asks who we are may close the connection with that. Each does so only so often.
    let mut known: Vec<Known> = chain.iter().map(|_| Known::default()).collect();
    loop {
        if let Some(connection) = attempt(&chain, &place, &plain, &mut known).await? {
            return Ok(connection);
        }
    }
}

/// Connects once; `None` when a proxy wants to be asked again.
async fn attempt(
    chain: &[Hop],
    place: &Place,
    options: &ConnectOptions,
    known: &mut [Known],
) -> Result<Option<Connection>, NetError> {
    let limit = options.timeout.unwrap_or(transport::layer::PATIENCE);
    let first = chain.first().ok_or_else(|| NetError::Unsupported("`via` names no proxy".into()))?.place.clone();
    let tcp = transport::find("tcp").ok_or_else(|| NetError::Unsupported("there is no TCP".into()))?;
    let connection = tcp.connect(first, options.clone()).await?;
    let proxy = connection.peer();
    for (index, (hop, known)) in chain.iter().zip(known).enumerate() {
        let next = chain.get(index + 1).map_or(place, |next| &next.place);
        let asked = tokio::time::timeout(limit, ask(&connection, hop, next, options.family, known)).await;
        let late = |_| Err(HandshakeError::from(super::error::timed_out(limit)));
        let failed = |error: HandshakeError| {
            let reason = format!("{hop} did not connect us to {next}: {error}");
            let error = Box::new(HandshakeError { reason, ..error });
            NetError::Handshake { protocol: "tcp", endpoint: proxy.clone(), error }
        };
        if asked.unwrap_or_else(late).map_err(failed)? == Tunnel::Again {
            return Ok(None);
        }
    }
    let names: Vec<String> = chain.iter().map(ToString::to_string).collect();
    let way = format!("{} to {place}", names.join(","));
    let facts = vec![Fact::told(FIELD.0, way.clone(), format!("via {way}"))];
    let (client, destination) = (connection.peer(), connection.destination());
    Ok(Some(Arc::new(OnBehalf { connection, client, destination, facts })))
}

/// Asks a proxy to connect us to `next`.
async fn ask(
    connection: &Connection,
    hop: &Hop,
    next: &Place,
    family: Family,
    known: &mut Known,
) -> Result<Tunnel, HandshakeError> {
    let login = hop.login.as_ref();
    match hop.speech {
        Speech::Http => return tunnel::ask(connection, next, login, known).await,
        Speech::Socks5 => socks::ask_5(connection, next, login).await?,
        Speech::Socks4a => socks::ask_4(connection, next, login).await?,
        Speech::Socks4 => socks::ask_4(connection, &resolved(next, family).await?, login).await?,
    }
    Ok(Tunnel::Open)
}

/// A place with an IPv4 address instead of a name, for proxies that know no names.
async fn resolved(place: &Place, family: Family) -> Result<Place, HandshakeError> {
    let Place::Inet(Host::Name(name), port) = place else { return Ok(place.clone()) };
    if family == Family::V6 {
        return Err(HandshakeError::new("SOCKS 4 knows no IPv6"));
    }
    let found = resolve::addresses(name, *port, Family::V4).await;
    let found = found.map_err(|error| HandshakeError::new(error.to_string()))?;
    let first = found.first().ok_or_else(|| HandshakeError::new(format!("`{name}` has no IPv4 address")))?;
    Ok(Place::Inet(Host::Ip(first.ip()), *port))
}

/// A host as it is asked for and its port; this machine is `localhost` to a proxy, too.
fn asked(place: &Place) -> Result<(Host, u16), HandshakeError> {
    match place {
        Place::Inet(Host::Loopback, port) => Ok((Host::Name("localhost".to_owned()), *port)),
        Place::Inet(host @ (Host::Ip(_) | Host::Name(_)), port) => Ok((host.clone(), *port)),
        other => Err(HandshakeError {
            kind: ErrorKind::InvalidInput,
            ..HandshakeError::new(format!("`{other}` is nowhere a proxy could go"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_as_they_are_written() {
        let read =
            |text: &str| hop(text).map(|hop| (hop.to_string(), hop.login.map(|login| (login.user, login.password))));
        assert_eq!(read("socks5://localhost:1080"), Ok(("socks5://localhost:1080".into(), None)));
        assert_eq!(read("http://[::1]:80/"), Ok(("http://[::1]:80".into(), None)));
        let login = Some((b"a@b".to_vec(), b"c:d".to_vec()));
        assert_eq!(read("socks5h://a%40b:c%3ad@10.0.0.1:1"), Ok(("socks5://10.0.0.1:1".into(), login)));
        assert_eq!(read("socks4a://me@h:1"), Ok(("socks4a://h:1".into(), Some((b"me".to_vec(), Vec::new())))));
        for wrong in ["h:1", "ftp://h:1", "socks5://h", "socks5://*:1", "socks5:///tmp/x", "socks5://%4@h:1", "http://"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for login in ["u%0d%0aX:p", "u:%00", "u%7f:p", "u\n:p"] {
            assert!(hop(&format!("http://{login}@h:1")).is_err(), "{login}");
        }
        assert!(hop("http://\u{e9}%80 :%ff@h:1").is_ok());
        assert!(hop(&format!("socks5://{}@h:1", "u".repeat(256))).is_err());
        assert!(hop(&format!("socks5://u:{}@h:1", "p".repeat(256))).is_err());
    }
}
