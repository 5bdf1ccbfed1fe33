//! Buffers: taken when something may come, given back when nothing did, so that an idle connection holds none.

use std::cell::RefCell;

use bytes::BytesMut;

/// What a connection reads with at first, and one with small messages always.
pub(in crate::net) const SMALL: usize = 16 * 1024;
/// What a connection reads with once it fills its buffers.
pub(in crate::net) const LARGE: usize = 256 * 1024;

/// How many of each size a thread keeps.
const KEPT: usize = 8;

thread_local! {
    static SMALLS: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
    static LARGES: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer with room for `size` bytes.
pub(in crate::net) fn take(size: usize) -> BytesMut {
    let kept = if size == LARGE { &LARGES } else { &SMALLS };
    kept.with_borrow_mut(Vec::pop).unwrap_or_else(|| BytesMut::with_capacity(size))
}

/// Keeps the buffer for the next one who asks, if it is all ours and of a usual size.
pub(in crate::net) fn give(mut buffer: BytesMut) {
    buffer.clear();
    let kept = match buffer.capacity() {
        SMALL..LARGE => &SMALLS,
        LARGE.. => &LARGES,
        // Shared with an event or split: the rest may come back when the others have gone.
        _ if buffer.try_reclaim(SMALL) => &SMALLS,
        _ => return,
    };
    kept.with_borrow_mut(|kept| {
        if kept.len() < KEPT {
            kept.push(buffer);
        }
    });
}
