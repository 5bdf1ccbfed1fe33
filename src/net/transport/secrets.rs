//! Secrets of encrypted connections: with them whoever has captured what went over the network can decipher it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A secret, as a line of a key log without its line feed (RFC 9850): what it is, the random bytes by which its
/// connection is known, and the secret itself, both in hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(String);

impl Secret {
    /// The secret that a handshake has told.
    pub(super) fn new(label: &str, client_random: &[u8], secret: &[u8]) -> Self {
        let hex = |bytes| data_encoding::HEXLOWER.encode(bytes);
        Self(format!("{label} {} {}", hex(client_random), hex(secret)))
    }

    /// The line.
    pub fn line(&self) -> &str {
        &self.0
    }
}

/// What debugging shows tells nobody the secret.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} …)", self.0.split(' ').next().unwrap_or_default())
    }
}

/// A line of a log may hold anything.
impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(line: String) -> Result<Self, Self::Error> {
        let is_label = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_hex = |word: &str| word.bytes().all(|byte| byte.is_ascii_hexdigit());
        match *line.split(' ').collect::<Vec<_>>() {
            [label, random, secret] if is_label(label) && is_hex(random) && is_hex(secret) => Ok(Self(line)),
            _ => Err("a secret is `LABEL HEX HEX`"),
        }
    }
}

/// Whoever may be trusted with secrets.
pub trait Confidant: Send + Sync {
    /// Whether it wants to be told of them now. It is asked whenever a handshake has one.
    fn wants_secrets(&self) -> bool;

    /// Takes a secret. Called within the handshake: it must not wait for the network.
    fn confide(&self, secret: &Secret);
}

/// Who is told of the secrets of a connection.
#[derive(Clone, Default)]
pub struct Confidants {
    /// Whoever is told of all.
    pub always: Option<Arc<dyn Confidant>>,
    /// Whoever is told where the connection's own options name nobody.
    pub otherwise: Option<Arc<dyn Confidant>>,
}

impl fmt::Debug for Confidants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Confidants")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_line_and_debugging_hides_it() {
        let secret = Secret::new("CLIENT_RANDOM", &[1, 0xab], &[0xff, 0]);
        assert_eq!(secret.line(), "CLIENT_RANDOM 01ab ff00");
        assert_eq!(format!("{secret:?}"), "Secret(CLIENT_RANDOM …)");
    }

    #[test]
    fn a_log_gives_back_only_what_is_a_secret() {
        let read = |text: &str| serde_json::from_str::<Secret>(text).ok();
        let secret = Secret::new("EXPORTER_SECRET", &[7; 32], &[9; 48]);
        assert_eq!(read(&serde_json::to_string(&secret).expect("it is text")), Some(secret));
        for wrong in ["A 00", "A 00 0g", "A 00 00 00", "A 00 00\\nB 00 00", "A\\u0007 00 00", ""] {
            assert_eq!(read(&format!("\"{wrong}\"")), None, "{wrong}");
        }
    }
}
