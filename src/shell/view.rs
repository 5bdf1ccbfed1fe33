//! The view: events as people see them, on the terminal or in the two streams of a script.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::colour::Paint;
use super::draw::{self, Style};
use super::flood::{Flood, Sum};
use super::output::Streams;
use super::words::{self, Importance};
use super::{escape, table, terminal};
use crate::engine::event::{Event, EventSink, Fault, Form, Report, SessionTag, What};

/// Where lines go.
pub(crate) trait Sheet: Send + Sync {
    /// What was asked for: the output of `print` and of statements that look at something.
    fn answer(&self, bytes: &[u8]);
    /// What is told: a line about an event, or an error. Ends with a line feed.
    fn tell(&self, text: String, importance: Importance);
    /// Whether answers go to a terminal, so that they must be escaped.
    fn escapes(&self) -> bool;
    /// Columns for what is told.
    fn width(&self) -> Option<usize>;
    /// Columns of what is drawn in place; `None` where nothing can be, so that it is answered each time.
    fn live_width(&self) -> Option<usize>;
    /// Draws whole lines of at most [`Sheet::live_width`] columns in the place of those drawn before.
    fn renew(&self, block: String);
    /// Leaves them where they are.
    fn settle(&self);
}

impl Sheet for Streams {
    fn answer(&self, bytes: &[u8]) {
        // Whoever runs the script waits for the failure.
        let _ = self.output(bytes);
    }

    fn tell(&self, text: String, _importance: Importance) {
        self.error(&text);
    }

    fn escapes(&self) -> bool {
        self.output_is_terminal()
    }

    fn width(&self) -> Option<usize> {
        terminal::error_width()
    }

    fn live_width(&self) -> Option<usize> {
        self.can_redraw().then(|| terminal::size().0)
    }

    fn renew(&self, block: String) {
        Self::renew(self, &block);
    }

    fn settle(&self) {
        Self::settle(self);
    }
}

/// Shows events down to an importance.
pub(crate) struct View {
    sheet: Arc<dyn Sheet>,
    /// The least important that is told.
    down_to: Importance,
    /// Colour of answers, and of what is told.
    paints: (Paint, Paint),
    flood: Mutex<Flood>,
    /// The session whose bytes are on the terminal anyway.
    attached: Mutex<Option<String>>,
}

impl View {
    /// A view onto `sheet` that tells what matters at least as `down_to` does; `paints` are for answers and for
    /// what is told.
    pub(crate) fn new(sheet: Arc<dyn Sheet>, down_to: Importance, paints: (Paint, Paint)) -> Self {
        Self { sheet, down_to, paints, flood: Mutex::new(Flood::new()), attached: Mutex::default() }
    }

    /// Shows what was summed up and is due. Called now and then.
    pub(crate) fn tick(&self) {
        let due = self.flood().due();
        self.tell_sums(due);
    }

    /// Shows what was summed up. Called at the end.
    pub(crate) fn finish(&self) {
        let rest = self.flood().rest();
        self.tell_sums(rest);
    }

    /// How diagnostics are drawn here.
    pub(crate) fn style(&self) -> Style {
        Style { paint: self.paints.1, width: self.sheet.width() }
    }

    /// Tells a text as it is.
    pub(crate) fn tell(&self, text: String, importance: Importance) {
        if importance <= self.down_to && !text.is_empty() {
            self.sheet.tell(text, importance);
        }
    }

    fn flood(&self) -> MutexGuard<'_, Flood> {
        self.flood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_sums(&self, sums: Vec<Sum>) {
        for sum in sums {
            let line = words::summary(sum.session.as_deref(), sum.arrow, sum.bytes, sum.pieces, self.paints.1);
            self.tell(line + "\n", Importance::Data);
        }
    }

