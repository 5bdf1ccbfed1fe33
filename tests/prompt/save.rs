//! Saving: what is typed becomes a script that runs by itself, here and elsewhere.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::person::{Person, new_home};
use super::{CTRL_BRACKET, CTRL_C, CTRL_D, LEAVE};

/// A prompt in a home of its own.
struct Prompt {
    home: PathBuf,
    person: Person,
}

impl Prompt {
    fn starts() -> Self {
        let home = new_home();
        let mut person = Person::starts_at(home.clone(), &[], &[]);
        person.is_asked("nsh>");
        Self { home, person }
    }

    /// Types a line and waits for what it shows, and for the prompt.
    #[track_caller]
    fn types(&mut self, line: &str, shows: &[&str], prompt: &str) -> &mut Self {
        self.person.enters(line);
        for text in shows {
            self.person.sees(text);
        }
        self.person.is_asked(prompt);
        self
    }

    /// Saves to a file, and gives what it holds.
    #[track_caller]
    fn saves(&mut self, words: &str, told: &str, prompt: &str) -> String {
        self.types(&format!("save {words}"), &[told], prompt);
        self.file(words.split(' ').next().expect("a file"))
    }

    #[track_caller]
    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.home.join(name)).expect("it is saved")
    }

    fn leaves(&mut self) {
        self.person.types(LEAVE).left_with(0);
    }

    /// Runs what is saved, here and in another folder with another home.
    #[track_caller]
    fn replays(&self, file: &str) {
        let other = new_home();
        for place in [&self.home, &other] {
            let copy = place.join(format!("copy-of-{file}"));
            fs::copy(self.home.join(file), &copy).expect("it is saved");
            for words in [&["check"][..], &["fmt", "--check"], &["run"]] {
                let output = nsh(place, words, &copy);
                let told = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{words:?}:\n{told}\n{}", self.file(file));
            }
        }
        fs::remove_dir_all(other).expect("it was there");
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn nsh(home: &Path, words: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nsh"))
        .args(words)
        .arg(file)
        .env("HOME", home)
        .current_dir(home)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it is built")
}

#[test]
fn the_echo_lab_is_saved_and_runs() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("it is bound").port();
    let mut prompt = Prompt::starts();
    prompt.types("listen tcp 0 echo as srv", &["srv listening"], "nsh>");
    prompt.types("connect $srv as a", &["srv.1 open from"], "nsh a>");
    prompt.types("sendln \"bonjour\"", &["a ← 8 B  bonjour␊"], "nsh a>");
    prompt.types("expect \"bonjour\"", &["a matched"], "nsh a>");
    prompt.types("sessions", &["NAME"], "nsh a>");
    prompt.types(&format!("connect 127.0.0.1 {closed}"), &["refused"], "nsh a>");
    let script = prompt.saves("echo.nsh", "saved 4 statements and 1 expectation to echo.nsh", "nsh a>");
    assert_eq!(
        script,
        "# Saved from the prompt of nsh.\n\n\
         listen tcp 0 echo as srv\nconnect $srv as a\nsendln \"bonjour\"\nexpect \"bonjour\"\na: expect line \"\"\n"
    );
    prompt.types("connect $srv as b", &["srv.2 open from"], "nsh b>");
    prompt.types("send x\"00 01 fe ff\"", &["b ← 4 B"], "nsh b>");
    prompt.types("a: send \"one\\ntwo\"", &["a ← 7 B  one␊two"], "nsh b>");
    prompt.types("a: shutdown", &["a half-closed"], "nsh b>");
    let told = "saved 8 statements and 5 expectations to both.nsh";
    let script = prompt.saves("both.nsh", told, "nsh b>");
    let rest = "send x\"00 01 fe ff\"\nb: expect x\"00 01 fe ff\"\n\
                a: send \"one\\ntwo\"\na: expect line \"one\"\na: expect \"two\"\na: shutdown\na: expect eof\n";
    assert!(script.ends_with(rest), "{script}");
    prompt.leaves();
    prompt.replays("echo.nsh");
    prompt.replays("both.nsh");
}

