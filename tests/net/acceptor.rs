//! Acceptors: limits, access lists, exhaustion.

use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll};

use sockshell::net::access::{Access, Network};
use sockshell::net::listener::{Accepted, Acceptor, Admission, Full};
use sockshell::net::transport::{Arrival, Listener};
use sockshell::net::{Connection, Endpoint};

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
