//! What the library's errors mean: a status code for the peer, an answer of HTTP before that, words for us.

use std::io::{self, ErrorKind};

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::HandshakeError;

/// The status code that ends the connection because of what the peer has sent (RFC 6455, 7.4.1), if it was that.
pub(super) fn code(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(CloseCode::Protocol),
        Error::Utf8(_) => Some(CloseCode::Invalid),
        Error::Capacity(_) => Some(CloseCode::Size),
        _ => None,
    }
}

/// The error of an open connection.
pub(super) fn of_connection(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(ProtocolError::SendAfterClosing) => {
            io::Error::new(ErrorKind::NotConnected, "closed already: nothing can be sent")
        }
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            io::Error::new(ErrorKind::UnexpectedEof, "ended without a close frame (1006)")
        }
        error => {
            let code = code(&error).map_or(1006, u16::from);
            io::Error::new(ErrorKind::InvalidData, format!("{} ({code})", words(&error)))
        }
    }
}

/// The error of a handshake.
pub(super) fn of_handshake(error: Error) -> HandshakeError {
    match error {
        Error::Io(error) => error.into(),
        Error::Protocol(ProtocolError::HandshakeIncomplete) => io::Error::from(ErrorKind::UnexpectedEof).into(),
        error => HandshakeError::new(words(&error)),
    }
}

/// What the server answers a request that is none for a WebSocket (RFC 6455, 4.4; RFC 9110, 15.5.22), if it can.
pub(super) fn answer(error: &Error) -> Option<String> {
    let (status, fields) = match error {
        Error::Io(_) | Error::Protocol(ProtocolError::HandshakeIncomplete) => return None,
        Error::Protocol(ProtocolError::WrongHttpMethod) => ("405 Method Not Allowed", "Allow: GET\r\n"),
        Error::Protocol(
            ProtocolError::MissingConnectionUpgradeHeader | ProtocolError::MissingUpgradeWebSocketHeader,
        ) => ("426 Upgrade Required", "Upgrade: websocket\r\nConnection: Upgrade\r\n"),
        Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader) => {
            ("426 Upgrade Required", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
        }
        Error::Capacity(CapacityError::TooManyHeaders) | Error::AttackAttempt => {
            ("431 Request Header Fields Too Large", "")
        }
        _ => ("400 Bad Request", ""),
    };
    let close = if fields.contains("Connection") { "" } else { "Connection: close\r\n" };
    let body = format!("{}\n", words(error));
    let length = body.len();
    Some(format!(
        "HTTP/1.1 {status}\r\n{fields}{close}Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

fn words(error: &Error) -> String {
    match error {
        Error::Protocol(error) => protocol(error),
        Error::Utf8(_) => "the peer sent a text message that is no UTF-8".to_owned(),
        Error::Capacity(CapacityError::MessageTooLong { max_size, .. }) => {
            format!("the peer sent a message longer than {max_size} B")
        }
        Error::Capacity(CapacityError::TooManyHeaders) => "there are too many headers".to_owned(),
        Error::AttackAttempt => "the handshake is too long".to_owned(),
        error => error.to_string(),
    }
}

fn protocol(error: &ProtocolError) -> String {
    use ProtocolError as P;
    match error {
        P::WrongHttpMethod => "this is a WebSocket: only GET leads to it".to_owned(),
        P::WrongHttpVersion => "this is a WebSocket: HTTP/1.1 leads to it".to_owned(),
        P::MissingConnectionUpgradeHeader | P::MissingUpgradeWebSocketHeader => {
            "this is a WebSocket: the request asks for no upgrade to it".to_owned()
        }
        P::MissingSecWebSocketVersionHeader => "only version 13 of WebSocket is spoken here".to_owned(),
        P::MissingSecWebSocketKey | P::InvalidSecWebSocketKey => {
            "the request has no Sec-WebSocket-Key of 16 bytes in base64".to_owned()
        }
        P::SecWebSocketAcceptKeyMismatch => "the server's Sec-WebSocket-Accept does not fit our key".to_owned(),
        P::SecWebSocketSubProtocolError(_) => "the server did not choose one of our subprotocols".to_owned(),
        P::JunkAfterRequest => "the client did not wait for the answer to its handshake".to_owned(),
        P::HttparseError(_) => "that is no HTTP".to_owned(),
        P::NonZeroReservedBits => "the peer sent a frame with reserved bits".to_owned(),
        P::UnmaskedFrameFromClient => "the client sent a frame without a mask".to_owned(),
        P::MaskedFrameFromServer => "the server sent a frame with a mask".to_owned(),
        P::FragmentedControlFrame => "the peer sent a control frame in pieces".to_owned(),
        P::ControlFrameTooBig => "the peer sent a control frame longer than 125 B".to_owned(),
        P::UnknownControlFrameType(_) | P::UnknownDataFrameType(_) | P::InvalidOpcode(_) => {
            "the peer sent a frame of an unknown type".to_owned()
        }
        P::UnexpectedContinueFrame => "the peer continued a message that it had not begun".to_owned(),
        P::ExpectedFragment(_) => "the peer began a message before it had ended another".to_owned(),
        P::InvalidCloseSequence => "the peer closed with a frame of one byte".to_owned(),
        P::ReceivedAfterClosing => "the peer sent more after it had closed".to_owned(),
        other => other.to_string(),
    }
}
