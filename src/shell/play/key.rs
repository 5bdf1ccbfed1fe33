//! Keys: what somebody who looks at a recording may want.

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// Space: pause, or go on.
    Pause,
    /// `.`: to the next thing that is seen.
    Step,
    /// `]`: to the next chapter.
    Leap,
    /// `[`: to the beginning of the chapter, or of the one before.
    LeapBack,
    /// Right: five seconds on.
    On,
    /// Left: five seconds back.
    Back,
    /// `+`: twice as fast.
    Faster,
    /// `-`: half as fast.
    Slower,
    /// `q`: leave.
    Quit,
    /// Ctrl-C: leave, interrupted.
    Interrupt,
    /// Ctrl-Z: stop the process.
    Stop,
}

/// What is told of them beside the film.
pub(super) const HELP: &str = "space pause, q quit, . step, [ ] chapter, ← → 5 s, - + speed";

/// The keys that a terminal has sent; those that mean nothing are left out.
pub(super) fn read(mut bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while let [first, rest @ ..] = bytes {
        // Arrows, as terminals send them in their two modes (xterm, ctlseqs: PC-Style Function Keys).
        let key = if let (0x1b, [b'[' | b'O', last, behind @ ..]) = (first, rest) {
            bytes = behind;
            arrow(*last)
        } else {
            bytes = rest;
            plain(*first)
        };
        keys.extend(key);
    }
    keys
}

const fn arrow(last: u8) -> Option<Key> {
    match last {
        b'C' => Some(Key::On),
        b'D' => Some(Key::Back),
        _ => None,
    }
}

const fn plain(byte: u8) -> Option<Key> {
    Some(match byte {
        b' ' => Key::Pause,
        b'.' => Key::Step,
        b']' => Key::Leap,
        b'[' => Key::LeapBack,
        b'+' | b'=' => Key::Faster,
        b'-' => Key::Slower,
        b'q' => Key::Quit,
        0x03 => Key::Interrupt,
        0x1a => Key::Stop,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_come() {
        let keys = [Key::Pause, Key::On, Key::LeapBack, Key::Back, Key::Quit];
        assert_eq!(read(b" \x1b[Cx[\x1bOD\x1b[Aq"), keys);
        assert_eq!(read(b"\x1b"), []);
    }
}
