//! `listen`: a listener.

use std::sync::Arc;
use std::time::Duration;

use super::options::{self, setting, word, words};
use super::{Command, Purpose, address, connect, transports};
use crate::engine::attach;
use crate::engine::confidants::confidants;
use crate::engine::evaluator::{Evaluator, Given, Invocation, PipelineStage};
use crate::engine::event::{SessionKind, What};
use crate::engine::fault::Problem;
use crate::engine::handlers::HandlerSet;
use crate::engine::open::{self, Service, Terms};
use crate::engine::pipeline;
use crate::engine::served::Served;
use crate::engine::session::{Ending, LineEnding, Opening, Session};
use crate::engine::standard::standard;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::listener::{Acceptor, Admission, Full};
use crate::net::stage::{Argument, Pipeline};
use crate::net::transport::{End, ListenOptions, Settings, Transport};
use crate::net::{Fact, Framing};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "listen",
        summary: "wait for peers at an address, and serve them with a handler if one is named",
        parameters: &[
            options::maybe("PROTO", Shape::Protocol, "the transport; tcp when left out"),
            options::one("ADDR", Shape::Address, "where: a port, *:PORT, HOST:PORT, a path; port 0 is a free one"),
            options::maybe("HANDLER", Shape::Pipeline, "stages joined by `->`, the last of which may be a handler"),
        ],
        options: &OPTIONS,
        handlers: true,
        effect: Effect::Opens { prefix: "tcp", current: false },
    },
    purpose: Purpose::Opening,
    details: "A bare port listens on this machine alone, over IPv4 and IPv6; `*:PORT` listens everywhere. \
              Connections are sessions of their own: `srv.1`, `srv.2`. Without a handler they keep what they receive \
              for `expect` and `recv`. A handler that only transforms answers the sender.",
    examples: &[
        Example {
            script: "listen tcp 0 echo as srv\nconnect $srv\nsend \"hi\"\nexpect \"hi\"",
            shows: "an echo server",
        },
        Example {
            script: "listen tcp 0 as srv { on line { sendln \"you said $line\" } }\nconnect $srv\nsendln \"hi\"\nexpect \"you said hi\"",
            shows: "a handler written in the language",
        },
        Example {
            script: "listen udp 0 upper as srv\nconnect $srv\nsend \"hi\"\nexpect datagram \"HI\"",
            shows: "a datagram server",
        },
        Example {
            script: "listen ws 0 echo as srv\nconnect $srv\nsend \"hi\"\nexpect text \"hi\"\nsend x\"00 ff\"\nexpect binary x\"00 ff\"",
            shows: "a WebSocket server",
        },
    ],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

static OPTIONS: [OptionSpec; 20] = options::with_join([
    options::AS,
    setting("keep", Shape::Boolean, "yes", "whether it goes on after the first connection"),
    setting("max", Shape::Integer, "no limit; 64 for programs over datagrams", "how many connections at the same time"),
    setting("full", words!("refuse", "wait"), "refuse", "what happens to a connection beyond that"),
    options::ALLOW,
    options::DENY,
    options::IDLE,
    setting("backlog", Shape::Integer, "4096", "how many connections the system may hold ready"),
    options::IP,
    options::EOL,
    word("within", Shape::Duration, "no limit", "how soon somebody must connect (when joined to the terminal)"),
]);

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some((given, span)) = invocation.get("ADDR") else {
        return Err(Problem::usage("expected an address"));
    };
    let (transport, place) = address::parse(&given.value(), span, address::transport(invocation)?)?;
    let settings = transports::settings(invocation, &[(transport, End::Listener)])?;
    let service = service(evaluator, invocation, (transport, &settings))?;
    let handled = !matches!(service, Service::Inbox);
    let netcat = evaluator.shared().config.netcat;
    if netcat && transport.is_single() && !handled {
        return Err(connect::nobody_else("listen"));
    }
    let once = !invocation.flag("keep", (handled || !netcat) && !transport.is_single())?;
    let join = options::join_if(evaluator.shared().config.netcat, invocation)?;
    let terms = Terms {
        service,
        idle: invocation.duration("idle")?,
        line_ending: options::line_ending(evaluator, invocation),
        once,
    };
    let mut admission = admission(invocation).await?;
    if transport.framing() == Framing::Datagram && runs_programs(invocation) {
        // Anybody can send from any number of addresses, and forge them.
        admission.max.get_or_insert(MOST_PROGRAMS);
    }
    admission.patience = settings.duration("handshake");
    let listen = listen_options(evaluator, invocation, settings)?;
    let name = name(evaluator, invocation)?;
    let public = address::is_public(&place);
    let listener =
        transport.listen(place, listen).await.map_err(|error| address::cannot_listen(error, evaluator.shared()))?;
    let acceptor = Acceptor::new(listener, admission);
    let serves = written(evaluator, invocation);
    let announcement = Announcement {
        transport,
        acceptor: &acceptor,
        kind: SessionKind::Listen,
        prefix: transport.name(),
        name: (name, invocation.option_text("as")),
        serves,
        public,
        facts: Vec::new(),
    };
    let session = announce(evaluator, announcement);
    let service = terms.service.clone();
    open::accept_all(evaluator.shared(), &session, acceptor, terms);
    if netcat {
        let within = invocation.duration("within")?;
        match service {
            Service::Inbox => attach::join_listener(evaluator.shared(), &session, &join, within, once).await?,
            service => serve(evaluator, &session, &service, &join, within).await?,
        }
    }
    Ok(())
}

