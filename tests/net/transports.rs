//! What holds for every transport, so that a new one is tested without a line of its own; then what is one's own.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::task::Poll;

use bytes::BytesMut;
use sockshell::net::transport::{self, ConnectOptions, Family, ListenOptions, Places, Transport};
use sockshell::net::{Connection, Endpoint, Framing, Host, MessageKind, NetError, Place, Received};

use super::support::*;

/// Those that can be listened on, by whoever likes, as far as this system has them.
fn listening() -> impl Iterator<Item = &'static dyn Transport> {
    transport::all().iter().copied().filter(|transport| match transport.places() {
        Places::Standard => false,
        Places::Machines => is_a_machine(),
        _ => transport.listens(),
    })
}

fn of(framing: Framing) -> impl Iterator<Item = &'static dyn Transport> {
    listening().filter(move |transport| transport.framing() == framing)
}

/// Those whose conversations begin and end, in a stream or in messages.
fn connected() -> impl Iterator<Item = &'static dyn Transport> {
    listening().filter(|transport| transport.framing() != Framing::Datagram)
}

/// Sends everything, finishes, and receives everything at the same time.
async fn exchange(connection: &Connection, data: Vec<u8>) -> Vec<u8> {
    let sender = Arc::clone(connection);
    let sending = tokio::spawn(async move {
        sender.send(&data).await.unwrap();
        sender.finish().await.unwrap();
    });
    let received = read_all(connection).await.unwrap();
    soon(sending).await.unwrap();
    received
}

#[tokio::test]
async fn streams_echo_everything_before_and_after_half_close() {
    for transport in of(Framing::Stream) {
        let folder = Folder::new();
        let server = Server::start(transport, &folder, &[call("echo", vec![])]).await;
        for length in [0, 1, 70_000, 4 * 1024 * 1024] {
            let client = connect(transport, server.place.clone()).await;
            let data = noise(length);
            assert!(exchange(&client, data.clone()).await == data, "{} {length}", transport.name());
        }
    }
}

#[tokio::test]
async fn connections_tell_both_ends() {
    for transport in connected() {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let (client, server) = pair(transport, &mut *listener).await;
        assert_eq!(client.peer(), listener.local()[0]);
        assert_eq!(client.peer(), server.local());
        assert_eq!(client.local(), server.peer());
    }
}

#[tokio::test]
async fn streams_answer_after_the_peer_has_finished() {
    for transport in of(Framing::Stream) {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let (client, server) = pair(transport, &mut *listener).await;
        client.send(b"hi\n").await.unwrap();
        client.finish().await.unwrap();
        assert_eq!(read_all(&server).await.unwrap(), b"hi\n");
        server.send(b"late:hi\n").await.unwrap();
        drop(server);
        assert_eq!(read_all(&client).await.unwrap(), b"late:hi\n");
    }
}

#[tokio::test]
async fn connections_hold_the_sender_back_while_nobody_reads() {
    for transport in connected() {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let (client, server) = pair(transport, &mut *listener).await;
        let data = noise(64 * 1024);
        let mut sent = 0;
        while let Poll::Ready(count) = std::future::poll_fn(|cx| Poll::Ready(client.poll_send(cx, &data))).await {
            sent += count.unwrap();
            assert!(sent < 256 * 1024 * 1024, "{} takes everything", transport.name());
            tokio::task::yield_now().await;
        }
        let mut received = BytesMut::new();
        while received.len() < sent {
            soon(server.receive(&mut received)).await.unwrap();
        }
        client.send(b"more").await.unwrap();
        assert_eq!(read_exactly(&server, 4).await, b"more");
    }
}

#[tokio::test]
async fn connections_tell_a_reset_from_an_end() {
    for transport in connected() {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let (client, server) = pair(transport, &mut *listener).await;
        // Unread bytes make a Unix stream's close a reset, too.
        client.send(b"unread").await.unwrap();
        server.reset().unwrap();
        drop(server);
        assert_eq!(read_all(&client).await.unwrap_err().kind(), ErrorKind::ConnectionReset, "{}", transport.name());
    }
}

