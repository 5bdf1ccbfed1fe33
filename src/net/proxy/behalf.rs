//! Connections on behalf of somebody else: the proxy's socket with the client's address.

use std::io;
use std::os::fd::BorrowedFd;
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::io::ReadBuf;

use crate::net::address::Endpoint;
use crate::net::fact::Fact;
use crate::net::socket::{Connection, Framing, Move, Received, Socket};
use crate::net::transport::BoxFuture;

/// A connection that a proxy has made for a client.
pub(super) struct OnBehalf {
    pub(super) connection: Connection,
    pub(super) client: Endpoint,
    pub(super) destination: Endpoint,
}

impl Socket for OnBehalf {
    fn framing(&self) -> Framing {
        self.connection.framing()
    }

    fn local(&self) -> Endpoint {
        self.connection.local()
    }

    fn peer(&self) -> Endpoint {
        self.client.clone()
    }

    fn destination(&self) -> Endpoint {
        self.destination.clone()
    }

    fn facts(&self) -> &[Fact] {
        self.connection.facts()
    }

    fn poll_read(&self, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.connection.poll_read(cx, into)
    }

    fn poll_receive(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<Received>> {
        self.connection.poll_receive(cx, into)
    }

    fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.connection.poll_send(cx, data)
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, data: &[u8], to: &Endpoint) -> Poll<io::Result<usize>> {
        self.connection.poll_send_to(cx, data, to)
    }

    fn poll_finish(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.poll_finish(cx)
    }

    fn reset(&self) -> io::Result<()> {
        self.connection.reset()
    }

    fn broken(&self) -> BoxFuture<'_, io::Error> {
        self.connection.broken()
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.connection.descriptor()
    }

    fn is_kernel_stream(&self) -> bool {
        self.connection.is_kernel_stream()
    }

    fn poll_receive_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.poll_receive_ready(cx)
    }

    fn try_receive_by(&self, take: &mut Move<'_>) -> io::Result<usize> {
        self.connection.try_receive_by(take)
    }

    fn poll_send_by(&self, cx: &mut Context<'_>, give: &mut Move<'_>) -> Poll<io::Result<usize>> {
        self.connection.poll_send_by(cx, give)
    }
}
