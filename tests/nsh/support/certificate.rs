//! Certificates made by OpenSSL.

use super::command::Nsh;
use super::program::foreign;

/// A self-signed certificate for `name` and its key, as files in the folder of the command, if OpenSSL is installed.
#[track_caller]
pub(crate) fn with_certificate(command: Nsh, file: &str, name: &str) -> Option<Nsh> {
    let made = foreign("openssl")?
        .words("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2")
        .words(&format!("-subj /CN={name} -addext subjectAltName=DNS:{name}"))
        .words("-keyout key.pem -out cert.pem");
    let folder = made.folder();
    made.output().code(0);
    let command = command.file(&format!("{file}.pem"), folder.read("cert.pem"));
    Some(command.file(&format!("{file}.key"), folder.read("key.pem")))
}
