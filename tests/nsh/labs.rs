//! The labs: every script of `scripts/labs`, nsh against nsh, against independent clients, against independent servers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Door, Mailbox, Nsh, Output, Process, Talk, foreign, nsh, python};

/// The path of a lab's script.
fn lab(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/labs").join(format!("{name}.nsh"))
}

/// `nsh run -q LAB` with the words of `line` behind it.
fn run(name: &str, line: &str) -> Nsh {
    nsh("run -q").arg(lab(name)).words(line)
}

/// A peer that has printed its port, and that port.
#[track_caller]
fn served(peer: Nsh) -> (Process, u16) {
    let process = peer.start();
    let port = process.out_line("").parse().expect("a peer prints its port first");
    (process, port)
}

/// Waits until a program of others listens on a port.
#[track_caller]
fn wait_until_it_listens(process: &Process, port: u16) {
    assert_eq!(process.tcp_port(), port);
}

/// What a peer printed behind its port.
fn behind_port(output: &Output) -> String {
    output.out().split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
}

#[test]
fn every_lab_is_checked_and_formatted() {
    for folder in ["scripts/labs", "scripts/demo"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                continue;
            }
            nsh("check").arg(&path).output().code(0).stderr("");
            nsh("fmt --check").arg(&path).output().code(0);
        }
    }
}

#[test]
fn the_labs_that_check_themselves_hold() {
    run("echo", "").output().code(0).stdout("every byte came back to whoever sent it\n").stderr("");
    run("upper-check", "").output().code(0).stdout("three clients were answered in upper case\n").stderr("");
    run("filter-check", "").output().code(0).stdout("the other server got every byte\n");
    run("mock", "").output().code(0).stdout("the client withstood all of it\n");
}

#[test]
fn the_tour_runs_to_its_end() {
    let tour = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/demo/tour.nsh");
    nsh("run").arg(tour).output().code(0).says("the tour is over\n");
}

#[test]
fn upper_nsh_to_nsh() {
    let server = run("upper", "0").start();
    let port = server.tcp_port();
    for sentence in ["bonjour", "ça va ?", "a"] {
        let client = run("client", &format!("127.0.0.1 {port}")).stdin(format!("{sentence}\n"));
        client.output().code(0).says(&format!("From Server: {}\n", sentence.to_uppercase()));
    }
    server.wait_out(": bonjour\n").wait_out(": ça va ?\n");
}

#[test]
fn upper_serves_an_independent_client() {
    let server = run("upper", "0").start();
    let port = server.tcp_port();
    let Some(client) = python("upper_client.py", &port.to_string()) else { return };
    let long = "bonjour ".repeat(100_000 / 8);
    let output = client.arg("un").arg("deux é").arg(&long).output();
    output.code(0).stdout(format!("UN\nDEUX É\n{}\n", long.to_uppercase()));
}

#[test]
fn upper_serves_several_clients_at_once() {
    let server = run("upper", "0").start();
    let port = server.tcp_port();
    let mut clients: Vec<Talk> = (0..20).map(|_| Talk::to(port)).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(format!("client {number}"));
    }
    for (number, client) in clients.iter_mut().enumerate().rev() {
        client.hears(format!("CLIENT {number}"));
    }
}

#[test]
fn upper_serves_nc() {
    let server = run("upper", "0").start();
    let port = server.tcp_port();
    let Some(nc) = foreign("nc.openbsd") else { return };
    nc.words(&format!("-N 127.0.0.1 {port}")).stdin("bonjour\n").output().code(0).stdout("BONJOUR\n");
}

#[test]
fn client_asks_an_independent_server() {
    let Some(peer) = python("upper_server.py", "") else { return };
    let (_peer, port) = served(peer);
    let client = run("client", &format!("localhost {port}")).stdin("bonjour tout le monde\n").output();
    client.code(0).stdout("Input lowercase sentence: From Server: BONJOUR TOUT LE MONDE\n");
}

