//! The language: what is accepted, what is refused and how, and the properties that hold for any text.

#[path = "language/vocabulary.rs"]
mod vocabulary;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use sockshell::language::vocabulary::{NoNames, Vocabulary as _};
use sockshell::language::{
    Completion, Diagnostic, Lexeme, Mode, Parsed, PlaceForm, Severity, Source, check, complete, format, join_arguments,
    lexemes, nearest, parse, rest, usage,
};
use vocabulary::{Running, Words};

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
        _ = write!(drawn, "{place}{kind}{}", diagnostic.message);
        if !diagnostic.label.is_empty() {
            _ = write!(drawn, " ({})", diagnostic.label);
        }
        for hint in &diagnostic.hints {
            _ = write!(drawn, " hint: {hint}");
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
    "connect tls localhost 443 alpn=h2,http/1.1",
    "connect tls:localhost:443 alpn=\"h2\"",
    "let host = \"tls:localhost:443\"; connect $host alpn=h2",
    "let port = 443; connect tls localhost $port alpn=h2",
    "relay 80 -> tls:localhost:443 alpn=h2",
    "relay tls 443 -> 8080 alpn=h2",
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
    (
        "listen tcp 6666 ecoh",
        "1:17 [ecoh] expected a stage, an option, `{` or end of line (found `ecoh`) hint: did you mean `echo`?\n",
    ),
    (
        "listen tpc 6666",
        "1:8 [tpc] expected `tcp`, `udp`, `unix` or `tls` (unknown transport `tpc`) hint: did you mean `tcp`?\n",
    ),
    ("relay 12000 -> 13000,", "1:22 [] expected an address (the line ends here)\n"),
    (
        "relay 12000 -> uper -> 13000",
        "1:16 [uper] expected a stage or an address (found `uper`) hint: did you mean `upper`?\n",
    ),
    (
        "listen 6666 echo",
        "1:8 [6666] expected `tcp`, `udp`, `unix` or `tls` (found `6666`) hint: the transport stands before the address: `tcp 6666`\n",
    ),
    ("relay 12000 -> upper", "1:21 [] expected `->` (the line ends here)\n"),
    ("relay 12000", "1:12 [] expected `->` (the line ends here)\n"),
    ("connect localhost notaport", "1:19 [notaport] expected a port from 0 to 65535 (found `notaport`)\n"),
    (
        "connect localhost",
        "1:9 [localhost] expected a port (a host without a port) hint: write `localhost 80` or `localhost:80`\n",
    ),
    (
        "connect localhost as x",
        "1:9 [localhost] expected a port (a host without a port) hint: write `localhost 80` or `localhost:80`\n",
    ),
    (
        "connect",
        "1:8 [] expected `tcp`, `udp`, `unix`, `tls` or a host and a port, or an address (the line ends here)\n",
    ),
    ("connect localhost 99999", "1:19 [99999] expected a port from 0 to 65535 (found `99999`)\n"),
    (
        "connect 80\nsend hello",
        "2:6 [hello] expected a payload (found `hello`) hint: payloads are quoted: `\"hello\"`\n",
    ),
    ("connect 80\nexpect \"x\" within", "2:18 [] expected a duration (the line ends here)\n"),
    (
        "connect 80\nexpect \"x\" within 5",
        "2:19 [5] expected a duration (found `5`) hint: a duration has a unit: `5s`, `5ms`\n",
    ),
    (
        "sleep 50msx",
        "1:7 [50msx] `50msx` is not a number, a duration or a size hint: units of time are `us ms s m h`, units of size `k M G kB MB KiB MiB`\n",
    ),
    ("sleep 99999999999999999999s", "1:7 [99999999999999999999s] `99999999999999999999s` is too big\n"),
    (
        "connect 80\nsend \"x\" chunk=9223372036854775808",
        "2:16 [9223372036854775808] `9223372036854775808` is too big\n",
    ),
    ("connect 80\nsend \"x\" chunk=19200B x", "2:23 [x] expected `every`, `to=`, `rate=` or end of line (found `x`)\n"),
    (
        "connect 80\nsend \"x\" colour=3",
        "2:10 [colour] `send` has no option `colour` (expected `every`, `chunk=`, `to=` or `rate=`)\n",
    ),
    ("connect 80\nsend \"x\" chnk=3", "2:10 [chnk] `send` has no option `chnk` hint: did you mean `chunk`?\n"),
    ("connect 80 within=2s", "1:12 [within] `within` takes no `=` hint: write `within 2s`\n"),
    ("connect 80 eol crlf", "1:12 [eol] `eol` takes a `=` right behind it hint: write `eol=crlf`\n"),
    ("connect 80 eol=cr", "1:16 [cr] expected `lf` or `crlf` (found `cr`)\n"),
    ("connect 80 as a as b", "1:17 [as] `as` is given twice\n"),
    (
        "listen tcp 80 { print \"x\" }",
        "1:17 [print] expected `on EVENT { … }` or `}` (no handler) hint: statements stand inside a handler: `on open { … }`\n",
    ),
    (
        "listen tcp 80 { on opne { } }",
        "1:20 [opne] expected `open`, `line`, `data` or `close` (unknown event `opne`) hint: did you mean `open`?\n",
    ),
    ("print $nme", "1:7 [$nme] unknown variable `$nme`\n"),
    ("let name = 1; print $nme", "1:21 [$nme] unknown variable `$nme` hint: did you mean `$name`?\n"),
    (
        "listen tcp 80 as srv; print $srv.prt",
        "1:34 [prt] a session has no field `prt` hint: did you mean `port`? hint: fields are `host`, `port`, `peer`, `state`\n",
    ),
    ("srv: send \"x\"", "1:1 [srv] unknown session `srv` hint: a session gets its name where it is opened: `as srv`\n"),
    ("listen tcp 80 as srv; sv: send \"x\"", "1:23 [sv] unknown session `sv` hint: did you mean `srv`?\n"),
    (
        "print \"a",
        "1:7 [\"a] the text is not closed (no `\"` before the end of the line) hint: a text of several lines stands between `\"\"\"` and `\"\"\"`\n",
    ),
    (
        "print \"\\q\"",
        "1:8 [\\q] unknown escape `\\q` hint: escapes are `\\n \\r \\t \\0 \\e \\\\ \\\" \\$ \\xNN \\u{…}`; a backslash is `\\\\q`\n",
    ),
    ("print x\"abc\"", "1:12 [\"] the last byte has only one digit\n"),
    ("print x\"zz\"", "1:9 [z] `z` is no hexadecimal digit\n"),
    ("print b64\"a\"", "1:12 [\"] the base64 text ends too early\n"),
    ("connect 80\nexpect /a(b/", "2:10 [(] invalid regular expression (unclosed group)\n"),
    ("connect 80\nexpect /a", "2:8 [/a] the regular expression is not closed (no `/` before the end of the line)\n"),
    ("print 1 < 2 < 3", "1:13 [<] comparisons do not chain hint: join two of them with `and`\n"),
    ("print 1 +", "1:10 [] expected an expression (the line ends here)\n"),
    ("print (1", "1:9 [] expected an operator or `)` (the line ends here)\n"),
    ("print [1, 2", "1:12 [] expected an operator, `,` or `]` (the line ends here)\n"),
    ("if true {", "1:9 [{] the block is not closed (opened here)\n"),
    ("}", "1:1 [}] unmatched `}` (no block is open here)\n"),
    ("if true print", "1:9 [print] expected an operator or `{` (found `print`)\n"),
    ("if true { print $x", "1:9 [{] the block is not closed (opened here)\n1:17 [$x] unknown variable `$x`\n"),
    (
        "print foo",
        "1:7 [foo] expected an expression or end of line (found `foo`) hint: a variable is written `$foo`, a text `\"foo\"`\n",
    ),
    ("print foo(1)", "1:7 [foo] unknown function `foo`\n"),
    (
        "print(1)",
        "1:1 [print] unknown function `print` hint: `print` is a command: its words follow without brackets\n",
    ),
    ("print len()", "1:7 [len] `len` takes 1 argument, not 0 hint: it is called `len(value)`\n"),
    (
        "print slice(1)",
        "1:7 [slice] `slice` takes 2 to 3 arguments, not 1 hint: it is called `slice(text, from, count)`\n",
    ),
    (
        "def f(a) { }\nf()\nf(1,2)\nf(b=1)\ndef f() { }",
        "2:1 [f] `f` takes 1 argument, not 0 hint: it is called `f(a)`\n3:1 [f] `f` takes 1 argument, not 2 hint: it is called `f(a)`\n4:3 [b] `f` has no parameter `b`\n5:5 [f] `f` is defined twice\n",
    ),
    (
        "break; continue; return",
        "1:1 [break] `break` stands outside a loop\n1:8 [continue] `continue` stands outside a loop\n1:18 [return] `return` stands outside a function or handler\n",
    ),
    (
        "if true { setup { } }",
        "1:11 [setup] `setup` stands inside a test case, block, function or handler hint: it stands outermost in a script\n",
    ),
    (
        "connect 80 as a; connect 81 as b; send \"x\"",
        "1:35 [send] warning: 2 sessions are open: `a`, `b` (`b` is meant) hint: say so: `b: send …`\n",
    ),
    ("a:send \"x\"", "1:1 [a:send] expected a statement (found `a:send`) hint: a space follows a label: `a: …`\n"),
    ("x = 3", "1:1 [x] unknown command `x` hint: a variable is set with `let x = …`\n"),
    (
        "else { }",
        "1:1 [else] unknown command `else` hint: `else { … }` and `else if … { … }` stand on the line of the `}` before them\n",
    ),
    ("print \"a\" \"b\" }", "1:15 [}] unmatched `}` (no block is open here)\n"),
    ("send\"x\"", "1:5 [\"] expected a space (found `\"`)\n"),
    (
        "\u{feff}print 1",
        "1:1 [\u{feff}] the text begins with a byte order mark (U+FEFF) hint: save it as UTF-8 without one\n",
    ),
    ("print \u{1}", "1:7 [\u{1}] expected an expression or end of line (found the character U+0001)\n"),
    (
        "print \"\u{1}\"",
        "1:8 [\u{1}] the control character U+0001 stands in a text hint: write `\\x01` between `\"` and `\"`\n",
    ),
    ("print\u{a0}1", "1:6 [\u{a0}] expected a space or end of line (found the character U+00A0)\n"),
    ("print \"\"\"abc", "1:7 [\"\"\"] the text is not closed by `\"\"\"` (opened here)\n"),
    ("print 1 \\", "1:9 [\\] the text ends behind `\\` (a line must follow)\n"),
    ("let", "1:4 [] expected a name for the variable (the line ends here)\n"),
    ("let x", "1:6 [] expected `=` (the line ends here)\n"),
    ("for x on 3 { }", "1:7 [on] expected `in` (found `on`) hint: did you mean `in`?\n"),
    ("repeat 2s { }", "1:8 [2s] expected a whole number\n"),
    ("retry 3 every 2 { }", "1:15 [2] expected a duration hint: a duration has a unit: `2s`, `50ms`\n"),
    (
        "print $a && $b",
        "1:10 [&&] expected an operator, an expression or end of line (found `&&`) hint: write `and` instead of `&&`\n",
    ),
    (
        "print 0x",
        "1:7 [0x] `0x` is not a number, a duration or a size hint: units of time are `us ms s m h`, units of size `k M G kB MB KiB MiB`\n",
    ),
    ("scan h 22,99999", "1:11 [99999] expected a port from 0 to 65535 (found `99999`)\n"),
    ("listen tcp 80 drop 5 seed=1", "1:20 [5] expected a percentage (found `5`)\n"),
    (
        "listen tcp 80 echo sed=1",
        "1:20 [sed] `listen` has no option `sed` (expected `as`, `max=`, `allow=` or `eol=`)\n",
    ),
    ("record \"stop\"", ""),
    ("help  \\\n", "1:7 [\\] the text ends behind `\\` (a line must follow)\n"),
    (
        "listen tcp 80 throttle 10k",
        "1:24 [10k] expected a rate (found `10k`) hint: a rate is a size in a second: `10kB/s`\n",
    ),
    (
        "connect 80; expect \"x\" withn 2s",
        "1:24 [withn] expected `or`, `within`, `for` or end of line (found `withn`) hint: did you mean `within`?\n",
    ),
    ("as $x", "1:1 [as] unknown command `as` hint: did you mean `ask`?\n"),
    ("recv as $x", "1:9 [$x] expected a name for the variable (found `$x`) hint: the name stands without `$`: `x`\n"),
    ("for x in 1..3 { print $y }\nlet z = $x", "1:23 [$y] unknown variable `$y`\n"),
    (
        "listen tcp 80 {\n on open { print $data }\n on data { print $data }\n}",
        "2:18 [$data] unknown variable `$data` hint: `$data` is there in some handlers alone: `on EVENT { … }`\n",
    ),
    (
        "def f(p) {\n p: send \"x\"\n $p: send \"x\"\n}",
        "2:2 [p] unknown session `p` hint: `$p` is the session that the variable holds\n",
    ),
    (
        "lisen tcp 80 as srv\nsrv: snd \"x\"\nlisen { print $x }",
        "1:1 [lisen] unknown command `lisen` hint: did you mean `listen`?\n2:6 [snd] unknown command `snd` hint: did you mean `send`?\n3:1 [lisen] unknown command `lisen` hint: did you mean `listen`?\n",
    ),
    (
        "listen tcp 80 as my-srv; print $my",
        "1:32 [$my] unknown variable `$my` hint: a name with `-` in it stands in braces: `${my-srv}`\n",
    ),
    ("connect 80 as a; connect 81 as b; use a; send \"x\"; close a; send \"y\"", ""),
    ("connect 80 as a; close; connect 81 as b; send \"x\"", ""),
    ("include \"x.nsh\"; print $anything; f(); s: send \"x\"", ""),
    ("connect tcp localhost:99999", "1:23 [99999] expected a port from 0 to 65535 (found `99999`)\n"),
    ("listen tcp 80 upper -> ", "1:24 [] expected a stage (the line ends here)\n"),
    ("listen tcp 80 delay", "1:20 [] expected a duration (the line ends here)\n"),
    (
        "print \"${\"",
        "1:10 [\"] the text is not closed (no `\"` before the end of the line) hint: a text of several lines stands between `\"\"\"` and `\"\"\"`\n",
    ),
    ("print $x[", "1:10 [] expected an expression (the line ends here)\n"),
    (
        "test \"a\" { test \"b\" { } }",
        "1:12 [test] `test` stands inside a test case, block, function or handler hint: it stands outermost in a script\n",
    ),
    ("if true { print 1 } print 2", "1:21 [print] expected `else` or end of line (found `print`)\n"),
    ("let x = true and", "1:17 [] expected an expression (the line ends here)\n"),
    (
        "expect",
        "1:7 [] expected `not`, `line`, `exactly`, `datagram`, `eof`, `closed`, `nothing`, a whole number, … (the line ends here)\n",
    ),
    (
        "print 64q",
        "1:7 [64q] `64q` is not a number, a duration or a size hint: units of time are `us ms s m h`, units of size `k M G kB MB KiB MiB`\n",
    ),
    (
        "listen udp localhost",
        "1:12 [localhost] expected an address (found `localhost`) hint: an address has a port: `localhost:80`\n",
    ),
    ("send \"\\xg\"", "1:7 [\\x] `\\x` takes two hexadecimal digits\n"),
    ("send \"\\u{110000}\"", "1:7 [\\u] `\\u{…}` takes the hexadecimal number of a character\n"),
    ("connect 80; expect /a/k", "1:23 [k] unknown flag `k` hint: flags are `i m s x u`\n"),
    ("connect 80; expect /(?<a>x/", "1:21 [(] invalid regular expression (unclosed group)\n"),
    (
        "print \"a\nb\"",
        "1:7 [\"a] the text is not closed (no `\"` before the end of the line) hint: a text of several lines stands between `\"\"\"` and `\"\"\"`\n2:1 [b] unknown command `b` hint: a program of the system is run with `!` before it: `!b …`\n",
    ),
    ("!", "1:2 [] expected a command of the system (the line ends here)\n"),
    ("a: ", "1:4 [] expected a statement (the line ends here)\n"),
    ("print 5 5", ""),
    (
        "wait tcp1; stop relay2; stop tpc1",
        "1:30 [tpc1] unknown session `tpc1` hint: a session gets its name where it is opened: `as tpc1`\n",
    ),
    // What may stand there instead: the options of what is named too.
    ("connect tls localhost 80 aple=h2", "1:26 [aple] `connect` has no option `aple` hint: did you mean `alpn`?\n"),
    (
        "connect tls localhost 80 foo=1",
        "1:26 [foo] `connect` has no option `foo` (expected `as`, `within`, `eol=` or `alpn=`)\n",
    ),
    (
        "connect tls:localhost:80 foo=1",
        "1:26 [foo] `connect` has no option `foo` (expected `as`, `within`, `eol=` or `alpn=`)\n",
    ),
    ("connect localhost 80 foo=1", "1:22 [foo] `connect` has no option `foo` (expected `as`, `within` or `eol=`)\n"),
    ("listen tcp 80 drop 5% sed=1", "1:23 [sed] `listen` has no option `sed` hint: did you mean `seed`?\n"),
    (
        "listen tcp 80 upper -> drop 5% foo=1",
        "1:32 [foo] `listen` has no option `foo` (expected `seed=`, `as`, `max=`, `allow=` or `eol=`)\n",
    ),
    ("connect localhost 80 alpn=h2", "1:22 [alpn] `alpn` is an option of tls, not of tcp\n"),
    ("connect udp localhost 80 alpn=h2", "1:26 [alpn] `alpn` is an option of tls, not of udp\n"),
    ("relay 80 -> 81,udp:82 alpn=h2", "1:23 [alpn] `alpn` is an option of tls, not of tcp or udp\n"),
    ("secret tokn", "1:8 [tokn] unknown variable `$tokn`\n"),
];

