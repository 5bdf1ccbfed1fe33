//! The client's side of the handshake (RFC 6455, 4.1).

use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};

use super::{
    BoxFuture, ByteStream, Common, Connection, Handshake, HandshakeError, NetError, Place, Settings, Shaken, WebSocket,
    facts, failure,
};
use crate::net::address::Host;
use crate::net::url::Url;

/// A client, prepared.
pub(super) struct Client {
    request: Request,
    common: Common,
}

impl Client {
    pub(super) fn prepare(scheme: &str, place: &Place, settings: &Settings) -> Result<Self, NetError> {
        let common = Common::of(settings)?;
        let mut request = request(scheme, place, settings)?;
        let fields = request.headers_mut();
        if !common.protocols.is_empty() {
            fields.insert("sec-websocket-protocol", value("protocol", &common.protocols.join(", "))?);
        }
        if let Some(origin) = settings.text("origin") {
            fields.insert("origin", value("origin", &origin)?);
        }
        for name in common.headers.keys() {
            fields.remove(name);
        }
        fields.extend(common.headers.clone());
        Ok(Self { request, common })
    }
}

/// The request without what options add.
fn request(scheme: &str, place: &Place, settings: &Settings) -> Result<Request, NetError> {
    let (host, port, target) = match place {
        Place::Inet(host, port) => (host, *port, "/"),
        Place::Resource(host, port, target) => (host, *port, target.as_str()),
        other => {
            return Err(NetError::Unsupported(format!("{scheme} needs a host and a port, not the path `{other}`")));
        }
    };
    let host = match host {
        Host::Loopback | Host::Any => Host::Name("localhost".to_owned()),
        host => host.clone(),
    };
    let target = settings.text("path").unwrap_or_else(|| target.to_owned());
    let url = Url { scheme: scheme.to_owned(), host, port, target };
    let wrong = || NetError::Unsupported(format!("`{}` is no path to ask for", url.target));
    if !url.target.starts_with('/') {
        return Err(wrong());
    }
    let uri: Uri = url.to_string().parse().map_err(|_| wrong())?;
    ClientRequestBuilder::new(uri).into_client_request().map_err(|_| wrong())
}

fn value(key: &str, text: &str) -> Result<HeaderValue, NetError> {
    HeaderValue::from_str(text).map_err(|_| NetError::Unsupported(format!("`{key}={text}` cannot stand in a header")))
}

impl Handshake for Client {
    fn run(&self, below: Connection) -> BoxFuture<'static, Shaken> {
        let (request, config, terms) = (self.request.clone(), self.common.config, self.common.terms);
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        Box::pin(async move {
            let stream = ByteStream::new(below.clone());
            match client_async_with_config(request, stream, Some(config)).await {
                Ok((stream, response)) => {
                    let facts = facts(&path, response.headers().get("sec-websocket-protocol"), None);
                    Ok(WebSocket::open(stream, below, facts, terms))
                }
                Err(Error::Http(response)) => Err(refused(&response)),
                Err(error) => Err(failure::of_handshake(error)),
            }
        })
    }
}

/// The server's answer was another one.
fn refused(response: &Response) -> HandshakeError {
    let status = response.status();
    let error = HandshakeError::new(format!("the server answered {status} instead of switching to WebSocket"));
    match (response.headers().get("location"), status.as_u16()) {
        (Some(location), _) => error.hint(format!("it points to {}", String::from_utf8_lossy(location.as_bytes()))),
        (None, 404) => error.hint("`path=` says what to ask for"),
        (None, 403) => error.hint("`origin=` says from which site"),
        (None, 401) => error.hint("`header=\"Authorization: …\"` says who asks"),
        _ => error,
    }
}
