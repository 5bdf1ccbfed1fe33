//! Addresses in statements: from the words of an invocation to transports and places.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::ports;
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::event::SessionTag;
use crate::engine::fault::Problem;
use crate::engine::session::Session;
use crate::engine::shared::Shared;
use crate::engine::value::Value;
use crate::language::Span;
use crate::net::transport::{self, Places, Transport};
use crate::net::{Address, Endpoint, Host, NetError, Place, Url};

/// The transport that a statement names, or `tcp`.
pub(super) fn transport(invocation: &Invocation<'_>) -> Result<&'static dyn Transport, Problem> {
    find(&invocation.text("PROTO").unwrap_or_else(|| super::DEFAULT_PROTOCOL.to_owned()))
}

/// The transport of that name.
pub(super) fn find(name: &str) -> Result<&'static dyn Transport, Problem> {
    transport::find(name).ok_or_else(|| {
        let known: Vec<&str> = transport::all().iter().map(|transport| transport.name()).collect();
        Problem::usage(format!("there is no transport `{name}`")).hint(format!("there are: {}", known.join(", ")))
    })
}

/// Reads an address that is a value; one that names a transport overrides `default`.
pub(super) fn parse(
    value: &Value,
    span: Span,
    default: &'static dyn Transport,
) -> Result<(&'static dyn Transport, Place), Problem> {
    let text = value.to_text();
    let place = place_text(&text, default);
    let address = Address::parse(&place)
        .map_err(|error| Problem::usage(format!("`{text}` is no address: expected {}", error.expected)).at(span))?;
    let transport = match &address.protocol {
        Some(name) => find(name).map_err(|problem| problem.at(span))?,
        None => default,
    };
    Ok((transport, address.place))
}

/// An address as the parser reads it: where places are no hosts and ports a bare word is one.
fn place_text(text: &str, transport: &'static dyn Transport) -> String {
    let plain = match transport.places() {
        Places::Inet | Places::Standard => false,
        Places::Sockets => !text.contains(':') && !text.starts_with('@'),
        Places::Files => !text.contains(':'),
        Places::Commands => true,
        Places::Machines => !text.starts_with("vsock:"),
    };
    if plain { format!("{}:{text}", transport.name()) } else { text.to_owned() }
}

/// Where a `connect` goes.
pub(super) fn endpoint(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
) -> Result<(&'static dyn Transport, Place), Problem> {
    let default = transport(invocation)?;
    let Some((given, span)) = invocation.get("WHERE") else {
        return Err(Problem::usage("expected where to connect"));
    };
    let given = match given {
        Given::Sequence(alternative) => alternative.first().unwrap_or(given),
        given => given,
    };
    let words = match given {
        Given::Endpoint(words) => words,
        Given::Value(value) => &vec![value.clone()],
        _ => return Err(Problem::usage("expected where to connect").at(span)),
    };
    match words.as_slice() {
        [Value::Session(tag)] => {
            let (transport, place) = reachable(evaluator, tag, span)?;
            if invocation.get("PROTO").is_some() && transport.name() != default.name() {
                let wrong = format!("`{}` is {}, not {}", tag.name, transport.name(), default.name());
                return Err(Problem::usage(wrong).at(span));
            }
            Ok((transport, place))
        }
        [word] => parse(word, span, default),
        [host, port] => {
            let host = host.to_text();
            let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host };
            parse(&Value::text(format!("{host}:{}", port.to_text())), span, default)
        }
        _ => Err(Problem::usage("expected where to connect").at(span)),
    }
}

/// Where the session of that tag, which listens, can be reached from here.
pub(super) fn reachable(
    evaluator: &Evaluator,
    tag: &SessionTag,
    span: Span,
) -> Result<(&'static dyn Transport, Place), Problem> {
    let session = evaluator.shared().session(&tag.name);
    let session = session.ok_or_else(|| Problem::usage(format!("the session `{}` is gone", tag.name)).at(span))?;
    listener_place(&session).map_err(|problem| problem.at(span))
}

