//! Secrets of TLS connections: where they are kept on request, and nowhere else.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use super::support::{Folder, Process, foreign, nsh, script};

/// A conversation over TLS with both ends in the run.
const LAB: &str = "log plain.log\nlisten tls 0 echo as srv\nconnect tls localhost $srv.port as a\na: send \"hello\"\n\
                   a: expect \"hello\"\ninfo srv\ninfo a\n";

/// What TLS 1.3 has secrets for (RFC 9850).
const LABELS: [&str; 5] = [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "EXPORTER_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_TRAFFIC_SECRET_0",
];

/// The type of each block of a capture, with its body.
fn blocks(capture: &[u8]) -> Vec<(u32, &[u8])> {
    let number = |at: usize| u32::from_le_bytes(capture[at..at + 4].try_into().expect("four bytes"));
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < capture.len() {
        let length = number(at + 4) as usize;
        assert!(length.is_multiple_of(4) && number(at + length - 4) as usize == length, "the block at {at}");
        blocks.push((number(at), &capture[at + 8..at + length - 4]));
        at += length;
    }
    blocks
}

/// The lines that the blocks of secrets hold.
fn lines_of_capture(capture: &[u8]) -> Vec<String> {
    let bodies = blocks(capture).into_iter().filter(|(kind, _)| *kind == 10).map(|(_, body)| body);
    let line = |body: &[u8]| {
        assert_eq!(&body[..4], b"KSLT");
        let length = u32::from_le_bytes(body[4..8].try_into().expect("four bytes")) as usize;
        let (line, padding) = body[8..].split_at(length);
        assert!(padding.len() < 4 && padding.iter().all(|byte| *byte == 0), "{padding:?}");
        String::from_utf8(line.to_vec()).expect("text").strip_suffix('\n').expect("a whole line").to_owned()
    };
    bodies.map(line).collect()
}

/// The lines that a log holds.
fn lines_of_log(log: &[u8]) -> Vec<String> {
    let text = String::from_utf8(log.to_vec()).expect("text");
    let events = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    events.filter_map(|line| Some(line["event"]["tls-secret"].as_str()?.to_owned())).collect()
}

fn lines_of_file(file: &[u8]) -> Vec<String> {
    String::from_utf8(file.to_vec()).expect("text").lines().map(str::to_owned).collect()
}

fn set(lines: &[String]) -> BTreeSet<&str> {
    lines.iter().map(String::as_str).collect()
}

fn mode(folder: &Folder, name: &str) -> u32 {
    folder.path().join(name).metadata().expect("it is there").permissions().mode() & 0o777
}

/// What a line says: what the secret is, whose connection it is for, and the secret.
#[track_caller]
fn parts(line: &str) -> (&str, &str, &str) {
    let mut words = line.split(' ');
    let parts = [words.next(), words.next(), words.next()].map(|word| word.expect("three words"));
    (parts[0], parts[1], parts[2])
}

#[test]
fn logs_and_captures_hold_them_on_request_and_nothing_else_does() {
    let files = "--log run.nshlog --pcap run.pcapng --report run.html --report run.json --report run.md";
    let command = nsh(&format!("-vv --tls-secrets {files} run lab.nsh")).file("lab.nsh", LAB);
    let folder = command.folder();
    let output = command.output();
    output.code(0);
    let (log, capture) = (folder.read("run.nshlog"), folder.read("run.pcapng"));
    let lines = lines_of_capture(&capture);
    let labels: BTreeSet<&str> = lines.iter().map(|line| parts(line).0).collect();
    assert_eq!((lines.len(), labels), (5, LABELS.into()));
    let logged = lines_of_log(&log);
    // Both ends tell.
    assert_eq!((logged.len(), set(&logged)), (10, set(&lines)));
    let kinds: Vec<u32> = blocks(&capture).iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds[..8], [0x0a0d_0d0a, 1, 10, 10, 10, 10, 10, 6]);
    if let Some(capinfos) = foreign("capinfos") {
        let output = capinfos.file("run.pcapng", &capture).words("run.pcapng").output();
        output.code(0).says("Number of decryption secrets in file: 5");
    }
    for (name, told) in [("output", output.out()), ("messages", output.err())].into_iter().chain(
        ["plain.log", "run.html", "run.json", "run.md"]
            .map(|name| (name, String::from_utf8(folder.read(name)).expect("text"))),
    ) {
        for line in &lines {
            let (_, random, secret) = parts(line);
            assert!(!told.contains(random) && !told.contains(secret), "{name}: {told}");
        }
    }
    for name in ["run.nshlog", "run.pcapng"] {
        assert_eq!(mode(&folder, name), 0o600, "{name}");
    }
    nsh("report run.nshlog later.pcapng later.html").in_folder(&folder).output().code(0).stderr("");
    assert!(folder.read("later.pcapng") == capture);
    assert_eq!(mode(&folder, "later.pcapng"), 0o600);
    let later = String::from_utf8(folder.read("later.html")).expect("text");
    assert!(lines.iter().all(|line| !later.contains(parts(line).2)));
    let cast = nsh("record run.nshlog -o run.cast -o run.txt").in_folder(&folder);
    cast.output().code(0);
    for name in ["run.cast", "run.txt"] {
        let told = String::from_utf8(folder.read(name)).expect("text");
        assert!(lines.iter().all(|line| !told.contains(parts(line).1)), "{name}");
    }
}

