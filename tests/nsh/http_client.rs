//! Asking web servers: `http` and what `expect` says of the answer.

use crate::support::{Door, Process, foreign, nsh, python, script, with_certificate};

/// A server of the language that answers every request with those bytes.
fn answering(answer: &str) -> String {
    format!("listen tcp 0 as srv {{\n    on line {{ if $line == \"\" {{ send {answer:?} }} }}\n}}\n")
}

/// Python's server of `tests/peers`, and its port.
fn peer() -> Option<(Process, u16)> {
    let server = python("http_server.py", "")?.start();
    let port = server.out_line("").parse().expect("a port");
    Some((server, port))
}

#[test]
fn a_server_gets_what_is_asked_and_its_answer_is_looked_at() {
    let Some((server, port)) = peer() else { return };
    let text = format!(
        "http GET http://127.0.0.1:{port}/a?b=c#d\n\
         expect status 200\n\
         expect header server /^BaseHTTP\\/(?<version>[0-9.]+)/\n\
         expect header \"Content-Length\" \"6\"\n\
         expect body /(?<word>h.l)/\n\
         expect body exactly \"hello\\n\"\n\
         expect exactly \"hello\\n\"\n\
         expect eof\n\
         print \"$word ${{$http1.header.content_length + 1}}\"\n\
         http POST http://127.0.0.1:{port}/ body=\"some\" header=\"X-Test: 1\" as second\n\
         expect body \"hello\"\n\
         http HEAD http://127.0.0.1:{port}/missing as third\n\
         expect status /^4/\n\
         expect eof\n\
         assert $third.status == 404 and $second.status == 200 and $third.header.x == \"\"\n"
    );
    let expected = "hel 7\n";
    script(&text).output().code(0).stderr("").stdout(expected);
    server.wait_out("GET /a?b=c - -\nPOST / 1 some\nHEAD /missing - -\n");
}

#[test]
fn the_head_of_a_request_is_exact() {
    let door = Door::open();
    let line =
        format!("http PUT http://localhost:{}/x?y ip=4 header=Accept:text/html header=accept:*/*;q=0.1", door.port);
    let run = nsh(&line).arg("body=\"é\"").start();
    let mut server = door.accept();
    server.hears(format!(
        "PUT /x?y HTTP/1.1\r\nhost: localhost:{}\r\nuser-agent: nsh/{}\r\naccept: text/html\r\naccept: */*;q=0.1\r\n\
         connection: close\r\ncontent-length: 2\r\n\r\né",
        door.port,
        env!("CARGO_PKG_VERSION")
    ));
    server.send("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\n\0\x1b\r\n0\r\n\r\n");
    run.end().code(0).stdout("abc\0\x1b").stderr("");
}

#[test]
fn the_conversation_is_told() {
    let text =
        answering("HTTP/1.1 200 Fine\r\nX-Bad: a\tb\u{fffd}\r\nContent-Length: 2\r\n\r\nhi") + "http GET $srv/x\n";
    let output = nsh("run lab.nsh").file("lab.nsh", text).output();
    output.code(0).harmless();
    output.complains("→ GET /x HTTP/1.1\n→   host: ").complains("\nhttp1 ← HTTP/1.1 200 Fine\nhttp1 ←   x-bad: a");
    output.complains("\nhttp1 ← 2 B  hi\nhttp1 HTTP/1.1 200 Fine: 2 B in ");
}

#[test]
fn what_does_not_hold_says_what_there_is() {
    let start = answering("HTTP/1.1 404 Not Found\r\nA: 1\r\nContent-Length: 3\r\n\r\nabc") + "http GET $srv\n";
    for (expectation, words) in [
        ("expect status 200", "the answer is `HTTP/1.1 404 Not Found`"),
        ("expect header a \"2\"", "`a` is \"1\""),
        ("expect header b", "there is no `b`: there are a, content-length"),
        ("expect body \"x\"", "unread: 3 B  abc"),
        ("expect body exactly \"abd\"", "expected 3 B, received 3 B that differ at byte 2"),
        ("expect status 200 or status 500", "the answer is `HTTP/1.1 404 Not Found`"),
    ] {
        script(&format!("{start}{expectation} within 1s\n")).output().code(3).complains(words);
    }
    for expectation in ["expect not status 200", "expect status 200 or header a", "expect not body \"x\" within 1ms"] {
        script(&format!("{start}{expectation}\n")).output().code(0);
    }
    let none = script("listen tcp 0 as srv\nconnect $srv\nexpect status 200").output();
    none.code(2).complains("`tcp1` holds no message of HTTP");
}

