//! What the tests share: places to listen at, servers that run a pipeline, plain clients.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::BytesMut;
use sockshell::net::flow::{Conversation, Counters, Happening, Observer, serve};
use sockshell::net::listener::{Accepted, Acceptor, Admission};
use sockshell::net::stage::{Argument, Call, Pipeline};
use sockshell::net::transport::{self, ConnectOptions, ListenOptions, Listener, Places, Transport};
use sockshell::net::{Connection, Endpoint, Host, Place, Received};
use tokio::task::JoinHandle;

/// Nothing here takes long; a test that hangs fails.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, work).await.expect("the test hangs")
}

/// A folder of its own, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nsh-net-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Somewhere free to listen at, for any transport.
pub(crate) fn free_place(transport: &dyn Transport, folder: &Folder) -> Place {
    match transport.places() {
        Places::Sockets => {
            static COUNT: AtomicUsize = AtomicUsize::new(0);
            Place::Path(folder.join(&format!("s{}", COUNT.fetch_add(1, Ordering::Relaxed))))
        }
        Places::Machines => Place::Machine(Some(1), 0),
        _ => Place::Inet(Host::Loopback, 0),
    }
}

/// Whether this machine can be reached by its number (vsock(7)), which takes the kernel's `vsock_loopback`. A test that
/// misses it says so.
pub(crate) fn is_a_machine() -> bool {
    let reached = socket2::Socket::new(socket2::Domain::VSOCK, socket2::Type::STREAM, None)
        .and_then(|socket| socket.bind(&socket2::SockAddr::vsock(1, u32::MAX)));
    if let Err(error) = &reached {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Past the test harness's capture.
        let _ = writeln!(std::io::stderr(), "skipped: no vsock to this machine itself: {error} ({test})");
    }
    reached.is_ok()
}

/// Where a client finds a listener.
pub(crate) fn place_of(endpoint: &Endpoint) -> Place {
    match endpoint {
        Endpoint::Inet(address) => Place::Inet(Host::Ip(address.ip()), address.port()),
        Endpoint::Path(path) => Place::Path(path.clone()),
        Endpoint::Abstract(name) => Place::Abstract(name.clone()),
        Endpoint::Machine(machine, port) => Place::Machine(Some(*machine), *port),
        Endpoint::Command(_) | Endpoint::Standard | Endpoint::Unnamed => panic!("nobody can connect there"),
    }
}

pub(crate) fn named(name: &str) -> &'static dyn Transport {
    transport::find(name).unwrap()
}

pub(crate) async fn listen(transport: &dyn Transport, folder: &Folder) -> Box<dyn Listener> {
    transport.listen(free_place(transport, folder), ListenOptions::default()).await.unwrap()
}

pub(crate) async fn accept(listener: &mut dyn Listener) -> Connection {
    let arrival = soon(std::future::poll_fn(|cx| listener.poll_accept(cx))).await.unwrap();
    soon(arrival.open()).await.unwrap()
}

pub(crate) async fn connect(transport: &dyn Transport, place: Place) -> Connection {
    transport.connect(place, ConnectOptions::default()).await.unwrap()
}

/// Both ends of a new connection. A transport with a handshake needs both at the same time.
pub(crate) async fn pair(transport: &dyn Transport, listener: &mut dyn Listener) -> (Connection, Connection) {
    let place = place_of(&listener.local()[0]);
    tokio::join!(connect(transport, place), accept(listener))
}

/// Keeps what it is told.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) told: Mutex<Vec<Happening>>,
    pub(crate) watching: bool,
}

impl Notes {
    pub(crate) fn shown(&self) -> Vec<u8> {
        let told = self.told.lock().unwrap();
        let shown = told.iter().filter_map(|happening| match happening {
            Happening::Shown(bytes) => Some(bytes.to_vec()),
            _ => None,
        });
        shown.flatten().collect()
    }

