//! The host that a request is for: exactly one, and one that can be (RFC 9112, 3.2).

use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{Method, Version};

/// Whether a request names its host as it must. A client of HTTP/1.0 need not, one of HTTP/2 does it by `:authority`.
pub(super) fn is_valid(head: &Parts) -> bool {
    if head.version != Version::HTTP_2 && head.method != Method::CONNECT && head.uri.scheme().is_none() {
        // `GET file` without a `/` reads as if it named a host.
        if head.uri.authority().is_some() {
            return false;
        }
    }
    let mut fields = head.headers.get_all(HOST).iter();
    let first = fields.next();
    if fields.next().is_some() {
        return false;
    }
    match (head.version, first) {
        (Version::HTTP_11, None) => false,
        (Version::HTTP_2, None) => head.uri.authority().is_some() || head.method == Method::CONNECT,
        (_, None) => true,
        (_, Some(field)) => field.to_str().is_ok_and(is_host),
    }
}

/// Whether a text is `HOST[:PORT]`. An empty one is what a URL without an authority gives.
fn is_host(text: &str) -> bool {
    if text.is_empty() || is_plain(text) {
        return true;
    }
    let Ok(authority) = text.parse::<Authority>() else { return false };
    let port = text.strip_prefix(authority.host()).unwrap_or_default();
    !text.contains('@') && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// Whether it is one at first sight, as most are: letters, digits, `-` and `.`, and perhaps a port. To read the grammar's
/// other forms takes a twentieth of an answer.
fn is_plain(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    !name.is_empty() && name.bytes().all(plain) && is_port(port)
}

/// Whether a text is a port, or none.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && (text.is_empty() || text.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (text, valid) in [
            ("", true),
            ("a", true),
            ("a:80", true),
            ("a:", true),
            ("[::1]:80", true),
            ("127.0.0.1", true),
            ("a b", false),
            ("a/b", false),
            ("me@a", false),
            ("a:b", false),
            ("a:99999", false),
            ("a:+80", false),
            ("a:80:80", false),
            ("a,b", true),
            ("http://a", false),
        ] {
            assert_eq!(is_host(text), valid, "{text}");
        }
    }
}
