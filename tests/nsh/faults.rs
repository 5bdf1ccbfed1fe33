//! Bad input of every kind: each gives one clear error with its place, or leaves the shell in order.

use std::net::ToSocketAddrs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::support::{Door, Talk, noise, nsh, program, python, resident, script, settled};

/// The script ends with that code and an error at that line, says that, and nothing dangerous.
#[track_caller]
fn fails(text: &str, code: i32, line: usize, says: &str) {
    let output = script(text).output();
    output.code(code).stdout("").complains(says).complains(&format!("--> lab.nsh:{line}:")).harmless();
    assert_eq!(output.err().matches("error:").count(), 1, "one error: {}", output.err());
}

#[test]
fn what_cannot_be_parsed() {
    fails("listen tcp 0 echo as srv\n)(\n", 2, 2, "error:");
    fails("send \"open\n", 2, 1, "error:");
    fails("repeat 3 {\n  print \"x\"\n", 2, 1, "not closed");
    fails("}\n", 2, 1, "`}`");
    fails("send \"\\q\"\n", 2, 1, "\\q");
    fails("send x\"0g\"\n", 2, 1, "hex");
    fails("send \"\"\" open\n", 2, 1, "error:");
}

#[test]
fn an_unknown_command() {
    let output = script("lisen tcp 0\n").output();
    output.code(2).stdout("").complains("--> lab.nsh:1:1").complains("lisen").complains("`listen`");
}

#[test]
fn a_name_without_an_address() {
    fails("connect no-such-host.invalid 80\n", 1, 1, "no-such-host.invalid");
}

#[test]
fn refused() {
    let port = Door::closed_port();
    fails(&format!("connect 127.0.0.1 {port}\n"), 1, 1, "connection refused");
    let port = Door::closed_port();
    let run = script(&format!("connect localhost {port}\n")).output();
    run.code(1);
    // Every address that this machine's `localhost` has.
    for address in ("localhost", port).to_socket_addrs().expect("localhost has an address") {
        run.complains(&address.to_string());
    }
}

#[test]
fn reset() {
    let text = "listen tcp 0 as srv\nconnect $srv as a\nwait srv 1 connections\nsrv: reset\na: expect \"x\"\n";
    script(text).output().failed().stdout("").complains("reset").complains("--> lab.nsh:5:");
}

#[test]
fn sending_to_a_session_that_is_over() {
    let text = "listen tcp 0 as srv\nconnect $srv as a\na: close\na: send \"x\"\n";
    script(text).output().failed().stdout("").complains("--> lab.nsh:4:").harmless();
}

#[test]
fn timed_out() {
    fails("listen tcp 0 as srv\nconnect $srv as a\na: expect \"x\" within 50ms\n", 3, 3, "within 50 ms");
}

#[test]
fn in_use() {
    let door = Door::open();
    fails(&format!("listen tcp 127.0.0.1:{} echo\n", door.port), 1, 1, "in use");
    script(&format!("listen tcp 127.0.0.1:{} echo\n", door.port)).output().complains(&door.port.to_string());
}

#[test]
fn forbidden() {
    let run = script("listen unix ./locked echo\n");
    let folder = run.folder();
    std::fs::create_dir(folder.path().join("locked")).expect("a new folder");
    run.output().code(1).stdout("").complains("./locked").complains("--> lab.nsh:1:");

    // Whom the system forbids nothing, it cannot forbid this either.
    if rustix::process::geteuid().is_root() {
        return;
    }
    fails("listen tcp 127.0.0.1:1 echo\n", 1, 1, "permission denied");
    let run = script("listen unix ./closed/sock echo\n");
    let closed = run.folder().path().join("closed");
    std::fs::create_dir(&closed).expect("a new folder");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).expect("it is ours");
    run.output().code(1).complains("permission denied");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).expect("it is ours");
}