#[test]
fn netcat_client_of_a_netcat_server_over_tcp() {
    let server = run("netcat-server", "0").typed().start();
    let port = server.tcp_port();
    let client = run("netcat-client", &format!("127.0.0.1 {port}")).typed().start();
    client.type_in("bonjour\n");
    server.wait_out("bonjour\n").type_in("salut\n");
    client.wait_out("salut\n").end_input();
    server.end_input();
    client.end().code(0).stdout("salut\n").stderr("");
    server.end().code(0).stdout("bonjour\n").stderr("");
}

#[test]
fn netcat_client_of_nc() {
    for (program, words) in [("nc.openbsd", "-l 127.0.0.1"), ("ncat", "-l 127.0.0.1"), ("socat", "-")] {
        let Some(peer) = foreign(program) else { continue };
        // nc says its port nowhere when it is 0; a port that was free a moment ago serves.
        let port = Door::closed_port();
        let peer = match program {
            "socat" => peer.arg("-").arg(format!("TCP-LISTEN:{port},bind=127.0.0.1")),
            _ => peer.words(words).arg(port.to_string()),
        };
        let peer = peer.typed().start();
        wait_until_it_listens(&peer, port);
        let client = run("netcat-client", &format!("127.0.0.1 {port}")).typed().start();
        client.type_in("bonjour\n");
        peer.wait_out("bonjour\n").type_in("salut\n");
        client.wait_out("salut\n").end_input();
        peer.end_input();
        let client = client.end();
        client.code(0).stdout("salut\n").stderr("");
        peer.end().code(0).stdout("bonjour\n");
    }
}

#[test]
fn netcat_server_of_nc() {
    for (program, words) in
        [("nc.openbsd", "-N 127.0.0.1 PORT"), ("ncat", "127.0.0.1 PORT"), ("socat", "- TCP:127.0.0.1:PORT")]
    {
        let Some(peer) = foreign(program) else { continue };
        let server = run("netcat-server", "0").typed().start();
        let port = server.tcp_port();
        let peer = peer.words(&words.replace("PORT", &port.to_string())).typed().start();
        peer.type_in("bonjour\n");
        server.wait_out("bonjour\n").type_in("salut\n");
        peer.wait_out("salut\n").end_input();
        server.end_input();
        peer.end().code(0).stdout("salut\n");
        server.end().code(0).stdout("bonjour\n").stderr("");
    }
}

#[test]
fn netcat_client_of_a_closed_port_is_refused() {
    let port = Door::closed_port();
    let client = run("netcat-client", &format!("127.0.0.1 {port}")).stdin("bonjour\n").output();
    client.code(1).stdout("").complains("refused").complains(&format!("127.0.0.1:{port}"));
}

#[test]
fn netcat_over_udp_nsh_to_nsh() {
    let server = run("netcat-udp-server", "0").typed().start();
    let port = server.udp_port();
    let client = run("netcat-udp-client", &format!("127.0.0.1 {port}")).typed().start();
    client.type_in("bonjour\n");
    server.wait_out("bonjour\n").type_in("salut\n");
    client.wait_out("salut\n").end_input();
    client.end().code(0).stdout("salut\n");
}

#[test]
fn netcat_over_udp_with_nc() {
    let Some(nc) = foreign("nc.openbsd") else { return };
    let server = run("netcat-udp-server", "0").typed().start();
    let port = server.udp_port();
    let nc = nc.words(&format!("-u 127.0.0.1 {port}")).typed().start();
    nc.type_in("bonjour\n");
    server.wait_out("bonjour\n").type_in("salut\n");
    nc.wait_out("salut\n");

    let mailbox = Mailbox::open();
    let port = mailbox.port;
    let client = run("netcat-udp-client", &format!("127.0.0.1 {port}")).typed().start();
    client.type_in("un\n");
    let from = mailbox.hears("un\n");
    mailbox.reply(from, "deux\n");
    client.wait_out("deux\n").end_input();
    client.end().code(0).stdout("deux\n");
}

