//! Introductions: the header of the PROXY protocol as a handshake of listeners to which proxies connect.

use std::sync::Arc;

use super::layer::{Handshake, Layered, Shaken};
use super::setting::{End, Setting, Settings};
use super::{BoxFuture, HandshakeError, Listener};
use crate::net::proxy::introduced;
use crate::net::socket::Connection;
use crate::net::stage::Kind;

/// The option for it, of every transport that carries streams and runs on no other.
pub(super) const SETTING: Setting = Setting::new(
    "accept-proxy",
    Kind::Boolean,
    End::Listener,
    "no",
    "whether everybody begins with a PROXY protocol header (v1 or v2), whose client is the peer",
);

/// `listener`, behind the handshake if it was asked for.
pub(super) fn behind(listener: impl Listener + 'static, settings: &Settings) -> Box<dyn Listener> {
    let listener = Box::new(listener);
    if settings.flag(SETTING.key) != Some(true) {
        return listener;
    }
    Box::new(Layered::new(listener, Arc::new(Introduction)))
}

/// The handshake.
struct Introduction;

impl Handshake for Introduction {
    fn run(&self, below: Connection) -> BoxFuture<'static, Shaken> {
        Box::pin(async move { introduced(below).await.map_err(HandshakeError::new) })
    }
}
