//! Reading headers: exactly their bytes and no more, so that what follows is left for whoever serves the connection.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use rustix::net::{RecvFlags, recv};

use super::behalf::OnBehalf;
use super::{LOCAL, PROXY, SIGNATURE, TCP4, TCP6, UNIX, WORD};
use crate::net::address::Endpoint;
use crate::net::error::describe;
use crate::net::socket::Connection;

/// The longest line of text, its ending included (section 2.1).
const LONGEST_LINE: usize = 107;
/// What a binary header has before its addresses (section 2.2).
const FIXED: usize = 16;
/// The most that may follow: addresses, and what else the proxy tells, which nobody here reads.
const MOST: usize = 4096;

/// Who has connected to the proxy, and where to.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    client: Endpoint,
    destination: Endpoint,
}

/// What a header says: nothing where the proxy speaks for itself or does not know.
type Header = Option<Told>;

/// Reads the header from a fresh connection. Gives the connection with the client's addresses; where the header has
/// none (`LOCAL`, `UNKNOWN`), as it is. What is wrong with the header is said in words. It takes as long as the peer does.
pub(in crate::net) async fn introduced(connection: Connection) -> Result<Connection, String> {
    Ok(match receive(&connection).await? {
        None => connection,
        Some(Told { client, destination }) => {
            let facts = connection.facts().to_vec();
            Arc::new(OnBehalf { connection, client, destination, facts })
        }
    })
}

async fn receive(connection: &Connection) -> Result<Header, String> {
    let mut header = Vec::new();
    let mut buffer = [0; 256];
    loop {
        let missing = match stage(&header)? {
            Stage::Whole(told) => return Ok(told),
            Stage::Missing(missing) => missing,
        };
        let most = missing.min(buffer.len());
        let seen = take(connection, &mut buffer[..most], RecvFlags::PEEK).await?;
        if seen == 0 {
            return Err(if header.is_empty() {
                "the connection ended before a PROXY header".to_owned()
            } else {
                "the connection ended inside the PROXY header".to_owned()
            });
        }
        // Of a line only its end tells where it ends.
        let line = buffer[..seen].iter().position(|byte| *byte == b'\n').filter(|_| !is_binary(&header, &buffer));
        let length = line.map_or(seen, |at| at + 1);
        take(connection, &mut buffer[..length], RecvFlags::empty()).await?;
        header.extend_from_slice(&buffer[..length]);
    }
}

/// Whether what has been read, or what is seen first, begins a binary header.
fn is_binary(header: &[u8], seen: &[u8]) -> bool {
    header.first().or(seen.first()) == SIGNATURE.first()
}

/// Looks at or takes what has come, at least one byte unless the peer has finished.
async fn take(connection: &Connection, into: &mut [u8], flags: RecvFlags) -> Result<usize, String> {
    loop {
        let ready = poll_fn(|cx| connection.poll_receive_ready(cx)).await;
        let taken = ready.and_then(|()| {
            connection.try_receive_by(&mut |socket| {
                let (taken, _) = recv(socket, &mut *into, flags)?;
                Ok(taken)
            })
        });
        match taken {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            outcome => return outcome.map_err(|error: io::Error| describe(&error)),
        }
    }
}

/// How far a header has been read.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Whole(Header),
    /// At most so many bytes are still to come.
    Missing(usize),
}

/// Where reading stands after these bytes; fails as soon as they cannot become a header.
fn stage(header: &[u8]) -> Result<Stage, String> {
    let begins = |with: &[u8]| header.iter().zip(with).all(|(one, other)| one == other);
    if header.is_empty() {
        // No header is shorter than the fixed part of a binary one but a line, which ends where it ends.
        Ok(Stage::Missing(FIXED))
    } else if begins(&SIGNATURE) {
        binary(header)
    } else if begins(&WORD) {
        text(header)
    } else {
        Err(format!("expected a PROXY header, this begins with `{}`", header[..header.len().min(16)].escape_ascii()))
    }
}

fn text(header: &[u8]) -> Result<Stage, String> {
    let Some(line) = header.strip_suffix(b"\n") else {
        return match LONGEST_LINE.saturating_sub(header.len()) {
            0 => Err(format!("a PROXY header of more than {LONGEST_LINE} bytes")),
            missing => Ok(Stage::Missing(missing)),
        };
    };
    let line = line.strip_suffix(b"\r").ok_or("a PROXY header that does not end with CR LF")?;
    let line = std::str::from_utf8(line).map_err(|_| "a PROXY header that is no text")?;
    let mut words = line.split(' ').skip(1);
    let is_v6 = match words.next().unwrap_or_default() {
        // Whatever follows is to be ignored (section 2.1).
        "UNKNOWN" => return Ok(Stage::Whole(None)),
        "TCP4" => false,
        "TCP6" => true,
        other => return Err(format!("expected `TCP4`, `TCP6` or `UNKNOWN` in the PROXY header, not `{other}`")),
    };
    let mut word = || words.next().ok_or_else(|| "a PROXY header without two addresses and two ports".to_owned());
    let (client, local) = (address(word()?, is_v6)?, address(word()?, is_v6)?);
    let (from, to) = (port(word()?)?, port(word()?)?);
    if let Some(more) = words.next() {
        return Err(format!("`{more}` is too much in the PROXY header"));
    }
    Ok(Stage::Whole(Some(told(SocketAddr::new(client, from), SocketAddr::new(local, to)))))
}

