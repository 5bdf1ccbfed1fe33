//! `connect`: a connection to a peer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::options::{self, setting, word};
use super::{Command, Purpose, address, listen, transports};
use crate::engine::attach;
use crate::engine::confidants::confidants;
use crate::engine::evaluator::{Evaluator, Invocation};
use crate::engine::event::{SessionKind, What};
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::open::{self, Service, Terms};
use crate::engine::session::{Ending, Inbox, LineEnding, Opening};
use crate::engine::standard::standard;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::transport::{ConnectOptions, End, Transport};
use crate::net::{Connection, Framing, NetError, Place};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "connect",
        summary: "open a connection; it becomes the current session",
        parameters: &[
            options::maybe("PROTO", Shape::Protocol, "the transport; tcp when left out"),
            options::one(
                "WHERE",
                Shape::Endpoint,
                "HOST PORT, an address, $listener, tcp://HOST:PORT, or what a program is started by: \"cat -n\"",
            ),
        ],
        options: &OPTIONS,
        handlers: false,
        effect: Effect::Opens { prefix: "tcp", current: true },
    },
    purpose: Purpose::Opening,
    details: "Every address of a name is tried in turn. `retry=N every D` makes N further attempts. With `try=yes` a \
              refusal is no error: the session is there in the state refused, and `expect refused` holds. `exec` and `pty` \
              start a program, and closing the session kills it; `shutdown` ends its input, and `expect exit 0` waits \
              until it has ended.",
    examples: &[
        Example {
            script: "listen tcp 0 echo as srv\nconnect localhost $srv.port as a\na: send \"x\"\na: expect \"x\"",
            shows: "a client",
        },
        Example {
            script: "listen unix ./demo.sock echo as srv\nconnect unix ./demo.sock\nclose\nstop srv",
            shows: "a Unix socket",
        },
        Example {
            script: "listen ws 0 echo as srv\nconnect ws://localhost:$srv.port/chat as a\na: send \"hi\"\na: expect text \"hi\"",
            shows: "a WebSocket by its URL",
        },
        Example {
            script: "listen socks5 0 as proxy\nlisten tcp 0 echo as srv\nconnect $srv via=socks5://localhost:$proxy.port\nsend \"x\"\nexpect \"x\"",
            shows: "a connection through a proxy",
        },
        Example {
            script: "connect exec \"cat -n\" as c\nsendln \"hello\"\nshutdown\nexpect line /1\\thello/\nexpect exit 0",
            shows: "a program",
        },
        Example {
            script: "connect pty \"read name; echo hello \\$name\" as t\nsendln \"you\"\nexpect line \"hello you\"\nexpect exit 0",
            shows: "a program at a terminal",
        },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

static OPTIONS: [OptionSpec; 19] = options::with_join([
    options::AS,
    setting("timeout", Shape::Duration, "the system's", "how long each address may take"),
    setting("from", Shape::Host, "the system's choice", "source address and port: ADDR:PORT, or a port"),
    setting("retry", Shape::Integer, "0", "further attempts when it fails"),
    word("every", Shape::Duration, "1s", "how long between attempts"),
    setting("try", Shape::Boolean, "no", "whether a refusal is no error"),
    setting("probe", Shape::Boolean, "no", "connect and leave at once; a datagram of one NUL byte for UDP"),
    options::IDLE,
    options::IP,
    options::EOL,
]);

/// A statement of a Unix command line joins what it opens to the standard streams, so those are none to open.
pub(super) fn nobody_else(command: &str) -> Problem {
    Problem::usage(format!("`{command} stdio` would join standard input and output to themselves"))
        .hint("`relay stdio to HOST:PORT` passes them on, `listen stdio HANDLER` serves them")
}

/// How long a datagram probe waits for a refusal.
const PROBE: Duration = Duration::from_secs(1);

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let (transport, place) = address::endpoint(evaluator, invocation)?;
    if evaluator.shared().config.netcat && transport.is_single() {
        return Err(nobody_else("connect"));
    }
    let name = listen::name(evaluator, invocation)?;
    let connecting = connect_options(evaluator, invocation, transport)?;
    let join = options::join_if(evaluator.shared().config.netcat, invocation)?;
    let terms = Terms {
        service: Service::Inbox,
        idle: invocation.duration("idle")?,
        line_ending: options::line_ending(evaluator, invocation),
        once: false,
    };
    let connection = match attempt(evaluator, invocation, transport, &place, &connecting).await {
        Ok(connection) => connection,
        Err(error) if invocation.flag("try", false)? => {
            refused(evaluator, invocation, transport, name, &error);
            return Ok(());
        }
        Err(error) => return Err(explain(error)),
    };
    if invocation.flag("probe", false)? {
        return probe(connection).await;
    }
    let session = open::connected(evaluator.shared(), connection, transport.name(), name, &terms);
    evaluator.note_opened(&session, invocation.option_text("as"));
    if evaluator.shared().config.netcat {
        attach::join(evaluator.shared(), &session, &join).await?;
    }
    Ok(())
}

