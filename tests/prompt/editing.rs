//! How a line looks and behaves while it is typed: hints, colours, blocks, and the keys that everybody knows.

use super::person::{Person, new_home};
use super::{CTRL_C, CTRL_D, CTRL_U, LEAVE, UP, echo};
use pty_process::blocking::Command;

const CTRL_Z: &str = "\x1a";
const LEFT: &str = "\x1b[D";
const RIGHT: &str = "\x1b[C";
const BACKSPACE: &str = "\x7f";
const CTRL_L: &str = "\x0c";
const CTRL_X_CTRL_E: &str = "\x18\x05";

#[test]
fn the_rest_of_a_signature_stands_behind_the_cursor() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>");
    for (typed, ghost) in [
        ("connect", " [PROTO] HOST PORT [as NAME] [timeout=D] [from=HOST] [retry=N] …"),
        ("connect ", "[PROTO] HOST PORT [as NAME] [timeout=D] [from=HOST] [retry=N] …"),
        ("connect udp ", "HOST PORT [as NAME] [timeout=D] [from=HOST] [retry=N] …"),
        ("connect localhost", " PORT [as NAME] [timeout=D] [from=HOST] [retry=N] …"),
        ("connect localhost 80 as ", "NAME [timeout=D] [from=HOST] [retry=N] …"),
        ("listen tcp 0 delay ", "D [way=up|down|both] [as NAME] [keep=yes|no] [max=N] …"),
        ("listen tcp 0 upper ->", " STAGE [as NAME] [keep=yes|no] [max=N] …"),
        ("relay 1 -> upper ", "[way=up|down|both] -> [STAGE ->]… TARGET[,TARGET]… …"),
        ("relay 1 -> 2 mode=", "all|round-robin|failover [as NAME] …"),
        ("expect \"x\" or line ", "/RE/|PAYLOAD [within D] [for D]"),
        ("set show ", "text|hex|off"),
        ("set timeout", " D"),
        ("use ", "NAME"),
        ("listen tcp 0 { on open { sleep ", "DURATION"),
        ("let x = ", ""),
        ("nonsense ", ""),
        ("send \"open", ""),
        ("relay 1 -> 2 all", ""),
    ] {
        person.types(typed).edits(&format!("nsh> {typed}"), ghost).types(CTRL_U).is_asked("nsh>");
    }
    person.types("sleep ").edits("nsh> sleep ", "DURATION");
    assert_eq!(person.style_of("DURATION"), "grey");
    person.types(RIGHT).types("5ms").edits("nsh> sleep 5ms", "").types(CTRL_U).is_asked("nsh>");
    person.types("connect ").edits("nsh> connect ", "[PROTO] HOST PORT [as NAME] [timeout=D] [from=HOST] [retry=N] …");
    person.types(CTRL_C).is_asked("nsh>").sees("\nnsh> connect\nnsh>\n");
}

#[test]
fn the_hint_fits_the_terminal() {
    let mut person = Person::starts_sized(40, 20);
    person.is_asked("nsh>").types("connect ").edits("nsh> connect ", "[PROTO] HOST PORT …");
    person.types("a-very-long-name.example 80 ").edits(" ", "[as NAME] [timeout=D] [from=HOST] …");
    let mut person = Person::starts_sized(200, 20);
    person.is_asked("nsh>").types("set ").edits("nsh> set ", "[SETTING]");
    person.types(CTRL_U).types("sleep").edits("nsh> sleep", " DURATION");
}

#[test]
fn what_was_entered_before_is_suggested_and_taken_by_the_right_arrow() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("print \"hello\"").sees("\nhello\n").is_asked("nsh>");
    person.types("pri").edits("nsh> pri", "nt \"hello\"").types(RIGHT).edits("nsh> print \"hello\"", " [VALUE]…");
    person.types("\r").sees("\nhello\nnsh> print \"hello\"\nhello\nnsh>\n");
}