#[test]
fn filter_delivers_to_both_independent_servers() {
    let (Some(first), Some(second)) = (python("sink_server.py", "1"), python("sink_server.py", "1")) else { return };
    let ((first, left), (second, right)) = (served(first), served(second));
    let filter = run("filter", &format!("0 {left} {right}")).start();
    let text = "bonjour à tous\n".repeat(50_000);
    let mut client = Talk::to(filter.tcp_port());
    client.send(&text).finish();
    client.at_end();
    for sink in [first, second] {
        assert!(behind_port(sink.end().code(0)) == text.to_uppercase(), "a server lacks something");
    }
}

#[test]
fn filter_delivers_to_nc_and_socat_from_ncat() {
    let (Some(nc), Some(socat), Some(ncat)) = (foreign("nc.openbsd"), foreign("socat"), foreign("ncat")) else {
        return;
    };
    let (left, right) = (Door::closed_port(), Door::closed_port());
    let nc = nc.words(&format!("-l 127.0.0.1 {left}")).start();
    let socat = socat.words(&format!("-u TCP-LISTEN:{right},bind=127.0.0.1 -")).start();
    wait_until_it_listens(&nc, left);
    wait_until_it_listens(&socat, right);
    let filter = run("filter", &format!("0 {left} {right}")).start();
    ncat.words(&format!("127.0.0.1 {}", filter.tcp_port())).stdin("bonjour\n").output().code(0).stdout("");
    nc.end().code(0).stdout("BONJOUR\n");
    socat.end().code(0).stdout("BONJOUR\n");
}

#[test]
fn filter_does_without_a_server_that_is_dead_from_the_start() {
    let Some(sink) = python("sink_server.py", "1") else { return };
    let (sink, port) = served(sink);
    let dead = Door::closed_port();
    let filter = nsh("run").arg(lab("filter")).words(&format!("0 {dead} {port}")).start();
    let mut client = Talk::to(filter.tcp_port());
    client.send("bonjour\n").finish();
    client.at_end();
    assert_eq!(behind_port(sink.end().code(0)), "BONJOUR\n");
    let said = filter.stop();
    assert!(format!("{}{}", said.out(), said.err()).contains("refused"), "the dead server is not mentioned: {said:?}");
}

#[test]
fn filter_does_without_a_server_that_dies_half_way() {
    let (Some(weak), Some(strong)) = (python("sink_server.py", "1 5"), python("sink_server.py", "1")) else { return };
    let ((weak, left), (strong, right)) = (served(weak), served(strong));
    let filter = nsh("run").arg(lab("filter")).words(&format!("0 {left} {right}")).start();
    let mut client = Talk::to(filter.tcp_port());
    client.send("bonjour\n");
    weak.end().code(0);
    let text = "encore\n".repeat(100_000);
    client.send(&text).finish();
    client.at_end();
    assert!(behind_port(strong.end().code(0)) == format!("BONJOUR\n{}", text.to_uppercase()));

    let mut another = Talk::to(filter.tcp_port());
    another.offer("still there?");
    another.rest();
}

#[test]
fn resolve_names_and_reaches_a_host() {
    let Some(peer) = python("upper_server.py", "127.0.0.1") else { return };
    let (_peer, port) = served(peer);
    let client = run("resolve", &format!("localhost {port} salut")).output();
    client.code(0).says("127.0.0.1").says("SALUT\n");
}

#[test]
fn resolve_reaches_ipv6() {
    let Some(peer) = python("upper_server.py", "::1") else { return };
    let (_peer, port) = served(peer);
    run("resolve", &format!("::1 {port} salut")).output().code(0).says("SALUT\n");
}

#[test]
fn resolve_nsh_to_nsh() {
    let server = run("upper", "0").start();
    let client = run("resolve", &format!("localhost {} salut", server.tcp_port())).output();
    client.code(0).says("SALUT\n");
}

#[test]
fn resolve_says_that_a_name_does_not_exist() {
    let client = run("resolve", "no-such-host.invalid 80").output();
    client.code(1).complains("no-such-host.invalid").complains("resolve.nsh:");
}

#[test]
fn ok_answers_a_thousand_clients_at_once() {
    let server = run("ok", "0").start();
    let Some(clients) = python("many_clients.py", &format!("{} 1000 100", server.tcp_port())) else { return };
    clients.arg("OK ... ").output().code(0).stdout("1000 clients, every byte equal\n");
}

