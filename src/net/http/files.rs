//! Files: requests answered from a folder.

use std::fs::File;
use std::io;
use std::sync::Arc;

use hyper::header::{HeaderValue, LOCATION};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use rustix::io::Errno;

use super::body::Body;
use super::connection::Visit;
use super::delivery::Delivery;
use super::folder::{Folder, Found, State};
use super::path::Target;
use super::site::{Request, Responder};
use super::{listing, page};
use crate::net::pending;
use crate::net::transport::BoxFuture;

/// A folder and how it is shown.
pub struct Files {
    /// The folder.
    pub folder: Arc<Folder>,
    /// The names of the files that stand for the folders they are in, the best first.
    pub index: Vec<String>,
    /// Whether folders without one are listed.
    pub listing: bool,
    /// Whether the folder's own index answers for paths that lead nowhere and look like no file: the pages of an
    /// application that runs in the browser.
    pub spa: bool,
    /// Whether names that begin with a dot are there.
    pub hidden: bool,
    /// What caches are told of files.
    pub cache: HeaderValue,
}

/// An answer, or what of it is here already.
pub(super) struct Answer {
    pub response: Response<Body>,
    /// What makes it whole, on a thread that may wait for a disk or compress.
    pub work: Option<Work>,
}

/// What is left to do for an answer.
pub(super) type Work = Box<dyn FnOnce(Response<Body>) -> io::Result<Response<Body>> + Send>;

impl From<Response<Body>> for Answer {
    fn from(response: Response<Body>) -> Self {
        Self { response, work: None }
    }
}

impl Responder for Files {
    fn respond<'a>(&'a self, request: Request, _: &'a Visit) -> BoxFuture<'a, Result<Response<Body>, Request>> {
        // What comes with it is not asked for, and says nothing about files.
        let (head, _) = request.into_parts();
        match self.answer(&head) {
            Ok(Answer { response, work: None }) => Box::pin(std::future::ready(Ok(response))),
            Ok(Answer { response, work: Some(work) }) => Box::pin(async move {
                let worked = pending::work(|| work(response)).await.map_err(io::Error::other).flatten();
                Ok(worked.unwrap_or_else(|error| page::error(status(&error), &head.headers)))
            }),
            Err(status) => Box::pin(std::future::ready(Ok(page::error(status, &head.headers)))),
        }
    }
}

impl Files {
    fn answer(&self, head: &Parts) -> Result<Answer, StatusCode> {
        match head.method {
            Method::GET | Method::HEAD => {}
            Method::OPTIONS => return Ok(page::allowed().into()),
            Method::POST | Method::PUT | Method::DELETE | Method::PATCH | Method::CONNECT | Method::TRACE => {
                return Err(StatusCode::METHOD_NOT_ALLOWED);
            }
            _ => return Err(StatusCode::NOT_IMPLEMENTED),
        }
        let target = Target::parse(head.uri.path())?;
        match self.find(&target, head) {
            Err(StatusCode::NOT_FOUND) if self.spa && !target.last().contains(&b'.') => {
                self.index_of(&Target::parse("/")?, head)?.ok_or(StatusCode::NOT_FOUND)
            }
            outcome => outcome,
        }
    }

    fn find(&self, target: &Target, head: &Parts) -> Result<Answer, StatusCode> {
        if target.is_hidden() && !self.hidden {
            return Err(StatusCode::NOT_FOUND);
        }
        match self.folder.find(target.path()).map_err(|error| status(&error))? {
            Found::File(..) if target.folder => Err(StatusCode::NOT_FOUND),
            Found::File(file, state) => self.deliver(target, file, state, head),
            Found::Folder(_) if !target.folder => Ok(moved(target, head).into()),
            Found::Folder(open) => match self.index_of(target, head)? {
                Some(answer) => Ok(answer),
                None if self.listing => Ok(self.list(target, open, head)),
                None => Err(StatusCode::NOT_FOUND),
            },
        }
    }

    /// The file that stands for a folder.
    fn index_of(&self, target: &Target, head: &Parts) -> Result<Option<Answer>, StatusCode> {
        for name in &self.index {
            let index = target.join(name.as_bytes());
            match self.folder.find(index.path()) {
                Ok(Found::File(file, state)) => return self.deliver(&index, file, state, head).map(Some),
                Ok(Found::Folder(_)) => {}
                Err(error) if status(&error) == StatusCode::NOT_FOUND => {}
                Err(error) => return Err(status(&error)),
            }
        }
        Ok(None)
    }

    fn deliver(&self, target: &Target, file: File, state: State, head: &Parts) -> Result<Answer, StatusCode> {
        let delivery = Delivery { folder: &self.folder, target, cache: &self.cache, head };
        delivery.answer(file, state).map_err(|error| status(&error))?
    }

    fn list(&self, target: &Target, open: File, head: &Parts) -> Answer {
        let (folder, target, head, hidden) = (Arc::clone(&self.folder), target.clone(), head.clone(), self.hidden);
        let work: Work = Box::new(move |_| listing::respond(&folder, &target, &open, &head, hidden));
        Answer { work: Some(work), ..page::empty(StatusCode::OK).into() }
    }
}

/// To the same folder with a `/` behind it, so that the links in it hold. The query goes along.
fn moved(target: &Target, head: &Parts) -> Response<Body> {
    let query = head.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = page::error(StatusCode::TEMPORARY_REDIRECT, &head.headers);
    if let Ok(location) = HeaderValue::try_from(target.as_folder() + &query) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// What an error of the system means to whoever asked.
fn status(error: &io::Error) -> StatusCode {
    let Some(errno) = Errno::from_io_error(error) else {
        return if error.kind() == io::ErrorKind::NotFound {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
    };
    match errno {
        // Leading nowhere, through too many links, out of the folder, or to what nobody can name or open.
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::NAMETOOLONG | Errno::NXIO | Errno::INVAL => {
            StatusCode::NOT_FOUND
        }
        Errno::ACCESS | Errno::PERM => StatusCode::FORBIDDEN,
        Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
