//! Reruns: `nsh run --check` runs a script again and says where that goes another way than in the log.

use std::ops::Range;

use rustix::process::Signal;

use super::support::{Nsh, nsh};

/// Sessions of several kinds at the same time, and an error.
const CONCURRENT: &str = include_str!("recordings/concurrent.nsh");

/// A server that answers each line, and its client.
const TALK: &str = r#"listen tcp 0 as srv {
    on line { send "got: $line\n" }
}
connect $srv as a
a: sendln "one"
a: sendln "two"
a: expect /two\n/
"#;

/// The log of a run of that script, which ends with that code.
#[track_caller]
fn log(script: &str, arguments: &str, code: i32) -> String {
    let command = nsh("-qq --log run.nshlog run lab.nsh").words(arguments).file("lab.nsh", script);
    let folder = command.folder();
    command.file("page.txt", "page\n").output().code(code);
    String::from_utf8(folder.read("run.nshlog")).expect("text")
}

/// That script, run again.
fn rerun(log: &str, script: &str) -> Nsh {
    nsh("run -qq --check run.nshlog lab.nsh").file("run.nshlog", log).file("lab.nsh", script).file("page.txt", "page\n")
}

/// What is told of a script that goes another way.
#[track_caller]
fn told(kept: &str, made: &str) -> String {
    let output = rerun(&log(kept, "", 0), made).output();
    output.code(3);
    output.err()
}

#[test]
fn two_runs_of_a_script_are_the_same() {
    const RUNS: usize = 6;
    let script = CONCURRENT.replace("connect localhost 1\n", "")
        + r#"listen ws 0 echo as ws
connect ws localhost $ws.port as w
w: send "framed"
w: expect "framed"
relay tcp 0 -> localhost:$t.port as sealed
connect tls localhost $sealed.port as c2 insecure=yes
c2: send "sealed"
c2: expect "sealed"
par {
    connect $srv
    connect $srv
}
flows
print "the port is $web.port"
test "echoes" { a: expect "x" }
test "does not echo" { a: expect "y" within 1ms }
let tries = 0
retry 5 every 1ms {
    connect $srv as again
    let tries = $tries + 1
    assert $tries == 3
}
connect $srv as loose
loose: send "nobody waits"
loose: close
a: send "nor for this"
par {
    a: expect "never" within 10ms
    b: expect "never" within 1h
    sleep 1h
}
"#;
    let log = log(&script, "", 3);
    // All at once: each is slowed down by the others.
    let running: Vec<_> = (0..RUNS).map(|_| rerun(&log, &script).start()).collect();
    for process in running {
        let output = process.end();
        output.code(0);
        assert!(!output.err().contains("another way"), "{}", output.err());
    }
}

#[test]
fn an_answer_that_changed_is_shown() {
    let changed = TALK.replace("got: $line", "had: $line");
    assert_eq!(
        told(TALK, &changed),
        r#"error: the run went another way than the one in `run.nshlog`

lab.nsh:1
        listen tcp 0 as srv {
  kept      on line { send "got: $line\n" }
  made      on line { send "had: $line\n" }
        }
          held

`a` received
  kept  got: one␊
  kept  got: two␊
  made  had: one␊
  made  had: two␊
"#
    );
}

#[test]
fn what_only_the_files_around_changed_is_shown() {
    let script = "serve http . 0 as web\nhttp GET http://localhost:$web.port/page.txt as g\ng: expect status 200\n";
    let output = rerun(&log(script, "", 0), script).file("page.txt", "other\n").output();
    output.code(3).stdout("").stderr(
        r"error: the run went another way than the one in `run.nshlog`

`g` received
        vary: accept-encoding␍␊
        connection: close␍␊
  kept  content-length: 5␍␊
  made  content-length: 6␍␊
        date: …␊
        ␍␊
  kept  page␊
  made  other␊

`web.1` (from `g`) sent
        Vary: accept-encoding␍␊
        Connection: close␍␊
  kept  Content-Length: 5␍␊
  made  Content-Length: 6␍␊
        Date: …␊
        ␍␊
  kept  page␊
  made  other␊
",
    );
}