#[test]
fn invalid_scripts_say_why() {
    let mut different = String::new();
    for (script, expected) in INVALID {
        let found = findings(script);
        if found != *expected {
            _ = write!(different, "--- {script}\n{found}");
        }
    }
    assert_eq!(different, "");
}

/// Formats what can be read of a text, and checks that it reads as the same again.
fn reformatted(text: &str) -> String {
    let tree = parsed(text).block;
    let formatted = format(&tree);
    let again = parsed(&formatted);
    assert_eq!(again.diagnostics, [], "{text}\n---\n{formatted}");
    assert_eq!(again.block, tree, "{text}\n---\n{formatted}");
    assert_eq!(format(&again.block), formatted, "{text}");
    formatted
}

#[test]
fn formatting_keeps_the_tree() {
    for script in VALID {
        reformatted(script);
    }
}

/// Scripts with their canonical text.
const FORMATTED: &[(&str, &str)] = &[
    (
        "\n\n# head\n\n\nlisten  tcp   80   upper->echo  as srv;a:  print 1 #c\n\n",
        "# head\n\nlisten tcp 80 upper -> echo as srv\na: print 1  #c\n",
    ),
    ("if 1<2{print -3..5 \"x\"}", "if 1 < 2 {\n    print -3 .. 5 \"x\"\n}\n"),
    (
        "listen tcp 5000 { # x\n\n\n on open{close} # y\n\n\n on close { }\n\n}",
        "listen tcp 5000 {\n    # x\n\n    on open {\n        close\n    }  # y\n\n    on close { }\n}\n",
    ),
    ("relay 80 to drop 0.5 seed=1 to 90 , 91 required=yes", "relay 80 -> drop 0.5 seed=1 -> 90,91 required=yes\n"),
    ("sleep 60s; sleep 1500ms; sleep 0.25s; sleep 0", "sleep 60s\nsleep 1500ms\nsleep 0.25s\nsleep 0\n"),
    ("print \"${$a}b${ len( $a,b= 2 ) }\" [1,2][ 0 ]", "print \"${a}b${len($a, b=2)}\" [1, 2][0]\n"),
    ("print \"\"\"\n      a\n\n       b\n      \"\"\" 1", "print \"\"\"\n    a\n\n     b\n    \"\"\" 1\n"),
    ("save \"a.txt\"; save a$x; save \"${x}\"", "save \"a.txt\"\nsave a$x\nsave \"$x\"\n"),
];