#[test]
fn without_colour_nothing_stands_in_the_line_that_was_not_typed() {
    let home = new_home();
    let mut person = Person::starts_at(home.clone(), &[], &[("NO_COLOR", "1")]);
    person.is_asked("nsh>").enters("print \"hello\"").sees("\nhello\n").is_asked("nsh>");
    person.types("print ").edits("nsh> print ", "").types(CTRL_U).types("connect ").edits("nsh> connect ", "");
    person.types(CTRL_U).types("if true {\rprint 1").edits("    print 1", "").types(CTRL_C).is_asked("nsh>");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn words_are_coloured_by_what_they_are() {
    let mut person = echo();
    person.types("a: send \"text\\n $srv.port\" every 5ms; frobnicate now").sees("frobnicate now");
    for (text, style) in [
        ("a:", "cyan"),
        ("send", "bold"),
        ("\"text", "green"),
        ("\\n", "magenta"),
        ("$srv.port", "magenta"),
        ("every", "blue"),
        ("5ms", "magenta"),
        ("frobnicate", "red"),
        ("now", "red"),
    ] {
        assert_eq!(person.style_of(text), style, "{text}");
    }
    person.types(CTRL_U).types("use a").edits("nsh a> use a", "");
    assert_eq!(person.style_of("a"), "cyan");
    person.types(CTRL_U).types("use nobody ").edits("nsh a> use nobody ", "");
    assert_eq!(person.style_of("nobody"), "red");
    person.types(CTRL_U).types("print $srv $nobody ").edits("nsh a> print $srv $nobody ", "[VALUE]…");
    assert_eq!((person.style_of("$srv"), person.style_of("$nobody")), ("magenta".into(), "red".into()));
    // What more letters can still make sense of is not wrong.
    person.types(CTRL_U).types("lis").edits("nsh a> lis", "ten tcp 0 echo as srv");
    assert_eq!(person.style_of("lis"), "");
    person.types(CTRL_U).types("connect localhost").sees("connect localhost");
    assert_eq!(person.style_of("localhost"), "");
    person.types(CTRL_U).types("lisp").edits("nsh a> lisp", "");
    assert_eq!(person.style_of("lisp"), "red");
}

#[test]
fn an_open_block_goes_on_set_in() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types("listen tcp 0 as srv {\ron line {\rsend \"hi\"\r").edits("...     ", "");
    // The end of a block goes back to where it began; whoever went back already stays there.
    person.types("}\r").edits("... ", "").types(BACKSPACE).types("}").shows(
        "nsh 0.1.0 — type `help`, or press Tab\n\
         nsh> listen tcp 0 as srv {\n\
         ... on line {\n\
         ...     send \"hi\"\n\
         ... }\n\
         }\n",
    );
    assert_eq!((person.style_of("... "), person.style_of("on")), ("grey".into(), "bold".into()));
    person.types("\r").sees("\nsrv listening on tcp 127.0.0.1:").is_asked("nsh>");
    person.types("print \"\"\"\rtwo\rlines\r\"\"\"\r").sees("\ntwo\nlines\n\nnsh>").is_asked("nsh>");
    person.types("print 1 \\\r+ 2\r").sees("\n... + 2\n3\nnsh>");
}

#[test]
fn a_block_is_recalled_as_a_whole_and_changed() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types("for x in [1, 2] {\rprint \"number $x\"\r").edits("... ", "");
    person.types(BACKSPACE).types("}\r").sees("\nnumber 1\nnumber 2\n").is_asked("nsh>");
    person.types(CTRL_L).is_asked("nsh>").types(UP).shows("nsh> for x in [1, 2] {\n... print \"number $x\"\n}\n");
    // Up in a block moves to the line above; at its end stands the cursor of a recalled block.
    person.types(UP).types("\x05").edits("... print \"number $x\"", "").types(LEFT).types(" again");
    person.types("\r").sees("\nnumber 1 again\nnumber 2 again\n").is_asked("nsh>");
}

#[test]
fn a_pasted_block_is_one_entry() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types("\x1b[200~if true {\r\n    print \"pasted\"\r\n}\r\nprint \"both\"\x1b[201~");
    person.sees("\n... print \"pasted\"\n}\nprint \"both\" [VALUE]…\n");
    assert!(!person.screen().contains("\npasted"), "{}", person.screen());
    person.types("\r").sees("\npasted\nboth\nnsh>\n").types(UP).sees("\nnsh> if true {\n... print \"pasted\"\n}\n");
}

#[test]
fn the_end_of_input_gives_up_a_block_and_leaves_an_empty_line() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types("if true {\r").edits("... ", "").types(CTRL_D).is_asked("nsh>");
    person
        .types("print 1")
        .edits("nsh> print 1", " [VALUE]…")
        .types(CTRL_D)
        .types("23")
        .edits("nsh> print 123", " [VALUE]…");
    person.types(CTRL_U).is_asked("nsh>").types(LEAVE).left_with(0);
}

