//! The console of a script or of one statement: standard input and standard output as they are.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::input::Input;
use super::output::Streams;
use super::terminal::Unseen;
use crate::engine::Console;
use crate::engine::console::{Manner, Task};
use crate::engine::event::SessionTag;
use crate::look::escape;

/// Something for the writing thread to do.
enum Job {
    Write(Bytes),
    End,
}

type Jobs = mpsc::Sender<(Job, oneshot::Sender<io::Result<()>>)>;

/// Standard input and output.
pub(crate) struct Stdio {
    input: Arc<Input>,
    streams: Arc<Streams>,
    /// The writing thread, once there is something to write.
    jobs: Mutex<Option<Jobs>>,
    /// What is shown on a terminal is escaped.
    escaped: Option<Mutex<escape::Stream>>,
    /// Standard output is for one session and ends with it.
    single: bool,
}

impl Stdio {
    /// The console over `input` and `streams`; with `single`, standard output is closed when a session's data ends.
    pub(crate) fn new(input: Arc<Input>, streams: Arc<Streams>, single: bool) -> Self {
        let escaped = streams.output_is_terminal().then(Mutex::default);
        Self { input, streams, jobs: Mutex::new(None), escaped, single }
    }

    /// Has the writing thread do `job`, and waits until it is done.
    async fn perform(&self, job: Job) -> io::Result<()> {
        let (done, wait) = oneshot::channel();
        {
            let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let jobs = match &mut *jobs {
                Some(jobs) => jobs,
                none => none.insert(start(Arc::clone(&self.streams))?),
            };
            jobs.send((job, done)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        }
        wait.await.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
    }
}

/// Starts the writing thread: a full pipe then stops nobody but who waits for it.
fn start(streams: Arc<Streams>) -> io::Result<Jobs> {
    let (sender, jobs) = mpsc::channel::<(Job, oneshot::Sender<io::Result<()>>)>();
    std::thread::Builder::new().name("stdout".into()).spawn(move || {
        for (job, done) in jobs {
            let result = match job {
                Job::Write(bytes) => streams.output(&bytes),
                Job::End => streams.end_output(),
            };
            // Whoever asked may have been interrupted; it is done all the same.
            let _ = done.send(result);
        }
    })?;
    Ok(sender)
}

impl Console for Stdio {
    fn ask<'a>(&'a self, prompt: &'a str, secret: bool) -> Task<'a, io::Result<Option<String>>> {
        Box::pin(async move {
            let prompt = escape::lines(prompt.as_bytes());
            self.perform(Job::Write(prompt.into())).await?;
            let unseen = secret.then(Unseen::begin);
            let line = self.input.line().await?;
            drop(unseen);
            line.map(String::from_utf8)
                .transpose()
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "standard input is not UTF-8"))
        })
    }

    fn read(&self) -> Task<'_, io::Result<Option<Bytes>>> {
        Box::pin(self.input.piece())
    }

    fn write(&self, bytes: Bytes) -> Task<'_, io::Result<()>> {
        Box::pin(async move {
            let bytes = match &self.escaped {
                Some(stream) => stream.lock().unwrap_or_else(PoisonError::into_inner).push(&bytes).into(),
                None => bytes,
            };
            self.perform(Job::Write(bytes)).await
        })
    }

    fn end(&self) -> Task<'_, io::Result<()>> {
        Box::pin(async move {
            if let Some(stream) = &self.escaped {
                let rest = stream.lock().unwrap_or_else(PoisonError::into_inner).finish();
                if !rest.is_empty() {
                    self.perform(Job::Write(rest.into())).await?;
                }
            }
            if self.single { self.perform(Job::End).await } else { Ok(()) }
        })
    }

    fn attach(&self, _session: Option<(&Arc<SessionTag>, Manner)>) {}
}
