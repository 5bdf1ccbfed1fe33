//! Addressing: from labels and names to sessions.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Evaluator;
use crate::engine::event::SessionKind;
use crate::engine::fault::Problem;
use crate::engine::lock;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::language::ast::SessionRef;
use crate::language::nearest;
use crate::net::{Endpoint, Fact};

/// Most sessions that an error lists.
const MOST_LISTED: usize = 8;

impl Evaluator {
    /// The session of that name, or an error that names the nearest one.
    pub(super) fn known(&self, name: &str) -> Result<Arc<Session>, Problem> {
        if let Some(Value::Session(tag)) = self.scope.get(name)
            && let Some(session) = lock(&self.shared.table).by_id(tag.id)
        {
            return Ok(Arc::clone(session));
        }
        if let Some(session) = self.shared.session(name) {
            return Ok(session);
        }
        let names = lock(&self.shared.table).names("", usize::MAX);
        let problem = Problem::usage(format!("there is no session `{name}`"));
        Err(match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None if names.is_empty() => problem.hint("`connect` or `listen` opens one"),
            None if names.len() > MOST_LISTED => {
                problem.hint(format!("`sessions` shows the {} there are", names.len()))
            }
            None => problem.hint(format!("there are: {}", names.join(", "))),
        })
    }

    /// The sessions a value stands for: itself, those of a list, or the one of that name.
    pub(super) fn sessions_of(&self, value: &Value) -> Result<Vec<Arc<Session>>, Problem> {
        match value {
            Value::Session(tag) => {
                let found = lock(&self.shared.table).by_id(tag.id).cloned();
                found
                    .map(|session| vec![session])
                    .ok_or_else(|| Problem::usage(format!("the session `{}` is gone", tag.name)))
            }
            Value::List(items) => {
                let mut sessions = Vec::new();
                for item in items.iter() {
                    sessions.extend(self.sessions_of(item)?);
                }
                Ok(sessions)
            }
            Value::Bytes(_) => Ok(vec![self.known(&value.to_text())?]),
            other => Err(Problem::usage(format!("expected a session, this is {}", other.kind()))),
        }
    }

    /// The sessions that a reference names. `srv.3` of a listener that is still accepting is waited for.
    pub(crate) async fn named(&self, reference: &SessionRef) -> Result<Vec<Arc<Session>>, Problem> {
        if let SessionRef::Name(name) = reference
            && self.shared.session(name).is_none()
            && let Some((listener, number)) = name.rsplit_once('.')
            && let Some(listener) = self.shared.session(listener)
            && let Ok(number) = number.parse::<u64>()
            && listener.accepted.load(Ordering::Relaxed) < number
        {
            self.wait_accepted(&listener, number).await?;
        }
        self.several(reference)
    }

    /// Waits until a listener has accepted `number` connections, as long as `set timeout` says.
    async fn wait_accepted(&self, listener: &Arc<Session>, number: u64) -> Result<(), Problem> {
        let arrived = listener
            .until_visited(|listener| !listener.is_open() || listener.accepted.load(Ordering::Relaxed) >= number);
        let limit = self.settings().timeout;
        let _ = tokio::time::timeout(limit, arrived).await;
        let accepted = listener.accepted.load(Ordering::Relaxed);
        if accepted >= number {
            return Ok(());
        }
        let so_far = match accepted {
            0 => "no connection".to_owned(),
            1 => "one connection".to_owned(),
            many => format!("{many} connections"),
        };
        Err(Problem::unmet(format!(
            "`{}` accepted {so_far} within {}",
            listener.name(),
            crate::engine::value::spoken(limit)
        )))
    }

    /// The one conversation that a session stands for: itself, or a listener's only connection, which is waited for.
    pub(crate) async fn conversation(&self, session: Arc<Session>) -> Result<Arc<Session>, Problem> {
        if !matches!(session.tag.kind, SessionKind::Listen | SessionKind::Relay) {
            return Ok(session);
        }
        if session.accepted.load(Ordering::Relaxed) == 0 && session.is_open() {
            self.wait_accepted(&session, 1).await?;
        }
        let mut connections = lock(&self.shared.table).connections(session.tag.id);
        if connections.len() > 1 && connections.iter().any(|connection| connection.is_open()) {
            connections.retain(|connection| connection.is_open());
        }
        match connections.len() {
            0 => Err(Problem::usage(format!("`{}` has no connection", session.name()))),
            1 => Ok(connections.remove(0)),
            _ => {
                let names: Vec<String> =
                    connections.iter().map(|connection| format!("`{}`", connection.name())).collect();
                Err(Problem::usage(format!("`{}` has {} connections", session.name(), names.len())).hint(format!(
                    "name one: {}; or all: `{}.*`",
                    some(&names),
                    session.name()
                )))
            }
        }
    }

    /// A field of a value: `$srv.port`, `$peer.host`, `$srv.1`.
    pub(super) fn field(&self, value: &Value, field: &str) -> Result<Value, Problem> {
        match value {
            Value::Session(tag) => {
                let session = self.sessions_of(value)?.remove(0);
                if field.bytes().all(|byte| byte.is_ascii_digit()) {
                    let name = format!("{}.{field}", tag.name);
                    return Ok(Value::Session(Arc::clone(&self.known(&name)?.tag)));
                }
                session_field(&session, field).ok_or_else(|| no_field(field, &crate::engine::vocabulary::field_names()))
            }
            Value::Endpoint(endpoint) => match field {
                "host" => Ok(Value::text(endpoint.host())),
                "port" => Ok(port(endpoint)),
                _ => Err(no_field(field, &["host", "port"])),
            },
            Value::Fields(head) => {
                let named = head.field(field).or_else(|| head.field(&field.replace('_', "-")));
                Ok(Value::Bytes(named.unwrap_or_default()))
            }
            other => Err(Problem::usage(format!("{} has no field `{field}`", other.kind())).hint(format!(
                "to write `.{field}` behind a variable, put the variable in braces: `${{name}}.{field}`"
            ))),
        }
    }
}

