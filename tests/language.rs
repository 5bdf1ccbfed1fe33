//! The language: what is accepted, what is refused and how, and the properties that hold for any text.

#[path = "language/vocabulary.rs"]
mod vocabulary;

use std::fmt::Write as _;
use std::sync::Arc;

use sockshell::language::vocabulary::NoNames;
use sockshell::language::{Diagnostic, Mode, Parsed, Severity, Source, check, parse};
use vocabulary::Words;

fn parsed(text: &str) -> Parsed {
    parse(Arc::new(Source::new("t.nsh", text)), &Words, Mode::Script)
}

/// All findings of a script, one line each.
fn findings(text: &str) -> String {
    match check(parsed(text), &Words, &NoNames) {
        Ok(checked) => drawn(text, checked.warnings()),
        Err(rejected) => drawn(text, &rejected.diagnostics),
    }
}

fn drawn(text: &str, diagnostics: &[Diagnostic]) -> String {
    let source = Source::new("", text);
    let mut drawn = String::new();
    for diagnostic in diagnostics {
        let place = diagnostic.span.map_or_else(String::new, |span| {
            let (line, column) = source.position(span.start);
            format!("{line}:{column} [{}] ", &text[span.range()])
        });
        let kind = if diagnostic.severity == Severity::Warning { "warning: " } else { "" };
        write!(drawn, "{place}{kind}{}", diagnostic.message).unwrap();
        if !diagnostic.label.is_empty() {
            write!(drawn, " ({})", diagnostic.label).unwrap();
        }
        for hint in &diagnostic.hints {
            write!(drawn, " hint: {hint}").unwrap();
        }
        drawn.push('\n');
    }
    drawn
}

const VALID: &[&str] = &[
    "",
    "# only a comment",
    "listen tcp 6666",
    "listen tcp 6666 echo as srv max=5",
    "listen tcp *:6666 delay 50ms -> upper as srv",
    "listen tcp [::1]:6666 upper to echo",
    "listen unix ./sock",
    "listen unix sock",
    "connect localhost 80",
    "connect tcp localhost 80 as a within 2s",
    "connect localhost:80",
    "connect unix @abstract",
    "connect http://localhost/a,b?c=d",
    "listen tcp 0 as srv; connect $srv as a; connect localhost $srv.port",
    "relay 12000 -> 13000,14000",
    "relay 12000->13000",
    "relay udp 12000 -> upper -> 13000 , tls:example.org:443 as r mode=round-robin required=yes",
    "relay 12000 to drop 5% seed=4 to replace /a{2,3}/ \"b\" to unix:./sock, file:log.bin",
    "connect 80 as a\na: send \"x\\n\\x41\\u{e9}$1 ${len($1)} \\$\" every 50ms chunk=7",
    "connect 80\nsend x\"de ad be ef\"; send b64\"aGk=\"; send @file.bin; send @\"a file\"; send 'raw'",
    "connect 80\nexpect not \"x\" within 2s\nexpect /(?<n>[0-9]+)/i or eof or 5 bytes or line 'x' within 1.5s\nprint $n",
    "connect 80\nrecv 5 bytes as x\nrecv as y\nrecv line within 1m as z\nassert $x == $y and not $z contains \"a\"",
    "connect 80 \\\n  as a # continued",
    "let x = (1 + 2) * -3 % 4\nlet y = [1, 2.5, \"a\", 10kB/s, 64k, 5%, true][0]\nlet r = 1..$x",
    "if 1 < 2 { print \"a\" } else if true { print \"b\" } else { print \"c\" } # done",
    "while true { break }\nfor i in 1..3 { continue }\nrepeat 3 { print \"x\" }\nretry 3 every 10ms { fail \"x\" }",
    "def f(a, b=1) { return $a + $b }\nf(1)\nlet x = f(1, b=2)\nf(b=2, a=1)",
    "listen tcp 5000 as srv {\n  on open { print \"$peer\" }\n  # comment\n\n  on line /q(?<rest>.*)/ { print $line $rest; stop srv }\n}\nwait srv closed",
    "test \"name\" { setup { print \"x\" } }\nsetup { }\ncleanup { print \"x\" }\npar {\n sleep 1s\n sleep 0\n}",
    "listen tcp 80 as srv\nsrv.1: send \"x\"\nsrv.*: send \"x\"\nfor c in srv.* { $c: send \"x\" }\nprint $srv.1.peer",
    "!ls -l; # { } \"",
    "let t = \"\"\"\n    a\n      b\n    \"\"\"\nprint $t ${t} \"${t}x\" $# $* $1",
    "save \"a file\"; save out.nsh; record stop; record ./stop; set timeout 5s; scan localhost 22,80,8000-8100",
    "listen tcp 80 as my-srv\nprint ${my-srv.port} \"${my-srv.port}\"\nmy-srv: send \"x\"",
    "listen tcp 80\r\nprint \"x\"\r\n",
    "let größe = 1; print $größe",
    "print \"a\" ; ; print \"b\";",
    "help send; help; exit 3; exit",
];

