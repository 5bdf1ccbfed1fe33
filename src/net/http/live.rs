//! Live pages: browsers that load a page again when a file that they were sent has changed (server-sent events, HTML
//! 9.2).

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, RANGE,
};
use hyper::{HeaderMap, Method, Response};
use tokio::sync::watch;

use super::body::Body;
use super::connection::Visit;
use super::files::Files;
use super::page;
use super::path::Target;
use super::site::{Request, Responder};
use crate::net::pending;
use crate::net::transport::BoxFuture;

/// Where changes are told.
const PATH: &str = "/.nsh/live";
/// What pages run.
const SCRIPT: &str = concat!("\n<script>\n", include_str!("live.js"), "</script>\n");
/// How often files are looked at while a browser listens.
const LOOK: Duration = Duration::from_millis(400);
/// How many files are looked at.
const MOST: usize = 1024;
/// How often a silent stream says that it is there.
const BEAT: Duration = Duration::from_secs(15);

/// Files whose pages are live.
pub struct Live {
    files: Files,
    changes: Arc<Changes>,
}

impl Live {
    /// Live pages of the files below `folder`.
    pub fn new(files: Files, folder: PathBuf) -> Self {
        let changes = Changes {
            folder,
            index: files.index.clone(),
            told: watch::Sender::new(0),
            seen: Mutex::default(),
            looks: Mutex::new(false),
        };
        Self { files, changes: Arc::new(changes) }
    }
}

impl Responder for Live {
    fn respond<'a>(&'a self, mut request: Request, visit: &'a Visit) -> BoxFuture<'a, Result<Response<Body>, Request>> {
        Box::pin(async move {
            if request.method() == Method::GET && request.uri().path() == PATH {
                return Ok(stream(&self.changes));
            }
            self.changes.note(request.uri().path());
            let wanted = request.headers().get(ACCEPT).is_some_and(|accept| page::wants_html(accept.as_bytes()));
            if !wanted {
                return self.files.respond(request, visit).await;
            }
            // A page is sent whole and as it is, so that the script can stand behind it.
            for field in [ACCEPT_ENCODING, RANGE, IF_NONE_MATCH, IF_MODIFIED_SINCE] {
                request.headers_mut().remove(field);
            }
            let mut response = self.files.respond(request, visit).await?;
            if is_page(response.headers()) {
                response.body_mut().push_bytes(Bytes::from_static(SCRIPT.as_bytes()));
                enliven(response.headers_mut());
            }
            Ok(response)
        })
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"text/html"))
}

/// Has nobody keep a page with the script in it, and lets it listen.
fn enliven(headers: &mut HeaderMap) {
    for field in [ETAG, LAST_MODIFIED, ACCEPT_RANGES] {
        headers.remove(field);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let policy = headers.get("content-security-policy").and_then(|policy| policy.to_str().ok());
    let policy = policy.and_then(|policy| HeaderValue::try_from(format!("{policy}; connect-src 'self'")).ok());
    if let Some(policy) = policy {
        headers.insert("content-security-policy", policy);
    }
}

fn stream(changes: &Arc<Changes>) -> Response<Body> {
    let mut response = Response::new(Body::events(Events::new(changes.listen())));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The changes of files that were asked for, which are looked for as long as somebody listens.
struct Changes {
    folder: PathBuf,
    index: Vec<String>,
    told: watch::Sender<u64>,
    /// What was asked for, each with a number that is another one when it has come, gone or changed.
    seen: Mutex<HashMap<PathBuf, u64>>,
    /// Whether a task looks.
    looks: Mutex<bool>,
}

impl Changes {
    /// Notes that a path is asked for, as it is before that is answered.
    fn note(&self, path: &str) {
        let Ok(target) = Target::parse(path) else { return };
        let path = target.path().to_owned();
        let state = self.state(&path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            // Who still shows them asks again when something changes.
            seen.clear();
        }
        seen.insert(path, state);
    }

    fn listen(self: &Arc<Self>) -> watch::Receiver<u64> {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.told.subscribe();
        if !*looks {
            *looks = true;
            tokio::spawn(Arc::clone(self).look());
        }
        receiver
    }

    async fn look(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            let all = Arc::clone(&self);
            let Ok(changed) = pending::work(move || all.has_changed()).await else { return };
            if changed {
                self.told.send_modify(|count| *count += 1);
            }
            let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
            if self.told.receiver_count() == 0 {
                *looks = false;
                return;
            }
        }
    }

    fn has_changed(&self) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = false;
        for (path, before) in seen.iter_mut() {
            let now = self.state(path);
            changed |= now != *before;
            *before = now;
        }
        changed
    }

    /// The state of what a path shows: a file, a folder's index file, or the folder.
    fn state(&self, path: &Path) -> u64 {
        let whole = self.folder.join(path);
        let Ok(metadata) = fs::metadata(&whole) else { return 0 };
        if !metadata.is_dir() {
            return number(&metadata);
        }
        let index = self.index.iter().find_map(|name| fs::metadata(whole.join(name)).ok());
        number(&index.unwrap_or(metadata))
    }
}

fn number(metadata: &fs::Metadata) -> u64 {
    let mut hasher = DefaultHasher::new();
    (metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec()).hash(&mut hasher);
    hasher.finish()
}

/// Waits for what is to be told next, and gives the receiver back.
type Next = BoxFuture<'static, (Option<watch::Receiver<u64>>, &'static str)>;

/// One browser's stream of events.
pub(super) struct Events(Next);

impl Events {
    /// The events of what `changes` tells.
    fn new(changes: watch::Receiver<u64>) -> Self {
        Self(Box::pin(std::future::ready((Some(changes), "retry: 500\n\n"))))
    }

    /// The next piece; `None` when nothing more can change.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let (changes, text) = ready!(self.0.as_mut().poll(cx));
        let Some(changes) = changes else { return Poll::Ready(None) };
        self.0 = Box::pin(next(changes));
        Poll::Ready(Some(Bytes::from_static(text.as_bytes())))
    }
}

async fn next(mut changes: watch::Receiver<u64>) -> (Option<watch::Receiver<u64>>, &'static str) {
    match tokio::time::timeout(BEAT, changes.changed()).await {
        Ok(Ok(())) => (Some(changes), "event: change\ndata:\n\n"),
        Ok(Err(_)) => (None, ""),
        Err(_) => (Some(changes), ":\n\n"),
    }
}
