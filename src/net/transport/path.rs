//! Unix socket names: paths and abstract names, socket files that are taken over when stale and removed at the end.

use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::SocketAddrUnix;
use socket2::{Domain, SockAddr, Socket, Type};

use crate::net::address::{Endpoint, Place};
use crate::net::error::NetError;

/// The name as an endpoint.
pub(super) fn endpoint(address: &tokio::net::unix::SocketAddr) -> Endpoint {
    if let Some(path) = address.as_pathname() {
        return Endpoint::Path(path.to_owned());
    }
    address.as_abstract_name().map_or(Endpoint::Unnamed, |name| Endpoint::Abstract(name.to_vec()))
}

/// The kernel's address as an endpoint.
pub(super) fn endpoint_of(address: &SocketAddrUnix) -> Endpoint {
    use std::os::unix::ffi::OsStrExt;
    if let Some(path) = address.path_bytes() {
        return Endpoint::Path(PathBuf::from(std::ffi::OsStr::from_bytes(path)));
    }
    abstract_name(address).map_or(Endpoint::Unnamed, |name| Endpoint::Abstract(name.to_vec()))
}

#[cfg(target_os = "linux")]
fn abstract_name(address: &SocketAddrUnix) -> Option<&[u8]> {
    address.abstract_name()
}

#[cfg(not(target_os = "linux"))]
fn abstract_name(_: &SocketAddrUnix) -> Option<&[u8]> {
    None
}

/// A place as an endpoint; IP places are refused.
pub(super) fn named(protocol: &str, place: Place) -> Result<Endpoint, NetError> {
    match place {
        Place::Path(path) => Ok(Endpoint::Path(path)),
        Place::Abstract(name) => Ok(Endpoint::Abstract(name)),
        place => Err(NetError::Unsupported(format!("{protocol} needs a path, not `{place}`"))),
    }
}

/// An endpoint as the kernel's address (unix(7)).
pub(super) fn address(endpoint: &Endpoint) -> io::Result<SockAddr> {
    use std::os::unix::ffi::OsStrExt;
    match endpoint {
        Endpoint::Path(path) => SockAddr::unix(path),
        Endpoint::Abstract(name) => {
            SockAddr::unix(Path::new(std::ffi::OsStr::from_bytes(&[b"\0", &name[..]].concat())))
        }
        _ => Err(ErrorKind::InvalidInput.into()),
    }
}

/// A non-blocking Unix socket that programs we start do not inherit.
pub(super) fn socket(kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, kind, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// How long to wait before asking a listener with a full backlog again.
const FULL: Duration = Duration::from_millis(5);

/// Connects a stream or a connection of messages.
pub(super) async fn connect(kind: Type, endpoint: &Endpoint) -> io::Result<Socket> {
    let socket = socket(kind)?;
    let address = address(endpoint)?;
    // A full backlog is EAGAIN here, and nothing tells when there is room again (connect(2)).
    while let Err(error) = socket.connect(&address) {
        if error.kind() != ErrorKind::WouldBlock {
            return Err(error);
        }
        tokio::time::sleep(FULL).await;
    }
    Ok(socket)
}

/// A bound socket file; removed when dropped, if it is still the one that was bound.
pub(super) struct SocketFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        // The working directory may be another one by the time of removal.
        let path = std::path::absolute(path)?;
        let inode = inode(&path)?;
        Ok(Self { path, inode })
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = std::fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if inode(&self.path).is_ok_and(|inode| inode == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Binds `socket`; a socket file that nobody listens on is replaced. Fails with `AddrInUse` where somebody does.
pub(super) fn bind(socket: &Socket, kind: Type, endpoint: &Endpoint) -> io::Result<Option<SocketFile>> {
    let address = address(endpoint)?;
    match (socket.bind(&address), endpoint) {
        (Err(error), Endpoint::Path(path)) if error.kind() == ErrorKind::AddrInUse && is_stale(path, kind) => {
            std::fs::remove_file(path)?;
            socket.bind(&address)?;
        }
        (outcome, _) => outcome?,
    }
    match endpoint {
        Endpoint::Path(path) => SocketFile::of(path).map(Some),
        _ => Ok(None),
    }
}

/// Whether the file is a socket whose owner is gone: connecting to it is refused.
fn is_stale(path: &Path, kind: Type) -> bool {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    let refused = || {
        let probe = socket(kind).and_then(|probe| probe.connect(&SockAddr::unix(path)?));
        probe.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    };
    is_socket && refused()
}