fn no_field(field: &str, fields: &[&str]) -> Problem {
    Problem::usage(format!("there is no field `{field}`")).hint(format!("there are: {}", fields.join(", ")))
}

fn some(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown = names[..names.len().min(MOST)].join(", ");
    if names.len() > MOST { format!("{shown}, …") } else { shown }
}

fn port(endpoint: &Endpoint) -> Value {
    match endpoint {
        Endpoint::Machine(_, port) => Value::Integer(i64::from(*port)),
        endpoint => endpoint.port().map_or(Value::Nothing, |port| Value::Integer(i64::from(port))),
    }
}

/// The fields of a session; our end, but for `peer`.
fn session_field(session: &Session, field: &str) -> Option<Value> {
    if let Some(value) = session.exchange().and_then(|exchange| exchange.field(field)) {
        return Some(value);
    }
    let count = |counter: &std::sync::atomic::AtomicU64| {
        Value::Integer(i64::try_from(counter.load(Ordering::Relaxed)).unwrap_or(i64::MAX))
    };
    let at = session.opening.at.first();
    Some(match field {
        "host" => at.map_or(Value::Nothing, |at| Value::text(at.host())),
        "port" => at.map_or(Value::Nothing, port),
        "addr" => at.map_or(Value::Nothing, |at| Value::Endpoint(at.clone())),
        "path" => match at {
            Some(Endpoint::Path(path)) => Value::text(path.to_string_lossy()),
            _ => Value::Nothing,
        },
        "peer" => session.opening.peer.as_ref().map_or(Value::Nothing, |peer| Value::Endpoint(peer.clone())),
        "name" => Value::text(session.name()),
        "state" => Value::text(session.state()),
        "in" => count(&session.counters.received),
        "out" => count(&session.counters.sent),
        "connections" => Value::Integer(i64::try_from(session.live.load(Ordering::Relaxed)).unwrap_or(i64::MAX)),
        fact if crate::engine::vocabulary::field_names().contains(&fact) => {
            Fact::find(&session.opening.facts, fact).map_or(Value::Nothing, |fact| Value::text(fact.value.clone()))
        }
        _ => return None,
    })
}
