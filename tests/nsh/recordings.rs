//! Recordings: the same bytes every time, and what they show.

use super::support::{Door, Nsh, nsh, until};

/// Sessions of several kinds at the same time, and an error.
const CONCURRENT: &str = include_str!("recordings/concurrent.nsh");

fn record(script: &str, options: &str) -> Nsh {
    nsh(&format!("record demo.nsh {options}")).file("demo.nsh", script)
}

/// The transcript of a script.
#[track_caller]
fn transcript(script: &str, code: i32) -> String {
    let command = record(script, "-o demo.txt");
    let folder = command.folder();
    command.output().code(code);
    String::from_utf8(folder.read("demo.txt")).expect("text")
}

#[test]
fn a_conversation_looks_as_at_the_prompt() {
    let script = r#"# what nobody sees
## Echo
listen tcp 0 echo as srv
connect $srv as a
a: sendln "bonjour \x1b"
a: expect "bonjour"
repeat 2 {
    a: send "x" # and back
    a: expect "x"
}
print "port $srv.port"
sessions
a: close
sessions
connect localhost 1
"#;
    assert_eq!(
        transcript(script, 1),
        r#"nsh> ## Echo
nsh> listen tcp 0 echo as srv
srv listening on tcp 127.0.0.1:<srv> · echo
nsh> connect $srv as a
srv.1 open from 127.0.0.1:<a>
a connected to tcp 127.0.0.1:<srv>
nsh a> a: sendln "bonjour \x1b"
a → 10 B  bonjour \x1b␊
a ← 10 B  bonjour \x1b␊
nsh a> a: expect "bonjour"
a matched "bonjour"
nsh a> repeat 2 {
... a: send "x" # and back
... a: expect "x"
}
a →  1 B  x
a ←  1 B  x
a matched "x"
a →  1 B  x
a ←  1 B  x
a matched "x"
nsh a> print "port $srv.port"
port <srv>
nsh a> sessions
NAME   KIND     WHERE                STATE  IN    OUT
srv    listen   tcp 127.0.0.1:<srv>  open   12 B  12 B
a      connect  tcp 127.0.0.1:<srv>  open   12 B  12 B
srv.1  accept   tcp 127.0.0.1:<a>    open   12 B  12 B
nsh a> a: close
srv.1 half-closed by its peer
srv.1 closed
a closed
nsh> sessions
NAME  KIND     WHERE                STATE   IN    OUT
srv   listen   tcp 127.0.0.1:<srv>  open    12 B  12 B
a     connect  tcp 127.0.0.1:<srv>  closed  12 B  12 B
nsh> connect localhost 1
error: connection refused by tcp 127.0.0.1:1
 hint: nothing listens there; `listen tcp 1 echo` would, and `ports` shows what does
"#
    );
}

#[test]
fn an_error_beside_other_statements_is_shown() {
    let script = "listen tcp 0 echo as srv\nconnect $srv as a\nconnect $srv as b\npar {\n    \
                  a: expect \"x\" within 20ms\n    b: expect \"y\" within 1h\n}\n";
    let text = transcript(script, 3);
    let error = "}\nerror: `expect` did not hold within 20 ms\n  --> entry #4:2:8\n   |\n 2 |     a: expect \"x\" within 20ms\n   \
                 |        ^^^^^^^^^^ nothing came\n";
    assert!(text.ends_with(error), "{text}");
}

#[test]
fn what_programs_print_is_seen() {
    let script = "!echo one; echo two >&2; printf three\n!sleep 1000 & echo $!\nprint \"behind\"\n!exit 3\n";
    let text = transcript(script, 1);
    let (before, rest) = text.split_once("nsh> !sleep 1000 & echo $!\n").expect("it was typed");
    assert_eq!(before, "nsh> !echo one; echo two >&2; printf three\none\ntwo\nthree\n");
    let (left, behind) = rest.split_once('\n').expect("its number was printed");
    assert_eq!(behind, "nsh> print \"behind\"\nbehind\nnsh> !exit 3\nerror: the program ended with code 3\n");
    let left = rustix::process::Pid::from_raw(left.parse().expect("a number")).expect("not zero");
    rustix::process::kill_process(left, rustix::process::Signal::KILL).expect("what was left running is ours");
}

