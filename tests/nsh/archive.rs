//! The archive: what statements have kept of a part of a run.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::support::{Folder, foreign, nsh};

/// Runs a script as `nsh record` does, which waits behind each statement, so that what it keeps is the same every time.
#[track_caller]
fn settled(script: &str) -> Arc<Folder> {
    let command = nsh("-qq record lab.nsh -o whole.txt").file("lab.nsh", script);
    let folder = command.folder();
    command.output().code(0).stderr("");
    folder
}

#[track_caller]
fn text(folder: &Folder, file: &str) -> String {
    String::from_utf8(folder.read(file)).expect("text")
}

#[test]
fn a_recording_begins_and_ends_between_statements() {
    let script = "\
listen tcp 0 echo as srv
connect $srv as old
record part.txt
old: send \"one\\n\"
connect $srv as a
a: send \"two\\n\"
if 1 == 1 {
    print \"in a block\"
}
a: close
record stop
print \"not in it\"
";
    let expected = "\
nsh old> old: send \"one\\n\"
old → 4 B  one␊
old ← 4 B  one␊
nsh old> connect $srv as a
srv.2 open from 127.0.0.1:<a>
a connected to tcp 127.0.0.1:<srv>
nsh a> a: send \"two\\n\"
a   → 4 B  two␊
a   ← 4 B  two␊
nsh a> if 1 == 1 {
... print \"in a block\"
}
in a block
nsh a> a: close
srv.2 half-closed by its peer
srv.2 closed
a closed
";
    assert_eq!(text(&settled(script), "part.txt"), expected);
}

#[test]
fn the_end_of_the_run_ends_what_is_kept() {
    let script = "record part.txt\nreport part.md\nlisten tcp 0 as srv\n";
    let folder = settled(script);
    let expected = "nsh> report part.md\nnsh> listen tcp 0 as srv\nsrv listening on tcp 127.0.0.1:<srv>\n";
    assert_eq!(text(&folder, "part.txt"), expected);
    assert!(text(&folder, "part.md").starts_with("# Report: lab.nsh – held\n"));
}

#[test]
fn a_report_tells_of_its_part_alone() {
    let script = "\
listen tcp 0 echo as srv
connect $srv as a
send \"before\"
expect \"before\"
report part.json
send \"hello\"
expect \"hello\"
report stop
send \"after\"
expect \"after\"
";
    let report: serde_json::Value = serde_json::from_str(&text(&settled(script), "part.json")).expect("JSON");
    let statements: Vec<_> = report["statements"].as_array().expect("a list").iter().collect();
    let told: Vec<_> = statements.iter().map(|told| (told["text"].as_str(), told["verdict"].as_str())).collect();
    let held = Some("held");
    assert_eq!(told, [(Some("send \"hello\""), held), (Some("expect \"hello\""), held)]);
    let messages: Vec<_> = report["messages"].as_array().expect("a list").iter().collect();
    let told: Vec<_> = messages.iter().map(|told| (told["what"].as_str(), told["bytes"].as_str())).collect();
    let data = |bytes| (Some("data"), Some(bytes));
    assert_eq!(told[told.len() - 2..], [data("hello"), data("hello")]);
    assert!(told[..told.len() - 2].iter().all(|(what, _)| *what == Some("opening")), "{told:?}");
    assert_eq!(report["exit"], 0);
}

#[test]
fn a_part_has_the_exit_code_of_its_errors() {
    let script = "\
report part.json
test \"it does not hold\" {
    assert 1 == 2
}
report stop
report rest.json
let n = 0
retry 2 {
    let n = $n + 1
    assert $n == 2
}
report stop
";
    let command = nsh("-qq run lab.nsh").file("lab.nsh", script);
    let folder = command.folder();
    command.output().code(3);
    let exit = |file| serde_json::from_str::<serde_json::Value>(&text(&folder, file)).expect("JSON")["exit"].clone();
    assert_eq!((exit("part.json"), exit("rest.json")), (3.into(), 0.into()));
}

