//! Section 4: the hub. D9, many clients on one upstream connection, is no form of nsh's relay.

use super::{client, listening};
use crate::support::{Process, Talk, nsh};

/// A started hub, its port, and `count` people who are all in.
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

#[test]
fn d1_two_people_hear_each_other() {
    let (_run, mut people) = hub("", 2);
    people[1].send("abc\n");
    people[0].hears("abc\n").send("abc\n");
    people[1].hears("abc\n");
}

#[test]
fn d2_everybody_but_who_said_it() {
    let (_run, mut people) = hub("", 3);
    people[0].send("from-a\n");
    people[1].hears("from-a\n");
    people[2].hears("from-a\n");
    people[0].is_silent();
}

#[test]
fn d3_what_is_typed_on_the_server_goes_to_everybody() {
    let (run, mut people) = hub("", 3);
    run.type_in("from the server\n");
    for person in &mut people {
        person.hears("from the server\n");
    }
}

#[test]
fn d4_a_hub_that_only_sends() {
    let (run, mut people) = hub("only=send", 2);
    people[0].send("abc\n");
    people[1].is_silent();
    run.type_in("server\n");
    people[0].hears("server\n");
    people[1].hears("server\n");
}

#[test]
fn d5_a_hub_that_only_receives() {
    let (run, mut people) = hub("only=recv", 2);
    run.type_in("server\n");
    people[0].send("abc\n");
    people[0].is_silent();
    people[1].is_silent();
}

#[test]
fn d6_families_hear_each_other() {
    let run = nsh("-v listen tcp 0 chat").start();
    let port = run.told_port();
    let mut four = Talk::to_address(&format!("127.0.0.1:{port}"));
    run.wait_err("tcp1.1");
    let mut six = Talk::to_address(&format!("[::1]:{port}"));
    run.wait_err("tcp1.2");
    four.send("from four\n");
    six.hears("from four\n").send("from six\n");
    four.hears("from six\n");
}

#[test]
fn d2_a_client_of_nsh_is_a_person_too() {
    let (run, port) = listening(nsh("-v listen tcp 127.0.0.1:0 chat"));
    let mut person = Talk::to(port);
    run.wait_err("tcp1.1");
    let other = client(port, "").typed().start();
    run.wait_err("tcp1.2");
    other.type_in("from nsh\n");
    person.hears("from nsh\n").send("back\n");
    other.wait_out("back\n");
}

#[test]
fn d2_who_leaves_harms_nobody() {
    let (run, mut people) = hub("", 3);
    people.remove(1).reset();
    people[0].send("still here\n");
    people[1].hears("still here\n");
    run.stop().code(143).stdout("");
}
