//! Section 12: trying again, and the source address.

use std::time::Duration;

use super::{client, listening};
use crate::support::{Door, nsh};

#[test]
fn l1_a_second_attempt_succeeds() {
    let port = Door::closed_port();
    let run = client(port, "retry=60 every 100ms timeout=2s").stdin("echo\n").start();
    // The row's own pause: the first attempts find nobody.
    std::thread::sleep(Duration::from_millis(300));
    let door = Door::at(&format!("127.0.0.1:{port}"));
    let mut peer = door.accept();
    let heard = peer.all();
    peer.send(heard);
    drop(peer);
    run.end().code(0).stdout("echo\n");
}

#[test]
fn l1_attempts_come_to_an_end() {
    let port = Door::closed_port();
    let run = client(port, "retry=2 every 10ms").output();
    run.code(1).stdout("").complains("refused");
}

#[test]
fn l3_the_source_port_is_as_asked() {
    let door = Door::open();
    let free = Door::closed_port();
    for from in [format!("from={free}"), format!("from=:{free}"), format!("from=127.0.0.1:{free}")] {
        let run = client(door.port, "").arg(&from).start();
        let mut peer = door.accept();
        assert_eq!(peer.peer().port(), free, "{from}");
        // The client closes first or last; a reset leaves the port free for the next one.
        peer.send("x");
        run.wait_out("x");
        peer.reset();
        run.end();
    }
}

#[test]
fn l3_the_source_address_is_as_asked() {
    let door = Door::open();
    let run = client(door.port, "from=127.0.0.5").start();
    let peer = door.accept();
    assert_eq!(peer.peer().ip().to_string(), "127.0.0.5");
    drop(peer);
    run.end();
}

#[test]
fn l4_a_host_with_both_families_is_reached_over_either() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let door = Door::at(address);
        let run = nsh(&format!("connect localhost {}", door.port)).start();
        door.accept().send("abc\n");
        run.end().code(0).stdout("abc\n");
    }
    let door = Door::open();
    nsh(&format!("connect localhost {} ip=6", door.port)).output().code(1).complains("refused");
}

#[test]
fn l5_a_client_of_our_own_listener() {
    let (run, port) = listening(nsh("listen tcp 0 upper"));
    for address in [
        format!("localhost {port}"),
        format!("localhost:{port}"),
        format!("tcp 127.0.0.1:{port}"),
        format!("[::1]:{port}"),
        format!("{port}"),
        format!("tcp://127.0.0.1:{port}"),
    ] {
        nsh(&format!("connect {address}")).stdin("abc\n").output().code(0).stdout("ABC\n").stderr("");
    }
    run.stop().code(143).stdout("");
}
