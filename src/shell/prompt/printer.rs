//! The printer: writes above the line that is being typed, from a thread of its own, and tears nothing.
//!
//! While a line is edited the terminal belongs to the line editor, which takes messages for it. It takes one at a
//! time and does not say when it has shown it; [`Printer::drawn`] is called when it has. When the line is accepted
//! while a message is still on its way, [`Printer::release`] says so: the editor is then replaced, because it would
//! show the message only with the next line, and the message is written directly. Because that would also lose keys
//! pressed ahead, messages are only given to it in moments in which no key is handled.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustyline::ExternalPrinter;
use tokio::sync::Notify;

use crate::look::amount;
use crate::look::words::Importance;
use crate::shell::live::Live;
use crate::shell::output::write_all;
use crate::shell::terminal;
use crate::shell::view::Sheet;

/// Lines about events that may wait; further ones are counted instead.
const WAITING: usize = 5_000;
/// Bytes that may wait before what peers sent is left out, and before anything that is printed is.
const SHOWN: usize = 1 << 20;
const PRINTED: usize = 16 << 20;
/// Bytes that may wait when more is asked for.
const ROOM: usize = 256 * 1024;
/// Bytes handed over at once.
const BATCH: usize = 16 * 1024;
/// How long no key must have been handled before a message is given to the line editor, and how often that is
/// waited for.
const QUIET: Duration = Duration::from_millis(15);
const QUIET_TRIES: u32 = 20;
/// How long the line editor waits for a message that is just being given to it.
const PATIENCE: Duration = Duration::from_millis(100);

/// Whose the terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nobody's: messages are written directly.
    Direct,
    /// It is changing hands: messages wait.
    Holding,
    /// The line editor's: it takes the messages.
    Editing,
}

/// Something to write.
enum Message {
    /// Whole lines.
    Lines(String),
    /// Whole lines in the place of those before.
    Block(String),
    /// They stay where they are.
    Settle,
}

impl Message {
    /// Its bytes.
    fn length(&self) -> usize {
        match self {
            Self::Lines(text) | Self::Block(text) => text.len(),
            Self::Settle => 0,
        }
    }
}

struct State {
    queue: VecDeque<Message>,
    /// Bytes in the queue.
    waiting: usize,
    live: Live,
    left_out: u64,
    /// Bytes that were left out.
    skipped: u64,
    pushed: u64,
    written: u64,
    phase: Phase,
    writing: bool,
    /// Given to the line editor, which has not shown it yet.
    flying: Option<String>,
    external: Option<Box<dyn ExternalPrinter + Send>>,
    /// Counts the keys handled.
    keys: u64,
    /// Counts the line editors, so that the way to a replaced one is not kept.
    editor: u64,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    room: Notify,
}

/// The way to the terminal. All clones are the same.
#[derive(Clone)]
pub(crate) struct Printer(Arc<Shared>);

