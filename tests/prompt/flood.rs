//! A person types while more comes than anybody can read.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use regex::Regex;

use crate::LEAVE;
use crate::person::Person;

/// How many connections send.
const CONNECTIONS: usize = 60;
/// How much each may send at most, so that no inbox is ever full, in bytes.
const MOST: usize = 900_000;

/// Peers that send single bytes as fast as they can until they are told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    peers: JoinHandle<()>,
}

impl Load {
    fn on(port: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut peers: Vec<TcpStream> =
            (0..CONNECTIONS).map(|_| TcpStream::connect(("127.0.0.1", port)).expect("it listens")).collect();
        let stopped = Arc::clone(&stop);
        let peers = std::thread::spawn(move || {
            for peer in &peers {
                peer.set_nodelay(true).expect("it is open");
            }
            for _ in 0..MOST {
                for peer in &mut peers {
                    peer.write_all(b"\x1b").expect("it is open");
                }
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        Self { stop, peers }
    }

    fn ends(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.peers.join().expect("nothing fails");
    }
}

#[test]
fn typing_goes_on_in_a_flood_and_no_line_is_torn() {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("listen tcp 0 as srv").sees("srv listening on tcp 127.0.0.1:").is_asked("nsh>");
    let screen = person.screen();
    let port = screen.split_once("127.0.0.1:").and_then(|(_, rest)| rest.split_whitespace().next()).expect("a port");
    let load = Load::on(port.parse().expect("a port"));
    person.sees("(too fast to show each)");
    for round in 1..=5 {
        person.is_asked("nsh>");
        // A line that begins with a space is not kept, so that no hint follows what is typed next.
        for part in [" print ", "\"typed ", "in the ", "flood, ", "round \"", " + "] {
            person.types(part).sees_at_cursor(part.trim_end());
        }
        person.enters(&format!("{round}")).sees(&format!("\ntyped in the flood, round {round}\n"));
    }
    load.ends();
    person.is_asked("nsh>").types(LEAVE).left_with(0);

    let whole = Regex::new(
        r"(?x)^(
            srv\.\d+\ (open\ from\ [\d.:]+|half-closed\ by\ its\ peer|closed)
            | srv\.\d+\ *\ ←\ +\S+\ B\ \ (\\x1b)+(\ …\ \+\d+\ B)?
            | (srv\.(\d+|\*)\ *|others)\ ←\ \S+\ ([KM]i)?B\ in\ \d+\ pieces?(,\ \S+\ ([KM]i)?B/s\ \(too\ fast\ to\ show\ each\))?
            | srv\ connections:\ [\w\ ,-]+\ \(too\ fast\ to\ show\ each\)
            | srv\ listening\ on\ .*
            | nsh>.*
            | typed\ in\ the\ flood,\ round\ \d
            | 61\ sessions\ are\ open;\ Ctrl-D\ again\ closes\ them\ and\ leaves
            | nsh\ [\d.]+\ —\ type\ `help`,\ or\ press\ Tab
            |
        )$",
    )
    .expect("it is a pattern");
    let torn: Vec<String> = person.transcript().into_iter().filter(|line| !whole.is_match(line)).collect();
    assert_eq!(torn, [""; 0]);
}

#[test]
fn what_comes_faster_than_it_can_be_shown_is_left_out_and_takes_no_memory() {
    let mut person = Person::starts(&[]);
    person
        .is_asked("nsh>")
        .enters("listen tcp 0 print as srv")
        .sees("srv listening on tcp 127.0.0.1:")
        .is_asked("nsh>");
    let screen = person.screen();
    let port = screen.split_once("127.0.0.1:").and_then(|(_, rest)| rest.split_whitespace().next()).expect("a port");
    let mut peer = TcpStream::connect(("127.0.0.1", port.parse().expect("a port"))).expect("it listens");
    let piece = b"the quick brown fox\n".repeat(50_000);
    for _ in 0..200 {
        peer.write_all(&piece).expect("it is read");
    }
    drop(peer);
    person.sees("srv.1 closed\n").is_asked("nsh>");
    assert!(person.transcript().iter().any(|line| line.ends_with("more came faster than they could be shown")));
    let status = std::fs::read_to_string(format!("/proc/{}/status", person.id())).expect("it lives");
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a size");
    let most: u64 = most.trim().trim_end_matches(" kB").parse().expect("KiB");
    assert!(most < 150_000, "{most} KiB for 200 MB");
    person.types(LEAVE).left_with(0);
}
