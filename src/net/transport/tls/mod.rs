//! TLS 1.2 and 1.3 (RFC 5246, RFC 8446) on TCP. Nothing of it is set up before the first use.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use tokio_rustls::rustls;

use super::layer::{Handshake, HandshakeError, Layer, part};
use super::setting::{End, Setting, Settings};
use super::tcp::Tcp;
use super::{BoxFuture, ConnectOptions, ListenOptions, Transport};
use crate::net::address::Place;
use crate::net::clock;
use crate::net::error::NetError;
use crate::net::fact::Fact;
use crate::net::io::ByteStream;
use crate::net::socket::Connection;
use crate::net::stage::Kind;

mod authority;
mod certificate;
mod client;
mod client_verifier;
mod failure;
mod key_log;
mod pem;
mod server;
mod trust;
mod verifier;

use certificate::Certificate;
pub use key_log::KeyLogFile;

/// The transport.
pub(super) struct Tls;

const SETTINGS: &[Setting] = &[
    Setting::new(
        "cert",
        Kind::Path,
        End::Both,
        "generated where it listens",
        "PEM file of the certificate and its chain",
    ),
    Setting::new("key", Kind::Path, End::Both, "in the file of `cert`", "PEM file of the certificate's private key"),
    Setting::new("alpn", Kind::Label, End::Both, "none", "protocols to agree on, the best first: h2,http/1.1"),
    Setting::new(
        "sslkeylog",
        Kind::Path,
        End::Both,
        "the file of SSLKEYLOGFILE",
        "append the session's secrets to a file, for Wireshark",
    ),
    Setting::new("name", Kind::Label, End::Both, "the host", "the name that the certificate is for"),
    Setting::new("verify", Kind::Path, End::Listener, "nobody", "demand a certificate that this PEM file vouches for"),
    Setting::new(
        "trust",
        Kind::Path,
        End::Client,
        "the system's",
        "PEM file of authorities, or of the very certificate",
    ),
    Setting::repeated("pin", Kind::Label, End::Client, "none", "accept this certificate and no other: sha256:HEX"),
    Setting::new("insecure", Kind::Boolean, End::Client, "no", "accept any certificate"),
];

const FIELDS: &[(&str, &str)] = &[
    ("tls", "the version of TLS: 1.2 or 1.3"),
    ("cipher", "the cipher suite"),
    ("alpn", "the protocol agreed on"),
    ("sni", "the name that the client asked for"),
    ("trust", "who vouches for the peer's certificate"),
    ("subject", "whose certificate it is"),
    ("issuer", "who issued the certificate"),
    ("expires", "when the certificate ends"),
    ("sha256", "the SHA-256 of the certificate"),
    ("authority", "the file of the authority that issued a generated certificate"),
];

impl Layer for Tls {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn summary(&self) -> &'static str {
        "an encrypted stream of bytes over TCP"
    }

    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn fields(&self) -> &'static [(&'static str, &'static str)] {
        FIELDS
    }

    fn below(&self) -> &'static dyn Transport {
        &Tcp
    }

    fn server<'a>(
        &'a self,
        place: &'a Place,
        options: &'a ListenOptions,
    ) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>> {
        Box::pin(async { Ok(Arc::new(server::Server::prepare(place, options).await?) as Arc<dyn Handshake>) })
    }

    fn client<'a>(
        &'a self,
        place: &'a Place,
        options: &'a ConnectOptions,
    ) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>> {
        Box::pin(async { Ok(Arc::new(client::Client::prepare(place, options).await?) as Arc<dyn Handshake>) })
    }
}

/// How much of what a peer whose handshake failed still sends is read, so that it takes note of the alert.
const REST: usize = 64 * 1024;

/// The cryptography that all use.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Certificates are checked by the clock of the program.
#[derive(Debug)]
struct Clock;

impl Clock {
    fn now() -> UnixTime {
        UnixTime::since_unix_epoch(clock::since_1970())
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(Self::now())
    }
}

/// The protocols that `alpn=` names.
fn alpn(settings: &Settings) -> Result<Vec<Vec<u8>>, NetError> {
    let Some(names) = settings.text("alpn") else { return Ok(Vec::new()) };
    let names: Vec<Vec<u8>> = names.split([',', ' ']).filter(|name| !name.is_empty()).map(Vec::from).collect();
    if names.is_empty() || names.iter().any(|name| name.len() > 255) {
        return Err(NetError::Unsupported("`alpn` is a list of names, each of at most 255 bytes (RFC 7301)".into()));
    }
    Ok(names)
}

/// What both ends have to tell of a connection.
fn facts(session: &rustls::CommonState) -> Vec<Fact> {
    let mut facts = Vec::new();
    let cipher = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()).replace("TLS13", "TLS"));
    let cipher = cipher.unwrap_or_default();
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "1.2",
        _ => "1.3",
    };
    facts.push(Fact::told("tls", version, format!("TLS {version} {cipher}")));
    facts.push(Fact::quiet("cipher", cipher));
    if let Some(protocol) = session.alpn_protocol() {
        let protocol = String::from_utf8_lossy(protocol).into_owned();
        facts.push(Fact::told("alpn", protocol.clone(), format!("alpn {protocol}")));
    }
    facts
}

/// What there is to tell about a certificate.
fn certificate_facts(certificate: &Certificate) -> [Fact; 4] {
    [
        Fact::quiet("subject", &certificate.subject),
        Fact::quiet("issuer", &certificate.issuer),
        Fact::quiet("expires", clock::iso(certificate.not_after)),
        Fact::quiet("sha256", &certificate.sha256),
    ]
}

/// The errors of an open stream in our words.
fn explain(error: io::Error) -> io::Error {
    match (error.kind(), failure::of(&error)) {
        (ErrorKind::UnexpectedEof, _) => io::Error::new(ErrorKind::UnexpectedEof, "ended without close_notify"),
        (kind, Some(failure)) => io::Error::new(kind, failure::words(failure)),
        _ => error,
    }
}
