//! Reports: what they say of a run, whatever was sent in it.

use std::collections::BTreeSet;

use super::support::{Nsh, foreign, nsh};

/// A run of an echo server in which the last expectation does not hold.
const LAB: &str = include_str!("reports/lab.nshlog");

fn report(log: &str, outputs: &str) -> Nsh {
    nsh(&format!("report run.nshlog {outputs}")).file("run.nshlog", log)
}

/// A report made of a log.
#[track_caller]
fn made(log: &str, file: &str, options: &str) -> String {
    let command = report(log, file).words(options);
    let folder = command.folder();
    command.output().code(0).stdout("").stderr("");
    String::from_utf8(folder.read(file)).expect("text")
}

/// A report of a run of that script.
#[track_caller]
fn of_run(script: &str, file: &str, code: i32) -> String {
    let command = run(script, &format!("--report {file}"));
    let folder = command.folder();
    command.output().code(code);
    String::from_utf8(folder.read(file)).expect("text")
}

fn run(script: &str, options: &str) -> Nsh {
    nsh(options).words("-qq run lab.nsh").file("lab.nsh", script)
}

#[test]
fn a_log_as_markdown_in_either_language() {
    assert_eq!(made(LAB, "run.md", "--language en"), include_str!("reports/lab.en.md"));
    assert_eq!(made(LAB, "run.md", "--language fr"), include_str!("reports/lab.fr.md"));
}

#[test]
fn a_log_as_json() {
    assert_eq!(made(LAB, "run.json", ""), include_str!("reports/lab.json"));
}

#[test]
fn the_language_is_that_of_the_environment() {
    for (locale, word) in [("fr_FR.UTF-8", "<h2>Instructions"), ("fr", "<h2>Instructions"), ("C", "<h2>Statements")] {
        let command = report(LAB, "run.html").variable("LC_ALL", locale);
        let folder = command.folder();
        command.output().code(0);
        let page = String::from_utf8(folder.read("run.html")).expect("text");
        assert!(page.contains(word), "{locale}");
    }
}

#[test]
fn the_report_of_a_run_is_that_of_its_log() {
    let script = "listen tcp 0 echo as srv\nconnect $srv as a\na: send \"x\"\na: expect \"x\"\n";
    let command = run(script, "--log run.nshlog --report live.html --report live.json --pcap live.pcapng");
    let folder = command.folder();
    command.output().code(0).stderr("");
    let log = String::from_utf8(folder.read("run.nshlog")).expect("text");
    let later = report(&log, "later.html later.json later.pcapng");
    let again = later.folder();
    later.output().code(0).stderr("");
    for extension in ["html", "json", "pcapng"] {
        let same = folder.read(&format!("live.{extension}")) == again.read(&format!("later.{extension}"));
        assert!(same, "{extension}");
    }
}

/// A peer whose bytes would act on a page, and a token that is a secret only after it was written.
const HOSTILE: &str = r#"let token = "s3cret-token"
secret token
listen tcp 0 echo as srv
connect $srv as a
a: send "$token <script>alert(1)</script></pre></svg><img src=x onerror=alert(2)> \" ' & \x1b[2J"
a: expect "alert(2)"
assert "x" == "</script>"
"#;

#[test]
fn nothing_that_was_sent_acts_on_the_page() {
    let page = of_run(HOSTILE, "run.html", 3);
    for part in ["<script", "<img", "onerror=\"", "\u{1b}", "http://", "https://", "@import", "url("] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&lt;/pre&gt;&lt;/svg&gt;&lt;img src=x"));
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert_eq!(page.matches("<pre").count(), page.matches("</pre>").count());
}

#[test]
fn secrets_are_in_no_report() {
    for file in ["run.html", "run.md", "run.json"] {
        let text = of_run(HOSTILE, file, 3);
        assert!(!text.contains("s3cret"), "{file}: {text}");
        assert!(text.contains("***") || text.contains("#42;#42;#42;"), "{file}");
    }
}

#[test]
fn every_link_of_the_page_leads_to_something_on_it() {
    let page = made(LAB, "run.html", "");
    let values = |name: &str| -> Vec<String> {
        let start = format!(" {name}=\"");
        let pieces = page.split(&start).skip(1);
        pieces.map(|piece| piece.split('"').next().unwrap_or_default().to_owned()).collect()
    };
    let (links, ids) = (values("href"), values("id"));
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "{ids:?}");
    let leads = |link: &&String| link.strip_prefix('#').is_some_and(|id| distinct.contains(&id.to_owned()));
    assert_eq!(links.iter().filter(|link| !leads(link)).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(links.contains(&"#m2".to_owned()) && links.contains(&"#s5".to_owned()), "{links:?}");
}

