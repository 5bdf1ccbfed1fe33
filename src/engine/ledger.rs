//! The ledger of a web server: the requests that came and that no `expect request` has taken.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::exchange::{Exchange, Kind};
use super::lock;

/// How many requests are kept; those before them are forgotten.
const MOST: usize = 256;
/// How many bytes of content they may hold together.
const MOST_CONTENT: usize = 4 << 20;

/// The requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    requests: Mutex<VecDeque<Arc<Exchange>>>,
    arrived: Notify,
}

impl Ledger {
    /// Adds a request.
    pub(super) fn add(&self, request: Exchange) {
        let mut requests = lock(&self.requests);
        requests.push_back(Arc::new(request));
        let mut content: usize = requests.iter().map(|request| length(request)).sum();
        while requests.len() > MOST || (content > MOST_CONTENT && requests.len() > 1) {
            content -= requests.pop_front().map_or(0, |request| length(&request));
        }
        drop(requests);
        self.arrived.notify_waiters();
    }

    /// Waits for a request in which `look` finds what it seeks, and takes it and those before it.
    pub(super) async fn take<T>(&self, look: impl Fn(&Exchange) -> Option<T>) -> (Arc<Exchange>, T) {
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            arrived.as_mut().enable();
            if let Some(found) = self.take_now(&look) {
                return found;
            }
            arrived.await;
        }
    }

    fn take_now<T>(&self, look: impl Fn(&Exchange) -> Option<T>) -> Option<(Arc<Exchange>, T)> {
        let mut requests = lock(&self.requests);
        let (at, found) = requests.iter().enumerate().find_map(|(at, request)| Some((at, look(request)?)))?;
        let request = requests.drain(..=at).next_back()?;
        Some((request, found))
    }

    /// The first lines of those that are kept, oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        lock(&self.requests).iter().map(|request| request.head.line.clone()).collect()
    }
}

fn length(request: &Exchange) -> usize {
    match &request.kind {
        Kind::Request { content, .. } => content.len(),
        Kind::Answer(_) => 0,
    }
}
