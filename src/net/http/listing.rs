//! Listings: what is in a folder, as a page or as JSON.

use std::cmp::Ordering;
use std::fs::File;
use std::io;

use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, VARY};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use rustix::fs::{AtFlags, Dir, FileType, statat};

use super::body::Body;
use super::folder::{Folder, Found};
use super::page::{self, html};
use super::path::{Target, encode};
use super::{date, json};
use crate::net::clock;

/// More entries than this are not shown.
const MOST: usize = 50_000;

/// What is in a folder.
struct Entry {
    name: Vec<u8>,
    /// The bytes of a file; `None` for a folder.
    size: Option<u64>,
    /// In seconds since 1970.
    modified: i64,
}

/// How a listing is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Name,
    Size,
    Modified,
}

/// What a request wants of a listing.
struct Wish {
    key: Key,
    descending: bool,
    json: bool,
}

impl Wish {
    fn of(head: &Parts) -> Self {
        let query = head.uri.query().unwrap_or_default();
        let value = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
        let accept = head.headers.get(ACCEPT).map(HeaderValue::as_bytes).unwrap_or_default();
        let names_json = accept.windows(16).any(|window| window.eq_ignore_ascii_case(b"application/json"));
        Self {
            key: match value("sort") {
                Some("size") => Key::Size,
                Some("modified") => Key::Modified,
                _ => Key::Name,
            },
            descending: value("order") == Some("desc"),
            json: value("format") == Some("json") || (names_json && !page::wants_html(accept)),
        }
    }
}

