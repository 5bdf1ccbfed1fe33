//! Telnet (RFC 854): a stream over TCP whose options are all refused, so that bytes pass as they are.

mod codec;
mod socket;

use std::sync::Arc;

use super::layer::{Handshake, Layer, Shaken};
use super::setting::Setting;
use super::tcp::Tcp;
use super::{BoxFuture, ConnectOptions, ListenOptions, Transport};
use crate::net::address::Place;
use crate::net::error::NetError;
use crate::net::socket::Connection;
use socket::TelnetSocket;

/// The transport.
pub(super) struct Telnet;

impl Layer for Telnet {
    fn name(&self) -> &'static str {
        "telnet"
    }

    fn summary(&self) -> &'static str {
        "a stream of bytes over TCP with telnet's commands taken out and its options refused"
    }

    fn settings(&self) -> &'static [Setting] {
        &[]
    }

    fn below(&self) -> &'static dyn Transport {
        &Tcp
    }

    fn server<'a>(&'a self, _: &'a Place, _: &'a ListenOptions) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>> {
        Box::pin(async { Ok(Arc::new(Wrapping) as Arc<dyn Handshake>) })
    }

    fn client<'a>(
        &'a self,
        _: &'a Place,
        _: &'a ConnectOptions,
    ) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>> {
        Box::pin(async { Ok(Arc::new(Wrapping) as Arc<dyn Handshake>) })
    }
}

/// Telnet has no handshake: either end may ask for options at any time, and none has to.
struct Wrapping;

impl Handshake for Wrapping {
    fn run(&self, below: Connection) -> BoxFuture<'static, Shaken> {
        Box::pin(async { Ok(Arc::new(TelnetSocket::new(below)) as Connection) })
    }
}
