//! The load that the words of a `bench` ask for.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::command::{address, options, transports};
use crate::engine::confidants::confidants;
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::value::Value;
use crate::language::Span;
use crate::net::bench::{Ask, Load};
use crate::net::http::client::HttpRequest;
use crate::net::transport::{ConnectOptions, End, Transport};
use crate::net::{Framing, Place, Url};

/// The longest payload of a UDP datagram over IPv4 (RFC 768, RFC 791).
const LONGEST_DATAGRAM: u64 = 65_507;

/// The longest load.
const LONGEST: Duration = Duration::from_hours(24);

/// Options that mean something to an echoing peer alone, and to HTTP alone.
const ECHO_ALONE: [&str; 1] = ["size"];
const HTTP_ALONE: [&str; 4] = ["method", "header", "body", "keep"];

/// Reads the load.
pub(super) fn load(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<Load, Problem> {
    let (transport, place, ask) = asked(evaluator, invocation)?;
    let time = invocation.duration("for")?.unwrap_or(Duration::from_secs(5));
    if time.is_zero() || time > LONGEST {
        let problem = Problem::usage("`for` is longer than nothing and at most 24 h");
        return Err(invocation.option("for").map_or(problem.clone(), |(_, span)| problem.at(span)));
    }
    Ok(Load {
        transport,
        place,
        connect: ConnectOptions {
            family: options::family(invocation),
            timeout: lock(&evaluator.shared().settings).connect_timeout,
            settings: transports::settings(invocation, &[(transport, End::Client)])?,
            keep: evaluator.shared().config.keep.clone(),
            confidants: confidants(evaluator.shared()),
            ..ConnectOptions::default()
        },
        connections: bounded(invocation, "connections", 10_000)?.unwrap_or(64),
        ask,
        time,
        rate: bounded(invocation, "rate", 10_000_000)?.map(|rate| rate as u64),
    })
}

/// Who is asked, and what.
fn asked(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<(&'static dyn Transport, Place, Ask), Problem> {
    if let Some((url, span)) = url(evaluator, invocation)? {
        refuse(invocation, &ECHO_ALONE, "is for a peer that echoes")?;
        let transport = if url.scheme == "https" { "tls" } else { "tcp" };
        if invocation.get("PROTO").is_some_and(|(given, _)| given.text() != transport) {
            return Err(Problem::usage(format!("`{}` goes over {transport}", url.scheme)).at(span));
        }
        let request = request(invocation, &url)?;
        return Ok((address::find(transport)?, url.place(), Ask::Http(Arc::new(request))));
    }
    refuse(invocation, &HTTP_ALONE, "is for `bench http`")?;
    let (transport, place) = address::endpoint(evaluator, invocation)?;
    let most = match transport.framing() {
        Framing::Stream | Framing::Message => 1024 * 1024,
        Framing::Datagram => LONGEST_DATAGRAM,
    };
    Ok((transport, place, Ask::Echo(bounded(invocation, "size", most)?.unwrap_or(64))))
}

/// The URL behind `http`, or the one that stands alone.
fn url(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<Option<(Url, Span)>, Problem> {
    let Some((Given::Sequence(items), span)) = invocation.get("WHERE") else { return Ok(None) };
    let value = match &items[..] {
        [_, Given::Value(value)] => value,
        [Given::Endpoint(words)] => match &words[..] {
            [value @ Value::Bytes(_)] if is_http(&value.to_text()) => value,
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    address::url(evaluator, value, span).map(|url| Some((url, span)))
}

fn is_http(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// What is asked of a peer that speaks HTTP.
fn request(invocation: &Invocation<'_>, url: &Url) -> Result<HttpRequest, Problem> {
    let mut request = HttpRequest::new(url, invocation.flag("keep", true)?).map_err(Problem::usage)?;
    if let Some((given, _)) = invocation.option("body") {
        request.set_body(given.value().to_bytes());
        request.set_method("POST").map_err(Problem::usage)?;
    }
    if let Some((given, span)) = invocation.option("method") {
        request.set_method(&given.text()).map_err(|reason| Problem::usage(reason).at(span))?;
    }
    for (given, span) in invocation.options("header") {
        let added = request.add_header(&given.value().to_bytes());
        added.map_err(|reason| Problem::usage(reason).at(span))?;
    }
    Ok(request)
}

/// Refuses options that mean nothing to that peer.
fn refuse(invocation: &Invocation<'_>, keys: &[&str], why: &str) -> Result<(), Problem> {
    match keys.iter().find_map(|key| Some((key, invocation.option(key)?.1))) {
        Some((key, span)) => Err(Problem::usage(format!("`{key}` {why}")).at(span)),
        None => Ok(()),
    }
}

/// An option that is a count from 1 to `most`.
fn bounded(invocation: &Invocation<'_>, key: &str, most: u64) -> Result<Option<usize>, Problem> {
    let Some(count) = invocation.count(key)? else { return Ok(None) };
    let wrong = || {
        let problem = Problem::usage(format!("`{key}` is from 1 to {most}"));
        invocation.option(key).map_or(problem.clone(), |(_, span)| problem.at(span))
    };
    let count = Some(count).filter(|count| (1..=most).contains(count)).ok_or_else(wrong)?;
    usize::try_from(count).map(Some).map_err(|_| wrong())
}
