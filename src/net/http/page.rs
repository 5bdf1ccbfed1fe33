//! Pages of our own: what a status means, as a page for people with a browser and a line for those without.

use hyper::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};

use super::body::Body;

/// What pages of ours may do: nothing but show themselves.
pub(super) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
);

/// As many fields as most answers have before hyper adds its own, so that their table need not grow.
const FIELDS: usize = 6;

/// The methods that files answer.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// An answer without content.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    with_status(status, Body::empty())
}

/// An answer with content.
pub(super) fn with_status(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(FIELDS);
    response
}

/// What files may be asked for.
pub(super) fn allowed() -> Response<Body> {
    let mut response = empty(StatusCode::NO_CONTENT);
    response.headers_mut().insert(ALLOW, METHODS);
    response
}

/// An answer that says what went wrong, to somebody whose request had these fields.
pub fn error(status: StatusCode, request: &HeaderMap) -> Response<Body> {
    let reason = status.canonical_reason().unwrap_or("error");
    let browser = request.get(ACCEPT).is_some_and(|accept| wants_html(accept.as_bytes()));
    let (text, media) = if browser {
        (page(status, reason), "text/html; charset=utf-8")
    } else {
        (format!("{} {}\n", status.as_u16(), reason.to_lowercase()), "text/plain; charset=utf-8")
    };
    let mut response = with_status(status, Body::of(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, METHODS);
    }
    response
}

/// Whether an `Accept` field asks for pages by name, as browsers do.
pub(super) fn wants_html(accept: &[u8]) -> bool {
    accept.windows(9).any(|window| window.eq_ignore_ascii_case(b"text/html"))
}

fn page(status: StatusCode, reason: &str) -> String {
    let code = status.as_u16();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{code} {reason}</title>\n\
         <style>:root{{color-scheme:light dark}}body{{font:1rem/1.5 system-ui,sans-serif;display:grid;\
         place-content:center;min-height:90vh;text-align:center}}h1{{font-size:4rem;font-weight:300;margin:0}}</style>\n\
         <h1>{code}</h1>\n<p>{reason}</p>\n"
    )
}

/// A text as HTML shows it, also within quotes.
pub(super) fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            character if character.is_control() => safe.push('\u{fffd}'),
            character => safe.push(character),
        }
    }
    safe
}
