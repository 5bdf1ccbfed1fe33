//! The contract that netcat's users rely on: one test for each row, named after it.
//!
//! L is our listener, C our client, the peer a plain socket. Rows that are not here (A12, A13 and the like) are not in the
//! table.

mod datagrams;
mod ends;
mod fidelity;
mod hub;
mod life;
mod logs;
mod proxying;
mod relaying;
mod retrying;
mod status;
mod tls;
mod unix;

use crate::support::{Nsh, Process, nsh};

/// C: a client of a port of this machine, with further words.
fn client(port: u16, more: &str) -> Nsh {
    nsh(&format!("connect 127.0.0.1 {port} {more}"))
}

/// L: a listener on a free port, with further words.
fn listener(more: &str) -> Nsh {
    nsh(&format!("listen tcp 127.0.0.1:0 {more}"))
}

/// A started L and its port.
fn listening(nsh: Nsh) -> (Process, u16) {
    let process = nsh.start();
    let port = process.told_port();
    (process, port)
}