    /// Answers with a report. A table is left as wide as it is, so that nothing of it is lost.
    fn report(&self, report: &Report) {
        let text = match (report, self.sheet.live_width()) {
            (Report::Histogram(_), Some(columns)) => table::fitted(report, columns.saturating_sub(1), self.paints.0),
            _ => table::report(report, self.paints.0),
        };
        self.sheet.answer(text.as_bytes());
    }

    /// Shows the newest state of something: in the place of the one before where that can be.
    fn look(&self, report: Option<&Report>) {
        match (report, self.sheet.live_width()) {
            (None, _) => self.sheet.settle(),
            (Some(report), None) => self.sheet.answer(table::report(report, self.paints.0).as_bytes()),
            // A terminal's last column is left free: some wrap as soon as it is written.
            (Some(report), Some(columns)) => {
                self.sheet.renew(table::fitted(report, columns.saturating_sub(1), self.paints.0));
            }
        }
    }

    /// Draws a report below what is told, in the place of the one before. Only where what is told goes to a terminal
    /// that can do that.
    pub(crate) fn renew(&self, report: &Report) {
        self.sheet.renew(table::fitted(report, terminal::size().0.saturating_sub(1), self.paints.1));
    }

    /// Leaves it where it is.
    pub(crate) fn settle(&self) {
        self.sheet.settle();
    }

    /// Tells that a session is attached: what it sends and receives is on the terminal already.
    pub(crate) fn attach(&self, session: Option<&str>) {
        *self.attached.lock().unwrap_or_else(PoisonError::into_inner) = session.map(str::to_owned);
    }

    /// Whether a session is attached, by itself or as one of an attached listener's.
    fn is_attached(&self, session: Option<&Arc<SessionTag>>) -> bool {
        let attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(attached), Some(session)) = (attached.as_deref(), session) else { return false };
        session.name.strip_prefix(attached).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn tell_data(&self, event: &Event, arrow: char, bytes: &[u8]) {
        let session = event.session.as_ref();
        if self.down_to < Importance::Data || event.form == Form::Off || self.is_attached(session) {
            return;
        }
        self.tick();
        if !self.flood().admits(session, arrow, bytes.len()) {
            return;
        }
        if event.form == Form::Hex {
            let line = words::headline(session.map(AsRef::as_ref), arrow, bytes.len(), self.paints.1);
            self.tell(line + "\n" + &table::dump(bytes), Importance::Data);
        } else {
            self.tell_line(session, &event.what);
        }
    }

    fn tell_head(&self, event: &Event, arrow: char, length: usize) {
        let session = event.session.as_ref();
        if self.down_to < Importance::Data || event.form == Form::Off {
            return;
        }
        self.tick();
        if self.flood().admits(session, arrow, length) {
            self.tell_line(session, &event.what);
        }
    }

    fn tell_line(&self, session: Option<&Arc<SessionTag>>, what: &What) {
        if words::importance(what) > self.down_to {
            return;
        }
        let line = words::line(session.map(AsRef::as_ref), what, self.paints.1, self.sheet.width());
        if let Some(line) = line {
            self.tell(line + "\n", words::importance(what));
        }
    }

    fn tell_fault(&self, fault: &Fault) {
        self.tell(draw::diagnostic_in(&fault.diagnostic, &fault.source, self.style()), Importance::Error);
    }

    fn answer(&self, bytes: &[u8]) {
        if self.sheet.escapes() {
            self.sheet.answer(escape::lines(bytes).as_bytes());
        } else {
            self.sheet.answer(bytes);
        }
    }
}

impl EventSink for View {
    fn emit(&self, event: Event) {
        let session = event.session.as_ref();
        match &event.what {
            What::Sent(bytes) => return self.tell_data(&event, '→', bytes),
            What::Received(bytes) => return self.tell_data(&event, '←', bytes),
            What::Head { outgoing, head } => {
                let length =
                    head.line.len() + head.fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
                return self.tell_head(&event, if *outgoing { '→' } else { '←' }, length);
            }
            _ => {}
        }
        if let Some(session) = session {
            let sums = self.flood().of(session);
            self.tell_sums(sums);
        }
        match &event.what {
            What::Printed(bytes) | What::Shown(bytes) => self.answer(bytes),
            What::Report(report) => self.report(report),
            What::Live(report) => self.look(report.as_ref()),
            What::Failed(fault) => self.tell_fault(fault),
            What::Tested { failure: Some(fault), .. } => {
                self.tell_line(session, &event.what);
                self.tell_fault(fault);
            }
            _ => self.tell_line(session, &event.what),
        }
    }

