//! Ends that are no network: files, the standard streams, and packets through socket files.

use std::fs;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::support::{Door, Nsh, Process, Talk, foreign, nsh, python, script, until};

fn fifo(folder: &Path, name: &str) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, folder.join(name), rustix::fs::FileType::Fifo, mode, 0).expect("a fifo");
}

/// A started listener and its port.
fn listening(command: Nsh) -> (Process, u16) {
    let run = command.start();
    let port = run.told_port();
    (run, port)
}

#[test]
fn what_a_file_holds_is_received() {
    let long = "all work and no play\n".repeat(20_000);
    nsh("connect file ./long.txt").file("long.txt", &long).output().code(0).stdout(&long).stderr("");
    nsh("connect file /dev/null").output().code(0).stdout("").stderr("");
    script(
        "connect file ./words as f\nexpect line \"two\"\nexpect \"three\"\nexpect eof\nassert $f.peer ends \"words\"\n",
    )
    .file("words", "one\ntwo\nthree")
    .output()
    .code(0);
    script("connect file /dev/zero\nexpect 100000 bytes\nclose\n").output().code(0);
}

#[test]
fn what_is_sent_a_file_holds() {
    let run = nsh("connect file ./out open=write").file("out", "what was there before").stdin("abc").start();
    let folder = run.shared_folder();
    run.end().code(0).stdout("").stderr("");
    assert_eq!(folder.read("out"), b"abc");
    let again = |text: &str| script(text).output();
    let path = folder.path().join("out");
    let path = path.display();
    again(&format!("connect file {path} open=append as f\nsend \"def\"\nshutdown\nexpect closed\n")).code(0);
    assert_eq!(folder.read("out"), b"abcdef");
    again(&format!("connect file {path} open=both as f\nexpect 4 bytes\nsend \"X\"\nclose\n")).code(0);
    // What is written stands where the file had been read to.
    assert_eq!(folder.read("out"), b"abcdefX");
    let made = folder.path().join("made");
    again(&format!("connect file {} open=append\nsend \"new\"\nshutdown\nexpect closed\n", made.display())).code(0);
    assert_eq!(fs::read(made).expect("it was made"), b"new");
}

#[test]
fn what_cannot_be_opened_is_said() {
    for (words, complaint) in [
        ("./none", "cannot connect to file ./none: no such file or directory"),
        (".", "cannot connect to file .: is a directory"),
        ("./pipe open=write", "cannot connect to file ./pipe: nobody has it open for reading"),
        ("./none open=ajar", "`open` is read, write, append or both"),
    ] {
        let run = nsh(&format!("connect file {words}"));
        fifo(run.folder().path(), "pipe");
        run.output().code(1).stdout("").complains(complaint);
    }
    let reading = script("connect file ./lab.nsh\nsend \"abc\"\n").output();
    reading.code(1).complains("the file is open for reading");
    nsh("listen file ./in").output().code(1).complains("`file` only connects");
    nsh("connect tcp localhost 1 open=read").output().code(2).complains("`open` is an option of file");
}

#[test]
fn fifos_are_waited_for_at_both_ends() {
    let reader = nsh("connect file ./pipe");
    let folder = reader.folder();
    fifo(folder.path(), "pipe");
    let path = folder.path().join("pipe");
    let reader = reader.start();
    // Who opens it for writing waits for a reader itself.
    let writer = fs::OpenOptions::new().write(true).open(&path).expect("it is there");
    std::io::Write::write_all(&mut &writer, b"abc\n").expect("it is read");
    reader.wait_out("abc\n");
    drop(writer);
    reader.end().code(0).stdout("abc\n");
    let Some(cat) = foreign("cat") else { return };
    let cat = cat.arg(&path).start();
    until("a reader of the FIFO", || {
        let run = nsh("connect file").arg(&path).arg("open=write").stdin("def\n").output();
        run.err().is_empty().then_some(())
    });
    cat.end().code(0).stdout("def\n");
}

#[test]
fn a_relay_serves_a_file_and_fills_one() {
    let (server, port) =
        listening(nsh("relay 127.0.0.1:0 to file:in.txt open=read").file("in.txt", "0123456789\n".repeat(10_000)));
    for _ in 0..2 {
        assert_eq!(Talk::to(port).finish().all(), "0123456789\n".repeat(10_000).as_bytes());
    }
    server.stop();
    let (server, port) = listening(nsh("relay 127.0.0.1:0 to file:out.txt open=write"));
    Talk::to(port).send("first").finish().at_end();
    Talk::to(port).send("next").finish().at_end();
    assert_eq!(server.folder().read("out.txt"), b"next");
    server.stop();
}