#[test]
fn formatting_is_canonical() {
    for (script, expected) in FORMATTED {
        assert_eq!(reformatted(script), *expected);
    }
}

fn completed(text: &str) -> Completion {
    complete(text, text.len(), &Words, &Running)
}

/// Texts with the start of the word at their end, what could complete it, and whether a path or host could.
const COMPLETIONS: &[(&str, &str)] = &[
    (
        "",
        "0: listen connect relay send sendln expect recv shutdown close stop use print assert fail ask sleep wait set secret help resolve scan save record exit let if while for repeat break continue def return include par retry test setup cleanup greet( srv: srv.1:",
    ),
    ("li", "0: listen"),
    ("listen", "0: listen"),
    ("listen ", "7: tcp udp unix tls"),
    ("listen tcp 80 u", "14: upper"),
    ("listen tcp 80 upper -", "20: ->"),
    ("listen tcp 80 upper ", "20: -> as max= allow= eol="),
    ("relay 80 -> up", "12: upper +host"),
    ("relay 80 -> upper -> 13000,1", "27:  +host"),
    ("connect localhost 80 ", "21: as within eol="),
    ("connect ", "8: tcp udp unix tls $srv $srv.1 +host"),
    ("connect u", "8: udp unix +host"),
    ("relay 80 -> 90 mode=f", "20: failover"),
    ("send \"$gr", "7: greeting"),
    ("print $srv.po", "11: port"),
    ("print le", "6: len("),
    ("stop s", "5: srv srv.1"),
    ("srv: ex", "5: expect exit"),
    ("expect l", "7: line"),
    ("expect \"x\" ", "11: or within for"),
    ("save ", "5:  +path"),
    ("listen tcp 80 { on o", "19: open"),
    ("if true {\n pri", "11: print"),
    ("if $x ", "6: and or contains starts ends"),
    ("let abc = 1\nprint $a", "19: abc"),
    ("listen tcp 80 as ab\na", "20: assert ask ab:"),
    ("def foo(x) { }\nfo", "15: for foo("),
    ("set timeout $", "13: greeting srv srv.1"),
    ("relay 80 -> 90 required=", "24: yes no"),
    ("print \"${gr", "9: greeting greet("),
];