#[test]
fn a_browser_opens_the_message_that_an_arrow_leads_to() {
    let Some(chromium) = foreign("chromium") else { return };
    let page = made(LAB, "run.html", "");
    let chromium = chromium.file("run.html", &page);
    let folder = chromium.folder();
    let shown = chromium
        .words("--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run")
        .words("--disable-background-networking --disable-component-update --disable-sync --dump-dom")
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}#m2", folder.path().join("run.html").display()))
        .output();
    let page = shown.code(0).out();
    let open: Vec<&str> = page.split("<details open=\"\">").skip(1).collect();
    assert_eq!(open.len(), 1, "{page}");
    let before_next = open[0].split("</details>").next().unwrap_or_default();
    assert!(before_next.contains("id=\"m2\"") && before_next.contains("62 6f 6e 6a 6f 75 72"), "{before_next}");
}

/// A log in which a session receives so many datagrams of so many bytes.
fn long(count: usize, size: usize) -> String {
    let mut lines = LAB.lines();
    let head = lines.next().expect("a head");
    let session = r#""session":{"id":1,"name":"u","kind":"connect"}"#;
    let connected =
        r#"{"connected":{"protocol":"udp","local":{"inet":"127.0.0.1:1"},"peer":{"inet":"127.0.0.1:2"},"facts":[]}}"#;
    let mut log = format!("{head}\n{{\"t\":1,{session},\"event\":{connected}}}\n");
    let bytes = "x".repeat(size);
    let datagrams =
        (0..count).map(|number| format!("{{\"t\":{},{session},\"event\":{{\"received\":\"{bytes}\"}}}}\n", number + 2));
    log.extend(datagrams);
    log
}

#[test]
fn what_is_left_out_of_a_long_run_is_counted() {
    let page = made(&long(2000, 5000), "run.html", "--language en");
    // The opening is one of the four hundred.
    assert!(page.contains("<p class=\"hint\">1601 more messages are not told one by one.</p>"));
    assert!(page.contains("id=\"m400\"") && !page.contains("id=\"m401\""));
    assert!(page.contains("<p class=\"hint\">3976 more bytes are not shown.</p>"));
    assert!(page.contains("<dt>Messages</dt><dd>2000</dd>") && page.contains("<dt>Bytes</dt><dd>9.5 MiB</dd>"));
    assert!(page.contains("not ended"));
}

#[test]
fn files_that_are_no_reports_are_refused_before_anything_runs() {
    let hints = " hint: `.html` is a page for browsers and for paper\n hint: `.md` is Markdown, with the diagram for \
                 Mermaid\n hint: `.json` is the same for programs\n";
    let expected = format!("error: `lab.txt` does not end as reports do\n{hints}");
    run("print 1\n", "--report lab.txt").output().code(2).stdout("").stderr(&expected);
    report(LAB, "lab.txt").output().code(2).stderr(&expected);
    let none = report("hello\n", "lab.html").output();
    none.code(1).stderr("error: cannot read `run.nshlog`: it is no log of nsh\n");
}

/// Who said what to whom in a run, in the order of its messages.
#[track_caller]
fn said(script: &str) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&of_run(script, "run.json", 0)).expect("JSON");
    let name = |actor: &serde_json::Value| {
        let place = usize::try_from(actor.as_u64().expect("a place")).expect("a small one");
        report["actors"][place]["name"].as_str().expect("a name").to_owned()
    };
    let messages = report["messages"].as_array().expect("messages").iter();
    let data = messages.filter(|message| message["what"] == "data");
    data.map(|one| format!("{} → {} {}", name(&one["from"]), name(&one["to"]), one["bytes"])).collect()
}

#[test]
fn what_has_both_ends_in_the_run_is_told_once() {
    let script = r#"listen udp *:0 echo as u
connect udp localhost $u.port as d
d: send "datagram"
d: expect "datagram"
listen unix ./sock echo as x
connect unix ./sock as k
k: send "unix"
k: expect "unix"
listen tcp 0 as left
relay 0 -> upper -> $left as filter
connect $filter as c
c: sendln "through"
left: expect line "THROUGH"
left: send "back"
c: expect "back"
"#;
    let expected = [
        "d → u \"datagram\"",
        "u → d \"datagram\"",
        "k → x \"unix\"",
        "x → k \"unix\"",
        "c → filter \"through\\n\"",
        "filter → left \"THROUGH\\n\"",
        "left → filter \"back\"",
        "filter → c \"back\"",
    ];
    assert_eq!(said(script), expected);
}

#[test]
fn what_is_typed_stands_with_its_entry() {
    let command = nsh("-qq --report run.md").stdin("print \"one\"\nif 1 == 1 {\n    fail \"two\"\n}\n");
    let folder = command.folder();
    command.output().code(3);
    let report = String::from_utf8(folder.read("run.md")).expect("text");
    let rows: Vec<&str> = report
        .lines()
        .filter(|line| line.starts_with("| #"))
        .map(|line| &line[..line.find("` |").expect("a cell")])
        .collect();
    assert_eq!(rows, ["| #1 | `print \"one\"", "| #2 | `if 1 == 1 { …", "| #2:2 | `fail \"two\""], "{report}");
}
