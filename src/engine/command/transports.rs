//! Options of transports, from a statement to the transports that have them.

use crate::engine::evaluator::{self, Invocation};
use crate::engine::fault::Problem;
use crate::engine::pipeline;
use crate::language::misplaced;
use crate::net::stage::{Argument, Kind};
use crate::net::transport::{self, End, Setting, Settings, Transport};

/// Those options of a statement that its transports have, each transport with the end that it opens. An option that
/// none of them has is refused.
pub(super) fn settings(
    invocation: &Invocation<'_>,
    transports: &[(&'static dyn Transport, End)],
) -> Result<Settings, Problem> {
    let mut settings = Settings::default();
    for (key, given, span) in invocation.all_options() {
        let having = having(key);
        if having.is_empty() {
            continue;
        }
        let fitting = |(transport, end): &(&'static dyn Transport, End)| {
            transport.settings().into_iter().find(|setting| setting.key == key && setting.end.fits(*end))
        };
        let Some(Setting { key, kind, .. }) = transports.iter().find_map(fitting) else {
            let mut names: Vec<&str> = transports.iter().map(|(transport, _)| transport.name()).collect();
            names.dedup();
            return Err(Problem::usage(misplaced(key, &having, &names)).at(span));
        };
        let argument = match kind {
            Kind::Path => Argument::Bytes(evaluator::path(&given.text()).into_os_string().into_encoded_bytes().into()),
            _ => pipeline::argument(given, kind).map_err(|problem| problem.at(span))?,
        };
        settings.add(key, argument);
    }
    Ok(settings)
}

/// The transports that have an option of that key.
fn having(key: &str) -> Vec<&'static str> {
    let has = |transport: &&&'static dyn Transport| transport.settings().iter().any(|setting| setting.key == key);
    transport::all().iter().filter(has).map(|transport| transport.name()).collect()
}
