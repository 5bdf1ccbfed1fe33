//! PEM files (RFC 7468): certificates and keys.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use tokio::io::AsyncReadExt;
use tokio_rustls::rustls;

use super::{Settings, provider};
use crate::net::error::NetError;

/// The longest file that is read; the certificates of a whole system are a quarter of that.
const LONGEST: u64 = 1024 * 1024;

/// Reads a whole file.
async fn read(path: &Path) -> Result<Vec<u8>, NetError> {
    let read = async {
        let mut bytes = Vec::new();
        let file = tokio::fs::File::open(path).await?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).await?;
        if bytes.len() as u64 > LONGEST {
            return Err(io::Error::other("too long for a PEM file"));
        }
        Ok(bytes)
    };
    read.await.map_err(|error| NetError::Io { doing: format!("read `{}`", path.display()), error })
}

/// The certificates of a file, in order; at least one.
pub(super) async fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, NetError> {
    let bytes = read(path).await?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    certificates
        .ok()
        .filter(|certificates| !certificates.is_empty())
        .ok_or_else(|| NetError::Unsupported(format!("`{}` holds no certificate in PEM", path.display())))
}

/// The certificate that `cert=` and `key=` name, with its key; none when neither is given.
pub(super) async fn identity(settings: &Settings) -> Result<Option<Arc<CertifiedKey>>, NetError> {
    let Some(cert) = settings.path("cert") else {
        return match settings.path("key") {
            None => Ok(None),
            Some(_) => Err(NetError::Unsupported("`key` is the key of a certificate: `cert` is missing".into())),
        };
    };
    let chain = certificates(&cert).await?;
    let key_file = settings.path("key").unwrap_or_else(|| cert.clone());
    let key = PrivateKeyDer::from_pem_slice(&read(&key_file).await?)
        .map_err(|_| NetError::Unsupported(no_key(&key_file, settings.has("key"))))?;
    let certified = CertifiedKey::from_der(chain, key, &provider());
    certified
        .map(|certified| Some(Arc::new(certified)))
        .map_err(|error| NetError::Unsupported(unfit(&error, &cert, &key_file)))
}

fn no_key(file: &Path, named: bool) -> String {
    let hint = if named { "" } else { ": name the file that does by `key`" };
    format!("`{}` holds no private key in PEM{hint}", file.display())
}

fn unfit(error: &rustls::Error, cert: &Path, key: &Path) -> String {
    let (cert, key) = (cert.display(), key.display());
    match error {
        rustls::Error::InconsistentKeys(_) => format!("the key in `{key}` is not that of the certificate in `{cert}`"),
        _ => format!("the key in `{key}` or the certificate in `{cert}` cannot be used: {error}"),
    }
}