#[test]
fn completions_are_what_could_stand_there() {
    for (text, expected) in COMPLETIONS {
        assert_eq!(shown(&completed(text)), *expected, "{text}");
    }
}

/// A completion on one line.
fn shown(found: &Completion) -> String {
    let words: Vec<&str> = found.candidates.iter().map(|candidate| candidate.text.as_str()).collect();
    let path = if found.path.is_some() { " +path" } else { "" };
    let host = match found.place {
        Some(PlaceForm::Port) => " +port",
        Some(_) => " +host",
        None => "",
    };
    format!("{}: {}{path}{host}", found.start, words.join(" "))
}

/// A text with the kinds of its lexemes, spaces left out.
fn coloured(text: &str) -> String {
    let pieces = lexemes(text, &Words, &NoNames);
    let shown = pieces.iter().filter(|piece| piece.kind != sockshell::language::LexemeKind::Space);
    shown.map(|piece| format!("{:?}<{}>", piece.kind, &text[piece.span.range()])).collect::<Vec<_>>().join(" ")
}

/// Texts with their lexemes.
const COLOURED: &[(&str, &str)] = &[
    (
        "listen tcp 6666 echo as srv max=3 # hi",
        "Command<listen> Protocol<tcp> Address<6666> Stage<echo> Option<as> Session<srv> Option<max> Operator<=> Number<3> Comment<# hi>",
    ),
    (
        "srv.1: send \"a\\n$x ${len($y)}\" every 2s",
        "Unknown<srv.1> Punctuation<:> Command<send> Text<\"a> Escape<\\n> Unknown<$x> Text< > Punctuation<${> Function<len> Punctuation<(> Unknown<$y> Punctuation<)> Punctuation<}> Text<\"> Option<every> Number<2s>",
    ),
    (
        "expect /a/i or not or 5 bytes",
        "Command<expect> Regex</a/i> Keyword<or> Unknown<not> Unknown<or> Unknown<5> Unknown<bytes>",
    ),
    ("relay 80 -> uper -> 90", "Command<relay> Address<80> Operator<->> Unknown<uper> Unknown<->> Unknown<90>"),
    ("lisen tcp 80", "Unknown<lisen> Unknown<tcp> Unknown<80>"),
    (
        "if true { lisen x; send \"x\" } else { print 1 }",
        "Keyword<if> Keyword<true> Punctuation<{> Unknown<lisen> Unknown<x> Punctuation<;> Command<send> Text<\"x\"> Punctuation<}> Keyword<else> Punctuation<{> Command<print> Number<1> Punctuation<}>",
    ),
    ("print $nme", "Command<print> Unknown<$nme>"),
    (
        "listen tcp 80 { on line { print \"x\" } }",
        "Command<listen> Protocol<tcp> Address<80> Punctuation<{> Keyword<on> Event<line> Punctuation<{> Command<print> Text<\"x\"> Punctuation<}> Punctuation<}>",
    ),
    ("send \"abc", "Command<send> Text<\"abc>"),
];

