//! The evaluator: runs statements one after the other against the shared state.

mod addressing;
mod arguments;
mod control;
mod expression;
mod operator;
mod overheard;

use std::io;
use std::sync::{Arc, Mutex};

use super::command;
use super::console::Task;
use super::event::{SessionKind, What};
use super::fault::{Class, Fault, Problem};
use super::lock;
use super::routes::Answering;
use super::scope::Scope;
use super::session::Session;
use super::settings::Settings;
use super::shared::{Current, Shared};
use super::step::Steps;
use super::value::Value;
use crate::language::ast::{Block, Item, Statement, StatementKind};
use crate::language::{Source, Span};

pub(super) use arguments::{Given, Invocation, PipelineStage, RouteGiven};
pub(super) use expression::{path, read_file};

/// How deep calls of the script's functions may nest.
const DEEPEST_CALL: usize = 200;

/// How deep blocks and expressions may nest at run time, all calls taken together. The shell runs scripts on a stack
/// that holds this many.
const DEEPEST: usize = 2000;

/// How deep scripts may run each other by `source` and `replay`.
const DEEPEST_SCRIPT: usize = 32;

/// Has a Unix shell end by Ctrl-C only if the program that it waits for does, as shells at a prompt do: an editor
/// goes on, and the shell must not leave it alone with the terminal.
pub(crate) const COOPERATES: &str = "trap '[ $? = 130 ] && exit 130' INT";
/// How it then ends.
const INTERRUPTED: i32 = 130;

