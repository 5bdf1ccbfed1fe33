//! What line editors stumble over, each once reproduced and held here.

use std::io::Read;

use super::person::{Person, new_home};
use super::{CTRL_C, LEAVE, TAB, connected, echo};
use rustix::process::Signal;

#[test]
fn more_connections_than_select_can_wait_for() {
    let mut person = echo();
    person.enters("repeat 600 { connect $srv }").is_asked("nsh tcp600>");
    person.enters("print \"still \" + \"here\"").sees("\nstill here\n").is_asked("nsh tcp600>");
    person.types("se").types(TAB).types("\x15").is_asked("nsh tcp600>").types(LEAVE).left_with(0);
}

#[test]
fn what_happens_meanwhile_leaves_the_line_and_the_cursor() {
    let mut person = echo();
    person.enters("show a text; show srv.1 off").is_asked("nsh a>");
    person.enters(
        "let ticker = 1; listen tcp 0 as clock { on open { for i in 1..40 { sendln \"tick $i\"; sleep 60ms } } }",
    );
    person
        .sees("clock listening on tcp")
        .is_asked("nsh a>")
        .enters("connect $clock as c")
        .sees("c       ← 7 B  tick 1␊");
    // With events above it, in the middle of a line, and over two rows.
    let long = "print \"a line that is longer than this terminal is wide, so that it goes on in the row below it\"";
    person
        .types(long)
        .sees("c       ← 8 B  tick 12␊")
        .types("\x1b[D\x1b[D\x1b[D")
        .sees("c       ← 8 B  tick 25␊")
        .types("<here>");
    person
        .sees("c       ← 8 B  tick 40␊")
        .sees("longer than this terminal is wide, so that it goes\non in the row below <here>it\"");
    assert_eq!(person.screen().matches("print \"a line").count(), 1, "{}", person.screen());
    for number in 30..=40 {
        let ticks = format!("clock.1 → 8 B  tick {number}␊\nc       ← 8 B  tick {number}␊\n");
        assert!(person.screen().contains(&ticks), "{number}\n{}", person.screen());
    }
}

#[test]
fn output_without_an_end_of_line_glues_nothing() {
    let mut person = echo();
    person.enters("!printf unfinished").sees("\nunfinished\nnsh a>").is_asked("nsh a>");
    person.enters("send \"no line feed\"").sees("\na → 12 B  no line feed\n").sees("\na ← 12 B  no line feed\n");
    person.is_asked("nsh a>");
}

#[test]
fn interrupts_from_outside_end_a_line_and_never_the_shell() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types("half a line").sees("half a line").signals(Signal::INT).sees("half a line\nnsh>\n");
    person.is_asked("nsh>").enters("print \"sleeps\"; sleep 60s").sees("\nsleeps\n");
    person.types(CTRL_C).sees("interrupted\n").is_asked("nsh>");
    person.signals(Signal::INT).sees("\nnsh>\nnsh>\n").is_asked("nsh>").enters("print 7").sees("\n7\n");
}

#[test]
fn every_end_leaves_the_terminal_as_it_was() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut person = Person::starts(&[]);
        person.is_asked("nsh>").types("if true {\r  print").sees("  print").signals(signal).left_with(code);
        // Bracketed paste too, which the next program would not know.
        person.gets("\x1b[?2004l");
    }
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("exit 4").left_with(4);
}

#[test]
fn a_line_survives_the_terminal_changing_its_size() {
    let mut person = Person::starts_sized(80, 20);
    person.is_asked("nsh>").enters("print \"above\"").sees("\nabove\n").is_asked("nsh>");
    person.types("print \"one two three four five six seven eight nine ten eleven\"").sees("eleven\"");
    // Narrower, in the middle of the line, and so wide that it fits into one row again: nothing of it is left standing
    // and nothing above it is gone.
    person
        .resizes_and_sees_it_drawn(40, 20)
        .ends("\nabove\nnsh> print \"one two three four five six\nseven eight nine ten eleven\" [VALUE]…\n");
    person.types("\x1b[D\x1b[D\x1b[D").edits("seven eight nine ten elev", "en\"");
    person
        .resizes_and_sees_it_drawn(30, 20)
        .ends("above\nnsh> print \"one two three four\n five six seven eight nine ten\n eleven\"\n");
    person.resizes_and_sees_it_drawn(120, 20);
    let whole = "nsh> print \"one two three four five six seven eight nine ten eleven\"\n";
    person.ends(&format!("above\n{whole}")).types("\x05\r").sees(&format!("\n{whole}one two three"));
    person.is_asked("nsh>").enters("print 40 + 2").sees("\n42\n").is_asked("nsh>");
}

