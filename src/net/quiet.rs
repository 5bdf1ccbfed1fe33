//! Quiet: whether anything is on its way between the sockets of this process, as `/proc` tells (proc(5)).

use super::program;

/// What the system's buffers hold for the sockets of this process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queues {
    /// What is not empty, by socket: its inode, bytes that its peer has not acknowledged, bytes or connections that wait
    /// for us.
    pub waiting: Vec<(u64, u64, u64)>,
    /// Whether others take part: a socket has a peer that is not one of ours, or a program of ours runs.
    pub foreign: bool,
}

/// The queues as they are now; empty ones where the system does not tell.
pub fn queues() -> Queues {
    let mut queues = system::queues();
    queues.foreign |= program::is_any();
    queues
}

#[cfg(not(all(target_os = "linux", not(portable))))]
mod system {
    pub(super) fn queues() -> super::Queues {
        super::Queues::default()
    }
}

#[cfg(all(target_os = "linux", not(portable)))]
mod system {
    use std::collections::HashSet;
    use std::fs;
    use std::io;

    use super::Queues;

    const TABLES: [&str; 4] =
        ["/proc/self/net/tcp", "/proc/self/net/tcp6", "/proc/self/net/udp", "/proc/self/net/udp6"];

    /// States of TCP (`net/tcp_states.h`).
    const LISTEN: u8 = 10;
    const AFTER_END: [u8; 3] = [8, 9, 11];

    /// A line of a table.
    struct Socket<'t> {
        local: &'t str,
        remote: &'t str,
        state: u8,
        sent: u64,
        received: u64,
        inode: u64,
    }

    pub(super) fn queues() -> Queues {
        read().unwrap_or_default()
    }

    fn read() -> io::Result<Queues> {
        let own = own_inodes()?;
        let mut queues = Queues::default();
        let (mut ports, mut peers) = (HashSet::new(), HashSet::new());
        for table in TABLES {
            let text = match fs::read_to_string(table) {
                // A machine without IPv6 has no table of it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                text => text?,
            };
            let sockets: Vec<Socket<'_>> = text.lines().skip(1).filter_map(socket).collect();
            let ours: Vec<&Socket<'_>> = sockets.iter().filter(|socket| own.contains(&socket.inode)).collect();
            // An address may be written in several ways, and a socket bound to all of them; a port is one.
            ports.extend(ours.iter().map(|socket| port(socket.local).to_owned()));
            for socket in ours {
                let received = socket.received.saturating_sub(u64::from(AFTER_END.contains(&socket.state)));
                if socket.sent > 0 || received > 0 {
                    queues.waiting.push((socket.inode, socket.sent, received));
                }
                if is_connected(socket) {
                    peers.insert(port(socket.remote).to_owned());
                }
            }
        }
        queues.foreign = !peers.is_subset(&ports);
        Ok(queues)
    }

    fn is_connected(socket: &Socket<'_>) -> bool {
        socket.state != LISTEN && !socket.remote.ends_with(":0000")
    }

    /// The port of `0100007F:1F90`.
    fn port(place: &str) -> &str {
        place.rsplit(':').next().unwrap_or_default()
    }

    /// The sockets of this process.
    fn own_inodes() -> io::Result<HashSet<u64>> {
        let mut own = HashSet::new();
        for entry in fs::read_dir("/proc/self/fd")? {
            // One that was closed meanwhile is none of ours.
            let Ok(target) = fs::read_link(entry?.path()) else { continue };
            let name = target.to_str().and_then(|name| name.strip_prefix("socket:[")?.strip_suffix(']'));
            own.extend(name.and_then(|inode| inode.parse::<u64>().ok()));
        }
        Ok(own)
    }

    /// `0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 …`: the queues are hexadecimal; an end that has come counts
    /// as a byte that is never taken.
    fn socket(line: &str) -> Option<Socket<'_>> {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (sent, received) = fields.get(4)?.split_once(':')?;
        Some(Socket {
            local: fields.get(1)?,
            remote: fields.get(2)?,
            state: u8::from_str_radix(fields.get(3)?, 16).ok()?,
            sent: u64::from_str_radix(sent, 16).ok()?,
            received: u64::from_str_radix(received, 16).ok()?,
            inode: fields.get(9)?.parse().ok()?,
        })
    }
}
