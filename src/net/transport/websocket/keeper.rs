//! The keeper: asks a silent peer whether it is still there, and ends the connection when it is not (RFC 6455, 5.5.2).

use std::sync::Weak;
use std::time::Duration;

use super::socket::{Shared, Watched};

/// Pings the peer every `interval`. One that has sent nothing at all between two pings is gone.
pub(super) async fn keep(shared: Weak<Shared>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let Some(shared) = shared.upgrade() else { return };
        match shared.watch() {
            Watched::Alive => {}
            Watched::Over => return,
        }
    }
}
