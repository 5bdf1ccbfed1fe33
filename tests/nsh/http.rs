//! The web server: what it answers to requests of every kind, byte by byte over plain sockets.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::support::{Nsh, Process, Talk, foreign, nsh, program, script, until};

/// A server of a folder `www` with files of every kind, and its port.
pub(crate) fn server(options: &str) -> (Process, u16) {
    serving("http", options)
}

fn serving(kind: &str, options: &str) -> (Process, u16) {
    let run = nsh(&format!("serve {kind} www 127.0.0.1:0 {options}"));
    fill(&run);
    let server = run.start();
    let port = server.told_port();
    (server, port)
}

fn fill(run: &Nsh) {
    let folder = run.folder();
    let www = folder.path().join("www");
    for name in ["sub", "empty", ".hidden", ".well-known"] {
        fs::create_dir_all(www.join(name)).expect("the folder is new");
    }
    for (name, content) in [
        ("index.html", "<!doctype html><title>home</title>"),
        ("ten.txt", "0123456789"),
        ("nothing.txt", ""),
        ("README", "read me"),
        ("photo.JPG", "\u{ff}\u{d8}"),
        ("a b&ü.css", "p { }"),
        ("packed.js", "plain"),
        ("packed.js.gz", "gzipped"),
        ("packed.js.br", "brotlied"),
        (".secret", "secret"),
        (".hidden/file", "hidden"),
        (".well-known/file", "known"),
        ("sub/page.htm", "page"),
    ] {
        fs::write(www.join(name), content).expect("a file of ours");
    }
    fs::write(www.join("long.txt"), "all work and no play\n".repeat(20_000)).expect("a file of ours");
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    fs::write(www.join("large.bin"), bytes).expect("a file of ours");
    let dated = |name: &str, time: SystemTime| {
        let file = fs::File::create(www.join(name)).expect("a file of ours");
        file.set_modified(time).expect("the file system takes it");
    };
    dated("old.txt", SystemTime::UNIX_EPOCH - Duration::from_hours(24));
    dated("future.txt", SystemTime::UNIX_EPOCH + Duration::from_hours(2_500_000));
    fs::write(folder.path().join("outside"), "outside").expect("a file of ours");
    for (to, name) in [("../outside", "leak"), ("/etc/passwd", "passwd"), ("ten.txt", "link"), ("loop", "loop")] {
        symlink(to, www.join(name)).expect("the file system has links");
    }
    for name in ["fifo", "sub/fifo"] {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, www.join(name), rustix::fs::FileType::Fifo, mode, 0).expect("a fifo");
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head that ends");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
        let fields = lines.filter_map(|line| line.split_once(": "));
        let fields = fields.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Self { status, fields, body: bytes[end + 4..].to_vec() }
    }

    /// The value of a field; empty when there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What a server says to these bytes until it closes.
pub(crate) fn said(port: u16, request: impl AsRef<[u8]>) -> Vec<u8> {
    let mut talk = Talk::to(port);
    talk.offer(request);
    talk.rest()
}

/// The answer to a request of that line with those fields, on a connection of its own.
pub(crate) fn ask(port: u16, line: &str, fields: &[&str]) -> Answer {
    let fields =
        ["Host: localhost", "Connection: close"].iter().chain(fields).copied().collect::<Vec<_>>().join("\r\n");
    Answer::of(&said(port, format!("{line} HTTP/1.1\r\n{fields}\r\n\r\n")))
}

pub(crate) fn get(port: u16, path: &str) -> Answer {
    ask(port, &format!("GET {path}"), &[])
}

