//! Certificates as people need to know them (RFC 5280).

use std::fmt::Write as _;
use std::time::Duration;

use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error};
use tokio_rustls::rustls;
use x509_parser::parse_x509_certificate;

use crate::net::clock;

/// A certificate in words. They are its maker's: whoever shows them escapes them.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    /// Whose it is: `CN=localhost, O=nsh`.
    pub(super) subject: String,
    /// Who issued it.
    pub(super) issuer: String,
    /// From when it is valid, in seconds since 1970.
    pub(super) not_before: u64,
    /// Until when.
    pub(super) not_after: u64,
    /// `sha256:` and the digest of the whole certificate, in hex.
    pub(super) sha256: String,
}

impl Certificate {
    /// Reads a certificate in DER; what cannot be read in it is left empty.
    pub(super) fn read(der: &[u8]) -> Self {
        let sha256 = fingerprint(der);
        let Ok((_, parsed)) = parse_x509_certificate(der) else {
            return Self { subject: String::new(), issuer: String::new(), not_before: 0, not_after: 0, sha256 };
        };
        let seconds = |time: x509_parser::time::ASN1Time| u64::try_from(time.timestamp()).unwrap_or_default();
        Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            not_before: seconds(parsed.validity().not_before),
            not_after: seconds(parsed.validity().not_after),
            sha256,
        }
    }

    /// Whether it vouches for itself.
    pub(super) fn is_its_own_issuer(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether it is valid at that time.
    pub(super) fn valid_at(&self, time: UnixTime) -> Result<(), Error> {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        if time.as_secs() > self.not_after {
            return Err(CertificateError::ExpiredContext { time, not_after: at(self.not_after) }.into());
        }
        if time.as_secs() < self.not_before {
            return Err(CertificateError::NotValidYetContext { time, not_before: at(self.not_before) }.into());
        }
        Ok(())
    }

    /// The lines that tell which one it is.
    pub(super) fn lines(&self) -> Vec<String> {
        let named = |name: &str| if name.is_empty() { "nobody".to_owned() } else { name.to_owned() };
        vec![
            format!("its certificate is that of {}", named(&self.subject)),
            format!("issued by {}", named(&self.issuer)),
            format!("valid from {} to {}", clock::iso(self.not_before), clock::iso(self.not_after)),
            self.sha256.clone(),
        ]
    }
}

/// `sha256:` and the digest of a certificate in DER, in hex.
pub(super) fn fingerprint(der: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, der);
    digest.as_ref().iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A fingerprint as people write it, in capitals or with colons between the bytes, as [`fingerprint`] has it.
pub(super) fn normal(written: &str) -> Option<String> {
    let (algorithm, digits) = written.split_once(':')?;
    let digits: String = digits.chars().filter(|digit| *digit != ':').map(|digit| digit.to_ascii_lowercase()).collect();
    let is_digest = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    (algorithm.eq_ignore_ascii_case("sha256") && is_digest).then(|| format!("sha256:{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_as_people_write_them() {
        let plain = fingerprint(b"");
        assert_eq!(plain, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let digits = plain.strip_prefix("sha256:").unwrap().to_uppercase();
        let pairs: Vec<&str> = (0..32).map(|index| &digits[2 * index..2 * index + 2]).collect();
        assert_eq!(normal(&format!("SHA256:{}", pairs.join(":"))), Some(plain.clone()));
        assert_eq!(normal(&plain), Some(plain.clone()));
        assert_eq!(normal(&plain[..plain.len() - 1]), None);
        assert_eq!(normal(&digits), None);
    }

    #[test]
    fn what_is_no_certificate_is_read_as_one_of_nobody() {
        let lines = Certificate::read(b"\x30\x03\x02\x01").lines();
        assert_eq!(lines[..2], ["its certificate is that of nobody", "issued by nobody"]);
    }
}
