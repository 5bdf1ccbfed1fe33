//! Sources of scripts: files and standard input, read as UTF-8 text.

use std::ffi::OsString;
use std::path::Path;

use super::status::Status;
use crate::engine::file::{LARGEST_SCRIPT, read_path, read_whole};
use crate::language::{Diagnostic, Source, Span};

/// Why there is no text, and how that ends the process.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// What is wrong.
    pub(crate) diagnostic: Box<Diagnostic>,
    /// What it is found in: the text with `\u{fffd}` for what is none.
    pub(crate) source: Source,
    /// The file that cannot be read is the system's refusal; one that is not text is the user's error.
    pub(crate) status: Status,
}

impl Unreadable {
    /// What has no place in a text.
    pub(crate) fn new(diagnostic: Diagnostic, status: Status) -> Self {
        Self { diagnostic: Box::new(diagnostic), source: Source::new("", ""), status }
    }
}

/// How bytes are written that are no text.
const BYTES: &str = "bytes that are no text are written `x\"ff 00\"` or `\"\\xff\"`";

/// Whether `file` means standard input.
pub(crate) fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// Reads a script; `-` is standard input.
pub(crate) fn read(file: &Path) -> Result<Source, Unreadable> {
    let name = file.display().to_string();
    let result = if is_standard_input(file) {
        read_whole(std::io::stdin().lock(), LARGEST_SCRIPT)
    } else {
        read_path(file, LARGEST_SCRIPT)
    };
    let bytes = result.map_err(|error| {
        let message = format!("cannot read `{name}`: {}", reason(&error));
        Unreadable::new(Diagnostic::error(message), Status::REFUSED)
    })?;
    let name = if is_standard_input(file) { "standard input".to_owned() } else { name };
    let text = text(bytes, &name)?;
    Ok(Source::new(name, text))
}

/// `bytes` of the source called `name` as text.
pub(crate) fn text(bytes: Vec<u8>, name: &str) -> Result<String, Unreadable> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let byte = error.as_bytes()[good];
        let diagnostic = Diagnostic::error(format!("`{name}` is not UTF-8 text"))
            .at(Span::new(good, good + '\u{fffd}'.len_utf8()))
            .labelled(format!("the byte \\x{byte:02x} is no part of a character"))
            .hint(BYTES);
        let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
        Unreadable { diagnostic: Box::new(diagnostic), source, status: Status::USAGE }
    })
}

/// Words of the Unix command line as text.
pub(crate) fn words(words: Vec<OsString>) -> Result<Vec<String>, Unreadable> {
    words
        .into_iter()
        .map(|word| {
            word.into_string().map_err(|word| {
                let message = format!("the argument `{}` is not UTF-8 text", word.to_string_lossy());
                Unreadable::new(Diagnostic::error(message).hint(BYTES), Status::USAGE)
            })
        })
        .collect()
}

/// Why the system refused, in our own words where it is common.
pub(crate) fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::StorageFull => "no space is left there".to_owned(),
        _ => error.to_string(),
    }
}
