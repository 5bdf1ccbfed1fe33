//! Flows under stress and under orders: stages over real sockets, ways of a relay, and gates that a script moves.

use std::time::{Duration, Instant};

use crate::support::{Door, Talk, nsh, resident, script, settled};

/// A server that keeps what it receives, a relay `r` to it with `stages`, then `rest`.
fn relay(stages: &str, rest: &str) -> String {
    format!("listen tcp 0 as srv\nrelay 0 -> {stages}$srv as r\n{rest}\n")
}

/// The script holds, prints nothing and has no error to tell.
#[track_caller]
fn holds(text: &str) {
    let output = script(text).output();
    output.code(0).stdout("");
    assert!(!output.err().contains("error"), "{}", output.err());
}

/// The script is wrong, and that is said.
#[track_caller]
fn wrong(text: &str, says: &str) {
    script(text).output().code(2).stdout("").complains(says).complains("--> lab.nsh:");
}

/// The script holds, and takes at least so long.
#[track_caller]
fn takes(milliseconds: u64, text: &str) {
    let start = Instant::now();
    holds(text);
    assert!(start.elapsed() >= Duration::from_millis(milliseconds), "{:?}", start.elapsed());
}

mod orders {
    use super::{Door, Duration, Talk, holds, nsh, relay, resident, script, settled, wrong};

    #[test]
    fn exactly_so_many_bytes_pass() {
        holds(&relay(
            "",
            "r: hold\nconnect $r as c\nc: send \"hello world\"\nr: pass 4 up\nsrv: expect exactly \"hell\"\n\
             srv: expect nothing for 50ms\nr: pass 1 up\nsrv: expect exactly \"o\"\nr: pass 0\nsrv: expect nothing for 50ms\n\
             r: release\nsrv: expect exactly \" world\"",
        ));
    }

    #[test]
    fn the_count_goes_over_pieces_and_over_what_comes_later() {
        holds(&relay(
            "",
            "connect $r as c\nr: pass 42 up\nfor i in 1..10 { c: send \"01234567\" }\nsrv: expect 42 bytes\n\
             srv: expect nothing for 50ms\nassert $srv.1.in == 42\nr: release\nsrv: expect 38 bytes",
        ));
    }

    #[test]
    fn megabytes_wait_and_arrive_whole() {
        let text = "set buffer 8MiB\nlisten tcp 0 echo as srv\nrelay 0 -> $srv as r\nr: hold\nconnect $r as c\n\
                    def some() { r: pass 1000000 up; r: pass 10 down }\npar {\n  c: send @big\n  some()\n}\n\
                    c: expect 10 bytes\nc: expect nothing for 50ms\nr: release\nc: shutdown\n\
                    c: recv all within 20s as rest\nassert len($rest) == 2999990\n";
        let output = nsh("run -q lab.nsh").file("big", vec![b'x'; 3_000_000]).file("lab.nsh", text).output();
        output.code(0).stdout("");
    }

    #[test]
    fn each_way_has_its_own_gate() {
        holds(
            "listen tcp 0 echo as srv\nrelay 0 -> $srv as r\nconnect $r as c\nr: pass 2 down\nc: send \"abcd\"\n\
             c: expect exactly \"ab\"\nc: expect nothing for 50ms\nassert $srv.1.in == 4\nr: hold up\nr: release down\n\
             c: expect exactly \"cd\"\nc: send \"ef\"\nc: expect nothing for 50ms\nassert $srv.1.in == 4\n\
             r: release\nc: expect exactly \"ef\"",
        );
    }

    #[test]
    fn the_end_waits_too() {
        holds(&relay(
            "",
            "connect $r as c\nr: pass 2 up\nc: send \"ab\"\nc: shutdown\nsrv: expect exactly \"ab\"\n\
             srv: expect nothing for 50ms\nr: release\nsrv: expect eof",
        ));
    }

    #[test]
    fn a_gate_stands_behind_the_stages() {
        holds(&relay(
            "hex -> ",
            "r: hold\nconnect $r as c\nc: send \"AB\\n\"\nr: pass 4 up\nsrv: expect exactly \"41 4\"\n\
             r: release\nsrv: expect \"2 0a\"",
        ));
    }

