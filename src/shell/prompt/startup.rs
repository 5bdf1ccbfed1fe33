//! Starting up: what stands in `nshrc` runs before the first prompt.

use std::fs;
use std::path::PathBuf;

use directories::ProjectDirs;

use super::Prompt;
use super::desk::Verdict;
use crate::look::draw;
use crate::shell::arguments::Globals;
use crate::shell::source;

/// The file: `nshrc` in the platform's folder for configuration of `nsh`; `None` for a user without home.
pub(crate) fn file() -> Option<PathBuf> {
    Some(ProjectDirs::from("", "", "nsh")?.config_dir().join("nshrc"))
}

impl Prompt {
    /// Runs the file, if there is one. Whatever is wrong with it is said, and the prompt begins all the same.
    pub(super) fn start_up(&mut self, globals: &Globals) -> rustyline::Result<()> {
        let Some(file) = file().filter(|_| !globals.no_rc) else { return Ok(()) };
        let Ok(metadata) = fs::metadata(&file) else { return Ok(()) };
        if !metadata.is_file() {
            self.warn(Some(format!("`{}` is no file", file.display())));
            return Ok(());
        }
        match source::read(&file) {
            Ok(source) => {
                self.worker.engine.enter(0);
                self.worker.run(source);
                if let Verdict::Exit(_) = self.attend()? {
                    self.warn(Some(format!("`exit` in `{}` ends nothing but that", file.display())));
                }
            }
            Err(unreadable) => {
                let style = draw::Style { paint: self.paint, width: crate::shell::terminal::output_width() };
                self.printer.print(draw::diagnostic_in(&unreadable.diagnostic, &unreadable.source, style));
            }
        }
        Ok(())
    }
}
