//! The prompt itself and the tables under it, in terminals of several widths.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use crate::person::Person;
use crate::{LEAVE, connected};

/// The lines of the screen between a statement and the next prompt.
fn answer(person: &Person, statement: &str) -> Vec<String> {
    let screen = person.screen();
    let (_, rest) = screen.rsplit_once(&format!("> {statement}\n")).expect("it was entered");
    rest.lines().take_while(|line| !line.starts_with("nsh")).map(str::to_owned).collect()
}

#[test]
fn the_table_of_sessions_fits_every_width() {
    for (columns, heading) in [
        (200, "NAME                    KIND     WHERE                STATE  IN   OUT  AGE"),
        (80, "NAME                    KIND     WHERE                STATE  IN   OUT  AGE"),
        (60, "NAME                    WHERE                STATE  IN"),
        (40, "NAME                 WHERE"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let mut person = Person::starts_sized(columns, 30);
        let prompt = if columns < 50 { "nsh a-serv…is-long>" } else { "nsh a-service-that-is-long>" };
        person.is_asked("nsh>").enters(&format!("connect 127.0.0.1 {port} as a-service-that-is-long"));
        let _peer = listener.accept().expect("it connects");
        person.sees("connected to").is_asked(prompt).enters("sessions").sees("\nNAME").is_asked(prompt);
        let lines = answer(&person, "sessions");
        assert!(lines[0].starts_with(heading), "{columns}: {lines:#?}");
        assert!(lines.iter().all(|line| line.chars().count() < columns.into()), "{lines:#?}");
    }
}

#[test]
fn many_sessions_are_counted() {
    let mut person = Person::starts_sized(80, 60);
    person.is_asked("nsh>").enters("listen tcp 0 discard as srv").sees("srv listening on tcp 127.0.0.1:");
    let screen = person.screen();
    let port = screen.split_once("tcp 127.0.0.1:").and_then(|(_, rest)| rest.split_whitespace().next());
    let port: u16 = port.and_then(|port| port.parse().ok()).expect("a port");
    let peers: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(("127.0.0.1", port)).expect("it listens")).collect();
    person.is_asked("nsh>").enters("wait srv.50 open; sessions").sees("\n… and 11 more; `sessions all` shows them\n");
    person.is_asked("nsh>").enters("sessions all").sees("\nsrv.50 ").is_asked("nsh>");
    drop(peers);
}

#[test]
fn info_tells_everything_of_a_connection() {
    let (mut person, mut peer) = connected();
    peer.write_all(b"hello").expect("it is open");
    person.sees("\na ← 5 B  hello\n").enters("info a").sees("\nround trip").is_asked("nsh a>");
    let lines = answer(&person, "info a");
    let value = |name: &str| {
        let line = lines.iter().find(|line| line.starts_with(&format!("{name}  ")));
        line.unwrap_or_else(|| panic!("no {name} in {lines:#?}"))[name.len()..].trim().to_owned()
    };
    let local = peer.peer_addr().expect("it is open").to_string();
    for (name, expected) in [
        ("name", "a"),
        ("kind", "connect"),
        ("protocol", "tcp"),
        ("state", "open"),
        ("local", &local),
        ("received", "5 B"),
        ("sent", "0 B"),
        ("sending", "0 B/s"),
        ("unread", "5 B"),
        ("buffer", "1 MiB"),
        ("lines end in", "lf"),
        ("shown as", "text"),
        ("tcp state", "ESTABLISHED"),
        ("retransmitted", "0"),
    ] {
        assert_eq!(value(name), expected, "{name}");
    }
    assert!(value("since").ends_with('Z'), "{lines:#?}");
    person.enters("a: reset").sees("a closed").enters("info a").sees("\nended ").is_asked("nsh>");
    person.types(LEAVE).left_with(0);
}