#[tokio::test]
async fn connections_refuse_where_nobody_listens() {
    for transport in connected() {
        let folder = Folder::new();
        let listener = listen(transport, &folder).await;
        let place = place_of(&listener.local()[0]);
        drop(listener);
        let refused = transport.connect(place, ConnectOptions::default()).await.err().unwrap();
        assert!(matches!(&refused, NetError::Connect { attempts, .. } if attempts.len() == 1), "{refused}");
    }
}

#[tokio::test]
async fn a_place_is_listened_at_once() {
    for transport in listening() {
        let folder = Folder::new();
        let listener = listen(transport, &folder).await;
        let place = match &listener.local()[0] {
            Endpoint::Inet(address) => Place::Inet(Host::Loopback, address.port()),
            other => place_of(other),
        };
        let taken = transport.listen(place.clone(), ListenOptions::default()).await.err().unwrap();
        assert!(matches!(&taken, NetError::Bind { error, .. } if error.kind() == ErrorKind::AddrInUse), "{taken}");
        drop(listener);
        transport.listen(place, ListenOptions::default()).await.unwrap();
    }
}

#[tokio::test]
async fn datagrams_keep_their_boundaries_and_their_peers() {
    for transport in of(Framing::Datagram) {
        let folder = Folder::new();
        let server = Server::start(transport, &folder, &[call("echo", vec![])]).await;
        let (a, b) = (connect(transport, server.place.clone()).await, connect(transport, server.place.clone()).await);
        for (client, data) in [(&a, "A1"), (&b, "B1"), (&b, "B2"), (&a, "A2")] {
            client.send(data.as_bytes()).await.unwrap();
        }
        for (client, data) in [(&a, "A1"), (&a, "A2"), (&b, "B1"), (&b, "B2")] {
            assert_eq!(read_datagram(client).await, data.as_bytes(), "{}", transport.name());
        }
        for data in [vec![], noise(65_507), vec![0]] {
            a.send(&data).await.unwrap();
            assert!(read_datagram(&a).await == data, "{} {}", transport.name(), data.len());
        }
    }
}

#[tokio::test]
async fn messages_keep_their_boundaries_their_kinds_and_their_order() {
    for transport in of(Framing::Message) {
        let folder = Folder::new();
        let server = Server::start(transport, &folder, &[call("echo", vec![])]).await;
        let client = connect(transport, server.place.clone()).await;
        // The system bounds what goes through a socket file in one piece by the sender's buffer.
        let most = if transport.places() == Places::Sockets { 65_536 } else { 4 * 1024 * 1024 };
        for length in [0, 1, 125, 126, 65_535, 65_536, most] {
            let messages: Vec<_> = [MessageKind::Binary, MessageKind::Text]
                .map(|kind| (kind, if kind == MessageKind::Text { vec![b't'; length] } else { noise(length) }))
                .into();
            let sender = Arc::clone(&client);
            let sent = messages.clone();
            let sending = tokio::spawn(async move {
                for (kind, data) in &sent {
                    sender.send_as(data, Some(*kind)).await.unwrap();
                }
            });
            for (kind, data) in &messages {
                assert!(read_datagram(&client).await == *data, "{} {length}", transport.name());
                assert!(client.received_kind().is_none_or(|came| came == *kind), "{} {length}", transport.name());
            }
            soon(sending).await.unwrap();
        }
    }
}

#[tokio::test]
async fn messages_end_in_order() {
    for transport in of(Framing::Message) {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let (client, server) = pair(transport, &mut *listener).await;
        client.send(b"last").await.unwrap();
        client.finish().await.unwrap();
        assert_eq!(read_datagram(&server).await, b"last");
        let mut received = BytesMut::new();
        assert_eq!(soon(server.receive(&mut received)).await.unwrap(), Received::End);
        assert_eq!(soon(server.receive(&mut received)).await.unwrap(), Received::End);
        drop(server);
        assert_eq!(soon(client.receive(&mut received)).await.unwrap(), Received::End);
    }
}

