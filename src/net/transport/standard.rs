//! Standard input and output as a connection: what is typed is received, what is sent is printed.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{Arrival, BoxFuture, ConnectOptions, ListenOptions, Listener, Places, Transport};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};

/// The transport.
pub(super) struct Stdio;

/// Whoever hands the standard streams of the program out, as one connection at a time.
#[derive(Clone)]
pub struct Standard(Arc<dyn Fn() -> io::Result<Connection> + Send + Sync>);

impl Standard {
    /// Hands out what `open` gives; its error says why nothing can be had.
    pub fn new(open: impl Fn() -> io::Result<Connection> + Send + Sync + 'static) -> Self {
        Self(Arc::new(open))
    }
}

impl fmt::Debug for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standard")
    }
}

impl Transport for Stdio {
    fn name(&self) -> &'static str {
        "stdio"
    }

    fn summary(&self) -> &'static str {
        "standard input and output"
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn places(&self) -> Places {
        Places::Standard
    }

    fn listen(&self, _: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let open = open(options.standard);
            let connection =
                open.map_err(|error| NetError::Bind { protocol: "stdio", endpoint: Endpoint::Standard, error })?;
            Ok(Box::new(Once(Some(connection))) as Box<dyn Listener>)
        })
    }

    fn connect(&self, _: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            open(options.standard).map_err(|error| {
                let attempts = vec![(Endpoint::Standard, error)];
                NetError::Connect { protocol: "stdio", attempts }
            })
        })
    }
}

fn open(standard: Option<Standard>) -> io::Result<Connection> {
    let nobody = || io::Error::new(io::ErrorKind::Unsupported, "nobody hands them out");
    standard.ok_or_else(nobody).and_then(|standard| (standard.0)())
}

/// A listener to which one peer comes.
struct Once(Option<Connection>);

impl Listener for Once {
    fn local(&self) -> Vec<Endpoint> {
        vec![Endpoint::Standard]
    }

    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        self.0.take().map_or(Poll::Pending, |connection| Poll::Ready(Ok(connection.into())))
    }
}
