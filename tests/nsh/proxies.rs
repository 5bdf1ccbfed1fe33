//! The PROXY protocol in: whom a proxy connects for is the peer, whatever wrote the header.

use crate::support::{Door, Process, Talk, foreign, nsh, python, script, until};

/// A server that tells everybody who they are, behind `accept-proxy=yes`; and its port.
#[track_caller]
fn server() -> (Process, u16) {
    let text = "listen tcp 0 accept-proxy=yes as srv { on line { sendln \"$peer says $line\" } }\n\
                print \"at $srv.port\"\nwait srv\n";
    let run = script(text).start();
    let port = run.out_line("at ").parse().expect("a port");
    (run, port)
}

#[test]
fn the_peer_is_whom_the_header_names() {
    let (run, port) = server();
    for (form, peer) in
        [("v1", "203.0.113.7:4711"), ("v2", "203.0.113.7:4711"), ("local", "ITSELF"), ("unknown", "ITSELF")]
    {
        let Some(client) = python("proxy_client.py", &format!("{port} {form}")) else { return };
        client.output().code(0).stdout(format!("{peer} says hello\n"));
    }
    run.stop();
}

#[test]
fn haproxy_tells_who_its_client_is() {
    for version in ["send-proxy", "send-proxy-v2"] {
        let (run, port) = server();
        let own = Door::closed_port();
        let configuration = format!(
            "defaults\n  mode tcp\n  timeout connect 30s\n  timeout client 60s\n  timeout server 60s\n\
             listen front\n  bind 127.0.0.1:{own}\n  server nsh 127.0.0.1:{port} {version}\n"
        );
        let Some(haproxy) = foreign("haproxy") else { return };
        let haproxy = haproxy.words("-db -f haproxy.cfg").file("haproxy.cfg", configuration).start();
        let stream = until("haproxy", || std::net::TcpStream::connect(("127.0.0.1", own)).ok());
        drop(stream);
        let mut client = Talk::to(own);
        let peer = client.local();
        client.send("hello\n").hears(format!("{peer} says hello\n"));
        drop(client);
        haproxy.stop();
        run.stop();
    }
}

#[test]
fn a_chain_of_relays_passes_the_first_client_on() {
    for version in ["v1", "v2"] {
        let door = Door::open();
        let text = format!(
            "relay 0 -> 127.0.0.1:{} accept-proxy=yes proxy=v1 as last\n\
             relay 0 -> 127.0.0.1:$last.port accept-proxy=yes proxy=v2 as middle\n\
             relay 0 -> 127.0.0.1:$middle.port proxy={version} as first\nprint \"at $first.port\"\nwait first\n",
            door.port
        );
        let run = script(&text).start();
        let port = run.out_line("at ").parse().expect("a port");
        let mut client = Talk::to(port);
        let client_port = client.local().port();
        client.send("hello\n").finish();
        let mut target = door.accept();
        target.hears(format!("PROXY TCP4 127.0.0.1 127.0.0.1 {client_port} {port}\r\nhello\n"));
        target.send("bye\n").finish();
        client.hears("bye\n").at_end();
        run.stop();
    }
}

#[test]
fn what_is_wrong_with_a_header_is_told_once_and_others_come_in() {
    let text = "listen tcp 0 echo accept-proxy=yes as srv\nprint \"at $srv.port\"\nwait srv\n";
    let run = nsh("run lab.nsh").file("lab.nsh", text).start();
    let port = run.out_line("at ").parse().expect("a port");
    let mut wrong = Talk::to(port);
    let from = wrong.local();
    wrong.offer("GET / HTTP/1.1\r\n\x1b[31m\r\n\r\n");
    wrong.is_over();
    drop(wrong);
    let mut right = Talk::to(port);
    right.send("PROXY TCP6 2001:db8::7 ::1 1 2\r\nhello").hears("hello").finish().at_end();
    drop(right);
    run.wait_err("srv.1 closed");
    let output = run.stop();
    output.harmless();
    let told =
        format!("handshake with {from} failed: expected a PROXY header, this begins with `GET / HTTP/1.1\\r\\n`");
    assert_eq!(output.err().matches("handshake").count(), 1, "{}", output.err());
    output.complains(&told).complains("srv.1 open from [2001:db8::7]:1");
}

#[test]
fn datagrams_have_no_header() {
    script("listen udp 0 echo accept-proxy=yes")
        .output()
        .code(2)
        .complains("`accept-proxy` is an option of tcp, telnet, tls, ws, wss, socks5, proxy and unix, not of udp");
}
