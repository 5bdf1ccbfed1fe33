//! Pipelines: stages as asked for, ready to serve any number of connections.

use std::io;
use std::sync::Arc;

use super::chain::Chain;
use super::echo::Echo;
use super::{Build, Call, Maker, Spec, WAY, Way, find};
use bytes::Bytes;

use crate::net::flow::{Sink, Source};
use crate::net::socket::Framing;
use crate::net::transport::BoxFuture;

/// What ends a flow: serves each connection of a pipeline, and may keep what they share.
pub trait Handler: Send + Sync {
    /// Serves one connection to its end.
    fn serve(self: Arc<Self>, source: Source, sink: Sink) -> BoxFuture<'static, io::Result<()>>;

    /// The same as a hub that can be spoken to from outside, if it is one.
    fn hub(&self) -> Option<&dyn Hub> {
        None
    }
}

/// A handler whose connections hear what is said from outside.
pub trait Hub: Send + Sync {
    /// Tells all connections.
    fn say(&self, message: Bytes) -> BoxFuture<'_, ()>;
}

/// A transforming stage.
struct Stage {
    name: &'static str,
    make: Maker,
}

/// A pipeline ready to serve any number of connections: transforming stages and what ends them.
pub struct Pipeline {
    /// In the order in which bytes come through them.
    up: Vec<Stage>,
    /// As far as they stand on a relay's way back; the last one written comes first.
    down: Vec<Stage>,
    handler: Option<Arc<dyn Handler>>,
}

impl Pipeline {
    /// Builds it from calls. A pipeline that only transforms answers the sender. Fails with the index of the call
    /// that is wrong and what is wrong with it (`echo` before another stage, say).
    pub fn build(calls: &[Call]) -> Result<Self, (usize, String)> {
        Self::build_as(calls, true)
    }

    /// Builds one whose bytes go on to somebody else (a relay's targets), so that no stage may end it.
    pub fn build_passing(calls: &[Call]) -> Result<Self, (usize, String)> {
        Self::build_as(calls, false)
    }

    /// Whether the calls make a pipeline, without building it: nothing is opened or created. `passing` as in
    /// [`Pipeline::build_passing`].
    pub fn check(calls: &[Call], passing: bool) -> Result<(), (usize, String)> {
        for (index, call) in calls.iter().enumerate() {
            let last = !passing && index + 1 == calls.len();
            check(call, last).and_then(|_| check_way(call, passing)).map_err(|error| (index, error))?;
        }
        Ok(())
    }

    fn build_as(calls: &[Call], may_end: bool) -> Result<Self, (usize, String)> {
        Self::check(calls, !may_end)?;
        let mut pipeline = Self { up: Vec::new(), down: Vec::new(), handler: None };
        for (index, call) in calls.iter().enumerate() {
            let last = may_end && index + 1 == calls.len();
            pipeline.add(call, last).map_err(|error| (index, error))?;
        }
        Ok(pipeline)
    }

    fn add(&mut self, call: &Call, last: bool) -> Result<(), String> {
        let spec = check(call, last)?;
        let stage = |make| Stage { name: spec.name, make };
        match (spec.build, last) {
            (Build::Transform(make) | Build::Either(make, _), false) | (Build::Transform(make), true) => {
                if call.way() != Way::Down {
                    self.up.push(stage(make(call)?));
                }
                if call.way() != Way::Up {
                    self.down.insert(0, stage(make(&call.returning())?));
                }
            }
            (Build::Handler(make) | Build::Either(_, make), _) => self.handler = Some(make(call)?),
        }
        Ok(())
    }

    /// Whether it has no stage at all.
    pub fn is_empty(&self) -> bool {
        self.up.is_empty() && self.down.is_empty() && self.handler.is_none()
    }

    /// The transforming stages for what comes in one conversation.
    pub fn chain(&self, framing: Framing) -> Chain {
        chain(&self.up, Way::Up, framing)
    }

    /// The transforming stages for what goes back in one conversation of a relay; `framing` is the target's.
    pub fn chain_back(&self, framing: Framing) -> Chain {
        chain(&self.down, Way::Down, framing)
    }

    /// The transforming stages by name, each with its way, in the order in which bytes come through them.
    pub(super) fn stages(&self) -> impl Iterator<Item = (&'static str, Way)> {
        let up = self.up.iter().map(|stage| (stage.name, Way::Up));
        up.chain(self.down.iter().map(|stage| (stage.name, Way::Down)))
    }

    /// Whether stages stand on a relay's way back.
    pub fn transforms_back(&self) -> bool {
        !self.down.is_empty()
    }

    /// Whether a stage ends it, so that nothing goes on to anybody else.
    pub fn ends(&self) -> bool {
        self.handler.is_some()
    }

    /// The hub that ends it, if it is one.
    pub fn hub(&self) -> Option<&dyn Hub> {
        self.handler.as_ref()?.hub()
    }

    /// What ends it; a pipeline that only transforms answers the sender.
    pub(in crate::net) fn handler(&self) -> Arc<dyn Handler> {
        self.handler.clone().unwrap_or_else(|| Arc::new(Echo))
    }
}

fn check(call: &Call, last: bool) -> Result<&'static Spec, String> {
    let spec = find(&call.name).ok_or_else(|| format!("there is no stage `{}`", call.name))?;
    spec.check(call)?;
    if matches!(spec.build, Build::Handler(_)) && !last {
        return Err(format!("`{}` ends a flow: nothing can come after it", spec.name));
    }
    Ok(spec)
}

/// Whether the call may say which way it stands on.
fn check_way(call: &Call, passing: bool) -> Result<(), String> {
    if passing || !call.options.contains_key(WAY.name) {
        return Ok(());
    }
    Err(format!("`{}` of a handler stands on the only way there is: `way` is for relays", call.name))
}

fn chain(stages: &[Stage], way: Way, framing: Framing) -> Chain {
    Chain::new(stages.iter().map(|stage| (stage.name, (stage.make)(framing))).collect(), way)
}
