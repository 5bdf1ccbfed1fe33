//! How long a key takes from the keyboard to the screen: in silence, in floods, and with thousands of connections.

#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a report of a few figures")]

#[path = "../tests/prompt/person.rs"]
#[allow(dead_code, reason = "the tests of the prompt need more of it")]
mod person;

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use person::Person;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

/// Keys of one measurement.
const KEYS: usize = 2000;
/// Keys on a line before it is cleared.
const LINE: usize = 40;
const CTRL_U: &str = "\x15";

fn main() {
    println!("{:<28} {:>8} {:>8} {:>8} {:>8}", "key to screen, ms", "p50", "p90", "p99", "most");
    let (mut person, _) = listening();
    report("nothing else", &keys(&mut person));
    for (name, connections) in [("10,000 pieces a second", 10), ("100,000 pieces a second", 100)] {
        let (mut person, port) = listening();
        let load = Load::on(port, connections);
        person.sees("(too fast to show each)");
        report(name, &keys(&mut person));
        load.ends();
        let pieces = person.transcript().iter().filter_map(|line| pieces(line)).max();
        println!("  most that were received one by one in a second: {}", pieces.unwrap_or_default());
    }
    crowd();
}

/// A prompt with a listener, and its port.
fn listening() -> (Person, u16) {
    let mut person = Person::starts(&[]);
    person.is_asked("nsh>").enters("listen tcp 0 as srv").sees("srv listening on tcp 127.0.0.1:").is_asked("nsh>");
    let screen = person.screen();
    let port = screen.split_once("127.0.0.1:").and_then(|(_, rest)| rest.split_whitespace().next()).expect("a port");
    (person, port.parse().expect("a port"))
}

/// Types keys one after the other, each when the one before is on the screen.
fn keys(person: &mut Person) -> Histogram<u64> {
    let mut times = Histogram::new(3).expect("a histogram");
    let mut line = String::from("nsh> ");
    for number in 0..KEYS {
        if number % LINE == 0 {
            person.types(CTRL_U).is_asked("nsh>");
            line.truncate(5);
        }
        let key = char::from(b'a' + u8::try_from(number % 26).expect("a letter"));
        line.push(key);
        let pressed = Instant::now();
        person.types(key.encode_utf8(&mut [0; 4])).is_asked(&line);
        times.saturating_record(u64::try_from(pressed.elapsed().as_micros()).expect("a short time"));
    }
    person.types(CTRL_U).is_asked("nsh>");
    times
}

fn report(name: &str, times: &Histogram<u64>) {
    let at = |quantile| Duration::from_micros(times.value_at_quantile(quantile)).as_secs_f64() * 1000.0;
    println!("{name:<28} {:>8.3} {:>8.3} {:>8.3} {:>8.3}", at(0.5), at(0.9), at(0.99), at(1.0));
}

/// How many pieces a line sums up.
fn pieces(line: &str) -> Option<u64> {
    line.split_once(" in ")?.1.split_once(" piece")?.0.parse().ok()
}

/// Peers that each send a byte a thousand times a second, until they are told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    peers: JoinHandle<()>,
}

impl Load {
    fn on(port: u16, connections: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut peers: Vec<TcpStream> =
            (0..connections).map(|_| TcpStream::connect(("127.0.0.1", port)).expect("it listens")).collect();
        for peer in &peers {
            peer.set_nodelay(true).expect("it is open");
        }
        let stopped = Arc::clone(&stop);
        let peers = std::thread::spawn(move || {
            let mut due = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                for peer in &mut peers {
                    peer.write_all(b"x").expect("it is open");
                }
                due += Duration::from_millis(1);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        });
        Self { stop, peers }
    }

    fn ends(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.peers.join().expect("nothing fails");
    }
}

/// The prompt with thousands of connections.
fn crowd() {
    const CROWD: usize = 5000;
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).expect("no more than is granted");
    let (mut person, port) = listening();
    let before = resident(person.id());
    let peers: Vec<TcpStream> =
        (0..CROWD).map(|_| TcpStream::connect(("127.0.0.1", port)).expect("it listens")).collect();
    // A line that begins with a space is not kept, so that no hint follows what is typed next.
    person.enters(&format!(" wait srv.{CROWD} open")).is_asked("nsh>");
    report("5,000 connections", &keys(&mut person));
    println!("  memory for each, KiB: {:.1}", (resident(person.id()) - before) as f64 / CROWD as f64);
    let asked = Instant::now();
    person.enters("sessions").sees("`sessions all` shows them\n");
    println!("  `sessions`: {:.1} ms", asked.elapsed().as_secs_f64() * 1000.0);
    person.is_asked("nsh>").types("info srv.499");
    let asked = Instant::now();
    person.types("\t\t").sees("srv.4990");
    println!("  a list of completions: {:.1} ms", asked.elapsed().as_secs_f64() * 1000.0);
    drop(peers);
}

/// Resident memory of a process, in KiB.
fn resident(process: Pid) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.as_raw_nonzero())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("proc(5)");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
