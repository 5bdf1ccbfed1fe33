//! Measuring: `bench` against peers of every kind, and `flows`.

use rustix::process::Signal;

use crate::support::{Door, Mailbox, Output, Talk, nsh, script};

/// The number in the field of that name.
#[track_caller]
fn field(output: &Output, name: &str) -> u64 {
    let out = output.out();
    let found = out.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("no count `{name}` in\n{out}\n{}", output.err()))
}

/// The output of a bench whose every request was answered.
#[track_caller]
fn clean(text: &str) -> Output {
    let output = script(text).output();
    output.code(0).stderr("");
    assert!(field(&output, "requests") > 0, "{}", output.out());
    assert_eq!((field(&output, "errors"), field(&output, "lost")), (0, 0), "{}", output.out());
    for name in ["requests/s", "bytes/s", "p50", "p90", "p99", "p99.9", "max", "█"] {
        output.says(name);
    }
    assert!(output.out().lines().all(|line| line.chars().count() <= 60), "{}", output.out());
    output
}

#[test]
fn every_transport_echoes() {
    for (listen, bench) in [
        ("listen tcp 0 echo as srv", "bench $srv"),
        ("listen udp 0 echo as srv", "bench udp 127.0.0.1 $srv.port"),
        ("listen unix ./sock echo as srv", "bench unix ./sock"),
        ("listen unixgram ./sock echo as srv", "bench $srv"),
    ] {
        let output = clean(&format!("{listen}\n{bench} connections=3 for 50ms\n"));
        output.says("closed loop: latencies hide what a stalled peer delays");
        assert_eq!(field(&output, "connections"), 3);
    }
}

#[test]
fn requests_larger_than_any_buffer() {
    let output = clean("listen tcp 0 echo as srv\nbench $srv connections=2 size=1MiB for 20ms\n");
    output.says("1 MiB");
}

#[test]
fn an_open_loop_has_a_timetable() {
    let output = clean("listen tcp 0 echo as srv\nbench $srv connections=3 rate=200 for 100ms\n");
    output.says("open loop: latencies count from when requests were due");
    // Due at 0, 5, … 95 ms; a busy machine may be late with the last ones, and says so.
    let unsent = output.out().lines().find_map(|line| line.split_once(" request")?.0.parse().ok()).unwrap_or(0);
    assert_eq!(field(&output, "requests") + unsent, 20, "{}", output.out());
}

#[test]
fn the_rate_is_a_number() {
    let output =
        script("listen tcp 0 echo as srv\nbench $srv connections=1 for 20ms as speed\nassert $speed > 1\n").output();
    output.code(0).stdout("").stderr("");
}

#[test]
fn a_peer_that_answers_wrongly_is_counted() {
    for protocol in ["tcp", "udp"] {
        let text = format!("listen {protocol} 0 upper as srv\nbench $srv connections=2 for 20ms\n");
        let output = script(&text).output();
        output.code(1).complains("no request came back as it was").complains("--> lab.nsh:2:").complains("echo");
        output.says("not what was sent");
        assert!(field(&output, "errors") > 0);
        assert_eq!((field(&output, "requests"), field(&output, "lost")), (0, 0), "{}", output.out());
    }
}

#[test]
fn a_peer_that_ends_is_counted() {
    let output = script("listen tcp 0 reply \"x\" as srv\nbench $srv connections=2 for 20ms\n").output();
    output.code(1).says("2 connections broke: ").complains("no request came back as it was");
    assert_eq!((field(&output, "errors"), field(&output, "requests")), (2, 0));
}

#[test]
fn what_nobody_answers_is_lost() {
    let silent = Mailbox::open();
    let output = script(&format!("bench udp 127.0.0.1 {} connections=2 for 10ms\n", silent.port)).output();
    output.code(1).complains("no request came back");
    assert_eq!((field(&output, "errors"), field(&output, "lost")), (0, 2));
    let output = script("listen tcp 0 discard as srv\nbench $srv connections=2 for 10ms\n").output();
    output.code(1).complains("no request came back");
    assert_eq!((field(&output, "errors"), field(&output, "lost")), (0, 2));
}