#[test]
fn ok_answers_nsh() {
    let server = run("ok", "0").start();
    let client = nsh("-q connect 127.0.0.1").arg(server.tcp_port().to_string()).stdin("bonjour");
    client.output().code(0).stdout("OK ... bonjour");
}

#[test]
fn chat_nsh_to_nsh_ends_by_exit() {
    let server = run("chat-server", "0").typed().start();
    let client = run("chat-client", &format!("127.0.0.1 {}", server.tcp_port())).typed().start();
    client.type_in("salut à toi\n");
    server.wait_out("them: salut à toi\n").type_in("bonjour\n");
    client.wait_out("them: bonjour\n").type_in("exit\n");
    client.end().code(0);
    server.wait_out("them: exit\n");
    server.end().code(0);
}

#[test]
fn chat_server_talks_with_an_independent_client() {
    let server = run("chat-server", "0").typed().start();
    let Some(client) = python("turns.py", &format!("connect {} un deux", server.tcp_port())) else { return };
    let client = client.start();
    server.wait_out("them: un\n").type_in("one\n").wait_out("them: deux\n");
    server.type_in("exit\n");
    client.end().code(0).stdout("heard one\nheard exit\n");
    server.end().code(0);
}

#[test]
fn chat_client_talks_with_an_independent_server() {
    let Some(server) = python("turns.py", "listen one exit") else { return };
    let (server, port) = served(server);
    let client = run("chat-client", &format!("127.0.0.1 {port}")).typed().start();
    client.type_in("un\n").wait_out("them: one\n");
    client.type_in("deux\n").wait_out("them: exit\n");
    client.end().code(0);
    assert_eq!(behind_port(server.end().code(0)), "heard un\nheard deux\n");
}

#[test]
fn chat_server_says_who_holds_its_port() {
    let door = Door::open();
    let server = run("chat-server", &door.port.to_string()).output();
    let said = format!("{}{}", server.out(), server.err());
    server.code(1).complains("in use").complains(&door.port.to_string());
    assert!(said.contains(&std::process::id().to_string()), "the holder's pid is missing: {said}");
}

#[test]
fn rooms_of_a_hundred_people_hear_each_other() {
    let server = run("rooms", "0").start();
    let Some(clients) = python("room_clients.py", &format!("{} 100", server.tcp_port())) else { return };
    clients.output().code(0).stdout("100 people heard each other\n");
}

#[test]
fn the_chat_handler_serves_a_hundred_people() {
    let server = nsh("listen tcp 127.0.0.1:0 chat").start();
    let Some(clients) = python("room_clients.py", &format!("{} 100", server.told_port())) else { return };
    clients.output().code(0).stdout("100 people heard each other\n");
}

#[test]
fn rooms_say_who_said_it() {
    let server = run("rooms", "0").start();
    let port = server.tcp_port();
    let mut first = Talk::to(port);
    server.wait_out("room.1 comes in\n");
    let mut second = Talk::to(port);
    server.wait_out("room.2 comes in\n");
    second.send("salut é\n");
    first.hears("room.2: salut é\n").send("bonjour\n");
    second.hears("room.1: bonjour\n");
    drop(second);
    server.wait_out("room.2 leaves\n");
    first.is_silent();
}

#[test]
fn rooms_with_nsh_clients() {
    let server = run("rooms", "0").start();
    let port = server.tcp_port();
    let first = nsh(&format!("connect 127.0.0.1 {port}")).typed().start();
    server.wait_out("room.1 comes in\n");
    let second = nsh(&format!("connect 127.0.0.1 {port}")).typed().start();
    server.wait_out("room.2 comes in\n");
    second.type_in("salut\n");
    first.wait_out("room.2: salut\n");
    first.finish().code(0).stdout("room.2: salut\n");
}

