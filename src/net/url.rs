//! URLs: a scheme, where it is served, and what is asked for there (RFC 3986).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::address::{AddressError, Host, Place, host, port};

/// Ports that need not be written.
const DEFAULT_PORTS: [(&str, u16); 4] = [("http", 80), ("https", 443), ("ws", 80), ("wss", 443)];

const START: &str = "a URL, as in `http://localhost:8080/`";

/// A URL with an authority: `http://localhost:8080/path?query`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// The scheme, lower case.
    pub scheme: String,
    /// The host; never [`Host::Loopback`] or [`Host::Any`].
    pub host: Host,
    /// The port, or the scheme's own.
    pub port: u16,
    /// Path and query as written, at least `/` (RFC 9112, 3.2.1: the origin form). A fragment is no part of it.
    pub target: String,
}

impl Url {
    /// Reads a URL. User information is refused, and so is what has to be percent-encoded and is not.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let Some(colon) = text.find("://") else { return Err(AddressError::new(0, START)) };
        let scheme = text[..colon].to_ascii_lowercase();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(fits) {
            return Err(AddressError::new(0, START));
        }
        let at = colon + 3;
        let end = text[at..].find(['/', '?', '#']).map_or(text.len(), |length| at + length);
        let (host, port) = authority(&text[at..end], at, &scheme)?;
        Ok(Self { scheme, host, port, target: target(&text[end..], end)? })
    }

    /// The URL that a reference in an answer means (RFC 3986, 5.2): another one, or a path as seen from here.
    pub fn join(&self, reference: &str) -> Result<Self, AddressError> {
        let scheme = reference.split_once(':').map_or("", |(scheme, _)| scheme);
        if !scheme.is_empty() && !scheme.contains(['/', '?', '#']) {
            return Self::parse(reference);
        }
        if reference.starts_with("//") {
            return Self::parse(&format!("{}:{reference}", self.scheme));
        }
        let (path, query) = self.target.split_once('?').map_or((self.target.as_str(), None), |(p, q)| (p, Some(q)));
        let reference = reference.split('#').next().unwrap_or_default();
        let target = match (reference.split('?').next().unwrap_or_default(), reference.find('?')) {
            ("", None) => query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
            ("", Some(_)) => format!("{path}{reference}"),
            (to, at) => {
                let base = if to.starts_with('/') { "" } else { &path[..path.rfind('/').map_or(0, |end| end + 1)] };
                without_dots(&format!("{base}{to}")) + at.map_or("", |at| &reference[at..])
            }
        };
        Ok(Self { target: self::target(&target, 0)?, ..self.clone() })
    }

    /// Whether a page of one may see what the other holds: scheme, host and port are the same (RFC 6454, 4).
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host == other.host && self.port == other.port
    }

    /// Where to connect.
    pub fn place(&self) -> Place {
        Place::Inet(self.host.clone(), self.port)
    }

    /// Host and port as the field `Host` has them (RFC 9110, 7.2): without the scheme's own port.
    pub fn authority(&self) -> String {
        match default_port(&self.scheme) {
            Some(port) if port == self.port => self.host.to_string(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority(), self.target)
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    DEFAULT_PORTS.iter().find(|(name, _)| *name == scheme).map(|(_, port)| *port)
}

/// Reads `HOST[:PORT]`, which begins at byte `at` of the whole text.
fn authority(text: &str, at: usize, scheme: &str) -> Result<(Host, u16), AddressError> {
    if let Some(user) = text.find('@') {
        return Err(AddressError::new(at + user, "a host without a user's name before it"));
    }
    let length = if text.starts_with('[') {
        text.find(']').map(|close| close + 1).ok_or_else(|| AddressError::new(at + text.len(), "`]`"))?
    } else {
        text.find(':').unwrap_or(text.len())
    };
    let host = named(&text[..length], at)?;
    let after = at + length;
    let port = match text[length..].strip_prefix(':') {
        Some(digits) if !digits.is_empty() => port(digits, after + 1)?,
        None if length < text.len() => return Err(AddressError::new(after, "`:` and a port, or a path")),
        _ => default_port(scheme).ok_or_else(|| AddressError::new(after, "`:` and a port"))?,
    };
    Ok((host, port))
}

/// Reads a host that somebody can be.
fn named(text: &str, at: usize) -> Result<Host, AddressError> {
    if let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        let address = inner.parse::<Ipv6Addr>().map_err(|_| AddressError::new(at + 1, "an IPv6 address"))?;
        return Ok(Host::Ip(IpAddr::V6(address)));
    }
    match host(text, at)? {
        Host::Loopback | Host::Any => Err(AddressError::new(at, "a host")),
        host => Ok(host),
    }
}