#[test]
fn files_have_their_types_and_lengths() {
    let (_server, port) = server("");
    for (path, media, body) in [
        ("/", "text/html; charset=utf-8", "<!doctype html><title>home</title>"),
        ("/ten.txt", "text/plain; charset=utf-8", "0123456789"),
        ("/link", "text/plain; charset=utf-8", "0123456789"),
        ("/nothing.txt", "text/plain; charset=utf-8", ""),
        ("/README", "text/plain; charset=utf-8", "read me"),
        ("/photo.JPG", "image/jpeg", "\u{ff}\u{d8}"),
        ("/a%20b&%C3%BC.css", "text/css; charset=utf-8", "p { }"),
        ("/sub/page.htm?query", "text/html; charset=utf-8", "page"),
        ("//sub/./page.htm", "text/html; charset=utf-8", "page"),
        ("http://elsewhere/ten.txt", "text/plain; charset=utf-8", "0123456789"),
        ("/.well-known/file", "text/plain; charset=utf-8", "known"),
        ("/packed.js", "text/javascript; charset=utf-8", "plain"),
    ] {
        let answer = get(port, path);
        assert_eq!((answer.status, answer.field("content-type"), answer.text()), (200, media, body.into()), "{path}");
        assert_eq!(answer.field("content-length"), body.len().to_string(), "{path}");
        assert!(!answer.field("etag").is_empty() && !answer.field("last-modified").is_empty(), "{path}");
        let head = ask(port, &format!("HEAD {path}"), &[]);
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        let named = |answer: &Answer| {
            let mut known = answer.fields.clone();
            known.retain(|(name, _)| name != "date");
            known.sort();
            known
        };
        assert_eq!(named(&head), named(&answer), "HEAD tells what GET does: {path}");
    }
}

#[test]
fn what_cannot_be_had_is_refused_and_nothing_waits() {
    let (_server, port) = server("");
    for (path, status) in [
        ("/missing", 404),
        ("/ten.txt/", 404),
        ("/ten.txt/more", 404),
        ("/fifo", 404),
        ("/sub/fifo", 404),
        ("/loop", 404),
        ("/leak", 404),
        ("/passwd", 404),
        ("/.secret", 404),
        ("/.hidden/", 404),
        ("/.hidden/file", 404),
        ("/../outside", 404),
        ("/sub/../../outside", 404),
        ("/%2e%2e/outside", 404),
        ("/%2E%2E%2Foutside", 404),
        ("/..%5coutside", 404),
        ("/sub%2Fpage.htm", 404),
        ("/%00", 400),
        ("/ten.txt%00.jpg", 400),
        ("/%", 400),
        ("/%zz", 400),
        ("ten.txt", 400),
    ] {
        let answer = get(port, path);
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.field("content-type"), "text/plain; charset=utf-8", "{path}");
    }
    assert_eq!(get(port, &format!("/{}", "x".repeat(9000))).status, 404);
    let page = ask(port, "GET /missing", &["Accept: text/html,*/*"]);
    assert_eq!(page.field("content-type"), "text/html; charset=utf-8");
    assert!(page.text().starts_with("<!doctype html>"));
}

#[test]
fn a_fifo_that_is_asked_for_a_thousand_times_stops_nobody() {
    let (_server, port) = server("");
    let request = "GET /fifo HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000) + "GET /ten.txt HTTP/1.0\r\n\r\n";
    let said = said(port, request);
    assert!(said.ends_with(b"0123456789"), "{}", String::from_utf8_lossy(&said[said.len().saturating_sub(300)..]));
}

#[test]
fn times_that_http_cannot_write_harm_nobody() {
    let (_server, port) = server("");
    assert_eq!(get(port, "/old.txt").field("last-modified"), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_eq!(get(port, "/future.txt").status, 200);
    assert_eq!(ask(port, "GET /old.txt", &["If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"]).status, 304);
    assert_eq!(get(port, "/ten.txt").status, 200);
}

#[test]
fn methods_that_files_do_not_have_are_told() {
    let (_server, port) = server("");
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE"] {
        let answer = ask(port, &format!("{method} /ten.txt"), &[]);
        assert_eq!((answer.status, answer.field("allow")), (405, "GET, HEAD, OPTIONS"), "{method}");
    }
    assert_eq!(ask(port, "BREW /pot", &[]).status, 501);
    for target in ["*", "/ten.txt"] {
        let answer = ask(port, &format!("OPTIONS {target}"), &[]);
        assert_eq!((answer.status, answer.field("allow"), answer.body.len()), (204, "GET, HEAD, OPTIONS", 0));
        assert_eq!(answer.field("content-length"), "");
    }
}

#[test]
fn folders_are_moved_to_where_their_links_hold() {
    let (_server, port) = server("");
    for (path, location) in [("/sub", "/sub/"), ("/sub?a=b&c", "/sub/?a=b&c"), ("//sub", "/sub/"), ("/%73ub", "/sub/")]
    {
        let answer = get(port, path);
        assert_eq!((answer.status, answer.field("location")), (307, location), "{path}");
    }
}

