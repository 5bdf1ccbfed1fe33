//! The theatre: a film shown in the terminal in its own time, until it is over or somebody leaves.

use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tokio::time::Instant;

use super::SPEEDS;
use super::display::Display;
use super::key::{self, Key};
use crate::look::{Paint, escape};
use crate::net::clock;
use crate::record::play::Projector;
use crate::shell::input::Input;
use crate::shell::output::write_all;
use crate::shell::signals::Signals;
use crate::shell::status::Status;
use crate::shell::terminal::{self, Keys};

/// How far the arrows go, in microseconds.
const LEAP: u64 = 5_000_000;
const SECOND: u64 = 1_000_000;

/// Shows a film that many times as fast.
pub(super) fn run(projector: Projector, speed: f64, paint: Paint) -> io::Result<Status> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        let signals = Signals::new()?;
        let resized = signal(SignalKind::window_change())?;
        // Who is no terminal presses no keys.
        let keys = if io::stdin().is_terminal() { Some(Keys::begin(false)?) } else { None };
        let input = keys.is_some().then(Input::default);
        let seat = Seat { signals, resized, input };
        let mut theatre = Theatre { projector, speed, since: Some((clock::now(), 0)), display: Display::new(paint) };
        let status = theatre.open(seat).await;
        theatre.close()?;
        status
    });
    runtime.shutdown_background();
    status
}

/// From where things come that change what is shown.
struct Seat {
    signals: Signals,
    resized: Listener,
    input: Option<Input>,
}

/// What came from there.
enum Came {
    Keys(Vec<Key>),
    Leave(Status),
    /// Time has passed, or the terminal has another size.
    Look,
}

impl Seat {
    /// What comes next, until `due`.
    async fn next(&mut self, due: Option<Instant>) -> io::Result<Came> {
        let Self { signals, resized, input } = self;
        let keys = async {
            match input {
                Some(input) => input.piece().await,
                None => std::future::pending().await,
            }
        };
        let later = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        Ok(tokio::select! {
            signal = signals.next_end() => Came::Leave(signal.status()),
            bytes = keys => match bytes? {
                Some(bytes) => Came::Keys(key::read(&bytes)),
                // The terminal is gone.
                None => Came::Leave(Status::HUNG_UP),
            },
            _ = resized.recv() => Came::Look,
            () = later => Came::Look,
        })
    }
}

/// A film that is shown.
struct Theatre {
    projector: Projector,
    speed: f64,
    /// Since when the film goes on without a break, and from which of its moments; `None` while it pauses.
    since: Option<(Instant, u64)>,
    display: Display,
}

impl Theatre {
    /// Shows it until it is over or somebody leaves.
    async fn open(&mut self, mut seat: Seat) -> io::Result<Status> {
        write(self.display.enter())?;
        self.go_on();
        loop {
            self.catch_up()?;
            let told = self.told();
            write(&self.display.draw(self.projector.screen(), &told, terminal::size()))?;
            if self.since.is_some() && self.projector.is_over() {
                return Ok(Status::HELD);
            }
            match seat.next(self.due()).await? {
                Came::Look => {}
                Came::Leave(status) => return Ok(status),
                Came::Keys(keys) => {
                    self.catch_up()?;
                    for key in keys {
                        if let Some(status) = self.press(key)? {
                            return Ok(status);
                        }
                    }
                }
            }
        }
    }

    /// Gives the terminal back, with what was shown last.
    fn close(&self) -> io::Result<()> {
        write(&self.display.leave(self.projector.screen()))
    }

    /// Does what a key asks for; `Some` is how it ends.
    fn press(&mut self, key: Key) -> io::Result<Option<Status>> {
        let position = self.projector.position();
        match key {
            Key::Pause if self.since.is_some() => self.since = None,
            Key::Pause => self.go_on(),
            Key::Step => {
                self.since = None;
                self.projector.step()?;
            }
            Key::Leap => self.projector.leap()?,
            Key::LeapBack => self.projector.leap_back()?,
            Key::On => self.projector.seek(position + LEAP)?,
            Key::Back => self.projector.seek(position.saturating_sub(LEAP))?,
            Key::Faster => self.speed = (self.speed * 2.0).min(*SPEEDS.end()),
            Key::Slower => self.speed = (self.speed / 2.0).max(*SPEEDS.start()),
            Key::Quit => return Ok(Some(Status::HELD)),
            Key::Interrupt => return Ok(Some(Status::INTERRUPTED)),
            Key::Stop => self.stop()?,
        }
        if self.since.is_some() {
            self.go_on();
        }
        Ok(None)
    }

    /// Has the film go on from where it stands.
    fn go_on(&mut self) {
        self.since = Some((clock::now(), self.projector.position()));
    }

    /// Stops the process until it is told to go on.
    fn stop(&mut self) -> io::Result<()> {
        self.close()?;
        terminal::stop();
        write(self.display.enter())
    }

    /// Goes to the moment that is now.
    fn catch_up(&mut self) -> io::Result<()> {
        let Some((since, from)) = self.since else { return Ok(()) };
        let passed = clock::now().duration_since(since).as_secs_f64() * self.speed;
        let passed = Duration::try_from_secs_f64(passed).map_or(u64::MAX, micros);
        self.projector.seek(from.saturating_add(passed).max(self.projector.position()))
    }

    /// When something else is to be seen: in the film, or of its time.
    fn due(&self) -> Option<Instant> {
        let (since, from) = self.since?;
        let second = (self.projector.position() / SECOND + 1) * SECOND;
        let film = self.projector.next_moment().min(second).min(self.projector.length());
        let wait = Duration::from_micros(film.saturating_sub(from)).div_f64(self.speed);
        // What is asked for is due by then, not nearly.
        Some(since + wait + Duration::from_micros(1))
    }

    /// What is told of it: how far it is, how fast, in which chapter, and its keys.
    fn told(&self) -> String {
        let state = if self.since.is_some() { "▶" } else { "‖" };
        let (position, length) = (clock_face(self.projector.position()), clock_face(self.projector.length()));
        let chapter = self.projector.chapter().map(|heading| format!(" · {}", escape::one_line(heading.as_bytes())));
        format!(" {state} {position} / {length} ×{}{} · {}", self.speed, chapter.unwrap_or_default(), key::HELP)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A moment in microseconds as minutes and seconds.
fn clock_face(moment: u64) -> String {
    let seconds = moment / SECOND;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn write(text: &str) -> io::Result<()> {
    write_all(rustix::stdio::stdout(), text.as_bytes())
}
