//! Looking around: names, ports and who holds them.

use std::time::Duration;

use sockshell::net::resolve::resolve;
use sockshell::net::scan::{State, scan};
use sockshell::net::transport::Family;

use super::support::*;

#[tokio::test]
async fn names_have_addresses() {
    let four = resolve("localhost", Family::V4).await.unwrap();
    assert_eq!(four, ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
    assert!(resolve("::1", Family::V4).await.is_err());
    let error = resolve("nowhere.invalid", Family::Both).await.unwrap_err();
    assert!(error.to_string().ends_with("`nowhere.invalid`"), "{error}");
}

#[tokio::test]
async fn a_scan_tells_open_from_closed_in_order() {
    let folder = Folder::new();
    let open = listen(named("tcp"), &folder).await;
    let closed = listen(named("tcp"), &folder).await.local()[0].port().unwrap();
    let open_port = open.local()[0].port().unwrap();
    let ports = [closed, open_port, closed, open_port, open_port];
    let states = scan("127.0.0.1", ports, Duration::from_secs(5), 2).await.unwrap();
    let of = |port| if port == open_port { State::Open } else { State::Closed };
    assert_eq!(states, ports.map(|port| (port, of(port))));
}

#[cfg(all(target_os = "linux", not(portable)))]
#[tokio::test]
async fn a_port_has_a_holder() {
    use sockshell::net::ports::{holders, listening};

    let folder = Folder::new();
    for transport in ["tcp", "udp"] {
        let listener = listen(named(transport), &folder).await;
        let port = listener.local()[0].port().unwrap();
        let found = holders(port).unwrap();
        let mine = found.iter().find(|holder| holder.protocol == transport && holder.local.starts_with("127.0.0.1:"));
        let mine = mine.unwrap();
        assert_eq!((mine.pid, mine.state.as_str()), (Some(std::process::id()), "listening"));
        assert!(mine.program.as_deref().is_some_and(|program| !program.is_empty()));
        assert!(listening().unwrap().contains(mine));
    }
}
