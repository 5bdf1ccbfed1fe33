//! A running program whose output is collected as it comes.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::folder::Folder;
use super::kernel::{Transport, listening};
use super::output::{Output, shown};
use super::patience::{LONG, until};

/// A program that a test started; killed, and it alone, when the test forgets it.
pub(crate) struct Process {
    name: String,
    child: Child,
    stdin: Mutex<Option<ChildStdin>>,
    out: Stream,
    err: Stream,
    folder: Arc<Folder>,
    status: Option<ExitStatus>,
}

/// One of its outputs.
#[derive(Clone, Default)]
struct Stream {
    shared: Arc<(Mutex<Collected>, Condvar)>,
}

#[derive(Default)]
struct Collected {
    bytes: Vec<u8>,
    ended: bool,
}

impl Stream {
    /// Collects `from` on a thread until its end.
    fn collect(from: Option<impl Read + Send + 'static>) -> Self {
        let stream = Self::default();
        let Some(mut from) = from else {
            stream.end();
            return stream;
        };
        let collector = stream.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                collector.add(&buffer[..count]);
            }
            collector.end();
        });
        stream
    }

    fn add(&self, bytes: &[u8]) {
        let (collected, changed) = &*self.shared;
        collected.lock().expect("no holder panics").bytes.extend_from_slice(bytes);
        changed.notify_all();
    }

    fn end(&self) {
        let (collected, changed) = &*self.shared;
        collected.lock().expect("no holder panics").ended = true;
        changed.notify_all();
    }

    fn bytes(&self) -> Vec<u8> {
        self.shared.0.lock().expect("no holder panics").bytes.clone()
    }

    /// Waits until `found` gives something; `None` when the stream ended or [`LONG`] passed without.
    fn wait<T>(&self, mut found: impl FnMut(&Collected) -> Option<T>) -> Option<T> {
        let (collected, changed) = &*self.shared;
        let start = Instant::now();
        let mut guard = collected.lock().expect("no holder panics");
        loop {
            if let Some(value) = found(&guard) {
                return Some(value);
            }
            let left = LONG.checked_sub(start.elapsed())?;
            if guard.ended {
                return None;
            }
            guard = changed.wait_timeout(guard, left).expect("no holder panics").0;
        }
    }
}

