//! A relay's targets as one connection has them: reached, fed in lock-step, and left out when they are lost.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use super::slack::Backlog;
use super::{Mode, Plan, Slow, Target, TargetPlace, Traffic};
use crate::net::error::{NetError, describe};
use crate::net::flow::{Activity, DataPath, GrowingFile, Happening, Observer, Pipe};
use crate::net::pending;
use crate::net::socket::{Connection, Framing, MessageKind};
use crate::net::transport::BoxFuture;

/// The targets of one connection.
pub(super) struct Outlets<'a> {
    pub(super) all: Vec<Outlet<'a>>,
    /// What becomes of those that do not keep up.
    pub(super) slow: Slow,
    required: bool,
    /// Whether a required target was not reached.
    incomplete: bool,
}

/// One target.
pub(super) struct Outlet<'a> {
    name: &'a str,
    traffic: &'a Traffic,
    observer: &'a dyn Observer,
    /// Touched when it takes something.
    activity: Option<Arc<Activity>>,
    way: Way,
    /// Whether it is the first-named one.
    is_first: bool,
    lost: Mutex<Option<ErrorKind>>,
    told: AtomicBool,
    /// What it has still to get while others go on.
    pub(super) backlog: Mutex<Backlog>,
}

enum Way {
    Peer(Connection),
    File(GrowingFile, Mutex<Option<Pouring>>),
}

/// A file that is taking what is in a pipe; says how much left the pipe.
type Pouring = BoxFuture<'static, (usize, io::Result<()>)>;

/// Where sending a piece to one target stands.
#[derive(Clone, Copy)]
pub(super) enum Progress {
    At(usize),
    Done,
}

impl Default for Progress {
    fn default() -> Self {
        Self::At(0)
    }
}

impl<'a> Outlets<'a> {
    /// Reaches the targets that the plan's mode asks for; those that cannot be reached are told and left out.
    pub(super) async fn open(plan: &'a Plan, observer: &'a dyn Observer, activity: Option<Arc<Activity>>) -> Self {
        let count = plan.targets.len();
        let mut all: Vec<Outlet<'_>> = match plan.mode {
            Mode::All => {
                let open = |index| Box::pin(Outlet::open(plan, index, observer)) as BoxFuture<'_, _>;
                join_all((0..count).map(open).collect()).await.into_iter().flatten().collect()
            }
            Mode::RoundRobin => {
                let turn = plan.turn.fetch_add(1, Ordering::Relaxed);
                Self::first_reached(plan, (0..count).map(|offset| (turn % count + offset) % count), observer).await
            }
            Mode::Failover => Self::first_reached(plan, 0..count, observer).await,
        };
        for outlet in &mut all {
            outlet.activity.clone_from(&activity);
        }
        let incomplete = plan.required && plan.mode == Mode::All && all.len() < count;
        Self { all, slow: plan.slow, required: plan.required, incomplete }
    }

    /// Sends a header to every stream target before anything else.
    pub(super) async fn greet(&self, header: &[u8]) {
        for outlet in &self.all {
            if let Some(peer) = outlet.connection()
                && peer.framing() == Framing::Stream
            {
                match peer.send(header).await {
                    Ok(()) => outlet.traffic.note_sent(header.len()),
                    Err(error) => outlet.lose(&error),
                }
            }
        }
    }

    async fn first_reached(
        plan: &'a Plan,
        order: impl Iterator<Item = usize>,
        observer: &'a dyn Observer,
    ) -> Vec<Outlet<'a>> {
        for index in order {
            if let Some(mut outlet) = Outlet::open(plan, index, observer).await {
                // The one that was chosen is the one that answers.
                outlet.is_first = true;
                return vec![outlet];
            }
        }
        Vec::new()
    }

    /// Whether the relay cannot go on: no target is left, or a required one is missing.
    pub(super) fn is_over(&self) -> bool {
        self.incomplete
            || self.all.iter().all(Outlet::is_lost)
            || (self.required && self.all.iter().any(Outlet::is_lost))
    }

    /// Whether there was one target and it has reset.
    pub(super) fn was_only_one_and_reset(&self) -> bool {
        let reset = |outlet: &Outlet| matches!(outlet.loss(), Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe));
        matches!(&self.all[..], [only] if reset(only))
    }

    /// The path to those that are left: a kernel's unless one of them is in the way.
    pub(super) fn path(&self) -> DataPath {
        if self.leave_behind() {
            return DataPath::Slack;
        }
        let mut left = self.all.iter().filter(|outlet| !outlet.is_lost());
        match (left.clone().count(), left.find(|outlet| !outlet.takes_pipes())) {
            (0, _) => DataPath::Foreign,
            (1, None) => DataPath::Splice,
            (_, None) => DataPath::Tee,
            (_, Some(other)) => other.connection().map_or(DataPath::Foreign, |peer| DataPath::beside_kernel(&**peer)),
        }
    }

    pub(super) fn has_datagrams(&self) -> bool {
        self.all.iter().filter_map(Outlet::connection).any(|peer| peer.framing() == Framing::Datagram)
    }

    /// Sends a piece to all that are left, to those that have messages as one of that kind; returns when each has taken
    /// it or is lost.
    pub(super) async fn send(&self, data: &[u8], kind: MessageKind) {
        if let [only] = &self.all[..] {
            let mut progress = Progress::At(0);
            poll_fn(|cx| only.poll_send(cx, (data, kind), &mut progress)).await;
        } else {
            let mut progress = vec![Progress::At(0); self.all.len()];
            poll_fn(|cx| {
                let mut all = Poll::Ready(());
                for (outlet, progress) in self.all.iter().zip(&mut progress) {
                    if outlet.poll_send(cx, (data, kind), progress).is_pending() {
                        all = Poll::Pending;
                    }
                }
                all
            })
            .await;
        }
        for outlet in &self.all {
            outlet.write(data).await;
        }
    }

    /// Finishes sending to all that are left, each when it has got everything.
    pub(super) async fn finish(&self) {
        let finish = |outlet| Box::pin(Outlet::finish(outlet)) as BoxFuture<'_, _>;
        join_all(self.all.iter().map(finish).collect()).await;
    }

    /// Makes the closing of all a reset.
    pub(super) fn reset(&self) {
        for peer in self.all.iter().filter_map(Outlet::connection) {
            // Where it cannot be abortive it is at least a close.
            let _ = peer.reset();
        }
    }
}

