//! Measuring peers that speak HTTP: `bench http`.

use rustix::process::Signal;

use crate::support::{Door, Output, nsh, python, script};

/// A peer that answers what it is sent with `answer`, as the start of a script.
fn peer(answer: &str) -> String {
    format!("listen tcp 0 as srv {{\n    on data {{ {answer} }}\n}}\n")
}

const HI: &str = r#"send "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi""#;

/// The output with every figure as `N`, every bar and column gap gone, and the histogram as its last line alone.
fn normal(output: &Output) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in output.out().lines() {
        let words = line.split_whitespace().filter(|word| !word.starts_with(|c| "▏▎▍▌▋▊▉█".contains(c)));
        let words = words.map(|word| {
            let unit = ["ns", "µs", "ms", "s", "B", "KiB", "MiB"].contains(&word);
            let figure = !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.');
            if figure {
                "N".to_owned()
            } else if unit {
                "U".to_owned()
            } else {
                word.to_owned()
            }
        });
        let line = words.collect::<Vec<_>>().join(" ");
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

/// The count in the field of that name; 0 when there is none.
fn count(output: &Output, name: &str) -> u64 {
    let out = output.out();
    out.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0)
}

const CLOSED_LOOP: &str = "closed loop: latencies hide what a stalled peer delays\n";

#[test]
fn a_server_of_the_language_is_measured() {
    let output = script(&format!("{}bench http $srv connections=3 for 50ms\n", peer(HI))).output();
    output.code(0).stderr("");
    let whole = "connections N\ntook N U\nrequests N\nrequests/s N\nreceived N U\nreceived/s N U\nstatus 2xx N\np50 N U\np90 N U\n\
                 p99 N U\np99.9 N U\nmax N U\nerrors N\nlost N\n≤ N U N N %\n";
    assert_eq!(normal(&output), format!("{whole}{CLOSED_LOOP}"), "{}", output.out());
    assert_eq!(count(&output, "connections"), 3);
    assert_eq!((count(&output, "errors"), count(&output, "lost")), (0, 0));
    assert_eq!(count(&output, "requests"), count(&output, "status 2xx"));
    assert!(output.out().lines().all(|line| line.chars().count() <= 60), "{}", output.out());
}

#[test]
fn a_real_server_gets_what_was_asked_for() {
    let Some(server) = python("http_server.py", "") else { return };
    let server = server.start();
    let port = server.out_line("").parse::<u16>().expect("a port");
    let ask = |what: &str| {
        let output = nsh(&format!("bench http http://127.0.0.1:{port}{what} connections=1 for 20ms")).output();
        output.code(0).stderr("");
        assert_eq!((count(&output, "errors"), count(&output, "lost")), (0, 0), "{}", output.out());
        output
    };
    ask("/a?b=c,d#e");
    server.wait_out("GET /a?b=c,d - -\n");
    ask("/ body=\"some\"");
    server.wait_out("POST / - some\n");
    ask("/ method=PUT body=\"more\" header=X-Test:1 header=x-test:2");
    server.wait_out("PUT / 1 more\n");
    ask("/ method=HEAD keep=no");
    server.wait_out("HEAD / - -\n");
    let output = ask("/missing");
    assert_eq!(count(&output, "status 4xx"), count(&output, "requests"));
    assert_eq!(count(&output, "status 2xx"), 0);
}

#[test]
fn an_open_loop_has_a_timetable() {
    let text = format!("{}bench http $srv connections=3 rate=200 for 100ms\n", peer(HI));
    let output = script(&text).output();
    output.code(0).says("open loop: latencies count from when requests were due");
    // Due at 0, 5, … 95 ms; a busy machine may be late with the last ones, and says so.
    let unsent = output.out().lines().find_map(|line| line.split_once(" request")?.0.parse().ok()).unwrap_or(0);
    assert_eq!(count(&output, "requests ") + unsent, 20, "{}", output.out());
}

#[test]
fn a_connection_is_kept_unless_it_is_not_to_be() {
    let run = |keep: &str| {
        let text = format!("{}bench http $srv connections=2 for 50ms{keep} as speed\ninfo srv\n", peer(HI));
        let output = script(&text).output();
        output.code(0).stderr("");
        count(&output, "accepted")
    };
    assert_eq!(run(""), 2);
    assert!(run(" keep=no") > 2);
}

#[test]
fn a_url_alone_says_that_it_is_http() {
    let text =
        format!("{}bench http://localhost:$srv.port/x connections=1 for 20ms as speed\nassert $speed > 1\n", peer(HI));
    script(&text).output().code(0).stdout("").stderr("");
}

