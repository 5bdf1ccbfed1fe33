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
