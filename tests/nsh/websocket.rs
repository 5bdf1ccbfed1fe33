//! WebSocket: the cases of RFC 6455 by a raw client, the library that Python's programs use, and the bridges.

use std::path::Path;

use crate::support::{Door, Process, Talk, foreign, nsh, program, python, script};

/// A listener on a free port, and the port.
#[track_caller]
fn server(words: &str) -> (Process, u16) {
    let server = nsh(&format!("listen ws 127.0.0.1:0 {words}")).start();
    let port = server.told_port();
    (server, port)
}

/// The request of RFC 6455, 1.3, with further fields.
fn request(path: &str, fields: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n"
    )
}

const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// An open WebSocket of a raw client.
#[track_caller]
fn open(port: u16) -> Talk {
    let mut talk = Talk::to(port);
    let answer = talk.send(request("/", "")).take_until("\r\n\r\n");
    let answer = String::from_utf8(answer).expect("headers are text").to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    assert!(answer.contains(&format!("sec-websocket-accept: {}\r\n", ACCEPT.to_ascii_lowercase())), "{answer}");
    talk
}

/// A frame whose first byte is `first`, with or without a mask.
fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let length = payload.len();
    // The lengths 126 and 127 say that the length itself follows.
    let marked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => vec![first, marked | short],
        (_, Ok(middle)) => [&[first, marked | 0x7e][..], &middle.to_be_bytes()].concat(),
        _ => [&[first, marked | 0x7f][..], &(length as u64).to_be_bytes()].concat(),
    };
    frame.extend(mask.iter().flatten());
    let hidden = |(index, byte): (usize, &u8)| byte ^ mask.map_or(0, |mask| mask[index % 4]);
    frame.extend(payload.iter().enumerate().map(hidden));
    frame
}

/// A frame as clients send it.
fn sent(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(first, payload.as_ref(), Some([0x11, 0x22, 0x33, 0x44]))
}

/// A frame as servers send it.
fn came(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(first, payload.as_ref(), None)
}

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

fn close(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes()[..], reason.as_bytes()].concat()
}

#[test]
fn frames_that_keep_to_the_protocol() {
    let (_server, port) = server("echo longest=70000");
    let long = vec![b'x'; 65_536];
    for (frames, answer) in [
        (vec![sent(TEXT, "Hello")], came(TEXT, "Hello")),
        (vec![sent(TEXT, "")], came(TEXT, "")),
        (vec![sent(BINARY, [0, 0xff])], came(BINARY, [0, 0xff])),
        (vec![sent(TEXT, "κόσμε")], came(TEXT, "κόσμε")),
        (vec![sent(BINARY, &long[..125])], came(BINARY, &long[..125])),
        (vec![sent(BINARY, &long[..126])], came(BINARY, &long[..126])),
        (vec![sent(BINARY, &long[..65_535])], came(BINARY, &long[..65_535])),
        (vec![sent(BINARY, &long)], came(BINARY, &long)),
        (vec![sent(0x01, "Hel"), sent(0x80, "lo")], came(TEXT, "Hello")),
        (vec![sent(0x02, [1]), sent(0x00, []), sent(0x80, [2])], came(BINARY, [1, 2])),
        (vec![sent(0x01, b"\xce"), sent(0x80, b"\xba")], came(TEXT, "κ")),
        (vec![sent(0x01, "Hel"), sent(PING, "p"), sent(0x80, "lo")], [came(PONG, "p"), came(TEXT, "Hello")].concat()),
        (vec![sent(PING, "")], came(PONG, "")),
        (vec![sent(PING, vec![0xfe; 125])], came(PONG, vec![0xfe; 125])),
        (vec![sent(PONG, "nobody asked"), sent(TEXT, "x")], came(TEXT, "x")),
        (vec![sent(CLOSE, "")], came(CLOSE, "")),
        (vec![sent(CLOSE, close(1000, ""))], came(CLOSE, close(1000, ""))),
        (vec![sent(CLOSE, close(4999, "so long"))], came(CLOSE, close(4999, "so long"))),
        (vec![sent(CLOSE, close(1000, &"x".repeat(123)))], came(CLOSE, close(1000, &"x".repeat(123)))),
    ] {
        // At once, and byte by byte.
        open(port).send(frames.concat()).hears(&answer);
        if answer.len() < 1000 {
            let mut slow = open(port);
            for byte in frames.concat() {
                slow.send([byte]);
            }
            slow.hears(&answer);
        }
    }
}

