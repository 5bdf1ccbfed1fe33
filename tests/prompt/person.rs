//! A person at a terminal: types keys, and waits until the screen shows something.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use avt::{Cell, Color, Terminal};
use pty_process::Size;
use pty_process::blocking::{Command, Pts, Pty, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};

/// How long anything may take on a machine that does everything else first.
const PATIENCE: Duration = Duration::from_mins(1);
const COLUMNS: u16 = 80;
const ROWS: u16 = 40;
/// The colours that terminals have names for.
const COLOURS: &[&str] = &["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "grey"];

/// What the terminal shows, and every byte that made it so.
struct Shown {
    terminal: Terminal,
    raw: Vec<u8>,
    /// The start of a character whose rest has not come.
    started: Vec<u8>,
}

/// A person at a terminal in which `nsh` runs.
pub(crate) struct Person {
    keyboard: Pty,
    /// Keeps the terminal when `nsh` has left it.
    terminal: Pts,
    before: Termios,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    child: Child,
    home: PathBuf,
    keeps_home: bool,
}

/// A home folder that nobody else uses.
pub(crate) fn new_home() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let home = std::env::temp_dir().join(format!("nsh-prompt-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&home).expect("a new folder");
    home
}

impl Person {
    /// Starts `nsh` with these arguments.
    pub(crate) fn starts(arguments: &[&str]) -> Self {
        let mut person = Self::starts_at(new_home(), arguments, &[]);
        person.keeps_home = false;
        person
    }

    /// Starts `nsh` at a terminal of that size.
    pub(crate) fn starts_sized(columns: u16, rows: u16) -> Self {
        let program = Command::new(env!("CARGO_BIN_EXE_nsh"));
        let mut person = Self::starts_program(program, new_home(), &[], (columns, rows));
        person.keeps_home = false;
        person
    }

    /// Starts a shell with job control that runs these commands; `$0` is `nsh` there.
    pub(crate) fn starts_shell(commands: &str) -> Self {
        let program = Command::new("sh").args(["-c", &format!("set -m; {commands}"), env!("CARGO_BIN_EXE_nsh")]);
        let mut person = Self::starts_program(program, new_home(), &[], (COLUMNS, ROWS));
        person.keeps_home = false;
        person
    }

    /// Changes the size of the terminal.
    pub(crate) fn resizes(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.shown.0.lock().expect("the watcher lives").terminal.resize(columns.into(), rows.into());
        self.keyboard.resize(Size::new(rows, columns)).expect("it has a size");
        self
    }

    /// Starts `nsh` with these arguments and variables of its environment, in a home folder that is kept.
    pub(crate) fn starts_at(home: PathBuf, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let program = Command::new(env!("CARGO_BIN_EXE_nsh")).args(arguments);
        Self::starts_program(program, home, variables, (COLUMNS, ROWS))
    }

    /// Starts a program at a terminal of that size, in a home folder that is kept.
    pub(crate) fn starts_program(
        program: Command,
        home: PathBuf,
        variables: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> Self {
        let (keyboard, terminal) = open().expect("a pseudo-terminal");
        keyboard.resize(Size::new(rows, columns)).expect("it has a size");
        let before = tcgetattr(&keyboard).expect("it is a terminal");
        let child = program
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .env("HOME", &home)
            .envs(variables.iter().copied())
            .current_dir(&home)
            .spawn_borrowed(&terminal)
            .expect("nsh starts");
        let screen = Terminal::with_scrollback(columns.into(), rows.into(), None).expect("a size");
        let shown = Shown { terminal: screen, raw: Vec::new(), started: Vec::new() };
        let shown = Arc::new((Mutex::new(shown), Condvar::new()));
        let output = rustix::io::dup(&keyboard).expect("a descriptor");
        let screen = Arc::clone(&shown);
        std::thread::spawn(move || watch(File::from(output), &screen));
        Self { keyboard, terminal, before, shown, child, home, keeps_home: true }
    }

    /// Presses keys.
    pub(crate) fn types(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self
    }

    /// Presses keys that give no text.
    pub(crate) fn presses(&mut self, bytes: &[u8]) -> &mut Self {
        self.keyboard.write_all(bytes).expect("the terminal takes keys");
        self
    }

    /// Types a line, sees it, and presses Enter.
    #[track_caller]
    pub(crate) fn enters(&mut self, line: &str) -> &mut Self {
        let tail: String = line.trim_end().chars().rev().take(12).collect();
        let tail: String = tail.chars().rev().collect();
        self.types(line).until(&format!("the line `{line}`"), |shown| shown.line_at_cursor().contains(&tail));
        self.types("\r")
    }

    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&Shown) -> bool) -> &mut Self {
        let (shown, changed) = &*self.shown;
        let shown = shown.lock().expect("the watcher lives");
        let (shown, waited) = changed.wait_timeout_while(shown, PATIENCE, |shown| !holds(shown)).expect("it lives");
        assert!(!waited.timed_out(), "no {what} on\n{}\n---", shown.screen());
        drop(shown);
        self
    }

    /// Waits until the screen contains `text`; lines end in `\n`, without the spaces before it.
    #[track_caller]
    pub(crate) fn sees(&mut self, text: &str) -> &mut Self {
        self.until(&format!("`{text}`"), |shown| shown.screen().contains(text))
    }

    /// Waits until the line with the cursor ends in `text`.
    #[track_caller]
    pub(crate) fn sees_at_cursor(&mut self, text: &str) -> &mut Self {
        self.until(&format!("`{text}` at the cursor"), |shown| shown.line_around_cursor().0.trim_end().ends_with(text))
    }

    /// Waits for a prompt of that text with the cursor behind it.
    #[track_caller]
    pub(crate) fn is_asked(&mut self, prompt: &str) -> &mut Self {
        self.until(&format!("prompt `{prompt}`"), |shown| shown.line_at_cursor() == prompt.trim_end())
    }

    /// Waits until the cursor's line reads so in front of the cursor; a suggestion may stand behind it.
    #[track_caller]
    pub(crate) fn reads(&mut self, before: &str) -> &mut Self {
        self.until(&format!("line `{before}`"), |shown| shown.line_around_cursor().0 == before)
    }

    /// Waits until the cursor's line reads so, in front of the cursor and behind it.
    #[track_caller]
    pub(crate) fn edits(&mut self, before: &str, behind: &str) -> &mut Self {
        let what = format!("line `{before}` with `{behind}` behind the cursor");
        self.until(&what, |shown| {
            let (left, right) = shown.line_around_cursor();
            left == before && right.trim_end() == behind.trim_end()
        })
    }

    /// Waits until the whole screen reads so; a blank at the end of a line, and blank lines at the end, do not count.
    #[track_caller]
    pub(crate) fn shows(&mut self, screen: &str) -> &mut Self {
        self.until(&format!("screen\n{screen}\n--- but"), |shown| shown.screen() == screen)
    }

    /// Waits until the screen ends so.
    #[track_caller]
    pub(crate) fn ends(&mut self, screen: &str) -> &mut Self {
        self.until(&format!("end\n{screen}\n--- but"), |shown| shown.screen().ends_with(screen))
    }

    /// The last place on the screen where `text` stands, as its style: `bold`, `red`, `7`, or nothing.
    pub(crate) fn style_of(&self, text: &str) -> String {
        self.shown.0.lock().expect("the watcher lives").style_of(text)
    }

    /// What the screen shows.
    pub(crate) fn screen(&self) -> String {
        self.shown.0.lock().expect("the watcher lives").screen()
    }

    /// Every line that the terminal has shown, those that left the screen included; wrapped ones are put together.
    pub(crate) fn transcript(&self) -> Vec<String> {
        let shown = self.shown.0.lock().expect("the watcher lives");
        let mut lines = vec![String::new()];
        for line in shown.terminal.screen().all_lines() {
            lines.last_mut().expect("there is one").push_str(&line.text());
            if !line.is_wrapped() {
                lines.push(String::new());
            }
        }
        lines.iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Every byte that came to the terminal.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.shown.0.lock().expect("the watcher lives").raw.clone()
    }

    /// Waits until these bytes have come to the terminal.
    #[track_caller]
    pub(crate) fn gets(&mut self, bytes: &str) -> &mut Self {
        let has = |raw: &[u8]| raw.windows(bytes.len()).any(|window| window == bytes.as_bytes());
        self.until(&format!("{bytes:?}"), |shown| has(&shown.raw))
    }

    /// Changes the size of the terminal, and waits until the program answers to it by drawing: from the beginning of a
    /// synchronized update to its end, since the end of one before may still come.
    #[track_caller]
    pub(crate) fn resizes_and_sees_it_drawn(&mut self, columns: u16, rows: u16) -> &mut Self {
        let before = self.raw().len();
        self.resizes(columns, rows).until("drawing", |shown| {
            let raw = String::from_utf8_lossy(&shown.raw[before..]);
            raw.split_once("\x1b[?2026h").is_some_and(|(_, drawn)| drawn.contains("\x1b[?2026l"))
        })
    }

    /// Sends the program a signal.
    pub(crate) fn signals(&mut self, signal: Signal) -> &mut Self {
        kill_process(self.id(), signal).expect("it lives");
        self
    }

    /// The program's process.
    pub(crate) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for the end of the program: its exit code, and that the terminal is as it was before.
    #[track_caller]
    pub(crate) fn left_with(&mut self, code: i32) -> &mut Self {
        let status = self.wait();
        assert_eq!(status.code(), Some(code), "{status} after\n{}\n---", self.screen());
        let after = tcgetattr(&self.keyboard).expect("it is a terminal");
        let modes = |modes: &Termios| (modes.input_modes, modes.output_modes, modes.control_modes, modes.local_modes);
        assert_eq!(modes(&after), modes(&self.before), "the terminal's modes");
        let flags = rustix::fs::fcntl_getfl(&self.terminal).expect("it is open");
        assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK), "the terminal is left non-blocking");
        self
    }

    fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}\n---", self.screen());
            std::thread::yield_now();
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !self.keeps_home {
            let _ = std::fs::remove_dir_all(&self.home);
        }
    }
}

