//! Scripts: what each statement does when a whole file runs, and what a person reads when it does not hold.

use rustix::process::Signal;

use crate::support::{Door, Mailbox, nsh, script};

/// An echo server and a client `a` of it, then `rest`.
fn echo(rest: &str) -> String {
    format!("listen tcp 0 echo as srv\nconnect $srv as a\n{rest}\n")
}

/// A server that keeps what it receives, a client `a` of it, then `rest`.
fn pair(rest: &str) -> String {
    format!("listen tcp 0 as srv\nconnect $srv as a\nwait srv 1 connections\n{rest}\n")
}

/// The script holds, prints nothing and has no error to tell.
#[track_caller]
fn holds(text: &str) {
    let output = script(text).output();
    output.code(0).stdout("");
    assert!(!output.err().contains("error"), "{}", output.err());
}

/// The script runs into an expectation that does not hold, and says that.
#[track_caller]
fn unmet(text: &str, says: &str) {
    script(text).output().code(3).stdout("").complains(says).complains("--> lab.nsh:");
}

/// The script is turned away before anything runs.
#[track_caller]
fn rejected(text: &str, says: &str) {
    script(&format!("print \"it ran\"\n{text}")).output().code(2).stdout("").complains(says);
}

/// The script prints that.
#[track_caller]
fn prints(text: &str, expected: &str) {
    script(text).output().code(0).stdout(expected).stderr("");
}

mod expect {
    use super::{Door, echo, holds, pair, script, unmet};

    #[test]
    fn text_consumes_through_the_match_and_keeps_the_rest() {
        holds(&echo("a: send \"one two three\"\na: expect \"one\"\na: expect \"three\""));
        unmet(
            &echo("a: send \"one two\"\na: expect \"two\"\na: expect \"one\" within 100ms"),
            "did not hold within 100 ms",
        );
    }

    #[test]
    fn text_may_come_in_pieces() {
        holds(&pair("a: send \"hello world\" chunk=1 every 1ms\nsrv: expect \"lo wo\"\nsrv: expect \"rld\""));
    }

    #[test]
    fn the_reference_example_is_told_as_the_reference_tells_it() {
        let text = "listen tcp 0 echo as srv\nconnect $srv as a\n\n\na: send \"hello\\n\"\n\na: expect \"HELLO\\n\" within 300ms\n";
        let output = script(text).output();
        output.code(3).stdout("");
        // The port that the hint proposes is nobody's business here.
        let told = output.err();
        let (told, upper) = told.split_once("`listen tcp ").expect("a hint");
        assert_eq!(upper.trim_start_matches(char::is_numeric), " upper` answers in upper case\n");
        assert_eq!(
            told,
            "error: `expect` did not hold within 300 ms\n  \
             --> lab.nsh:7:4\n   \
             |\n \
             7 | a: expect \"HELLO\\n\" within 300ms\n   \
             |    ^^^^^^^^^^^^^^^^ expected 6 B, received 6 B that differ at byte 0\n   \
             |   expected  48 45 4c 4c 4f 0a   HELLO␊\n   \
             |   received  68 65 6c 6c 6f 0a   hello␊\n   \
             |             ^^ ^^ ^^ ^^ ^^\n \
             hint: `srv` is an `echo`; ",
        );
    }

    #[test]
    fn a_regex_captures_into_variables() {
        let text =
            echo("a: send \"id=42 name=bob\\n\"\na: expect /id=(?<id>\\d+) name=(?<name>\\w+)/\nprint \"$id $name\"");
        script(&text).output().code(0).stdout("42 bob\n").stderr("");
    }

    #[test]
    fn a_regex_works_on_bytes() {
        holds(&echo("a: send x\"00 ff 41\"\na: expect /\\x00[^a]A/s"));
    }

    #[test]
    fn a_line_is_compared_without_its_ending() {
        holds(&echo("a: send \"one\\r\\ntwo\\n\"\na: expect line \"one\"\na: expect line \"two\""));
        unmet(&echo("a: send \"one\\n\"\na: expect line \"on\" within 200ms"), "`expect`");
    }