#[test]
fn an_address_of_somebody_else() {
    fails("listen tcp 192.0.2.77:0 echo\n", 1, 1, "192.0.2.77");
}

#[test]
fn too_big() {
    fails("listen tcp 70000\n", 2, 1, "65535");
    fails("connect 127.0.0.1 99999\n", 2, 1, "65535");
    fails("let x = 99999999999999999999\n", 2, 1, "99999999999999999999");
    fails("let x = 9223372036854775807 + 1\n", 2, 1, "too big");
    fails("sleep 99999999999999999999s\n", 2, 1, "error:");
    fails("let x = 1 / 0\n", 2, 1, "zero");
}

#[test]
fn a_script_that_is_not_utf8() {
    let output = script("").file("lab.nsh", b"print \"ok\"\nprint \"\xff\xfe\"\n").output();
    output.code(2).stdout("").complains("lab.nsh:2:").complains("UTF-8");
    script("").file("lab.nsh", [0xff; 1000]).output().code(2).stdout("").complains("lab.nsh:1:1");
}

#[test]
fn a_script_with_a_byte_order_mark_is_told_of_it() {
    fails("\u{feff}print \"ok\"\n", 2, 1, "byte order mark");
}

#[test]
fn a_script_with_carriage_returns_runs() {
    script("print \"one\"\r\nif true {\r\n  print \"two\"\r\n}\r\n").output().code(0).stdout("one\ntwo\n");
}

#[test]
fn nul_bytes_in_a_script() {
    fails("print \"ok\"\nsend\0 \"x\"\n", 2, 2, "error:");
}

#[test]
fn a_script_that_is_not_there_or_no_file() {
    nsh("run missing.nsh").output().failed().stdout("").complains("missing.nsh");
    nsh("run .").output().failed().stdout("");
}

#[test]
fn an_empty_script_is_fine() {
    script("").output().code(0).stdout("").stderr("");
    script("# nothing\n\n   \n").output().code(0).stdout("").stderr("");
}

#[test]
fn random_bytes_are_no_script() {
    let bytes = noise(200_000);
    script("").file("lab.nsh", bytes).output().code(2).stdout("").harmless();
}

#[test]
fn escape_sequences_of_a_script_do_not_reach_the_terminal() {
    script("print \"ok\"\n\u{1b}[2J\n").output().code(2).stdout("").harmless();
}

const ATTACK: &[u8] = b"\x1b[2J\x1b]0;owned\x07\x9b31m\xc2\x9b31m\x08\x08\x7f\r\n";

#[test]
fn escape_sequences_of_a_peer_do_not_reach_the_terminal_of_a_script() {
    let door = Door::open();
    let text = format!(
        "connect 127.0.0.1 {} as a\na: expect \"owned\" within 1m\na: show a text\na: expect \"more\" within 100ms\n",
        door.port
    );
    let run = nsh("run lab.nsh").file("lab.nsh", text).start();
    let mut peer = door.accept();
    peer.send(ATTACK);
    let run = run.end();
    run.code(3).harmless();
    assert!(!run.out().contains('\u{9b}') && !run.err().contains('\u{9b}'));
}

#[test]
fn escape_sequences_of_a_peer_are_data_in_a_pipe() {
    let door = Door::open();
    let run = nsh(&format!("connect 127.0.0.1 {}", door.port)).start();
    door.accept().send(ATTACK);
    run.end().code(0).stdout(ATTACK);
}

#[test]
fn escape_sequences_of_a_peer_do_not_reach_a_terminal_in_netcat_mode() {
    let door = Door::open();
    let Some(run) = python("terminal.py", "") else { return };
    let run = run
        .arg("wait owned\nwait end")
        .arg(env!("CARGO_BIN_EXE_nsh"))
        .words(&format!("connect 127.0.0.1 {}", door.port))
        .start();
    let mut peer = door.accept();
    peer.send(ATTACK).send("the end\n");
    drop(peer);
    let output = run.end();
    output.code(0).says("the end");
    for attack in [&b"\x1b[2J"[..], b"\x1b]0;", b"\x07", b"\x9b", b"\x7f"] {
        assert!(!output.stdout.windows(attack.len()).any(|window| window == attack), "{attack:02x?}: {}", output.out());
    }
}

