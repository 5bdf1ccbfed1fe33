//! `--update`: what failed expects afterwards what came, and what held stays as it is written.

use std::path::Path;

use crate::support::{Folder, Nsh, nsh};

/// `nsh test --update` of a script.
fn update(text: &str) -> Nsh {
    nsh("test --update lab.nsh").file("lab.nsh", text)
}

#[track_caller]
fn read(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).expect("text")
}

#[test]
fn only_what_failed_is_rewritten() {
    let before = r#"listen 0 as srv { on line { sendln "port $peer.port, got $line" } }
listen 0 echo as e
connect $srv as a
a: sendln   "one"   # spaces stay
a: expect line /port [0-9]+, got one/
a: sendln "two"
a: expect line /port [0-9]+, got three/ within 100ms
test "bytes" {
    connect $e as b
    b: send "x1"
    b: expect exactly "x2" within 100ms
    b: send x"00 ff"
    b: expect x"00 fe" within 100ms
}
"#;
    let command = update(before);
    let folder = command.folder();
    let output = command.output();
    output.code(0).stdout(output.out()).stderr("updated lab.nsh in 3 places\n");
    output.says("ok      lab.nsh (1 case, ");
    let after = before
        .replace("/port [0-9]+, got three/", "/^port [0-9]+, got two$/")
        .replace("exactly \"x2\"", "exactly \"x1\"")
        .replace("x\"00 fe\"", "x\"00 ff\"");
    assert_eq!(read(&folder, "lab.nsh"), after);
}

#[test]
fn what_cannot_be_rewritten_stays_and_fails() {
    let before = "listen 0 echo as e\nconnect $e as a\na: expect \"nothing comes\" within 50ms\n";
    let command = update(before);
    let folder = command.folder();
    command.output().code(3).stderr("").says("failed  lab.nsh (");
    assert_eq!(read(&folder, "lab.nsh"), before);
    let before = "assert 1 == 2\n";
    let command = update(before);
    let folder = command.folder();
    command.output().code(3).stderr("").says("error: `assert` did not hold\n");
    assert_eq!(read(&folder, "lab.nsh"), before);
}

#[test]
fn what_holds_is_not_touched() {
    let command = update("print 1\n");
    let folder = command.folder();
    let path = folder.path().join("lab.nsh");
    let written = || std::fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("it is there");
    let before = written();
    command.output().code(0).reports("ok      lab.nsh (T)\n\n1 case in 1 file: 1 held (T)\n");
    assert_eq!(written(), before);
}

#[test]
fn expectations_that_others_include_are_rewritten_there() {
    let includes = "include \"common.inc\"\nlisten 0 echo as e\nconnect $e as a\nspeak(\"x\")\n";
    let common = "def speak(what) {\n    send $what\n    expect \"y\" within 100ms\n}\n";
    let command = nsh("test --update .").file("a.nsh", includes).file("b.nsh", includes).file("common.inc", common);
    let folder = command.folder();
    command.output().code(0).stderr("updated common.inc in 1 place\n");
    assert_eq!(read(&folder, "common.inc"), common.replace("\"y\"", "\"x\""));
    assert_eq!(read(&folder, "a.nsh"), includes);
}

#[test]
fn documents_show_what_is_written() {
    let before = "# Guide\n\n```nsh\nlisten 0 echo as srv\nprint \"port $srv.port\"\nprint \"new\"\n```\n\n```output\nport …\nold\n```\n\n\
                  > ```nsh\n> fail \"new\"\n> ```\n> ```error\n> error: old\n> …\n> ```\n";
    let command = nsh("test --update guide.md").file("guide.md", before);
    let folder = command.folder();
    command.output().code(0).stderr("updated guide.md in 2 places\n");
    assert_eq!(read(&folder, "guide.md"), before.replace("\nold\n", "\nnew\n").replace("error: old", "error: new"));
}

#[test]
fn a_link_to_a_script_stays_a_link() {
    let text = "listen 0 echo as e\nconnect $e as a\na: send \"x\"\na: expect \"y\" within 100ms\n";
    let command = nsh("test --update lab.nsh").file("real.nsh", text);
    let folder = command.folder();
    std::os::unix::fs::symlink("real.nsh", folder.path().join("lab.nsh")).expect("a folder of the test's own");
    command.output().code(0);
    assert_eq!(std::fs::read_link(folder.path().join("lab.nsh")).expect("still a link"), Path::new("real.nsh"));
    assert_eq!(read(&folder, "real.nsh"), text.replace("\"y\"", "\"x\""));
}
