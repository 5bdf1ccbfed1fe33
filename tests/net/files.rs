//! What comes written to files: whole and in order, however many write and whichever path it takes.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, fcntl_setfl};
use sockshell::net::Connection;
use sockshell::net::flow::{Conversation, Counters, DataPath, Happening, Observer, serve};
use sockshell::net::listener::Admission;
use sockshell::net::stage::Call;

use super::kernel::{KERNEL, MIB, Rig, part, send_numbered};
use super::support::*;

/// Watches every other time it is asked.
#[derive(Default)]
struct Fickle(AtomicBool);

impl Observer for Fickle {
    fn notice(&self, _: Happening) {}

    fn watches(&self) -> bool {
        self.0.fetch_xor(true, Ordering::Relaxed)
    }
}

/// Moves a numbered stream to a rig's targets, of which one is a file.
async fn stream_to_file(rig: &Rig, length: usize) {
    let receiving = rig.targets.iter().map(|target| {
        let target = Arc::clone(target);
        tokio::spawn(async move {
            let received = read_all(&target).await.unwrap();
            target.finish().await.unwrap();
            received
        })
    });
    let receiving: Vec<_> = receiving.collect();
    soon(send_numbered(Arc::clone(&rig.client), length)).await.unwrap();
    assert_eq!(read_all(&rig.client).await.unwrap(), b"", "the relay is done");
    for received in receiving {
        assert!(soon(received).await.unwrap() == part(0, length));
    }
    assert!(std::fs::read(rig.file()).unwrap() == part(0, length));
}

#[tokio::test]
async fn the_kernel_moves_what_comes_to_a_file() {
    for (targets, path) in [(&["file"][..], DataPath::Splice), (&["file", "tcp"], DataPath::Tee)] {
        let rig = Rig::new("tcp", targets).await;
        stream_to_file(&rig, 5 * MIB + 3).await;
        assert_eq!(rig.paths().0, if KERNEL { path } else { DataPath::Unsupported });
    }
    let rig = Rig::new("unix", &["unix", "file", "tcp"]).await;
    stream_to_file(&rig, 5 * MIB + 3).await;
    let rig = Rig::new("tcp", &["file"]).await;
    rig.watcher.watch(true);
    stream_to_file(&rig, MIB).await;
    assert_eq!(rig.paths().0, if KERNEL { DataPath::Watched } else { DataPath::Unsupported });
}

#[tokio::test]
async fn what_is_no_regular_file_is_written_to_as_well() {
    let folder = Folder::new();
    let (counters, path) = (Arc::new(Counters::default()), folder.join("pipe"));
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    // Who reads a FIFO and does not wait is there before its writers, and would be at its end before them.
    let reader = rustix::fs::open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
    let write = vec![option(file(&path), "append")];
    let (server, _folder) = writer(write, Arc::new(Fickle::default()), Arc::clone(&counters)).await;
    fcntl_setfl(&reader, OFlags::empty()).unwrap();
    let reading = tokio::task::spawn_blocking(move || {
        let mut data = Vec::new();
        std::fs::File::from(reader).read_to_end(&mut data).unwrap();
        data
    });
    let client = connect(named("tcp"), server.place.clone()).await;
    client.send(&part(0, MIB)).await.unwrap();
    client.finish().await.unwrap();
    assert_eq!(read_all(&client).await.unwrap(), b"");
    let noted = counters.path_up.get();
    assert!(!noted.is_kernel(), "{noted:?}");
    drop((client, server));
    assert!(soon(reading).await.unwrap() == part(0, MIB));
}

fn file(path: &Path) -> Call {
    call("file", vec![text(path.to_str().unwrap())])
}

/// A server with the handler `file`.
async fn writer(calls: Vec<Call>, observer: Arc<Fickle>, counters: Arc<Counters>) -> (Server, Folder) {
    let folder = Folder::new();
    let pipeline = pipeline(&calls);
    let run = move |conversation: Conversation| {
        let (observer, counters) = (Arc::clone(&observer) as Arc<dyn Observer>, Arc::clone(&counters));
        serve(Conversation { observer, counters, ..conversation }, &pipeline)
    };
    (Server::running(named("tcp"), &folder, Admission::default(), run).await, folder)
}

