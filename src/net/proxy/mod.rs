//! The PROXY protocol (haproxy, `proxy-protocol.txt`): a header before everything else on a stream, by which a proxy
//! tells on whose behalf it connects.

mod behalf;
mod read;
mod write;

pub(super) use read::introduced;
pub(super) use write::header;

/// Which form a header has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// A line of text (section 2.1).
    V1,
    /// Binary (section 2.2).
    V2,
}

/// What every binary header begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The same of a line of text.
const WORD: [u8; 6] = *b"PROXY ";

/// The byte for version 2, from a proxy itself.
const LOCAL: u8 = 0x20;
/// The byte for version 2, on behalf of somebody else.
const PROXY: u8 = 0x21;

/// The bytes for families of addresses, each with its protocol.
const TCP4: u8 = 0x11;
const TCP6: u8 = 0x21;
const UNIX: u8 = 0x31;
