//! Keys: what the prompt binds beyond the line editor's own habits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::{
    Cmd, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, Helper, KeyCode, KeyEvent, Modifiers,
    RepeatCount,
};

use super::indent::Indenting;
use super::printer::Printer;
use super::recall::Recall;
use crate::shell::output::write_all;
use crate::shell::terminal;

/// Erases what stands behind the cursor.
const ERASE: &[u8] = b"\x1b[J";

/// What keys did or may do. All clones are the same.
#[derive(Clone)]
pub(crate) struct Keys {
    printer: Printer,
    /// Whether Ctrl-] ended the line.
    pub(crate) escaped: Arc<AtomicBool>,
    /// Whether statements are typed, which may go on over several lines.
    statements: Arc<AtomicBool>,
    /// The line that is to go on in the person's own editor.
    moved: Arc<Mutex<Option<String>>>,
}

impl Keys {
    /// Keys that announce to the printer when they end a line.
    pub(crate) fn new(printer: Printer) -> Self {
        Self { printer, escaped: Arc::default(), statements: Arc::default(), moved: Arc::default() }
    }

    /// Prepares for a line, which may be a statement.
    pub(crate) fn begin(&self, statement: bool) {
        self.escaped.store(false, Ordering::Release);
        self.statements.store(statement, Ordering::Release);
    }

    /// The line that is to go on in the person's own editor, if Ctrl-X Ctrl-E ended it.
    pub(crate) fn moved(&self) -> Option<String> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Binds the keys.
    pub(crate) fn bind(&self, editor: &mut Editor<impl Helper, Recall>) {
        let mut bind = |event: Event, does: Does| {
            let handler = Box::new(Bound { keys: self.clone(), does });
            editor.bind_sequence(event, EventHandler::Conditional(handler));
        };
        bind(KeyEvent::ctrl('C').into(), Does::Leave);
        bind(KeyEvent::ctrl('Z').into(), Does::Stop);
        bind(KeyEvent::ctrl('D').into(), Does::End);
        bind(KeyEvent::ctrl(']').into(), Does::Escape);
        bind(Event::KeySeq(vec![KeyEvent::ctrl('X'), KeyEvent::ctrl('E')]), Does::Move);
        for (key, arrow) in [KeyCode::Up, KeyCode::Down].into_iter().zip(editor.history().arrows()) {
            editor.bind_sequence(KeyEvent(key, Modifiers::NONE), EventHandler::Conditional(Box::new(arrow)));
        }
        let enter = [KeyEvent::from('\r'), KeyEvent::ctrl('J')].map(|key| (key, false));
        let backspace = [KeyEvent(KeyCode::Backspace, Modifiers::NONE), KeyEvent::ctrl('H')].map(|key| (key, true));
        for (key, back) in enter.into_iter().chain(backspace) {
            let indenting = Indenting { on: Arc::clone(&self.statements), back };
            editor.bind_sequence(key, EventHandler::Conditional(Box::new(indenting)));
        }
    }
}

/// What a key does that may end a line without Enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    /// What it does anyway.
    Leave,
    /// The end of input; on an empty line of a block it gives the block up.
    End,
    /// Returns from an attached session.
    Escape,
    /// Moves the line to the person's own editor.
    Move,
    /// Stops the shell; the line comes back with it.
    Stop,
}

struct Bound {
    keys: Keys,
    does: Does,
}

impl ConditionalEventHandler for Bound {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let keys = &self.keys;
        if self.does == Does::Move && !keys.statements.load(Ordering::Acquire) {
            return Some(Cmd::Noop);
        }
        if self.does == Does::Stop {
            let _ = write_all(rustix::stdio::stdout(), ERASE);
            terminal::stop();
            return Some(Cmd::Repaint);
        }
        // What still comes in must wait until the terminal is free. Where the line goes on after all, the next hint
        // takes the terminal back.
        keys.printer.begin_release();
        if context.has_hint() {
            // It stands behind the cursor, and would stay there.
            let _ = write_all(rustix::stdio::stdout(), ERASE);
        }
        match self.does {
            Does::Leave | Does::Stop => return None,
            Does::End => return gives_up(context).then_some(Cmd::Interrupt),
            Does::Escape => keys.escaped.store(true, Ordering::Release),
            Does::Move => {
                *keys.moved.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.line().to_owned());
            }
        }
        Some(Cmd::Interrupt)
    }
}

/// Whether the cursor stands on the empty last line of several.
fn gives_up(context: &EventContext<'_>) -> bool {
    let line = context.line();
    context.pos() == line.len() && line.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty())
}
