//! A thousand clients at once, every byte of theirs compared.

use crate::support::{nsh, python};

#[test]
fn a_thousand_clients_at_once_get_their_own_echo() {
    let server = nsh("listen tcp 127.0.0.1:0 echo").start();
    let Some(clients) = python("many_clients.py", &format!("{} 1000 65536", server.told_port())) else { return };
    clients.output().code(0).stdout("1000 clients, every byte equal\n");
    server.stop().code(143).stdout("");
}

#[test]
fn a_thousand_clients_at_once_are_answered_by_a_script() {
    let server = nsh("run -q server.nsh")
        .file("server.nsh", "listen tcp 127.0.0.1:0 as srv {\n  on data { send \"OK $data\" }\n}\nwait srv\n")
        .start();
    let Some(clients) = python("many_clients.py", &server.tcp_port().to_string()) else { return };
    clients.words("1000 512").arg("OK ").output().code(0).stdout("1000 clients, every byte equal\n");
}