    fn wants_data(&self) -> bool {
        self.down_to >= Importance::Data
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::event::{Class, SessionKind};
    use crate::language::{Diagnostic, Source};

    #[derive(Default)]
    struct Paper {
        answers: Mutex<Vec<u8>>,
        told: Mutex<String>,
        terminal: bool,
    }

    impl Sheet for Paper {
        fn answer(&self, bytes: &[u8]) {
            self.answers.lock().unwrap().extend_from_slice(bytes);
        }
        fn tell(&self, text: String, _: Importance) {
            self.told.lock().unwrap().push_str(&text);
        }
        fn escapes(&self) -> bool {
            self.terminal
        }
        fn width(&self) -> Option<usize> {
            Some(80)
        }
        fn live_width(&self) -> Option<usize> {
            None
        }
        fn renew(&self, _: String) {}
        fn settle(&self) {}
    }

    fn shown(events: impl IntoIterator<Item = What>, down_to: Importance, terminal: bool) -> (String, Vec<u8>) {
        let paper = Arc::new(Paper { terminal, ..Paper::default() });
        let view = View::new(Arc::clone(&paper) as Arc<dyn Sheet>, down_to, (Paint::PLAIN, Paint::PLAIN));
        let session = Some(Arc::new(SessionTag { id: 1, name: "a".into(), kind: SessionKind::Connect }));
        for what in events {
            view.emit(Event { session: session.clone(), what, form: Form::Text });
        }
        view.finish();
        (paper.told.lock().unwrap().clone(), paper.answers.lock().unwrap().clone())
    }

    fn conversation() -> Vec<What> {
        vec![
            What::Sent("x".into()),
            What::Printed("p\x1b\n".into()),
            What::Notice("a datagram that nobody took".into()),
            What::Closed,
        ]
    }

    #[test]
    fn what_matters_less_is_not_told() {
        let told = |down_to| shown(conversation(), down_to, false).0;
        assert_eq!(told(Importance::Data), "a → 1 B  x\na a datagram that nobody took\na closed\n");
        assert_eq!(told(Importance::Ordinary), "a a datagram that nobody took\na closed\n");
        assert_eq!(told(Importance::Warning), "a a datagram that nobody took\n");
        assert_eq!(told(Importance::Error), "");
    }

    #[test]
    fn answers_are_exact_unless_on_a_terminal() {
        assert_eq!(shown(conversation(), Importance::Error, false).1, b"p\x1b\n");
        assert_eq!(shown(conversation(), Importance::Error, true).1, b"p\\x1b\n");
    }

    #[test]
    fn a_failed_test_is_told_with_its_error() {
        let fault = Fault {
            class: Class::Unmet,
            diagnostic: Box::new(Diagnostic::error("it did not hold")),
            source: Arc::new(Source::new("f", "")),
        };
        let tested = What::Tested { name: "t".into(), failure: Some(Box::new(fault)), took: Duration::from_millis(12) };
        assert_eq!(shown([tested], Importance::Error, false).0, "failed t (12 ms)\nerror: it did not hold\n");
    }

    #[test]
    fn a_flood_is_summed_up_before_the_end_is_told() {
        let mut events: Vec<What> = (0..300).map(|_| What::Received("x".into())).collect();
        events.push(What::Closed);
        let told = shown(events, Importance::Data, false).0;
        assert!(told.ends_with("a ← 1 B  x\na ← 100 B in 100 pieces\na closed\n"), "{told}");
    }
}