impl Printer {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<Self> {
        let state = State {
            queue: VecDeque::new(),
            waiting: 0,
            live: Live::default(),
            left_out: 0,
            skipped: 0,
            pushed: 0,
            written: 0,
            phase: Phase::Direct,
            writing: false,
            flying: None,
            external: None,
            keys: 0,
            editor: 0,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), room: Notify::new() });
        let printer = Self(Arc::clone(&shared));
        std::thread::Builder::new().name("printer".into()).spawn(move || {
            loop {
                shared.step();
            }
        })?;
        Ok(printer)
    }

    /// Writes above the line, after all that was given before. A line feed is added where the end has none.
    pub(crate) fn print(&self, text: impl Into<String>) {
        self.push(text.into(), false);
    }

    /// Waits until all that was given before this is written. Only while no line is edited.
    pub(crate) fn flush(&self) {
        let state = self.0.lock();
        let target = state.pushed;
        drop(self.0.wait_while(state, |state| state.written < target));
    }

    /// Keeps messages back, because the terminal is about to change hands; returns when none is being written.
    pub(crate) fn hold(&self) {
        let mut state = self.0.lock();
        state.phase = Phase::Holding;
        drop(self.0.wait_while(state, |state| state.writing));
    }

    /// Keeps messages back, because the line editor is about to give the terminal away. Called by its thread, which
    /// may be what a message waits for; so that is not waited for long.
    pub(crate) fn begin_release(&self) {
        let mut state = self.0.lock();
        state.phase = Phase::Holding;
        drop(self.0.changed.wait_timeout_while(state, PATIENCE, |state| state.writing));
    }

    /// The line editor has the terminal.
    pub(crate) fn edit(&self) {
        let mut state = self.0.lock();
        if state.phase != Phase::Editing {
            state.phase = Phase::Editing;
            self.0.changed.notify_all();
        }
    }

    /// Whether the line editor has the terminal.
    pub(crate) fn is_editing(&self) -> bool {
        self.0.lock().phase == Phase::Editing
    }

    /// The line editor handles a key.
    pub(crate) fn stir(&self) {
        self.0.lock().keys += 1;
        self.0.changed.notify_all();
    }

    /// The line editor has shown the message that it was given.
    pub(crate) fn drawn(&self) {
        self.0.lock().flying = None;
        self.0.changed.notify_all();
    }

    /// The terminal is nobody's again. Whether a message is still in the line editor: it is then written first, and
    /// the line editor has to be replaced.
    pub(crate) fn release(&self) -> bool {
        let mut state = self.0.lock();
        state.phase = Phase::Direct;
        let flying = state.flying.take();
        let any = flying.is_some();
        if let Some(text) = flying {
            state.external = None;
            state.editor += 1;
            state.waiting += text.len();
            state.queue.push_front(Message::Lines(text));
            state.pushed += 1;
        }
        self.0.changed.notify_all();
        any
    }

    /// The line editor's side.
    pub(crate) fn connect(&self, external: impl ExternalPrinter + Send + 'static) {
        let mut state = self.0.lock();
        state.external = Some(Box::new(external));
        state.editor += 1;
    }

    /// Returns when not much waits to be written.
    pub(crate) async fn room(&self) {
        loop {
            let notified = self.0.room.notified();
            if self.0.lock().has_room() {
                return;
            }
            notified.await;
        }
    }

    /// Writes what was printed, unless more than so many bytes wait already.
    fn print_within(&self, bytes: &[u8], most: usize) {
        let mut state = self.0.lock();
        if state.waiting > most {
            state.skipped += bytes.len() as u64;
            return;
        }
        drop(state);
        self.print(String::from_utf8_lossy(bytes).into_owned());
    }

    fn push(&self, mut text: String, droppable: bool) {
        if text.is_empty() {
            return;
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let mut state = self.0.lock();
        if droppable && state.queue.len() >= WAITING {
            state.left_out += 1;
            return;
        }
        state.account();
        state.add(Message::Lines(text));
        self.0.changed.notify_all();
    }

    fn draw(&self, message: Message) {
        let mut state = self.0.lock();
        // A terminal that takes nothing shall not have all blocks wait for it.
        if let (Some(Message::Block(waiting)), Message::Block(newer)) = (state.queue.back_mut(), &message) {
            let before = waiting.len();
            waiting.clone_from(newer);
            state.waiting = state.waiting - before + newer.len();
        } else {
            state.add(message);
        }
        self.0.changed.notify_all();
    }
}

impl State {
    fn add(&mut self, message: Message) {
        self.waiting += message.length();
        self.queue.push_back(message);
        self.pushed += 1;
    }

    fn has_room(&self) -> bool {
        self.queue.len() < WAITING / 2 && self.waiting < ROOM
    }

    /// The next message.
    fn next(&mut self) -> Option<Message> {
        let message = self.queue.pop_front()?;
        self.waiting -= message.length();
        Some(message)
    }

    /// Says how much was left out, in its place.
    fn account(&mut self) {
        if self.skipped > 0 {
            let amount = amount::bytes(std::mem::take(&mut self.skipped));
            self.add(Message::Lines(format!("… {amount} more came faster than they could be shown\n")));
        }
        if self.left_out > 0 {
            let count = self.left_out;
            self.add(Message::Lines(format!("… {count} more lines came faster than they could be shown\n")));
            self.left_out = 0;
        }
    }

