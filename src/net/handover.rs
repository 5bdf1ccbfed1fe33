//! Handovers: bytes that are given to work which takes its time, for whoever sends them by polling.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

/// How much is handed over at a time, in bytes.
pub const ROOM: usize = 64 * 1024;

/// What is being written, one piece after the other.
#[derive(Debug)]
pub struct Handover<W>(Option<(Bytes, W)>);

impl<W> Default for Handover<W> {
    fn default() -> Self {
        Self(None)
    }
}

impl<W: Future<Output = io::Result<()>> + Unpin> Handover<W> {
    /// Has `begin` write a prefix of `data`, waits for that, and says how many bytes it was. What was begun for somebody
    /// who has given up waiting is written first.
    pub fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        data: &[u8],
        begin: impl Fn(Bytes) -> W,
    ) -> Poll<io::Result<usize>> {
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        loop {
            let (bytes, _) = self.0.get_or_insert_with(|| {
                let bytes = Bytes::copy_from_slice(&data[..data.len().min(ROOM)]);
                (bytes.clone(), begin(bytes))
            });
            let ours = data.starts_with(bytes).then_some(bytes.len());
            ready!(self.poll_written(cx))?;
            if let Some(count) = ours {
                return Poll::Ready(Ok(count));
            }
        }
    }

    /// Waits until what was begun is written.
    pub fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((_, work)) = &mut self.0 else { return Poll::Ready(Ok(())) };
        let written = ready!(Pin::new(work).poll(cx));
        self.0 = None;
        Poll::Ready(written)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::{Ready, ready};
    use std::task::Waker;

    use super::*;

    /// Work that is pending once.
    struct Late(bool, Ready<io::Result<()>>);

    impl Future for Late {
        type Output = io::Result<()>;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            if std::mem::take(&mut self.0) {
                return Poll::Pending;
            }
            Pin::new(&mut self.1).poll(cx)
        }
    }

    #[test]
    fn what_somebody_gave_up_is_not_taken_for_what_comes_next() {
        let mut cx = Context::from_waker(Waker::noop());
        let written = RefCell::new(Vec::new());
        let begin = |bytes: Bytes| {
            written.borrow_mut().push(bytes);
            Late(true, ready(Ok(())))
        };
        let mut handover = Handover::default();
        assert!(handover.poll_send(&mut cx, b"given up", begin).is_pending());
        assert!(handover.poll_send(&mut cx, b"next", begin).is_pending());
        assert!(matches!(handover.poll_send(&mut cx, b"next", begin), Poll::Ready(Ok(4))));
        assert_eq!(*written.borrow(), ["given up", "next"]);
    }
}
