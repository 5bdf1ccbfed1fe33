//! Acceptors: limits, access lists, exhaustion.

use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use sockshell::net::access::{Access, Network};
use sockshell::net::listener::{Accepted, Acceptor, Admission, Full};
use sockshell::net::stage::Argument;
use sockshell::net::transport::{Arrival, ListenOptions, Listener};
use sockshell::net::{Connection, Endpoint, Host, Place};

use super::support::*;

async fn tcp(admission: Admission) -> (Acceptor, Folder) {
    let folder = Folder::new();
    (Acceptor::new(listen(named("tcp"), &folder).await, admission), folder)
}

async fn join(acceptor: &Acceptor) -> Connection {
    connect(named("tcp"), place_of(&acceptor.local()[0])).await
}

#[tokio::test]
async fn beyond_the_limit_peers_are_refused_and_a_free_place_is_given_again() {
    let (mut acceptor, _folder) = tcp(Admission { max: Some(1), ..Admission::default() }).await;
    let _first = join(&acceptor).await;
    let Accepted::Connection(connection, permit) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    let second = join(&acceptor).await;
    assert!(matches!(soon(acceptor.accept()).await.unwrap(), Accepted::Refused(_)));
    assert_eq!(read_all(&second).await.unwrap(), b"");
    drop((connection, permit));
    let _third = join(&acceptor).await;
    assert!(matches!(soon(acceptor.accept()).await.unwrap(), Accepted::Connection(_, Some(_))));
}

#[tokio::test]
async fn none_is_a_limit_too() {
    let (mut acceptor, _folder) = tcp(Admission { max: Some(0), ..Admission::default() }).await;
    let _client = join(&acceptor).await;
    assert!(matches!(soon(acceptor.accept()).await.unwrap(), Accepted::Refused(_)));
}

#[tokio::test]
async fn those_who_wait_come_in_order() {
    let (mut acceptor, _folder) = tcp(Admission { max: Some(1), full: Full::Wait, ..Admission::default() }).await;
    let first = join(&acceptor).await;
    let Accepted::Connection(connection, permit) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    assert_eq!(connection.peer(), first.local());
    let second = join(&acceptor).await;
    second.send(b"still here").await.unwrap();
    tokio::select! {
        biased;
        _ = acceptor.accept() => panic!("one place, two peers"),
        () = tokio::task::yield_now() => {}
    }
    drop((connection, permit));
    let Accepted::Connection(connection, _permit) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    assert_eq!(read_exactly(&connection, 10).await, b"still here");
}

#[tokio::test]
async fn the_access_list_is_asked() {
    let deny = Network::parse("127.0.0.1").await.unwrap();
    let access = Access { deny, ..Access::default() };
    let (mut acceptor, _folder) = tcp(Admission { access, ..Admission::default() }).await;
    let client = join(&acceptor).await;
    let Accepted::Denied(peer) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    assert_eq!(peer, client.local());
    assert_eq!(read_all(&client).await.unwrap(), b"");
}

/// Fails in a given order before it listens for ever.
struct Failing(VecDeque<io::Error>, Box<dyn Listener>);

impl Listener for Failing {
    fn local(&self) -> Vec<Endpoint> {
        self.1.local()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        match self.0.pop_front() {
            Some(error) => Poll::Ready(Err(error)),
            None => self.1.poll_accept(cx),
        }
    }
}

#[tokio::test]
async fn exhaustion_is_told_once_and_survived() {
    let folder = Folder::new();
    let too_many = || io::Error::from(rustix::io::Errno::MFILE);
    let errors = VecDeque::from([too_many(), too_many(), too_many()]);
    let listener = Box::new(Failing(errors, listen(named("tcp"), &folder).await));
    let mut acceptor = Acceptor::new(listener, Admission::default());
    let _client = join(&acceptor).await;
    assert!(matches!(soon(acceptor.accept()).await.unwrap(), Accepted::Exhausted(_)));
    assert!(matches!(soon(acceptor.accept()).await.unwrap(), Accepted::Connection(_, None)));
}

/// An acceptor whose peers say on whose behalf they connect.
async fn proxied(admission: Admission) -> (Acceptor, Folder) {
    let folder = Folder::new();
    let mut options = ListenOptions::default();
    options.settings.add("accept-proxy", Argument::Boolean(true));
    let listener = named("tcp").listen(Place::Inet(Host::Loopback, 0), options).await.unwrap();
    (Acceptor::new(listener, admission), folder)
}