impl Process {
    pub(super) fn new(name: String, mut child: Child, folder: Arc<Folder>) -> Self {
        let stdin = Mutex::new(child.stdin.take());
        let out = Stream::collect(child.stdout.take());
        let err = Stream::collect(child.stderr.take());
        Self { name, child, stdin, out, err, folder, status: None }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The folder it runs in.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The same, for looking into it when the program has ended.
    pub(crate) fn shared_folder(&self) -> Arc<Folder> {
        Arc::clone(&self.folder)
    }

    /// Types into its standard input.
    #[track_caller]
    pub(crate) fn type_in(&self, bytes: impl AsRef<[u8]>) -> &Self {
        let mut stdin = self.stdin.lock().expect("no holder panics");
        let stdin = stdin.as_mut().expect("its standard input is open");
        stdin.write_all(bytes.as_ref()).unwrap_or_else(|error| panic!("typing to {}: {error}", self.name));
        self
    }

    /// Closes its standard input.
    pub(crate) fn end_input(&self) -> &Self {
        *self.stdin.lock().expect("no holder panics") = None;
        self
    }

    /// Waits until its standard output holds that.
    #[track_caller]
    pub(crate) fn wait_out(&self, part: impl AsRef<[u8]>) -> &Self {
        self.wait_for(&self.out, "stdout", part.as_ref());
        self
    }

    /// Waits until its standard error holds that.
    #[track_caller]
    pub(crate) fn wait_err(&self, part: impl AsRef<[u8]>) -> &Self {
        self.wait_for(&self.err, "stderr", part.as_ref());
        self
    }

    /// Waits until its standard output holds so many bytes.
    #[track_caller]
    pub(crate) fn wait_count(&self, count: usize) -> &Self {
        let found = self.out.wait(|collected| (collected.bytes.len() >= count).then_some(()));
        assert!(found.is_some(), "fewer than {count} bytes on stdout{}", self.story());
        self
    }

    /// Waits until its standard output ends.
    #[track_caller]
    pub(crate) fn wait_out_end(&self) -> &Self {
        let found = self.out.wait(|collected| collected.ended.then_some(()));
        assert!(found.is_some(), "stdout does not end{}", self.story());
        self
    }

    #[track_caller]
    fn wait_for(&self, stream: &Stream, name: &str, part: &[u8]) {
        let found = stream.wait(|collected| holds(&collected.bytes, part).then_some(()));
        assert!(found.is_some(), "{name} never says `{}`{}", shown(part), self.story());
    }

    /// What it wrote to standard output so far.
    pub(crate) fn out(&self) -> Vec<u8> {
        self.out.bytes()
    }

    /// What it wrote to standard error so far.
    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.err.bytes()).into_owned()
    }

    /// The first whole line on its standard output that starts with `start`, without that start.
    #[track_caller]
    pub(crate) fn out_line(&self, start: &str) -> String {
        let found = self.out.wait(|collected| line(&collected.bytes, start));
        found.unwrap_or_else(|| panic!("no line `{start}…` on stdout{}", self.story()))
    }

    /// The port that its `listening` line on standard error tells; waits for the line.
    #[track_caller]
    pub(crate) fn told_port(&self) -> u16 {
        let found = self.err.wait(|collected| {
            let text = String::from_utf8_lossy(&collected.bytes).into_owned();
            let rest = text[..text.rfind('\n')?].split_once("listening on ")?.1.to_owned();
            let place = rest.split_whitespace().nth(1)?;
            place.trim_end_matches([',', ';']).rsplit_once(':')?.1.parse().ok()
        });
        found.unwrap_or_else(|| panic!("no `listening` line on stderr{}", self.story()))
    }

    /// The TCP port it listens on, as the kernel knows it; waits until it listens.
    #[track_caller]
    pub(crate) fn tcp_port(&self) -> u16 {
        self.kernel_port(Transport::Tcp)
    }

    /// The UDP port it is bound to, as the kernel knows it; waits until it is.
    #[track_caller]
    pub(crate) fn udp_port(&self) -> u16 {
        self.kernel_port(Transport::Udp)
    }

    #[track_caller]
    fn kernel_port(&self, transport: Transport) -> u16 {
        until(&format!("{} to listen{}", self.name, self.story()), || listening(self.id(), transport).first().copied())
    }

    /// Sends it a signal, and nobody else.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.id()).expect("a process id")).expect("not 0");
        kill_process(pid, signal).expect("it is ours and not yet waited for");
    }

    /// Whether it is still running.
    pub(crate) fn runs(&mut self) -> bool {
        if self.status.is_none() {
            self.status = self.child.try_wait().expect("it is our child");
        }
        self.status.is_none()
    }

    /// Closes its standard input, waits for its end and gives what it left behind.
    #[track_caller]
    pub(crate) fn finish(self) -> Output {
        self.end_input();
        self.end()
    }

    /// Waits for its end, its standard input still open, and gives what it left behind.
    #[track_caller]
    pub(crate) fn end(mut self) -> Output {
        let start = Instant::now();
        let mut pause = 1;
        while self.runs() {
            assert!(start.elapsed() < LONG, "it does not end{}", self.story());
            thread::sleep(std::time::Duration::from_millis(pause));
            pause = (pause * 2).min(20);
        }
        for stream in [&self.out, &self.err] {
            assert!(stream.wait(|collected| collected.ended.then_some(())).is_some(), "an output stays open");
        }
        let status = self.status.expect("it has ended");
        Output {
            name: self.name.clone(),
            code: status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1),
            stdout: self.out.bytes(),
            stderr: self.err.bytes(),
        }
    }

    /// Ends it with SIGTERM and gives what it left behind.
    #[track_caller]
    pub(crate) fn stop(self) -> Output {
        self.signal(Signal::TERM);
        self.end()
    }

    fn story(&self) -> String {
        format!(
            "\n$ {}\n--- stdout so far\n{}\n--- stderr so far\n{}\n---",
            self.name,
            shown(&self.out.bytes()),
            shown(&self.err.bytes())
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.runs() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A file that takes a program's standard output.
pub(super) fn open_for_output(path: &std::path::Path) -> File {
    File::create(path).expect("a file of the test's own folder")
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

fn line(bytes: &[u8], start: &str) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let whole = &text[..text.rfind('\n')?];
    whole.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned)
}