    #[test]
    fn exactly_wants_nothing_before_and_nothing_behind() {
        holds(&echo("a: send \"abc\"\na: expect exactly \"abc\""));
        unmet(&echo("a: send \"abcd\"\na: expect exactly \"abc\" within 200ms"), "`expect`");
        unmet(&echo("a: send \"xabc\"\na: expect exactly \"abc\" within 200ms"), "`expect`");
    }

    #[test]
    fn a_count_of_bytes() {
        holds(&echo("a: send \"abcdef\"\na: expect 4 bytes\na: expect exactly \"ef\""));
        unmet(&echo("a: send \"abc\"\na: expect 4 bytes within 100ms"), "`expect`");
    }

    #[test]
    fn a_datagram_is_whole() {
        let pond = "listen udp 0 echo as srv\nconnect $srv as a\n";
        holds(&format!(
            "{pond}a: send \"one\"\na: send \"\"\na: send \"two\"\na: expect datagram \"one\"\na: expect datagram \"\"\na: expect datagram \"two\"\n"
        ));
        unmet(&format!("{pond}a: send \"one\"\na: expect datagram \"on\" within 200ms\n"), "`expect`");
    }

    #[test]
    fn the_end_of_the_peers_data() {
        holds(&pair("srv: shutdown\na: expect eof\na: send \"still\"\nsrv: expect \"still\""));
        holds(&pair("srv: send \"last words\"\nsrv.1: close\na: expect \"last words\"\na: expect eof"));
        // What was not taken before is passed over, as before a text.
        holds(&pair("srv: send \"more\"\nsrv: shutdown\na: expect eof"));
        unmet(&pair("srv: send \"more\"\na: expect eof within 100ms"), "`expect`");
    }

    #[test]
    fn a_reset_is_not_an_end() {
        holds(&pair("srv: reset\na: expect reset"));
        unmet(&pair("srv: reset\na: expect eof within 500ms"), "reset");
    }

    #[test]
    fn a_refusal_can_be_expected() {
        let port = Door::closed_port();
        holds(&format!("connect 127.0.0.1 {port} try=yes as a\na: expect refused\n"));
        unmet(&pair("a: expect refused within 200ms"), "`expect`");
    }

    #[test]
    fn an_end_of_either_kind_is_closed() {
        holds(&pair("srv.1: close\na: expect closed"));
        holds(&pair("srv: reset\na: expect closed"));
    }

    #[test]
    fn an_echo_is_what_was_sent_last() {
        holds(&echo("a: send \"one\"\na: expect echo\na: send x\"00 ff\"\na: expect echo"));
        unmet(
            "listen tcp 0 upper as srv\nconnect $srv as a\na: send \"one\"\na: expect echo within 200ms\n",
            "differ at byte 0",
        );
    }

    #[test]
    fn one_of_several() {
        holds(&echo("a: send \"two\"\na: expect \"one\" or \"two\" or /three/"));
        holds(&pair("srv.1: close\na: expect \"one\" or eof"));
        unmet(&echo("a: send \"four\"\na: expect \"one\" or \"two\" within 100ms"), "`expect`");
    }

    #[test]
    fn not_holds_when_it_does_not_come() {
        holds(&echo("a: send \"one\"\na: expect not \"two\" within 100ms\na: expect \"one\""));
        unmet(&echo("a: send \"one two\"\na: expect not \"two\" within 5s"), "`expect not`");
    }

    #[test]
    fn nothing_for_a_while() {
        holds(&pair("a: expect nothing for 50ms"));
        unmet(&pair("srv: send \"x\"\na: expect nothing for 2s"), "`expect`");
    }

    #[test]
    fn what_was_not_read_is_shown() {
        let text = echo("a: send \"one two\\n\"\na: expect \"one\"\na: expect \"three\" within 100ms");
        script(&text).output().code(3).complains("two␊");
    }

