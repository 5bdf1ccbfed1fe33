//! Telnet's bytes (RFC 854, RFC 855): commands taken out of what comes, data escaped in what goes.

use bytes::{BufMut, BytesMut};

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

/// Where in the peer's bytes we are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// In data.
    #[default]
    Data,
    /// Behind a CR in data.
    Return,
    /// Behind an IAC.
    Command,
    /// Behind WILL, WONT, DO or DONT.
    Option(u8),
    /// Between SB and SE, whose content is of no use to who refuses everything.
    Parameters,
    /// Behind an IAC there.
    ParametersCommand,
}

/// Takes commands out of what a peer sends.
#[derive(Debug, Default)]
pub(super) struct Decoder(Place);

impl Decoder {
    /// Moves the data of `bytes` to `data`, and what is to be answered to `replies`: every option that the peer offers
    /// or asks for is refused, which is what it is until somebody agrees to it.
    pub(super) fn decode(&mut self, bytes: &[u8], data: &mut BytesMut, replies: &mut BytesMut) {
        for &byte in bytes {
            self.0 = match (self.0, byte) {
                (Place::Data | Place::Return, IAC) => Place::Command,
                // CR NUL is a CR by itself.
                (Place::Return, 0) | (Place::ParametersCommand, SE) => Place::Data,
                (Place::Data | Place::Return, byte) => {
                    data.put_u8(byte);
                    if byte == b'\r' { Place::Return } else { Place::Data }
                }
                (Place::Command, IAC) => {
                    data.put_u8(IAC);
                    Place::Data
                }
                (Place::Command, WILL..=DONT) => Place::Option(byte),
                (Place::Command, SB) => Place::Parameters,
                (Place::Command, _) => Place::Data,
                (Place::Option(verb), option) => {
                    match verb {
                        WILL => replies.put_slice(&[IAC, DONT, option]),
                        DO => replies.put_slice(&[IAC, WONT, option]),
                        // It is off already: an answer would be answered for ever.
                        _ => {}
                    }
                    Place::Data
                }
                (Place::Parameters, IAC) => Place::ParametersCommand,
                (Place::Parameters | Place::ParametersCommand, _) => Place::Parameters,
            };
        }
    }
}

/// Escapes what is sent.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    /// Whether the last byte was a CR, behind which a NUL means nothing by itself.
    behind_return: bool,
}

impl Encoder {
    /// How many bytes at the beginning of `data` can go as they are.
    pub(super) fn plain(&self, data: &[u8]) -> usize {
        let mut behind_return = self.behind_return;
        let special = |&byte: &u8| {
            let special = byte == IAC || (byte == 0 && behind_return);
            behind_return = byte == b'\r';
            special
        };
        data.iter().position(special).unwrap_or(data.len())
    }

    /// Takes note of bytes that went as they are.
    pub(super) fn note(&mut self, sent: &[u8]) {
        if let Some(last) = sent.last() {
            self.behind_return = *last == b'\r';
        }
    }

    /// Moves `data` to `into`, escaped.
    pub(super) fn encode(&mut self, data: &[u8], into: &mut BytesMut) {
        for &byte in data {
            into.put_u8(byte);
            if byte == IAC || (byte == 0 && self.behind_return) {
                into.put_u8(byte);
            }
            self.behind_return = byte == b'\r';
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut data, mut replies) = (BytesMut::new(), BytesMut::new());
        Decoder::default().decode(bytes, &mut data, &mut replies);
        (data.to_vec(), replies.to_vec())
    }

    #[test]
    fn options_are_refused_and_commands_are_no_data() {
        assert_eq!(decoded(b"a\xff\xfb\x01b\xff\xfd\x18c"), (b"abc".to_vec(), b"\xff\xfe\x01\xff\xfc\x18".to_vec()));
        assert_eq!(decoded(b"\xff\xfc\x01\xff\xfe\x01"), (vec![], vec![]));
        assert_eq!(decoded(b"a\xff\xfa\x18\x00VT\xff\xff\xf0\xff\xf0b"), (b"ab".to_vec(), vec![]));
        assert_eq!(decoded(b"a\xff\xf1\xff\xf9b\xff\xffc\r\0\r\n"), (b"ab\xffc\r\r\n".to_vec(), vec![]));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_in_any_pieces(data in prop::collection::vec(prop_oneof![Just(0), Just(13), Just(255), any::<u8>()], 0..200), at in 0_usize..200) {
            let (mut encoder, mut wire) = (Encoder::default(), BytesMut::new());
            let at = at.min(data.len());
            let plain = encoder.plain(&data[..at]);
            wire.put_slice(&data[..plain]);
            encoder.note(&data[..plain]);
            encoder.encode(&data[plain..at], &mut wire);
            encoder.encode(&data[at..], &mut wire);
            let (mut decoder, mut back, mut replies) = (Decoder::default(), BytesMut::new(), BytesMut::new());
            for piece in wire.chunks(3) {
                decoder.decode(piece, &mut back, &mut replies);
            }
            prop_assert_eq!(&back[..], &data[..]);
            prop_assert!(replies.is_empty());
        }

        #[test]
        fn any_bytes_are_answered_by_less_than_they_are(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let (data, replies) = decoded(&bytes);
            prop_assert!(data.len() + replies.len() <= bytes.len());
        }
    }
}
