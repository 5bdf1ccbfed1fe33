//! In the background of a shell: whoever has no terminal leaves it alone, and ends when it is told to.

use std::net::TcpListener;

use crate::person::Person;

#[test]
fn who_ends_in_the_background_leaves_the_terminal_alone() {
    let mut person =
        Person::starts_shell("\"$0\" listen tcp 0 & read go; stty -echo; kill $!; wait $!; echo ended $?; stty -a");
    person.sees("tcp1 listening on").types("\r").sees("ended 143\n").sees(" -echo ");
}

#[test]
fn who_waits_for_the_terminal_ends_when_it_is_told_to() {
    let told = "until grep -q '^State:.T' /proc/$!/status; do :; done; kill $!; bg; wait $!; echo ended $?";
    let peer = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = peer.local_addr().expect("it is bound").port();
    let mut person = Person::starts_shell(&format!("\"$0\" -v connect 127.0.0.1 {port} & read go; {told}"));
    person.sees("connected to").types("\r").sees("ended 143\n");
    let mut person = Person::starts_shell(&format!("\"$0\" & echo begun; read go; {told}"));
    person.sees("begun\n").types("\r").sees("ended 143\n");
}

#[test]
fn a_prompt_in_the_background_ends_when_it_is_told_to_and_comes_back() {
    let mut person = Person::starts_shell("\"$0\"; echo stopped; read go; kill %1; bg; wait %1; echo ended $?");
    person
        .is_asked("nsh>")
        .types("half")
        .sees("half")
        .types("\x1a")
        .sees("\nstopped\n")
        .types("\r")
        .sees("ended 143\n");
    let mut person = Person::starts_shell("\"$0\"; echo stopped; bg; read go; fg");
    person.is_asked("nsh>").types("half").sees("half").types("\x1a").sees("\nstopped\n").types("\r");
    person.sees_at_cursor("half").types("\x15").is_asked("nsh>").types("print 6 * 7\r").sees("\n42\n");
}