    #[test]
    fn the_limit_can_be_set() {
        unmet(&pair("set timeout 80ms\na: expect \"x\""), "did not hold within 80 ms");
    }

    #[test]
    fn an_early_end_fails_at_once_and_says_so() {
        unmet(&pair("srv: send \"par\"\nsrv.1: close\na: expect \"partial\" within 1h"), "`expect`");
    }
}

mod talking {
    use super::{Mailbox, echo, holds, nsh, pair, prints, script};

    #[test]
    fn recv_takes_what_it_is_asked_for() {
        prints(
            &echo(
                "a: send \"one\\ntwo three\"\na: recv line as x\nprint $x\na: recv 3 bytes as y\nprint $y\na: recv as z\nprint $z",
            ),
            "one\ntwo\n three\n",
        );
    }

    #[test]
    fn recv_all_waits_for_the_end() {
        prints(&pair("srv: send \"one \" \nsrv: send \"two\"\nsrv.1: close\na: recv all as x\nprint $x"), "one two\n");
    }

    #[test]
    fn what_is_waited_for_may_be_larger_than_the_buffer() {
        let big = "let big = repeated(\"x\", 3000000)\n";
        prints(
            &format!("{big}{}", echo("a: send $big\na: recv 3000000 bytes as x\nprint \"${len($x)}\"")),
            "3000000\n",
        );
        holds(&format!("{big}{}", echo("a: send $big\na: expect echo")));
        holds(&format!("{big}{}", echo("a: send $big\na: send \"END\"\na: expect \"END\"")));
        prints(
            &format!("{big}{}", echo("a: send $big\na: shutdown\na: recv all as x\nprint \"${len($x)}\"")),
            "3000000\n",
        );
    }

    #[test]
    fn recv_fails_like_an_expectation() {
        script(&pair("a: recv line within 50ms as x")).output().code(3).complains("`recv`");
    }

    #[test]
    fn recv_keeps_datagrams_apart() {
        let pond = "listen udp 0 echo as srv\nconnect $srv as a\n";
        prints(
            &format!(
                "{pond}a: send \"one\"\na: send \"two\"\na: recv datagram as x\na: recv datagram as y\nprint \"$x,$y\"\n"
            ),
            "one,two\n",
        );
    }

    #[test]
    fn sendln_uses_the_sessions_line_ending() {
        holds("listen tcp 0 as srv\nconnect $srv eol=crlf as a\na: sendln \"x\"\nsrv: expect exactly \"x\\r\\n\"\n");
        holds(&pair("a: sendln \"x\"\nsrv: expect exactly \"x\\n\""));
    }

    #[test]
    fn bytes_are_exact() {
        holds(&pair("a: send x\"00 01 7f 80 ff 0d 0a\"\nsrv: expect exactly x\"00017f80ff0d0a\""));
        holds(&pair("a: send b64\"AAH/\"\nsrv: expect exactly x\"00 01 ff\""));
        holds(&pair("a: send 'a\\n$b'\nsrv: expect exactly x\"61 5c 6e 24 62\""));
        holds(&pair(
            "a: send \"\\r\\n\\t\\0\\e\\\\\\\"\\$\\x41\\u{e9}\"\nsrv: expect exactly x\"0d0a09001b5c2224 41 c3a9\"",
        ));
    }

    #[test]
    fn a_block_text_loses_its_common_indentation() {
        prints("print \"\"\"\n  one\n    two\n  three\n  \"\"\"\n", "one\n  two\nthree\n\n");
    }

    #[test]
    fn a_files_content_can_be_sent() {
        script(&pair("a: send @data.bin\nsrv: expect exactly x\"00ff0a\""))
            .file("data.bin", b"\x00\xff\n")
            .output()
            .code(0);
    }

    #[test]
    fn a_datagram_can_go_to_somebody_else() {
        let mailbox = Mailbox::open();
        let port = mailbox.port;
        let text = format!("listen udp 0 as srv\nconnect $srv as a\na: send \"elsewhere\" to=127.0.0.1:{port}\n");
        script(&text).output().code(0);
        mailbox.hears("elsewhere");
    }

