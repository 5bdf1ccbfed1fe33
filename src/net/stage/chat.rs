//! `chat`: what one connection says goes to all others.
//!
//! Up to 1 MiB waits for each member. Of a stream member nothing is lost: a speaker waits for a slow one, up to a
//! second, after which the slow one is out, so that it cannot silence the others. A datagram member loses what it is
//! too slow for. A member that has finished speaking leaves.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::lines::Lines;
use super::{Build, Handler, Hub, Kind, Parameter, Spec};
use crate::net::flow::{Counters, Sink, Source};
use crate::net::socket::Framing;
use crate::net::transport::BoxFuture;

pub(super) static SPEC: Spec = Spec {
    name: "chat",
    summary: "sends what one connection says to all others",
    parameters: &[],
    options: &[
        Parameter {
            name: "names",
            kind: Kind::Boolean,
            optional: true,
            summary: "whether each line begins with its speaker's address",
        },
        Parameter {
            name: "joins",
            kind: Kind::Boolean,
            optional: true,
            summary: "whether the others are told who joins and leaves",
        },
        Parameter { name: "echo", kind: Kind::Boolean, optional: true, summary: "whether a speaker hears itself, too" },
        Parameter {
            name: "muted",
            kind: Kind::Boolean,
            optional: true,
            summary: "whether members only listen: what they say goes nowhere",
        },
    ],
    ends: true,
    build: Build::Handler(|call| {
        let manner = Manner {
            names: call.flag("names"),
            joins: call.flag("joins"),
            echo: call.flag("echo"),
            muted: call.flag("muted"),
        };
        Ok(Arc::new(Chat { manner, ..Chat::default() }))
    }),
};

/// Bytes that wait for a member.
const WAITING: u32 = 1024 * 1024;
/// What a message costs besides its bytes.
const OVERHEAD: usize = 64;
/// How long a speaker waits for a slow member.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is said to whom.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
struct Manner {
    names: bool,
    joins: bool,
    echo: bool,
    muted: bool,
}

#[derive(Default)]
struct Chat {
    manner: Manner,
    next: AtomicU64,
    members: Mutex<BTreeMap<u64, Member>>,
}

type Message = (Bytes, OwnedSemaphorePermit);

/// Somebody to tell.
#[derive(Clone)]
struct Member {
    messages: UnboundedSender<Message>,
    room: Arc<Semaphore>,
    framing: Framing,
    counters: Arc<Counters>,
    out: Arc<Notify>,
}

/// A member's place in the chat; it leaves when this is dropped.
struct Seat {
    chat: Arc<Chat>,
    number: u64,
    peer: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.chat.members().remove(&self.number);
        // However it ends; when the runtime is going nobody is left to be told.
        if let (true, Ok(runtime)) = (self.chat.manner.joins, tokio::runtime::Handle::try_current()) {
            let (chat, message) = (Arc::clone(&self.chat), Bytes::from(format!("{} left\n", self.peer)));
            runtime.spawn(async move { chat.tell(None, message).await });
        }
    }
}

impl Chat {
    fn members(&self) -> MutexGuard<'_, BTreeMap<u64, Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody, and the speaker if it is to hear itself; a speaker who is no member tells all.
    async fn tell(&self, speaker: Option<u64>, message: Bytes) {
        let others: Vec<(u64, Member)> = {
            let members = self.members();
            let others = members.iter().filter(|(number, _)| self.manner.echo || Some(**number) != speaker);
            others.map(|(number, member)| (*number, member.clone())).collect()
        };
        for (number, member) in others {
            if !member.take(message.clone()).await {
                self.members().remove(&number);
                member.out.notify_one();
            }
        }
    }
}