#[test]
fn settings_are_shown() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("set").sees("\nprompt ").is_asked("nsh>");
    assert_eq!(
        answer(&person, "set"),
        [
            "SETTING          VALUE            DEFAULT          MEANING",
            "timeout          5s               5s               how long `expect`, `recv`",
            "                                                   and addressing wait",
            "connect-timeout  the system's     the system's     how long connecting may take",
            "                                                   for each address",
            "eol              lf               lf               what ends the lines of",
            "                                                   sessions opened from here on",
            "buffer           1MiB             1MiB             how much a session opened",
            "                                                   from here on may hold unread",
            "history          10000            10000            how many entries the history",
            "                                                   of the prompt keeps",
            "show             text             text             how the bytes of sessions",
            "                                                   opened from here on are",
            "                                                   shown",
            "prompt           nsh {session}>   nsh {session}>   what stands before each line",
            "                                                   that is typed; empty for the",
            "                                                   default",
        ]
    );
    for (setting, value, shown) in [
        ("timeout", "250ms", "250ms"),
        ("connect-timeout", "2s", "2s"),
        ("eol", "crlf", "crlf"),
        ("buffer", "64KiB", "64KiB"),
        ("history", "12", "12"),
        ("show", "off", "off"),
        ("prompt", "\"nsh> \"", "nsh> "),
    ] {
        person.enters(&format!("set {setting} {value}")).is_asked("nsh>").enters(&format!("set {setting}"));
        person.sees(&format!("> set {setting}\nSETTING")).is_asked("nsh>");
        let lines = answer(&person, &format!("set {setting}"));
        let row: Vec<&str> = lines[1].split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect();
        assert_eq!(row[..2], [setting, shown.trim()], "{lines:#?}");
    }
    let mut narrow = Person::starts_sized(40, 30);
    narrow.is_asked("nsh>").enters("set").sees("\nprompt ").is_asked("nsh>");
    assert_eq!(answer(&narrow, "set")[..2], ["SETTING          VALUE", "timeout          5s"]);
}

#[test]
fn a_relay_is_shown_with_the_arguments_that_its_stages_have() {
    let mut person = Person::starts_sized(200, 40);
    person.is_asked("nsh>").enters("listen tcp 0 as srv").is_asked("nsh>");
    person.enters("relay 0 -> throttle 9kB/s way=both -> delay 5ms -> $srv as r").sees("r listening").is_asked("nsh>");
    person.enters("connect $r as c").sees("r.1 reached").is_asked("nsh c>");
    for (order, stages) in [
        ("print 1", "throttle 9kB/s way=both -> delay 5ms"),
        ("r: set throttle 1MB/s way=down", "throttle 9kB/s way=up -> throttle 1MB/s way=down -> delay 5ms"),
        ("r: set throttle 2MB/s", "throttle 2MB/s way=both -> delay 5ms"),
        ("r.1: set delay 7ms", "throttle 2MB/s way=both -> delay 7ms"),
        ("r: set delay 7ms", "throttle 2MB/s way=both -> delay 7ms"),
    ] {
        person.enters(order).is_asked("nsh c>").types("\x0c").is_asked("nsh c>");
        for session in ["r", "r.1"].into_iter().filter(|session| !order.starts_with("r.1") || *session == "r.1") {
            person.enters(&format!("info {session}")).sees("\nserves ").sees(&format!("  {stages} -> 127.0.0.1:"));
            person.is_asked("nsh c>").enters("flows").sees("\nr.1 ").is_asked("nsh c>");
            let row = answer(&person, "flows").into_iter().find(|row| row.starts_with(&format!("{session} ")));
            let row = row.expect("it is open");
            assert!(row.contains(&format!(" {stages} -> 127.0.0.1:")), "{row}");
            person.types("\x0c").is_asked("nsh c>");
        }
    }
}

#[test]
fn the_prompt_is_what_was_asked_for() {
    let (mut person, peer) = connected();
    person.enters("set prompt \"{session}:{state} [{live}] {result}\\e[2J{{}} $ \"");
    person.is_asked("a:open [1] 0\\x1b[2J{} $").enters("fail \"no\"").is_asked("a:open [1] 3\\x1b[2J{} $");
    person.enters("set prompt \"{sesion}\"").sees("error: `{sesion}` is no placeholder");
    person.sees("hint: did you mean `{session}`?").is_asked("a:open [1] 2\\x1b[2J{} $");
    person.enters("set prompt \"\"").is_asked("nsh a>");
    drop(peer);
    person.sees("a half-closed by its peer\n").enters("close").is_asked("nsh>");
}

#[test]
fn the_prompt_has_the_colour_of_the_last_result() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("print 1").sees("\n1\n").is_asked("nsh>");
    let coloured = |person: &Person, colour: &str| {
        let raw = String::from_utf8_lossy(&person.raw()).into_owned();
        raw.contains(&format!("\x1b[{colour}mnsh\x1b[0m"))
    };
    assert!(coloured(&person, "32") && !coloured(&person, "31"));
    person.enters("fail").sees("error").is_asked("nsh>");
    assert!(coloured(&person, "31"));
}
