//! Section 1: the end of input and half-close, over TCP.

use std::time::{Duration, Instant};

use super::{client, listener, listening};
use crate::support::{Door, Talk, noise};

#[test]
fn a1_half_close_waits_for_the_answer() {
    let door = Door::open();
    let run = client(door.port, "").stdin("hi\n").start();
    let mut peer = door.accept();
    assert_eq!(peer.all(), b"hi\n");
    peer.send("got:hi\n");
    drop(peer);
    run.end().code(0).stdout("got:hi\n").stderr("");
}

#[test]
fn a2_a_late_answer_is_waited_for() {
    let door = Door::open();
    let mut run = client(door.port, "").stdin("hi\n").start();
    let mut peer = door.accept();
    peer.hears("hi\n");
    // The row's own pause: a client that leaves half a second after its input has ended must be caught.
    std::thread::sleep(Duration::from_millis(1500));
    assert!(run.runs());
    peer.send("late:hi\n");
    drop(peer);
    run.end().code(0).stdout("late:hi\n");
}

#[test]
fn a3_the_peers_end_ends_the_client_without_another_key() {
    let door = Door::open();
    let run = client(door.port, "").typed().start();
    door.accept().send("banner\n");
    run.end().code(0).stdout("banner\n");
}

#[test]
fn a4_stay_keeps_the_client_after_the_peers_end() {
    let door = Door::open();
    let mut run = client(door.port, "stay=yes").typed().start();
    let mut peer = door.accept();
    peer.send("banner\n").finish();
    run.wait_out("banner\n").wait_out_end();
    assert!(run.runs());
    run.type_in("typed\n").end_input();
    assert_eq!(peer.all(), b"typed\n");
    drop(peer);
    run.end().code(0).stdout("banner\n");
}

#[test]
fn a5_send_only() {
    let door = Door::open();
    let run = client(door.port, "only=send").typed().start();
    let mut peer = door.accept();
    run.type_in("abc\n");
    peer.hears("abc\n").send("abc\n");
    run.end_input();
    peer.at_end();
    drop(peer);
    run.end().code(0).stdout("");
}

#[test]
fn a6_receive_only() {
    let door = Door::open();
    let run = client(door.port, "only=recv").typed().start();
    let mut peer = door.accept();
    run.type_in("abc\n");
    peer.is_silent().send("abc\n").finish();
    run.wait_out("abc\n");
    run.end().code(0).stdout("abc\n");
    peer.is_over();
}

#[test]
fn a7_the_listeners_end_of_input_is_a_half_close() {
    let (mut run, port) = listening(listener("").typed());
    let mut peer = Talk::to(port);
    run.type_in("abc\n").end_input();
    assert_eq!(peer.all(), b"abc\n");
    assert!(run.runs());
    peer.send("after\n");
    run.wait_out("after\n");
    drop(peer);
    run.end().code(0).stdout("after\n");
}

#[test]
fn a8_the_listeners_output_ends_with_the_peer() {
    let (run, port) = listening(listener("").typed());
    Talk::to(port).send("a file\n");
    run.wait_out_end();
    run.end().code(0).stdout("a file\n");

    let (run, port) = listening(listener("").typed().stdout_to("file"));
    let folder = run.shared_folder();
    Talk::to(port).send("a file\n");
    run.end().code(0);
    assert_eq!(folder.read("file"), b"a file\n");
}

#[test]
fn a9_a_program_answers_four_mebibytes_and_the_end() {
    let (_run, port) = listening(listener("").arg("exec").arg("cat"));
    let payload = noise(4 << 20);
    let mut peer = Talk::to(port);
    let mut sender = peer.again();
    let sent = payload.clone();
    let thread = std::thread::spawn(move || {
        sender.send(&sent).finish();
    });
    assert!(peer.all() == payload, "it differs");
    thread.join().expect("everything was taken");
}

#[test]
fn a10_no_shutdown_at_the_end_of_input() {
    let door = Door::open();
    let run = client(door.port, "eof=keep").stdin("hi\n").start();
    let mut peer = door.accept();
    peer.hears("hi\n").is_silent();
    peer.send("still\n");
    run.wait_out("still\n");
    peer.is_silent();
    drop(peer);
    run.end().code(0).stdout("still\n");
}

#[test]
fn a10_the_end_of_input_can_close_at_once() {
    let door = Door::open();
    let run = client(door.port, "eof=close").stdin("hi\n").start();
    let mut peer = door.accept();
    assert_eq!(peer.all(), b"hi\n");
    run.end().code(0).stdout("");
}

#[test]
fn a11_quit_leaves_so_long_after_the_end_of_input() {
    let door = Door::open();
    let start = Instant::now();
    let run = client(door.port, "quit=1s").stdin("hi\n").start();
    let mut peer = door.accept();
    peer.hears("hi\n");
    run.end().code(0).stdout("");
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a11_quit_does_not_cut_what_still_comes_before() {
    let door = Door::open();
    let run = client(door.port, "quit=1m").stdin("hi\n").start();
    let mut peer = door.accept();
    peer.all();
    peer.send("answer\n");
    drop(peer);
    run.end().code(0).stdout("answer\n");
}

#[test]
fn a13_a_peer_that_leaves_while_we_send_ends_us() {
    let door = Door::open();
    let run = client(door.port, "").stdin(noise(32_000_000)).start();
    let mut peer = door.accept();
    peer.take(1000);
    peer.reset();
    run.end().code(1).stdout("").complains("reset");
}

#[test]
fn a14_an_escape_byte_ends_the_input() {
    let door = Door::open();
    let run = client(door.port, "").arg("escape=x\"1b\"").stdin(b"text\n\x1bXYZ").start();
    let mut peer = door.accept();
    assert_eq!(peer.all(), b"text\n");
    drop(peer);
    run.end().code(0).stdout("");
}