#[test]
fn everybodys_keys_do_what_they_do_elsewhere() {
    let home = new_home();
    let mut person = Person::starts_at(home.clone(), &[], &[("NO_COLOR", "1")]);
    person.is_asked("nsh>");
    for (keys, before, behind) in [
        ("one two\x01", "nsh> ", "one two"),
        ("one two\x01\x05", "nsh> one two", ""),
        ("one two\x1b[H", "nsh> ", "one two"),
        ("one two\x1b[H\x1b[F", "nsh> one two", ""),
        ("one two\x1bb", "nsh> one ", "two"),
        ("one two\x1bb\x1bb", "nsh> ", "one two"),
        ("one two\x01\x1bf", "nsh> one", " two"),
        ("one two\x1b[1;5D", "nsh> one ", "two"),
        ("one two\x17", "nsh> one ", ""),
        ("one two three\x1bb\x15", "nsh> ", "three"),
        ("one two three\x1bb\x0b", "nsh> one two ", ""),
        ("one two\x17\x19\x19", "nsh> one twotwo", ""),
        ("one two\x15\x19", "nsh> one two", ""),
        ("one two\x1bb\x1bd", "nsh> one ", ""),
        ("one two\x02\x02\x04", "nsh> one t", "o"),
        ("one two\x7f\x08", "nsh> one t", ""),
        ("onetwo\x02\x02\x02\x14", "nsh> onte", "wo"),
        ("x\x1f", "nsh> ", ""),
        ("one\x1b[3~\x01\x1b[3~", "nsh> ", "ne"),
    ] {
        person.types(keys).edits(before, behind).types("\x05\x15").is_asked("nsh>");
    }
    person.types("half").types(CTRL_L).shows("nsh> half\n");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn wide_and_combined_letters_have_the_cursor_behind_them() {
    let home = new_home();
    let mut person = Person::starts_at(home.clone(), &[], &[("NO_COLOR", "1")]);
    person.is_asked("nsh>");
    for (typed, before, behind) in [
        ("print \"日本語\"", "nsh> print \"日本", "語\""),
        ("print \"🦀🦀\"", "nsh> print \"🦀", "🦀\""),
        ("print \"añb\"", "nsh> print \"añ", "b\""),
    ] {
        person.types(typed).edits(&format!("nsh> {typed}"), "").types(LEFT).types(LEFT).edits(before, behind);
        person.types("-").edits(&format!("{before}-"), behind).types("\x05").types(CTRL_U).is_asked("nsh>");
    }
    // The terminal of these tests gives a combining mark a cell of its own, so only what is meant is looked at.
    person
        .types("print \"e\u{301}xe\u{301}\"")
        .types(LEFT)
        .types(LEFT)
        .types("-\x7f\x7fy\r")
        .sees("\ne\u{301}ye\u{301}\n");
    person.is_asked("nsh>").enters("print \"日本語🦀\" len(\"日本語🦀\")").sees("\n日本語🦀 13\n");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn a_stopped_shell_comes_back_with_its_line() {
    let home = new_home();
    let mut shell = Command::new("/bin/sh").arg("-i");
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_nsh")).parent().expect("it is in a folder");
    shell = shell.current_dir(&home);
    let search = format!("{}:/usr/bin:/bin", path.display());
    let mut person = Person::starts_program(
        shell,
        home.clone(),
        &[("PATH", &search), ("PS1", "sh> "), ("ENV", "/dev/null")],
        (80, 40),
    );
    person.is_asked("sh>").enters("set -m; nsh").is_asked("nsh>").enters("listen tcp 0 echo as srv").is_asked("nsh>");
    person.types("print \"half a l").sees("half a l").types(CTRL_Z).is_asked("sh>");
    // The shell's own line is in the modes that it had.
    person.enters("echo $((40 + 2))").sees("\n42\n").enters("fg").edits("nsh> print \"half a l", "");
    person.types("ine\"\r").sees("\nhalf a line\n").is_asked("nsh>").enters("exit").is_asked("sh>");
    person.enters("exit").left_with(0);
    std::fs::remove_dir_all(home).expect("it was there");
}

/// A person whose editor is this shell command, with the file behind it.
fn with_editor(home: &std::path::Path, editor: &str) -> Person {
    let mut person = Person::starts_at(home.to_owned(), &[], &[("VISUAL", editor), ("NO_COLOR", "1")]);
    person.is_asked("nsh>");
    person
}

#[test]
fn an_entry_goes_on_in_the_persons_editor() {
    let home = new_home();
    let mut person = with_editor(&home, "sed -i -e s/one/two/");
    person.types("if true {\rprint \"one\"\r").edits("    ", "").types(BACKSPACE).types("}\r").sees("\none\n");
    person.is_asked("nsh>").enters("edit").sees("\nnsh> edit\nnsh> if true {\n    print \"two\"\n}\ntwo\nnsh>\n");
    person.is_asked("nsh>").enters("edit 1").sees("\nnsh> edit 1\nnsh> if true {\n    print \"two\"\n}\ntwo\nnsh>\n");
    person.types("print \"one and").types(CTRL_X_CTRL_E).sees("nsh> print \"two and\nerror: the text is not closed\n");
    person.is_asked("nsh>").types(UP).edits("nsh> print \"two and", "").types(CTRL_C).is_asked("nsh>");
    person.enters("edit 9").sees("error: there is no entry #9: they are #1 to #6\n").is_asked("nsh>");
    let left = std::fs::read_dir(std::env::temp_dir()).expect("it is there").flatten();
    let mine = format!("nsh-{}-", person.id());
    assert!(!left.map(|entry| entry.file_name().to_string_lossy().into_owned()).any(|name| name.starts_with(&mine)));
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn an_editor_that_fails_or_saves_nothing_runs_nothing() {
    let home = new_home();
    let mut person = with_editor(&home, "false");
    person.enters("edit").sees("\nerror: the editor `false` failed: exit status: 1\n").is_asked("nsh>");
    person
        .types("print 1")
        .types(CTRL_X_CTRL_E)
        .sees("\nnsh> print 1\nerror: the editor `false` failed: exit status: 1\nnsh> print 1\n");
    person.types(" + 1\r").sees("\n2\n").is_asked("nsh>").types(LEAVE).left_with(0);
    let mut person = with_editor(&home, "truncate -s 0");
    person.enters("print 1").sees("\n1\n").is_asked("nsh>").enters("edit").sees("\nnsh> edit\nnsh>\n");
    std::fs::remove_dir_all(home).expect("it was there");
}

/// Mistakes in every closed set of words, with the place and what is suggested.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("lisen tcp 0", "1:1", "did you mean `listen`?"),
    ("repaet 3 { print 1 }", "1:1", "did you mean `repeat`?"),
    ("listen tpc 0", "1:8", "did you mean `tcp`?"),
    ("listen tcp 0 ecoh", "1:14", "did you mean `echo`?"),
    ("listen tcp 0 uper -> echo", "1:14", "did you mean `upper`?"),
    ("relay 1 -> thortle 5kB/s -> 2", "1:12", "did you mean `throttle`?"),
    ("relay 1 -> 2 mdoe=all", "1:14", "did you mean `mode`?"),
    ("relay 1 -> 2 mode=failovr", "1:19", "did you mean `failover`?"),
    ("listen tcp 0 keep=yse", "1:19", "did you mean `yes`?"),
    ("expect \"x\" withn 2s", "1:12", "did you mean `within`?"),
    ("use sevrer", "1:5", "did you mean `server`?"),
    ("sevrer: send \"x\"", "1:1", "did you mean `server`?"),
    ("print $gretting", "1:7", "did you mean `$greeting`?"),
    ("print uper(\"x\")", "1:7", "did you mean `upper()`?"),
    ("shuot(1)", "1:1", "did you mean `shout()`?"),
    ("print $server.prot", "1:15", "did you mean `port`?"),
    ("set timout 2s", "1:5", "did you mean `timeout`?"),
    ("set eol clrf", "1:9", "did you mean `crlf`?"),
    ("listen tcp 0 { on opne { print 1 } }", "1:19", "did you mean `open`?"),
    ("help lisen", "1:6", "did you mean `listen`?"),
    ("wait server finishd", "1:13", "did you mean `finished`?"),
    ("show server hxe", "1:13", "did you mean `hex`?"),
    ("show hxe", "1:6", "did you mean `hex`?"),
    ("show sevrer", "1:6", "did you mean `server`?"),
    ("set prmopt", "1:5", "did you mean `prompt`?"),
    ("listen tls 0 cret=x", "1:14", "did you mean `cert`?"),
    ("listen tcp 0 chat jions=yes", "1:19", "did you mean `joins`?"),
];

#[test]
fn a_mistake_has_its_place_and_the_word_that_was_meant() {
    let home = new_home();
    let mut person = Person::starts_at(home.clone(), &[], &[("NO_COLOR", "1")]);
    person.is_asked("nsh>").enters("listen tcp 0 echo as server").is_asked("nsh>");
    person.enters("let greeting = 1; def shout(x) { return $x }").is_asked("nsh>");
    for (number, (line, place, hint)) in MISTAKES.iter().enumerate() {
        person.types(CTRL_L).is_asked("nsh>").enters(line).is_asked("nsh>");
        let screen = person.screen();
        let (row, column) = place.split_once(':').expect("a place has two numbers");
        let column: usize = column.parse().expect("a number");
        assert!(screen.contains(&format!("  --> entry #{}:{place}\n", number + 3)), "{line}\n{screen}");
        assert!(screen.contains(&format!(" {row} | {line}\n   | {}^", " ".repeat(column - 1))), "{line}\n{screen}");
        assert!(screen.contains(hint), "{line}: {hint}\n{screen}");
    }
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn a_pipe_is_read_as_plain_lines() {
    let mut person = Person::starts(&["-c", "print 1"]);
    person.sees("1\n").left_with(0);
    let mut person = Person::starts_program(
        Command::new("/bin/sh").arg("-c").arg(format!(
            "printf 'if true {{\\nprint 40 + 2\\n}}\\nprint \"end\"\\n' | {} | cat",
            env!("CARGO_BIN_EXE_nsh")
        )),
        new_home(),
        &[],
        (80, 40),
    );
    person.sees("42\nend\n").left_with(0);
    assert!(!person.raw().contains(&0x1b));
}
