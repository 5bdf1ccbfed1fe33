//! Groups: multicast over UDP (RFC 1112, RFC 3493), which interface it goes by, and who hears it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;

use rustix::io::Errno;
use socket2::{InterfaceIndexOrAddress, Socket};

use super::setting::{End, Setting, Settings};
use crate::net::address::{Host, Place};
use crate::net::error::{self, NetError};
use crate::net::fact::Fact;
use crate::net::stage::Kind;

/// The options, of UDP.
pub(super) const SETTINGS: [Setting; 3] = [
    Setting::repeated("join", Kind::Label, End::Listener, "none", "a multicast group to hear: its address"),
    Setting::new("interface", Kind::Label, End::Both, "the system's", "the interface that multicast goes by"),
    Setting::new("loop", Kind::Boolean, End::Both, "yes", "whether this machine hears the multicast that it sends"),
];

/// The facts that tell of them.
pub(super) const FIELDS: [(&str, &str); 2] =
    [("join", "the multicast groups that are heard"), ("interface", "the interface that multicast goes by")];

/// Which groups a socket hears, and how it sends to groups.
#[derive(Default)]
pub(super) struct Groups {
    join: Vec<IpAddr>,
    interface: Option<String>,
    loops: Option<bool>,
}

impl Groups {
    /// As asked for.
    pub(super) fn of(settings: &Settings) -> Result<Self, NetError> {
        let mut join = Vec::new();
        for text in settings.texts("join") {
            let group = text.trim_matches(['[', ']']).parse::<IpAddr>().ok().filter(IpAddr::is_multicast);
            let wrong =
                || NetError::Unsupported(format!("`{text}` is no multicast group: 224.0.0.0/4 and ff00::/8 are"));
            join.push(group.ok_or_else(wrong)?);
        }
        Ok(Self { join, interface: settings.text("interface"), loops: settings.flag("loop") })
    }

    /// Whether every group can be heard at `place`, which means `addresses`.
    pub(super) fn check(&self, place: &Place, addresses: &[SocketAddr]) -> Result<(), NetError> {
        if let (Place::Inet(Host::Loopback, port), true) = (place, self.joins()) {
            let wrong = format!("a port of this machine alone hears no group: listen at `*:{port}`");
            return Err(NetError::Unsupported(wrong));
        }
        let heard = |group: &&IpAddr| addresses.iter().any(|address| address.is_ipv4() == group.is_ipv4());
        match self.join.iter().find(|group| !heard(group)) {
            None => Ok(()),
            Some(group) => {
                Err(NetError::Unsupported(format!("`{group}` is not of the version of IP that is listened on")))
            }
        }
    }

    /// Whether groups are joined.
    pub(super) fn joins(&self) -> bool {
        !self.join.is_empty()
    }

    /// Joins those that the socket, bound to an address of that version of IP, can hear.
    pub(super) fn apply(&self, socket: &Socket, is_v6: bool) -> io::Result<()> {
        let index = self.interface.as_deref().map(|name| index(socket, name)).transpose()?;
        if is_v6 {
            self.loops.map_or(Ok(()), |loops| socket.set_multicast_loop_v6(loops))?;
            index.map_or(Ok(()), |index| socket.set_multicast_if_v6(index))?;
        } else {
            self.loops.map_or(Ok(()), |loops| socket.set_multicast_loop_v4(loops))?;
            index.map_or(Ok(()), |index| leave_by(socket, index))?;
        }
        for group in &self.join {
            let joined = match group {
                IpAddr::V4(group) if !is_v6 => {
                    socket.join_multicast_v4_n(group, &InterfaceIndexOrAddress::Index(index.unwrap_or(0)))
                }
                IpAddr::V6(group) if is_v6 => socket.join_multicast_v6(group, index.unwrap_or(0)),
                _ => Ok(()),
            };
            joined.map_err(|error| {
                io::Error::new(error.kind(), format!("`join={group}`: {}", error::describe(&error)))
            })?;
        }
        Ok(())
    }

    /// What there is to tell.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        if self.joins() {
            let all: Vec<String> = self.join.iter().map(ToString::to_string).collect();
            facts.push(Fact::quiet("join", all.join(", ")));
        }
        facts.extend(self.interface.iter().map(|name| Fact::quiet("interface", name.clone())));
        facts
    }
}

#[cfg(not(target_os = "linux"))]
fn index(_: &Socket, _: &str) -> io::Result<u32> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
fn index(socket: &Socket, name: &str) -> io::Result<u32> {
    rustix::net::netdevice::name_to_index(socket, name).map_err(|error| match error {
        Errno::NODEV => io::Error::new(io::ErrorKind::NotFound, format!("there is no interface `{name}`")),
        other => other.into(),
    })
}

fn leave_by(socket: &Socket, index: u32) -> io::Result<()> {
    let any = Ipv4Addr::UNSPECIFIED;
    Ok(rustix::net::sockopt::set_ip_multicast_if_with_ifindex(socket.as_fd(), &any, &any, index)?)
}
