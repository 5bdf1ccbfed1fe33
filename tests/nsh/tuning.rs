//! Options of sockets by name: what the system has made of them, asked at the sockets of `nsh` itself.

use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use socket2::{Domain, SockRef};

use crate::support::{Process, nsh, script};

/// The sockets of a process with that local port, IPv4 first.
fn sockets(process: &Process, port: u16) -> Vec<OwnedFd> {
    let id = process.id();
    let pidfd = pidfd_open(Pid::from_raw(id.cast_signed()).expect("a process"), PidfdFlags::empty()).expect("it runs");
    let descriptors = std::fs::read_dir(format!("/proc/{id}/fd")).expect("it runs");
    let numbers = descriptors.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let copies = numbers.filter_map(|number| pidfd_getfd(&pidfd, number, PidfdGetfdFlags::empty()).ok());
    let mut found: Vec<OwnedFd> = copies
        .filter(|copy| {
            let local = SockRef::from(copy).local_addr().ok().and_then(|address| address.as_socket());
            local.is_some_and(|local| local.port() == port)
        })
        .collect();
    found.sort_by_key(|copy| SockRef::from(copy).domain().ok() == Some(Domain::IPV6));
    found
}

/// `mark=` with that number, which only the superuser may set; nothing for others.
fn mark(number: u32) -> String {
    if rustix::process::geteuid().is_root() { format!("mark={number}") } else { String::new() }
}

/// A listener with these options, its port, and a connection to it with the others.
fn pair(transport: &str, listener: &str, client: &str) -> (Process, u16, u16) {
    let text = format!(
        "listen {transport} 0 echo as srv {listener}\nconnect $srv as c {client}\nc: send \"x\"\nc: expect \"x\"\n\
         print \"at $srv.port\"\nprint \"from $c.port\"\nwait srv\n"
    );
    let run = nsh("run lab.nsh").file("lab.nsh", text).start();
    let port = |word: &str| run.out_line(word).parse().expect("a port");
    let (at, from) = (port("at "), port("from "));
    (run, at, from)
}

#[test]
fn a_connection_has_what_it_was_given() {
    let options = "nodelay=no keepalive=30s ttl=9 tos=16 rcvbuf=30000 sndbuf=20000 device=lo";
    for transport in ["tcp", "tls"] {
        let (run, _, from) = pair(transport, "", &format!("{options} {}", mark(5)));
        let sockets = sockets(&run, from);
        let [socket] = &sockets[..] else { panic!("one socket, not {}", sockets.len()) };
        let socket = SockRef::from(socket);
        assert!(!socket.tcp_nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap().as_secs(), 30);
        assert_eq!(socket.tcp_keepalive_interval().unwrap().as_secs(), 30);
        assert_eq!((socket.ttl_v4().unwrap(), socket.tos_v4().unwrap()), (9, 16));
        // The system doubles what it is asked for, for its own needs (socket(7)).
        assert_eq!((socket.recv_buffer_size().unwrap(), socket.send_buffer_size().unwrap()), (60_000, 40_000));
        assert_eq!(socket.device().unwrap().as_deref(), Some(&b"lo"[..]));
        assert_eq!(socket.mark().unwrap(), if mark(5).is_empty() { 0 } else { 5 });
    }
}

#[test]
fn accepted_connections_have_what_their_listener_was_given() {
    let (run, at, _) = pair("tcp", "nodelay=no keepalive=1m ttl=7 tos=8 rcvbuf=30000", "");
    let sockets = sockets(&run, at);
    assert!(sockets.len() >= 2, "a listening one and an accepted one");
    for socket in sockets.iter().map(SockRef::from).filter(|socket| socket.domain().ok() == Some(Domain::IPV4)) {
        assert!(!socket.tcp_nodelay().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap().as_secs(), 60);
        assert_eq!((socket.ttl_v4().unwrap(), socket.tos_v4().unwrap()), (7, 8));
        assert_eq!(socket.recv_buffer_size().unwrap(), 60_000);
    }
}

#[test]
fn without_options_small_pieces_go_at_once() {
    let (run, at, from) = pair("tcp", "", "");
    for socket in sockets(&run, from).iter().chain(&sockets(&run, at)) {
        assert!(SockRef::from(socket).tcp_nodelay().unwrap());
    }
}

#[test]
fn datagram_sockets_have_them_too() {
    let (run, at, from) = pair("udp", "rcvbuf=30000 tos=4 ip=4", "ttl=3 sndbuf=20000");
    let listener = &sockets(&run, at)[0];
    assert_eq!(SockRef::from(listener).recv_buffer_size().unwrap(), 60_000);
    assert_eq!(SockRef::from(listener).tos_v4().unwrap(), 4);
    let client = &sockets(&run, from)[0];
    let client = SockRef::from(client);
    assert_eq!((client.ttl_v4().unwrap(), client.send_buffer_size().unwrap()), (3, 40_000));
}

#[test]
fn multicast_goes_as_asked() {
    let text = "connect udp 239.7.7.7 5000 as c interface=lo ttl=2 loop=no\nlisten udp *:0 as srv ip=6 join=ff02::7 interface=lo\n\
                assert $srv.join == \"ff02::7\"\nassert $srv.interface == \"lo\"\nprint \"from $c.port\"\nwait srv\n";
    let run = nsh("run lab.nsh").file("lab.nsh", text).start();
    let socket = &sockets(&run, run.out_line("from ").parse().expect("a port"))[0];
    let socket = SockRef::from(socket);
    assert!(!socket.multicast_loop_v4().unwrap());
    assert_eq!(socket.multicast_ttl_v4().unwrap(), 2);
}

#[test]
fn what_the_system_made_of_them_is_told() {
    let text = "listen tcp 0 echo as srv rcvbuf=30000\nconnect $srv as c tos=16 keepalive=30s\nc: send \"x\"\n\
                c: expect \"x\"\nassert $c.tos == 16\nassert $c.keepalive == \"30 s\"\nassert $srv.rcvbuf == \"60000 B\"\n\
                assert ${srv.1.rcvbuf} == \"60000 B\"\ninfo c\n";
    let text = text.replace("${srv.1.rcvbuf}", "$srv.1.rcvbuf");
    script(&text).output().code(0).says("tos            16\n").says("keepalive      30 s\n");
}

#[test]
fn what_cannot_be_is_said() {
    script("connect 1 ttl=256\n").output().code(1).complains("`ttl` is 1 to 255");
    script("connect 1 keepalive=10ms\n").output().code(1).complains("`keepalive` is 1 s to 32767 s");
    script("connect 1 ip=4 device=nowhere0\n").output().code(1).complains("there is no interface `nowhere0`");
    script("connect udp 1 nodelay=no\n")
        .output()
        .code(2)
        .complains("`nodelay` is an option of tcp, telnet, tls, ws, wss, socks5 and proxy, not of udp");
    script("listen udp *:0 join=10.0.0.1\n").output().code(1).complains("`10.0.0.1` is no multicast group");
    script("listen udp 5000 join=239.1.1.1\n").output().code(1).complains("listen at `*:5000`");
    script("listen udp *:0 ip=4 join=ff02::1\n").output().code(1).complains("is not of the version of IP");
    script("listen udp *:0 join=239.1.1.1 interface=nowhere0\n").output().code(1).complains("no interface `nowhere0`");
}
