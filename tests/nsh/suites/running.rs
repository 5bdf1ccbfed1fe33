//! How scripts run as tests: what is told of those that hold and of those that do not, and what each has to itself.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::{SHOUTS, THREE, three};
use crate::support::nsh;

#[test]
fn scripts_that_hold_are_a_line_each() {
    let command =
        nsh("test lab.nsh tree lab.nsh").file("lab.nsh", "print 1\n").file("other.nsh", "fail \"never run\"\n");
    let tree = command.folder().path().join("tree");
    for (name, text) in [
        ("b/z.nsh", THREE.replace("HELLO", "hello")),
        ("b.nsh", "print \"it runs\"\n".to_owned()),
        ("a.nsh", "test \"one\" { assert 1 + 1 == 2 }\n".to_owned()),
        (".hidden.nsh", "fail \"hidden\"\n".to_owned()),
        ("notes.txt", "no script\n".to_owned()),
    ] {
        let path = tree.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder of the test's own");
        fs::write(path, text).expect("a file of the test's own");
    }
    command.output().code(0).reports(
        "ok      lab.nsh (T)\nok      tree/a.nsh (1 case, T)\nok      tree/b/z.nsh (3 cases, T)\nok      tree/b.nsh (T)\n\n\
         6 cases in 4 files: 6 held (T)\n",
    );
}

#[test]
fn a_case_that_fails_tells_everything_and_the_others_go_on() {
    three("three.nsh").output().code(3).reports(&format!(
        "{SHOUTS}\n printed by three.nsh:\n   | set up\n   | cleaned up\n\n3 cases in 1 file: 2 held, 1 failed (T)\n"
    ));
    three("-v three.nsh").output().code(3).reports(&format!(
        "ok      three.nsh: echoes (T)\n\n{SHOUTS}\nok      three.nsh: goes on (T)\n\n printed by three.nsh:\n   | set up\n   \
         | cleaned up\n\n3 cases in 1 file: 2 held, 1 failed (T)\n"
    ));
}

#[test]
fn less_is_told_when_less_is_asked_for() {
    let quiet = |words: &str| three(words).file("ok.nsh", "print 1\n").output();
    let printed = " printed by three.nsh:\n   | set up\n   | cleaned up\n";
    quiet("-q .").code(3).reports(&format!("{SHOUTS}\n{printed}\n4 cases in 2 files: 3 held, 1 failed (T)\n"));
    quiet("-qq .").code(3).reports(&format!("{SHOUTS}\n{printed}"));
    quiet("-qq ok.nsh").code(0).reports("");
    quiet("-vv ok.nsh")
        .code(0)
        .reports("ok      ok.nsh (T)\n printed by ok.nsh:\n   | 1\n\n1 case in 1 file: 1 held (T)\n");
}

#[test]
fn a_script_without_cases_is_a_case() {
    let refused = nsh("test lab.nsh").file("lab.nsh", "print \"before\"\nconnect localhost 1\nprint \"after\"\n");
    refused.output().code(3).reports(
        "failed  lab.nsh (T)\nerror: connection refused by tcp 127.0.0.1:1\n  --> lab.nsh:2:1\n   |\n 2 | connect localhost 1\n   \
         | ^^^^^^^^^^^^^^^^^^^\n hint: nothing listens there; `listen tcp 1 echo` would, and `ports` shows what does\n \
         again: nsh test lab.nsh\n\n printed by lab.nsh:\n   | before\n\n1 case in 1 file: 1 failed (T)\n",
    );
    let left = nsh("test lab.nsh").file("lab.nsh", "exit 7\n");
    left.output().code(3).reports(
        "failed  lab.nsh (T)\nerror: it ended with code 7\n again: nsh test lab.nsh\n\n1 case in 1 file: 1 failed (T)\n",
    );
}

#[test]
fn cases_that_a_script_does_not_reach_are_told() {
    let text = "test \"first\" { assert true }\nfail \"in between\"\ntest \"second\" { assert true }\n";
    nsh("test lab.nsh").file("lab.nsh", text).output().code(3).reports(
        "failed  lab.nsh (T)\nerror: in between\n  --> lab.nsh:2:1\n   |\n 2 | fail \"in between\"\n   | ^^^^^^^^^^^^^^^^^\n \
         again: nsh test lab.nsh\n\nskipped lab.nsh (1 case: the script ended before)\n\n3 cases in 1 file: 1 held, 1 failed, \
         1 skipped (T)\n",
    );
}

