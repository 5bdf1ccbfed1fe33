//! Section 3: the listener's life, how many at once, and who is let in.

use std::fs;
use std::net::{TcpStream, UdpSocket};

use super::{listener, listening};
use crate::support::{Mailbox, Talk, descriptors, nsh, until};

#[test]
fn c1_a_plain_listener_ends_with_its_client() {
    let (run, port) = listening(listener(""));
    Talk::to(port).send("abc\n");
    run.end().code(0).stdout("abc\n");
}

#[test]
fn c1_a_one_shot_program_ends_with_its_client() {
    let (run, port) = listening(listener("").arg("exec").arg("cat").arg("keep=no"));
    let mut peer = Talk::to(port);
    peer.send("abc\n").finish();
    assert_eq!(peer.all(), b"abc\n");
    run.end().code(0).stdout("");
}

#[test]
fn c2_a_second_client_is_not_left_hanging() {
    let (run, port) = listening(listener("").typed());
    let mut first = Talk::to(port);
    first.send("first\n");
    run.wait_out("first\n");
    // It may be refused at once, or connected and ended.
    if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
        drop(stream.set_read_timeout(Some(crate::support::LONG)));
        let mut bytes = [0; 10];
        assert!(matches!(std::io::Read::read(&mut &stream, &mut bytes), Ok(0) | Err(_)));
    }
    first.send("still\n");
    run.wait_out("still\n");
    drop(first);
    run.end().code(0).stdout("first\nstill\n");
}

#[test]
fn c3_two_clients_of_a_listener_that_is_kept() {
    let (run, port) = listening(listener("keep=yes").typed());
    let (mut first, mut second) = (Talk::to(port), Talk::to(port));
    first.send("abc\n");
    run.wait_out("abc\n");
    second.send("abc\n");
    run.wait_out("abc\nabc\n");
}

#[test]
fn c4_each_client_gets_its_own_echo() {
    let (_run, port) = listening(listener("").arg("exec").arg("cat"));
    let (mut first, mut second) = (Talk::to(port), Talk::to(port));
    first.send("one\n");
    second.send("two\n").hears("two\n");
    first.hears("one\n");

    let (_run, port) = listening(nsh("listen udp 127.0.0.1:0 exec cat"));
    let (first, second) = (Mailbox::open(), Mailbox::open());
    first.send(port, "one\n");
    second.send(port, "two\n");
    second.hears("two\n");
    first.hears("one\n");
}

#[test]
fn c5_what_clients_send_is_collected_in_order() {
    let (run, port) = listening(listener("keep=yes").typed());
    let (mut first, mut second) = (Talk::to(port), Talk::to(port));
    first.send("1a");
    run.wait_out("1a");
    second.send("2");
    run.wait_out("1a2");
    first.send("1b");
    run.wait_out("1a21b");
}

#[test]
fn c6_a_limit_is_a_limit() {
    for limit in [1, 10] {
        let (_run, port) = listening(listener("echo").arg(format!("max={limit}")));
        let mut served: Vec<Talk> = (0..limit).map(|_| Talk::to(port)).collect();
        for peer in &mut served {
            peer.send("abc\n").hears("abc\n");
        }
        for _ in 0..2 {
            let mut more = Talk::to(port);
            more.offer("abc\n");
            more.is_over();
        }
        drop(served.pop());
        until("the place of who left", || {
            let mut again = Talk::to(port);
            (again.offer("x") && again.again().rest_starts_with(b"x")).then_some(())
        });
    }
}

#[test]
fn c6_a_limit_of_none_serves_nobody() {
    let (_run, port) = listening(listener("echo max=0"));
    let mut peer = Talk::to(port);
    peer.offer("abc\n");
    peer.is_over();
}

#[test]
fn c7_a_client_that_leaves_at_once_gives_its_place_back() {
    let (_run, port) = listening(listener("echo max=1"));
    for _ in 0..20 {
        drop(Talk::to(port));
    }
    until("a free place", || {
        let mut again = Talk::to(port);
        (again.offer("x") && again.again().rest_starts_with(b"x")).then_some(())
    });
}

#[test]
fn c8_beyond_the_limit_they_may_wait() {
    let (_run, port) = listening(listener("echo max=1 full=wait"));
    let mut first = Talk::to(port);
    first.send("first").hears("first");
    let mut second = Talk::to(port);
    second.send("second").is_silent();
    drop(first);
    second.hears("second");
}

/// Whether a client from 127.0.0.1 is served by an echo with these words.
#[track_caller]
fn served(words: &str) -> bool {
    let (_run, port) = listening(listener("echo").words(words));
    let mut peer = Talk::to(port);
    peer.offer("abc\n") && peer.rest_starts_with(b"abc\n")
}

#[test]
fn c9_allowing() {
    assert!(served("allow=127.0.0.1"));
    assert!(served("allow=localhost"));
    assert!(!served("allow=1.2.3.4"));
    assert!(served("allow=1.2.3.4,127.0.0.1"));
    assert!(served("allow=1.2.3.4 allow=127.0.0.1"));
}

#[test]
fn c10_denying() {
    assert!(!served("deny=127.0.0.1"));
    assert!(!served("deny=localhost"));
    assert!(served("deny=1.2.3.4"));
    assert!(!served("deny=1.2.3.4,127.0.0.1"));
    assert!(!served("allow=127.0.0.1 deny=127.0.0.1"));
}

#[test]
fn c11_lists_in_files() {
    for (content, lets) in [("\n\n127.0.0.1\n\n", true), ("1.2.3.4 127.0.0.1\n", true), ("1.2.3.4\n", false)] {
        let run = listener("echo allow=@list").file("list", content);
        let (_run, port) = listening(run);
        let mut peer = Talk::to(port);
        assert_eq!(peer.offer("abc\n") && peer.rest_starts_with(b"abc\n"), lets, "{content:?}");
    }
    listener("echo allow=@missing").output().code(1).complains("missing");
}

