//! The way up: from the client to the targets.

use std::io::{self, ErrorKind};

use super::fan::Fan;
use super::outlet::Outlets;
use super::slack;
use crate::net::flow::{DataPath, Source, is_refusal};
use crate::net::socket::Received;

/// After how many bytes others get their turn.
pub(super) const TURN: usize = 4 * 1024 * 1024;

/// Whether the direction goes on.
enum Course {
    Further,
    Ended,
}

/// Moves what the client sends until it has finished. An error is the client's.
pub(super) async fn all_up(source: &mut Source, outlets: &Outlets<'_>) -> io::Result<()> {
    if outlets.has_datagrams() {
        source.in_small_pieces();
    }
    let mut refused = false;
    source.note(path(source, outlets));
    loop {
        // Chosen when there is something to move, so that whoever watches from now on misses nothing of it.
        if !outlets.leave_behind() {
            source.ready().await?;
        }
        let course = match path(source, outlets) {
            way if way.is_kernel() && !refused => match splice(source, outlets, way).await {
                Err(error) if is_refusal(&error) => {
                    refused = true;
                    continue;
                }
                course => course?,
            },
            way => {
                source.note(if way.is_kernel() { DataPath::Unsupported } else { way });
                copy(source, outlets).await?
            }
        };
        if let Course::Ended = course {
            break;
        }
    }
    outlets.finish().await;
    // A stage may have cut the conversation.
    source.linger().await
}

/// The path that is open now.
fn path(source: &Source, outlets: &Outlets<'_>) -> DataPath {
    if !Fan::IS_POSSIBLE {
        return DataPath::Unsupported;
    }
    match source.path() {
        DataPath::Splice => outlets.path(),
        obstacle => obstacle,
    }
}

/// Moves one piece through our memory.
async fn copy(source: &mut Source, outlets: &Outlets<'_>) -> io::Result<Course> {
    if outlets.leave_behind() {
        return Ok(slack::pass(source, outlets).await?.map_or(Course::Ended, |()| Course::Further));
    }
    let Some(piece) = source.next().await? else { return Ok(Course::Ended) };
    outlets.send(&piece).await;
    source.recycle(piece);
    Ok(Course::Further)
}

/// Has the kernel move what there is, as long as its path is open and nobody else waits.
async fn splice(source: &mut Source, outlets: &Outlets<'_>, way: DataPath) -> io::Result<Course> {
    let Some(mut fan) = Fan::open(outlets) else {
        source.note(DataPath::NoPipe);
        return copy(source, outlets).await;
    };
    source.note(way);
    let mut moved = 0;
    let course = loop {
        match fan.fill(source) {
            Ok(Received::Data(length)) => moved += length,
            Ok(_) => break Course::Ended,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break Course::Further,
            Err(error) => {
                fan.close();
                return Err(error);
            }
        }
        fan.send().await?;
        if moved >= TURN {
            moved = 0;
            tokio::task::yield_now().await;
        }
        if path(source, outlets) != way || !fan.is_whole() {
            break Course::Further;
        }
    };
    fan.close();
    Ok(course)
}