impl<'a> Outlet<'a> {
    async fn open(plan: &'a Plan, index: usize, observer: &'a dyn Observer) -> Option<Self> {
        let target = &plan.targets[index];
        match reach(target, plan).await {
            Ok(way) => {
                if let Way::Peer(peer) = &way {
                    let (local, endpoint) = (peer.local(), peer.peer());
                    observer.notice(Happening::TargetReached { local, target: target.name.clone(), endpoint });
                }
                target.traffic.note_reached();
                let (name, traffic) = (target.name.as_str(), &*target.traffic);
                let (lost, told) = (Mutex::default(), AtomicBool::default());
                let backlog = Mutex::default();
                Some(Self { name, traffic, observer, activity: None, way, is_first: index == 0, lost, told, backlog })
            }
            Err(reason) => {
                target.traffic.note_lost();
                observer.notice(Happening::TargetLost { target: target.name.clone(), reason });
                None
            }
        }
    }

    async fn finish(&self) {
        poll_fn(|cx| self.poll_catch_up(cx)).await;
        if let Some(peer) = self.connection().filter(|_| !self.is_lost())
            && let Err(error) = peer.finish().await
        {
            self.lose(&error);
        }
    }

    /// The peer, if it is one.
    pub(super) fn connection(&self) -> Option<&Connection> {
        match &self.way {
            Way::Peer(peer) => Some(peer),
            Way::File(..) => None,
        }
    }

    /// Whether the kernel can move to it by itself.
    fn takes_pipes(&self) -> bool {
        match &self.way {
            Way::Peer(peer) => peer.is_kernel_stream(),
            Way::File(file, _) => file.takes_pipes(),
        }
    }

    fn touch(&self) {
        if let Some(activity) = &self.activity {
            activity.touch();
        }
    }

    /// Whether it is the one whose replies count where only one's do.
    pub(super) fn is_first(&self) -> bool {
        self.is_first
    }

    fn loss(&self) -> Option<ErrorKind> {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.loss().is_some()
    }

    /// Leaves the target out, and shuts its connection down at once, as far as that is the kernel's own: it shall not
    /// wait for more.
    pub(super) fn close(&self, error: &io::Error) {
        self.lose(error);
        if let Way::Peer(peer) = &self.way
            && peer.framing() == Framing::Stream
            && let Some(descriptor) = peer.descriptor()
        {
            // A peer that is gone already needs none.
            let _ = rustix::net::shutdown(descriptor, rustix::net::Shutdown::Both);
        }
    }

