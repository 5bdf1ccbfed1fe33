//! Mailboxes: the datagrams that wait for one peer's reader.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::task::Waker;

use bytes::BytesMut;

/// How many buffers for queues a thread keeps, and how large ones.
const SPARES: usize = 8;
const SPARE_BYTES: usize = 256 * 1024;

thread_local! {
    /// Buffers of queues that are empty now.
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// The datagrams that wait for one peer's reader.
#[derive(Default)]
pub(super) struct Mailbox(pub(super) Mutex<Letters>);

#[derive(Default)]
pub(super) struct Letters {
    /// The datagrams' bytes, one after the other; a buffer is held only while there are some.
    pub(super) bytes: Vec<u8>,
    /// Where the first datagram begins.
    pub(super) start: usize,
    pub(super) lengths: VecDeque<usize>,
    pub(super) accepted: bool,
    pub(super) ended: bool,
    pub(super) reader: Option<Waker>,
}

impl Letters {
    pub(super) fn waiting(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(super) fn push(&mut self, data: &[u8]) {
        if self.bytes.capacity() == 0 {
            self.bytes = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        } else if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..std::mem::take(&mut self.start));
        }
        self.bytes.extend_from_slice(data);
        self.lengths.push_back(data.len());
    }

    pub(super) fn pop(&mut self, into: &mut BytesMut) -> Option<usize> {
        let length = self.lengths.pop_front()?;
        into.extend_from_slice(&self.bytes[self.start..self.start + length]);
        self.start += length;
        if self.lengths.is_empty() {
            self.clear();
        }
        Some(length)
    }

    pub(super) fn clear(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        self.start = 0;
        self.lengths.clear();
        if (1..=SPARE_BYTES).contains(&bytes.capacity()) {
            bytes.clear();
            SPARE.with_borrow_mut(|spare| {
                if spare.len() < SPARES {
                    spare.push(bytes);
                }
            });
        }
    }
}