#[test]
fn udp_print_shows_each_datagram_and_its_sender() {
    let server = run("udp-print", "0").start();
    let port = server.udp_port();
    let Some(client) = python("udp_client.py", &port.to_string()) else { return };
    let output = client.arg("bonjour").arg("").arg("é").arg("#65507").output();
    let from = output.code(0).out().trim().to_owned();
    let long = "x".repeat(65507);
    let expected = format!(
        "127.0.0.1:{from} (7 B): bonjour\n127.0.0.1:{from} (0 B): \n127.0.0.1:{from} (2 B): é\n\
         127.0.0.1:{from} (65507 B): {long}\n"
    );
    server.wait_count(expected.len());
    server.stop().code(143).stdout(expected);
}

#[test]
fn udp_print_shows_what_nc_and_nsh_send() {
    let server = run("udp-print", "0").start();
    let port = server.udp_port();
    if let Some(nc) = foreign("nc.openbsd") {
        nc.words(&format!("-u -q 0 127.0.0.1 {port}")).stdin("from nc\n").output();
        server.wait_out("(8 B): from nc\n");
    }
    nsh("-c").arg(format!("connect udp 127.0.0.1 {port}; send 'from nsh'; send ''")).output().code(0);
    server.wait_out("(8 B): from nsh\n").wait_out("(0 B): \n");
}

#[test]
fn tcp_print_shows_who_what_and_the_end() {
    let server = run("tcp-print", "0").start();
    let mut client = Talk::to(server.tcp_port());
    let from = client.local();
    client.send("bonjo").send("ur é\ndeux\n");
    server.wait_out(": deux\n");
    drop(client);
    let expected =
        format!("Connecté : {from}\nReçu de {from} : bonjour é\nReçu de {from} : deux\nDéconnecté : {from}\n");
    server.wait_count(expected.len());
    server.stop().code(143).stdout(expected);
}

#[test]
fn tcp_print_of_nsh_and_nc() {
    let server = run("tcp-print", "0").start();
    let port = server.tcp_port();
    nsh(&format!("connect 127.0.0.1 {port}")).stdin("de nsh\n").output().code(0);
    server.wait_out(" : de nsh\n").wait_out("Déconnecté");
    let Some(nc) = foreign("nc.openbsd") else { return };
    nc.words(&format!("-N 127.0.0.1 {port}")).stdin("de nc\n").output().code(0);
    server.wait_out(" : de nc\n");
}

const CONFIRMED: &str = "Bonjour client, j'ai bien reçu ton message : ";

#[test]
fn bonjour_nsh_to_nsh() {
    let server = run("bonjour-server", "0").start();
    let client = run("bonjour-client", &format!("127.0.0.1 {}", server.tcp_port()));
    let client = client.stdin("un\ndeux é\nquit\n").output();
    client.code(0).says(&format!("{CONFIRMED}un\n")).says(&format!("{CONFIRMED}deux é\n"));
    server.end().code(0).stdout("Reçu : un\nReçu : deux é\nReçu : quit\n");
}

#[test]
fn bonjour_serves_an_independent_client() {
    let server = run("bonjour-server", "0").start();
    let Some(client) = python("bonjour_client.py", &format!("tcp {} un été quit", server.tcp_port())) else { return };
    client.output().code(0).stdout(format!("{CONFIRMED}un\n{CONFIRMED}été\n"));
    server.end().code(0);
}

#[test]
fn bonjour_asks_an_independent_server() {
    let Some(server) = python("bonjour_server.py", "") else { return };
    let (server, port) = served(server);
    let client = run("bonjour-client", &format!("127.0.0.1 {port}")).stdin("un\nété\nquit\n").output();
    client.code(0).says(&format!("{CONFIRMED}un\n")).says(&format!("{CONFIRMED}été\n"));
    server.end().code(0);
}

#[test]
fn bonjour_joins_segments_and_splits_messages() {
    let server = run("bonjour-server", "0").start();
    let mut client = Talk::to(server.tcp_port());
    // `é` is two bytes: the cut goes through it.
    client.send(b"\xc3").is_silent().send(b"\xa9t").is_silent().send("é\nsecond\nthi");
    client.hears(format!("{CONFIRMED}été\n{CONFIRMED}second\n")).send("rd\n").hears(format!("{CONFIRMED}third\n"));
    client.send("quit\n");
    client.rest();
    server.end().code(0).stdout("Reçu : été\nReçu : second\nReçu : third\nReçu : quit\n");
}

