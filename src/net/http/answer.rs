//! Answers: what every request goes through before and after somebody answers it.

use std::borrow::Cow;
use std::sync::Arc;

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, HeaderName, HeaderValue, ORIGIN,
    REFERER, USER_AGENT, VARY, WWW_AUTHENTICATE,
};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Response, StatusCode, Version};

use super::body::Body;
use super::connection::Visit;
use super::entry::Entry;
use super::lane::Lane;
use super::limits::Limits;
use super::meter::Meter;
use super::pace::Pace;
use super::site::{Request, Site};
use super::{host, page};
use crate::net::clock;

/// Where the requests of one connection are answered.
pub(super) struct Desk {
    pub site: Arc<Site>,
    pub visit: Visit,
    pub limits: Arc<Limits>,
    pub pace: Option<Arc<Pace>>,
    /// Where the kernel can send files.
    pub lane: Option<Arc<Lane>>,
}

impl Desk {
    /// Answers a request.
    pub(super) async fn answer(self: Arc<Self>, request: Request) -> Response<Body> {
        let (head, content) = request.into_parts();
        let (site, limits, observer) =
            (Arc::clone(&self.site), Arc::clone(&self.limits), Arc::clone(&self.visit.observer));
        let mut meter = Box::new(Meter::new(self.entry(&head), site, limits, observer));
        let is_head = head.method == Method::HEAD;
        let origin = head.headers.contains_key(ORIGIN);
        let mut response = match self.refuse(&head) {
            Some(response) => response,
            None => self.ask(Request::from_parts(head, content)).await,
        };
        if is_head && let Some(length) = length(&response) {
            // Else hyper says how long the content is that it is given.
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        self.finish(response.headers_mut(), origin);
        meter.note_status(response.status().as_u16());
        // Bytes that the kernel sends by itself are seen by nobody.
        let lane = self.lane.clone().filter(|_| !self.visit.observer.watches());
        response.map(|body| if is_head { Body::empty() } else { body }.carried(self.pace.clone(), lane, meter))
    }

    /// The answer to a request that nobody needs to see.
    fn refuse(&self, head: &Parts) -> Option<Response<Body>> {
        if !host::is_valid(head) {
            return Some(page::error(StatusCode::BAD_REQUEST, &head.headers));
        }
        if let Some(preflight) = self.preflight(head) {
            return Some(preflight);
        }
        let credentials = self.site.credentials.as_ref()?;
        if credentials.permit(&head.headers) {
            return None;
        }
        let mut response = page::error(StatusCode::UNAUTHORIZED, &head.headers);
        let challenge = HeaderValue::from_static("Basic realm=\"nsh\", charset=\"UTF-8\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        Some(response)
    }

    /// The answer to a browser that asks whether a page of another origin may ask.
    fn preflight(&self, head: &Parts) -> Option<Response<Body>> {
        self.site.cors.as_ref()?;
        let asks = head.method == Method::OPTIONS && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !asks {
            return None;
        }
        let mut response = page::allowed();
        let headers = response.headers_mut();
        let methods = head.headers.get(ACCESS_CONTROL_REQUEST_METHOD)?.clone();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        if let Some(wanted) = head.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        Some(response)
    }

    async fn ask(&self, mut request: Request) -> Response<Body> {
        for responder in &self.site.responders {
            match responder.respond(request, &self.visit).await {
                Ok(response) => return response,
                Err(passed) => request = passed,
            }
        }
        page::error(StatusCode::NOT_FOUND, request.headers())
    }

    /// Adds what all answers have.
    fn finish(&self, headers: &mut HeaderMap, origin: bool) {
        if let Some(allowed) = &self.site.cors {
            if origin {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed.clone());
            }
            if allowed != "*" {
                headers.append(VARY, HeaderValue::from_static("origin"));
            }
        }
        add(headers, &self.site.headers);
    }

    fn entry(&self, head: &Parts) -> Entry {
        let user = self.site.credentials.as_ref().filter(|credentials| credentials.permit(&head.headers));
        let logged = |name| {
            let field = self.site.log.as_ref().and_then(|_| head.headers.get(name));
            field.map(|field: &HeaderValue| String::from_utf8_lossy(field.as_bytes()).into_owned())
        };
        Entry {
            peer: self.visit.connection.peer(),
            user: user.map(|credentials| credentials.user.clone()),
            time: clock::since_1970().as_secs(),
            method: head.method.as_str().to_owned(),
            target: head.uri.path_and_query().map_or_else(|| head.uri.to_string(), |path| path.as_str().to_owned()),
            version: Cow::Borrowed(match head.version {
                Version::HTTP_10 => "HTTP/1.0",
                Version::HTTP_2 => "HTTP/2.0",
                _ => "HTTP/1.1",
            }),
            status: 0,
            bytes: 0,
            whole: false,
            took: std::time::Duration::ZERO,
            referer: logged(REFERER),
            agent: logged(USER_AGENT),
        }
    }
}

/// How long the content would be that an answer to `HEAD` has not.
fn length(response: &Response<Body>) -> Option<u64> {
    let bare = matches!(response.status(), StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
    response.body().length().filter(|_| !bare)
}

/// Adds fields that were asked for in the place of those of the same names.
fn add(headers: &mut HeaderMap, fields: &[(HeaderName, HeaderValue)]) {
    for (name, _) in fields {
        headers.remove(name);
    }
    for (name, value) in fields {
        headers.append(name, value.clone());
    }
}
