//! Fans: the pipes through which the kernel moves what a client sends to all targets at the pace of the slowest.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use super::outlet::{Outlet, Outlets};
use crate::net::flow::{Pipe, Source};
use crate::net::socket::Received;

/// A pipe from the client, and one more for each target but the first.
pub(super) struct Fan<'a> {
    trunk: Pipe,
    /// Who takes what is in the trunk.
    first: &'a Outlet<'a>,
    branches: Vec<Branch<'a>>,
}

/// One of the other targets and its pipe.
struct Branch<'a> {
    outlet: &'a Outlet<'a>,
    pipe: Pipe,
    /// How many of the trunk's bytes it has got already.
    ahead: usize,
}

impl<'a> Fan<'a> {
    /// Whether the system has what it takes.
    pub(super) const IS_POSSIBLE: bool = Pipe::EXIST;

    /// A fan for the targets that are left; `None` when there is none or no pipes can be had.
    pub(super) fn open(outlets: &'a Outlets<'_>) -> Option<Self> {
        let mut left = outlets.all.iter().filter(|outlet| !outlet.is_lost());
        let first = left.next()?;
        let mut fan = Self { trunk: Pipe::take()?, first, branches: Vec::new() };
        for outlet in left {
            let Some(pipe) = Pipe::take() else {
                fan.close();
                return None;
            };
            fan.branches.push(Branch { outlet, pipe, ahead: 0 });
        }
        Some(fan)
    }

    /// Gives the pipes back.
    pub(super) fn close(self) {
        self.trunk.give();
        self.branches.into_iter().for_each(|branch| branch.pipe.give());
    }

    /// Takes what has come from the client; `ErrorKind::WouldBlock` when nothing has.
    pub(super) fn fill(&mut self, source: &mut Source) -> io::Result<Received> {
        source.fill(&mut self.trunk)
    }

    /// Whether all its targets are still there.
    pub(super) fn is_whole(&self) -> bool {
        !self.first.is_lost() && self.branches.iter().all(|branch| !branch.outlet.is_lost())
    }

    /// Sends what has been taken to all; returns when each has got it or is lost.
    pub(super) async fn send(&mut self) -> io::Result<()> {
        while self.trunk.held() > 0 {
            let step = self.branch_out();
            self.drain(step).await?;
        }
        Ok(())
    }

    /// Fills the pipes of those who have all that has left the trunk so far. Says how much of it all have got then:
    /// with pipes of different sizes some may have got more, which they are not given again.
    fn branch_out(&mut self) -> usize {
        for Branch { outlet, pipe, ahead } in &mut self.branches {
            if *ahead == 0 && !outlet.is_lost() {
                match self.trunk.tee(pipe) {
                    Ok(copied) => *ahead = copied,
                    Err(error) => outlet.lose(&error),
                }
            }
        }
        self.branches.retain(|branch| !branch.outlet.is_lost());
        self.branches.iter().map(|branch| branch.ahead).min().unwrap_or(self.trunk.held())
    }

    /// Empties the branches and takes `step` bytes out of the trunk.
    async fn drain(&mut self, step: usize) -> io::Result<()> {
        let mut left = step;
        poll_fn(|cx| {
            let mut all = self.first.poll_drain(cx, &mut self.trunk, &mut left);
            for Branch { outlet, pipe, .. } in &mut self.branches {
                let mut held = pipe.held();
                if outlet.poll_drain(cx, pipe, &mut held).is_pending() {
                    all = Poll::Pending;
                }
            }
            all
        })
        .await;
        // The first is lost, and the others have it.
        self.trunk.discard(left)?;
        self.branches.retain(|branch| !branch.outlet.is_lost());
        for branch in &mut self.branches {
            branch.ahead -= step;
        }
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux", not(portable)))]
mod tests {
    use std::sync::Arc;

    use bytes::BytesMut;

    use super::*;
    use crate::net::flow::{Conversation, Counters, DataPath, Happening, Observer};
    use crate::net::relay::{Mode, Plan, Replies, Slow, Target, TargetPlace, relay};
    use crate::net::stage::Pipeline;
    use crate::net::transport::{ConnectOptions, Family, ListenOptions, Listener, find};
    use crate::net::{Connection, Endpoint, Host, Place};

    /// Neither watches nor listens.
    struct Nobody;

    impl Observer for Nobody {
        fn notice(&self, _: Happening) {}

        fn watches(&self) -> bool {
            false
        }
    }

    async fn listen() -> (Box<dyn Listener>, Place) {
        let options = ListenOptions { family: Family::V4, ..ListenOptions::default() };
        let place = Place::Inet(Host::Loopback, 0);
        let listener = find("tcp").expect("there is TCP").listen(place, options).await.expect("a port is free");
        let Endpoint::Inet(address) = listener.local()[0] else { unreachable!("TCP is the Internet's") };
        (listener, Place::Inet(Host::Ip(address.ip()), address.port()))
    }

    async fn accept(listener: &mut Box<dyn Listener>) -> Connection {
        let arrival = poll_fn(|cx| listener.poll_accept(cx)).await.expect("somebody connects");
        arrival.open().await.expect("TCP has no handshake of ours")
    }

    /// Has pipes of these sizes taken next: the trunk first, then the branches.
    fn provide(sizes: &[usize]) {
        for size in sizes.iter().rev() {
            Pipe::with(&[*size]).expect("there are pipes").give();
        }
    }

    #[tokio::test]
    async fn pipes_of_all_sizes_lose_and_repeat_nothing() {
        const KIB: usize = 1024;
        for sizes in [[1024, 64, 256, 1024], [64, 1024, 256, 64], [256, 256, 64, 128]] {
            provide(&sizes.map(|size| size * KIB));
            let data: Vec<u8> = (0..700_000_u64).flat_map(u64::to_le_bytes).collect();
            let (mut listeners, mut targets) = (Vec::new(), Vec::new());
            for _ in sizes {
                let (listener, place) = listen().await;
                listeners.push(listener);
                targets.push(place);
            }
            let target = |place| Target::new("", TargetPlace::Peer(find("tcp").expect("there is TCP"), place));
            let plan = Plan {
                pipeline: Arc::new(Pipeline::build_passing(&[]).expect("nothing is wrong with it")),
                targets: targets.into_iter().map(target).collect(),
                mode: Mode::All,
                replies: Replies::All,
                slow: Slow::default(),
                required: false,
                connect: ConnectOptions::default(),
                retry: (0, std::time::Duration::ZERO),
                proxy: None,
                turn: 0.into(),
            };
            let (mut listener, place) = listen().await;
            let client = find("tcp").expect("there is TCP").connect(place, ConnectOptions::default()).await;
            let client = client.expect("it listens");
            let counters = Arc::new(Counters::default());
            let connection = accept(&mut listener).await;
            let conversation = Conversation {
                connection,
                counters: Arc::clone(&counters),
                observer: Arc::new(Nobody),
                idle: None,
                gates: Arc::default(),
            };
            tokio::spawn(relay(conversation, Arc::new(plan)));
            let mut receiving = Vec::new();
            for listener in &mut listeners {
                let peer = accept(listener).await;
                receiving.push(tokio::spawn(async move {
                    let mut all = BytesMut::new();
                    while peer.receive(&mut all).await.expect("nobody resets") != Received::End {}
                    all
                }));
            }
            client.send(&data).await.expect("the relay takes it");
            client.finish().await.expect("it is there");
            for received in receiving {
                assert!(received.await.expect("it ends") == data, "{sizes:?}");
            }
            assert_eq!(counters.path_up.get(), DataPath::Tee);
        }
    }
}