    #[test]
    fn a_connection_may_be_addressed_by_itself() {
        holds(&relay(
            "",
            "connect $r as a\nconnect $r as b\nr.1: hold\nr.2: pass 1\na: send \"aaa\"\nb: send \"bbb\"\n\
             srv.2: expect exactly \"b\"\nsrv.1: expect nothing for 50ms\nr.*: release\nsrv.1: expect \"aaa\"\n\
             srv.2: expect \"bb\"",
        ));
    }

    #[test]
    fn connections_to_come_begin_as_their_listener_stands() {
        holds(&relay(
            "",
            "r: hold up\nconnect $r as a\na: send \"a\"\nwait r 1 connections\nsrv.1: expect nothing for 50ms\n\
             r.1: release\nsrv.1: expect \"a\"\nconnect $r as b\nb: send \"b\"\nsrv.2: expect nothing for 50ms\n\
             r: release\nsrv.2: expect \"b\"\nconnect $r as c\nc: send \"c\"\nsrv.3: expect \"c\"",
        ));
    }

    #[test]
    fn a_handler_takes_orders() {
        holds(
            "listen tcp 0 echo as srv\nsrv: hold down\nconnect $srv as c\nc: send \"abc\"\nc: expect nothing for 50ms\n\
             srv: pass 1 down\nc: expect exactly \"a\"\nsrv: release\nc: expect exactly \"bc\"",
        );
    }

    #[test]
    fn datagrams_are_counted_whole() {
        holds(
            "listen udp 0 echo as srv\nsrv: hold up\nconnect udp localhost $srv.port as c\nc: send \"one\"\nc: send \"two\"\n\
             c: send \"three\"\nsrv: pass 2 up\nc: expect datagram \"one\"\nc: expect datagram \"two\"\n\
             c: expect nothing for 50ms\nsrv: release\nc: expect datagram \"three\"",
        );
    }

    #[test]
    fn a_stall_ends_by_itself() {
        super::takes(200, &relay("", "r: stall 200ms\nconnect $r as c\nc: send \"x\"\nsrv: expect \"x\""));
        holds(&relay("", "r: stall 1h\nconnect $r as c\nc: send \"x\"\nr: release\nsrv: expect \"x\""));
    }

    #[test]
    fn a_cut_closes_both_ends_and_the_relay_goes_on() {
        holds(&relay(
            "",
            "connect $r as a\na: send \"a\"\nsrv.1: expect \"a\"\nr: cut\na: expect eof\nsrv.1: expect eof\n\
             connect $r as b\nb: send \"b\"\nsrv.2: expect \"b\"\nr.2: cut reset=yes\nb: expect reset\n\
             srv.2: expect reset\n\
             assert $r.state == \"open\"\nassert $r.connections == 0",
        ));
    }

    #[test]
    fn who_takes_no_orders_is_told() {
        wrong("listen tcp 0 as srv\nsrv: hold", "`srv` takes no orders");
        wrong("listen tcp 0 echo as srv\nconnect $srv as c\nc: pass 4", "`c` takes no orders");
        wrong("listen tcp 0 echo as srv\nsrv: hold sideways", "`up`");
        script("listen tcp 0 echo as srv\nset timeout 50ms\nsrv: pass 4").output().code(3).complains("no connection");
    }

    #[test]
    fn a_held_relay_leaves_a_fast_sender_waiting() {
        let door = Door::open();
        let text = format!("relay 0 -> 127.0.0.1:{} as r\nr: hold\nprint \"at $r.port\"\nsleep 1h", door.port);
        let run = script(&text).start();
        let mut client = Talk::to(run.out_line("at ").parse().expect("a port"));
        let _server = door.accept();
        let flood = std::thread::spawn(move || {
            let piece = vec![0; 1 << 20];
            (0..1024).take_while(|_| client.offer(&piece)).count()
        });
        let most = settled("the memory", Duration::from_millis(300), || resident(run.id()) / 1024);
        assert!(most < 64, "{most} MiB");
        run.stop().code(143);
        assert!(flood.join().expect("it ends") < 1024, "the flood was swallowed");
    }
}

mod stages {
    use super::{holds, relay, script, takes};