fn connect_options(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    transport: &'static dyn Transport,
) -> Result<ConnectOptions, Problem> {
    let default = lock(&evaluator.shared().settings).connect_timeout;
    let mut connecting = ConnectOptions {
        family: options::family(invocation),
        timeout: invocation.duration("timeout")?.or(default),
        settings: transports::settings(invocation, &[(transport, End::Client)])?,
        keep: evaluator.shared().config.keep.clone(),
        standard: Some(standard(evaluator.shared())),
        confidants: confidants(evaluator.shared()),
        ..ConnectOptions::default()
    };
    if let Some((given, span)) = invocation.option("from") {
        let text = given.text();
        let address = text.trim_start_matches(':');
        let parsed = address.parse::<SocketAddr>().ok();
        let parsed = parsed
            .or_else(|| address.parse::<u16>().ok().map(|port| SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port)));
        let parsed =
            parsed.or_else(|| address.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 0)));
        match parsed {
            Some(address) => connecting.from = Some(address),
            None if text.contains('/') => connecting.from_path = Some(text.into()),
            None => {
                return Err(
                    Problem::usage(format!("`{text}` is no source address: expected ADDR, ADDR:PORT or PORT")).at(span)
                );
            }
        }
    }
    Ok(connecting)
}

/// Connects, again and again as `retry` asks.
async fn attempt(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    transport: &'static dyn Transport,
    place: &Place,
    connecting: &ConnectOptions,
) -> Result<Connection, NetError> {
    let retries = invocation.count("retry").ok().flatten().unwrap_or(0);
    let every = invocation.duration("every").ok().flatten().unwrap_or(Duration::from_secs(1));
    for _ in 0..retries {
        match transport.connect(place.clone(), connecting.clone()).await {
            Ok(connection) => return Ok(connection),
            Err(error) => {
                evaluator.emit(None, What::Retrying { reason: error.to_string(), after: every });
                tokio::time::sleep(every).await;
            }
        }
    }
    transport.connect(place.clone(), connecting.clone()).await
}

/// A session that was never open, for `expect refused`.
fn refused(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    transport: &'static dyn Transport,
    name: Option<String>,
    error: &NetError,
) {
    let ending = match error {
        NetError::Connect { attempts, .. }
            if attempts.iter().any(|(_, error)| error.kind() == std::io::ErrorKind::ConnectionRefused) =>
        {
            Ending::Refused
        }
        other => Ending::Failed(other.to_string()),
    };
    let opening = Opening {
        protocol: transport.name(),
        framing: transport.framing(),
        at: Vec::new(),
        peer: None,
        facts: Arc::default(),
        serves: Arc::default(),
        connection: None,
        inbox: Some(Box::new(Inbox::new(1))),
        line_ending: LineEnding::Lf,
        parent: None,
    };
    let session = evaluator.shared().open(name, transport.name(), SessionKind::Connect, opening);
    evaluator.note_opened(&session, invocation.option_text("as"));
    evaluator.shared().end(&session, ending);
}

/// Leaves at once; a datagram probe sends one NUL byte and waits a moment for a refusal.
async fn probe(connection: Connection) -> Result<(), Problem> {
    if connection.framing() != Framing::Datagram {
        return Ok(());
    }
    let peer = connection.peer();
    let refused =
        |error: std::io::Error| Problem::refused(format!("{} by udp {peer}", crate::net::error::describe(&error)));
    connection.send(b"\0").await.map_err(refused)?;
    let mut answer = bytes::BytesMut::new();
    match tokio::time::timeout(PROBE, connection.receive(&mut answer)).await {
        Ok(Err(error)) => Err(refused(error)),
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}

/// What a refusal usually means.
fn explain(error: NetError) -> Problem {
    let hint = match &error {
        NetError::Connect { protocol, attempts } => {
            attempts.iter().find_map(|(endpoint, error)| match (error.kind(), endpoint.port()) {
                (std::io::ErrorKind::ConnectionRefused, Some(port)) => Some(format!(
                    "nothing listens there; `listen {protocol} {port} echo` would, and `ports` shows what does"
                )),
                _ => None,
            })
        }
        _ => None,
    };
    let problem = Problem::from(error);
    match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
