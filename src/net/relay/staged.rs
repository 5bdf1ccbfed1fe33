//! The way back from a target where stages stand on it.

use std::io::{self, ErrorKind};

use tokio::sync::{Mutex, watch};

use super::down::LAST_WORDS;
use super::outlet::Outlet;
use crate::net::flow::Sink;
use crate::net::socket::{Connection, Framing};
use crate::net::stage::Chain;

/// Moves what comes from the target through `chain` to the client, until the target has finished, is cut or is lost.
/// An error is the client's.
pub(super) async fn down(
    client: &Mutex<&Sink>,
    outlet: &Outlet<'_>,
    peer: Connection,
    chain: Chain,
    mut client_finished: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut source = client.lock().await.opposite(peer, chain);
    if client.lock().await.framing() == Framing::Datagram {
        source.in_small_pieces();
    }
    let datagrams = source.framing() == Framing::Datagram;
    loop {
        let silence = async {
            let _ = client_finished.wait_for(|finished| *finished).await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let piece = tokio::select! {
            piece = source.next() => piece,
            () = silence, if datagrams => return Ok(()),
        };
        match piece {
            Ok(Some(piece)) => {
                outlet.note_received(piece.len());
                client.lock().await.send_as(&piece, Some(source.kind())).await?;
                source.recycle(piece);
            }
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {
                // A stage resets both ends.
                client.lock().await.reset();
                return Err(error);
            }
            Err(error) => {
                outlet.lose(&error);
                return Ok(());
            }
        }
    }
}
