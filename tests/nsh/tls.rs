//! TLS against the programs people use, against garbage, and what the shell keeps for it.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Nsh, Process, Talk, foreign, nsh, program, python, script, with_certificate};

/// The certificate of the local authority, in the folder of a test.
const AUTHORITY: &str = ".home/data/nsh/authority/certificate.pem";

fn server(words: &str) -> (Process, u16) {
    let server = nsh(&format!("listen tls 127.0.0.1:0 {words}")).start();
    let port = server.told_port();
    (server, port)
}

fn client(of: &Process, port: u16, more: &str) -> Nsh {
    nsh(&format!("connect tls 127.0.0.1 {port} {more}")).in_folder_of(of)
}

/// It still serves.
#[track_caller]
fn serves(server: &Process, port: u16) {
    client(server, port, "").stdin("abc\n").output().code(0).stdout("abc\n");
}

#[test]
fn openssl_is_served_and_verifies_us() {
    let (server, port) = server("reply \"banner\\n\"");
    for version in ["-tls1_2", "-tls1_3"] {
        let Some(openssl) = foreign("openssl") else { return };
        let run = openssl
            .words(&format!("s_client -quiet -verify_return_error -verify_hostname localhost {version}"))
            .words(&format!("-CAfile {AUTHORITY} -connect 127.0.0.1:{port}"))
            .in_folder_of(&server)
            .typed()
            .start();
        run.wait_out("banner\n");
        run.end_input();
    }
}

#[test]
fn openssl_serves_us() {
    for version in ["-tls1_2", "-tls1_3"] {
        let Some(openssl) = foreign("openssl") else { return };
        let openssl = openssl.words(&format!("s_server -accept 127.0.0.1:0 {version} -cert me.pem -key me.key -rev"));
        let Some(openssl) = with_certificate(openssl, "me", "localhost") else { return };
        let openssl = openssl.typed().start();
        let port: u16 = openssl.out_line("ACCEPT 127.0.0.1:").parse().expect("a port");
        let text =
            format!("connect tls localhost {port} trust=me.pem as a\nsendln \"abc\"\nexpect \"cba\"\nprint $a.tls");
        let run = script(&text).in_folder_of(&openssl);
        let run = run.file("lab.nsh", &text).output();
        run.code(0).stdout(if version == "-tls1_2" { "1.2\n" } else { "1.3\n" });
    }
}

#[test]
fn curl_and_ncat_are_served() {
    let server = nsh("listen tls 127.0.0.1:0 reply").arg("HTTP/1.0 200 OK\r\n\r\nhello\n").start();
    let port = server.told_port();
    if let Some(curl) = foreign("curl") {
        let run = curl.words(&format!("-sS --cacert {AUTHORITY} https://localhost:{port}/")).in_folder_of(&server);
        run.output().code(0).stdout("hello\n");
    }
    if let Some(ncat) = foreign("ncat") {
        let run = ncat.words(&format!("--ssl-verify --ssl-trustfile {AUTHORITY} localhost {port}"));
        run.in_folder_of(&server).typed().start().wait_out("hello\n");
    }
}

#[test]
fn ncat_serves_us() {
    let Some(ncat) = foreign("ncat") else { return };
    let Some(ncat) = with_certificate(ncat, "me", "localhost") else { return };
    let ncat = ncat.words("--ssl --ssl-cert me.pem --ssl-key me.key -l 127.0.0.1 0").typed().start();
    let port = ncat.tcp_port();
    let run = nsh(&format!("connect tls localhost {port} trust=me.pem")).in_folder_of(&ncat).typed().start();
    run.type_in("to ncat\n");
    ncat.wait_out("to ncat\n").type_in("from ncat\n");
    run.wait_out("from ncat\n");
}

#[test]
fn a_stream_without_its_end_is_an_error() {
    let Some(peer) = python("tls_server.py", "me.pem me.key truncate") else { return };
    let Some(peer) = with_certificate(peer, "me", "localhost") else { return };
    let peer = peer.start();
    let port = peer.out_line("port ");
    let run = nsh(&format!("connect tls localhost {port} trust=me.pem")).in_folder_of(&peer).typed().start().end();
    run.code(1).stdout("abc").complains("ended without close_notify");
}

/// A record of TLS (RFC 8446, 5.1).
fn record(kind: u8, version: [u8; 2], length: u16, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &version, &length.to_be_bytes(), body].concat()
}

/// A `ClientHello` without extensions that offers no version after this one.
fn hello(version: [u8; 2]) -> Vec<u8> {
    let body = [&version[..], &[7; 32], &[0, 0, 2, 0x00, 0x2f, 1, 0]].concat();
    let length = u8::try_from(body.len()).expect("it is short");
    let message = [&[1, 0, 0, length][..], &body].concat();
    record(22, version, u16::try_from(message.len()).expect("it is short"), &message)
}

#[test]
fn what_is_no_tls_gets_an_alert_and_harms_nobody() {
    let (server, port) = server("echo");
    let (decode_error, handshake_failure) = (50, 40);
    for (sent, alert) in [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), decode_error),
        (crate::support::noise(64), decode_error),
        (hello([3, 0]), handshake_failure),
        (hello([3, 1]), handshake_failure),
        (record(22, [3, 1], 0xffff, &[0; 100]), decode_error),
        (record(22, [3, 1], 0, &[]), decode_error),
    ] {
        let mut peer = Talk::to(port);
        let answer = peer.send(&sent).all();
        let fatal = [21, 3, 3, 0, 2, 2];
        assert!(answer.starts_with(&fatal), "{answer:?} to {sent:?}");
        assert_eq!(answer[6..], [alert], "to {sent:?}");
    }
    serves(&server, port);
}

