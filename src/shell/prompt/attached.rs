//! Attached: a session has the terminal, until it is over or the person leaves it.

use std::io::PipeReader;
use std::sync::atomic::Ordering;

use super::Prompt;
use super::desk;
use super::entry::Line;
use super::lines::Typed;
use super::raw::{self, Left};
use crate::engine::console::Manner;
use crate::engine::event::SessionTag;
use crate::look::{Role, escape};
use crate::shell::{output, terminal};

impl Prompt {
    /// The terminal is a session's until it is detached; whether the person left it, so that it goes on.
    pub(super) fn attached(
        &mut self,
        session: &SessionTag,
        manner: Manner,
        over: &PipeReader,
    ) -> rustyline::Result<bool> {
        let left = match manner {
            Manner::Lines => self.attached_by_lines(session, over)?,
            Manner::Raw | Manner::Trusted => self.attached_by_keys(manner, over)?.then(String::new),
        };
        if let Some(unsent) = &left {
            let unsent = if unsent.is_empty() { String::new() } else { format!("; {}", not_sent(unsent)) };
            self.printer.print(format!("{} stays open{unsent}", session.name));
            self.worker.seat.attached.store(false, Ordering::Release);
        } else {
            // What was pressed for the session is no statement.
            terminal::forget_input();
        }
        Ok(left.is_some())
    }

    /// Takes lines: Ctrl-] and Ctrl-C leave the session open, Ctrl-D is the end of its input. What stood in the line
    /// when the person left.
    fn attached_by_lines(&mut self, session: &SessionTag, over: &PipeReader) -> rustyline::Result<Option<String>> {
        let prompt = format!("{}» ", session.name);
        let styled = self.paint.apply(Role::Session(session.id), &prompt);
        self.tell_keys("Ctrl-] returns to the prompt, Ctrl-D ends the input");
        while self.is_attached() {
            match self.lines.read(Line::Attached, &prompt, &styled)? {
                Typed::Line(mut text) => {
                    text.push('\n');
                    self.give(desk::Typed::Bytes(text.into()));
                }
                Typed::End => {
                    self.give(desk::Typed::End);
                    return self.without_input(over);
                }
                Typed::Gone => {
                    self.give(desk::Typed::End);
                    break;
                }
                // Another thread ended the line, because the session is over.
                Typed::Interrupted(unsent) | Typed::Detached(unsent) if !self.is_attached() => {
                    self.give_up(&unsent)?;
                    break;
                }
                Typed::Interrupted(unsent) | Typed::Detached(unsent) => return Ok(Some(unsent)),
                Typed::Broken(_) => return Ok(Some(String::new())),
            }
        }
        Ok(None)
    }

    /// Waits until the session is over whose input has ended, or until the person leaves it.
    fn without_input(&self, over: &PipeReader) -> rustyline::Result<Option<String>> {
        let tell = || self.tell_keys("the input has ended; Ctrl-] returns to the prompt");
        let left = raw::await_key(Some(over), &[raw::ESCAPE, raw::INTERRUPT], tell)?;
        Ok((left == Left::Escaped).then(String::new))
    }

    /// Takes the rest of a line that began for a session which is over: nobody stops typing in the middle of it.
    fn give_up(&self, unsent: &str) -> rustyline::Result<()> {
        if !unsent.is_empty() {
            let tell = || self.printer.print(format!("{}; Enter returns to the prompt", not_sent(unsent)));
            raw::await_key(None, &[b'\n', raw::ESCAPE, raw::INTERRUPT, raw::END], tell)?;
        }
        Ok(())
    }

    /// Takes keys; the printer keeps what it has to tell until they are the prompt's again. Whether the person left.
    fn attached_by_keys(&mut self, manner: Manner, over: &PipeReader) -> rustyline::Result<bool> {
        // Told when it holds: what is pressed then is a key already, and nothing comes between.
        let ready = || {
            self.printer.flush();
            self.printer.hold();
            let text = self.paint.apply(Role::Faint, "Ctrl-] returns to the prompt");
            let _ = output::write_all(rustix::stdio::stdout(), format!("{text}\n").as_bytes());
        };
        let give = |keys| self.give(desk::Typed::Bytes(keys));
        let left = raw::take_keys(over, manner == Manner::Trusted, ready, give);
        // The cursor may stand anywhere in its line.
        let _ = output::write_all(rustix::stdio::stdout(), b"\n");
        self.printer.release();
        let left = left?;
        if left == Left::NoInput {
            self.give(desk::Typed::End);
        }
        Ok(left == Left::Escaped)
    }

    fn is_attached(&self) -> bool {
        self.worker.seat.attached.load(Ordering::Acquire)
    }

    fn give(&self, typed: desk::Typed) {
        let _ = self.worker.seat.typed.send(typed);
    }

    fn tell_keys(&self, text: &str) {
        self.printer.print(self.paint.apply(Role::Faint, text));
    }
}

fn not_sent(text: &str) -> String {
    format!("`{}` was not sent", escape::one_line(text.as_bytes()))
}
