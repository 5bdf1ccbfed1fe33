//! Relays and what can go wrong with those at their ends, and with the system.

use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::support::{
    Door, Mailbox, Process, Talk, descriptors, next_descriptor, noise, nsh, python, resident, settled, until,
};

/// A relay to that door, which tells everything; and its port.
#[track_caller]
fn relay(door: &Door) -> (Process, u16) {
    let text = format!("relay 127.0.0.1:0 -> 127.0.0.1:{} as r\nprint \"at $r.port\"\nwait r\n", door.port);
    let run = nsh("run lab.nsh").file("lab.nsh", text).start();
    let port = run.out_line("at ").parse().expect("a port");
    (run, port)
}

/// Waits until the relay has told that it lost a target, ends it, and says that it told so once and for whom.
#[track_caller]
fn lost_once(run: Process, client: std::net::SocketAddr) {
    run.wait_err("lost ");
    let output = run.stop();
    assert_eq!(output.err().matches("lost ").count(), 1, "{}", output.err());
    output.complains(&format!(" for {client}: "));
}

#[test]
fn a_target_may_vanish_at_every_stage_of_a_connection() {
    type Vanish = fn(Door, &mut Talk);
    let stages: [(&str, Vanish); 6] = [
        ("while it waits to be accepted", |door, client| {
            client.send("question");
            drop(door);
        }),
        ("when it has been accepted", |door, _| door.accept().reset()),
        ("after the first byte", |door, client| {
            let mut target = door.accept();
            target.send("a");
            client.hears("a");
            target.reset();
        }),
        ("with a question unread", |door, client| {
            client.send("question");
            let mut target = door.accept();
            target.hears("quest");
            drop(target);
        }),
        ("in the middle of a stream", |door, client| {
            let mut target = door.accept();
            let mut sender = client.again();
            let sending = std::thread::spawn(move || sender.offer(vec![0; 64 << 20]));
            target.take(1 << 20);
            target.reset();
            assert!(!sending.join().expect("it ends"), "nobody took it");
        }),
        ("after the client has finished", |door, client| {
            client.send("question").finish();
            let mut target = door.accept();
            target.hears("question").at_end();
            target.reset();
        }),
    ];
    for (stage, vanish) in stages {
        let door = Door::open();
        let (run, port) = relay(&door);
        let mut client = Talk::to(port);
        run.wait_err("r.1 reached ");
        vanish(door, &mut client);
        assert_eq!(client.rest(), b"", "{stage}");
        lost_once(run, client.local());
    }
}

#[test]
fn a_client_may_vanish_at_every_stage_and_the_relay_goes_on() {
    let door = Door::open();
    let (run, port) = relay(&door);
    Talk::to(port).reset();
    door.accept().is_reset();
    let mut client = Talk::to(port);
    client.send("question");
    let mut target = door.accept();
    target.hears("question");
    client.reset();
    target.is_reset();
    let mut client = Talk::to(port);
    client.finish();
    let mut target = door.accept();
    target.at_end();
    client.reset();
    // Its reset is told by the next that is sent, and at once.
    until("the reset", || (!target.offer("unwanted")).then_some(()));
    let mut client = Talk::to(port);
    client.send("still there?");
    door.accept().hears("still there?").send("yes");
    client.hears("yes");
    run.stop().code(143);
}

#[test]
fn datagrams_to_a_dead_port_are_told_of_once() {
    let dead = Mailbox::open().port;
    let run = nsh(&format!("relay udp 127.0.0.1:0 -> 127.0.0.1:{dead}")).start();
    let port = run.udp_port();
    let client = Mailbox::open();
    client.send(port, "first");
    run.wait_err("lost ");
    for _ in 0..50 {
        client.send(port, "another");
    }
    // It goes on being tried.
    let target = Mailbox::at(&format!("127.0.0.1:{dead}"));
    client.send(port, "last");
    until("the last datagram", || (target.take().0 == b"last").then_some(()));
    let output = run.stop();
    assert_eq!(output.err().matches("lost ").count(), 1, "{}", output.err());
    output.complains(&format!("for 127.0.0.1:{}: connection refused", client.port));
}

#[test]
fn a_sink_that_stops_reading_stops_the_sender_and_gets_everything_later() {
    let door = Door::open();
    let (run, port) = relay(&door);
    let data = noise(64 << 20);
    let mut client = Talk::to(port);
    let mut target = door.accept();
    let before = resident(run.id());
    let sending = std::thread::spawn({
        let data = data.clone();
        move || {
            client.send(data).finish();
            client
        }
    });
    let stalled = settled("the memory", Duration::from_millis(500), || resident(run.id()) / 1024);
    assert!(stalled < before / 1024 + 16, "{stalled} MiB");
    assert!(!sending.is_finished(), "the stream was swallowed");
    assert!(target.all() == data, "something was lost");
    target.finish();
    sending.join().expect("it ends").at_end();
    run.stop();
}

#[test]
fn without_descriptors_what_moves_goes_on_and_others_come_in_when_there_are_some_again() {
    let door = Door::open();
    let (run, port) = relay(&door);
    let mut client = Talk::to(port);
    let mut target = door.accept();
    client.send("before");
    target.hears("before");
    let limit = |descriptors| {
        let limit = Rlimit { current: Some(descriptors), maximum: getrlimit(Resource::Nofile).maximum };
        prlimit(Pid::from_raw(run.id().cast_signed()), Resource::Nofile, limit).expect("it is ours")
    };
    let next = next_descriptor(run.id());
    let old = limit(next);
    let other = Talk::to(port);
    run.wait_err("cannot accept for now: too many open files");
    // Now it is accepted, but there is none for its target.
    limit(next + 1);
    run.wait_err("lost ");
    client.send("meanwhile");
    target.hears("meanwhile").send("yes");
    client.hears("yes");
    prlimit(Pid::from_raw(run.id().cast_signed()), Resource::Nofile, old).expect("it is ours");
    drop(other);
    let mut late = Talk::to(port);
    late.send("late");
    until("the late one", || door.accept().rest_starts_with(b"late").then_some(()));
    run.stop().complains("lost ").complains("too many open files in this process");
}

#[test]
fn ten_thousand_connections_in_a_burst_are_served_and_leave_nothing_behind() {
    let run = nsh("run -q lab.nsh")
        .file("lab.nsh", "listen tcp 0 echo as srv\nrelay 0 -> $srv as r\nprint \"at $r.port\"\nwait r\n")
        .start();
    let port = run.out_line("at ");
    let burst = || python("burst_client.py", &format!("{port} 10000 1000"));
    let Some(first) = burst() else { return };
    let before = descriptors(run.id());
    first.output().code(0).stdout("10000 connections served\n");
    // Pipes and pooled buffers stay, a few for each thread.
    let kept = until("the descriptors", || Some(descriptors(run.id())).filter(|now| *now < before + 64));
    let memory = resident(run.id());
    let Some(second) = burst() else { return };
    second.output().code(0).stdout("10000 connections served\n");
    until("the descriptors", || (descriptors(run.id()) <= kept + 32).then_some(()));
    let more = resident(run.id()).saturating_sub(memory);
    assert!(more < 16 * 1024, "{more} KiB more after as many connections again");
    run.stop();
}
