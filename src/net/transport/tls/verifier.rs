//! The verifier: whether a server's certificate is believed, and by whom.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_rustls::rustls;

use super::certificate::{Certificate, fingerprint};
use super::trust::{self, Trust};

/// Verifies the certificate of one connection.
pub(super) struct Verifier {
    trust: Arc<Trust>,
    /// Whether the peer is on this machine.
    is_local: bool,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

/// What the peer showed, and who vouches for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) certificate: Option<Certificate>,
    /// In words, as sentences end: `trusted by the local authority`.
    pub(super) verdict: &'static str,
}

/// A certificate and the chain that came with it, and the name that it must be for.
#[derive(Clone, Copy)]
struct Presented<'a> {
    end_entity: &'a CertificateDer<'a>,
    chain: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    now: UnixTime,
}

impl Verifier {
    pub(super) fn new(trust: Arc<Trust>, is_local: bool, provider: Arc<CryptoProvider>) -> Self {
        Self { trust, is_local, provider, seen: Mutex::default() }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who vouches for the certificate, in words.
    fn judge(&self, presented: Presented<'_>) -> Result<&'static str, Error> {
        if !self.trust.pins.is_empty() {
            let pinned = self.trust.pins.contains(&fingerprint(presented.end_entity));
            if !pinned {
                return Err(CertificateError::ApplicationVerificationFailure.into());
            }
            if self.trust.given.is_none() {
                return Ok("trusted by its pin");
            }
        }
        if let Some(given) = &self.trust.given {
            let is_very_one = given.iter().any(|certificate| certificate == presented.end_entity);
            let vouched = if is_very_one { own(presented) } else { self.vouched(&trust::store(given), presented) };
            return vouched.map(|()| "trusted by the file of `trust`");
        }
        if self.trust.insecure {
            return Ok("not verified (insecure=yes)");
        }
        self.by_authorities(presented)
    }

    fn by_authorities(&self, presented: Presented<'_>) -> Result<&'static str, Error> {
        let local = self.trust.local.as_ref().filter(|_| self.is_local).map(|local| self.vouched(local, presented));
        match local {
            Some(Ok(())) => return Ok("trusted by the local authority"),
            Some(Err(error)) if error != CertificateError::UnknownIssuer.into() => return Err(error),
            _ => {}
        }
        self.vouched(&self.trust.system, presented).map(|()| "trusted by the system's authorities")
    }

    /// Whether one of `roots` vouches for the certificate.
    fn vouched(&self, roots: &Arc<RootCertStore>, presented: Presented<'_>) -> Result<(), Error> {
        if roots.is_empty() {
            return Err(CertificateError::UnknownIssuer.into());
        }
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(&self.provider));
        let verifier = builder.build().map_err(|error| Error::General(error.to_string()))?;
        let Presented { end_entity, chain, name, now } = presented;
        match verifier.verify_server_cert(end_entity, chain, name, &[], now) {
            Ok(_) => Ok(()),
            // One that vouches for itself is not asked whether it may stand for a server.
            Err(_) if Certificate::read(end_entity).is_its_own_issuer() => Err(CertificateError::UnknownIssuer.into()),
            Err(error) => Err(error),
        }
    }
}

/// Whether a certificate that is trusted itself is for the name and valid now.
fn own(presented: Presented<'_>) -> Result<(), Error> {
    verify_server_name(&ParsedCertificate::try_from(presented.end_entity)?, presented.name)?;
    Certificate::read(presented.end_entity).valid_at(presented.now)
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.judge(Presented { end_entity, chain, name, now });
        let certificate = Some(Certificate::read(end_entity));
        let verdict = *judged.as_ref().unwrap_or(&"");
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen { certificate, verdict };
        judged.map(|_| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
