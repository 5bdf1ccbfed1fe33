//! Programs as peers: `exec` on pipes, `pty` at a terminal of their own.

use std::sync::Arc;

use super::setting::{End, Setting, Settings};
use super::{BoxFuture, ConnectOptions, Places, Transport};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::program::{self, ProgramSocket, Terminal};
use crate::net::socket::{Connection, Framing};
use crate::net::stage::Kind;

/// Programs on pipes.
pub(super) struct Exec;

/// Programs at terminals.
pub(super) struct Pty;

impl Transport for Exec {
    fn name(&self) -> &'static str {
        "exec"
    }

    fn summary(&self) -> &'static str {
        "a program on pipes, to connect to"
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn places(&self) -> Places {
        Places::Commands
    }

    fn listens(&self) -> bool {
        false
    }

    fn fields(&self) -> Vec<(&'static str, &'static str)> {
        vec![PID]
    }

    fn connect(&self, place: Place, _: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move { start("exec", place, None) })
    }
}

impl Transport for Pty {
    fn name(&self) -> &'static str {
        "pty"
    }

    fn summary(&self) -> &'static str {
        "a program at a terminal of its own, to connect to"
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn places(&self) -> Places {
        Places::Commands
    }

    fn listens(&self) -> bool {
        false
    }

    fn settings(&self) -> Vec<Setting> {
        let setting = |key, kind, default, summary| Setting::new(key, kind, End::Client, default, summary);
        vec![
            setting("rows", Kind::Integer, "24", "the lines of the terminal"),
            setting("columns", Kind::Integer, "80", "the characters of its lines"),
            setting("term", Kind::Label, "xterm-256color", "its kind: the program's `TERM`"),
            setting("echo", Kind::Boolean, "yes", "whether it shows what is sent"),
            setting(
                "raw",
                Kind::Boolean,
                "no",
                "whether it leaves alone what is sent and shown: no echo, no CR before LF",
            ),
        ]
    }

    fn fields(&self) -> Vec<(&'static str, &'static str)> {
        vec![PID]
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let terminal = terminal(&options.settings)?;
            start("pty", place, Some(&terminal))
        })
    }
}

const PID: (&str, &str) = ("pid", "the number of the program's process");

/// The terminal that was asked for.
fn terminal(settings: &Settings) -> Result<Terminal, NetError> {
    let usual = Terminal::default();
    let size = |key, usual: u16| match settings.number(key) {
        None => Ok(usual),
        Some(count) => match u16::try_from(count) {
            Ok(count) if count > 0 => Ok(count),
            _ => Err(NetError::Unsupported(format!("`{key}` is 1 to 65535"))),
        },
    };
    Ok(Terminal {
        rows: size("rows", usual.rows)?,
        columns: size("columns", usual.columns)?,
        kind: settings.text("term").unwrap_or(usual.kind),
        echo: settings.flag("echo").unwrap_or(usual.echo),
        raw: settings.flag("raw").unwrap_or(usual.raw),
    })
}

fn start(protocol: &'static str, place: Place, terminal: Option<&Terminal>) -> Result<Connection, NetError> {
    let Place::Command(command) = place else {
        return Err(NetError::Unsupported(format!("{protocol} needs a command, not `{place}`")));
    };
    match program::start(&command, Vec::new(), terminal) {
        Ok(program) => Ok(Arc::new(ProgramSocket::new(program, &command))),
        Err(error) => Err(NetError::Connect { protocol, attempts: vec![(Endpoint::Command(command), error)] }),
    }
}