/// Reads what follows the authority.
fn target(text: &str, at: usize) -> Result<String, AddressError> {
    let text = text.split('#').next().unwrap_or_default();
    if let Some((offset, _)) = text.char_indices().find(|(_, c)| !c.is_ascii_graphic()) {
        return Err(AddressError::new(at + offset, "bytes in `%` and two digits, as in `%20`"));
    }
    Ok(if text.starts_with('/') { text.to_owned() } else { format!("/{text}") })
}

/// A path without `.` and `..` (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut all = path.split('/').skip(1).peekable();
    while let Some(part) = all.next() {
        let is_last = all.peek().is_none();
        match part {
            ".." => {
                parts.pop();
            }
            "." => {}
            part => {
                parts.push(part);
                continue;
            }
        }
        if is_last {
            parts.push("");
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_seen_from_where_they_stand() {
        // Those of RFC 3986, 5.4, without what a scheme of its own would need.
        for (reference, meant) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            ("g;x=1?y#s", "http://a/b/c/g;x=1?y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("https://b:1/x", "https://b:1/x"),
        ] {
            let base = Url::parse("http://a/b/c/d;p?q").unwrap();
            assert_eq!(base.join(reference).map(|url| url.to_string()).as_deref(), Ok(meant), "{reference}");
        }
    }

    fn read(text: &str) -> (String, String, u16, String) {
        let url = Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        (url.scheme, url.host.to_string(), url.port, url.target)
    }

    #[test]
    fn parts_are_told_apart() {
        for (text, scheme, host, port, target) in [
            ("http://localhost", "http", "localhost", 80, "/"),
            ("http://localhost:8080/a/b?c=d&e", "http", "localhost", 8080, "/a/b?c=d&e"),
            ("HTTP://127.0.0.1:/x", "http", "127.0.0.1", 80, "/x"),
            ("https://[::1]:8443/", "https", "[::1]", 8443, "/"),
            ("wss://[::1]?q#here", "wss", "[::1]", 443, "/?q"),
            ("http://example.org/a@b:c", "http", "example.org", 80, "/a@b:c"),
            ("tcp://host:7", "tcp", "host", 7, "/"),
        ] {
            assert_eq!(read(text), (scheme.to_owned(), host.to_owned(), port, target.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_said_where_it_stops() {
        for (text, offset, expected) in [
            ("localhost:80/", 0, START),
            ("://x", 0, START),
            ("9p://x", 0, START),
            ("http://", 7, "a host"),
            ("http://:80/", 7, "a host"),
            ("http://*:80/", 7, "a host"),
            ("http://me@host/", 9, "a host without a user's name before it"),
            ("http://ho st/", 9, "a host name"),
            ("http://[::1", 11, "`]`"),
            ("http://[::g]/", 8, "an IPv6 address"),
            ("http://[::1]8", 12, "`:` and a port, or a path"),
            ("http://host:66000/", 12, "a port from 0 to 65535"),
            ("tcp://host/", 10, "`:` and a port"),
            ("http://host/ä", 12, "bytes in `%` and two digits, as in `%20`"),
        ] {
            let error = Url::parse(text).expect_err(text);
            assert_eq!((error.offset, error.expected.as_str()), (offset, expected), "{text}");
        }
    }

    #[test]
    fn the_authority_leaves_out_the_schemes_own_port() {
        for (text, authority) in
            [("http://h:80/", "h"), ("http://h:81", "h:81"), ("https://[::1]", "[::1]"), ("https://h:80", "h:80")]
        {
            assert_eq!(Url::parse(text).unwrap().authority(), authority);
        }
        assert_eq!(Url::parse("http://h:80?x").unwrap().to_string(), "http://h/?x");
    }
}
