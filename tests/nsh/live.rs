//! `live=yes`: pages that load again when a file changes.

use crate::support::{Process, Talk, foreign, nsh, script};

fn serving() -> (Process, u16) {
    let server = nsh("serve http . 127.0.0.1:0 live=yes").file("index.html", "<p>one</p>\n").file("a.css", "p { }\n");
    let server = server.start();
    let port = server.told_port();
    (server, port)
}

/// The head's lines and the content of an answer.
fn ask(port: u16, path: &str, fields: &str) -> (Vec<String>, String) {
    let mut talk = Talk::to(port);
    talk.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n"));
    let whole = String::from_utf8(talk.all()).expect("text");
    let (head, content) = whole.split_once("\r\n\r\n").expect("a head");
    (head.lines().map(str::to_owned).collect(), content.to_owned())
}

#[test]
fn a_changed_file_is_told_to_who_listens() {
    let (server, port) = serving();
    let Some(curl) = foreign("curl") else { return };
    let listening = curl.words(&format!("-sSN http://127.0.0.1:{port}/.nsh/live")).start();
    ask(port, "/", "");
    ask(port, "/new.txt", "");
    listening.wait_out("retry: 500\n\n");
    // What nobody asked for is nobody's business: a log that grows, above all.
    server.folder().write("log.txt", "a line\n");
    server.folder().write("index.html", "<p>another</p>\n");
    listening.wait_out("event: change\ndata:\n\n");
    server.folder().write("new.txt", "");
    listening.wait_out("event: change\ndata:\n\nevent: change\ndata:\n\n");
    assert_eq!(String::from_utf8_lossy(&listening.out()).matches("change").count(), 2);
}

#[test]
fn pages_for_browsers_listen_and_nothing_else_is_touched() {
    let (_server, port) = serving();
    let (head, content) = ask(port, "/", "Accept: text/html\r\nAccept-Encoding: gzip\r\nRange: bytes=0-1\r\n");
    assert!(content.starts_with("<p>one</p>\n\n<script>\n") && content.ends_with("</script>\n"), "{content}");
    assert!(content.contains("new EventSource(\"/.nsh/live\")"), "{content}");
    assert!(head.contains(&format!("Content-Length: {}", content.len())), "{head:?}");
    assert!(head.contains(&"Cache-Control: no-store".to_owned()), "{head:?}");
    assert!(!head.iter().any(|line| line.starts_with("Etag") || line.starts_with("Accept-Ranges")), "{head:?}");
    assert_eq!(ask(port, "/", "").1, "<p>one</p>\n");
    assert_eq!(ask(port, "/", "Range: bytes=3-5\r\n").1, "one");
    assert_eq!(ask(port, "/a.css", "Accept: text/html\r\n").1, "p { }\n");
}

#[test]
fn a_list_of_files_may_listen_too() {
    let server = nsh("serve http . 127.0.0.1:0 live=yes").file("a.txt", "").start();
    let (head, content) = ask(server.told_port(), "/", "Accept: text/html\r\n");
    assert!(content.contains("a.txt") && content.contains("/.nsh/live"), "{content}");
    let policy = head.iter().find(|line| line.to_lowercase().starts_with("content-security-policy"));
    assert!(policy.expect("a policy").ends_with("; connect-src 'self'"), "{head:?}");
}

#[test]
fn a_script_hears_of_changes() {
    let text = "serve http . 0 as web live=yes\n\
        http GET $web/page.html\n\
        http GET $web/.nsh/live wait=no as changes\n\
        expect line \"retry: 500\"\n\
        !echo changed > page.html\n\
        expect line \"event: change\"\n";
    script(text).file("page.html", "").output().code(0).stderr("");
}
