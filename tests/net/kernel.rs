//! Relays whose bytes the kernel moves: every path is byte-exact, and each hands over to the other under load.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::BytesMut;
use sockshell::net::flow::{Counters, DataPath, Happening, Observer};
use sockshell::net::listener::Admission;
use sockshell::net::relay::{Mode, Plan, Replies, Slow, Target, TargetPlace, relay};
use sockshell::net::stage::{Call, Pipeline};
use sockshell::net::transport::{ConnectOptions, Listener};
use sockshell::net::{Connection, Received};

use super::support::*;

pub(crate) const MIB: usize = 1024 * 1024;

/// Whether the kernel's path is there to be tested.
pub(crate) const KERNEL: bool = cfg!(all(target_os = "linux", not(portable)));

/// Watches when told to, and keeps what it is told.
#[derive(Default)]
pub(crate) struct Watcher {
    watching: AtomicBool,
    told: Mutex<Vec<Happening>>,
}

impl Watcher {
    pub(crate) fn watch(&self, watching: bool) {
        self.watching.store(watching, Ordering::Relaxed);
    }

    pub(crate) fn is_watching(&self) -> bool {
        self.watching.load(Ordering::Relaxed)
    }

    /// The bytes it was told of since the last call: received, sent.
    fn bytes(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut received, mut sent) = (Vec::new(), Vec::new());
        for happening in self.told.lock().unwrap().drain(..) {
            match happening {
                Happening::Received(bytes) => received.extend_from_slice(&bytes),
                Happening::Sent(bytes) => sent.extend_from_slice(&bytes),
                _ => {}
            }
        }
        (received, sent)
    }

    fn lost(&self) -> usize {
        let told = self.told.lock().unwrap();
        told.iter().filter(|happening| matches!(happening, Happening::TargetLost { .. })).count()
    }
}

impl Observer for Watcher {
    fn notice(&self, happening: Happening) {
        self.told.lock().unwrap().push(happening);
    }

    fn watches(&self) -> bool {
        self.is_watching()
    }
}

/// A relay, its client and its targets.
pub(crate) struct Rig {
    pub(crate) client: Connection,
    /// Those that are peers, in order.
    pub(crate) targets: Vec<Connection>,
    pub(crate) watcher: Arc<Watcher>,
    pub(crate) counters: Arc<Counters>,
    _relay: Server,
    _listeners: Vec<Box<dyn Listener>>,
    folder: Folder,
}

#[derive(Default)]
pub(crate) struct Options {
    pub(crate) calls: Vec<Call>,
    pub(crate) replies: Replies,
    pub(crate) idle: Option<Duration>,
}

impl Rig {
    /// Of these transports; the target `file` is a file.
    pub(crate) async fn new(transport: &str, targets: &[&str]) -> Self {
        Self::with(transport, targets, Options::default()).await
    }

    pub(crate) async fn with(transport: &str, targets: &[&str], options: Options) -> Self {
        let folder = Folder::new();
        let (mut listeners, mut places) = (Vec::new(), Vec::new());
        for target in targets {
            if *target == "file" {
                places.push(TargetPlace::File(folder.join("file")));
                continue;
            }
            let listener = listen(named(target), &folder).await;
            places.push(TargetPlace::Peer(named(target), place_of(&listener.local()[0])));
            listeners.push(listener);
        }
        let target = |(place, name): (_, &&str)| Target::new(*name, place);
        let plan = Arc::new(Plan {
            pipeline: Arc::new(Pipeline::build_passing(&options.calls).unwrap()),
            targets: places.into_iter().zip(targets).map(target).collect(),
            mode: Mode::default(),
            replies: options.replies,
            slow: Slow::default(),
            required: false,
            connect: ConnectOptions::default(),
            retry: (0, std::time::Duration::ZERO),
            proxy: None,
            turn: 0.into(),
        });
        let watcher = Arc::new(Watcher::default());
        let counters = Arc::new(Counters::default());
        let (observer, counts) = (Arc::clone(&watcher), Arc::clone(&counters));
        let relay = Server::running(named(transport), &folder, Admission::default(), move |mut conversation| {
            conversation.observer = Arc::clone(&observer) as Arc<dyn Observer>;
            conversation.counters = Arc::clone(&counts);
            conversation.idle = options.idle;
            relay(conversation, Arc::clone(&plan))
        })
        .await;
        let client = connect(named(transport), relay.place.clone()).await;
        let mut reached = Vec::new();
        for listener in &mut listeners {
            reached.push(accept(&mut **listener).await);
        }
        Self { client, targets: reached, watcher, counters, _relay: relay, _listeners: listeners, folder }
    }

