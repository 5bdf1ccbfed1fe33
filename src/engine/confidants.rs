//! Confidants: what becomes of the secrets of encrypted connections.

use std::sync::Arc;

use super::shared::Shared;
use crate::net::transport::{Confidant, Confidants};

/// Who is told of the secrets of this engine's connections.
pub(super) fn confidants(shared: &Arc<Shared>) -> Confidants {
    Confidants { always: None, otherwise: shared.config.key_log.clone().map(|file| file as Arc<dyn Confidant>) }
}
