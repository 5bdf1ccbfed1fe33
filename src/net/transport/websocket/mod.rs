//! WebSocket (RFC 6455), version 13 without extensions: `ws` on TCP, `wss` on TLS.

use std::sync::Arc;
use std::time::Duration;

use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::layer::{Handshake, HandshakeError, Layer, Shaken};
use super::setting::{End, Setting, Settings};
use super::tcp::Tcp;
use super::tls::Tls;
use super::{BoxFuture, ConnectOptions, ListenOptions, Transport};
use crate::net::address::Place;
use crate::net::error::NetError;
use crate::net::fact::Fact;
use crate::net::io::ByteStream;
use crate::net::socket::{Connection, Framing, MessageKind};
use crate::net::stage::Kind;

mod client;
mod failure;
mod keeper;
mod server;
mod socket;

use socket::{Terms, WebSocket};

/// The transports.
#[derive(Clone, Copy)]
pub(super) enum Web {
    /// `ws`
    Clear,
    /// `wss`
    Encrypted,
}

const SETTINGS: &[Setting] = &[
    Setting::new(
        "path",
        Kind::Text,
        End::Both,
        "/; any where it listens",
        "the path asked for, or the only one served",
    ),
    Setting::new(
        "protocol",
        Kind::Label,
        End::Both,
        "none",
        "subprotocols to agree on, the best first: chat,superchat",
    ),
    Setting::repeated("header", Kind::Text, End::Both, "none", "a field of the handshake: \"Name: value\""),
    Setting::repeated(
        "origin",
        Kind::Text,
        End::Both,
        "none; anybody's where it listens",
        "the origin to name, or one of those that may connect",
    ),
    Setting::new("kind", Kind::Label, End::Both, "auto", "send every message as text or as binary: text, binary, auto"),
    Setting::new("longest", Kind::Size, End::Both, "16MiB", "the longest message that is taken"),
    Setting::new("ping", Kind::Duration, End::Both, "never", "ask the peer so often whether it is there"),
];

const FIELDS: &[(&str, &str)] = &[
    ("resource", "the path that was asked for, with its query"),
    ("protocol", "the subprotocol agreed on"),
    ("origin", "the origin that the client named"),
];

/// The longest message where nothing else was asked for.
const LONGEST: u64 = 16 << 20;

impl Layer for Web {
    fn name(&self) -> &'static str {
        match self {
            Self::Clear => "ws",
            Self::Encrypted => "wss",
        }
    }

    fn summary(&self) -> &'static str {
        match self {
            Self::Clear => "text and binary messages, as browsers send them",
            Self::Encrypted => "the same messages over TLS",
        }
    }

    fn framing(&self) -> Framing {
        Framing::Message
    }

    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn fields(&self) -> &'static [(&'static str, &'static str)] {
        FIELDS
    }

    fn below(&self) -> &'static dyn Transport {
        match self {
            Self::Clear => &Tcp,
            Self::Encrypted => &Tls,
        }
    }

    fn server<'a>(
        &'a self,
        place: &'a Place,
        options: &'a ListenOptions,
    ) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>> {
        Box::pin(async { Ok(Arc::new(server::Server::prepare(place, &options.settings)?) as Arc<dyn Handshake>) })
    }

    fn client<'a>(
        &'a self,
        place: &'a Place,
        options: &'a ConnectOptions,
    ) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>> {
        Box::pin(async {
            Ok(Arc::new(client::Client::prepare(Layer::name(self), place, &options.settings)?) as Arc<dyn Handshake>)
        })
    }
}

/// What both sides read from their options.
struct Common {
    terms: Terms,
    config: WebSocketConfig,
    protocols: Vec<String>,
    headers: HeaderMap,
}

impl Common {
    fn of(settings: &Settings) -> Result<Self, NetError> {
        let longest = usize::try_from(settings.number("longest").unwrap_or(LONGEST)).unwrap_or(usize::MAX);
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .write_buffer_size(0)
            .max_message_size(Some(longest))
            .max_frame_size(Some(longest));
        Ok(Self { terms: terms(settings)?, config, protocols: protocols(settings)?, headers: headers(settings)? })
    }
}

fn terms(settings: &Settings) -> Result<Terms, NetError> {
    let kind = match settings.text("kind").as_deref() {
        None | Some("auto") => None,
        Some("text") => Some(MessageKind::Text),
        Some("binary") => Some(MessageKind::Binary),
        Some(_) => return Err(NetError::Unsupported("`kind` is `text`, `binary` or `auto`".into())),
    };
    let ping = settings.duration("ping");
    if ping == Some(Duration::ZERO) {
        return Err(NetError::Unsupported("`ping` is longer than nothing".into()));
    }
    Ok(Terms { kind, ping })
}

/// The subprotocols that `protocol=` names (RFC 6455, 11.3.4).
fn protocols(settings: &Settings) -> Result<Vec<String>, NetError> {
    let Some(text) = settings.text("protocol") else { return Ok(Vec::new()) };
    let names: Vec<String> = text.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    // A token (RFC 9110, 5.6.2), as the name of a field is one.
    if names.is_empty() || names.iter().any(|name| HeaderName::from_bytes(name.as_bytes()).is_err()) {
        return Err(NetError::Unsupported("`protocol` is a list of names without spaces or separators in them".into()));
    }
    Ok(names)
}

/// The fields that `header=` names.
fn headers(settings: &Settings) -> Result<HeaderMap, NetError> {
    let mut headers = HeaderMap::new();
    for text in settings.texts("header") {
        let wrong = || NetError::Unsupported(format!("`header={text}` is no field: expected \"Name: value\""));
        let (name, value) = text.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| wrong())?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// What the headers of a handshake tell.
fn facts(path: &str, protocol: Option<&HeaderValue>, origin: Option<&HeaderValue>) -> Vec<Fact> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut facts = vec![Fact::told("resource", path, path)];
    if let Some(protocol) = protocol.map(text) {
        facts.push(Fact::told("protocol", protocol.clone(), format!("protocol {protocol}")));
    }
    facts.extend(origin.map(|origin| Fact::quiet("origin", text(origin))));
    facts
}
