//! `relay`: a listener whose connections go on to targets.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::options::{self, setting, word, words};
use super::{Command, Purpose, address, listen, transports};
use crate::engine::attach;
use crate::engine::confidants::confidants;
use crate::engine::evaluator::{Evaluator, Given, Invocation, RouteGiven};
use crate::engine::event::SessionKind;
use crate::engine::fault::Problem;
use crate::engine::open::{self, Service, Terms};
use crate::engine::pipeline;
use crate::engine::served::Served;
use crate::engine::session::{Ending, LineEnding};
use crate::engine::standard::standard;
use crate::engine::value::Value;
use crate::language::Span;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};
use crate::net::listener::Acceptor;
use crate::net::proxy::Version;
use crate::net::relay::{Mode, Plan, Replies, Slow, Target, TargetPlace};
use crate::net::transport::{self, ConnectOptions, End, Transport};
use crate::net::{Address, Place};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "relay",
        summary: "pass what arrives at an address on to one target or several, and their replies back",
        parameters: &[
            options::maybe("PROTO", Shape::Protocol, "the transport that is listened on; tcp when left out"),
            options::one("ADDR", Shape::Address, "where to listen"),
            options::one(
                "ROUTE",
                Shape::Route,
                "-> stages -> targets joined by commas; a target may name a transport, or file:PATH",
            ),
        ],
        options: OPTIONS,
        handlers: false,
        effect: Effect::Opens { prefix: "relay", current: false },
    },
    purpose: Purpose::Opening,
    details: "Everything goes to all targets, in order; the slowest sets the pace. Stages transform what goes to the \
              targets. A target that cannot be reached or dies is reported and left out; when none is left the client's \
              connection is closed.",
    examples: &[Example {
        script: "listen tcp 0 echo as one\nlisten tcp 0 discard as two\n\
                 relay 0 -> upper -> 127.0.0.1:$one.port,127.0.0.1:$two.port as r\n\
                 connect $r\nsend \"hi\"\nexpect \"HI\"",
        shows: "a relay that fans out",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[
    options::AS,
    setting("mode", words!("all", "round-robin", "failover"), "all", "how connections are spread over the targets"),
    setting("replies", words!("all", "first", "none"), "all", "whose replies return to the client"),
    setting(
        "slow",
        words!("wait", "drop", "close"),
        "wait",
        "what becomes of a target that does not keep up: all wait for it, it misses what comes, or it is closed",
    ),
    setting("required", Shape::Boolean, "no", "whether every target must be reached and stay"),
    setting("timeout", Shape::Duration, "the system's", "how long connecting to a target may take"),
    setting("retry", Shape::Integer, "0", "how often a target that cannot be reached is tried again"),
    word("every", Shape::Duration, "1s", "how long between attempts"),
    setting("proxy", words!("v1", "v2"), "none", "tell targets who the client is, by a PROXY protocol header"),
    setting("keep", Shape::Boolean, "yes", "whether it goes on after the first connection"),
    setting("max", Shape::Integer, "no limit", "how many connections at the same time"),
    setting("full", words!("refuse", "wait"), "refuse", "what happens to a connection beyond that"),
    options::ALLOW,
    options::DENY,
    options::IDLE,
    setting("backlog", Shape::Integer, "4096", "how many connections the system may hold ready"),
    options::IP,
];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let default = address::transport(invocation)?;
    let Some((given, span)) = invocation.get("ADDR") else {
        return Err(Problem::usage("expected an address"));
    };
    let (transport, place) = address::parse(&given.value(), span, default)?;
    let Some((Given::Route(route), _)) = invocation.get("ROUTE") else {
        return Err(Problem::usage("expected a route"));
    };
    let mut plan = plan(evaluator, invocation, route, default.base().unwrap_or(default))?;
    let peers = plan.targets.iter().filter_map(|target| match target.place {
        TargetPlace::Peer(transport, _) => Some((transport, End::Client)),
        TargetPlace::File(_) => Some((transport::find("file")?, End::Client)),
    });
    let ends: Vec<_> = std::iter::once((transport, End::Listener)).chain(peers).collect();
    let settings = transports::settings(invocation, &ends)?;
    plan.connect.settings = settings.clone();
    let plan = Arc::new(plan);
    let terms = Terms {
        service: Service::Relay(Arc::clone(&plan)),
        idle: invocation.duration("idle")?,
        line_ending: LineEnding::Lf,
        once: !invocation.flag("keep", !transport.is_single())?,
    };
    let mut admission = listen::admission(invocation).await?;
    admission.patience = settings.duration("handshake");
    let listen = listen::listen_options(evaluator, invocation, settings)?;
    let name = listen::name(evaluator, invocation)?;
    let public = address::is_public(&place);
    let listener =
        transport.listen(place, listen).await.map_err(|error| address::cannot_listen(error, evaluator.shared()))?;
    let acceptor = Acceptor::new(listener, admission);
    let written = written(evaluator, route, &plan);
    let announcement = listen::Announcement {
        transport,
        acceptor: &acceptor,
        kind: SessionKind::Relay,
        prefix: "relay",
        name: (name, invocation.option_text("as")),
        serves: written,
        public,
        facts: Vec::new(),
    };
    let session = listen::announce(evaluator, announcement);
    open::accept_all(evaluator.shared(), &session, acceptor, terms);
    if evaluator.shared().config.netcat {
        session.until(|session| !session.is_open()).await;
        return match session.ending() {
            None | Some(Ending::Orderly) => Ok(()),
            Some(ending) => Err(attach::broken(&session, &ending)),
        };
    }
    Ok(())
}

/// The route as the script writes it, with the targets that it came to.
fn written(evaluator: &Evaluator, route: &RouteGiven, plan: &Plan) -> Served {
    let targets: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
    Served::stages(evaluator.source(), &route.stages, targets.join(","))
}

fn plan(
    evaluator: &Evaluator,
    invocation: &Invocation<'_>,
    route: &RouteGiven,
    default: &'static dyn Transport,
) -> Result<Plan, Problem> {
    let mut targets = Vec::with_capacity(route.targets.len());
    let appends = invocation.option_text("open").is_none_or(|manner| manner == "append");
    for (value, span) in &route.targets {
        targets.push(target(evaluator, value, *span, default, appends)?);
    }
    let slow = match invocation.option_text("slow").as_deref() {
        Some("drop") => Slow::Drop,
        Some("close") => Slow::Close,
        _ => Slow::Wait,
    };
    let all = invocation.option_text("mode").is_none_or(|mode| mode == "all");
    if let (Slow::Drop | Slow::Close, Some((_, span))) = (slow, invocation.option("slow"))
        && (targets.len() < 2 || !all)
    {
        return Err(Problem::usage("`slow` is for a relay that sends everything to several targets").at(span));
    }
    Ok(Plan {
        slow,
        pipeline: Arc::new(pipeline::build_passing(&route.stages)?),
        targets,
        mode: match invocation.option_text("mode").as_deref() {
            Some("round-robin") => Mode::RoundRobin,
            Some("failover") => Mode::Failover,
            _ => Mode::All,
        },
        replies: match invocation.option_text("replies").as_deref() {
            Some("first") => Replies::First,
            Some("none") => Replies::None,
            _ => Replies::All,
        },
        required: invocation.flag("required", false)?,
        connect: ConnectOptions {
            family: options::family(invocation),
            timeout: invocation.duration("timeout")?,
            keep: evaluator.shared().config.keep.clone(),
            standard: Some(standard(evaluator.shared())),
            confidants: confidants(evaluator.shared()),
            ..ConnectOptions::default()
        },
        retry: (
            invocation.count("retry")?.unwrap_or(0),
            invocation.duration("every")?.unwrap_or(Duration::from_secs(1)),
        ),
        proxy: match invocation.option_text("proxy").as_deref() {
            Some("v1") => Some(Version::V1),
            Some(_) => Some(Version::V2),
            None => None,
        },
        turn: AtomicUsize::new(0),
    })
}

fn target(
    evaluator: &Evaluator,
    value: &Value,
    span: Span,
    default: &'static dyn Transport,
    appends: bool,
) -> Result<Target, Problem> {
    let value = match value {
        Value::Session(tag) => {
            let session = evaluator.shared().session(&tag.name);
            let at = session.and_then(|session| session.opening.at.first().cloned());
            let at = at.ok_or_else(|| Problem::usage(format!("the session `{}` is gone", tag.name)).at(span))?;
            Value::text(at.to_string())
        }
        other => other.clone(),
    };
    let name = value.to_text();
    if let Ok(Address { protocol: Some(protocol), place: Place::Path(path) }) = Address::parse(&name)
        && protocol == "file"
        && appends
    {
        return Ok(Target::new(name, TargetPlace::File(path)));
    }
    let (transport, place) = address::parse(&value, span, default)?;
    Ok(Target::new(name, TargetPlace::Peer(transport, place)))
}
