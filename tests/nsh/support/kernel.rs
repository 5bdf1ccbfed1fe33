//! What the kernel knows of a process: its listening ports, its memory, its descriptors.

use std::collections::HashSet;
use std::fs;

/// Which of the kernel's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Stream sockets that listen.
    Tcp,
    /// Datagram sockets that are bound.
    Udp,
}

/// The ports that a process listens on, in order of opening, IPv4 and IPv6 together, each once.
pub(crate) fn listening(process: u32, transport: Transport) -> Vec<u16> {
    let sockets = sockets(process);
    let (tables, state) = match transport {
        Transport::Tcp => (["tcp", "tcp6"], "0A"),
        Transport::Udp => (["udp", "udp6"], "07"),
    };
    let mut found: Vec<(u64, u16)> = Vec::new();
    for table in tables {
        let text = fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default();
        found.extend(text.lines().skip(1).filter_map(|line| entry(line, state)));
    }
    found.retain(|(inode, _)| sockets.contains(inode));
    found.sort_unstable();
    let mut seen = HashSet::new();
    found.into_iter().map(|(_, port)| port).filter(|port| seen.insert(*port)).collect()
}

/// The inode and local port of a line of `/proc/net/tcp` (proc(5)) in that state.
fn entry(line: &str, state: &str) -> Option<(u64, u16)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let port = u16::from_str_radix(fields.get(1)?.rsplit_once(':')?.1, 16).ok()?;
    (*fields.get(3)? == state).then_some(())?;
    Some((fields.get(9)?.parse().ok()?, port))
}

/// The inodes of a process's sockets.
fn sockets(process: u32) -> HashSet<u64> {
    targets(process)
        .iter()
        .filter_map(|target| target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok())
        .collect()
}

/// What the descriptors of a process point to.
fn targets(process: u32) -> Vec<String> {
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else { return Vec::new() };
    let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.map(|link| link.to_string_lossy().into_owned()).collect()
}

/// How many descriptors a process has open.
pub(crate) fn descriptors(process: u32) -> usize {
    targets(process).len()
}

/// The number that the next descriptor of a process will have.
pub(crate) fn next_descriptor(process: u32) -> u64 {
    let is_free = |number: &u64| fs::symlink_metadata(format!("/proc/{process}/fd/{number}")).is_err();
    (0..100_000).find(is_free).expect("one is free")
}

/// The memory of a process that is in use, in KiB.
pub(crate) fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
