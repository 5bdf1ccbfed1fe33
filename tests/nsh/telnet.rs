//! Telnet: options are refused, commands are no data, and bytes pass as they are.

use std::time::Duration;

use crate::support::{Door, Talk, foreign, noise, nsh, resident, settled};

#[test]
fn a_server_that_asks_for_options_is_refused() {
    let door = Door::open();
    let client = nsh(&format!("connect telnet 127.0.0.1 {}", door.port)).typed().start();
    let mut server = door.accept();
    // WILL ECHO, DO TERMINAL-TYPE, WONT and DONT of something, SB TERMINAL-TYPE SEND IAC SE.
    server.send(b"\xff\xfb\x01login\xff\xfd\x18: \xff\xfc\x05\xff\xfe\x06\xff\xfa\x18\x01\xff\xf0\xff\xff\r\0\r\n");
    server.hears(b"\xff\xfe\x01\xff\xfc\x18");
    client.wait_out(b"login: \xff\r\r\n").type_in(b"a\xffb\r\0c\n");
    server.hears(b"a\xff\xffb\r\0\0c\n");
    client.end_input();
    server.at_end();
    drop(server);
    client.finish().code(0).stdout(b"login: \xff\r\r\n");
}

#[test]
fn a_client_that_asks_for_options_is_refused() {
    let server = nsh("listen telnet 127.0.0.1:0 upper").start();
    let mut client = Talk::to(server.told_port());
    client.send(b"a\xff\xfd\x01b\xff").send(b"\xfb\x1fc\n").finish();
    let all = client.rest();
    let (data, replies): (Vec<u8>, Vec<u8>) = all.iter().partition(|byte| byte.is_ascii());
    assert_eq!(replies, b"\xff\xfc\xff\xfe", "{all:?}");
    assert_eq!(data, all.iter().copied().filter(u8::is_ascii).collect::<Vec<_>>());
    assert!([&b"AB"[..], b"C\n"].iter().all(|part| all.windows(part.len()).any(|window| window == *part)), "{all:?}");
}

#[test]
fn megabytes_pass_unchanged() {
    let bytes = noise(2 << 20);
    let server = nsh("listen telnet 127.0.0.1:0 echo").start();
    let client = nsh(&format!("connect telnet 127.0.0.1 {}", server.told_port())).stdin(&bytes);
    client.output().code(0).stdout(&bytes);
}

#[test]
fn who_asks_for_ever_and_never_reads_is_not_read_for_ever() {
    let server = nsh("listen telnet 127.0.0.1:0 echo keep=yes").start();
    let port = server.told_port();
    let mut asking = Talk::to(port);
    let mut sender = asking.again();
    std::thread::spawn(move || sender.offer(b"\xff\xfb\x01".repeat(16 << 20)));
    // Others are served meanwhile, and nothing is kept of what is asked.
    Talk::to(port).send("hello").hears("hello");
    settled("what it keeps", Duration::from_millis(300), || resident(server.id()) >> 20);
    assert!(resident(server.id()) < 256 << 20);
    assert_eq!(asking.take(3), b"\xff\xfe\x01");
    Talk::to(port).send("hello").hears("hello");
}

#[test]
fn the_telnet_program_is_served() {
    let server = nsh("listen telnet 127.0.0.1:0 upper").start();
    let Some(telnet) = foreign("telnet") else { return };
    let telnet = telnet.words(&format!("127.0.0.1 {}", server.told_port())).typed().start();
    telnet.wait_out("Escape character is").type_in("hello\n").wait_out("HELLO");
    assert!(telnet.err().is_empty(), "{}", telnet.err());
}

#[test]
fn a_relay_takes_telnet_off() {
    let text = "listen tcp 0 as plain\nrelay telnet 0 -> $plain as r\nconnect telnet $r as c\nc: send x\"61ff0d00\"\n\
                plain: expect exactly x\"61ff0d00\"\nplain: send \"back\"\nc: expect \"back\"\n";
    crate::support::script(text).output().code(0).stdout("");
}
