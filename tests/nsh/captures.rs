//! Captures: the packets that are made of a run, as tshark reads them.

use super::support::{foreign, nsh};

/// What tshark says of the packets that `script` exchanges, when it checks all checksums; `None` without it.
#[track_caller]
fn dissected(script: &str, options: &str) -> Option<String> {
    let tshark = foreign("tshark")?;
    let command =
        nsh("-qq --pcap run.pcapng run lab.nsh").file("lab.nsh", script).file("page.html", "<h1>hills</h1>\n");
    let folder = command.folder();
    command.output().code(0).stderr("");
    let checked = "-r run.pcapng -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE";
    let output = tshark.file("run.pcapng", folder.read("run.pcapng")).words(checked).words(options).output();
    Some(output.code(0).out())
}

/// A connection with its half-close: the handshake, what either side sent once, and both ends.
const ECHO: &str = "listen tcp 0 echo as srv\nconnect 127.0.0.1 $srv.port as a\na: send \"hello\"\na: expect \"hello\"\n\
                    a: shutdown\na: expect eof\n";

#[test]
fn a_connection_is_packets_from_its_handshake_to_its_end() {
    let options = "-T fields -e tcp.flags.str -e tcp.seq -e tcp.ack -e tcp.len -e frame.comment";
    let Some(text) = dissected(ECHO, options) else { return };
    // Whichever end is told of first introduces itself.
    let (first, rest) = text.split_once('\n').expect("there are packets");
    let (first, name) = first.rsplit_once('\t').expect("there is a comment");
    assert!(name.starts_with("session a, tcp") || name.starts_with("session srv.1, tcp"), "{name}");
    assert_eq!(first, "··········S·\t0\t0\t0");
    let expected = "\
·······A··S·\t0\t1\t0\t
·······A····\t1\t1\t0\t
·······AP···\t1\t1\t5\tlab.nsh:3: a: send \"hello\"
·······A····\t1\t6\t0\t
·······AP···\t1\t6\t5\t
·······A····\t6\t6\t0\t
·······A···F\t6\t6\t0\t
·······A····\t6\t7\t0\t
·······A···F\t6\t7\t0\t
·······A····\t7\t7\t0\t
";
    assert_eq!(rest, expected);
}

#[test]
fn protocols_are_recognised() {
    let script = r#"listen udp 0 as u
connect udp $u as d
d: send x"12 34 01 00 00 01 00 00 00 00 00 00 07 65 78 61 6d 70 6c 65 03 63 6f 6d 00 00 01 00 01"
u: expect "example"
listen ws 0 echo as w
connect $w as c
c: send "bonjour"
c: expect "bonjour"
c: send x"00 ff"
c: expect x"00 ff"
serve http . 0 as web
http GET http://localhost:$web.port/page.html as g
g: expect body "hills"
"#;
    let options = "-T fields -e dns.qry.name -e websocket.payload.text -e websocket.opcode -e http.request.uri \
                   -e http.response.code -e http.content_type -Y dns||http||websocket";
    let Some(text) = dissected(script, options) else { return };
    let rows: Vec<Vec<&str>> =
        text.lines().map(|line| line.split('\t').filter(|cell| !cell.is_empty()).collect()).collect();
    let expected: [&[&str]; 9] = [
        &["example.com"],
        &["/"],
        &["101"],
        &["bonjour", "1"],
        &["bonjour", "1"],
        &["2"],
        &["2"],
        &["/page.html"],
        &["200", "text/html; charset=utf-8"],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn nothing_is_wrong_with_any_packet() {
    let script = r#"listen tcp [::1]:0 discard as big
connect tcp [::1] $big.port as six
repeat 2 { six: send repeated("0123456789", 10000) }
six: shutdown
six: expect eof
listen tls 0 echo as safe
connect $safe as t
t: send "secret"
t: expect "secret"
listen udp 0 echo as u
connect udp $u as d
d: send repeated("d", 60000)
d: expect "ddd"
d: send ""
"#;
    let Some(wrong) = dissected(script, "-Y _ws.malformed||_ws.expert.severity>=warning") else { return };
    assert_eq!(wrong, "");
    let Some(lengths) = dissected(script, "-T fields -e tcp.len -e udp.length -Y tcp.len>1000||udp.length>1000") else {
        return;
    };
    let lengths: Vec<&str> = lengths.split_whitespace().collect();
    assert_eq!(lengths, ["65475", "34525", "65475", "34525", "60008", "60008"]);
}

#[test]
fn a_plain_program_outside_is_the_other_end() {
    let Some(client) = foreign("ncat") else { return };
    let Some(tshark) = foreign("tshark") else { return };
    let server = nsh("-v --pcap run.pcapng listen tcp 127.0.0.1:0 echo").start();
    let port = server.tcp_port();
    client.words(&format!("127.0.0.1 {port}")).stdin("outside\n").output().code(0).stdout("outside\n");
    server.wait_err("closed");
    let folder = server.shared_folder();
    server.stop().code(143);
    let options = "-r run.pcapng -T fields -e tcp.payload -Y tcp.len>0";
    let output = tshark.file("run.pcapng", folder.read("run.pcapng")).words(options).output();
    assert_eq!(output.code(0).out(), "6f7574736964650a\n6f7574736964650a\n");
}