    #[test]
    fn bytes_arrive_unchanged_through_whatever_only_takes_time() {
        let stages = "delay 20ms way=both -> jitter 5ms way=both -> throttle 1MB/s way=both -> slice 100 way=both -> \
                      slow-close 20ms way=both -> ";
        let text = format!(
            "listen tcp 0 echo as srv\nrelay 0 -> {stages}$srv as r\nconnect $r as c\nc: send @big\nc: shutdown\n\
             c: recv all within 20s as all\nassert $all == @big"
        );
        let big: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).step_by(4).collect();
        crate::support::nsh("run -q lab.nsh").file("big", big).file("lab.nsh", text).output().code(0).stdout("");
    }

    #[test]
    fn a_delay_both_ways_takes_twice_as_long() {
        let text = "listen tcp 0 echo as srv\nrelay 0 -> delay 100ms way=both -> $srv as r\nconnect $r as c\n";
        takes(200, &format!("{text}c: send \"x\"\nc: expect \"x\""));
        takes(200, &format!("{text}c: send \"x\"\nc: shutdown\nc: expect \"x\"\nc: expect eof"));
    }

    #[test]
    fn a_throttle_takes_its_time_and_loses_nothing() {
        takes(
            290,
            &relay(
                "throttle 10kB/s -> ",
                "connect $r as c\nc: send @big\nc: shutdown\nsrv: expect 3000 bytes\nsrv: expect eof",
            )
            .replace("@big", &format!("\"{}\"", "x".repeat(3000))),
        );
    }

    #[test]
    fn a_cut_is_the_end_after_so_many_bytes() {
        holds(&relay("cut 3 -> ", "connect $r as c\nc: send \"abcdef\"\nsrv: expect exactly \"abc\"\nsrv: expect eof"));
        holds("listen tcp 0 cut 3 as srv\nconnect $srv as c\nsend \"abcdef\"\nexpect exactly \"abc\"\nexpect eof");
        holds(&relay("cut 0 -> ", "connect $r as c\nsrv: expect eof"));
    }

    #[test]
    fn a_reset_reaches_both_ends() {
        for stage in ["reset 3", "cut 3 reset=yes", "reset 3 -> upper -> delay 10ms"] {
            holds(&relay(
                &format!("{stage} -> "),
                "connect $r as c\nc: send \"abcdef\"\nc: expect reset\nsrv: expect reset",
            ));
        }
        holds(&relay("reset 0 -> ", "connect $r as c\nc: expect reset\nsrv: expect reset"));
        holds(&relay(
            "reset 2 way=down -> ",
            "connect $r as c\nc: send \"x\"\nsrv: expect \"x\"\nsrv: send \"abcd\"\nc: expect reset\nsrv: expect reset",
        ));
    }

    #[test]
    fn a_stall_keeps_even_the_end() {
        holds(&relay(
            "stall 3 -> ",
            "connect $r as c\nc: send \"abcdef\"\nc: shutdown\nsrv: expect exactly \"abc\"\nsrv: expect nothing for 50ms",
        ));
        holds(&relay(
            "stall 3 for=100ms -> ",
            "connect $r as c\nc: send \"abcdef\"\nc: shutdown\nsrv: expect \"abcdef\"\nsrv: expect eof",
        ));
    }

    #[test]
    fn losses_are_the_same_for_the_same_seed_however_the_stream_is_cut() {
        let lost = |send: &str| {
            let text = relay(
                "drop 20% seed=7 -> corrupt 0.2 seed=8 -> duplicate 10% seed=9 -> reorder 10% seed=1 -> ",
                &format!("connect $r as c\nc: {send}\nc: shutdown\nsrv: recv all as got\nprint hex($got)"),
            );
            let output = script(&text).output();
            output.code(0);
            output.out()
        };
        let whole = lost("send \"the quick brown fox jumps over the lazy dog\"");
        assert_eq!(whole, lost("send \"the quick brown fox jumps over the lazy dog\" chunk=1 every 1ms"));
        assert_ne!(whole, lost("send \"The quick brown fox jumps over the lazy dog\""));
    }

    #[test]
    fn datagrams_are_lost_whole() {
        holds(
            "listen udp 0 duplicate 100% as srv\nconnect udp localhost $srv.port as c\nc: send \"one\"\n\
             c: expect datagram \"one\"\nc: expect datagram \"one\"\nc: expect nothing for 50ms",
        );
        holds(
            "listen udp 0 drop 1 as srv\nconnect udp localhost $srv.port as c\nc: send \"one\"\n\
             wait srv 1 connections\nc: expect nothing for 50ms",
        );
    }

    #[test]
    fn what_is_wrong_with_a_stage_is_said_at_its_place() {
        super::wrong("listen tcp 0 echo as srv\nrelay 0 -> drop 5% way=left -> $srv", "`up`");
        super::wrong("listen tcp 0 delay 5ms way=down", "`way` is for relays");
        super::wrong("listen tcp 0 echo as srv\nrelay 0 -> throttle 0kB/s -> $srv", "must be more than 0");
        super::wrong("listen tcp 0 drop 150%", "too big");
    }
}