#[tokio::test]
async fn a_datagram_peer_is_one_connection_until_it_is_dropped() {
    for transport in of(Framing::Datagram) {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let client = connect(transport, place_of(&listener.local()[0])).await;
        client.send(b"one").await.unwrap();
        let first = accept(&mut *listener).await;
        assert_eq!(first.peer(), client.local());
        client.send(b"two").await.unwrap();
        assert_eq!(read_datagram(&first).await, b"one");
        assert_eq!(read_datagram(&first).await, b"two");
        drop(first);
        client.send(b"three").await.unwrap();
        let second = accept(&mut *listener).await;
        assert_eq!(read_datagram(&second).await, b"three");
    }
}

#[tokio::test]
async fn datagrams_go_to_somebody_else_when_asked() {
    for transport in of(Framing::Datagram) {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let place = place_of(&listener.local()[0]);
        let (a, b) = (connect(transport, place.clone()).await, connect(transport, place).await);
        a.send(b"hello").await.unwrap();
        let server = accept(&mut *listener).await;
        server.send_to(b"to b", &b.local()).await.unwrap();
        assert_eq!(read_datagram(&b).await, b"to b");
    }
}

#[tokio::test]
async fn what_only_connects_says_so() {
    for transport in transport::all().iter().filter(|transport| !transport.listens()) {
        let place = Place::Inet(Host::Loopback, 0);
        let refused = transport.listen(place.clone(), ListenOptions::default()).await.err().unwrap();
        assert_eq!(refused.to_string(), format!("`{}` only connects: nobody comes to it", transport.name()));
        let wrong = transport.connect(place, ConnectOptions::default()).await.err().unwrap();
        assert!(matches!(&wrong, NetError::Unsupported(_)), "{wrong}");
    }
}

#[tokio::test]
async fn every_interface_is_listened_at_over_both_families() {
    for transport in ["tcp", "udp"].map(named) {
        let mut listener = transport.listen(Place::Inet(Host::Any, 0), ListenOptions::default()).await.unwrap();
        let port = listener.local()[0].port().unwrap();
        for endpoint in listener.local() {
            let ip = if endpoint.host() == "0.0.0.0" { "127.0.0.1" } else { "::1" };
            let client = connect(transport, Place::Inet(Host::Ip(ip.parse().unwrap()), port)).await;
            client.send(b"x").await.unwrap();
            let server = accept(&mut *listener).await;
            assert_eq!(server.peer(), client.local());
            server.send(b"y").await.unwrap();
            let mut answer = BytesMut::new();
            soon(client.receive(&mut answer)).await.unwrap();
            assert_eq!(answer, "y");
        }
    }
}

#[tokio::test]
async fn a_datagram_peer_that_does_not_read_holds_the_socket_back_and_loses_nothing_accepted() {
    for transport in of(Framing::Datagram).filter(|transport| transport.name() == "unixgram") {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let client = connect(transport, place_of(&listener.local()[0])).await;
        client.send(b"first").await.unwrap();
        let server = accept(&mut *listener).await;
        let sender = Arc::clone(&client);
        let sending = tokio::spawn(async move {
            for index in 0..2000_u32 {
                sender.send(&index.to_le_bytes()).await.unwrap();
            }
        });
        tokio::task::yield_now().await;
        assert_eq!(read_datagram(&server).await, b"first");
        for index in 0..2000_u32 {
            assert_eq!(read_datagram(&server).await, index.to_le_bytes());
        }
        soon(sending).await.unwrap();
    }
}

#[tokio::test]
async fn a_burst_of_datagrams_is_answered_whole_and_in_order() {
    let (udp, folder) = (named("udp"), Folder::new());
    let server = Server::start(udp, &folder, &[call("echo", vec![])]).await;
    let clients = [connect(udp, server.place.clone()).await, connect(udp, server.place.clone()).await];
    // The first burst comes from peers that are not accepted yet; some datagrams are too long to wait for others.
    for round in 0..3 {
        let burst: Vec<Vec<u8>> =
            (0..60).map(|index| noise(if index % 20 == 7 { 20_000 } else { 7 * index })).collect();
        for data in &burst {
            clients[0].send(data).await.unwrap();
            clients[1].send(&data[..data.len() / 16]).await.unwrap();
        }
        for data in &burst {
            assert!(read_datagram(&clients[0]).await == *data, "round {round}");
            assert!(read_datagram(&clients[1]).await == data[..data.len() / 16], "round {round}");
        }
    }
}

