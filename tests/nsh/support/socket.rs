//! Plain sockets as peers, with deadlines that only a failure reaches.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use super::patience::{LONG, until};

/// A listening TCP socket on a free port.
pub(crate) struct Door {
    listener: TcpListener,
    pub(crate) port: u16,
}

impl Door {
    /// On 127.0.0.1.
    pub(crate) fn open() -> Self {
        Self::at("127.0.0.1:0")
    }

    pub(crate) fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        let port = listener.local_addr().expect("it is bound").port();
        Self { listener, port }
    }

    /// A port on which nobody listens (a moment ago somebody did, so nobody else has it now).
    pub(crate) fn closed_port() -> u16 {
        Self::open().port
    }

    /// The next connection.
    #[track_caller]
    pub(crate) fn accept(&self) -> Talk {
        self.listener.set_nonblocking(true).expect("a socket");
        let (stream, _) = until("a connection", || self.listener.accept().ok());
        stream.set_nonblocking(false).expect("a socket");
        Talk::new(stream)
    }
}

/// A TCP connection.
pub(crate) struct Talk {
    stream: TcpStream,
}

impl Talk {
    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(LONG)).expect("not zero");
        stream.set_write_timeout(Some(LONG)).expect("not zero");
        stream.set_nodelay(true).expect("a socket");
        Self { stream }
    }

    /// Connects to a port of this machine.
    #[track_caller]
    pub(crate) fn to(port: u16) -> Self {
        Self::to_address(&format!("127.0.0.1:{port}"))
    }

    #[track_caller]
    pub(crate) fn to_address(address: &str) -> Self {
        Self::new(TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}")))
    }

    pub(crate) fn peer(&self) -> SocketAddr {
        self.stream.peer_addr().expect("it is connected")
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.stream.local_addr().expect("it is connected")
    }

    /// Another handle on it, to send from another thread.
    pub(crate) fn again(&self) -> Self {
        Self { stream: self.stream.try_clone().expect("a socket") }
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.stream.write_all(bytes.as_ref()).expect("the peer takes what it is sent");
        self
    }

    /// Sends as much as the peer takes; says whether it took everything.
    pub(crate) fn offer(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Exactly the next `count` bytes.
    #[track_caller]
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap_or_else(|error| panic!("{count} bytes: {error}"));
        bytes
    }

    /// The next bytes up to and with `end`.
    #[track_caller]
    pub(crate) fn take_until(&mut self, end: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end.as_bytes()) {
            bytes.extend(self.take(1));
        }
        bytes
    }

    /// The next bytes are these.
    #[track_caller]
    pub(crate) fn hears(&mut self, expected: impl AsRef<[u8]>) -> &mut Self {
        let expected = expected.as_ref();
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        while bytes.len() < expected.len() {
            let room = (expected.len() - bytes.len()).min(buffer.len());
            match self.stream.read(&mut buffer[..room]) {
                Ok(0) => break,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)),
            }
        }
        assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(expected));
        assert_eq!(bytes, expected);
        self
    }

    /// Everything up to the end of the stream.
    #[track_caller]
    pub(crate) fn all(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).unwrap_or_else(|error| panic!("{error} after {} bytes", bytes.len()));
        bytes
    }

    /// Everything up to the end of the stream, or its breaking.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = self.stream.read_to_end(&mut bytes);
        bytes
    }

    /// Whether what comes next is that: false when something else comes, or the end.
    pub(crate) fn rest_starts_with(&mut self, expected: &[u8]) -> bool {
        let mut bytes = vec![0; expected.len()];
        self.stream.read_exact(&mut bytes).is_ok() && bytes == expected
    }

    /// The peer has finished sending, and sent nothing more before.
    #[track_caller]
    pub(crate) fn at_end(&mut self) -> &mut Self {
        let bytes = self.all();
        assert!(bytes.is_empty(), "more before the end: {:?}", String::from_utf8_lossy(&bytes));
        self
    }

    /// The connection is over, by an end or by a reset, without another byte.
    #[track_caller]
    pub(crate) fn is_over(&mut self) {
        let bytes = self.rest();
        assert!(bytes.is_empty(), "more before the end: {:?}", String::from_utf8_lossy(&bytes));
    }

    /// Whether the peer has closed it, in order or not.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.stream.set_read_timeout(Some(Duration::from_millis(250))).expect("not zero");
        match self.stream.read(&mut [0; 4096]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
    }

    /// The connection is reset.
    #[track_caller]
    pub(crate) fn is_reset(&mut self) {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Ok(_) => panic!("an end instead of a reset"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }

    /// Nothing comes for a moment: neither bytes nor an end.
    #[track_caller]
    pub(crate) fn is_silent(&mut self) -> &mut Self {
        self.stream.set_read_timeout(Some(Duration::from_millis(250))).expect("not zero");
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(0) => panic!("an end instead of silence"),
            Ok(_) => panic!("{byte:?} instead of silence"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        self.stream.set_read_timeout(Some(LONG)).expect("not zero");
        self
    }

    /// The lines that come until nothing has come for a moment.
    pub(crate) fn lines_until_quiet(&mut self) -> Vec<String> {
        self.stream.set_read_timeout(Some(Duration::from_millis(100))).expect("not zero");
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = self.stream.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..count]);
        }
        self.stream.set_read_timeout(Some(LONG)).expect("not zero");
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }

    /// Sends everything back until the peer has finished or is gone.
    pub(crate) fn echo(&mut self) {
        let mut from = self.again();
        let _ = std::io::copy(&mut from.stream, &mut self.stream);
    }

    /// Finishes sending; what the peer sends can still be read.
    pub(crate) fn finish(&mut self) -> &mut Self {
        self.stream.shutdown(Shutdown::Write).expect("it is connected");
        self
    }

    /// Closes it with a reset.
    pub(crate) fn reset(self) {
        let socket = socket2::Socket::from(self.stream);
        socket.set_linger(Some(Duration::ZERO)).expect("a socket");
    }
}

