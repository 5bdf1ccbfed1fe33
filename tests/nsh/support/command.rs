//! A command line in a clean environment: the program under test, or a peer.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread;

use super::folder::Folder;
use super::output::Output;
use super::process::{Process, open_for_output};
use super::program::program;

/// A command that is being put together.
pub(crate) struct Nsh {
    program: PathBuf,
    name: String,
    arguments: Vec<OsString>,
    input: Input,
    output: Where,
    variables: Vec<(String, String)>,
    folder: Arc<Folder>,
}

/// Its standard input.
enum Input {
    /// At its end from the start.
    Empty,
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// What the test types.
    Open,
    /// No descriptor 0 at all.
    Closed,
}

/// Its standard output.
enum Where {
    Collected,
    File(PathBuf),
}

/// `nsh` with the words of `line` as its arguments.
pub(crate) fn nsh(line: &str) -> Nsh {
    Nsh::of(PathBuf::from(env!("CARGO_BIN_EXE_nsh")), "nsh").words(line)
}

/// `nsh run -q lab.nsh` with `text` in that file.
pub(crate) fn script(text: &str) -> Nsh {
    nsh("run -q lab.nsh").file("lab.nsh", text)
}

/// A Python program of `tests/peers` with the words of `line` as its arguments.
#[track_caller]
pub(crate) fn python(name: &str, line: &str) -> Option<Nsh> {
    static PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    let path = PATH.get_or_init(|| {
        // The interpreter itself, past the wrappers that choose one.
        let found = program("python3")?;
        let answer = Command::new(&found).args(["-c", "import sys; print(sys.executable)"]).output().ok()?;
        let real = PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim());
        Some(if real.is_file() { real } else { found })
    });
    let Some(path) = path else {
        let _ = program("python3");
        return None;
    };
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name);
    Some(Nsh::of(path.clone(), name).arg("-S").arg("-u").arg(peer).words(line))
}

impl Nsh {
    pub(super) fn of(program: PathBuf, name: &str) -> Self {
        Self {
            program,
            name: name.to_owned(),
            arguments: Vec::new(),
            input: Input::Empty,
            output: Where::Collected,
            variables: Vec::new(),
            folder: Arc::new(Folder::new()),
        }
    }

    /// One argument, as it is.
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Arguments separated by spaces.
    pub(crate) fn words(mut self, line: &str) -> Self {
        self.arguments.extend(line.split_whitespace().map(OsString::from));
        self
    }

    /// Its whole standard input.
    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Input::Bytes(bytes.as_ref().to_vec());
        self
    }

    /// Its standard input is what the test types, until the test ends it.
    pub(crate) fn typed(mut self) -> Self {
        self.input = Input::Open;
        self
    }

    /// It has no standard input at all, as after `<&-`.
    pub(crate) fn without_stdin(mut self) -> Self {
        self.input = Input::Closed;
        self
    }

    /// Its standard output goes to a file of its folder.
    pub(crate) fn stdout_to(mut self, name: &str) -> Self {
        self.output = Where::File(self.folder.path().join(name));
        self
    }

    /// A variable of its environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file in the folder it runs in.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.folder.write(name, content);
        self
    }

    /// It runs in the folder of another command.
    pub(crate) fn in_folder_of(mut self, other: &Process) -> Self {
        self.folder = other.shared_folder();
        self
    }

    /// It runs in a folder that is there.
    pub(crate) fn in_folder(mut self, folder: &Arc<Folder>) -> Self {
        self.folder = Arc::clone(folder);
        self
    }

    pub(crate) fn folder(&self) -> Arc<Folder> {
        Arc::clone(&self.folder)
    }

    /// Starts it.
    #[track_caller]
    pub(crate) fn start(self) -> Process {
        let shown: Vec<_> = self.arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let name = format!("{} {}", self.name, shown.join(" "));
        let (program, arguments) = self.program_and_arguments();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8");
        for (variable, folder) in
            [("HOME", ""), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state")]
        {
            command.env(variable, self.folder.path().join(".home").join(folder));
        }
        command.envs(self.variables);
        command.stdin(match self.input {
            Input::Empty | Input::Closed => Stdio::null(),
            Input::Bytes(_) | Input::Open => Stdio::piped(),
        });
        command.stdout(match &self.output {
            Where::Collected => Stdio::piped(),
            Where::File(path) => open_for_output(path).into(),
        });
        command.stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Input::Bytes(bytes) = self.input {
            let mut stdin = child.stdin.take().expect("it is piped");
            // A program may end without reading what it is given.
            thread::spawn(move || {
                let _ = stdin.write_all(&bytes);
            });
        }
        Process::new(name, child, self.folder)
    }

    /// A shell closes descriptor 0 where the test asks for it.
    fn program_and_arguments(&self) -> (PathBuf, Vec<OsString>) {
        if !matches!(self.input, Input::Closed) {
            return (self.program.clone(), self.arguments.clone());
        }
        let mut arguments: Vec<OsString> =
            vec!["-c".into(), r#"exec "$0" "$@" <&-"#.into(), self.program.clone().into()];
        arguments.extend(self.arguments.iter().cloned());
        (PathBuf::from("/bin/sh"), arguments)
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn output(self) -> Output {
        self.start().end()
    }
}