#[test]
fn redirects_are_followed_when_that_is_asked_for() {
    let server = "listen tcp 0 as srv {\n\
         on line {\n\
         if $line ~ /^(?<what>[A-Z]+ [^ ]*) / { let asked = $what }\n\
         if $line ~ /^authorization/ { let asked = $asked + \" me\" }\n\
         if $line == \"\" {\n\
         print $asked\n\
         if $asked starts \"POST /a\" { send \"HTTP/1.1 302 Found\\r\\nLocation: ../b/./c?d\\r\\nContent-Length: 0\\r\\n\\r\\n\" }\n\
         if $asked starts \"GET /b/c?d\" { send \"HTTP/1.1 307 Temporary Redirect\\r\\nLocation: http://localhost:${srv.port}/e\\r\\nContent-Length: 0\\r\\n\\r\\n\" }\n\
         if $asked starts \"GET /e\" { send \"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nend\" }\n\
         }\n\
         }\n\
         }\n";
    let server = server.replace("${srv.port}", "$srv.port");
    let ask = "http POST http://127.0.0.1:$srv.port/a/x body=\"b\" header=\"Authorization: secret\"";
    script(&format!("{server}{ask} redirects=2\nexpect body exactly \"end\""))
        .output()
        .code(0)
        .stdout("POST /a/x me\nGET /b/c?d me\nGET /e\n");
    script(&format!("{server}{ask}\nexpect status 302")).output().code(0);
    script(&format!("{server}{ask} redirects=1")).output().code(1).complains("more than 1 redirects");
}

#[test]
fn a_server_that_breaks_off_is_an_error() {
    for (answer, reason) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "closed before the answer was complete"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", "closed before the answer was complete"),
        ("garbage\r\n\r\n", "no answer in HTTP/1: invalid HTTP version parsed"),
        ("", "closed before the answer was complete"),
    ] {
        let text = format!(
            "listen tcp 0 as srv {{\n    on line {{ if $line == \"\" {{ send {answer:?}; close }} }}\n}}\nhttp GET $srv\n"
        );
        script(&text).output().code(1).complains(reason);
    }
    let port = Door::closed_port();
    let refused = nsh(&format!("http GET http://127.0.0.1:{port}/")).output();
    refused.code(1).complains(&format!("connection refused by tcp 127.0.0.1:{port}"));
    let silent = script("listen tcp 0 as srv\nhttp GET $srv within 50ms").output();
    silent.code(1).complains("within 50 ms (timed out)");
}

#[test]
fn an_endless_answer_is_kept_in_bounds_and_can_be_taken() {
    let text = "listen tcp 0 as srv {\n    on line { if $line == \"\" {\n        send \"HTTP/1.1 200 OK\\r\\n\\r\\n\"\n        \
                while true { send repeated(\"x\", 65536) }\n    } }\n}\n\
                set buffer 256k\nhttp GET $srv\nrecv 1000000 bytes as some\nassert len($some) == 1000000\nclose\n";
    let output = script(text).output();
    output.code(0);
}

#[test]
fn content_that_goes_on_is_expected_as_it_comes() {
    let text = "listen tcp 0 as srv {\n    on line {\n        if $line == \"\" { send \"HTTP/1.1 200 OK\\r\\n\\r\\ndata: 1\\n\\n\" }\n    }\n}\n\
                http GET $srv wait=no as events\n\
                expect line \"data: 1\"\nsrv.1: sendln \"data: 2\"\nevents: expect line \"data: 2\"\n";
    script(text).output().code(0).stderr("");
}

#[test]
fn certificates_are_verified() {
    let Some(openssl) = foreign("openssl") else { return };
    let openssl = openssl.words("s_server -accept 127.0.0.1:0 -cert me.pem -key me.key -www");
    let Some(openssl) = with_certificate(openssl, "me", "localhost") else { return };
    let openssl = openssl.typed().start();
    let port: u16 = openssl.out_line("ACCEPT 127.0.0.1:").parse().expect("a port");
    let ask =
        |more: &str| nsh(&format!("http GET https://localhost:{port}/ ip=4 {more}")).in_folder_of(&openssl).output();
    ask("").code(1).complains("nobody that we trust vouches for its certificate");
    ask("trust=me.pem").code(0).says("Ciphers supported in s_server binary");
    ask("insecure=yes").code(0).says("TLSv1.3");
    ask("insecure=yes version=2").code(1);
    let misplaced = nsh("http GET http://localhost/ insecure=yes").output();
    misplaced.code(2).complains("`insecure`");
}

#[test]
fn words_that_make_no_sense_are_said_at_their_place() {
    for (line, words) in [
        ("http GET localhost:80/", "expected a URL, as in `http://localhost:8080/`"),
        ("http GET ws://localhost/", "expected `http://` or `https://`"),
        ("http GRAB http://localhost/", "expected `GET`"),
        ("http GET http://localhost/ header=\"nothing\"", "expected `NAME: VALUE`"),
        ("http GET http://localhost/ header=\"a: b\\r\\nc: d\"", "a header's value has no line ends"),
        ("listen udp 0 as srv\nhttp GET $srv", "`srv` does not listen on tcp or tls"),
    ] {
        script(line).output().code(2).complains(words);
    }
}

#[test]
fn secrets_are_told_to_the_server_alone() {
    let text = answering("HTTP/1.1 200 OK\r\nX: hidden\r\nContent-Length: 2\r\n\r\nhi")
        + "let token = \"hidden\"\nsecret token\nhttp GET $srv header=\"Authorization: $token\"\n";
    let output = nsh("run lab.nsh").file("lab.nsh", text).output();
    output.code(0).complains("authorization: ***").complains("x: ***");
    assert!(!output.err().contains("hidden"), "{}", output.err());
}
