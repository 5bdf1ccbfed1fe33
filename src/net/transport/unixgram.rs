//! Unix datagram sockets (unix(7)).

use std::io;
use std::path::Path;
use std::sync::Arc;

use socket2::{SockAddr, Socket, Type};

use super::datagram::{self, DatagramSocket, Port};
use super::demux::Demux;
use super::path::{self, SocketFile};
use super::{BoxFuture, ConnectOptions, ListenOptions, Listener, Places, Transport};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};

/// The transport.
pub(super) struct Unixgram;

impl Transport for Unixgram {
    fn name(&self) -> &'static str {
        "unixgram"
    }

    fn summary(&self) -> &'static str {
        "datagrams through a socket file"
    }

    fn framing(&self) -> Framing {
        Framing::Datagram
    }

    fn places(&self) -> Places {
        Places::Sockets
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let endpoint = path::named("unixgram", place)?;
            match bind(&endpoint) {
                Ok((port, file)) => Ok(Box::new(Demux::new(vec![port], options.backlog, file)) as Box<dyn Listener>),
                Err(error) => Err(NetError::Bind { protocol: "unixgram", endpoint, error }),
            }
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let endpoint = path::named("unixgram", place)?;
            connect(&endpoint, options.from_path.as_deref())
                .map_err(|error| NetError::Connect { protocol: "unixgram", attempts: vec![(endpoint, error)] })
        })
    }
}

fn bind(endpoint: &Endpoint) -> io::Result<(Port, Option<SocketFile>)> {
    let socket = path::socket(Type::DGRAM)?;
    let file = path::bind(&socket, Type::DGRAM, endpoint)?;
    datagram::make_room(&socket);
    Ok((Port::new(socket)?, file))
}

fn connect(endpoint: &Endpoint, from: Option<&Path>) -> io::Result<Connection> {
    let socket = path::socket(Type::DGRAM)?;
    let file = name(&socket, from)?;
    socket.connect(&path::address(endpoint)?)?;
    datagram::make_room(&socket);
    Ok(Arc::new(DatagramSocket::new(Port::new(socket)?, endpoint.clone(), file)))
}

/// Gives a client a name, so that it can be answered.
fn name(socket: &Socket, from: Option<&Path>) -> io::Result<Option<SocketFile>> {
    if let Some(path) = from {
        return path::bind(socket, Type::DGRAM, &Endpoint::Path(path.to_owned()));
    }
    if cfg!(target_os = "linux") {
        // Binding to nothing asks for a name nobody has, in the abstract namespace (unix(7), autobind).
        socket.bind(&SockAddr::unix("")?)?;
        return Ok(None);
    }
    let unique = format!("nsh-{}-{:x}.sock", std::process::id(), std::ptr::from_ref(socket).addr());
    path::bind(socket, Type::DGRAM, &Endpoint::Path(std::env::temp_dir().join(unique)))
}