#[test]
fn c12_networks() {
    assert!(!served("allow=127.0.0.2/32"));
    assert!(!served("allow=10.1.0.0/255.255.0.0"));
    assert!(served("allow=127.0.0.1/0"));
    assert!(served("allow=127.0.0.0/8"));
    assert!(!served("deny=127.0.0.0/255.0.0.0"));
    listener("echo allow=127.0.0.1/33").output().failed();
}

#[test]
fn c14_a_program_inherits_three_descriptors_only() {
    let (_run, port) = listening(listener("log=all.log").arg("exec").arg("ls /proc/self/fd | tr '\\n' ' '"));
    let _other = Talk::to(port);
    let listed = String::from_utf8(Talk::to(port).all()).expect("numbers");
    // `ls` itself has the folder open.
    assert_eq!(listed.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2", "3"]);
}

#[test]
fn c15_no_program_is_left_behind() {
    let (run, port) = listening(listener("").arg("exec").arg("cat"));
    for _ in 0..3 {
        let mut peer = Talk::to(port);
        peer.send("x").finish();
        assert_eq!(peer.all(), b"x");
    }
    let children = format!("/proc/{}/task", run.id());
    until("no child", || {
        let tasks = fs::read_dir(&children).ok()?;
        let none = tasks
            .flatten()
            .all(|task| fs::read_to_string(task.path().join("children")).is_ok_and(|list| list.trim().is_empty()));
        none.then_some(())
    });
}

#[test]
fn c15_no_descriptor_is_left_behind() {
    let (run, port) = listening(listener("").arg("exec").arg("cat"));
    let mut one = Talk::to(port);
    one.send("x").finish();
    one.all();
    let before =
        crate::support::settled("descriptors", std::time::Duration::from_millis(300), || descriptors(run.id()));
    for _ in 0..20 {
        let mut peer = Talk::to(port);
        peer.send("x").finish();
        assert_eq!(peer.all(), b"x");
    }
    until("as many descriptors as before", || (descriptors(run.id()) <= before).then_some(()));
}

#[test]
fn c17_a_program_knows_who_is_there() {
    let (_run, port) = listening(listener("").arg("exec").arg("env"));
    let mut peer = Talk::to(port);
    let from = peer.local().port();
    let environment = String::from_utf8(peer.all()).expect("text");
    for line in [
        "NSH_REMOTE_HOST=127.0.0.1".to_owned(),
        format!("NSH_REMOTE_PORT={from}"),
        "NSH_LOCAL_HOST=127.0.0.1".to_owned(),
        format!("NSH_LOCAL_PORT={port}"),
        "NSH_PROTOCOL=tcp".to_owned(),
        "NCAT_REMOTE_ADDR=127.0.0.1".to_owned(),
        format!("NCAT_REMOTE_PORT={from}"),
        format!("NCAT_LOCAL_PORT={port}"),
    ] {
        assert!(
            environment.lines().any(|found| found.eq_ignore_ascii_case(&line)),
            "{line} is missing:\n{environment}"
        );
    }
}

#[test]
fn c18_a_bare_port_is_reachable_over_both_families() {
    let (_run, port) = listening(nsh("listen tcp 0 echo"));
    for host in ["127.0.0.1", "[::1]"] {
        Talk::to_address(&format!("{host}:{port}")).send("abc\n").hears("abc\n");
    }
    let (_run, port) = listening(nsh("listen udp 0 echo"));
    for (mine, theirs) in [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1")] {
        let mailbox = UdpSocket::bind(mine).expect("loopback");
        mailbox.set_read_timeout(Some(crate::support::LONG)).expect("not zero");
        mailbox.send_to(b"abc", (theirs, port)).expect("loopback takes it");
        let mut bytes = [0; 10];
        assert_eq!(mailbox.recv(&mut bytes).expect("an echo"), 3);
    }
}

#[test]
fn c18_one_family_alone() {
    for (words, open, closed) in [("ip=4", "127.0.0.1", "[::1]"), ("ip=6", "[::1]", "127.0.0.1")] {
        let (_run, port) = listening(nsh(&format!("listen tcp 0 echo {words}")));
        Talk::to_address(&format!("{open}:{port}")).send("abc\n").hears("abc\n");
        assert!(TcpStream::connect(format!("{closed}:{port}")).is_err(), "{words} is reachable at {closed}");
    }
    for (words, closed) in [("ip=4", "[::1]"), ("ip=6", "127.0.0.1")] {
        let (_run, port) = listening(nsh(&format!("listen udp 0 echo {words}")));
        // The port is free in the other family.
        UdpSocket::bind(format!("{closed}:{port}")).expect("nobody is there");
    }
}

#[test]
fn c20_the_real_port_is_told() {
    let run = nsh("listen tcp 0 echo").start();
    let port = run.told_port();
    assert_ne!(port, 0);
    assert_eq!(port, run.tcp_port());
    let line = run.err();
    assert!(line.starts_with("tcp1 listening on tcp 127.0.0.1:"), "{line}");
    assert!(line.ends_with(" · echo\n"), "{line}");
}

#[test]
fn c22_clients_come_and_are_killed_and_the_server_goes_on() {
    let (run, port) = listening(listener("keep=yes").typed());
    for number in 0..3 {
        let mut peer = Talk::to(port);
        peer.send(format!("{number}\n"));
        run.wait_out(format!("{number}\n"));
        peer.reset();
    }
    let mut peer = Talk::to(port);
    peer.send("here\n");
    run.wait_out("here\n").type_in("hello\n");
    peer.hears("hello\n");
}
