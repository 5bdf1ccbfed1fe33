//! Digests: the proof of a password to somebody who has sent a number to prove it with (RFC 7616).

use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

use super::Login;

/// What the proof is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    fn hash(self, parts: &[&[u8]]) -> String {
        let whole = parts.join(&b':');
        match self {
            Self::Md5 => HEXLOWER.encode(&Md5::digest(&whole)),
            Self::Sha256 => HEXLOWER.encode(digest(&SHA256, &whole).as_ref()),
        }
    }
}

/// A challenge to prove a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digest {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// The algorithm as the challenge names it, if it does.
    named: Option<String>,
    /// Whether the hash of the password is bound to the session (`-sess`).
    session: bool,
    /// Which of the qualities of protection that it offers we give; without one it is as in RFC 2069.
    quality: Option<&'static str>,
    /// Whether it would have taken the password, but not for this old number.
    pub stale: bool,
}

impl Digest {
    /// Reads a challenge's parameters; says of one that we cannot answer what is in the way.
    pub(super) fn of<'p>(parameter: impl Fn(&str) -> Option<&'p str>) -> Result<Self, String> {
        let needed = |name| parameter(name).map(str::to_owned).ok_or_else(|| format!("it has no {name}"));
        let named = parameter("algorithm");
        let (algorithm, session) = match named.unwrap_or("MD5").to_ascii_uppercase().as_str() {
            "MD5" => (Algorithm::Md5, false),
            "MD5-SESS" => (Algorithm::Md5, true),
            "SHA-256" => (Algorithm::Sha256, false),
            "SHA-256-SESS" => (Algorithm::Sha256, true),
            _ => return Err(named.unwrap_or_default().to_owned()),
        };
        let offers =
            |quality: &str, offered: &str| offered.split(',').any(|offer| offer.trim().eq_ignore_ascii_case(quality));
        let quality = match parameter("qop") {
            None => None,
            Some(offered) => {
                let quality = ["auth", "auth-int"].into_iter().find(|quality| offers(quality, offered));
                Some(quality.ok_or_else(|| format!("qop={offered}"))?)
            }
        };
        Ok(Self {
            realm: needed("realm")?,
            nonce: needed("nonce")?,
            opaque: parameter("opaque").map(str::to_owned),
            algorithm,
            named: named.map(str::to_owned),
            session,
            quality,
            stale: parameter("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    /// The higher the better.
    pub(super) fn strength(&self) -> usize {
        match self.algorithm {
            Algorithm::Md5 => 0,
            Algorithm::Sha256 => 1,
        }
    }

    /// The field's value that proves the password for a request without content; the `count`th with this challenge.
    pub(super) fn answer(&self, login: &Login, method: &str, target: &str, count: u32) -> Vec<u8> {
        let mut random = [0; 16];
        SystemRandom::new().fill(&mut random).expect("the system has random numbers");
        let (own, count) = (HEXLOWER.encode(&random), format!("{count:08x}"));
        let mut value = b"Digest username=".to_vec();
        quote(&mut value, &login.user);
        let mut add = |name: &str, text: &str| {
            value.extend([b", ", name.as_bytes(), b"="].concat());
            quote(&mut value, text.as_bytes());
        };
        add("realm", &self.realm);
        add("nonce", &self.nonce);
        add("uri", target);
        add("response", &self.proof(login, (method, target), &own, &count));
        if let Some(opaque) = &self.opaque {
            add("opaque", opaque);
        }
        if self.session || self.quality.is_some() {
            add("cnonce", &own);
        }
        if let Some(algorithm) = &self.named {
            value.extend(format!(", algorithm={algorithm}").into_bytes());
        }
        if let Some(quality) = self.quality {
            value.extend(format!(", qop={quality}, nc={count}").into_bytes());
        }
        value
    }

    /// The response (RFC 7616, 3.4.1 to 3.4.3).
    fn proof(&self, login: &Login, (method, target): (&str, &str), own: &str, count: &str) -> String {
        let hash = |parts: &[&[u8]]| self.algorithm.hash(parts);
        let mut secret = hash(&[&login.user, self.realm.as_bytes(), &login.password]);
        if self.session {
            secret = hash(&[secret.as_bytes(), self.nonce.as_bytes(), own.as_bytes()]);
        }
        let request = match self.quality {
            Some("auth-int") => hash(&[method.as_bytes(), target.as_bytes(), hash(&[b""]).as_bytes()]),
            _ => hash(&[method.as_bytes(), target.as_bytes()]),
        };
        let (secret, nonce, request) = (secret.as_bytes(), self.nonce.as_bytes(), request.as_bytes());
        match self.quality {
            Some(quality) => hash(&[secret, nonce, count.as_bytes(), own.as_bytes(), quality.as_bytes(), request]),
            None => hash(&[secret, nonce, request]),
        }
    }
}

/// Adds bytes as a quoted string (RFC 9110, 5.6.4).
fn quote(into: &mut Vec<u8>, bytes: &[u8]) {
    into.push(b'"');
    for byte in bytes {
        if matches!(byte, b'"' | b'\\') {
            into.push(b'\\');
        }
        into.push(*byte);
    }
    into.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(more: &[(&str, &'static str)]) -> Result<Digest, String> {
        let known = [
            ("realm", "http-auth@example.org"),
            ("nonce", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"),
            ("opaque", "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"),
        ];
        Digest::of(|name| more.iter().chain(&known).find(|(key, _)| *key == name).map(|(_, value)| *value))
    }

    fn proof(more: &[(&str, &'static str)]) -> String {
        let login = Login { user: b"Mufasa".to_vec(), password: b"Circle of Life".to_vec() };
        let own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        challenge(more).expect("a challenge").proof(&login, ("GET", "/dir/index.html"), own, "00000001")
    }

    #[test]
    fn proofs_are_those_of_the_standard() {
        // RFC 7616, 3.9.1.
        let qop = ("qop", "auth, auth-int");
        assert_eq!(proof(&[("algorithm", "MD5"), qop]), "8ca523f5e9506fed4657c9700eebdbec");
        let sha = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert_eq!(proof(&[("algorithm", "SHA-256"), qop]), sha);
        assert_eq!(proof(&[qop]), "8ca523f5e9506fed4657c9700eebdbec");
    }

    #[test]
    fn what_cannot_be_proved_is_no_challenge() {
        assert!(challenge(&[]).is_ok());
        for (wrong, why) in
            [(("algorithm", "SHA-512-256"), "SHA-512-256"), (("qop", "other"), "qop=other"), (("qop", ""), "qop=")]
        {
            assert_eq!(challenge(&[wrong]), Err(why.to_owned()));
        }
        assert_eq!(Digest::of(|_| None), Err("it has no realm".to_owned()));
    }
}
