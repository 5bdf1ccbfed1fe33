//! Dates as HTTP writes and reads them (RFC 9110, 5.6.7).

use crate::net::clock::civil;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: i64 = 86_400;
/// The last second of the year 9999, the last year that HTTP can write.
const LAST: i64 = 253_402_300_799;

/// A count of seconds since 1970 that HTTP can write: what lies before 1970 is the beginning of it, what lies after
/// 9999 the end of that.
pub(super) fn clamp(seconds: i64) -> u64 {
    seconds.clamp(0, LAST).unsigned_abs()
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
pub(super) fn format(seconds: i64) -> String {
    let seconds = clamp(seconds);
    let days = seconds / DAY.unsigned_abs();
    let (year, month, day) = civil(days);
    let weekday = named(&DAYS, (days + 4) % 7);
    let (hour, minute, second) = time(seconds);
    // Every answer has one or two: `format!` takes ten times as long.
    let mut text = String::with_capacity("Sun, 06 Nov 1994 08:49:37 GMT".len());
    text += weekday;
    text += ", ";
    push_two(&mut text, day);
    text.push(' ');
    text += named(&MONTHS, month - 1);
    text.push(' ');
    push_two(&mut text, year / 100);
    push_two(&mut text, year % 100);
    for (mark, number) in [(' ', hour), (':', minute), (':', second)] {
        text.push(mark);
        push_two(&mut text, number);
    }
    text += " GMT";
    text
}

/// Adds a number below 100 in two digits.
fn push_two(text: &mut String, number: u64) {
    for digit in [number / 10 % 10, number % 10] {
        text.push(char::from(b'0' + u8::try_from(digit).expect("a digit")));
    }
}

/// `06/Nov/1994:08:49:37 +0000`, as access logs have it.
pub(super) fn common(seconds: u64) -> String {
    let (year, month, day) = civil(seconds / DAY.unsigned_abs());
    let (hour, minute, second) = time(seconds);
    format!("{day:02}/{}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000", named(&MONTHS, month - 1))
}

fn named(names: &[&'static str], index: u64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or("")
}

fn time(seconds: u64) -> (u64, u64, u64) {
    (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// The seconds since 1970 of a date in any of the three forms that a recipient must read; `None` for anything else.
/// `now` decides the century of a year of two digits.
pub(super) fn parse(text: &str, now: u64) -> Option<i64> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (day, month, year, time) = match words.as_slice() {
        [weekday, day, month, year, time, "GMT"] if weekday.ends_with(',') => (*day, *month, number(year, 4)?, *time),
        [weekday, date, time, "GMT"] if weekday.ends_with(',') => {
            let mut parts = date.splitn(3, '-');
            let (day, month) = (parts.next()?, parts.next()?);
            (day, month, century(number(parts.next()?, 2)?, now), *time)
        }
        [_, month, day, time, year] => (*day, *month, number(year, 4)?, *time),
        _ => return None,
    };
    let day = number(day, day.len().clamp(1, 2))?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let mut parts = time.splitn(3, ':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = number(parts.next()?, 2)?;
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_from_civil(i64::try_from(year).ok()?, i64::try_from(month).ok()?, i64::try_from(day).ok()?);
    Some(days * DAY + i64::try_from(hour * 3600 + minute * 60 + second).ok()?)
}

/// A year of two digits is the last with those digits that is not more than 50 years ahead.
fn century(year: u64, now: u64) -> u64 {
    let (this, ..) = civil(now / DAY.unsigned_abs());
    let near = this / 100 * 100 + year;
    if near > this + 50 { near - 100 } else { near }
}

fn number(text: &str, digits: usize) -> Option<u64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The day counted from 1970-01-01 of a Gregorian date (H. Hinnant, `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_000_000;

    #[test]
    fn the_three_forms_are_read() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse(text, NOW), Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for seconds in [0, 951_782_400, 1_709_164_800, 4_107_542_400, LAST] {
            assert_eq!(parse(&format(seconds), NOW), Some(seconds));
        }
        assert_eq!(format(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(common(784_111_777), "06/Nov/1994:08:49:37 +0000");
    }

    #[test]
    fn times_that_http_cannot_write_are_moved_to_those_it_can() {
        assert_eq!(format(i64::MIN), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(format(-1), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(format(i64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn anything_else_is_no_date() {
        for text in [
            "",
            "yesterday",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, -6 Nov 1994 08:49:37 GMT",
            "a b c d e",
        ] {
            assert_eq!(parse(text, NOW), None, "{text}");
        }
    }
}
