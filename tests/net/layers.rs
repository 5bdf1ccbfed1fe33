//! Layers: handshakes beside each other, and streams on top of connections, by a layer made for the purpose.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use sockshell::net::io::ByteStream;
use sockshell::net::listener::{Accepted, Acceptor, Admission};
use sockshell::net::transport::{
    BoxFuture, ConnectOptions, Handshake, HandshakeError, Layer, ListenOptions, Setting, Shaken, Transport, Wrapped,
};
use sockshell::net::{Connection, Fact, NetError, Place, Received};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::*;

/// Each side sends a word and waits for the same word.
struct Polite;

struct Word(&'static str);

impl Handshake for Word {
    fn run(&self, below: Connection) -> BoxFuture<'static, Shaken> {
        let word = self.0;
        Box::pin(async move {
            let mut stream = ByteStream::new(Arc::clone(&below));
            stream.write_all(word.as_bytes()).await?;
            let mut heard = vec![0; word.len()];
            stream.read_exact(&mut heard).await?;
            if heard != word.as_bytes() {
                return Err(HandshakeError::new(format!("it said {}", heard.escape_ascii())));
            }
            let facts = vec![Fact::quiet("word", word)];
            Ok(Arc::new(Wrapped::new(stream, below, facts, |error| error)) as Connection)
        })
    }
}

impl Layer for Polite {
    fn name(&self) -> &'static str {
        "polite"
    }

    fn summary(&self) -> &'static str {
        "a word before everything else"
    }

    fn settings(&self) -> &'static [Setting] {
        &[]
    }

    fn below(&self) -> &'static dyn Transport {
        named("tcp")
    }

    fn server<'a>(&'a self, _: &'a Place, _: &'a ListenOptions) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>> {
        Box::pin(async { Ok(Arc::new(Word("hello")) as Arc<dyn Handshake>) })
    }

    fn client<'a>(
        &'a self,
        _: &'a Place,
        _: &'a ConnectOptions,
    ) -> BoxFuture<'a, Result<Arc<dyn Handshake>, NetError>> {
        Box::pin(async { Ok(Arc::new(Word("hello")) as Arc<dyn Handshake>) })
    }
}

async fn acceptor(admission: Admission) -> (Acceptor, Place) {
    let listener = listen(&Polite, &Folder::new()).await;
    let place = place_of(&listener.local()[0]);
    (Acceptor::new(listener, admission), place)
}

