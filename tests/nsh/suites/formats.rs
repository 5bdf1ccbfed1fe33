//! The formats of reports that programs read.

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{three, timeless};
use crate::support::{foreign, nsh, python, until};

/// The error of the case that fails, as it is drawn.
const DRAWN: &str = "error: `expect` did not hold within 100 ms
   --> three.nsh:14:8
    |
 14 |     b: expect line \"HELLO\" within 100ms
    |        ^^^^^^^^^^^^^^^^^^^ expected 5 B, received 6 B that differ at byte 0
    |   expected  48 45 4c 4c 4f   HELLO
    |   received  68 65 6c 6c 6f 0a   hello␊
    |             ^^ ^^ ^^ ^^ ^^ ^^
";

#[test]
fn tap() {
    let drawn = DRAWN.lines().fold(String::new(), |drawn, line| drawn + "    " + line + "\n");
    let expected = format!(
        "TAP version 14\nok 1 - three.nsh: echoes\n  ---\n  duration_ms: T\n  ...\nnot ok 2 - three.nsh: shouts\n  ---\n  message: \
         \"`expect` did not hold within 100 ms\"\n  severity: fail\n  duration_ms: T\n  at: {{file: \"three.nsh\", line: 14, column: \
         8}}\n  error: |\n{drawn}  unread:\n    \"b\": \"hello␊\"\n  again: \"nsh test three.nsh:11\"\n  ...\nok 3 - three.nsh: goes \
         on\n  ---\n  duration_ms: T\n  ...\n1..3\n"
    );
    three("--format tap three.nsh").output().code(3).reports(&expected);
    let older = three("--format tap three.nsh").variable("TAP_VERSION", "13").output();
    older.code(3).reports(&expected.replace("version 14", "version 13"));
}

#[test]
fn tap_of_what_does_not_run() {
    let command =
        nsh("test --format tap .").file("a.nsh", "listen tcpp 5\n").file("b #1.nsh", "# test no-run\nprint 1\n");
    command.output().code(2).reports(
        "TAP version 14\nnot ok 1 - a.nsh\n  ---\n  message: \"expected a transport or an address\"\n  error: |\n    error: expected \
         a transport or an address\n      --> a.nsh:1:8\n       |\n     1 | listen tcpp 5\n       |        ^^^^ found `tcpp`\n     hint: \
         did you mean `tcp`?\n  ...\nok 2 - b \\#1.nsh # SKIP only checked\n1..2\n",
    );
}

#[test]
fn tap_is_read_by_perls_harness() {
    let Some(prove) = foreign("prove") else { return };
    let report = three("--format tap three.nsh").variable("TAP_VERSION", "13").output().code(3).out();
    let output = prove.file("three.tap", report).words("--nocolor -e cat three.tap").output().code(1).out();
    let told = "three.tap .. \nFailed 1/3 subtests \n\nTest Summary Report\n-------------------\nthree.tap (Wstat: 0 Tests: 3 \
                Failed: 1)\n  Failed test:  2\nFiles=1, Tests=3,";
    assert!(output.starts_with(told), "{output}");
}

#[test]
fn junit() {
    let drawn = DRAWN.replace('>', "&gt;").replace('"', "&quot;");
    three("--format junit three.nsh").output().code(3).reports(&format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nsh test" tests="3" failures="1" errors="0" skipped="0" time="T">
<testsuite name="three.nsh" tests="3" failures="1" errors="0" skipped="0" time="T" timestamp="T">
  <testcase name="echoes" classname="three.nsh" file="three.nsh" line="6" time="T"/>
  <testcase name="shouts" classname="three.nsh" file="three.nsh" line="11" time="T">
    <failure message="`expect` did not hold within 100 ms" type="unmet">{drawn}
unread:
b: hello␊

again: nsh test three.nsh:11
</failure>
  </testcase>
  <testcase name="goes on" classname="three.nsh" file="three.nsh" line="16" time="T"/>
  <system-out>set up
cleaned up
</system-out>
</testsuite>
</testsuites>
"#
    ));
}

