//! Section 5: relays.

use super::listening;
use crate::support::{Door, Talk, nsh, python};

#[test]
fn e1_a_relay_is_transparent_both_ways() {
    let door = Door::open();
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to 127.0.0.1:{}", door.port)));
    let mut client = Talk::to(port);
    let mut server = door.accept();
    client.send("abc\n");
    server.hears("abc\n").send("def\n");
    client.hears("def\n").finish();
    server.at_end().send("after the end\n").finish();
    client.hears("after the end\n").at_end();
}

#[test]
fn e1_a_reset_stays_a_reset() {
    let door = Door::open();
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to 127.0.0.1:{}", door.port)));
    let mut client = Talk::to(port);
    let mut server = door.accept();
    client.send("abc\n");
    server.hears("abc\n");
    client.reset();
    server.is_reset();

    let mut client = Talk::to(port);
    let mut server = door.accept();
    client.send("abc\n");
    server.hears("abc\n");
    server.reset();
    client.is_reset();
}

#[test]
fn e1_megabytes_pass_unchanged() {
    let Some(echo) = python("echo_server.py", "equal") else { return };
    let echo = echo.start();
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to 127.0.0.1:{}", echo.out_line(""))));
    let Some(clients) = python("many_clients.py", &format!("{port} 4 4000000")) else { return };
    clients.output().code(0).stdout("4 clients, every byte equal\n");
}

#[test]
fn e2_two_listeners_can_be_joined_and_two_clients() {
    let middle = nsh("run -q join.nsh").file(
        "join.nsh",
        "listen tcp 127.0.0.1:0 as left\nlisten tcp 127.0.0.1:0 as right\nprint \"left $left.port\"\nprint \"right $right.port\"\n\
         wait left 1 connections within 1m\nwait right 1 connections within 1m\njoin left right\nwait left.1 closed\n",
    );
    let middle = middle.start();
    let (left, right) = (middle.out_line("left "), middle.out_line("right "));
    let Some(echo) = python("echo_server.py", "equal") else { return };
    let echo = echo.start();
    let ends = nsh("run -q ends.nsh").file(
        "ends.nsh",
        "connect 127.0.0.1 $1 retry=10 every 1s as a\nconnect 127.0.0.1 $2 retry=10 every 1s as b\njoin a b\nwait a closed\n",
    );
    let _ends = ends.arg(&right).arg(echo.out_line("")).start();
    let mut client = Talk::to_address(&format!("127.0.0.1:{left}"));
    client.send("through four sockets\n").hears("through four sockets\n");
}

#[test]
fn e3_families_are_bridged() {
    for (listen, target) in [("[::1]", "127.0.0.1"), ("127.0.0.1", "[::1]")] {
        let door = Door::at(&format!("{target}:0"));
        let (_run, port) = listening(nsh(&format!("relay {listen}:0 to {target}:{}", door.port)));
        let mut client = Talk::to_address(&format!("{listen}:{port}"));
        let mut server = door.accept();
        client.send("abc\n");
        server.hears("abc\n").send("def\n");
        client.hears("def\n");
    }
}

#[test]
fn e5_a_target_that_refuses_costs_that_client_only() {
    let closed = Door::closed_port();
    let (run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to 127.0.0.1:{closed}")));
    Talk::to(port).is_over();
    run.wait_err("refused");
    Talk::to(port).is_over();
    run.stop().code(143).stdout("");
}

#[test]
fn e5_the_target_may_come_later() {
    let closed = Door::closed_port();
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to 127.0.0.1:{closed}")));
    Talk::to(port).is_over();
    let door = Door::at(&format!("127.0.0.1:{closed}"));
    let mut client = Talk::to(port);
    client.send("now\n");
    door.accept().hears("now\n");
}

#[test]
fn e6_several_targets_all_of_them() {
    let (left, right) = (Door::open(), Door::open());
    let targets = format!("127.0.0.1:{},127.0.0.1:{}", left.port, right.port);
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to upper to {targets}")));
    let mut client = Talk::to(port);
    let (mut left, mut right) = (left.accept(), right.accept());
    client.send("abc\n");
    left.hears("ABC\n").send("left\n");
    client.hears("left\n");
    right.hears("ABC\n").send("right\n");
    client.hears("right\n");
}

#[test]
fn e6_replies_of_the_first_alone() {
    let (left, right) = (Door::open(), Door::open());
    let targets = format!("127.0.0.1:{},127.0.0.1:{}", left.port, right.port);
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to {targets} replies=first")));
    let mut client = Talk::to(port);
    let (mut left, mut right) = (left.accept(), right.accept());
    right.send("not me\n").finish();
    left.send("me\n");
    client.hears("me\n").is_silent();
}

#[test]
fn e6_replies_of_nobody() {
    let door = Door::open();
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to 127.0.0.1:{} replies=none", door.port)));
    let mut client = Talk::to(port);
    let mut server = door.accept();
    server.send("unheard\n");
    client.is_silent().send("heard\n");
    server.hears("heard\n");
}

#[test]
fn e6_round_robin_and_failover() {
    let (left, right) = (Door::open(), Door::open());
    let targets = format!("127.0.0.1:{},127.0.0.1:{}", left.port, right.port);
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to {targets} mode=round-robin")));
    for door in [&left, &right, &left] {
        let mut client = Talk::to(port);
        client.send("abc\n");
        door.accept().hears("abc\n").send("def\n");
        client.hears("def\n");
    }

    let closed = Door::closed_port();
    let targets = format!("127.0.0.1:{closed},127.0.0.1:{}", right.port);
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to {targets} mode=failover")));
    let mut client = Talk::to(port);
    client.send("abc\n");
    right.accept().hears("abc\n");
}

#[test]
fn e6_a_required_target_that_dies_ends_the_connection() {
    let door = Door::open();
    let closed = Door::closed_port();
    let targets = format!("127.0.0.1:{},127.0.0.1:{closed}", door.port);
    let (_run, port) = listening(nsh(&format!("relay 127.0.0.1:0 to {targets} required=yes")));
    Talk::to(port).is_over();
}

#[test]
fn e7_targets_are_told_who_the_client_is() {
    for (version, pattern) in [
        ("v1", r"/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 [0-9]+ [0-9]+\r\nhello/"),
        ("v2", r"/^\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01(?s-u:.{4})hello/"),
    ] {
        let script = format!(
            "listen tcp 0 as target\nrelay 0 -> $target proxy={version} as r\nconnect $r as c\n\
             c: send \"hello\"\ntarget: expect {pattern}\n"
        );
        nsh("run -q lab.nsh").file("lab.nsh", script).output().code(0);
    }
}

#[test]
fn e8_a_target_is_tried_again() {
    // An address of its own, so that no other test is given the port meanwhile.
    let port = Door::at("127.0.0.78:0").port;
    let script = format!(
        "relay 0 -> 127.0.0.78:{port} retry=1000 every 10ms as r\nconnect $r as c\nc: send \"early\"\n\
         wait r 1 connections\nlisten tcp 127.0.0.78:{port} as late\nlate: expect \"early\" within 1m\n"
    );
    nsh("run -q lab.nsh").file("lab.nsh", script).output().code(0);
}