#[test]
fn what_goes_wrong_is_counted_by_its_kind() {
    for (answer, reason) in [
        ("close", "closed before the answer was complete"),
        (r#"send "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"; close"#, "closed before the answer was complete"),
        ("reset", "connection reset by peer"),
        (r#"send "garbage\r\n\r\n""#, "no answer in HTTP/1: invalid HTTP version parsed"),
        (r#"send "HTTP/1.1 200 OK\r\nX: "; send @long"#, "no answer in HTTP/1: message head is too large"),
    ] {
        let text = format!("{}bench http $srv connections=1 for 30ms\n", peer(answer));
        let output = nsh("run -q lab.nsh").file("lab.nsh", text).file("long", "x".repeat(200_000)).output();
        output.code(1).complains("no request was answered").complains(reason).complains("--> lab.nsh:4:");
        output.says(&format!("failed: {reason}\n{CLOSED_LOOP}"));
        assert!(count(&output, "errors") > 0, "{}", output.out());
        assert_eq!((count(&output, "requests "), count(&output, "lost")), (0, 0), "{}", output.out());
    }
}

#[test]
fn who_never_answers_has_lost_the_requests() {
    let output = script("listen tcp 0 discard as srv\nbench http $srv connections=2 for 10ms\n").output();
    output.code(1).complains("no request was answered").says("2 requests were not answered in time\n");
    assert_eq!((count(&output, "errors"), count(&output, "lost")), (0, 2));
}

#[test]
fn a_server_that_goes_away_is_told_with_what_it_answered() {
    let door = Door::open();
    let line = format!("bench http http://127.0.0.1:{}/ connections=1 for 100ms", door.port);
    let run = nsh(&line).start();
    let mut peer = door.accept();
    peer.take_until("\r\n\r\n");
    drop(door);
    peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
    let output = run.end();
    output.code(0).says("failed: connection refused\n");
    assert_eq!((count(&output, "requests "), count(&output, "status 2xx")), (1, 1), "{}", output.out());
}

#[test]
fn a_server_behind_tls_is_verified_and_measured() {
    let server = peer(HI).replace("listen tcp", "listen tls");
    let output = script(&format!("{server}bench http https://localhost:$srv.port/ connections=1 for 50ms\n")).output();
    output.code(0);
    assert!(count(&output, "requests") > 0, "{}", output.out());
    assert_eq!(count(&output, "requests"), count(&output, "status 2xx"));
}

#[test]
fn nobody_there_is_an_error() {
    let port = Door::closed_port();
    for more in ["", " keep=no"] {
        let output = script(&format!("bench http http://127.0.0.1:{port}/{more}\n")).output();
        output.code(1).stdout("").complains("connection refused by tcp").complains("--> lab.nsh:1:");
    }
}

#[test]
fn an_interrupt_ends_it() {
    let door = Door::open();
    let run = script(&format!("bench http http://127.0.0.1:{}/ connections=1 for 1h\n", door.port)).start();
    let mut peer = door.accept();
    peer.take_until("\r\n\r\n");
    run.signal(Signal::INT);
    run.end().code(130).stdout("");
    peer.is_over();
}

#[test]
fn what_is_wrong_with_the_words_is_said_at_its_place() {
    for (line, column, says) in [
        ("bench http localhost", 12, "expected a URL, as in `http://localhost:8080/`"),
        ("bench http http://", 19, "expected a host"),
        ("bench http http://[::1/", 23, "expected `]`"),
        ("bench http http://localhost:99999/", 29, "a port from 0 to 65535"),
        ("bench http://localhost:99999/", 24, "a port from 0 to 65535"),
        ("bench http http://me@localhost/", 21, "a host without a user's name before it"),
        ("bench udp http https://localhost/", 11, "`https` goes over tls"),
        ("bench http ws://localhost/", 7, "expected `http://`"),
        ("bench udp http http://localhost/", 11, "`http` goes over tcp"),
        ("bench http http://localhost/ size=3", 35, "`size` is for a peer that echoes"),
        ("bench localhost 1 method=GET", 26, "`method` is for `bench http`"),
        ("bench http http://localhost/ method=\"a b\"", 37, "a word"),
        ("bench http http://localhost/ method=(", 37, "`(` is no method"),
        ("bench http http://localhost/ header=\"x\"", 37, "expected `NAME: VALUE`"),
        ("bench http http://localhost/ header=\"x: a\\nb\"", 37, "no line ends"),
    ] {
        let place = format!("--> lab.nsh:1:{column}\n");
        script(&format!("{line}\n")).output().code(2).stdout("").complains(says).complains(&place);
    }
    script("listen unix ./sock echo as srv\nbench http $srv\n").output().code(2).complains("does not listen on tcp");
}
