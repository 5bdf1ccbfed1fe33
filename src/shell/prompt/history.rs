//! The history: what was typed, in a file that several shells share.
//!
//! The file is text: a head, then an entry a line, in which `\n` is a line feed and `\\` a backslash. Whoever writes
//! holds a lock on it. A new entry is appended; what removes entries writes another file and renames it, so that at
//! no moment an entry is in none.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::shell::folder;

use crate::engine::console::Past;
use crate::engine::file::{LARGEST_SCRIPT, read_whole};

/// First line of a history file.
const HEAD: &str = "#V2\n";

/// The history's file: `history` in the platform's folder for data of `nsh`; `None` for a user without home.
pub(crate) fn file() -> Option<PathBuf> {
    Some(folder::data()?.join("history"))
}

/// What was typed, oldest first: in shells before this one, then in this one.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Where it is kept; nowhere when that failed.
    file: Option<PathBuf>,
    entries: Vec<Past>,
    /// How many were kept at most when an entry was last kept.
    size: usize,
}

impl History {
    /// The history in `file`, which is made if it is not there, for its owner alone; and what is wrong with it.
    pub(crate) fn open(file: Option<PathBuf>) -> (Self, Option<String>) {
        let Some(file) = file else { return (Self::default(), None) };
        let told = |reason: &str| Some(format!("the history in `{}` {reason}", file.display()));
        match prepare(&file).and_then(|()| read(&mut locked(&file)?)) {
            Ok((texts, lost)) => {
                let trouble = if lost > 0 { told(&format!("has {lost} lines that are no text")) } else { None };
                let entries = texts.into_iter().map(|text| Past { entry: None, text }).collect();
                (Self { file: Some(file), entries, size: usize::MAX }, trouble)
            }
            Err(error) => (Self::default(), told(&format!("cannot be used: {}", crate::shell::source::reason(&error)))),
        }
    }

    /// The entries, oldest first.
    pub(crate) fn entries(&self) -> &[Past] {
        &self.entries
    }

    /// Keeps entry number `entry`, and `size` entries in all. Not kept are those that begin with a space, and those
    /// that say the same as the one before. When the file cannot be written, why.
    pub(crate) fn keep(&mut self, entry: usize, text: &str, size: usize) -> Option<String> {
        let repeats = self.entries.last().is_some_and(|last| last.text == text);
        let shrinks = size < self.size;
        self.size = size;
        let mut written = Ok(());
        if size > 0 && !repeats && !text.starts_with(char::is_whitespace) {
            self.entries.push(Past { entry: Some(entry), text: text.to_owned() });
            written = self.file.as_deref().map_or(Ok(()), |file| append(file, text));
        }
        // A quarter more may stand there, so that not every new entry has the whole file written.
        let room = if shrinks { size } else { size.saturating_add(size / 4) };
        if self.entries.len() > room {
            self.entries.drain(..self.entries.len() - size);
            written = written.and(self.rewrite(|texts| texts.drain(..texts.len().saturating_sub(size)).count() > 0));
        }
        self.give_up(written)
    }

    /// Forgets what was typed in this shell and `is_secret`, and the same texts of others. Whether there was any; when
    /// the file cannot be written, why.
    pub(crate) fn forget(&mut self, is_secret: impl Fn(&str) -> bool) -> (bool, Option<String>) {
        let secret = |past: &Past| past.entry.is_some() && is_secret(&past.text);
        let texts: HashSet<String> =
            self.entries.iter().filter(|past| secret(past)).map(|past| past.text.clone()).collect();
        if texts.is_empty() {
            return (false, None);
        }
        self.entries.retain(|past| !texts.contains(&past.text));
        let written = self.rewrite(|kept| {
            kept.retain(|text| !texts.contains(text));
            true
        });
        (true, self.give_up(written))
    }

