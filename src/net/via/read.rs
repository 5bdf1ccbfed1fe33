//! Reading answers: exactly their bytes and no more, so that what the target says at once is left for whoever asked.

use std::future::poll_fn;
use std::io::{self, ErrorKind};

use tokio::io::ReadBuf;

use crate::net::socket::Connection;

/// The next `N` bytes.
pub(super) async fn exactly<const N: usize>(connection: &Connection) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(connection, &mut bytes).await?;
    Ok(bytes)
}

/// Fills `into` with what comes next.
pub(super) async fn fill(connection: &Connection, into: &mut [u8]) -> io::Result<()> {
    let mut buffer = ReadBuf::new(into);
    while buffer.remaining() > 0 {
        let before = buffer.filled().len();
        poll_fn(|cx| connection.poll_read(cx, &mut buffer)).await?;
        if buffer.filled().len() == before {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