#[test]
fn lexemes_tell_what_is_what() {
    for (text, expected) in COLOURED {
        assert_eq!(coloured(text), *expected);
    }
}

/// Whether lexemes are in order, without gaps and not empty.
fn assert_lossless(text: &str, pieces: &[Lexeme]) {
    let mut at = 0;
    for piece in pieces {
        assert_eq!(piece.span.start, at, "{text:?}");
        assert!(piece.span.end > at, "{text:?}");
        assert!(text.is_char_boundary(piece.span.end), "{text:?}");
        at = piece.span.end;
    }
    assert_eq!(at, text.len(), "{text:?}");
}

/// Everything that must hold for any text.
fn assert_survives(text: &str) {
    for mode in [Mode::Script, Mode::Arguments] {
        let read = parse(Arc::new(Source::new("", text)), &Words, mode);
        let diagnostics = match check(read.clone(), &Words, &Running) {
            Ok(checked) => checked.warnings().to_vec(),
            Err(rejected) => rejected.diagnostics,
        };
        for diagnostic in &diagnostics {
            assert!(!diagnostic.message.contains('\n'));
            if let Some(span) = diagnostic.span {
                assert!(text.get(span.range()).is_some(), "{text:?} {diagnostic:?}");
            }
        }
        if mode == Mode::Script {
            reformatted(text);
        } else {
            format(&read.block);
        }
    }
    assert_lossless(text, &lexemes(text, &Words, &NoNames));
    for cursor in [text.len(), text.len() / 2, text.len() / 3] {
        let found = complete(text, cursor, &Words, &Running);
        assert!(text.is_char_boundary(found.start) && found.start <= cursor.max(found.start), "{text:?}");
    }
}

