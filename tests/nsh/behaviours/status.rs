//! Section 2: the exit status, and where messages go.

use std::io::Read;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{client, listener, listening};
use crate::support::{Door, Mailbox, Talk, nsh, python, until};

#[test]
fn b1_a_normal_exchange_is_success_on_both_sides() {
    let (server, port) = listening(listener("").stdin("from the server\n"));
    let run = client(port, "").stdin("from the client\n").start();
    run.end().code(0).stdout("from the server\n").stderr("");
    server.end().code(0).stdout("from the client\n");
}

#[test]
fn b1_what_is_piped_in_reaches_a_peer_that_has_finished() {
    for _ in 0..5 {
        let (run, port) = listening(listener("").stdin("the response\n"));
        let mut peer = Talk::to(port);
        peer.finish();
        assert_eq!(peer.all(), b"the response\n");
        run.end().code(0).stdout("");
    }
}

#[test]
fn b2_a_closed_port_refuses() {
    let port = Door::closed_port();
    let run = client(port, "").output();
    run.code(1).stdout("").complains(&format!("127.0.0.1:{port}")).complains("refused");
    assert_eq!(run.err().lines().filter(|line| !line.starts_with(" hint:")).count(), 1, "{}", run.err());
}

#[test]
fn b3_a_reset_is_an_error_on_both_sides() {
    let door = Door::open();
    let run = client(door.port, "").typed().start();
    let mut peer = door.accept();
    peer.send("x");
    run.wait_out("x");
    peer.reset();
    run.end().code(1).stdout("x").complains("reset");

    let (run, port) = listening(listener("").typed());
    let mut peer = Talk::to(port);
    peer.send("x");
    run.wait_out("x");
    peer.reset();
    run.end().code(1).stdout("x").complains("reset");
}

#[test]
fn b4_an_unknown_option_is_a_usage_error() {
    client(1, "colour=red").output().code(2).stdout("").complains("colour");
    listener("colour=red").output().code(2).stdout("").complains("colour");
    nsh("--colour connect 127.0.0.1 1").output().code(2).stdout("").complains("--colour");
}

#[test]
fn b5_an_unresolvable_host_is_named() {
    let run = nsh("connect no-such-host.invalid 80").output();
    run.code(1).stdout("").complains("no-such-host.invalid");
}

#[test]
fn b6_what_is_no_port_is_turned_away_at_once() {
    for port in ["notaport", "", "zyxw", "65536", "-1"] {
        nsh("connect 127.0.0.1").arg(port).output().failed().stdout("");
        nsh("listen tcp").arg(port).output().failed().stdout("");
    }
}

#[test]
fn b7_a_port_in_use_is_said() {
    let door = Door::open();
    let run = nsh(&format!("listen tcp 127.0.0.1:{}", door.port)).typed().start().end();
    run.code(1).stdout("").complains(&format!("127.0.0.1:{}", door.port)).complains("in use");
}

/// A listener whose backlog is full: further connections get no answer. The second value keeps it so.
fn silent() -> (socket2::Socket, u16, Vec<socket2::Socket>) {
    use socket2::{Domain, Socket, Type};
    let address: std::net::SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    listener.bind(&address.into()).expect("a free port");
    listener.listen(0).expect("it is bound");
    let local = listener.local_addr().expect("it is bound");
    let port = local.as_socket().expect("an IP address").port();
    let fillers: Vec<Socket> = (0..4)
        .map(|_| {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            filler.set_nonblocking(true).expect("a socket");
            let _ = filler.connect(&local);
            filler
        })
        .collect();
    (listener, port, fillers)
}

#[test]
fn b8_an_address_that_does_not_answer_times_out() {
    let (_listener, port, _fillers) = silent();
    let start = Instant::now();
    let run = client(port, "timeout=1s").output();
    assert!(start.elapsed() >= Duration::from_secs(1));
    run.code(1).stdout("").complains("timed out").complains(&format!("127.0.0.1:{port}"));
}

#[test]
fn b9_the_same_option_does_not_hurt_when_the_server_answers() {
    let door = Door::open();
    let run = client(door.port, "timeout=1m").start();
    door.accept().send("abc\n");
    run.end().code(0).stdout("abc\n").stderr("");
}

#[test]
fn b10_nobody_comes_within_the_time() {
    let start = Instant::now();
    let run = listener("within 1s").typed().start().end();
    assert!(start.elapsed() >= Duration::from_secs(1));
    run.code(1).stdout("");
}

#[test]
fn b10_somebody_comes_within_the_time() {
    let (run, port) = listening(listener("within 1m"));
    Talk::to(port).send("abc\n");
    run.end().code(0).stdout("abc\n");
}

