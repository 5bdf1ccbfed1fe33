//! A worker: one share of a load, with its requests one at a time.

use std::sync::Arc;
use std::time::Duration;

use super::super::clock;
use super::tally::Tally;
use super::timetable::{Timetable, until};

/// How long a closed loop leaves a peer alone that has just refused or failed.
const PAUSE: Duration = Duration::from_millis(20);

/// What became of a request.
pub(super) enum Answer {
    /// It came back as it was.
    Right,
    /// It was answered with that status.
    Status(u16),
    /// It came back as something else.
    Wrong,
    /// It did not come back in time.
    Lost,
}

/// Whoever sends requests and waits for their answers.
pub(super) trait Exchange: Send + 'static {
    /// Whether it goes on after a request that broke.
    const MENDS: bool;

    /// Sends the request of that number and waits for its answer; says in words why there can be none.
    fn exchange(&mut self, number: u64) -> impl Future<Output = Result<Answer, String>> + Send;
}

/// Sends the requests of the share of that number until the end of the timetable, or of a connection that cannot be
/// mended.
pub(super) async fn run<E: Exchange>(mut share: E, index: u64, timetable: Timetable, tally: Arc<Tally>) {
    for number in 0.. {
        let due = timetable.due(index, number);
        if let Some(due) = due {
            until(due.min(timetable.end)).await;
            if due >= timetable.end {
                return;
            }
        }
        let now = clock::now();
        // However late it begins, each share sends something.
        if number > 0 && now >= timetable.end {
            return;
        }
        tally.sent();
        match share.exchange(number).await {
            Ok(Answer::Right) => answered(&tally, due.unwrap_or(now)),
            Ok(Answer::Status(status)) => {
                answered(&tally, due.unwrap_or(now));
                tally.status(status);
            }
            Ok(Answer::Wrong) => tally.wrong(),
            Ok(Answer::Lost) => tally.lost(),
            Err(reason) => {
                tally.broken(reason);
                if !E::MENDS {
                    return;
                }
                if due.is_none() {
                    tokio::time::sleep_until(timetable.end.min(clock::now() + PAUSE)).await;
                }
            }
        }
    }
}

/// Counts an answer that came now to a request of then.
fn answered(tally: &Tally, then: tokio::time::Instant) {
    let now = clock::now();
    tally.answered(now, now - then);
}