fn address(word: &str, is_v6: bool) -> Result<IpAddr, String> {
    let parsed = if is_v6 {
        word.parse::<Ipv6Addr>().map(IpAddr::V6).map_err(|_| "IPv6")
    } else {
        word.parse::<Ipv4Addr>().map(IpAddr::V4).map_err(|_| "IPv4")
    };
    parsed.map_err(|family| format!("expected an {family} address in the PROXY header, not `{word}`"))
}

fn port(word: &str) -> Result<u16, String> {
    let plain = word.bytes().all(|digit| digit.is_ascii_digit()) && (word.len() == 1 || !word.starts_with('0'));
    let port = word.parse().ok().filter(|_| plain);
    port.ok_or_else(|| format!("expected a port in the PROXY header, not `{word}`"))
}

fn told(client: SocketAddr, destination: SocketAddr) -> Told {
    let plain = |address: SocketAddr| Endpoint::Inet(SocketAddr::new(address.ip().to_canonical(), address.port()));
    Told { client: plain(client), destination: plain(destination) }
}

fn binary(header: &[u8]) -> Result<Stage, String> {
    let Some((&[version_and_command, family, high, low], rest)) =
        header.get(SIGNATURE.len()..).and_then(|rest| rest.split_first_chunk())
    else {
        return Ok(Stage::Missing(FIXED - header.len()));
    };
    if version_and_command >> 4 != PROXY >> 4 {
        return Err(format!("expected version 2 in a binary PROXY header, not {}", version_and_command >> 4));
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > MOST {
        return Err(format!("a PROXY header of more than {} bytes", FIXED + MOST));
    }
    if rest.len() < length {
        return Ok(Stage::Missing(length - rest.len()));
    }
    match version_and_command {
        LOCAL => Ok(Stage::Whole(None)),
        PROXY => addresses(family, rest).map(Stage::Whole),
        other => Err(format!("expected the command LOCAL or PROXY in the PROXY header, not {}", other & 0xf)),
    }
}

/// The addresses of a binary header. One of datagrams, or none, says
/// nothing of a stream's client; others must be refused (section 2.2).
fn addresses(family: u8, rest: &[u8]) -> Result<Header, String> {
    let expect = |length: usize, of: &str| {
        let short = || format!("{} bytes of addresses in the PROXY header where {of} takes {length}", rest.len());
        rest.get(..length).ok_or_else(short)
    };
    let port = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
    Ok(match family {
        TCP4 => {
            let ips = expect(12, "TCP over IPv4")?;
            let ip = |at: usize| IpAddr::from(<[u8; 4]>::try_from(&ips[at..at + 4]).expect("4 bytes"));
            Some(told(SocketAddr::new(ip(0), port(8)), SocketAddr::new(ip(4), port(10))))
        }
        TCP6 => {
            let ips = expect(36, "TCP over IPv6")?;
            let ip = |at: usize| IpAddr::from(<[u8; 16]>::try_from(&ips[at..at + 16]).expect("16 bytes"));
            Some(told(SocketAddr::new(ip(0), port(32)), SocketAddr::new(ip(16), port(34))))
        }
        UNIX => {
            let (client, destination) = expect(216, "a Unix stream")?.split_at(108);
            Some(Told { client: path(client), destination: path(destination) })
        }
        0x00 | 0x12 | 0x22 | 0x32 => None,
        other => return Err(format!("expected a known family and protocol in the PROXY header, not {other:#04x}")),
    })
}

/// The path of a Unix socket, which ends at its first zero; without one it has no name.
fn path(bytes: &[u8]) -> Endpoint {
    let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    match &bytes[..length] {
        [] => Endpoint::Unnamed,
        path => Endpoint::Path(std::ffi::OsStr::from_bytes(path).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Version, header};
    use super::*;

    fn at(text: &str) -> Endpoint {
        Endpoint::Inet(text.parse().unwrap())
    }

    /// Reads a header as it would come, as much of it at a time as is asked for.
    fn read(header: &[u8]) -> Result<Header, String> {
        let mut read = 0;
        loop {
            match stage(&header[..read])? {
                Stage::Whole(told) => {
                    assert_eq!(read, header.len(), "not all was read");
                    return Ok(told);
                }
                Stage::Missing(missing) => {
                    assert!(missing > 0);
                    let next = (read + missing).min(header.len());
                    if next == read {
                        return Err(format!("{missing} bytes missing"));
                    }
                    read = next;
                }
            }
        }
    }

    fn binary(command: u8, family: u8, length: u16, rest: &[u8]) -> Vec<u8> {
        [&SIGNATURE[..], &[command, family], &length.to_be_bytes(), rest].concat()
    }

    #[test]
    fn what_is_written_is_read() {
        for (client, destination) in [("10.0.0.1:1234", "10.0.0.2:80"), ("[2001:db8::1]:65535", "[::1]:1")] {
            let told = Told { client: at(client), destination: at(destination) };
            for version in [Version::V1, Version::V2] {
                let read = read(&header(version, &told.client, &told.destination));
                assert_eq!(read.as_ref().map(Option::as_ref), Ok(Some(&told)));
            }
        }
        for version in [Version::V1, Version::V2] {
            assert_eq!(read(&header(version, &Endpoint::Unnamed, &Endpoint::Unnamed)), Ok(None));
        }
    }

    #[test]
    fn who_says_nothing_of_a_client_stays_who_he_is() {
        for known in [
            &b"PROXY UNKNOWN\r\n"[..],
            b"PROXY UNKNOWN ff:ff ignored 1 2\r\n",
            &binary(LOCAL, 0, 0, b""),
            &binary(LOCAL, 0x77, 3, b"abc"),
            &binary(PROXY, 0, 4, &[4, 0, 1, 0]),
            &binary(PROXY, 0x12, 12, &[1; 12]),
        ] {
            assert_eq!(read(known), Ok(None), "{}", known.escape_ascii());
        }
    }

    #[test]
    fn what_else_a_proxy_tells_is_passed_over() {
        let mut rest = vec![1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 0, 80];
        rest.extend([0x02, 0, 3, b'a', b'b', b'c']);
        let told = read(&binary(PROXY, TCP4, 18, &rest)).unwrap().unwrap();
        assert_eq!(told, Told { client: at("1.2.3.4:258"), destination: at("5.6.7.8:80") });
        let mut paths = [0; 216];
        paths[..5].copy_from_slice(b"/sock");
        let told = read(&binary(PROXY, UNIX, 216, &paths)).unwrap().unwrap();
        assert_eq!(told, Told { client: Endpoint::Path("/sock".into()), destination: Endpoint::Unnamed });
        let mapped = read(b"PROXY TCP6 ::ffff:10.0.0.1 ::1 1 2\r\n").unwrap().unwrap();
        assert_eq!(mapped.client, at("10.0.0.1:1"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(100));
        for (wrong, says) in [
            (&b"GET / HTTP/1.1\r\n"[..], "this begins with `GET / HTTP/1.1\\r\\n`"),
            (b"\x00", "this begins with `\\x00`"),
            (b"PROXIES\r\n", "this begins with `PROXIES\\r\\n`"),
            (b"PROXY\r\n", "this begins with `PROXY\\r\\n`"),
            (b"\r\n\r\n\0\r\nQUIX\n", "this begins with"),
            (b"PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", "not `TCP5`"),
            (b"PROXY \r\n", "not ``"),
            (b"PROXY TCP4\r\n", "without two addresses"),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "without two addresses"),
            (b"PROXY TCP4 1.2.3.4 1.2.3 1 2\r\n", "an IPv4 address in the PROXY header, not `1.2.3`"),
            (b"PROXY TCP4 ::1 ::1 1 2\r\n", "an IPv4 address"),
            (b"PROXY TCP6 1.2.3.4 ::1 1 2\r\n", "an IPv6 address"),
            (b"PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", "not ``"),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "a port in the PROXY header, not `65536`"),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n", "not `+1`"),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "not `01`"),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4  2\r\n", "not ``"),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", "`3` is too much"),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "does not end with CR LF"),
            (b"PROXY UNKNOWN \xff\r\n", "no text"),
            (long.as_bytes(), "more than 107 bytes"),
            (&binary(0x31, TCP4, 0, b""), "version 2 in a binary PROXY header, not 3"),
            (&binary(0x22, TCP4, 0, b""), "the command LOCAL or PROXY in the PROXY header, not 2"),
            (&binary(PROXY, TCP4, 4, &[0; 4]), "4 bytes of addresses"),
            (&binary(PROXY, TCP6, 12, &[0; 12]), "where TCP over IPv6 takes 36"),
            (&binary(PROXY, UNIX, 0, b""), "where a Unix stream takes 216"),
            (&binary(PROXY, TCP4, 4097, b""), "more than 4112 bytes"),
            (&binary(PROXY, TCP4, 12, b""), "12 bytes missing"),
        ] {
            let said = read(wrong).expect_err(&wrong.escape_ascii().to_string());
            assert!(said.contains(says), "{}: {said}", wrong.escape_ascii());
        }
    }
}