#[test]
fn setup_that_fails_fails_the_script_and_it_is_cleaned_up() {
    let text = "cleanup { print \"cleaned up\" }\nsetup { fail \"no server\" }\ntest \"one\" { assert true }\n";
    let output = nsh("test -v lab.nsh").file("lab.nsh", text).output();
    output.code(3).reports(
        "failed  lab.nsh (T)\nerror: no server\n  --> lab.nsh:2:9\n   |\n 2 | setup { fail \"no server\" }\n   \
         |         ^^^^^^^^^^^^^^^^\n again: nsh test lab.nsh\n\nskipped lab.nsh: one (the script ended before)\n\n printed by \
         lab.nsh:\n   | cleaned up\n\n2 cases in 1 file: 1 failed, 1 skipped (T)\n",
    );
}

#[test]
fn what_fails_when_it_cleans_up_fails_the_script() {
    let text = "cleanup { fail \"left behind\" }\ntest \"one\" { assert true }\n";
    nsh("test lab.nsh").file("lab.nsh", text).output().code(3).says("error: left behind\n").says("1 held, 1 failed");
}

#[test]
fn each_script_has_a_folder_and_ports_of_its_own() {
    let text = "!echo x > $TMPDIR/left\nprint env(\"TMPDIR\")\nfor i in 1..9 { print freeport() }\nprint tmp()\n";
    let command = nsh("test -vv -j 2 .").file("a.nsh", text).file("b.nsh", text);
    let here = command.folder();
    let output = command.variable("TMPDIR", &here.path().display().to_string()).output();
    output.code(0);
    let told = output.out();
    let printed: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("   | ")).collect();
    assert_eq!(printed.len(), 2 * 11, "{told}");
    let (folders, ports): (Vec<&str>, Vec<&str>) = printed.iter().partition(|line| line.starts_with('/'));
    assert_eq!(folders.iter().collect::<HashSet<_>>().len(), 4, "{told}");
    assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 18, "{told}");
    assert!(folders.iter().all(|folder| Path::new(folder).starts_with(here.path()) && !Path::new(folder).exists()));
}

#[test]
fn as_many_run_beside_each_other_as_are_asked_for() {
    let one = "listen unix ./meet echo as m\nwait m 1 connections\n";
    let other = "retry 500 every 20ms { connect unix ./meet as c }\n";
    nsh("test -q -j 2 .").file("one.nsh", one).file("other.nsh", other).output().code(0);
    // One after the other they never meet.
    let alone = nsh("test -j 1 --timeout 1s .").file("one.nsh", one).file("other.nsh", "print 1\n").output();
    alone.code(3).says("failed  one.nsh (").says("ok      other.nsh (");
}

#[test]
fn who_is_alone_is_alone() {
    let alone = "# test alone\n!touch busy\nsleep 100ms\n!rm busy\n";
    let other = "assert not exists(\"busy\")\n";
    let command = nsh("test -j 4 .").file("b.nsh", alone).file("d.nsh", alone);
    let command = ["a.nsh", "c.nsh", "e.nsh"].into_iter().fold(command, |command, name| command.file(name, other));
    command.output().code(0).reports(
        "ok      a.nsh (T)\nok      b.nsh (T)\nok      c.nsh (T)\nok      d.nsh (T)\nok      e.nsh (T)\n\n5 cases in 5 files: 5 \
         held (T)\n",
    );
}

#[test]
fn nobody_answers_what_a_script_asks() {
    let text = "ask \"who? \" as who\n";
    nsh("test lab.nsh").stdin("me\n").file("lab.nsh", text).output().code(3).says("failed  lab.nsh (");
}

#[test]
fn what_a_peer_sends_does_not_act_in_a_report() {
    let text = "listen 0 as s\nconnect $s as a\ns: send \"\\e[2J\\x07\"\na: expect \"never\" within 50ms\n";
    let output = nsh("test lab.nsh").file("lab.nsh", format!("!printf '\\033[2J'\n{text}")).output();
    output.code(3).harmless().says(" unread:\n   a ← 5 B  \\x1b[2J\\x07\n").says("   | \\x1b[2J\n");
}

#[test]
fn of_a_script_that_writes_much_the_end_is_shown() {
    let text = "for i in 1..100 { print \"line $i\" }\nfail \"x\"\n";
    let shown = (81..=100).fold(String::new(), |shown, number| format!("{shown}   | line {number}\n"));
    let output = nsh("test lab.nsh").file("lab.nsh", text).output();
    output.code(3).says(&format!(" printed by lab.nsh:\n   | … 80 lines before\n{shown}\n1 case in"));
}