/// The URL that a value says: a text, or a session that listens, perhaps with a path behind its name.
pub(super) fn url(evaluator: &Evaluator, value: &Value, span: Span) -> Result<Url, Problem> {
    let text = value.to_text();
    let (name, path) = text.find('/').map_or((text.as_str(), "/"), |at| text.split_at(at));
    let text = match evaluator.shared().session(name) {
        Some(session) if !text.contains("://") => served(&session, path).map_err(|problem| problem.at(span))?,
        _ => text,
    };
    let wrong = |expected: &str| Problem::usage(format!("`{text}` is no URL: expected {expected}")).at(span);
    let url = Url::parse(&text).map_err(|error| wrong(&error.expected))?;
    match url.scheme.as_str() {
        "http" | "https" => Ok(url),
        _ => Err(wrong("`http://` or `https://`")),
    }
}

/// The URL of a path that a session which listens serves.
fn served(session: &Arc<Session>, path: &str) -> Result<String, Problem> {
    let wrong = || Problem::usage(format!("`{}` does not listen on tcp or tls", session.name()));
    let (transport, place) = listener_place(session)?;
    let scheme = match transport.name() {
        "tcp" => "http",
        "tls" => "https",
        _ => return Err(wrong()),
    };
    match place {
        Place::Inet(Host::Loopback, port) => Ok(format!("{scheme}://localhost:{port}{path}")),
        Place::Inet(..) => Ok(format!("{scheme}://{place}{path}")),
        _ => Err(wrong()),
    }
}

/// Where a session that listens can be reached from here.
fn listener_place(session: &Arc<Session>) -> Result<(&'static dyn Transport, Place), Problem> {
    let transport = find(session.opening.protocol)?;
    let place = match session.opening.at.first() {
        Some(Endpoint::Inet(address)) if address.ip().is_unspecified() => Place::Inet(Host::Loopback, address.port()),
        Some(Endpoint::Inet(address)) => Place::Inet(Host::Ip(address.ip()), address.port()),
        Some(Endpoint::Path(path)) => Place::Path(path.clone()),
        Some(Endpoint::Abstract(name)) => Place::Abstract(name.clone()),
        Some(Endpoint::Machine(u32::MAX, port)) => Place::Machine(Some(1), *port),
        Some(Endpoint::Machine(machine, port)) => Place::Machine(Some(*machine), *port),
        Some(Endpoint::Command(_) | Endpoint::Standard | Endpoint::Unnamed) | None => {
            return Err(Problem::usage(format!("`{}` has no address", session.name())));
        }
    };
    if session.opening.peer.is_some() {
        return Err(Problem::usage(format!("`{}` does not listen", session.name())));
    }
    Ok((transport, place))
}

/// Whether other machines can reach a place that is listened on.
pub(super) fn is_public(place: &Place) -> bool {
    match place {
        Place::Inet(Host::Loopback, _)
        | Place::Resource(Host::Loopback, ..)
        | Place::Path(_)
        | Place::Abstract(_)
        | Place::Command(_)
        | Place::Standard
        | Place::Machine(Some(1), _) => false,
        Place::Inet(Host::Any, _) | Place::Resource(Host::Any, ..) | Place::Machine(..) => true,
        Place::Inet(Host::Ip(ip), _) | Place::Resource(Host::Ip(ip), ..) => !ip.is_loopback(),
        Place::Inet(Host::Name(name), _) | Place::Resource(Host::Name(name), ..) => name != "localhost",
    }
}

/// The words of a list file; a `#` begins a comment.
pub(super) async fn read_words(path: &str) -> Result<String, Problem> {
    let bytes = crate::engine::evaluator::read_file(&crate::engine::evaluator::path(path)).await?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// The problem that an address cannot be listened on, with whoever holds it: a session of ours, or another program.
pub(super) fn cannot_listen(error: NetError, shared: &Shared) -> Problem {
    let port = match &error {
        NetError::Bind { endpoint, error, .. } if error.kind() == ErrorKind::AddrInUse => endpoint.port(),
        _ => None,
    };
    match port.and_then(|port| ports::held_by(port, shared)) {
        Some(holder) => Problem::refused(format!("{error}: {holder} holds it")),
        None => Problem::from(error),
    }
}

/// How many connections a listener has open now.
pub(super) fn live(session: &Session) -> u64 {
    session.live.load(Ordering::Relaxed) as u64
}
