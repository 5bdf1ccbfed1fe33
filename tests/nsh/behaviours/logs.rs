//! Section 9: logs and dumps.

use std::net::UdpSocket;

use rustix::process::Signal;

use super::{client, listening};
use crate::support::{Door, Talk, nsh};

#[test]
fn i1_both_sides_log_the_conversation() {
    let (server, port) = listening(nsh("listen tcp 127.0.0.1:0 log=server.log").typed());
    let run = client(port, "log=client.log").typed().start();
    run.type_in("abc\n");
    server.wait_out("abc\n").type_in("def\n");
    run.wait_out("def\n").end_input();
    let (theirs, ours) = (server.shared_folder(), run.shared_folder());
    server.end_input();
    run.end().code(0);
    server.end().code(0);
    assert_eq!(theirs.read("server.log"), b"abc\ndef\n");
    assert_eq!(ours.read("client.log"), b"abc\ndef\n");
}

#[test]
fn i4_statistics_on_demand() {
    let door = Door::open();
    let run = client(door.port, "").typed().start();
    let mut peer = door.accept();
    run.type_in("abc\n");
    peer.hears("abc\n").send("reply\n");
    run.wait_out("reply\n").signal(Signal::USR1);
    run.wait_err("4 B").wait_err("6 B");
    run.end_input();
    drop(peer);
    run.end().code(0).stdout("reply\n");
}

#[test]
fn i4_statistics_at_the_end_when_verbose() {
    let door = Door::open();
    let run = nsh(&format!("-v connect 127.0.0.1 {}", door.port)).stdin("abc\n").start();
    let mut peer = door.accept();
    peer.send("reply\n");
    assert_eq!(peer.all(), b"abc\n");
    drop(peer);
    run.end().code(0).stdout("reply\n").complains("4 B").complains("6 B");
}

#[test]
fn i5_a_hex_dump_tells_direction_offset_bytes_and_text() {
    let door = Door::open();
    let run = client(door.port, "dump=talk.dump").stdin(b"GET / HTTP/1.0\r\n\r\n\0\xff\x1b\n").start();
    let folder = run.shared_folder();
    let mut peer = door.accept();
    peer.all();
    peer.send("ok\n");
    drop(peer);
    run.end().code(0).stdout("ok\n");
    let dump = String::from_utf8(folder.read("talk.dump")).expect("a dump is text");
    assert!(dump.replace("  ", " ").contains("47 45 54 20 2f 20 48 54 54 50 2f 31 2e 30 0d 0a"), "{dump}");
    assert!(dump.contains("GET / HTTP/1.0.."), "{dump}");
    assert!(dump.contains("0d 0a 00 ff 1b 0a"), "{dump}");
    assert!(dump.contains("6f 6b 0a"), "{dump}");
    assert!(!dump.contains('\u{1b}') && !dump.contains('\0'), "{dump}");
}

#[test]
fn i6_a_log_is_truncated_or_appended_to() {
    for (words, expected) in [("log=talk.log", "new\n"), ("log=talk.log append=yes", "old\nnew\n")] {
        let door = Door::open();
        let run = client(door.port, words).file("talk.log", "old\n").stdin("new\n").start();
        let folder = run.shared_folder();
        door.accept().all();
        run.end().code(0);
        assert_eq!(folder.read("talk.log"), expected.as_bytes());
    }
}

#[test]
fn i6_a_log_that_cannot_be_written_is_said() {
    let door = Door::open();
    client(door.port, "log=missing/talk.log").output().code(1).stdout("").complains("missing/talk.log");
}

#[test]
fn i7_a_verbose_listener_tells_who_comes() {
    let run = nsh("-v listen tcp 127.0.0.1:0 echo").start();
    let port = run.told_port();
    let peer = Talk::to(port);
    run.wait_err(format!("127.0.0.1:{}", peer.local().port()));
    run.wait_err(format!("127.0.0.1:{port}"));
}

#[test]
fn i7_a_listener_reports_where_it_listens_over_udp() {
    let (run, port) = listening(nsh("listen udp 127.0.0.1:0 echo"));
    assert!(run.err().contains("listening on udp 127.0.0.1:"));
    assert!(UdpSocket::bind(("127.0.0.1", port)).is_err());
}