impl Member {
    /// Queues a message; `false` when the member is too slow.
    async fn take(&self, message: Bytes) -> bool {
        let cost = u32::try_from(message.len() + OVERHEAD).unwrap_or(WAITING).min(WAITING);
        let permit = match Arc::clone(&self.room).try_acquire_many_owned(cost) {
            Ok(permit) => Some(permit),
            Err(_) if self.framing == Framing::Datagram => {
                self.counters.datagrams_lost.fetch_add(1, Ordering::Relaxed);
                return true;
            }
            Err(_) => {
                let room = Arc::clone(&self.room).acquire_many_owned(cost);
                tokio::time::timeout(PATIENCE, room).await.ok().and_then(Result::ok)
            }
        };
        let Some(permit) = permit else { return false };
        // Somebody who has just left needs nothing more.
        let _ = self.messages.send((message, permit));
        true
    }
}

impl Handler for Chat {
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>> {
        let (messages, inbox) = unbounded_channel();
        let out = Arc::new(Notify::new());
        let member = Member {
            messages,
            room: Arc::new(Semaphore::new(WAITING as usize)),
            framing: sink.framing(),
            counters: sink.counters(),
            out: Arc::clone(&out),
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.members().insert(number, member);
        let seat = Seat { chat: self, number, peer: sink.peer().to_string() };
        Box::pin(take_part(seat, source, sink, inbox, out))
    }

    fn hub(&self) -> Option<&dyn Hub> {
        Some(self)
    }
}

impl Hub for Chat {
    fn say(&self, message: Bytes) -> BoxFuture<'_, ()> {
        Box::pin(self.tell(None, message))
    }
}

async fn take_part(
    seat: Seat,
    source: Source,
    sink: Sink,
    mut inbox: UnboundedReceiver<Message>,
    out: Arc<Notify>,
) -> io::Result<()> {
    let name = seat.chat.manner.names.then(|| format!("{}: ", seat.peer));
    if seat.chat.manner.joins {
        seat.chat.tell(Some(seat.number), format!("{} joined\n", seat.peer).into()).await;
    }
    let mut listening = std::pin::pin!(listen(&sink, &mut inbox));
    let too_slow = || Err(io::Error::other("too slow for the chat"));
    tokio::select! {
        outcome = speak(&seat, source, name) => outcome?,
        outcome = &mut listening => return outcome.and_then(|()| too_slow()),
        () = out.notified() => return too_slow(),
    }
    // It has left; what was said before is still its own.
    drop(seat);
    listening.await?;
    sink.finish().await
}

/// Tells the others what the member says, until it has finished: as it comes, or line by line under its name.
async fn speak(seat: &Seat, mut source: Source, name: Option<String>) -> io::Result<()> {
    let mut lines = Lines::default();
    while let Some(piece) = source.next().await? {
        if seat.chat.manner.muted {
            source.recycle(piece);
            continue;
        }
        let Some(name) = &name else {
            seat.chat.tell(Some(seat.number), Bytes::copy_from_slice(&piece)).await;
            source.recycle(piece);
            continue;
        };
        lines.push(piece);
        while let Some(line) = lines.pop() {
            seat.chat.tell(Some(seat.number), signed(name, &line)).await;
        }
        if source.framing().keeps_boundaries()
            && let Some(line) = lines.rest()
        {
            seat.chat.tell(Some(seat.number), signed(name, &line)).await;
        }
        lines.settle();
    }
    if let (Some(name), Some(line)) = (name, lines.rest()) {
        seat.chat.tell(Some(seat.number), signed(&name, &line)).await;
    }
    Ok(())
}

/// A line under its speaker's name, always with an ending.
fn signed(name: &str, line: &[u8]) -> Bytes {
    let mut signed = BytesMut::with_capacity(name.len() + line.len() + 1);
    signed.extend_from_slice(name.as_bytes());
    signed.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        signed.extend_from_slice(b"\n");
    }
    signed.freeze()
}

/// Sends the member what the others say, until there is nobody left who could.
async fn listen(sink: &Sink, inbox: &mut UnboundedReceiver<Message>) -> io::Result<()> {
    while let Some((message, room)) = inbox.recv().await {
        sink.send(&message).await?;
        drop(room);
    }
    Ok(())
}