    #[test]
    fn attach_joins_the_terminal() {
        let run = nsh("run -q lab.nsh")
            .file("lab.nsh", "listen tcp 0 upper as srv\nconnect $srv as a\nattach\nprint \"after\"\n");
        run.stdin("typed\n").output().code(0).stdout("TYPED\nafter\n");
    }

    #[test]
    fn a_listener_with_one_connection_means_that_one() {
        holds(&pair("srv: send \"x\"\na: expect \"x\"\nsrv: close\na: expect eof"));
    }

    #[test]
    fn a_relay_goes_between() {
        holds(
            "listen tcp 0 as left\nlisten tcp 0 as right\nrelay 0 -> upper -> $left,$right as r\nconnect $r as a\na: send \"x\"\nleft: expect \"X\"\nright: expect \"X\"\nleft: send \"back\"\na: expect \"back\"\n",
        );
        holds(
            "listen tcp 0 as left\nrelay 0 to upper to $left as r\nconnect $r as a\na: send \"x\"\nleft: expect \"X\"\n",
        );
    }

    #[test]
    fn two_sessions_can_be_joined() {
        holds(
            "listen tcp 0 as one\nlisten tcp 0 as two\nconnect $one as a\nconnect $two as b\n\
             wait one 1 connections\nwait two 1 connections\n\
             def talk() {\n  a: send \"x\"\n  b: expect \"x\"\n  b: send \"y\"\n  a: expect \"y\"\n  b: shutdown\n  a: expect eof\n  a: close\n}\n\
             par {\n  join one.1 two.1\n  talk()\n}\n",
        );
    }
}

mod handlers {
    use super::{Door, holds, prints, script};
    use crate::support::Talk;

    #[test]
    fn variables_belong_to_their_connection() {
        holds(
            "listen tcp 0 as srv {\n  on open { let count = 0 }\n  on line {\n    let count = $count + 1\n    sendln \"$count\"\n  }\n}\n\
             connect $srv as a\nconnect $srv as b\na: sendln \"x\"\na: expect line \"1\"\na: sendln \"x\"\na: expect line \"2\"\n\
             b: sendln \"x\"\nb: expect line \"1\"\n",
        );
    }

    #[test]
    fn the_events_come_in_order() {
        let text = "listen tcp 0 as srv {\n  on open { print \"open\" }\n  on data { print \"data $data\" }\n  on close { print \"close\" }\n}\n\
                    connect $srv as a\na: send \"x\"\na: close\nwait srv.1 closed\n";
        prints(text, "open\ndata x\nclose\n");
    }

    #[test]
    fn lines_are_cut_wherever_the_segments_are() {
        let server = script("listen tcp 0 as srv {\n  on line { sendln \"<$line>\" }\n}\nwait srv\n").start();
        let mut client = Talk::to(server.tcp_port());
        client.send("a").is_silent().send("b\r\ncd\n\ne").hears("<ab>\n<cd>\n<>\n").finish();
        client.hears("<e>\n").at_end();
    }

    #[test]
    fn an_error_in_a_handler_is_told_and_the_server_lives() {
        let server =
            script("listen tcp 0 as srv {\n  on line { assert $line == \"good\"; sendln \"ok\" }\n}\nwait srv\n")
                .start();
        let port = server.tcp_port();
        Talk::to(port).send("bad\n");
        server.wait_err("lab.nsh:2:");
        Talk::to(port).send("good\n").hears("ok\n");
    }

    #[test]
    fn a_reset_is_an_error_event() {
        let server = script(
            "listen tcp 0 as srv {\n  on open { send \"hi\" }\n  on error { print \"error: $error\" }\n}\nwait srv\n",
        )
        .start();
        let mut client = Talk::to(server.tcp_port());
        client.hears("hi");
        client.reset();
        server.wait_out("reset");
    }

