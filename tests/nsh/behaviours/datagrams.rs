//! Section 7: UDP and datagrams. G8 (broadcast, multicast) needs a network that has them and is left out.

use super::listening;
use crate::support::{Mailbox, nsh, until};

#[test]
fn g1_an_echo_from_a_bound_address() {
    let server = Mailbox::open();
    let free = Mailbox::open().port;
    let run = nsh(&format!("connect udp 127.0.0.1 {} from=127.0.0.1:{free}", server.port)).stdin("x\n").start();
    let from = server.hears("x\n");
    assert_eq!(from.port(), free);
    server.reply(from, "x\n");
    run.end().code(0).stdout("x\n");
}

#[test]
fn g2_each_peer_gets_its_own() {
    let (_run, port) = listening(nsh("listen udp 127.0.0.1:0 echo"));
    let (a, b) = (Mailbox::open(), Mailbox::open());
    a.send(port, "A1");
    b.send(port, "B1").send(port, "B2");
    a.send(port, "A2");
    a.hears("A1");
    a.hears("A2");
    b.hears("B1");
    b.hears("B2");
}

#[test]
fn g3_what_is_typed_goes_to_a_documented_peer() {
    let (run, port) = listening(nsh("listen udp 127.0.0.1:0").typed());
    let first = Mailbox::open();
    first.send(port, "first");
    run.wait_out("first").type_in("typed\n");
    first.hears("typed\n");
}

#[test]
fn g3_what_is_typed_goes_to_everybody_when_it_is_kept() {
    let (run, port) = listening(nsh("listen udp 127.0.0.1:0 keep=yes").typed());
    let (first, second) = (Mailbox::open(), Mailbox::open());
    first.send(port, "first");
    run.wait_out("first");
    second.send(port, "second");
    run.wait_out("second").type_in("typed\n");
    first.hears("typed\n");
    second.hears("typed\n");
}

#[test]
fn g5_a_reply_after_half_a_second_is_printed() {
    let server = Mailbox::open();
    let run = nsh(&format!("connect udp 127.0.0.1 {}", server.port)).stdin("request\n").start();
    let from = server.hears("request\n");
    // The row's own pause.
    std::thread::sleep(std::time::Duration::from_millis(500));
    server.reply(from, "reply\n");
    run.end().code(0).stdout("reply\n");
}

#[test]
fn g7_an_empty_datagram_is_a_datagram() {
    let (mut run, port) = listening(nsh("listen udp 127.0.0.1:0").typed());
    let peer = Mailbox::open();
    peer.send(port, "before\n").send(port, "").send(port, "after\n");
    run.wait_out("before\nafter\n");
    assert!(run.runs());
}

#[test]
fn g7_an_empty_datagram_ends_the_receiver_when_asked() {
    let (run, port) = listening(nsh("listen udp 127.0.0.1:0 empty=end").typed());
    Mailbox::open().send(port, "before\n").send(port, "");
    run.end().code(0).stdout("before\n");
}

#[test]
fn g7_the_end_of_input_sends_no_empty_datagram() {
    let server = Mailbox::open();
    let run = nsh(&format!("connect udp 127.0.0.1 {} quit=300ms", server.port)).stdin("only\n").start();
    server.hears("only\n");
    run.end().code(0).stdout("");
    server.is_silent();
}

#[test]
fn g9_the_listeners_end_of_input_ends_nothing() {
    let (mut run, port) = listening(nsh("listen udp 127.0.0.1:0"));
    Mailbox::open().send(port, "abc\n");
    run.wait_out("abc\n");
    assert!(run.runs());
}

#[test]
fn g11_a_client_outlives_its_server() {
    // An address of its own, so that no other test is given the port meanwhile.
    let server = Mailbox::at("127.0.0.77:0");
    let port = server.port;
    let mut run = nsh(&format!("connect udp 127.0.0.77 {port}")).typed().start();
    run.type_in("one\n");
    server.hears("one\n");
    drop(server);
    // What other tests start meanwhile may hold the server's socket for a moment, between fork(2) and execve(2).
    until("the refusal", || {
        run.type_in("lost\n");
        run.err().contains("refused").then_some(())
    });
    let server = Mailbox::at(&format!("127.0.0.77:{port}"));
    run.type_in("two\n");
    // What was typed last before may come, too.
    while !server.take().0.ends_with(b"two\n") {}
    assert!(run.runs());
    run.finish().code(0);
}

#[test]
fn g12_the_largest_datagram_passes_whole_and_one_more_does_not() {
    let (_run, port) = listening(nsh("listen udp 127.0.0.1:0 echo"));
    let peer = Mailbox::open();
    peer.send(port, vec![b'x'; 65507]);
    assert_eq!(peer.take().0.len(), 65507);
    let run = nsh("run -q lab.nsh").file(
        "lab.nsh",
        "listen udp 0 echo as srv\nconnect $srv as a\na: send repeated(\"x\", 65507)\na: expect echo\na: send repeated(\"x\", 65508)\n",
    );
    run.output().code(1).complains("lab.nsh:5:");
}

#[test]
fn g13_boundaries_of_typed_lines_are_datagrams() {
    let server = Mailbox::open();
    let run = nsh(&format!("connect udp 127.0.0.1 {}", server.port)).typed().start();
    run.type_in("one\n");
    server.hears("one\n");
    run.type_in("two\n");
    server.hears("two\n");
    run.finish().code(0);
}

#[test]
fn g2_a_peer_table_of_many() {
    let (_run, port) = listening(nsh("listen udp 127.0.0.1:0 echo"));
    let peers: Vec<Mailbox> = (0..200).map(|_| Mailbox::open()).collect();
    for (number, peer) in peers.iter().enumerate() {
        // One at a time: a datagram may be dropped by a full buffer, and then nothing comes back.
        until("an echo", || {
            peer.send(port, format!("from {number}"));
            Some(peer.hears(format!("from {number}")))
        });
    }
}