#[test]
fn the_bonjour_lab_is_saved_and_runs() {
    let mut prompt = Prompt::starts();
    prompt
        .person
        .enters("listen tcp 0 as srv {")
        .enters("on line {")
        .enters("if $line == \"quit\" {")
        .enters("stop srv");
    prompt.person.enters("} else {").enters("sendln \"Bonjour client, j'ai bien reçu ton message : $line\"");
    prompt.person.enters("}").enters("}").enters("}").sees("srv listening").is_asked("nsh>");
    prompt.types("connect $srv as server", &["srv.1 open from"], "nsh server>");
    prompt.types("sendln \"été\"", &["← 52 B"], "nsh server>");
    prompt.types("send \"deux en\"", &["7 B  deux en"], "nsh server>");
    prompt.types("sendln \" un\"", &["← 57 B"], "nsh server>");
    prompt.types("sendln \"quit\"", &["srv closed"], "nsh server>");
    let script = prompt.saves("bonjour.nsh", "saved 6 statements and 3 expectations", "nsh server>");
    assert!(
        script.contains("server: expect line \"Bonjour client, j'ai bien reçu ton message : deux en un\"\n"),
        "{script}"
    );
    prompt.types("listen udp 0 as u { on datagram { send \"reçu : $datagram\" } }", &["u listening"], "nsh server>");
    prompt.types("connect udp $u as c", &["c connected"], "nsh c>");
    prompt.types("send \"bonjour\"", &["← 15 B"], "nsh c>");
    prompt.types("send \"\"", &["←  8 B"], "nsh c>");
    let script = prompt.saves("udp.nsh since 8", "saved 4 statements and 2 expectations to udp.nsh", "nsh c>");
    assert!(script.ends_with("send \"\"\nc: expect datagram \"reçu : \"\n"), "{script}");
    prompt.leaves();
    prompt.replays("bonjour.nsh");
    prompt.replays("udp.nsh");
}

#[test]
fn the_filter_lab_is_saved_and_runs() {
    let mut prompt = Prompt::starts();
    prompt.types("listen tcp 0 as left", &["left listening"], "nsh>");
    prompt.types("listen tcp 0 as right", &["right listening"], "nsh>");
    prompt.types("relay 0 -> upper -> $left,$right as filter", &["filter listening"], "nsh>");
    prompt.types("connect $filter as client", &["left.1 open", "right.1 open"], "nsh client>");
    prompt.types("sendln \"un\"", &["left.1 ← 3 B  UN␊", "right.1 ← 3 B  UN␊"], "nsh client>");
    prompt.types("left: expect line \"UN\"", &["left.1 matched"], "nsh client>");
    prompt.types("stop left", &["left closed"], "nsh client>");
    prompt.types("sendln \"deux\"", &["right.1 ← 5 B  DEUX␊"], "nsh client>");
    prompt.types("sendln \"trois\"", &["right.1 ← 6 B  TROIS␊"], "nsh client>");
    let script = prompt.saves("filter.nsh", "saved 9 statements and 3 expectations to filter.nsh", "nsh client>");
    assert!(script.contains("sendln \"un\"\nright.1: expect line \"UN\"\nleft: expect line \"UN\"\n"), "{script}");
    assert!(script.ends_with("sendln \"trois\"\nright.1: expect line \"TROIS\"\n"), "{script}");
    prompt.leaves();
    prompt.replays("filter.nsh");
}

#[test]
fn how_exactly_is_a_choice() {
    let mut prompt = Prompt::starts();
    prompt.types("listen tcp 0 as srv { on line { sendln \"you are $peer\" } }", &["srv listening"], "nsh>");
    prompt.types("connect $srv as a", &["srv.1 open"], "nsh a>");
    prompt.types("sendln \"who?\"", &["you are 127.0.0.1:", "a     ← "], "nsh a>");
    let script = prompt.saves("line.nsh", "saved 3 statements and 1 expectation", "nsh a>");
    assert!(script.ends_with("a: expect line /^you are 127\\.0\\.0\\.1:[0-9]+$/\n"), "{script}");
    let script = prompt.saves("exact.nsh exact", "saved 3 statements and 1 expectation to exact", "nsh a>");
    assert!(script.contains("a: expect exactly \"you are 127.0.0.1:") && script.ends_with("\\n\"\n"), "{script}");
    let script = prompt.saves("none.nsh none", "saved 3 statements to none.nsh", "nsh a>");
    assert!(!script.contains("expect"), "{script}");
    prompt.leaves();
    prompt.replays("line.nsh");
}