#[test]
fn json() {
    let output = three("--format json three.nsh").output();
    output.code(3).stderr("");
    let told: Value = serde_json::from_str(&timeless(&output.out()).replace(":T", ":0")).expect("it is JSON");
    let held = |name: &str, line: u32| {
        json!({"name": name, "line": line, "verdict": "held", "runs": 1, "failed": 0, "took": 0,
            "again": format!("nsh test three.nsh:{line}")})
    };
    let notes =
        ["expected  48 45 4c 4c 4f   HELLO", "received  68 65 6c 6c 6f 0a   hello␊", "          ^^ ^^ ^^ ^^ ^^ ^^"];
    let error = json!({"class": "unmet", "message": "`expect` did not hold within 100 ms",
        "label": "expected 5 B, received 6 B that differ at byte 0", "notes": notes, "source": "three.nsh",
        "place": {"line": 14, "text": "    b: expect line \"HELLO\" within 100ms", "span": [7, 26]},
        "amendment": told["files"][0]["cases"][1]["error"]["amendment"]});
    let failed = json!({"name": "shouts", "line": 11, "verdict": "failed", "runs": 1, "failed": 1, "took": 0, "error": error,
        "drawn": DRAWN, "unread": [{"session": told["files"][0]["cases"][1]["unread"][0]["session"], "bytes": "hello\n",
        "count": 6}], "again": "nsh test three.nsh:11"});
    let total = json!({"files": 1, "cases": 3, "held": 2, "failed": 1, "checked": 0, "skipped": 0, "not_run": 0, "left": 0,
        "took": 0});
    let files = json!([{"file": "three.nsh", "took": 0, "cases": [held("echoes", 6), failed, held("goes on", 16)],
        "stdout": "set up\ncleaned up\n"}]);
    assert_eq!(told, json!({"nsh": env!("CARGO_PKG_VERSION"), "files": files, "total": total}));
    assert_eq!(told["files"][0]["cases"][1]["error"]["amendment"]["text"], "\"hello\"");
    assert_eq!(told["files"][0]["cases"][1]["unread"][0]["session"]["name"], "b");
}

/// Files of every kind: what they come to, and what is in them that a format has to quote.
const QUOTED: &str =
    "test \"<a & 'b'> \\\"c\\\"\" {\n    !printf 'out \\033[1m]]> <&>\\n'\n    fail \"]]> & <x> \\e\"\n}\n";

#[test]
fn other_readers_take_the_reports() {
    let command =
        nsh("test -o r.xml -o r.json -o r.tap -o r.txt .").file("a.nsh", QUOTED).file("b.nsh", "listen tcpp 5\n");
    let command =
        command.file("c.md", "```nsh\nprint 1\n```\n\n```nsh no-run\nprint 2\n```\n").file("d.nsh", "print 3\n");
    let folder = command.folder();
    let output = command.output();
    output.code(2);
    let text = |name: &str| String::from_utf8(folder.read(name)).expect("text");
    assert_eq!(text("r.txt"), output.out());
    assert!(text("r.tap").ends_with("1..5\n"), "{}", text("r.tap"));
    let Some(reader) = python("reports.py", "r.xml r.json") else { return };
    let read = reader.file("r.xml", text("r.xml")).file("r.json", text("r.json")).output();
    read.code(0).stderr("").stdout(
        "a.nsh: <a & 'b'> \"c\": failure ']]> & <x> \\\\x1b'\nb.nsh: b.nsh: error 'expected a transport or an address'\nc.md: line 1: \
         held\nc.md: line 5: skipped 'only checked'\nd.nsh: d.nsh: held\na.nsh wrote 'out \\\\x1b[1m]]> <&>\\n'\ntestsuites: tests 5, \
         failures 1, errors 1, skipped 1\n\na.nsh: <a & 'b'> \"c\": failed ']]> & <x> \\x1b'\nb.nsh: not run\nc.md: line 1: held\nc.md: \
         line 5: checked\nd.nsh: None: held\na.nsh wrote 'out \\x1b[1m]]> <&>\\n'\n",
    );
}

#[test]
fn reports_that_are_broken_off_say_so() {
    let command = nsh("test -j 1 --format tap -o r.json -o r.xml .")
        .file("a.nsh", "print 1\n")
        .file("b.nsh", "!touch on\nsleep 1h\n");
    let folder = command.folder();
    let process = command.start();
    until("the second script", || folder.has("on").then_some(()));
    process.signal(Signal::INT);
    process
        .end()
        .code(130)
        .reports("TAP version 14\nok 1 - a.nsh\n  ---\n  duration_ms: T\n  ...\nBail out! interrupted\n");
    let told: Value = serde_json::from_slice(&folder.read("r.json")).expect("it is JSON");
    assert_eq!((&told["total"]["files"], &told["total"]["left"]), (&json!(1), &json!(1)));
    assert!(folder.read("r.xml").ends_with(b"</testsuites>\n"));
}