/// How many programs a datagram listener runs at the same time when it does not say.
const MOST_PROGRAMS: usize = 64;

/// Whether each connection is served by a program of its own.
fn runs_programs(invocation: &Invocation<'_>) -> bool {
    matches!(invocation.get("HANDLER"), Some((Given::Pipeline(stages), _)) if stages.iter().any(|stage| stage.name == "exec"))
}

/// What serves the connections.
fn service(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    (transport, settings): (&'static dyn Transport, &Settings),
) -> Result<Service, Problem> {
    if let Some(handlers) = &invocation.node.handlers {
        let set = HandlerSet {
            handlers: handlers.clone(),
            source: Arc::clone(evaluator.source()),
            scope: Arc::clone(evaluator.scope()),
        };
        return Ok(Service::Handlers(Arc::new(set)));
    }
    match invocation.get("HANDLER") {
        Some((Given::Pipeline(stages), _)) => {
            let mut stages = stages.clone();
            if options::line_ending(evaluator, invocation) == LineEnding::Crlf {
                add_option(&mut stages, "exec", "crlf", "yes");
            }
            if invocation.option("only").is_some() {
                add_option(&mut stages, "chat", "muted", "yes");
            }
            if let Some(family) = invocation.option_text("ip") {
                for proxy in PROXIES {
                    add_option(&mut stages, proxy, "family", &family);
                }
            }
            Ok(Service::Pipeline(Arc::new(pipeline::build(&stages)?)))
        }
        _ => match transport.serves() {
            Some(name) => {
                let mut settings = settings.clone();
                if let Some(family) = invocation.option_text("ip").filter(|_| !settings.has("family")) {
                    settings.add("family", Argument::Bytes(family.into()));
                }
                Ok(Service::Pipeline(Arc::new(pipeline::of_one(name, &settings)?)))
            }
            None => Ok(Service::Inbox),
        },
    }
}

/// The handlers that connect clients elsewhere, over the version of IP that the listener is told.
const PROXIES: [&str; 2] = ["proxy", "socks"];

/// Gives every stage of that name an option that the listener's own options ask for.
fn add_option(stages: &mut [PipelineStage], name: &str, key: &str, value: &str) {
    let lacking = |stage: &&mut PipelineStage| stage.name == name && stage.options.iter().all(|(had, ..)| had != key);
    for stage in stages.iter_mut().filter(lacking) {
        stage.options.push((key.to_owned(), Given::Word(value.to_owned()), stage.span));
    }
}

/// The handler as the script writes it, for tables and messages.
fn written(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Served {
    match invocation.get("HANDLER") {
        Some((Given::Pipeline(stages), _)) => Served::stages(evaluator.source(), stages, String::new()),
        _ if invocation.node.handlers.is_some() => Served::word("script"),
        _ => Served::default(),
    }
}

/// Reads who is let in and how many.
pub(super) async fn admission(invocation: &Invocation<'_>) -> Result<Admission, Problem> {
    let full = if invocation.option_text("full").as_deref() == Some("wait") { Full::Wait } else { Full::Refuse };
    let max = invocation.count("max")?.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
    Ok(Admission { max, full, access: options::access(invocation).await?, patience: None })
}

/// Reads how to listen.
pub(super) fn listen_options(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    settings: Settings,
) -> Result<ListenOptions, Problem> {
    let mut listen = ListenOptions {
        family: options::family(invocation),
        settings,
        keep: evaluator.shared().config.keep.clone(),
        standard: Some(standard(evaluator.shared())),
        confidants: confidants(evaluator.shared()),
        ..ListenOptions::default()
    };
    if let Some(backlog) = invocation.count("backlog")? {
        listen.backlog = u32::try_from(backlog).unwrap_or(u32::MAX);
    }
    Ok(listen)
}

/// The name that `as` gives; one that an open session has is refused.
pub(super) fn name(evaluator: &Evaluator, invocation: &Invocation<'_>) -> Result<Option<String>, Problem> {
    let Some((given, span)) = invocation.option("as") else {
        return Ok(None);
    };
    let name = evaluator.own_name(given.text());
    match evaluator.shared().session(&name) {
        Some(session) if session.is_open() => Err(Problem::usage(format!("`{name}` is open already"))
            .at(span)
            .hint(format!("`stop {name}` ends it; or choose another name"))),
        _ => Ok(Some(name)),
    }
}

/// A new listener, as it is told of.
pub(super) struct Announcement<'a> {
    pub transport: &'static dyn Transport,
    pub acceptor: &'a Acceptor,
    pub kind: SessionKind,
    /// What its name begins with when it is given none.
    pub prefix: &'static str,
    /// The name that it is given, and how that was written.
    pub name: (Option<String>, Option<String>),
    /// What serves it.
    pub serves: Served,
    /// Whether other machines can reach it.
    pub public: bool,
    /// What there is to tell besides what the acceptor tells.
    pub facts: Vec<Fact>,
}

/// Makes the listener's session and tells where it listens.
pub(super) fn announce(evaluator: &Evaluator, announcement: Announcement<'_>) -> Arc<Session> {
    let Announcement { transport, acceptor, kind, prefix, name: (name, as_written), serves, public, mut facts } =
        announcement;
    let (at, protocol) = (acceptor.local(), transport.name());
    facts.extend(acceptor.facts());
    let opening = Opening {
        protocol,
        framing: transport.framing(),
        at: at.clone(),
        peer: None,
        facts: facts.into(),
        serves: Arc::new(serves),
        connection: None,
        inbox: None,
        line_ending: LineEnding::Lf,
        parent: None,
    };
    let session = evaluator.shared().open(name, prefix, kind, opening);
    evaluator.note_opened(&session, as_written);
    let (facts, serves) = (Arc::clone(&session.opening.facts), session.serves().to_string());
    evaluator.emit(Some(&session), What::Listening { protocol: protocol.into(), at, serves, public, facts });
    session
}

/// As one statement of a Unix command line: there until it ends. What is typed goes to everybody in a `chat`.
async fn serve(
    evaluator: &Evaluator,
    session: &Arc<Session>,
    service: &Service,
    join: &attach::JoinOptions,
    within: Option<Duration>,
) -> Result<(), Problem> {
    attach::wait_first(session, within).await?;
    let ended = session.until(|session| !session.is_open());
    match service {
        Service::Pipeline(pipeline) if pipeline.hub().is_some() && join.only != Some(attach::Direction::Receive) => {
            tokio::select! {
                () = ended => {}
                outcome = speak(evaluator, pipeline) => outcome?,
            }
        }
        _ => ended.await,
    }
    match session.ending() {
        None | Some(Ending::Orderly) => Ok(()),
        Some(ending) => Err(attach::broken(session, &ending)),
    }
}

/// Says what is typed to everybody, and stays silent for ever after.
async fn speak(evaluator: &Evaluator, pipeline: &Pipeline) -> Result<(), Problem> {
    let console = &evaluator.shared().console;
    let failed =
        |error: std::io::Error| Problem::refused(format!("standard input: {}", crate::net::error::describe(&error)));
    while let (Some(typed), Some(hub)) = (console.read().await.map_err(failed)?, pipeline.hub()) {
        hub.say(typed).await;
    }
    std::future::pending().await
}