/// Pieces that scripts are made of, and some that they are not.
fn fragment() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = Words.commands().iter().map(|command| command.name).collect();
    let stages: Vec<&'static str> = Words.stages().iter().map(|stage| stage.name).collect();
    prop_oneof![
        4 => prop::sample::select(words).prop_map(str::to_owned),
        2 => prop::sample::select(stages).prop_map(str::to_owned),
        6 => prop::sample::select(vec![
            "tcp", "udp", "80", "localhost", "./sock", "as", "a", "b", "within", "2s", "50msx", "mode=all", "seed=4", "->",
            "to", ",", "or", "not", "line", "5", "bytes", "on", "open", "=", "==", "+", "-", "*", "/", "..", "~", "and", "[",
            "]", "(", ")", "let", "if", "else", "while", "for", "in", "repeat", "def", "return", "par", "test", "setup",
            "break", "x=1", "f(", "len(", "true", "srv.*", "5%", "10kB/s", "64k", "1.5", "0x1f", "max=3",
        ]).prop_map(str::to_owned),
        5 => prop::sample::select(vec![
            "\"", "\"a\"", "'a b'", "\"\"\"", "\"\"\"\n  a\n   b\n \"\"\"", "x\"0a\"", "x\"", "b64\"aGk=\"", "@f", "@\"a b\"",
            "/a(?<n>b)/i", "/", "$x", "${", "${x}", "${1 + $x}", "\"$x.y\"", "\"${x}.y\"", "\"${\"a\"}\"", "\\", "\\n",
            "$", "$1", "$#", "{", "}", ";", "\n", "\r\n", "\r", "#", " # c", ":", "a:", "$x:", "a.1:", "!ls", "\t", "  ", "é", "\u{1}",
            "\u{feff}", "\0", "\u{a0}", "日本", ".", "-x", "#x", "\"\"\"\n\n a\t\n\\x20b\"\"\"", "${\"\"\"a\\nb\"\"\"}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

/// A text of fragments, mostly with spaces between.
fn composed() -> impl Strategy<Value = String> {
    prop::collection::vec((fragment(), prop::sample::select(vec![" ", " ", " ", " ", "", "\n"])), 0..30)
        .prop_map(|pieces| pieces.into_iter().map(|(text, between)| text + between).collect())
}

/// A valid script with something cut out, doubled or put in.
fn mutated() -> impl Strategy<Value = String> {
    (prop::sample::select(VALID), any::<prop::sample::Index>(), 0..6_usize, prop::option::of(fragment())).prop_map(
        |(script, at, cut, insert)| {
            let start = script.floor_char_boundary(at.index(script.len() + 1));
            let end = script.ceil_char_boundary((start + cut).min(script.len()));
            format!("{}{}{}", &script[..start], insert.unwrap_or_default(), &script[end..])
        },
    )
}

/// 512 cases each, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 512 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        assert_survives(&text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        assert_survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn composed_texts_are_survived(text in composed()) {
        assert_survives(&text);
    }

    #[test]
    fn mutated_scripts_are_survived(text in mutated()) {
        assert_survives(&text);
    }

    #[test]
    fn joined_arguments_are_survived(words in prop::collection::vec(fragment(), 0..8)) {
        assert_survives(&join_arguments(&words));
    }
}

#[test]
fn depth_is_bounded() {
    for open in [
        "{",
        "{ ",
        "(",
        "[",
        "if true {",
        "if true {\n",
        "print (",
        "print [",
        "print len(",
        "print -",
        "print not ",
        "print \"${",
        "print \"${\"",
        "print ${",
        "print 1 + (",
        "listen tcp 80 {\n on open {\n",
        "print $x[",
        "\"\"\"${",
        "a: ",
        "par { par {",
        "if true { } else ",
    ] {
        let text = open.repeat(10_000);
        let before = processor_time();
        let read = parsed(&text);
        assert!(!read.diagnostics.is_empty(), "{open}");
        assert_lossless(&text, &lexemes(&text, &Words, &NoNames));
        complete(&text, text.len(), &Words, &NoNames);
        _ = check(read, &Words, &NoNames);
        let took = processor_time().saturating_sub(before);
        assert!(took.as_secs() < 30, "{open:?} took {took:?}");
    }
    for chain in ["1+", "$x[0]", "1,", "\"a\" == ", "$x.a"] {
        let text = format!("print [{}1]", chain.repeat(20_000));
        let read = parsed(&text);
        format(&read.block);
        _ = check(read, &Words, &NoNames);
    }
}

#[test]
fn long_lines_take_linear_time() {
    for piece in [
        "a",
        " a",
        "\"a\" ",
        "$x",
        "${x}",
        "${",
        "\"",
        "'",
        "/",
        " /",
        "\\",
        "#",
        " #",
        "1+",
        "->",
        ",",
        "{",
        "}",
        ";",
        "a:",
        "$",
        ".",
        "(",
        "@a ",
        "print \"x\";",
        "\"\"\"",
        "\\\n",
        "if true { };",
        "\n}",
    ] {
        for start in ["", "print ", "relay 1 -> ", "connect 1; send \"", "connect 1; expect /"] {
            let took = |length: usize| {
                let text = format!("{start}{}", piece.repeat(length / piece.len()));
                let before = processor_time();
                parsed(&text);
                processor_time().saturating_sub(before)
            };
            let (short, long) = (took(20_000), took(100_000));
            // Five times as long; what grows with the square takes twenty-five times as much.
            assert!(long < short * 12 + Duration::from_millis(200), "{start}{piece} took {short:?}, then {long:?}");
        }
    }
}

/// What this thread has had of the processor.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("it is positive")
}

