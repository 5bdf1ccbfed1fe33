//! Forks: several views of one run, which may join and leave while it goes on.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::engine::event::{Event, EventSink, What};

/// Tells all its views.
#[derive(Default)]
pub(crate) struct Fork {
    views: RwLock<Vec<Arc<dyn EventSink>>>,
}

impl Fork {
    /// A fork to these views.
    pub(crate) fn to(views: Vec<Arc<dyn EventSink>>) -> Self {
        Self { views: RwLock::new(views) }
    }

    /// Tells that view, too.
    pub(crate) fn join(&self, view: Arc<dyn EventSink>) {
        // The first that was there is told last.
        self.views.write().unwrap_or_else(PoisonError::into_inner).insert(0, view);
    }

    /// Tells that view no more.
    pub(crate) fn leave(&self, view: &Arc<dyn EventSink>) {
        self.views.write().unwrap_or_else(PoisonError::into_inner).retain(|known| !Arc::ptr_eq(known, view));
    }

    fn views(&self) -> RwLockReadGuard<'_, Vec<Arc<dyn EventSink>>> {
        self.views.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for Fork {
    fn emit(&self, event: Event) {
        let views = self.views();
        if matches!(event.what, What::TlsSecret(_)) {
            return views.iter().filter(|view| view.wants_secrets()).for_each(|view| view.emit(event.clone()));
        }
        if let Some((last, others)) = views.split_last() {
            for view in others {
                view.emit(event.clone());
            }
            last.emit(event);
        }
    }

    fn wants_data(&self) -> bool {
        self.views().iter().any(|view| view.wants_data())
    }

    fn wants_all_data(&self) -> bool {
        self.views().iter().any(|view| view.wants_all_data())
    }

    fn wants_secrets(&self) -> bool {
        self.views().iter().any(|view| view.wants_secrets())
    }

    fn wants_steps(&self) -> bool {
        self.views().iter().any(|view| view.wants_steps())
    }
}