#[test]
fn bonjour_over_udp_three_ways() {
    let server = run("bonjour-udp-server", "0").start();
    let client = run("bonjour-udp-client", &format!("127.0.0.1 {}", server.udp_port()));
    let client = client.stdin("un\nété\nquit\n").output();
    client.code(0).says(&format!("{CONFIRMED}un\n")).says(&format!("{CONFIRMED}été\n"));
    server.end().code(0).stdout("Reçu : un\nReçu : été\nReçu : quit\n");

    let server = run("bonjour-udp-server", "0").start();
    let Some(client) = python("bonjour_client.py", &format!("udp {} un été quit", server.udp_port())) else { return };
    client.output().code(0).stdout(format!("{CONFIRMED}un\n{CONFIRMED}été\n"));
    server.end().code(0);

    let Some(server) = python("bonjour_server.py", "udp") else { return };
    let (server, port) = served(server);
    let client = run("bonjour-udp-client", &format!("127.0.0.1 {port}")).stdin("un\nquit\n").output();
    client.code(0).says(&format!("{CONFIRMED}un\n"));
    server.end().code(0);
}

/// The transcript of labs.md for clients that came from these ports.
fn transcript(ports: &[String]) -> String {
    let words = ["bonjour", "salut", "hi fellow", "quit"];
    let messages = words.iter().zip(ports);
    let messages = messages.map(|(word, port)| format!("Waiting...\nReceived {word}\n  from ('127.0.0.1', {port})\n"));
    format!("{}Quitting\n", messages.collect::<String>())
}

#[test]
fn received_by_an_independent_client() {
    let server = run("received", "0").start();
    let Some(client) = python("send_client.py", &server.tcp_port().to_string()) else { return };
    let output = client.arg("bonjour").arg("salut").arg("hi fellow").arg("quit").output();
    let ports: Vec<String> = output.code(0).out().lines().map(|line| line.trim().to_owned()).collect();
    server.end().code(0).stdout(transcript(&ports)).stderr("");
}

#[test]
fn received_by_telnet() {
    if foreign("telnet").is_none() {
        return;
    }
    let server = run("received", "0").start();
    let port = server.tcp_port();
    let mut seen = "Waiting...\n".to_owned();
    for word in ["bonjour", "salut", "hi fellow", "quit"] {
        server.wait_count(seen.len());
        let telnet = foreign("telnet").expect("it was there a moment ago");
        let telnet = telnet.words(&format!("127.0.0.1 {port}")).typed().start();
        telnet.wait_out("Escape character is").type_in(format!("{word}\n"));
        telnet.wait_out_end();
        let from = server_line(&server, &seen, word);
        seen = format!("{seen}{from}");
    }
    let ports: Vec<String> = seen
        .lines()
        .filter_map(|line| Some(line.trim().strip_prefix("from ('127.0.0.1', ")?.strip_suffix(')')?.to_owned()))
        .collect();
    assert_eq!(ports.len(), 4);
    server.end().code(0).stdout(transcript(&ports)).stderr("");
}

/// What the server printed for one message, up to what it says when it waits again or ends.
#[track_caller]
fn server_line(server: &Process, seen: &str, word: &str) -> String {
    let last = if word == "quit" { "Quitting\n" } else { "Waiting...\n" };
    let printed = crate::support::until("the server's lines", || {
        let out = String::from_utf8(server.out()).expect("it prints text");
        let new = out.get(seen.len()..)?.to_owned();
        new.ends_with(last).then_some(new)
    });
    assert!(printed.starts_with(&format!("Received {word}\n")), "{printed}");
    printed
}

#[test]
fn received_nsh_to_nsh() {
    let server = run("received", "0").start();
    let port = server.tcp_port();
    for word in ["bonjour", "quit"] {
        run("coucou-client", &format!("{word} 127.0.0.1 {port}")).output().code(0).stdout("").stderr("");
        server.wait_out(format!("Received {word}\n"));
    }
    server.end().code(0).says("Quitting\n");
}

