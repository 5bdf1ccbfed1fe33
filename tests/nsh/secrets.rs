//! Secrets of TLS connections: where they are kept on request, and nowhere else.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use super::support::{Folder, script};

/// A conversation over TLS with both ends in the run.
const LAB: &str =
    "listen tls 0 echo as srv\nconnect tls localhost $srv.port as a\na: send \"hello\"\na: expect \"hello\"\n";

fn lines_of_file(file: &[u8]) -> Vec<String> {
    String::from_utf8(file.to_vec()).expect("text").lines().map(str::to_owned).collect()
}

fn mode(folder: &Folder, name: &str) -> u32 {
    folder.path().join(name).metadata().expect("it is there").permissions().mode() & 0o777
}

/// What a line says: what the secret is, whose connection it is for, and the secret.
#[track_caller]
fn parts(line: &str) -> (&str, &str, &str) {
    let mut words = line.split(' ');
    let parts = [words.next(), words.next(), words.next()].map(|word| word.expect("three words"));
    (parts[0], parts[1], parts[2])
}

#[test]
fn the_environment_names_a_file_for_every_connection() {
    let text = r#"listen tls 0 echo as srv
listen socks5 0 as proxy
connect tls localhost $srv.port via="socks5://127.0.0.1:$proxy.port" insecure=yes as a
a: send "a"
a: expect "a"
listen wss 0 echo as w
connect $w as b
b: send "b"
b: expect "b"
serve https . 0 as web
http GET https://localhost:$web.port/ as g
expect status 200
relay 0 -> tls:127.0.0.1:$srv.port as mid
connect $mid as c
c: send "c"
c: expect "c"
connect tls localhost $srv.port sslkeylog=own as d
d: send "d"
d: expect "d"
"#;
    let command = script(text).variable("SSLKEYLOGFILE", "keys").file("keys", "# there before\n");
    let folder = command.folder();
    command.output().code(0);
    let (keys, own) = (lines_of_file(&folder.read("keys")), lines_of_file(&folder.read("own")));
    assert_eq!(keys[0], "# there before");
    let told = |random: &str| keys[1..].iter().filter(|line| parts(line).1 == random).count();
    let randoms: BTreeSet<&str> = keys[1..].iter().map(|line| parts(line).1).collect();
    let apart = parts(&own[0]).1;
    let counts: Vec<usize> = randoms.iter().filter(|random| **random != apart).map(|random| told(random)).collect();
    // Five secrets each, told by both ends; the one with a file of its own is there by its listener alone.
    assert_eq!((counts, told(apart), own.len()), (vec![10; 4], 5, 5));
}

#[test]
fn the_file_of_the_environment_is_its_owners_and_no_condition() {
    let conversation = LAB;
    let command = script(conversation).variable("SSLKEYLOGFILE", "keys");
    let folder = command.folder();
    command.output().code(0);
    assert_eq!((lines_of_file(&folder.read("keys")).len(), mode(&folder, "keys")), (10, 0o600));
    for path in ["", "missing/keys", "."] {
        script(conversation).variable("SSLKEYLOGFILE", path).output().code(0);
    }
    let command = script("print 1\n").variable("SSLKEYLOGFILE", "keys");
    let folder = command.folder();
    command.output().code(0);
    assert!(!folder.has("keys"), "without a secret there is no file");
}