#[test]
fn nearest_is_near() {
    let words = ["listen", "connect", "send", "expect"];
    let near = |word| nearest(word, words.iter().copied());
    assert_eq!(near("lisen"), Some("listen"));
    assert_eq!(near("snd"), Some("send"));
    assert_eq!(near("sned"), Some("send"));
    assert_eq!(near("Connect"), Some("connect"));
    assert_eq!(near("banana"), None);
}

#[test]
fn arguments_become_a_statement() {
    let join = |words: &[&str]| join_arguments(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    assert_eq!(join(&["connect 80; send \"x y\""]), "connect 80; send \"x y\"");
    assert_eq!(join(&["relay", "12000", "->", "13000,14000"]), "relay 12000 -> 13000,14000");
    assert_eq!(join(&["send", "hello"]), "send hello");
    assert_eq!(join(&["send", "hello world\\n"]), "send \"hello world\\n\"");
    assert_eq!(join(&["send", "\"hello\""]), "send \"hello\"");
    assert_eq!(join(&["set", "key=a b"]), "set key=\"a b\"");
    assert_eq!(join(&["send", "it's"]), "send \"it's\"");
    assert_eq!(join(&["send", ""]), "send \"\"");
    let read = parse(Arc::new(Source::new("", "send hello,world")), &Words, Mode::Arguments);
    assert_eq!(read.diagnostics, []);
    assert_eq!(format(&read.block), "send \"hello,world\"\n");
}

#[test]
fn open_ends_are_incomplete() {
    for text in [
        "if true {",
        "if true {\nprint \"x\"",
        "print \"\"\"abc",
        "print \"x\" \\",
        "connect localhost \\",
        "listen tcp 80 {\n on open {",
        "print \"x\" \\\n",
        "if true { lisen",
    ] {
        assert!(parsed(text).incomplete, "{text:?}");
    }
    for text in ["", "print \"x", "if true", "}", "if true { print $x }", "connect localhost"] {
        assert!(!parsed(text).incomplete, "{text:?}");
    }
}

#[test]
fn usage_is_one_line() {
    let usages: Vec<String> = Words.commands().iter().map(|command| usage(command)).collect();
    assert_eq!(
        usages[..6],
        [
            "listen PROTO ADDR [HANDLER] [as NAME] [max=N] [allow=HOST,…] [eol=lf|crlf] [{ on EVENT { … } }]",
            "connect [PROTO] WHERE [as NAME] [within D] [eol=lf|crlf] [{ on EVENT { … } }]",
            "relay [PROTO] ADDR -> [STAGE ->]… TARGET[,TARGET]… [as NAME] [mode=all|round-robin|failover] \
             [replies=all|first|none] [required=yes|no]",
            "send PAYLOAD [every D] [chunk=SIZE] [to=ADDR] [rate=RATE]",
            "sendln PAYLOAD [every D]",
            "expect [not] MATCH [or MATCH]… [within D] [for D]",
        ]
    );
}

#[test]
fn many_errors_are_counted() {
    let read = parsed(&"lisen\n".repeat(250));
    assert_eq!(read.diagnostics.len(), 101);
    assert_eq!(read.diagnostics[100].message, "150 more errors are not shown");
}

#[test]
fn many_unknown_names_are_counted() {
    let Err(rejected) = check(parsed(&"print $x\n".repeat(5000)), &Words, &NoNames) else { panic!("`$x` is unknown") };
    assert_eq!(rejected.diagnostics.len(), 101);
    assert_eq!(rejected.diagnostics[100].message, "4900 more errors are not shown");
}

/// Texts with the words that are still ahead of them; `!` where one must follow.
const AHEAD: &[(&str, &str)] = &[
    ("", ""),
    ("listen tc", ""),
    ("listen tcp 80 nonsense", ""),
    ("send \"open", ""),
    ("listen", "! PROTO ADDR [HANDLER] [as NAME] [max=N] [allow=HOST,…] [eol=lf|crlf] [{ on EVENT { … } }]"),
    ("listen ", "! PROTO ADDR [HANDLER] [as NAME] [max=N] [allow=HOST,…] [eol=lf|crlf] [{ on EVENT { … } }]"),
    ("listen tcp", "! ADDR [HANDLER] [as NAME] [max=N] [allow=HOST,…] [eol=lf|crlf] [{ on EVENT { … } }]"),
    ("listen tcp 80", "[HANDLER] [as NAME] [max=N] [allow=HOST,…] [eol=lf|crlf] [{ on EVENT { … } }]"),
    ("listen tcp 80 upper ->", "! STAGE [as NAME] [max=N] [allow=HOST,…] [eol=lf|crlf] [{ on EVENT { … } }]"),
    ("listen tcp 80 as", "! NAME [max=N] [allow=HOST,…] [eol=lf|crlf]"),
    ("listen tcp 80 as a max=", "! N [allow=HOST,…] [eol=lf|crlf]"),
    (
        "relay 80",
        "! -> [STAGE ->]… TARGET[,TARGET]… [as NAME] [mode=all|round-robin|failover] [replies=all|first|none] [required=yes|no]",
    ),
    (
        "relay 80 ->",
        "! [STAGE ->]… TARGET[,TARGET]… [as NAME] [mode=all|round-robin|failover] [replies=all|first|none] [required=yes|no]",
    ),
    (
        "relay 80 -> upper",
        "! -> [STAGE ->]… TARGET[,TARGET]… [as NAME] [mode=all|round-robin|failover] [replies=all|first|none] [required=yes|no]",
    ),
    ("relay 80 -> 90,91", "[as NAME] [mode=all|round-robin|failover] [replies=all|first|none] [required=yes|no]"),
    ("connect", "! [PROTO] HOST PORT [as NAME] [within D] [eol=lf|crlf] [{ on EVENT { … } }]"),
    ("connect localhost", "! PORT [as NAME] [within D] [eol=lf|crlf] [{ on EVENT { … } }]"),
    ("connect localhost 80", "[as NAME] [within D] [eol=lf|crlf] [{ on EVENT { … } }]"),
    ("expect", "! [not] MATCH [or MATCH]… [within D] [for D]"),
    ("expect line", "! PAYLOAD [within D] [for D]"),
    ("expect \"x\"", "[or MATCH]… [within D] [for D]"),
    ("expect \"x\" or", "! MATCH [within D] [for D]"),
    ("print 1", "[VALUE]…"),
    ("set timeout", "! VALUE"),
    ("listen tcp 80 { on open { stop", "! NAME"),
    ("listen tcp 80 { on open { stop a } }", ""),
    ("stop", "! NAME"),
    ("stop $x", ""),
];

#[test]
fn what_is_ahead_shrinks_as_it_is_written() {
    for (text, expected) in AHEAD {
        assert_eq!(ahead(text), *expected, "{text}");
    }
}

/// What is ahead of a text, on one line.
fn ahead(text: &str) -> String {
    let rest = rest(text, &Words);
    let mark = if rest.required { "! " } else { "" };
    format!("{mark}{}", rest.words.join(" "))
}
