//! What every test needs: the program under test, its peers, and waiting that a busy machine cannot break.

mod certificate;
mod command;
mod folder;
mod kernel;
mod noise;
mod output;
mod patience;
mod process;
mod program;
mod socket;

pub(crate) use certificate::with_certificate;
pub(crate) use command::{Nsh, nsh, python, script};
pub(crate) use folder::Folder;
pub(crate) use kernel::{descriptors, next_descriptor, resident};
pub(crate) use noise::noise;
pub(crate) use output::Output;
pub(crate) use patience::{LONG, settled, until};
pub(crate) use process::Process;
pub(crate) use program::{foreign, program};
pub(crate) use socket::{Door, Mailbox, Talk};
