//! Scanning: which TCP ports of a host answer.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Protocol, Type};
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

use super::error::NetError;
use super::resolve::resolve;
use super::transport::{Family, inet_socket};

/// What a port said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Somebody listens.
    Open,
    /// The host refused.
    Closed,
    /// Nothing came back in time, or something on the way refused.
    Filtered,
}

/// Tries each port of `host`, a name (its first address) or an address; gives them in the order asked for, each with
/// its state. `concurrency` ports are tried at a time, each for at most `timeout`. Fails when the name has no address.
pub async fn scan(
    host: &str,
    ports: impl IntoIterator<Item = u16>,
    timeout: Duration,
    concurrency: usize,
) -> Result<Vec<(u16, State)>, NetError> {
    let addresses = resolve(host, Family::Both).await?;
    let address = *addresses.first().expect("a resolved name has an address");
    let mut running: VecDeque<(u16, Probe)> = VecDeque::new();
    let mut states = Vec::new();
    for port in ports {
        if running.len() >= concurrency.max(1)
            && let Some(first) = running.pop_front()
        {
            states.push(outcome(first).await);
        }
        running.push_back((port, Probe(tokio::spawn(probe(address, port, timeout)))));
    }
    for last in running {
        states.push(outcome(last).await);
    }
    Ok(states)
}

/// A running try, given up when dropped.
struct Probe(JoinHandle<State>);

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn outcome((port, mut probe): (u16, Probe)) -> (u16, State) {
    (port, (&mut probe.0).await.unwrap_or(State::Filtered))
}

async fn probe(ip: IpAddr, port: u16, timeout: Duration) -> State {
    let address = SocketAddr::new(ip, port);
    let connect = async {
        let socket = inet_socket(address, Type::STREAM, Protocol::TCP)?;
        // Closing with a reset leaves nothing behind, here or there.
        socket.set_linger(Some(Duration::ZERO))?;
        let stream = TcpSocket::from_std_stream(socket.into()).connect(address).await?;
        // A connection with itself is nobody's answer (simultaneous open).
        Ok::<bool, std::io::Error>(stream.local_addr()? != address)
    };
    match tokio::time::timeout(timeout, connect).await {
        Ok(Ok(true)) => State::Open,
        Ok(Ok(false)) => State::Closed,
        Ok(Err(error)) if matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset) => {
            State::Closed
        }
        Ok(Err(_)) | Err(_) => State::Filtered,
    }
}
