//! What everything that runs shares: sessions, variables, settings, and the way out for events.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use tokio::sync::Notify;

use super::event::{Event, EventSink, Form, SessionKind, What};
use super::fixtures::Fixtures;
use super::journal::Journal;
use super::lock;
use super::log::Log;
use super::login;
use super::rates::Rates;
use super::scope::Scope;
use super::session::{Ending, Opening, Session, Table};
use super::settings::Settings;
use super::value::Value;
use super::{Archive, Config, Console, Fault, Problem, Situation};
use crate::language::ast::{Block, Expr, Spanned, Word};
use crate::language::{Source, Span};
use crate::net::Endpoint;
use crate::net::http::Head;

/// A function of the script.
pub struct Definition {
    /// Its parameters with their defaults.
    pub parameters: Vec<(Word, Option<Spanned<Expr>>)>,
    /// What it does.
    pub body: Block,
    /// Where it stands.
    pub source: Arc<Source>,
}

/// Scripts that programs include, by path.
pub(crate) type Included = HashMap<PathBuf, (Arc<Source>, Arc<Block>)>;

/// The state of one engine.
pub struct Shared {
    /// How it runs.
    pub config: Config,
    /// The person's side.
    pub console: Arc<dyn Console>,
    /// The script's own variables.
    pub globals: Arc<Scope>,
    /// What `set` changes.
    pub settings: Mutex<Settings>,
    /// The sessions.
    pub table: Mutex<Table>,
    /// The last looks at what moves.
    pub rates: Mutex<Rates>,
    /// The last looks at single sessions.
    pub looks: Mutex<Rates>,
    /// Notified when a session is added.
    pub opened: Notify,
    /// The functions of scripts.
    pub definitions: Mutex<HashMap<String, Arc<Definition>>>,
    /// The session that unlabelled statements of the foreground address.
    pub current: Current,
    /// Texts that no output may show.
    pub secrets: Mutex<Vec<Bytes>>,
    /// What was typed.
    pub journal: Journal,
    /// Where `log` writes.
    pub log: Log,
    /// What the run has to itself.
    pub fixtures: Fixtures,
    /// Whether a session has the standard streams.
    pub standard_taken: Arc<AtomicBool>,
    /// Cleanup blocks that have not run, each with its source and its place there.
    pub cleanups: Mutex<Vec<(Arc<Source>, Block, Span)>>,
    /// The scripts that programs include, by path.
    pub included: Mutex<Included>,
    /// The gravest exit code that handlers of this run asked for by failing.
    pub handler_code: Mutex<Option<u8>>,
    /// How many steps have begun.
    pub steps: AtomicU64,
    /// How many events there were.
    pub happened: AtomicU64,
    /// An `exit` in a handler.
    pub exit: tokio::sync::watch::Sender<Option<u8>>,
    /// Where statements have what happens kept, if anywhere.
    pub(super) archive: OnceLock<Arc<dyn Archive>>,
    sink: Arc<dyn EventSink>,
}

/// The session that unlabelled statements address; shared by whoever runs with the same one.
pub(super) type Current = Arc<Mutex<Option<Arc<Session>>>>;

impl Shared {
    /// A fresh state.
    pub fn new(config: Config, sink: Arc<dyn EventSink>, console: Arc<dyn Console>) -> Arc<Self> {
        let globals = Arc::new(Scope::default());
        let arguments: Vec<Value> = config.arguments.iter().map(Value::text).collect();
        for (index, argument) in arguments.iter().enumerate() {
            globals.set((index + 1).to_string(), argument.clone());
        }
        globals.set("#", Value::Integer(i64::try_from(arguments.len()).unwrap_or(i64::MAX)));
        globals.set("*", Value::list(arguments));
        let journal = if config.journal { Journal::kept() } else { Journal::default() };
        Arc::new(Self {
            fixtures: Fixtures::new(config.ports.clone()),
            config,
            journal,
            console,
            globals,
            settings: Mutex::default(),
            table: Mutex::default(),
            rates: Mutex::default(),
            looks: Mutex::default(),
            opened: Notify::new(),
            definitions: Mutex::default(),
            current: Current::default(),
            secrets: Mutex::default(),
            log: Log::default(),
            standard_taken: Arc::default(),
            cleanups: Mutex::default(),
            included: Mutex::default(),
            handler_code: Mutex::default(),
            steps: AtomicU64::new(0),
            happened: AtomicU64::new(0),
            exit: tokio::sync::watch::Sender::new(None),
            archive: OnceLock::new(),
            sink,
        })
    }

