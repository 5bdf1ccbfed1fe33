//! Section 6: proxies, as client and as server.

use super::listening;
use crate::support::{Door, Nsh, Process, Talk, foreign, nsh, python, script};

/// A proxy of that kind on a free port, and the port.
#[track_caller]
fn proxy(words: &str) -> (Process, u16) {
    listening(nsh(&format!("listen {words}")))
}

/// An echo on a free port of 127.0.0.1.
#[track_caller]
fn echo() -> (Process, u16) {
    listening(nsh("listen tcp 127.0.0.1:0 echo"))
}

/// The status of the answer to a request.
#[track_caller]
fn status(port: u16, request: impl AsRef<[u8]>) -> String {
    let mut talk = Talk::to(port);
    let _whole = talk.offer(request);
    let answer = String::from_utf8_lossy(&talk.take_until("\r\n")).into_owned();
    answer.strip_prefix("HTTP/1.1 ").unwrap_or(&answer)[..3].to_owned()
}

/// Connects through proxies and echoes a line.
#[track_caller]
fn echoes(via: &str, target: &str) {
    nsh(&format!("connect tcp {target} via={via}")).stdin("abc\n").output().code(0).stdout("abc\n");
}

#[test]
fn f1_good_and_bad_requests_to_connect() {
    let (proxy, port) = proxy("proxy 127.0.0.1:0");
    for request in
        ["bad", "CONNECT host", "CONNECT host:", "CONNECT [::1]", "CONNECT 80", "CONNECT *:80", "CONNECT h:0"]
    {
        let line = if request == "bad" { "bad\r\n\r\n".to_owned() } else { format!("{request} HTTP/1.1\r\n\r\n") };
        assert_eq!(status(port, line), "400", "{request}");
    }
    let (_echo, target) = echo();
    assert_eq!(status(port, format!("CONNECT 127.0.0.1:{target} HTTP/1.0\r\n\r\n")), "200");
    assert_eq!(status(port, format!("CONNECT localhost:{target} HTTP/1.1\r\nHost: x\r\n\r\n")), "200");
    let (_six, six) = listening(nsh("listen tcp [::1]:0 echo"));
    assert_eq!(status(port, format!("CONNECT [::1]:{six} HTTP/1.1\r\n\r\n")), "200");
    let closed = Door::closed_port();
    assert_eq!(status(port, format!("CONNECT 127.0.0.1:{closed} HTTP/1.1\r\n\r\n")), "502");
    proxy.stop();
}

#[test]
fn f2_a_proxy_of_one_version_of_ip_goes_nowhere_by_the_other() {
    let (_four, four) = echo();
    let (_six, six) = listening(nsh("listen tcp [::1]:0 echo"));
    for (own, hosts) in [("4", ["127.0.0.1", "[::1]"]), ("6", ["[::1]", "127.0.0.1"])] {
        let at = if own == "4" { "127.0.0.1:0" } else { "[::1]:0" };
        let words = format!("proxy {at} ip={own}");
        let handler = format!("tcp {at} proxy ip={own}");
        let socks = format!("socks5 {at} ip={own}");
        let port_of = |host: &str| if host == "[::1]" { six } else { four };
        for words in [words, handler] {
            let (proxy, port) = proxy(&words);
            for (host, code) in [(hosts[0], "200"), (hosts[1], "504")] {
                let mut talk = Talk::to_address(&format!("{}:{port}", hosts[0]));
                talk.send(format!("CONNECT {host}:{} HTTP/1.1\r\n\r\n", port_of(host)));
                let line = String::from_utf8_lossy(&talk.take_until("\r\n")).into_owned();
                assert!(line.starts_with(&format!("HTTP/1.1 {code} ")), "{words} to {host}: {line}");
            }
            // A name is gone to by the version that it may be.
            let mut talk = Talk::to_address(&format!("{}:{port}", hosts[0]));
            talk.send(format!("CONNECT localhost:{} HTTP/1.1\r\n\r\nabc", port_of(hosts[0])));
            talk.hears("HTTP/1.1 200 Connection established\r\n\r\nabc");
            drop(talk);
            proxy.stop();
        }
        let (_proxy, port) = proxy(&socks);
        let mut talk = Talk::to_address(&format!("{}:{port}", hosts[0]));
        let other: &[u8] = if own == "4" {
            b"\x05\x01\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x50"
        } else {
            b"\x05\x01\0\x01\x7f\0\0\x01\0\x50"
        };
        talk.send(b"\x05\x01\x00").hears(b"\x05\x00").send(other);
        assert_eq!(talk.take(2), b"\x05\x08");
    }
}

