//! The client's side: verifies the server by name, and shows a certificate of its own if it has one.

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, KeyLog};
use tokio_rustls::{TlsConnector, rustls};

use super::trust::Trust;
use super::verifier::{Seen, Verifier};
use super::{
    BoxFuture, ByteStream, Clock, ConnectOptions, Connection, Fact, Handshake, HandshakeError, NetError, Place, REST,
    alpn, certificate_facts, explain, facts, failure, key_log, part, pem, provider,
};
use crate::net::address::Host;
use crate::net::transport::layer::Shaken;
use crate::net::transport::wrapped::Wrapped;
use crate::net::via;

/// A client, prepared.
pub(super) struct Client {
    name: ServerName<'static>,
    trust: Arc<Trust>,
    identity: Option<Arc<CertifiedKey>>,
    alpn: Vec<Vec<u8>>,
    key_log: Arc<dyn KeyLog>,
}

impl Client {
    pub(super) async fn prepare(place: &Place, options: &ConnectOptions) -> Result<Self, NetError> {
        let settings = &options.settings;
        Ok(Self {
            name: name(place, settings.text("name"))?,
            trust: Arc::new(Trust::prepare(settings, options.keep.as_deref()).await?),
            identity: pem::identity(settings).await?,
            alpn: alpn(settings)?,
            key_log: key_log::of(settings, &options.confidants)?,
        })
    }

    fn config(&self, verifier: Arc<Verifier>) -> Result<ClientConfig, rustls::Error> {
        let config = ClientConfig::builder_with_details(provider(), Arc::new(Clock))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &self.identity {
            Some(identity) => {
                config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity.as_ref().clone())))
            }
            None => config.with_no_client_auth(),
        };
        // Each connection verifies for itself.
        config.resumption = Resumption::disabled();
        config.alpn_protocols.clone_from(&self.alpn);
        config.key_log = Arc::clone(&self.key_log);
        Ok(config)
    }
}

impl Handshake for Client {
    fn run(&self, below: Connection) -> BoxFuture<'static, Shaken> {
        let verifier = Arc::new(Verifier::new(Arc::clone(&self.trust), is_here(&below), provider()));
        let config = self.config(Arc::clone(&verifier));
        let name = self.name.clone();
        Box::pin(async move {
            let config = config.map_err(|error| HandshakeError::new(error.to_string()))?;
            let stream = ByteStream::new(Arc::clone(&below));
            match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
                Ok(stream) => {
                    let mut facts = facts(stream.get_ref().1);
                    facts.extend(seen_facts(&verifier.seen()));
                    Ok(Arc::new(Wrapped::new(stream, below, facts, explain)) as Connection)
                }
                Err(error) => {
                    part(below, REST);
                    Err(failed(error, verifier.seen()))
                }
            }
        })
    }
}

/// Whether the server is on this machine. Behind a proxy it may be anywhere.
fn is_here(below: &Connection) -> bool {
    below.peer().is_loopback() && Fact::find(below.facts(), via::FIELD.0).is_none()
}

/// The name that the certificate must be for.
fn name(place: &Place, given: Option<String>) -> Result<ServerName<'static>, NetError> {
    let name = given.unwrap_or_else(|| match place {
        Place::Inet(Host::Ip(address), _) => address.to_string(),
        // An address with its zone (RFC 6874): no certificate is for a zone.
        Place::Inet(Host::Name(name), _) => name.split('%').next().unwrap_or_default().to_owned(),
        _ => "localhost".to_owned(),
    });
    let wrong = |_| NetError::Unsupported(format!("`{name}` is no name that a certificate could be for"));
    ServerName::try_from(name.clone()).map_err(wrong)
}

fn seen_facts(seen: &Seen) -> Vec<Fact> {
    let Some(certificate) = &seen.certificate else { return Vec::new() };
    let mut facts = vec![Fact::told("trust", seen.verdict, seen.verdict)];
    facts.extend(certificate_facts(certificate));
    facts
}

/// Why a handshake failed, with the certificate if that was why.
fn failed(error: io::Error, seen: Seen) -> HandshakeError {
    let Some(failure) = failure::of(&error) else { return error.into() };
    let failed = HandshakeError { kind: error.kind(), ..HandshakeError::new(failure::words(failure)) };
    let rustls::Error::InvalidCertificate(reason) = failure else {
        let in_clear = "`connect tcp` talks to it in the clear";
        return if failure::is_no_tls(failure) { failed.hint(in_clear) } else { failed };
    };
    let certificate = seen.certificate;
    let pin = certificate.as_ref().map(|certificate| format!("`pin={}`", certificate.sha256)).unwrap_or_default();
    let notes = certificate.map(|certificate| certificate.lines()).unwrap_or_default();
    let hint = match reason {
        rustls::CertificateError::NotValidForNameContext { .. } => "`name=NAME` says which name to expect".to_owned(),
        _ => format!("`trust=FILE` names an authority to believe, {pin} this certificate alone"),
    };
    HandshakeError { notes, ..failed }.hint(hint)
}
