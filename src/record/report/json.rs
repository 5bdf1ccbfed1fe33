//! Reports as JSON (RFC 8259), for programs.

use serde::Serialize;
use serde_json::{Value, json};

use super::Kind;
use super::diagram::Lanes;
use super::statements::{Statement, Verdict};
use super::story::{Life, Message, Passed, Story};
use super::tongue::{ENGLISH, Tongue};
use crate::net::json::bytes::Text;

/// `.json`
pub(super) static KIND: Kind = Kind { extension: "json", summary: "the same for programs", render };

/// The version of the format.
const VERSION: u64 = 1;

fn render(story: &Story, _tongue: Tongue) -> String {
    let lanes = Lanes::of(story);
    let (held, failed) = story.statements.tally;
    let report = json!({
        "nshreport": VERSION,
        "nsh": story.head.nsh,
        "script": story.head.script,
        "began": story.head.began,
        "system": story.head.system,
        "exit": story.exit,
        "took": story.length,
        "held": held,
        "failed": failed,
        "tests": { "held": story.statements.tests.0, "failed": story.statements.tests.1 },
        "statements": story.statements.all.iter().map(statement).collect::<Vec<_>>(),
        "statements_more": story.statements.more,
        "actors": (0..lanes.actors.len()).map(|lane| actor(story, &lanes, lane)).collect::<Vec<_>>(),
        "messages": story.messages.iter().map(|one| message(story, &lanes, one)).collect::<Vec<_>>(),
        "messages_more": story.messages_more,
        "sessions": story.lives.iter().map(life).collect::<Vec<_>>(),
        "sessions_more": story.lives_more,
        "moved": { "pieces": story.moved.0, "bytes": story.moved.1 },
        "throughput": { "every": story.series.every, "bytes": story.series.sums },
        "latency": latency(story),
    });
    format!("{report:#}\n")
}

fn statement(statement: &Statement) -> Value {
    let verdict = match statement.verdict {
        Verdict::Held => "held",
        Verdict::Failed => "failed",
        Verdict::Broken => "broken",
        Verdict::Interrupted => "interrupted",
        Verdict::Unended => "unended",
    };
    json!({
        "number": statement.step.number,
        "within": statement.step.within,
        "source": statement.step.source,
        "line": statement.step.line,
        "text": statement.step.text,
        "at": statement.at,
        "took": statement.took,
        "verdict": verdict,
        "results": statement.results,
    })
}

fn actor(story: &Story, lanes: &Lanes, lane: usize) -> Value {
    let Some(known) = lanes.actors.get(lane).copied().flatten().map(|actor| story.actors.get(actor)) else {
        return json!({ "name": ENGLISH.others, "place": "", "inside": false });
    };
    json!({ "name": known.name, "place": known.place, "inside": known.inside })
}

fn message(story: &Story, lanes: &Lanes, message: &Message) -> Value {
    #[derive(Serialize)]
    struct Written {
        at: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<u64>,
        session: String,
        from: usize,
        to: usize,
        what: &'static str,
        size: u64,
        bytes: Text,
    }
    let what = match message.passed {
        Passed::Opening => "opening",
        Passed::Data => "data",
        Passed::End => "end",
        Passed::Close => "close",
        Passed::Break => "break",
    };
    json!(Written {
        at: message.at,
        step: (message.step > 0).then_some(message.step),
        session: message.session.clone(),
        from: lanes.lane(story, message.from),
        to: lanes.lane(story, message.to),
        what,
        size: message.size,
        bytes: Text(message.bytes.clone().into()),
    })
}

fn life(life: &Life) -> Value {
    json!({
        "name": life.name,
        "from": life.from,
        "to": life.to,
        "sent": life.sent,
        "received": life.received,
        "broken": life.broken,
    })
}

fn latency(story: &Story) -> Value {
    let latencies = &story.latencies;
    json!({
        "count": latencies.count(),
        "median": latencies.quantile(0.5),
        "p95": latencies.quantile(0.95),
        "longest": latencies.quantile(1.0),
        "each": latencies.each,
    })
}
