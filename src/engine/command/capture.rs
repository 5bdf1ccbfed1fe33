//! `capture`: the packets of what happens.

use super::options::{self, setting};
use super::{Command, Purpose, keep};
use crate::engine::archive::{Keeping, Kind};
use crate::engine::evaluator::{Evaluator, Given, Invocation};
use crate::engine::fault::Problem;
use crate::language::signature::{Effect, Example, OptionSpec, Shape, Signature};

/// The command.
pub(super) const COMMAND: Command = Command {
    signature: Signature {
        name: "capture",
        summary: "write what a session exchanges as packets, from here on",
        parameters: &[options::one(
            "WHAT",
            Shape::Choice(&[keep::END, &[Shape::Keyword("all"), Shape::Path], &[Shape::Session, Shape::Path]]),
            "a session, or `all`, and the file; `stop` ends all captures",
        )],
        options: OPTIONS,
        handlers: false,
        effect: Effect::None,
    },
    purpose: Purpose::Keeping,
    details: "The file is pcapng, for Wireshark, tshark and tcpdump; no privileges are needed, since the packets are made \
              of what the session saw. Of a listener or relay the packets of all its connections are written. A \
              connection that is open already begins with a handshake at the moment the capture begins. Several captures \
              can go on at once, each into a file of its own, which is overwritten. `nsh --pcap FILE` captures a whole \
              run.",
    examples: &[Example {
        script: "listen tcp 0 echo as srv\ncapture srv ./srv.pcapng\nconnect $srv as a\nsend \"hello\"\nexpect \"hello\"\ncapture stop\nassert @./srv.pcapng contains \"hello\"",
        shows: "a server's packets",
    }],
    run: |evaluator, invocation| Box::pin(run(evaluator, invocation)),
};

const OPTIONS: &[OptionSpec] = &[setting(
    "secrets",
    Shape::Boolean,
    "no",
    "keep the secrets of all TLS connections that begin, for what was captured on the network",
)];

async fn run(evaluator: &mut Evaluator, invocation: &Invocation<'_>) -> Result<(), Problem> {
    let Some((Given::Sequence(items), span)) = invocation.get("WHAT") else {
        return Err(keep::expected());
    };
    let (of, file) = match items.as_slice() {
        [Given::Word(_)] => return keep::end(evaluator, Kind::Packets),
        [Given::Session(reference), file] => {
            let sessions = evaluator.named(reference).await.map_err(|problem| problem.at(span))?;
            (Some(sessions.iter().map(|session| session.name().to_owned()).collect()), file)
        }
        [_, file] => (None, file),
        _ => return Err(keep::expected()),
    };
    let secrets = invocation.flag("secrets", false)?;
    keep::begin(evaluator, Keeping::Packets { of, secrets }, (file, span))
}