#[tokio::test]
async fn a_stalled_handshake_blocks_nobody() {
    let (mut acceptor, place) = acceptor(Admission::default()).await;
    let stalled = connect(named("tcp"), place.clone()).await;
    let (accepted, client) = tokio::join!(soon(acceptor.accept()), connect(&Polite, place));
    let Accepted::Connection(server, None) = accepted.unwrap() else { panic!("the stalled one is not told") };
    assert_eq!(server.peer(), client.local());
    assert_eq!(Fact::find(server.facts(), "word").unwrap().value, "hello");
    drop(stalled);
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_told() {
    let patience = Some(Duration::from_millis(50));
    let (mut acceptor, place) = acceptor(Admission { patience, ..Admission::default() }).await;
    let stalled = connect(named("tcp"), place).await;
    let Accepted::Failed(peer, error) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    assert_eq!((peer, error.kind), (stalled.local(), ErrorKind::TimedOut));
    assert_eq!(read_all(&stalled).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_handshake_that_fails_is_told_once_and_gives_its_place_back() {
    let (mut acceptor, place) = acceptor(Admission { max: Some(1), ..Admission::default() }).await;
    let rude = connect(named("tcp"), place.clone()).await;
    rude.send(b"GET /").await.unwrap();
    let Accepted::Failed(peer, error) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    assert_eq!((peer, error.to_string()), (rude.local(), "it said GET /".to_owned()));
    let gone = connect(named("tcp"), place.clone()).await;
    drop(gone);
    let Accepted::Failed(..) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    let (accepted, _client) = tokio::join!(soon(acceptor.accept()), connect(&Polite, place));
    assert!(matches!(accepted.unwrap(), Accepted::Connection(_, Some(_))));
}

#[tokio::test]
async fn who_is_denied_shakes_no_hands() {
    let deny = sockshell::net::access::Network::parse("127.0.0.1").await.unwrap();
    let access = sockshell::net::access::Access { deny, ..Default::default() };
    let (mut acceptor, place) = acceptor(Admission { access, ..Admission::default() }).await;
    let client = connect(named("tcp"), place).await;
    let Accepted::Denied(_) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    assert_eq!(read_all(&client).await.unwrap(), b"");
}

#[tokio::test]
async fn a_connect_gives_up_a_handshake_in_time_and_says_why() {
    let listener = listen(named("tcp"), &Folder::new()).await;
    let place = place_of(&listener.local()[0]);
    let options = ConnectOptions { timeout: Some(Duration::from_millis(50)), ..ConnectOptions::default() };
    let error = soon(Polite.connect(place, options)).await.err().unwrap();
    assert!(matches!(&error, NetError::Handshake { protocol: "polite", .. }), "{error}");
    assert!(error.to_string().ends_with("the handshake did not end within 50 ms (timed out)"), "{error}");
}

#[tokio::test]
async fn bulk_and_half_closes_pass_both_ways() {
    let folder = Folder::new();
    let mut listener = listen(&Polite, &folder).await;
    let (client, server) = pair(&Polite, &mut *listener).await;
    let data = noise(4 * 1024 * 1024);
    let sender = Arc::clone(&client);
    let sent = data.clone();
    let sending = tokio::spawn(async move {
        sender.send(&sent).await.unwrap();
        sender.finish().await.unwrap();
    });
    assert!(read_all(&server).await.unwrap() == data);
    soon(sending).await.unwrap();
    server.send(b"late").await.unwrap();
    drop(server);
    assert_eq!(read_all(&client).await.unwrap(), b"late");
}

/// A stream that keeps what it is given until it is flushed, as those do that encrypt.
struct Lazy {
    below: ByteStream,
    kept: BytesMut,
}

mod lazy {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use bytes::Buf;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::Lazy;

    impl AsyncRead for Lazy {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.below).poll_read(cx, buf)
        }
    }

    impl AsyncWrite for Lazy {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
            self.kept.extend_from_slice(data);
            Poll::Ready(Ok(data.len()))
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            let Lazy { below, kept } = &mut *self;
            while !kept.is_empty() {
                let count = ready!(Pin::new(&mut *below).poll_write(cx, kept))?;
                kept.advance(count);
            }
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            ready!(self.as_mut().poll_flush(cx))?;
            Pin::new(&mut self.below).poll_shutdown(cx)
        }
    }
}

/// A connection whose one end is lazy.
async fn lazy() -> (Connection, Connection) {
    let mut listener = listen(named("tcp"), &Folder::new()).await;
    let (client, server) = pair(named("tcp"), &mut *listener).await;
    let stream = Lazy { below: ByteStream::new(Arc::clone(&client)), kept: BytesMut::new() };
    (Arc::new(Wrapped::new(stream, client, Vec::new(), |error| error)), server)
}

#[tokio::test]
async fn what_was_sent_has_left() {
    let (client, server) = lazy().await;
    client.send(b"no flush follows").await.unwrap();
    assert_eq!(read_exactly(&server, 16).await, b"no flush follows");
}

#[tokio::test]
async fn a_send_that_was_given_up_does_not_swallow_the_next() {
    let (client, server) = lazy().await;
    let first = vec![b'a'; 64 * 1024 * 1024];
    tokio::select! {
        biased;
        _ = client.send(&first) => panic!("nobody reads that much"),
        () = async { for _ in 0..1000 { tokio::task::yield_now().await } } => {}
    }
    let next = vec![b'b'; 1024 * 1024];
    let (received, sent) = tokio::join!(read_all(&server), async {
        client.send(&next).await.unwrap();
        client.finish().await
    });
    sent.unwrap();
    let received = received.unwrap();
    let split = received.iter().position(|byte| *byte == b'b').unwrap();
    assert!(received[..split].iter().all(|byte| *byte == b'a'));
    assert!(received[split..] == next, "{} of {} came", received.len() - split, next.len());
}

#[tokio::test]
async fn a_reset_on_top_is_one_below() {
    let (client, server) = lazy().await;
    client.reset().unwrap();
    drop(client);
    let mut received = BytesMut::new();
    let outcome = soon(server.receive(&mut received)).await;
    assert_eq!(outcome.map_err(|error| error.kind()), Err::<Received, _>(ErrorKind::ConnectionReset));
}
