//! The `nsh` program: everything is in the library, one layer above the other.

use std::process::ExitCode;

fn main() -> ExitCode {
    sockshell::shell::main()
}