/// What a statement asks of the block it stands in.
#[derive(Debug, Clone)]
pub enum Flow {
    /// Go on with the next statement.
    Next,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return`
    Return(Value),
    /// `exit`
    Exit(u8),
}

/// Runs statements in one scope with one current session.
pub struct Evaluator {
    shared: Arc<Shared>,
    scope: Arc<Scope>,
    source: Arc<Source>,
    current: Current,
    depth: usize,
    nesting: usize,
    /// How many scripts run each other, this one included.
    scripts: usize,
    /// What a command, or a function that an expression calls, asks of the statement it stands in.
    asked: Option<Flow>,
    /// Whether it runs a connection's handlers: the connection stays current, and names are its own.
    handles: Option<Arc<Session>>,
    /// The request that it answers.
    answering: Option<Arc<Answering>>,
    /// What the attempt of a `retry` that it runs has opened.
    attempt: Option<Arc<Mutex<Vec<Arc<Session>>>>>,
    /// Where it stands among the steps.
    pub(super) steps: Steps,
}

impl Evaluator {
    /// One for the foreground.
    pub fn new(shared: &Arc<Shared>, source: &Arc<Source>) -> Self {
        let steps = Steps { foreground: true, ..Steps::default() };
        Self { steps, ..Self::aside(shared, source) }
    }

    /// One whose statements are no steps.
    pub fn aside(shared: &Arc<Shared>, source: &Arc<Source>) -> Self {
        Self {
            shared: Arc::clone(shared),
            scope: Arc::clone(&shared.globals),
            source: Arc::clone(source),
            current: Arc::clone(&shared.current),
            depth: 0,
            nesting: 0,
            scripts: 0,
            asked: None,
            handles: None,
            answering: None,
            attempt: None,
            steps: Steps::default(),
        }
    }

    /// One for the handlers of a connection: it is current.
    pub fn for_connection(
        shared: &Arc<Shared>,
        scope: Arc<Scope>,
        source: &Arc<Source>,
        session: &Arc<Session>,
    ) -> Self {
        let current = Arc::new(Mutex::new(Some(Arc::clone(session))));
        Self { scope, current, handles: Some(Arc::clone(session)), ..Self::aside(shared, source) }
    }

    /// One for the handler of a request that came on a connection.
    pub(in crate::engine) fn for_request(
        shared: &Arc<Shared>,
        scope: Arc<Scope>,
        source: &Arc<Source>,
        session: &Arc<Session>,
        answering: &Arc<Answering>,
    ) -> Self {
        Self { answering: Some(Arc::clone(answering)), ..Self::for_connection(shared, scope, source, session) }
    }

    /// One that runs beside this one: the same variables, a current session of its own.
    fn beside(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            scope: Arc::clone(&self.scope),
            source: Arc::clone(&self.source),
            current: Arc::new(Mutex::new(lock(&self.current).clone())),
            depth: self.depth,
            nesting: self.nesting + 1,
            scripts: self.scripts,
            asked: None,
            handles: self.handles.clone(),
            answering: self.answering.clone(),
            attempt: self.attempt.clone(),
            steps: self.steps,
        }
    }

    /// What everything that runs shares.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Where its variables live.
    pub fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// The source its statements stand in.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// A copy of the settings.
    pub fn settings(&self) -> Settings {
        lock(&self.shared.settings).clone()
    }

    /// The session that unlabelled statements address.
    pub fn current(&self) -> Option<Arc<Session>> {
        lock(&self.current).clone()
    }

    /// Makes a session the one that unlabelled statements address.
    pub fn set_current(&self, session: Option<Arc<Session>>) {
        *lock(&self.current) = session;
    }

    /// The name of a session that a statement opens `as NAME`. In a handler each connection has names of its own:
    /// `up` of `srv.3` is `srv.3.up`.
    pub fn own_name(&self, name: String) -> String {
        match &self.handles {
            Some(session) => format!("{}.{name}", session.name()),
            None => name,
        }
    }

    /// Takes note of a session that a statement has opened under `name` (as written), and makes it current unless
    /// it listens or a connection's handler runs.
    pub fn note_opened(&self, session: &Arc<Session>, name: Option<String>) {
        if let Some(attempt) = &self.attempt {
            lock(attempt).push(Arc::clone(session));
        }
        if let (Some(name), Some(_)) = (name, &self.handles) {
            self.scope.set(name, Value::Session(Arc::clone(&session.tag)));
        }
        if matches!(session.tag.kind, SessionKind::Connect | SessionKind::Exchange) && self.handles.is_none() {
            self.set_current(Some(Arc::clone(session)));
        }
    }

    /// Ends the script after this statement; for `exit`.
    pub fn exit(&mut self, code: u8) {
        self.asked = Some(Flow::Exit(code));
    }

    /// Ends the handler that runs, if it is `session`'s: it has closed its own conversation.
    pub fn leave(&mut self, session: &Arc<Session>) {
        if self.handles.as_ref().is_some_and(|own| Arc::ptr_eq(own, session)) {
            self.asked = Some(Flow::Return(Value::Nothing));
        }
    }

    /// The request that it answers, if it does.
    pub(in crate::engine) fn answering(&self) -> Option<&Answering> {
        self.answering.as_deref()
    }

    /// Ends the handler that runs: it has answered its request.
    pub fn leave_request(&mut self) {
        self.asked = Some(Flow::Return(Value::Nothing));
    }

    /// Tells that something happened; what a connection's handler tells happened to the connection.
    pub fn emit(&self, session: Option<&Session>, what: What) {
        self.shared.emit_of(self.steps.within, session.or(self.handles.as_deref()), what);
    }

    fn fault(&self, problem: Problem, span: Span) -> Fault {
        problem.at(span).in_source(&self.source)
    }

    /// Runs the statements of a script's top level; what is typed is taken down in the journal.
    pub async fn entry(&mut self, block: &Block) -> Result<Flow, Fault> {
        for item in &block.items {
            let statement = match item {
                Item::Blank => continue,
                Item::Comment(comment) => {
                    self.remark(&comment.node);
                    continue;
                }
                Item::Statement(statement) => statement,
            };
            match self.typed(statement).await? {
                Flow::Next => {}
                asked => return Ok(asked),
            }
        }
        Ok(Flow::Next)
    }

    /// Runs a statement of a script's top level, and takes it down in the journal if it was typed.
    pub async fn typed(&mut self, statement: &Statement) -> Result<Flow, Fault> {
        if !self.is_entry() {
            return self.statement(statement).await;
        }
        let turn = self.shared.journal.begin(statement);
        let flow = self.statement(statement).await?;
        self.shared.journal.hold(turn, statement);
        Ok(flow)
    }

    /// Whether the statement that runs was typed, rather than being part of another.
    fn is_entry(&self) -> bool {
        self.shared.journal.is_kept() && self.nesting == 0 && self.depth == 0
    }

    /// One that runs another script in the place of this one: with its variables, its current session, its journal.
    pub fn instead(&self, source: &Arc<Source>) -> Result<Self, Problem> {
        if self.scripts >= DEEPEST_SCRIPT {
            return Err(Problem::usage(format!("scripts run each other more than {DEEPEST_SCRIPT} deep")));
        }
        Ok(Self {
            shared: Arc::clone(&self.shared),
            scope: Arc::clone(&self.scope),
            source: Arc::clone(source),
            current: Arc::clone(&self.current),
            asked: None,
            handles: self.handles.clone(),
            answering: self.answering.clone(),
            attempt: self.attempt.clone(),
            steps: self.steps,
            depth: self.depth,
            nesting: self.nesting,
            scripts: self.scripts + 1,
        })
    }

    /// Runs the statements of a block until one asks for something else.
    pub fn block<'a>(&'a mut self, block: &'a Block) -> Task<'a, Result<Flow, Fault>> {
        Box::pin(async move {
            tokio::task::coop::consume_budget().await;
            self.nesting += 1;
            let flow = self.statements(block).await;
            self.nesting -= 1;
            flow
        })
    }

    async fn statements(&mut self, block: &Block) -> Result<Flow, Fault> {
        for statement in block.statements() {
            if self.nesting > DEEPEST {
                return Err(self.fault(too_deep(), statement.span.0));
            }
            match self.statement(statement).await? {
                Flow::Next => {}
                asked => return Ok(asked),
            }
        }
        Ok(Flow::Next)
    }

    /// Runs one statement. Boxed, since statements hold blocks that hold statements.
    fn statement<'a>(&'a mut self, statement: &'a Statement) -> Task<'a, Result<Flow, Fault>> {
        Box::pin(self.run_statement(statement))
    }

    async fn run_statement(&mut self, statement: &Statement) -> Result<Flow, Fault> {
        tokio::task::coop::consume_budget().await;
        let step = self.begin_step(statement);
        let outcome = self.run_kind(statement).await;
        // An `exit` in a function that an expression calls has broken the expression off.
        let mut outcome = self.asked.take().map_or(outcome, Ok);
        if let Some(running) = step {
            self.end_step(running, &mut outcome).await;
        }
        outcome
    }

    async fn run_kind(&mut self, statement: &Statement) -> Result<Flow, Fault> {
        let span = statement.span.0;
        match &statement.kind {
            StatementKind::Command(node) => {
                let command = command::find(&node.name.node).ok_or_else(|| {
                    self.fault(Problem::usage(format!("there is no command `{}`", node.name.node)), node.name.span)
                })?;
                let invocation = self.invocation(node, statement.label.as_ref(), span).await?;
                let outcome = (command.run)(self, &invocation).await;
                outcome.map_err(|problem| self.fault(problem, span)).map(|()| Flow::Next)
            }
            StatementKind::Shell(text) => {
                self.run_program(&text.node).await.map_err(|problem| self.fault(problem, span))?;
                Ok(Flow::Next)
            }
            other => self.control(other, span).await,
        }
    }

    /// `!command`: runs it with the terminal's input and output; where the run is recorded, what it prints is told.
    async fn run_program(&mut self, text: &str) -> Result<(), Problem> {
        let failed = |error: io::Error| {
            Problem::refused(format!("cannot run a program: {}", crate::net::error::describe(&error)))
        };
        let mut program = tokio::process::Command::new("/bin/sh");
        program.arg("-c").arg(format!("{COOPERATES}; {text}")).kill_on_drop(true);
        let status = if self.shared.config.recorded {
            let (status, printed) = overheard::run(program).await.map_err(failed)?;
            if !printed.is_empty() {
                self.emit(None, What::Printed(printed.into()));
            }
            status
        } else {
            let is_foreground = Arc::ptr_eq(&self.current, &self.shared.current);
            let _lent = is_foreground.then(|| Lent::to_a_program(&self.shared));
            program.status().await.map_err(failed)?
        };
        match status.code() {
            Some(0) => Ok(()),
            Some(INTERRUPTED) => Err(Problem::refused("the program was interrupted")),
            Some(code) => Err(Problem::refused(format!("the program ended with code {code}"))),
            None => Err(Problem::refused("the program was ended by a signal")),
        }
    }
}

/// While it lives, a program has the terminal.
struct Lent<'a>(&'a Shared);

impl<'a> Lent<'a> {
    fn to_a_program(shared: &'a Shared) -> Self {
        shared.console.lend(true);
        Self(shared)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.0.console.lend(false);
    }
}

fn too_deep() -> Problem {
    Problem::usage(format!("blocks, calls and expressions nest deeper than {DEEPEST} at run time"))
}

/// Whether a failure of this class may be tried again by `retry`.
fn may_retry(fault: &Fault) -> bool {
    matches!(fault.class, Class::Refused | Class::Unmet)
}
