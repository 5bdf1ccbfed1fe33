//! Fixtures: the folder and the ports that a script has to itself.

use std::collections::HashSet;
use std::path::Path;

use super::support::script;

#[test]
fn a_script_has_one_folder_and_nobody_has_it_afterwards() {
    let text = "let dir = tmp()\nlisten unix $dir/sock echo as srv\nconnect $srv as a\na: sendln \"in a file\"\n\
                a: expect line \"in a file\"\nassert $dir == tmp()\nassert exists(\"$dir/sock\")\n!stat -c %a $TMPDIR/nsh-*\n\
                print $dir\n";
    let command = script(text);
    let folder = command.folder();
    let here = folder.path().display().to_string();
    let output = command.variable("TMPDIR", &here).output();
    output.code(0).stderr("");
    let printed = output.out();
    let (mode, dir) = printed.trim_end().split_once('\n').expect("two lines");
    assert_eq!(mode, "700");
    assert!(Path::new(dir).starts_with(&here), "{dir}");
    assert!(!Path::new(dir).exists(), "{dir} is left");
}

#[test]
fn the_folder_is_removed_whatever_ends_the_script() {
    for (text, code) in [("fail \"x\"", 3), ("exit 7", 7), ("connect localhost 1", 1)] {
        let command = script(&format!("print tmp()\n{text}\n"));
        let folder = command.folder();
        let output = command.variable("TMPDIR", &folder.path().display().to_string()).output();
        output.code(code);
        assert!(!Path::new(output.out().trim_end()).exists(), "{text}");
    }
    let command = script("print tmp()\nsleep 1h\n");
    let folder = command.folder();
    let process = command.variable("TMPDIR", &folder.path().display().to_string()).start();
    let dir = format!("/{}", process.out_line("/"));
    assert!(Path::new(&dir).is_dir());
    process.stop();
    assert!(!Path::new(&dir).exists());
}

#[test]
fn free_ports_can_be_listened_on_and_come_once() {
    let text = "for i in 1..50 { print freeport() }\nlet p = freeport()\nlisten $p echo as srv\nlisten udp $p echo\n\
                connect localhost $p as a\na: send \"x\"\na: expect \"x\"\n";
    let output = script(text).output();
    output.code(0);
    let printed = output.out();
    let ports: HashSet<u16> = printed.lines().map(|line| line.parse().expect("a port")).collect();
    assert_eq!(ports.len(), 50);
    assert!(ports.iter().all(|port| (10_000..=32_767).contains(port)), "{ports:?}");
}

#[test]
fn an_assertion_about_a_free_port_shows_no_other() {
    let output = script("assert freeport() == 1\n").output();
    output.code(3).complains("this is false\n");
    assert!(!output.err().contains("left"), "{}", output.err());
}

#[test]
fn no_folder_is_an_error_that_says_why() {
    let output = script("print tmp()\n").variable("TMPDIR", "/nonexistent").output();
    output.code(1).complains("error: cannot make a folder for temporary files: ");
}
