//! What people type because another program taught them to, and what they want to be told.

use crate::support::{nsh, script};

#[test]
fn options_of_netcat_are_answered_with_words() {
    for (line, statement) in [
        ("-l 6666", "nsh listen 6666"),
        ("-v -lk 6666", "nsh listen 6666 keep=yes"),
        ("-u localhost 53", "nsh connect udp localhost 53"),
        ("-z localhost 80", "nsh connect localhost 80 probe=yes"),
        ("-w 3 localhost 80", "nsh connect localhost 80 timeout=3s"),
        ("-l -p 6666 -e cat", "nsh listen 6666 exec 'cat'"),
    ] {
        nsh(line).output().code(2).stdout("").complains("is an option of netcat").complains(&format!("`{statement}`"));
    }
    nsh("-l 6666").output().stderr(
        "\
error: `-l` is an option of netcat; nsh has words for it
 hint: `nsh listen 6666`
 hint: the README has the words for netcat's options; `nsh help listen` tells what else there is
",
    );
    nsh("--frobnicate").output().code(2).complains("unexpected argument '--frobnicate'");
    nsh("--version").output().code(0).says("nsh 0.");
}

#[test]
fn a_host_and_a_port_alone_mean_connect() {
    let message = "error: `localhost` is neither a statement nor a subcommand\n";
    let hint = " hint: `nsh connect localhost 80` connects there\n";
    nsh("localhost 80").output().code(2).stdout("").stderr(format!("{message}{hint}"));
}

#[test]
fn tests_are_counted_at_the_end() {
    let held = "test \"one\" { assert 1 == 1 }\ntest \"two\" { print 2 }\n";
    let output = nsh("run lab.nsh").file("lab.nsh", held).output();
    assert_eq!(output.code(0).err().lines().last(), Some("2 tests held"));
    let mixed = format!("{held}test \"three\" {{ fail \"no\" }}\n");
    let output = nsh("run lab.nsh").file("lab.nsh", mixed).output();
    assert_eq!(output.code(3).err().lines().last(), Some("2 tests held, 1 did not"));
    let output = nsh("run lab.nsh").file("lab.nsh", "print 1\n").output();
    output.code(0).stdout("1\n").stderr("");
}

#[test]
fn an_assertion_says_what_it_was_for() {
    let text = "let names = [\"anna\"]\nassert len($names) == 2 \"both are there, $names\"\n";
    script(text).output().code(3).stderr(
        "\
error: `assert` did not hold: both are there, anna
  --> lab.nsh:2:8
   |
 2 | assert len($names) == 2 \"both are there, $names\"
   |        ^^^^^^^^^^^^^^^^ this is false
   |   left   1
   |   right  2
",
    );
}

#[test]
fn words_in_the_wrong_place_are_told_where_they_belong() {
    for (statement, hint) in [
        ("listen tcp 0 as chat; attach chat raw", "`raw` stands right behind `attach`: `attach raw …`"),
        ("replay x.nsh speed=4 step", "`step` stands before the options"),
        ("listen tcp 0 as p; close p", "a session is named in front of the statement: `p: close`"),
        ("connect localhost 9 time=3s", "did you mean `timeout`?"),
        ("echo $?", "a program of the system is run with `!` before it: `!echo …`"),
        ("print $1", "groups of an expression have names: `(?<code>[0-9]+)` is `$code`"),
    ] {
        script(statement).output().code(2).stdout("").complains(&format!(" hint: {hint}\n"));
    }
}

#[test]
fn a_port_that_this_shell_holds_is_its_own_session() {
    let text = "listen tcp 0 as first\nlisten tcp $first.port as second\n";
    let output = script(text).output();
    output.code(1).complains(": address already in use: `first` of this shell holds it\n");
}

#[test]
fn help_explains_subcommands_too() {
    let asked = nsh("record --help").output();
    nsh("help record").output().code(0).stdout(&asked.stdout).stderr("");
}