#[test]
fn a_block_survives_it_too() {
    let mut person = Person::starts_sized(80, 20);
    person.is_asked("nsh>").types("if true {\rprint \"one two three four five six seven eight nine ten eleven\"\r");
    person.types("}").edits("}", "").resizes_and_sees_it_drawn(36, 20);
    person.ends("nsh> if true {\n... print \"one two three four five s\nix seven eight nine ten eleven\"\n}\n");
    person.resizes_and_sees_it_drawn(90, 20);
    let whole = "nsh> if true {\n... print \"one two three four five six seven eight nine ten eleven\"\n}\n";
    person
        .ends(whole)
        .types("\r")
        .ends(&format!("{whole}one two three four five six seven eight nine ten eleven\nnsh>\n"));
}

#[test]
fn a_block_taller_than_the_terminal_is_entered_whole() {
    let home = new_home();
    let program = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_nsh"));
    let variables = [("EDITOR", "sed -i -e s/line/entry/")];
    let mut person = Person::starts_program(program, home.clone(), &variables, (80, 8));
    let body = (1..=12).map(|number| format!("print \"line {number}\"\r")).collect::<Vec<_>>().concat();
    person.is_asked("nsh>").types(&format!("if true {{\r{body}")).sees("line 12\"\n");
    person.types("\x7f}").types("\x18\x05").sees("\nentry 10\nentry 11\nentry 12\nnsh>\n").is_asked("nsh>");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn what_is_typed_behind_a_key_that_ends_a_line_is_not_lost() {
    let (mut person, mut peer) = connected();
    // All at once, so that the line editor has read everything before it comes to the key.
    person
        .types("half a li\x03print \"in\" + \"terrupted\"\r")
        .sees("\nnsh a> half a li\nnsh a> print")
        .sees("\ninterrupted\n");
    person
        .is_asked("nsh a>")
        .types("if true {\r\x04print \"given\" + \" up\"\r")
        .sees("\ngiven up\n")
        .is_asked("nsh a>");
    person.types("\x04print \"one is\" + \" open\"\r").sees("\none is open\n").is_asked("nsh a>");
    person.types("attach\r").is_asked("a»").types("to the peer\rhalf\x1dprint \"back at\" + \" the prompt\"\r");
    person.sees("\nback at the prompt\n").is_asked("nsh a>");
    let mut heard = [0; 12];
    peer.read_exact(&mut heard).expect("it is sent");
    assert_eq!(&heard, b"to the peer\n");
    person.types("ask \"word? \" hidden=yes as word\rs3cr\x03print \"not\" + \" told\"\r").sees("\nnot told\n");
    person.is_asked("nsh a>").types(LEAVE).left_with(0);
}

#[test]
fn keys_that_interrupt_are_the_programs_that_has_the_terminal() {
    let home = new_home();
    let editor = "sh -c 'trap \"echo caught by the editor; echo print 6 \\* 7 > $0; exit 0\" INT; echo editing; while :; do :; done'";
    let mut person = Person::starts_at(home.clone(), &[], &[("VISUAL", editor), ("NO_COLOR", "1")]);
    person
        .is_asked("nsh>")
        .enters("!sh -c 'trap \"echo caught; exit 0\" INT; echo ready; while :; do :; done'")
        .sees("\nready\n");
    person
        .types(CTRL_C)
        .sees("caught\n")
        .is_asked("nsh>")
        .enters("!sh -c 'echo a\"\"sleep; exec sleep 60'")
        .sees("\nasleep\n");
    person
        .types(CTRL_C)
        .sees("error: the program was interrupted\n")
        .is_asked("nsh>")
        .enters("edit")
        .sees("\nediting\n");
    person.types(CTRL_C).sees("caught by the editor\n").sees("\nnsh> print 6 * 7\n42\n").is_asked("nsh>");
    assert!(!person.screen().contains("\ninterrupted"), "{}", person.screen());
    // A program in the background does not have it.
    person
        .enters("listen tcp 0 as srv {")
        .enters("on open {")
        .enters("!sleep 60")
        .enters("}")
        .enters("}")
        .is_asked("nsh>");
    person.enters("connect $srv as a").sees("srv.1 open").is_asked("nsh a>");
    person
        .enters("print \"sleeps\"; sleep 60s")
        .sees("\nsleeps\n")
        .types(CTRL_C)
        .sees("interrupted\n")
        .is_asked("nsh a>");
    std::fs::remove_dir_all(home).expect("it was there");
}

#[test]
fn what_is_no_text_leaves_the_line_as_it_was() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").types("print \"so far\"\x02").edits("nsh> print \"so far", "\"").presses(b"\xff\xfe!");
    person.sees("\nerror: what was typed is not UTF-8\nnsh> print \"so far\"\n").edits("nsh> print \"so far", "\"");
    person.types(" good\r").sees("\nso far good\n").is_asked("nsh>").types(LEAVE).left_with(0);
}