#[test]
fn b11_diagnostics_never_mix_with_data() {
    let server = nsh("-v listen tcp 127.0.0.1:0").stdin("abc\n").start();
    let port = server.told_port();
    let run = nsh(&format!("-v connect 127.0.0.1 {port}")).stdin("abc\n").output();
    run.code(0).stdout("abc\n");
    assert!(!run.err().is_empty());
    server.end().code(0).stdout("abc\n");
}

#[test]
fn b13_bad_values_are_told_apart() {
    for words in ["timeout=", "timeout=fast", "timeout=5", "idle=19200B"] {
        client(1, words).output().code(2).stdout("").complains(words.split('=').next().expect("a key"));
    }
    listener("max=9223372036854775808").output().code(2).stdout("");
    listener("max=19200B").output().code(2).stdout("");
    nsh("-c").arg("print \"unbalanced").output().code(2).stdout("");
}

#[test]
fn b15_a_programs_failure_is_ours() {
    let (run, port) = listening(listener("").arg("exec").arg("false").arg("keep=no"));
    Talk::to(port).rest();
    run.end().code(1).complains("exec");
}

#[test]
fn b16_a_signal_is_the_status() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let door = Door::open();
        let run = client(door.port, "").typed().start();
        let mut peer = door.accept();
        peer.send("x");
        run.wait_out("x").signal(signal);
        run.end().code(code).stdout("x");
    }
}

#[test]
fn b16_a_signal_while_listening_is_the_status() {
    for handler in ["", "echo"] {
        let (run, _) = listening(listener(handler).typed());
        run.stop().code(143);
    }
}

#[test]
fn b18_the_terminal_is_left_as_it_was() {
    let door = Door::open();
    let Some(run) = python("terminal.py", "") else { return };
    let run = run
        .arg("wait banner\ntype typed\\n\nend")
        .arg(env!("CARGO_BIN_EXE_nsh"))
        .words(&format!("connect 127.0.0.1 {}", door.port))
        .start();
    let mut peer = door.accept();
    peer.send("banner\n").hears("typed\n").at_end();
    drop(peer);
    run.end().code(0).says("[exit 0] [modes same] [blocking same]");
}

#[test]
fn b18_a_signal_leaves_the_terminal_as_it_was() {
    let door = Door::open();
    let Some(run) = python("terminal.py", "") else { return };
    let run = run
        .arg("wait banner\nsignal 15")
        .arg(env!("CARGO_BIN_EXE_nsh"))
        .words(&format!("connect 127.0.0.1 {}", door.port))
        .start();
    let mut peer = door.accept();
    peer.send("banner\n");
    let run = run.end();
    assert!(run.out().contains("[exit 143]") || run.out().contains("[exit -15]"), "{}", run.out());
    run.says("[modes same] [blocking same]");
}

#[test]
fn b19_probing_a_tcp_port() {
    let door = Door::open();
    client(door.port, "probe=yes").stdin("never sent\n").output().code(0).stdout("");
    assert_eq!(door.accept().rest(), b"");
    client(Door::closed_port(), "probe=yes").output().code(1).stdout("").complains("refused");
}

#[test]
fn b20_probing_a_udp_port() {
    let mailbox = Mailbox::open();
    let run = nsh(&format!("connect udp 127.0.0.1 {} probe=yes", mailbox.port)).start();
    assert_eq!(mailbox.take().0, b"\0");
    run.end().code(0).stdout("");
    let closed = Mailbox::open().port;
    nsh(&format!("connect udp 127.0.0.1 {closed} probe=yes")).output().code(1).stdout("").complains("refused");
}

#[test]
fn b2_a_missing_unix_socket_is_named() {
    nsh("connect unix ./missing").output().code(1).stdout("").complains("./missing");
}

#[test]
fn b2_a_stale_unix_socket_refuses() {
    let run = nsh("connect unix ./stale");
    drop(UnixListener::bind(run.folder().path().join("stale")).expect("a new file"));
    run.output().code(1).stdout("").complains("refused");
}

#[test]
fn b1_unix_peers_work_both_ways() {
    let server = nsh("listen unix ./sock").stdin("abc\n").start();
    let path = server.folder().path().join("sock");
    server.wait_err("listening on");
    let mut peer = until("the socket", || std::os::unix::net::UnixStream::connect(&path).ok());
    let mut heard = String::new();
    peer.read_to_string(&mut heard).expect("text");
    assert_eq!(heard, "abc\n");
    drop(peer);
    server.end().code(0);
}
