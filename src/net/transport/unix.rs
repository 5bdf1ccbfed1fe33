//! Unix stream sockets (unix(7)).

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::{Context, Poll};

use socket2::Type;
use tokio::net::{UnixListener, UnixStream};

use super::path::{self, SocketFile};
use super::stream::StreamSocket;
use super::{
    Arrival, BoxFuture, ConnectOptions, ListenOptions, Listener, Places, Setting, Transport, introduction, within,
};
use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;
use crate::net::socket::{Connection, Framing};

/// The transport.
pub(super) struct Unix;

impl Transport for Unix {
    fn name(&self) -> &'static str {
        "unix"
    }

    fn summary(&self) -> &'static str {
        "a stream of bytes through a socket file"
    }

    fn framing(&self) -> Framing {
        Framing::Stream
    }

    fn settings(&self) -> Vec<Setting> {
        vec![introduction::SETTING]
    }

    fn places(&self) -> Places {
        Places::Sockets
    }

    fn listen(&self, place: Place, options: ListenOptions) -> BoxFuture<'static, Result<Box<dyn Listener>, NetError>> {
        Box::pin(async move {
            let endpoint = path::named("unix", place)?;
            let listener = bind(&endpoint, options.backlog);
            let (listener, file) =
                listener.map_err(|error| NetError::Bind { protocol: "unix", endpoint: endpoint.clone(), error })?;
            Ok(introduction::behind(Bound { listener, endpoint, _file: file }, &options.settings))
        })
    }

    fn connect(&self, place: Place, options: ConnectOptions) -> BoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async move {
            let endpoint = path::named("unix", place)?;
            let outcome = within(options.timeout, connect(&endpoint)).await;
            outcome.map_err(|error| NetError::Connect { protocol: "unix", attempts: vec![(endpoint, error)] })
        })
    }
}

fn bind(endpoint: &Endpoint, backlog: u32) -> io::Result<(UnixListener, Option<SocketFile>)> {
    let socket = path::socket(Type::STREAM)?;
    let file = path::bind(&socket, Type::STREAM, endpoint)?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    Ok((UnixListener::from_std(socket.into())?, file))
}

async fn connect(endpoint: &Endpoint) -> io::Result<Connection> {
    let stream = UnixStream::from_std(path::connect(Type::STREAM, endpoint).await?.into())?;
    Ok(Arc::new(StreamSocket::new(stream, endpoint.clone())))
}

struct Bound {
    listener: UnixListener,
    endpoint: Endpoint,
    /// Dropped after the socket: the file goes when nobody listens any more.
    _file: Option<SocketFile>,
}

impl Listener for Bound {
    fn local(&self) -> Vec<Endpoint> {
        vec![self.endpoint.clone()]
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        loop {
            return match std::task::ready!(self.listener.poll_accept(cx)) {
                Ok((stream, peer)) => {
                    let socket: Connection = Arc::new(StreamSocket::new(stream, path::endpoint(&peer)));
                    Poll::Ready(Ok(socket.into()))
                }
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => Poll::Ready(Err(error)),
            };
        }
    }
}
