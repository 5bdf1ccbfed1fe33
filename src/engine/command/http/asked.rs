//! What a statement asks for, and where a redirect makes it ask next.

use bytes::Bytes;

use crate::engine::command::{address, options, transports};
use crate::engine::confidants::confidants;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::net::Url;
use crate::net::http::client::{Answer, HttpRequest, Version, Way};
use crate::net::stage::Argument;
use crate::net::transport::{ConnectOptions, End};

/// Fields that say who asks, which nobody else is told.
const CONFIDENTIAL: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "host"];

/// Fields about a body.
const ABOUT_BODY: [&str; 4] = ["content-type", "content-length", "content-encoding", "content-language"];

/// A request and how it is sent.
pub(super) struct Asked {
    pub(super) request: HttpRequest,
    pub(super) version: Version,
    pub(super) body: Bytes,
}

impl Asked {
    /// Reads the words of a statement.
    pub(super) fn read(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<Self, Problem> {
        let Some((given, span)) = invocation.get("URL") else { return Err(Problem::usage("expected a URL")) };
        let url = address::url(evaluator, &given.value(), span)?;
        let mut request = HttpRequest::new(&url, false).map_err(|reason| Problem::usage(reason).at(span))?;
        request.set_method(&invocation.text("METHOD").unwrap_or_default()).map_err(Problem::usage)?;
        for (given, span) in invocation.options("header") {
            let added = request.add_header(&given.value().to_bytes());
            added.map_err(|reason| Problem::usage(reason).at(span))?;
        }
        let body = invocation.option("body").map(|(given, _)| given.value().to_bytes()).unwrap_or_default();
        request.set_body(body.clone());
        let second = invocation.option_text("version").as_deref() == Some("2");
        let version = if second { Version::Http2 } else { Version::Http1 };
        Ok(Self { request, version, body })
    }

    /// Whom it asks.
    pub(super) fn url(&self) -> &Url {
        self.request.url()
    }

    /// The way to whom it asks.
    pub(super) fn way(&self, evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<Way, Problem> {
        let encrypted = self.url().scheme == "https";
        let transport = address::find(if encrypted { "tls" } else { "tcp" })?;
        let mut having = vec![(transport, End::Client)];
        if invocation.option("redirects").is_some() {
            // They may lead to where these options are of use.
            having.push((address::find("tls")?, End::Client));
        }
        let mut settings = transports::settings(invocation, &having)?;
        if encrypted && !settings.has("alpn") {
            let offered = if self.version == Version::Http2 { "h2" } else { "http/1.1" };
            settings.add("alpn", Argument::Bytes(Bytes::from_static(offered.as_bytes())));
        }
        let connect = ConnectOptions {
            family: options::family(invocation),
            timeout: lock(&evaluator.shared().settings).connect_timeout,
            settings,
            keep: evaluator.shared().config.keep.clone(),
            confidants: confidants(evaluator.shared()),
            ..ConnectOptions::default()
        };
        Ok(Way { transport, place: self.url().place(), connect, version: self.version })
    }

    /// Whether an answer is a redirect (RFC 9110, 15.4); then this asks where it leads.
    pub(super) fn follow(&mut self, answer: &Answer) -> Result<bool, Problem> {
        if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(false);
        }
        let Some(location) = answer.head.field("location") else { return Ok(false) };
        let location = String::from_utf8_lossy(&location).into_owned();
        let next = self.url().join(&location).ok().filter(|url| matches!(url.scheme.as_str(), "http" | "https"));
        let next = next.ok_or_else(|| {
            let status = answer.status;
            Problem::refused(format!("the answer {status} leads to `{}`, which is no URL", location.escape_debug()))
        })?;
        // What a form was answered is fetched, as browsers do.
        let method = self.request.method();
        let fetches =
            answer.status == 303 && method != "HEAD" || matches!(answer.status, 301 | 302) && method == "POST";
        if fetches {
            self.request.set_method("GET").map_err(Problem::usage)?;
            self.request.set_body(Bytes::new());
            self.request.remove_headers(&ABOUT_BODY);
            self.body = Bytes::new();
        }
        if !next.is_same_origin(self.url()) {
            self.request.remove_headers(&CONFIDENTIAL);
        }
        self.request.set_url(&next).map_err(Problem::refused)?;
        Ok(true)
    }
}