#[test]
fn valid_scripts_have_no_findings() {
    for script in VALID {
        assert_eq!(findings(script), "", "{script}");
    }
}

/// Scripts with the findings that they give.
const INVALID: &[(&str, &str)] = &[
    ("lisen tcp 80", "1:1 [lisen] unknown command `lisen` (unknown command `lisen`) hint: did you mean `listen`?\n"),
];

#[test]
fn invalid_scripts_say_why() {
    let mut different = String::new();
    for (script, expected) in INVALID {
        let found = findings(script);
        if found != *expected {
            write!(different, "--- {script}\n{found}").unwrap();
        }
    }
    assert_eq!(different, "");
}

#[test]
fn try_out() {
    for script in [
        "listen tcp 6666 ecoh", "listen tpc 6666", "relay 12000 -> 13000,", "relay 12000 -> uper -> 13000", "relay 12000 -> upper", "relay 12000",
        "connect localhost notaport", "connect localhost", "connect localhost as x", "connect", "connect localhost 99999",
        "connect 80\nsend hello", "connect 80\nexpect \"x\" within", "connect 80\nexpect \"x\" within 5", "sleep 50msx", "sleep 99999999999999999999s",
        "connect 80\nsend \"x\" chunk=9223372036854775808", "connect 80\nsend \"x\" chunk=19200B x", "connect 80\nsend \"x\" colour=3", "connect 80\nsend \"x\" chnk=3",
        "connect 80 within=2s", "connect 80 eol crlf", "connect 80 eol=cr", "connect 80 as a as b", "listen tcp 80 { print \"x\" }", "listen tcp 80 { on opne { } }",
        "print $nme", "let name = 1; print $nme", "listen tcp 80 as srv; print $srv.prt", "srv: send \"x\"", "listen tcp 80 as srv; sv: send \"x\"",
        "print \"a", "print \"\\q\"", "print x\"abc\"", "print x\"zz\"", "print b64\"a\"", "connect 80\nexpect /a(b/", "connect 80\nexpect /a",
        "print 1 < 2 < 3", "print 1 +", "print (1", "print [1, 2", "if true {", "}", "if true print", "if true { print $x", "print foo", "print foo(1)", "print(1)", "print len()", "print slice(1)",
        "def f(a) { }\nf()\nf(1,2)\nf(b=1)\ndef f() { }", "break; continue; return", "if true { setup { } }", "connect 80 as a; connect 81 as b; send \"x\"",
        "a:send \"x\"", "x = 3", "else { }", "print \"a\" \"b\" }", "send\"x\"", "\u{feff}print 1", "print \u{1}", "print \"\u{1}\"", "print\u{a0}1", "print \"\"\"abc", "print 1 \\", "let", "let x", "for x on 3 { }", "repeat 2s { }", "retry 3 every 2 { }",
        "print $a && $b", "print 0x", "scan h 22,99999", "listen tcp 80 drop 5 seed=1", "listen tcp 80 echo sed=1", "record \"stop\"", "help  \\\n", "listen tcp 80 throttle 10k",
    ] {
        println!("--- {script:?}\n{}", findings(script));
    }
}