mod changes {
    use super::{holds, relay, takes, wrong};

    #[test]
    fn what_waits_in_a_throttle_goes_at_the_new_rate_and_nothing_is_lost() {
        holds(&relay(
            "throttle 1B/s -> ",
            "connect $r as c\nc: send \"0123456789012345678901234567890123456789\"\nr: set throttle 1MB/s\n\
             srv: expect exactly \"0123456789012345678901234567890123456789\"\nc: send \"more\"\nsrv: expect \"more\"",
        ));
    }

    #[test]
    fn a_rate_that_falls_is_kept_to() {
        takes(
            290,
            &relay(
                "throttle 1GB/s -> ",
                &format!(
                    "connect $r as c\nc: send \"a\"\nsrv: expect \"a\"\nr: set throttle 10kB/s\nc: send \"{}\"\n\
                     srv: expect 3000 bytes",
                    "x".repeat(3000)
                ),
            ),
        );
    }

    #[test]
    fn what_waits_for_its_delay_moves_with_it() {
        holds(&relay(
            "delay 1h -> ",
            "connect $r as c\nc: send \"one\"\nwait r 1 connections\nsrv: expect nothing for 50ms\n\
             r: set delay 0ms\nsrv: expect \"one\"\nc: send \"two\"\nsrv: expect \"two\"",
        ));
        takes(
            100,
            &relay("delay 0ms -> ", "connect $r as c\nr: set delay 100ms\nc: send \"one\"\nsrv: expect \"one\""),
        );
    }

    #[test]
    fn it_holds_for_connections_to_come_and_for_one_alone() {
        holds(&relay(
            "prefix \"a\" -> ",
            "r: set prefix \"b\"\nconnect $r as c\nc: send \"1\\n\"\nsrv.1: expect exactly \"b1\\n\"\n\
             r.1: set prefix \"c\"\nc: send \"2\\n\"\nsrv.1: expect exactly \"c2\\n\"\nconnect $r as d\n\
             d: send \"3\\n\"\nsrv.2: expect exactly \"b3\\n\"\nr: set prefix \"d\"\nc: send \"4\\n\"\nd: send \"5\\n\"\n\
             srv.1: expect exactly \"d4\\n\"\nsrv.2: expect exactly \"d5\\n\"",
        ));
    }

    #[test]
    fn all_of_a_name_change_or_those_on_one_way() {
        let two = "prefix \"a\" -> prefix \"b\" way=both -> ";
        let rest = "connect $r as c\nr: set prefix \"x\" way=down\nc: send \"1\\n\"\nsrv: expect exactly \"ba1\\n\"\n\
                    srv: send \"2\\n\"\nc: expect exactly \"x2\\n\"\nr: set prefix \"y\"\nc: send \"3\\n\"\n\
                    srv: expect exactly \"yy3\\n\"\nsrv: send \"4\\n\"\nc: expect exactly \"y4\\n\"";
        holds(&relay(two, rest));
    }

    #[test]
    fn counts_begin_anew_and_chance_goes_on() {
        holds(&relay(
            "stall 2 -> ",
            "connect $r as c\nc: send \"abcdef\"\nsrv: expect exactly \"ab\"\nsrv: expect nothing for 50ms\n\
             r: set stall 3\nsrv: expect exactly \"cde\"\nsrv: expect nothing for 50ms\nr: set stall 100\nsrv: expect \"f\"",
        ));
        holds(&relay(
            "cut 1GiB -> ",
            "connect $r as c\nc: send \"abc\"\nsrv: expect \"abc\"\nr: set cut 2\nc: send \"defg\"\n\
             srv: expect exactly \"de\"\nsrv: expect eof",
        ));
        holds(&relay(
            "drop 100% -> ",
            "connect $r as c\nc: send \"lost\"\nwait r 1 connections\nsrv: expect nothing for 50ms\nr: set drop 0%\n\
             c: send \"kept\"\nsrv: expect exactly \"kept\"",
        ));
    }

