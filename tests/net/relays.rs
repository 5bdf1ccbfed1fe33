//! Relays: both directions whole, several targets, targets that are lost.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use sockshell::net::flow::Happening;
use sockshell::net::listener::Admission;
use sockshell::net::relay::{Mode, Plan, Replies, Slow, Target, TargetPlace, relay};
use sockshell::net::stage::{Call, Pipeline};
use sockshell::net::transport::{ConnectOptions, Listener};
use sockshell::net::{Connection, Place, Received};

use super::support::*;

fn target(transport: &str, place: &Place) -> Target {
    let place = TargetPlace::Peer(named(transport), place.clone());
    Target::new(transport, place)
}

fn plan(calls: &[Call], targets: Vec<Target>) -> Plan {
    Plan {
        pipeline: Arc::new(Pipeline::build_passing(calls).unwrap()),
        targets,
        mode: Mode::default(),
        replies: Replies::default(),
        slow: Slow::default(),
        required: false,
        connect: ConnectOptions::default(),
        retry: (0, Duration::ZERO),
        proxy: None,
        turn: 0.into(),
    }
}

async fn start(transport: &str, folder: &Folder, plan: Plan) -> Server {
    let plan = Arc::new(plan);
    let run = move |conversation| relay(conversation, Arc::clone(&plan));
    Server::running(named(transport), folder, Admission::default(), run).await
}

async fn closed_place(folder: &Folder) -> Place {
    place_of(&listen(named("tcp"), folder).await.local()[0])
}

async fn exchange(client: &Connection, data: &[u8]) -> Vec<u8> {
    let (sender, data) = (Arc::clone(client), data.to_vec());
    let sending = tokio::spawn(async move {
        sender.send(&data).await.unwrap();
        sender.finish().await.unwrap();
    });
    let answer = read_all(client).await.unwrap();
    soon(sending).await.unwrap();
    answer
}

struct Bench {
    relay: Server,
    transport: &'static str,
    listeners: Vec<Box<dyn Listener>>,
    _folder: Folder,
}

impl Bench {
    async fn new(count: usize, calls: &[Call], change: impl FnOnce(&mut Plan)) -> Self {
        Self::over("tcp", count, calls, change).await
    }

    async fn over(transport: &'static str, count: usize, calls: &[Call], change: impl FnOnce(&mut Plan)) -> Self {
        let folder = Folder::new();
        let mut listeners = Vec::new();
        for _ in 0..count {
            listeners.push(listen(named(transport), &folder).await);
        }
        let targets = listeners.iter().map(|one| target(transport, &place_of(&one.local()[0])));
        let mut plan = plan(calls, targets.collect());
        change(&mut plan);
        let relay = start(transport, &folder, plan).await;
        Self { relay, transport, listeners, _folder: folder }
    }

    async fn client(&self) -> Connection {
        connect(named(self.transport), self.relay.place.clone()).await
    }

    async fn target(&mut self, index: usize) -> Connection {
        accept(&mut *self.listeners[index]).await
    }
}

#[tokio::test]
async fn everything_passes_both_ways_and_half_close_travels() {
    for transport in ["tcp", "unix"] {
        let folder = Folder::new();
        let echo = Server::start(named(transport), &folder, &[call("echo", vec![])]).await;
        let relay = start("tcp", &folder, plan(&[], vec![target(transport, &echo.place)])).await;
        for data in [0, 1, 4 * 1024 * 1024].map(noise) {
            let client = connect(named("tcp"), relay.place.clone()).await;
            assert!(exchange(&client, &data).await == data, "{transport} {}", data.len());
        }
    }
}

#[tokio::test]
async fn neither_end_cuts_the_other_direction() {
    let mut bench = Bench::new(1, &[], |_| {}).await;
    let client = bench.client().await;
    let target = bench.target(0).await;
    target.send(b"bye\n").await.unwrap();
    target.finish().await.unwrap();
    assert_eq!(read_all(&client).await.unwrap(), b"bye\n");
    client.send(b"still talking\n").await.unwrap();
    client.finish().await.unwrap();
    assert_eq!(read_all(&target).await.unwrap(), b"still talking\n");
}

#[tokio::test]
async fn stages_apply_on_the_way_up_only_and_all_targets_get_everything() {
    let mut bench = Bench::new(2, &[call("upper", vec![])], |_| {}).await;
    let client = bench.client().await;
    let (a, b) = (bench.target(0).await, bench.target(1).await);
    client.send(b"hello\n").await.unwrap();
    client.finish().await.unwrap();
    for target in [&a, &b] {
        assert_eq!(read_all(target).await.unwrap(), b"HELLO\n");
        target.send(b"low\n").await.unwrap();
    }
    drop((a, b));
    assert_eq!(read_all(&client).await.unwrap(), b"low\nlow\n");
}

