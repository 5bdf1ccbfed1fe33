//! Documents that nsh writes about itself, from its registries: the reference and the man page.

mod man;
mod reference;

use super::arguments::Document;
use super::output::write_all;
use super::source::{Unreadable, reason};
use super::status::Status;
use crate::language::Diagnostic;

/// Writes a document to standard output.
pub(crate) fn run(document: Document) -> Result<Status, Unreadable> {
    let text = match document {
        Document::Reference => reference::text(),
        Document::Man => man::text(),
    };
    print(&text)
}

/// Writes `text` to standard output.
pub(crate) fn print(text: &str) -> Result<Status, Unreadable> {
    match write_all(rustix::stdio::stdout(), text.as_bytes()) {
        Ok(()) => Ok(Status::HELD),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Status::NO_READER),
        Err(error) => {
            let message = format!("cannot write to standard output: {}", reason(&error));
            Err(Unreadable::new(Diagnostic::error(message), Status::REFUSED))
        }
    }
}
