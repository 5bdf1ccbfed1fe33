//! Retyping: a statement of a script, shown as if somebody typed it.

use std::time::Duration;

use tokio::sync::oneshot;

use super::Prompt;
use super::entry::Line;
use super::lines::Typed;
use crate::engine::console::Pace;
use crate::shell::output::write_all;

/// How long a key takes, how long a statement at most, and how long it stands before it runs.
const KEY: Duration = Duration::from_millis(35);
const STATEMENT: Duration = Duration::from_secs(3);
const ENTER: Duration = Duration::from_millis(350);

impl Prompt {
    /// Shows `text` behind the prompt, and answers whether to go on with it.
    pub(super) fn retype(&mut self, text: &str, pace: Pace, answer: oneshot::Sender<bool>) -> rustyline::Result<()> {
        let (plain, styled) = self.question();
        match pace {
            Pace::Speed(speed) => {
                self.type_out(&styled, text, speed, &answer);
                let _ = answer.send(true);
            }
            Pace::Step => {
                // What stands above the line that waits for Enter is written before.
                let (above, last) = text.rsplit_once('\n').map_or((None, text), |(above, last)| (Some(above), last));
                let (plain, styled) = match above {
                    Some(above) => {
                        self.printer.print(format!("{styled}{above}"));
                        (String::new(), String::new())
                    }
                    None => (plain, styled),
                };
                let typed = self.lines.read(Line::Answer, &(plain + last + " "), &(styled + last + " "))?;
                let _ = answer.send(matches!(typed, Typed::Line(_)));
            }
        }
        Ok(())
    }

    /// Types, key by key. Whatever else there is to show waits meanwhile.
    fn type_out(&self, prompt: &str, text: &str, speed: f64, answer: &oneshot::Sender<bool>) {
        let keys = u32::try_from(text.chars().count()).unwrap_or(u32::MAX).max(1);
        let pause = KEY.min(STATEMENT / keys).div_f64(speed);
        self.printer.flush();
        self.printer.hold();
        let show = |text: &str| drop(write_all(rustix::stdio::stdout(), text.as_bytes()));
        show(prompt);
        for key in text.chars() {
            // Nobody waits any more when the statement was interrupted.
            if answer.is_closed() {
                break;
            }
            std::thread::sleep(pause);
            show(key.encode_utf8(&mut [0; 4]));
        }
        if !answer.is_closed() {
            std::thread::sleep(ENTER.div_f64(speed));
        }
        show("\n");
        self.printer.release();
    }
}
