//! The view: events as people see them, on the terminal or in the two streams of a script.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::output::Streams;
use super::terminal;
use crate::engine::event::{Event, EventSink, Fault, Form, Report, SessionKind, SessionTag, What};
use crate::look::draw::{self, Style};
use crate::look::flood::{Flood, Sum, Turn};
use crate::look::words::{self, Gauge, Importance};
use crate::look::{Paint, escape, table};
use crate::net::http::Head;

/// Where lines go.
pub(crate) trait Sheet: Send + Sync {
    /// What was asked for: the output of `print` and of statements that look at something.
    fn answer(&self, bytes: &[u8]);
    /// What a peer sent. It may be left out, and counted, where more comes than can be shown.
    fn shown(&self, bytes: &[u8]) {
        self.answer(bytes);
    }
    /// What a script printed; likewise, but later.
    fn printed(&self, bytes: &[u8]) {
        self.answer(bytes);
    }
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
    /// Columns for answers.
    fn answer_width(&self) -> Option<usize>;
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

    fn answer_width(&self) -> Option<usize> {
        terminal::output_width()
    }
}

/// What a view tells, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taste {
    /// The least important that is told.
    pub(crate) down_to: Importance,
    /// Whether it is told that somebody has connected, however little is told otherwise.
    pub(crate) greets: bool,
    /// Whether lines about data are made to stand below each other.
    pub(crate) aligned: bool,
    /// How many lines about data and connections are shown in a second; beyond, they are summed up.
    pub(crate) lines: u64,
    /// Colour of answers, and of what is told.
    pub(crate) paints: (Paint, Paint),
}

/// Shows events down to an importance.
pub(crate) struct View {
    sheet: Arc<dyn Sheet>,
    taste: Taste,
    flood: Mutex<Flood>,
    gauge: Mutex<Gauge>,
    /// How many tests held and how many did not.
    tests: Mutex<(u64, u64)>,
    /// The session whose bytes are on the terminal anyway.
    attached: Mutex<Option<String>>,
}

impl View {
    /// A view onto `sheet`.
    pub(crate) fn new(sheet: Arc<dyn Sheet>, taste: Taste) -> Self {
        Self {
            sheet,
            taste,
            flood: Mutex::new(Flood::new(taste.lines)),
            gauge: Mutex::default(),
            tests: Mutex::default(),
            attached: Mutex::default(),
        }
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

    /// Tells how many tests held, if there were any. Called at the end of a script.
    pub(crate) fn total(&self) {
        let (held, failed) = *locked(&self.tests);
        if held + failed > 0 {
            self.tell(words::total(held, failed) + "\n", Importance::Ordinary);
        }
    }

    /// How diagnostics are drawn here.
    pub(crate) fn style(&self) -> Style {
        Style { paint: self.taste.paints.1, width: self.sheet.width() }
    }

    /// Tells a text as it is.
    pub(crate) fn tell(&self, text: String, importance: Importance) {
        if importance <= self.taste.down_to && !text.is_empty() {
            self.sheet.tell(text, importance);
        }
    }

    fn flood(&self) -> MutexGuard<'_, Flood> {
        locked(&self.flood)
    }

    fn tell_sums(&self, sums: Vec<Sum>) {
        let gauge = *locked(&self.gauge);
        for sum in sums {
            let importance = match &sum {
                Sum::Data { .. } => Importance::Data,
                Sum::Connections { turns, .. } if turns[Turn::Answered as usize] > 0 => Importance::Notable,
                Sum::Connections { .. } => Importance::Ordinary,
            };
            self.tell(words::summary(&sum, gauge, self.taste.paints.1) + "\n", importance);
        }
    }

    /// Shows the newest state of something: in the place of the one before where that can be.
    fn look(&self, report: Option<&Report>) {
        match (report, self.sheet.live_width()) {
            (None, _) => self.sheet.settle(),
            (Some(report), None) => {
                self.sheet.answer(table::report(report, self.taste.paints.0, self.sheet.answer_width()).as_bytes());
            }
            (Some(report), width) => self.sheet.renew(table::report(report, self.taste.paints.0, width)),
        }
    }

    /// Draws a report below what is told, in the place of the one before. Only where what is told goes to a terminal
    /// that can do that.
    pub(crate) fn renew(&self, report: &Report) {
        self.sheet.renew(table::report(report, self.taste.paints.1, Some(terminal::size().0)));
    }

    /// Leaves it where it is.
    pub(crate) fn settle(&self) {
        self.sheet.settle();
    }

    /// Tells that a session is attached: what it sends and receives is on the terminal already.
    pub(crate) fn attach(&self, session: Option<&str>) {
        *locked(&self.attached) = session.map(str::to_owned);
    }