/// The listing of an open folder. Blocks.
pub(super) fn respond(
    folder: &Folder,
    target: &Target,
    open: &File,
    head: &Parts,
    hidden: bool,
) -> io::Result<Response<Body>> {
    let wish = Wish::of(head);
    let (mut entries, more) = entries(folder, target, open, hidden)?;
    entries.sort_by(|one, other| order(one, other, &wish));
    let (text, media) = if wish.json {
        (as_json(&entries), "application/json")
    } else {
        (as_page(target, &entries, &wish, more), "text/html; charset=utf-8")
    };
    let mut response = page::with_status(StatusCode::OK, Body::of(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(CONTENT_SECURITY_POLICY, page::POLICY);
    Ok(response)
}

/// What can be asked for of a folder, and whether there is more than is shown.
fn entries(folder: &Folder, target: &Target, open: &File, hidden: bool) -> io::Result<(Vec<Entry>, bool)> {
    let mut entries = Vec::new();
    for found in Dir::read_from(open)? {
        let found = found?;
        let name = found.file_name().to_bytes();
        if matches!(name, b"." | b"..") || (name.starts_with(b".") && !hidden) {
            continue;
        }
        if entries.len() == MOST {
            return Ok((entries, true));
        }
        entries.extend(entry(folder, target, open, name));
    }
    Ok((entries, false))
}

fn entry(folder: &Folder, target: &Target, open: &File, name: &[u8]) -> Option<Entry> {
    let stat = statat(open, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let (size, modified) = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => (Some(stat.st_size.unsigned_abs()), stat.st_mtime),
        FileType::Directory => (None, stat.st_mtime),
        // Shown as what it leads to, if that can be asked for.
        FileType::Symlink => match folder.find(target.join(name).path()).ok()? {
            Found::File(_, state) => (Some(state.size), state.modified.0),
            Found::Folder(_) => (None, stat.st_mtime),
        },
        _ => return None,
    };
    Some(Entry { name: name.to_owned(), size, modified })
}

/// Folders first; those that are alike by their names.
fn order(one: &Entry, other: &Entry, wish: &Wish) -> Ordering {
    let by_name = || {
        let lower = |entry: &Entry| String::from_utf8_lossy(&entry.name).to_lowercase();
        lower(one).cmp(&lower(other)).then_with(|| one.name.cmp(&other.name))
    };
    let ordering = match wish.key {
        Key::Name => by_name(),
        Key::Size => one.size.cmp(&other.size).then_with(by_name),
        Key::Modified => one.modified.cmp(&other.modified).then_with(by_name),
    };
    let ordering = if wish.descending { ordering.reverse() } else { ordering };
    one.size.is_some().cmp(&other.size.is_some()).then(ordering)
}

fn as_json(entries: &[Entry]) -> String {
    let object = |entry: &Entry| {
        let name = json::string(&String::from_utf8_lossy(&entry.name));
        let modified = json::string(&clock::iso(date::clamp(entry.modified)));
        match entry.size {
            Some(size) => format!("{{\"name\":{name},\"type\":\"file\",\"size\":{size},\"modified\":{modified}}}"),
            None => format!("{{\"name\":{name},\"type\":\"folder\",\"modified\":{modified}}}"),
        }
    };
    format!("[{}]\n", entries.iter().map(object).collect::<Vec<_>>().join(",\n "))
}

fn as_page(target: &Target, entries: &[Entry], wish: &Wish, more: bool) -> String {
    let title = html(&format!("/{}", String::from_utf8_lossy(target.name())));
    let rows: String = entries.iter().map(row).collect();
    let up = if target.name().is_empty() { "" } else { "<p><a href=\"../\">↑ up</a></p>\n" };
    let files = entries.iter().filter(|entry| entry.size.is_some()).count();
    let bytes = entries.iter().filter_map(|entry| entry.size).fold(0, u64::saturating_add);
    let rest = if more { ", and more that are not shown" } else { "" };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{}</style>\n\
         <h1>{}</h1>\n{up}<input type=\"search\" placeholder=\"Filter ( / )\" aria-label=\"Filter\">\n\
         <table>\n<thead><tr>{}{}{}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n\
         <footer>{} folders, {files} files, {}{rest} · <a href=\"?format=json\">JSON</a></footer>\n\
         <script>\n{}</script>\n",
        include_str!("listing.css"),
        crumbs(target),
        heading("Name", "name", Key::Name, wish),
        heading("Size", "size", Key::Size, wish),
        heading("Modified (UTC)", "modified", Key::Modified, wish),
        entries.len() - files,
        amount(bytes),
        include_str!("listing.js")
    )
}

/// The way to the folder, each part a link.
fn crumbs(target: &Target) -> String {
    let parts: Vec<&[u8]> = target.name().split(|byte| *byte == b'/').filter(|part| !part.is_empty()).collect();
    let up = |levels: usize| if levels == 0 { "./".to_owned() } else { "../".repeat(levels) };
    let mut shown = format!("<a href=\"{}\">/</a>", up(parts.len()));
    let crumb = |(index, part): (usize, &&[u8])| {
        let href = up(parts.len() - index - 1);
        format!("<a href=\"{href}\">{}</a><span>/</span>", html(&String::from_utf8_lossy(part)))
    };
    shown.extend(parts.iter().enumerate().map(crumb));
    shown
}

/// A column's heading: a link that orders by it, and the other way round when it is the order already.
fn heading(title: &str, name: &str, key: Key, wish: &Wish) -> String {
    let current = wish.key == key;
    let (next, arrow) = match (current, wish.descending) {
        (true, false) => ("desc", " ↑"),
        (true, true) => ("asc", " ↓"),
        (false, _) => ("asc", ""),
    };
    let sorted = match (current, wish.descending) {
        (true, false) => " aria-sort=\"ascending\"",
        (true, true) => " aria-sort=\"descending\"",
        (false, _) => "",
    };
    format!("<th scope=\"col\"{sorted}><a href=\"?sort={name}&amp;order={next}\">{title}{arrow}</a></th>")
}

fn row(entry: &Entry) -> String {
    let name = html(&String::from_utf8_lossy(&entry.name));
    // Behind `./` a name with a colon is no scheme.
    let href = html(&encode(&entry.name));
    let time = clock::iso(date::clamp(entry.modified));
    let shown = time.get(..16).unwrap_or_default().replace('T', " ");
    let time = format!("<time datetime=\"{time}\">{shown}</time>");
    match entry.size {
        Some(size) => format!(
            "<tr><td><a href=\"./{href}\">{name}</a></td><td title=\"{size} bytes\">{}</td><td>{time}</td></tr>\n",
            amount(size)
        ),
        None => {
            format!("<tr><td><a class=\"folder\" href=\"./{href}/\">{name}/</a></td><td>–</td><td>{time}</td></tr>\n")
        }
    }
}

/// A count of bytes with a unit: `1.5 KiB`.
fn amount(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let power = bytes.ilog2() / 10;
    let unit = 1_u64 << (10 * power);
    let tenths = bytes / (unit / 1024) * 10 / 1024;
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[power as usize - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (bytes, shown) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (u64::MAX, "15.9 EiB")]
        {
            assert_eq!(amount(bytes), shown);
        }
    }

    #[test]
    fn names_are_shown_as_text_and_linked_as_paths() {
        let shown = row(&Entry { name: b"<a href=\"x\">:%\xff".to_vec(), size: Some(3), modified: i64::MIN });
        assert_eq!(
            shown,
            "<tr><td><a href=\"./%3Ca%20href=%22x%22%3E%3A%25%FF\">&lt;a href=&quot;x&quot;&gt;:%\u{fffd}</a></td>\
             <td title=\"3 bytes\">3 B</td><td><time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00</time></td></tr>\n"
        );
    }
}