    /// Where the target `file` is.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join("file")
    }

    pub(crate) fn paths(&self) -> (DataPath, DataPath) {
        (self.counters.path_up.get(), self.counters.path_down.get())
    }
}

/// Part of a stream whose every eight bytes say where they are.
pub(crate) fn part(offset: usize, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 16);
    for word in offset / 8..=(offset + length) / 8 {
        bytes.extend_from_slice(&(word as u64).to_le_bytes());
    }
    bytes.truncate(offset % 8 + length);
    bytes.drain(..offset % 8);
    bytes
}

/// Sends a numbered stream in pieces of all sizes, and ends it.
pub(crate) async fn send_numbered(connection: Connection, length: usize) -> std::io::Result<()> {
    let (mut offset, mut size) = (0, 1);
    while offset < length {
        let piece = part(offset, size.min(length - offset));
        connection.send(&piece).await?;
        offset += piece.len();
        size = (size * 5 + 3) % 200_003;
    }
    connection.finish().await
}

/// Receives a numbered stream and tells after each piece how far it has come.
pub(crate) async fn check_numbered(connection: &Connection, mut each: impl FnMut(usize)) -> std::io::Result<usize> {
    let (mut offset, mut received) = (0, BytesMut::with_capacity(256 * 1024));
    loop {
        received.clear();
        match soon(connection.receive(&mut received)).await? {
            Received::End => return Ok(offset),
            _ => assert!(received == part(offset, received.len()), "the stream differs after {offset}"),
        }
        offset += received.len();
        each(offset);
    }
}

/// Moves so many bytes up to all targets and down from each of them, and checks every one.
async fn exchange(rig: &Rig, length: usize) {
    let up = tokio::spawn(send_numbered(Arc::clone(&rig.client), length));
    let mut checks = Vec::new();
    for target in &rig.targets {
        let target = Arc::clone(target);
        checks.push(tokio::spawn(async move { check_numbered(&target, |_| {}).await.unwrap() }));
    }
    for check in checks {
        assert_eq!(soon(check).await.unwrap(), length);
    }
    soon(up).await.unwrap().unwrap();
    let first = tokio::spawn(send_numbered(Arc::clone(&rig.targets[0]), length));
    for target in &rig.targets[1..] {
        target.finish().await.unwrap();
    }
    assert_eq!(check_numbered(&rig.client, |_| {}).await.unwrap(), length);
    soon(first).await.unwrap().unwrap();
    assert_eq!(rig.counters.received.load(Ordering::Relaxed), length as u64);
    assert_eq!(rig.counters.sent.load(Ordering::Relaxed), length as u64);
}

fn up_path(targets: usize) -> DataPath {
    match targets {
        _ if !KERNEL => DataPath::Unsupported,
        1 => DataPath::Splice,
        _ => DataPath::Tee,
    }
}

#[tokio::test]
async fn the_kernel_moves_every_byte_between_all_streams() {
    for (client, targets) in [
        ("tcp", &["tcp"][..]),
        ("tcp", &["unix"]),
        ("unix", &["tcp"]),
        ("unix", &["unix"]),
        ("tcp", &["tcp", "tcp"]),
        ("unix", &["tcp", "unix", "unix", "tcp"]),
    ] {
        let rig = Rig::new(client, targets).await;
        exchange(&rig, 4 * MIB + 7).await;
        assert_eq!(rig.paths(), (up_path(targets.len()), up_path(1)), "{client} {targets:?}");
    }
}

#[tokio::test]
async fn what_is_in_the_way_of_the_kernel_is_said() {
    let stage = Options { calls: vec![call("prefix", vec![text("")])], ..Options::default() };
    let rig = Rig::with("tcp", &["tcp"], stage).await;
    exchange(&rig, MIB).await;
    assert_eq!(rig.paths(), (if KERNEL { DataPath::Staged } else { DataPath::Unsupported }, up_path(1)));
    let rig = Rig::with("tcp", &["tcp"], Options { replies: Replies::None, ..Options::default() }).await;
    rig.client.send(b"x").await.unwrap();
    assert_eq!(read_exactly(&rig.targets[0], 1).await, b"x");
    assert_eq!(rig.paths().1, if KERNEL { DataPath::Dropped } else { DataPath::Unsupported });
    let rig = Rig::new("tcp", &["tcp"]).await;
    rig.watcher.watch(true);
    exchange(&rig, MIB).await;
    let watched = if KERNEL { DataPath::Watched } else { DataPath::Unsupported };
    assert_eq!(rig.paths(), (watched, watched));
    let (received, sent) = rig.watcher.bytes();
    assert!(received == part(0, MIB) && sent == part(0, MIB));
}

