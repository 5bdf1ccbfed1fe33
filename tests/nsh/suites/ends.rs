//! How suites end: scripts that take too long, that fail now and then, and an interrupt in the middle.

use rustix::process::{Pid, Signal, test_kill_process};

use crate::support::{Nsh, Process, foreign, nsh, until};

/// A script that starts a program, tells its number in a file, and waits until it is ended.
const WAITS: &str = "connect exec 'echo $$ > number; exec sleep 1000' as p\nwait p\n";

/// The number of the program that such a script has started, as soon as it has.
#[track_caller]
fn number(command: &Process) -> Pid {
    let path = command.folder().path().join("number");
    let number = until("the program", || std::fs::read_to_string(&path).ok().filter(|text| text.ends_with('\n')));
    Pid::from_raw(number.trim().parse().expect("a number")).expect("not 0")
}

/// Waits until a program is gone.
#[track_caller]
fn until_gone(program: Pid) {
    until("the end of the program", || test_kill_process(program).is_err().then_some(()));
}

fn waits(line: &str) -> Nsh {
    nsh("test").words(line).file("b.nsh", WAITS)
}

#[test]
fn a_script_that_takes_too_long_is_ended_and_cleans_up() {
    let text = "cleanup { print \"cleaned up\" }\nlisten 0 echo as srv\nwait srv\n";
    nsh("test --timeout 500ms .").file("lab.nsh", text).file("ok.nsh", "print 1\n").output().code(3).reports(
        "failed  lab.nsh (T)\nerror: it did not end within 500 ms\n  --> lab.nsh:3:1\n   |\n 3 | wait srv\n   | ^^^^^^^^ this was \
         running\n hint: `--timeout` gives it more time; what runs until it is stopped is marked `# test no-run`\n again: nsh \
         test --timeout 500ms lab.nsh\n\n printed by lab.nsh:\n   | cleaned up\n\nok      ok.nsh (T)\n\n2 cases in 2 files: 1 \
         held, 1 failed (T)\n",
    );
}

#[test]
fn a_case_that_takes_too_long_leaves_the_others_unrun() {
    let text = "test \"one\" { assert true }\ntest \"two\" { sleep 1h }\ntest \"three\" { assert true }\n";
    let output = nsh("test -v --timeout 500ms lab.nsh").file("lab.nsh", text).output();
    output.code(3).says("ok      lab.nsh: one (").says("error: it did not end within 500 ms\n  --> lab.nsh:2:14\n");
    output.says("skipped lab.nsh: three (the script ended before)\n");
}

#[test]
fn what_fails_now_and_then_is_found() {
    let text = "test \"steady\" { assert true }\ntest \"flaky\" {\n    if exists(\"one\") and not exists(\"two\") {\n        !touch two\n        \
                fail \"the second time\"\n    }\n    !touch one\n}\n";
    nsh("test -j 1 --repeat 5 -v .").file("lab.nsh", text).output().code(3).reports(
        "ok      lab.nsh: steady (5 runs, T)\n\nfailed  lab.nsh: flaky (1 of 5 runs, T)\nerror: the second time\n  --> \
         lab.nsh:5:9\n   |\n 5 |         fail \"the second time\"\n   |         ^^^^^^^^^^^^^^^^^^^^^^\n again: nsh test --repeat 5 \
         lab.nsh:2\n\n2 cases in 1 file: 1 held, 1 failed (T)\n",
    );
    nsh("test --repeat 3 .")
        .file("lab.nsh", "test \"steady\" { assert true }\n")
        .output()
        .code(0)
        .reports("ok      lab.nsh (1 case, 3 runs, T)\n\n1 case in 1 file: 1 held (T)\n");
}

#[test]
fn an_interrupt_ends_what_runs_and_tells_what_was_done() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let command = waits("-j 1 .").file("a.nsh", "print 1\n").file("c.nsh", "print 3\n").start();
        let program = number(&command);
        command.signal(signal);
        command
            .end()
            .code(code)
            .reports("ok      a.nsh (T)\n\n1 case in 1 file: 1 held, interrupted, 2 files left (T)\n");
        until_gone(program);
    }
}

#[test]
fn a_suite_that_is_killed_takes_its_scripts_with_it() {
    let command = waits("b.nsh").start();
    let program = number(&command);
    command.signal(Signal::KILL);
    command.end().code(137);
    until_gone(program);
}

#[test]
fn a_script_that_is_killed_has_failed() {
    let text = "!kill -9 $PPID\nsleep 1h\n";
    let output = nsh("test lab.nsh").file("lab.nsh", text).output();
    output.code(3).says("error: it was ended by signal 9\n");
}

#[test]
fn a_reader_that_goes_away_ends_the_suite() {
    let Some(shell) = foreign("sh") else { return };
    let line = "{ \"$0\" test -j 1 .; echo $? >&2; } | { head -n 1; exec 0<&-; touch gone; }";
    let waits = "retry 500 every 20ms { assert exists(\"gone\") }\n";
    let command =
        shell.arg("-c").arg(line).arg(env!("CARGO_BIN_EXE_nsh")).file("a.nsh", "print 1\n").file("b.nsh", waits);
    command.output().says("ok      a.nsh (").stderr("141\n");
}
