//! Programs as peers: on pipes, at terminals, and how they end.

use crate::support::{Talk, nsh, script};

/// A script whose expectations hold.
#[track_caller]
fn holds(text: &str) {
    script(text).output().code(0).stdout("");
}

#[test]
fn a_program_is_talked_with() {
    holds("connect exec \"cat -n\" as c\nsendln \"one\"\nshutdown\nexpect line /1\\tone/\nexpect eof\n");
}

#[test]
fn a_program_ends_with_its_code() {
    holds("connect exec \"exit 0\" as c\nexpect exit 0\nassert $c.state == \"closed\"\n");
    holds(
        "connect exec \"echo out; exit 3\" as c\nexpect line \"out\"\nexpect exit 3\nassert $c.state == \"failed\"\n",
    );
    holds("connect exec \"kill -9 \\$\\$\" as c\nexpect closed\nassert $c.state == \"failed\"\n");
    let output = script("connect exec \"exit 3\" as c\nexpect exit 0\n").output();
    output.code(3).complains("`c` has ended with code 3");
    let output = script("connect exec \"exit 3\" as c\nexpect \"x\"\n").output();
    output.code(3).complains("the program has ended").complains("`c` has ended with code 3");
    script("listen tcp 0 echo as s\nconnect $s as c\nexpect exit 0\n").output().code(2).complains("`c` is no program");
}

#[test]
fn in_place_of_netcat_the_programs_end_is_ours() {
    nsh("connect exec").arg("cat").stdin("hi\n").output().code(0).stdout("hi\n");
    let output = nsh("connect exec").arg("cat; exit 4").stdin("hi\n").output();
    output.code(1).stdout("hi\n").complains("the program of `exec1` ended with code 4");
    nsh("connect exec").arg("kill -9 $$").stdin("").output().code(1).complains("was ended by a signal");
}

#[test]
fn a_program_passes_megabytes_unchanged() {
    let bytes = crate::support::noise(4 << 20);
    nsh("connect exec").arg("cat").stdin(&bytes).output().code(0).stdout(&bytes);
}

#[test]
fn what_a_program_started_ends_with_the_session() {
    let text = "connect exec \"sleep 1000 & echo \\$!; wait\" as c\nexpect line /(?<child>[0-9]+)/\nc: close\n\
                print $child\n";
    let output = script(text).output();
    let child = output.code(0).out().trim().to_owned();
    crate::support::until("the child is gone", || {
        let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        (state.is_empty() || state.contains(") Z ")).then_some(())
    });
}

#[test]
fn offspring_that_holds_the_output_does_not_hold_the_session() {
    holds("connect exec \"sleep 1000 & echo out\" as c\nexpect line \"out\"\nexpect exit 0 within 30s\n");
}

#[test]
fn a_terminal_is_as_asked_for() {
    holds(
        "connect pty \"stty size; echo \\$TERM; test -t 0 && : >/dev/tty && echo controlling\" rows=30 columns=100 term=vt100\n\
         expect line \"30 100\"\nexpect line \"vt100\"\nexpect line \"controlling\"\nexpect exit 0\n",
    );
    script("connect pty \"true\" rows=0\n").output().code(1).complains("`rows` is 1 to 65535");
    script("connect exec \"true\" rows=9\n").output().code(2).complains("`rows` is an option of pty");
}

#[test]
fn a_terminal_shows_what_is_typed_unless_told_not_to() {
    holds("connect pty \"cat\"\nsendln \"x\"\nexpect exactly \"x\\r\\nx\\r\\n\"\n");
    holds("connect pty \"cat\" echo=no\nsendln \"x\"\nexpect exactly \"x\\r\\n\"\n");
    holds("connect pty \"cat\" raw=yes\nsend \"x\\x03\\n\"\nexpect exactly \"x\\x03\\n\"\n");
}

#[test]
fn the_end_of_input_is_typed_at_a_terminal() {
    nsh("connect pty").arg("cat").words("echo=no").stdin("one\n").output().code(0).stdout("one\r\n");
    nsh("connect pty").arg("cat").words("echo=no").stdin("in a line").output().code(0).stdout("in a line");
}

#[test]
fn an_interrupt_is_typed_at_a_terminal() {
    holds(
        "connect pty \"echo ready; exec sleep 1000\"\nexpect line \"ready\"\nsend \"\\x03\"\nexpect closed within 30s\n",
    );
}

#[test]
fn a_dialogue_at_a_terminal() {
    let program = "printf 'login: '; read name; stty -echo; printf 'password: '; read word; stty echo; echo; \
                   echo \"hello $name\"; test \"$word\" = sesame";
    let text = "let word = \"sesame\"\nsecret word\nconnect pty $1 as p\nexpect \"login: \"\nsendln \"alice\"\n\
                expect \"password: \"\nsendln \"$word\"\nexpect line \"hello alice\"\nexpect exit 0\n";
    nsh("run lab.nsh").arg(program).file("lab.nsh", text).output().code(0).stdout("");
}

#[test]
fn each_connection_gets_its_program_at_a_terminal() {
    let server =
        nsh("listen tcp 127.0.0.1:0 pty").arg("test -t 0 && echo at a terminal; cat").words("keep=yes").start();
    let port = server.told_port();
    for _ in 0..2 {
        let mut talk = Talk::to(port);
        talk.hears("at a terminal\r\n").send("x\n").hears("x\r\nx\r\n").finish();
        assert_eq!(talk.rest(), b"");
    }
}

#[test]
fn a_program_can_be_the_target_of_a_relay() {
    holds("relay 0 -> exec:cat as r\nconnect $r as c\nsend \"through\"\nexpect \"through\"\nshutdown\nexpect eof\n");
}

#[test]
fn a_program_that_is_not_there_has_the_shells_code() {
    let output = nsh("connect exec").arg("/nonexistent/program").output();
    output.code(1).complains("ended with code 127");
}

#[test]
fn a_program_gets_signals() {
    let program = "trap 'echo caught' USR1; echo ready; while :; do sleep 0.01; done";
    let text = "connect exec $1 as p\nexpect line \"ready\"\nsignal usr1\nexpect line \"caught\"\nsignal kill\n\
                expect closed within 30s\nassert $p.state == \"failed\"\n";
    nsh("run lab.nsh").arg(program).file("lab.nsh", text).output().code(0).stdout("");
    script("listen tcp 0 echo as s\nconnect $s as c\nsignal int\n").output().code(2).complains("`c` is no program");
    let text = "connect exec \"true\" as p\nexpect closed\nsignal int\n";
    script(text).output().code(1).complains("`p` has ended already");
}

#[test]
fn a_secret_in_a_command_is_not_told() {
    let text = "let word = \"sesame\"\nsecret word\nconnect exec \"test $word = sesame\" as p\nexpect exit 0\n";
    let output = nsh("run lab.nsh").file("lab.nsh", text).output();
    output.code(0).complains("connected to exec test *** = ");
    assert!(!output.err().contains("sesame"), "{}", output.err());
}