#[test]
fn a_listing_is_a_page_and_json() {
    let (_server, port) = server("index=no");
    let page = get(port, "/");
    assert_eq!((page.status, page.field("content-type")), (200, "text/html; charset=utf-8"));
    let text = page.text();
    assert!(text.contains("<a href=\"./a%20b&amp;%C3%BC.css\">a b&amp;ü.css</a>"), "{text}");
    assert!(text.contains("<a class=\"folder\" href=\"./sub/\">sub/</a>"), "{text}");
    for hidden in [".secret", ".hidden", "fifo", "leak", "passwd", "loop"] {
        assert!(!text.contains(&format!("./{hidden}")), "{hidden} in {text}");
    }
    let names = |query: &str| -> Vec<String> {
        let json = get(port, &format!("/{query}"));
        assert_eq!(json.field("content-type"), "application/json");
        json.text().split("\"name\":\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
    };
    let by_name = names("?format=json");
    assert_eq!(by_name[..4], ["empty", "sub", "a b&ü.css", "future.txt"]);
    let by_size = names("?format=json&sort=size&order=desc");
    assert_eq!(by_size[2..4], ["large.bin", "long.txt"]);
    assert_eq!(names("?format=json&sort=modified")[2], "old.txt");
    assert_eq!(get(port, "/empty/?format=json").text(), "[]\n");
    assert_eq!(ask(port, "GET /empty/", &["Accept: application/json"]).text(), "[]\n");
}

#[test]
fn ranges_of_ten_bytes() {
    let (_server, port) = server("");
    for (range, status, content_range, body) in [
        ("bytes=0-3", 206, "bytes 0-3/10", "0123"),
        ("bytes=4-", 206, "bytes 4-9/10", "456789"),
        ("bytes=-2", 206, "bytes 8-9/10", "89"),
        ("bytes=-20", 206, "bytes 0-9/10", "0123456789"),
        ("bytes=0-100", 206, "bytes 0-9/10", "0123456789"),
        ("BYTES=0-0", 206, "bytes 0-0/10", "0"),
        ("bytes=10-", 416, "bytes */10", "416 range not satisfiable\n"),
        ("bytes=-0", 416, "bytes */10", "416 range not satisfiable\n"),
        ("bytes=3-1", 200, "", "0123456789"),
        ("bytes=x", 200, "", "0123456789"),
        ("lines=0-3", 200, "", "0123456789"),
    ] {
        let answer = ask(port, "GET /ten.txt", &[&format!("Range: {range}")]);
        let found = (answer.status, answer.field("content-range"), answer.text());
        assert_eq!(found, (status, content_range, body.to_owned()), "{range}");
    }
    let head = ask(port, "HEAD /ten.txt", &["Range: bytes=0-3"]);
    assert_eq!((head.status, head.field("content-length")), (200, "10"));
    assert_eq!(ask(port, "GET /nothing.txt", &["Range: bytes=-5"]).status, 200);
    assert_eq!(ask(port, "GET /nothing.txt", &["Range: bytes=0-"]).status, 416);
}

#[test]
fn several_ranges_are_several_parts() {
    let (_server, port) = server("");
    let answer = ask(port, "GET /ten.txt", &["Range: bytes=0-1, 8-"]);
    assert_eq!(answer.status, 206);
    let boundary = answer.field("content-type").strip_prefix("multipart/byteranges; boundary=").expect("parts");
    let one = |range: &str, body: &str| {
        format!(
            "--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes {range}/10\r\n\r\n{body}\r\n"
        )
    };
    assert_eq!(answer.text(), one("0-1", "01") + &one("8-9", "89") + &format!("--{boundary}--\r\n"));
    assert_eq!(answer.field("content-length"), answer.body.len().to_string());
    assert_eq!(ask(port, "GET /ten.txt", &["Range: bytes=0-8,1-9"]).status, 200, "more than there is");
    let many = format!("Range: bytes={}", vec!["1-1"; 1000].join(","));
    assert_eq!(ask(port, "GET /ten.txt", &[&many]).status, 200, "too many");
}

#[test]
fn conditions_have_their_order() {
    let (_server, port) = server("");
    let plain = get(port, "/ten.txt");
    let (tag, date) = (plain.field("etag").to_owned(), plain.field("last-modified").to_owned());
    let early = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (fields, status) in [
        (vec![format!("If-None-Match: {tag}")], 304),
        (vec![format!("If-None-Match: \"x\", W/{tag}")], 304),
        (vec!["If-None-Match: *".into()], 304),
        (vec!["If-None-Match: \"x\"".into(), format!("If-Modified-Since: {date}")], 200),
        (vec![format!("If-Modified-Since: {date}")], 304),
        (vec![format!("If-Modified-Since: {early}")], 200),
        (vec!["If-Match: \"x\"".into()], 412),
        (vec![format!("If-Match: {tag}"), format!("If-Unmodified-Since: {early}")], 200),
        (vec![format!("If-Unmodified-Since: {early}")], 412),
        (vec![format!("If-None-Match: {tag}"), "Range: bytes=0-1".into()], 304),
        (vec![format!("If-Range: {tag}"), "Range: bytes=0-1".into()], 206),
        (vec![format!("If-Range: {date}"), "Range: bytes=0-1".into()], 206),
        (vec!["If-Range: \"x\"".into(), "Range: bytes=0-1".into()], 200),
        (vec![format!("If-Range: W/{tag}"), "Range: bytes=0-1".into()], 200),
        (vec![format!("If-Range: {early}"), "Range: bytes=0-1".into()], 200),
    ] {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let answer = ask(port, "GET /ten.txt", &fields);
        assert_eq!(answer.status, status, "{fields:?}");
        if status == 304 {
            assert_eq!((answer.field("etag"), answer.body.len()), (tag.as_str(), 0), "{fields:?}");
        }
    }
}

#[test]
fn codings_are_those_that_clients_take() {
    let (_server, port) = server("");
    for (accepted, coding, body) in [
        ("gzip", "gzip", "gzipped"),
        ("gzip, br", "br", "brotlied"),
        ("br;q=0.1, gzip;q=0.9", "gzip", "gzipped"),
        ("gzip;q=0, br;q=0", "", "plain"),
        ("", "", "plain"),
        ("identity", "", "plain"),
    ] {
        let answer = ask(port, "GET /packed.js", &[&format!("Accept-Encoding: {accepted}")]);
        let found = (answer.field("content-encoding"), answer.text(), answer.field("vary"));
        assert_eq!(found, (coding, body.to_owned(), "accept-encoding"), "{accepted}");
        assert_eq!(answer.field("content-type"), "text/javascript; charset=utf-8", "{accepted}");
    }
    let tags: Vec<String> = ["gzip", "br", "identity"]
        .map(|coding| ask(port, "GET /packed.js", &[&format!("Accept-Encoding: {coding}")]).field("etag").to_owned())
        .into();
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    assert_eq!(ask(port, "GET /ten.txt", &["Accept-Encoding: gzip"]).field("content-encoding"), "", "too short");
    assert_eq!(ask(port, "GET /photo.JPG", &["Accept-Encoding: gzip"]).field("content-encoding"), "");
    assert_eq!(ask(port, "GET /ten.txt", &["Accept-Encoding: identity;q=0"]).status, 406);
    let ranged = ask(port, "GET /long.txt", &["Accept-Encoding: gzip", "Range: bytes=0-7"]);
    assert_eq!((ranged.status, ranged.text()), (206, "all work".to_owned()));
}

#[test]
fn every_coding_is_decoded_by_curl() {
    let (server, port) = server("");
    let whole = server.folder().read("www/long.txt");
    for coding in ["gzip", "br", "zstd"] {
        let address = format!("http://127.0.0.1:{port}/long.txt");
        let Some(curl) = foreign("curl") else { return };
        let told = curl.words(&format!("-s --compressed -H Accept-Encoding:{coding}")).arg(&address).output();
        // A curl that was built without a decoder says so by its exit code.
        if told.code != 61 {
            told.code(0).stdout(&whole);
        }
        let raw = ask(port, "GET /long.txt", &[&format!("Accept-Encoding: {coding}")]);
        assert_eq!(raw.field("content-encoding"), coding);
        assert!(raw.body.len() < whole.len() / 10, "{coding}: {}", raw.body.len());
    }
}

#[test]
fn an_answer_that_is_compressed_from_a_file_that_shrinks_is_cut_off() {
    let run = nsh("serve http www 127.0.0.1:0 throttle=100KB/s log=access.log format=json");
    let folder = run.folder();
    fs::create_dir(folder.path().join("www")).expect("the folder is new");
    let path = folder.write("www/noise.txt", crate::support::noise(8_000_000));
    let server = run.start();
    let mut talk = Talk::to(server.told_port());
    talk.send("GET /noise.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
    let head = String::from_utf8(talk.take_until("\r\n\r\n")).expect("a head is text").to_ascii_lowercase();
    assert!(head.contains("content-encoding: gzip") && head.contains("transfer-encoding: chunked"), "{head}");
    talk.take(1);
    fs::File::options().write(true).open(path).and_then(|file| file.set_len(1000)).expect("a file of ours");
    assert!(!talk.rest().ends_with(b"\r\n0\r\n\r\n"), "it is said to be whole");
    let log =
        until("the entry", || String::from_utf8(folder.read("access.log")).ok().filter(|log| log.ends_with('\n')));
    assert!(log.contains("\"status\":200,") && log.contains("\"whole\":false,"), "{log}");
    server.stop();
}

#[test]
fn large_files_come_whole_however_they_are_sent() {
    let (server, port) = server("");
    let whole = server.folder().read("www/large.bin");
    assert_eq!(get(port, "/large.bin").body, whole);
    assert_eq!(ask(port, "GET /large.bin", &["Range: bytes=1-2999998"]).body, whole[1..2_999_999]);
    let two = "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /large.bin HTTP/1.0\r\n\r\n";
    let both = said(port, two);
    assert!(both.ends_with(&whole));
    assert_eq!(Answer::of(&both).body[..whole.len()], whole);
    let Some(curl) = foreign("curl") else { return };
    curl.words("-s --http2-prior-knowledge").arg(format!("http://127.0.0.1:{port}/large.bin")).output().stdout(&whole);
}

#[test]
fn large_files_come_whole_while_somebody_looks() {
    let run = nsh("run lab.nsh").file("lab.nsh", "log all.log\nserve http www 127.0.0.1:0 as web\nwait web\n");
    fill(&run);
    let server = run.start();
    let answer = get(server.told_port(), "/large.bin");
    assert_eq!(answer.body, server.folder().read("www/large.bin"));
    server.wait_err("GET /large.bin 200");
    let log = String::from_utf8(server.folder().read("all.log")).expect("it is text");
    assert!(log.contains("web.1 < GET /large.bin HTTP/1.1\\r\\n"), "{}", &log[..1000]);
    assert!(log.contains("web.1 answered GET /large.bin 200 3000000\n"));
    assert!(log.len() > 3_000_000, "every byte is told: {}", log.len());
}

#[test]
fn the_same_over_tls() {
    let (server, port) = serving("https", "");
    let Some(curl) = foreign("curl") else { return };
    let url = format!("https://localhost:{port}/large.bin");
    let whole = server.folder().read("www/large.bin");
    let told = curl.words("-sk -w %{stderr}%{http_version}").arg(&url).output();
    told.code(0).stdout(&whole).stderr("2");
    let Some(curl) = foreign("curl") else { return };
    let told = curl.words("-sk --http1.1 -w %{stderr}%{http_version}").arg(&url).output();
    told.code(0).stdout(&whole).stderr("1.1");
}

#[test]
fn hosts_are_named_once_and_rightly() {
    let (_server, port) = server("");
    for (fields, status) in [
        ("", 400),
        ("Host: a\r\nHost: a\r\n", 400),
        ("Host: a b\r\n", 400),
        ("Host: a/b\r\n", 400),
        ("Host: me@a\r\n", 400),
        ("Host: a:b\r\n", 400),
        ("Host:\r\n", 200),
        ("Host: [::1]:80\r\n", 200),
    ] {
        let answer = Answer::of(&said(port, format!("GET / HTTP/1.1\r\nConnection: close\r\n{fields}\r\n")));
        assert_eq!(answer.status, status, "{fields}");
    }
    assert_eq!(Answer::of(&said(port, "GET / HTTP/1.0\r\n\r\n")).status, 200);
}

#[test]
fn what_is_no_request_is_refused_and_the_connection_closed() {
    let (_server, port) = server("");
    let head = "POST / HTTP/1.1\r\nHost: a\r\n";
    for (request, status) in [
        ("hello\r\n\r\n".to_owned(), 400),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\r\n\r\n".to_owned(), 400),
        ("GET /\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\rHost: a\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n".to_owned(), 400),
        (format!("{head}Content-Length: 6\r\nContent-Length: 7\r\n\r\nabcdefg"), 400),
        (format!("{head}Content-Length: +6\r\n\r\nabcdef"), 400),
        (format!("{head}Content-Length: -6\r\n\r\nabcdef"), 400),
        (format!("{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 400),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), 400),
        // The length is void beside chunks (RFC 9112, 6.3), and nothing behind them is read as a request.
        (format!("{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 405),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(100_000)), 431),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(10_000)), 431),
    ] {
        let said = said(port, &request);
        let shown = &request[..request.len().min(100)];
        assert_eq!(Answer::of(&said).status, status, "{shown:?}");
        let answers = said.windows(9).filter(|window| *window == b"HTTP/1.1 " || *window == b"HTTP/1.0 ").count();
        assert_eq!(answers, 1, "{shown:?}");
    }
    assert_eq!(get(port, "/ten.txt").status, 200);
}

#[test]
fn options_say_how_files_are_shown() {
    let (_server, port) = server("listing=no spa=yes hidden=yes cache=1h symlinks=yes cors=yes header=\"X-A:b\"");
    assert_eq!(get(port, "/empty/").text(), "<!doctype html><title>home</title>", "the application's page");
    assert_eq!(get(port, "/some/route").text(), "<!doctype html><title>home</title>");
    assert_eq!(get(port, "/some/file.js").status, 404);
    assert_eq!(get(port, "/.secret").text(), "secret");
    assert_eq!(get(port, "/leak").text(), "outside");
    let answer = ask(port, "GET /ten.txt", &["Origin: http://other"]);
    assert_eq!((answer.field("cache-control"), answer.field("x-a")), ("max-age=3600", "b"));
    assert_eq!(answer.field("access-control-allow-origin"), "*");
    let wanted = ["Origin: http://other", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: x-b"];
    let preflight = ask(port, "OPTIONS /ten.txt", &wanted);
    assert_eq!((preflight.status, preflight.field("access-control-allow-headers")), (204, "x-b"));
    let (_server, port) = server("listing=no symlinks=no cache=no cors=http://one header=Vary:x header=Vary:y");
    assert_eq!(get(port, "/empty/").status, 404);
    assert_eq!(get(port, "/link").status, 404);
    let answer = ask(port, "GET /ten.txt", &["Origin: http://other"]);
    assert_eq!(
        (answer.field("cache-control"), answer.field("access-control-allow-origin")),
        ("no-store", "http://one")
    );
    assert_eq!(answer.fields.iter().filter(|(name, _)| name == "vary").count(), 2);
}

#[test]
fn only_who_knows_the_password_is_answered() {
    let (_server, port) = server("auth=me:secret:x");
    let answer = get(port, "/ten.txt");
    assert_eq!((answer.status, answer.field("www-authenticate")), (401, "Basic realm=\"nsh\", charset=\"UTF-8\""));
    for (token, status) in [("bWU6c2VjcmV0Ong=", 200), ("bWU6c2VjcmV0Onk=", 401), ("", 401), ("bWU6", 401)] {
        assert_eq!(ask(port, "GET /ten.txt", &[&format!("Authorization: bAsIc {token}")]).status, status, "{token}");
    }
}

#[test]
fn a_throttled_answer_takes_its_time() {
    let (_server, port) = server("throttle=1MB/s");
    let start = std::time::Instant::now();
    assert_eq!(get(port, "/large.bin").body.len(), 3_000_000);
    assert!(start.elapsed() > Duration::from_millis(2500), "{:?}", start.elapsed());
}

#[test]
fn requests_are_told_and_written_down() {
    let (server, port) = server("log=access.log auth=me:x");
    let fields = ["Authorization: Basic bWU6eA==", "User-Agent: a \"b\"", "Referer: http://r/"];
    ask(port, "GET /ten.txt?\u{1b}", &fields);
    ask(port, "GET /ten.txt?é", &fields);
    server.wait_err("http1.2 GET /ten.txt?é 200 10 B ").wait_err(" as me");
    let log = String::from_utf8(server.folder().read("access.log")).expect("it is text");
    let rest = log.strip_prefix("127.0.0.1 - me [").expect("the peer and the user");
    let rest = rest.split_once("+0000] ").expect("the time").1;
    assert_eq!(rest, "\"GET /ten.txt?\\xc3\\xa9 HTTP/1.1\" 200 10 \"http://r/\" \"a \\\"b\\\"\"\n");
    server.stop().harmless();
    let (server, port) = server_with_json();
    get(port, "/ten.txt");
    server.wait_err("GET /ten.txt 200");
    let log = String::from_utf8(server.folder().read("access.log")).expect("it is text");
    assert!(log.contains("\"method\":\"GET\",\"target\":\"/ten.txt\",\"version\":\"HTTP/1.1\",\"status\":200,\"bytes\":10,\"whole\":true,"), "{log}");
}

fn server_with_json() -> (Process, u16) {
    server("log=access.log format=json")
}

#[test]
fn an_answer_that_is_not_taken_is_told_as_cut_short() {
    let (server, port) = server("");
    // More than sockets hold.
    let huge = fs::File::create(server.folder().path().join("www/huge.bin")).expect("a file of ours");
    huge.set_len(1 << 30).expect("the file system has holes");
    let mut talk = Talk::to(port);
    talk.send("GET /huge.bin HTTP/1.1\r\nHost: a\r\n\r\n").take(1000);
    talk.reset();
    server.wait_err("cut short");
    assert_eq!(get(port, "/ten.txt").status, 200);
}

#[test]
fn a_server_of_a_script_has_a_url_and_is_stopped() {
    let output = script(
        "serve http . 0 as web\nassert $web.url contains \"http://localhost:\"\nconnect $web as c\n\
         c: send \"GET /lab.nsh HTTP/1.0\\r\\n\\r\\n\"\nc: expect \"serve http\"\nstop web\nconnect $web try=yes as d\n\
         d: expect refused\n",
    )
    .output();
    output.code(0).stdout("");
}

#[test]
fn what_is_wrong_with_the_words_is_said_at_its_place() {
    for (line, column, says) in [
        ("serve ftp .", 7, "expected `http` or `https`"),
        ("serve http ./none", 12, "cannot serve `./none`: no such file or directory"),
        ("serve http lab.nsh", 12, "cannot serve `lab.nsh`: not a directory"),
        ("serve http . unix:./s", 14, "http is served over tcp, not unix"),
        ("serve http . 0 cors=x", 21, "`x` is no origin"),
        ("serve http . 0 auth=x", 21, "expected `USER:PASSWORD`"),
        ("serve http . 0 header=\"x\"", 23, "expected `NAME: VALUE`"),
        ("serve http . 0 header=\"Connection: x\"", 23, "`connection` is decided for each answer"),
        ("serve http . 0 format=json", 23, "`format` is for `log`"),
        ("serve http . 0 cert=x", 21, "`cert` is an option of tls"),
    ] {
        let place = format!("--> lab.nsh:1:{column}\n");
        let output = script(&format!("{line}\n")).output();
        output.failed().stdout("").complains(says).complains(&place);
    }
}

#[test]
fn http2_keeps_its_rules() {
    let Some(_) = program("h2load") else { return };
    let (_server, port) = server("");
    let Some(load) = foreign("h2load") else { return };
    let told = load.words(&format!("-n 2000 -c 10 -m 50 http://127.0.0.1:{port}/ten.txt")).output();
    told.code(0).says("2000 succeeded, 0 failed").says("2000 2xx");
}

#[test]
fn connections_at_once_get_whole_files() {
    let (server, port) = server("");
    let whole = Arc::new(server.folder().read("www/large.bin"));
    let readers: Vec<_> = (0..16)
        .map(|_| {
            let whole = Arc::clone(&whole);
            thread::spawn(move || assert!(get(port, "/large.bin").body == *whole))
        })
        .collect();
    for reader in readers {
        reader.join().expect("the same bytes");
    }
}
