//! Netcat's habits: options typed out of habit are answered with the words that replace them.

use crate::language::Diagnostic;

/// What a command line of netcat asks for.
#[derive(Debug, Default)]
struct Habit {
    listens: bool,
    transport: Option<&'static str>,
    keeps: bool,
    probes: bool,
    timeout: Option<String>,
    port: Option<String>,
    program: Option<String>,
    places: Vec<String>,
}

/// The error for a command line that begins as one of netcat's does, with the statement that it means. `None` where
/// it has an option that netcat has not, or none at all.
pub(super) fn explain(arguments: &[String]) -> Option<Diagnostic> {
    let (habit, option) = read(arguments)?;
    let statement = habit.statement();
    Some(
        Diagnostic::error(format!("`{option}` is an option of netcat; nsh has words for it"))
            .hint(format!("`nsh {statement}`"))
            .hint("the README has the words for netcat's options; `nsh help listen` tells what else there is"),
    )
}

/// Reads the options, and gives the first one.
fn read(arguments: &[String]) -> Option<(Habit, String)> {
    let mut habit = Habit::default();
    let mut first = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            habit.places.push(argument.clone());
            continue;
        };
        if letters.starts_with('-') {
            return None;
        }
        for (at, letter) in letters.char_indices() {
            if letter != 'v' {
                first.get_or_insert_with(|| format!("-{letter}"));
            }
            match letter {
                'l' => habit.listens = true,
                'u' => habit.transport = Some("udp"),
                'U' => habit.transport = Some("unix"),
                'k' => habit.keeps = true,
                'z' => habit.probes = true,
                'n' | 'v' | '4' | '6' | 'N' => {}
                'w' | 'p' | 'e' => {
                    let behind = &letters[at + 1..];
                    let value = if behind.is_empty() { rest.next().cloned() } else { Some(behind.to_owned()) };
                    match letter {
                        'w' => habit.timeout = value,
                        'p' => habit.port = value,
                        _ => habit.program = value,
                    }
                    break;
                }
                _ => return None,
            }
        }
    }
    first.map(|option| (habit, option))
}

impl Habit {
    /// The statement of nsh that does the same.
    fn statement(&self) -> String {
        let mut words = vec![if self.listens { "listen" } else { "connect" }.to_owned()];
        words.extend(self.transport.map(str::to_owned));
        if self.listens {
            let port = self.port.clone().or_else(|| self.places.last().cloned());
            words.push(port.unwrap_or_else(|| "PORT".to_owned()));
            if let Some(program) = &self.program {
                words.push(format!("exec '{program}'"));
            } else if self.keeps {
                words.push("keep=yes".to_owned());
            }
            return words.join(" ");
        }
        match (self.places.as_slice(), self.transport == Some("unix")) {
            ([], true) => words.push("PATH".to_owned()),
            ([], false) => words.push("HOST PORT".to_owned()),
            ([host], false) => words.push(format!("{host} PORT")),
            (places, _) => words.extend(places.iter().cloned()),
        }
        if let Some(port) = &self.port {
            words.push(format!("from={port}"));
        }
        if let Some(timeout) = &self.timeout {
            words.push(format!("timeout={timeout}s"));
        }
        if self.probes {
            words.push("probe=yes".to_owned());
        }
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(line: &str) -> Option<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        read(&words).map(|(habit, _)| habit.statement())
    }

    #[test]
    fn habits_are_answered_with_statements() {
        for (line, statement) in [
            ("-l 6666", "listen 6666"),
            ("-l -p 6666", "listen 6666"),
            ("-lvnp 6666", "listen 6666"),
            ("-lp6666", "listen 6666"),
            ("-lk 127.0.0.1 6666", "listen 6666 keep=yes"),
            ("-lu 53", "listen udp 53"),
            ("-l 6666 -e cat", "listen 6666 exec 'cat'"),
            ("-l", "listen PORT"),
            ("-u localhost 53", "connect udp localhost 53"),
            ("-U ./sock", "connect unix ./sock"),
            ("-w 3 localhost 80", "connect localhost 80 timeout=3s"),
            ("-zv localhost 80", "connect localhost 80 probe=yes"),
            ("-n -p 1234 10.0.0.1 80", "connect 10.0.0.1 80 from=1234"),
            ("-k", "connect HOST PORT"),
        ] {
            assert_eq!(meant(line).as_deref(), Some(statement), "{line}");
        }
        assert_eq!(meant("--listen 6666"), None);
        assert_eq!(meant("-x 6666"), None);
        assert_eq!(meant("localhost 80"), None);
    }
}
