# Netcat's server, over TCP (port 12345): the terminal is the connection.
#
#   nsh run netcat-server.nsh [PORT]      the other end:  nc localhost 12345   or netcat-client.nsh
#
# Without a script the same is:  nsh listen tcp 12345
#
# test no-run

let port = arg(1, 12345)

listen tcp $port as srv
wait srv 1 connections within 1h
attach srv  # what is typed goes out, what comes is shown, until both have ended
