//! The printer: writes above the line that is being typed, from a thread of its own, and tears nothing.
//!
//! While a line is edited the terminal belongs to the line editor. Whatever it draws begins with the prompt, at the
//! start of a row that it has just cleared; so what waits is put there, before the prompt ([`Printer::above`]). An
//! editor that waits for a key is woken first, by an empty message through its own way for them. A message that it
//! has not come to when the line ends does no harm to the next one: it says nothing.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustyline::ExternalPrinter;
use tokio::sync::Notify;

use super::queue::{Message, Queue};
use crate::look::words::Importance;
use crate::shell::output::write_all;
use crate::shell::terminal;
use crate::shell::view::Sheet;

/// Bytes that may wait before what peers sent is left out, and before anything that is printed is.
const SHOWN: usize = 1 << 20;
const PRINTED: usize = 16 << 20;
/// What wakes the line editor: a message that ends its row, since the editor ends it otherwise, one row further up
/// so that nothing scrolls …
const WAKE: &str = "\x1b7\x1b[A\n";
/// … and the way back to where it began (DECSC and DECRC of the VT100).
const TAKE_BACK: &str = "\x1b8";

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

struct State {
    queue: Queue,
    phase: Phase,
    writing: bool,
    /// The line editor has been woken and has not drawn since.
    woken: bool,
    external: Option<Box<dyn ExternalPrinter + Send>>,
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
        let state =
            State { queue: Queue::default(), phase: Phase::Direct, writing: false, woken: false, external: None };
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

    /// How many messages there were so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.lock().queue.pushed()
    }

    /// Waits until all that was given before this is written. Only while no line is edited.
    pub(crate) fn flush(&self) {
        let state = self.0.lock();
        let target = state.queue.pushed();
        drop(self.0.wait_while(state, |state| state.writing || state.queue.written() < target));
    }

    /// Keeps messages back, because the terminal changes hands; returns when none is being written.
    pub(crate) fn hold(&self) {
        let mut state = self.0.lock();
        state.phase = Phase::Holding;
        drop(self.0.wait_while(state, |state| state.writing));
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

    /// What the line editor is to draw before the prompt, where its line begins. With `woken`, it draws because it
    /// was woken, and not because of a key.
    pub(crate) fn above(&self, woken: bool) -> String {
        let mut state = self.0.lock();
        let takes = state.phase == Phase::Editing && !state.queue.is_empty();
        let mut text = if woken { TAKE_BACK.to_owned() } else { String::new() };
        if takes {
            text += &state.queue.take_above();
        }
        state.woken &= !woken;
        drop(state);
        // Most keys find nothing, and wake nobody.
        if takes || woken {
            self.0.changed.notify_all();
            self.0.room.notify_waiters();
        }
        text
    }

    /// The terminal is nobody's again.
    pub(crate) fn release(&self) {
        self.0.lock().phase = Phase::Direct;
        self.0.changed.notify_all();
    }

    /// The way to wake a new line editor.
    pub(crate) fn connect(&self, external: impl ExternalPrinter + Send + 'static) {
        let mut state = self.0.wait_while(self.0.lock(), |state| state.writing);
        state.external = Some(Box::new(external));
        state.woken = false;
    }

    /// Returns when not much waits to be written.
    pub(crate) async fn room(&self) {
        loop {
            let notified = self.0.room.notified();
            if self.0.lock().queue.has_room() {
                return;
            }
            notified.await;
        }
    }

    /// Writes what was printed, unless more than so many bytes wait already.
    fn print_within(&self, bytes: &[u8], most: usize) {
        if !self.0.lock().queue.skips(bytes.len(), most) {
            self.print(String::from_utf8_lossy(bytes).into_owned());
        }
    }

    fn push(&self, mut text: String, droppable: bool) {
        if text.is_empty() {
            return;
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.0.lock().queue.add_lines(text, droppable);
        self.0.changed.notify_all();
    }

    fn draw(&self, message: Message) {
        self.0.lock().queue.draw(message);
        self.0.changed.notify_all();
    }
}

impl State {
    fn is_ready(&self) -> bool {
        let free = match self.phase {
            Phase::Direct => true,
            Phase::Holding => false,
            Phase::Editing => !self.woken && self.external.is_some(),
        };
        free && !self.queue.is_empty()
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

    /// Waits for messages, and writes them or has the line editor write them.
    fn step(&self) {
        let mut state = self.wait_while(self.lock(), |state| !state.is_ready());
        state.writing = true;
        if state.phase == Phase::Editing {
            state.woken = true;
            let mut external = state.external.take();
            drop(state);
            let woken = external.as_mut().is_some_and(|external| external.print(WAKE.to_owned()).is_ok());
            state = self.lock();
            state.external = external.filter(|_| woken);
        } else {
            let batch = state.queue.take();
            drop(state);
            // Not under the lock: a terminal may be stopped.
            let _ = write_all(rustix::stdio::stdout(), batch.as_bytes());
            state = self.lock();
        }
        state.writing = false;
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