    /// Leaves the target out from here on, and tells why.
    pub(super) fn lose(&self, error: &io::Error) {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error.kind());
        self.tell(error);
    }

    /// Tells once that the target does not take what it is sent.
    pub(super) fn tell(&self, error: &io::Error) {
        if !self.told.swap(true, Ordering::Relaxed) {
            self.traffic.note_lost();
            let reason = describe(error);
            self.observer.notice(Happening::TargetLost { target: self.name.to_owned(), reason });
        }
    }

    /// Tells that it begins to miss what comes.
    pub(super) fn tell_behind(&self) {
        self.observer.notice(Happening::TargetBehind { target: self.name.to_owned() });
    }

    /// Sends a piece from where it stands; ready when it has got it or is lost.
    pub(super) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        (data, kind): (&[u8], MessageKind),
        progress: &mut Progress,
    ) -> Poll<()> {
        let Some(peer) = self.connection() else { return Poll::Ready(()) };
        while let Progress::At(offset) = *progress {
            if self.is_lost() || (data.is_empty() && peer.framing() == Framing::Stream) {
                break;
            }
            let sent = ready!(peer.poll_send_as(cx, &data[offset..], kind));
            self.touch();
            self.traffic.note_sent(*sent.as_ref().unwrap_or(&0));
            match (peer.framing(), sent) {
                (Framing::Stream, Ok(sent)) if offset + sent < data.len() => *progress = Progress::At(offset + sent),
                (Framing::Stream | Framing::Message, Err(error)) => self.lose(&error),
                // A datagram that does not get there is lost; the next one may.
                (Framing::Datagram, Err(error)) => {
                    self.tell(&error);
                    *progress = Progress::Done;
                }
                (_, Ok(_)) => *progress = Progress::Done,
            }
        }
        Poll::Ready(())
    }

    /// Sends the next `left` bytes of a pipe, or none when it is lost; `left` becomes what remains.
    pub(super) fn poll_drain(&self, cx: &mut Context<'_>, pipe: &mut Pipe, left: &mut usize) -> Poll<()> {
        while *left > 0 && !self.is_lost() {
            let (sent, outcome) = match &self.way {
                Way::Peer(peer) => match ready!(pipe.poll_drain(cx, &**peer, *left)) {
                    Ok(sent) => (sent, Ok(())),
                    Err(error) => (0, Err(error)),
                },
                Way::File(file, pouring) => ready!(poll_pour(cx, file, pouring, (pipe, *left))),
            };
            *left -= sent;
            self.traffic.note_sent(sent);
            if let Err(error) = outcome {
                self.lose(&error);
            }
            self.touch();
        }
        Poll::Ready(())
    }

    /// Appends a piece, if it is a file.
    pub(super) async fn write(&self, data: &[u8]) {
        let Way::File(file, _) = &self.way else { return };
        if self.is_lost() {
            return;
        }
        match file.write(data).await {
            Ok(()) => self.traffic.note_sent(data.len()),
            Err(error) => self.lose(&error),
        }
    }

    /// Takes note that so many bytes came from it.
    pub(super) fn note_received(&self, count: usize) {
        self.traffic.note_received(count);
    }
}

impl Drop for Outlet<'_> {
    fn drop(&mut self) {
        self.traffic.note_left();
        let bytes = self.missed();
        if bytes > 0 {
            self.observer.notice(Happening::TargetMissed { target: self.name.to_owned(), bytes });
        }
    }
}

/// Has the file take so many bytes out of a pipe; says how many left it.
fn poll_pour(
    cx: &mut Context<'_>,
    file: &GrowingFile,
    pouring: &Mutex<Option<Pouring>>,
    (pipe, count): (&mut Pipe, usize),
) -> Poll<(usize, io::Result<()>)> {
    let mut pouring = pouring.lock().unwrap_or_else(PoisonError::into_inner);
    let under_way = pouring.get_or_insert_with(|| Box::pin(file.pour(pipe, count)));
    let (poured, outcome) = ready!(under_way.as_mut().poll(cx));
    *pouring = None;
    pipe.poured(poured);
    Poll::Ready((poured, outcome))
}

/// Connects to the target or opens it, as often as the plan says; says in words why not.
async fn reach(target: &Target, plan: &Plan) -> Result<Way, String> {
    let (retries, every) = plan.retry;
    for _ in 0..retries {
        if let Ok(way) = attempt(target, plan).await {
            return Ok(way);
        }
        tokio::time::sleep(every).await;
    }
    attempt(target, plan).await
}

async fn attempt(target: &Target, plan: &Plan) -> Result<Way, String> {
    match &target.place {
        TargetPlace::Peer(transport, place) => {
            let connected = transport.connect(place.clone(), plan.connect.clone()).await;
            connected.map(Way::Peer).map_err(|error| reason(&error))
        }
        TargetPlace::File(path) => {
            let path = path.clone();
            let opened = pending::work(move || GrowingFile::open(&path, true)).await;
            let opened = opened.map_err(io::Error::other).flatten();
            opened.map(|file| Way::File(file, Mutex::default())).map_err(|error| describe(&error))
        }
    }
}

/// Why a target could not be reached, without its address, which the target's name says.
fn reason(error: &NetError) -> String {
    match error {
        NetError::Connect { attempts, .. } => {
            let mut reasons: Vec<String> = attempts.iter().map(|(_, error)| describe(error)).collect();
            reasons.dedup();
            reasons.join(", ")
        }
        NetError::Handshake { error, .. } => error.to_string(),
        other => other.to_string(),
    }
}

/// Runs all to their end, at the same time, and gives their results in order.
async fn join_all<T>(mut work: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut results: Vec<Option<T>> = work.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut all = Poll::Ready(());
        for (future, result) in work.iter_mut().zip(&mut results) {
            if result.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(value) => *result = Some(value),
                    Poll::Pending => all = Poll::Pending,
                }
            }
        }
        all
    })
    .await;
    results.into_iter().flatten().collect()
}
