//! Paths: from a request's target to a name below the folder, and back.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use hyper::StatusCode;

/// A path below the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Its segments joined by `/`, decoded, without one at the start or the end; empty for the folder itself.
    name: Vec<u8>,
    /// Whether a `/` ended it: a folder is meant.
    pub folder: bool,
}

impl Target {
    /// Reads the path of a request (RFC 3986, 3.3). Empty segments and `.` say nothing. An escape that is none, or that
    /// is a NUL, is a bad request; `..` and an escaped `/` lead nowhere.
    pub(super) fn parse(path: &str) -> Result<Self, StatusCode> {
        let mut name = Vec::with_capacity(path.len());
        for segment in path.split('/') {
            let start = name.len();
            if start > 0 {
                name.push(b'/');
            }
            let begin = name.len();
            decode(segment, &mut name)?;
            match &name[begin..] {
                b"" | b"." => name.truncate(start),
                segment if segment == b".." || segment.contains(&b'/') => return Err(StatusCode::NOT_FOUND),
                _ => {}
            }
        }
        Ok(Self { name, folder: path.ends_with('/') })
    }

    /// It as a path relative to the folder.
    pub(super) fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(if self.name.is_empty() { b"." } else { &self.name }))
    }

    /// Its name's bytes.
    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    /// The path of something in it.
    pub(super) fn join(&self, name: &[u8]) -> Self {
        let mut joined = self.name.clone();
        if !joined.is_empty() {
            joined.push(b'/');
        }
        joined.extend_from_slice(name);
        Self { name: joined, folder: false }
    }

    /// The same with `suffix` behind its name.
    pub(super) fn with(&self, suffix: &str) -> Self {
        let mut name = self.name.clone();
        name.extend_from_slice(suffix.as_bytes());
        Self { name, folder: false }
    }

    /// Whether a segment begins with a dot, but for `.well-known` (RFC 8615).
    pub(super) fn is_hidden(&self) -> bool {
        self.name.split(|byte| *byte == b'/').any(|segment| segment.starts_with(b".") && segment != b".well-known")
    }

    /// Its last segment.
    pub(super) fn last(&self) -> &[u8] {
        self.name.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }

    /// It as the path of a folder in a URL: with one `/` at its start, so that it can never name a host, and one at its
    /// end.
    pub(super) fn as_folder(&self) -> String {
        if self.name.is_empty() { "/".to_owned() } else { format!("/{}/", encode(&self.name)) }
    }
}

/// A part of a path with its escapes resolved; `None` when one of them is none.
pub fn decoded(segment: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(segment.len());
    decode(segment, &mut bytes).ok()?;
    Some(bytes)
}

fn decode(segment: &str, into: &mut Vec<u8>) -> Result<(), StatusCode> {
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => digit(bytes.next())? << 4 | digit(bytes.next())?,
            byte => byte,
        };
        if byte == 0 {
            return Err(StatusCode::BAD_REQUEST);
        }
        into.push(byte);
    }
    Ok(())
}

fn digit(byte: Option<u8>) -> Result<u8, StatusCode> {
    let digit = byte.and_then(|byte| char::from(byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    digit.ok_or(StatusCode::BAD_REQUEST)
}

/// Bytes as a part of a URL's path; `/` stays.
pub(super) fn encode(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&()*,;=@".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.extend(format!("%{byte:02X}").chars());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_and_cleaned() {
        for (path, name, folder) in [
            ("/", "", true),
            ("/a", "a", false),
            ("//a///b/./c/", "a/b/c", true),
            ("/%61%20b", "a b", false),
            ("/./", "", true),
        ] {
            assert_eq!(Target::parse(path), Ok(Target { name: name.into(), folder }), "{path}");
        }
    }

    #[test]
    fn what_leads_out_leads_nowhere() {
        for path in ["/..", "/../etc/passwd", "/a/../b", "/%2e%2e/x", "/.%2E/x", "/a%2Fb", "/..%2f..%2fetc"] {
            assert_eq!(Target::parse(path), Err(StatusCode::NOT_FOUND), "{path}");
        }
        for path in ["/%00", "/a%", "/a%4", "/%zz", "/%+1"] {
            assert_eq!(Target::parse(path), Err(StatusCode::BAD_REQUEST), "{path}");
        }
    }

    #[test]
    fn a_folder_in_a_url_never_names_a_host() {
        assert_eq!(
            Target::parse("//evil.example/x y").map(|target| target.as_folder()),
            Ok("/evil.example/x%20y/".into())
        );
    }
}
