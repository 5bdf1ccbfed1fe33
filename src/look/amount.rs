//! Amounts: counts of bytes and lengths of time as people read them.

use std::time::Duration;

/// A count of bytes: `8 B`, `1.2 KiB`, `64 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut tenths = u128::from(count) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 {
        tenths /= 1024;
        unit += 1;
    }
    if tenths < 100 && !tenths.is_multiple_of(10) {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    } else {
        format!("{} {}", tenths / 10, UNITS[unit])
    }
}

/// Bytes a second: `1.2 KiB/s`.
pub(crate) fn rate(count: u64) -> String {
    bytes(count) + "/s"
}

/// How long something has lasted, in whole units: `12 s`, `3 min`, `2 h 5 min`, `4 d`.
pub(crate) fn age(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 if (seconds / 60).is_multiple_of(60) => format!("{} h", seconds / 3600),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// How long something took: `30 µs`, `0.2 ms`, `12 ms`, `1.2 s`, `3 min`.
pub(crate) fn took(time: Duration) -> String {
    let tenths = time.as_micros() / 100;
    match tenths {
        0 => format!("{} µs", time.as_micros()),
        1..100 => format!("{}.{} ms", tenths / 10, tenths % 10),
        100..10_000 => format!("{} ms", tenths / 10),
        10_000..600_000 => decimal(tenths / 1000, "s"),
        _ => age(time),
    }
}

/// How long something will take, as it was asked for: `1 s`, `250 ms`, `1.5 s`.
pub(crate) fn pause(time: Duration) -> String {
    let milliseconds = time.as_millis();
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..60_000 => decimal(milliseconds / 100, "s"),
        _ => age(time),
    }
}

fn decimal(tenths: u128, unit: &str) -> String {
    if tenths.is_multiple_of(10) {
        format!("{} {unit}", tenths / 10)
    } else {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_one_decimal_where_it_says_something() {
        let shown: Vec<String> =
            [0, 8, 1023, 1024, 1229, 10_240, 65_536, 1_258_291, u64::MAX].into_iter().map(bytes).collect();
        assert_eq!(shown, ["0 B", "8 B", "1023 B", "1 KiB", "1.2 KiB", "10 KiB", "64 KiB", "1.1 MiB", "15 EiB"]);
    }

    #[test]
    fn ages_are_whole() {
        let shown: Vec<String> = [0, 12, 60, 3599, 3600, 7500, 200_000].map(|s| age(Duration::from_secs(s))).into();
        assert_eq!(shown, ["0 s", "12 s", "1 min", "59 min", "1 h", "2 h 5 min", "2 d"]);
    }

    #[test]
    fn times_taken_are_as_fine_as_they_are_short() {
        let shown: Vec<String> =
            [30, 210, 9_990, 12_345, 1_250_000, 90_000_000].map(|us| took(Duration::from_micros(us))).into();
        assert_eq!(shown, ["30 µs", "0.2 ms", "9.9 ms", "12 ms", "1.2 s", "1 min"]);
    }

    #[test]
    fn pauses_are_as_asked_for() {
        let shown: Vec<String> = [50, 1000, 1500].map(|ms| pause(Duration::from_millis(ms))).into();
        assert_eq!(shown, ["50 ms", "1 s", "1.5 s"]);
    }
}