#[tokio::test]
async fn a_target_dead_from_the_start_is_told_and_left_out() {
    let folder = Folder::new();
    let dead = closed_place(&folder).await;
    let echo = Server::start(named("tcp"), &folder, &[call("echo", vec![])]).await;
    let relay = start("tcp", &folder, plan(&[], vec![target("tcp", &dead), target("tcp", &echo.place)])).await;
    let client = connect(named("tcp"), relay.place.clone()).await;
    let data = noise(1_000_000);
    assert!(exchange(&client, &data).await == data);
    assert_eq!(relay.notes.lost(), [("tcp".to_owned(), "connection refused".to_owned())]);
}

#[tokio::test]
async fn a_target_that_dies_half_way_harms_nobody_else() {
    let mut bench = Bench::new(2, &[], |_| {}).await;
    let client = bench.client().await;
    let (a, b) = (bench.target(0).await, bench.target(1).await);
    client.send(b"one\n").await.unwrap();
    assert_eq!(read_exactly(&a, 4).await, b"one\n");
    a.reset().unwrap();
    drop(a);
    let data = noise(1_000_000);
    let (sender, sent) = (Arc::clone(&client), data.clone());
    let sending = tokio::spawn(async move {
        sender.send(&sent).await.unwrap();
        sender.finish().await.unwrap();
    });
    let received = read_all(&b).await.unwrap();
    assert!(received.starts_with(b"one\n") && received[4..] == data);
    soon(sending).await.unwrap();
    drop(b);
    assert_eq!(read_all(&client).await.unwrap(), b"");
    assert_eq!(bench.relay.notes.lost().len(), 1);
}

#[tokio::test]
async fn without_any_target_the_client_is_closed_and_the_relay_lives() {
    let folder = Folder::new();
    let dead = closed_place(&folder).await;
    let relay = start("tcp", &folder, plan(&[], vec![target("tcp", &dead)])).await;
    for _ in 0..2 {
        let client = connect(named("tcp"), relay.place.clone()).await;
        assert_eq!(read_all(&client).await.unwrap(), b"");
    }
    assert_eq!(relay.notes.lost().len(), 2);
}