/// How many write at the same time.
const WRITERS: u8 = 8;
/// After how many bytes what each writes is the same again.
const PERIOD: usize = 31;

/// Of what writer `who` writes, the byte at `offset`: it tells both.
fn byte(who: u8, offset: usize) -> u8 {
    who * 32 + u8::try_from(offset % PERIOD).unwrap()
}

async fn write(connection: Connection, mut data: &[u8]) {
    for size in (1..).map(|round| round * 7919 % 30_000) {
        let (piece, rest) = data.split_at(data.len().min(size));
        connection.send(piece).await.unwrap();
        data = rest;
        if data.is_empty() {
            break;
        }
    }
    connection.finish().await.unwrap();
    assert_eq!(read_all(&connection).await.unwrap(), b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_appends_at_the_same_time_loses_and_overwrites_nothing() {
    const LENGTH: usize = 2 * MIB + 1;
    let folder = Folder::new();
    let path = folder.join("log");
    std::fs::write(&path, "before\n").unwrap();
    // Half of them have a server of their own, which opens the file again. All change their paths all the time.
    let (mut servers, mut connections) = (Vec::new(), Vec::new());
    for who in 0..WRITERS {
        if who <= WRITERS / 2 {
            let calls = vec![option(file(&path), "append")];
            servers.push(writer(calls, Arc::default(), Arc::default()).await);
        }
        connections.push(connect(named("tcp"), servers.last().unwrap().0.place.clone()).await);
    }
    let mut writing = Vec::new();
    for (who, connection) in (0..).zip(connections) {
        let data: Vec<u8> = (0..LENGTH).map(|offset| byte(who, offset)).collect();
        writing.push(tokio::spawn(async move { write(connection, &data).await }));
    }
    for written in writing {
        soon(written).await.unwrap();
    }
    let all = std::fs::read(&path).unwrap();
    let mut offsets = [0; WRITERS as usize];
    for found in all.strip_prefix(b"before\n").unwrap() {
        let offset = &mut offsets[usize::from(found / 32)];
        assert_eq!(*found, byte(found / 32, *offset), "of {} at {offset}", found / 32);
        *offset += 1;
    }
    assert_eq!(offsets, [LENGTH; WRITERS as usize]);
}

#[tokio::test]
async fn a_file_is_emptied_once_unless_it_is_appended_to() {
    let folder = Folder::new();
    let path = folder.join("log");
    for (call, expected) in
        [(file(&path), "onetwo"), (file(&path), "onetwo"), (option(file(&path), "append"), "onetwoonetwo")]
    {
        let server = Server::start(named("tcp"), &folder, &[call]).await;
        for said in ["one", "two"] {
            let client = connect(named("tcp"), server.place.clone()).await;
            client.send(said.as_bytes()).await.unwrap();
            client.finish().await.unwrap();
            assert_eq!(read_all(&client).await.unwrap(), b"");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }
}

#[tokio::test]
async fn whoever_locks_the_file_writes_alone() {
    for watched in [false, true] {
        let rig = Rig::new("tcp", &["file"]).await;
        rig.watcher.watch(watched);
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(rig.file()).unwrap();
        file.lock().unwrap();
        rig.client.send(&part(0, MIB)).await.unwrap();
        soon(async {
            while rig.counters.received.load(Ordering::Relaxed) == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        // Time for it to do what it must not.
        tokio::time::sleep(Duration::from_millis(30)).await;
        file.write_all(b"alone").unwrap();
        file.unlock().unwrap();
        rig.client.finish().await.unwrap();
        assert_eq!(read_all(&rig.client).await.unwrap(), b"");
        assert!(std::fs::read(rig.file()).unwrap() == [b"alone", &part(0, MIB)[..]].concat());
    }
}