    #[test]
    fn datagrams_are_answered_to_their_sender() {
        holds(
            "listen udp 0 as srv {\n  on datagram { send \"<$datagram>\" }\n}\nconnect $srv as a\nconnect $srv as b\n\
             a: send \"one\"\nb: send \"two\"\na: expect datagram \"<one>\"\nb: expect datagram \"<two>\"\n",
        );
    }

    #[test]
    fn stop_ends_the_listener_and_its_connections() {
        let server = script("listen tcp 0 as srv {\n  on line { stop srv }\n}\nwait srv\nprint \"stopped\"\n").start();
        let port = server.tcp_port();
        let mut idle = Talk::to(port);
        let mut client = Talk::to(port);
        client.send("quit\n").rest();
        idle.rest();
        server.end().code(0).stdout("stopped\n");
        let _ = Door::at(&format!("127.0.0.1:{port}"));
    }
}

mod flow {
    use super::{Door, Signal, holds, nsh, pair, prints, rejected, script, unmet};
    use crate::support::{Process, Talk};

    #[test]
    fn values_and_expressions() {
        prints("let x = 2 + 3 * 4\nprint $x\n", "14\n");
        prints("print \"${(2 + 3) * 4} ${7 % 3} ${-3}\"\n", "20 1 -3\n");
        prints("let a = [1, 2, 3]\nprint \"${$a[0]} ${$a[-1]} ${len($a)}\"\n", "1 3 3\n");
        prints("if \"abc\" contains \"b\" and not (\"abc\" starts \"b\") { print \"yes\" }\n", "yes\n");
        prints("if \"abc\" ~ /^a.c$/ { print \"yes\" } else { print \"no\" }\n", "yes\n");
        prints("print \"${upper('é')} ${hex('AB')} ${trim('  x ')}\"\n", "É 4142 x\n");
        prints("print join(split(\"a,b,c\", \",\"), \"-\")\n", "a-b-c\n");
        prints("print \"${min(3, 1, 2)} ${max(3, 1, 2)} ${abs(-4)}\"\n", "1 3 4\n");
    }

    #[test]
    fn if_and_else() {
        prints(
            "let x = 2\nif $x == 1 { print \"one\" } else if $x == 2 { print \"two\" } else { print \"many\" }\n",
            "two\n",
        );
    }

    #[test]
    fn loops() {
        prints("repeat 3 { print \"x\" }\n", "x\nx\nx\n");
        prints("for x in 1..3 { print $x }\n", "1\n2\n3\n");
        prints("for x in [\"a\", \"b\"] { print $x }\n", "a\nb\n");
        prints(
            "let n = 0\nwhile $n < 10 {\n  let n = $n + 1\n  if $n == 2 { continue }\n  if $n == 4 { break }\n  print $n\n}\n",
            "1\n3\n",
        );
    }

    #[test]
    fn functions() {
        prints(
            "def greet(who, how=\"hello\") { print \"$how $who\" }\ngreet(\"bob\")\ngreet(\"eve\", how=\"bye\")\n",
            "hello bob\nbye eve\n",
        );
        prints("def twice(n) { return $n * 2 }\nlet x = twice(21)\nprint $x\n", "42\n");
        prints("def fact(n) { if $n < 2 { return 1 }\n  return $n * fact($n - 1) }\nprint fact(10)\n", "3628800\n");
    }

    #[test]
    fn endless_recursion_is_an_error() {
        script("def f(n) { return f($n + 1) }\nlet x = f(0)\n").output().failed().complains("lab.nsh:1:");
    }

    #[test]
    fn a_file_can_be_included() {
        let run = script("include \"more.nsh\"\ngreet(\"bob\")\n")
            .file("more.nsh", "def greet(who) { print \"hello $who\" }\n");
        run.output().code(0).stdout("hello bob\n");
        script("print \"it ran\"\ninclude \"missing.nsh\"\n").output().failed().stdout("").complains("missing.nsh");
        let run = script("print \"it ran\"\ninclude \"more.nsh\"\n").file("more.nsh", "lisen tcp 0\n");
        run.output().code(2).stdout("").complains("more.nsh:1:1");
        let run = script("include \"lab.nsh\"\n");
        run.output().code(2).complains("lab.nsh:1:");
    }

