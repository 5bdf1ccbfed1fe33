//! Section 4: the hub, and D9: many clients on one upstream connection.

use super::{client, listening};
use crate::support::{Door, Process, Talk, nsh, until};

/// A started hub and `count` people whom it has accepted.
fn hub(words: &str, count: usize) -> (Process, Vec<Talk>) {
    let run = nsh("-v listen tcp 127.0.0.1:0 chat").words(words).typed().start();
    let port = run.told_port();
    let people = (0..count)
        .map(|number| {
            let person = Talk::to(port);
            run.wait_err(format!("tcp1.{}", number + 1));
            person
        })
        .collect();
    (run, people)
}

/// Returns when all of them hear each other: an accepted connection joins the hub a moment later.
fn gather(people: &mut [Talk]) {
    let pairs = |count: usize| (0..count).flat_map(move |a| (0..count).filter(move |b| *b != a).map(move |b| (a, b)));
    for (speaker, listener) in pairs(people.len()) {
        let hello = format!("hello of {speaker}");
        until(&hello, || {
            people[speaker].send(format!("{hello}\n"));
            people[listener].lines_until_quiet().contains(&hello).then_some(())
        });
    }
    for person in people {
        person.lines_until_quiet();
    }
}

#[test]
fn d1_two_people_hear_each_other() {
    let (_run, mut people) = hub("", 2);
    gather(&mut people);
    people[1].send("abc\n");
    people[0].hears("abc\n").send("abc\n");
    people[1].hears("abc\n");
}

#[test]
fn d2_everybody_but_who_said_it() {
    let (_run, mut people) = hub("", 3);
    gather(&mut people);
    people[0].send("from-a\n");
    people[1].hears("from-a\n");
    people[2].hears("from-a\n");
    people[0].is_silent();
}

#[test]
fn d3_what_is_typed_on_the_server_goes_to_everybody() {
    let (run, mut people) = hub("", 3);
    gather(&mut people);
    run.type_in("from the server\n");
    for person in &mut people {
        person.hears("from the server\n");
    }
}

#[test]
fn d4_a_hub_that_only_sends() {
    let (run, mut people) = hub("only=send", 2);
    for person in &mut people {
        until("the server's line", || {
            run.type_in("server\n");
            person.lines_until_quiet().contains(&"server".to_owned()).then_some(())
        });
    }
    people[0].send("abc\n");
    assert!(people[1].lines_until_quiet().iter().all(|line| line == "server"));
}

#[test]
fn d5_a_hub_that_only_receives() {
    let (run, mut people) = hub("only=recv", 2);
    for _ in 0..5 {
        run.type_in("server\n");
        people[0].send("abc\n");
        for person in &mut people {
            assert!(person.lines_until_quiet().is_empty());
        }
    }
}

#[test]
fn d6_families_hear_each_other() {
    let run = nsh("-v listen tcp 0 chat").start();
    let port = run.told_port();
    let four = Talk::to_address(&format!("127.0.0.1:{port}"));
    run.wait_err("tcp1.1");
    let six = Talk::to_address(&format!("[::1]:{port}"));
    run.wait_err("tcp1.2");
    let mut people = [four, six];
    gather(&mut people);
    people[0].send("from four\n");
    people[1].hears("from four\n").send("from six\n");
    people[0].hears("from six\n");
}

#[test]
fn d2_a_client_of_nsh_is_a_person_too() {
    let (run, port) = listening(nsh("-v listen tcp 127.0.0.1:0 chat"));
    let mut person = Talk::to(port);
    run.wait_err("tcp1.1");
    let other = client(port, "").typed().start();
    run.wait_err("tcp1.2");
    until("the line of nsh", || {
        other.type_in("from nsh\n");
        person.lines_until_quiet().contains(&"from nsh".to_owned()).then_some(())
    });
    person.send("back\n");
    other.wait_out("back\n");
}

#[test]
fn d2_a_speaker_hears_itself_when_asked() {
    let (_run, mut people) = hub("echo=yes", 2);
    gather(&mut people);
    people[0].send("abc\n").hears("abc\n");
    people[1].hears("abc\n");
}

#[test]
fn d7_who_joins_and_leaves_is_told_to_the_others() {
    let (run, mut people) = hub("joins=yes names=yes", 1);
    let mut second = Talk::to(run.told_port());
    let name = second.local();
    people[0].hears(format!("{name} joined\n"));
    second.send("hi\n");
    people[0].hears(format!("{name}: hi\n"));
    second.finish();
    people[0].hears(format!("{name} left\n"));
    let third = Talk::to(run.told_port());
    let name = third.local();
    people[0].hears(format!("{name} joined\n"));
    third.reset();
    people[0].hears(format!("{name} left\n"));
}

#[test]
fn d8_people_with_ncat_and_over_other_transports_share_a_hub() {
    let (run, mut people) = hub("", 1);
    let Some(ncat) = crate::support::foreign("ncat") else { return };
    let ncat = ncat.words(&format!("127.0.0.1 {}", run.told_port())).typed().start();
    until("it has joined", || {
        people[0].send("hello\n");
        ncat.out().starts_with(b"hello\n").then_some(())
    });
    ncat.type_in("from ncat\n");
    people[0].hears("from ncat\n");
}

#[test]
fn d2_who_leaves_harms_nobody() {
    let (run, mut people) = hub("", 3);
    gather(&mut people);
    people.remove(1).reset();
    people[0].send("still here\n");
    people[1].hears("still here\n");
    run.stop().code(143).stdout("");
}

#[test]
fn d9_many_clients_share_one_upstream_connection() {
    let upstream = Door::open();
    let run = nsh("run mux.nsh")
        .words(&upstream.port.to_string())
        .file("mux.nsh", "listen tcp 0 as srv\nconnect 127.0.0.1 $1 as up\njoin srv.* up\nwait srv\n")
        .start();
    let mut server = upstream.accept();
    let port = run.told_port();
    let (mut one, mut other) = (Talk::to(port), Talk::to(port));
    one.send("a\n");
    server.hears("a\n");
    other.send("b\n");
    server.hears("b\n").send("a\nb\n");
    one.hears("a\nb\n");
    other.hears("a\nb\n");
}
