//! Section 8: bytes as they are, line endings, idle limits.

use std::time::{Duration, Instant};

use super::{client, listener, listening};
use crate::support::{Door, Mailbox, Talk, noise, nsh};

#[test]
fn h1_typed_lines_end_as_asked() {
    let door = Door::open();
    let run = client(door.port, "eol=crlf").stdin("a\nb\r\n\n").start();
    let mut peer = door.accept();
    assert_eq!(peer.all(), b"a\r\nb\r\n\r\n");
    drop(peer);
    run.end().code(0);
}

#[test]
fn h2_what_comes_is_not_converted() {
    let door = Door::open();
    let run = client(door.port, "eol=crlf").start();
    door.accept().send("\na\nb\n---\r\nc\r\n");
    run.end().code(0).stdout("\na\nb\n---\r\nc\r\n");
}

#[test]
fn h3_a_programs_lines_end_as_asked() {
    let (_run, port) = listening(listener("").arg("exec").arg("echo ABC").arg("eol=crlf"));
    assert_eq!(Talk::to(port).all(), b"ABC\r\n");
}

#[test]
fn h5_traffic_in_either_direction_keeps_a_connection_alive() {
    let door = Door::open();
    let start = Instant::now();
    let mut run = client(door.port, "idle=2s").typed().start();
    let mut peer = door.accept();
    peer.send("0");
    run.wait_out("0");
    // The row's own pauses: each is shorter than the limit, together they are longer.
    std::thread::sleep(Duration::from_millis(1200));
    run.type_in("1");
    peer.hears("1");
    std::thread::sleep(Duration::from_millis(1200));
    assert!(run.runs());
    peer.send("2");
    run.wait_out("02");
    let run = run.end();
    assert!(start.elapsed() >= Duration::from_millis(4400));
    run.code(1).stdout("02").complains("idle");
    peer.rest();
}

#[test]
fn h5_a_listeners_idle_connection_ends() {
    let (run, port) = listening(listener("idle=300ms").typed());
    let mut peer = Talk::to(port);
    peer.send("x");
    run.wait_out("x");
    peer.rest();
    run.end().code(1).stdout("x").complains("idle");
}

#[test]
fn h5_an_idle_datagram_client_ends() {
    let server = Mailbox::open();
    let run = nsh(&format!("connect udp 127.0.0.1 {} idle=300ms", server.port)).typed().start();
    run.type_in("x\n");
    server.hears("x\n");
    run.end().stdout("");
}

#[test]
fn h6_an_echo_with_an_idle_limit() {
    let (_run, port) = listening(listener("echo idle=300ms"));
    let mut peer = Talk::to(port);
    peer.send("line\n").hears("line\n");
    peer.is_over();
}

#[test]
fn h9_every_byte_passes_in_both_directions() {
    let bytes: Vec<u8> = (0..=255).collect();
    let door = Door::open();
    let run = client(door.port, "").stdin(&bytes).start();
    let mut peer = door.accept();
    assert_eq!(peer.all(), bytes);
    peer.send(&bytes);
    drop(peer);
    run.end().code(0).stdout(&bytes);

    let (run, port) = listening(listener("").stdin(&bytes));
    let mut peer = Talk::to(port);
    peer.send(&bytes);
    assert_eq!(peer.take(256), bytes);
    drop(peer);
    run.end().code(0).stdout(&bytes);
}

#[test]
fn h9_megabytes_pass_in_both_directions_at_once() {
    let there = noise(8_000_000);
    let back: Vec<u8> = there.iter().rev().copied().collect();
    let door = Door::open();
    let run = client(door.port, "").stdin(&there).start();
    let mut peer = door.accept();
    let mut sender = peer.again();
    let sent = back.clone();
    let thread = std::thread::spawn(move || {
        sender.send(&sent).finish();
    });
    assert!(peer.all() == there, "it differs");
    thread.join().expect("everything was taken");
    drop(peer);
    let output = run.end();
    output.code(0);
    assert!(output.stdout == back, "it differs");
}

#[test]
fn h9_an_echo_of_more_than_every_buffer_comes_back() {
    let (_server, port) = listening(listener("echo"));
    let bytes = noise(32_000_000);
    let output = client(port, "").stdin(&bytes).output();
    output.code(0);
    assert!(output.stdout == bytes, "{} of {} bytes came back", output.stdout.len(), bytes.len());
}

#[test]
fn h10_a_programs_arguments_are_as_written() {
    for (command, expected) in [
        ("printf '[%s]' 'a  b'", "[a  b]"),
        ("printf '[%s]' \"it's\" '(x)' 'a,b' '{c}'", "[it's][(x)][a,b][{c}]"),
        ("printf '[%s]' a b", "[a][b]"),
    ] {
        let (_run, port) = listening(listener("").arg("exec").arg(command));
        assert_eq!(String::from_utf8_lossy(&Talk::to(port).all()), expected);
    }
}

#[test]
fn h11_stages_transform_what_they_should() {
    for (words, sent, expected) in [
        ("upper", "abc é\n", "ABC É\n"),
        ("lower", "ABC É\n", "abc é\n"),
        ("discard", "abc", ""),
        ("crlf", "a\nb\n", "a\r\nb\r\n"),
        ("lf", "a\r\nb\r\n", "a\nb\n"),
        ("hex", "AB", "41 42\n"),
        ("upper to crlf", "a\n", "A\r\n"),
        ("echo", "abc", "abc"),
    ] {
        let (_run, port) = listening(listener(words));
        let mut peer = Talk::to(port);
        peer.send(sent).finish();
        assert_eq!(
            String::from_utf8_lossy(&peer.all()).trim_end_matches('\n'),
            expected.trim_end_matches('\n'),
            "{words}"
        );
    }
    for (words, sent, expected) in [
        (["prefix", "> "], "a\nb\n", "> a\n> b\n"),
        (["suffix", "!"], "a\n", "a!\n"),
        (["reply", "hello\n"], "x", "hello\n"),
    ] {
        let (_run, port) = listening(listener("").arg(words[0]).arg(words[1]));
        let mut peer = Talk::to(port);
        peer.send(sent).hears(expected);
    }
    let (_run, port) = listening(listener("").arg("replace").arg("/b+/").arg("B"));
    let mut peer = Talk::to(port);
    peer.send("abbbc abc\n").finish();
    assert_eq!(peer.all(), b"aBc aBc\n");
}

#[test]
fn h12_a_stage_does_not_care_where_segments_end() {
    let (_run, port) = listening(listener("upper"));
    let mut peer = Talk::to(port);
    peer.send(b"\xc3").is_silent().send(b"\xa9\n").hears("É\n");
}

#[test]
fn h13_sources_of_bytes() {
    let (_run, port) = listening(listener("chargen"));
    let line = Talk::to(port).take(74);
    assert!(line.ends_with(b"\r\n") && line.starts_with(b" !\"#"), "{:?}", String::from_utf8_lossy(&line));
    let (_run, port) = listening(listener("daytime"));
    assert!(Talk::to(port).all().ends_with(b"\n"));
    let (_run, port) = listening(listener("file ./content").file("content", b"\x00\xffcontent\n"));
    let mut peer = Talk::to(port);
    peer.finish();
    assert_eq!(peer.all(), b"\x00\xffcontent\n");
}
