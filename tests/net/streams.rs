//! Long numbered streams through every path, each byte checked. How long is set by `NSH_STREAM_MIB`, in MiB.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use sockshell::net::Connection;
use sockshell::net::flow::DataPath;

use super::kernel::{KERNEL, MIB, Options, Rig, check_numbered, part, send_numbered};
use super::support::*;

/// How long the streams are, in bytes.
fn length() -> usize {
    std::env::var("NSH_STREAM_MIB").map_or(24, |mib| mib.parse().unwrap()) * MIB + 5
}

/// Moves a numbered stream, and checks what comes at every other end.
async fn stream(from: &Connection, to: &[Connection], length: usize) {
    let sending = tokio::spawn(send_numbered(Arc::clone(from), length));
    let checks = to.iter().map(|end| {
        let end = Arc::clone(end);
        tokio::spawn(async move { check_numbered(&end, |_| {}).await.unwrap() })
    });
    for check in checks.collect::<Vec<_>>() {
        assert_eq!(check.await.unwrap(), length);
    }
    sending.await.unwrap().unwrap();
}

/// Moves a long stream through a rig, up and then down.
async fn both_ways(rig: &Rig, up: DataPath, down: DataPath) {
    stream(&rig.client, &rig.targets, length()).await;
    for target in &rig.targets[1..] {
        target.finish().await.unwrap();
    }
    stream(&rig.targets[0], std::slice::from_ref(&rig.client), length()).await;
    if KERNEL {
        assert_eq!(rig.paths(), (up, down));
    }
}

#[tokio::test]
async fn a_long_stream_is_exact_through_the_kernel() {
    both_ways(&Rig::new("tcp", &["tcp"]).await, DataPath::Splice, DataPath::Splice).await;
}

#[tokio::test]
async fn a_long_stream_is_exact_between_unix_sockets() {
    both_ways(&Rig::new("unix", &["unix"]).await, DataPath::Splice, DataPath::Splice).await;
}

#[tokio::test]
async fn a_long_stream_is_exact_to_several_targets() {
    both_ways(&Rig::new("tcp", &["tcp", "unix", "tcp"]).await, DataPath::Tee, DataPath::Splice).await;
}

#[tokio::test]
async fn a_long_stream_is_exact_through_a_stage() {
    let options = Options { calls: vec![call("prefix", vec![text("")])], ..Options::default() };
    both_ways(&Rig::with("tcp", &["tcp"], options).await, DataPath::Staged, DataPath::Splice).await;
}

#[tokio::test]
async fn a_long_stream_comes_back_exactly() {
    for transport in ["tcp", "unix"] {
        let folder = Folder::new();
        let server = Server::start(named(transport), &folder, &[call("echo", vec![])]).await;
        let client = connect(named(transport), server.place.clone()).await;
        stream(&client, std::slice::from_ref(&client), length()).await;
    }
}

#[tokio::test]
async fn a_long_stream_is_exact_in_a_file() {
    /// How much of the disk is used at a time.
    const MOST: usize = 1024 * MIB;
    let mut left = length();
    while left > 0 {
        let rig = Rig::new("tcp", &["file"]).await;
        let round = left.min(MOST);
        send_numbered(Arc::clone(&rig.client), round).await.unwrap();
        assert_eq!(read_all(&rig.client).await.unwrap(), b"", "the relay is done");
        check_file(&mut File::open(rig.file()).unwrap(), round);
        assert!(!KERNEL || rig.paths().0 == DataPath::Splice);
        left -= round;
    }
}

fn check_file(file: &mut File, length: usize) {
    let (mut offset, mut piece) = (0, vec![0; MIB]);
    loop {
        let read = file.read(&mut piece).unwrap();
        if read == 0 {
            break;
        }
        assert!(piece[..read] == part(offset, read), "the file differs after {offset}");
        offset += read;
    }
    assert_eq!(offset, length);
}