#[test]
fn coucou_sends_its_argument_to_an_independent_server() {
    let Some(server) = python("sink_server.py", "1") else { return };
    let (server, port) = served(server);
    run("coucou-client", &format!("coucou 127.0.0.1 {port}")).output().code(0);
    assert_eq!(behind_port(server.end().code(0)), "coucou");
}

#[test]
fn coucou_without_argument_is_a_usage_error() {
    let client = run("coucou-client", "").output();
    client.code(2).stdout("usage: nsh run coucou-client.nsh MESSAGE [HOST [PORT]]\n");
}

#[test]
fn echo_nsh_to_nsh() {
    let server = run("echo-server", "0").start();
    let client = run("echo-client", "").arg("salut à toi").words(&format!("127.0.0.1 {}", server.tcp_port()));
    client.output().code(0).stdout("The echo is what was sent: 12 bytes\n").stderr("");
}

#[test]
fn echo_serves_an_independent_client() {
    let server = run("echo-server", "0").start();
    let Some(client) = python("echo_client.py", &server.tcp_port().to_string()) else { return };
    client.arg("é".repeat(50_000)).output().code(0).stdout("equal\n");
}

#[test]
fn echo_tells_equal_different_and_short_replies_apart() {
    for (mode, code) in [("equal", 0), ("different", 3), ("short", 3)] {
        let Some(server) = python("echo_server.py", mode) else { return };
        let (_server, port) = served(server);
        let client = run("echo-client", &format!("abcdefgh 127.0.0.1 {port}")).output();
        client.code(code);
        match mode {
            "equal" => client.says("The echo is what was sent: 8 bytes\n"),
            "different" => client.complains("differ at byte 4"),
            _ => client.complains("received 4 B"),
        };
    }
}

#[test]
fn echo_serves_socat() {
    let server = run("echo-server", "0").start();
    let Some(socat) = foreign("socat") else { return };
    let socat = socat.words(&format!("-t 60 - TCP:127.0.0.1:{}", server.tcp_port()));
    socat.stdin("par socat\n").output().code(0).stdout("par socat\n");
}

#[test]
fn sioux_serves_a_page_its_stylesheet_and_its_picture_and_nothing_else() {
    let folder = lab("sioux").with_extension("");
    let server = nsh("run").arg(lab("sioux")).arg(&folder).arg("0").start();
    let url = format!("http://127.0.0.1:{}", server.told_port());
    for (path, file, media) in [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/style.css", "style.css", "text/css; charset=utf-8"),
        ("/hills.jpg", "hills.jpg", "image/jpeg"),
    ] {
        let Some(curl) = foreign("curl") else { return };
        let told = curl.words("-sf -w %{stderr}%{content_type}").arg(format!("{url}{path}")).output();
        told.code(0).stdout(fs::read(folder.join(file)).expect("a file of the lab")).stderr(media);
    }
    let Some(curl) = foreign("curl") else { return };
    let outside = format!("{url}/../sioux.nsh");
    let told = curl.words("-s --path-as-is -w %{stderr}%{http_code}").arg(outside).output();
    told.code(0).stdout("404 not found\n").stderr("404");
    server.wait_err("GET /hills.jpg 200 6.4 KiB");
}

#[test]
fn sioux_is_shown_by_a_browser() {
    let folder = lab("sioux").with_extension("");
    let server = nsh("run").arg(lab("sioux")).arg(&folder).arg("0").start();
    let Some(chromium) = foreign("chromium") else { return };
    let profile = chromium.folder().path().join("profile");
    let shown = chromium
        .words("--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run")
        .words("--disable-background-networking --disable-component-update --disable-sync --dump-dom")
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("http://127.0.0.1:{}/", server.told_port()))
        .output();
    // The page's own script says so, once the picture has been decoded.
    shown.code(0).says("<p id=\"loaded\">The picture has come: 480 × 240.</p>");
    server.wait_err("GET / 200 714 B").wait_err("GET /style.css 200 194 B").wait_err("GET /hills.jpg 200 6.4 KiB");
}
