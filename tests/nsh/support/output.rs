//! What a program left behind: its status and everything it wrote.

/// The status and the whole output of a program that has ended.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// How it was called, for messages.
    pub(crate) name: String,
    /// Its exit code; 128 and the signal's number when a signal ended it.
    pub(crate) code: i32,
    /// Everything on its standard output.
    pub(crate) stdout: Vec<u8>,
    /// Everything on its standard error.
    pub(crate) stderr: Vec<u8>,
}

impl Output {
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The whole story, for messages.
    fn story(&self) -> String {
        format!(
            "\n$ {}\nexit code {}\n--- stdout\n{}\n--- stderr\n{}\n---",
            self.name,
            self.code,
            shown(&self.stdout),
            shown(&self.stderr)
        )
    }

    /// It ended with that exit code.
    #[track_caller]
    pub(crate) fn code(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "exit code{}", self.story());
        self
    }

    /// It ended with some error.
    #[track_caller]
    pub(crate) fn failed(&self) -> &Self {
        assert_ne!(self.code, 0, "exit code{}", self.story());
        assert_ne!(self.code, 101, "it panicked{}", self.story());
        self
    }

    /// Its standard output is exactly that.
    #[track_caller]
    pub(crate) fn stdout(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        assert!(self.stdout == expected, "stdout is not\n{}{}", shown(expected), self.story());
        self
    }

    /// Its standard error is exactly that.
    #[track_caller]
    pub(crate) fn stderr(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        assert!(self.stderr == expected, "stderr is not\n{}{}", shown(expected), self.story());
        self
    }

    /// Its standard output says that somewhere.
    #[track_caller]
    pub(crate) fn says(&self, part: &str) -> &Self {
        assert!(self.out().contains(part), "stdout lacks `{part}`{}", self.story());
        self
    }

    /// Its standard error says that somewhere.
    #[track_caller]
    pub(crate) fn complains(&self, part: &str) -> &Self {
        assert!(self.err().contains(part), "stderr lacks `{part}`{}", self.story());
        self
    }

    /// Neither output holds a control character that could act on a terminal.
    #[track_caller]
    pub(crate) fn harmless(&self) -> &Self {
        let acts = |byte: &u8| (*byte < 0x20 && !b"\n\t\r".contains(byte)) || *byte == 0x7f;
        let found = self.stdout.iter().chain(&self.stderr).find(|byte| acts(byte));
        assert!(found.is_none(), "byte {found:02x?} reached the output{}", self.story());
        self
    }
}

/// Bytes as a message shows them; long ones shortened.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 4000;
    let text = |part: &[u8]| String::from_utf8_lossy(part).replace('\u{1b}', "\\e").replace('\0', "\\0");
    if bytes.len() <= MOST {
        text(bytes)
    } else {
        format!("{}\n… {} bytes in all", text(&bytes[..MOST]), bytes.len())
    }
}
