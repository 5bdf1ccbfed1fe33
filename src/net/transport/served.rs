//! Protocols that are TCP to the network, and that a handler of ours speaks: who listens for one need not name it.

use super::setting::{End, Setting};
use super::tcp::Tcp;
use super::{BoxFuture, ConnectOptions, ListenOptions, Listener, Transport};
use crate::net::address::Place;
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};
use crate::net::stage;

/// Such a protocol.
pub(super) struct Served {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// The handler that speaks it.
    pub(super) stage: &'static str,
}

/// `socks5`
pub(super) const SOCKS: Served =
    Served { name: "socks5", summary: "SOCKS 5, 4a and 4 over TCP; a listener is a proxy", stage: "socks" };

/// `proxy`
pub(super) const PROXY: Served =
    Served { name: "proxy", summary: "HTTP as proxies speak it, over TCP; a listener is a proxy", stage: "proxy" };

impl Transport for Served {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn settings(&self) -> Vec<Setting> {
        let options = stage::find(self.stage).map_or(&[][..], |spec| spec.options);
        let own =
            options.iter().map(|option| Setting::new(option.name, option.kind, End::Listener, "", option.summary));
        own.chain(Tcp.settings()).collect()
    }

    fn fields(&self) -> Vec<(&'static str, &'static str)> {
        Tcp.fields()
    }

    fn base(&self) -> Option<&'static dyn Transport> {
        Some(&Tcp)
    }

    fn serves(&self) -> Option<&'static str> {
        Some(self.stage)
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'_, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move { Tcp.listen(place, options).await.map_err(|error| error.of(self.name)) })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'_, Result<Connection, NetError>> {
        Box::pin(async move { Tcp.connect(place, options).await.map_err(|error| error.of(self.name)) })
    }
}
