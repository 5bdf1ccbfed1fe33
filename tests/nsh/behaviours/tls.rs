//! Section 11: TLS, and the TLS halves of C1, C7, D1 and H5.

use super::listening;
use crate::support::{Nsh, Process, Talk, nsh, python, until, with_certificate};

/// L over TLS on a free port.
fn listener(more: &str) -> Nsh {
    nsh(&format!("listen tls 127.0.0.1:0 {more}"))
}

/// C over TLS, which shares its home with the listener.
fn client(of: &Process, port: u16, more: &str) -> Nsh {
    nsh(&format!("connect tls 127.0.0.1 {port} {more}")).in_folder_of(of)
}

/// A Python TLS server with a certificate for `localhost`, which is `cert.pem` in its folder, and its port.
fn peer(mode: &str) -> Option<(Process, u16)> {
    let peer = python("tls_server.py", &format!("cert.pem cert.key {mode}"))?;
    let peer = with_certificate(peer, "cert", "localhost")?.start();
    let port = peer.out_line("port ").parse().expect("a port");
    Some((peer, port))
}

#[test]
fn k1_bytes_pass_both_ways() {
    let (server, port) = listening(listener("").stdin("from the server\n"));
    client(&server, port, "").stdin("from the client\n").output().code(0).stdout("from the server\n").stderr("");
    server.end().code(0).stdout("from the client\n");
}

#[test]
fn k4_the_right_name_and_a_trusted_certificate() {
    let Some((peer, port)) = peer("count") else { return };
    let run = nsh(&format!("connect tls localhost {port} trust=cert.pem")).in_folder_of(&peer);
    run.stdin("abc\n").output().code(0);
    peer.end().code(0).says("bytes 4\n");
}

#[test]
fn k4_a_wrong_name() {
    let Some((peer, port)) = peer("count") else { return };
    let run = nsh(&format!("connect tls localhost {port} trust=cert.pem name=example.org")).in_folder_of(&peer);
    let run = run.stdin("abc\n").output();
    run.code(1).stdout("").complains("its certificate is not for `example.org` but for localhost");
    run.complains("sha256:").complains("CN=localhost");
    peer.end().code(0).says("bytes 0: SSLError");
}

#[test]
fn k4_an_unknown_certificate() {
    let Some((peer, port)) = peer("count") else { return };
    let run = nsh(&format!("-v connect tls localhost {port}")).stdin("abc\n").output();
    run.code(1).stdout("").complains("nobody that we trust vouches for its certificate").complains("pin=sha256:");
    peer.end().code(0).says("bytes 0: SSLError");
}

#[test]
fn k5_a_listener_without_certificate_generates_one_and_tells_its_fingerprint() {
    let (server, port) = listening(listener("").stdin("abc\n"));
    let told = server.err();
    let pin = told.split_whitespace().find(|word| word.starts_with("sha256:")).expect("the fingerprint is told");
    // A home of its own: it knows no local authority.
    let run = nsh(&format!("-v connect tls 127.0.0.1 {port} pin={pin}")).output();
    run.code(0).stdout("abc\n").complains("trusted by its pin");
    server.end().code(0);
}

#[test]
fn k6_a_client_certificate_is_required() {
    let Some(listener) = with_certificate(listener("echo verify=me.pem"), "me", "alice") else { return };
    let (server, port) = listening(listener);
    client(&server, port, "").stdin("abc\n").output().code(1).stdout("").complains("certificate_required");
    server.wait_err("failed: it sent no certificate");
    let run = client(&server, port, "cert=me.pem key=me.key").stdin("abc\n").output();
    run.code(0).stdout("abc\n");
}

#[test]
fn k7_the_peer_answers_after_our_half_close() {
    let Some((peer, port)) = peer("half-close") else { return };
    let run = nsh(&format!("connect tls localhost {port} trust=cert.pem")).in_folder_of(&peer);
    run.stdin("hi\n").output().code(0).stdout("got:hi\n").stderr("");
    peer.end().code(0);
}

#[test]
fn k7_we_answer_after_the_peers_half_close() {
    let (server, port) = listening(listener("exec").arg("cat; echo late"));
    client(&server, port, "").stdin("hi\n").output().code(0).stdout("hi\nlate\n");
}

#[test]
fn c1_a_plain_listener_ends_with_a_failed_handshake() {
    let (run, port) = listening(listener(""));
    let mut peer = Talk::to(port);
    peer.send("this is no TLS\n");
    run.end().code(1).stdout("").complains("what it sent is no TLS");
}

#[test]
fn c7_a_client_that_speaks_no_tls_gives_its_place_back() {
    let (server, port) = listening(listener("echo max=1"));
    for _ in 0..5 {
        Talk::to(port).send("GET / HTTP/1.0\r\n\r\n");
    }
    until("a free place", || {
        let run = client(&server, port, "").stdin("abc\n").output();
        (run.code == 0 && run.stdout == b"abc\n").then_some(())
    });
}

#[test]
fn d1_two_people_hear_each_other() {
    let server = nsh("-v listen tls 127.0.0.1:0 chat").typed().start();
    let port = server.told_port();
    let people = [1, 2].map(|number| {
        let person = client(&server, port, "").typed().start();
        server.wait_err(format!("tls1.{number} open"));
        person
    });
    for (speaker, hearer) in [(0, 1), (1, 0)] {
        until("it is heard", || {
            people[speaker].type_in(format!("abc of {speaker}\n"));
            String::from_utf8_lossy(&people[hearer].out()).contains(&format!("abc of {speaker}\n")).then_some(())
        });
    }
}

#[test]
fn h5_idle_connections_end_on_either_side() {
    let (server, port) = listening(listener("").typed());
    client(&server, port, "idle=300ms").typed().start().end().code(1).complains("idle");
    let (server, port) = listening(listener("idle=300ms").typed());
    let run = client(&server, port, "").typed().start();
    server.end().code(1).complains("idle");
    drop(run);
}
