//! What a client says to SOCKS proxies: version 4 and 4a (Ying-Da Lee's memos), version 5 (RFC 1928), its login (RFC 1929).

use std::net::{IpAddr, Ipv4Addr};

use super::{Login, asked, read};
use crate::net::address::{Host, Place};
use crate::net::socket::Connection;
use crate::net::transport::HandshakeError;

/// Methods of version 5.
const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const NONE_FITS: u8 = 0xff;

/// Asks a proxy of version 4 or 4a.
pub(super) async fn ask_4(connection: &Connection, next: &Place, login: Option<&Login>) -> Result<(), HandshakeError> {
    let (host, port) = asked(next)?;
    let (address, name) = match &host {
        Host::Ip(IpAddr::V4(address)) => (*address, None),
        Host::Ip(IpAddr::V6(_)) => return Err(HandshakeError::new("SOCKS 4 knows no IPv6")),
        // An address that is none says that a name follows (4a).
        host => (Ipv4Addr::new(0, 0, 0, 1), Some(host.to_string())),
    };
    let user = login.map_or(&[][..], |login| &login.user);
    let mut request = [&[4, 1][..], &port.to_be_bytes(), &address.octets(), user, &[0]].concat();
    if let Some(name) = name {
        request.extend_from_slice(name.as_bytes());
        request.push(0);
    }
    connection.send(&request).await?;
    let [version, code, ..] = read::exactly::<8>(connection).await?;
    match (version, code) {
        (0, 90) => Ok(()),
        (0, 91) => Err(HandshakeError::new("refused or failed (91)")),
        (0, 92 | 93) => Err(HandshakeError::new(format!("it does not believe who we are ({code})"))),
        _ => Err(HandshakeError::new("that is no answer of SOCKS 4")),
    }
}

/// Asks a proxy of version 5.
pub(super) async fn ask_5(connection: &Connection, next: &Place, login: Option<&Login>) -> Result<(), HandshakeError> {
    let greeting: &[u8] = if login.is_some() { &[5, 2, NO_LOGIN, LOGIN] } else { &[5, 1, NO_LOGIN] };
    connection.send(greeting).await?;
    match (read::exactly::<2>(connection).await?, login) {
        ([5, NO_LOGIN], _) => {}
        ([5, LOGIN], Some(login)) => log_in(connection, login).await?,
        ([5, NONE_FITS], Some(_)) => return Err(HandshakeError::new("it wants another kind of login")),
        ([5, NONE_FITS], None) => {
            return Err(HandshakeError::new("it wants a login").hint("`via=socks5://USER:PASSWORD@HOST:PORT` has one"));
        }
        ([5, method], _) => {
            return Err(HandshakeError::new(format!("it chose the method {method}, which we did not offer")));
        }
        _ => return Err(HandshakeError::new("that is no answer of SOCKS 5")),
    }
    connection.send(&request_5(next)?).await?;
    let [version, code, _, kind] = read::exactly::<4>(connection).await?;
    if version != 5 {
        return Err(HandshakeError::new("that is no answer of SOCKS 5"));
    }
    if code != 0 {
        return Err(HandshakeError::new(format!("{} ({code})", reason_5(code))));
    }
    // The address that the proxy has bound says nothing to us.
    let length = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(read::exactly::<1>(connection).await?[0]),
        _ => return Err(HandshakeError::new("that is no answer of SOCKS 5")),
    };
    read::fill(connection, &mut vec![0; length + 2]).await?;
    Ok(())
}

async fn log_in(connection: &Connection, login: &Login) -> Result<(), HandshakeError> {
    let mut message = vec![1];
    for field in [&login.user, &login.password] {
        // Checked where it was read.
        message.push(u8::try_from(field.len()).unwrap_or(u8::MAX));
        message.extend_from_slice(field);
    }
    connection.send(&message).await?;
    match read::exactly::<2>(connection).await? {
        [_, 0] => Ok(()),
        _ => Err(HandshakeError::new("it does not accept the name and the password")),
    }
}

fn request_5(next: &Place) -> Result<Vec<u8>, HandshakeError> {
    let (host, port) = asked(next)?;
    let mut request = vec![5, 1, 0];
    match host {
        Host::Ip(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Host::Ip(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        host => {
            let name = host.to_string();
            let length = u8::try_from(name.len());
            request.extend([3, length.map_err(|_| HandshakeError::new("the name is longer than 255 B"))?]);
            request.extend(name.bytes());
        }
    }
    request.extend(port.to_be_bytes());
    Ok(request)
}

/// Why, in words (RFC 1928, 6).
fn reason_5(code: u8) -> &'static str {
    match code {
        2 => "its rules do not allow it",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "timed out",
        7 => "it does not do that",
        8 => "it does not know that kind of address",
        _ => "it failed",
    }
}
