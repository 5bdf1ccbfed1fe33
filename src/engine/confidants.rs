//! Confidants: what becomes of the secrets of encrypted connections.

use std::sync::{Arc, Weak};

use super::event::What;
use super::shared::Shared;
use crate::net::transport::{Confidant, Confidants, Secret};

/// Who is told of the secrets of this engine's connections.
pub(super) fn confidants(shared: &Arc<Shared>) -> Confidants {
    Confidants {
        always: Some(Arc::new(Teller(Arc::downgrade(shared)))),
        otherwise: shared.config.key_log.clone().map(|file| file as Arc<dyn Confidant>),
    }
}

/// Tells of them as events, where a view wants those. A connection holds it, and the engine the connection.
struct Teller(Weak<Shared>);

impl Confidant for Teller {
    fn wants_secrets(&self) -> bool {
        self.0.upgrade().is_some_and(|shared| shared.wants_secrets())
    }

    fn confide(&self, secret: &Secret) {
        if let Some(shared) = self.0.upgrade() {
            shared.emit(None, What::TlsSecret(secret.clone()));
        }
    }
}
