//! The access log: a line for each request, in a format that other programs read.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::entry::Entry;
use super::{date, json};
use crate::net::{Endpoint, opening};

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The Common Log Format of the NCSA and of Apache.
    Common,
    /// The same with `Referer` and `User-Agent`.
    #[default]
    Combined,
    /// A JSON object a line.
    Json,
}

/// An open log.
#[derive(Debug)]
pub struct Log {
    file: Mutex<File>,
    format: Format,
}

impl Log {
    /// Opens `path` for appending.
    pub fn open(path: &Path, format: Format) -> io::Result<Self> {
        let file = opening::to_write(File::options().create(true).append(true), path)?;
        Ok(Self { file: Mutex::new(file), format })
    }

    /// Writes an entry. One that cannot be written is lost: the answer has gone out.
    pub(super) fn write(&self, entry: &Entry) {
        let line = match self.format {
            Format::Common => common(entry),
            Format::Combined => {
                format!("{} {} {}", common(entry), quoted(entry.referer.as_deref()), quoted(entry.agent.as_deref()))
            }
            Format::Json => object(entry),
        };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all((line + "\n").as_bytes());
    }
}

fn host(peer: &Endpoint) -> String {
    match peer {
        Endpoint::Inet(address) => address.ip().to_string(),
        _ => "-".to_owned(),
    }
}

fn common(entry: &Entry) -> String {
    let request = format!("{} {} {}", entry.method, entry.target, entry.version);
    format!(
        "{} - {} [{}] {} {} {}",
        host(&entry.peer),
        entry.user.as_deref().map_or_else(|| "-".to_owned(), |user| escaped(user).replace(' ', "\\x20")),
        date::common(entry.time),
        quoted(Some(&request)),
        entry.status,
        entry.bytes
    )
}

fn quoted(text: Option<&str>) -> String {
    format!("\"{}\"", text.map_or_else(|| "-".to_owned(), escaped))
}

/// As Apache escapes: quotes and backslashes by a backslash, what is not printable as `\xHH`.
fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                line.push('\\');
                line.push(char::from(byte));
            }
            b' '..=b'~' => line.push(char::from(byte)),
            _ => line.extend(format!("\\x{byte:02x}").chars()),
        }
    }
    line
}

fn object(entry: &Entry) -> String {
    let optional = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), json::string);
    format!(
        "{{\"time\":{},\"peer\":{},\"user\":{},\"method\":{},\"target\":{},\"version\":{},\"status\":{},\"bytes\":{},\
         \"whole\":{},\"milliseconds\":{:.3},\"referer\":{},\"agent\":{}}}",
        json::string(&crate::net::clock::iso(entry.time)),
        json::string(&entry.peer.to_string()),
        optional(entry.user.as_deref()),
        json::string(&entry.method),
        json::string(&entry.target),
        json::string(&entry.version),
        entry.status,
        entry.bytes,
        entry.whole,
        entry.took.as_secs_f64() * 1000.0,
        optional(entry.referer.as_deref()),
        optional(entry.agent.as_deref())
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lines_of_every_format() {
        let entry = Entry {
            peer: Endpoint::Inet(([127, 0, 0, 1], 5000).into()),
            user: Some("me too".into()),
            time: 784_111_777,
            method: "GET".into(),
            target: "/a\"b".into(),
            version: "HTTP/1.1".into(),
            status: 200,
            bytes: 5,
            whole: true,
            took: Duration::from_micros(1500),
            referer: None,
            agent: Some("x\n\"é".into()),
        };
        let first = r#"127.0.0.1 - me\x20too [06/Nov/1994:08:49:37 +0000] "GET /a\"b HTTP/1.1" 200 5"#;
        assert_eq!(common(&entry), first);
        assert_eq!(quoted(entry.agent.as_deref()), r#""x\x0a\"\xc3\xa9""#);
        assert_eq!(
            object(&entry),
            r#"{"time":"1994-11-06T08:49:37Z","peer":"127.0.0.1:5000","user":"me too","method":"GET","target":"/a\"b","version":"HTTP/1.1","status":200,"bytes":5,"whole":true,"milliseconds":1.500,"referer":null,"agent":"x\u000a\"é"}"#
        );
    }
}
