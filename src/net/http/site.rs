//! The site: what a server answers, and what holds for all its answers.

use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response};

use super::body::Body;
use super::connection::Visit;
use super::content::Content;
use super::log::Log;
use crate::net::transport::BoxFuture;

/// A request as it came: its head is whole, its content may still be coming.
pub type Request = hyper::Request<Content>;

/// Whoever may answer a request.
pub trait Responder: Send + Sync {
    /// The answer to a request of a connection, or the request for whoever comes next. Answers to `HEAD` have the content that `GET` would have; it
    /// is not sent.
    fn respond<'a>(&'a self, request: Request, visit: &'a Visit) -> BoxFuture<'a, Result<Response<Body>, Request>>;
}

/// A site.
pub struct Site {
    /// Who answers; the first that does.
    pub responders: Vec<Box<dyn Responder>>,
    /// Who alone may ask.
    pub credentials: Option<Credentials>,
    /// The origin whose pages may read the answers, or `*` (the Fetch standard's CORS protocol).
    pub cors: Option<HeaderValue>,
    /// Fields that all answers carry.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How many bytes of content a second each connection is sent.
    pub throttle: Option<u64>,
    /// Where requests are written down.
    pub log: Option<Log>,
}

/// A user and a password (RFC 7617).
pub struct Credentials {
    /// The user.
    pub user: String,
    /// `USER:PASSWORD` in base64.
    pub token: String,
}

impl Credentials {
    /// Whether a request says the right ones. Takes as long for wrong ones of the right length as for the right ones.
    pub(super) fn permit(&self, headers: &HeaderMap) -> bool {
        let Some(field) = headers.get(AUTHORIZATION).and_then(|field| field.to_str().ok()) else { return false };
        let Some((scheme, token)) = field.split_once(' ') else { return false };
        let (given, right) = (token.trim().as_bytes(), self.token.as_bytes());
        let differing = given.iter().zip(right).fold(0, |differing, (one, other)| differing | (one ^ other));
        scheme.eq_ignore_ascii_case("basic") && given.len() == right.len() && differing == 0
    }
}
