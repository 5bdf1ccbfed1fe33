//! Ranges: the parts of a file that a request asks for (RFC 9110, 14).

use std::ops::Range;

/// More parts than this are not asked for by anybody who means well (RFC 9110, 17.15).
const MOST: usize = 32;

/// What a `Range` field asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ranges {
    /// Everything: there is no field, or it asks for nothing that makes sense, so that it is ignored.
    Whole,
    /// Nothing that is there.
    Unsatisfiable,
    /// These parts, in the order asked for; none is empty.
    Parts(Vec<Range<u64>>),
}

/// Reads a `Range` field for a file of so many bytes.
pub(super) fn parse(field: &str, size: u64) -> Ranges {
    let Some((unit, set)) = field.split_once('=') else { return Ranges::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Ranges::Whole;
    }
    let mut parts = Vec::new();
    let mut count = 0;
    for one in set.split(',').map(|one| one.trim_matches([' ', '\t'])).filter(|one| !one.is_empty()) {
        count += 1;
        match part(one, size) {
            Some(part) if !part.is_empty() => parts.push(part),
            Some(_) => {}
            None => return Ranges::Whole,
        }
    }
    if count == 0 || count > MOST {
        return Ranges::Whole;
    }
    if parts.is_empty() {
        // The end of an empty file is there, and is nothing.
        let ends = size == 0 && set.trim().starts_with('-') && count == 1;
        return if ends { Ranges::Whole } else { Ranges::Unsatisfiable };
    }
    let asked: u64 = parts.iter().map(|part| part.end - part.start).fold(0, u64::saturating_add);
    if parts.len() > 1 && asked > size { Ranges::Whole } else { Ranges::Parts(parts) }
}

/// One part, empty when it lies behind the end; `None` when it is none.
fn part(text: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = text.split_once('-')?;
    if first.is_empty() {
        return Some(size.saturating_sub(number(last)?)..size);
    }
    let first = number(first)?;
    let end = if last.is_empty() { size } else { number(last)?.saturating_add(1) };
    if !last.is_empty() && end <= first {
        return None;
    }
    Some(first.min(size)..end.min(size))
}

/// A number of any length; those that no file reaches are the largest.
fn number(digits: &str) -> Option<u64> {
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_ten_bytes() {
        let parts = |list: &[(u64, u64)]| Ranges::Parts(list.iter().map(|(start, end)| *start..*end).collect());
        for (field, expected) in [
            ("bytes=0-3", parts(&[(0, 4)])),
            ("Bytes=0-3", parts(&[(0, 4)])),
            ("bytes=5-", parts(&[(5, 10)])),
            ("bytes=5-99999999999999999999999", parts(&[(5, 10)])),
            ("bytes=-3", parts(&[(7, 10)])),
            ("bytes=-30", parts(&[(0, 10)])),
            ("bytes=0-0, 9-9", parts(&[(0, 1), (9, 10)])),
            ("bytes=0-1,20-30", parts(&[(0, 2)])),
            ("bytes=10-", Ranges::Unsatisfiable),
            ("bytes=-0", Ranges::Unsatisfiable),
            ("bytes=20-30,40-", Ranges::Unsatisfiable),
            ("bytes=3-2", Ranges::Whole),
            ("bytes=", Ranges::Whole),
            ("bytes=a-b", Ranges::Whole),
            ("bytes=1-2-3", Ranges::Whole),
            ("lines=1-2", Ranges::Whole),
            ("bytes", Ranges::Whole),
            ("bytes=0-8,1-9", Ranges::Whole),
        ] {
            assert_eq!(parse(field, 10), expected, "{field}");
        }
        let many = format!("bytes={}", vec!["0-0"; MOST + 1].join(","));
        assert_eq!(parse(&many, 1000), Ranges::Whole);
    }

    #[test]
    fn an_empty_file_has_an_end_but_no_bytes() {
        assert_eq!(parse("bytes=-5", 0), Ranges::Whole);
        assert_eq!(parse("bytes=0-", 0), Ranges::Unsatisfiable);
        assert_eq!(parse("bytes=0-0", 0), Ranges::Unsatisfiable);
    }
}
