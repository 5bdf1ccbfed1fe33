//! Trust: whom a client believes who the peer is.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use tokio_rustls::rustls;

use super::authority::Authority;
use super::{Settings, certificate, pem};
use crate::net::error::NetError;
use crate::net::pending;

/// What a client was told to trust.
pub(super) struct Trust {
    /// Fingerprints, one of which the certificate must have.
    pub(super) pins: Vec<String>,
    /// Whether any certificate will do.
    pub(super) insecure: bool,
    /// The certificates of `trust=`, if it was given.
    pub(super) given: Option<Vec<CertificateDer<'static>>>,
    /// The authorities of the system; empty where they are not asked.
    pub(super) system: Arc<RootCertStore>,
    /// The local authority, which counts for peers on this machine alone.
    pub(super) local: Option<Arc<RootCertStore>>,
}

/// The system's authorities, read once.
static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();

impl Trust {
    /// Reads what `trust=`, `pin=` and `insecure=` say.
    pub(super) async fn prepare(settings: &Settings, keep: Option<&Path>) -> Result<Self, NetError> {
        let pins: Result<Vec<String>, NetError> = settings.texts("pin").map(|written| pin(&written)).collect();
        let pins = pins?;
        let insecure = settings.flag("insecure") == Some(true);
        let given = match settings.path("trust") {
            Some(path) => Some(pem::certificates(&path).await?),
            None => None,
        };
        let mut trust = Self { pins, insecure, given, system: store(&[]), local: None };
        if trust.given.is_none() && trust.pins.is_empty() && !insecure {
            trust.system = system().await;
            if let Some(authority) = Authority::find(keep)? {
                let store = store(&[authority.certificate()?]);
                trust.local = Some(store);
            }
        }
        Ok(trust)
    }
}

fn pin(written: &str) -> Result<String, NetError> {
    let wrong =
        || NetError::Unsupported(format!("`{written}` is no pin: expected `sha256:` and 64 hexadecimal digits"));
    certificate::normal(written).ok_or_else(wrong)
}

/// Authorities that vouch for certificates; those that cannot are left out.
pub(super) fn store(certificates: &[CertificateDer<'static>]) -> Arc<RootCertStore> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates.iter().cloned());
    Arc::new(store)
}

/// The system's authorities: those that its administrator chose, or that `SSL_CERT_FILE` names.
async fn system() -> Arc<RootCertStore> {
    if let Some(known) = SYSTEM.get() {
        return Arc::clone(known);
    }
    let read = pending::work(|| store(&rustls_native_certs::load_native_certs().certs));
    let read = read.await.unwrap_or_else(|_| store(&[]));
    Arc::clone(SYSTEM.get_or_init(|| read))
}