#[test]
fn what_failed_and_what_it_caused_is_left_out() {
    let mut prompt = Prompt::starts();
    prompt.types("listen tcp 0 echo as srv", &["srv listening"], "nsh>");
    prompt.types("connect $srv as a", &["srv.1 open"], "nsh a>");
    prompt.types(
        "repeat 2 { send \"lost\"; expect \"lo\"; expect \"never\" within 20ms }",
        &["did not hold"],
        "nsh a>",
    );
    prompt.types("frobnicate", &["unknown command"], "nsh a>");
    prompt.person.enters("print \"now\"; send \"kept\"; sleep 60s").sees("a ← 4 B  kept").types(CTRL_C);
    prompt.person.sees("interrupted").is_asked("nsh a>");
    let script = prompt.saves("left.nsh", "saved 4 statements and 1 expectation", "nsh a>");
    assert!(script.ends_with("print \"now\"\nsend \"kept\"\na: expect \"kept\"\n"), "{script}");
    prompt.leaves();
    prompt.replays("left.nsh");
}

#[test]
fn programs_are_saved_because_what_came_may_be_theirs() {
    let mut prompt = Prompt::starts();
    prompt.types("listen tcp 0 as srv", &["srv listening"], "nsh>");
    prompt.types("connect $srv as a", &["srv.1 open"], "nsh a>");
    prompt.types("!printf 'a file' > made-by-a-program", &[], "nsh a>");
    prompt.person.enters("if true {").enters("!true").enters("}").is_asked("nsh a>");
    prompt.types("!false", &["the program ended with code 1"], "nsh a>");
    prompt.types("send @made-by-a-program", &["srv.1 ← 6 B  a file"], "nsh a>");
    let told = "\nsaved 5 statements and 1 expectation to programs.nsh; 2 run programs with `!`,\nwhich have to be there too\n";
    let script = prompt.saves("programs.nsh", told, "nsh a>");
    assert!(
        script.starts_with("# Saved from the prompt of nsh.\n# The programs behind `!` have to be there"),
        "{script}"
    );
    assert!(script.contains("!printf 'a file' > made-by-a-program\nif true {\n    !true\n}\nsend @"), "{script}");
    assert!(!script.contains("!false"), "{script}");
    prompt.types("print \"no !\" # program", &["\nno !\n"], "nsh a>");
    let script = prompt.saves("since.nsh since 8", "saved 1 statement to since.nsh\n", "nsh a>");
    assert!(!script.contains("# The programs"), "{script}");
    prompt.leaves();
    prompt.replays("programs.nsh");
}

#[test]
fn what_was_typed_while_attached_is_not_saved() {
    let mut prompt = Prompt::starts();
    prompt.types("listen tcp 0 as srv", &["srv listening"], "nsh>");
    prompt.types("connect $srv as a", &["srv.1 open"], "nsh a>");
    prompt.person.enters("attach").is_asked("a»").enters("lost").sees("srv.1 ← 5 B  lost␊").types(CTRL_BRACKET);
    prompt.person.sees("a stays open").is_asked("nsh a>");
    prompt.types("sendln \"kept\"", &["srv.1 ← 5 B  kept␊"], "nsh a>");
    let script = prompt.saves("attach.nsh", "saved 3 statements and 1 expectation", "nsh a>");
    assert!(script.ends_with("sendln \"kept\"\nsrv.1: expect line \"kept\"\n"), "{script}");
    prompt.leaves();
    prompt.replays("attach.nsh");
}

#[test]
fn what_the_end_of_attached_input_did_is_not_expected() {
    let mut prompt = Prompt::starts();
    prompt.types("listen tcp 0 as srv", &["srv listening"], "nsh>");
    prompt.types("connect $srv as a", &["srv.1 open"], "nsh a>");
    prompt.person.enters("attach").is_asked("a»").types(CTRL_D).sees("srv.1 half-closed").types(CTRL_C);
    prompt.person.is_asked("nsh a>");
    let script = prompt.saves("attach.nsh", "saved 2 statements to attach.nsh", "nsh a>");
    assert!(script.ends_with("connect $srv as a\n"), "{script}");
    prompt.leaves();
    prompt.replays("attach.nsh");
}