#[test]
fn frames_that_do_not_are_answered_with_the_code_for_it() {
    let (server, port) = server("echo longest=1000");
    let (protocol, utf8, size) = (1002_u16, 1007_u16, 1009_u16);
    for (frames, code) in [
        (vec![sent(0xc1, "reserved bit")], protocol),
        (vec![sent(0xa1, "reserved bit")], protocol),
        (vec![sent(0x99, "reserved bit of a ping")], protocol),
        (vec![sent(0x83, "reserved type")], protocol),
        (vec![sent(0x8b, "reserved type of control")], protocol),
        (vec![sent(PING, vec![0; 126])], protocol),
        (vec![sent(CLOSE, close(1000, &"x".repeat(124)))], protocol),
        (vec![sent(0x09, "p"), sent(0x80, "ing")], protocol),
        (vec![sent(0x80, "continues nothing")], protocol),
        (vec![sent(0x01, "one"), sent(TEXT, "two")], protocol),
        (vec![frame(TEXT, b"no mask", None)], protocol),
        (vec![sent(CLOSE, [3])], protocol),
        (vec![sent(TEXT, b"\xff")], utf8),
        (vec![sent(0x01, "good"), sent(0x80, b"\xed\xa0\x80")], utf8),
        (vec![sent(CLOSE, [0x03, 0xe8, 0xff])], utf8),
        (vec![sent(BINARY, vec![0; 1001])], size),
        (vec![sent(0x02, vec![0; 600]), sent(0x80, vec![0; 600])], size),
    ] {
        let frames = frames.concat();
        let answer = open(port).send(&frames).all();
        assert_eq!(answer, came(CLOSE, close(code, "")), "{frames:02x?}");
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
        let answer = open(port).send(sent(CLOSE, close(code, ""))).all();
        assert!(answer.starts_with(&[CLOSE]) && answer[2..4] == protocol.to_be_bytes(), "{code}: {answer:02x?}");
    }
    open(port).send(sent(TEXT, "it goes on")).hears(came(TEXT, "it goes on"));
    server.stop();
}

#[test]
fn handshakes_that_are_none_are_answered_in_http() {
    let (server, port) = server("echo path=\"/chat\" origin=\"https://example.org\"");
    let good = |path: &str, fields: &str| request(path, fields);
    let without = |field: &str| {
        let request = request("/chat", "Origin: https://example.org\r\n");
        let kept: Vec<&str> = request.split_inclusive("\r\n").filter(|line| !line.starts_with(field)).collect();
        kept.concat()
    };
    for (request, status) in [
        ("GET /chat HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "426"),
        ("POST /chat HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "405"),
        ("GET /chat HTTP/1.0\r\n\r\n".to_owned(), "400"),
        ("no http\r\n\r\n".to_owned(), "400"),
        (without("Upgrade"), "426"),
        (without("Sec-WebSocket-Version"), "426"),
        (without("Sec-WebSocket-Key"), "400"),
        (good("/", "Origin: https://example.org\r\n"), "404"),
        (good("/chat", ""), "403"),
        (good("/chat", "Origin: https://example.com\r\n"), "403"),
        (good("/chat", &"X: y\r\n".repeat(500)), "431"),
    ] {
        let mut talk = Talk::to(port);
        let answer = String::from_utf8(talk.send(&request).all()).expect("the answer is text");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
    }
    let mut talk = Talk::to(port);
    talk.send(good("/chat?room=1", "Origin: https://example.org\r\n")).take_until("\r\n\r\n");
    talk.send(sent(TEXT, "x")).hears(came(TEXT, "x"));
    server.stop();
}

#[test]
fn a_server_that_is_none_is_told_apart() {
    for (answer, complaint) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "the server answered 404 Not Found instead of"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "the server answered 200 OK instead of"),
        ("SSH-2.0-OpenSSH_9.6\r\n", "that is no HTTP"),
        ("", "the peer closed in the middle of the handshake"),
        (
            "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
            "Sec-WebSocket-Accept does not fit",
        ),
    ] {
        let door = Door::open();
        let run = nsh(&format!("connect ws 127.0.0.1 {}", door.port)).start();
        let mut talk = door.accept();
        talk.take_until("\r\n\r\n");
        talk.send(answer);
        drop(talk);
        run.end().code(1).complains(complaint);
    }
}

#[test]
fn the_kinds_of_messages_are_as_they_are_written() {
    script(
        "listen ws 0 as srv\nconnect $srv as a\n\
         a: send \"text\"\nsrv.1: expect text \"text\"\n\
         a: send x\"74 65\"\nsrv.1: expect binary \"te\"\n\
         a: send \"bytes\" kind=binary\nsrv.1: expect binary /^by(?<rest>.*)/\nassert $rest == \"tes\"\n\
         a: send \"\\xff\"\nsrv.1: expect binary x\"ff\"\n\
         srv.1: send \"hello\"\na: expect \"hello\"\n",
    )
    .output()
    .code(0);
    script("listen ws 0 as srv\nconnect $srv as a\na: send x\"74\"\nsrv.1: expect text \"t\"\n")
        .output()
        .code(3)
        .complains("the next message is binary, not text");
    script("listen tcp 0 as srv\nconnect $srv as a\na: send \"x\" kind=text\n")
        .output()
        .code(2)
        .complains("`a` has no kinds of messages");
    script("listen ws 0 as srv\nconnect $srv as a\na: send x\"ff\" kind=text\n")
        .output()
        .code(2)
        .complains("a text message has to be UTF-8");
}

