# The two-machine conversation, server's side (TCP, port 7999).
#
# Two people type in turn, the client first; whoever types `exit` ends it for both.
# `ports` tells whether the port is free, and if not which program holds it.
#
#   nsh run chat-server.nsh [PORT]            then, at the other machine:  nsh run chat-client.nsh HOST
#
# To talk out of turn, let the terminal be the connection: see netcat-server.nsh and netcat-client.nsh.
#
# test no-run

let port = arg(1, 7999)

ports $port
listen tcp *:$port as srv
wait srv 1 connections within 1h

while true {
    srv: recv line within 1h as heard
    print "them: $heard"
    if $heard == "exit" {
        break
    }

    ask "you: " as said
    srv: sendln $said
    if $said == "exit" {
        break
    }
}
stop srv