/// How much is moved while somebody begins and stops to watch a hundred times: three steps for each switch.
const SWITCHED: usize = 300 * STEP;
/// What a sender is ahead by a few times at most.
const STEP: usize = 128 * 1024;

/// Moves a numbered stream while somebody begins and stops to watch a hundred times.
async fn switch_a_hundred_times(rig: &Rig, from: Connection, to: &Connection, down: bool) {
    // The sender is at most two steps ahead: of the three between two switches, the first two may have moved before
    // the first switch, and the third moves after it.
    let room = Arc::new(tokio::sync::Semaphore::new(2));
    let ahead = Arc::clone(&room);
    let sending = tokio::spawn(async move {
        for offset in (0..SWITCHED).step_by(STEP) {
            ahead.acquire().await.expect("it is never closed").forget();
            from.send(&part(offset, STEP)).await?;
        }
        from.finish().await
    });
    let (mut steps, mut seen) = (0, HashSet::new());
    let check = check_numbered(to, |offset| {
        while offset >= (steps + 1) * STEP {
            steps += 1;
            if steps % 3 == 0 {
                let (up_now, down_now) = rig.paths();
                seen.insert(if down { down_now } else { up_now }.words());
                rig.watcher.watch(!rig.watcher.is_watching());
            }
            room.add_permits(1);
        }
    });
    assert_eq!(check.await.unwrap(), SWITCHED);
    soon(sending).await.unwrap().unwrap();
    assert!(!KERNEL || seen.len() >= 2, "both paths were taken: {seen:?}");
    let (received, sent) = rig.watcher.bytes();
    assert!(!(if down { sent } else { received }).is_empty(), "the watcher has seen some of it");
}

#[tokio::test]
async fn a_hundred_switches_lose_and_repeat_nothing() {
    let rig = Rig::new("tcp", &["tcp"]).await;
    switch_a_hundred_times(&rig, Arc::clone(&rig.client), &rig.targets[0], false).await;
    switch_a_hundred_times(&rig, Arc::clone(&rig.targets[0]), &rig.client, true).await;
    let rig = Rig::new("tcp", &["unix", "tcp", "tcp"]).await;
    let others = rig.targets[1..].iter().map(|target| {
        let target = Arc::clone(target);
        tokio::spawn(async move { check_numbered(&target, |_| {}).await.unwrap() })
    });
    let others: Vec<_> = others.collect();
    switch_a_hundred_times(&rig, Arc::clone(&rig.client), &rig.targets[0], false).await;
    for other in others {
        assert_eq!(soon(other).await.unwrap(), SWITCHED);
    }
}

#[tokio::test]
async fn who_begins_to_watch_an_idle_connection_sees_the_next_byte() {
    let rig = Rig::new("tcp", &["tcp"]).await;
    for (byte, watching) in [(b'a', false), (b'b', true), (b'c', true), (b'd', false), (b'e', true)] {
        rig.watcher.watch(watching);
        rig.client.send(&[byte]).await.unwrap();
        assert_eq!(read_exactly(&rig.targets[0], 1).await, [byte]);
        rig.targets[0].send(&[byte]).await.unwrap();
        assert_eq!(read_exactly(&rig.client, 1).await, [byte]);
        let seen = if watching { vec![byte] } else { vec![] };
        assert_eq!(rig.watcher.bytes(), (seen.clone(), seen), "{}", byte as char);
    }
}

#[tokio::test]
async fn a_reset_under_load_reaches_the_other_end() {
    for from_client in [true, false] {
        for watched in [false, true] {
            let rig = Rig::new("tcp", &["tcp"]).await;
            rig.watcher.watch(watched);
            let (from, to) = (Arc::clone(&rig.client), Arc::clone(&rig.targets[0]));
            let (from, to) = if from_client { (from, to) } else { (to, from) };
            let sending = tokio::spawn(send_numbered(Arc::clone(&from), 64 * MIB));
            read_exactly(&to, MIB).await;
            to.reset().unwrap();
            drop((to, rig.targets, rig.client));
            let error = soon(sending).await.unwrap().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
            drop(from);
        }
    }
}

