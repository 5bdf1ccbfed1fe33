//! Checking a recording: where one that is kept differs from one that is made now.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use super::super::arguments::{Globals, Record};
use super::super::source::Unreadable;
use super::super::status::Status;
use super::{make, refused, script, tell, wish};
use crate::engine::Class;
use crate::language::Diagnostic;
use crate::look::hunk::excerpt;
use crate::record::medium;

/// The longest line that is compared, in bytes.
const LONGEST: u64 = 64 << 20;

/// Says where a recording differs from one that is made now.
pub(super) fn run(globals: &Globals, wanted: &Record, kept: &Path) -> Result<Status, Unreadable> {
    let medium = medium::of_file(kept).map_err(super::usage)?;
    let (wish, script) = (wish(wanted, &[medium])?, script(wanted)?);
    let unreadable = |error: io::Error| refused(&format!("cannot read `{}`", kept.display()), &error);
    let old = File::open(kept).map_err(unreadable)?;
    let mut new = tempfile::tempfile().map_err(|error| refused("cannot make a file", &error))?;
    let written = new.try_clone().map_err(|error| refused("cannot make a file", &error))?;
    make(globals, wanted, wish, script, vec![(medium, written)])?;
    new.rewind().map_err(|error| refused("cannot read the recording", &error))?;
    match difference(old, new).map_err(unreadable)? {
        None => Ok(Status::HELD),
        Some(difference) => {
            let what = format!("`{}` is not what `{}` gives", kept.display(), wanted.file.display());
            tell(globals, &difference.told(&what));
            Ok(Status::of(Class::Unmet.code()))
        }
    }
}

/// The first line in which two files differ.
struct Difference {
    number: usize,
    /// Where it begins, in bytes.
    start: usize,
    old: Option<Vec<u8>>,
    new: Option<Vec<u8>>,
}

/// The first difference of two files, if there is one.
fn difference(old: File, new: File) -> io::Result<Option<Difference>> {
    let (mut files, mut start) = ((BufReader::new(old), BufReader::new(new)), 0);
    for number in 1.. {
        let (old, new) = (line(&mut files.0)?, line(&mut files.1)?);
        if old != new {
            return Ok(Some(Difference { number, start, old, new }));
        }
        match old {
            Some(line) => start += line.len(),
            None => break,
        }
    }
    Ok(None)
}

fn line(file: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    file.take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(Some(line).filter(|line| !line.is_empty()))
}

impl Difference {
    fn told(&self, what: &str) -> Diagnostic {
        let lines = [&self.old, &self.new].map(|line| line.as_deref().unwrap_or_default());
        let same = lines[0].iter().zip(lines[1]).take_while(|(old, new)| old == new).count();
        let Ok(texts) = <[&str; 2]>::try_from(lines.iter().flat_map(|line| str::from_utf8(line)).collect::<Vec<_>>())
        else {
            return Diagnostic::error(format!("{what}: byte {} differs", self.start + same));
        };
        let shown = |line: &Option<Vec<u8>>, text: &str| match line {
            Some(_) => excerpt(text.trim_end(), same),
            None => "nothing: it ends before".to_owned(),
        };
        Diagnostic::error(format!("{what}: line {} differs", self.number))
            .note(format!("kept  {}", shown(&self.old, texts[0])))
            .note(format!("made  {}", shown(&self.new, texts[1])))
    }
}
