//! Handlers: what ends a flow, over real connections.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sockshell::net::flow::{Happening, serve};
use sockshell::net::listener::Admission;
use sockshell::net::stage::Call;
use sockshell::net::{Connection, Framing};

use super::support::*;

/// Sends everything, finishes, and receives everything.
async fn ask(transport: &str, calls: &[Call], data: &[u8]) -> (Vec<u8>, Server) {
    let folder = Folder::new();
    let server = Server::start(named(transport), &folder, calls).await;
    let client = connect(named(transport), server.place.clone()).await;
    let (sender, data) = (Arc::clone(&client), data.to_vec());
    let sending = tokio::spawn(async move {
        let _ = sender.send(&data).await;
        let _ = sender.finish().await;
    });
    let answer = match client.framing() {
        Framing::Stream => read_all(&client).await.unwrap(),
        Framing::Datagram => read_datagram(&client).await,
    };
    soon(sending).await.unwrap();
    (answer, server)
}

#[tokio::test]
async fn a_pipeline_that_transforms_answers_the_sender() {
    assert_eq!(ask("tcp", &[call("upper", vec![])], "héllo\n".as_bytes()).await.0, "HÉLLO\n".as_bytes());
    assert_eq!(ask("udp", &[call("upper", vec![])], b"hello").await.0, b"HELLO");
    let data = noise(4 * 1024 * 1024);
    let (answer, _) = ask("tcp", &[call("lf", vec![]), call("crlf", vec![])], &data).await;
    assert!(answer.len() >= data.len());
}

#[tokio::test]
async fn print_shows_and_discard_is_silent() {
    let (answer, server) = ask("tcp", &[call("print", vec![])], b"hello\n").await;
    assert_eq!((answer, server.notes.shown()), (vec![], b"hello\n".to_vec()));
    let (answer, server) = ask("tcp", &[call("discard", vec![])], &noise(1_000_000)).await;
    assert_eq!((answer, server.notes.shown()), (vec![], vec![]));
}

#[tokio::test]
async fn reply_and_daytime_are_heard_whatever_is_sent() {
    for data in [0, 3_000_000].map(noise) {
        assert_eq!(ask("tcp", &[call("reply", vec![text("no\n")])], &data).await.0, b"no\n");
    }
    assert_eq!(ask("udp", &[call("reply", vec![text("no\n")])], b"?").await.0, b"no\n");
    let (time, _) = ask("tcp", &[call("daytime", vec![])], b"").await;
    assert!(time.starts_with(b"20") && time.ends_with(b"Z\r\n"), "{}", time.escape_ascii());
}

#[tokio::test]
async fn chargen_goes_on_until_the_peer_closes() {
    let folder = Folder::new();
    let server = Server::start(named("tcp"), &folder, &[call("chargen", vec![])]).await;
    let client = connect(named("tcp"), server.place.clone()).await;
    client.finish().await.unwrap();
    let text = read_exactly(&client, 74 * 95 * 30).await;
    assert_eq!(&text[..74], &b"\x20!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n"[..]);
    assert_eq!(&text[74..148], &b"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n"[..]);
    assert!(text[74 * 95..].starts_with(&text[..74 * 95]));
}

async fn room(names: bool, transport: &str, count: usize) -> (Server, Vec<Connection>, Folder) {
    let folder = Folder::new();
    let chat = if names { option(call("chat", vec![]), "names") } else { call("chat", vec![]) };
    let server = Server::start(named(transport), &folder, &[chat]).await;
    let mut members = Vec::new();
    for _ in 0..count {
        members.push(connect(named(transport), server.place.clone()).await);
    }
    // A member is in when it hears another: the first says so until all have heard.
    for index in 1..count {
        loop {
            members[0].send(b"?\n").await.unwrap();
            let heard = tokio::time::timeout(Duration::from_millis(20), async {
                members[index].receive(&mut bytes::BytesMut::new()).await.unwrap();
            });
            if heard.await.is_ok() {
                break;
            }
        }
    }
    (server, members, folder)
}

