//! Base64 (RFC 4648, section 4): the bytes of `b64"…"` and back.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes that `text` stands for; `=` at its end may be left out. Fails with an offset into `text` and what is wrong there.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, (usize, String)> {
    let body = text.trim_end_matches(' ').trim_end_matches('=');
    let padding = text.trim_end_matches(' ').len() - body.len();
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for (at, letter) in body.char_indices() {
        let digit = ALPHABET.iter().position(|known| char::from(*known) == letter);
        let digit = digit.ok_or_else(|| (at, format!("`{letter}` is no base64 digit")))?;
        bits = (bits << 6 | u32::try_from(digit).expect("below 64")) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("masked to a byte"));
        }
    }
    let digits = body.chars().count();
    if digits % 4 == 1 || padding > 2 || (padding > 0 && !(digits + padding).is_multiple_of(4)) {
        return Err((text.len(), "the base64 text ends too early".to_owned()));
    }
    Ok(bytes)
}

/// `bytes` as base64 with `=` at its end.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let digit = |bits: u32| char::from(ALPHABET[usize::try_from(bits & 63).expect("below 64")]);
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            text.push(if at <= group.len() { digit(bits >> (18 - 6 * at)) } else { '=' });
        }
    }
    text
}