    #[test]
    fn every_stage_with_a_parameter_can_be_changed() {
        let stages = "replace /a/ \"b\" -> prefix \"\" -> suffix \"\" -> delay 0ms -> jitter 0ms -> throttle 1GB/s -> \
                      slice 9 -> drop 0% -> corrupt 0% -> duplicate 0% -> reorder 0% -> cut 1GiB -> reset 1GiB -> \
                      stall 1GiB -> slow-close 0ms -> ";
        let changes = "r: set replace /a/ \"c\"\nr: set prefix \"<\"\nr: set suffix \">\"\nr: set delay 1ms\n\
                       r: set jitter 1ms seed=1\nr: set throttle 2GB/s\nr: set slice 1 every=100us\nr: set drop 0% seed=2\n\
                       r: set corrupt 0%\nr: set duplicate 100%\nr: set reorder 0% wait=1ms\nr: set cut 100\n\
                       r: set reset 16\nr: set stall 18 for=1ms\nr: set slow-close 1ms\n";
        let rest = format!(
            "connect $r as c\nc: send \"a\\n\"\nsrv: expect exactly \"b\\n\"\n{changes}c: send \"aab\\n\"\n\
             srv: expect exactly \"<<ccccbb>>\\n\\n\"\nc: send \"abcdef\\n\"\nsrv: expect exactly \"<<cc\"\nsrv: expect reset"
        );
        holds(&relay(stages, &rest));
    }

    #[test]
    fn handlers_of_stages_take_changes_too() {
        holds(
            "listen tcp 0 prefix \"a\" as srv\nconnect $srv as c\nc: send \"1\\n\"\nc: expect exactly \"a1\\n\"\n\
             srv: set prefix \"b\"\nc: send \"2\\n\"\nc: expect exactly \"b2\\n\"",
        );
    }

    #[test]
    fn what_cannot_be_changed_is_said() {
        let has = |rest| relay("upper -> throttle 1kB/s -> ", rest);
        wrong(&has("r: set delay 5ms"), "`r` has no stage `delay`: it has `upper`, `throttle`");
        wrong(&has("r: set throttle 1kB/s way=down"), "`r` has no stage `throttle` on that way");
        wrong(&has("r: set upper"), "`r` keeps its `upper`, of which nothing can be changed");
        wrong(&has("r: set throttle 0B/s"), "RATE of `throttle` must be more than 0");
        wrong(&has("r: set throttle 5"), "expected a rate");
        wrong(&has("r: set throttle 1kB/s -> delay 5ms"), "one stage at a time");
        wrong(&has("r: set timeout 5s"), "`timeout` is a setting of the shell");
        wrong(&relay("", "r: set delay 5ms"), "`r` has no stage `delay`: it has none that transforms");
        wrong("listen tcp 0 as srv\nsrv: set delay 5ms", "`srv` takes no orders");
    }
}

#[test]
fn info_names_the_stages_in_the_way_and_what_is_held() {
    let text = "listen tcp 0 as srv\nrelay 0 -> upper -> delay 0ms way=both -> $srv as r\nconnect $r as c\n\
                c: send \"a\"\nsrv: expect \"A\"\nr: hold down\nr: hold up\nr.1: pass 4 up\ninfo r.1\ninfo r\nr: release\ninfo r.1\n\
                r: stall 1h down\ninfo r.1";
    let output = script(text).output();
    let fields: Vec<String> = output
        .out()
        .lines()
        .filter(|line| line.starts_with("path ") || line.starts_with("gate "))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    output.code(0);
    let paths = ["path up copy (through upper -> delay)", "path down copy (through delay)"];
    let expected = [paths[0], "gate up pass 4 left", paths[1], "gate down held"];
    assert_eq!(fields[..4], expected);
    assert_eq!(fields[4..6], ["gate up held", "gate down held"]);
    assert_eq!(fields[6..8], paths);
    assert_eq!(fields[8..10], paths);
    assert!(fields[10].starts_with("gate down held for 3") && fields[10].ends_with("ms more"), "{}", fields[10]);
}
