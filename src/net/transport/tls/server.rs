//! The server's side: shows a certificate, generated if none was given, and demands one if it was told to.

use std::sync::Arc;

use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{KeyLog, ServerConfig};
use tokio_rustls::{TlsAcceptor, rustls};

use super::authority::Authority;
use super::certificate::{Certificate, fingerprint};
use super::client_verifier::ClientVerifier;
use super::{
    BoxFuture, ByteStream, Clock, Connection, Fact, Handshake, HandshakeError, ListenOptions, NetError, Place, REST,
    Settings, alpn, certificate_facts, explain, facts, failure, key_log, part, pem, provider,
};
use crate::net::address::Host;
use crate::net::transport::layer::Shaken;
use crate::net::transport::wrapped::Wrapped;

/// A server, prepared.
pub(super) struct Server {
    config: Arc<ServerConfig>,
    facts: Vec<Fact>,
}

impl Server {
    pub(super) async fn prepare(place: &Place, options: &ListenOptions) -> Result<Self, NetError> {
        let settings = &options.settings;
        let (identity, facts) = match pem::identity(settings).await? {
            Some(identity) => {
                let facts = vec![shown(&identity, "certificate")];
                (identity, facts)
            }
            None => generated(place, options)?,
        };
        let config = config(identity, settings, key_log::of(settings, &options.confidants)?).await?;
        Ok(Self { config: Arc::new(config), facts })
    }
}

impl Handshake for Server {
    fn run(&self, below: Connection) -> BoxFuture<'static, Shaken> {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.config));
        Box::pin(async move {
            match acceptor.accept(ByteStream::new(Arc::clone(&below))).await {
                Ok(stream) => {
                    let session = stream.get_ref().1;
                    let mut facts = facts(session);
                    facts.extend(session.server_name().map(|name| Fact::quiet("sni", name)));
                    facts.extend(client_facts(session));
                    Ok(Arc::new(Wrapped::new(stream, below, facts, explain)) as Connection)
                }
                Err(error) => {
                    part(below, REST);
                    let words = failure::of(&error).map(failure::words);
                    Err(match words {
                        Some(words) => HandshakeError { kind: error.kind(), ..HandshakeError::new(words) },
                        None => error.into(),
                    })
                }
            }
        })
    }

    fn facts(&self) -> Vec<Fact> {
        self.facts.clone()
    }
}

/// The fact that tells the certificate's fingerprint.
fn shown(identity: &CertifiedKey, what: &str) -> Fact {
    let sha256 = identity.cert.first().map(|certificate| fingerprint(certificate)).unwrap_or_default();
    Fact::told("sha256", sha256.clone(), format!("{what} {sha256}"))
}

/// A certificate from the local authority, for this machine and for where it listens.
fn generated(place: &Place, options: &ListenOptions) -> Result<(Arc<CertifiedKey>, Vec<Fact>), NetError> {
    let mut names: Vec<String> = options.settings.text("name").into_iter().collect();
    match place {
        Place::Inet(Host::Ip(address), _) if !address.is_unspecified() => names.push(address.to_string()),
        Place::Inet(Host::Name(name), _) if !name.contains('%') => names.push(name.clone()),
        _ => {}
    }
    let authority = Authority::obtain(options.keep.as_deref())?;
    let identity = authority.issue(&names)?;
    let mut facts = vec![shown(&identity, "generated certificate")];
    facts.extend(authority.file.as_ref().map(|file| Fact::quiet("authority", file.to_string_lossy())));
    Ok((identity, facts))
}

async fn config(
    identity: Arc<CertifiedKey>,
    settings: &Settings,
    key_log: Arc<dyn KeyLog>,
) -> Result<ServerConfig, NetError> {
    let failed = |error: rustls::Error| NetError::Unsupported(format!("TLS cannot be set up: {error}"));
    let builder = ServerConfig::builder_with_details(provider(), Arc::new(Clock));
    let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
    let builder = match settings.path("verify") {
        None => builder.with_no_client_auth(),
        Some(path) => builder.with_client_cert_verifier(Arc::new(ClientVerifier::prepare(&path).await?)),
    };
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.as_ref().clone())));
    // Each connection is agreed on anew, so that its events tell everything.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = alpn(settings)?;
    config.key_log = key_log;
    Ok(config)
}

/// What there is to tell about the client's certificate, if it had to show one.
fn client_facts(session: &rustls::ServerConnection) -> Vec<Fact> {
    let Some([certificate, ..]) = session.peer_certificates() else { return Vec::new() };
    let certificate = Certificate::read(certificate);
    let verdict = "trusted by the file of `verify`";
    let mut facts = vec![Fact::told("trust", verdict, format!("certificate of {}", certificate.subject))];
    facts.extend(certificate_facts(&certificate));
    facts
}
