//! Arrivals: peers that have come to a listener, perhaps with a handshake still before them.

use std::sync::Arc;

use super::BoxFuture;
use super::layer::{Handshake, Shaken};
use crate::net::address::Endpoint;
use crate::net::socket::Connection;

/// A peer that has come. Where its transport has a handshake, that has not been run: whoever shuts the peer out by its
/// address does so before, and drops it.
pub struct Arrival {
    peer: Endpoint,
    opening: Opening,
}

enum Opening {
    Open(Connection),
    Handshake(BoxFuture<'static, Shaken>),
}

impl Arrival {
    /// Who has come.
    pub fn peer(&self) -> &Endpoint {
        &self.peer
    }

    /// The connection, if no handshake is needed; otherwise the handshake.
    pub fn ready(self) -> Result<Connection, BoxFuture<'static, Shaken>> {
        match self.opening {
            Opening::Open(connection) => Ok(connection),
            Opening::Handshake(handshake) => Err(handshake),
        }
    }

    /// The connection, when the handshake, if there is one, has been run; without any limit of time.
    pub async fn open(self) -> Shaken {
        match self.ready() {
            Ok(connection) => Ok(connection),
            Err(handshake) => handshake.await,
        }
    }

    /// The same with one more handshake before it.
    #[must_use]
    pub(super) fn before(self, handshake: Arc<dyn Handshake>) -> Self {
        let peer = self.peer.clone();
        let opening = async move { handshake.run(self.open().await?).await };
        Self { peer, opening: Opening::Handshake(Box::pin(opening)) }
    }
}

impl From<Connection> for Arrival {
    fn from(connection: Connection) -> Self {
        Self { peer: connection.peer(), opening: Opening::Open(connection) }
    }
}