#[tokio::test]
async fn a_reset_stays_a_reset() {
    let mut bench = Bench::new(1, &[], |_| {}).await;
    for from_target in [true, false] {
        let (client, target) = (bench.client().await, bench.target(0).await);
        client.send(b"x").await.unwrap();
        assert_eq!(read_exactly(&target, 1).await, b"x");
        let (resets, told) = if from_target { (target, client) } else { (client, target) };
        resets.reset().unwrap();
        drop(resets);
        assert_eq!(read_all(&told).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn replies_return_as_asked() {
    for (replies, expected) in [(Replies::First, &b"a"[..]), (Replies::None, b"")] {
        let mut bench = Bench::new(2, &[], |plan| plan.replies = replies).await;
        let client = bench.client().await;
        for (index, text) in [(1, b"b"), (0, b"a")] {
            bench.target(index).await.send(text).await.unwrap();
        }
        assert_eq!(read_all(&client).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn round_robin_takes_turns_and_failover_the_first_that_answers() {
    let mut bench = Bench::new(2, &[], |plan| plan.mode = Mode::RoundRobin).await;
    for index in [0, 1, 0] {
        let client = bench.client().await;
        client.send(b"x").await.unwrap();
        assert_eq!(read_exactly(&bench.target(index).await, 1).await, b"x");
    }
    let mut bench = Bench::new(2, &[], |plan| plan.mode = Mode::Failover).await;
    let client = bench.client().await;
    client.send(b"x").await.unwrap();
    assert_eq!(read_exactly(&bench.target(0).await, 1).await, b"x");
    bench.listeners.remove(0);
    let client = bench.client().await;
    client.send(b"y").await.unwrap();
    assert_eq!(read_exactly(&bench.target(0).await, 1).await, b"y");
}

#[tokio::test]
async fn a_required_target_is_fatal_to_the_connection() {
    let folder = Folder::new();
    let dead = closed_place(&folder).await;
    let echo = Server::start(named("tcp"), &folder, &[call("echo", vec![])]).await;
    let mut plan = plan(&[], vec![target("tcp", &echo.place), target("tcp", &dead)]);
    plan.required = true;
    let relay = start("tcp", &folder, plan).await;
    let client = connect(named("tcp"), relay.place.clone()).await;
    assert_eq!(read_all(&client).await.unwrap_or_default(), b"");
}

#[tokio::test]
async fn datagrams_keep_their_boundaries_and_their_way_back() {
    let folder = Folder::new();
    let echo = Server::start(named("udp"), &folder, &[call("echo", vec![])]).await;
    let relay = start("udp", &folder, plan(&[call("upper", vec![])], vec![target("udp", &echo.place)])).await;
    let clients = [connect(named("udp"), relay.place.clone()).await, connect(named("udp"), relay.place.clone()).await];
    for client in &clients {
        for data in [&b"a"[..], b"", b"bc"] {
            client.send(data).await.unwrap();
            assert_eq!(read_datagram(client).await, data.to_ascii_uppercase());
        }
    }
}

#[tokio::test]
async fn streams_and_datagrams_are_relayed_to_each_other() {
    let folder = Folder::new();
    let echo = Server::start(named("tcp"), &folder, &[call("echo", vec![])]).await;
    let relay = start("udp", &folder, plan(&[], vec![target("tcp", &echo.place)])).await;
    let client = connect(named("udp"), relay.place.clone()).await;
    client.send(b"question").await.unwrap();
    assert_eq!(read_datagram(&client).await, b"question");

    let echo = Server::start(named("udp"), &folder, &[call("echo", vec![])]).await;
    let relay = start("tcp", &folder, plan(&[call("line", vec![])], vec![target("udp", &echo.place)])).await;
    let client = connect(named("tcp"), relay.place.clone()).await;
    assert_eq!(exchange(&client, b"one\ntwo\n").await, b"one\ntwo\n");
}

#[tokio::test]
async fn files_are_targets_too() {
    let folder = Folder::new();
    let (log, echo) = (folder.join("log"), Server::start(named("tcp"), &folder, &[call("echo", vec![])]).await);
    let file = || Target::new("file:log", TargetPlace::File(log.clone()));
    let relay = start("tcp", &folder, plan(&[], vec![target("tcp", &echo.place), file()])).await;
    assert_eq!(exchange(&connect(named("tcp"), relay.place.clone()).await, b"one\n").await, b"one\n");
    let relay = start("tcp", &folder, plan(&[], vec![file()])).await;
    assert_eq!(exchange(&connect(named("tcp"), relay.place.clone()).await, b"two\n").await, b"");
    assert_eq!(std::fs::read(&log).unwrap(), b"one\ntwo\n");
}

#[test]
fn a_fifo_whose_reader_stands_still_occupies_no_thread() {
    let folder = Folder::new();
    let (pipe, log) = (folder.join("pipe"), folder.join("log"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    // Who opens a FIFO for both waits for nobody.
    let still = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    runtime.block_on(async {
        let to = |path: &Path| plan(&[], vec![Target::new("file", TargetPlace::File(path.to_owned()))]);
        let stuck = start("tcp", &folder, to(&pipe)).await;
        let client = connect(named("tcp"), stuck.place.clone()).await;
        client.send(&noise(100_000)).await.unwrap();
        let full = async {
            while rustix::io::ioctl_fionread(&still).unwrap() < 60_000 {
                tokio::task::yield_now().await;
            }
        };
        soon(full).await;
        let other = start("tcp", &folder, to(&log)).await;
        let other = connect(named("tcp"), other.place.clone()).await;
        assert_eq!(soon(exchange(&other, b"one\n")).await, b"");
        assert_eq!(std::fs::read(&log).unwrap(), b"one\n");
    });
}

/// Whom the notes say are behind, and how many bytes targets have missed.
fn behind(notes: &Notes) -> (usize, u64) {
    let told = notes.told.lock().unwrap();
    let missed = told.iter().filter_map(|happening| match happening {
        Happening::TargetMissed { bytes, .. } => Some(*bytes),
        _ => None,
    });
    let began = told.iter().filter(|happening| matches!(happening, Happening::TargetBehind { .. }));
    (began.count(), missed.sum())
}

/// Sends noise through a relay to two targets, the second of which reads nothing before the first has everything.
async fn leave_behind(slow: Slow, replies: Replies) -> (Bench, Vec<u8>, Connection) {
    let mut bench = Bench::new(2, &[], |plan| (plan.slow, plan.replies) = (slow, replies)).await;
    let (client, quick, idle) = (bench.client().await, bench.target(0).await, bench.target(1).await);
    let data = noise(64 << 20);
    let (sent, exchange) = (data.clone(), Arc::clone(&client));
    let sending = tokio::spawn(async move {
        exchange.send(&sent).await.unwrap();
        exchange.finish().await.unwrap();
    });
    assert!(read_all(&quick).await.unwrap() == data, "the quick one missed something");
    sending.await.unwrap();
    quick.finish().await.unwrap();
    (bench, data, idle)
}

#[tokio::test]
async fn a_target_that_does_not_keep_up_misses_whole_pieces_and_that_is_counted() {
    let (bench, data, idle) = leave_behind(Slow::Drop, Replies::All).await;
    assert_eq!(behind(&bench.relay.notes).0, 1);
    let received = read_all(&idle).await.unwrap();
    assert!(data.starts_with(&received[..1 << 20]));
    drop(idle);
    let missed = soon(async {
        loop {
            match behind(&bench.relay.notes) {
                (1, 0) => tokio::task::yield_now().await,
                (began, missed) => break (began, missed),
            }
        }
    });
    assert_eq!(missed.await, (1, (data.len() - received.len()) as u64));
    assert!(bench.relay.notes.lost().is_empty());
}

#[tokio::test]
async fn a_target_that_stays_behind_is_closed_if_asked_for() {
    let (bench, _, _idle) = leave_behind(Slow::Close, Replies::First).await;
    assert_eq!(bench.relay.notes.lost(), [("tcp".to_owned(), "1 MiB behind for 1 s".to_owned())]);
    assert_eq!(behind(&bench.relay.notes), (0, 0));
}

#[tokio::test]
async fn a_target_that_is_closed_reads_its_end_while_the_others_go_on() {
    let mut bench = Bench::new(2, &[], |plan| plan.slow = Slow::Close).await;
    let (client, quick, idle) = (bench.client().await, bench.target(0).await, bench.target(1).await);
    let data = noise(64 << 20);
    let (sent, sender) = (data.clone(), Arc::clone(&client));
    let sending = tokio::spawn(async move { sender.send(&sent).await.unwrap() });
    assert!(read_exactly(&quick, data.len()).await == data, "the quick one missed something");
    sending.await.unwrap();
    let received = read_all(&idle).await.unwrap();
    assert!(data.starts_with(&received) && received.len() < data.len());
    client.send(b"more").await.unwrap();
    assert_eq!(read_exactly(&quick, 4).await, b"more");
}

#[tokio::test]
async fn who_keeps_up_loses_nothing_and_the_last_one_left_sets_the_pace() {
    for slow in [Slow::Drop, Slow::Close] {
        let mut bench = Bench::new(2, &[], |plan| plan.slow = slow).await;
        let (client, one, other) = (bench.client().await, bench.target(0).await, bench.target(1).await);
        let data = noise(4 << 20);
        let (sent, sender) = (data.clone(), Arc::clone(&client));
        let sending = tokio::spawn(async move { sender.send(&sent).await.unwrap() });
        let (first, second) = tokio::join!(read_exactly(&one, data.len()), read_exactly(&other, data.len()));
        sending.await.unwrap();
        assert!(first == data && second == data, "{slow:?}");
        drop(one);
        // Nobody is left to be behind of: the client waits.
        flood(&client).await;
        assert_eq!(behind(&bench.relay.notes), (0, 0), "{slow:?}");
    }
}

/// Sends until the other end has not taken anything for a while.
async fn flood(connection: &Connection) {
    let piece = vec![b'x'; 1 << 16];
    while tokio::time::timeout(Duration::from_millis(100), connection.send(&piece)).await.is_ok() {}
}

#[tokio::test]
async fn a_reset_is_noticed_while_the_other_end_stalls() {
    for transport in ["tcp", "unix"] {
        for from_target in [true, false] {
            let mut bench = Bench::over(transport, 1, &[], |_| {}).await;
            let (client, target) = (bench.client().await, bench.target(0).await);
            let (resets, stalls) = if from_target { (target, client) } else { (client, target) };
            flood(&resets).await;
            resets.reset().unwrap();
            drop(resets);
            if transport == "tcp" {
                assert_eq!(soon(stalls.broken()).await.kind(), ErrorKind::ConnectionReset, "{from_target}");
            }
            while soon(stalls.receive(&mut BytesMut::new())).await.is_ok_and(|received| received != Received::End) {}
        }
    }
}

#[tokio::test]
async fn a_reset_after_the_end_is_noticed_too() {
    let mut bench = Bench::new(2, &[], |_| {}).await;
    let (client, one, other) = (bench.client().await, bench.target(0).await, bench.target(1).await);
    client.send(b"x").await.unwrap();
    client.finish().await.unwrap();
    for target in [&one, &other] {
        assert_eq!(read_all(target).await.unwrap(), b"x");
    }
    client.reset().unwrap();
    drop(client);
    for target in [one, other] {
        assert_eq!(soon(target.broken()).await.kind(), ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn one_of_several_targets_that_resets_while_the_client_stalls_is_told_and_left_out() {
    let mut bench = Bench::new(2, &[], |_| {}).await;
    let (client, one, other) = (bench.client().await, bench.target(0).await, bench.target(1).await);
    flood(&one).await;
    one.reset().unwrap();
    drop(one);
    soon(async {
        while bench.relay.notes.lost().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    client.send(b"still here").await.unwrap();
    assert_eq!(read_exactly(&other, 10).await, b"still here");
    assert_eq!(bench.relay.notes.lost(), [("tcp".to_owned(), "connection reset by peer".to_owned())]);
}