#[test]
fn a_name_that_is_used_again_is_another_session() {
    let mut prompt = Prompt::starts();
    prompt.types("listen tcp 0 echo as srv", &["srv listening"], "nsh>");
    for text in ["one", "two"] {
        prompt.types("connect $srv as a", &["a connected"], "nsh a>");
        prompt.types(&format!("send \"{text}\""), &[&format!("a ← 3 B  {text}")], "nsh a>");
        prompt.types("close", &["a closed"], "nsh>");
    }
    let script = prompt.saves("twice.nsh", "saved 7 statements and 2 expectations", "nsh>");
    assert!(script.contains("send \"one\"\na: expect \"one\"\nclose\n"), "{script}");
    assert!(script.contains("send \"two\"\na: expect \"two\"\nclose\n"), "{script}");
    prompt.leaves();
    prompt.replays("twice.nsh");
}

#[test]
fn a_file_is_not_overwritten_unless_asked() {
    let mut prompt = Prompt::starts();
    prompt.types("save it.nsh", &["nothing was typed that could be saved"], "nsh>");
    prompt.types("print \"one\"", &["\none\n"], "nsh>");
    prompt.saves("it.nsh", "saved 1 statement to it.nsh", "nsh>");
    prompt.types("print \"two\"", &["\ntwo\n"], "nsh>");
    prompt.types("save it.nsh", &["`it.nsh` is there already", "`force=yes` overwrites it"], "nsh>");
    assert!(!prompt.file("it.nsh").contains("two"));
    prompt.saves("it.nsh force=yes", "saved 2 statements to it.nsh", "nsh>");
    assert!(prompt.file("it.nsh").contains("two"));
    prompt.types("save no/where.nsh", &["cannot write `no/where.nsh`"], "nsh>");
    prompt.types("listen tcp 0 as srv", &["srv listening"], "nsh>");
    prompt.types("stop srv", &["srv closed"], "nsh>");
    prompt.types("save half.nsh since 9", &["stands alone", "unknown session `srv`", "an earlier `since`"], "nsh>");
    assert!(!prompt.home.join("half.nsh").exists());
    prompt.leaves();
}

#[test]
fn secrets_are_not_saved() {
    let mut prompt = Prompt::starts();
    prompt.types("let token = \"s3cret\"", &[], "nsh>");
    prompt.types("secret token", &[], "nsh>");
    prompt.types("listen tcp 0 echo as srv", &["srv listening"], "nsh>");
    prompt.types("connect $srv as a", &["srv.1 open"], "nsh a>");
    prompt.types("sendln \"auth $token\"", &["a ← 9 B  auth ***"], "nsh a>");
    let script = prompt.saves("secret.nsh", ", with `***` for secrets", "nsh a>");
    assert!(script.contains("let token = \"***\"") && script.contains("expect line \"auth ***\""), "{script}");
    prompt.leaves();
    prompt.replays("secret.nsh");
}

#[test]
fn what_a_peer_says_by_itself_is_expected_where_it_came() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let udp = socket.local_addr().expect("it is bound").port();
    let mut prompt = Prompt::starts();
    prompt.types(&format!("connect 127.0.0.1 {port} as a"), &["a connected"], "nsh a>");
    let (mut peer, _) = listener.accept().expect("it connects");
    for part in ["lo", "gin", ": "] {
        peer.write_all(part.as_bytes()).expect("it is open");
        prompt.person.sees(&format!("  {part}\n").replace(" \n", "\n"));
    }
    prompt.person.is_asked("nsh a>");
    prompt.types("let x = 1", &[], "nsh a>");
    peer.write_all(&[b'x'; 5000]).expect("it is open");
    prompt.person.sees("x …").is_asked("nsh a>");
    prompt.types(&format!("connect udp 127.0.0.1 {udp} as u"), &["u connected"], "nsh u>");
    let script = prompt.saves("peer.nsh", "saved 3 statements and 2 expectations", "nsh u>");
    assert!(script.contains(" as a\na: expect \"login: \"\nlet x = 1\na: expect 5000 bytes\n"), "{script}");
    prompt.leaves();
}
