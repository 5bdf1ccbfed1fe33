//! Section 10: Unix sockets.

use std::io::{Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};

use rustix::process::Signal;

use crate::support::{LONG, Process, nsh, until};

/// Connects to a socket file of a running listener.
fn connect(run: &Process, name: &str) -> UnixStream {
    let path = run.folder().path().join(name);
    let stream = until("the socket file", || UnixStream::connect(&path).ok());
    stream.set_read_timeout(Some(LONG)).expect("not zero");
    stream
}

#[test]
fn j1_a_stream_delivers() {
    let run = nsh("listen unix ./sock").stdin("def\n").start();
    let mut peer = connect(&run, "sock");
    peer.write_all(b"abc\n").expect("it is taken");
    let mut heard = [0; 4];
    peer.read_exact(&mut heard).expect("it comes");
    assert_eq!(&heard, b"def\n");
    drop(peer);
    run.end().code(0).stdout("abc\n");
}

#[test]
fn j1_nsh_to_nsh_over_a_stream() {
    let server = nsh("listen unix ./sock upper").start();
    connect(&server, "sock");
    let run = nsh("connect unix ./sock").in_folder_of(&server).stdin("abc\n").output();
    run.code(0).stdout("ABC\n");
}

#[test]
fn j1_an_abstract_name_needs_no_file() {
    let name = format!("@nsh-test-{}", std::process::id());
    let server = nsh(&format!("listen unix {name} upper")).start();
    server.wait_err("listening on");
    nsh(&format!("connect unix {name}")).stdin("abc\n").output().code(0).stdout("ABC\n");
}

#[test]
fn j1_datagrams_deliver() {
    let run = nsh("listen unixgram ./sock").typed().start();
    let path = run.folder().path().join("sock");
    let peer = UnixDatagram::unbound().expect("a socket");
    until("the socket file", || peer.connect(&path).ok());
    peer.send(b"abc\n").expect("it is taken");
    run.wait_out("abc\n");
}

#[test]
fn j1_a_datagram_client_is_seen_as_its_path() {
    let run = nsh("-v listen unixgram ./sock echo").start();
    let folder = run.folder().path().to_owned();
    let peer = UnixDatagram::bind(folder.join("mine")).expect("a new file");
    peer.set_read_timeout(Some(LONG)).expect("not zero");
    until("the socket file", || peer.connect(folder.join("sock")).ok());
    peer.send(b"abc\n").expect("it is taken");
    let mut heard = [0; 10];
    assert_eq!(peer.recv(&mut heard).expect("an echo"), 4);
    run.wait_err("mine");

    let server = UnixDatagram::bind(folder.join("theirs")).expect("a new file");
    server.set_read_timeout(Some(LONG)).expect("not zero");
    let client = nsh("connect unixgram ./theirs from=./own").in_folder_of(&run).stdin("abc\n").start();
    let (count, from) = server.recv_from(&mut heard).expect("a datagram");
    assert_eq!(count, 4);
    assert!(from.as_pathname().is_some_and(|path| path.ends_with("own")), "{from:?}");
    server.send_to(b"def\n", folder.join("own")).expect("it is taken");
    client.end().code(0).stdout("def\n");
    assert!(!run.folder().has("own"), "the client's socket file is still there");
}

#[test]
fn j3_the_socket_file_goes_with_the_listener() {
    for handler in ["", "echo"] {
        for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
            let run = nsh(&format!("listen unix ./sock {handler}")).typed().start();
            run.wait_err("listening on");
            let folder = run.shared_folder();
            assert!(folder.has("sock"));
            run.signal(signal);
            run.end().code(code);
            assert!(!folder.has("sock"), "{handler} {code}");
        }
    }
}

#[test]
fn j3_the_socket_file_goes_after_an_orderly_end_too() {
    let run = nsh("listen unix ./sock").start();
    let folder = run.shared_folder();
    drop(connect(&run, "sock"));
    run.end().code(0);
    assert!(!folder.has("sock"));
}

#[test]
fn j4_a_socket_file_in_use_is_not_taken_over() {
    let first = nsh("listen unix ./sock echo").start();
    connect(&first, "sock");
    nsh("listen unix ./sock echo").in_folder_of(&first).output().code(1).complains("in use").complains("./sock");
    connect(&first, "sock");
}