#[test]
fn a_statement_that_fails_now_is_shown_with_what_did_not_run() {
    let script = "print \"before\"\nrepeat 1 {\n    assert $1 == \"one\"\n}\nprint \"a\"\nprint \"b\"\n";
    let output = rerun(&log(script, "one", 0), script).words("two").output();
    output.code(3).stdout("before\n").stderr(
        r#"error: `assert` did not hold
  --> lab.nsh:3:12
   |
 3 |     assert $1 == "one"
   |            ^^^^^^^^^^^ this is false
   |   left   two
   |   right  one
error: the run went another way than the one in `run.nshlog`

lab.nsh:3
        assert $1 == "one"
  kept    held
  made    failed: `assert` did not hold

lab.nsh:5
  kept  print "a"
  kept  print "b"

exit code
  kept  0
  made  3
"#,
    );
}

#[test]
fn other_arguments_are_told() {
    let script = "print \"$1\"\n";
    let output = rerun(&log(script, "one two", 0), script).words("two").output();
    output.code(3).stdout("two\n").stderr(
        "error: the run went another way than the one in `run.nshlog`\n hint: it had 2 arguments, and has 1 now\n\n\
         lab.nsh:1\n        print \"$1\"\n  kept    one\n  made    two\n          held\n",
    );
}

#[test]
fn statements_that_are_gone_or_new_are_shown() {
    let lines = |range: Range<u32>| range.map(|number| format!("print {number}\n")).collect::<Vec<_>>().concat();
    assert_eq!(
        told(&lines(0..3), "print 0\nprint 2\n"),
        "error: the run went another way than the one in `run.nshlog`\n\nlab.nsh:2\n  kept  print 1\n"
    );
    assert_eq!(
        told("print 0\n", &lines(0..9)),
        "error: the run went another way than the one in `run.nshlog`\n\nlab.nsh:2\n  made  print 1\n  made  print 2\n  \
         made  print 3\n  made  print 4\n  made  … and 4 more statements\n"
    );
}

#[test]
fn of_many_differences_the_first_are_told() {
    let script = "for i in 1..25 {\n    print \"$1 $i\"\n}\n";
    let output = rerun(&log(script, "a", 0), script).words("b").output();
    output.code(3);
    let told = output.err();
    assert_eq!(told.matches("\nlab.nsh:2\n").count(), 20, "{told}");
    assert!(told.ends_with("\n  kept    a 20\n  made    b 20\n          held\n\n… and 5 more differences\n"), "{told}");
}

#[test]
fn a_difference_beyond_what_is_kept_is_seen() {
    let script = "let much = repeated(\"0123456789abcde\\n\", 20000)\nlisten tcp 0 as srv {\n    \
                  on open { send \"$much$1\"; close }\n}\nconnect $srv as a\na: expect eof\n";
    let output = rerun(&log(script, "x", 0), script).words("y").output();
    output.code(3).stdout("").stderr(
        "error: the run went another way than the one in `run.nshlog`\n\n`a` received\n        0123456789abcde␊\n        \
         0123456789abcde␊\n  kept  … 312 KiB in all, SHA-256 11b5a168fc87e4e6…\n  made  … 312 KiB in all, SHA-256 d0eaec0ec5ae14c9…\n",
    );
}

#[test]
fn a_run_that_fails_as_before_goes_the_same_way() {
    let script = "print \"x\"\nfail \"y\"\n";
    let log = log(script, "", 3);
    let output = rerun(&log, script).output();
    output.code(0).stdout("x\n");
    assert!(!output.err().contains("another way"), "{}", output.err());
}

#[test]
fn a_log_that_was_cut_off_is_compared_up_to_its_last_statement() {
    let script = "print 1\nprint 2\nprint $1\nfail \"x\"\n";
    let log = log(script, "a", 3);
    let end = log.match_indices("\"ended\"").nth(1).map_or(0, |(at, _)| at);
    let end = end + log[end..].find('\n').expect("a line") + 1;
    let cut = &log[..end];
    let checked = |log: &str, argument: &str| {
        nsh("run --check run.nshlog lab.nsh").arg(argument).file("run.nshlog", log).file("lab.nsh", script).output()
    };
    let output = checked(cut, "b");
    output.code(0).stdout("1\n2\nb\n");
    let warning =
        "warning: the run in `run.nshlog` was broken off; it is compared up to its last statement, lab.nsh:2\n";
    assert!(output.err().ends_with(warning), "{}", output.err());
    let head = &log[..=log.find('\n').expect("a line")];
    let output = checked(head, "b");
    output.code(0).complains("was broken off; it is compared up to its beginning\n");
}

