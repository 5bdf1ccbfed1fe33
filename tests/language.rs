//! The language: what is accepted, what is refused and how, and the properties that hold for any text.

#[path = "language/vocabulary.rs"]
mod vocabulary;

use std::fmt::Write as _;
use std::sync::Arc;

use sockshell::language::vocabulary::{NoNames, Vocabulary as _};
use sockshell::language::{
    Completion, Diagnostic, Lexeme, Mode, Parsed, Severity, Source, check, complete, format, join_arguments, lexemes,
    nearest, parse, usage,
};
use proptest::prelude::*;
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
        println!("{}-----", reformatted(script));
    }
}

/// Scripts with their canonical text.
const FORMATTED: &[(&str, &str)] = &[];

#[test]
fn formatting_is_canonical() {
    for (script, expected) in FORMATTED {
        assert_eq!(reformatted(script), *expected);
    }
}

fn completed(text: &str) -> Completion {
    complete(text, text.len(), &Words, &Running)
}

/// Texts with the start of the word at their end and what could complete it.
const COMPLETIONS: &[(&str, usize, &str)] = &[
];

#[test]
fn try_completions() {
    for text in ["", "li", "listen", "listen ", "listen tcp 80 u", "listen tcp 80 upper -", "listen tcp 80 upper ", "relay 80 -> up", "relay 80 -> upper -> 13000,1", "connect localhost 80 ", "connect ",
        "connect u", "relay 80 -> 90 mode=f", "send \"$gr", "print $srv.po", "print le", "stop s", "srv: ex", "expect l", "expect \"x\" ", "save ", "listen tcp 80 { on o", "if true {\n pri", "if $x ", "let abc = 1\nprint $a", "listen tcp 80 as ab\na", "def foo(x) { }\nfo", "set timeout $", "relay 80 -> 90 required=", "print \"${gr"] {
        let found = completed(text);
        let words: Vec<&str> = found.candidates.iter().map(|candidate| candidate.text.as_str()).collect();
        println!("{text:?} {} {} {} {}", found.start, words.join(" "), found.wants_path, found.wants_host);
    }
}

/// A text with the kinds of its lexemes, spaces left out.
fn coloured(text: &str) -> String {
    let pieces = lexemes(text, &Words, &NoNames);
    let shown = pieces.iter().filter(|piece| piece.kind != sockshell::language::LexemeKind::Space);
    shown.map(|piece| format!("{:?}<{}>", piece.kind, &text[piece.span.range()])).collect::<Vec<_>>().join(" ")
}

#[test]
fn try_lexemes() {
    for text in ["listen tcp 6666 echo as srv max=3 # hi", "srv.1: send \"a\\n$x ${len($y)}\" every 2s", "expect /a/i or not or 5 bytes", "relay 80 -> uper -> 90", "lisen tcp 80", "if true { lisen x; send \"x\" } else { print 1 }", "print $nme", "listen tcp 80 { on line { print \"x\" } }", "send \"abc"] {
        println!("{}", coloured(text));
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

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
    for open in ["{", "{ ", "(", "[", "if true {", "if true {\n", "print (", "print [", "print len(", "print -", "print not ", "print \"${", "print \"${\"", "print ${", "print 1 + (", "listen tcp 80 {\n on open {\n", "print $x[", "\"\"\"${", "a: ", "par { par {", "if true { } else "] {
        let text = open.repeat(10_000);
        let read = parsed(&text);
        assert!(!read.diagnostics.is_empty(), "{open}");
        assert_lossless(&text, &lexemes(&text, &Words, &NoNames));
        complete(&text, text.len(), &Words, &NoNames);
        _ = check(read, &Words, &NoNames);
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
    for piece in ["a", " a", "\"a\" ", "$x", "${x}", "${", "\"", "'", "/", " /", "\\", "#", " #", "1+", "->", ",", "{", "}", ";", "a:", "$", ".", "(", "@a ", "print \"x\";", "\"\"\"", "\\\n", "if true { };", "\n}"] {
        for start in ["", "print ", "relay 1 -> ", "connect 1; send \"", "connect 1; expect /"] {
            let text = format!("{start}{}", piece.repeat(100_000 / piece.len()));
            let before = std::time::Instant::now();
            parsed(&text);
            let took = before.elapsed();
            assert!(took.as_secs() < 5, "{start}{piece} took {took:?}");
        }
    }
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
    for text in ["if true {", "if true {\nprint \"x\"", "print \"\"\"abc", "print \"x\" \\", "connect localhost \\", "listen tcp 80 {\n on open {", "print \"x\" \\\n"] {
        assert!(parsed(text).incomplete, "{text:?}");
    }
    for text in ["", "print \"x", "if true", "}", "if true { lisen", "if true { print $x }", "connect localhost"] {
        assert!(!parsed(text).incomplete, "{text:?}");
    }
}

#[test]
fn usage_is_one_line() {
    let usages: Vec<String> = Words.commands().iter().map(|command| usage(command)).collect();
    println!("{}", usages.join("\n"));
}

#[test]
fn many_errors_are_counted() {
    let read = parsed(&"lisen\n".repeat(250));
    assert_eq!(read.diagnostics.len(), 101);
    assert_eq!(read.diagnostics[100].message, "150 more errors are not shown");
}