#[test]
fn a_stall_is_seen_by_an_open_loop() {
    let door = Door::open();
    let run = script(&format!("bench 127.0.0.1 {} connections=1 rate=100 for 500ms\n", door.port)).start();
    let mut peer = door.accept();
    let request = peer.take(64);
    // The stall: the client waits, and so sends nothing, for half of its time.
    peer.is_silent().send(request);
    let echo = std::thread::spawn(move || peer.echo());
    let output = run.end();
    echo.join().expect("it ends with its peer");
    output.code(0);
    // The requests that fell due meanwhile, half of all, have waited too, not only the one.
    let p90 = output.out().lines().find_map(|line| line.strip_prefix("p90 ")?.trim().strip_suffix(" ms")?.parse().ok());
    let p90: f64 = p90.unwrap_or_else(|| panic!("no p90 in ms\n{}", output.out()));
    assert!(p90 > 100.0, "{}", output.out());
}

#[test]
fn an_interrupt_ends_it() {
    let door = Door::open();
    let run = script(&format!("bench 127.0.0.1 {} connections=1 for 1h\n", door.port)).start();
    let mut peer = door.accept();
    peer.take(64);
    run.signal(Signal::INT);
    run.end().code(130).stdout("");
    peer.is_over();
}

#[test]
fn a_refused_address_is_an_error() {
    let port = Door::closed_port();
    let output = script(&format!("bench 127.0.0.1 {port} for 10ms\n")).output();
    output.code(1).stdout("").complains("connection refused by tcp").complains("--> lab.nsh:1:");
    let port = Mailbox::open().port;
    let output = script(&format!("bench udp 127.0.0.1 {port} connections=1 for 10ms\n")).output();
    output.code(1).complains("no request came back").complains("connection refused");
}

#[test]
fn options_have_bounds() {
    for (option, says) in [
        ("connections=0", "from 1 to 10000"),
        ("connections=10001", "from 1 to 10000"),
        ("size=0", "from 1 to 1048576"),
        ("size=2MiB", "from 1 to 1048576"),
        ("rate=0", "from 1 to"),
        ("for 0s", "longer than nothing"),
    ] {
        script(&format!("bench localhost 1 {option}\n")).output().code(2).stdout("").complains(says);
    }
    script("bench udp localhost 1 size=66000\n").output().code(2).stdout("").complains("from 1 to 65507");
}

/// The rows of the tables in an output, without headings; each as its words.
fn rows(output: &Output) -> Vec<Vec<String>> {
    let out = output.out();
    let rows = out.lines().filter(|line| !line.starts_with("NAME"));
    rows.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn flows_are_relays_listeners_and_their_connections() {
    let text = "listen tcp 0 echo as srv\nlisten tcp 0 as plain\nrelay 0 -> upper -> 127.0.0.1:$srv.port as r\n\
                connect $r as a\na: send \"abcdefgh\"\na: expect \"ABCDEFGH\"\nflows\n";
    let output = script(text).output();
    output.code(0).stderr("").says("NAME").says("OPEN");
    let rows = rows(&output);
    let mut names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["r", "r.1", "srv", "srv.1"], "{}", output.out());
    for (name, parts) in [("srv ", ["echo", "     8 B  8 B"]), ("r.1 ", ["upper -> 127.0.0.1:", "     8 B  8 B"])] {
        let out = output.out();
        let line = out.lines().find(|line| line.starts_with(name)).expect("it is there");
        assert!(parts.iter().all(|part| line.contains(part)), "{out}");
    }
}

#[test]
fn what_is_over_stays_counted_and_rates_are_since_the_last_look() {
    let text = "listen tcp 0 echo as srv\nconnect $srv as a\na: send \"abcdefgh\"\na: expect \"abcdefgh\"\n\
                a: close\nwhile $srv.connections > 0 { sleep 1ms }\nflows\nflows\n";
    let output = script(text).output();
    output.code(0).stderr("");
    let rows = rows(&output);
    assert_eq!(rows.len(), 2, "{}", output.out());
    assert!(rows[0][2] != "0", "{}", output.out());
    assert_eq!(rows[0][6..], ["0", "8", "B", "8", "B", "█"], "{}", output.out());
    // Nothing moved between the two looks.
    let second: Vec<&str> = rows[1].iter().map(String::as_str).collect();
    assert_eq!(second, ["srv", "echo", "0", "B", "0", "B", "0", "8", "B", "8", "B", "█▁"], "{}", output.out());
}