#[test]
fn a_new_log_may_take_the_place_of_the_old() {
    let changed = TALK.replace("got", "had");
    let command = nsh("-qq --log run.nshlog run --check run.nshlog lab.nsh").file("lab.nsh", &changed);
    let command = command.file("run.nshlog", log(TALK, "", 0));
    let folder = command.folder();
    command.output().code(3);
    let log = String::from_utf8(folder.read("run.nshlog")).expect("text");
    rerun(&log, &changed).output().code(0).stdout("").stderr("");
}

#[test]
fn a_script_that_cannot_run_leaves_the_log_as_it_is() {
    let kept = log(TALK, "", 0);
    let command = nsh("--log run.nshlog run -qq --check run.nshlog lab.nsh").file("run.nshlog", &kept);
    let folder = command.folder();
    command.file("lab.nsh", "lisen\n").output().code(2);
    assert_eq!(String::from_utf8_lossy(&folder.read("run.nshlog")), kept);
}

#[test]
fn with_which_code_a_program_ended_is_compared() {
    let script = "connect exec \"exit `cat code`\" as p\np: expect eof\nwait p\n";
    let run = |code: &str, words: &str, log: &str| {
        let command = nsh(words).file("lab.nsh", script).file("code", code).file("run.nshlog", log);
        let folder = command.folder();
        let output = command.output();
        (output, String::from_utf8(folder.read("run.nshlog")).expect("text"))
    };
    let (_, kept) = run("3", "-qq --log run.nshlog run lab.nsh", "");
    run("3", "run -qq --check run.nshlog lab.nsh", &kept).0.code(0).stderr("");
    run("4", "run -qq --check run.nshlog lab.nsh", &kept).0.code(3).complains("code 4");
}

#[test]
fn folders_for_temporary_files_have_other_names_every_time() {
    let script = "let d = tmp()\nprint $d\nconnect exec \"cat > $d/f; cat $d/f\" as p\np: send \"x\"\np: shutdown\np: expect eof\n";
    let kept = log(script, "", 0);
    rerun(&kept, script).output().code(0).stderr("");
}

#[test]
fn free_ports_are_others_every_time() {
    let script = "let p = freeport()\nlet q = freeport()\nprint \"$p $q\"\nrelay 0 -> localhost:$q as r\nlisten tcp $p echo as srv\nconnect localhost $p as a\na: send \"x\"\na: expect \"x\"\n";
    let kept = log(script, "", 0);
    rerun(&kept, script).output().code(0).stderr("");
    let command = nsh("-qq record lab.nsh -o lab.txt").file("lab.nsh", script);
    let folder = command.folder();
    command.output().code(0);
    let text = String::from_utf8(folder.read("lab.txt")).expect("text");
    assert!(text.contains("\n<free> <free2>\n") && text.contains("· localhost:<free2>"), "{text}");
}

#[test]
fn a_run_that_is_interrupted_is_not_compared() {
    let script = "print \"ready\"\nsleep 1h\n";
    let process = rerun(&log("print \"other\"\n", "", 0), script).start();
    process.wait_out("ready\n");
    process.signal(Signal::INT);
    process.end().code(130).stderr("");
}

#[test]
fn what_is_no_log_and_what_is_no_script_is_told() {
    let script = "print 1\n";
    rerun("hello\n", script)
        .output()
        .code(1)
        .stdout("")
        .stderr("error: cannot read `run.nshlog`: it is no log of nsh\n");
    let gone = nsh("run --check gone.nshlog lab.nsh").file("lab.nsh", script).output();
    gone.code(1).stdout("").stderr("error: cannot read `gone.nshlog`: no such file or directory\n");
    let log = log(script, "", 0);
    let broken = log.replacen("\"began\":{", "\"gone\":{", 1);
    rerun(&broken, script)
        .output()
        .code(1)
        .stdout("")
        .complains("error: cannot read `run.nshlog`: line 2 is none of a log");
    let output = rerun(&log, "prin 1\n").output();
    output.code(2).stdout("").complains("error: unknown command `prin`");
    assert!(!output.err().contains("another way"), "{}", output.err());
    nsh("run --check run.nshlog").output().code(2).stdout("");
}

#[test]
fn a_log_is_not_replayed_as_a_script() {
    let output = nsh("replay run.nshlog").file("run.nshlog", log("print 1\n", "", 0)).output();
    output.code(2).stdout("").stderr(
        "error: `run.nshlog` is the log of a run, and no script\n  --> command line:1:8\n   |\n 1 | replay run.nshlog\n   |        \
         ^^^^^^^^^^\n hint: `nsh play run.nshlog` shows that run; `nsh run --check run.nshlog lab.nsh` runs its script again \
         and compares\n",
    );
}
