//! Payloads: what requests carry, all from one text, so that ten thousand connections need no memory for it.

/// How many different payloads there are.
const MANY: usize = 4096;

/// How far the payloads of two connections that follow each other are apart.
const STRIDE: u64 = 61;

/// What stands in payloads: harmless wherever it is shown, and no transformation leaves it alone.
const LETTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-";

/// The payloads of a load: windows of one length on a text without pattern.
pub(super) struct Payload {
    text: Vec<u8>,
    size: usize,
}

impl Payload {
    /// Payloads of `size` bytes.
    pub(super) fn new(size: usize) -> Self {
        // Xorshift (G. Marsaglia, 2003): the same text every time.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let letter = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            LETTERS[(state >> 58) as usize]
        };
        Self { text: (0..size + MANY).map(letter).collect(), size }
    }

    /// How long they are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// What the request of that number carries on that connection.
    pub(super) fn of(&self, connection: u64, number: u64) -> &[u8] {
        let start = connection.wrapping_mul(STRIDE).wrapping_add(number) % MANY as u64;
        let start = usize::try_from(start).expect("it is below MANY");
        &self.text[start..start + self.size]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_have_their_size_and_differ() {
        let payload = Payload::new(8);
        let all: std::collections::HashSet<&[u8]> = (0..MANY as u64).map(|number| payload.of(3, number)).collect();
        assert_eq!(all.len(), MANY);
        assert!(all.iter().all(|bytes| bytes.len() == 8));
        assert_eq!(payload.of(u64::MAX, u64::MAX).len(), 8);
    }
}