#[tokio::test]
async fn a_listener_without_address_is_reached_over_both_families_and_one_over_its_own() {
    for transport in listening().filter(|transport| transport.places() == Places::Inet) {
        for family in [Family::Both, Family::V4, Family::V6] {
            let options = ListenOptions { family, ..ListenOptions::default() };
            let Ok(listener) = transport.listen(Place::Inet(Host::Loopback, 0), options).await else {
                assert_eq!(family, Family::V6, "a machine may lack IPv6 only");
                continue;
            };
            let local = listener.local();
            let ports: Vec<_> = local.iter().map(Endpoint::port).collect();
            assert!(ports.iter().all(|port| *port == ports[0] && *port != Some(0)));
            let families: Vec<bool> =
                local.iter().map(|endpoint| matches!(endpoint, Endpoint::Inet(address) if address.is_ipv4())).collect();
            match family {
                Family::Both => assert!(families[0]),
                Family::V4 => assert_eq!(families, [true]),
                Family::V6 => assert_eq!(families, [false]),
            }
        }
    }
}

#[tokio::test]
async fn udp_tells_a_refusal_once_and_goes_on() {
    let (udp, folder) = (named("udp"), Folder::new());
    let listener = listen(udp, &folder).await;
    let place = place_of(&listener.local()[0]);
    drop(listener);
    let client = connect(udp, place.clone()).await;
    client.send(b"anybody?").await.unwrap();
    let mut received = BytesMut::new();
    let refused = soon(client.receive(&mut received)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let mut listener = udp.listen(place, ListenOptions::default()).await.unwrap();
    client.send(b"now?").await.unwrap();
    let server = accept(&mut *listener).await;
    assert_eq!(read_datagram(&server).await, b"now?");
    server.send(b"yes").await.unwrap();
    assert_eq!(read_datagram(&client).await, b"yes");
}

#[tokio::test]
async fn the_source_is_as_asked() {
    for transport in ["tcp", "udp"].map(named) {
        let folder = Folder::new();
        let mut listener = listen(transport, &folder).await;
        let spare = listen(transport, &folder).await.local()[0].port().unwrap();
        let from = Some(format!("127.0.0.1:{spare}").parse().unwrap());
        let options = ConnectOptions { from, ..ConnectOptions::default() };
        let place = Place::Inet(Host::Loopback, listener.local()[0].port().unwrap());
        let client = transport.connect(place, options).await.unwrap();
        client.send(b"x").await.unwrap();
        assert_eq!(accept(&mut *listener).await.peer().port(), Some(spare));
    }
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_said_by_name() {
    let place = Place::Inet(Host::Name("nowhere.invalid".into()), 80);
    let error = named("tcp").connect(place, ConnectOptions::default()).await.err().unwrap();
    assert!(matches!(&error, NetError::Resolve { host, .. } if host == "nowhere.invalid"), "{error}");
}

#[tokio::test]
async fn all_addresses_are_tried_and_told() {
    let folder = Folder::new();
    let listener = listen(named("tcp"), &folder).await;
    let port = listener.local()[0].port().unwrap();
    let both = listener.local().len();
    drop(listener);
    let error = named("tcp").connect(Place::Inet(Host::Loopback, port), ConnectOptions::default()).await;
    let error = error.err().unwrap();
    assert!(matches!(&error, NetError::Connect { attempts, .. } if attempts.len() == 2), "{error}");
    if both == 2 {
        assert_eq!(error.to_string(), format!("connection refused by tcp 127.0.0.1:{port}"));
    }
    let options = ListenOptions { family: Family::V6, ..ListenOptions::default() };
    if let Ok(mut six) = named("tcp").listen(Place::Inet(Host::Loopback, 0), options).await {
        let port = six.local()[0].port().unwrap();
        let client = connect(named("tcp"), Place::Inet(Host::Loopback, port)).await;
        assert_eq!(client.peer().host(), IpAddr::V6(Ipv6Addr::LOCALHOST).to_string());
        accept(&mut *six).await;
    }
}

#[tokio::test]
async fn socket_files_go_with_their_listener_and_stale_ones_are_taken_over() {
    for transport in ["unix", "unixgram"].map(named) {
        let folder = Folder::new();
        let path = folder.join("sock");
        let place = Place::Path(path.clone());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        if transport.name() == "unixgram" {
            std::fs::remove_file(&path).unwrap();
            drop(std::os::unix::net::UnixDatagram::bind(&path).unwrap());
        }
        let listener = transport.listen(place.clone(), ListenOptions::default()).await.unwrap();
        drop(listener);
        assert!(!path.exists());
        std::fs::write(&path, "precious").unwrap();
        assert!(transport.listen(place, ListenOptions::default()).await.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn abstract_names_carry_both_kinds() {
    for transport in ["unix", "unixgram"].map(named) {
        let name = format!("nsh-test-{}-{}", std::process::id(), transport.name()).into_bytes();
        let place = Place::Abstract(name.clone());
        let mut listener = transport.listen(place.clone(), ListenOptions::default()).await.unwrap();
        assert_eq!(listener.local(), [Endpoint::Abstract(name)]);
        let client = connect(transport, place).await;
        client.send(b"hi").await.unwrap();
        let server = accept(&mut *listener).await;
        let mut received = BytesMut::new();
        assert_ne!(soon(server.receive(&mut received)).await.unwrap(), Received::End);
        server.send(&received).await.unwrap();
        let mut back = BytesMut::new();
        soon(client.receive(&mut back)).await.unwrap();
        assert_eq!(back, "hi");
    }
}

#[tokio::test]
async fn a_unix_datagram_client_is_seen_as_its_path() {
    let (transport, folder) = (named("unixgram"), Folder::new());
    let mut listener = listen(transport, &folder).await;
    let mine = folder.join("me");
    let options = ConnectOptions { from_path: Some(mine.clone()), ..ConnectOptions::default() };
    let client = transport.connect(place_of(&listener.local()[0]), options).await.unwrap();
    client.send(b"abc\n").await.unwrap();
    let server = accept(&mut *listener).await;
    assert_eq!(server.peer(), Endpoint::Path(mine.clone()));
    drop(client);
    assert!(!mine.exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn udp_keeps_the_boundaries_of_what_comes_in_one_piece() {
    use std::io::IoSlice;
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrIn, sendmsg};

    let udp = transport::find("udp").unwrap();
    let mut listener = udp.listen(Place::Inet(Host::Loopback, 0), ListenOptions::default()).await.unwrap();
    let Endpoint::Inet(std::net::SocketAddr::V4(to)) = listener.local()[0].clone() else { panic!("an IPv4 address") };
    let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut sent: Vec<Vec<u8>> = Vec::new();
    for (length, size) in [(6313, 700), (1, 0), (0, 0), (64_000, 1000), (40, 10), (200, 0), (64, 1), (1401, 1400)] {
        let data = noise(length);
        if size == 0 {
            sender.send_to(&data, to).unwrap();
            sent.push(data);
            continue;
        }
        let segment = u16::try_from(size).unwrap();
        let control = [ControlMessage::UdpGsoSegments(&segment)];
        let address = SockaddrIn::from(to);
        sendmsg(sender.as_raw_fd(), &[IoSlice::new(&data)], &control, MsgFlags::empty(), Some(&address)).unwrap();
        sent.extend(data.chunks(size).map(<[u8]>::to_vec));
    }
    let connection = accept(&mut *listener).await;
    for (index, expected) in sent.iter().enumerate() {
        let mut datagram = BytesMut::new();
        let received = soon(connection.receive(&mut datagram)).await.unwrap();
        assert_eq!(received, Received::Datagram(expected.len()), "datagram {index}");
        assert!(datagram == expected[..], "datagram {index}");
    }
}
