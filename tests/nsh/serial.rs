//! Serial lines, on pseudo-terminals.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;

use pty_process::blocking::{Pts, Pty, open};
use rustix::termios::{ControlModes, InputModes, LocalModes, tcgetattr};

use crate::support::{nsh, script, until};

/// A line: the end that is ours, the device, and its path.
fn line() -> (Pty, Pts, String) {
    let (pty, pts) = open().expect("a pseudo-terminal");
    let path = std::fs::read_link(format!("/proc/self/fd/{}", pts.as_raw_fd())).expect("its path");
    (pty, pts, path.to_str().expect("a plain path").to_owned())
}

#[test]
fn bytes_pass_as_they_are() {
    let (pty, _device, path) = line();
    let client = nsh(&format!("connect serial {path} eof=keep")).typed().start();
    client.type_in(b"AT\r\0\x03\xff\n");
    let mut heard = [0; 7];
    let mut ours = File::from(std::os::fd::OwnedFd::from(pty));
    ours.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"AT\r\0\x03\xff\n");
    ours.write_all(b"OK\r\n\0\x04\xff").unwrap();
    client.wait_out(b"OK\r\n\0\x04\xff");
    drop(ours);
    client.finish().code(0).stdout(b"OK\r\n\0\x04\xff");
}

#[test]
fn a_line_is_as_asked_for() {
    let (pty, device, path) = line();
    let options = "baud=9600 bits=7 parity=even stop=2 flow=software";
    let client = nsh(&format!("connect serial {path} {options}")).typed().start();
    let modes = until("the line is set", || {
        let modes = tcgetattr(&device).expect("a terminal");
        (modes.output_speed() == 9600).then_some(modes)
    });
    // A pseudo-terminal has eight bits whatever it is told (tty(4)); the rest it remembers.
    assert!(modes.control_modes.contains(ControlModes::CSTOPB | ControlModes::CLOCAL));
    assert!(modes.input_modes.contains(InputModes::IXON | InputModes::IXOFF));
    assert!(!modes.local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
    drop((pty, device));
    client.finish().code(0);
}

#[test]
fn a_script_talks_over_a_line_and_a_relay_offers_it() {
    let (pty, _device, path) = line();
    std::thread::spawn(move || {
        let mut ours = File::from(std::os::fd::OwnedFd::from(pty));
        let mut heard = [0; 64];
        while let Ok(count) = ours.read(&mut heard)
            && ours.write_all(&heard[..count]).is_ok()
        {}
    });
    let text = format!(
        "connect serial {path} as s\ns: send \"one\"\ns: expect \"one\"\ns: close\n\
         relay 0 -> serial:{path} as r\nconnect $r as c\nc: send \"two\"\nc: expect \"two\"\n"
    );
    script(&text).output().code(0).stdout("");
}

#[test]
fn what_is_no_line_is_said() {
    script("connect serial ./nothing\n").output().code(1).complains("serial ./nothing: no such file or directory");
    script("connect serial /dev/null\n").output().code(1).complains("it is no serial line");
    script("connect serial /dev/null parity=some\n").output().code(1).complains("`parity` is none, even or odd");
    script("connect serial /dev/null baud=0\n").output().code(1).complains("`baud` is a number of bits a second");
}