#[test]
fn a_flood_that_nobody_reads_is_held_back() {
    let door = Door::open();
    let text = format!("connect 127.0.0.1 {} as a\nprint \"connected\"\nsleep 1h\n", door.port);
    let run = script(&text).start();
    let mut peer = door.accept();
    run.wait_out("connected\n");
    let mut sender = peer.again();
    let flood = std::thread::spawn(move || {
        let block = vec![b'x'; 1 << 20];
        let mut blocks = 0;
        // A gigabyte, or as much as the peer takes before it ends.
        while blocks < 1024 && sender.offer(&block) {
            blocks += 1;
        }
        blocks
    });
    let most = settled("the memory", Duration::from_secs(1), || resident(run.id()) / 1024);
    assert!(most < 64, "{most} MiB");
    run.stop().code(143);
    assert!(flood.join().expect("it ends") < 1024, "the flood was swallowed");
    peer.rest();
}

#[test]
fn a_line_without_end_does_not_stall_its_connection_for_ever() {
    let server = script("listen tcp 0 as srv {\n  on line { print \"a line\" }\n}\nwait srv\n").start();
    let mut peer = Talk::to(server.tcp_port());
    let block = vec![b'x'; 1 << 20];
    // Either it is taken in pieces, or the connection ends; what must not be is that nothing moves any more.
    let taken = (0..64).take_while(|_| peer.offer(&block)).count();
    assert!(taken == 64 || peer.is_closed(), "stuck after {taken} MiB");
    assert!(resident(server.id()) / 1024 < 64);
}

#[test]
fn a_flood_over_a_closed_output_ends() {
    let Some(_) = program("head") else { return };
    let door = Door::open();
    let Some(shell) = crate::support::foreign("sh") else { return };
    let line = format!("'{}' connect 127.0.0.1 {} | head -c 10", env!("CARGO_BIN_EXE_nsh"), door.port);
    let run = shell.arg("-c").arg(line).start();
    let mut peer = door.accept();
    let block = vec![b'x'; 1 << 20];
    let blocks = (0..1024).take_while(|_| peer.offer(&block)).count();
    assert!(blocks < 1024, "the client never noticed");
    run.end().code(0).stdout("xxxxxxxxxx");
}

#[test]
fn a_script_of_ten_megabytes_runs() {
    let line = "let x = 1 # a comment that makes the line a little longer than it has to be\n";
    let text = format!("{}print \"done\"\n", line.repeat(10_000_000 / line.len()));
    script(&text).output().code(0).stdout("done\n").stderr("");
}

#[test]
fn a_line_of_ten_megabytes_runs() {
    let text = format!(
        "listen tcp 0 discard as srv\nconnect $srv as a\na: send \"{}\"\nprint \"done\"\n",
        "x".repeat(10_000_000)
    );
    script(&text).output().code(0).stdout("done\n").stderr("");
}

#[test]
fn ten_thousand_nested_braces_are_an_error_not_a_crash() {
    for (open, close) in [("repeat 1 {\n", "}\n"), ("(", ")"), ("[", "]"), ("not ", "")] {
        let start = if open.starts_with("repeat") { "" } else { "let x = " };
        let text = format!("{start}{}1{}\n", open.repeat(10_000), close.repeat(10_000));
        let output = script(&text).output();
        output.code(2).stdout("").complains("--> lab.nsh:");
        let text = format!("{start}{}", open.repeat(10_000));
        script(&text).output().code(2).stdout("").complains("--> lab.nsh:");
    }
}

#[test]
fn a_file_that_is_not_there() {
    fails("listen tcp 0 as srv\nconnect $srv as a\na: send @missing.bin\n", 1, 3, "missing.bin");
}

