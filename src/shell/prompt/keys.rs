//! Keys: what the prompt binds beyond the line editor's own habits.

use rustyline::{
    Cmd, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, Helper, KeyCode, KeyEvent, Modifiers,
    RepeatCount,
};

use super::entry::{Ending, Entry, Line};
use super::indent;
use super::recall::{Arrow, Recall};
use crate::shell::output::write_all;
use crate::shell::terminal;

/// Erases what stands behind the cursor.
const ERASE: &[u8] = b"\x1b[J";

/// Binds the keys.
pub(crate) fn bind(editor: &mut Editor<impl Helper, Recall>, entry: &Entry) {
    let arrows = editor.history().arrows();
    let mut bind = |event: Event, does: Does| {
        let handler = Box::new(Bound { entry: entry.clone(), does });
        editor.bind_sequence(event, EventHandler::Conditional(handler));
    };
    bind(Event::Any, Does::Usual);
    bind(KeyEvent::ctrl('C').into(), Does::Interrupt);
    bind(KeyEvent::ctrl('Z').into(), Does::Stop);
    bind(KeyEvent::ctrl('D').into(), Does::End);
    bind(KeyEvent::ctrl(']').into(), Does::Escape);
    bind(Event::KeySeq(vec![KeyEvent::ctrl('X'), KeyEvent::ctrl('E')]), Does::Move);
    bind(KeyEvent::from('}').into(), Does::Close);
    for (key, arrow) in [KeyCode::Up, KeyCode::Down].into_iter().zip(arrows) {
        bind(KeyEvent(key, Modifiers::NONE).into(), Does::Recall(arrow));
    }
    for key in [KeyEvent::from('\r'), KeyEvent::ctrl('J')] {
        bind(key.into(), Does::Enter);
    }
    for key in [KeyEvent(KeyCode::Backspace, Modifiers::NONE), KeyEvent::ctrl('H')] {
        bind(key.into(), Does::TakeBack);
    }
}

/// What a key does.
enum Does {
    /// What it does anyway.
    Usual,
    /// Gives the line up.
    Interrupt,
    /// The end of input; on an empty line of a block it gives the block up.
    End,
    /// Returns from an attached session.
    Escape,
    /// Moves the entry to the person's own editor.
    Move,
    /// Stops the shell; the line comes back with it.
    Stop,
    /// Enters the line, or begins another one of an entry that is not complete.
    Enter,
    /// Takes back a letter, or a step of indentation.
    TakeBack,
    /// Closes a block.
    Close,
    /// Goes through the history.
    Recall(Arrow),
}

struct Bound {
    entry: Entry,
    does: Does,
}

impl ConditionalEventHandler for Bound {
    fn handle(&self, event: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let entry = &self.entry;
        if entry.line() == Line::Secret
            && let Some(key) = event.get(0)
        {
            return Some(unseen(entry, *key));
        }
        match &self.does {
            Does::Usual => None,
            Does::Interrupt => Some(ends(entry, Ending::Interrupted)),
            Does::End if gives_up(context) => Some(ends(entry, Ending::Interrupted)),
            Does::End => context.line().is_empty().then(|| ends(entry, Ending::End)),
            Does::Escape => (entry.line() == Line::Attached).then(|| ends(entry, Ending::Escaped)),
            Does::Move => Some(if entry.is_statement() { ends(entry, Ending::Moved) } else { Cmd::Noop }),
            Does::Stop => Some(stop()),
            Does::Enter => entry.is_statement().then(|| indent::line_end(entry, context.line(), context.pos()))?,
            Does::TakeBack => entry.is_statement().then(|| indent::step_back(&context.line()[..context.pos()]))?,
            Does::Close => entry.is_statement().then(|| indent::closing(entry, &context.line()[..context.pos()]))?,
            Does::Recall(arrow) => arrow.press(context.line(), context.pos()),
        }
    }
}

fn ends(entry: &Entry, ending: Ending) -> Cmd {
    entry.end(ending);
    Cmd::AcceptLine
}

/// What a key does while what is typed is not shown, not even how much it is.
fn unseen(entry: &Entry, key: KeyEvent) -> Cmd {
    let KeyEvent(code, modifiers) = key;
    let letter = match code {
        KeyCode::Enter => Some('J'),
        KeyCode::Backspace => Some('H'),
        KeyCode::Char(letter) if modifiers == Modifiers::CTRL => Some(letter),
        _ => None,
    };
    match (letter, code) {
        (Some('J'), _) => return Cmd::AcceptLine,
        (Some('C'), _) => return ends(entry, Ending::Interrupted),
        (Some('D'), _) if entry.unseen(|secret| secret.is_empty()) => return ends(entry, Ending::End),
        (Some('Z'), _) => return stop(),
        (Some('H'), _) => entry.unseen(|secret| {
            secret.pop();
        }),
        (Some('U'), _) => entry.unseen(String::clear),
        (None, KeyCode::Char(letter)) if !modifiers.contains(Modifiers::ALT) => {
            entry.unseen(|secret| secret.push(letter));
        }
        _ => {}
    }
    Cmd::Noop
}

fn stop() -> Cmd {
    let _ = write_all(rustix::stdio::stdout(), ERASE);
    terminal::stop();
    Cmd::Repaint
}

/// Whether the cursor stands on the empty last line of several.
fn gives_up(context: &EventContext<'_>) -> bool {
    let line = context.line();
    context.pos() == line.len() && line.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty())
}
