//! Pipes where the system cannot splice: there are none.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::task::{Context, Poll};

use crate::net::socket::Socket;

/// A pipe, of which there is none.
pub(in crate::net) struct Pipe(Infallible);

impl Pipe {
    /// Whether the system has such pipes.
    pub(in crate::net) const EXIST: bool = false;

    /// None.
    pub(in crate::net) fn take() -> Option<Self> {
        None
    }

    pub(in crate::net) fn give(self) {
        match self.0 {}
    }

    pub(in crate::net) fn held(&self) -> usize {
        match self.0 {}
    }

    pub(in crate::net) fn fill(&mut self, _: &dyn Socket) -> io::Result<usize> {
        match self.0 {}
    }

    pub(in crate::net) fn poll_drain(
        &mut self,
        _: &mut Context<'_>,
        _: &dyn Socket,
        _: usize,
    ) -> Poll<io::Result<usize>> {
        match self.0 {}
    }

    pub(in crate::net) fn tee(&self, _: &mut Self) -> io::Result<usize> {
        match self.0 {}
    }

    pub(in crate::net) fn exit(&self) -> Exit {
        match self.0 {}
    }

    pub(in crate::net) fn poured(&mut self, _: usize) {
        match self.0 {}
    }

    pub(in crate::net) fn discard(&mut self, _: usize) -> io::Result<()> {
        match self.0 {}
    }
}

/// A pipe's exit, of which there is none.
pub(in crate::net) struct Exit(Infallible);

impl Exit {
    pub(in crate::net) fn pour(&self, _: &File, _: u64, _: usize) -> (usize, io::Result<()>) {
        match self.0 {}
    }
}
