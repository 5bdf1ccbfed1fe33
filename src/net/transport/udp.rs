//! UDP (RFC 768).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::{Protocol, Socket, Type};

use super::datagram::{DatagramSocket, Port};
use super::demux::Demux;
use super::{BoxFuture, ConnectOptions, ListenOptions, Listener, Transport, attempt_each, inet};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};

/// The transport.
pub(super) struct Udp;

impl Transport for Udp {
    fn name(&self) -> &'static str {
        "udp"
    }

    fn summary(&self) -> &'static str {
        "datagrams over IP"
    }

    fn framing(&self) -> Framing {
        Framing::Datagram
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let bindings = inet::bindings("udp", &place, options.family).await?;
            let ports = inet::bind_all("udp", &bindings, bind)?;
            Ok(Box::new(Demux::new(ports, options.backlog, None)) as Box<dyn Listener>)
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let destinations = inet::destinations("udp", &place, &options).await?;
            attempt_each("udp", destinations, |address| std::future::ready(connect(address, options.from))).await
        })
    }
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = inet::socket(address, Type::DGRAM, Protocol::UDP)?;
    socket.set_broadcast(true)?;
    Ok(socket)
}

fn bind(address: SocketAddr) -> io::Result<(Port, SocketAddr)> {
    let socket = socket(address)?;
    socket.bind(&address.into())?;
    let real = inet::local(&socket)?;
    Ok((Port::new(socket)?.coalescing(), real))
}

fn connect(address: SocketAddr, from: Option<SocketAddr>) -> io::Result<Connection> {
    let socket = socket(address)?;
    if let Some(source) = from.and_then(|from| inet::source(from, address)) {
        socket.bind(&source.into())?;
    }
    socket.connect(&address.into())?;
    Ok(Arc::new(DatagramSocket::new(Port::new(socket)?, Endpoint::Inet(address), None)))
}
