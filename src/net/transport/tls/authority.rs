//! The local authority: issues the certificates of listeners that were given none. It is made at its first use and kept
//! in the program's folder, for its owner alone, so that clients of the same user can know it.

use std::fmt::Display;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use tokio_rustls::rustls;

use super::certificate::fingerprint;
use super::provider;
use crate::net::clock;
use crate::net::error::NetError;

/// An authority as it is kept: certificate and key in PEM.
pub(super) struct Authority {
    certificate: String,
    key: String,
    /// The file of its certificate; none for one that is not kept.
    pub(super) file: Option<PathBuf>,
}

const DAY: Duration = Duration::from_hours(24);
const FOLDER: &str = "authority";
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

/// That of a process that keeps nothing.
static UNKEPT: OnceLock<Arc<Authority>> = OnceLock::new();

impl Authority {
    /// The authority kept in `keep`, or that of this process; it is made if it is not there.
    pub(super) fn obtain(keep: Option<&Path>) -> Result<Arc<Self>, NetError> {
        if let Some(found) = Self::find(keep)? {
            return Ok(found);
        }
        let made = Self::make().map_err(refused)?;
        match keep {
            None => Ok(Arc::clone(UNKEPT.get_or_init(|| Arc::new(made)))),
            Some(keep) => {
                let folder = keep.join(FOLDER);
                let kept = made.keep(keep, &folder);
                let doing = format!("keep the local authority in `{}`", folder.display());
                kept.map_err(|error| NetError::Io { doing, error })?;
                // Another shell may have been sooner: its authority is the one.
                Self::find(Some(keep))?.ok_or_else(|| refused(format!("{} is gone", folder.display())))
            }
        }
    }

    /// The authority kept in `keep`, or that of this process, if it has been made.
    pub(super) fn find(keep: Option<&Path>) -> Result<Option<Arc<Self>>, NetError> {
        let Some(keep) = keep else { return Ok(UNKEPT.get().cloned()) };
        let folder = keep.join(FOLDER);
        let read = |name: &str| {
            let path = folder.join(name);
            match fs::read_to_string(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(NetError::Io { doing: format!("read `{}`", path.display()), error }),
                Ok(text) => Ok(Some(text)),
            }
        };
        let (certificate, key) = (read(CERTIFICATE)?, read(KEY)?);
        let Some((certificate, key)) = certificate.zip(key) else { return Ok(None) };
        Ok(Some(Arc::new(Self { certificate, key, file: Some(folder.join(CERTIFICATE)) })))
    }

    fn make() -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = params(Vec::new(), 3650 * DAY);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // Two authorities of one name would be taken for each other.
        let digest = fingerprint(key.public_key_raw());
        let name = format!("nsh local authority {}", &digest["sha256:".len()..][..8]);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key)?;
        Ok(Self { certificate: certificate.pem(), key: key.serialize_pem(), file: None })
    }

    /// Writes both files into a folder of another name first: the folder is there with both or not at all, and of two
    /// shells at the same time one comes first.
    fn keep(&self, keep: &Path, folder: &Path) -> io::Result<()> {
        let secret = |recursive| {
            let mut builder = DirBuilder::new();
            builder.recursive(recursive).mode(0o700);
            builder
        };
        secret(true).create(keep)?;
        let draft = keep.join(format!("{FOLDER}.{}-{:x}", std::process::id(), std::ptr::from_ref(self).addr()));
        secret(false).create(&draft)?;
        let written = write(&draft.join(CERTIFICATE), &self.certificate)
            .and_then(|()| write(&draft.join(KEY), &self.key))
            .and_then(|()| fs::rename(&draft, folder));
        if written.is_err() {
            let _ = fs::remove_dir_all(&draft);
        }
        match written {
            Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => Ok(()),
            other => other,
        }
    }

    /// Its certificate, which vouches for those that it issues.
    pub(super) fn certificate(&self) -> Result<CertificateDer<'static>, NetError> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes()).map_err(|_| self.broken("no certificate in PEM"))
    }

    /// Issues a certificate for this machine and for `names`, host names or addresses.
    pub(super) fn issue(&self, names: &[String]) -> Result<Arc<CertifiedKey>, NetError> {
        let issued = self.issue_for(names).map_err(|error| self.broken(&error.to_string()))?;
        let (certificate, key) = issued;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
        CertifiedKey::from_der(vec![certificate], key, &provider()).map(Arc::new).map_err(refused)
    }

    fn issue_for(&self, names: &[String]) -> Result<(CertificateDer<'static>, Vec<u8>), rcgen::Error> {
        let issuer = Issuer::from_ca_cert_pem(&self.certificate, KeyPair::from_pem(&self.key)?)?;
        let key = KeyPair::generate()?;
        let mut subjects = vec![
            SanType::DnsName("localhost".try_into()?),
            SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        ];
        for name in HOST_NAME.iter().chain(names) {
            let subject = match name.parse() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            };
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        let mut params = params(subjects, 365 * DAY);
        params.distinguished_name.push(DnType::CommonName, names.first().map_or("localhost", String::as_str));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &issuer)?;
        Ok((certificate.der().clone(), key.serialize_der()))
    }

    fn broken(&self, reason: &str) -> NetError {
        let folder = self.file.as_deref().and_then(Path::parent);
        refused(match folder {
            Some(folder) => format!("`{}`, which can be removed, is broken: {reason}", folder.display()),
            None => reason.to_owned(),
        })
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn refused(reason: impl Display) -> NetError {
    NetError::Unsupported(format!("the local authority: {reason}"))
}

/// Parameters of a certificate that is valid from yesterday, since clocks differ, and for `lifetime` from now.
fn params(subjects: Vec<SanType>, lifetime: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    let now = date_time_ymd(1970, 1, 1) + clock::since_1970();
    params.not_before = now - DAY;
    params.not_after = now + lifetime;
    params.subject_alt_names = subjects;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "nsh");
    params
}

/// This machine's name, where it can stand in a certificate.
static HOST_NAME: LazyLock<Option<String>> = LazyLock::new(|| {
    let name = rustix::system::uname().nodename().to_str().ok()?.to_ascii_lowercase();
    rustls::pki_types::DnsName::try_from(name.clone()).ok()?;
    Some(name)
});