    #[test]
    fn branches_run_side_by_side_and_join() {
        holds(&pair(
            "par {\n  a: expect \"ping\"\n  srv: expect \"pong\"\n  a: send \"pong\"\n  srv: send \"ping\"\n}",
        ));
        unmet(&pair("par {\n  a: expect \"x\" within 50ms\n  sleep 10ms\n}"), "lab.nsh:5:6");
    }

    #[test]
    fn retry_tries_again() {
        prints("let n = 0\nretry 5 every 1ms {\n  let n = $n + 1\n  assert $n == 3\n}\nprint $n\n", "3\n");
        script("retry 2 every 1ms { assert 1 == 2 }\n").output().code(3).complains("lab.nsh:1:");
    }

    #[test]
    fn tests_are_counted_and_fail_the_run() {
        let text = "test \"good\" { assert 1 == 1 }\ntest \"bad\" { assert 1 == 2 }\ntest \"after\" { print \"it goes on\" }\n";
        let output = nsh("run lab.nsh").file("lab.nsh", text).output();
        output.code(3);
        let said = format!("{}{}", output.out(), output.err());
        for part in ["good", "bad", "after", "it goes on", "lab.nsh:2:"] {
            assert!(said.contains(part), "`{part}` is missing: {said}");
        }
    }

    #[test]
    fn setup_and_cleanup_run_around_each_test() {
        let text = "setup { print \"setup\" }\ncleanup { print \"cleanup\" }\ntest \"one\" { print \"one\" }\ntest \"two\" { print \"two\" }\n";
        let out = script(text).output().code(0).out();
        assert!(out.contains("setup\n") && out.contains("one\n") && out.ends_with("cleanup\n"), "{out}");
    }

    #[test]
    fn cleanup_runs_whatever_happens() {
        script("cleanup { print \"cleaned\" }\nfail \"on purpose\"\n")
            .output()
            .code(3)
            .stdout("cleaned\n")
            .complains("on purpose");
        script("cleanup { print \"cleaned\" }\nexit 7\n").output().code(7).stdout("cleaned\n");
        let run = script("cleanup { print \"cleaned\" }\nprint \"waiting\"\nsleep 1h\n").start();
        run.wait_out("waiting\n").signal(Signal::INT);
        run.end().code(130).stdout("waiting\ncleaned\n");
        let run = script("cleanup { print \"cleaned\" }\nprint \"waiting\"\nsleep 1h\n").start();
        run.wait_out("waiting\n").signal(Signal::TERM);
        run.end().code(143).stdout("waiting\ncleaned\n");
    }

    #[test]
    fn assert_and_fail() {
        unmet("assert 1 == 2\n", "`assert`");
        unmet("fail \"that's it\"\n", "that's it");
    }

    #[test]
    fn exit_codes() {
        script("exit\n").output().code(0);
        script("exit 42\nprint \"no\"\n").output().code(42).stdout("");
        script("exit 300\n").output().code(2);
    }

    #[test]
    fn arguments_of_the_script() {
        let run = script("print \"${$#} $1 $2 ${arg(3, 9)}\"\n").arg("one").arg("two words");
        run.output().code(0).stdout("2 one two words 9\n");
        script("print \"$1\"\n").output().code(2).complains("$1");
    }

    #[test]
    fn ask_reads_a_line() {
        script("ask \"name? \" as name\nprint \"hello $name\"\n")
            .stdin("bob\n")
            .output()
            .code(0)
            .stdout("name? hello bob\n");
        script("ask \"name? \" as name\nprint \"hello $name\"\n").output().code(1);
    }

    #[test]
    fn a_command_of_the_system() {
        script("!echo from the system\n").output().code(0).stdout("from the system\n");
        script("!exit 3\nprint \"no\"\n").output().code(1).stdout("").complains("3");
    }

    #[test]
    fn ports_tells_who_holds_one() {
        let door = Door::open();
        let port = door.port;
        script(&format!("ports {port}\n")).output().code(0).says(&std::process::id().to_string());
    }