impl Shown {
    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.started.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.started) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.started.len(),
        };
        let rest = self.started.split_off(whole);
        let text = String::from_utf8_lossy(&self.started).into_owned();
        self.terminal.feed(text.as_str());
        self.started = rest;
    }

    fn lines(&self) -> Vec<String> {
        let screen = self.terminal.screen();
        (0..self.terminal.size().1)
            .filter_map(|row| screen.line(row))
            .map(|line| line.text().trim_end().to_owned())
            .collect()
    }

    fn screen(&self) -> String {
        self.lines().join("\n").trim_end().to_owned() + "\n"
    }

    fn line_around_cursor(&self) -> (String, String) {
        let (column, row) = self.terminal.cursor().position().unwrap_or_default();
        let Some(line) = self.terminal.screen().line(row) else { return Default::default() };
        let text = |cells: &[Cell]| cells.iter().filter(|cell| cell.width() > 0).map(Cell::char).collect::<String>();
        let (before, behind) = line.cells().split_at(column.min(line.len()));
        (text(before), text(behind))
    }

    fn style_of(&self, text: &str) -> String {
        let screen = self.terminal.screen();
        let found = (0..self.terminal.size().1).rev().filter_map(|row| screen.line(row)).find_map(|line| {
            let letters: String = line.cells().iter().map(Cell::char).collect();
            let at = letters.rfind(text)?;
            line.cells().get(letters[..at].chars().count()).map(|cell| *cell.pen())
        });
        let Some(pen) = found else { return "nowhere".to_owned() };
        let colour = pen.foreground().map(|colour| match colour {
            Color::Indexed(index) => {
                COLOURS.get(usize::from(index)).map_or(index.to_string(), |name| (*name).to_owned())
            }
            Color::RGB(colour) => format!("{colour:?}"),
        });
        let bold = pen.is_bold().then(|| "bold".to_owned());
        bold.into_iter().chain(colour).collect::<Vec<_>>().join(" ")
    }

    fn line_at_cursor(&self) -> String {
        let row = self.terminal.cursor().position().map_or(0, |(_, row)| row);
        self.lines().get(row).cloned().unwrap_or_default()
    }
}

/// Shows what comes to the terminal until it is gone.
fn watch(mut terminal: File, shown: &(Mutex<Shown>, Condvar)) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = terminal.read(&mut buffer) {
        shown.0.lock().expect("the person lives").take(&buffer[..count]);
        shown.1.notify_all();
    }
}