#[test]
fn closing_has_a_code_and_a_reason_both_ways() {
    script(
        "listen ws 0 as srv\nconnect $srv as a\nconnect $srv as b\nconnect $srv as c\n\
         a: send \"x\"\na: close code=4000 reason=\"so long\"\nsrv.1: expect \"x\"\nsrv.1: expect close 4000 /so (?<how>.*)/\n\
         assert $how == \"long\"\n\
         srv.2: close\nb: expect close 1000\nb: expect closed\n\
         srv.3: shutdown\nc: expect close\n",
    )
    .output()
    .code(0);
    script("listen ws 0 as srv\nconnect $srv as a\na: close code=4001\nsrv.1: expect close 4000\n")
        .output()
        .code(3)
        .complains("the peer closed with 4001");
    script("listen tcp 0 as srv\nconnect $srv as a\na: close code=1000\n").output().code(2).complains("without words");
    script("listen ws 0 as srv\nconnect $srv as a\na: close code=1005\n").output().code(2).complains("RFC 6455");
}

#[test]
fn an_end_without_a_close_frame_is_an_error() {
    let run =
        script("listen ws 0 as srv\nprint \"at $srv.port\"\nwait srv 1 connections\nsrv.1: expect close\n").start();
    let port = run.out_line("at ").parse().expect("a port");
    drop(open(port));
    run.end().code(3).complains("ended without a close frame (1006)");
}

#[test]
fn a_peer_that_answers_no_ping_is_given_up() {
    let (server, port) = server("echo ping=50ms");
    let mut silent = open(port);
    silent.hears(came(PING, "")).at_end();
    server.stop();
    // Long enough for an answer on the busiest machine.
    let (_server, port) = self::server("echo ping=2s");
    let mut awake = open(port);
    awake.hears(came(PING, "")).send(sent(PONG, "")).hears(came(PING, "")).send(sent(PONG, ""));
    awake.send(sent(TEXT, "x")).hears(came(TEXT, "x"));
}

#[test]
fn relays_bridge_to_streams_and_back() {
    let run = script(
        "listen tcp 0 echo as plain\nlisten ws 0 echo as web\n\
         relay ws 0 -> tcp:127.0.0.1:$plain.port as down\nrelay 0 -> ws:127.0.0.1:$web.port as up\n\
         relay ws 0 -> ws:127.0.0.1:$web.port as across\n\
         connect $down as a\na: send \"to a stream\"\na: expect binary \"to a stream\"\n\
         connect $up as b\nb: send \"to messages\"\nb: expect \"to messages\"\nb: shutdown\nb: expect eof\n\
         connect $across as c\nc: send \"text\"\nc: expect text \"text\"\nc: send x\"00\"\nc: expect binary x\"00\"\n\
         c: close\na: close\n\
         relay ws 0 -> tcp:127.0.0.1:$plain.port kind=text as texts\n\
         connect $texts as d\nd: send \"x\"\nd: expect text \"x\"\n",
    );
    run.output().code(0);
    let closed = Door::closed_port();
    script(&format!(
        "relay ws 0 -> tcp:127.0.0.1:{closed} as r\nconnect $r as a\na: expect close 1011 \"no target is left\"\n"
    ))
    .output()
    .code(0);
}

#[test]
fn pythons_websockets_is_served_and_serves_us() {
    if program("python3").is_none() || !has_websockets() {
        return;
    }
    let (server, port) = server("echo protocol=chat");
    let Some(peer) = python("websocket.py", &format!("client {port}")) else { return };
    peer.output().code(0).stdout("chat\ntext hello\nbinary 00ff\nlong 1000000\npong\nclosed 1000\n");
    server.stop();
    let Some(peer) = python("websocket.py", "server 0") else { return };
    let peer = peer.start();
    let port = peer.out_line("port ");
    script(&format!(
        "connect ws://localhost:{port}/some/path?x=1 protocol=chat header=\"X-Word: abc\" origin=\"http://here\" as a\n\
         a: expect text \"/some/path?x=1 abc http://here\"\na: send \"hi\"\na: expect text \"hi\"\n\
         a: send x\"01\"\na: expect binary x\"01\"\na: send \"quit\"\na: expect close 4321 \"as you like\"\n"
    ))
    .output()
    .code(0);
}

/// Whether Debian's package of it is there.
fn has_websockets() -> bool {
    let there = Path::new("/usr/lib/python3/dist-packages/websockets").is_dir();
    there || program("python3-websockets (a package)").is_some()
}

#[test]
fn curl_is_told_what_this_is() {
    let (server, port) = server("echo");
    let Some(curl) = foreign("curl") else { return };
    let run = curl.words(&format!("-sS http://127.0.0.1:{port}/ -w %{{http_code}}")).output();
    run.code(0).stdout("this is a WebSocket: the request asks for no upgrade to it\n426");
    server.stop();
}

#[test]
fn wss_is_the_same_over_tls() {
    script(
        "listen wss 0 echo protocol=chat as srv\nconnect $srv protocol=chat as a\na: send \"x\"\na: expect text \"x\"\n\
         print \"$a.protocol $a.tls\"\na: close\n",
    )
    .output()
    .code(0)
    .stdout("chat 1.3\n");
}
