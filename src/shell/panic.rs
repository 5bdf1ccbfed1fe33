//! Panics: our own faults, said so in one line, with the terminal as it was before.

use std::panic::PanicHookInfo;

use super::output::write_all;
use super::status::Status;
use super::terminal;

/// Installs the hook: a panic in whatever thread ends the process with 101.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        terminal::restore();
        let _ = write_all(rustix::stdio::stderr(), report(info).as_bytes());
        std::process::exit(Status::PANICKED.code().into());
    }));
}

fn report(info: &PanicHookInfo<'_>) -> String {
    let reason = info.payload_as_str().unwrap_or("no reason given");
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    let more = if std::env::var_os("RUST_BACKTRACE").is_some() {
        std::backtrace::Backtrace::force_capture().to_string()
    } else {
        " hint: with `RUST_BACKTRACE=1` in the environment it tells how it came about; please report that".to_owned()
    };
    format!(
        "error: this is a fault of nsh, not of your script: {reason}\n  \
         nsh {} at {place}, thread `{thread}`\n{more}\n",
        env!("CARGO_PKG_VERSION")
    )
}
