//! Connections of the web server: kept, piped, half-closed, resting, and of peers who take their time.

use std::thread;
use std::time::Duration;

use crate::http::{Answer, get, said, server};
use crate::support::{Talk, foreign, resident};

#[test]
fn connections_are_kept_piped_and_half_closed() {
    let (_server, port) = server("");
    let mut talk = Talk::to(port);
    for _ in 0..3 {
        talk.send("GET /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n").take_until("0123456789");
    }
    let three = said(port, "GET /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2) + "GET /ten.txt HTTP/1.0\r\n\r\n");
    assert_eq!(String::from_utf8_lossy(&three).matches("0123456789").count(), 3);
    let mut half = Talk::to(port);
    half.send("GET /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n").finish();
    assert_eq!(Answer::of(&half.all()).text(), "0123456789");
    // What comes with a request that is not read is not taken for the next one.
    let with = "GET /ten.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /ten.txt HTTP/1.0\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&said(port, with)).matches("0123456789").count(), 2);
    let Some(nc) = foreign("nc") else { return };
    let told = nc.words(&format!("-N 127.0.0.1 {port}")).stdin("GET /ten.txt HTTP/1.0\r\n\r\n").output();
    told.code(0).says("0123456789");
}

#[test]
fn a_head_that_drips_is_cut_off() {
    let (server, port) = server("");
    let mut talk = Talk::to(port);
    talk.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    let mut writer = talk.again();
    let drip = thread::spawn(move || {
        while writer.offer("a") {
            thread::sleep(Duration::from_millis(500));
        }
    });
    let answer = Answer::of(&talk.rest());
    assert_eq!(answer.status, 408);
    drop(talk);
    drip.join().expect("it ends with the connection");
    drop(server);
}

#[test]
fn what_there_is_of_a_request_behind_another_is_cut_off_too() {
    let (_server, port) = server("");
    let mut talk = Talk::to(port);
    talk.send("GET /ten.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /ten.txt HTTP/1.1\r\nHo").take_until("0123456789");
    assert_eq!(Answer::of(&talk.rest()).status, 408);
}

#[test]
fn a_request_may_come_in_pieces_after_a_rest() {
    let (_server, port) = server("");
    let mut talk = Talk::to(port);
    for piece in ["GET /ten.txt HTTP/1.1\r\n", "Host: a\r\n", "\r\nGET /ten.txt HTTP/1.1\r\nHost: a\r\n\r", "\n"] {
        talk.is_silent();
        talk.send(piece);
        if piece.starts_with("\r\n") || piece == "\n" {
            talk.take_until("0123456789");
        }
    }
    // What HTTP/2 begins with is no request later on.
    talk.is_silent();
    talk.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    talk.is_over();
}

#[test]
fn a_connection_that_rests_too_long_is_closed() {
    let (_server, port) = server("idle=200ms");
    let mut talk = Talk::to(port);
    talk.send("GET /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(talk.all().ends_with(b"0123456789"));
    assert_eq!(Talk::to(port).all(), b"");
}

#[test]
fn hundreds_of_slow_readers_take_little_memory() {
    let (server, port) = server("");
    let before = resident(server.id());
    let readers: Vec<Talk> = (0..500)
        .map(|_| {
            let mut talk = Talk::to(port);
            talk.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n").take(1);
            talk
        })
        .collect();
    let grown = resident(server.id()).saturating_sub(before);
    assert!(grown < 60 * 1024, "{grown} KiB");
    assert_eq!(get(port, "/ten.txt").status, 200);
    drop(readers);
}

#[test]
fn connections_that_rest_take_little_memory() {
    const COUNT: u64 = 1000;
    let (server, port) = server("");
    assert_eq!(get(port, "/ten.txt").status, 200);
    let before = resident(server.id());
    let mut talks: Vec<Talk> = (0..COUNT)
        .map(|_| {
            let mut talk = Talk::to(port);
            talk.send("GET /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n").take_until("0123456789");
            talk
        })
        .collect();
    // The buffers of those that rest serve the others: what all would have at once is never there.
    let grown = resident(server.id()).saturating_sub(before);
    assert!(grown < 12 * COUNT, "{grown} KiB");
    for talk in &mut talks {
        talk.send("GET /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n").take_until("0123456789");
    }
}