#[test]
fn no_standard_input() {
    let door = Door::open();
    let run = nsh(&format!("connect 127.0.0.1 {}", door.port)).without_stdin().start();
    let mut peer = door.accept();
    peer.at_end().send("abc\n");
    drop(peer);
    run.end().code(0).stdout("abc\n");

    script("listen tcp 0 echo as srv\nconnect $srv as a\na: send \"x\"\na: expect \"x\"\nprint \"fine\"\n")
        .without_stdin()
        .output()
        .code(0)
        .stdout("fine\n");
    script("ask \"name? \" as name\n").without_stdin().output().code(1);
    let server = nsh("listen tcp 127.0.0.1:0 echo").without_stdin().start();
    Talk::to(server.told_port()).send("abc\n").hears("abc\n");
}

#[test]
fn standard_output_that_is_full() {
    if std::fs::metadata("/dev/full").is_err() {
        return;
    }
    let Some(shell) = crate::support::foreign("sh") else { return };
    let line = format!("'{}' -c 'print \"x\"' > /dev/full", env!("CARGO_BIN_EXE_nsh"));
    shell.arg("-c").arg(line).output().code(1);
}

#[test]
fn a_regex_that_explodes_elsewhere_does_not_here() {
    let text = format!(
        "listen tcp 0 echo as srv\nconnect $srv as a\na: send \"{}!\"\na: expect /^(a+)+$/ within 100ms\n",
        "a".repeat(5000)
    );
    script(&text).output().code(3);
    fails("expect /a{1000}{1000}{1000}/\n", 2, 1, "error:");
}

#[test]
fn many_errors_are_all_told_but_the_output_stays_finite() {
    let text = "lisen tcp 0\n".repeat(5_000);
    let output = script(&text).output();
    output.code(2).stdout("").complains("lab.nsh:1:1").complains("lab.nsh:2:1");
}

#[test]
fn a_hundred_thousand_statements_run() {
    script("let n = 0\nrepeat 100000 { let n = $n + 1 }\nprint $n\n").output().code(0).stdout("100000\n");
}

#[test]
fn the_shell_goes_on_after_a_peers_fault() {
    let server = nsh("listen tcp 127.0.0.1:0 echo").start();
    let port = server.told_port();
    for _ in 0..50 {
        let mut peer = Talk::to(port);
        peer.send(vec![0xff; 10_000]);
        peer.reset();
    }
    Talk::to(port).send("still here\n").hears("still here\n");
    server.stop().code(143).stdout("").harmless();
}

#[test]
fn a_script_or_include_without_end_is_not_read_for_ever() {
    nsh("run /dev/zero").output().code(1).stdout("").complains("larger than 64 MiB");
    nsh("check /dev/zero").output().failed().complains("larger than 64 MiB");
    let run = nsh("run lab.nsh").file("lab.nsh", "print \"it ran\"\ninclude \"/dev/zero\"\n");
    run.output().code(2).stdout("").complains("larger than 64 MiB");
}

#[test]
#[cfg(target_os = "linux")]
fn what_the_system_drops_of_a_datagram_listener_is_counted() {
    // Nobody reads, so that 20 MB fill the inbox, the queue and what the system holds.
    let send = format!("repeat 20000 {{ c: send \"{}\" }}", "x".repeat(1000));
    let output = script(&format!("listen udp 0 as u\nconnect udp $u as c\ninfo u\n{send}\ninfo u\n")).output();
    let shown = output.code(0).out();
    let dropped: Vec<u64> = shown
        .lines()
        .filter_map(|line| line.trim().strip_prefix("dropped")?.trim().strip_suffix(" datagrams by the system"))
        .map(|count| count.parse().unwrap())
        .collect();
    assert!(matches!(dropped[..], [0, 1000..20_000]), "{dropped:?} in {shown}");
}
