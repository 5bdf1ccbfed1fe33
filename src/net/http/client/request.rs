//! Requests as they are put together before they are sent.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Body as _;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Method, Request, Uri};

use super::super::head::Head;
use super::Version;
use crate::net::url::Url;

/// A request as it is sent, perhaps more than once.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    request: Request<Full<Bytes>>,
    url: Url,
    keeps: bool,
    /// The fields that were given, which stand in place of ours of that name.
    given: Vec<HeaderName>,
}

impl HttpRequest {
    /// `GET` of a URL. With `keeps` a connection carries request after request, otherwise each has its own.
    pub fn new(url: &Url, keeps: bool) -> Result<Self, String> {
        let mut request = Request::new(Full::default());
        let headers = request.headers_mut();
        // Ours come in the order in which they are first set.
        headers.insert(HOST, HeaderValue::from_static(""));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("nsh/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if !keeps {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let mut made = Self { request, url: url.clone(), keeps, given: Vec::new() };
        made.set_url(url)?;
        Ok(made)
    }

    /// Whether a connection carries more than one request.
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.request.method().as_str()
    }

    /// Sets the URL. A field `Host` that was given stays.
    pub fn set_url(&mut self, url: &Url) -> Result<(), String> {
        *self.request.uri_mut() = url.target.parse::<Uri>().map_err(|error| error.to_string())?;
        if !self.given.contains(&HOST) {
            let host = HeaderValue::from_str(&url.authority()).map_err(|_| "the host is no ASCII".to_owned())?;
            self.request.headers_mut().insert(HOST, host);
        }
        self.url = url.clone();
        Ok(())
    }

    /// Sets the method, as written.
    pub fn set_method(&mut self, method: &str) -> Result<(), String> {
        let found = Method::from_bytes(method.as_bytes()).ok().filter(|method| *method != Method::CONNECT);
        *self.request.method_mut() = found.ok_or_else(|| format!("`{method}` is no method that asks for an answer"))?;
        Ok(())
    }

    /// Adds a field such as `Accept: text/html` to the head, in place of ours of that name.
    pub fn add_header(&mut self, field: &[u8]) -> Result<(), String> {
        let (name, value) = field_of(field)?;
        let headers = self.request.headers_mut();
        if self.given.contains(&name) {
            headers.append(name, value);
        } else {
            headers.insert(&name, value);
            self.given.push(name);
        }
        Ok(())
    }

    /// Removes the fields of these names, whoever gave them.
    pub fn remove_headers(&mut self, names: &[&str]) {
        for name in names {
            self.request.headers_mut().remove(*name);
            self.given.retain(|given| given != name);
        }
    }

    /// Sets the body.
    pub fn set_body(&mut self, body: Bytes) {
        *self.request.body_mut() = Full::new(body);
    }

    /// As it is sent over HTTP/1.1 (RFC 9112, 3.2.1: the origin form).
    pub(in crate::net) fn plain(&self) -> Request<Full<Bytes>> {
        self.request.clone()
    }

    /// As that version has it. In HTTP/2 the URL is whole, since `:scheme` and `:authority` come from there (RFC 9113,
    /// 8.3.1), and fields about the connection are left out (8.2.2).
    pub(super) fn of(&self, version: Version) -> Request<Full<Bytes>> {
        let mut request = self.plain();
        if version == Version::Http2 {
            let headers = request.headers_mut();
            let host = headers.remove(HOST).and_then(|host| host.to_str().ok().map(str::to_owned));
            headers.remove(CONNECTION);
            let host = host.unwrap_or_else(|| self.url.authority());
            let whole = format!("{}://{host}{}", self.url.scheme, self.url.target);
            if let Ok(whole) = whole.parse() {
                *request.uri_mut() = whole;
            }
        }
        request
    }

    /// Its head, for whoever is told of it, with the length of the body that is added on the way.
    pub fn head(&self, version: Version) -> Head {
        let mut fields = HeaderMap::new();
        let request = self.of(version);
        if version == Version::Http2
            && let Some(authority) = request.uri().authority()
            && let Ok(authority) = HeaderValue::from_str(authority.as_str())
        {
            fields.insert(HOST, authority);
        }
        for (name, value) in request.headers() {
            fields.append(name, value.clone());
        }
        let length = request.body().size_hint().exact().unwrap_or_default();
        let expects = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
        if (length > 0 || expects) && !fields.contains_key(CONTENT_LENGTH) {
            fields.insert(CONTENT_LENGTH, length.into());
        }
        Head::new(format!("{} {} {}", request.method(), self.url.target, version.name()), &fields)
    }
}

/// Reads `NAME: VALUE` (RFC 9110, 5.1 and 5.5).
pub fn field_of(field: &[u8]) -> Result<(HeaderName, HeaderValue), String> {
    let colon = field.iter().position(|byte| *byte == b':').ok_or("expected `NAME: VALUE`")?;
    let name = HeaderName::from_bytes(&field[..colon]).map_err(|_| "expected a header's name before the `:`")?;
    let value = HeaderValue::from_bytes(field[colon + 1..].trim_ascii());
    let value = value.map_err(|_| "a header's value has no line ends and no control characters")?;
    Ok((name, value))
}