#[test]
fn flows_come_again() {
    let output = script("listen tcp 0 echo as srv\nflows for 100ms every 10ms\n").output();
    output.code(0).stderr("");
    assert!(rows(&output).len() >= 2, "{}", output.out());
    script("flows every 0s\n").output().code(2).stdout("").complains("`every` is longer than nothing");
    let run = script("listen tcp 0 echo as srv\nflows every 10ms\n").start();
    run.wait_out("▁▁▁");
    run.signal(Signal::INT);
    let output = run.end();
    output.code(130);
    // Nothing is a terminal here: the tables stand one below the other.
    assert!(!output.out().contains('\x1b'), "{:?}", output.out());
    assert!(output.out().matches("NAME").count() > 2, "{}", output.out());
}

#[test]
fn a_relay_that_is_no_terminals_draws_no_live_line() {
    let door = Door::open();
    let run = nsh(&format!("-v relay 0 to 127.0.0.1:{}", door.port)).start();
    let mut client = Talk::to(run.told_port());
    client.send("hello").finish();
    door.accept().hears("hello").finish();
    client.at_end();
    run.wait_err("closed");
    run.signal(Signal::INT);
    let output = run.end();
    output.code(130).stdout("").complains("relay1 received 5 B\nrelay1 sent 0 B\n");
    assert!(!output.err().contains(['\x1b', '▁']), "{:?}", output.err());
}

#[test]
fn a_relay_tells_what_it_moves_and_how_its_targets_stand() {
    let closed = format!("127.0.0.1:{}", Door::closed_port());
    let text = format!(
        "listen tcp 127.0.0.1:0 echo as srv\nlisten tcp 127.0.0.1:0 discard as sink\n\
         relay 127.0.0.1:0 -> $srv,$sink,{closed} max=1 as r\n\
         connect $r as a\na: send \"abcd\"\na: expect \"abcd\"\nconnect $r as b\nb: expect closed or reset\n\
         info r\na: close\nwhile $r.connections > 0 {{ sleep 1ms }}\ninfo r\nprint \"$r.addr $srv.addr $sink.addr\"\n"
    );
    let output = script(&text).output();
    output.code(0);
    let out = output.out();
    let addresses: Vec<&str> = out.lines().last().expect("they are printed").split(' ').collect();
    let normal = |line: &str| {
        let names = [(addresses[0], "RELAY"), (addresses[1], "SERVER"), (addresses[2], "SINK"), (&closed, "CLOSED")];
        let line = names.iter().fold(line.to_owned(), |line, (address, name)| line.replace(address, name));
        let varies = ["receiving ", "sending ", "since ", "age "].iter().find(|name| line.starts_with(*name));
        let line = varies.map_or(line.clone(), |name| format!("{name}FIGURE"));
        line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n"
    };
    let told: String = out.lines().map(normal).collect();
    let whole = |connections: u8, open: &str| {
        format!(
            "name r\nkind relay\nprotocol tcp\nstate open\nlocal RELAY\nserves SERVER,SINK,CLOSED\naccepted 1\n\
             refused 1\nconnections {connections}\nreceived 4 B\nsent 4 B\nreceiving FIGURE\nsending FIGURE\nsince FIGURE\nage FIGURE\n\
             TARGET STATE OPEN SENT RECEIVED ERRORS\nSERVER {open} 4 B 4 B 0\nSINK {open} 4 B 0 B 0\n\
             CLOSED lost 0 0 B 0 B 1\n"
        )
    };
    assert_eq!(told, whole(1, "open 1") + &whole(0, "idle 0") + "RELAY SERVER SINK\n", "{out}");
}
