//! The queue: what waits to be written to the terminal, with a bound on each thing that can fill it.

use std::collections::VecDeque;

use crate::look::amount;
use crate::shell::live::Live;
use crate::shell::terminal;

/// Lines about events that may wait; further ones are counted instead.
const WAITING: usize = 5_000;
/// Bytes that may wait when more is asked for.
const ROOM: usize = 256 * 1024;
/// Bytes handed over at once.
const BATCH: usize = 16 * 1024;

/// Something to write.
#[derive(Debug)]
pub(super) enum Message {
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

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Queue {
    messages: VecDeque<Message>,
    /// Bytes in it.
    waiting: usize,
    live: Live,
    /// Messages and bytes that were left out since that was last told.
    left_out: u64,
    skipped: u64,
    pushed: u64,
    written: u64,
}

impl Queue {
    /// How many messages were ever put in.
    pub(super) const fn pushed(&self) -> u64 {
        self.pushed
    }

    /// How many of them were written, or are being.
    pub(super) const fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether more may be asked for.
    pub(super) fn has_room(&self) -> bool {
        self.messages.len() < WAITING / 2 && self.waiting < ROOM
    }

    /// Puts in whole lines; those that may be left out are, when too many wait.
    pub(super) fn add_lines(&mut self, text: String, droppable: bool) {
        if droppable && self.messages.len() >= WAITING {
            self.left_out += 1;
            return;
        }
        self.account();
        self.add(Message::Lines(text));
    }

    /// Whether so many bytes are left out because more than `most` wait.
    pub(super) fn skips(&mut self, bytes: usize, most: usize) -> bool {
        let skips = self.waiting > most;
        if skips {
            self.skipped += bytes as u64;
        }
        skips
    }

    /// Puts in something that is drawn in place.
    pub(super) fn draw(&mut self, message: Message) {
        // A terminal that takes nothing shall not have all blocks wait for it.
        if let (Some(Message::Block(waiting)), Message::Block(newer)) = (self.messages.back_mut(), &message) {
            let before = waiting.len();
            waiting.clone_from(newer);
            self.waiting = self.waiting - before + newer.len();
        } else {
            self.add(message);
        }
    }

    /// Takes what to write next where nobody edits a line.
    pub(super) fn take(&mut self) -> String {
        let (columns, rows) = terminal::size();
        match self.next() {
            Some(Message::Block(block)) => {
                let lifted = self.live.lift(columns);
                self.live.renew(&block, rows);
                lifted + self.live.lower(b"", columns)
            }
            Some(Message::Settle) => {
                self.live.settle();
                String::new()
            }
            Some(Message::Lines(first)) => {
                let lines = self.lines(first);
                let lifted = self.live.lift(columns);
                let lowered = self.live.lower(lines.as_bytes(), columns);
                lifted + &lines + lowered
            }
            None => String::new(),
        }
    }

    /// Takes what to write next above a line that is edited: nothing is drawn in place there.
    pub(super) fn take_above(&mut self) -> String {
        while let Some(message) = self.next() {
            match message {
                Message::Block(first) | Message::Lines(first) => return self.lines(first),
                Message::Settle => self.live.settle(),
            }
        }
        String::new()
    }

    fn add(&mut self, message: Message) {
        self.waiting += message.length();
        self.messages.push_back(message);
        self.pushed += 1;
    }

    fn next(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.waiting -= message.length();
        self.written += 1;
        Some(message)
    }

    /// `first` and the lines that follow it, joined.
    fn lines(&mut self, first: String) -> String {
        let mut lines = first;
        while lines.len() < BATCH
            && let Some(Message::Lines(_)) = self.messages.front()
            && let Some(Message::Lines(text)) = self.next()
        {
            lines += &text;
            if self.messages.is_empty() {
                self.account();
            }
        }
        lines
    }

    /// Says how much was left out, in its place.
    fn account(&mut self) {
        if self.skipped > 0 {
            let amount = amount::bytes(std::mem::take(&mut self.skipped));
            self.add(Message::Lines(format!("… {amount} more came faster than they could be shown\n")));
        }
        if self.left_out > 0 {
            let count = std::mem::take(&mut self.left_out);
            self.add(Message::Lines(format!("… {count} more lines came faster than they could be shown\n")));
        }
    }
}