#[test]
fn a_stalled_handshake_blocks_nobody_and_ends_in_time() {
    let server = nsh("listen tls 127.0.0.1:0 echo handshake=500ms").start();
    let port = server.told_port();
    let mut stalled = Talk::to(port);
    stalled.send([22, 3, 1]);
    server.wait_err("failed: the handshake did not end within 500 ms (timed out)");
    assert_eq!(stalled.rest(), b"");
    let server = nsh("listen tls 127.0.0.1:0 echo").start();
    let port = server.told_port();
    let _stalled: Vec<Talk> = (0..50).map(|_| Talk::to(port)).collect();
    serves(&server, port);
}

#[test]
fn a_connect_that_finds_no_tls_says_so() {
    let server = nsh("listen tcp 127.0.0.1:0 reply").arg("220 plain\r\n").start();
    let port = server.told_port();
    let run = nsh(&format!("-v connect tls 127.0.0.1 {port}")).output();
    run.code(1).stdout("").complains("what it sent is no TLS").complains("`connect tcp` talks to it in the clear");
}

#[test]
fn the_authority_is_kept_for_its_owner_alone_and_shared() {
    let (first, port) = server("echo");
    let second = nsh("listen tls 127.0.0.1:0 echo").in_folder_of(&first).start();
    for (server, port) in [(&first, port), (&second, second.told_port())] {
        serves(server, port);
    }
    let folder = first.shared_folder();
    for (name, mode) in [("", 0o700), ("certificate.pem", 0o600), ("key.pem", 0o600)] {
        let path = folder.path().join(".home/data/nsh/authority").join(name);
        assert_eq!(path.metadata().expect("it is kept").permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn many_shells_at_the_same_time_agree_on_one_authority() {
    let first = nsh("listen tls 127.0.0.1:0 echo");
    let folder = first.folder();
    let first = first.start();
    let mut servers: Vec<Process> =
        (0..7).map(|_| nsh("listen tls 127.0.0.1:0 echo").in_folder_of(&first).start()).collect();
    servers.push(first);
    for server in &servers {
        serves(server, server.told_port());
    }
    let kept = std::fs::read_dir(folder.path().join(".home/data/nsh")).expect("it is there");
    let names: Vec<_> = kept.map(|entry| entry.expect("it is readable").file_name()).collect();
    assert_eq!(names, ["authority"], "no draft is left");
}

#[test]
fn the_local_authority_vouches_for_nobody_elsewhere() {
    // Another home has another authority.
    let (server, port) = server("echo");
    let run = nsh("-c").arg(format!("listen tls 0 echo as own; connect tls 127.0.0.1 {port}")).output();
    run.code(1).complains("nobody that we trust vouches for its certificate");
    drop(server);
}

#[test]
fn what_was_agreed_on_is_told_and_can_be_asked() {
    let text = "listen tls 0 echo as srv alpn=h2,http/1.1\n\
                connect tls localhost $srv.port alpn=http/1.1 as a\n\
                sendln \"x\"\nexpect \"x\"\n\
                assert $a.tls == \"1.3\"\nassert $a.alpn == \"http/1.1\"\nassert $srv.1.alpn == $a.alpn\n\
                assert $a.sha256 == $srv.sha256\nassert $srv.1.sni == \"localhost\"\n\
                print \"$a.trust, $a.subject\"\n";
    let run = script(text).output();
    run.code(0).stdout("trusted by the local authority, O=nsh, CN=localhost\n");
}

#[test]
fn a_relay_takes_tls_off_and_puts_it_on() {
    let text = "listen tcp 0 upper as plain\n\
                relay tls 0 -> 127.0.0.1:$plain.port as off\n\
                relay 0 -> tls:127.0.0.1:$off.port as on\n\
                connect $on\nsend \"abc\"\nexpect \"ABC\"\ninfo on.1\nshutdown\nexpect eof\n";
    script(text).output().code(0).says("path up        copy (a transport encrypts or frames the bytes)");
}

#[test]
fn options_stand_where_they_belong() {
    nsh("connect tcp localhost 1 pin=x").output().code(2).complains("`pin` is an option of tls and wss, not of tcp");
    nsh("-c")
        .arg("let port = 1; connect $port insecure=yes")
        .output()
        .code(2)
        .complains("`insecure` is an option of tls and wss");
    nsh("connect tls localhost 1 pin=x").output().code(1).complains("`x` is no pin");
    nsh("listen tls 0 key=x").output().code(1).complains("`cert` is missing");
    nsh("listen tls 0 cert=missing.pem").output().code(1).complains("missing.pem");
    nsh("listen tls 0 cert=x.pem").file("x.pem", "x").output().code(1).complains("`x.pem` holds no certificate in PEM");
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let Some(run) = with_certificate(nsh("listen tls 0 cert=a.pem key=b.key"), "a", "a") else { return };
    let Some(run) = with_certificate(run, "b", "b") else { return };
    run.output().code(1).complains("the key in `b.key` is not that of the certificate in `a.pem`");
}

#[test]
fn a_statement_names_a_file_for_the_secrets_of_its_connection() {
    let (server, port) = server("echo");
    client(&server, port, "sslkeylog=keys").stdin("abc\n").output().code(0).stdout("abc\n");
    let folder = server.shared_folder();
    let log = String::from_utf8(folder.read("keys")).expect("it is text");
    assert!(log.contains("CLIENT_TRAFFIC_SECRET_0 "), "{log}");
    let path = folder.path().join("keys");
    assert_eq!(path.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn bulk_passes_a_program_of_others() {
    if program("openssl").is_none() {
        return;
    }
    let data = crate::support::noise(8 * 1024 * 1024);
    let (server, port) = server("echo");
    let run = client(&server, port, "").stdin(&data).output();
    run.code(0);
    assert!(run.stdout == data);
}