    /// Tells that something happened by itself, to a session or at all.
    pub fn emit(&self, session: Option<&Session>, what: What) {
        self.emit_of(0, session, what);
    }

    /// Tells that a step has done something.
    pub fn emit_of(&self, step: u64, session: Option<&Session>, what: What) {
        let form = session.map_or(Form::Text, Session::form);
        let session = session.map(|session| Arc::clone(&session.tag));
        self.tell(Event { step, session, what, form });
    }

    /// Tells of bytes of a session that nobody watches, to views that keep everything.
    pub fn emit_unwatched(&self, session: &Session, what: What) {
        self.tell(Event { step: 0, session: Some(Arc::clone(&session.tag)), what, form: Form::Off });
    }

    fn tell(&self, event: Event) {
        self.happened.fetch_add(1, Ordering::Relaxed);
        let event = self.redact(event);
        if let Err(error) = self.log.write(&event) {
            let notice = format!("the log ends here: {}", crate::net::error::describe(&error));
            let what = What::Notice(notice);
            self.sink.emit(Event { step: 0, session: None, what, form: Form::Text });
        }
        self.sink.emit(event);
    }

    /// Has a cleanup block run at the end; once, even if it was taken note of before.
    pub fn clean_up_with(&self, source: &Arc<Source>, body: &Block, span: Span) {
        let mut cleanups = lock(&self.cleanups);
        if !cleanups.iter().any(|(known, _, place)| Arc::ptr_eq(known, source) && *place == span) {
            cleanups.push((Arc::clone(source), body.clone(), span));
        }
    }

    /// Takes note of a function.
    pub fn define(&self, name: &str, definition: Definition) {
        lock(&self.definitions).insert(name.to_owned(), Arc::new(definition));
    }

    /// Whether anybody wants to see bytes as they move.
    pub fn wants_data(&self) -> bool {
        self.sink.wants_data() || self.log.is_open()
    }

    /// Whether somebody wants to see the bytes of sessions that are served as they move.
    pub fn wants_all_data(&self) -> bool {
        self.log.is_open() || self.sink.wants_all_data()
    }

    /// Whether somebody wants to be told the secrets of TLS connections.
    pub fn wants_secrets(&self) -> bool {
        self.sink.wants_secrets()
    }

    /// Whether somebody wants to be told of steps.
    pub fn wants_steps(&self) -> bool {
        self.sink.wants_steps()
    }

    /// Where statements have what happens kept.
    pub(super) fn archive(&self) -> Result<&dyn Archive, Problem> {
        self.archive.get().map(AsRef::as_ref).ok_or_else(|| Problem::usage("nothing can be kept here"))
    }

    /// What holds now.
    pub fn situation(&self) -> Situation {
        // An answer of a web server is looked at when its connection has ended.
        let current = lock(&self.current).clone().filter(|session| session.is_open() || session.exchange().is_some());
        Situation {
            state: current.as_ref().map_or("", |session| session.state()).into(),
            session: current.map(|session| Arc::clone(&session.tag)),
            live: lock(&self.table).all().filter(|session| session.is_open()).count(),
            prompt: lock(&self.settings).prompt.clone(),
        }
    }

    /// Tells that a handler or test failed and lets the run's exit code say so.
    pub fn fail(&self, session: Option<&Session>, fault: Fault) {
        let code = fault.class.code();
        lock(&self.handler_code).get_or_insert(code);
        self.emit(session, What::Failed(Box::new(fault)));
    }

    /// Opens a session under `name`, or the next name of `prefix`.
    pub fn open(
        &self,
        name: Option<String>,
        prefix: &'static str,
        kind: SessionKind,
        opening: Opening,
    ) -> Arc<Session> {
        let form = lock(&self.settings).form;
        let mut table = lock(&self.table);
        let name = name.unwrap_or_else(|| table.next_name(prefix));
        let tag = table.tag(name, kind);
        let session = Session::new(tag, opening, self.journal.now());
        session.set_form(form);
        table.add(&session);
        drop(table);
        self.journal.watch(&session);
        self.opened.notify_waiters();
        session
    }

    /// Ends a session and tells so; nothing when it had ended before.
    pub fn end(&self, session: &Session, ending: Ending) {
        if !session.end(ending.clone()) {
            return;
        }
        lock(&self.table).note_ended(session);
        self.journal.unburden(session);
        let what = match ending {
            Ending::Orderly => What::Closed,
            Ending::Exited(code) => What::ProgramEnded(code),
            ending => What::Broken(ending.reason()),
        };
        self.emit(Some(session), what);
    }