    fn is_ready(&self) -> bool {
        let free = match self.phase {
            Phase::Direct => true,
            Phase::Holding => false,
            Phase::Editing => self.flying.is_none() && self.external.is_some(),
        };
        free && !self.queue.is_empty()
    }

    /// What to write for messages from the front of the queue, and how many they are.
    fn batch(&mut self) -> (String, u64) {
        let direct = self.phase == Phase::Direct;
        let (columns, rows) = terminal::size();
        match self.next() {
            Some(Message::Block(block)) if direct => {
                let lifted = self.live.lift(columns);
                self.live.renew(&block, rows);
                (lifted + self.live.lower(b"", columns), 1)
            }
            Some(Message::Settle) => {
                self.live.settle();
                (String::new(), 1)
            }
            Some(Message::Lines(first) | Message::Block(first)) => {
                let (lines, count) = self.lines(first);
                if !direct {
                    return (lines, count);
                }
                let lifted = self.live.lift(columns);
                let lowered = self.live.lower(lines.as_bytes(), columns);
                (lifted + &lines + lowered, count)
            }
            None => (String::new(), 0),
        }
    }

    /// `first` and the lines that follow it in the queue, joined, and how many messages they are.
    fn lines(&mut self, first: String) -> (String, u64) {
        let (mut lines, mut count) = (first, 1);
        while lines.len() < BATCH
            && let Some(Message::Lines(_)) = self.queue.front()
            && let Some(Message::Lines(text)) = self.next()
        {
            lines += &text;
            count += 1;
            if self.queue.is_empty() {
                self.account();
            }
        }
        (lines, count)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while<'a>(
        &self,
        state: MutexGuard<'a, State>,
        condition: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        self.changed.wait_while(state, condition).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the line editor is likely to do nothing.
    fn wait_for_quiet<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        for _ in 0..QUIET_TRIES {
            let keys = state.keys;
            let changed = |state: &mut State| state.keys == keys && state.phase == Phase::Editing;
            let waited = self.changed.wait_timeout_while(state, QUIET, changed).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() || state.phase != Phase::Editing {
                break;
            }
        }
        state
    }

    /// Waits for messages and writes them.
    fn step(&self) {
        let mut state = self.wait_while(self.lock(), |state| !state.is_ready());
        if state.phase == Phase::Editing {
            state = self.wait_for_quiet(state);
            if !state.is_ready() {
                return;
            }
        }
        let editing = state.phase == Phase::Editing;
        let (batch, count) = state.batch();
        state.writing = true;
        let editor = state.editor;
        let mut external = if editing { state.external.take() } else { None };
        if editing && !batch.is_empty() {
            state.flying = Some(batch.clone());
        }
        drop(state);

        // Neither is done under the lock: a terminal may be stopped, and the line editor may be busy.
        let failed = if batch.is_empty() {
            false
        } else if let Some(external) = &mut external {
            external.print(batch).is_err()
        } else {
            let _ = write_all(rustix::stdio::stdout(), batch.as_bytes());
            false
        };

        let mut state = self.lock();
        state.writing = false;
        state.written += count;
        if failed {
            state.flying = None;
        } else if external.is_some() && state.editor == editor {
            state.external = external;
        }
        drop(state);
        self.changed.notify_all();
        self.room.notify_waiters();
    }
}

impl Sheet for Printer {
    fn answer(&self, bytes: &[u8]) {
        self.print(String::from_utf8_lossy(bytes).into_owned());
    }

    fn shown(&self, bytes: &[u8]) {
        self.print_within(bytes, SHOWN);
    }

    fn printed(&self, bytes: &[u8]) {
        self.print_within(bytes, PRINTED);
    }

    fn tell(&self, text: String, importance: Importance) {
        self.push(text, importance >= Importance::Ordinary);
    }

    fn escapes(&self) -> bool {
        true
    }

    fn width(&self) -> Option<usize> {
        terminal::output_width()
    }

    fn live_width(&self) -> Option<usize> {
        Some(terminal::size().0)
    }

    fn renew(&self, block: String) {
        self.draw(Message::Block(block));
    }

    fn settle(&self) {
        self.draw(Message::Settle);
    }

    fn answer_width(&self) -> Option<usize> {
        terminal::output_width()
    }
}