    pub(crate) fn lost(&self) -> Vec<(String, String)> {
        let told = self.told.lock().unwrap();
        let lost = told.iter().filter_map(|happening| match happening {
            Happening::TargetLost { target, reason } => Some((target.clone(), reason.clone())),
            _ => None,
        });
        lost.collect()
    }
}

impl Observer for Notes {
    fn notice(&self, happening: Happening) {
        self.told.lock().unwrap().push(happening);
    }

    fn watches(&self) -> bool {
        self.watching
    }
}

pub(crate) fn conversation(connection: Connection, notes: &Arc<Notes>) -> Conversation {
    Conversation {
        connection,
        counters: Arc::new(Counters::default()),
        observer: Arc::clone(notes) as Arc<dyn Observer>,
        idle: None,
        gates: Arc::default(),
    }
}

pub(crate) fn call(name: &str, arguments: Vec<Argument>) -> Call {
    Call { name: name.to_owned(), arguments, ..Call::default() }
}

/// The call with an option set.
pub(crate) fn option(mut call: Call, key: &str) -> Call {
    call.options.insert(key.to_owned(), Argument::Boolean(true));
    call
}

pub(crate) fn text(text: &str) -> Argument {
    Argument::Bytes(text.as_bytes().to_vec().into())
}

pub(crate) fn pipeline(calls: &[Call]) -> Arc<Pipeline> {
    Arc::new(Pipeline::build(calls).unwrap_or_else(|(index, error)| panic!("stage {index}: {error}")))
}

/// A server that runs a pipeline for everybody who connects.
pub(crate) struct Server {
    pub(crate) place: Place,
    pub(crate) notes: Arc<Notes>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(transport: &dyn Transport, folder: &Folder, calls: &[Call]) -> Self {
        Self::with(transport, folder, Admission::default(), calls).await
    }

    pub(crate) async fn with(transport: &dyn Transport, folder: &Folder, admission: Admission, calls: &[Call]) -> Self {
        let pipeline = pipeline(calls);
        let run = move |conversation| serve(conversation, &pipeline);
        Self::running(transport, folder, admission, run).await
    }

    pub(crate) async fn running<F>(
        transport: &dyn Transport,
        folder: &Folder,
        admission: Admission,
        run: impl Fn(Conversation) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = listen(transport, folder).await;
        let place = place_of(&listener.local()[0]);
        let notes = Arc::new(Notes::default());
        let mut acceptor = Acceptor::new(listener, admission);
        let observer = Arc::clone(&notes);
        let task = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            while let Ok(accepted) = acceptor.accept().await {
                if let Accepted::Connection(connection, permit) = accepted {
                    let work = run(conversation(connection, &observer));
                    running.spawn(async move {
                        let _ = work.await;
                        drop(permit);
                    });
                }
            }
        });
        Self { place, notes, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Receives until the peer has finished.
pub(crate) async fn read_all(connection: &Connection) -> std::io::Result<Vec<u8>> {
    let mut received = BytesMut::new();
    while soon(connection.receive(&mut received)).await? != Received::End {}
    Ok(received.to_vec())
}

/// Receives exactly so many bytes of a stream.
pub(crate) async fn read_exactly(connection: &Connection, length: usize) -> Vec<u8> {
    let mut received = BytesMut::new();
    while received.len() < length {
        let mut piece = BytesMut::with_capacity(length - received.len());
        assert_ne!(soon(connection.receive(&mut piece)).await.unwrap(), Received::End, "ended early");
        received.extend_from_slice(&piece);
    }
    received.to_vec()
}

/// Receives one datagram or message.
pub(crate) async fn read_datagram(connection: &Connection) -> Vec<u8> {
    assert!(connection.framing().keeps_boundaries());
    let mut received = BytesMut::new();
    soon(connection.receive(&mut received)).await.unwrap();
    received.to_vec()
}

/// Bytes that look random and are the same every time.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    static SEED: AtomicU64 = AtomicU64::new(0);
    let mut state = SEED.load(Ordering::Relaxed) | 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}