#[test]
fn f3_requests_that_are_too_long_unknown_or_for_the_proxy() {
    let (proxy, port) = proxy("proxy 127.0.0.1:0");
    let long = "x".repeat(24_000);
    assert_eq!(status(port, format!("GET http://h/{long} HTTP/1.1\r\n\r\n")), "414");
    assert_eq!(status(port, format!("GET http://h/ HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(10_000))), "431");
    assert_eq!(status(port, format!("GET http://h/ HTTP/1.1\r\nA: {long}\r\n\r\n")), "431");
    assert_eq!(status(port, "BREW http://h/ HTTP/1.1\r\n\r\n"), "405");
    assert_eq!(status(port, format!("GET http://127.0.0.1:{port}/ HTTP/1.1\r\n\r\n")), "403");
    assert_eq!(status(port, format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n")), "403");
    assert_eq!(status(port, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), "403");
    assert_eq!(status(port, "GET ftp://h/ HTTP/1.1\r\n\r\n"), "400");
    proxy.stop();
}

#[test]
fn f4_what_follows_connect_at_once_is_not_swallowed() {
    let (_proxy, port) = proxy("proxy 127.0.0.1:0");
    let door = Door::open();
    let mut client = Talk::to(port);
    client.send(format!("CONNECT 127.0.0.1:{} HTTP/1.1\r\n\r\nabc\n", door.port));
    let mut target = door.accept();
    target.hears("abc\n").send("answer");
    client.hears("HTTP/1.1 200 Connection established\r\n\r\nanswer");
    // A half-close travels through.
    client.finish();
    target.at_end().send("late");
    drop(target);
    assert_eq!(client.all(), b"late");
}

#[test]
fn f5_the_target_sees_its_own_form_of_the_request() {
    let (_proxy, port) = proxy("proxy 127.0.0.1:0");
    let door = Door::open();
    for (path, asked) in [("", "/"), ("/a?b=c", "/a?b=c")] {
        let mut client = Talk::to(port);
        client.send(format!(
            "GET http://127.0.0.1:{}{path} HTTP/1.1\r\nHost: other\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\n\
             Proxy-Connection: close\r\nProxy-Authorization: Basic x\r\nX-Other: 2\r\nKeep-Alive: 3\r\n\r\n",
            door.port
        ));
        let mut target = door.accept();
        let expected = format!(
            "GET {asked} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-Other: 2\r\nVia: 1.1 nsh\r\nConnection: close\r\n\r\n",
            door.port
        );
        target.hears(expected).send("HTTP/1.1 204 No Content\r\n\r\n");
        drop(target);
        assert_eq!(client.all(), b"HTTP/1.1 204 No Content\r\n\r\n");
    }
}

#[test]
fn f6_a_body_is_as_long_as_it_says() {
    let (_proxy, port) = proxy("proxy 127.0.0.1:0");
    let door = Door::open();
    for (length, sent, came) in [(4, "abc\n", "abc\n"), (0, "", ""), (4, "ab", "ab"), (4, "abc\ndef\n", "abc\n")] {
        let mut client = Talk::to(port);
        let head = format!("POST http://127.0.0.1:{}/ HTTP/1.1\r\nContent-Length: {length}\r\n\r\n", door.port);
        client.send(head + sent);
        if sent.len() < length {
            client.finish();
        }
        let mut target = door.accept();
        target.take_until("\r\n\r\n");
        target.hears(came);
        if sent.len() < length {
            target.at_end();
        }
        target.send("HTTP/1.1 200 OK\r\n\r\n");
        drop(target);
        assert_eq!(client.all(), b"HTTP/1.1 200 OK\r\n\r\n");
    }
    let sending = |fields: &str| status(port, format!("POST http://127.0.0.1:{}/ HTTP/1.1\r\n{fields}\r\n", door.port));
    assert_eq!(sending("Transfer-Encoding: chunked\r\n"), "411");
    // What two readers could understand in two ways.
    assert_eq!(sending("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"), "400");
    assert_eq!(sending("Content-Length: 4\r\nContent-Length: 5\r\n"), "400");
    assert_eq!(sending("Content-Length: +4\r\n"), "400");
    assert_eq!(sending("Content-Length: 99999999999999999999\r\n"), "400");
    assert_eq!(sending("Content-Length : 4\r\n"), "400");
    assert_eq!(sending("A: b\rc\r\n"), "400");
}

/// A client through a proxy that is played here.
#[track_caller]
fn through(scheme: &str, target: &str) -> (Process, Talk) {
    let door = Door::open();
    let (at, port) = scheme.split_once("://").map_or((scheme, ""), |(name, login)| (name, login));
    let run: Nsh = nsh(&format!("connect tcp {target} via={at}://{port}127.0.0.1:{}", door.port));
    let run = run.stdin("").start();
    let talk = door.accept();
    (run, talk)
}

#[test]
fn f7_only_what_comes_through_the_tunnel_is_received() {
    for head in [
        "HTTP/1.1 200 Go ahead\r\n\r\n",
        "HTTP/1.0  200  ok\r\nX: y\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
    ] {
        let (run, mut talk) = through("http", "example.org 81");
        talk.hears("CONNECT example.org:81 HTTP/1.1\r\nHost: example.org:81\r\n\r\n");
        talk.send(format!("{head}abc\n"));
        drop(talk);
        run.end().code(0).stdout("abc\n");
    }
    for (answer, complaint) in [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "it answered 403 Forbidden"),
        ("HTTP/1.1 407 x\r\n\r\n", "it wants a login (407)"),
        ("SSH-2.0-x\r\n\r\n", "that is no answer of an HTTP proxy"),
        ("", "the peer closed in the middle"),
    ] {
        let (run, mut talk) = through("http", "example.org 81");
        talk.take_until("\r\n\r\n");
        talk.send(answer);
        drop(talk);
        run.end().code(1).stdout("").complains(complaint);
    }
    let (run, mut talk) = through("http", "example.org 81");
    talk.take_until("\r\n\r\n");
    talk.offer(vec![b'x'; 100_000]);
    run.end().code(1).complains("its answer is longer than 16384 B");
}

#[test]
fn f8_who_may_use_the_proxy() {
    let (proxy, port) = proxy("proxy 127.0.0.1:0 auth=\"me:secret\"");
    let (_echo, target) = echo();
    // `me:secret`, `you:secret`, `me:other`
    for (field, code) in [
        ("", "407"),
        ("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n", "200"),
        ("pROXY-aUTHORIZATION: bASIC bWU6c2VjcmV0\r\n", "200"),
        ("Proxy-Authorization: Basic eW91OnNlY3JldA==\r\n", "407"),
        ("Proxy-Authorization: Basic bWU6b3RoZXI=\r\n", "407"),
        ("Proxy-Authorization: Basic bWU6c2VjcmV0 x\r\n", "407"),
        ("Proxy-Authorization: Digest bWU6c2VjcmV0\r\n", "407"),
    ] {
        assert_eq!(status(port, format!("CONNECT 127.0.0.1:{target} HTTP/1.1\r\n{field}\r\n")), code, "{field}");
    }
    echoes(&format!("http://me:secret@127.0.0.1:{port}"), &format!("127.0.0.1 {target}"));
    nsh(&format!("connect tcp 127.0.0.1 {target} via=http://me:other@127.0.0.1:{port}"))
        .output()
        .code(1)
        .complains("it does not accept the name and the password (407)");
    proxy.stop();
}

#[test]
fn a_client_that_is_asked_who_it_is_may_say_so_on_the_same_connection() {
    let (proxy, port) = proxy("proxy 127.0.0.1:0 auth=\"me:secret\"");
    let (_echo, target) = echo();
    let request = format!("CONNECT 127.0.0.1:{target} HTTP/1.1\r\n");
    let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"nsh\"\r\n\
                   Content-Type: text/plain\r\nContent-Length: 34\r\n";
    let mut talk = Talk::to(port);
    talk.send(format!("{request}\r\n")).hears(format!("{refusal}\r\n407 Proxy Authentication Required\n"));
    talk.send(format!("{request}Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\nabc"));
    talk.hears("HTTP/1.1 200 Connection established\r\n\r\nabc");
    // One that asks in a way after which nothing can follow is told so.
    for last in [
        format!("{request}Connection: close\r\n\r\n"),
        format!("CONNECT 127.0.0.1:{target} HTTP/1.0\r\n\r\n"),
        "POST http://127.0.0.1/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
    ] {
        let mut talk = Talk::to(port);
        talk.send(last)
            .hears(format!("{refusal}Connection: close\r\n\r\n407 Proxy Authentication Required\n"))
            .at_end();
    }
    proxy.stop();
}

#[test]
fn f9_the_strongest_login_is_used() {
    let digest = "Digest~realm=\"a,~b\",nonce=\"n/1==\",opaque=\"o\"";
    for how in ["keep", "close"] {
        for (challenges, chosen) in [
            (format!("Basic~realm=\"a\" NTLM {digest},qop=\"auth,auth-int\""), "MD5 auth"),
            (format!("Basic~realm=\"a\",NTLM,{digest},qop=\"auth\""), "MD5 auth"),
            (format!("NTLM~TlRMTVNTUAAB== {digest}"), "MD5 -"),
            (format!("{digest},algorithm=MD5,qop=\"auth-int\""), "MD5 auth-int"),
            (format!("{digest},algorithm=MD5-sess,qop=auth"), "MD5-sess auth"),
            (format!("{digest},qop=auth {digest},algorithm=SHA-256,qop=\"auth\""), "SHA-256 auth"),
            (format!("{digest},algorithm=SHA-256-sess,qop=\"auth\",{digest}"), "SHA-256-sess auth"),
        ] {
            let Some(peer) = python("digest_proxy.py", &format!("{how} {challenges}")) else { return };
            let peer = peer.start();
            let port = peer.out_line("port ");
            nsh(&format!("connect tcp example.org 81 via=http://me:secret@127.0.0.1:{port}"))
                .stdin("abc\n")
                .output()
                .code(0)
                .stdout(format!("{chosen}\nabc\n"));
            nsh(&format!("connect tcp example.org 81 via=http://me:other@127.0.0.1:{port}"))
                .output()
                .code(1)
                .complains("it does not accept the name and the password (407)");
            peer.stop();
        }
    }
    let (run, mut talk) = through("http://me:secret@", "example.org 81");
    talk.hears("CONNECT example.org:81 HTTP/1.1\r\nHost: example.org:81\r\n\r\n");
    talk.send("HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM, Negotiate\r\n\r\n");
    run.end().code(1).complains("it wants a login that is neither Basic nor Digest (407)");
    for (challenge, complaint) in [
        (
            "NTLM, Digest realm=a,nonce=b,algorithm=SHA-512-256",
            "it wants a Digest that nsh cannot answer: SHA-512-256 (407)",
        ),
        ("Digest realm=a,nonce=b,qop=\"auth-conf\"", "it wants a Digest that nsh cannot answer: qop=auth-conf (407)"),
        ("Digest realm=a", "it wants a Digest that nsh cannot answer: it has no nonce (407)"),
    ] {
        let (run, mut talk) = through("http://me:secret@", "example.org 81");
        talk.take_until("\r\n\r\n");
        talk.send(format!("HTTP/1.1 407 x\r\nProxy-Authenticate: {challenge}\r\n\r\n"));
        run.end().code(1).complains(complaint);
    }
    // A number that is always too old ends somewhere.
    let (run, mut talk) = through("http://me:secret@", "example.org 81");
    let stale = "HTTP/1.1 407 x\r\nContent-Length: 0\r\nProxy-Authenticate: Digest realm=a,nonce=b,stale=true\r\n\r\n";
    for _ in 0..4 {
        talk.take_until("\r\n\r\n");
        talk.send(stale);
    }
    run.end().code(1).complains("it does not accept the name and the password (407)");
}

#[test]
fn f10_socks_requests_are_exactly_right() {
    for (target, address) in [
        ("10.1.2.3 256", &b"\x01\x0a\x01\x02\x03\x01\x00"[..]),
        ("::1 81", b"\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x51"),
        ("example.org 81", b"\x03\x0bexample.org\0\x51"),
    ] {
        let (run, mut talk) = through("socks5", target);
        talk.hears(b"\x05\x01\x00").send(b"\x05\x00").hears([b"\x05\x01\x00", address].concat());
        talk.send(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x01abc\n");
        drop(talk);
        run.end().code(0).stdout("abc\n");
    }
    let (run, mut talk) = through("socks5://me:s%65cret@", "example.org 81");
    talk.hears(b"\x05\x02\x00\x02").send(b"\x05\x02").hears(b"\x01\x02me\x06secret").send(b"\x01\x00");
    talk.hears(b"\x05\x01\x00\x03\x0bexample.org\0\x51").send(b"\x05\x00\x00\x03\x01h\x00\x00abc\n");
    drop(talk);
    run.end().code(0).stdout("abc\n");
    for (scheme, request) in [
        ("socks4a", &b"\x04\x01\0\x51\0\0\0\x01\0example.org\0"[..]),
        ("socks4a://me@", b"\x04\x01\0\x51\0\0\0\x01me\0example.org\0"),
    ] {
        let (run, mut talk) = through(scheme, "example.org 81");
        talk.hears(request).send(b"\x00\x5a\0\0\0\0\0\0abc\n");
        drop(talk);
        run.end().code(0).stdout("abc\n");
    }
    let (run, mut talk) = through("socks4", "localhost 81");
    talk.hears(b"\x04\x01\0\x51\x7f\0\0\x01\0").send(b"\x00\x5b\0\0\0\0\0\0");
    run.end().code(1).complains("refused or failed (91)");
}

#[test]
fn f11_a_client_does_not_go_on_after_a_refusal() {
    for (answers, complaint) in [
        (&[&b"\x05\x00"[..], b"\x05\x02\x00\x01\0\0\0\0\0\0"][..], "its rules do not allow it (2)"),
        (&[b"\x05\x00", b"\x05\x05\x00\x01\0\0\0\0\0\0"], "connection refused (5)"),
        (&[b"\x05\x00", b"\x05\x00"], "the peer closed in the middle"),
        (&[b"\x05\xff"], "it wants a login"),
        (&[b"\x05\xaa"], "it chose the method 170"),
        (&[b"HT"], "that is no answer of SOCKS 5"),
    ] {
        let (run, mut talk) = through("socks5", "example.org 81");
        talk.hears(b"\x05\x01\x00");
        for (index, answer) in answers.iter().enumerate() {
            talk.send(answer);
            if index == 0 && answers.len() > 1 {
                talk.take(18);
            }
        }
        drop(talk);
        run.end().code(1).stdout("").complains(complaint);
    }
    let long = "u".repeat(256);
    nsh(&format!("connect tcp example.org 81 via=socks5://{long}@127.0.0.1:1"))
        .output()
        .code(1)
        .complains("a name and a password of at most 255 B");
}

#[test]
fn f12_the_source_is_that_of_the_way_to_the_proxy() {
    let door = Door::open();
    let own = Door::closed_port();
    let run =
        nsh(&format!("connect tcp example.org 81 via=socks5://127.0.0.1:{} from=127.0.0.1:{own}", door.port)).start();
    let mut talk = door.accept();
    assert_eq!(talk.peer().port(), own);
    talk.hears(b"\x05\x01\x00");
    drop(talk);
    run.end().code(1);
}

#[test]
fn proxies_stand_behind_each_other_and_below_every_transport() {
    let (_socks, socks) = proxy("socks5 127.0.0.1:0 auth=\"me:secret\"");
    let (_http, http) = proxy("proxy 127.0.0.1:0");
    let (_echo, target) = echo();
    let chain =
        format!("socks5://me:secret@127.0.0.1:{socks},http://localhost:{http},socks5://me:secret@127.0.0.1:{socks}");
    echoes(&chain, &format!("127.0.0.1 {target}"));
    echoes(&format!("socks5://me:secret@127.0.0.1:{socks}"), &format!("localhost {target}"));
    script(&format!(
        "listen wss 0 echo as srv\nconnect wss localhost $srv.port insecure=yes via={chain} as a\na: send \"x\"\na: expect text \"x\"\n\
         assert $a.via contains \"localhost\"\na: close\n\
         relay 0 -> 127.0.0.1:{target} via=http://127.0.0.1:{http} as r\nconnect $r as b\nb: send \"y\"\nb: expect \"y\"\n"
    ))
    .output()
    .code(0);
    let control = "a login of HTTP has no control characters (RFC 7617)";
    for (via, complaint) in [
        ("socks5://h", "expected `:` and a port"),
        ("ftp://h:1", "`ftp` is no proxy"),
        ("h:1", "as in"),
        ("http://u%0d%0aX-Evil:%20x:pw@h:1", control),
        ("http://u:p%7f@h:1", control),
    ] {
        nsh(&format!("connect tcp 127.0.0.1 1 via={via}")).output().code(1).complains(complaint);
    }
}

#[test]
fn a_socks_proxy_answers_every_field_by_the_standard() {
    let (proxy, port) = proxy("socks5 127.0.0.1:0 targets=127.0.0.0/8");
    let (_echo, target) = echo();
    let [high, low] = target.to_be_bytes();
    let [own_high, own_low] = port.to_be_bytes();
    let greeted = |request: &[u8]| {
        let mut talk = Talk::to(port);
        talk.send(b"\x05\x01\x00").hears(b"\x05\x00").send(request);
        talk.take(2)
    };
    let close = Door::closed_port().to_be_bytes();
    let long = [&b"\x05\x01\x00\x03\xff"[..], &[b'n'; 255], &[0, 80]].concat();
    for (request, answer) in [
        ([b"\x05\x01\x00\x01\x7f\0\0\x01", &[high, low][..]].concat(), 0),
        ([b"\x05\x01\x00\x03\x09127.0.0.1", &[high, low][..]].concat(), 0),
        ([b"\x05\x01\x00\x03\x09localhost", &[high, low][..]].concat(), 0),
        ([b"\x05\x01\x00\x01\x7f\0\0\x01", &close[..]].concat(), 5),
        (b"\x05\x01\x00\x01\x0a\0\0\x01\0\x50".to_vec(), 2),
        ([b"\x05\x01\x00\x01\x7f\0\0\x01", &[own_high, own_low][..]].concat(), 2),
        ([b"\x05\x01\x00\x01\0\0\0\0", &[own_high, own_low][..]].concat(), 2),
        (b"\x05\x02\x00\x01\x7f\0\0\x01\0\x50".to_vec(), 7),
        (b"\x05\x01\x00\x05\x7f\0\0\x01\0\x50".to_vec(), 8),
        (b"\x05\x01\x00\x03\x00\0\x50".to_vec(), 1),
        (b"\x05\x01\x00\x03\x03a b\0\x50".to_vec(), 1),
        (b"\x04\x01\x00\x01\x7f\0\0\x01\0\x50".to_vec(), 1),
    ] {
        assert_eq!(greeted(&request), [5, answer], "{request:02x?}");
    }
    // No name is that long; the resolver may say so in its own way.
    assert_ne!(greeted(&long)[1], 0);
    for (greeting, answer) in [(&b"\x05\x01\x02"[..], &b"\x05\xff"[..]), (b"\x05\x00", b"\x05\xff")] {
        assert_eq!(Talk::to(port).send(greeting).all(), answer);
    }
    for (request, code) in [
        ([b"\x04\x01", &[high, low][..], b"\x7f\0\0\x01user\0"].concat(), 90),
        ([b"\x04\x01", &[high, low][..], b"\0\0\0\x01user\0localhost\0"].concat(), 90),
        ([b"\x04\x02", &[high, low][..], b"\x7f\0\0\x01\0"].concat(), 91),
        ([b"\x04\x01", &[high, low][..], b"\x7f\0\0\x01", &[b'u'; 300][..], b"\0"].concat(), 91),
        ([b"\x04\x01", &[high, low][..], b"\0\0\0\x01\0", &[b'n'; 300][..], b"\0"].concat(), 91),
    ] {
        assert_eq!(Talk::to(port).send(&request).take(2), [0, code], "{request:02x?}");
    }
    // Everything in one go, with data behind it.
    let mut hasty = Talk::to(port);
    hasty.send([b"\x05\x01\x00\x05\x01\x00\x01\x7f\0\0\x01", &[high, low][..], b"abc"].concat());
    assert_eq!(hasty.take(12)[..4], *b"\x05\x00\x05\x00");
    hasty.hears("abc");
    assert_eq!(Talk::to(port).send(b"GET / HTTP/1.1\r\n").all(), b"");
    proxy.stop();
    let (_proxy, port) = listening(nsh("listen socks5 127.0.0.1:0 auth=\"me:secret\""));
    for (login, answer) in [(&b"\x01\x02me\x06secret"[..], 0), (b"\x01\x02me\x05wrong", 1), (b"\x01\x00\x00", 1)] {
        let mut talk = Talk::to(port);
        assert_eq!(talk.send(b"\x05\x02\x00\x02").take(2), b"\x05\x02");
        assert_eq!(talk.send(login).take(2), [1, answer]);
    }
    assert_eq!(Talk::to(port).send(b"\x05\x01\x00").all(), b"\x05\xff");
    assert_eq!(Talk::to(port).send(b"\x04\x01\0\x50\x7f\0\0\x01me\0").take(2), [0, 91]);
}

#[test]
fn curl_ncat_and_nc_go_through_our_proxies() {
    let (_web, web) = listening(nsh("listen tcp 127.0.0.1:0 reply").arg("HTTP/1.0 200 OK\r\n\r\nhello\n"));
    let (_echo, target) = echo();
    let (_http, http) = proxy("proxy 127.0.0.1:0 auth=\"me:secret\"");
    let (_socks, socks) = proxy("socks5 127.0.0.1:0");
    for proxy in [
        format!("--proxy http://me:secret@127.0.0.1:{http}"),
        format!("--proxytunnel --proxy http://me:secret@127.0.0.1:{http}"),
        format!("--socks5 127.0.0.1:{socks}"),
        format!("--socks5-hostname 127.0.0.1:{socks}"),
        format!("--socks4 127.0.0.1:{socks}"),
        format!("--socks4a 127.0.0.1:{socks}"),
    ] {
        let Some(curl) = foreign("curl") else { return };
        curl.words("-sS --noproxy")
            .arg("")
            .words(&format!("{proxy} http://localhost:{web}/"))
            .output()
            .code(0)
            .stdout("hello\n");
    }
    for proxy in [
        format!("--proxy 127.0.0.1:{http} --proxy-type http --proxy-auth me:secret"),
        format!("--proxy 127.0.0.1:{socks} --proxy-type socks5"),
        format!("--proxy 127.0.0.1:{socks} --proxy-type socks4"),
    ] {
        let Some(ncat) = foreign("ncat") else { return };
        let ncat = ncat.words(&format!("{proxy} 127.0.0.1 {target}")).typed().start();
        ncat.type_in("abc\n").wait_out("abc\n");
    }
    for proxy in [format!("-X 5 -x 127.0.0.1:{socks}"), format!("-X 4 -x 127.0.0.1:{socks}")] {
        let Some(nc) = foreign("nc.openbsd") else { return };
        nc.words(&format!("-N {proxy} 127.0.0.1 {target}")).stdin("abc\n").output().code(0).stdout("abc\n");
    }
}

#[test]
fn we_go_through_the_proxy_of_ncat() {
    let Some(ncat) = foreign("ncat") else { return };
    let ncat = ncat.words("-4 -l 127.0.0.1 0 --proxy-type http --proxy-auth me:secret").typed().start();
    let (_echo, target) = echo();
    let via = format!("http://me:secret@127.0.0.1:{}", ncat.tcp_port());
    let run = nsh(&format!("connect tcp 127.0.0.1 {target} via={via}")).typed().start();
    run.type_in("abc\n").wait_out("abc\n");
}