#[test]
fn standard_input_and_output_are_relayed() {
    let (_echo, port) = listening(nsh("listen tcp 127.0.0.1:0 echo"));
    let noise = crate::support::noise(3_000_000);
    nsh(&format!("relay stdio to 127.0.0.1:{port}")).stdin(&noise).output().code(0).stdout(&noise);
    nsh(&format!("relay stdio to upper to 127.0.0.1:{port}")).stdin("abc\n").output().code(0).stdout("ABC\n");
    // Through TLS, as ssh's `ProxyCommand` would have it.
    let (_tls, tls) = listening(nsh("listen tls 127.0.0.1:0 upper"));
    nsh(&format!("relay stdio to tls:127.0.0.1:{tls} insecure=yes")).stdin("abc\n").output().code(0).stdout("ABC\n");
    let closed = Door::closed_port();
    nsh(&format!("relay stdio to 127.0.0.1:{closed}"))
        .output()
        .code(1)
        .stdout("")
        .complains(&format!("relay1.1 lost 127.0.0.1:{closed} for stdio: connection refused"))
        .complains("error: `relay1` ended: no target is left");
}

#[test]
fn a_relay_of_the_standard_streams_ends_as_netcat_does() {
    let door = Door::open();
    let run = nsh(&format!("relay stdio to 127.0.0.1:{}", door.port)).typed().start();
    let mut target = door.accept();
    run.type_in("abc\n");
    target.hears("abc\n").send("banner\n");
    // The target has finished: nobody waits for what might still be typed.
    drop(target);
    run.finish().code(0).stdout("banner\n");
    // Half-close: what is answered after the end of the input is printed.
    let run = nsh(&format!("relay stdio to 127.0.0.1:{}", door.port)).stdin("hi\n").start();
    let mut target = door.accept();
    target.hears("hi\n").at_end();
    target.send("late\n");
    drop(target);
    run.end().code(0).stdout("late\n");
}

#[test]
fn others_connect_through_to_standard_output() {
    let (server, port) = listening(nsh("relay 127.0.0.1:0 to stdio").typed());
    let mut first = Talk::to(port);
    first.send("abc\n");
    server.wait_out("abc\n").type_in("def\n");
    first.hears("def\n");
    let mut second = Talk::to(port);
    second.is_over();
    server.wait_err("somebody has them already");
}

#[test]
fn other_programs_run_us_as_a_server() {
    let nsh_path = env!("CARGO_BIN_EXE_nsh");
    let Some(socat) = foreign("socat") else { return };
    let door = Door::open();
    let socat = socat.arg(format!("TCP:127.0.0.1:{}", door.port)).arg(format!("EXEC:{nsh_path} -q listen stdio upper"));
    let socat = socat.start();
    let mut talk = door.accept();
    talk.send("abc\n").hears("ABC\n").finish().at_end();
    socat.end().code(0);
    let Some(ncat) = foreign("ncat") else { return };
    let ncat = ncat
        .words("-l 127.0.0.1 0 --sh-exec")
        .arg(format!("{nsh_path} -q -c 'listen stdio {{ on line {{ sendln \"you said $line\" }} }}; wait stdio1'"))
        .typed()
        .start();
    let mut talk = Talk::to(ncat.tcp_port());
    talk.send("hello\n").hears("you said hello\n").finish().at_end();
}

#[test]
fn a_script_talks_with_whoever_runs_it() {
    let text = "connect stdio as me\nsend \"name? \"\nexpect line /(?<name>.+)/\nsend \"hello $name\\n\"\n";
    let run = script(text).typed().start();
    run.wait_out("name? ").type_in("Ann\n");
    run.end().code(0).stdout("name? hello Ann\n");
    script("connect stdio as a\nconnect stdio as b\n").output().code(1).complains("somebody has them already");
    script("connect stdio as a\na: close\nconnect stdio as b\nb: send \"x\"\n").output().code(0).stdout("x");
    script("connect stdio as a\nexpect \"abc\"\nexpect eof\n").stdin("abc").output().code(0);
}

#[test]
fn the_standard_streams_are_not_joined_to_themselves() {
    for words in ["connect stdio", "listen stdio"] {
        nsh(words).output().code(2).complains("would join standard input and output to themselves");
    }
    nsh("connect stdio:x").output().code(2).complains("expected nothing behind it");
}

#[test]
fn packets_keep_their_boundaries() {
    script(
        "listen seqpacket ./s upper as srv\nconnect seqpacket ./s as a\nsend \"one\"\nsend \"two\"\nsend \"\"\n\
         expect datagram \"ONE\"\nexpect datagram \"TWO\"\nexpect datagram \"\"\nshutdown\nexpect eof\n\
         listen seqpacket @nsh-$a.out as abs\nconnect $abs as b\nb: send x\"00 ff\"\nabs: expect datagram x\"00 ff\"\n",
    )
    .output()
    .code(0);
    script("listen seqpacket ./s as srv\nconnect $srv as a\nsend \"x\" kind=text\n")
        .output()
        .code(2)
        .complains("`a` has no kinds of messages");
    let run = nsh("listen seqpacket ./s echo").start();
    run.wait_err("listening on seqpacket ./s");
    let folder = run.shared_folder();
    assert!(folder.has("s"));
    run.stop();
    assert!(!folder.has("s"), "the socket file is removed");
    nsh("connect seqpacket ./none").output().code(1).complains("cannot connect to seqpacket ./none");
}

