//! Ports: which program holds which, as `/proc` tells (proc(5)).

use std::io;

use super::address::Endpoint;

/// A socket bound to a port, and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Its address: `127.0.0.1:7999`, `[::]:53`.
    pub local: String,
    /// Its port.
    pub port: u16,
    /// The process; `None` for one of another user, or none at all (`time-wait`).
    pub pid: Option<u32>,
    /// The process's program.
    pub program: Option<String>,
    /// `listening`, `connected`, `closing`, …
    pub state: String,
}

/// All sockets that are bound to a port, whatever their state.
pub fn holders(port: u16) -> io::Result<Vec<Holder>> {
    system::sockets(|socket| socket.port == port)
}

/// All sockets that others can reach: TCP ones that listen, and UDP ones without a peer.
pub fn listening() -> io::Result<Vec<Holder>> {
    system::sockets(|socket| socket.state == "listening")
}

/// How many datagrams the system has dropped that came to the UDP sockets at `local`, because nobody had taken those
/// before them; `None` where it does not tell.
pub fn dropped(local: &[Endpoint]) -> Option<u64> {
    system::drops(|at| local.contains(&Endpoint::Inet(at)))
}

#[cfg(not(all(target_os = "linux", not(portable))))]
mod system {
    use std::net::SocketAddr;

    use super::Holder;

    pub(super) fn drops(_: impl Fn(SocketAddr) -> bool) -> Option<u64> {
        None
    }

    pub(super) fn sockets(_: impl Fn(&Holder) -> bool) -> std::io::Result<Vec<Holder>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(target_os = "linux", not(portable)))]
mod system {
    use std::collections::HashMap;
    use std::fs;
    use std::io;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    use super::Holder;

    const TABLES: [(&str, &str); 4] =
        [("tcp", "/proc/net/tcp"), ("tcp", "/proc/net/tcp6"), ("udp", "/proc/net/udp"), ("udp", "/proc/net/udp6")];

    /// The sockets that `wanted` picks, with their processes.
    pub(super) fn sockets(wanted: impl Fn(&Holder) -> bool) -> io::Result<Vec<Holder>> {
        let mut found = Vec::new();
        for (protocol, table) in TABLES {
            let text = match fs::read_to_string(table) {
                // A machine without IPv6 has no table of it.
                Err(error) if error.kind() == io::ErrorKind::NotFound && table.ends_with('6') => continue,
                text => text?,
            };
            let sockets = text.lines().skip(1).filter_map(|line| socket(protocol, line));
            found.extend(sockets.filter(|(socket, _)| wanted(socket)));
        }
        if !found.is_empty() {
            let owners = owners();
            for (socket, inode) in &mut found {
                if let Some((pid, program)) = owners.get(inode) {
                    (socket.pid, socket.program) = (Some(*pid), Some(program.clone()));
                }
            }
        }
        found.sort_by(|(a, _), (b, _)| (a.port, a.protocol, &a.state).cmp(&(b.port, b.protocol, &b.state)));
        Ok(found.into_iter().map(|(socket, _)| socket).collect())
    }

    /// What the kernel has dropped of the UDP sockets bound at the addresses that `wanted` picks.
    pub(super) fn drops(wanted: impl Fn(SocketAddr) -> bool) -> Option<u64> {
        let tables = TABLES.iter().filter(|(protocol, _)| *protocol == "udp");
        let texts: Vec<String> = tables.filter_map(|(_, table)| fs::read_to_string(table).ok()).collect();
        let drops = texts.iter().flat_map(|text| text.lines().skip(1)).filter_map(drop_count);
        drops.filter_map(|(at, count)| wanted(at).then_some(count)).reduce(|sum, count| sum + count)
    }

    /// A line of a UDP table: where the socket is bound, and its drops, which are the last column.
    fn drop_count(line: &str) -> Option<(SocketAddr, u64)> {
        let mut fields = line.split_ascii_whitespace();
        Some((address(fields.nth(1)?)?, fields.next_back()?.parse().ok()?))
    }

    /// A line of a table, and the socket's inode.
    fn socket(protocol: &'static str, line: &str) -> Option<(Holder, u64)> {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (local, remote) = (address(fields.get(1)?)?, address(fields.get(2)?)?);
        let state = match (protocol, u8::from_str_radix(fields.get(3)?, 16).ok()?) {
            ("udp", _) if remote.port() == 0 => "listening",
            ("udp", _) | (_, 1) => "connected",
            (_, 2 | 3) => "connecting",
            (_, 6) => "time-wait",
            (_, 10) => "listening",
            _ => "closing",
        };
        let inode = fields.get(9)?.parse().ok()?;
        let (port, local, state) = (local.port(), local.to_string(), state.to_owned());
        Some((Holder { protocol, local, port, pid: None, program: None, state }, inode))
    }

    /// `0100007F:1F90`: the address in the machine's byte order, word by word, and the port.
    fn address(text: &str) -> Option<SocketAddr> {
        let (ip, port) = text.split_once(':')?;
        let word = |index: usize| u32::from_str_radix(ip.get(8 * index..8 * index + 8)?, 16).ok().map(u32::to_ne_bytes);
        let ip = match ip.len() {
            8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
            32 => {
                let bytes = [word(0)?, word(1)?, word(2)?, word(3)?].concat();
                IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?))
            }
            _ => return None,
        };
        Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
    }

    /// The process and program of each socket's inode, as far as we may look.
    fn owners() -> HashMap<u64, (u32, String)> {
        let mut owners = HashMap::new();
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let inodes: Vec<u64> = inodes(&process.path().join("fd")).collect();
            if inodes.is_empty() {
                continue;
            }
            let program = fs::read_to_string(process.path().join("comm")).unwrap_or_default().trim_end().to_owned();
            for inode in inodes {
                // Of several that share a socket, the first process is the one that made it, as a rule.
                let known = owners.entry(inode).or_insert_with(|| (pid, program.clone()));
                if pid < known.0 {
                    *known = (pid, program.clone());
                }
            }
        }
        owners
    }

    /// The inodes of the sockets among the descriptors in that folder.
    fn inodes(folder: &std::path::Path) -> impl Iterator<Item = u64> {
        let descriptors = fs::read_dir(folder).into_iter().flatten().flatten();
        descriptors.filter_map(|descriptor| {
            let link = fs::read_link(descriptor.path()).ok()?;
            link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_line_of_the_table() {
            let line =
                "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1";
            let (socket, inode) = socket("tcp", line).unwrap();
            assert_eq!((socket.local.as_str(), socket.state.as_str(), inode), ("127.0.0.1:8080", "listening", 4242));
            let line = "  9: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 4242 2 0 17";
            assert_eq!(drop_count(line), Some(("127.0.0.1:8080".parse().unwrap(), 17)));
            let six = address("00000000000000000000000001000000:0035").unwrap();
            assert_eq!(six.to_string(), "[::1]:53");
            assert_eq!(address("0100007F"), None);
        }
    }
}