#[test]
fn nothing_is_kept_without_being_asked_for() {
    let command = nsh("-qq --log run.nshlog --pcap run.pcapng run lab.nsh").file("lab.nsh", LAB);
    let folder = command.folder();
    command.output().code(0);
    assert_eq!(lines_of_log(&folder.read("run.nshlog")), [""; 0]);
    assert_eq!(lines_of_capture(&folder.read("run.pcapng")), [""; 0]);
    assert!(blocks(&folder.read("run.pcapng")).len() > 2, "there are packets");
}

/// The lines of openssl's own key log, when it has talked by that version of TLS; `None` without it.
#[track_caller]
fn openssl(server: &Process, port: u16, version: &str) -> Option<Vec<String>> {
    let words = format!("s_client -quiet {version} -keylogfile theirs{version} -connect 127.0.0.1:{port}");
    let run = foreign("openssl")?.words(&words).in_folder_of(server).typed().start();
    run.type_in("hello\n").wait_out("hello\n");
    run.stop();
    let lines = lines_of_file(&server.folder().read(&format!("theirs{version}")));
    Some(lines.into_iter().filter(|line| !line.starts_with('#')).collect())
}

#[test]
fn they_are_those_that_openssl_tells() {
    for (version, count) in [("-tls1_2", 1), ("-tls1_3", 5)] {
        let server = nsh("-v --tls-secrets --log run.nshlog listen tls 127.0.0.1:0 echo").start();
        let Some(theirs) = openssl(&server, server.told_port(), version) else { return };
        let folder = server.shared_folder();
        server.stop().code(143);
        let ours = lines_of_log(&folder.read("run.nshlog"));
        assert_eq!((ours.len(), set(&ours)), (count, set(&theirs)), "{version}");
    }
}

#[test]
fn with_them_tshark_deciphers_what_a_relay_passed_on() {
    for version in ["1.2", "1.3"] {
        let text = "serve https . 0 as web\nrelay 0 -> 127.0.0.1:$web.port as mid\nprint \"port $mid.port\"\n\
                    wait web closed\n";
        let run = nsh("-qq --tls-secrets --pcap run.pcapng run lab.nsh").file("lab.nsh", text).start();
        let port = run.out_line("port ");
        let Some(curl) = foreign("curl") else { return };
        let curl = curl.words(&format!("-sk --http1.1 --tlsv{version} --tls-max {version} https://127.0.0.1:{port}/"));
        assert_eq!(curl.arg("-o").arg("/dev/null").arg("-w").arg("%{http_code}").output().code(0).out(), "200");
        let folder = run.shared_folder();
        run.stop().code(143);
        let Some(tshark) = foreign("tshark") else { return };
        let only =
            format!("-r run.pcapng -o tls.keylog_file:keys -d tcp.port=={port},tls -Y tls&&http&&tcp.port=={port}");
        let fields = "-T fields -E separator=, -e http.request.uri -e http.response.code";
        // The relay's packets have begun before there is a secret, so that tshark is given them apart.
        let capture = folder.read("run.pcapng");
        let tshark = tshark.file("keys", lines_of_capture(&capture).join("\n") + "\n");
        let output = tshark.file("run.pcapng", capture).words(&only).words(fields).output();
        assert_eq!(output.code(0).out(), "/,\n,200\n", "{version}");
    }
}

#[test]
fn the_environment_names_a_file_for_every_connection() {
    let text = r#"listen tls 0 echo as srv
listen socks5 0 as proxy
connect tls localhost $srv.port via="socks5://127.0.0.1:$proxy.port" insecure=yes as a
a: send "a"
a: expect "a"
listen wss 0 echo as w
connect $w as b
b: send "b"
b: expect "b"
serve https . 0 as web
http GET https://localhost:$web.port/ as g
expect status 200
relay 0 -> tls:127.0.0.1:$srv.port as mid
connect $mid as c
c: send "c"
c: expect "c"
connect tls localhost $srv.port sslkeylog=own as d
d: send "d"
d: expect "d"
"#;
    let command = script(text).variable("SSLKEYLOGFILE", "keys").file("keys", "# there before\n");
    let folder = command.folder();
    command.output().code(0);
    let (keys, own) = (lines_of_file(&folder.read("keys")), lines_of_file(&folder.read("own")));
    assert_eq!(keys[0], "# there before");
    let told = |random: &str| keys[1..].iter().filter(|line| parts(line).1 == random).count();
    let randoms: BTreeSet<&str> = keys[1..].iter().map(|line| parts(line).1).collect();
    let apart = parts(&own[0]).1;
    let counts: Vec<usize> = randoms.iter().filter(|random| **random != apart).map(|random| told(random)).collect();
    // Five secrets each, told by both ends; the one with a file of its own is there by its listener alone.
    assert_eq!((counts, told(apart), own.len()), (vec![10; 4], 5, 5));
}

#[test]
fn the_file_of_the_environment_is_its_owners_and_no_condition() {
    let conversation = LAB.replace("log plain.log\n", "");
    let command = script(&conversation).variable("SSLKEYLOGFILE", "keys");
    let folder = command.folder();
    command.output().code(0);
    assert_eq!((lines_of_file(&folder.read("keys")).len(), mode(&folder, "keys")), (10, 0o600));
    for path in ["", "missing/keys", "."] {
        script(&conversation).variable("SSLKEYLOGFILE", path).output().code(0);
    }
    let command = script("print 1\n").variable("SSLKEYLOGFILE", "keys");
    let folder = command.folder();
    command.output().code(0);
    assert!(!folder.has("keys"), "without a secret there is no file");
}