#[test]
fn packets_go_to_and_from_others() {
    let run =
        script("listen seqpacket ./s as srv { on data { send \"$data!\" } }\nprint \"ready\"\nwait srv\n").start();
    run.wait_out("ready");
    let Some(peer) = python("seqpacket.py", "client s") else { return };
    peer.in_folder_of(&run).output().code(0).stdout("[b'one!', b'!', b'three!', b'']\n");
    let Some(socat) = foreign("socat") else { return };
    let socat = socat.words("-t5 - UNIX-CONNECT:s,socktype=5").in_folder_of(&run).typed().start();
    socat.type_in("abc").wait_out("abc!");
    drop(socat);
    run.stop();
    let Some(peer) = python("seqpacket.py", "server s") else { return };
    let peer = peer.start();
    peer.wait_out("ready");
    nsh("connect seqpacket ./s").in_folder_of(&peer).stdin("abc").output().code(0).stdout("<abc>");
    peer.end().code(0);
}

#[test]
fn a_relay_carries_packets_to_streams_and_back() {
    let (_echo, port) = listening(nsh("listen tcp 127.0.0.1:0 echo"));
    script(&format!(
        "relay seqpacket ./s -> tcp:127.0.0.1:{port} as r\nconnect seqpacket ./s as a\nsend \"abc\"\nexpect \"abc\"\n\
         listen ws 0 echo as web\nrelay seqpacket ./t -> ws:127.0.0.1:$web.port as q\nconnect seqpacket ./t as b\n\
         b: send \"one\"\nb: send \"two\"\nb: expect datagram \"one\"\nb: expect datagram \"two\"\n",
    ))
    .output()
    .code(0);
}

#[test]
fn machines_are_numbers_and_ports() {
    let kernel = socket2::Socket::new(socket2::Domain::VSOCK, socket2::Type::STREAM, None);
    if kernel.is_err() {
        nsh("listen vsock *:0").output().code(1).complains("address family not supported here");
        return;
    }
    let run = nsh("listen vsock *:0 echo").start();
    run.wait_err("listening on vsock *:").wait_err("open to other machines");
    run.stop();
    for (words, complaint) in [
        ("listen vsock x:1", "expected a machine: a number, `host`, `local` or `*`"),
        ("listen vsock 1:x", "expected a port from 0 to 4294967295"),
        ("listen vsock ./s", "expected a port from 0 to 4294967295"),
    ] {
        nsh(words).output().code(2).complains(complaint);
    }
    nsh("connect vsock *:1").output().code(1).complains("`*` is every machine: name one to connect to");
}

#[test]
fn a_fifo_that_nobody_reads_is_a_target_that_is_lost() {
    let run = nsh("relay 127.0.0.1:0 to file:pipe retry=2 every 1ms");
    let folder = run.folder();
    fifo(folder.path(), "pipe");
    let (server, port) = listening(run);
    for _ in 0..3 {
        let mut talk = Talk::to(port);
        let client = talk.local();
        talk.is_over();
        server.wait_err(format!("lost file:pipe for {client}: nobody has it open for reading\n"));
    }
    let Some(cat) = foreign("cat") else { return };
    let path = folder.path().join("pipe");
    let cat = cat.arg(&path).start();
    let (flags, mode) = (OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty());
    let writer = until("a reader of the FIFO", || rustix::fs::open(&path, flags, mode).ok());
    Talk::to(port).send("abc\n").finish().at_end();
    drop(writer);
    cat.end().code(0).stdout("abc\n");
    server.stop();
}

#[test]
fn a_fifo_that_nobody_reads_is_never_waited_for() {
    let door = Door::open();
    for (words, complaint) in [
        ("listen tcp 127.0.0.1:0 file pipe", "cannot open pipe: nobody has it open for reading"),
        ("serve http . 127.0.0.1:0 log=pipe", "nobody has it open for reading"),
        ("--log pipe listen tcp 127.0.0.1:0 echo", "cannot write `pipe`: nobody has it open for reading"),
        (&format!("connect 127.0.0.1 {} log=pipe", door.port), "nobody has it open for reading"),
        ("run log.nsh", "nobody has it open for reading"),
    ] {
        let run = nsh(words).file("log.nsh", "log \"pipe\"\n");
        fifo(run.folder().path(), "pipe");
        run.output().failed().stdout("").complains(complaint);
    }
}
