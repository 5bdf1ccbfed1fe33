//! Decryption Secrets Blocks (draft-ietf-opsawg-pcapng, 4.7): what deciphers the packets behind them.

use std::borrow::Cow;
use std::collections::VecDeque;

use pcap_file::pcapng::blocks::unknown::UnknownBlock;

use crate::net::transport::Secret;

/// The type of the block, which the crate for the others does not know.
const BLOCK: u32 = 0x0000_000a;
/// What its secrets are: a key log of TLS.
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// How many secrets are remembered.
const REMEMBERED: usize = 256;

/// The secrets that were written last, oldest first: both ends of a connection tell the same ones.
#[derive(Default)]
pub(super) struct Secrets(VecDeque<Secret>);

impl Secrets {
    /// Whether a secret is new, from now on no more.
    pub(super) fn learn(&mut self, secret: &Secret) -> bool {
        if self.0.contains(secret) {
            return false;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(secret.clone());
        true
    }
}

/// The block that holds a secret, for a section that has the least significant byte of a number first.
pub(super) fn block(secret: &Secret) -> UnknownBlock<'static> {
    let line = format!("{}\n", secret.line());
    let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
    let value = [&TLS_KEY_LOG.to_le_bytes(), &length.to_le_bytes(), line.as_bytes()].concat();
    // How long the whole block is, is found out when it is written.
    UnknownBlock { type_: BLOCK, length: 0, value: Cow::Owned(value) }
}
