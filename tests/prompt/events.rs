//! What happens is told above the line that is being typed.

use std::io::Write;
use std::net::TcpListener;

use crate::person::Person;
use crate::{CTRL_C, LEAVE, connected};

#[test]
fn events_come_above_the_line() {
    let (mut person, mut peer) = connected();
    person.types("print \"never torn").sees("nsh a> print \"never torn");
    peer.write_all(b"one\r\n\x1b[2Jtwo\xff").expect("it is open");
    person.sees("\na ← 13 B  one␍␊\\x1b[2Jtwo\\xff\nnsh a> print \"never torn\n");
    drop(peer);
    person.sees("\na half-closed by its peer\nnsh a> print \"never torn\n").types("\"\r").sees("\nnever torn\n");
    person.is_asked("nsh a>").types(LEAVE).left_with(0);
}

#[test]
fn lines_about_data_stand_below_each_other() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("listen tcp 0 as server").sees("server listening");
    person.is_asked("nsh>").enters("connect $server as a").sees("server.1 open from").is_asked("nsh a>");
    person.enters("server.1: send \"hello\"").sees("\nserver.1 → 5 B  hello\n").sees("\na        ← 5 B  hello\n");
    person.is_asked("nsh a>").enters("send repeated(\"x\", 2048)").sees("\na        → 2 KiB  xxx");
    person.is_asked("nsh a>").enters("server.1: send \"!\"").sees("\nserver.1 →   1 B  !\n");
    person.sees("\na        ←   1 B  !\n");
}

#[test]
fn bytes_are_shown_as_asked() {
    let (mut person, mut peer) = connected();
    person.enters("show hex").is_asked("nsh a>");
    peer.write_all(b"hello\n").expect("it is open");
    person.sees("\na ← 6 B\n00000000  68 65 6c 6c 6f 0a                                 |hello.|\nnsh a>");
    person.enters("show a off").is_asked("nsh a>");
    person.enters("info").sees("\nshown as       off\n").is_asked("nsh a>");
    peer.write_all(b"unseen").expect("it is open");
    person
        .enters("expect \"unseen\"")
        .sees("a matched \"unseen\"")
        .is_asked("nsh a>")
        .enters("show a text")
        .is_asked("nsh a>");
    peer.write_all(b"seen").expect("it is open");
    person.sees("\na ← 4 B  seen\n");
    assert_eq!(person.screen().matches("unseen").count(), 2, "{}", person.screen());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    person.is_asked("nsh a>").enters("set show hex").is_asked("nsh a>");
    person.enters(&format!("connect 127.0.0.1 {port} as b")).sees("b connected").is_asked("nsh b>");
    listener.accept().expect("it connects").0.write_all(b"hi").expect("it is open");
    person.sees("\nb ← 2 B\n00000000  68 69 ");
}

#[test]
fn what_is_served_is_watched() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("listen tcp 0 upper as srv").sees("srv listening").is_asked("nsh>");
    person
        .enters("connect $srv as a")
        .sees("srv.1 open")
        .is_asked("nsh a>")
        .enters("par { watch srv; a: sendln \"hi\" }");
    person.sees("\na → 3 B  hi␊\n").sees("\nsrv.1 ← 3 B  hi␊\n").sees("\nsrv.1 → 3 B  HI␊\n").types(CTRL_C);
    person.is_asked("nsh a>");
}

#[test]
fn who_waits_at_a_terminal_is_told_who_comes() {
    let mut person = Person::starts(&["listen", "tcp", "0"]);
    person.sees("tcp1 listening on tcp 127.0.0.1:");
    let screen = person.screen();
    let port = screen.split_once("127.0.0.1:").and_then(|(_, rest)| rest.split_whitespace().next()).expect("a port");
    let mut peer = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    person.sees("tcp1.1 open from 127.0.0.1:");
    peer.write_all(b"hello\n").expect("it is open");
    person.sees("\nhello\n");
    drop(peer);
    person.left_with(0);
}