/// A UDP socket on a free port.
pub(crate) struct Mailbox {
    socket: UdpSocket,
    pub(crate) port: u16,
}

impl Mailbox {
    /// On 127.0.0.1.
    pub(crate) fn open() -> Self {
        Self::at("127.0.0.1:0")
    }

    pub(crate) fn at(address: &str) -> Self {
        let socket = UdpSocket::bind(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        socket.set_read_timeout(Some(LONG)).expect("not zero");
        let port = socket.local_addr().expect("it is bound").port();
        Self { socket, port }
    }

    /// Sends a datagram to a port of this machine.
    #[track_caller]
    pub(crate) fn send(&self, port: u16, bytes: impl AsRef<[u8]>) -> &Self {
        self.socket.send_to(bytes.as_ref(), ("127.0.0.1", port)).expect("loopback takes it");
        self
    }

    #[track_caller]
    pub(crate) fn reply(&self, to: SocketAddr, bytes: impl AsRef<[u8]>) -> &Self {
        self.socket.send_to(bytes.as_ref(), to).expect("loopback takes it");
        self
    }

    /// The next datagram and its sender.
    #[track_caller]
    pub(crate) fn take(&self) -> (Vec<u8>, SocketAddr) {
        let mut bytes = vec![0; 70_000];
        let (count, from) = self.socket.recv_from(&mut bytes).expect("a datagram");
        bytes.truncate(count);
        (bytes, from)
    }

    /// The next datagram is this.
    #[track_caller]
    pub(crate) fn hears(&self, expected: impl AsRef<[u8]>) -> SocketAddr {
        let (bytes, from) = self.take();
        assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(expected.as_ref()));
        from
    }

    /// No datagram comes for a moment.
    #[track_caller]
    pub(crate) fn is_silent(&self) {
        self.socket.set_read_timeout(Some(Duration::from_millis(250))).expect("not zero");
        let mut bytes = [0; 100];
        assert!(self.socket.recv_from(&mut bytes).is_err(), "a datagram instead of silence");
        self.socket.set_read_timeout(Some(LONG)).expect("not zero");
    }
}
