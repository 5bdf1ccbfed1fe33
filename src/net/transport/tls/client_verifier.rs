//! The verifier of clients: a file of `verify=` vouches for them, as their authority or as the very certificate.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use tokio_rustls::rustls;

use super::certificate::Certificate;
use super::{NetError, pem, provider, trust};

/// Demands a certificate of every client.
pub(super) struct ClientVerifier {
    given: Vec<CertificateDer<'static>>,
    authorities: Arc<dyn ClientCertVerifier>,
}

impl ClientVerifier {
    /// Reads the certificates that vouch.
    pub(super) async fn prepare(path: &Path) -> Result<Self, NetError> {
        let given = pem::certificates(path).await?;
        let authorities = WebPkiClientVerifier::builder_with_provider(trust::store(&given), provider()).build();
        let useless = |error| NetError::Unsupported(format!("`{}` vouches for nobody: {error}", path.display()));
        Ok(Self { given, authorities: authorities.map_err(useless)? })
    }
}

impl fmt::Debug for ClientVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientVerifier").finish_non_exhaustive()
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.authorities.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.given.iter().any(|certificate| certificate == end_entity) {
            return Certificate::read(end_entity).valid_at(now).map(|()| ClientCertVerified::assertion());
        }
        self.authorities.verify_client_cert(end_entity, chain, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}