    /// The session of that name.
    pub fn session(&self, name: &str) -> Option<Arc<Session>> {
        lock(&self.table).get(name).cloned()
    }

    /// The open connections of a listener, oldest first.
    pub fn connections(&self, listener: &Session) -> Vec<Arc<Session>> {
        let mut connections = lock(&self.table).connections(listener.tag.id);
        connections.retain(|connection| connection.is_open());
        connections
    }

    /// Replaces secrets in an event's bytes and texts.
    pub(super) fn redact(&self, mut event: Event) -> Event {
        let secrets = lock(&self.secrets);
        let has_lines = matches!(event.what, What::Failed(_) | What::Tested { failure: Some(_), .. });
        if secrets.is_empty() && !has_lines {
            return event;
        }
        match &mut event.what {
            What::Sent(bytes) | What::Received(bytes) | What::Shown(bytes) | What::Printed(bytes) => {
                *bytes = without(&secrets, bytes);
            }
            What::Connected { peer: Endpoint::Command(command), .. } => {
                *command = without(&secrets, &Bytes::from(std::mem::take(command))).into();
            }
            What::Head { head, .. } => *head = Arc::new(without_in_head(&secrets, head)),
            What::Exchanged { line, .. } => *line = without_text(&secrets, line),
            What::Report(super::event::Report::Bytes { bytes, .. }) => *bytes = without(&secrets, bytes),
            What::Report(super::event::Report::Text(text) | super::event::Report::Verbatim(text))
            | What::Matched { expectation: text, .. }
            | What::Retried { reason: text, .. }
            | What::Asked { answer: Some(text), .. }
            | What::Tested { name: text, failure: None, .. } => *text = without_text(&secrets, text),
            What::Tested { name, failure: Some(fault), .. } => {
                *name = without_text(&secrets, name);
                redact_fault(&secrets, fault);
            }
            What::Failed(fault) => redact_fault(&secrets, fault),
            _ => {}
        }
        event
    }

    /// Hides a text in every output from here on. The longest are replaced first, and texts also in the form in which
    /// line endings and the like are shown.
    pub fn hide(&self, secret: Bytes) {
        let mut secrets = lock(&self.secrets);
        let shown = Bytes::from(super::difference::visible(&secret));
        if shown != secret {
            secrets.push(shown);
        }
        secrets.push(secret);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
    }

    /// The same bytes without the secrets in them.
    pub fn conceal(&self, bytes: &[u8]) -> Bytes {
        without(&lock(&self.secrets), &Bytes::copy_from_slice(bytes))
    }

    /// Replaces secrets in a fault that ends the run.
    #[must_use]
    pub fn redact_fault(&self, mut fault: Fault) -> Fault {
        redact_fault(&lock(&self.secrets), &mut fault);
        fault
    }
}

fn redact_fault(secrets: &[Bytes], fault: &mut Fault) {
    let lines = login::starred(&fault.source.text);
    if lines != fault.source.text {
        fault.source = Arc::new(Source::new(fault.source.name.clone(), lines));
    }
    if secrets.is_empty() {
        return;
    }
    let diagnostic = &mut fault.diagnostic;
    let texts = [&mut diagnostic.message, &mut diagnostic.label];
    for text in texts.into_iter().chain(&mut diagnostic.notes).chain(&mut diagnostic.hints) {
        *text = without_text(secrets, text);
    }
}

fn without_text(secrets: &[Bytes], text: &str) -> String {
    String::from_utf8_lossy(&without(secrets, &Bytes::copy_from_slice(text.as_bytes()))).into_owned()
}

fn without_in_head(secrets: &[Bytes], head: &Head) -> Head {
    let fields = head.fields.iter().map(|(name, value)| (name.clone(), without(secrets, value)));
    Head { line: without_text(secrets, &head.line), fields: fields.collect() }
}

/// The same bytes with every secret replaced by stars.
fn without(secrets: &[Bytes], bytes: &Bytes) -> Bytes {
    const STARS: &[u8] = b"***";
    let mut clean = bytes.clone();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let mut parts = Vec::new();
        let mut rest: &[u8] = &clean;
        while let Some(at) = rest.windows(secret.len()).position(|window| window == &secret[..]) {
            parts.push(&rest[..at]);
            rest = &rest[at + secret.len()..];
        }
        if !parts.is_empty() {
            parts.push(rest);
            clean = parts.join(STARS).into();
        }
    }
    clean
}
