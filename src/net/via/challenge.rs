//! Challenges: what an HTTP proxy says of the logins that it takes (RFC 9110, 11.3), and the best of them.

use data_encoding::BASE64;

use super::Login;
use super::digest::Digest;

/// A login that a proxy takes and that we have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password as they are (RFC 7617).
    Basic,
    /// A proof of the password (RFC 7616).
    Digest(Digest),
}

impl Challenge {
    /// The strongest that these `Proxy-Authenticate` fields offer; where we have none of them, what kind of login is
    /// wanted instead.
    pub(super) fn best<'f>(fields: impl Iterator<Item = &'f str>) -> Result<Self, String> {
        let mut best: Result<Self, _> = Err("a login that is neither Basic nor Digest".to_owned());
        for offer in fields.flat_map(offers).filter_map(|offer| Self::of(&offer)) {
            // Of equal ones the first, as the proxy likes it best.
            let is_better = match (&best, &offer) {
                (Ok(best), Ok(next)) => next.strength() > best.strength(),
                (best, _) => best.is_err(),
            };
            if is_better {
                best = offer.map_err(|reason| format!("a Digest that nsh cannot answer: {reason}"));
            }
        }
        best
    }

    /// What is offered, if it is of a scheme that we have, or why we cannot answer.
    fn of(offer: &Offer) -> Option<Result<Self, String>> {
        match offer.scheme.to_ascii_lowercase().as_str() {
            "basic" => Some(Ok(Self::Basic)),
            "digest" => Some(Digest::of(|name| offer.parameter(name)).map(Self::Digest)),
            _ => None,
        }
    }

    fn strength(&self) -> usize {
        match self {
            Self::Basic => 0,
            Self::Digest(digest) => 1 + digest.strength(),
        }
    }

    /// Whether it asks again only because its number is too old.
    pub(super) fn is_stale(&self) -> bool {
        matches!(self, Self::Digest(digest) if digest.stale)
    }

    /// What `Proxy-Authorization` says to it for the `count`th time.
    pub(super) fn answer(&self, login: &Login, method: &str, target: &str, count: u32) -> Vec<u8> {
        match self {
            Self::Basic => {
                let secret = [&login.user[..], b":", &login.password].concat();
                format!("Basic {}", BASE64.encode(&secret)).into_bytes()
            }
            Self::Digest(digest) => digest.answer(login, method, target, count),
        }
    }
}

/// One scheme with its parameters, as it stands in a field.
#[derive(Debug, PartialEq, Eq)]
struct Offer {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Offer {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

/// The schemes of a field. Commas stand between schemes and between the parameters of one.
fn offers(field: &str) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for element in elements(field) {
        let (word, rest) = element.split_at(element.find([' ', '\t', '=', '"']).unwrap_or(element.len()));
        let rest = rest.trim_start();
        if !rest.starts_with('=') {
            offers.push(Offer { scheme: word.to_owned(), parameters: parameter(rest).into_iter().collect() });
        } else if let Some(last) = offers.last_mut() {
            last.parameters.extend(parameter(element));
        }
    }
    offers
}

/// What stands between commas that are not in quotes.
fn elements(field: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let elements = field.split(move |character| {
        let bare = !escaped;
        escaped = quoted && bare && character == '\\';
        quoted ^= bare && character == '"';
        character == ',' && !quoted
    });
    elements.map(str::trim).filter(|element| !element.is_empty())
}

/// `NAME=VALUE`, the value perhaps in quotes; `None` for what a scheme says in a word of its own.
fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.is_empty() || value.starts_with('=') {
        return None;
    }
    let Some(quoted) = value.strip_prefix('"') else { return Some((name.to_owned(), value.to_owned())) };
    let mut plain = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((name.to_owned(), plain)),
            '\\' => plain.push(characters.next()?),
            character => plain.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> String {
        let offers = offers(field).into_iter().map(|offer| {
            let parameters = offer.parameters.iter().map(|(name, value)| format!(" {name}={value}"));
            offer.scheme + &parameters.collect::<String>()
        });
        offers.collect::<Vec<_>>().join(" / ")
    }

    #[test]
    fn schemes_and_parameters_are_told_apart() {
        for (field, expected) in [
            ("Basic realm=\"a\"", "Basic realm=a"),
            ("Basic", "Basic"),
            ("NTLM, Basic realm=x", "NTLM / Basic realm=x"),
            ("NTLM TlRMTVNTUAAB==, Basic realm=x", "NTLM / Basic realm=x"),
            ("Digest realm=\"a, b\", nonce = \"c\\\"d\" ,qop=auth", "Digest realm=a, b nonce=c\"d qop=auth"),
            (",, Basic realm = \"\" , , Digest nonce=1", "Basic realm= / Digest nonce=1"),
            ("a=b, Basic c=d", "Basic c=d"),
            ("Basic realm=\"unfinished, Digest x=y", "Basic"),
            ("Basic realm=\"\\\\\", Digest x=\"\\", "Basic realm=\\ / Digest"),
            ("\"", ""),
        ] {
            assert_eq!(read(field).trim(), expected, "{field}");
        }
    }

    #[test]
    fn the_strongest_is_taken_wherever_it_stands() {
        let best = |fields: &[&str]| match Challenge::best(fields.iter().copied()) {
            Err(wanted) => wanted,
            Ok(Challenge::Basic) => "basic".to_owned(),
            Ok(Challenge::Digest(digest)) => format!("digest {}", digest.strength()),
        };
        let (md5, sha) = ("Digest realm=a, nonce=b", "Digest realm=a, nonce=b, algorithm=SHA-256");
        let tiger = "Digest realm=a, nonce=b, algorithm=TIGER";
        assert_eq!(best(&[]), "a login that is neither Basic nor Digest");
        assert_eq!(best(&["NTLM", "Negotiate"]), "a login that is neither Basic nor Digest");
        assert_eq!(best(&["NTLM", tiger]), "a Digest that nsh cannot answer: TIGER");
        assert_eq!(best(&[tiger, md5]), "digest 0");
        assert_eq!(best(&["Basic realm=a"]), "basic");
        assert_eq!(best(&["Basic realm=a", "NTLM", md5]), "digest 0");
        assert_eq!(best(&[&format!("{md5}, NTLM, Basic realm=a")]), "digest 0");
        assert_eq!(best(&[md5, sha]), "digest 1");
        assert_eq!(best(&[sha, md5]), "digest 1");
        assert_eq!(best(&[&format!("Basic realm=a, {tiger}")]), "basic");
    }
}