#[tokio::test]
async fn the_client_of_a_proxy_is_the_peer_and_what_follows_the_header_is_left() {
    let (mut acceptor, _folder) = proxied(Admission::default()).await;
    let header = [
        &b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\n"[..],
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\x04\xd2\0\x50",
    ];
    for header in header {
        for step in [header.len() + 4, 1, 13] {
            let proxy = join(&acceptor).await;
            let bytes = [header, b"\nrest"].concat();
            let (sender, pieces) = (proxy.clone(), bytes.clone());
            let sending = tokio::spawn(async move {
                for piece in pieces.chunks(step) {
                    sender.send(piece).await.unwrap();
                }
            });
            let Accepted::Connection(connection, _) = soon(acceptor.accept()).await.unwrap() else { panic!("{step}") };
            assert_eq!(connection.peer().to_string(), "192.0.2.1:1234");
            assert_eq!(connection.destination().to_string(), "192.0.2.2:80");
            assert_eq!(connection.local(), proxy.peer());
            assert_eq!(read_exactly(&connection, 5).await, b"\nrest");
            sending.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_proxy_that_speaks_for_itself_is_the_peer() {
    let (mut acceptor, _folder) = proxied(Admission::default()).await;
    for header in [&b"PROXY UNKNOWN\r\n"[..], b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"] {
        let proxy = join(&acceptor).await;
        proxy.send(header).await.unwrap();
        let Accepted::Connection(connection, _) = soon(acceptor.accept()).await.unwrap() else { panic!() };
        assert_eq!((connection.peer(), connection.destination()), (proxy.local(), proxy.peer()));
    }
}

#[tokio::test]
async fn who_is_silent_keeps_nobody_from_coming_in_and_is_closed_in_time() {
    let (mut acceptor, _folder) =
        proxied(Admission { patience: Some(Duration::from_millis(300)), ..Admission::default() }).await;
    let silent = join(&acceptor).await;
    let proxy = join(&acceptor).await;
    proxy.send(b"PROXY TCP6 2001:db8::1 2001:db8::2 5 6\r\n").await.unwrap();
    let Accepted::Connection(connection, _) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    assert_eq!(connection.peer().to_string(), "[2001:db8::1]:5");
    let Accepted::Failed(peer, error) = soon(acceptor.accept()).await.unwrap() else { panic!() };
    assert_eq!((peer, error.reason.as_str()), (silent.local(), "the handshake did not end within 300 ms (timed out)"));
    assert_eq!(read_all(&silent).await.unwrap(), b"");
}

#[tokio::test]
async fn who_says_nothing_right_is_closed_and_gives_its_place_back() {
    let (mut acceptor, _folder) = proxied(Admission { max: Some(1), ..Admission::default() }).await;
    for (says, reason) in [
        (&b"GET / HTTP/1.0\r\n\r\n"[..], "this begins with `GET / HTTP/1.0\\r\\n`"),
        (b"PROXY TCP4 1.2.3.4", "the connection ended inside the PROXY header"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", "more than 4112 bytes"),
        (b"", "the connection ended before a PROXY header"),
    ] {
        let proxy = join(&acceptor).await;
        proxy.send(says).await.unwrap();
        proxy.finish().await.unwrap();
        let Accepted::Failed(peer, error) = soon(acceptor.accept()).await.unwrap() else { panic!("{reason}") };
        assert_eq!(peer, proxy.local());
        assert!(error.reason.contains(reason), "{}", error.reason);
    }
    let proxy = join(&acceptor).await;
    proxy.send(b"PROXY UNKNOWN\r\n").await.unwrap();
    assert!(matches!(soon(acceptor.accept()).await.unwrap(), Accepted::Connection(_, Some(_))));
}

#[tokio::test]
async fn the_access_list_is_about_the_proxy() {
    let deny = Network::parse("192.0.2.0/24").await.unwrap();
    let access = Access { deny, ..Access::default() };
    let (mut acceptor, _folder) = proxied(Admission { access, ..Admission::default() }).await;
    join(&acceptor).await.send(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n").await.unwrap();
    assert!(matches!(soon(acceptor.accept()).await.unwrap(), Accepted::Connection(..)));
}