#[test]
fn the_same_script_gives_the_same_bytes() {
    const RUNS: usize = 6;
    let variables = |run: usize| {
        let pick = |values: [&'static str; 3]| values[run % 3];
        [
            ("LANG", pick(["C", "fr_FR.UTF-8", "C.UTF-8"])),
            ("TZ", pick(["UTC", "Asia/Tokyo", "America/New_York"])),
            ("TERM", pick(["dumb", "vt100", "xterm-256color"])),
            ("COLUMNS", pick(["40", "80", "200"])),
            ("NO_COLOR", pick(["", "1", ""])),
        ]
    };
    // All at once: each is slowed down by the others.
    let running: Vec<_> = (0..RUNS)
        .map(|run| {
            let command = record(CONCURRENT, "-o demo.cast -o demo.txt").file("page.txt", "hello\n");
            let command =
                variables(run).into_iter().fold(command, |command, (name, value)| command.variable(name, value));
            (command.folder(), command.start())
        })
        .collect();
    let made: Vec<_> = running
        .into_iter()
        .map(|(folder, process)| {
            process.end().code(1);
            (folder.read("demo.cast"), folder.read("demo.txt"))
        })
        .collect();
    let (first, text) = &made[0];
    for (other, _) in &made[1..] {
        let lines = |cast: &[u8]| String::from_utf8(cast.to_vec()).expect("text").lines().map(str::to_owned).collect();
        let (one, other): (Vec<String>, Vec<String>) = (lines(first), lines(other));
        let differing: Vec<_> = one.iter().zip(&other).filter(|(one, other)| one != other).take(3).collect();
        assert!(differing.is_empty() && one.len() == other.len(), "{differing:#?}");
    }
    assert!(!String::from_utf8_lossy(first).contains("timing-dependent"));
    let text = String::from_utf8_lossy(text);
    for shown in ["d1 ← 9 B  got: one␊", "fan.1 reached localhost:<p2> at 127.0.0.1:<p2>", "g HTTP/1.1 200 OK: 6 B"]
    {
        let shown: Vec<&str> = shown.split_whitespace().collect();
        assert!(text.lines().any(|line| line.split_whitespace().eq(shown.iter().copied())), "no {shown:?} in\n{text}");
    }
}

#[test]
fn a_recording_that_is_not_current_is_told() {
    let made = record("print 1\n", "-o demo.cast");
    let folder = made.folder();
    made.output().code(0);
    let cast = String::from_utf8(folder.read("demo.cast")).expect("text");
    record("print 1\n", "--check demo.cast").file("demo.cast", &cast).output().code(0).stderr("");
    let output = record("print 2\n", "--check demo.cast").file("demo.cast", &cast).output();
    output.code(3);
    let (number, line) =
        cast.lines().enumerate().find(|(_, line)| line.contains('1') && line.contains("[35m1")).expect("typed");
    let told = output.err();
    let expected = format!(
        "error: `demo.cast` is not what `demo.nsh` gives: line {} differs\n  kept  {line}\n  made  {}\n",
        number + 1,
        line.replace("[35m1", "[35m2")
    );
    assert_eq!(told, expected);
    let short: String = cast.lines().take(3).map(|line| line.to_owned() + "\n").collect();
    let output = record("print 1\n", "--check demo.cast").file("demo.cast", short).output();
    output.code(3);
    assert!(output.err().contains("line 4 differs\n  kept  nothing: it ends before\n"), "{}", output.err());
}

#[test]
fn comments_direct_a_recording() {
    let script = "# title \"A title\"\n# hide\nlisten tcp 0 echo as srv\nprint \"unseen\"\n# show\n## One\n\
                  # pause 90s\nprint \"seen\"\n## Two\n";
    let command = record(script, "-o demo.cast -o demo.txt --typing 10ms~0ms");
    let folder = command.folder();
    command.output().code(0);
    assert_eq!(folder.read("demo.txt"), b"nsh> ## One\nnsh> print \"seen\"\nseen\nnsh> ## Two\n");
    let cast = String::from_utf8(folder.read("demo.cast")).expect("text");
    let mut lines = cast.lines();
    assert_eq!(lines.next(), Some(r#"{"version":2,"width":100,"height":30,"title":"A title"}"#));
    let marks: Vec<&str> = cast.lines().filter(|line| line.contains(", \"m\", ")).collect();
    assert_eq!(marks[0], "[0.0, \"m\", \"One\"]");
    let second: f64 = marks[1].trim_start_matches('[').split(',').next().expect("a moment").parse().expect("a number");
    assert!((90.0..100.0).contains(&second), "{second}");
}

#[test]
fn the_log_of_a_recorded_run_gives_the_same_recording() {
    let command =
        nsh("--log run.nshlog record demo.nsh -o demo.cast").file("demo.nsh", CONCURRENT).file("page.txt", "hello\n");
    let folder = command.folder();
    command.output().code(1);
    let log = folder.read("run.nshlog");
    let developed = nsh("record run.nshlog -o again.cast").file("run.nshlog", &log);
    let again = developed.folder();
    developed.output().code(0).stderr("");
    assert!(again.read("again.cast") == folder.read("demo.cast"));
}

#[test]
fn the_head_of_a_log_has_no_arguments_texts() {
    let command = nsh("--log run.nshlog run demo.nsh pa55 word").file("demo.nsh", "let p = $1\nsecret p\nprint $p\n");
    let folder = command.folder();
    command.output().code(0).stdout("***\n");
    let log = String::from_utf8(folder.read("run.nshlog")).expect("JSON is text");
    assert!(!log.contains("pa55"), "{log}");
    assert!(log.lines().next().is_some_and(|head| head.contains("\"script\":\"demo.nsh\",\"arguments\":2,")), "{log}");
}

#[test]
fn passwords_in_options_are_stars_in_a_log() {
    let closed = Door::closed_port();
    let text =
        format!("listen proxy 0 auth=\"me:pa55\" as p\nconnect localhost 9 via=http://me:pa55@127.0.0.1:{closed}\n");
    let command = nsh("--log run.nshlog run demo.nsh").file("demo.nsh", text);
    let folder = command.folder();
    command.output().code(1);
    let log = String::from_utf8(folder.read("run.nshlog")).expect("JSON is text");
    assert!(!log.contains("pa55"), "{log}");
    assert!(log.contains(r#""text":"listen proxy 0 auth=\"me:****\" as p""#), "{log}");
    let connect = format!(r#""text":"connect localhost 9 via=http://me:****@127.0.0.1:{closed}""#);
    assert_eq!(log.matches(&connect).count(), 2, "the step and its error:\n{log}");
}

#[test]
fn a_log_that_was_cut_off_is_readable_up_to_its_last_whole_event() {
    let command = nsh("--log run.nshlog run demo.nsh").file("demo.nsh", "print 1\nprint 2\nprint 3\n");
    let folder = command.folder();
    command.output().code(0);
    let log = folder.read("run.nshlog");
    let lines = log.split_inclusive(|&byte| byte == b'\n');
    let starts: Vec<usize> = lines.scan(0, |end, line| Some(std::mem::replace(end, *end + line.len()))).collect();
    // Twelve lines of events stand behind the head; `print 1` is typed by the first of them, and shown by the second.
    for (cut, shown) in [(starts[1] + 5, ""), (starts[3] - 1, "nsh> print 1\n"), (log.len(), "1\n")] {
        let developed = nsh("record cut.nshlog -o cut.txt").file("cut.nshlog", &log[..cut]);
        let text = developed.folder();
        developed.output().code(0);
        let text = String::from_utf8(text.read("cut.txt")).expect("text");
        assert!(text.contains(shown), "{cut}: {text}");
    }
    let other = nsh("record other.nshlog").file("other.nshlog", "{\"nshlog\":99}\n").output();
    other.code(1).stderr("error: cannot read `other.nshlog`: it is a log of version 99; this nsh reads 1\n");
    let none = nsh("record none.nshlog").file("none.nshlog", "hello\n").output();
    none.code(1).stderr("error: cannot read `none.nshlog`: it is no log of nsh\n");
}

#[test]
fn a_killed_recording_is_whole_up_to_the_last_event() {
    let process = record("print \"one\"\nprint \"two\"\nsleep 1h\n", "-o demo.cast").start();
    let folder = process.shared_folder();
    until("the second print is in the file", || {
        let there =
            folder.has("demo.cast") && String::from_utf8_lossy(&folder.read("demo.cast")).contains("\"two\\r\\n\"");
        there.then_some(())
    });
    drop(process);
    let cast = String::from_utf8(folder.read("demo.cast")).expect("text");
    assert!(cast.ends_with("]\n"), "{cast}");
}

#[test]
fn what_depends_on_others_is_said() {
    let door = Door::open();
    let script = format!("print \"mine\"\nconnect localhost {} as a\n", door.port);
    let command = record(&script, "-o demo.cast");
    let folder = command.folder();
    let output = command.output();
    output.code(0).stderr(
        "warning: from entry #2 on, another run may give another recording\n hint: somebody else takes part, or \
         something goes on by itself\n",
    );
    let cast = String::from_utf8(folder.read("demo.cast")).expect("text");
    assert!(cast.ends_with("\"m\", \"timing-dependent from entry #2\"]\n"), "{cast}");
    let command = record(&script, "-qq -o demo.svg -o demo.gif -o demo.html");
    let folder = command.folder();
    command.output().code(0).stderr("");
    for (file, mark) in [
        ("demo.svg", "<desc>From entry #2 on, another run may give another recording.</desc>"),
        ("demo.html", "<p class=\"note\">From entry #2 on, another run may give another recording.</p>"),
        ("demo.gif", "!\u{fffd}9From entry #2 on, another run may give another recording.\0;"),
    ] {
        let file = folder.read(file);
        assert!(String::from_utf8_lossy(&file).contains(mark), "{mark}");
    }
    let output = record("listen tcp 0 exec \"cat\" as srv\nconnect $srv as a\n", "-o demo.cast").output();
    output.code(0).complains("from entry #2 on");
}

#[test]
fn files_that_are_no_recordings_are_refused_before_anything_runs() {
    let output = record("print 1\n", "-o demo.mp4").output();
    output.code(2);
    assert!(
        output.err().starts_with("error: `demo.mp4` does not end as recordings do\n hint: `.cast` is"),
        "{}",
        output.err()
    );
    let output = record("print 1\n", "--size 100").output();
    output.code(2).stderr("error: `100` is not the size of a terminal: expected `100x30`\n");
    let output = record("print 1\n", "--typing fast").output();
    output.code(2).stderr("error: `fast` is not how fast a key is: expected `50ms` or `50ms~20ms`\n");
}

#[test]
fn real_time_tells_times() {
    let command = record(
        "listen tcp 0 echo as srv\nconnect $srv as a\na: send \"x\"\na: expect \"x\"\n",
        "-o demo.txt --real-time",
    );
    let folder = command.folder();
    command.output().code(0);
    let text = String::from_utf8(folder.read("demo.txt")).expect("text");
    assert!(text.contains("a matched \"x\" after "), "{text}");
}

#[test]
fn a_log_with_a_mistake_takes_the_place_of_nothing() {
    let command = nsh("--log run.nshlog run demo.nsh").file("demo.nsh", "print 1\nprint 2\n");
    let folder = command.folder();
    command.output().code(0);
    let log = String::from_utf8(folder.read("run.nshlog")).expect("JSON is text");
    let (head, _) = log.split_once('\n').expect("lines");
    let bad = format!("{head}\n[\n{head}\n");
    for line in ["record bad.nshlog -o kept.txt", "report bad.nshlog kept.md"] {
        let command = nsh(line).file("bad.nshlog", &bad).file("kept.txt", "dear\n").file("kept.md", "dear\n");
        let folder = command.folder();
        command.output().code(1).complains("cannot read `bad.nshlog`: ");
        assert_eq!((folder.read("kept.txt"), folder.read("kept.md")), (b"dear\n".to_vec(), b"dear\n".to_vec()));
    }
}