    /// Whether a session is attached, by itself or as one of an attached listener's.
    fn is_attached(&self, session: Option<&Arc<SessionTag>>) -> bool {
        let attached = locked(&self.attached);
        let (Some(attached), Some(session)) = (attached.as_deref(), session) else { return false };
        session.name.strip_prefix(attached).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn tell_data(&self, event: &Event, arrow: char, bytes: &Bytes) {
        let session = event.session.as_ref();
        if self.taste.down_to < Importance::Data || event.form == Form::Off || self.is_attached(session) {
            return;
        }
        self.tick();
        if !self.flood().admits(session, arrow, bytes.len()) {
            return;
        }
        let (owner, paint) = (session.map(AsRef::as_ref), self.taste.paints.1);
        let gauge = self.gauge(owner, bytes.len());
        let text = if event.form == Form::Hex {
            words::headline(owner, arrow, bytes.len(), gauge, paint) + "\n" + &table::dump(bytes)
        } else {
            words::data(owner, arrow, bytes, gauge, paint, self.sheet.width()) + "\n"
        };
        self.tell(text, Importance::Data);
    }

    /// How wide the parts of a line about data are.
    fn gauge(&self, session: Option<&SessionTag>, count: usize) -> Gauge {
        let mut gauge = locked(&self.gauge);
        if self.taste.aligned {
            *gauge = gauge.widened(session, count);
        }
        *gauge
    }

    /// Whether a line about that event is shown, or only counted because too many connections come and go.
    fn admits(&self, session: Option<&Arc<SessionTag>>, what: &What) -> bool {
        let turn = match what {
            What::Accepted { .. } => Turn::Opened,
            What::PeerFinished => Turn::HalfClosed,
            What::Closed => Turn::Ended,
            What::Answered(_) => Turn::Answered,
            _ => return true,
        };
        let accepted = session.filter(|tag| tag.kind == SessionKind::Accept);
        let Some((listener, _)) = accepted.and_then(|tag| tag.name.rsplit_once('.')) else { return true };
        self.flood().admits_connection(listener, turn)
    }

    fn tell_head(&self, event: &Event, arrow: char, head: &Head) {
        let session = event.session.as_ref();
        if self.taste.down_to < Importance::Data || event.form == Form::Off {
            return;
        }
        self.tick();
        let length = head.fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if !self.flood().admits(session, arrow, head.line.len() + length) {
            return;
        }
        let owner = session.map(AsRef::as_ref);
        let gauge = self.gauge(owner, 0);
        let text = words::message(owner, arrow, head, gauge, self.taste.paints.1, self.sheet.width());
        self.tell(text, Importance::Data);
    }

    fn tell_line(&self, session: Option<&Arc<SessionTag>>, what: &What) {
        let importance = match words::importance(what) {
            Importance::Ordinary if self.taste.greets && matches!(what, What::Accepted { .. }) => Importance::Notable,
            importance => importance,
        };
        if importance > self.taste.down_to || !self.admits(session, what) {
            return;
        }
        if let Some(session) = session {
            let sums = self.flood().of(session);
            self.tell_sums(sums);
        }
        if let Some(line) = words::line(session.map(AsRef::as_ref), what, self.taste.paints.1) {
            self.tell(line + "\n", importance);
        }
    }

    fn count_test(&self, held: bool) {
        let mut tests = locked(&self.tests);
        *(if held { &mut tests.0 } else { &mut tests.1 }) += 1;
    }

    fn tell_fault(&self, fault: &Fault) {
        self.tell(draw::diagnostic_in(&fault.diagnostic, &fault.source, self.style()), Importance::Error);
    }

    /// What is shown of bytes that are asked for.
    fn escaped<'b>(&self, bytes: &'b Bytes) -> Cow<'b, [u8]> {
        if self.sheet.escapes() { Cow::Owned(escape::lines(bytes).into_bytes()) } else { Cow::Borrowed(bytes) }
    }
}

impl EventSink for View {
    fn emit(&self, event: Event) {
        let session = event.session.as_ref();
        match &event.what {
            What::Sent(bytes) => return self.tell_data(&event, '→', bytes),
            What::Received(bytes) => return self.tell_data(&event, '←', bytes),
            What::Head { outgoing, head, .. } => {
                return self.tell_head(&event, if *outgoing { '→' } else { '←' }, head);
            }
            _ => {}
        }
        if let What::Tested { failure, .. } = &event.what {
            self.count_test(failure.is_none());
        }
        match &event.what {
            What::Printed(bytes) => self.sheet.printed(&self.escaped(bytes)),
            What::Shown(bytes) => self.sheet.shown(&self.escaped(bytes)),
            What::Report(report) => {
                let text = table::report(report, self.taste.paints.0, self.sheet.answer_width());
                self.sheet.answer(text.as_bytes());
            }
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
        self.taste.down_to >= Importance::Data
    }
}

/// A lock that a panic elsewhere does not break.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::event::Class;
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
        fn answer_width(&self) -> Option<usize> {
            Some(80)
        }
    }

    fn shown(events: impl IntoIterator<Item = What>, down_to: Importance, terminal: bool) -> (String, Vec<u8>) {
        let paper = Arc::new(Paper { terminal, ..Paper::default() });
        let paints = (Paint::PLAIN, Paint::PLAIN);
        let taste = Taste { down_to, greets: false, aligned: false, lines: 200, paints };
        let view = View::new(Arc::clone(&paper) as Arc<dyn Sheet>, taste);
        let session = Some(Arc::new(SessionTag { id: 1, name: "a".into(), kind: SessionKind::Connect }));
        for what in events {
            view.emit(Event { step: 0, session: session.clone(), what, form: Form::Text });
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
        let fault = Fault::new(Class::Unmet, Diagnostic::error("it did not hold"), Arc::new(Source::new("f", "")));
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