    #[test]
    fn fields_of_a_session() {
        let out = script("listen tcp 127.0.0.1:0 as srv\nprint \"$srv.host $srv.name ${$srv.port > 0}\"\n").output();
        out.code(0).stdout("127.0.0.1 srv true\n");
    }

    #[test]
    fn wait_knows_what_it_waits_for() {
        holds(&pair("wait a open\na: close\nwait srv.1 closed"));
        prints(
            "listen tcp 0 discard as srv\nrepeat 3 { connect $srv }\nwait srv 3 connections\nprint \"three\"\n",
            "three\n",
        );
    }

    #[test]
    fn labels_address_every_connection() {
        holds(
            "listen tcp 0 as srv\nconnect $srv as a\nconnect $srv as b\nwait srv 2 connections\nsrv.*: send \"all\"\na: expect \"all\"\nb: expect \"all\"\n",
        );
        script(
            "listen tcp 0 as srv\nconnect $srv as a\nconnect $srv as b\nwait srv 2 connections\nsrv: send \"whom\"\n",
        )
        .output()
        .code(2)
        .complains("srv.1")
        .complains("srv.2");
    }

    #[test]
    fn secrets_are_never_told() {
        let text = "let key = \"hunter2\"\nsecret key\nlisten tcp 0 echo as srv\nconnect $srv as a\na: send \"key=$key\"\na: expect \"key=hunter2\"\nprint \"the key is $key\"\na: send $key\na: expect \"other\" within 50ms\n";
        let output = nsh("run -v lab.nsh").file("lab.nsh", text).output();
        output.code(3);
        let said = format!("{}{}", output.out(), output.err());
        let leaks: Vec<&str> =
            said.lines().filter(|line| line.contains("hunter2") && !line.contains("expect \"key=")).collect();
        assert!(leaks.is_empty(), "the secret was told: {leaks:?}");
    }

    #[test]
    fn a_log_is_written() {
        let run = script(&pair("log \"talk.log\"\na: send \"hello\\n\"\nsrv: expect \"hello\\n\""));
        let folder = run.folder();
        run.output().code(0);
        let log = String::from_utf8(folder.read("talk.log")).expect("a log is text");
        assert!(log.contains("hello"), "{log}");
    }

    #[test]
    fn sleep_takes_its_time() {
        let start = std::time::Instant::now();
        holds("sleep 120ms\n");
        assert!(start.elapsed() >= std::time::Duration::from_millis(120));
    }

    #[test]
    fn nothing_runs_before_the_whole_file_is_understood() {
        rejected("lisen tcp 0\n", "`listen`");
        rejected("expect /(/\n", "lab.nsh:2:");
        rejected("print $nowhere\n", "nowhere");
        rejected("a: send \"x\"\n", "`a`");
        rejected("listen tcp 0 eco\n", "`echo`");
        rejected("print \"open\n", "lab.nsh:2:");
        rejected("repeat 3 {\n", "lab.nsh:");
        rejected("listen tcp 99999\n", "65535");
        rejected("f(1)\n", "`f`");
        rejected("def f(a) { }\nf(1, 2)\n", "f");
        rejected("break\n", "`break`");
    }

    #[test]
    fn every_error_of_a_file_is_reported() {
        let output = script("lisen tcp 0\nprint \"fine\"\nconect localhost 1\nsend 5 within 2 parsecs\n").output();
        output.code(2).stdout("").complains("lab.nsh:1:1").complains("lab.nsh:3:1").complains("lab.nsh:4:");
    }

    #[test]
    fn check_says_what_run_would() {
        nsh("check lab.nsh").file("lab.nsh", "lisen tcp 0\n").output().code(2).complains("lab.nsh:1:1");
        nsh("check lab.nsh").file("lab.nsh", "print \"x\"\n").output().code(0).stdout("").stderr("");
        nsh("check missing.nsh").output().failed().complains("missing.nsh");
    }