#[test]
fn a_capture_holds_the_packets_of_its_sessions() {
    if foreign("tshark").is_none() {
        return;
    }
    let script = "\
listen tcp 0 echo as one
listen tcp 0 echo as two
connect $one as a
a: send \"before\"
a: expect \"before\"
capture one one.pcapng
capture all all.pcapng
connect $two as b
b: send \"other\"
b: expect \"other\"
connect $one as c
c: send \"new\"
c: expect \"new\"
a: send \"old\"
a: expect \"old\"
assert @./all.pcapng contains \"old\" \"it is in the file at once\"
capture stop
a: send \"after\"
a: expect \"after\"
";
    let folder = settled(script);
    let captured = |file| {
        let words = "-r x.pcapng -Y tcp.len>0||tcp.flags.syn==1 -T fields -e tcp.flags.str -e tcp.payload -o \
                     tcp.check_checksum:TRUE";
        let rows = foreign("tshark")
            .expect("it is there")
            .file("x.pcapng", folder.read(file))
            .words(words)
            .output()
            .code(0)
            .out();
        let mut rows: Vec<String> = rows.lines().map(|row| row.trim_matches(['·', '\t']).to_owned()).collect();
        rows.sort();
        rows
    };
    // Each connection has a handshake, and each payload goes there and back.
    let expected = |handshakes: usize, payloads: &[&str]| {
        let payloads = payloads.iter().map(|payload| format!("AP···\t{payload}"));
        let flags = ["S", "A··S"].map(str::to_owned).into_iter().cycle().take(2 * handshakes);
        let mut rows: Vec<String> = payloads.clone().chain(payloads).chain(flags).collect();
        rows.sort();
        rows
    };
    let (new, old, other) = ("6e6577", "6f6c64", "6f74686572");
    assert_eq!(captured("one.pcapng"), expected(2, &[new, old]));
    assert_eq!(captured("all.pcapng"), expected(3, &[new, old, other]));
}

#[test]
fn a_capture_holds_secrets_where_it_is_asked_to() {
    let script = "\
listen tls 0 echo as safe
capture all with.pcapng secrets=yes
capture all without.pcapng
connect $safe as a
a: send \"x\"
a: expect \"x\"
";
    let command = nsh("-qq --log run.nshlog run lab.nsh").file("lab.nsh", script).file("with.pcapng", "an older one");
    let folder = command.folder();
    let others = Permissions::from_mode(0o644);
    fs::set_permissions(folder.path().join("with.pcapng"), others).expect("it is ours");
    command.output().code(0);
    let mode = fs::metadata(folder.path().join("with.pcapng")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let holds = |file| String::from_utf8_lossy(&folder.read(file)).contains("SERVER_TRAFFIC_SECRET_0 ");
    assert_eq!(["with.pcapng", "without.pcapng", "run.nshlog"].map(holds), [true, false, false]);
}

#[test]
fn what_opened_before_has_no_secrets() {
    let script = "\
let token = \"s3cret\"
secret token
connect exec \"cat - $token\" as a
report part.json
";
    let command = nsh("-qq run lab.nsh").file("lab.nsh", script);
    let folder = command.folder();
    command.output();
    let report = text(&folder, "part.json");
    assert!(report.contains("cat - ***") && !report.contains("s3cret"), "{report}");
}

#[test]
fn what_cannot_be_kept_is_said() {
    let refused = |script: &str, code, expected: &str| {
        nsh("-c").arg(script).output().code(code).stderr(expected);
    };
    refused(
        "record stop",
        2,
        "error: nothing is being recorded\n  --> -c:1:1\n   |\n 1 | record stop\n   | ^^^^^^^^^^^\n",
    );
    refused(
        "capture stop",
        2,
        "error: nothing is being captured\n  --> -c:1:1\n   |\n 1 | capture stop\n   | ^^^^^^^^^^^^\n",
    );
    refused(
        "record a.cast; record b.cast",
        2,
        "error: `a.cast` is still being written\n  --> -c:1:23\n   |\n 1 | record a.cast; record b.cast\n   |                       \
         ^^^^^^\n hint: `record stop` ends it\n",
    );
    refused(
        "capture all x; report ./no/x.md",
        1,
        "error: cannot write `./no/x.md`: there is no such file\n  --> -c:1:23\n   |\n 1 | capture all x; report ./no/x.md\n   \
         |                       ^^^^^^^^^\n",
    );
    refused(
        "capture all x; capture all ./x",
        2,
        "error: `x` is being written by `capture`\n  --> -c:1:24\n   |\n 1 | capture all x; capture all ./x\n   |                        \
         ^^^^^^^\n",
    );
    refused(
        "capture all /dev/full; print 1; capture stop",
        1,
        "error: the capture `/dev/full` ends too early: no space is left there\n  --> -c:1:33\n   |\n 1 | capture all \
         /dev/full; print 1; capture stop\n   |                                 ^^^^^^^^^^^^\n",
    );
    refused(
        "report x.pdf",
        2,
        "error: `x.pdf` does not end as reports do\n  --> -c:1:8\n   |\n 1 | report x.pdf\n   |        ^^^^^\n hint: `.html` \
         is a page for browsers and for paper\n hint: `.md` is Markdown, with the diagram for Mermaid\n hint: `.json` is the same for programs\n",
    );
}
