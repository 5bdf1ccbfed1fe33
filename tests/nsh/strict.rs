//! What must not pass for success, must not go on, and must not be shown.

use rustix::process::Signal;

use crate::support::nsh;

/// A script and what comes of it: its exit code, whole standard output, and what standard error mentions.
struct Case {
    script: &'static str,
    code: i32,
    prints: &'static str,
    complains: &'static str,
}

fn all_hold(cases: &[Case]) {
    for case in cases {
        let output = nsh("run -q lab.nsh").file("lab.nsh", case.script).output();
        output.code(case.code).stdout(case.prints);
        if !case.complains.is_empty() {
            output.complains(case.complains);
        }
    }
}

#[test]
fn failures_are_not_lost() {
    all_hold(&[
        Case { script: "cleanup { fail \"x\" }\n", code: 3, prints: "", complains: "x" },
        Case { script: "test \"a\" { fail \"b\" }\nexit\n", code: 3, prints: "", complains: "error: b" },
        Case { script: "test \"a\" { fail \"b\" }\nexit 9\n", code: 9, prints: "", complains: "error: b" },
        Case {
            script: "listen tcp 0 as s { on open { send \"bbb\" } }\nconnect $s as c\nc: expect \"a\" or nothing for 300ms\n",
            code: 3,
            prints: "",
            complains: "bbb",
        },
        Case {
            script: "listen tcp 0 as s\nconnect $s as c\nc: expect not nothing for 1ms\n",
            code: 2,
            prints: "",
            complains: "`not nothing`",
        },
        Case {
            script: "listen tcp 0 as s\nconnect $s as c\nc: expect echo\n",
            code: 2,
            prints: "",
            complains: "has sent nothing",
        },
        Case {
            script: "listen udp 0 echo as s\nconnect $s as c\nc: send \"abc\"\nc: send \"def\"\nc: expect \"cd\" within 200ms\n",
            code: 3,
            prints: "",
            complains: "received  61 62 63",
        },
        Case {
            script: "listen tcp 0 as s\nconnect $s as c log=c.log\n",
            code: 2,
            prints: "",
            complains: "`log` is for a session that is joined to the terminal",
        },
    ]);
}

#[test]
fn what_ends_a_script_ends_it() {
    all_hold(&[
        Case { script: "def f() { exit 7 }\nlet x = f()\nprint \"after\"\n", code: 7, prints: "", complains: "" },
        Case { script: "par {\n  exit 4\n  sleep 1h\n}\nprint \"after\"\n", code: 4, prints: "", complains: "" },
        Case {
            script: "while true {\n  par { break }\n}\nprint \"after\"\n",
            code: 0,
            prints: "after\n",
            complains: "",
        },
        Case { script: "retry 0 { print \"ran\" }\nprint \"after\"\n", code: 0, prints: "after\n", complains: "" },
        Case {
            script: "setup { fail \"no\" }\ncleanup { print \"cleaned\" }\n",
            code: 3,
            prints: "cleaned\n",
            complains: "no",
        },
        Case { script: "f(1)\ndef f(x) { print \"f $x\" }\n", code: 0, prints: "f 1\n", complains: "" },
    ]);
}

#[test]
fn an_empty_loop_can_be_interrupted() {
    for body in
        ["while true { }", "repeat 1000000000000 { }", "for i in 1..1000000000000 { }", "par { while true { } }"]
    {
        let run = nsh("run -q lab.nsh").file("lab.nsh", format!("print \"on\"\n{body}\n")).start();
        run.wait_out("on");
        run.signal(Signal::TERM);
        run.finish().code(143);
    }
}

#[test]
fn whatever_nests_without_end_is_an_error() {
    let blocks = "if true { ".repeat(20);
    let ends = " }".repeat(20);
    all_hold(&[
        Case {
            script: "let x = [1]\nfor i in 1..100000 { let x = [$x] }\n",
            code: 2,
            prints: "",
            complains: "deeper than 64",
        },
        Case {
            script: "def f(n) { if true { if true { return f($n) } } }\nprint f(0)\n",
            code: 2,
            prints: "",
            complains: "deeper",
        },
    ]);
    let script = format!("def f(n) {{ {blocks} return (((f($n)))) {ends} }}\nprint f(0)\n");
    nsh("run -q lab.nsh").file("lab.nsh", script).output().code(2).complains("deeper");
}

#[test]
fn secrets_are_shown_nowhere() {
    let hidden = "let token = \"s3cret\"\nsecret token\nlisten tcp 0 echo as s\nconnect $s as c\n";
    for (statements, code) in [
        ("retry 2 { fail \"bad $token\" }", 3),
        ("test \"a $token\" { print \"x\" }", 0),
        ("test \"a $token\" { fail \"b $token\" }", 3),
        ("c: send \"a $token\"\nc: expect \"b $token\" within 100ms", 3),
        ("c: sendln $token\nc: expect line $token\nsessions\nshow c\nlog x.log", 0),
        ("fail $token", 3),
        ("connect $token 1", 1),
    ] {
        let output = nsh("run lab.nsh").file("lab.nsh", format!("{hidden}{statements}\n")).output();
        output.code(code);
        let told = format!("{}{}", output.out(), output.err());
        // The script's own text is shown where an error stands; it has the secret in its first line only.
        assert!(!told.contains("s3cret") && !told.contains("73 33 63"), "{statements}:\n{told}");
    }
}

#[test]
fn the_warning_about_several_sessions_names_them_as_they_will_be_called() {
    let text = "listen udp 0 echo as ue\nconnect udp $ue\nlet x = 1\nconnect udp 127.0.0.1:9\nsendln \"ping\"\n";
    nsh("check lab.nsh").file("lab.nsh", text).output().code(0).complains("2 sessions are open: `udp1`, `udp2`");
}
