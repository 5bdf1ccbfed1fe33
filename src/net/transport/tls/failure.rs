//! What went wrong in TLS, in words.

use std::io;
use std::net::IpAddr;

use rustls::{CertificateError, Error, InvalidMessage, PeerIncompatible};
use tokio_rustls::rustls;

use crate::net::clock;

/// The failure of TLS that an I/O error carries, if it does.
pub(super) fn of(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether the peer sent something else than TLS.
pub(super) fn is_no_tls(failure: &Error) -> bool {
    matches!(
        failure,
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::InvalidEmptyPayload
                | InvalidMessage::MessageTooLarge
        )
    )
}

/// The failure in words, as sentences end.
pub(super) fn words(failure: &Error) -> String {
    match failure {
        _ if is_no_tls(failure) => "what it sent is no TLS".to_owned(),
        Error::AlertReceived(alert) => format!("the peer sent the alert `{}`", spaced(&format!("{alert:?}"))),
        Error::NoCertificatesPresented => "it sent no certificate".to_owned(),
        Error::NoApplicationProtocol => "none of the protocols that it offers by ALPN is ours".to_owned(),
        Error::InvalidCertificate(error) => certificate(error),
        Error::PeerIncompatible(
            PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::SignatureAlgorithmsExtensionRequired
            | PeerIncompatible::ServerDoesNotSupportTls12Or13,
        ) => "it speaks no TLS newer than 1.1".to_owned(),
        Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon) => {
            "it has no cipher suite in common with us".to_owned()
        }
        Error::DecryptError => "what it sent does not decrypt".to_owned(),
        other => other.to_string(),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "nobody that we trust vouches for its certificate".to_owned(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let all: Vec<String> = presented.iter().map(|name| plain(name)).collect();
            let all = if all.is_empty() { "no name".to_owned() } else { all.join(", ") };
            format!("its certificate is not for `{}` but for {all}", expected.to_str())
        }
        CertificateError::NotValidForName => "its certificate is not for that name".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate has expired on {}", clock::iso(not_after.as_secs()))
        }
        CertificateError::Expired => "its certificate has expired".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is not valid before {}", clock::iso(not_before.as_secs()))
        }
        CertificateError::NotValidYet => "its certificate is not valid yet".to_owned(),
        CertificateError::ApplicationVerificationFailure => "its certificate is not the pinned one".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not made for this end of a connection".to_owned()
        }
        CertificateError::BadSignature => {
            "its certificate does not bear the signature of who is said to have issued it".to_owned()
        }
        CertificateError::Other(other) => format!("its certificate cannot be used: {}", other.0),
        other => format!("its certificate cannot be used: {other}"),
    }
}

/// A name of a certificate without the kind that the library writes around it: `DnsName("localhost")`.
fn plain(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let name = inner.unwrap_or(name).trim_matches('"');
    name.parse::<IpAddr>().map_or_else(|_| name.to_owned(), |address| address.to_string())
}

/// `HandshakeFailure` as the standard writes it: `handshake_failure` (RFC 8446, 6).
fn spaced(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() && !text.ends_with('_') {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;

    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_standard() {
        for (alert, name) in [
            (AlertDescription::HandshakeFailure, "handshake_failure"),
            (AlertDescription::CertificateRequired, "certificate_required"),
        ] {
            assert_eq!(words(&Error::AlertReceived(alert)), format!("the peer sent the alert `{name}`"));
        }
        assert_eq!(plain("DnsName(\"localhost\")"), "localhost");
        assert_eq!(plain("IpAddress(0::1)"), "::1");
        assert_eq!(plain("localhost"), "localhost");
    }
}
