//! The layers, held as code: who may name whom, who prints, who asks the time, and how files are named.

use std::fs;
use std::path::{Path, PathBuf};

/// A file below `src`: its path relative to it, and its text without comments.
struct File {
    path: String,
    text: String,
    code: String,
}

/// All Rust files below `src`.
fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &mut found);
    assert!(found.len() > 10, "the source is there");
    let relative = |path: &PathBuf| path.strip_prefix(&root).expect("it is below").to_string_lossy().into_owned();
    found
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).expect("source is text");
            File { path: relative(path), code: without_comments(&text), text }
        })
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a source folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The lines of a file without its unit tests and without what stands behind `//`, each at its place. Literals with
/// `//` lose their rest, which hides nothing that these rules look for.
fn without_comments(text: &str) -> String {
    text.split("#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

impl File {
    /// Its layer: the folder directly below `src`, or the file itself.
    fn layer(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    /// The layers it names by `crate::…` or by the library's name.
    fn names(&self) -> Vec<String> {
        let mut named = Vec::new();
        for start in ["crate::", "sockshell::"] {
            for (place, _) in self.code.match_indices(start) {
                let rest = &self.code[place + start.len()..];
                if let Some(group) = rest.strip_prefix('{') {
                    named.extend(first_words(group));
                } else {
                    named.push(word(rest));
                }
            }
        }
        named
    }

    /// The lines on which `part` stands, for messages.
    fn lines_with(&self, part: &str) -> Vec<String> {
        let lines = self.code.lines().enumerate().filter(|(_, line)| line.contains(part));
        lines.map(|(number, line)| format!("{}:{}: {}", self.path, number + 1, line.trim())).collect()
    }
}

/// The identifier that a text begins with.
fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first identifier of each item of a `{…}` group, nested groups left out.
fn first_words(group: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut depth, mut fresh) = (0, true);
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            _ if fresh && c.is_alphabetic() => {
                words.push(word(&group[place..]));
                fresh = false;
            }
            _ => {}
        }
    }
    words
}

/// What is wrong, all of it.
#[track_caller]
fn nothing(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

const LAYERS: [&str; 6] = ["language", "net", "engine", "look", "record", "shell"];

/// The layers that a layer may name.
fn allowed(layer: &str) -> &'static [&'static str] {
    match layer {
        "language" | "net" => &[],
        "engine" => &["language", "net"],
        "look" => &["language", "net", "engine"],
        "record" => &["language", "net", "engine", "look"],
        _ => &LAYERS,
    }
}

#[test]
fn layers_name_only_those_below_them() {
    let mut wrong = Vec::new();
    for file in files() {
        for named in file.names() {
            let known = LAYERS.contains(&named.as_str());
            if known && named != file.layer() && !allowed(file.layer()).contains(&named.as_str()) {
                wrong.push(format!("src/{} names `{named}`", file.path));
            }
        }
    }
    nothing(&wrong, "a layer names only those below it");
}

#[test]
fn nobody_but_main_names_the_shell() {
    let mut wrong = Vec::new();
    for file in files() {
        let is_shell = file.layer() == "shell" || file.path == "main.rs";
        if !is_shell && file.names().iter().any(|named| named == "shell") {
            wrong.push(format!("src/{}", file.path));
        }
    }
    nothing(&wrong, "only main names the shell");
}

#[test]
fn only_the_shell_prints() {
    let printing = [
        "println!",
        "eprintln!",
        "print!(",
        "eprint!(",
        "dbg!(",
        "io::stdout()",
        "io::stderr()",
        "tokio::io::stdout",
        "tokio::io::stderr",
    ];
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.layer() != "shell") {
        for part in printing {
            wrong.extend(file.lines_with(part));
        }
    }
    nothing(&wrong, "only the shell prints");
}

#[test]
fn nothing_is_unsafe() {
    let mut wrong = Vec::new();
    for file in files() {
        for part in ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "allow(unsafe_code", "expect(unsafe_code"]
        {
            wrong.extend(file.lines_with(part));
        }
    }
    nothing(&wrong, "no unsafe code");
}

#[test]
fn the_language_touches_nothing() {
    let touching = [
        "std::fs",
        "std::net",
        "std::io",
        "std::env",
        "std::thread",
        "std::process",
        "tokio::",
        "socket2::",
        "rustix::",
    ];
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.layer() == "language") {
        for part in touching {
            wrong.extend(file.lines_with(part));
        }
    }
    nothing(&wrong, "the language has no sockets, files, clocks or printing");
}

/// Where the time may be asked: the clock, and the shell's own flood control.
const CLOCKS: [&str; 2] = ["clock.rs", "flood.rs"];

#[test]
fn one_place_asks_the_time() {
    let mut wrong = Vec::new();
    let clock = |file: &File| CLOCKS.iter().any(|name| file.path.ends_with(&format!("/{name}")));
    for file in files().iter().filter(|file| !clock(file)) {
        for part in ["Instant::now", "SystemTime::now"] {
            wrong.extend(file.lines_with(part));
        }
    }
    nothing(&wrong, "only the clock asks the time");
}

#[test]
fn no_file_is_named_after_nothing() {
    let empty = ["util", "utils", "helper", "helpers", "common", "misc", "core", "types"];
    let mut wrong = Vec::new();
    for file in files() {
        let parts = file.path.trim_end_matches(".rs").split('/');
        if parts.into_iter().any(|part| empty.contains(&part)) {
            wrong.push(format!("src/{}", file.path));
        }
    }
    nothing(&wrong, "a file is named after its noun");
}

#[test]
fn every_file_says_what_it_is() {
    let files = files();
    let silent = files.iter().filter(|file| !file.text.starts_with("//!"));
    let wrong: Vec<String> = silent.map(|file| format!("src/{}", file.path)).collect();
    nothing(&wrong, "a file opens with what its noun is");
}

#[test]
fn the_rules_see_what_they_look_for() {
    assert_eq!(first_words("language::{Source, Span}, net::Endpoint}; rest"), ["language", "net"]);
    assert_eq!(word("shell::main()"), "shell");
    assert_eq!(without_comments("a // b\nc"), "a \nc");
}
