//! HTML: its frames are what a terminal shows, its transcript is the text, and it needs and allows nothing else.

use data_encoding::BASE64;
use regex::Regex;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::{COLUMNS, ROWS, VARIED, recorded, shown, text};

/// What stands between two texts.
#[track_caller]
fn between<'t>(text: &'t str, before: &str, behind: &str) -> &'t str {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before}")) + before.len();
    &text[start..start + text[start..].find(behind).unwrap_or_else(|| panic!("no {behind}"))]
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).expect("a small one")
}

/// What the rows of a frame show, as the player draws them.
fn drawn(rows: &[Value]) -> Vec<String> {
    let row = |cells: &Value| {
        let mut text = String::new();
        let mut column = 0;
        for cell in cells.as_array().expect("cells") {
            let (at, width) = (number(&cell[0]), number(&cell[1]));
            text += &" ".repeat(at - column);
            text += cell[3].as_str().expect("a text");
            column = at + width;
        }
        text.trim_end().replace("e\u{301}", "é")
    };
    rows.iter().map(row).collect()
}

#[test]
fn its_frames_are_what_a_terminal_shows() {
    let folder = recorded(VARIED, "-o demo.cast -o demo.html");
    let page = text(&folder, "demo.html");
    let film: Value =
        serde_json::from_str(between(&page, "<script type=\"application/json\" id=\"film\">", "</script>"))
            .expect("JSON");
    let (moments, length) = shown(&text(&folder, "demo.cast"), COLUMNS, ROWS);
    assert_eq!((number(&film["columns"]), number(&film["rows"])), (COLUMNS, ROWS));
    assert_eq!(film["length"].as_u64(), Some(length / 1000));
    assert_eq!(film["chapters"][0][1], "The first chapter");
    assert_eq!(film["chapters"].as_array().map(Vec::len), Some(2));
    let mut rows = vec![Value::Array(Vec::new()); ROWS];
    let mut moments = moments.iter().peekable();
    for frame in film["frames"].as_array().expect("frames") {
        let at = frame[0].as_u64().expect("a moment");
        rows.drain(..number(&frame[3]));
        rows.resize(ROWS, Value::Array(Vec::new()));
        for differing in frame[4].as_array().expect("rows") {
            rows[number(&differing[0])] = differing[1].clone();
        }
        let shown = moments.find(|shown| shown.at / 1000 == at).expect("something happens then");
        // Several keys may be pressed within a millisecond.
        while moments.next_if(|next| next.at / 1000 == at).is_some() {}
        assert_eq!(drawn(&rows), shown.rows, "at {at} ms");
    }
    assert!(moments.next().is_none());
}

#[test]
fn its_transcript_is_the_text() {
    let folder = recorded(VARIED, "-o demo.txt -o demo.html");
    let page = text(&folder, "demo.html");
    let transcript = between(&page, "<pre>", "</pre>");
    let plain = Regex::new("<[^>]*>").expect("a pattern").replace_all(transcript, "").into_owned();
    let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    assert_eq!(plain, text(&folder, "demo.txt"));
    assert!(page.contains("<title>One &amp; &lt;other&gt;</title>"));
}

#[test]
fn it_allows_its_own_script_and_style_and_nothing_else() {
    let page = text(&recorded(VARIED, "-o demo.html"), "demo.html");
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let hash = |source: &str| format!("'sha256-{}'", BASE64.encode(digest(&SHA256, source.as_bytes()).as_ref()));
    let style = hash(between(&page, "<style>", "</style>"));
    let script = hash(between(&page, "\n<script>", "</script>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src {style}; script-src {script}; font-src data:; base-uri 'none'; form-action 'none'"
        )
    );
    assert!(!Regex::new(r"\s(style|on\w+)=").expect("a pattern").is_match(&page), "nothing inline");
    for word in ["http:", "https:", " src=", "href=", "@import"] {
        assert!(!page.contains(word), "{word}");
    }
}