    /// Uses the file no more if it failed; why.
    fn give_up(&mut self, written: io::Result<()>) -> Option<String> {
        let error = written.err()?;
        let file = self.file.take()?;
        let reason = crate::shell::source::reason(&error);
        Some(format!("the history is no longer kept in `{}`: {reason}", file.display()))
    }

    /// Writes the file again as `change` has its entries, if it changes any.
    fn rewrite(&self, change: impl FnOnce(&mut Vec<String>) -> bool) -> io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let mut file = locked(path)?;
        let (mut texts, _) = read(&mut file)?;
        if !change(&mut texts) {
            return Ok(());
        }
        let content = HEAD.to_owned() + &texts.iter().map(|text| line(text)).collect::<String>();
        crate::engine::file::replace(path, content.as_bytes())
    }
}

/// Makes the file if it is not there, for its owner alone.
fn prepare(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut file) => file.write_all(HEAD.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// The file, to be read and appended to, locked until it is dropped.
fn locked(path: &Path) -> io::Result<File> {
    loop {
        // Opening a pipe would wait for somebody at its other end.
        let kind = fs::metadata(path)?.file_type();
        if !kind.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        let file = OpenOptions::new().read(true).append(true).open(path)?;
        file.lock()?;
        // While this waited for the lock, another file may have been put into its place.
        let (mine, there) = (file.metadata()?, fs::metadata(path)?);
        if (mine.dev(), mine.ino()) == (there.dev(), there.ino()) {
            return Ok(file);
        }
    }
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    locked(path)?.write_all(line(text).as_bytes())
}

/// The entries in a file, and how many lines are none.
fn read(file: &mut File) -> io::Result<(Vec<String>, usize)> {
    let bytes = read_whole(file, LARGEST_SCRIPT)?;
    let lines = bytes.strip_prefix(HEAD.as_bytes()).unwrap_or(&bytes).split(|&byte| byte == b'\n');
    let mut lost = 0;
    let texts = lines.filter(|line| !line.is_empty()).filter_map(|line| {
        let text = std::str::from_utf8(line).ok().filter(|text| !text.contains('\0'));
        lost += usize::from(text.is_none());
        text.map(unescaped)
    });
    let texts = texts.collect();
    Ok((texts, lost))
}

/// An entry as a line of the file.
fn line(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n") + "\n"
}

/// The entry that stands in a line of the file.
fn unescaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.as_str().chars().next()) {
            ('\\', Some('n')) => text.push('\n'),
            ('\\', Some('\\')) => text.push('\\'),
            _ => {
                text.push(letter);
                continue;
            }
        }
        letters.next();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A folder of its own, removed afterwards.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("nsh-history-{}-{number}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("deep/history")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn open(folder: &Folder) -> History {
        let (history, trouble) = History::open(Some(folder.file()));
        assert_eq!(trouble, None);
        history
    }

    fn texts(history: &History) -> Vec<&str> {
        history.entries().iter().map(|past| past.text.as_str()).collect()
    }

    #[test]
    fn the_file_is_its_owners_and_is_kept() {
        let folder = Folder::new();
        open(&folder);
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), HEAD);
        assert_eq!(fs::metadata(folder.file()).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(open(&folder).keep(1, "help", 10), None);
        assert_eq!(texts(&open(&folder)), ["help"]);
    }

    #[test]
    fn entries_are_kept_whole() {
        let folder = Folder::new();
        let mut history = open(&folder);
        let entries = ["for x in [1] {\n    print \"a\\n$x\"\n}", "print 'C:\\new'", "print \"\\\\\"", "é 你"];
        for (at, entry) in entries.iter().enumerate() {
            assert_eq!(history.keep(at + 1, entry, 100), None);
        }
        for not_kept in [" print 1", "\tprint 1", "é 你"] {
            assert_eq!(history.keep(9, not_kept, 100), None);
        }
        assert_eq!(texts(&history), entries);
        assert_eq!(texts(&open(&folder)), entries);
    }

    #[test]
    fn none_is_lost_when_several_shells_write_while_others_shorten_it() {
        const SHELLS: usize = 8;
        const ENTRIES: usize = 100;
        let folder = Folder::new();
        open(&folder);
        std::thread::scope(|scope| {
            for shell in 0..SHELLS {
                let folder = &folder;
                scope.spawn(move || {
                    let mut history = open(folder);
                    for number in 0..ENTRIES {
                        assert_eq!(history.keep(number, &format!("print {shell} {number}"), 10_000), None);
                        if number % 10 == 5 {
                            let secret = format!("print {shell} {number}");
                            assert_eq!(history.forget(|text| text == secret), (true, None));
                        }
                    }
                });
            }
        });
        let kept = open(&folder);
        for shell in 0..SHELLS {
            let start = format!("print {shell} ");
            let numbers: Vec<usize> = texts(&kept)
                .iter()
                .filter_map(|text| text.strip_prefix(&start))
                .map(|text| text.parse().unwrap())
                .collect();
            let expected: Vec<usize> = (0..ENTRIES).filter(|number| number % 10 != 5).collect();
            assert_eq!(numbers, expected, "shell {shell}");
        }
    }

    #[test]
    fn the_oldest_go_first() {
        let folder = Folder::new();
        let mut history = open(&folder);
        for number in 1..=12 {
            assert_eq!(history.keep(number, &format!("print {number}"), 8), None);
        }
        assert_eq!(texts(&history).first(), Some(&"print 4"));
        assert_eq!(history.keep(13, "help", 2), None);
        assert_eq!(texts(&history), ["print 12", "help"]);
        assert_eq!(texts(&open(&folder)), ["print 12", "help"]);
        assert_eq!(history.keep(14, "quit", 0), None);
        assert_eq!(texts(&open(&folder)), Vec::<&str>::new());
    }

    #[test]
    fn secrets_are_forgotten_and_what_merely_looks_like_them_is_not() {
        let folder = Folder::new();
        open(&folder).keep(1, "print \"an old s3cret\"", 100);
        let mut history = open(&folder);
        history.keep(1, "let token = \"s3cret\"", 100);
        history.keep(2, "secret token", 100);
        assert_eq!(history.forget(|text| text.contains("s3cret")), (true, None));
        assert_eq!(history.forget(|text| text.contains("s3cret")), (false, None));
        assert_eq!(texts(&open(&folder)), ["print \"an old s3cret\"", "secret token"]);
    }

    #[test]
    fn a_file_that_is_none_is_told_and_harmless() {
        let folder = Folder::new();
        fs::create_dir_all(folder.file()).unwrap();
        let (mut history, trouble) = History::open(Some(folder.file()));
        assert!(trouble.unwrap().ends_with("cannot be used: it is no file"));
        assert_eq!(history.keep(1, "help", 100), None);
        assert_eq!(texts(&history), ["help"]);
    }

    #[test]
    fn lines_that_are_no_text_are_told_and_left_out() {
        let folder = Folder::new();
        fs::create_dir_all(folder.0.join("deep")).unwrap();
        fs::write(folder.file(), b"#V2\nhelp\n\xff\xfe\n\0\nquit").unwrap();
        let (history, trouble) = History::open(Some(folder.file()));
        assert!(trouble.unwrap().ends_with("has 2 lines that are no text"));
        assert_eq!(texts(&history), ["help", "quit"]);
    }

    #[test]
    fn a_file_that_goes_away_is_told_once() {
        let folder = Folder::new();
        let mut history = open(&folder);
        fs::remove_file(folder.file()).unwrap();
        let trouble = history.keep(1, "help", 100).unwrap();
        assert!(trouble.ends_with("there is no such file"), "{trouble}");
        assert_eq!(history.keep(2, "quit", 100), None);
        assert_eq!(texts(&history), ["help", "quit"]);
    }
}