#[tokio::test]
async fn a_target_that_dies_under_load_is_left_out_and_the_others_get_everything() {
    for dies in 0..3 {
        let mut rig = Rig::new("tcp", &["tcp", "unix", "tcp"]).await;
        let sending = tokio::spawn(send_numbered(Arc::clone(&rig.client), 12 * MIB));
        let doomed = rig.targets.remove(dies);
        let checks = rig.targets.iter().map(|target| {
            let target = Arc::clone(target);
            tokio::spawn(async move { check_numbered(&target, |_| {}).await.unwrap() })
        });
        let checks: Vec<_> = checks.collect();
        assert!(read_exactly(&doomed, MIB).await == part(0, MIB));
        doomed.reset().unwrap();
        drop(doomed);
        for check in checks {
            assert_eq!(soon(check).await.unwrap(), 12 * MIB, "{dies}");
        }
        soon(sending).await.unwrap().unwrap();
        assert_eq!(rig.watcher.lost(), 1);
    }
}

#[tokio::test]
async fn who_stops_reading_stops_the_sender_and_gets_everything_later() {
    for targets in [&["tcp"][..], &["tcp", "tcp"]] {
        let rig = Rig::new("tcp", targets).await;
        let length = 40 * MIB;
        let sending = tokio::spawn(send_numbered(Arc::clone(&rig.client), length));
        for target in &rig.targets[1..] {
            let target = Arc::clone(target);
            tokio::spawn(async move { check_numbered(&target, |_| {}).await });
        }
        // Nothing moves any more.
        let mut received = usize::MAX as u64;
        while rig.counters.received.load(Ordering::Relaxed) != received {
            received = rig.counters.received.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(received < 32 * MIB as u64, "{received} bytes are on their way");
        assert_eq!(check_numbered(&rig.targets[0], |_| {}).await.unwrap(), length);
        soon(sending).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_idle_limit_counts_what_the_kernel_moves() {
    let idle = Some(Duration::from_millis(300));
    let rig = Rig::with("tcp", &["tcp"], Options { idle, ..Options::default() }).await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        rig.client.send(b"x").await.unwrap();
        assert_eq!(read_exactly(&rig.targets[0], 1).await, b"x");
    }
    let _ = read_all(&rig.client).await;
    assert_eq!(read_all(&rig.targets[0]).await.unwrap_or_default(), b"");
}

/// How many pipes this process has.
#[cfg(all(target_os = "linux", not(portable)))]
fn pipes() -> usize {
    let open =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    open.filter(|target| target.to_string_lossy().starts_with("pipe:")).count() / 2
}

/// Runs in a process of its own, which it leaves without descriptors.
#[cfg(all(target_os = "linux", not(portable)))]
#[tokio::test]
#[ignore = "is run by `without_descriptors_it_copies`"]
async fn alone() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = Rlimit { current: Some(200), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).unwrap();
    let before = pipes();
    let rig = Rig::new("tcp", &["tcp"]).await;
    let step = |length| {
        let rig = &rig;
        async move {
            rig.client.send(&part(0, length)).await.unwrap();
            assert!(read_exactly(&rig.targets[0], length).await == part(0, length));
            rig.paths().0
        }
    };
    let mut hoard = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        hoard.push(file);
    }
    assert_eq!(step(200_000).await, DataPath::NoPipe);
    hoard.clear();
    assert_eq!(step(200_000).await, DataPath::Splice);
    // Few stay when all is quiet again: 25 are allowed here, and connections hold none.
    let many = Rig::new("tcp", &["tcp", "unix", "unix", "unix", "unix", "unix", "unix", "unix", "unix", "unix"]).await;
    exchange(&many, MIB).await;
    assert_eq!(many.paths(), (DataPath::Tee, DataPath::Splice));
    assert!(pipes() - before <= 8, "{}", pipes() - before);
}

#[cfg(all(target_os = "linux", not(portable)))]
#[test]
fn without_descriptors_it_copies() {
    let arguments = ["--exact", "kernel::alone", "--ignored"];
    let ran = std::process::Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}
