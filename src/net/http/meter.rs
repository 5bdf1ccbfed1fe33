//! Meters: what of an answer has gone, told when it is over.

use std::sync::Arc;

use tokio::time::Instant;

use super::connection::Observer;
use super::entry::Entry;
use super::limits::Limits;
use super::site::Site;
use crate::net::clock;

/// The meter of one answer. When it is dropped the answer is over.
pub(super) struct Meter {
    entry: Option<Entry>,
    began: Instant,
    site: Arc<Site>,
    limits: Arc<Limits>,
    observer: Arc<dyn Observer>,
}

impl Meter {
    /// Begins with the request's head.
    pub(super) fn new(entry: Entry, site: Arc<Site>, limits: Arc<Limits>, observer: Arc<dyn Observer>) -> Self {
        limits.begin();
        Self { entry: Some(entry), began: clock::now(), site, limits, observer }
    }

    /// Notes the status.
    pub(super) fn note_status(&mut self, status: u16) {
        if let Some(entry) = &mut self.entry {
            entry.status = status;
        }
    }

    /// Notes that so many bytes of content go.
    pub(super) fn note_bytes(&mut self, bytes: usize) {
        if let Some(entry) = &mut self.entry {
            entry.bytes += bytes as u64;
        }
    }

    /// Notes that these were all.
    pub(super) fn note_whole(&mut self) {
        if let Some(entry) = &mut self.entry {
            entry.whole = true;
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.limits.end();
        let Some(mut entry) = self.entry.take() else { return };
        entry.took = clock::now().duration_since(self.began);
        if let Some(log) = &self.site.log {
            log.write(&entry);
        }
        self.observer.answered(entry);
    }
}
