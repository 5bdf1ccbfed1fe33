//! The folder that is served: files are opened beneath it and nowhere else.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, fstat, openat};

/// Which symbolic links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Links {
    /// None.
    None,
    /// Those that stay beneath the folder.
    #[default]
    Inside,
    /// All.
    All,
}

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    root: OwnedFd,
    path: PathBuf,
    links: Links,
}

/// What stands at a path.
#[derive(Debug)]
pub(super) enum Found {
    /// A regular file.
    File(File, State),
    /// A folder.
    Folder(File),
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// Its bytes.
    pub size: u64,
    /// When it was modified: seconds since 1970, and the nanoseconds behind them.
    pub modified: (i64, i64),
    /// Its number in its file system.
    pub inode: u64,
}

impl State {
    fn of(stat: &Stat) -> Self {
        // Systems differ in how wide these are.
        fn number<N: TryInto<T>, T: Default>(field: N) -> T {
            field.try_into().unwrap_or_default()
        }
        let modified = (number(stat.st_mtime), number(stat.st_mtime_nsec));
        Self { size: number(stat.st_size), modified, inode: number(stat.st_ino) }
    }
}

/// Opening never waits (for the other end of a FIFO), never makes a terminal ours, never writes.
const FLAGS: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

impl Folder {
    /// Opens the folder at `path`.
    pub fn open(path: &Path, links: Links) -> io::Result<Self> {
        let root = openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { root, path: path.to_owned(), links })
    }

    /// Where it is, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands at `path`, which is relative and has no `..`. Anything but files and folders counts as not there.
    pub(super) fn find(&self, path: &Path) -> io::Result<Found> {
        let file = File::from(self.open_beneath(path)?);
        // `File::metadata` asks by statx(2), which takes longer.
        let stat = fstat(&file)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Ok(Found::Folder(file)),
            FileType::RegularFile => Ok(Found::File(file, State::of(&stat))),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn open_beneath(&self, path: &Path) -> io::Result<OwnedFd> {
        match self.links {
            Links::All => Ok(openat(&self.root, path, FLAGS, Mode::empty())?),
            links => resolve(&self.root, path, links),
        }
    }
}

/// Opens a path beneath `root` (openat2(2)).
#[cfg(target_os = "linux")]
fn resolve(root: &OwnedFd, path: &Path, links: Links) -> io::Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};
    use rustix::io::Errno;

    /// How often a path is tried again that others rename meanwhile.
    const TRIES: usize = 8;
    let mut how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    if links == Links::None {
        how |= ResolveFlags::NO_SYMLINKS;
    }
    for _ in 0..TRIES {
        match openat2(root, path, FLAGS, Mode::empty(), how) {
            Err(Errno::AGAIN) => {}
            // A kernel before 5.6, or a sandbox that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => return walk(root, path),
            outcome => return Ok(outcome?),
        }
    }
    Err(Errno::AGAIN.into())
}

#[cfg(not(target_os = "linux"))]
fn resolve(root: &OwnedFd, path: &Path, _: Links) -> io::Result<OwnedFd> {
    walk(root, path)
}

/// Opens a path beneath `root` segment by segment. No link is followed: where it leads could not be held beneath.
fn walk(root: &OwnedFd, path: &Path) -> io::Result<OwnedFd> {
    let mut at = root.try_clone()?;
    let mut segments = path.components().peekable();
    while let Some(segment) = segments.next() {
        let kind = if segments.peek().is_some() { OFlags::DIRECTORY } else { OFlags::empty() };
        at = openat(&at, segment.as_os_str(), FLAGS | OFlags::NOFOLLOW | kind, Mode::empty())?;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_follows_no_link() {
        let folder = std::env::temp_dir().join(format!("nsh-folder-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a/b")).unwrap();
        std::fs::write(folder.join("a/b/file"), "x").unwrap();
        std::os::unix::fs::symlink("b", folder.join("a/link")).unwrap();
        let root = Folder::open(&folder, Links::Inside).unwrap().root;
        assert!(walk(&root, Path::new(".")).is_ok());
        assert!(walk(&root, Path::new("a/b/file")).is_ok());
        assert!(walk(&root, Path::new("a/link/file")).is_err());
        assert!(walk(&root, Path::new("a/link")).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