    #[test]
    fn an_unlabelled_use_among_several_sessions_is_warned_of() {
        let run = nsh("check lab.nsh")
            .file("lab.nsh", "listen tcp 0 echo as srv\nconnect $srv as a\nconnect $srv as b\nsend \"x\"\n");
        run.output().code(0).complains("warning").complains("lab.nsh:4:1");
    }

    #[test]
    fn fmt_rewrites_and_checks() {
        let run = nsh("fmt lab.nsh").file("lab.nsh", "listen   tcp 0   echo  as srv;connect $srv\n");
        let folder = run.folder();
        run.output().code(0);
        let formatted = String::from_utf8(folder.read("lab.nsh")).expect("text");
        assert_eq!(formatted, "listen tcp 0 echo as srv\nconnect $srv\n");
        nsh("fmt --check lab.nsh").file("lab.nsh", &formatted).output().code(0);
        let run = nsh("fmt --check lab.nsh").file("lab.nsh", "print   1\n");
        let folder = run.folder();
        run.output().failed();
        assert_eq!(folder.read("lab.nsh"), b"print   1\n");
    }

    #[test]
    fn statements_on_the_command_line() {
        nsh("-c").arg("let x = 1; print $x").output().code(0).stdout("1\n").stderr("");
        nsh("-c").arg("listen tcp 0 echo as srv; connect $srv as a; a: send \"x\"; a: expect \"x\"").output().code(0);
        nsh("-c")
            .arg("listen tcp 0 upper as srv; connect $srv as a; a: send \"x\"; a: expect \"x\" within 50ms")
            .output()
            .code(3);
        nsh("-c").arg("send").output().code(2);
    }

    #[test]
    fn a_whole_statement_may_be_one_argument() {
        let door = Door::open();
        let run = nsh("").arg(format!("connect 127.0.0.1 {}", door.port)).stdin("abc\n").start();
        assert_eq!(door.accept().all(), b"abc\n");
        run.end().code(0);
        let run = nsh("").arg(format!("relay 127.0.0.1:0 -> upper -> 127.0.0.1:{}", door.port)).start();
        let mut client = Talk::to(run.told_port());
        client.send("abc\n");
        door.accept().hears("ABC\n");
    }

    #[test]
    fn an_arrow_that_a_shell_took_away_is_explained() {
        nsh("relay 12000 -").stdout_to("13000").output().code(2).complains("`to`");
    }

    #[test]
    fn a_public_listener_is_said_to_be_one() {
        let run = nsh("listen tcp *:0 echo").start();
        run.told_port();
        let private = nsh("listen tcp 0 echo").start();
        private.told_port();
        let lines = |process: &Process| process.err().replace(&process.tcp_port().to_string(), "PORT");
        assert_ne!(lines(&run), lines(&private).replace("127.0.0.1", "0.0.0.0"), "nothing says that it is public");
    }

    #[test]
    fn interrupts_end_a_script() {
        for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            let run = script("listen unix ./sock echo as srv\nprint \"up\"\nwait srv\n").start();
            run.wait_out("up\n");
            let folder = run.shared_folder();
            assert!(folder.has("sock"));
            run.signal(signal);
            run.end().code(code);
            assert!(!folder.has("sock"), "the socket file is still there");
        }
    }
}

#[test]
fn binary_payloads_that_sockets_do_not_take_at_once_are_sent_whole() {
    let text = "listen tcp 0 as srv\nconnect $srv as c\npar { c: send @big.bin; srv: recv 8000000 bytes as got }\n\
                assert len($got) == 8000000\nprint \"whole\"\n";
    nsh("run -q lab.nsh")
        .file("lab.nsh", text)
        .file("big.bin", vec![0xff; 8_000_000])
        .output()
        .code(0)
        .stdout("whole\n");
}

#[test]
fn a_log_that_cannot_go_on_says_so() {
    let text = "log /dev/full\nlisten tcp 0 as srv\n";
    nsh("run lab.nsh").file("lab.nsh", text).output().code(0).complains("the log ends here: no space left");
}