/// Reads until the line has come, and gives all that was heard.
async fn hear(member: &Connection, line: &str) -> String {
    let mut heard = bytes::BytesMut::new();
    loop {
        soon(member.receive(&mut heard)).await.unwrap();
        let text = std::str::from_utf8(&heard).unwrap();
        if text.contains(line) {
            return text.to_owned();
        }
    }
}

#[tokio::test]
async fn in_a_chat_the_others_hear_and_the_speaker_does_not() {
    let (_server, members, _folder) = room(false, "tcp", 3).await;
    members[1].send(b"from-b\n").await.unwrap();
    hear(&members[0], "from-b\n").await;
    hear(&members[2], "from-b\n").await;
    members[2].send(b"from-c\n").await.unwrap();
    assert!(!hear(&members[1], "from-c\n").await.contains("from-b"));
}

#[tokio::test]
async fn a_chat_with_names_says_who() {
    let (_server, members, _folder) = room(true, "tcp", 2).await;
    members[1].send(b"half ").await.unwrap();
    members[1].send(b"a line\n").await.unwrap();
    hear(&members[0], &format!("{}: half a line\n", members[1].local())).await;
}

/// How the program ended, once it has.
async fn ended(notes: &Notes) -> Option<i32> {
    let code = || {
        notes.told.lock().unwrap().iter().find_map(|told| match told {
            Happening::ProgramEnded(code) => Some(*code),
            _ => None,
        })
    };
    soon(async {
        loop {
            match code() {
                Some(code) => break code,
                None => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    })
    .await
}

#[tokio::test]
async fn in_a_chat_who_reads_nothing_silences_nobody() {
    let (_server, members, _folder) = room(false, "tcp", 3).await;
    let (speaker, data) = (Arc::clone(&members[0]), noise(16 * 1024 * 1024));
    speaker.send(b"now\n").await.unwrap();
    hear(&members[1], "now\n").await;
    let speech = data.clone();
    tokio::spawn(async move { speaker.send(&speech).await });
    let heard = read_exactly(&members[1], data.len()).await;
    assert!(heard == data, "the one who listens hears everything");
    let mut silent = Vec::new();
    let mut piece = bytes::BytesMut::new();
    while let Ok(received) = soon(members[2].receive(&mut piece)).await {
        silent.extend_from_slice(&piece.split());
        if received == sockshell::net::Received::End {
            break;
        }
    }
    assert!(silent.len() < data.len(), "the one who does not is out");
}

#[tokio::test]
async fn exec_joins_a_program_to_the_connection() {
    let data = noise(4 * 1024 * 1024);
    let (answer, server) = ask("tcp", &[call("exec", vec![text("cat")])], &data).await;
    assert!(answer == data);
    assert_eq!(ended(&server.notes).await, Some(0));
    assert_eq!(ask("udp", &[call("exec", vec![text("cat")])], b"abc\n").await.0, b"abc\n");
    assert_eq!(ask("tcp", &[call("exec", vec![text("echo 'a  b' \"c\"")])], b"").await.0, b"a  b c\n");
    assert_eq!(ask("tcp", &[option(call("exec", vec![text("echo ABC")]), "crlf")], b"").await.0, b"ABC\r\n");
}

#[tokio::test]
async fn exec_answers_before_it_ends_whatever_is_left_unread() {
    for _ in 0..5 {
        let head = [call("exec", vec![text("head -c 1 > /dev/null; echo done; exit 3")])];
        let (answer, server) = ask("tcp", &head, &noise(2_000_000)).await;
        assert_eq!(answer, b"done\n");
        assert_eq!(ended(&server.notes).await, Some(3));
    }
}

#[tokio::test]
async fn exec_tells_the_program_who_is_there_and_leaks_no_descriptor() {
    let folder = Folder::new();
    let show = "echo $NSH_PROTOCOL $NCAT_PROTO $NSH_REMOTE_HOST:$NSH_REMOTE_PORT $NCAT_LOCAL_ADDR:$NCAT_LOCAL_PORT";
    let server = Server::start(named("tcp"), &folder, &[call("exec", vec![text(show)])]).await;
    let client = connect(named("tcp"), server.place.clone()).await;
    let said = String::from_utf8(read_all(&client).await.unwrap()).unwrap();
    assert_eq!(said, format!("tcp TCP {} {}\n", client.local(), client.peer()));
    if cfg!(all(target_os = "linux", not(portable))) {
        // What the test itself inherited is not ours to close.
        let list = "ls /proc/self/fd | tr '\\n' ' '";
        let inherited = std::process::Command::new("/bin/sh").args(["-c", list]).output().unwrap().stdout;
        let (open, _) = ask("tcp", &[call("exec", vec![text(list)])], b"").await;
        assert_eq!(open.escape_ascii().to_string(), inherited.escape_ascii().to_string());
    }
}

#[tokio::test]
async fn exec_is_over_with_its_conversation() {
    let folder = Folder::new();
    let path = folder.join("pid");
    let command = format!("sleep 1000 & echo $$ > {0}.part; mv {0}.part {0}; wait", path.display());
    let server = Server::start(named("tcp"), &folder, &[call("exec", vec![text(&command)])]).await;
    let client = connect(named("tcp"), server.place.clone()).await;
    let pid = soon(async {
        loop {
            match std::fs::read_to_string(&path) {
                Ok(pid) => break pid.trim().to_owned(),
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    })
    .await;
    client.reset().unwrap();
    drop(client);
    soon(async {
        while std::path::Path::new("/proc").join(&pid).exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn file_writes_what_comes() {
    let folder = Folder::new();
    let path = folder.join("log");
    std::fs::write(&path, "old\n").unwrap();
    let file = || call("file", vec![text(path.to_str().unwrap())]);
    ask("tcp", &[option(file(), "append")], b"new\n").await;
    assert_eq!(std::fs::read(&path).unwrap(), b"old\nnew\n");
    ask("tcp", &[file()], b"newer\n").await;
    assert_eq!(std::fs::read(&path).unwrap(), b"newer\n");
}

#[tokio::test]
async fn silence_ends_a_conversation_and_counters_tell_what_moved() {
    let folder = Folder::new();
    let mut listener = listen(named("tcp"), &folder).await;
    let client = connect(named("tcp"), place_of(&listener.local()[0])).await;
    let notes = Arc::new(Notes { watching: true, ..Notes::default() });
    let mut conversation = conversation(accept(&mut *listener).await, &notes);
    conversation.idle = Some(Duration::from_millis(50));
    let counters = Arc::clone(&conversation.counters);
    let serving = tokio::spawn(serve(conversation, &pipeline(&[call("upper", vec![])])));
    client.send(b"line\n").await.unwrap();
    assert_eq!(read_exactly(&client, 5).await, b"LINE\n");
    let ended = soon(serving).await.unwrap().unwrap_err();
    assert_eq!(ended.kind(), std::io::ErrorKind::TimedOut);
    assert_eq!((counters.received.load(Ordering::Relaxed), counters.sent.load(Ordering::Relaxed)), (5, 5));
    let told = notes.told.lock().unwrap();
    assert!(
        matches!(&told[..], [Happening::Received(came), Happening::Sent(went)] if came == "line\n" && went == "LINE\n")
    );
}

#[tokio::test]
async fn a_reset_is_told() {
    let folder = Folder::new();
    let mut listener = listen(named("tcp"), &folder).await;
    let client = connect(named("tcp"), place_of(&listener.local()[0])).await;
    let server = accept(&mut *listener).await;
    let serving = tokio::spawn(serve(conversation(server, &Arc::default()), &pipeline(&[])));
    client.reset().unwrap();
    drop(client);
    let ended = soon(serving).await.unwrap().unwrap_err();
    assert_eq!(ended.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn hundreds_of_clients_at_once() {
    let folder = Folder::new();
    let server = Server::with(named("tcp"), &folder, Admission::default(), &[call("upper", vec![])]).await;
    let mut clients = Vec::new();
    for _ in 0..400 {
        clients.push(connect(named("tcp"), server.place.clone()).await);
    }
    for client in &clients {
        client.send(b"ok\n").await.unwrap();
    }
    for client in &clients {
        assert_eq!(read_exactly(client, 3).await, b"OK\n");
    }
}
